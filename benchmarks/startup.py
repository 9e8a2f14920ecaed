"""How soon a script has its first results: 100 distinct small eager ops after the import.

A TensorFlow program; prints {workload: microseconds}.
"""

import json
import time

import numpy as np
import tensorflow as tf

start = time.perf_counter()
total = 0.0
for size in range(2, 12):
    x = tf.constant(np.linspace(0.1, 0.9, size * size).reshape(size, size).astype("f4"))
    for function in (
        tf.sin, tf.exp, tf.nn.softmax, tf.transpose, tf.reduce_sum, tf.linalg.trace, tf.nn.relu,
        tf.sqrt, lambda v: v @ v, lambda v: tf.concat([v, v], 0),
    ):
        total += float(tf.reduce_max(function(x)))
print(json.dumps({"100 distinct eager ops, first result": (time.perf_counter() - start) * 1e6}))
