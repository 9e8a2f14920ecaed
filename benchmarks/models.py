"""The data of the `fit` benchmarks, shared by the Keras program and the hand-written one."""

import numpy as np

_random = np.random.RandomState(0)


def mlp_data():
    """6,400 rows of 784 features in 10 classes: 200 steps of 32 rows."""
    return _random.rand(6400, 784).astype("f4"), _random.randint(0, 10, 6400)


def cnn_data():
    """1,500 images of 8x8 in 10 classes: 47 steps of 32 images."""
    return _random.rand(1500, 8, 8, 1).astype("f4"), _random.randint(0, 10, 1500)


def lstm_data():
    """640 sequences of 64 steps and 16 features with one target: 20 steps of 32."""
    return _random.rand(640, 64, 16).astype("f4"), _random.rand(640, 1).astype("f4")
