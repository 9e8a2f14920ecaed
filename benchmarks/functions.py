"""Calls of tf.functions: one small op, Variables, a loop with a branch; and the first call of a deep one.

A TensorFlow program; prints {workload: microseconds}.
"""

import json
import os
import sys
import time

import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import median_us

LAYERS = 50
results = {}


@tf.function
def add(x, y):
    return x + y


a, b = tf.constant(1.0), tf.constant(2.0)
results["tf.function call, one small op"] = median_us(lambda: add(a, b), number=2000)

v = tf.Variable([1.0, 2.0])


@tf.function
def assign():
    v.assign_add([1.0, 1.0])


results["tf.function call, a Variable assigned"] = median_us(assign, number=1000)


@tf.function
def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


n = tf.constant(27)
results["collatz(27): a while loop with an if"] = median_us(lambda: collatz(n), number=200)

x, y = tf.ones([100, 100]) + a, tf.ones([100, 100]) + b
results["eager add of two 100 x 100 tensors"] = median_us(lambda: x + y, number=1000)


def first_call():
    """Seconds of the first call of a training step of a 50-layer MLP: tracing and compilation."""
    random = np.random.RandomState(0)
    kernels = [tf.Variable(random.randn(64, 64).astype("f4") * 0.1) for _ in range(LAYERS)]
    biases = [tf.Variable(tf.zeros(64)) for _ in range(LAYERS)]
    inputs = tf.ones([8, 64])

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            for w, c in zip(kernels, biases):
                x = tf.nn.relu(x @ w + c)
            loss = tf.reduce_mean(x**2)
        return loss, tape.gradient(loss, kernels + biases)

    start = time.perf_counter()
    step(inputs)[0].numpy()
    return time.perf_counter() - start


first_call()
results["first call of a 50-layer MLP's step"] = min(first_call() for _ in range(3)) * 1e6
print(json.dumps(results))
