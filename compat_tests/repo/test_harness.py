"""The judge is judged: the harness sees each kind of difference, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests import harness
from compat_tests.harness import ALL, Case, integers, normal, parity, parity_table
from compat_tests.results import Array, differences, failure, record
from compat_tests.scripts import assert_same_output, normalise


def tensor(*numbers, dtype="float32", kind="tensor"):
    value = np.array(numbers, dtype)
    return Array(kind, dtype, value.shape, value)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (tensor(1.0), tensor(1.001)),
        (tensor(1.0), tensor(np.nan)),
        (tensor(np.inf), tensor(-np.inf)),
        (tensor(1), tensor(1, dtype="float64")),
        (tensor(1.0), tensor(1.0, 1.0)),
        (tensor(1.0), tensor(1.0, kind="numpy")),
        (tensor(1, dtype="int32"), tensor(2, dtype="int32")),
        ({"a": 1}, {"b": 1}),
        (("list", [1]), ("tuple", [1])),
        (("list", [1, 2]), ("list", [1])),
        (1, 1.0),
        (None, tensor(0.0)),
        ("a", "b"),
    ],
)
def test_sees_a_difference(ours, theirs):
    assert differences(ours, theirs)
    assert differences(theirs, ours)


def test_sees_none_where_there_is_none():
    assert differences(tensor(1.0, np.nan), tensor(1.0 + 1e-6, np.nan)) is None
    nest = record({"a": [1, "b", None, (np.float32(2), 2.5)]})
    assert differences(nest, nest) is None


def test_error_text_is_compared_without_node_names():
    short = failure(ValueError("{{function_node __wrapped__X}} bad  shape\n [Op:Add] name: a/b"))
    assert short == failure(ValueError("bad shape"))
    user = "in user code:\n\n    File 'x', line 1, in f\n        g()\n\n    ValueError: bad shape\n"
    assert failure(ValueError(user)) == short


def wrong(tf):
    """A copy of TensorFlow's names with one mistake each."""

    class Wrong:
        def __getattr__(self, name):
            return getattr(tf, name)

        @staticmethod
        def reduce_sum(x):
            return tf.reduce_sum(x) + 1.0

        @staticmethod
        def square(x):
            return tf.stop_gradient(tf.square(x))

        @staticmethod
        def reshape(x, shape):
            raise ValueError("other words")

    return Wrong()


@pytest.mark.parametrize(
    ("row", "mode"),
    [
        (Case("reduce_sum", normal(2, 3)), "host"),
        (Case("reduce_sum", normal(2, 3)), "device"),
        (Case("reduce_sum", normal(2, 3)), "function"),
        (Case("square", normal(2, 3)), "gradient"),
        (Case("reshape", normal(2, 3), [4]), "host"),
        (Case("reshape", normal(2, 3), [6]), "host"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_check_fails_where_a_library_is_wrong(monkeypatch, row, mode):
    monkeypatch.setattr(harness, "our_tf", lambda: wrong(harness.real_tf()))
    with pytest.raises(pytest.fail.Exception):
        harness.check(row.body, "float32", mode)


@pytest.fixture
def twins(monkeypatch):
    monkeypatch.setattr(harness, "our_tf", harness.real_tf)


with_itself = pytest.mark.usefixtures("twins")


@with_itself
@pytest.mark.parametrize("axis", [0, 1])
@parity(dtypes=["float32", "int32"], modes=ALL)
def test_a_case_agrees_with_itself(tf, axis, x=normal(2, 3), keepdims=True):
    return {"sum": tf.reduce_sum(x, axis, keepdims), "more": [x.shape, x.dtype, 2.5]}


test_a_table_agrees_with_itself = with_itself(
    parity_table(
        [
            Case("math.add", normal(2, 3), normal(3), dtypes=["float32", "int32"]),
            Case("gather", normal(4, 3), integers(2, high=4), axis=0),
            Case("matmul", normal(2, 3), normal(2, 3), id="matmul of wrong shapes"),
        ]
    )
)


def test_gradient_mode_needs_a_float_input():
    marks = test_a_case_agrees_with_itself.pytestmark
    grid = next(mark.args[1] for mark in marks if mark.args[0] == ("dtype", "mode"))
    assert ("float32", "gradient") in grid
    assert ("int32", "gradient") not in grid


def test_outputs_of_programs():
    first = "1/2 \x1b[32m━\x1b[0m 1s 12ms/step - loss: 0.9"
    bar = first + "\b\b\b\r" + "2/2 \x1b[32m━━\x1b[0m 0s 3ms/step - loss: 0.5\n"
    assert normalise(bar) == ["2/2 ━━ <time> <time> - loss: 0.5"]
    assert_same_output("a 1.000 b\n", "a 1.001 b\n", relative=1e-2)
    for ours in ("a 1.1 b\n", "a 1.0 c\n", "a 1.0 b\nmore\n"):
        with pytest.raises(AssertionError):
            assert_same_output(ours, "a 1.0 b\n", relative=1e-2)
