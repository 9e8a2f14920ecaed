"""What TensorFlow refuses is refused with its error, on the host and on the device."""

from __future__ import annotations

import pytest

from compat_tests.harness import EAGER, parity

CALLS = {
    "dtypes differ": lambda tf: tf.constant([1, 2]) + tf.constant([1.0, 2.0]),
    "shapes differ": lambda tf: tf.ones([2, 3]) + tf.ones([4, 5]),
    "matmul sizes": lambda tf: tf.matmul(tf.ones([2, 3]), tf.ones([2, 3])),
    "matmul dtypes": lambda tf: tf.matmul(tf.ones([2, 3]), tf.ones([3, 2], tf.int32)),
    "gather scalar": lambda tf: tf.gather([1, 2, 3], 5),
    "gather vector": lambda tf: tf.gather([1, 2, 3], [0, 5]),
    "gather matrix": lambda tf: tf.gather([1, 2, 3], [[0, 1], [0, 5]]),
    "gather of a large table": lambda tf: tf.gather(tf.ones([100, 100]), [3, 100]),
    "gather of a Variable": lambda tf: tf.nn.embedding_lookup(tf.Variable(tf.ones([100, 50])), [100]),
    "scatter": lambda tf: tf.tensor_scatter_nd_update([1, 2], [[5]], [1]),
    "slice": lambda tf: tf.slice([1, 2, 3], [2], [5]),
    "reshape": lambda tf: tf.reshape(tf.ones([6]), [4, 5]),
    "transpose": lambda tf: tf.transpose(tf.ones([2, 3]), [0, 0]),
    "reduce axis": lambda tf: tf.reduce_sum(tf.ones([2, 3]), 5),
    "convolution depth": lambda tf: tf.nn.conv2d(
        tf.ones([1, 4, 4, 3]), tf.ones([2, 2, 5, 1]), 1, "SAME"
    ),
    "convolution rank": lambda tf: tf.nn.conv2d(tf.ones([4, 4, 3]), tf.ones([2, 2, 3, 1]), 1, "SAME"),
    "label out of range": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=[5], logits=tf.ones([1, 3])
    ),
    "labels of another shape": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=[1, 2], logits=tf.ones([1, 3])
    ),
    "top_k": lambda tf: tf.math.top_k([1.0, 2.0], 5),
    "broadcast": lambda tf: tf.broadcast_to(tf.ones([3]), [2, 2]),
    "ragged constant": lambda tf: tf.constant([[1, 2], [3]]),
    "division by zero": lambda tf: tf.constant([1]) // tf.constant([0]),
}


@pytest.mark.parametrize("name", CALLS)
@parity(modes=EAGER)
def test_error(tf, name):
    return CALLS[name](tf)
