"""Reductions over axes, and running sums."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager import memory
from tfjax._src.eager.args import Axes, Axis, BoolTensor, DTypeArg, Float, Name, Numeric, NumericOrBool, Real, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks
from tfjax._src.ops.math import roots


@op("math.reduce_sum", "reduce_sum", raw="Sum", any_size="quick")
def reduce_sum(input_tensor: Numeric, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """Sums elements over `axis`, keeping the input's dtype.

    Args:
      input_tensor: a tensor.
      axis: an int, a list of ints, or None for all axes.
      keepdims: keeps reduced axes with size 1.

    >>> import tfjax as tf
    >>> tf.reduce_sum([[1, 2], [3, 4]], axis=0).numpy()
    array([4, 6], dtype=int32)
    """
    xp = namespace(input_tensor)
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    # TF keeps the dtype, so uint8 sums wrap around; xp.sum on its own would widen them.
    return xp.sum(input_tensor, axis=axes, dtype=input_tensor.dtype, keepdims=keepdims)


@op("math.reduce_mean", "reduce_mean", raw="Mean", any_size="quick")
def reduce_mean(input_tensor: Numeric, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The mean over `axis`; of integers, rounded towards zero, as TensorFlow does.

    >>> import tfjax as tf
    >>> tf.reduce_mean([[1.0, 2.0], [3.0, 4.0]], axis=1).numpy()
    array([1.5, 3.5], dtype=float32)
    """
    xp = namespace(input_tensor)
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    if input_tensor.dtype.kind in "iu":
        count = math.prod([input_tensor.shape[a] for a in axes])
        total = xp.sum(input_tensor, axis=axes, dtype=input_tensor.dtype, keepdims=keepdims)
        return (xp.trunc(total / max(count, 1))).astype(input_tensor.dtype)
    if xp is np and input_tensor.dtype.itemsize == 2:
        wide = np.mean(input_tensor, axis=axes, dtype=np.float32, keepdims=keepdims)
        return np.asarray(wide).astype(input_tensor.dtype)
    count = math.prod([input_tensor.shape[a] for a in axes])
    if xp is np:
        total = np.add.reduce(input_tensor, axis=axes, dtype=input_tensor.dtype, keepdims=keepdims)
        return np.true_divide(total, count, dtype=input_tensor.dtype)
    total = jnp.sum(input_tensor, axis=axes, dtype=input_tensor.dtype, keepdims=keepdims)
    return total / jnp.asarray(count, total.dtype)


# Elements of a row that stays in the cache while the next ones are computed with it.
_BLOCK = 1 << 14


@op("math.reduce_prod", "reduce_prod", raw="Prod")
def reduce_prod(input_tensor: Numeric, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The product over `axis`, keeping the input's dtype.

    >>> import tfjax as tf
    >>> int(tf.reduce_prod([2, 3, 4]))
    24
    """
    xp = namespace(input_tensor)
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    return xp.prod(input_tensor, axis=axes, dtype=input_tensor.dtype, keepdims=keepdims)


def _extreme(x, axis, keepdims: bool, largest: bool):
    xp = namespace(x)
    axes = checks.reduction_axes(axis, x.ndim)
    if any(x.shape[a] == 0 for a in axes):
        # The neutral element, where NumPy raises.
        if x.dtype.kind in "iu":
            info = np.iinfo(x.dtype)
            fill = info.min if largest else info.max
        else:
            fill = -np.inf if largest else np.inf
        shape = [1 if i in axes else n for i, n in enumerate(x.shape)]
        if not keepdims:
            shape = [n for i, n in enumerate(x.shape) if i not in axes]
        return xp.full(shape, fill, x.dtype)
    return (xp.max if largest else xp.min)(x, axis=axes, keepdims=keepdims)


@op("math.reduce_max", "reduce_max", raw="Max", any_size="quick")
def reduce_max(input_tensor: Real, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The largest element over `axis`.

    >>> import tfjax as tf
    >>> int(tf.reduce_max([2, 5, 4]))
    5
    """
    return _extreme(input_tensor, axis, keepdims, True)


@op("math.reduce_min", "reduce_min", raw="Min", any_size="quick")
def reduce_min(input_tensor: Real, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The smallest element over `axis`.

    >>> import tfjax as tf
    >>> int(tf.reduce_min([2, 5, 4]))
    2
    """
    return _extreme(input_tensor, axis, keepdims, False)


@op("math.reduce_any", "reduce_any", raw="Any", differentiable=False, any_size="quick")
def reduce_any(input_tensor: BoolTensor, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """True if any element over `axis` is.

    >>> import tfjax as tf
    >>> bool(tf.reduce_any([True, False]))
    True
    """
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    return namespace(input_tensor).any(input_tensor, axis=axes, keepdims=keepdims)


@op("math.reduce_all", "reduce_all", raw="All", differentiable=False, any_size="quick")
def reduce_all(input_tensor: BoolTensor, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """True if all elements over `axis` are.

    >>> import tfjax as tf
    >>> bool(tf.reduce_all([True, False]))
    False
    """
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    return namespace(input_tensor).all(input_tensor, axis=axes, keepdims=keepdims)


@op("math.reduce_variance", raw="ReduceVariance")
def reduce_variance(input_tensor: Numeric, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The variance over `axis` (divided by n); real and not negative.

    >>> import tfjax as tf
    >>> float(tf.math.reduce_variance([1.0, 3.0]))
    1.0
    """
    if input_tensor.dtype.kind in "iu":
        raise TypeError("Input must be either real or complex. Received integer type " f"{dtypes.as_dtype(input_tensor.dtype)!r}.")
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    return namespace(input_tensor).var(input_tensor, axis=axes, keepdims=keepdims)


@op("math.reduce_std", raw="ReduceStd")
def reduce_std(input_tensor: Numeric, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The standard deviation over `axis` (divided by n).

    >>> import tfjax as tf
    >>> float(tf.math.reduce_std([1.0, 3.0]))
    1.0
    """
    if input_tensor.dtype.kind in "iu":
        raise TypeError("Input must be either real or complex. Received integer type " f"{dtypes.as_dtype(input_tensor.dtype)!r}.")
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    xp = namespace(input_tensor)
    if xp is np:
        return np.std(input_tensor, axis=axes, keepdims=keepdims)
    return roots.sqrt(xp.var(input_tensor, axis=axes, keepdims=keepdims))


@op("math.reduce_logsumexp", "reduce_logsumexp", raw="ReduceLogSumExp", host=False)
def reduce_logsumexp(input_tensor: Float, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """log(sum(exp(x))) over `axis`, without overflow.

    >>> import tfjax as tf
    >>> float(tf.reduce_logsumexp([0.0, 0.0]))
    0.6931471824645996
    """
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    return jax.nn.logsumexp(input_tensor, axis=axes, keepdims=keepdims)


@op("math.reduce_euclidean_norm", raw="EuclideanNorm")
def reduce_euclidean_norm(input_tensor: Numeric, axis: Axes = None, keepdims: bool = False, name: Name = None):
    """The Euclidean norm over `axis`.

    >>> import tfjax as tf
    >>> float(tf.math.reduce_euclidean_norm([3.0, 4.0]))
    5.0
    """
    xp = namespace(input_tensor)
    axes = checks.reduction_axes(axis, input_tensor.ndim)
    squares = xp.real(input_tensor * xp.conj(input_tensor))
    return xp.sqrt(xp.sum(squares, axis=axes, keepdims=keepdims)).astype(input_tensor.dtype)


@op("math.count_nonzero", raw="CountNonzero", differentiable=False)
def count_nonzero(input: NumericOrBool, axis: Axes = None, keepdims: Static = None, dtype: DTypeArg = dtypes.int64, name: Name = None):
    """How many elements over `axis` are not 0.

    >>> import tfjax as tf
    >>> int(tf.math.count_nonzero([0, 1, 2]))
    2
    """
    xp = namespace(input)
    axes = checks.reduction_axes(axis, input.ndim)
    return xp.sum(input != 0, axis=axes, keepdims=bool(keepdims), dtype=dtype.np)


def _found_nan(x: np.ndarray, found: Any, axis: int) -> bool:
    """Whether NumPy's search, which stops at the first NaN, stopped at one."""
    picked = np.take_along_axis(x, np.expand_dims(found, axis), axis) if x.ndim else x
    return bool(np.isnan(picked).any())


def _best_row(x: np.ndarray, axis: int, largest: bool) -> np.ndarray:
    """As `np.argmax` and `np.argmin` along an axis that is not the last: first the best values of some rows,
    by vector instructions, then where those that are better than all before stand."""
    rows = np.moveaxis(x, axis, 0)
    best, found = rows[0].copy(), np.zeros(rows.shape[1:], np.int64)
    extreme, better = (np.max, np.greater) if largest else (np.min, np.less)
    for begin in range(0, len(rows), 64):
        part = rows[begin : begin + 64]
        candidate = extreme(part, 0)
        # A NaN is found at once, as NumPy does.
        where = np.nonzero(better(candidate, best) | ((candidate != candidate) & (best == best)))
        if len(where[0]):
            hits = part[(slice(None), *where)]
            value = candidate[where]
            best[where] = value
            found[where] = begin + ((hits == value) | (hits != hits)).argmax(0)
    return found


def _arg(x, axis, output_type, largest: bool):
    xp = namespace(x)
    axis = checks.axis(0 if axis is None else axis, x.ndim)
    if x.ndim and x.shape[axis] == 0:
        raise InvalidArgumentError(
            None, None, f"Reduction axis {axis} is empty in shape {checks.brackets(x.shape)}"
        )
    search = xp.argmax if largest else xp.argmin
    if xp is np and axis < x.ndim - 1 and x.size > _BLOCK:
        search = functools.partial(_best_row, largest=largest)
    found = search(x, axis=axis if x.ndim else None)
    if jnp.issubdtype(x.dtype, jnp.floating) and (xp is not np or _found_nan(x, found, axis)):
        # NaN is neither larger nor smaller than what TensorFlow's loop has found so far.
        worst = xp.asarray(-np.inf if largest else np.inf, x.dtype)
        found = search(xp.where(xp.isnan(x), worst, x), axis=axis if x.ndim else None)
    return xp.asarray(found).astype((output_type or dtypes.int64).np)


@op("math.argmax", "argmax", raw="ArgMax", differentiable=False, any_size=True)
def argmax(input: NumericOrBool, axis: Axis = None, output_type: DTypeArg = dtypes.int64, name: Name = None):
    """The index of the largest element along `axis` (0 by default); the first one at ties.

    >>> import tfjax as tf
    >>> int(tf.argmax([2, 5, 4]))
    1
    """
    return _arg(input, axis, output_type, True)


@op("math.argmin", "argmin", raw="ArgMin", differentiable=False, any_size=True)
def argmin(input: NumericOrBool, axis: Axis = None, output_type: DTypeArg = dtypes.int64, name: Name = None):
    """The index of the smallest element along `axis` (0 by default); the first one at ties.

    >>> import tfjax as tf
    >>> int(tf.argmin([2, 5, 4]))
    0
    """
    return _arg(input, axis, output_type, False)


def _running(x, axis: int, exclusive: bool, reverse: bool, function: str, neutral: int):
    xp = namespace(x)
    axis = checks.axis(axis, x.ndim)
    if reverse:
        x = xp.flip(x, axis)
    if exclusive:
        head = xp.full([1 if i == axis else n for i, n in enumerate(x.shape)], neutral, x.dtype)
        kept = [slice(None)] * x.ndim
        kept[axis] = slice(0, max(x.shape[axis] - 1, 0))
        x = xp.concatenate([head, x[tuple(kept)]], axis) if x.shape[axis] else x
    if xp is np and axis < x.ndim - 1 and math.prod(x.shape[axis + 1 :]) >= 64:
        result = _running_rows(x, axis, np.add if function == "cumsum" else np.multiply)
    else:
        result = getattr(xp, function)(x, axis=axis, dtype=x.dtype)
    return xp.flip(result, axis) if reverse else result


def _running_rows(x: np.ndarray, axis: int, combine: np.ufunc) -> np.ndarray:
    """Row by row, each with the one before: NumPy's own loop runs down the columns."""
    result = memory.empty(x.shape, x.dtype)
    source, target = np.moveaxis(x, axis, 0), np.moveaxis(result, axis, 0)
    target[:1] = source[:1]
    for i in range(1, len(source)):
        combine(target[i - 1], source[i], out=target[i])
    return result


@op("math.cumsum", "cumsum", raw="Cumsum", any_size=True)
def cumsum(x: Numeric, axis: Axis = 0, exclusive: bool = False, reverse: bool = False, name: Name = None):
    """Running sums along `axis`.

    Args:
      x: a tensor.
      axis: the axis to run along.
      exclusive: leaves the element itself out of its sum.
      reverse: runs from the end.

    >>> import tfjax as tf
    >>> tf.cumsum([1, 2, 3]).numpy()
    array([1, 3, 6], dtype=int32)
    """
    return _running(x, axis, exclusive, reverse, "cumsum", 0)


@op("math.cumprod", raw="Cumprod", any_size=True)
def cumprod(x: Numeric, axis: Axis = 0, exclusive: bool = False, reverse: bool = False, name: Name = None):
    """Running products along `axis`; arguments as for `cumsum`.

    >>> import tfjax as tf
    >>> tf.math.cumprod([1, 2, 3]).numpy()
    array([1, 2, 6], dtype=int32)
    """
    return _running(x, axis, exclusive, reverse, "cumprod", 1)


@op("math.cumulative_logsumexp", raw="CumulativeLogsumexp", host=False)
def cumulative_logsumexp(x: Float, axis: Axis = 0, exclusive: bool = False, reverse: bool = False, name: Name = None):
    """Running log(sum(exp(x))) along `axis`; arguments as for `cumsum`.

    >>> import tfjax as tf
    >>> float(tf.math.cumulative_logsumexp([0.0, 0.0])[1])
    0.6931471824645996
    """
    axis = checks.axis(axis, x.ndim)
    if exclusive:
        x = jnp.flip(x, axis) if reverse else x
        head = jnp.full([1 if i == axis else n for i, n in enumerate(x.shape)], jnp.finfo(x.dtype).min, x.dtype)
        kept = [slice(None)] * x.ndim
        kept[axis] = slice(0, x.shape[axis] - 1)
        shifted = jnp.concatenate([head, x[tuple(kept)]], axis)
        result = jax.lax.cumlogsumexp(shifted, axis)
        # A sum of nothing is minus infinity, which would give NaN on the way.
        result = jnp.where(result == jnp.finfo(x.dtype).min, -jnp.inf, result)
        return jnp.flip(result, axis) if reverse else result
    return jax.lax.cumlogsumexp(x, axis, reverse=reverse)
