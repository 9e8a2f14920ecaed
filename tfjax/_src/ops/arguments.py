"""What TensorFlow's Python does with arguments before it calls a kernel; for `@op(prepare=…)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.convert import short_name, to_tensor
from tfjax._src.eager.tensor import Tensor

INT32 = np.iinfo(np.int32)


def int_tensor(value: Any, name: str, dtype: DType = dtypes.int32) -> Tensor:
    """`value` as a tensor of `dtype`; other integers are cast to it, whatever is lost."""
    from tfjax._src.ops.array.shaping import cast

    tensor = to_tensor(value, hint=dtype)
    if not tensor.dtype.is_integer:
        raise TypeError(
            f"Argument `tensor` (name: {name}) must be of type integer. Received `tensor` = {value} of dtype: {tensor.dtype!r}"
        )
    return tensor if tensor.dtype == dtype else cast(tensor, dtype)


def matching(values: Sequence[Any], hint: DType | None = None) -> list[Tensor]:
    """Tensors of one dtype: that of the first tensor among the values, else of the first value."""
    dtype = next((v.dtype for v in values if isinstance(v, Tensor)), None)
    found: list[Tensor] = []
    for value in values:
        found.append(to_tensor(value, dtype, None if dtype else hint))
        dtype = dtype or found[0].dtype
    return found


def not_allowed(dtype: DType, attr: str, *allowed: DType) -> InvalidArgumentError:
    """The error for a dtype that the op's definition does not list."""
    names = ", ".join(map(short_name, allowed))
    text = f"Value for attr '{attr}' of {short_name(dtype)} is not in the list of allowed values: {names}"
    return InvalidArgumentError(None, None, text)


def index_tensor(value: Any, attr: str = "Tidx") -> Tensor:
    """`value` as a tensor of int32 or int64; a Python int beyond 32 bits wraps around."""
    if type(value) is float:
        raise TypeError(f"Cannot convert {value} to EagerTensor of dtype int32")
    # A list has a dtype of its own unless it is empty.
    tensor = to_tensor(wrapped(value), hint=None if isinstance(value, (list, tuple)) and value else dtypes.int32)
    if tensor.dtype not in (dtypes.int32, dtypes.int64):
        raise not_allowed(tensor.dtype, attr, dtypes.int32, dtypes.int64)
    return tensor


def wrapped(value: Any) -> Any:
    """A Python int as 32 bits hold it; anything else as it is."""
    if type(value) is int and not INT32.min <= value <= INT32.max and -(2**63) <= value < 2**63:
        return (value - INT32.min) % 2**32 + INT32.min
    return value


def scalar_tensor(value: Any, dtype: DType | None = None) -> Tensor:
    """`value` as a tensor of rank 0."""
    tensor = to_tensor(value, dtype)
    if tensor.shape.rank:
        raise ValueError(f"Shape {tuple(tensor.shape)} must have rank 0")
    return tensor
