"""Arrays and Python values take the dtype of the tensor they meet, as in TensorFlow."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf

ARRAYS = [np.array([1, 0], np.dtype(t)) for t in ("bool", "int32", "float32", "float64", "uint8")]
VALUES = [*ARRAYS, True, [True, False], [True, 2], [1.5, True], np.float64(2.5), np.bool_(True)]
OPERATIONS = {
    "product": lambda tf, x, v: x * v,
    "reflected": lambda tf, x, v: v * x,
    "sum": lambda tf, x, v: tf.add(x, v),
    "below": lambda tf, x, v: x < v,
    "quotient": lambda tf, x, v: tf.maximum(x, v),
    "choice": lambda tf, x, v: tf.where([True, False], x, v),
    "hint": lambda tf, x, v: tf.convert_to_tensor(v, dtype_hint=x.dtype),
}


def outcome(tf, operation, dtype, value):
    x = tf.cast(tf.constant([3.0, 2.0]), dtype)
    try:
        result = OPERATIONS[operation](tf, x, value)
    except Exception:  # which error it is, the gate's own tests compare
        return "raises"
    return result.dtype.name, np.asarray(result).tolist()


@pytest.mark.parametrize("dtype", ["float32", "int32", "int64"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_values_take_the_tensors_dtype(operation, dtype):
    for value in VALUES:
        ours, theirs = (outcome(tf, operation, dtype, value) for tf in (our_tf(), real_tf()))
        assert ours == theirs, f"{value!r}: {ours} instead of {theirs}"


@pytest.mark.parametrize("other", [1, 1.5, [True, False], np.array([0, 2.0])], ids=str)
def test_products_of_booleans_are_conjunctions(other):
    ours, theirs = ((tf.constant([True, False]) * other).numpy().tolist() for tf in (our_tf(), real_tf()))
    assert ours == theirs


def test_arrays_take_the_default_dtype_of_transforms():
    for name in ("fft", "ifft", "irfft"):
        for dtype in ("float64", "float32", "complex128"):
            value = np.ones([4, 4], dtype)
            ours, theirs = (getattr(tf.signal, name)(value).dtype.name for tf in (our_tf(), real_tf()))
            assert ours == theirs, (name, dtype)
