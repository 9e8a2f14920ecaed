"""Clustering and principal components with plain tensor operations."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_iris

data = tf.constant(load_iris().data, dtype=tf.float32)
labels = tf.constant(load_iris().target)
mean, variance = tf.nn.moments(data, axes=[0])
data = (data - mean) / tf.sqrt(variance)


def kmeans(points, k, steps):
    centroids = tf.Variable(tf.gather(points, [0, 70, 120]))
    for step in range(steps):
        distances = tf.reduce_sum(tf.square(points[:, tf.newaxis] - centroids[tf.newaxis]), axis=2)
        assignments = tf.argmin(distances, axis=1)
        means = tf.math.unsorted_segment_mean(points, assignments, k)
        moved = tf.norm(means - centroids)
        centroids.assign(means)
        if moved < 1e-4:
            break
    return centroids, assignments, step


centroids, assignments, step = kmeans(data, 3, 30)
print(np.round(centroids.numpy(), 3))
print("steps", step, "sizes", tf.math.bincount(tf.cast(assignments, tf.int32)).numpy())
table = tf.math.confusion_matrix(labels, assignments, num_classes=3)
print(table)
unique, idx, count = tf.unique_with_counts(assignments)
print(unique.numpy(), count.numpy(), idx[:5].numpy())

s, u, v = tf.linalg.svd(data)
explained = s**2 / tf.reduce_sum(s**2)
print("explained", tf.round(explained * 1e4) / 1e4)
print("kept", int(tf.reduce_sum(tf.cast(tf.cumsum(explained) < 0.97, tf.int32))) + 1)
signs = tf.sign(tf.gather(v, tf.argmax(tf.abs(v), axis=0), axis=0, batch_dims=0))
signs = tf.linalg.diag_part(signs)
components = v * signs
projected = tf.matmul(data, components[:, :2])
print(tf.round(components[:, 0] * 1000) / 1000)
print(tf.round(projected[:3] * 1000) / 1000)
restored = projected @ tf.transpose(components[:, :2])
print(f"reconstruction error {tf.reduce_mean(tf.square(restored - data)):.4f}")

covariance = tf.matmul(data, data, transpose_a=True) / tf.cast(tf.shape(data)[0], tf.float32)
values, vectors = tf.linalg.eigh(covariance)
print(np.round(tf.reverse(values, [0]).numpy(), 4))
np.testing.assert_allclose(tf.reverse(values, axis=[0]), s**2 / 150, rtol=1e-4)
print(tf.linalg.trace(covariance).numpy().round(3), tf.linalg.det(covariance).numpy().round(4))
order = tf.argsort(data[:, 0], direction="DESCENDING", stable=True)[:5]
print(order.numpy(), tf.sort(tf.gather(data[:, 0], order)).numpy().round(3))
top = tf.math.top_k(data[:, 2], k=3)
print(top.indices.numpy(), top.values.numpy().round(3))
print(tf.math.segment_mean(data[:, 0], labels).numpy().round(3))
one_hot = tf.one_hot(labels, 3)
class_means = tf.einsum("nk,nd->kd", one_hot, data) / tf.reduce_sum(one_hot, 0)[:, None]
print(tf.linalg.norm(class_means, axis=1))
print(tf.boolean_mask(labels, tf.not_equal(assignments, labels))[:4].shape[0] <= 4)
