"""What a tf.function of ragged and sparse tensors compiles gives what runs eagerly, gradients included."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf


def _values():
    return {
        "rows": tf.ragged.constant([[1.0, 2.0, 5.0], [], [3.0]]),
        "nested": tf.ragged.constant([[[1.0, 2.0], [3.0]], [], [[4.0]]]),
        "pairs": tf.RaggedTensor.from_row_lengths(tf.reshape(tf.range(8.0), [4, 2]), [1, 0, 3]),
        "sparse": tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 4]),
    }


CASES = {
    "sum": ("rows", lambda x: tf.reduce_sum(x, 1)),
    "max": ("rows", lambda x: tf.reduce_max(x, 1)),
    "prod": ("rows", lambda x: tf.reduce_prod(x, 1)),
    "mean of pairs": ("pairs", lambda x: tf.reduce_mean(x, 1)),
    "inner sum": ("nested", lambda x: tf.reduce_sum(x, 2)),
    "arithmetic": ("nested", lambda x: x * 2.0 + x),
    "column": ("rows", lambda x: x + tf.constant([[1.0], [2.0], [3.0]])),
    "where": ("rows", lambda x: tf.where(x > 2.0, x, -x)),
    "padded": ("rows", lambda x: x.to_tensor(-1.0, shape=[4, 2])),
    "joined": ("rows", lambda x: tf.concat([x, x * 2.0], 0)),
    "softmax": ("rows", lambda x: tf.nn.softmax(x)),
    "merged": ("nested", lambda x: x.merge_dims(1, 2)),
    "dense": ("sparse", lambda x: tf.sparse.to_dense(x)),
    "product": ("sparse", lambda x: tf.sparse.sparse_dense_matmul(x, tf.ones([4, 2]))),
    "row sums": ("sparse", lambda x: tf.sparse.reduce_sum(x, 1)),
    "scaled": ("sparse", lambda x: x * tf.fill([2, 4], 3.0)),
}


def _arrays(value):
    return [np.asarray(t) for t in tf.nest.flatten(value, expand_composites=True)]


@pytest.mark.parametrize("name", CASES)
def test_compiled_is_eager(name):
    which, function = CASES[name]
    value = _values()[which]

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            first = tf.nest.flatten(function(x), expand_composites=True)
            loss = sum(tf.reduce_sum(t**2) for t in first if t.dtype.is_floating)
        return tape.gradient(loss, x)

    for compute in (function, gradient):
        compiled = tf.function(compute, jit_compile=True, autograph=False)
        for ours, eager in zip(_arrays(compiled(value)), _arrays(compute(value)), strict=True):
            np.testing.assert_allclose(ours, eager, rtol=1e-6)
