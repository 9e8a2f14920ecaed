"""tf.cond, case, switch_case, while_loop, map_fn, scan, folds, vectorized_map: values and errors."""

from __future__ import annotations

from collections import namedtuple

import pytest

from compat_tests.harness import FUNCTION, GRADIENT, HOST, normal, parity

Pair = namedtuple("Pair", "a b")


def _c(tf, *values):
    return tf.constant(values[0] if len(values) == 1 else list(values))


LOOPS = {
    "tuple": lambda tf: tf.while_loop(lambda i: i < 3, lambda i: (i + 1,), (_c(tf, 0),)),
    "list and tuple": lambda tf: tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [_c(tf, 0), _c(tf, 1.0)]),
    "no step": lambda tf: tf.while_loop(lambda i: i < 0, lambda i: (i + 1,), [_c(tf, 0)]),
    "list": lambda tf: tf.while_loop(lambda i, x: i < 3, lambda i, x: [i + 1, x * 2.0], [_c(tf, 0), _c(tf, 1.0)]),
    "dict": lambda tf: tf.while_loop(lambda d: d["i"] < 3, lambda d: [{"i": d["i"] + 1}], [{"i": _c(tf, 0)}]),
    "namedtuple": lambda tf: tf.while_loop(lambda a, b: a < 3, lambda a, b: Pair(a + 1, b), Pair(_c(tf, 0), _c(tf, 2.0))),
    "inner namedtuple": lambda tf: tf.while_loop(
        lambda i, p: i < 3, lambda i, p: [i + 1, Pair(p.a + 1.0, p.b)], [_c(tf, 0), Pair(_c(tf, 1.0), _c(tf, 2.0))]
    ),
    "maximum": lambda tf: tf.while_loop(lambda i: i < 30, lambda i: [i + 1], [_c(tf, 0)], maximum_iterations=5),
    "maximum tensor": lambda tf: tf.while_loop(lambda i: i < 30, lambda i: (i + 1,), (0,), maximum_iterations=_c(tf, 5)),
    "maximum negative": lambda tf: tf.while_loop(lambda i: i < 30, lambda i: (i + 1,), (0,), maximum_iterations=-1),
    "one-element condition": lambda tf: tf.while_loop(lambda i: i < [3], lambda i: (i + 1,), (_c(tf, [0]),)),
    "never": lambda tf: tf.while_loop(lambda i: False, lambda i: (i + 1,), (_c(tf, 0),)),
    "invariant": lambda tf: tf.while_loop(
        lambda i, x: i < 3, lambda i, x: [i + 1, tf.concat([x, x], 0)], [_c(tf, 0), _c(tf, [1.0])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    ),
}
LOOP_ERRORS = {
    "cond": lambda tf: tf.while_loop(1, lambda i: i, [_c(tf, 0)]),
    "count": lambda tf: tf.while_loop(lambda i, j: i < 3, lambda i, j: [i + 1], [_c(tf, 0), _c(tf, 1)]),
    "nest": lambda tf: tf.while_loop(lambda i, x: i < 3, lambda i, x: [i + 1, [x, x]], [_c(tf, 0), _c(tf, 1.0)]),
}
TRACED_LOOP_ERRORS = {
    "dtype": lambda tf: tf.while_loop(lambda i: i < 3, lambda i: [tf.cast(i + 1, tf.float32)], [_c(tf, 0)]),
    "python number": lambda tf: tf.while_loop(lambda i, x: i < 3, lambda i, x: [i + 1, 2], [_c(tf, 0), _c(tf, 1.0)]),
    "shape": lambda tf: tf.while_loop(
        lambda i, x: i < 3, lambda i, x: [i + 1, tf.concat([x, x], 0)], [_c(tf, 0), _c(tf, [1.0])]
    ),
    "condition": lambda tf: tf.while_loop(lambda i: 3 - i, lambda i: [i + 1], [_c(tf, 0)]),
    "conditions": lambda tf: tf.while_loop(lambda i: i < [3, 3], lambda i: [i + 1], [_c(tf, [0, 0])]),
}
CHOICES = {
    "case": lambda tf: tf.case([(_c(tf, False), lambda: _c(tf, 1)), (_c(tf, True), lambda: _c(tf, 2))]),
    "case default": lambda tf: tf.case([(_c(tf, False), lambda: _c(tf, 1))], default=lambda: _c(tf, 9)),
    "switch": lambda tf: tf.switch_case(_c(tf, 1), [lambda: _c(tf, 1), lambda: _c(tf, 2)]),
    "switch behind": lambda tf: tf.switch_case(_c(tf, 5), [lambda: _c(tf, 1), lambda: _c(tf, 2)]),
    "switch before": lambda tf: tf.switch_case(_c(tf, -1), [lambda: _c(tf, 1), lambda: _c(tf, 2)]),
    "switch default": lambda tf: tf.switch_case(_c(tf, 5), {0: lambda: _c(tf, 1)}, default=lambda: _c(tf, 7)),
    "switch pairs": lambda tf: tf.switch_case(_c(tf, 1), [(1, lambda: _c(tf, 1)), (0, lambda: _c(tf, 2))]),
    "cond none": lambda tf: tf.cond(_c(tf, True), lambda: None, lambda: None),
}
CHOICE_ERRORS = {
    "cond callable": lambda tf: tf.cond(_c(tf, True), 1, lambda: 2),
    "case empty": lambda tf: tf.case([]),
    "case type": lambda tf: tf.case(3),
    "case pair": lambda tf: tf.case([3]),
    "case number": lambda tf: tf.case([(3, lambda: 3)]),
    "case default": lambda tf: tf.case([(_c(tf, True), lambda: 3)], default=3),
    "switch gap": lambda tf: tf.switch_case(_c(tf, 2), {0: lambda: _c(tf, 1), 2: lambda: _c(tf, 2)}),
    "switch number": lambda tf: tf.switch_case(1, [lambda: _c(tf, 1)]),
    "switch float": lambda tf: tf.switch_case(_c(tf, 1.0), [lambda: _c(tf, 1)]),
    "switch empty": lambda tf: tf.switch_case(_c(tf, 1), []),
    "switch entries": lambda tf: tf.switch_case(_c(tf, 1), [1, 2]),
    "switch type": lambda tf: tf.switch_case(_c(tf, 1), 3),
}
ROWS = {
    "map": lambda tf: tf.map_fn(lambda x: x * x, _c(tf, 1, 2, 3)),
    "map dtype": lambda tf: tf.map_fn(lambda x: tf.cast(x, tf.float32), _c(tf, 1, 2, 3), fn_output_signature=tf.float32),
    "map spec": lambda tf: tf.map_fn(lambda x: tf.stack([x, x]), _c(tf, 1, 2), fn_output_signature=tf.TensorSpec([2], tf.int32)),
    "map dict": lambda tf: tf.map_fn(lambda x: {"a": x[0] + x[1]}, (_c(tf, 1, 2), _c(tf, 4, 5)), fn_output_signature={"a": tf.int32}),
    "map number": lambda tf: tf.map_fn(lambda x: 1, _c(tf, 1, 2, 3)),
    "map strings": lambda tf: tf.map_fn(lambda x: tf.strings.join([x, "a"]), _c(tf, "x", "y")),
    "map nothing": lambda tf: tf.map_fn(tf.reduce_sum, tf.zeros([0, 2]), fn_output_signature=tf.float32),
    "scan": lambda tf: tf.scan(lambda a, x: a + x, _c(tf, 1, 2, 3)),
    "scan tuple": lambda tf: tf.scan(lambda a, x: (a[0] + x, a[1] * x), _c(tf, 1, 2, 3), (0, 1)),
    "scan reverse": lambda tf: tf.scan(lambda a, x: a + x, _c(tf, 1, 2, 3), reverse=True),
    "scan shape": lambda tf: tf.scan(lambda a, x: a + x, _c(tf, 1.0, 2.0), initializer=_c(tf, 0.0, 1.0)),
    "scan nothing": lambda tf: tf.scan(lambda a, x: a + x, tf.zeros([0]), initializer=1.0),
    "foldl": lambda tf: tf.foldl(lambda a, x: a - x, _c(tf, 1, 2, 3)),
    "foldr": lambda tf: tf.foldr(lambda a, x: a - x, _c(tf, 1, 2, 3)),
    "foldl tuple": lambda tf: tf.foldl(lambda a, x: (a[0] + x, a[1] - x), _c(tf, 1, 2, 3), initializer=(0, 0)),
    "foldl pairs": lambda tf: tf.foldl(lambda a, x: a + x[0] * x[1], (_c(tf, 1, 2), _c(tf, 3, 4)), initializer=0),
    "foldl nothing": lambda tf: tf.foldl(lambda a, x: a - x, tf.zeros([0]), initializer=4.0),
    "vectorized": lambda tf: tf.vectorized_map(lambda x: x[0] @ x[1], (tf.ones([2, 3, 3]), tf.ones([2, 3, 1]))),
    "vectorized broadcast": lambda tf: tf.vectorized_map(lambda x: x[0] + x[1], (tf.ones([2, 3]), tf.ones([1, 3]))),
    "vectorized constant": lambda tf: tf.vectorized_map(lambda x: 1, _c(tf, 1, 2, 3)),
    "vectorized none": lambda tf: tf.vectorized_map(lambda x: None, _c(tf, 1, 2, 3)),
    "vectorized dict": lambda tf: tf.vectorized_map(lambda x: {"a": x["b"] + 1}, {"b": _c(tf, 1, 2)}),
}
ROW_ERRORS = {
    "map dtype": lambda tf: tf.map_fn(lambda x: tf.cast(x, tf.float32), _c(tf, 1, 2, 3)),
    "map spec": lambda tf: tf.map_fn(lambda x: tf.stack([x, x]), _c(tf, 1, 2), fn_output_signature=tf.TensorSpec([3], tf.int32)),
    "map nest": lambda tf: tf.map_fn(lambda x: (x, x), _c(tf, 1, 2, 3)),
    "map lengths": lambda tf: tf.map_fn(lambda x: x[0] + x[1], (_c(tf, 1, 2, 3), _c(tf, 4, 5)), fn_output_signature=tf.int32),
    "map scalar": lambda tf: tf.map_fn(lambda x: x, _c(tf, 1)),
    "map nothing": lambda tf: tf.map_fn(lambda x: x, []),
    "scan shape": lambda tf: tf.scan(lambda a, x: tf.stack([a, x]), _c(tf, 1, 2, 3)),
    "scan nest": lambda tf: tf.scan(lambda a, x: (a, a), _c(tf, 1, 2), initializer=0),
    "scan nothing": lambda tf: tf.scan(lambda a, x: a + x, tf.zeros([0])),
    "foldl nothing": lambda tf: tf.foldl(lambda a, x: a - x, tf.zeros([0])),
    "vectorized function": lambda tf: tf.vectorized_map(1, _c(tf, [1])),
    "vectorized lengths": lambda tf: tf.vectorized_map(lambda x: x[0] + x[1], (tf.ones([2, 3]), tf.ones([4, 3]))),
}


@pytest.mark.parametrize("case", LOOPS)
@parity(modes=(HOST, FUNCTION))
def test_while_loop(tf, case):
    return LOOPS[case](tf)


@pytest.mark.parametrize("case", LOOP_ERRORS)
@parity(modes=(HOST, FUNCTION), errors="class")
def test_while_loop_errors(tf, case):
    return LOOP_ERRORS[case](tf)


@pytest.mark.parametrize("case", TRACED_LOOP_ERRORS)
@parity(modes=(FUNCTION,), errors="class")
def test_traced_while_loop_errors(tf, case):
    return TRACED_LOOP_ERRORS[case](tf)


@pytest.mark.parametrize("case", CHOICES)
@parity(modes=(HOST, FUNCTION))
def test_choices(tf, case):
    return CHOICES[case](tf)


@pytest.mark.parametrize("case", CHOICE_ERRORS)
@parity(modes=(HOST, FUNCTION), errors="class")
def test_choice_errors(tf, case):
    return CHOICE_ERRORS[case](tf)


@pytest.mark.parametrize("case", ROWS)
@parity(modes=(HOST, FUNCTION))
def test_rows(tf, case):
    return ROWS[case](tf)


@pytest.mark.parametrize("case", ROW_ERRORS)
@parity(modes=(HOST, FUNCTION), errors="class")
def test_row_errors(tf, case):
    return ROW_ERRORS[case](tf)


def _branches(tf, which, x):
    choices = {
        "list": (lambda: [x, x * 2.0], lambda: [x * 3.0, x]),
        "dict": (lambda: {"a": x}, lambda: {"a": x + 1.0}),
        "numbers": (lambda: 1, lambda: 2),
        "none": (lambda: None, lambda: None),
        "structure": (lambda: [x], lambda: x),
        "containers": (lambda: [x, x], lambda: (x, x)),
        "dtype": (lambda: x, lambda: tf.cast(x, tf.float64)),
        "keys": (lambda: {"a": x}, lambda: {"b": x}),
        "shapes": (lambda: x, lambda: tf.concat([x, x], 0)),
    }
    return choices[which]


@pytest.mark.parametrize("which", ["list", "dict", "numbers", "none", "structure", "containers", "dtype", "keys", "shapes"])
@parity(modes=(FUNCTION,), errors="class")
def test_traced_cond(tf, which, x=normal(2)):
    return tf.cond(tf.reduce_sum(x) > 0.0, *_branches(tf, which, x))


@pytest.mark.parametrize("index", [0, 2, 7, -1])
@parity(modes=(FUNCTION,))
def test_traced_switch(tf, index, x=normal(2)):
    shift = tf.cast(tf.reduce_sum(x) * 0.0, tf.int32)
    return tf.switch_case(index + shift, [lambda: x, lambda: x * 2.0, lambda: x * 3.0])


@parity(modes=(FUNCTION, GRADIENT))
def test_traced_case(tf, x=normal(3)):
    total = tf.reduce_sum(x)
    pairs = [(total > 100.0, lambda: x * 2.0), (total > -100.0, lambda: x * x)]
    return tf.case(pairs, default=lambda: x)


@parity(modes=(HOST,))
def test_variables_assigned_inside(tf):
    v, w = tf.Variable(1.0), tf.Variable(0)

    @tf.function
    def run(n):
        def body(i):
            v.assign(v * 2.0)
            tf.cond(i % 2 == 0, lambda: w.assign_add(10), lambda: w.assign_sub(1))
            return (i + 1,)

        (i,) = tf.while_loop(lambda i: i < n, body, (tf.constant(0),))
        tf.map_fn(lambda r: w.assign_add(r) * 0 + r, tf.range(3))
        return i, v.read_value(), w.read_value()

    return run(tf.constant(4)), v.read_value(), w.read_value()


@pytest.mark.parametrize("which", ["cond", "while", "for", "map", "scan", "vectorized"])
@parity(modes=(HOST,))
def test_gradient_of_a_variable_that_only_the_body_reads(tf, which):
    v = tf.Variable(1.5)

    def run(x):
        bodies = {
            "cond": lambda: tf.cond(tf.reduce_sum(x) > 0.0, lambda: v * x, lambda: x),
            "while": lambda: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * v), (tf.constant(0), x))[1],
            "for": lambda: tf.foldl(lambda a, r: a * v + r, x),
            "map": lambda: tf.map_fn(lambda r: r * v * v, x),
            "scan": lambda: tf.scan(lambda a, r: a * v + r, x),
            "vectorized": lambda: tf.vectorized_map(lambda r: r * v * v, x),
        }
        with tf.GradientTape() as tape:
            y = bodies[which]()
        return y, tape.gradient(y, v)

    x = tf.constant([1.0, 2.0, -0.5])
    return run(x), tf.function(run)(x)


@pytest.mark.parametrize("which", ["while", "map", "scan", "fold"])
@parity(modes=(HOST,))
def test_without_back_propagation(tf, which):
    x = tf.constant([1.0, 2.0])
    calls = {
        "while": lambda: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), (0, x), back_prop=False)[1],
        "map": lambda: tf.map_fn(lambda r: r * r, x, back_prop=False),
        "scan": lambda: tf.scan(lambda a, r: a * r, x, back_prop=False),
        "fold": lambda: tf.foldl(lambda a, r: a * r, x, back_prop=False),
    }
    found = []
    for call in (calls[which], tf.function(calls[which])):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call()
        found.append(tape.gradient(y, x))
    return found
