"""Shapes, parts and per-row functions of ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.ragged import indexing, kernels, ragged_tensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def size(input: Any, out_type: Any = None, name: Any = None) -> Tensor:
    """The number of values."""
    return shaping.size(input.flat_values, out_type)


def rank(input: Any, name: Any = None) -> Tensor:
    """The number of dimensions."""
    return Tensor(np.array(input.shape.rank, np.int32))


def shape(input: Any, out_type: Any = None, name: Any = None) -> Any:
    """The shape as a DynamicRaggedShape."""
    from tfjax._src.ops.ragged.dynamic_shape import DynamicRaggedShape

    return DynamicRaggedShape.from_tensor(input, dtypes.int32 if out_type is None else out_type)


def _axes(axis: Any, total: int) -> list[int]:
    found = statics.integers(axis)
    found = [found] if isinstance(found, int) else list(found)
    for a in found:
        if not -total <= a < total:
            raise ValueError(f"axis={a} out of bounds: expected {-total}<=axis<{total}")
    return sorted({a % total for a in found})


def squeeze(input: Any, axis: Any = None, name: Any = None) -> Any:
    """Dimensions of size 1 taken away; they must be named."""
    if axis is None:
        raise ValueError("Ragged.squeeze must have an axis argument.")
    result = input
    for a in reversed(_axes(axis, input.shape.rank)):
        result = _squeezed(result, a)
    return result


def _squeezed(value: Any, axis: int) -> Any:
    if not isinstance(value, RaggedTensor):
        return shaping.squeeze(value, [axis])
    if axis == 0:
        if value.shape[0] != 1:
            raise InvalidArgumentError(None, None, f"Can not squeeze dim[0], expected a dimension of 1, got {value.shape[0]} [Op:Squeeze]")
        return value.values
    if axis == 1:
        lengths = value.row_lengths().host_value()
        if (lengths != 1).any():
            raise InvalidArgumentError(None, None, "the given axis (axis = 1) is not squeezable!")
        return value.values
    return value.with_values(_squeezed(value.values, axis - 1))


def split(value: Any, num_or_size_splits: Any, axis: Any = 0, num: Any = None, name: Any = "split") -> list[Any]:
    """Cut into pieces along `axis`."""
    (place,) = _axes(axis, value.shape.rank)
    if place and value.shape[place] is None:
        raise ValueError(f"Splitting a ragged dimension (axis={axis}) needs a uniform dimension.")
    total = value.shape[place]
    known = statics.value(num_or_size_splits)
    if isinstance(known, tuple):
        sizes = list(known)
        if -1 in sizes:
            sizes[sizes.index(-1)] = total - sum(s for s in sizes if s != -1)
        if sum(sizes) != total:
            raise InvalidArgumentError(None, None, f"Cannot exactly split axis {axis} of size {total} into sizes {sizes}")
    else:
        if known <= 0 or total % known:
            raise InvalidArgumentError(None, None, f"Cannot exactly split axis {axis} of size {total} into {known} parts" if total % max(known, 1) else f"must have num_splits > 0. Received {known}")
        sizes = [total // known] * known
    ends = np.cumsum(sizes)
    keys = [(slice(None),) * place + (slice(int(e - s), int(e)),) for s, e in zip(sizes, ends)]
    return [indexing.getitem(value, key) for key in keys]


def reverse(tensor: Any, axis: Any, name: Any = None) -> Any:
    """The order along each of `axis` turned around."""
    for a in _axes(axis, tensor.shape.rank):
        tensor = indexing.getitem(tensor, (slice(None),) * a + (slice(None, None, -1),))
    return tensor


def _target(shape: Any) -> Any:
    from tfjax._src.ops.ragged.dynamic_shape import DynamicRaggedShape

    return shape if isinstance(shape, DynamicRaggedShape) else None


def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    """Repeats along dimensions of size 1, up to the shape of a DynamicRaggedShape."""
    from tfjax._src.ops.ragged import align

    goal = _target(shape)
    if goal is None:
        raise ValueError("A ragged tensor is broadcast to a DynamicRaggedShape.")
    like = goal.filled(Tensor(np.zeros((), bool)))
    if not isinstance(like, RaggedTensor):
        return shaping.broadcast_to(input, like.shape.as_list())
    (values, _), partitions = align.flattened([ragged_tensor.as_values(input), like])
    inner = like.flat_values.shape.as_list()
    return ragged_tensor.of_partitions(shaping.broadcast_to(values, inner), partitions)


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    """The values in row-major order under another shape, dense unless it is a DynamicRaggedShape."""
    goal = _target(shape)
    flat = tensor.flat_values if isinstance(tensor, RaggedTensor) else tensor
    if goal is None:
        return shaping.reshape(flat, shape)
    return ragged_tensor.of_partitions(shaping.reshape(flat, goal.inner_shape), goal.row_partitions)


def softmax(logits: Any, axis: Any = None, name: Any = None) -> Any:
    """Softmax along an axis, the last by default."""
    from tfjax._src.ops.nn.activations import softmax as dense

    (place,) = _axes(-1 if axis is None else axis, logits.shape.rank)
    return _along(logits, place, dense, kernels.softmax_rows, -np.inf)


def cumsum(x: Any, axis: Any = 0, exclusive: Any = False, reverse: Any = False, name: Any = None) -> Any:
    """Running sums along an axis."""
    from tfjax._src.ops.math.reductions import cumsum as dense

    (place,) = _axes(axis, x.shape.rank)

    def over_rows(values: Any, splits: Any) -> Any:
        return _running(dense, values, splits, bool(statics.value(exclusive)), bool(statics.value(reverse)))

    return _along(x, place, lambda values, a: dense(values, a, exclusive, reverse), over_rows, 0)


def _running(dense: Any, values: Tensor, splits: Tensor, exclusive: bool, backwards: bool) -> Tensor:
    from tfjax._src.ops.array.join import concat

    total = dense(values, 0, True)
    ends = concat([total, total[-1:] + values[-1:]], 0) if values.shape[0] else values[:0]
    if not values.shape[0]:
        return values
    known = splits.host_value().astype(np.int64)
    lengths = np.diff(known)
    first = kernels.take(ends, np.repeat(known[:-1], lengths))
    last = kernels.take(ends, np.repeat(known[1:], lengths))
    position = np.arange(len(values))
    if backwards:
        return last - kernels.take(ends, position + 1 if exclusive else position)
    return kernels.take(ends, position if exclusive else position + 1) - first


def _along(value: Any, axis: int, inner: Any, rows: Any, filler: float) -> Any:
    """`rows(values, splits)` if `axis` is the innermost ragged one, `inner(values, axis)` below it."""
    if not isinstance(value, RaggedTensor):
        return inner(value, axis)
    if axis > 1:
        return value.with_values(_along(value.values, axis - 1, inner, rows, filler))
    if axis == 1 and not isinstance(value.values, RaggedTensor):
        return value.with_values(rows(value.values, value.row_splits))
    dense = inner(value.to_tensor(np.array(filler, value.dtype.np)), axis)
    return RaggedTensor.from_tensor(dense, lengths=value.nested_row_lengths(), row_splits_dtype=value.row_splits.dtype)


def matmul(
    a: Any, b: Any, transpose_a: Any = False, transpose_b: Any = False, adjoint_a: Any = False, adjoint_b: Any = False,
    a_is_sparse: Any = False, b_is_sparse: Any = False, output_type: Any = None, *rest: Any,
) -> Any:
    """Products of the matrices of two batches with sizes of their own."""
    from tfjax._src.ops.math.linear import matmul as dense

    full = [v.to_tensor() if isinstance(v, RaggedTensor) else to_tensor(v) for v in (a, b)]
    flipped = transpose_a or adjoint_a, transpose_b or adjoint_b
    product = dense(*full, transpose_a, transpose_b, adjoint_a, adjoint_b)
    rows = _sizes(a, 2 if flipped[0] else 1)
    columns = _sizes(b, 1 if flipped[1] else 2)
    if len(full[0].shape) != 3:
        raise ValueError("Ragged matrices are multiplied in batches of rank 3.")
    cut = RaggedTensor.from_tensor(product, lengths=rows)
    if len(set(columns.tolist())) <= 1:
        return cut[:, :, : int(columns[0]) if len(columns) else 0] if len(columns) else cut
    return RaggedTensor.from_tensor(product, lengths=(rows, np.repeat(columns, rows)))


def _sizes(value: Any, axis: int) -> np.ndarray:
    """The size along `axis` of each matrix of a batch."""
    if not isinstance(value, RaggedTensor):
        dims = to_tensor(value).shape.as_list()
        return np.full(dims[0], dims[axis], np.int64)
    lengths = value.row_lengths(axis)
    if isinstance(lengths, RaggedTensor):
        from tfjax._src.ops.math.reductions import reduce_max

        return np.maximum(reduce_max(lengths, 1).host_value(), 0).astype(np.int64)
    return lengths.host_value().astype(np.int64)


