"""`experimental_enable_numpy_behavior`: NumPy's operators, indexing and methods on every Tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.compat.numpy import elementwise, indexing, reductions, shaping
from tfjax._src.compat.numpy.promotion import arrays, asarray, leaves, promoted, settings
from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError, UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.eager import dispatch
from tfjax._src.eager.args import AnyTensor, MixedTensors, Name, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.array import masking, slicing
from tfjax._src.ops.array import shaping as ops_shaping

_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor")
_COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__")
_OPERATORS = (*(f"__{side}{name}__" for name in _BINARY for side in ("", "r")), *_COMPARISONS)
_MODES = ("off", "legacy", "safe", "all")
# What the classes had before: (class, name) to the attribute, None if there was none.
_before: dict[tuple[type, str], Any] = {}


def _promoting(operator: Callable[..., Any]) -> Callable[..., Any]:
    """The operator with both operands promoted first."""

    def promote(self: Any, other: Any) -> Any:
        if other is None or self.dtype == dtypes.string or isinstance(other, (str, bytes)):
            return operator(self, other)
        if (
            dispatch.handler_for(type(other)) is not None
            or getattr(other, "dtype", None) == self.dtype
        ):
            return operator(self, other)
        return operator(*promoted(self, other))

    promote.__name__ = operator.__name__
    return promote


@op("_internal.numpy_getitem", raw="GatherV2")
def _gather_arrays(x: AnyTensor, indices: MixedTensors, axes: Static, name: Name = None):
    """Indexes several axes with arrays at once, as NumPy does."""
    xp = namespace(x, *indices)
    key: list[Any] = [slice(None)] * x.ndim
    for axis, index in zip(axes, indices, strict=True):
        size = x.shape[axis]
        if xp is np and index.size:
            wrong = (index < -size) | (index >= size)
            if wrong.any():
                raise InvalidArgumentError(
                    None, None, f"indices[0] = {index[wrong].flat[0]} is not in [0, {size})"
                )
        key[axis] = index
    return x[tuple(key)]


def _is_array(key: Any) -> bool:
    if isinstance(key, (list, tuple)):
        return True
    if isinstance(key, (Tensor, np.ndarray)) or hasattr(key, "_dense_var_to_tensor"):
        return len(key.shape) > 0 or key.dtype == bool
    return False


def getitem(self: Tensor, key: Any) -> Any:
    """`self[key]` with NumPy's advanced indexing: lists and arrays of integers or booleans."""
    if isinstance(key, list) and any(
        isinstance(k, (list, tuple, slice, type(Ellipsis))) or k is None for k in key
    ):
        key = tuple(key)
    if isinstance(key, bool):
        raise ValueError("mask cannot be scalar.")
    keys = key if isinstance(key, tuple) else (key,)
    if not any(_is_array(k) for k in keys):
        if any(isinstance(k, float) for k in keys):
            raise IndexError(
                "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer "
                "or boolean arrays are valid indices"
            )
        return slicing.getitem(self, key)
    if len(keys) == 1 and not _is_integral(keys[0]):
        return masking.boolean_mask(self, asarray(keys[0]))
    return _advanced(self, keys)


def _is_integral(key: Any) -> bool:
    if isinstance(key, (list, tuple)):
        return not any(isinstance(leaf, bool) for leaf in leaves(key))
    return key.dtype != bool


def _advanced(self: Tensor, keys: tuple[Any, ...]) -> Any:
    """Numbers and slices first, then all arrays together on the axes that remain."""
    used = sum(_width(k) for k in keys)
    plain: list[Any] = []
    places: list[tuple[int, Tensor]] = []
    axis = 0
    for key in keys:
        if key is Ellipsis:
            plain.append(key)
            axis += self.ndim - used
        elif _is_array(key):
            for index in _indices(key):
                plain.append(slice(None))
                places.append((axis, index))
                axis += 1
        else:
            plain.append(key)
            axis += 1 if key is None or isinstance(key, slice) else 0
    if any(k != slice(None) and k is not Ellipsis for k in plain):
        self = slicing.getitem(self, tuple(plain))
    indices = [index for _, index in places]
    return _gather_arrays(self, arrays(indices), tuple(place for place, _ in places))


def _width(key: Any) -> int:
    if key is None or key is Ellipsis:
        return 0
    return asarray(key).ndim if _is_array(key) and not _is_integral(key) else 1


def _indices(key: Any) -> list[Tensor]:
    """The index arrays that one key stands for: a mask gives one for each of its axes."""
    if _is_integral(key):
        return [asarray(key)]
    return indexing.nonzero(key)


def _reshape(a: Tensor, *newshape: Any, **kwargs: Any) -> Tensor:
    """The elements in another shape, given as one sequence or as several sizes."""
    order = kwargs.pop("order", "C")
    if kwargs:
        raise ValueError(f"Unsupported arguments: {sorted(kwargs)}")
    return shaping.reshape(a, newshape[0] if len(newshape) == 1 else newshape, order)


def _max(a: Tensor, axis: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The largest element over `axis`."""
    return reductions.amax(a, axis, out, keepdims)


def _min(a: Tensor, axis: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The smallest element over `axis`."""
    return reductions.amin(a, axis, out, keepdims)


def _astype(x: Tensor, dtype: Any, name: str | None = None) -> Tensor:
    """The elements in another dtype."""
    return ops_shaping.cast(x, dtypes.as_dtype(dtype))


def _round(a: Tensor, decimals: int = 0) -> Tensor:
    """Rounds to so many decimals."""
    return elementwise.around(a, decimals)


def _tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers."""
    return self.numpy().tolist()


_MEMBERS: dict[str, Any] = {
    "T": property(lambda self: ops_shaping.transpose(self)),
    "data": property(lambda self: self),
    "size": property(lambda self: shaping.size(self)),
    "__pos__": elementwise.positive,
    "__round__": _round,
    "__getitem__": getitem,
    "astype": _astype,
    "clip": indexing.clip,
    "flatten": shaping.flatten,
    "max": _max,
    "mean": reductions.mean,
    "min": _min,
    "ravel": shaping.ravel,
    "reshape": _reshape,
    "tolist": _tolist,
    "transpose": shaping.transpose,
}


def _set(cls: type, name: str, value: Any) -> None:
    _before.setdefault((cls, name), cls.__dict__.get(name))
    setattr(cls, name, value)


def restore() -> None:
    """Takes NumPy's behaviour off again, for tests."""
    for (cls, name), value in _before.items():
        if value is None:
            delattr(cls, name)
        else:
            setattr(cls, name, value)
    _before.clear()
    settings.prefer_float32 = False


@export("experimental.numpy.experimental_enable_numpy_behavior")
def experimental_enable_numpy_behavior(
    prefer_float32: bool = False, dtype_conversion_mode: str = "legacy"
) -> None:
    """Gives Tensors NumPy's promotion in operators, its indexing, and methods such as `reshape`.

    It holds for the whole process and cannot be taken back.

    Args:
      prefer_float32: Python floats are float32 and complex numbers complex64.
      dtype_conversion_mode: "legacy" promotes as NumPy does; "off" leaves operators as they are.
        TensorFlow's other modes, "all" and "safe", raise UnimplementedError.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.experimental_enable_numpy_behavior()  # doctest: +SKIP
    >>> (tf.constant(1) + 1.5).dtype  # doctest: +SKIP
    tf.float64
    """
    mode = dtype_conversion_mode
    if mode not in _MODES:
        raise ValueError(f"`dtype_conversion_mode` must be one of {_MODES}. Received: {mode!r}")
    if mode in ("safe", "all"):
        message = f"`dtype_conversion_mode` {mode!r} needs weakly typed tensors. Use 'legacy'."
        raise UnimplementedError(None, None, message)
    settings.prefer_float32 = prefer_float32
    if mode == "legacy" and (Tensor, "__add__") not in _before:
        for cls in (Tensor, Variable):
            for name in _OPERATORS:
                _set(cls, name, _promoting(getattr(cls, name)))
    for name, value in _MEMBERS.items():
        _set(Tensor, name, value)
