"""tf.debugging: questions about values, and the setting of traceback filtering; sums of tensors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.math.arithmetic import add

_state = {"filtering": True}


@export("debugging.is_numeric_tensor")
def is_numeric_tensor(tensor: Any) -> bool:
    """True for a tensor of numbers; False for bool, strings, and what is no tensor.

    >>> is_numeric_tensor(to_tensor(1.0)), is_numeric_tensor(1.0)
    (True, False)
    """
    if not isinstance(tensor, Tensor):
        return False
    return tensor.dtype in dtypes.REAL or tensor.dtype in dtypes.COMPLEX


@export("debugging.assert_proper_iterable")
def assert_proper_iterable(values: Any) -> None:
    """Refuses what is not iterable, and tensors, arrays and strings, which are only by accident.

    Raises:
      TypeError: for those.

    >>> assert_proper_iterable([1, 2])
    """
    if isinstance(values, (Tensor, np.ndarray, bytes, str)) or hasattr(values, "_dense_var_to_tensor"):
        raise TypeError(f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}')
    if not isinstance(values, Iterable):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


@export("debugging.assert_same_float_dtype")
def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The floating dtype that all `tensors`, and `dtype` if given, have; float32 where nothing is given.

    Raises:
      ValueError: they differ, or are not floating.

    >>> assert_same_float_dtype([to_tensor(1.0)])
    tf.float32
    """
    first = None
    for tensor in tensors or ():
        if tensor is None:
            continue
        if dtype is None:
            first, dtype = tensor, dtypes.as_dtype(tensor.dtype)
        elif tensor.dtype != dtype:
            as_what = "" if first is None else f" as {first!s}"
            raise ValueError(f"{tensor!s}, type={tensor.dtype}, must be of the same type ({dtype}){as_what}.")
    if dtype is None:
        return dtypes.float32
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    return dtype


@export("debugging.enable_traceback_filtering")
def enable_traceback_filtering() -> None:
    """A hint without effect: JAX filters its own frames; JAX_TRACEBACK_FILTERING decides."""
    _state["filtering"] = True


@export("debugging.disable_traceback_filtering")
def disable_traceback_filtering() -> None:
    """A hint without effect, as `enable_traceback_filtering`."""
    _state["filtering"] = False


@export("debugging.is_traceback_filtering_enabled")
def is_traceback_filtering_enabled() -> bool:
    """What was asked for last; True at first.

    >>> is_traceback_filtering_enabled()
    True
    """
    return _state["filtering"]


@export("math.accumulate_n")
def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: Any = None) -> Any:
    """The sum of tensors of one shape and dtype.

    Args:
      inputs: a list of tensors.
      shape: if given, must fit them.
      tensor_dtype: if given, must be theirs.
      name: no effect.

    >>> accumulate_n([[1, 2], [3, 4]]).numpy()
    array([4, 6], dtype=int32)
    """
    refusal = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(refusal)
    tensors = [to_tensor(x) for x in inputs]
    if any(t.dtype != tensors[0].dtype for t in tensors):
        raise ValueError(refusal)
    if tensor_dtype is not None and dtypes.as_dtype(tensor_dtype) != tensors[0].dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {tensors[0].dtype}")
    expected = TensorShape(tensors[0].shape if shape is None else shape)
    for tensor in tensors:
        if not expected.is_compatible_with(tensor.shape):
            raise ValueError(f"Shapes {expected} and {tensor.shape} are not compatible")
    total = tensors[0]
    for tensor in tensors[1:]:
        total = add(total, tensor)
    return total
