"""Ragged tensors to dense and sparse ones, and dimensions merged."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.ragged import kernels, ragged_tensor, row_partition
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def to_dense(rt: RaggedTensor, default_value: Any, shape: Any) -> Tensor:
    """Rows padded to equal length."""
    flat = rt.flat_values
    if default_value is None:
        default = Tensor(np.full((), b"" if flat.dtype is dtypes.string else 0, flat.dtype.np))
    else:
        default = to_tensor(default_value, flat.dtype)
    return _pad(rt, default, _wanted(shape, rt.shape.rank))


def _wanted(shape: Any, rank: int) -> list[int | None]:
    if shape is None:
        return [None] * rank
    dims = shape.as_list() if isinstance(shape, TensorShape) and shape.rank is not None else shape
    if isinstance(dims, TensorShape):
        return [None] * rank
    if isinstance(dims, Tensor):
        dims = dims.host_value().tolist()
    if len(dims) != rank:
        raise ValueError(f"Shape {TensorShape([None if d in (None, -1) else d for d in dims])} must have rank {rank}")
    return [None if d is None or d == -1 else statics.integer(d) for d in dims]


def _pad(rt: RaggedTensor, default: Tensor, wanted: list[int | None]) -> Tensor:
    values = rt.values
    if isinstance(values, RaggedTensor):
        values = _pad(values, default, [None, *wanted[2:]])
    else:
        values = _fit_inner(values, wanted[2:], default)
    partition = rt._row_partition
    width = wanted[1] if wanted[1] is not None else partition.static_uniform_row_length
    if width is None:
        lengths = partition.row_lengths().host_value()
        width = int(lengths.max()) if len(lengths) else 0
    rows = partition.static_nrows if wanted[0] is None else wanted[0]
    return kernels.pad_rows(values, default, rt.row_splits, rows, width)


def _fit_inner(values: Tensor, wanted: list[int | None], default: Tensor) -> Tensor:
    """Uniform inner dimensions cut or padded."""
    have = values.shape.as_list()[1:]
    target = [h if w is None else w for h, w in zip(have, wanted)]
    if target == have:
        return values
    from tfjax._src.ops.array.shaping import pad

    cut = values[(slice(None), *[slice(0, t) for t in target])]
    missing = [[0, 0], *[[0, max(t - h, 0)] for h, t in zip(have, target)]]
    return pad(cut, missing, constant_values=default)


def to_sparse(rt: RaggedTensor) -> Any:
    """A SparseTensor that stores every value."""
    from tfjax._src.ops.sparse import sparse_tensor

    dims = rt.bounding_shape(out_type=dtypes.int64).host_value().tolist()
    flat = rt.flat_values
    columns: list[np.ndarray] = [np.arange(rt._row_partition.static_nrows)]
    for partition in rt.partitions():
        splits = partition.row_splits().host_value()
        ids = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
        columns = [c[ids] for c in columns] + [np.arange(len(ids)) - splits[:-1][ids]]
    for size in flat.shape.as_list()[1:]:
        count = len(columns[0])
        columns = [np.repeat(c, size) for c in columns] + [np.tile(np.arange(size), count)]
    indices = np.stack(columns, axis=1).astype(np.int64)
    return sparse_tensor.made(indices, shaping.reshape(flat, [-1]) if flat.shape.rank > 1 else flat, dims)


def merge_dims(rt: RaggedTensor, outer_axis: Any, inner_axis: Any) -> Any:
    """The dimensions from `outer_axis` to `inner_axis` made one."""
    rank = rt.shape.rank
    outer, inner = (_axis(a, rank, w) for a, w in ((outer_axis, "outer_axis"), (inner_axis, "inner_axis")))
    if outer > inner:
        raise ValueError(f"Expected outer_axis ({outer_axis}) to be less than or equal to inner_axis ({inner_axis}).")
    if outer == inner:
        return rt
    return merged(rt.flat_values, rt.partitions(), outer, inner)


def _axis(axis: Any, rank: int, what: str) -> int:
    place = statics.integer(axis)
    if not -rank <= place < rank:
        raise ValueError(f"{what}={axis} out of bounds: expected {-rank}<={what}<{rank}")
    return place % rank


def merged(flat: Any, partitions: list[Any], outer: int, inner: int) -> Any:
    """Flat values with partitions, of which the dimensions `outer` to `inner` are merged."""
    while inner > len(partitions):
        flat, partitions = split_inner(flat, partitions)
    if outer == 0:
        return ragged_tensor.of_partitions(flat, partitions[inner:])
    combined = partitions[outer - 1]
    for partition in partitions[outer:inner]:
        combined = _composed(combined, partition)
    kept = [*partitions[: outer - 1], combined, *partitions[inner:]]
    return ragged_tensor.of_partitions(flat, kept)


def split_inner(flat: Tensor, partitions: list[Any]) -> tuple[Tensor, list[Any]]:
    """The outermost uniform dimension as one more partition."""
    rows, size, *rest = flat.shape.as_list()
    kind = partitions[-1].dtype.np if partitions else np.dtype(np.int64)
    splits = Tensor(np.arange(rows + 1, dtype=kind) * kind.type(size))
    return shaping.reshape(flat, [rows * size, *rest]), [*partitions, row_partition.made(splits, size, rows * size)]


def _composed(first: Any, second: Any) -> Any:
    from tfjax._src.ops.array.indexing import gather

    a, b = first.static_uniform_row_length, second.static_uniform_row_length
    uniform = None if a is None or b is None else a * b
    return row_partition.made(gather(second.row_splits(), first.row_splits()), uniform)
