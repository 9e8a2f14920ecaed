"""The workloads of first light, as a TensorFlow program; prints {workload: microseconds}."""

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
results["chain of 8 small eager ops"] = median_us(lambda: tf.reduce_sum(tf.nn.relu(tf.tanh(v * 2.0 + 1.0 - v) @ v) * 0.5), number=500)

random = np.random.RandomState(0)
x, y = tf.constant(random.rand(32, 10).astype("f4")), tf.constant(random.rand(32, 1).astype("f4"))
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


def fit(model, inputs, labels, loss):
    model.compile("adam", loss)
    model.fit(inputs, labels, batch_size=32, epochs=2, verbose=0)
    steps = -(-len(inputs) // 32)
    return median_us(lambda: model.fit(inputs, labels, batch_size=32, epochs=1, verbose=0), number=1) / steps


layers = tf.keras.layers
mlp = tf.keras.Sequential([layers.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")])
results["fit, MLP 784-128-10, a step"] = fit(mlp, random.rand(6400, 784).astype("f4"), random.randint(0, 10, 6400), "sparse_categorical_crossentropy")
cnn = tf.keras.Sequential([
    layers.Input((8, 8, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
    layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax"),
])
results["fit, example CNN, a step"] = fit(cnn, random.rand(1500, 8, 8, 1).astype("f4"), random.randint(0, 10, 1500), "sparse_categorical_crossentropy")
lstm = tf.keras.Sequential([layers.Input((64, 16)), layers.LSTM(64), layers.Dense(1)])
results["fit, LSTM(64) over 64 steps, a step"] = fit(lstm, random.rand(640, 64, 16).astype("f4"), random.rand(640, 1).astype("f4"), "mse")
print(json.dumps(results))
