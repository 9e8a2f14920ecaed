"""Composites stacked and cut into rows, for datasets and `tf.map_fn`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import join
from tfjax._src.ops.composite.extension_type import BatchableExtensionType, ExtensionType
from tfjax._src.ops.ragged import joining, ragged_tensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.ragged.spec import RaggedTensorSpec
from tfjax._src.ops.sparse import arrange
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, SparseTensorSpec


def is_ragged_row(value: Any) -> bool:
    """True for a dense row of a ragged tensor: stacked, such rows are ragged again."""
    return isinstance(value, Tensor) and "_row_of" in value.__dict__


def ragged_row(value: Any, splits_dtype: dtypes.DType) -> Any:
    """A row of a ragged tensor."""
    if isinstance(value, RaggedTensor):
        return value
    row = Tensor(value._value)
    row._row_of = splits_dtype  # type: ignore[attr-defined]
    return row


def rows(value: Any) -> list[Any]:
    """The rows of a tensor or composite."""
    if isinstance(value, RaggedTensor):
        return [ragged_row(row, value.row_splits.dtype) for row in value]
    if isinstance(value, SparseTensor):
        return _sparse_rows(value)
    if isinstance(value, ExtensionType):
        spec = value._type_spec
        encoder = _encoder(value)
        columns = [rows(part) for part in encoder.encode(spec, value, 1)]
        own = encoder.unbatch(spec)
        return [encoder.decode(own, list(parts)) for parts in zip(*columns)]
    array = to_tensor(value).host_value()
    return [Tensor(array[i : i + 1].reshape(array.shape[1:])) for i in range(len(array))]


def _encoder(value: Any) -> Any:
    if not isinstance(value, BatchableExtensionType):
        raise AttributeError(f"'{type(value).__name__}.Spec' object has no attribute '_to_batched_tensor_list'")
    return value.__batch_encoder__


def _sparse_rows(value: SparseTensor) -> list[SparseTensor]:
    indices, dims = value.indices.host_value(), value.dims()
    found = []
    for i in range(dims[0]):
        keep = np.flatnonzero(indices[:, 0] == i)
        found.append(arrange.chosen(value, keep, indices[keep, 1:], dims[1:]))
    return found


def stack_values(values: Sequence[Any], spec: Any = None, splits_dtype: Any = dtypes.int64) -> Any:
    """Tensors or composites as one, along a new first dimension.

    Args:
      values: of one kind; rows of a ragged tensor may differ in length.
      spec: the spec of each; by default what the first one tells.
      splits_dtype: of the row splits, where the spec does not say.
    """
    first = values[0] if values else None
    if isinstance(first, SparseTensor) or first is None and isinstance(spec, SparseTensorSpec):
        return arrange.concat(0, [arrange.expand_dims(v, 0) for v in values], expand_nonconcat_dims=True)
    if isinstance(first, ExtensionType):
        encoder, own = _encoder(first), first._type_spec
        columns = [stack_values(list(c)) for c in zip(*[encoder.encode(v._type_spec, v, 0) for v in values])]
        return encoder.decode(encoder.batch(own, len(values)), columns)
    if isinstance(spec, RaggedTensorSpec) or isinstance(first, RaggedTensor) or is_ragged_row(first) or _uneven(values):
        kind = spec.row_splits_dtype if isinstance(spec, RaggedTensorSpec) else splits_dtype
        if first is None:
            return _no_rows(spec)
        return _stack_ragged(values, spec, dtypes.as_dtype(kind))
    return join.stack([to_tensor(v) for v in values])


def _uneven(values: Sequence[Any]) -> bool:
    return len({tuple(v.shape.as_list()) for v in values if isinstance(v, Tensor)}) > 1


def _no_rows(spec: RaggedTensorSpec) -> Any:
    splits = Tensor(np.zeros(1, spec.row_splits_dtype.np))
    inner = [] if spec.shape.rank is None else [d or 0 for d in spec.shape.as_list()[spec.ragged_rank + 1 :]]
    values: Any = Tensor(np.zeros([0, *inner], spec.dtype.np))
    for _ in range(spec.ragged_rank + 1):
        values = ragged_tensor.of_splits(values, splits)
    return values


def _stack_ragged(values: Sequence[Any], spec: Any, kind: dtypes.DType) -> Any:
    depth = max([v.ragged_rank if isinstance(v, RaggedTensor) else 0 for v in values])
    if isinstance(spec, RaggedTensorSpec):
        depth = max(depth, spec.ragged_rank)
    if depth == 0 or all([isinstance(v, Tensor) for v in values]):
        depth = max(depth, _uneven_depth(values))
    parts = [v if isinstance(v, RaggedTensor) else to_tensor(v) for v in values]
    if parts[0].shape.rank == 0:
        return join.stack(parts)
    parts = [joining.to_depth(p, depth) if depth else p for p in parts]
    parts = [p.with_row_splits_dtype(kind) if isinstance(p, RaggedTensor) else p for p in parts]
    counts = np.array([p.shape[0] for p in parts], np.int64)
    splits = Tensor(np.concatenate([[0], np.cumsum(counts)]).astype(kind.np))
    return ragged_tensor.of_splits(joining._joined_rows(joining.operands(parts)), splits)


def _uneven_depth(values: Sequence[Any]) -> int:
    """How many dimensions of dense rows after the first differ in size, counted from outside."""
    shapes = [v.shape.as_list()[1:] for v in values]
    return max([i + 1 for i, sizes in enumerate(zip(*shapes)) if len(set(sizes)) > 1], default=0)
