"""`rt[...]` and gathering rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.slicing import _bad, _bound
from tfjax._src.ops.ragged import kernels, ragged_tensor, row_partition
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def getitem(rt: RaggedTensor, key: Any) -> Any:
    """`rt[key]`: ints, slices, `...`, `tf.newaxis` and scalar tensors.

    A dimension whose rows differ in length can be sliced but not indexed.
    """
    keys = list(key) if isinstance(key, (list, tuple)) else [key]
    if isinstance(key, list) and key and all(isinstance(k, bool) for k in key):
        raise ValueError("mask cannot be scalar.")
    for k in keys:
        if isinstance(k, (str, float, bool)) or isinstance(k, np.ndarray) and k.ndim:
            raise _bad(k)
    return _outer(rt, keys)


def _is_ellipsis(key: Any) -> bool:
    return key is Ellipsis


def _expanded(keys: list[Any], rank: int) -> list[Any]:
    """Keys with a leading `...` written out."""
    if not keys or not _is_ellipsis(keys[0]):
        return keys
    rest = keys[1:]
    if any(_is_ellipsis(k) for k in rest):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    used = sum(1 for k in rest if k is not None)
    return [slice(None)] * max(rank - used, 0) + rest


def _number(key: Any) -> int:
    if type(key) is int:
        return key
    if isinstance(key, Tensor):
        value = key.host_value()
        if value.ndim or value.dtype.kind not in "iu":
            raise _bad(key)
        return int(value)
    try:
        return key.__index__()
    except AttributeError:
        raise _bad(key) from None


def _slice(key: slice) -> slice:
    step = _bound(key.step)
    if step == 0:
        raise InvalidArgumentError(None, None, "strides[0] must be non-zero [Op:StridedSlice]")
    return slice(_bound(key.start), _bound(key.stop), step)


def _is_full(key: Any) -> bool:
    return isinstance(key, slice) and key == slice(None)


def _outer(rt: Any, keys: list[Any]) -> Any:
    """Keys for the dimensions from the outermost on."""
    if not isinstance(rt, RaggedTensor):
        return rt[tuple(keys)] if keys else rt
    keys = _expanded(keys, rt.shape.rank)
    if not keys:
        return rt
    key, rest = keys[0], keys[1:]
    if key is None:
        inner = _outer(rt, rest)
        return _wrapped(inner, rows=1)
    if isinstance(key, slice):
        chosen = rt if _is_full(key) else gather_rows(rt, np.arange(rt._row_partition.static_nrows)[_slice(key)], True)
        return _inner(chosen, rest)
    return _outer(_row(rt, _number(key)), rest)


def _wrapped(value: Any, rows: int, length: int | None = None) -> RaggedTensor:
    """`value` cut into `rows` rows of `length`."""
    kind = value._row_partition.dtype.np if isinstance(value, RaggedTensor) else np.dtype(np.int64)
    length = value.shape[0] if length is None else length
    splits = Tensor(np.arange(rows + 1, dtype=kind) * kind.type(length))
    return ragged_tensor.of_splits(value, splits, length)


def _row(rt: RaggedTensor, number: int) -> Any:
    count = rt._row_partition.static_nrows
    if number >= count:
        raise IndexError(f"Row key {number} out of bounds")
    if number < -count:
        raise InvalidArgumentError(None, None, f"slice index {number + count} of dimension 0 out of bounds. [Op:StridedSlice]")
    splits = rt.row_splits.host_value()
    number %= count
    return _range(rt.values, int(splits[number]), int(splits[number + 1]))


def _range(values: Any, start: int, stop: int) -> Any:
    """Rows `start` to `stop` of values."""
    if isinstance(values, RaggedTensor):
        return gather_rows(values, np.arange(start, stop), True)
    return values[start:stop]


def _inner(rt: Any, keys: list[Any]) -> Any:
    """Keys for the dimensions after the outermost."""
    if not isinstance(rt, RaggedTensor):
        return rt[(slice(None), *keys)] if keys else rt
    keys = _expanded(keys, rt.shape.rank - 1)
    if not keys:
        return rt
    key, rest = keys[0], keys[1:]
    if key is None:
        return _wrapped_rows(_inner(rt, rest))
    if isinstance(key, slice):
        cut = rt if _is_full(key) else slice_rows(rt, _slice(key))
        return cut.with_values(_inner(cut.values, rest)) if rest else cut
    uniform = rt._row_partition.static_uniform_row_length
    if uniform is None:
        raise ValueError("Cannot index into an inner ragged dimension.")
    number = _number(key)
    if not -uniform <= number < uniform:
        raise InvalidArgumentError(None, None, f"slice index {number} of dimension 0 out of bounds. [Op:StridedSlice]")
    rows = np.arange(rt._row_partition.static_nrows) * uniform + number % uniform
    return _inner(gather_rows(rt.values, rows, True), rest)


def _wrapped_rows(value: Any) -> RaggedTensor:
    """Each row as a row of one row."""
    return _wrapped(value, value.shape[0], 1)


def slice_rows(rt: RaggedTensor, key: slice) -> RaggedTensor:
    """Each row sliced."""
    splits = rt.row_splits.host_value().astype(np.int64)
    starts, lengths = splits[:-1], np.diff(splits)
    step = 1 if key.step is None else key.step
    low, high = (0, lengths) if step > 0 else (-1, lengths - 1)
    first = np.where(step > 0, 0, lengths - 1) if key.start is None else _clamped(key.start, lengths, low, high)
    last = np.where(step > 0, lengths, -1) if key.stop is None else _clamped(key.stop, lengths, low, high)
    counts = np.maximum(-((first - last) // step) if step > 0 else (first - last + (-step) - 1) // (-step), 0)
    positions = kernels.positions_of(starts + first, counts, step)
    kind = rt._row_partition.dtype.np
    uniform = rt._row_partition.static_uniform_row_length
    length = None if uniform is None else len(range(uniform)[key])
    return ragged_tensor.of_splits(gather_rows(rt.values, positions, True), _splits(counts, kind), length)


def _clamped(bound: int, lengths: np.ndarray, low: Any, high: Any) -> np.ndarray:
    return np.clip(bound + lengths if bound < 0 else np.full_like(lengths, bound), low, high)


def _splits(counts: np.ndarray, kind: Any) -> Tensor:
    return Tensor(np.concatenate([[0], np.cumsum(counts)]).astype(kind))


def gather_rows(params: Any, rows: np.ndarray, uniform: bool = False) -> Any:
    """The rows of these numbers, which exist, of a dense or ragged tensor.

    With `uniform`, dimensions of one size by construction stay known as such.
    """
    if not isinstance(params, RaggedTensor):
        contiguous = len(rows) and rows[0] >= 0 and np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows)))
        return params[int(rows[0]) : int(rows[0]) + len(rows)] if contiguous else kernels.take(params, rows)
    partition = params._row_partition
    splits = partition.row_splits().host_value().astype(np.int64)
    counts = np.diff(splits)[rows]
    values = gather_rows(params.values, kernels.positions_of(splits[:-1][rows], counts), uniform)
    length = partition.static_uniform_row_length if uniform else None
    new = row_partition.made(_splits(counts, partition.dtype.np), length)
    return ragged_tensor.make(values, new)
