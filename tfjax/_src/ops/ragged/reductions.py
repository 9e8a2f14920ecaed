"""Sums, means, extremes … of ragged tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager import statics
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.math import arithmetic, division, elementwise
from tfjax._src.ops.ragged import kernels, ragged_tensor, row_partition
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def reducer(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """`tf.reduce_…` for ragged tensors: `function` for dense parts, `kind` over ragged rows."""

    def reduce(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
        rank = input_tensor.shape.rank
        if kind == "mean" and input_tensor.dtype.is_integer:
            input_tensor = ragged_tensor.flat_dtype_cast(input_tensor, dtypes.float64)
        if axis is None:
            result = function(input_tensor.flat_values, None, False)
            return shaping.reshape(result, [1] * rank) if keepdims else result
        axes = _axes(axis, rank)
        if len(axes) > 1:
            return _several(function, kind, input_tensor, axes, keepdims)
        return _one(function, kind, input_tensor, axes[0], bool(keepdims)) if axes else input_tensor

    return reduce


def _axes(axis: Any, rank: int) -> list[int]:
    found = statics.integers(axis)
    found = [found] if isinstance(found, int) else list(found)
    for a in found:
        if not -rank <= a < rank:
            raise ValueError(f"axis={a} out of bounds: expected {-rank}<=axis<{rank}")
    return sorted({a % rank for a in found}, reverse=True)


def _several(function: Any, kind: str, rt: Any, axes: list[int], keepdims: Any) -> Any:
    if kind in ("mean", "variance", "std"):
        return _by_moments(kind, rt, axes, keepdims)
    for axis in axes:
        rt = _one(function, kind, rt, axis, bool(keepdims)) if isinstance(rt, RaggedTensor) else function(rt, axis, bool(keepdims))
    return rt


def _summed(rt: Any, axes: list[int], keepdims: Any) -> Any:
    from tfjax._src.ops.math.reductions import reduce_sum

    for axis in axes:
        rt = _one(reduce_sum, "sum", rt, axis, bool(keepdims)) if isinstance(rt, RaggedTensor) else reduce_sum(rt, axis, bool(keepdims))
    return rt


def _by_moments(kind: str, rt: Any, axes: list[int], keepdims: Any) -> Any:
    if kind == "mean":
        ones = rt.with_flat_values(Tensor(np.ones(rt.flat_values.shape.as_list(), rt.dtype.np)))
        return _divide(_summed(rt, axes, keepdims), _summed(ones, axes, keepdims))
    squares = rt.with_flat_values(elementwise.square(rt.flat_values))
    mean = _by_moments("mean", rt, axes, keepdims)
    spread = _mapped(arithmetic.subtract, _by_moments("mean", squares, axes, keepdims), _mapped(elementwise.square, mean))
    return _mapped(elementwise.sqrt, spread) if kind == "std" else spread


def _mapped(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    if not isinstance(first, RaggedTensor):
        return function(first, *others)
    return first.with_flat_values(function(first.flat_values, *[o.flat_values for o in others]))


def _divide(total: Any, count: Any) -> Any:
    return _mapped(division.truediv, total, count)


def _one(function: Callable[..., Any], kind: str, rt: RaggedTensor, axis: int, keepdims: bool) -> Any:
    if axis > 1:
        values = rt.values
        if isinstance(values, RaggedTensor):
            return rt.with_values(_one(function, kind, values, axis - 1, keepdims))
        return rt.with_values(function(values, axis - 1, keepdims))
    if kind in ("mean", "variance", "std"):
        return _by_moments(kind, rt, [axis], keepdims)
    partition = rt._row_partition
    if axis == 1:
        result = _over_rows(rt.values, rt.row_splits, kind)
        return _expanded(result, 1) if keepdims else result
    splits = rt.row_splits.host_value()
    lengths = np.diff(splits)
    within = np.arange(splits[-1]) - np.repeat(splits[:-1], lengths)
    count = partition.static_uniform_row_length
    count = (int(lengths.max()) if len(lengths) else 0) if count is None else count
    result = aggregate(rt.values, within, count, kind)
    return _expanded(result, 0) if keepdims else result


def _expanded(value: Any, axis: int) -> Any:
    if axis == 0 or isinstance(value, RaggedTensor):
        return value[(slice(None),) * axis + (None,)]
    return shaping.expand_dims(value, axis)


def _over_rows(values: Any, splits: Tensor, kind: str) -> Any:
    if not isinstance(values, RaggedTensor):
        return kernels.reduce_rows(values, splits, kind)
    known = splits.host_value()
    return aggregate(values, np.repeat(np.arange(len(known) - 1), np.diff(known)), len(known) - 1, kind)


def aggregate(values: Any, ids: np.ndarray, count: int, kind: str) -> Any:
    """`count` results; row i of `values` goes, element by element, to result number `ids[i]`."""
    if not isinstance(values, RaggedTensor):
        order = np.argsort(ids, kind="stable")
        splits = np.concatenate([[0], np.cumsum(np.bincount(ids, minlength=count))])
        ordered = values if np.array_equal(order, np.arange(len(ids))) else kernels.take(values, order)
        return kernels.reduce_rows(ordered, splits, kind)
    partition = values._row_partition
    splits = partition.row_splits().host_value()
    lengths = np.diff(splits)
    longest = np.zeros(count, np.int64)
    np.maximum.at(longest, ids, lengths)
    starts = np.concatenate([[0], np.cumsum(longest)])
    targets = kernels.positions_of(starts[ids], lengths)
    inner = aggregate(values.values, targets, int(starts[-1]), kind)
    new = row_partition.made(Tensor(starts.astype(partition.dtype.np)))
    return ragged_tensor.make(inner, new)
