"""How long does a Session.run of a training step take? `python benchmarks/graph_session.py`, and the same with `python -m tfjax`."""

import time

import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [None, 64]); y = tf.placeholder(tf.float32, [None, 10])
w1 = tf.Variable(tf.constant(np.random.RandomState(0).randn(64, 128).astype(np.float32) * .1)); b1 = tf.Variable(tf.zeros([128]))
w2 = tf.Variable(tf.constant(np.random.RandomState(1).randn(128, 10).astype(np.float32) * .1)); b2 = tf.Variable(tf.zeros([10]))
logits = tf.matmul(tf.nn.relu(tf.matmul(x, w1) + b1), w2) + b2
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
train = tf.train.AdamOptimizer(.01).minimize(loss)
X = np.random.RandomState(2).rand(32, 64).astype(np.float32); Y = np.eye(10, dtype=np.float32)[np.arange(32) % 10]
with tf.Session() as s:
    s.run(tf.global_variables_initializer())
    f = {x: X, y: Y}
    for name, fetch in (("train", [train, loss]), ("forward", logits)):
        for _ in range(20):
            s.run(fetch, f)
        best = 1e9
        for _ in range(5):
            t = time.perf_counter()
            for _ in range(200):
                s.run(fetch, f)
            best = min(best, (time.perf_counter() - t) / 200)
        print(name, "%.1f us" % (best * 1e6))
