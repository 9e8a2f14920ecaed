"""concat, stack, tile, gather, expand_dims … of ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import join
from tfjax._src.ops.ragged import kernels, ragged_tensor, row_partition
from tfjax._src.ops.ragged.indexing import _wrapped, _wrapped_rows, gather_rows
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def operands(values: Any) -> list[Any]:
    """Values as tensors, all of one row splits dtype."""
    dtype = next((v.dtype for v in values if isinstance(v, (RaggedTensor, Tensor))), None)
    found = [v if isinstance(v, RaggedTensor) else _converted(v, dtype) for v in values]
    kinds = {v._row_partition.dtype for v in found if isinstance(v, RaggedTensor)}
    if len(kinds) > 1:
        found = [v.with_row_splits_dtype(dtypes.int64) if isinstance(v, RaggedTensor) else v for v in found]
    return found


def _converted(value: Any, dtype: Any) -> Any:
    if isinstance(value, (list, tuple)) and any(isinstance(v, RaggedTensor) for v in value):
        return stack(value)
    return to_tensor(value, None, dtype)


def concat(values: Any, axis: Any, name: Any = "concat") -> Any:
    """Joins along an existing dimension, ragged ones included."""
    parts = operands(values if isinstance(values, (list, tuple)) else [values])
    return _combined(parts, axis, False)


def stack(values: Any, axis: Any = 0, name: Any = None) -> Any:
    """Joins along a new dimension."""
    parts = operands(values if isinstance(values, (list, tuple)) else [values])
    return _combined(parts, axis, True)


def _combined(parts: list[Any], axis: Any, stacked: bool) -> Any:
    if not parts:
        raise ValueError("rt_inputs may not be empty.")
    place = statics.integer(axis)
    ranks = {p.shape.rank for p in parts}
    if len(ranks) > 1:
        raise ValueError(f"Shapes must have equal rank, got ranks {sorted(ranks)}")
    rank = ranks.pop()
    total = rank + 1 if stacked else rank
    if not -total <= place < total:
        raise ValueError(f"axis={axis} out of bounds: expected {-total}<=axis<{total}")
    place %= total
    if len(parts) == 1 and (place == 0 or not stacked):
        return _outer(parts, _depth(parts, rank), True) if stacked else parts[0]
    if all(not isinstance(p, RaggedTensor) for p in parts):
        if not stacked and place == 0:
            return join.concat(parts, 0)
        if stacked and rank == 0:
            return join.stack(parts, axis)
    depth = _depth(parts, rank)  # all dense: whatever differs in size becomes ragged
    if place == 0:
        return _outer(parts, depth, stacked)
    parts = operands([to_depth(p, max(depth, 1)) for p in parts])
    return _at(parts, place, stacked)


def _depth(parts: list[Any], rank: int) -> int:
    depth = max([p.ragged_rank if isinstance(p, RaggedTensor) else 0 for p in parts])
    return depth or rank - 1


def to_depth(value: Any, depth: int) -> Any:
    """`value` with at least `depth` ragged dimensions."""
    if isinstance(value, RaggedTensor):
        missing = depth - value.ragged_rank
        if missing <= 0:
            return value
        return value.with_flat_values(to_depth(value.flat_values, missing))
    if depth <= 0:
        return value
    return RaggedTensor.from_tensor(value, ragged_rank=min(depth, value.shape.rank - 1))


def _outer(parts: list[Any], depth: int, stacked: bool) -> Any:
    """Joined along dimension 0."""
    counts = np.array([p.shape[0] for p in parts], np.int64)
    parts = operands([to_depth(p, depth) for p in parts])
    joined = _joined_rows(parts)
    if not stacked:
        return joined
    kind = parts[0]._row_partition.dtype.np if isinstance(parts[0], RaggedTensor) else np.int32
    splits = Tensor(np.concatenate([[0], np.cumsum(counts)]).astype(kind))
    return ragged_tensor.of_splits(joined, splits)


def _joined_rows(parts: list[Any]) -> Any:
    if not isinstance(parts[0], RaggedTensor):
        return join.concat(parts, 0)
    partitions = [p._row_partition for p in parts]
    if any(p.row_splits().is_symbolic for p in partitions):
        lengths = join.concat([p.row_lengths() for p in partitions], 0)
        splits = kernels.splits_of_lengths(lengths)
    else:
        counts = np.concatenate([np.diff(p.row_splits().host_value()) for p in partitions])
        splits = Tensor(np.concatenate([[0], np.cumsum(counts)]).astype(partitions[0].dtype.np))
    values = _joined_rows(operands([p.values for p in parts]))
    return ragged_tensor.make(values, row_partition.made(splits))


def _at(parts: list[Any], axis: int, stacked: bool) -> Any:
    """Joined along a dimension after the first."""
    first = parts[0]
    if axis == 1:
        return _beside(parts, stacked)
    for other in parts[1:]:
        a, b = first.row_splits.host_value(), other.row_splits.host_value()
        if not np.array_equal(a, b):
            raise kernels.mismatch(a, b)
    values = [p.values for p in parts]
    if any(isinstance(v, RaggedTensor) for v in values):
        values = operands([to_depth(v, 1) for v in values])
        return first.with_values(_at(values, axis - 1, stacked))
    return first.with_values(join.stack(values, axis - 1) if stacked else join.concat(values, axis - 1))


def _beside(parts: list[Any], stacked: bool) -> Any:
    """Row i of the result holds row i of every part, one behind the other."""
    counts = [p._row_partition.static_nrows for p in parts]
    if len(set(counts)) > 1:
        other = next(c for c in counts if c != counts[0])
        raise kernels.mismatch(np.array(counts[0]), np.array(other))
    rows, many = counts[0], len(parts)
    order = (np.arange(many)[None, :] * rows + np.arange(rows)[:, None]).reshape(-1)
    rearranged = gather_rows(_joined_rows(parts), order)
    partition = rearranged._row_partition
    if stacked:
        return ragged_tensor.of_splits(rearranged, Tensor(np.arange(rows + 1, dtype=partition.dtype.np) * partition.dtype.np.type(many)))
    splits = partition.row_splits().host_value()[::many]
    return ragged_tensor.of_splits(rearranged.values, Tensor(splits))


def expand_dims(input: Any, axis: Any, name: Any = None) -> Any:
    """A dimension of size 1 more."""
    rank = input.shape.rank
    place = statics.integer(axis)
    if not -rank - 1 <= place <= rank:
        raise ValueError(f"axis={axis} out of bounds: expected {-rank - 1}<=axis<{rank + 1}")
    place = place + rank + 1 if place < 0 else place
    return _expanded(input, place)


def _expanded(value: Any, axis: int) -> Any:
    from tfjax._src.ops.array import shaping

    if not isinstance(value, RaggedTensor):
        return shaping.expand_dims(value, axis)
    if axis == 0:
        return _wrapped(value, 1)
    if axis == 1:
        return _wrapped_rows(value)
    return value.with_values(_expanded(value.values, axis - 1))


def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    """Repeats along every dimension."""
    counts = list(statics.integers(multiples)) if not isinstance(statics.integers(multiples), int) else [statics.integers(multiples)]
    rank = input.shape.rank
    if len(counts) != rank:
        raise ValueError(f"Shapes ({len(counts)},) and ({rank},) are incompatible")
    for axis in reversed(range(rank)):
        if counts[axis] != 1:
            parts = [input] * counts[axis]
            input = concat(parts, axis) if parts else _emptied(input, axis)
    return input


def _emptied(value: RaggedTensor, axis: int) -> Any:
    from tfjax._src.ops.ragged.indexing import getitem

    return getitem(value, (slice(None),) * axis + (slice(0, 0),))
