"""Sums, means, extremes, orders and products."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.ops.base import as_tensor, compute, floating, keras_op, promote
from tfjax._src.ops.array import indexing
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math import reductions as r


def _tensor(x: Any) -> Any:
    return to_tensor(as_tensor(x))


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _countable(x: Any) -> Any:
    """Small integers and booleans as int32, which is what their sums are."""
    tensor = _tensor(x)
    return cast(tensor, "int32") if tensor.dtype.name in ("bool", "int8", "int16") else tensor


@export("keras.ops.sum", "keras.ops.numpy.sum")
@keras_op("numpy")
def sum_(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over axes."""
    return r.reduce_sum(_countable(x), axis, keepdims)


@export("keras.ops.prod", "keras.ops.numpy.prod")
@keras_op("numpy")
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product over axes."""
    return r.reduce_prod(_countable(x) if dtype is None else cast(_tensor(x), dtype), axis, keepdims)


@export("keras.ops.mean", "keras.ops.numpy.mean")
@keras_op("numpy")
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over axes.

    >>> import tfjax as tf
    >>> float(tf.keras.ops.mean([1, 2]))
    1.5
    """
    return r.reduce_mean(floating(x), axis, keepdims)


@export("keras.ops.var", "keras.ops.numpy.var")
@keras_op("numpy")
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean."""
    return r.reduce_variance(floating(x), axis, keepdims)


@export("keras.ops.std", "keras.ops.numpy.std")
@keras_op("numpy")
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The square root of `var`."""
    return r.reduce_std(floating(x), axis, keepdims)


@export("keras.ops.max", "keras.ops.numpy.max")
@keras_op("numpy")
def max_(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The largest element, and at least `initial`."""
    return _extreme(x, axis, keepdims, initial, r.reduce_max, _maximum)


@export("keras.ops.min", "keras.ops.numpy.min")
@keras_op("numpy")
def min_(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The smallest element, and at most `initial`."""
    return _extreme(x, axis, keepdims, initial, r.reduce_min, _minimum)


def _extreme(x: Any, axis: Any, keepdims: bool, initial: Any, reduce: Any, combine: Any) -> Any:
    tensor = _tensor(x)
    if tensor.dtype.name == "bool":
        return cast(reduce(cast(tensor, "int32"), axis, keepdims), "bool")
    found = reduce(tensor, axis, keepdims)
    return found if initial is None else compute(combine, found, cast(_tensor(initial), found.dtype))


def _maximum(xp: Any, a: Any, b: Any) -> Any:
    return xp.maximum(a, b)


def _minimum(xp: Any, a: Any, b: Any) -> Any:
    return xp.minimum(a, b)


@export("keras.ops.amax", "keras.ops.numpy.amax")
@keras_op("numpy")
def amax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element."""
    return max_(x, axis, keepdims)


@export("keras.ops.amin", "keras.ops.numpy.amin")
@keras_op("numpy")
def amin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element."""
    return min_(x, axis, keepdims)


@export("keras.ops.all", "keras.ops.numpy.all")
@keras_op("numpy")
def all_(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements are true."""
    return r.reduce_all(cast(_tensor(x), "bool"), axis, keepdims)


@export("keras.ops.any", "keras.ops.numpy.any")
@keras_op("numpy")
def any_(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether an element is true."""
    return r.reduce_any(cast(_tensor(x), "bool"), axis, keepdims)


@export("keras.ops.count_nonzero", "keras.ops.numpy.count_nonzero")
@keras_op("numpy")
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many elements are not 0."""
    return cast(r.count_nonzero(_tensor(x), axis), "int32")


@export("keras.ops.argmax", "keras.ops.numpy.argmax")
@keras_op("numpy")
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The position of the largest element, of the flattened tensor by default."""
    return compute(_arg, _tensor(x), name="argmax", axis=axis, keepdims=keepdims)


@export("keras.ops.argmin", "keras.ops.numpy.argmin")
@keras_op("numpy")
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The position of the smallest element, of the flattened tensor by default."""
    return compute(_arg, _tensor(x), name="argmin", axis=axis, keepdims=keepdims)


def _arg(xp: Any, x: Any, name: str, axis: Any, keepdims: bool) -> Any:
    return xp.asarray(getattr(xp, name)(x, axis=axis, keepdims=keepdims)).astype("int32")


@export("keras.ops.sort", "keras.ops.numpy.sort")
@keras_op("numpy")
def sort(x: Any, axis: int = -1) -> Any:
    """The elements in ascending order along an axis."""
    return indexing.sort(_tensor(x), axis)


@export("keras.ops.argsort", "keras.ops.numpy.argsort")
@keras_op("numpy")
def argsort(x: Any, axis: int = -1) -> Any:
    """The positions that sort `x` along an axis."""
    return cast(indexing.argsort(_tensor(x), axis, stable=True), "int32")


@export("keras.ops.top_k")
@keras_op("math")
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """The k largest elements of the last axis and their positions."""
    return indexing.top_k(_tensor(x), k, sorted)


@export("keras.ops.in_top_k")
@keras_op("math", inputs=2)
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether the targets are among the k largest predictions."""
    from tfjax._src.ops.nn import statistics

    return statistics.in_top_k(_tensor(targets), floating(predictions), k)


@export("keras.ops.cumsum", "keras.ops.numpy.cumsum")
@keras_op("numpy")
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums along an axis, of the flattened tensor by default."""
    return compute(_running, _countable(x) if dtype is None else cast(_tensor(x), dtype), name="cumsum", axis=axis)


@export("keras.ops.cumprod", "keras.ops.numpy.cumprod")
@keras_op("numpy")
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running products along an axis, of the flattened tensor by default."""
    return compute(_running, _countable(x) if dtype is None else cast(_tensor(x), dtype), name="cumprod", axis=axis)


def _running(xp: Any, x: Any, name: str, axis: Any) -> Any:
    return getattr(xp, name)(x, axis=axis).astype(x.dtype)


@export("keras.ops.diff", "keras.ops.numpy.diff")
@keras_op("numpy")
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours along an axis, `n` times."""
    return compute(_diff, _tensor(a), n=n, axis=axis)


def _diff(xp: Any, a: Any, n: int, axis: int) -> Any:
    return xp.diff(a, n, axis)


@export("keras.ops.average", "keras.ops.numpy.average")
@keras_op("numpy")
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """The mean over axes, weighted by `weights`."""
    tensor = floating(x)
    if weights is None:
        return r.reduce_mean(tensor, axis)
    return compute(_average, tensor, cast(_tensor(weights), tensor.dtype), axis=_axes(axis))


def _average(xp: Any, x: Any, weights: Any, axis: Any) -> Any:
    return xp.average(x, axis=axis, weights=weights)


@export("keras.ops.median", "keras.ops.numpy.median")
@keras_op("numpy")
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle of the sorted elements."""
    return compute(_median, floating(x), axis=_axes(axis), keepdims=keepdims)


def _median(xp: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return xp.asarray(xp.median(x, axis=axis, keepdims=keepdims)).astype(x.dtype)


@export("keras.ops.quantile", "keras.ops.numpy.quantile")
@keras_op("numpy", inputs=2)
def quantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The value below which a share `q` of the elements lies."""
    tensor = floating(x)
    return compute(_quantile, tensor, cast(_tensor(q), tensor.dtype), axis=_axes(axis), method=method, keepdims=keepdims)


def _quantile(xp: Any, x: Any, q: Any, axis: Any, method: str, keepdims: bool) -> Any:
    return xp.asarray(xp.quantile(x, q, axis=axis, method=method, keepdims=keepdims)).astype(x.dtype)


@export("keras.ops.round", "keras.ops.numpy.round")
@keras_op("numpy")
def round_(x: Any, decimals: int = 0) -> Any:
    """Rounded to `decimals` digits; halves go to the even neighbour."""
    return compute(_round, _tensor(x), decimals=decimals)


def _round(xp: Any, x: Any, decimals: int) -> Any:
    return xp.round(x, decimals)


@export("keras.ops.clip", "keras.ops.numpy.clip")
@keras_op("numpy")
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Elements moved into [x_min, x_max]."""
    tensor = _tensor(x)
    if tensor.dtype.name == "bool":
        tensor = cast(tensor, "int32")
    return compute(_clip, tensor, cast(_tensor(x_min), tensor.dtype), cast(_tensor(x_max), tensor.dtype))


def _clip(xp: Any, x: Any, low: Any, high: Any) -> Any:
    return xp.minimum(xp.maximum(x, low), high)


@export("keras.ops.nan_to_num", "keras.ops.numpy.nan_to_num")
@keras_op("numpy")
def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """NaN and infinities replaced by numbers."""
    return compute(_nan_to_num, _tensor(x), nan=nan, posinf=posinf, neginf=neginf)


def _nan_to_num(xp: Any, x: Any, nan: float, posinf: Any, neginf: Any) -> Any:
    return xp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@export("keras.ops.isclose", "keras.ops.numpy.isclose")
@keras_op("numpy", inputs=2)
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where two tensors agree up to tolerances."""
    return compute(_isclose, *promote(x1, x2), rtol=rtol, atol=atol, equal_nan=equal_nan)


def _isclose(xp: Any, a: Any, b: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    return xp.isclose(a, b, rtol, atol, equal_nan)


@export("keras.ops.allclose", "keras.ops.numpy.allclose")
@keras_op("numpy", inputs=2)
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether two tensors agree everywhere up to tolerances."""
    return all_(isclose(x1, x2, rtol, atol, equal_nan))


@export("keras.ops.bincount", "keras.ops.numpy.bincount")
@keras_op("numpy")
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often each integer occurs; not while compiling. `sparse` must be False."""
    import numpy as np

    if sparse:
        raise ValueError("`sparse=True` is not supported by bincount.")
    values = np.bincount(_tensor(x).numpy(), None if weights is None else _tensor(weights).numpy(), minlength)
    return to_tensor(values.astype("int32" if weights is None else floatx()))


@export("keras.ops.logsumexp")
@keras_op("math")
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))), without overflow."""
    return r.reduce_logsumexp(floating(x), axis, keepdims)


@export("keras.ops.dot", "keras.ops.numpy.dot")
@keras_op("numpy", inputs=2)
def dot(x1: Any, x2: Any) -> Any:
    """Sums of products over the last axis of x1 and the second to last of x2, as `np.dot`."""
    return compute(_product, *promote(x1, x2), name="dot")


@export("keras.ops.inner", "keras.ops.numpy.inner")
@keras_op("numpy", inputs=2)
def inner(x1: Any, x2: Any) -> Any:
    """Sums of products over the last axes."""
    return compute(_product, *promote(x1, x2), name="inner")


@export("keras.ops.outer", "keras.ops.numpy.outer")
@keras_op("numpy", inputs=2)
def outer(x1: Any, x2: Any) -> Any:
    """All products of an element of x1 and one of x2."""
    return compute(_product, *promote(x1, x2), name="outer")


@export("keras.ops.vdot", "keras.ops.numpy.vdot")
@keras_op("numpy", inputs=2)
def vdot(x1: Any, x2: Any) -> Any:
    """The sum of products of all elements."""
    return compute(_product, *promote(x1, x2), name="vdot")


def _product(xp: Any, a: Any, b: Any, name: str) -> Any:
    return getattr(xp, name)(a, b)


@export("keras.ops.tensordot", "keras.ops.numpy.tensordot")
@keras_op("numpy", inputs=2)
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """Sums of products over pairs of axes."""
    frozen = axes if isinstance(axes, int) else tuple(tuple(a) if isinstance(a, (list, tuple)) else a for a in axes)
    return compute(_tensordot, *promote(x1, x2), axes=frozen)


def _tensordot(xp: Any, a: Any, b: Any, axes: Any) -> Any:
    return xp.tensordot(a, b, axes)


@export("keras.ops.cross", "keras.ops.numpy.cross")
@keras_op("numpy", inputs=2)
def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Vector products of three-dimensional vectors."""
    return compute(_cross, *promote(x1, x2), axisa=axisa, axisb=axisb, axisc=axisc, axis=axis)


def _cross(xp: Any, a: Any, b: Any, **axes: Any) -> Any:
    return xp.cross(a, b, **axes)


@export("keras.ops.ndim", "keras.ops.numpy.ndim")
def ndim(x: Any) -> int:
    """The number of axes."""
    return len(x.shape) if hasattr(x, "shape") else len(_tensor(x).shape)


@export("keras.ops.size", "keras.ops.numpy.size")
@keras_op("numpy")
def size(x: Any) -> Any:
    """The number of elements."""
    from tfjax._src.ops.array import shaping

    return shaping.size(_tensor(x), dtypes.int32)
