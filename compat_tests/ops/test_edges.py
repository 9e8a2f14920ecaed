"""NaN, infinities, empty tensors, small integers, large arrays and arguments out of bounds."""

from __future__ import annotations

import numpy as np

from compat_tests.expressions import expression_table

EXPRESSIONS = """
    tf.linspace(tf.constant(1, tf.int8), tf.constant(7, tf.int8), 3)
    tf.linspace(tf.constant(1, tf.uint16), tf.constant(7, tf.uint16), 3)
    tf.linspace(1, 7, 3)
    tf.linspace(np.float32(np.inf), np.float32(np.inf), 4)
    tf.linspace(0.0, 1.0, 0)
    tf.linspace([0.0, 1.0], [1.0, 3.0], 5, axis=1)
    tf.argmax([1.0, np.nan, 3.0])
    tf.argmin([1.0, np.nan, 3.0])
    tf.argmax([[np.nan, 1.0], [np.nan, -1.0]], 0)
    tf.argmax([[np.nan, 1.0], [np.nan, -1.0]], 1)
    tf.function(lambda x: tf.argmax(x))(tf.constant([np.nan, 1.0, 3.0]))
    tf.nn.softmax(tf.zeros([3, 0]))
    tf.nn.log_softmax(tf.zeros([3, 0]))
    tf.linalg.eigh(hermitian)[0]
    tf.linalg.qr(tf.constant([[3.0, 1.0], [4.0, 2.0]])).r
    tf.repeat(tf.ones([2, 3]), [1, 2], axis=1)
    tf.repeat(tf.ones([2, 3]), 2, axis=5)
    tf.repeat(7, [3], axis=0)
    tf.einsum("ij,jk", tf.ones([2, 3]))
    tf.math.bincount([1, 2, 3], weights=[1.0, 2.0])
    tf.tensor_scatter_nd_update([1, 2, 3], [[1], [2]], [5])
    tf.tensor_scatter_nd_add([[1, 2], [3, 4]], [[1]], [[5]])
    tf.scatter_nd([[1], [2]], [5], [4])
    tf.scatter_nd([[1]], [[5]], [4, 2])
    tf.scatter_nd([[1], [1]], [5, 6], [3])
    tf.tensor_scatter_nd_max([[1, 2], [3, 4]], [[1]], [[9, 0]])
    tf.linalg.inv(tf.zeros([3, 3]))
    tf.unique(tf.constant([5.0, 1.0, 5.0, np.nan, np.nan] * 20)).y
    tf.unique_with_counts(list(range(100, 0, -1)) * 2)
    tf.math.unsorted_segment_sum(tf.ones([3, 2]), [0, 0, 2], 2**40)
    tf.math.unsorted_segment_sum(tf.ones([3, 2]), [0, 3, 2], 3)
    tf.dynamic_partition(tf.ones([4, 2]), [1, 0, 1, 0], 2**40)
    tf.pow(tf.constant(2, tf.uint8), tf.constant(3, tf.uint8))
    tf.abs(tf.constant(2, tf.uint8))
    tf.round(tf.constant([3], tf.uint8))
    tf.nn.bias_add(tf.ones([2, 3], tf.uint32), tf.ones([3], tf.uint32))
    tf.nn.bias_add(tf.ones([2, 3]), tf.ones([1, 3]))
    tf.ones(tf.constant([[2, 3]]))
    tf.math.divide_no_nan(tf.constant([4, 2]), tf.constant([2, 0]))
    tf.function(tf.pow)(tf.constant(2, tf.uint8), tf.constant(3, tf.uint8))
    tf.function(tf.logical_and)(tf.ones([2]), True)
    tf.maximum(tf.constant([1.0, 2.0]), tf.TensorShape([2]))
    tf.maximum(tf.constant([1, 2]), tf.TensorShape([2]))
    tf.maximum(tf.constant([1.0, 2.0]), np.array([object()]))
    tf.logical_and(1.0, True)
    tf.sort(large)
    tf.argsort(large, direction="DESCENDING")[:3]
    tf.cumsum(large, 1)[:, -1]
    tf.where(large > 0.99)
    tf.boolean_mask(large, large > 0.9)
    tf.boolean_mask(large, large[:, 0] > 0.5)
    tf.boolean_mask(large, large[0] > 0.5, axis=1)
    tf.sparse.from_dense(tf.cast(large > 0.9, tf.int32)).indices
    tf.split(large, 4)[1]
    large[3:-3:2, ::5]
    tf.tensor_scatter_nd_sub(large, [[1], [1]], large[:2])[1]
    tf.sin(large) + tf.atan2(large, large) + tf.pow(large, 2.5)
    tf.identity(large) + large
    tf.reshape(large, [-1])[:5] * 2
    tf.debugging.assert_equal(tf.constant(np.nan), tf.constant(np.nan))
"""


def _values(tf):
    large = np.random.RandomState(0).rand(100, 90).astype("f4")
    return {
        "large": tf.constant(large), "np": np,
        "hermitian": tf.constant(np.array([[2, 1j], [-1j, 3]], "complex64")),
    }  # fmt: skip


test_edges = expression_table(EXPRESSIONS, _values, errors="class")
