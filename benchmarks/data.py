"""What do pipelines cost? Prints {workload: microseconds} of one pass."""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import best_us

AUTOTUNE = tf.data.AUTOTUNE
images = np.zeros((10_000, 28, 28), np.float32)
labels = np.arange(10_000) % 10
base = tf.data.Dataset.from_tensor_slices((images, labels))


noise = np.random.default_rng(0).random(200_000)


def heavy(x):
    return tf.numpy_function(lambda v: np.sort(noise * float(v))[:1], [x], tf.float64)


WORKLOADS = {
    "10,000 images: shuffle, batch(32)": base.shuffle(10_000).batch(32),
    "2,000 elements: map(scale), batch(32)": base.take(2_000).map(lambda x, y: (x / 255.0, y)).batch(32),
    "2,000 elements: map, filter, map": tf.data.Dataset.range(2_000).map(lambda x: x * 2).filter(lambda x: x % 3 == 0).map(lambda x: x + 1),
    "range(20,000), batch(100)": tf.data.Dataset.range(20_000).batch(100),
    "32 sorts by numpy_function, 4 at a time": tf.data.Dataset.range(32).map(heavy, num_parallel_calls=4),
    "32 sorts by numpy_function, one by one": tf.data.Dataset.range(32).map(heavy),
    "interleave of 8 x 500": tf.data.Dataset.range(8).interleave(lambda i: tf.data.Dataset.range(500), cycle_length=4),
}


def one_pass(dataset):
    def run():
        for _ in dataset:
            pass

    return run


print(json.dumps({name: best_us(one_pass(dataset), 6) for name, dataset in WORKLOADS.items()}))
