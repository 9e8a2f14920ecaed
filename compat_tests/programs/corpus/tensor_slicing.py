"""Indexing, gathering, scattering, and how tensors print."""

import numpy as np
import tensorflow as tf

t1 = tf.constant([0, 1, 2, 3, 4, 5, 6, 7])
print(tf.slice(t1, begin=[1], size=[3]), t1[1:4], t1[-3:], t1[::-2])
t2 = tf.constant([[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [15, 16, 17, 18, 19]])
print(t2[:-1, 1:3])
print(t2[..., tf.newaxis, 2].shape, t2[tf.constant(1)].numpy(), t2[1, tf.constant(2) :].numpy())
t3 = tf.reshape(tf.range(32), [2, 4, 4])
print(tf.slice(t3, begin=[1, 1, 0], size=[1, -1, 2]))
print(tf.gather(t1, indices=[0, 3, 6]), tf.gather(t2, [3, 0], axis=1).numpy().tolist())
alphabet = tf.constant(list("abcdefghijklmnopqrstuvwxyz"))
print(tf.gather(alphabet, indices=[2, 0, 19, 18]))
print(tf.gather_nd(t2, indices=[[2], [3], [0]]).numpy().tolist(), tf.gather_nd(t3, [[0, 1, 0], [1, 3, 3]]))
print(tf.gather(tf.constant([[1, 2], [3, 4]]), [[1], [0]], batch_dims=1, axis=1))
indices = tf.constant([[1], [3], [5], [7], [9]])
print(tf.scatter_nd(indices, updates=tf.constant([2, 4, 6, 8, 10]), shape=[12]))
t4 = tf.zeros([3, 3], tf.float32)
print(tf.tensor_scatter_nd_add(t4, [[0, 2], [1, 1], [0, 2]], [2.0, 5.0, 1.5]))
print(tf.tensor_scatter_nd_update(t4, [[1]], [[7.0, 8.0, 9.0]]))
print(tf.tensor_scatter_nd_max(t4, [[0, 0]], [3.0])[0], tf.tensor_scatter_nd_sub(t4, [[2, 2]], [3.0])[2])
print(tf.boolean_mask(t2, t2 % 3 == 0), t2[t2 > 16])
print(tf.where(t1 > 4), tf.where([[True, False], [False, True]]).numpy().tolist())
print(tf.where(t1 > 4, t1, -t1), tf.where([True, False], [[1], [2]], 0).shape)
print(tf.strided_slice(t2, [0, 0], [4, 5], [2, 3]))
v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
v[0, 1].assign(9.0)
v[1:].assign([[7.0, 7.5]])
print(v.numpy(), v[0].numpy(), v[:, 1:].shape)
print(tf.range(3, 18, 3), tf.range(2.5), tf.linspace([0.0, 1.0], [1.0, 3.0], 3).numpy().tolist())
print(tf.constant([[True, False]]), tf.constant("hello"), tf.constant([b"ab", "cd"]), tf.constant(1 + 2j))
print(tf.constant(3.14159265), tf.constant([1e-8, 1.0, 1e8]), tf.constant([1.0, float("nan"), -float("inf")]))
print(tf.reshape(tf.range(2000), [40, 50]))
print(repr(tf.constant(2.5)), repr(tf.constant([1, 2], tf.int8)), repr(tf.constant([["a"]])))
print(f"{tf.constant(1.23456):.3f}|{tf.constant(42):5d}|{tf.constant('s')}|{tf.constant([1, 2])}")
print("%s and %d and %.2f" % (tf.constant(3), tf.constant(4), tf.constant(5.5)))
print(tf.zeros([0, 3]), tf.ones([1, 2], tf.bfloat16), tf.eye(2, dtype=tf.float16))
print(tf.shape(t3), t3.shape, tf.rank(t3), tf.size(t3), len(t3), t3.shape[1:], t3.shape.as_list())
a, b = tf.split(t2[:2], [2, 3], axis=1)
print(a.numpy().tolist(), b.numpy().tolist(), [x.numpy().tolist() for x in tf.unstack(t2[:2, :2], axis=1)])
print(tf.tile([[1, 2]], [2, 2]), tf.repeat([1, 2], [2, 3]), tf.roll([1, 2, 3, 4], 1, 0), tf.pad([[1]], [[1, 0], [0, 2]], constant_values=9))
first, *rest = tf.constant([1, 2, 3])
print(first, [int(r) for r in rest], max(tf.constant([3, 9, 4])), sum(tf.constant([1, 2])), sorted(tf.constant([3, 1]).numpy()))
print(np.add(t1[:2], 1), np.arange(2) + t1[:2], 2 ** tf.constant([1, 2]), 7 // tf.constant(2), -7 % tf.constant(3), ~tf.constant(True))
print(bool(tf.constant(3) == 3), tf.constant([1, 2]) == tf.constant([1, 3]), tf.constant(1) in [tf.constant(1)])
for bad in (
    lambda: t1[8], lambda: t2[0, 9], lambda: tf.constant([1, 2]) + tf.constant([1, 2, 3]), lambda: tf.constant(1) + tf.constant(1.0),
    lambda: tf.gather(t1, [99]), lambda: tf.reshape(t1, [3, 3]), lambda: bool(tf.constant([True, False])), lambda: tf.constant([[1], [2, 3]]),
    lambda: tf.matmul(tf.ones([2, 3]), tf.ones([2, 3])), lambda: t1.assign(3), lambda: tf.constant("a") + 1, lambda: tf.concat([[1], [[2]]], 0),
):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__)
