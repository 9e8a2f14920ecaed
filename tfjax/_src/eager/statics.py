"""Static arguments of ops: axes, shapes, dtypes and flags, read from Python values or tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, errors
from tfjax._src.core.dtypes import DType
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.convert import unsupported
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.eager.tensor import Tensor

_NO_INDEX = {str: dtypes.string, bytes: dtypes.string, float: dtypes.float32}


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
    """An int (or None) from `x`, as a tensor of indices takes it: a bool counts, a float does not."""
    if x is None or type(x) is int:
        return x
    result = value(x)
    if isinstance(result, tuple) and len(result) == 1:
        result = result[0]
    if is_symbolic(result):
        return result
    if type(x) is float or isinstance(result, tuple):
        raise TypeError(f"Expected int32, but got {x!r} of type '{type(x).__name__}'.")
    _check_index(x, result)
    return result.__index__()


def _check_index(x: Any, result: Any) -> None:
    """Raises unless `x`, whose value is `result`, can be a tensor of int32 or int64."""
    dtype = x.dtype if isinstance(x, Tensor) else _NO_INDEX.get(type(result), dtypes.int32)
    if dtype not in (dtypes.int32, dtypes.int64):
        text = f"Value for attr 'Tidx' of {dtype.name} is not in the list of allowed values: int32, int64"
        raise errors.InvalidArgumentError(None, None, text)
    if not hasattr(result, "__index__"):
        if isinstance(x, Tensor):
            raise errors.InvalidArgumentError(None, None, f"dims must represent a vector, got shape {x.shape.as_list()}")
        raise unsupported(x)


def _packed(x: Any, result: Any) -> Any:
    """`result`, the value of `x`, where a list's float tensors become ints.

    TensorFlow packs a list that contains tensors into one of the dtype wanted, and casts them.
    """
    if type(result) is not tuple or float not in map(type, result) or not isinstance(x, (list, tuple)):
        return result
    return tuple([int(r) if isinstance(e, Tensor) and type(r) is float else r for e, r in zip(x, result)])


def required(find: Callable[[Any], Any], x: Any) -> Any:
    """`find(x)`, where x may not be None."""
    if x is None:
        raise unsupported(x)
    return find(x)


def flag(x: Any, default: Any) -> bool:
    """A bool: TensorFlow asks any object for its truth, and takes None for the default."""
    result = value(x)
    return default if result is None else bool(result)


def integers(x: Any) -> tuple[int, ...] | int | None:
    """None, an int or a tuple of ints."""
    if x is None or type(x) is int:
        return x
    result = _packed(x, value(x))
    if not isinstance(result, tuple):
        return integer(x)
    for element in result:
        if not isinstance(element, tuple) and not is_symbolic(element):
            _check_index(x, element)
    return tuple([integer(e) for e in result])


def shape(x: Any) -> tuple[int, ...]:
    """A tuple of ints from a shape given as ints, a list, a TensorShape or a tensor."""
    if type(x) in (tuple, list) and not any([type(d) is not int for d in x]):
        return tuple(x)
    result = _packed(x, value(x))
    if result is None:
        raise ValueError("The shape must be known, got an unknown shape.")
    result = result if isinstance(result, tuple) else (result,)
    for dimension in result:
        if isinstance(dimension, float) and isinstance(x, float):
            raise TypeError(f"Cannot convert {dimension!r} to EagerTensor of dtype int32")
        if dimension is None:
            raise ValueError(f"Every dimension must be known, got {x!r}.")
        if not is_symbolic(dimension):
            _check_index(x, dimension)
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
