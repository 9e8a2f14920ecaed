"""Sums, means, products and extremes of rows grouped by segment numbers."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError, ResourceExhaustedError
from tfjax._src.core.export import export
from tfjax._src.eager import dispatch, statics
from tfjax._src.eager.args import Axis, IntOther, Name, Numeric
from tfjax._src.eager.convert import to_tensor, unsupported
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import wrapped
from tfjax._src.ops.array.creation import ones_like
from tfjax._src.ops.array.indexing import scatter_nd
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.shaping import cast, squeeze


def _lowest(dtype: Any, sign: int) -> Any:
    info = jnp.finfo(dtype) if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype)
    return info.min if sign < 0 else info.max


def _reduce(data: Any, ids: Any, num: int, kind: str) -> Any:
    """One row per segment; ids below 0 are left out. Empty segments give the neutral element."""
    if tuple(data.shape[: ids.ndim]) != tuple(ids.shape):
        raise InvalidArgumentError(None, None, f"data.shape = {list(data.shape)} does not start with segment_ids.shape = {list(ids.shape)}")
    flat = ids.reshape(-1)
    rows = data.reshape((flat.shape[0], *data.shape[ids.ndim :]))
    flat = jnp.where(flat < 0, num, flat)
    if kind in ("max", "min"):
        start = jnp.full((num, *rows.shape[1:]), _lowest(rows.dtype, -1 if kind == "max" else 1), rows.dtype)
        updated = start.at[flat]
        return updated.max(rows, mode="drop") if kind == "max" else updated.min(rows, mode="drop")
    if kind == "prod":
        # Not a scatter: JAX has no gradient for products at repeated places.
        own = (flat[None, :] == jnp.arange(num)[:, None]).reshape((num, flat.shape[0]) + (1,) * (rows.ndim - 1))
        return jnp.prod(jnp.where(own, rows[None], jnp.ones((), rows.dtype)), axis=1)
    total = jnp.zeros((num, *rows.shape[1:]), rows.dtype).at[flat].add(rows, mode="drop")
    if kind == "sum":
        return total
    count = jnp.zeros(num, rows.dtype).at[flat].add(jnp.ones(flat.shape, rows.dtype), mode="drop")
    count = jnp.maximum(count, 1).reshape((num,) + (1,) * (rows.ndim - 1))
    return total / (jnp.sqrt(count) if kind == "sqrt_n" else count)


@op("_internal.segment", raw="UnsortedSegmentReduce", host=False)
def _segment(data: Numeric, segment_ids: IntOther, num: Axis, kind: str, name: Name = None):
    return _reduce(data, segment_ids, num, kind)


def _fits(data: Any, ids: Tensor, num: int, kind: str) -> Any:
    """`data` as a tensor, if half of the memory holds what is computed of it."""
    if dispatch.handler_for(type(data)) is not None:  # a ragged tensor
        return data
    tensor = to_tensor(data)
    row = list(tensor.shape[len(ids.shape) :])
    size = num * math.prod(d for d in row if isinstance(d, int)) * max(tensor.dtype.size, 1)
    if kind == "prod" and ids.shape.is_fully_defined():
        size *= max(ids.shape.num_elements(), 1)
    if isinstance(num, int) and size > _half_of_memory():
        shape = checks.brackets([num, *row])
        raise ResourceExhaustedError(None, None, f"OOM when allocating tensor with shape{shape} and type {tensor.dtype.name}")
    return tensor


@functools.cache
def _half_of_memory() -> int:
    # Windows has no sysconf.
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 if hasattr(os, "sysconf") else 2**33


def _unsorted(kind: str) -> Callable[..., Any]:
    def reduce(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
        num = statics.integer(wrapped(num_segments))
        if num is None:
            raise unsupported(num_segments)
        if num < 0:
            raise InvalidArgumentError(None, None, f"Input num_segments == {num} must not be negative.")
        ids = to_tensor(segment_ids)
        if type(ids._value) is np.ndarray and ids._value.size and ids._value.max() >= num:
            place = next(zip(*np.nonzero(ids._value >= num)))
            where = checks.brackets(place) if place else ""
            raise InvalidArgumentError(None, None, f"segment_ids{where} = {ids._value[place]} is out of range [0, {num})")
        return _segment(_fits(data, ids, num, kind), ids, num, kind)

    return reduce


def _sorted(kind: str) -> Callable[..., Any]:
    def reduce(data: Any, segment_ids: Any, name: Any = None) -> Any:
        ids = to_tensor(segment_ids)
        known = ids.host_value()
        if known.ndim != 1:
            raise InvalidArgumentError(None, None, f"segment_ids should be a vector, got shape {list(known.shape)}")
        if (np.diff(known) < 0).any():
            raise InvalidArgumentError(None, None, "segment ids are not increasing")
        num = int(known[-1]) + 1 if known.size else 0
        result = _segment(_fits(data, ids, num, kind), ids, num, kind)
        if kind in ("max", "min") and len(np.unique(known)) < num:
            # Unlike the unsorted ops, these give 0 for empty segments.
            from tfjax._src.ops.array.masking import where
            from tfjax._src.ops.array.shaping import reshape

            empty = ~np.isin(np.arange(num), known)
            return where(reshape(empty, (num,) + (1,) * (len(result.shape) - 1)), to_tensor(np.zeros((), result.dtype.np)), result)
        return result

    return reduce


def _named(function: Callable[..., Any], name: str, doc: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


EXPORTS = {
    "math.unsorted_segment_sum": "unsorted_segment_sum",
    "math.unsorted_segment_mean": "unsorted_segment_mean",
    "math.unsorted_segment_max": "unsorted_segment_max",
    "math.unsorted_segment_min": "unsorted_segment_min",
    "math.unsorted_segment_prod": "unsorted_segment_prod",
    "math.unsorted_segment_sqrt_n": "unsorted_segment_sqrt_n",
    "math.segment_sum": "segment_sum",
    "math.segment_mean": "segment_mean",
    "math.segment_max": "segment_max",
    "math.segment_min": "segment_min",
    "math.segment_prod": "segment_prod",
}

_TEXT = "The {what} of the rows of each segment. {more}"
_MANY = "`segment_ids` may come in any order; negative ones are left out; the result has `num_segments` rows."
_ORDER = "`segment_ids` must be sorted; the result has as many rows as the largest of them says."
unsorted_segment_sum = _named(_unsorted("sum"), "unsorted_segment_sum", _TEXT.format(what="sum", more=_MANY))
unsorted_segment_mean = _named(_unsorted("mean"), "unsorted_segment_mean", _TEXT.format(what="mean", more=_MANY))
unsorted_segment_max = _named(_unsorted("max"), "unsorted_segment_max", _TEXT.format(what="maximum", more=_MANY))
unsorted_segment_min = _named(_unsorted("min"), "unsorted_segment_min", _TEXT.format(what="minimum", more=_MANY))
unsorted_segment_prod = _named(_unsorted("prod"), "unsorted_segment_prod", _TEXT.format(what="product", more=_MANY))
unsorted_segment_sqrt_n = _named(_unsorted("sqrt_n"), "unsorted_segment_sqrt_n", _TEXT.format(what="sum over the root of the number", more=_MANY))
segment_sum = _named(_sorted("sum"), "segment_sum", _TEXT.format(what="sum", more=_ORDER))
segment_mean = _named(_sorted("mean"), "segment_mean", _TEXT.format(what="mean", more=_ORDER))
segment_max = _named(_sorted("max"), "segment_max", _TEXT.format(what="maximum", more=_ORDER))
segment_min = _named(_sorted("min"), "segment_min", _TEXT.format(what="minimum", more=_ORDER))
segment_prod = _named(_sorted("prod"), "segment_prod", _TEXT.format(what="product", more=_ORDER))


@export("math.bincount")
@recorded
def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = dtypes.int32, name: Any = None,
    axis: Any = None, binary_output: bool = False,
) -> Any:
    """How often each number from 0 on occurs.

    Args:
      arr: integers, not negative.
      weights: added up instead of ones.
      minlength: the result's least length.
      maxlength: numbers from it on are left out.
      dtype: of the counts; int32 by default, that of `weights` if they are given.
      axis: None counts all elements; -1 or 1 each row of a matrix by itself.
      binary_output: 1 for every number that occurs.

    Raises:
      InvalidArgumentError: negative numbers.

    >>> import tfjax as tf
    >>> tf.math.bincount([1, 1, 3]).numpy()
    array([0, 2, 0, 1], dtype=int32)
    """
    handler = dispatch.handler_for(type(arr))
    if handler is not None:
        found = handler(bincount, (arr, weights, minlength, maxlength, dtype, name, axis, binary_output), {})
        if found is not NotImplemented:
            return found
    numbers = to_tensor(arr).host_value()
    if numbers.size and numbers.min() < 0:
        raise InvalidArgumentError(None, None, "Input arr must be non-negative!")
    length = int(numbers.max()) + 1 if numbers.size else 0
    length = max(length, statics.integer(minlength) or 0)
    if maxlength is not None:
        length = min(length, statics.integer(maxlength))
    if axis not in (None, 0, -1, 1):
        raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
    given = None if weights is None else to_tensor(weights).host_value()
    kind = dtypes.as_dtype(dtype).np if dtype is not None and given is None else np.int32 if given is None else given.dtype
    rows = numbers.reshape(1, -1) if axis in (None, 0) or numbers.ndim < 2 else numbers
    if given is not None and given.shape != numbers.shape and given.size:
        raise InvalidArgumentError(
            None, None, "`weights` must be the same shape as `arr` or a length-0 `Tensor`, in which case it acts as all "
            f"weights equal to 1. Received {checks.brackets(given.shape)}"
        )
    parts = [None] * len(rows) if given is None else given.reshape(rows.shape)
    counts = []
    for row, part in zip(rows, parts):
        keep = row < length
        count = np.bincount(row[keep], None if part is None else part[keep], minlength=length)[:length]
        counts.append((count > 0 if binary_output else count).astype(kind))
    return Tensor(counts[0] if axis in (None, 0) or numbers.ndim < 2 else np.stack(counts))


@export("math.confusion_matrix")
@recorded
def confusion_matrix(labels: Any, predictions: Any, num_classes: Any = None, weights: Any = None, dtype: Any = dtypes.int32, name: Any = None) -> Any:
    """A matrix [label, prediction] of how often each pair occurs.

    Args:
      labels, predictions: integers of one shape, not negative.
      num_classes: the matrix' size; from the largest number by default.
      weights: added up instead of ones.
      dtype: of the counts; int32 by default.

    >>> import tfjax as tf
    >>> tf.math.confusion_matrix([0, 1], [1, 1]).numpy()
    array([[0, 1],
           [0, 1]], dtype=int32)
    """
    rows, columns = _one_rank(to_tensor(labels), to_tensor(predictions))
    rows, columns = cast(rows, dtypes.int64), cast(columns, dtypes.int64)
    pair = [rows.host_value(), columns.host_value()]
    lowest = np.iinfo(np.int64).min
    if num_classes is None:
        # TensorFlow's largest element of nothing is the lowest number; adding one to it does not wrap.
        size = max(int(v.max(initial=lowest)) for v in pair) + 1
    else:
        size = int(cast(num_classes, dtypes.int64).host_value().max())
    for what, values in zip(("labels", "predictions"), pair):
        if values.size and values.min() < 0:
            raise InvalidArgumentError(None, None, f"`{what}` contains negative values")
        if num_classes is not None and values.size and values.max() >= size:
            raise InvalidArgumentError(None, None, f"`{what}` out of bound")
    kind = dtypes.int64 if dtype is None and weights is None else dtypes.as_dtype(dtype)
    if weights is None:
        amount = ones_like(columns, kind)
    else:
        amount = to_tensor(weights)
        columns.shape.assert_is_compatible_with(amount.shape)
        amount = cast(amount, kind)
    return scatter_nd(stack([rows, columns], axis=1), amount, _square(size))


def _one_rank(labels: Tensor, predictions: Tensor) -> tuple[Tensor, Tensor]:
    """Without a last axis of size 1 that the other one lacks."""
    difference = len(predictions.shape) - len(labels.shape)
    if difference == 1 and predictions.shape[-1] == 1:
        predictions = squeeze(predictions, [-1])
    elif difference == -1 and labels.shape[-1] == 1:
        labels = squeeze(labels, [-1])
    return labels, predictions


def _square(size: int) -> list[int]:
    if size < 0:
        raise InvalidArgumentError(None, None, f"Dimension {size} must be >= 0")
    if size**2 >= 2**63:
        raise InvalidArgumentError(None, None, f"Shape [{size},{size}] would have more than 2**63 - 1 elements")
    if size >= 2**22:
        raise ResourceExhaustedError(None, None, f"OOM when allocating tensor with shape[{size},{size}]")
    return [size, size]
