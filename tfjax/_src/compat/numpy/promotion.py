"""NumPy's rules for dtypes: which one a Python value has, and which one several values share."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import join, shaping

_STRONG = {"float": np.dtype(np.float32), "complex": np.dtype(np.complex64)}


class Settings:
    """What `experimental_enable_numpy_behavior` sets."""

    prefer_float32 = False


settings = Settings()


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor")


def _number(value: Any) -> Any:
    """A Python number as `np.result_type` takes it: weak, or float32 where that is preferred."""
    if settings.prefer_float32 and isinstance(value, complex):
        return _STRONG["complex"]
    if settings.prefer_float32 and isinstance(value, float):
        return _STRONG["float"]
    if isinstance(value, bool):
        return np.dtype(bool)
    return type(value)(0) if abs(value) < 2**63 else value


def leaves(value: Any) -> list[Any]:
    """The values in nested lists."""
    if isinstance(value, (list, tuple)):
        return [leaf for element in value for leaf in leaves(element)]
    return [value]


def _entry(value: Any) -> Any:
    """What `np.result_type` is asked with for one array, number or dtype."""
    if isinstance(value, DType):
        return np.dtype(value.np)
    if _is_tensor(value):
        return np.dtype(dtypes.as_dtype(value.dtype).np)
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype
    if isinstance(value, (bool, int, float, complex)):
        return _number(value)
    if value is float and settings.prefer_float32:
        return _STRONG["float"]
    if value is complex and settings.prefer_float32:
        return _STRONG["complex"]
    if isinstance(value, bytes):
        return np.dtype(object)
    if hasattr(value, "__array__") and not isinstance(value, type):
        return np.asarray(value).dtype
    return np.dtype(value)


def _entries(values: tuple[Any, ...]) -> list[Any]:
    found = []
    for value in values:
        if isinstance(value, (list, tuple)):
            found.extend([_entry(leaf) for leaf in leaves(value)])
        else:
            found.append(_entry(value))
    return found or [np.dtype(default_float().np)]


def shared_dtype(*values: Any) -> DType:
    """The dtype that NumPy gives to a combination of values or dtypes."""
    return dtypes.as_dtype(np.result_type(*_entries(values)))


@export("experimental.numpy.result_type")
def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that a combination of arrays, numbers and dtypes has by NumPy's rules.

    Python numbers only decide where no array is of their kind.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.result_type(tf.int8, 1.5)
    tf.float64
    """
    return shared_dtype(*arrays_and_dtypes)


@export("experimental.numpy.promote_types")
def promote_types(type1: Any, type2: Any) -> np.dtype[Any]:
    """The smallest NumPy dtype that holds the values of both.

    >>> import numpy as np, tfjax as tf
    >>> tf.experimental.numpy.promote_types(np.int8, np.uint8)
    dtype('int16')
    """
    return np.promote_types(_numpy_dtype(type1), _numpy_dtype(type2))


def _numpy_dtype(value: Any) -> np.dtype[Any]:
    if isinstance(value, DType):
        return np.dtype(value.np)
    if isinstance(value, (bool, int, float, complex)):
        raise TypeError(f"Cannot interpret '{value}' as a data type")
    if _is_tensor(value) or isinstance(value, np.ndarray):
        raise ValueError(f"A dtype is needed. Received: {value}")
    return np.dtype(value)


def as_dtype(dtype: Any) -> DType | None:
    """A dtype argument: None stays None, Python's types are NumPy's."""
    if dtype is None:
        return None
    return dtype if isinstance(dtype, DType) else dtypes.as_dtype(np.dtype(dtype))


def asarray(value: Any, dtype: Any = None) -> Tensor:
    """`value` as a Tensor; Python numbers are int64, float64, complex128 unless set otherwise."""
    wanted = as_dtype(dtype)
    if _is_tensor(value):
        tensor = to_tensor(value)
        return tensor if wanted is None else shaping.cast(tensor, wanted)
    if isinstance(value, (list, tuple)) and any(_is_tensor(leaf) for leaf in leaves(value)):
        return _joined(value, wanted or shared_dtype(value))
    if isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, (float, complex)):
        tensor = to_tensor(value)
        return tensor if wanted is None else shaping.cast(tensor, wanted)
    if isinstance(value, (bool, int, float, complex, list, tuple, range)):
        return _from_python(value, wanted)
    tensor = to_tensor(value)
    return tensor if wanted is None else shaping.cast(tensor, wanted)


def _from_python(value: Any, wanted: DType | None) -> Tensor:
    if isinstance(value, (list, tuple)) and any(
        isinstance(leaf, (str, bytes)) or leaf is None for leaf in leaves(value)
    ):
        return to_tensor(value)
    array = np.array(value)
    if array.dtype == object:
        return to_tensor(value)
    natural = wanted or dtypes.as_dtype(
        np.result_type(
            *_entries((list(leaves(value)) if isinstance(value, (list, tuple)) else value,))
        )
    )
    return shaping.cast(to_tensor(array), natural)


def _joined(value: Any, dtype: DType) -> Tensor:
    if isinstance(value, (list, tuple)):
        return join.stack([_joined(element, dtype) for element in value])
    return asarray(value, dtype)


def promoted(*values: Any) -> list[Tensor]:
    """The values as Tensors of the dtype they share; Python numbers adapt to arrays."""
    dtype = shared_dtype(*[_checked(v) for v in values])
    return [asarray(value, dtype) for value in values]


def arrays(values: Any) -> list[Tensor]:
    """The values as Tensors of the dtype they share, Python numbers having one of their own."""
    tensors = [asarray(value) for value in values]
    if len({t.dtype for t in tensors}) <= 1:
        return tensors
    dtype = shared_dtype(*tensors)
    return [shaping.cast(tensor, dtype) for tensor in tensors]


def _checked(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return to_tensor(value)
    return value


def floating(value: Any) -> Tensor:
    """`value` as a Tensor of floats: integers, booleans and bfloat16 become float64."""
    tensor = asarray(value)
    if tensor.dtype.is_complex or tensor.dtype in (dtypes.float16, dtypes.float32, dtypes.float64):
        return tensor
    return shaping.cast(tensor, dtypes.float64)


def promoted_floats(*values: Any) -> list[Tensor]:
    """`promoted`, and integers become float64."""
    return [floating(t) for t in promoted(*values)]


def default_float() -> DType:
    """The dtype of Python floats."""
    return dtypes.float32 if settings.prefer_float32 else dtypes.float64


def known(value: Any) -> Any:
    """An argument that must be known, such as an axis, from a number, list, array or Tensor."""
    if _is_tensor(value):
        return to_tensor(value).host_value().tolist()
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return tuple(known(element) for element in value)
    return value
