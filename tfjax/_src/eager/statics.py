"""Static arguments of ops: axes, shapes, dtypes and flags, read from Python values or tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.eager.tensor import Tensor


def value(x: Any) -> Any:
    """`x` with tensors and arrays replaced by Python values, lists by tuples."""
    if x is None or type(x) in (int, bool, str, float, DType, bytes, type):
        return x
    if isinstance(x, Tensor):
        return _frozen(x.host_value())
    if hasattr(x, "_dense_var_to_tensor"):
        return _frozen(x._dense_var_to_tensor().host_value())
    if isinstance(x, (list, tuple)):
        return tuple([value(e) for e in x])
    if isinstance(x, TensorShape):
        return None if x.rank is None else tuple(x.as_list())
    if isinstance(x, (np.ndarray, np.generic)):
        return _frozen(np.asarray(x))
    return x


def _frozen(array: np.ndarray) -> Any:
    if array.ndim == 0:
        return array.item()
    return tuple([_frozen(row) for row in array]) if array.ndim > 1 else tuple(array.tolist())


def integer(x: Any) -> int | None:
    """An int (or None) from `x`; a bool or float raises TypeError."""
    if x is None or type(x) is int:
        return x
    result = value(x)
    if isinstance(result, tuple) and len(result) == 1:
        result = result[0]
    if is_symbolic(result):
        return result
    if isinstance(result, (bool, float, str, tuple)) or not hasattr(result, "__index__"):
        raise TypeError(f"Expected int32, but got {x!r} of type '{type(x).__name__}'.")
    return result.__index__()


def integers(x: Any) -> tuple[int, ...] | int | None:
    """None, an int or a tuple of ints."""
    if x is None or type(x) is int:
        return x
    result = value(x)
    if isinstance(result, tuple):
        return tuple([integer(e) for e in result])
    return integer(result)


def shape(x: Any) -> tuple[int, ...]:
    """A tuple of ints from a shape given as ints, a list, a TensorShape or a tensor."""
    result = value(x)
    if isinstance(result, (int, float)):
        result = (result,)
    if result is None:
        raise ValueError("The shape must be known, got an unknown shape.")
    if not isinstance(result, tuple):
        raise TypeError(f"Cannot interpret {x!r} as a shape.")
    for dimension in result:
        if isinstance(dimension, float):
            raise TypeError(f"Cannot convert {dimension!r} to EagerTensor of dtype int32")
        if dimension is None:
            raise ValueError(f"Every dimension must be known, got {x!r}.")
    return tuple([d if is_symbolic(d) else int(d) for d in result])


def dtype(x: Any) -> DType | None:
    """A DType or None."""
    return None if x is None else dtypes.as_dtype(x)


NORMALISERS: dict[str, Callable[[Any], Any]] = {
    "int": integer,
    "ints": integers,
    "shape": shape,
    "value": value,
    "dtype": dtype,
}


def typed(x: Any) -> Any:
    """A key that tells 1, 1.0 and True apart, which Python's equality does not."""
    kind = type(x)
    if kind is int or kind is str or x is None or kind is DType:
        return x
    if kind is tuple:
        return tuple([typed(e) for e in x])
    return (kind, x)
