"""Image datasets: MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100."""

from __future__ import annotations

import gzip
import os
import pickle
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.utils.files import get_file

STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_CIFAR = "https://www.cs.toronto.edu/~kriz/"


@export("keras.datasets.mnist.load_data")
def load_mnist(path: str = "mnist.npz") -> Any:
    """MNIST: 60,000 and 10,000 images [28, 28] uint8 of handwritten digits. LeCun et al. 1998.

    Args:
      path: the file's name in the cache.

    Returns:
      ((x_train, y_train), (x_test, y_test)).
    """
    digest = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
    with np.load(get_file(path, f"{STORE}mnist.npz", file_hash=digest), allow_pickle=False) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])


@export("keras.datasets.fashion_mnist.load_data")
def load_fashion_mnist() -> Any:
    """Fashion-MNIST: 60,000 and 10,000 images [28, 28] uint8 of ten kinds of clothes. Xiao et al. 2017.

    Returns:
      ((x_train, y_train), (x_test, y_test)).
    """
    folder = os.path.join("datasets", "fashion-mnist")

    def read(name: str, header: int) -> np.ndarray:
        with gzip.open(get_file(name, STORE + name, cache_subdir=folder)) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    found = []
    for part in ("train", "t10k"):
        labels = read(f"{part}-labels-idx1-ubyte.gz", 8)
        found.append((read(f"{part}-images-idx3-ubyte.gz", 16).reshape(len(labels), 28, 28), labels))
    return tuple(found)


class _ArraysOnly(pickle.Unpickler):
    """Reads pickled NumPy arrays and nothing that could run code."""

    _ALLOWED = frozenset({
        ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
    })

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"The file names {module}.{name}, which a data file has no need of.")
        return super().find_class(module, name)


def _cifar_batch(path: str, labels: str) -> tuple[np.ndarray, list[int]]:
    with open(path, "rb") as file:
        content = _ArraysOnly(file, encoding="bytes").load()
    return content[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), content[labels.encode()]


@export("keras.datasets.cifar10.load_data")
def load_cifar10() -> Any:
    """CIFAR-10: 50,000 and 10,000 images [32, 32, 3] uint8 of ten classes. Krizhevsky 2009.

    Returns:
      ((x_train, y_train), (x_test, y_test)); labels are [n, 1].
    """
    digest = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
    folder = get_file("cifar-10-batches-py-target", f"{_CIFAR}cifar-10-python.tar.gz", extract=True, file_hash=digest)
    folder = os.path.join(folder, "cifar-10-batches-py")
    parts = [_cifar_batch(os.path.join(folder, f"data_batch_{i}"), "labels") for i in range(1, 6)]
    train = np.concatenate([x for x, _ in parts]), np.array([y for _, ys in parts for y in ys], np.uint8)[:, None]
    x, y = _cifar_batch(os.path.join(folder, "test_batch"), "labels")
    return train, (x, np.array(y, np.uint8)[:, None])


@export("keras.datasets.cifar100.load_data")
def load_cifar100(label_mode: str = "fine") -> Any:
    """CIFAR-100: 50,000 and 10,000 images [32, 32, 3] uint8. Krizhevsky 2009.

    Args:
      label_mode: "fine" (100 classes) or "coarse" (20).

    Returns:
      ((x_train, y_train), (x_test, y_test)); labels are [n, 1].
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f'`label_mode` must be one of `"fine"`, `"coarse"`. Received: label_mode={label_mode}.')
    digest = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
    folder = get_file("cifar-100-python-target", f"{_CIFAR}cifar-100-python.tar.gz", extract=True, file_hash=digest)
    parts = [_cifar_batch(os.path.join(folder, "cifar-100-python", name), f"{label_mode}_labels") for name in ("train", "test")]
    return tuple((x, np.reshape(y, (-1, 1))) for x, y in parts)
