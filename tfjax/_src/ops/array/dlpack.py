"""Tensors handed over to other libraries, and taken from them, without a copy."""

from __future__ import annotations

import ctypes
from typing import Any

import jax
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor

_NAME = b"dltensor"


class _Capsule:
    """A DLPack capsule as the object that array libraries ask for one."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **unused: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        # A managed tensor begins with the data pointer, then the device's type and number.
        read = ctypes.pythonapi.PyCapsule_GetPointer
        read.restype, read.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        start = read(self._capsule, _NAME) + ctypes.sizeof(ctypes.c_void_p)
        kind, number = (ctypes.c_int32 * 2).from_address(start)
        return kind, number


@export("experimental.dlpack.to_dlpack")
def to_dlpack(tf_tensor: Any) -> Any:
    """A DLPack capsule of the tensor's memory, to be used once.

    >>> import tfjax as tf
    >>> capsule = tf.experimental.dlpack.to_dlpack(tf.constant([1.0, 2.0]))
    >>> tf.experimental.dlpack.from_dlpack(capsule).numpy()
    array([1., 2.], dtype=float32)
    """
    if not isinstance(tf_tensor, Tensor) and not hasattr(tf_tensor, "_dense_var_to_tensor"):
        message = "The argument to `to_dlpack` must be a TF tensor, not Python object"
        raise InvalidArgumentError(None, None, message)
    value = to_tensor(tf_tensor)._value
    if isinstance(value, np.ndarray) and value.dtype == object:
        raise InvalidArgumentError(None, None, "A string tensor has no DLPack form.")
    return to_tensor(tf_tensor).jax().__dlpack__()


@export("experimental.dlpack.from_dlpack")
def from_dlpack(dlcapsule: Any) -> Tensor:
    """The tensor in a DLPack capsule, such as `to_dlpack` and other libraries make.

    Raises:
      TypeError: for anything but a capsule.
    """
    if type(dlcapsule).__name__ != "PyCapsule":
        raise TypeError(f"`dlcapsule` must be a DLPack capsule. Received: {dlcapsule!r}")
    return Tensor(jax.dlpack.from_dlpack(_Capsule(dlcapsule)))
