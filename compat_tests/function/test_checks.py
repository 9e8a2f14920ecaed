"""tf.debugging.assert_*, tf.Assert, tf.print and their kin, in eager code and in programs."""

import sys

import pytest

from compat_tests.function.transcripts import show, transcript
from compat_tests.harness import our_tf, real_tf
from tfjax._src.eager import frame as frames


@transcript
def test_checks_at_once(tf):
    c, d = tf.constant, tf.debugging
    for case in (
        lambda: d.assert_equal(c([[1, 2], [3, 4]]), c([[1, 2], [3, 5]]), message="m"),
        lambda: d.assert_equal(c(1.5), c(2.5)),
        lambda: d.assert_equal(c([1, 2, 3, 4, 5]), 0, summarize=2),
        lambda: d.assert_none_equal(c([1, 2]), c([1, 3]), message="mm"),
        lambda: d.assert_less(c([1, 5]), c([2, 3])),
        lambda: d.assert_less_equal(c([1, 5]), c([2, 3])),
        lambda: d.assert_greater(c(1), c(2)),
        lambda: d.assert_greater_equal(c(1), c(2), "text"),
        lambda: d.assert_near(c(1.0), c(2.0)),
        lambda: d.assert_near(c(1.0), c(1.5), rtol=0.1, atol=0.1, message="near"),
        lambda: d.assert_negative(c([1, 2]), message="nn"),
        lambda: d.assert_positive(c([1, -5])),
        lambda: d.assert_non_negative(c(-1.0)),
        lambda: d.assert_non_positive(c(1.0)),
        lambda: d.assert_rank(c([1]), 2, message="mm"),
        lambda: d.assert_rank_at_least(c([1]), 2),
        lambda: d.assert_rank_in(c([1]), [2, 3], message="mm"),
        lambda: d.assert_type(c([1]), tf.float32, message="mm"),
        lambda: d.assert_integer(c(1.0)),
        lambda: d.assert_shapes([(c([1, 2]), ("N",)), (c([1]), ("N",))], message="mm"),
        lambda: d.assert_scalar(c([1.0])),
        lambda: d.assert_all_finite(c([1.0, float("inf")]), "msg"),
        lambda: d.check_numerics(c([1.0, float("nan")]), "msg"),
        lambda: tf.Assert(c(False), [c([1, 2, 3, 4, 5]), "x", c([[1.5, 2], [3, 4]])]),
        lambda: tf.Assert(False, [c([1, 2, 3, 4, 5])], summarize=10),
        lambda: d.assert_equal(1, 1),
        lambda: d.assert_near(1.0, 1.0 + 1e-7),
        lambda: tf.Assert(True, []),
    ):
        show(case, 20)


def _failure(tf, check, *arguments):
    """(error class, the line that tells what failed) of a check in a tf.function."""

    @tf.function
    def function(*values):
        check(*values)
        return values[0]

    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        function(*[tf.constant(a) for a in arguments])
    lines = [
        line
        for line in str(caught.value).splitlines()
        if "assertion failed" in line or "Tensor had" in line
    ]
    return (
        lines[0]
        .rpartition("}} ")[2]
        .replace("assert_equal_1/", "assert_equal/")
        .replace("assert_less_1/", "assert_less/")
    )


CHECKS = {
    "equal": lambda tf: (lambda x: tf.debugging.assert_equal(x, 3, message="not three"), 4),
    "equal rows": lambda tf: (
        lambda x: tf.debugging.assert_equal(x, [[1, 2], [3, 4]], message="shape"),
        [[1, 2], [3, 5]],
    ),
    "less": lambda tf: (lambda x, y: tf.debugging.assert_less(x, y), [1, 5], [2, 3]),
    "positive": lambda tf: (tf.debugging.assert_positive, [1.0, -1.0]),
    "non-negative": lambda tf: (
        lambda x: tf.debugging.assert_non_negative(x, message="m"),
        [-1, 5],
    ),
    "Assert": lambda tf: (
        lambda x: tf.Assert(tf.reduce_all(x > 0), ["text", x, 5.0]),
        [1, -1, 3, 4],
    ),
    "numerics": lambda tf: (lambda x: tf.debugging.check_numerics(x, "bad"), [1.0, float("nan")]),
}


@pytest.mark.parametrize("name", CHECKS)
def test_checks_in_a_program(name):
    theirs, ours = (_failure(tf, *CHECKS[name](tf)) for tf in (real_tf(), our_tf()))
    assert ours == theirs


def test_a_failed_check_stops_the_program(capfd, monkeypatch):
    tf = our_tf()
    # Another test of this process may have made a mesh: programs for several devices keep no order.
    monkeypatch.setitem(frames._effects, "spread", False)
    v = tf.Variable(0)

    @tf.function
    def f(x):
        tf.print("before", x, output_stream=sys.stdout)
        with tf.control_dependencies([tf.debugging.assert_positive(x)]):
            tf.print("after", x, output_stream=sys.stdout)
            v.assign_add(x)
        return x

    assert int(f(tf.constant(2))) == 2
    with pytest.raises(tf.errors.InvalidArgumentError):
        f(tf.constant(-2))
    assert int(f(tf.constant(3))) == 3 and int(v) == 5
    assert capfd.readouterr().out == "before 2\nafter 2\nbefore -2\nbefore 3\nafter 3\n"
