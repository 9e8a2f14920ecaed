"""gather, gather_nd, where and segments with ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import indexing as dense
from tfjax._src.ops.ragged import ragged_tensor, reductions
from tfjax._src.ops.ragged.indexing import gather_rows
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def _either(value: Any) -> Any:
    return value if isinstance(value, RaggedTensor) else to_tensor(value)


def _checked(indices: np.ndarray, size: int) -> np.ndarray:
    bad = (indices < 0) | (indices >= size)
    if bad.any():
        place = int(bad.reshape(-1).argmax())
        raise InvalidArgumentError(None, None, f"indices[{place}] = {indices.reshape(-1)[place]} is not in [0, {size}) [Op:GatherV2]")
    return indices


def gather(params: Any, indices: Any, axis: Any, batch_dims: Any = 0, name: Any = None) -> Any:
    """Slices of `params` along `axis`, chosen by `indices`; either may be ragged."""
    params, indices = _either(params), _either(indices)
    rank = params.shape.rank
    axis, batch = statics.integer(axis), statics.integer(batch_dims)
    batch = batch + indices.shape.rank if batch < 0 else batch
    axis = axis + rank if axis < 0 else axis
    if batch > 0:
        return _batched(params, indices, axis, batch)
    if axis > 0:
        return _inside(params, indices, axis)
    if isinstance(indices, RaggedTensor):
        return indices.with_flat_values(gather(params, indices.flat_values, 0))
    if not isinstance(params, RaggedTensor):
        return dense.gather(params, indices)
    numbers = _checked(indices.host_value(), params.shape[0])
    return _shaped(gather_rows(params, numbers.reshape(-1)), numbers.shape)


def gather_table(table: Any, indices: Any, name: Any = None) -> Any:
    """Rows of a table."""
    if not isinstance(indices, RaggedTensor):
        return gather(table, indices, 0)
    return indices.with_flat_values(dense.gather_rows(table, indices.flat_values))


def _shaped(rows: Any, shape: tuple[int, ...]) -> Any:
    """Rows under outer dimensions of this shape."""
    for size, count in [(shape[i], int(np.prod(shape[:i], dtype=np.int64))) for i in reversed(range(1, len(shape)))]:
        kind = rows.row_splits.dtype.np
        rows = ragged_tensor.of_splits(rows, Tensor(np.arange(count + 1, dtype=kind) * kind.type(size)))
    return rows[0] if not shape else rows


def _inside(params: Any, indices: Any, axis: int) -> Any:
    """Along an inner axis, with the same indices for every row."""
    if not isinstance(params, RaggedTensor):
        if not isinstance(indices, RaggedTensor):
            return dense.gather(params, indices, axis=axis)
        flat = dense.gather(params, indices.flat_values, axis=axis)
        return _rows_moved(flat, indices, axis)
    if axis > 1:
        return params.with_values(gather(params.values, indices, axis - 1))
    rows = params._row_partition.static_nrows
    own = indices.flat_values if isinstance(indices, RaggedTensor) else indices
    numbers = own.host_value().astype(np.int64)
    splits = params.row_splits.host_value().astype(np.int64)
    lengths = np.diff(splits)
    if numbers.size and len(lengths):
        _checked(numbers, int(lengths.min()))
    positions = (splits[:-1][:, None] + numbers.reshape(-1)[None, :]).reshape(-1)
    picked = gather_rows(params.values, positions)
    if isinstance(indices, RaggedTensor) or numbers.ndim != 1:
        return _shaped(picked, (rows, *numbers.shape))
    return picked if not isinstance(picked, RaggedTensor) and not rows else _dense_if_possible(picked, (rows, len(numbers)))


def _rows_moved(flat: Tensor, indices: RaggedTensor, axis: int) -> Any:
    rows = [flat[i] for i in range(flat.shape[0])]
    parts = [indices.with_flat_values(row) if axis == 1 else _rows_moved(row, indices, axis - 1) for row in rows]
    from tfjax._src.ops.ragged import joining

    return joining.stack(parts)


def _batched(params: Any, indices: Any, axis: int, batch: int) -> Any:
    """Each of the leading rows has indices of its own."""
    if batch > 1:
        params = params if isinstance(params, RaggedTensor) else RaggedTensor.from_tensor(params, ragged_rank=batch)
        indices = indices if isinstance(indices, RaggedTensor) else RaggedTensor.from_tensor(indices, ragged_rank=batch)
        inner = _batched(params.values, indices.values, axis - 1, batch - 1)
        return ragged_tensor.make(inner, indices._row_partition)
    if axis > 1:
        params = params if isinstance(params, RaggedTensor) else RaggedTensor.from_tensor(params, ragged_rank=1)
    params = params if isinstance(params, RaggedTensor) else RaggedTensor.from_tensor(params)
    flat = indices.flat_values if isinstance(indices, RaggedTensor) else indices
    numbers = flat.host_value().astype(np.int64)
    owners = _outer_rows(indices)
    splits = params.row_splits.host_value().astype(np.int64)
    own = np.diff(splits)[owners]
    if numbers.ndim > owners.ndim:
        own, owners = (v.reshape(v.shape + (1,) * (numbers.ndim - owners.ndim)) for v in (own, owners))
    bad = (numbers < 0) | (numbers >= own)
    if bad.any():
        place = tuple(np.argwhere(bad)[0])
        raise InvalidArgumentError(None, None, f"indices{list(map(int, place))} = {numbers[place]} is not in [0, {int(np.broadcast_to(own, numbers.shape)[place])}) [Op:GatherV2]")
    positions = splits[:-1][owners] + numbers
    picked = gather_rows(params.values, positions.reshape(-1))
    if not isinstance(indices, RaggedTensor):
        return _dense_if_possible(picked, numbers.shape)
    return ragged_tensor.of_partitions(_dense_if_possible(picked, numbers.shape), indices.partitions())


def _dense_if_possible(rows: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(rows, RaggedTensor):
        return _shaped(rows, shape)
    from tfjax._src.ops.array import shaping

    return shaping.reshape(rows, [*shape, *rows.shape.as_list()[1:]])


def _outer_rows(indices: Any) -> np.ndarray:
    """For each of the flat indices, the outermost row it stands in."""
    if not isinstance(indices, RaggedTensor):
        return np.arange(indices.shape[0])
    rows = np.arange(indices.shape[0])
    for partition in indices.partitions():
        rows = np.repeat(rows, np.diff(partition.row_splits().host_value()))
    return rows


def gather_nd(params: Any, indices: Any, batch_dims: Any = 0, name: Any = None, bad_indices_policy: Any = "") -> Any:
    """Elements or slices at positions given by the last axis of `indices`."""
    params, indices = _either(params), _either(indices)
    if isinstance(indices, RaggedTensor):
        return indices.with_flat_values(gather_nd(params, indices.flat_values))
    if not isinstance(params, RaggedTensor):
        return dense.gather_nd(params, indices)
    numbers = indices.host_value().astype(np.int64)
    outer = numbers.shape[:-1]
    columns = numbers.reshape(-1, numbers.shape[-1])
    rows = _checked(columns[:, 0], params.shape[0])
    values = params
    for level in range(1, columns.shape[1]):
        if not isinstance(values, RaggedTensor):
            rest = np.concatenate([rows[:, None], columns[:, level:]], axis=1)
            return _dense_if_possible(dense.gather_nd(values, rest), outer)
        splits = values.row_splits.host_value().astype(np.int64)
        lengths = np.diff(splits)[rows]
        if ((columns[:, level] < 0) | (columns[:, level] >= lengths)).any():
            raise InvalidArgumentError(None, None, f"indices[..., {level}] out of range [Op:GatherNd]")
        rows = splits[:-1][rows] + columns[:, level]
        values = values.values
    return _dense_if_possible(gather_rows(values, rows), outer)


def where_indices(condition: Any, name: Any = None) -> Tensor:
    """Positions [n, rank] of the elements that are not zero."""
    sparse = condition.to_sparse()
    keep = np.asarray(sparse.values.host_value() != 0)
    return Tensor(sparse.indices.host_value()[keep])


def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = None, name: Any = None,
    axis: Any = None, binary_output: bool = False,
) -> Tensor:
    """How often each number occurs, in all rows or (axis -1) in each."""
    from tfjax._src.ops.array.shaping import cast
    from tfjax._src.ops.sparse import arrange, segments

    counts = segments.bincount(arr, weights, axis, minlength, maxlength, binary_output)
    dense = arrange.to_dense(counts)
    return dense if dtype is None or weights is not None else cast(dense, dtype)


def segment(data: Any, segment_ids: Any, num: Any, kind: Any, name: Any = None) -> Any:
    """Rows of ragged data grouped by segment numbers and reduced."""
    if not isinstance(data, RaggedTensor):
        return NotImplemented
    if isinstance(segment_ids, RaggedTensor):
        data, segment_ids = data.merge_dims(0, segment_ids.shape.rank - 1), segment_ids.flat_values
    ids = to_tensor(segment_ids).host_value()
    count = statics.integer(num)
    if kind in ("sum", "prod", "max", "min"):
        return reductions.aggregate(data, ids, count, kind)
    ones = data.with_flat_values(Tensor(np.ones(data.flat_values.shape.as_list(), data.dtype.np)))
    total, number = (reductions.aggregate(d, ids, count, "sum") for d in (data, ones))
    from tfjax._src.ops.math.elementwise import sqrt

    return total / (number if kind == "mean" else number.with_flat_values(sqrt(number.flat_values)))



