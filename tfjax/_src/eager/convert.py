"""Python values to tensors, with TensorFlow's inference rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import sizes
from tfjax._src.eager.devices import place
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.eager.tensor import Tensor

_PYTHON_DTYPES = {
    bool: dtypes.bool,
    int: dtypes.int32,
    float: dtypes.float32,
    complex: dtypes.complex128,
    str: dtypes.string,
    bytes: dtypes.string,
}
_OBJECT = np.dtype(object)
_conversions: list[tuple[int, Any, Callable[..., Any]]] = []
# Filled by ops/array/join.py: stacks a nested list that contains tensors.
_packers: list[Callable[[Any, DType | None], Tensor]] = []


@export("register_tensor_conversion_function")
def register_tensor_conversion_function(base_type: Any, conversion_func: Callable[..., Any], priority: int = 100) -> None:
    """Registers `conversion_func(value, dtype, name, as_ref)` for instances of `base_type`.

    Functions of a lower `priority` are asked first; one may return NotImplemented.

    >>> import tfjax as tf
    >>> class Celsius:
    ...     degrees = 20.0
    >>> tf.register_tensor_conversion_function(
    ...     Celsius, lambda value, dtype=None, name=None, as_ref=False: tf.constant(value.degrees))
    >>> float(tf.convert_to_tensor(Celsius()))
    20.0
    """
    if not callable(conversion_func):
        raise TypeError(f"Argument `conversion_func` must be callable. Received {conversion_func}.")
    _conversions.append((priority, base_type, conversion_func))
    _conversions.sort(key=lambda entry: entry[0])


def set_packer(packer: Callable[[Any, DType | None], Tensor]) -> None:
    """Tells how a nested list that contains tensors becomes one tensor."""
    _packers[:] = [packer]


def to_tensor(value: Any, dtype: DType | None = None, hint: DType | None = None) -> Tensor:
    """`value` as a Tensor; of `dtype` if given, else of `hint` where that loses nothing."""
    kind = type(value)
    if kind is Tensor or isinstance(value, Tensor):
        return _check(value, dtype)
    python_dtype = _PYTHON_DTYPES.get(kind)
    if python_dtype is not None:
        return Tensor(_scalar(value, python_dtype, dtype, hint))
    read = getattr(value, "_dense_var_to_tensor", None)
    if read is not None:
        return _check(read(), dtype)
    if isinstance(value, (np.ndarray, np.generic)):
        return Tensor(_from_numpy(np.asarray(value), dtype, hint))
    if isinstance(value, jax.Array):
        return _check(Tensor(value), dtype)
    for _, base_type, function in _conversions:
        if isinstance(value, base_type):
            result = function(value, dtype=dtype, name=None, as_ref=False)
            if result is not NotImplemented:
                return _check(result, dtype)
    if isinstance(value, (list, tuple)) or isinstance(value, range):
        return _from_sequence(value, dtype, hint)
    if isinstance(value, TensorShape):
        return _from_shape(value, dtype)
    if hasattr(value, "__array__") and not isinstance(value, DType):
        return Tensor(_from_numpy(np.asarray(value), dtype, hint))
    if is_symbolic(value):
        target = dtype or hint or dtypes.int32
        return Tensor(sizes.make(value) if target is dtypes.int32 else jax.numpy.asarray(value, target.np))
    raise unsupported(value)


def unsupported(value: Any) -> Exception:
    """The error for a value that cannot become a tensor."""
    text = f"Attempt to convert a value ({value}) with an unsupported type ({type(value)}) to a Tensor."
    return ValueError(text)


def _check(tensor: Tensor, dtype: DType | None) -> Tensor:
    if dtype is not None and tensor.dtype != dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{tensor.dtype.name}: {tensor!r}"
        )
    return tensor


def _scalar(value: Any, natural: DType, dtype: DType | None, hint: DType | None) -> np.ndarray:
    target = dtype
    if target is None:
        target = hint if hint is not None and _fits(natural, hint) else natural
    if target is natural or _fits(natural, target):
        if natural is dtypes.string:
            return _string_array(value)
        try:
            return np.array(value, target.np)
        except OverflowError:
            if natural is dtypes.int32 and -(2**63) <= value < 2**63:
                return np.array(value, np.int64) if dtype is None else np.array(value, np.int64).astype(target.np)
            raise ValueError(f"Can't convert Python sequence with out-of-range integer to Tensor ({value}).") from None
    raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {short_name(target)}")


def short_name(dtype: DType) -> str:
    # TensorFlow's C++ type names: float for float32, double for float64.
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


def _fits(natural: DType, target: DType) -> bool:
    """Whether a Python number of dtype `natural` may silently take dtype `target`."""
    if natural is target:
        return True
    if natural is dtypes.bool:
        return target.is_integer or target.is_floating
    if natural is dtypes.int32:
        return target.is_integer or target.is_floating or target.is_complex or target.is_quantized
    if natural is dtypes.float32:
        return target.is_floating or target.is_complex
    if natural is dtypes.complex128:
        return target.is_complex
    return False


def _string_array(value: Any) -> np.ndarray:
    out = np.empty((), _OBJECT)
    out[()] = value.encode() if isinstance(value, str) else value
    return out


def _bytes_elements(array: np.ndarray) -> np.ndarray:
    """Object array of bytes from an array of str, bytes or objects."""
    out = np.empty(array.shape, _OBJECT)
    flat = out.reshape(-1)
    for i, element in enumerate(array.reshape(-1).tolist()):
        if isinstance(element, str):
            element = element.encode()
        elif not isinstance(element, bytes):
            raise ValueError(
                f"Failed to convert a NumPy array to a Tensor (Unsupported object type {type(element).__name__})."
            )
        flat[i] = element
    return out


def _from_numpy(array: np.ndarray, dtype: DType | None, hint: DType | None) -> np.ndarray:
    if array.dtype.kind in "SUO":
        if array.dtype.kind == "O" and array.size and not isinstance(array.reshape(-1)[0], (str, bytes)):
            return _from_objects(array, dtype)
        result = _bytes_elements(array)
        if dtype is not None and dtype is not dtypes.string:
            raise ValueError(f"Cannot convert a string array to a Tensor of dtype {dtype.name}.")
        return result
    if array.dtype not in dtypes.FROM_NUMPY:
        raise ValueError(f"Failed to convert a NumPy array to a Tensor (Unsupported numpy type: {array.dtype}).")
    natural = dtypes.FROM_NUMPY[array.dtype]
    target = dtype
    if target is None and hint is not None and not (hint is dtypes.string or hint.is_quantized):
        target = hint  # TensorFlow casts NumPy values to the dtype beside them, whatever is lost
    if target is not None and target is not natural:
        if target is dtypes.string:
            raise TypeError(f"Cannot convert {array!r} to EagerTensor of dtype string")
        return array.astype(target.np)
    # A Tensor never changes: a caller may write to the array later.
    return np.array(array, order="C")


def _from_objects(array: np.ndarray, dtype: DType | None) -> np.ndarray:
    first = array.reshape(-1)[0]
    if isinstance(first, (bool, int, float, complex, np.generic)):
        return to_tensor(array.tolist(), dtype).host_value()
    if dtype is not None and dtype is not dtypes.string and array.dtype == _OBJECT:
        return array.astype(dtype.np)  # raises NumPy's error, as in TensorFlow
    raise ValueError(
        "Failed to convert a NumPy array to a Tensor (Unsupported object type "
        f"{type(first).__name__})."
    )


def _from_shape(shape: TensorShape, dtype: DType | None) -> Tensor:
    if not shape.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape {shape} to a Tensor.")
    dims = shape.as_list()
    if dtype not in (None, dtypes.int32, dtypes.int64):
        text = f"Cannot convert TensorShape {shape} to dtype {dtype}. Allowed dtypes are tf.int32 and tf.int64."
        raise TypeError(text)
    if dtype is None:
        dtype = dtypes.int64 if any(d >= 2**31 for d in dims) else dtypes.int32
    return Tensor(np.array(dims, dtype.np))


def _first_leaf(value: Any) -> Any:
    while isinstance(value, (list, tuple, range)):
        for element in value:
            if not isinstance(element, (list, tuple)) or len(element):
                value = element
                break
        else:
            return None
    return value


def _has_tensor(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_tensor(v) for v in value)
    if isinstance(value, (int, float, str, bytes, complex, np.ndarray, np.generic)):
        return False
    return isinstance(value, (Tensor, jax.Array)) or hasattr(value, "_dense_var_to_tensor") or is_symbolic(value) or any(
        isinstance(value, base) for _, base, _ in _conversions
    )


def _from_sequence(value: Any, dtype: DType | None, hint: DType | None) -> Tensor:
    if not isinstance(value, range) and _has_tensor(value):
        return _packers[0](value, dtype if dtype is not None else None)
    leaf = _first_leaf(value)
    wide = dtype is not None and dtype.is_floating and type(leaf) is int
    try:
        array = np.array(value, float if wide else None)
    except (ValueError, OverflowError, TypeError):
        array = _objects(value) if isinstance(leaf, (str, bytes)) else np.array(None)
    if array.dtype == _OBJECT and not isinstance(leaf, (str, bytes)):
        raise _sequence_error(value)
    if array.dtype.kind in "SUO":
        return Tensor(_string_sequence(value, array, dtype))
    if leaf is None:
        target = dtype or hint or dtypes.float32
        return Tensor(array.astype(target.np))
    natural = dtypes.FROM_NUMPY.get(array.dtype) if isinstance(leaf, (np.ndarray, np.generic)) else None
    if natural is None:
        natural = _sequence_dtype(array, value, dtype or hint)
    if dtype is None and hint is not None and _fits(_generic(natural), hint):
        dtype = hint
    target = dtype or natural
    if target is not natural and not isinstance(leaf, (np.ndarray, np.generic)) and not _fits(_generic(natural), target):
        bad = _offending(value, target)
        raise TypeError(f"Cannot convert {bad!r} to EagerTensor of dtype {short_name(target)}")
    return Tensor(array.astype(target.np))


def _objects(value: Any) -> np.ndarray:
    """Text and bytes beside each other; None if the lists are of different lengths."""
    try:
        return np.array(value, _OBJECT)
    except ValueError:
        return np.array(None)


def _generic(dtype: DType) -> DType:
    if dtype.is_integer:
        return dtypes.int32
    if dtype.is_floating:
        return dtypes.float32
    return dtypes.complex128 if dtype.is_complex else dtype


def _sequence_dtype(array: np.ndarray, value: Any, wanted: DType | None) -> DType:
    kind = array.dtype.kind
    if kind == "b":
        return dtypes.bool
    if kind == "u":
        raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
    if kind in "if" and wanted in (None, dtypes.bool) and _mixes_bool(value):
        raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
    if kind == "i":
        small = array.size == 0 or (array.min() >= -(2**31) and array.max() < 2**31)
        return dtypes.int32 if small else dtypes.int64
    return dtypes.float32 if kind == "f" else dtypes.complex128


def _mixes_bool(value: Any) -> bool:
    # Only mixed lists reach this: an all-bool list has dtype bool.
    return any(_mixes_bool(v) if isinstance(v, (list, tuple)) else isinstance(v, bool) for v in value)


def _offending(value: Any, target: DType) -> Any:
    if isinstance(value, (list, tuple)):
        for element in value:
            bad = _offending(element, target)
            if bad is not None:
                return bad
        return None
    natural = _PYTHON_DTYPES.get(type(value))
    return None if natural is not None and _fits(natural, target) else value


def _string_sequence(value: Any, array: np.ndarray, dtype: DType | None) -> np.ndarray:
    flat: list[Any] = []
    _flatten_strings(value, flat)
    # NumPy's bytes drop trailing NULs and its shape is all that is right.
    if array.dtype.kind != "S" or dtype not in (None, dtypes.string):
        words = all(isinstance(f, (str, bytes)) for f in flat)
        if not words and all(type(f) in _PYTHON_DTYPES for f in flat):
            raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
        if dtype is not None and dtype is not dtypes.string:
            raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {short_name(dtype)}")
        if len(flat) != array.size or not words:
            raise _sequence_error(value)
    array_object = np.empty(len(flat), _OBJECT)
    array_object[:] = flat
    return _bytes_elements(array_object.reshape(array.shape))


def _flatten_strings(value: Any, out: list[Any]) -> None:
    for element in value:
        if isinstance(element, (list, tuple)):
            _flatten_strings(element, out)
        elif isinstance(element, np.ndarray):
            out.extend(element.reshape(-1).tolist())
        else:
            out.append(element)


def _sequence_error(value: Any) -> Exception:
    leaf = _first_leaf(value)
    if leaf is None or not isinstance(leaf, (int, float, complex, str, bytes, np.generic, np.ndarray)):
        return unsupported(value if leaf is None and not _contains_none(value) else leaf)
    if _contains_none(value):
        return unsupported(None)
    return ValueError("Can't convert non-rectangular Python sequence to Tensor.")


def _contains_none(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_contains_none(v) for v in value)
    return value is None


@export("convert_to_tensor")
def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Any:
    """Converts `value` to a Tensor; tensors pass through unchanged.

    Args:
      value: a number, string, nested list, NumPy array, `jax.Array`, Variable or Tensor.
      dtype: the dtype to have. A Tensor of another dtype raises ValueError.
      dtype_hint: used where it fits: for Python values, and for NumPy's, which are cast to it.
      name: no effect on eager tensors.

    >>> import tfjax as tf
    >>> tf.convert_to_tensor([1, 2]).dtype
    tf.int32
    """
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    hint = None if dtype_hint is None else dtypes.as_dtype(dtype_hint)
    if hasattr(value, "_tfjax_convert"):
        return value._tfjax_convert(wanted)
    if wanted is None and hint is not None and isinstance(value, (np.ndarray, np.generic, bool)):
        array = np.asarray(value)
        if array.dtype.kind in "biufc" and hint is not dtypes.string:
            return place(to_tensor(array, hint))
    return place(to_tensor(value, wanted, hint))
