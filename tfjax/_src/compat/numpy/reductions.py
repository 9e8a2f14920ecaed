"""Sums, means, extremes and the like, over all axes or some."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.numpy.promotion import (
    as_dtype,
    asarray,
    floating,
    known,
    promoted,
    promoted_floats,
)
from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, indexing, masking, shaping
from tfjax._src.ops.math import arithmetic, comparison, elementwise, logical, reductions

EXPORTS = {"experimental.numpy.max": "amax_", "experimental.numpy.min": "amin_"}


def _wide(a: Tensor, dtype: Any, signed_only: bool = False) -> Tensor:
    """`a` of the dtype that NumPy sums in: integers become 64 bits wide."""
    if dtype is not None:
        return shaping.cast(a, as_dtype(dtype))
    if a.dtype == dtypes.bool or (a.dtype.is_integer and not a.dtype.is_unsigned):
        return shaping.cast(a, dtypes.int64)
    if a.dtype.is_integer:
        return shaping.cast(a, dtypes.uint64)
    return a


def _mean_input(a: Tensor, dtype: Any = None) -> Tensor:
    if dtype is not None:
        return shaping.cast(a, as_dtype(dtype))
    return shaping.cast(a, dtypes.float64) if a.dtype.is_integer or a.dtype == dtypes.bool else a


def _no_out(out: Any) -> None:
    if out is not None:
        raise ValueError("Setting out is not supported.")


@export("experimental.numpy.sum")
def sum(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Tensor:
    """The sum over `axis`; integers are summed in 64 bits.

    Args:
      a: an array.
      axis: an axis or several; None for all.
      dtype: the dtype to sum in.
      keepdims: keeps the axes with size 1.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.sum([1, 2]))
    3
    """
    return reductions.reduce_sum(_wide(asarray(a), dtype), known(axis), bool(keepdims))


@export("experimental.numpy.prod")
def prod(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Tensor:
    """The product over `axis`; arguments as for `sum`.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.prod([2, 3]))
    6
    """
    return reductions.reduce_prod(_wide(asarray(a), dtype), known(axis), bool(keepdims))


@export("experimental.numpy.mean")
def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = None
) -> Tensor:
    """The mean over `axis`, in float64 for integers; `out` must be None.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.mean([1, 2]))
    1.5
    """
    _no_out(out)
    return reductions.reduce_mean(_mean_input(asarray(a), dtype), known(axis), bool(keepdims))


@export("experimental.numpy.var")
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: Any = None,
) -> Tensor:
    """The variance over `axis`, in float64 for integers.

    Args:
      a: an array.
      axis: an axis or several; None for all.
      dtype: the dtype of the result.
      out: must be None.
      ddof: what is subtracted from the number of elements before dividing by it.
      keepdims: keeps the axes with size 1.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.var([1, 3]))
    1.0
    """
    _no_out(out)
    a = _mean_input(asarray(a))
    work = a
    if dtype is not None:
        wanted = as_dtype(dtype)
        if a.dtype.is_complex and not wanted.is_complex:
            wanted_input = a.dtype
        else:
            wanted_input = wanted if wanted.is_floating or wanted.is_complex else dtypes.float64
        work = shaping.cast(a, wanted_input)
    axis = known(axis)
    distance = arithmetic.subtract(work, reductions.reduce_mean(work, axis, True))
    squares = (
        elementwise.square(elementwise.absolute(distance))
        if work.dtype.is_complex
        else elementwise.square(distance)
    )
    total = reductions.reduce_sum(squares, axis, bool(keepdims))
    count = _count(work, axis) - ddof
    result = arithmetic.realdiv(total, shaping.cast(asarray(float(count)), total.dtype))
    return result if dtype is None else shaping.cast(result, as_dtype(dtype))


def _count(a: Tensor, axis: Any) -> int:
    shape = a.shape.as_list()
    axes = range(len(shape)) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    count = 1
    for i in axes:
        count *= shape[i]
    return count


@export("experimental.numpy.std")
def std(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """The standard deviation over `axis`, in float64 for integers.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.std([1, 3]))
    1.0
    """
    return reductions.reduce_std(_mean_input(asarray(a)), known(axis), bool(keepdims))


def _extreme(a: Any, axis: Any, keepdims: Any, function: Any, of_booleans: Any) -> Tensor:
    a = asarray(a)
    chosen = of_booleans if a.dtype == dtypes.bool else function
    return chosen(a, known(axis), bool(keepdims))


@export("experimental.numpy.amax")
def amax(a: Any, axis: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The largest element over `axis`; `out` must be None.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.amax([1, 3, 2]))
    3
    """
    _no_out(out)
    return _extreme(a, axis, keepdims, reductions.reduce_max, reductions.reduce_any)


@export("experimental.numpy.amin")
def amin(a: Any, axis: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The smallest element over `axis`; `out` must be None.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.amin([3, 1, 2]))
    1
    """
    _no_out(out)
    return _extreme(a, axis, keepdims, reductions.reduce_min, reductions.reduce_all)


def amax_(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """The largest element over `axis`."""
    return amax(a, axis, None, keepdims)


def amin_(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """The smallest element over `axis`."""
    return amin(a, axis, None, keepdims)


amax_.__name__, amin_.__name__ = "max", "min"


@export("experimental.numpy.ptp")
def ptp(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """The distance from the smallest to the largest element over `axis`.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.ptp([3, 1, 2]))
    2
    """
    return arithmetic.subtract(amax(a, axis, None, keepdims), amin(a, axis, None, keepdims))


@export("experimental.numpy.all")
def all(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """Whether all elements over `axis` differ from 0.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.all([1, 0]))
    False
    """
    return reductions.reduce_all(asarray(a, bool), known(axis), bool(keepdims))


@export("experimental.numpy.any")
def any(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """Whether any element over `axis` differs from 0.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.any([1, 0]))
    True
    """
    return reductions.reduce_any(asarray(a, bool), known(axis), bool(keepdims))


@export("experimental.numpy.allclose")
def allclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Whether all elements are close, as `isclose` has it.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.allclose([1.0], [1.0 + 1e-9]))
    True
    """
    from tfjax._src.compat.numpy.binary import isclose

    return all(isclose(a, b, rtol, atol, equal_nan))


@export("experimental.numpy.array_equal")
def array_equal(a1: Any, a2: Any) -> Tensor:
    """Whether two arrays have the same shape and elements.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.array_equal([1, 2], [1, 2]))
    True
    """
    a1, a2 = promoted(a1, a2)
    if a1.shape.as_list() != a2.shape.as_list():
        return asarray(False)
    return reductions.reduce_all(comparison.equal(a1, a2))


@export("experimental.numpy.count_nonzero")
def count_nonzero(a: Any, axis: Any = None) -> Tensor:
    """How many elements over `axis` differ from 0.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.count_nonzero([1, 0, 2]))
    2
    """
    return reductions.count_nonzero(asarray(a), known(axis), dtype=dtypes.int64)


def _arg(a: Any, axis: Any, function: Any) -> Tensor:
    a = asarray(a)
    if axis is None or not a.ndim:
        a, axis = shaping.reshape(a, [-1]), 0
    return function(a, known(axis))


@export("experimental.numpy.argmax")
def argmax(a: Any, axis: Any = None) -> Tensor:
    """The index of the largest element along `axis`, or in the flat array.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.argmax([[1, 5], [2, 3]]))
    1
    """
    return _arg(a, axis, reductions.argmax)


@export("experimental.numpy.argmin")
def argmin(a: Any, axis: Any = None) -> Tensor:
    """The index of the smallest element along `axis`, or in the flat array.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.argmin([[1, 5], [0, 3]]))
    2
    """
    return _arg(a, axis, reductions.argmin)


def _running(a: Any, axis: Any, dtype: Any, function: Any) -> Tensor:
    a = asarray(a, dtype)
    if dtype is None and a.dtype.is_integer:
        a = shaping.cast(a, _running_dtype(a.dtype))
    if axis is None:
        a, axis = shaping.reshape(a, [-1]), 0
    return function(a, known(axis))


def _running_dtype(dtype: DType) -> DType:
    # int64 and what is narrower share int64; beside uint64 NumPy finds only float64.
    return dtypes.float64 if dtype == dtypes.uint64 else dtypes.int64


@export("experimental.numpy.cumsum")
def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """Running sums along `axis`, or of the flat array; integers in 64 bits.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.cumsum([1, 2, 3]).numpy()
    array([1, 3, 6])
    """
    return _running(a, axis, dtype, reductions.cumsum)


@export("experimental.numpy.cumprod")
def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """Running products along `axis`, or of the flat array; integers in 64 bits.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.cumprod([1, 2, 3]).numpy()
    array([1, 2, 6])
    """
    return _running(a, axis, dtype, reductions.cumprod)


@export("experimental.numpy.average")
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False) -> Any:
    """The weighted mean over `axis`.

    Args:
      a: an array; integers become float64.
      axis: one axis; None for all.
      weights: in the shape of `a`, or a vector along `axis`; 1 by default.
      returned: returns the sums of the weights as well.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.average([1.0, 3.0], weights=[3.0, 1.0]))
    1.5
    """
    if axis is not None and not isinstance(axis, int):
        raise ValueError(f"Argument `axis` must be None or an int. Received: {axis}")
    if weights is None:
        a = floating(a)
        result = reductions.reduce_mean(a, axis)
        total = shaping.cast(asarray(float(_count(a, axis))), a.dtype)
    else:
        a, weights = promoted_floats(a, weights)
        if weights.ndim == 1 and a.ndim > 1:
            sizes = [1] * a.ndim
            sizes[axis] = -1
            weights = shaping.reshape(weights, sizes)
        weights = shaping.broadcast_to(weights, a.shape)
        total = reductions.reduce_sum(weights, axis)
        result = arithmetic.realdiv(
            reductions.reduce_sum(arithmetic.multiply(a, weights), axis), total
        )
    return (result, shaping.broadcast_to(total, result.shape)) if returned else result


def _without_nan(a: Any, value: int, dtype: Any) -> Tensor:
    a = asarray(a)
    if a.dtype.is_floating or a.dtype.is_complex:
        filler = shaping.cast(asarray(value), a.dtype)
        a = masking.where(elementwise.is_nan(a), shaping.broadcast_to(filler, a.shape), a)
    return _wide(a, dtype)


@export("experimental.numpy.nansum")
def nansum(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """The sum over `axis` of what is not NaN.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.nansum([1.0, float("nan")]))
    1.0
    """
    return reductions.reduce_sum(_without_nan(a, 0, dtype), known(axis), bool(keepdims))


@export("experimental.numpy.nanprod")
def nanprod(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """The product over `axis` of what is not NaN.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.nanprod([2.0, float("nan")]))
    2.0
    """
    return reductions.reduce_prod(_without_nan(a, 1, dtype), known(axis), bool(keepdims))


@export("experimental.numpy.nanmean")
def nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Tensor:
    """The mean over `axis` of what is not NaN.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.nanmean([1.0, float("nan")]))
    1.0
    """
    a = asarray(a)
    if not (a.dtype.is_floating or a.dtype.is_complex):
        return mean(a, axis, dtype, None, keepdims)
    total = nansum(a, axis, dtype, keepdims)
    present = shaping.cast(logical.logical_not(elementwise.is_nan(a)), total.dtype)
    return arithmetic.realdiv(total, reductions.reduce_sum(present, known(axis), bool(keepdims)))


def _sortable(a: Any, kind: str, order: Any, allowed: tuple[str, ...]) -> Tensor:
    if kind not in allowed:
        raise ValueError(f"`kind` must be one of {allowed}. Received: {kind}")
    if order is not None:
        raise ValueError("The `order` argument is not supported.")
    return asarray(a)


@export("experimental.numpy.sort")
def sort(a: Any, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> Tensor:
    """The elements in ascending order along `axis`, or of the flat array if it is None.

    `kind` must be "quicksort" and `order` None, as in TensorFlow.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.sort([3, 1, 2]).numpy()
    array([1, 2, 3])
    """
    a = _sortable(a, kind, order, ("quicksort",))
    if axis is None:
        a, axis = shaping.reshape(a, [-1]), 0
    return indexing.sort(a, axis)


@export("experimental.numpy.argsort")
def argsort(a: Any, axis: Any = -1, kind: str = "quicksort", order: Any = None) -> Tensor:
    """The indices that sort the array along `axis`; equal elements keep their order.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.argsort([3, 1, 2]).numpy()
    array([1, 2, 0])
    """
    a = _sortable(a, kind, order, ("quicksort", "stable"))
    if a.dtype.is_complex:
        raise TypeError(f"argsort does not support complex numbers. Received dtype: {a.dtype.name}")
    if axis is None:
        a, axis = shaping.reshape(a, [-1]), 0
    if not a.ndim:
        return creation.zeros([1], dtypes.int64)
    return shaping.cast(indexing.argsort(a, axis, stable=True), dtypes.int64)
