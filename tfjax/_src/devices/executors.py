"""How TensorFlow's runtime runs ops: contexts that JAX, which runs ahead on its own, does not need."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator

from tfjax._src.core.errors import NotFoundError
from tfjax._src.core.export import export
from tfjax._src.devices.physical import list_physical_devices

_EXECUTORS = ("", "DEFAULT", "SINGLE_THREADED_EXECUTOR")


@export("experimental.async_scope")
@contextlib.contextmanager
def async_scope() -> Iterator[None]:
    """A context of ops that run ahead. No effect: JAX runs ahead everywhere.

    >>> import tfjax as tf
    >>> with tf.experimental.async_scope():
    ...     total = tf.constant(1) + 1
    """
    yield


@export("experimental.async_clear_error")
def async_clear_error() -> None:
    """Forgets errors of ops that ran ahead. No effect: JAX keeps none."""


@export("experimental.function_executor_type")
@contextlib.contextmanager
def function_executor_type(executor_type: str | None) -> Iterator[None]:
    """A context that chooses what runs functions. No effect: they are XLA programs.

    Args:
      executor_type: "DEFAULT", "SINGLE_THREADED_EXECUTOR", "" or None.

    Raises:
      NotFoundError: for any other.
    """
    if executor_type is not None and executor_type not in _EXECUTORS:
        raise NotFoundError(None, None, f"No executor factory registered for the given executor type: {executor_type}")
    yield


@export("sysconfig.get_build_info")
def get_build_info() -> OrderedDict[str, bool]:
    """Whether JAX sees CUDA; ROCm and TensorRT builds do not exist.

    >>> import tfjax as tf
    >>> tf.sysconfig.get_build_info()["is_tensorrt_build"]
    False
    """
    cuda = bool(list_physical_devices("GPU"))
    return OrderedDict(is_cuda_build=cuda, is_rocm_build=False, is_tensorrt_build=False)
