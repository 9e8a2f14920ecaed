"""Elementwise operations: operands broadcast to one ragged shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import indexing, shaping
from tfjax._src.ops.ragged import kernels, ragged_tensor, rearrange, row_partition
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def elementwise(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """`function` of operands, some of them ragged, element by element with broadcasting."""
    flat, partitions = flattened([x if isinstance(x, RaggedTensor) else _converted(x, operands) for x in operands])
    return ragged_tensor.of_partitions(function(*flat), partitions)


def _converted(value: Any, operands: Sequence[Any]) -> Any:
    dtype = next(x.dtype for x in operands if isinstance(x, RaggedTensor))
    if isinstance(value, (list, tuple)) and any(isinstance(v, RaggedTensor) for v in value):
        from tfjax._src.ops.ragged import joining

        return joining.stack(value)
    return to_tensor(value, dtype) if isinstance(value, (list, tuple)) else to_tensor(value, None, dtype)


def flattened(operands: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """(flat values that belong together, the partitions of the result)."""
    ragged = [x for x in operands if isinstance(x, RaggedTensor)]
    kinds = {x._row_partition.dtype for x in ragged}
    if len(kinds) > 1:
        from tfjax._src.core import dtypes

        operands = [x.with_row_splits_dtype(dtypes.int64) if isinstance(x, RaggedTensor) else x for x in operands]
        ragged = [x for x in operands if isinstance(x, RaggedTensor)]
    first = ragged[0]
    alike = all([same_partitions(first, x) and x.shape.rank == first.shape.rank for x in ragged[1:]])
    if alike:
        flat = [_dense_operand(x, first) for x in operands]
        if all([f is not None for f in flat]):
            return flat, first.partitions()
    return _broadcast(operands)


def same_partitions(a: RaggedTensor, b: RaggedTensor) -> bool:
    """Whether two ragged tensors are known to have the same row splits."""
    mine, other = a.partitions(), b.partitions()
    if len(mine) != len(other):
        return False
    for x, y in zip(mine, other):
        s, t = x.row_splits(), y.row_splits()
        if s is t or s._value is t._value:
            continue
        if s.is_symbolic or t.is_symbolic or not np.array_equal(s.host_value(), t.host_value()):
            return False
    return True


def _dense_operand(x: Any, like: RaggedTensor) -> Any:
    """The flat values of an operand beside `like`, None if it has to be broadcast first."""
    if isinstance(x, RaggedTensor):
        return x.flat_values
    rank = x.shape.rank
    inner = like.shape.rank - like.ragged_rank
    if rank == 0 or rank < inner or all([d == 1 for d in x.shape.as_list()[: rank - inner + 1]]):
        # It meets only the uniform inner dimensions.
        return x if rank < inner else shaping.reshape(x, x.shape.as_list()[rank - inner + 1 :])
    dims = x.shape.as_list()
    if like.ragged_rank == 1 and rank == like.shape.rank and dims[0] == like.shape[0] and dims[1] == 1:
        own = shaping.reshape(x, [dims[0], *dims[2:]])
        return indexing.gather(own, ragged_tensor.row_numbers(like.values, like._row_partition))
    return None


class _Operand:
    """A ragged or dense operand as flat values and one partition per outer dimension.

    Attributes:
      rows: for each row of the result so far, the number of the operand's own row.
    """

    def __init__(self, value: Any, rank: int, levels: int) -> None:
        partitions = value.partitions() if isinstance(value, RaggedTensor) else []
        flat = value.flat_values if isinstance(value, RaggedTensor) else value
        missing = rank - value.shape.rank
        self.dense = not partitions or missing > 0
        if missing and not partitions:
            flat = shaping.reshape(flat, [1] * missing + flat.shape.as_list())
        elif missing:
            count = value.shape[0]
            outer = [row_partition.RowPartition.from_uniform_row_length(count, count, 1)]
            outer += [row_partition.RowPartition.from_uniform_row_length(1, 1, 1) for _ in range(missing - 1)]
            partitions = [*reversed(outer), *partitions]
        self.count = partitions[0].static_nrows if partitions else flat.shape[0]
        while len(partitions) < levels:
            flat, partitions = rearrange.split_inner(flat, partitions)
        self.flat, self.partitions = flat, partitions
        self.rows = np.arange(self.count)

    def single(self, level: int) -> bool:
        """Whether dimension `level + 1` has size 1 by construction."""
        return self.partitions[level].static_uniform_row_length == 1

    def lengths(self, level: int) -> np.ndarray:
        """The lengths of the rows that the result's rows at this level come from."""
        return np.diff(self.partitions[level].row_splits().host_value())[self.rows]

    def descend(self, level: int, counts: np.ndarray, single: bool) -> None:
        """Goes to the next dimension, whose rows in the result have these lengths."""
        starts = self.partitions[level].row_splits().host_value().astype(np.int64)[:-1][self.rows]
        self.rows = np.repeat(starts, counts) if single else kernels.positions_of(starts, counts)

    def values(self) -> Any:
        """The flat values, one for each of the result's."""
        count = self.flat.shape[0]
        if len(self.rows) == count and np.array_equal(self.rows, np.arange(count)):
            return self.flat
        return kernels.take(self.flat, self.rows)


def _broadcast(values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    rank = max([v.shape.rank for v in values])
    ragged = [v for v in values if isinstance(v, RaggedTensor)]
    levels = max([rank - v.shape.rank + v.ragged_rank for v in ragged])
    operands = [_Operand(v, rank, levels) for v in values]
    total = max([o.count for o in operands])
    if any([o.count == 0 for o in operands]):
        total = 0
    for operand in operands:
        if operand.count == 1 and total != 1:
            operand.rows = np.zeros(total, np.int64)
        elif operand.count != total:
            raise kernels.mismatch(np.array(operand.count), np.array(total))
    kind = ragged[0]._row_partition.dtype.np
    partitions = [_next_level(operands, level, kind) for level in range(levels)]
    return [o.values() for o in operands], partitions


def _next_level(operands: list[_Operand], level: int, kind: Any) -> Any:
    wide = [o for o in operands if not o.single(level)] or operands[:1]
    wide.sort(key=lambda o: o.dense, reverse=True)
    counts = wide[0].lengths(level)
    for other in wide[1:]:
        lengths = other.lengths(level)
        if not np.array_equal(lengths, counts):
            splits = [np.concatenate([[0], np.cumsum(v)]) for v in (counts, lengths)]
            raise kernels.mismatch(splits[0].astype(kind), splits[1].astype(kind))
    uniform = {o.partitions[level].static_uniform_row_length for o in wide}
    for operand in operands:
        operand.descend(level, counts, operand not in wide)
    length = uniform.pop() if len(uniform) == 1 else None
    return row_partition.made(Tensor(np.concatenate([[0], np.cumsum(counts)]).astype(kind)), length)
