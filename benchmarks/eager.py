"""Eager ops, an eager tape step, and the same step as a tf.function.

A TensorFlow program; prints {workload: microseconds}.
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import median_us

results = {}
a = tf.constant(1.0)
results["eager scalar add"] = median_us(lambda: a + a, number=2000)
v = tf.ones([16, 16])
results["chain of 8 small eager ops"] = median_us(
    lambda: tf.reduce_sum(tf.nn.relu(tf.tanh(v * 2.0 + 1.0 - v) @ v) * 0.5), number=500
)

random = np.random.RandomState(0)
x = tf.constant(random.rand(32, 10).astype("f4"))
y = tf.constant(random.rand(32, 1).astype("f4"))
shapes = ((10, 64), (64,), (64, 1), (1,))
weights = [tf.Variable(random.rand(*s).astype("f4") * 0.1) for s in shapes]


def step():
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(x @ weights[0] + weights[1])
        loss = tf.reduce_mean(tf.square(hidden @ weights[2] + weights[3] - y))
    for w, g in zip(weights, tape.gradient(loss, weights)):
        w.assign_sub(0.01 * g)


results["eager tape step of an MLP"] = median_us(step, number=100)
compiled = tf.function(step)
results["the same under tf.function"] = median_us(compiled, number=200)
print(json.dumps(results))
