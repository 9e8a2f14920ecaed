"""Values beside tensors take the tensor's dtype, and indices are what TensorFlow takes for indices."""

from __future__ import annotations

import numpy as np

from compat_tests.expressions import expression_table

EXPRESSIONS = """
    f * np.array([True, False, True])
    i * np.array([1.5, 2.5, -2.5])
    f + np.array([1j, 2.0, 3.0])
    b & np.array([1, 0, 2])
    tf.maximum(i, np.float32(1.5))
    tf.maximum(i, np.array([1.5, 2.5, 3.5]))
    tf.stack([f, np.array([True, False, True])])
    tf.concat([i, np.array([2.7])], 0)
    f * True
    True - f
    tf.subtract(i, True)
    tf.constant(True, tf.float32)
    tf.constant(True, tf.complex64)
    tf.constant([True, 2.5], tf.float32)
    tf.constant([True, 2.5])
    tf.constant(300, tf.uint8)
    tf.constant(2**40, tf.int32)
    tf.constant([2**70], tf.float32)
    tf.constant(['a', 1], tf.float32)
    tf.constant(tf.float32)
    tf.convert_to_tensor(True, dtype_hint=tf.float32)
    tf.convert_to_tensor(np.array([1.5]), dtype_hint=tf.int32)
    tf.reduce_sum(m, True)
    tf.reduce_sum(m, [0.5])
    tf.reduce_sum(m, 'a')
    tf.reduce_sum(m, object)
    tf.reduce_sum(m, tf.constant(1, tf.int8))
    tf.reduce_sum(m, 1, 'keep')
    tf.reduce_sum(m, 1, None)
    tf.expand_dims(m, None)
    tf.concat([m, m], None)
    tf.concat([m, m], True)
    tf.cumsum(m, None)
    tf.one_hot([1], None)
    tf.math.top_k(f, k=None)
    tf.tile(f, 'a')
    tf.tile(f, [1.5])
    tf.fill([1.5], 1)
    tf.reshape(m, tf.constant([3.0, 2.0]))
"""


def _values(tf):
    return {
        "f": tf.constant([1.5, -2.0, 3.0]), "i": tf.constant([1, 2, 3]), "b": tf.constant([True, True, False]),
        "m": tf.reshape(tf.range(6.0), [2, 3]), "np": np,
    }  # fmt: skip


test_conversions = expression_table(EXPRESSIONS, _values, errors="class")
