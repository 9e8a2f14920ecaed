"""The data of the `fit` benchmarks, shared by the Keras program and the hand-written one."""

import os
from typing import NamedTuple

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


class ResNetSizes(NamedTuple):
    """What `resnet.py` and `resnet_jax.py` build."""

    name: str
    image: int
    batch: int
    width: int
    blocks: tuple[int, ...]
    classes: int
    steps: int


def resnet_sizes():
    """A ResNet-50 with BENCHMARK_SIZE=full, else a network small enough for any CPU."""
    if os.environ.get("BENCHMARK_SIZE") == "full":
        return ResNetSizes("ResNet-50, 224x224, batch 64", 224, 64, 64, (3, 4, 6, 3), 1000, 8)
    return ResNetSizes("2 residual blocks, 32x32, batch 8", 32, 8, 16, (1, 1), 10, 4)


def resnet_data():
    """Images and labels of `steps` batches."""
    sizes = resnet_sizes()
    count = sizes.batch * sizes.steps
    images = _random.rand(count, sizes.image, sizes.image, 3).astype("f4")
    return images, _random.randint(0, sizes.classes, count)
