"""tf.ragged.constant, range and other ragged tensors from Python values or sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.ragged import gathering, joining, kernels, ragged_tensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


@export("ragged.constant")
def constant(
    pylist: Any, dtype: Any = None, ragged_rank: int | None = None, inner_shape: Any = None, name: Any = None,
    row_splits_dtype: Any = dtypes.int64,
) -> Any:
    """A ragged tensor from a nested list; all scalars must be nested equally deep.

    Args:
      pylist: a nested list, tuple or NumPy array.
      dtype: of the values; inferred by default.
      ragged_rank: how many dimensions may be ragged; by default all that `inner_shape` leaves.
      inner_shape: the shape of the innermost values.
      name: no effect.
      row_splits_dtype: int32 or int64.

    Returns:
      A RaggedTensor, or a Tensor if nothing is ragged.

    >>> import tfjax as tf
    >>> tf.ragged.constant([[1, 2], [3]])
    <tf.RaggedTensor [[1, 2], [3]]>
    """
    kind = dtypes.as_dtype(row_splits_dtype)
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if ragged_rank is not None and ragged_rank < 0:
        raise ValueError(f"ragged_rank={ragged_rank} must be nonnegative")
    if not _nested(pylist):
        if ragged_rank:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}")
        if inner_shape:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with dim(inner_shape)={len(inner_shape)}")
        return to_tensor(pylist, wanted)
    scalars, deepest = _depths(pylist)
    if scalars is not None and deepest > scalars:
        raise ValueError(f"Invalid pylist={pylist!r}: empty list nesting is greater than scalar value nesting")
    inner_shape = None if inner_shape is None else tuple(statics.shape(inner_shape))
    if ragged_rank is None:
        ragged_rank = max(deepest - 1, 0) if inner_shape is None else max(deepest - 1 - len(inner_shape), 0)
    if inner_shape is None:
        inner_shape = _inner_shape(pylist, ragged_rank)
    if scalars is None:
        if deepest > ragged_rank + 1 + len(inner_shape):
            raise ValueError(f"Invalid pylist={pylist!r}: empty list nesting is greater than ragged_rank + 1 + len(inner_shape)")
    elif ragged_rank + 1 + len(inner_shape) != scalars:
        if not inner_shape and ragged_rank >= scalars:
            raise ValueError(
                f"pylist has scalar values depth {scalars}, but ragged_rank={ragged_rank} requires scalar value "
                f"depth greater than {ragged_rank}"
            )
        raise ValueError(
            f"Invalid pylist={pylist!r}: expected nested lists of depth ragged_rank + 1 + len(inner_shape) = "
            f"{ragged_rank + 1 + len(inner_shape)}, got {scalars}"
        )
    return _build(pylist, wanted, ragged_rank, inner_shape, kind)


def _nested(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or isinstance(value, np.ndarray) and value.ndim > 0


def _depths(value: Any) -> tuple[int | None, int]:
    """(depth at which scalars stand, None if there are none; greatest depth)."""
    if not _nested(value):
        return 0, 0
    if isinstance(value, np.ndarray) and value.size and value.dtype != object:
        return value.ndim, value.ndim
    scalars, deepest = None, 1
    for element in value:
        inner, deep = _depths(element)
        if inner is not None:
            if scalars is not None and scalars != inner + 1:
                raise ValueError("all scalar values must have the same nesting depth")
            scalars = inner + 1
        deepest = max(deepest, deep + 1)
    return scalars, deepest


def _inner_shape(value: Any, ragged_rank: int) -> tuple[int, ...]:
    """The shape that the lists below the ragged dimensions have in common."""
    items = list(value)
    for _ in range(ragged_rank):
        items = [element for item in items if _nested(item) for element in item]
    shape: list[int] = []
    while items and all(_nested(i) for i in items):
        lengths = {len(i) for i in items}
        if len(lengths) > 1:
            raise ValueError("inner values have inconsistent shape")
        shape.append(lengths.pop())
        items = [element for item in items for element in item]
    return tuple(shape)


def _build(pylist: Any, dtype: Any, ragged_rank: int, inner_shape: tuple[int, ...], kind: dtypes.DType) -> Any:
    items, splits = list(pylist), []
    for _ in range(ragged_rank):
        lengths = [len(i) for i in items]
        splits.append(Tensor(np.concatenate([[0], np.cumsum(lengths)]).astype(kind.np)))
        items = [element for item in items for element in item]
    values = to_tensor([i.tolist() if isinstance(i, (np.ndarray, np.generic)) else i for i in items], dtype)
    shape = (len(items), *inner_shape)
    if values.shape.as_list() != list(shape):
        if values.shape.num_elements() == int(np.prod(shape)):
            values = Tensor(values.host_value().reshape(shape))
        else:
            raise ValueError("inner values have inconsistent shape")
    for row_splits in reversed(splits):
        values = ragged_tensor.of_splits(values, row_splits)
    return values


@export("ragged.range")
@recorded
def range_(
    starts: Any, limits: Any = None, deltas: Any = 1, dtype: Any = None, name: Any = None, row_splits_dtype: Any = dtypes.int64
) -> RaggedTensor:
    """Rows of numbers from `starts` up to, not including, `limits`.

    Args:
      starts: a scalar or vector; with `limits` left out, the limits of rows that start at 0.
      limits, deltas: scalars or vectors.
      dtype: of the values; that of the arguments by default.
      name: no effect.
      row_splits_dtype: int32 or int64.

    >>> import tfjax as tf
    >>> tf.ragged.range([0, 5], [3, 6])
    <tf.RaggedTensor [[0, 1, 2], [5]]>
    """
    if limits is None:
        starts, limits = 0, starts
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    found = [to_tensor(v, wanted) for v in (starts, limits, deltas)]
    if wanted is None:
        order = [dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]
        for tensor in found:
            if tensor.dtype not in order:
                raise ValueError(f"Invalid dtype {tensor.dtype}")
        wanted = order[max(order.index(t.dtype) for t in found)]
    arrays = [t.host_value().astype(wanted.np) for t in found]
    rows = max([len(a) for a in arrays if a.ndim], default=1)
    if any(a.ndim > 1 for a in arrays):
        raise InvalidArgumentError(None, None, "starts must be a scalar or vector [Op:RaggedRange]")
    if len({len(a) for a in arrays if a.ndim}) > 1:
        raise InvalidArgumentError(None, None, "starts, limits, and deltas must have the same shape [Op:RaggedRange]")
    start, limit, delta = (np.broadcast_to(a, (rows,)) for a in arrays)
    if (delta == 0).any():
        raise InvalidArgumentError(None, None, "Requires delta != 0 [Op:RaggedRange]")
    counts = np.maximum(np.ceil((limit.astype(np.float64) - start) / delta), 0).astype(np.int64)
    within = kernels.positions_of(np.zeros(rows, np.int64), counts).astype(wanted.np)
    values = np.repeat(start, counts) + within * np.repeat(delta, counts)
    splits = np.concatenate([[0], np.cumsum(counts)]).astype(dtypes.as_dtype(row_splits_dtype).np)
    return ragged_tensor.of_splits(Tensor(values.astype(wanted.np)), Tensor(splits))


@export("ragged.stack")
def stack(values: Any, axis: Any = 0, name: Any = None) -> Any:
    """Tensors of one rank, of which the sizes may differ, joined along a new axis.

    >>> import tfjax as tf
    >>> tf.ragged.stack([[1, 2], [3]])
    <tf.RaggedTensor [[1, 2], [3]]>
    """
    return joining.stack(values, axis)


@export("ragged.row_splits_to_segment_ids")
@recorded
def row_splits_to_segment_ids(splits: Any, name: Any = None, out_type: Any = None) -> Tensor:
    """The row number of each value.

    >>> import tfjax as tf
    >>> tf.ragged.row_splits_to_segment_ids([0, 3, 3, 5]).numpy()
    array([0, 0, 0, 2, 2])
    """
    splits = to_tensor(splits, None, dtypes.int64)
    if splits.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError("splits must have dtype int32 or int64")
    if splits.shape.rank != 1:
        raise ValueError(f"Shape {splits.shape} must have rank 1")
    if splits.shape[0] == 0:
        raise ValueError("Invalid row_splits: []")
    known = splits.host_value()
    ids = np.repeat(np.arange(len(known) - 1), np.diff(known))
    return Tensor(ids.astype(splits.dtype.np if out_type is None else dtypes.as_dtype(out_type).np))


@export("ragged.segment_ids_to_row_splits")
@recorded
def segment_ids_to_row_splits(segment_ids: Any, num_segments: Any = None, out_type: Any = None, name: Any = None) -> Tensor:
    """Row splits from the sorted row number of each value.

    >>> import tfjax as tf
    >>> tf.ragged.segment_ids_to_row_splits([0, 0, 0, 2, 2]).numpy()
    array([0, 3, 3, 5])
    """
    ids = to_tensor(segment_ids)
    if ids.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError("segment_ids must have dtype int32 or int64")
    known = ids.host_value()
    count = (int(known.max()) + 1 if len(known) else 0) if num_segments is None else statics.integer(num_segments)
    kind = dtypes.int64 if out_type is None and not isinstance(segment_ids, Tensor) else ids.dtype if out_type is None else dtypes.as_dtype(out_type)
    return Tensor(np.concatenate([[0], np.cumsum(np.bincount(known, minlength=count))]).astype(kind.np))


@export("ragged.map_flat_values")
def map_flat_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`op` applied to the flat values of the ragged arguments, which must have the same rows.

    >>> import tfjax as tf
    >>> tf.ragged.map_flat_values(tf.square, tf.ragged.constant([[1, 2], [3]]))
    <tf.RaggedTensor [[1, 4], [9]]>
    """
    found: list[RaggedTensor] = []
    flat_args = _flat(list(args), found)
    flat_kwargs = {k: _flat(v, found) for k, v in kwargs.items()}
    if not found:
        return op(*args, **kwargs)
    counts = {rt.flat_values.shape[0] for rt in found}
    if len(counts) > 1:
        raise ValueError(f"Input RaggedTensors' flat_values must all have the same outer-dimension size.  Got sizes: {counts}")
    for other in found[1:]:
        _check_same_rows(found[0], other)
    result = op(*flat_args, **flat_kwargs)
    result = result if isinstance(result, RaggedTensor) else to_tensor(result)
    expected = found[0].flat_values.shape[0]
    if result.shape.rank == 0 or result.shape[0] != expected:
        raise ValueError(
            "tf.ragged.map_flat_values requires that the output of `op` have the same outer-dimension size as flat_values "
            f"of any ragged inputs. (output shape: {result.shape}; expected outer dimension size: {expected})"
        )
    return ragged_tensor.of_partitions(result, found[0].partitions())


def _flat(value: Any, found: list[RaggedTensor]) -> Any:
    if isinstance(value, RaggedTensor):
        found.append(value)
        return value.flat_values
    if isinstance(value, (list, tuple)):
        return type(value)([_flat(v, found) for v in value])
    if isinstance(value, dict):
        return {k: _flat(v, found) for k, v in value.items()}
    return value


def _check_same_rows(a: RaggedTensor, b: RaggedTensor) -> None:
    if len(a.partitions()) != len(b.partitions()):
        raise ValueError("Input RaggedTensors must all have the same ragged_rank.")
    for x, y in zip(a.nested_row_splits, b.nested_row_splits):
        if x is y or x.is_symbolic or y.is_symbolic:
            continue
        if not np.array_equal(x.host_value(), y.host_value()):
            raise InvalidArgumentError(None, None, "Inputs must have identical ragged splits.")


@export("ragged.boolean_mask")
@recorded
def boolean_mask(data: Any, mask: Any, name: Any = None) -> Any:
    """The values for which `mask` is true; a dimension that was masked is ragged.

    >>> import tfjax as tf
    >>> tf.ragged.boolean_mask([[1, 2, 3], [4, 5, 6]], [[True, False, True], [False, False, False]])
    <tf.RaggedTensor [[1, 3], []]>
    """
    data = data if isinstance(data, RaggedTensor) else to_tensor(data)
    mask = mask if isinstance(mask, RaggedTensor) else to_tensor(mask, None, dtypes.bool)
    if mask.dtype is not dtypes.bool:
        raise ValueError(f"Tensor conversion requested dtype bool for Tensor with dtype {mask.dtype.name}: {mask!r}")
    rank = mask.shape.rank
    if rank == 0:
        raise ValueError("mask cannot be scalar.")
    if rank > 1:
        data, mask = (v if isinstance(v, RaggedTensor) else RaggedTensor.from_tensor(v, ragged_rank=rank - 1) for v in (data, mask))
        data, mask = joining.to_depth(data, rank - 1), joining.to_depth(mask, rank - 1)
        return _masked(data, mask)
    keep = mask.host_value()
    if len(keep) != data.shape[0]:
        raise InvalidArgumentError(None, None, f"Incompatible shapes: [{data.shape[0]}] vs. [{len(keep)}]")
    return gathering.gather_rows(data, np.flatnonzero(keep))


def _masked(data: RaggedTensor, mask: RaggedTensor) -> RaggedTensor:
    a, b = data.row_splits.host_value(), mask.row_splits.host_value()
    if not np.array_equal(a, b):
        if a.shape != b.shape:
            raise InvalidArgumentError(None, None, f"Incompatible shapes: [{len(b)}] vs. [{len(a)}] [Op:Equal]")
        raise InvalidArgumentError(None, None, "Inputs must have identical ragged splits")
    if isinstance(mask.values, RaggedTensor):
        return data.with_values(_masked(data.values, mask.values))
    keep = mask.values.host_value()
    total = np.concatenate([[0], np.cumsum(keep)])[a].astype(a.dtype)
    return ragged_tensor.of_splits(gathering.gather_rows(data.values, np.flatnonzero(keep)), Tensor(total))


@export("ragged.stack_dynamic_partitions")
@recorded
def stack_dynamic_partitions(data: Any, partitions: Any, num_partitions: Any, name: Any = None) -> RaggedTensor:
    """Row i holds the elements of `data` whose number in `partitions` is i.

    >>> import tfjax as tf
    >>> tf.ragged.stack_dynamic_partitions(["a", "b", "c"], [0, 1, 0], 3)
    <tf.RaggedTensor [[b'a', b'c'], [b'b'], []]>
    """
    data = data if isinstance(data, RaggedTensor) else to_tensor(data)
    parts = partitions if isinstance(partitions, RaggedTensor) else to_tensor(partitions)
    count = statics.integer(num_partitions)
    if isinstance(parts, RaggedTensor):
        data, parts = data.merge_dims(0, parts.shape.rank - 1), parts.flat_values
    elif parts.shape.rank > 1:
        from tfjax._src.ops.array.shaping import reshape

        rest = data.shape.as_list()[parts.shape.rank :]
        data, parts = reshape(data, [-1, *rest]), reshape(parts, [-1])
    numbers = parts.host_value()
    if numbers.ndim == 0:
        from tfjax._src.ops.array.shaping import expand_dims

        data, numbers = expand_dims(data, 0), numbers.reshape(1)
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        bad = int(((numbers < 0) | (numbers >= count)).argmax())
        raise InvalidArgumentError(None, None, f"partitions[{bad}] = {numbers[bad]} is not in [0, {count})")
    order = np.argsort(numbers, kind="stable")
    splits = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))])
    return ragged_tensor.of_splits(gathering.gather_rows(data, order), Tensor(splits.astype(numbers.dtype)))
