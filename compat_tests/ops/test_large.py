"""Arrays above the host tier's limit: what runs in blocks, and the kernels made for them, give what TensorFlow gives."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow

import tfjax
from tfjax._src.eager import blocks, memory

SHAPE = (600, 700)  # more than four blocks
RNG = np.random.RandomState(0)
A, B = (RNG.uniform(-3, 3, SHAPE).astype("f4") for _ in range(2))
A[5, 7], B[9, 11] = np.nan, np.inf
B[0, :5] = 0
ROWS = RNG.randint(0, 500, 900).astype("i4")
WIDE = RNG.randint(-(2**40), 2**40, 300)

CASES = {
    "sigmoid": lambda tf: tf.sigmoid(A),
    "rsqrt": lambda tf: tf.math.rsqrt(A),
    "softsign": lambda tf: tf.math.softsign(A),
    "elu": lambda tf: tf.nn.elu(A),
    "selu": lambda tf: tf.nn.selu(A),
    "leaky_relu": lambda tf: tf.nn.leaky_relu(A),
    "leaky_relu, steep": lambda tf: tf.nn.leaky_relu(A, alpha=1.5),
    "divide_no_nan": lambda tf: tf.math.divide_no_nan(A, B),
    "floordiv": lambda tf: tf.math.floordiv(A, 0.7),
    "squared_difference, a row": lambda tf: tf.math.squared_difference(A, B[0]),
    "squared_difference, a column": lambda tf: tf.math.squared_difference(A, B[:, :1]),
    "squared_difference, transposed": lambda tf: tf.math.squared_difference(tf.transpose(A), B.T),
    "multiply_no_nan": lambda tf: tf.math.multiply_no_nan(A, B),
    "clip_by_value": lambda tf: tf.clip_by_value(A, -1.0, 0.5),
    "clip_by_value, crossed": lambda tf: tf.clip_by_value(A, 0.5, -1.0),
    "where": lambda tf: tf.where(A > 0, A, B),
    "where, int64": lambda tf: tf.where(A > 0, tf.cast(ROWS[:700], tf.int64), tf.zeros(SHAPE, tf.int64)),
    "add": lambda tf: tf.add(A, B),
    "maximum": lambda tf: tf.maximum(A, B),
    "relu": lambda tf: tf.nn.relu(A),
    "relu, int8": lambda tf: tf.nn.relu(tf.cast(ROWS, tf.int8)),
    "argmax": lambda tf: tf.argmax(A),
    "argmin": lambda tf: tf.argmin(np.round(A), 0),
    "argmax, int32": lambda tf: tf.argmax(np.resize(ROWS, (20, 30, 700)), 1),
    "cumsum": lambda tf: tf.cumsum(B[1:, :600]),
    "cumsum, reverse exclusive": lambda tf: tf.cumsum(B.reshape(2, 300, 700)[1:], 1, exclusive=True, reverse=True),
    "cumprod": lambda tf: tf.math.cumprod(B[20:30]),
    "reduce_prod": lambda tf: tf.reduce_prod(1 + A[10:] / 300),
    "reduce_prod, int32": lambda tf: tf.reduce_prod(2 * np.abs(A[10:]).astype("i4") + 1, keepdims=True),
    "reduce_sum": lambda tf: tf.reduce_sum(np.abs(A[10:]), 1),
    "reduce_all": lambda tf: tf.reduce_all(A > 0, 0),
    "tile": lambda tf: tf.tile(A, [1, 2]),
    "tile, rank 3": lambda tf: tf.tile(A.reshape(20, 30, 700), [2, 1, 3]),
    "concat": lambda tf: tf.concat([A, B], -1),
    "stack": lambda tf: tf.stack([A, B], -1),
    "gather": lambda tf: tf.gather(A, ROWS),
    "reverse": lambda tf: tf.reverse(A, [0]),
    "one_hot": lambda tf: tf.one_hot(ROWS - 3, 40),
    "one_hot, axis 0": lambda tf: tf.one_hot(ROWS.reshape(9, 100), 40, 5, 2, axis=0),
    "unique": lambda tf: tf.unique(ROWS),
    "unique, few": lambda tf: tf.unique(ROWS[:20] - 7, out_idx=tf.int64),
    "unique, wide": lambda tf: tf.unique(WIDE),
    "unique_with_counts": lambda tf: tf.unique_with_counts(ROWS.astype("u8")),
    "diag_part": lambda tf: tf.linalg.diag_part(A, k=-2),
    "diag_part, band": lambda tf: tf.linalg.diag_part(A, k=(-1, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_as_tensorflow(name: str):
    ours, theirs = (tf.nest.flatten(CASES[name](tf)) for tf in (tfjax, tensorflow))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert a.dtype.name == b.dtype.name
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-5, atol=2e-5)


def test_errors_name_the_whole_shapes():
    with pytest.raises(tfjax.errors.InvalidArgumentError, match=r"\[600,700\] vs. \[599,700\]"):
        tfjax.math.squared_difference(A, B[1:])


def test_blocks_are_whole_results():
    calls = []

    def body(x, y):
        calls.append(x.size)
        return (x + y, x > y)

    total, larger = blocks.run(body, [A, np.array(1, "f4")])
    assert len(calls) > 1
    np.testing.assert_array_equal(total, A + 1)
    np.testing.assert_array_equal(larger, A > 1)


def test_memory_is_aligned_and_kept():
    shape = (1 << 23,)
    first = memory.empty(shape, np.float32)
    place = first.ctypes.data
    assert not place % 64
    view = first[10:]
    del first
    assert memory.empty(shape, np.float32).ctypes.data != place  # a view still looks into it
    del view
    assert memory.empty(shape, np.float32).ctypes.data % 64 == 0
