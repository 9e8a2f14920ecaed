"""Errors of tapes, IndexedSlices, clipping, numeric checks, tf.test.compute_gradient, the registry."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import HOST, our_tf, parity, real_tf

TABLE = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
LOOKUPS = {
    "gather": lambda tf, v: tf.gather(v, [0, 0, 2]) * 2.0,
    "embedding_lookup": lambda tf, v: tf.nn.embedding_lookup(v, [0, 2]),
    "two": lambda tf, v: tf.reduce_sum(tf.gather(v, [0])) + tf.reduce_sum(tf.gather(v, [1, 1])),
    "and dense": lambda tf, v: tf.reduce_sum(tf.gather(v, [0])) + tf.reduce_sum(v),
    "matrix of indices": lambda tf, v: tf.gather(v, [[0, 1], [2, 2]]),
    "axis": lambda tf, v: tf.gather(v, [0, 0], axis=1),
    "sparse_read": lambda tf, v: v.sparse_read([1, 1]),
}


def _lookup_gradient(tf, case, v):
    with tf.GradientTape() as tape:
        y = LOOKUPS[case](tf, v)
        tf.reduce_sum(v)  # another use, which the target does not depend on
    return tape.gradient(y, v)


@pytest.mark.parametrize("case", LOOKUPS)
@parity(modes=(HOST,))
def test_indexed_slices(tf, case):
    return _lookup_gradient(tf, case, tf.Variable(TABLE))


@pytest.mark.parametrize("case", ["gather", "and dense", "two"])
@parity(modes=(HOST,))
def test_indexed_slices_inside_a_function(tf, case):
    v = tf.Variable(TABLE)

    @tf.function
    def run():
        found = _lookup_gradient(tf, case, v)
        return found, tf.convert_to_tensor(found)

    return run()


def _slices(tf):
    return tf.IndexedSlices(tf.constant([[3.0, 4.0], [0.0, 1.0]]), tf.constant([2, 2]), tf.constant([3, 2]))


CLIPS = {
    "global norm": lambda tf: tf.clip_by_global_norm([_slices(tf), None, tf.constant([3.0, 4.0])], 1.0),
    "given norm": lambda tf: tf.clip_by_global_norm([tf.constant([3.0, 4.0])], 1.0, use_norm=tf.constant(10.0)),
    "infinite norm": lambda tf: tf.clip_by_global_norm([tf.constant([np.inf, 1.0])], 1.0),
    "no list": lambda tf: tf.clip_by_global_norm(tf.constant([1.0]), 1.0),
    "norm of none": lambda tf: tf.linalg.global_norm([None, None]),
    "slices by norm": lambda tf: tf.clip_by_norm(_slices(tf), 1.0),
    "slices by value": lambda tf: tf.clip_by_value(_slices(tf), -1.0, 1.0),
}


@pytest.mark.parametrize("case", CLIPS)
@parity(modes=(HOST,), errors="class")
def test_clipping(tf, case):
    return CLIPS[case](tf)


def _with_tape(tf, use, persistent=False):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        y = x * x
    return use(tape, y, x)


def _enter_twice(tf):
    with tf.GradientTape() as tape:
        tape.__enter__()


ERRORS = {
    "twice": lambda tf: _with_tape(tf, lambda t, y, x: [t.gradient(y, x) for _ in range(2)]),
    "entered twice": lambda tf: _enter_twice(tf),
    "watch array": lambda tf: tf.GradientTape().watch(np.ones(2)),
    "source": lambda tf: _with_tape(tf, lambda t, y, x: t.gradient(y, "a")),
    "target": lambda tf: _with_tape(tf, lambda t, y, x: t.gradient("a", x)),
    "no target": lambda tf: _with_tape(tf, lambda t, y, x: t.gradient(None, x)),
    "unconnected": lambda tf: _with_tape(tf, lambda t, y, x: t.gradient(y, x, unconnected_gradients="wrong")),
    "output gradients": lambda tf: _with_tape(tf, lambda t, y, x: t.gradient(y, x, output_gradients=tf.ones([3]))),
    "stop outside": lambda tf: _with_tape(tf, lambda t, y, x: t.stop_recording().__enter__()),
    "reset outside": lambda tf: _with_tape(tf, lambda t, y, x: t.reset()),
    "batch sizes": lambda tf: _with_tape(tf, lambda t, y, x: t.batch_jacobian(y[:1], x)),
}


@pytest.mark.parametrize("case", ERRORS)
@parity(modes=(HOST,), errors="class")
def test_errors(tf, case):
    return ERRORS[case](tf)


def test_output_gradients_are_broadcast():
    for tf in (real_tf(), our_tf()):
        found = _with_tape(tf, lambda t, y, x: t.gradient(y, x, output_gradients=tf.constant(2.0)))  # noqa: B023
        np.testing.assert_allclose(found, [4.0, 8.0])


@parity(modes=(HOST,))
def test_compute_gradient(tf):
    square = tf.test.compute_gradient(lambda a: a * a, [tf.constant([1.0, 2.0])], delta=0.25)
    product = tf.test.compute_gradient(tf.linalg.matvec, [tf.constant(TABLE), tf.constant([1.0, 2.0])], delta=0.25)
    with_complex = tf.test.compute_gradient(lambda a: a * a, [tf.constant([1.0 + 2.0j], tf.complex64)], delta=0.25)
    return square, product, with_complex


@pytest.mark.parametrize("wrong", ["integers", "tensor"])
@parity(modes=(HOST,), errors="class")
def test_compute_gradient_errors(tf, wrong):
    return tf.test.compute_gradient(lambda a: a * a, [tf.constant([1])] if wrong == "integers" else tf.constant([1.0]))


@pytest.mark.parametrize("numbers", [[1.0, np.nan], [1.0, np.inf], [-np.inf, np.nan], [1.0]])
@parity(modes=(HOST,))
def test_check_numerics(tf, numbers):
    x = tf.constant(numbers)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.debugging.check_numerics(x * 2.0, "message")
    return y, tape.gradient(y, x)


CHECKED = {
    "log": lambda tf: tf.math.log(tf.constant([-1.0, 2.0])),
    "division": lambda tf: tf.constant([1.0, -2.0]) / tf.constant([0.0, 0.0]),
    "fine": lambda tf: tf.constant([1.0]) * 2.0,
}


@pytest.mark.parametrize("case", CHECKED)
@parity(modes=(HOST,))
def test_enable_check_numerics(tf, case):
    tf.debugging.enable_check_numerics()
    try:
        return CHECKED[case](tf)
    finally:
        tf.debugging.disable_check_numerics()


def test_enable_check_numerics_in_a_function():
    for tf in (real_tf(), our_tf()):
        tf.debugging.enable_check_numerics()
        try:
            with pytest.raises(tf.errors.InvalidArgumentError, match='output 0 of graph op "Sqrt"'):
                tf.function(lambda x: tf.sqrt(x) + 1.0)(tf.constant([-1.0]))  # noqa: B023
        finally:
            tf.debugging.disable_check_numerics()
        assert np.isnan(tf.math.log(tf.constant(-1.0)))


def test_registry():
    for tf in (real_tf(), our_tf()):
        name = f"OpOf{tf.__name__}"
        function = tf.RegisterGradient(name)(lambda op, grad: grad)
        assert callable(function)
        with pytest.raises(KeyError, match="Registering two gradient with name"):
            tf.RegisterGradient(name)(function)
        with pytest.raises(KeyError):
            tf.RegisterGradient("Relu")(function)
        for wrong in (tf.RegisterGradient, tf.no_gradient):
            with pytest.raises(TypeError, match="op_type must be a string"):
                wrong(3)
        assert tf.no_gradient(f"Not{name}") is None
