"""Sums of chosen rows by segment, counts, and rows of IndexedSlices left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import indexing
from tfjax._src.ops.ragged import kernels as rows
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, made


def _segments(kind: str, data: Any, indices: Any, segment_ids: Any, num_segments: Any) -> Tensor:
    name = {"sum": "Sum", "mean": "Mean", "sqrt_n": "SqrtN"}[kind]
    op_name = f"SparseSegment{name}" + ("" if num_segments is None else "WithNumSegments")
    data = to_tensor(data)
    chosen, ids = to_tensor(indices).host_value(), to_tensor(segment_ids).host_value()
    if chosen.shape != ids.shape:
        raise InvalidArgumentError(None, None, f"segment_ids and indices should have same size. [Op:{op_name}]")
    if (np.diff(ids) < 0).any():
        raise InvalidArgumentError(None, None, f"segment ids are not increasing [Op:{op_name}]")
    count = int(ids[-1]) + 1 if len(ids) else 0
    if num_segments is not None:
        given = statics.integer(num_segments)
        if count > given:
            raise InvalidArgumentError(None, None, f"segment ids must be < num_segments [Op:{op_name}]")
        count = given
    size = data.shape[0]
    bad = np.flatnonzero((chosen < 0) | (chosen >= size))
    if len(bad):
        raise InvalidArgumentError(None, None, f"Bad: indices[{bad[0]}] == {chosen[bad[0]]} out of range [0, {size}) [Op:{op_name}]")
    counts = np.bincount(ids, minlength=count) if len(ids) else np.zeros(count, np.int64)
    total = rows.reduce_rows(indexing.gather(data, chosen), np.concatenate([[0], np.cumsum(counts)]), "sum")
    if kind == "sum":
        return total
    divisor = np.maximum(counts, 1).reshape((-1,) + (1,) * (total.shape.rank - 1))
    divisor = np.sqrt(divisor.astype(np.float64)) if kind == "sqrt_n" else divisor
    return total / divisor.astype(data.dtype.np)


@export("sparse.segment_sum")
@recorded
def segment_sum(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: Any = None, sparse_gradient: bool = False) -> Tensor:
    """The sum of rows `indices` of `data` by segment.

    Args:
      data: a tensor.
      indices: numbers of rows.
      segment_ids: the segment of each of them, sorted.
      num_segments: how many rows the result has; by default as many as `segment_ids` say.
      name, sparse_gradient: no effect.

    >>> import tfjax as tf
    >>> tf.sparse.segment_sum([[1.0], [2.0], [3.0]], [0, 2], [0, 0]).numpy()
    array([[4.]], dtype=float32)
    """
    return _segments("sum", data, indices, segment_ids, num_segments)


@export("sparse.segment_mean")
@recorded
def segment_mean(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: Any = None, sparse_gradient: bool = False) -> Tensor:
    """The mean of rows `indices` of `data` by segment; arguments as of `tf.sparse.segment_sum`.

    >>> import tfjax as tf
    >>> tf.sparse.segment_mean([[1.0], [2.0], [3.0]], [0, 2], [0, 0]).numpy()
    array([[2.]], dtype=float32)
    """
    return _segments("mean", data, indices, segment_ids, num_segments)


@export("sparse.segment_sqrt_n")
@recorded
def segment_sqrt_n(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None, name: Any = None, sparse_gradient: bool = False) -> Tensor:
    """The sum over the root of the number of rows, by segment; arguments as of `tf.sparse.segment_sum`.

    >>> import tfjax as tf
    >>> tf.sparse.segment_sqrt_n([[1.0], [2.0], [3.0], [2.0]], [0, 1, 2, 3], [0, 0, 0, 0]).numpy()
    array([[4.]], dtype=float32)
    """
    return _segments("sqrt_n", data, indices, segment_ids, num_segments)


@export("sparse.mask")
@recorded
def mask(a: IndexedSlices, mask_indices: Any, name: Any = None) -> IndexedSlices:
    """The slices whose rows are not among `mask_indices`.

    >>> import tfjax as tf
    >>> slices = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([3, 5]))
    >>> tf.sparse.mask(slices, [5]).indices.numpy()
    array([3], dtype=int32)
    """
    own = a.indices.host_value()
    keep = np.flatnonzero(~np.isin(own, to_tensor(mask_indices).host_value()))
    return IndexedSlices(indexing.gather(a.values, keep), indexing.gather(a.indices, keep), a.dense_shape)


def counted_rows(values: Any, weights: Any, axis: Any, function: Callable[..., Any]) -> Any:
    """`function(numbers of rows, values, weights, rows or None)` for dense, sparse or ragged values."""
    own = _flat(values)
    weight = None if weights is None else _flat(weights)[1]
    if axis in (0, None):
        return function(None, own[1], weight, None)
    return function(own[0], own[1], weight, own[2])


def _flat(value: Any) -> tuple[np.ndarray, np.ndarray, int]:
    """(row of each value, values, number of rows)."""
    if isinstance(value, SparseTensor):
        return value.indices.host_value()[:, 0], value.values.host_value(), value.dims()[0]
    if isinstance(value, RaggedTensor):
        return value.value_rowids().host_value(), value.flat_values.host_value(), value.shape[0]
    array = to_tensor(value).host_value()
    matrix = array.reshape(array.shape[0] if array.ndim > 1 else 1, -1)
    return np.repeat(np.arange(len(matrix)), matrix.shape[1]), array.reshape(-1), len(matrix)


@export("sparse.bincount")
@recorded
def bincount(
    values: Any, weights: Any = None, axis: Any = 0, minlength: Any = None, maxlength: Any = None, binary_output: bool = False,
    name: Any = None,
) -> SparseTensor:
    """How often each number occurs, as a sparse tensor.

    Args:
      values: integers: dense, sparse or ragged.
      weights: added up instead of ones; arranged like `values`.
      axis: 0 counts all values, -1 each row by itself.
      minlength: the least size of the last dimension.
      maxlength: numbers from it on are left out.
      binary_output: 1 for every number that occurs.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.sparse.bincount([1, 1, 3]).values.numpy()
    array([2, 1], dtype=int32)
    """
    axis = 0 if axis is None else statics.integer(axis)
    if axis not in (0, -1):
        raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
    if weights is not None and binary_output:
        raise ValueError("Arguments `binary_output` and `weights` are mutually exclusive. Please specify only one.")
    least = None if minlength is None else statics.integer(minlength)
    most = None if maxlength is None else statics.integer(maxlength)

    def count(ids: Any, numbers: np.ndarray, weight: Any, size: Any) -> SparseTensor:
        if (numbers < 0).any():
            raise InvalidArgumentError(None, None, "Input values must all be non-negative [Op:SparseCountSparseOutput]")
        return _counted(ids, numbers.astype(np.int64), weight, size, least, most, binary_output)

    return counted_rows(values, weights, axis, count)


def _counted(ids: Any, numbers: np.ndarray, weight: Any, size: Any, least: Any, most: Any, binary: bool) -> SparseTensor:
    width = max(int(numbers.max()) + 1 if len(numbers) else 0, least or 0) if most is None else most
    keep = numbers < width
    flat = numbers if ids is None else ids.astype(np.int64) * max(width, 1) + numbers
    found, inverse, counts = np.unique(flat[keep], return_inverse=True, return_counts=True)
    if weight is not None:
        totals = np.zeros(len(found), weight.dtype)
        np.add.at(totals, inverse.reshape(-1), weight[keep])
    else:
        totals = np.minimum(counts, 1) if binary else counts
        totals = totals.astype(np.int32)
    if ids is None:
        return made(found.reshape(-1, 1), Tensor(totals), (width,))
    indices = np.stack([found // max(width, 1), found % max(width, 1)], axis=1)
    return made(indices, Tensor(totals), (size, width))


