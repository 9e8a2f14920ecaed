"""Rows dealt out to several tensors and put together again; sequences reversed; index arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyTensor, IntOther, Name, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks
from tfjax._src.ops.array.creation import zeros_like
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import reshape


def _refuse(text: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, text)


@export("dynamic_partition")
@recorded
def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: Any = None) -> list[Any]:
    """Deals the rows of `data` out to `num_partitions` tensors.

    Args:
      data: [partitions' shape, ...].
      partitions: int32; where each row goes. Its values must be known: the sizes depend on them.
      num_partitions: how many tensors come back.
      name: no effect.

    Raises:
      InvalidArgumentError: a partition out of range, or shapes that do not fit.

    >>> import tfjax as tf
    >>> [t.numpy().tolist() for t in tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2)]
    [[1, 3], [2]]
    """
    data, where = to_tensor(data), to_tensor(partitions, None, dtypes.int32)
    if num_partitions < 1:
        raise _refuse(f"Value for attr 'num_partitions' of {num_partitions} must be at least minimum 1")
    if num_partitions > np.iinfo(np.int32).max:
        raise ValueError(f"Number of outputs is too big: {num_partitions}")
    if where.dtype != dtypes.int32:
        raise _refuse(f"cannot compute DynamicPartition as input #1(zero-based) was expected to be a int32 tensor but is a {where.dtype.name} tensor")
    outer = tuple(where.shape)
    if tuple(data.shape)[: len(outer)] != outer:
        raise _refuse(
            f"data.shape must start with partitions.shape, got data.shape = {checks.brackets(tuple(data.shape))}, "
            f"partitions.shape = {checks.brackets(outer)}"
        )
    numbers = where.host_value()
    wrong = np.argwhere((numbers < 0) | (numbers >= num_partitions))
    if len(wrong):
        place = tuple(wrong[0])
        text = "".join(f"[{','.join(str(i) for i in place)}]") if place else ""
        raise _refuse(f"partitions{text} = {numbers[place]} is not in [0, {num_partitions})")
    rows = reshape(data, (numbers.size, *tuple(data.shape)[len(outer) :]))
    flat = numbers.reshape(-1)
    return [gather(rows, np.flatnonzero(flat == i).astype(np.int32)) for i in range(num_partitions)]


def _check_stitch(indices: list[np.ndarray], data: list[Any]) -> None:
    if len(indices) != len(data):
        raise ValueError(
            f"List argument 'data' to 'dynamic_stitch' Op with length {len(data)} must match length "
            f"{len(indices)} of argument 'indices'."
        )
    if not data:
        raise _refuse("Value for attr 'N' of 0 must be at least minimum 1")
    for i, (index, values) in enumerate(zip(indices, data)):
        shape = tuple(values.shape)
        if shape[: index.ndim] != index.shape:
            raise _refuse(
                f"data[{i}].shape = {checks.brackets(shape)} does not start with indices[{i}].shape = {checks.brackets(index.shape)}"
            )
        if (index < 0).any():
            raise _refuse(f"indices[{i}] is out of range")


@export("dynamic_stitch")
@recorded
def dynamic_stitch(indices: Any, data: Any, name: Any = None) -> Any:
    """Puts rows together by their places, the inverse of `dynamic_partition`.

    Args:
      indices: a list of int32 tensors, with values that are known.
      data: a list of tensors: [indices' shape, ...]. Of two rows for a place the later one counts;
        places without a row are zero.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.dynamic_stitch([[0, 2], [1]], [[1, 3], [2]]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    places = [to_tensor(i, dtypes.int32).host_value() for i in indices]
    values = [to_tensor(d) for d in data]
    _check_stitch(places, values)
    inner = tuple(values[0].shape)[places[0].ndim :]
    rows = concat([reshape(v, (p.size, *inner)) for p, v in zip(places, values)], 0)
    flat = np.concatenate([p.reshape(-1) for p in places])
    if not flat.size:
        return rows
    source = np.full(flat.max() + 1, len(flat), np.int32)
    source[flat] = np.arange(len(flat))  # NumPy keeps the last of several
    if (source == len(flat)).any():
        rows = concat([rows, zeros_like(rows[:1])], 0)
    return gather(rows, source)


# -- sequences -----------------------------------------------------------------------------------
def _check_lengths(input: Any, seq_lengths: Any, seq_dim: int, batch_dim: int, name: Any = None) -> None:
    if isinstance(seq_lengths, np.ndarray):
        for i, length in enumerate(seq_lengths):
            if length < 0:
                raise _refuse(f"seq_lens({i}) < 0")
            if length > input.shape[seq_dim]:
                raise _refuse(f"seq_lens({i}) > input.dims({seq_dim})")


@op("_internal.reverse_sequence", raw="ReverseSequence", check=_check_lengths)
def _reverse_sequence(input: AnyTensor, seq_lengths: IntOther, seq_dim: Static, batch_dim: Static, name: Name = None):
    xp = namespace(input, seq_lengths)
    rank = input.ndim
    if batch_dim == seq_dim:
        raise _refuse(f"batch_dim == seq_dim == {seq_dim}")
    for what, dim in (("seq_dim", seq_dim), ("batch_dim", batch_dim)):
        if dim >= rank:
            raise _refuse(f"{what} must be < input rank ( {dim} vs. {rank})")
        if dim < 0:
            raise _refuse(f"Invalid {what} {dim}")
    batch = input.shape[batch_dim]
    if seq_lengths.shape != (batch,):
        raise _refuse(f"Length of seq_lengths != input.dims({batch_dim}), ({seq_lengths.shape[0]} vs. {batch})")
    _check_lengths(input, seq_lengths, seq_dim, batch_dim)
    shape = [1] * rank
    shape[batch_dim] = batch
    lengths = seq_lengths.reshape(shape)
    shape = [1] * rank
    shape[seq_dim] = input.shape[seq_dim]
    place = np.arange(input.shape[seq_dim], dtype=seq_lengths.dtype).reshape(shape)
    source = xp.where(place < lengths, lengths - 1 - place, place)
    return xp.take_along_axis(input, source, axis=seq_dim)


@export("reverse_sequence")
@recorded
def reverse_sequence(input: Any, seq_lengths: Any, seq_axis: Any = None, batch_axis: Any = None, name: Any = None) -> Any:
    """Reverses the beginning of each sequence of a batch.

    Args:
      input: any tensor.
      seq_lengths: for each element of the batch, how much of it is reversed.
      seq_axis: the axis to reverse.
      batch_axis: the axis of the batch, 0 by default.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1).numpy().tolist()
    [[2, 1, 3], [6, 5, 4]]
    """
    if seq_axis is None:
        raise TypeError("Expected int for argument 'seq_dim' not None.")
    return _reverse_sequence(input, seq_lengths, seq_axis, 0 if batch_axis is None else batch_axis)


# -- indices and sizes ---------------------------------------------------------------------------
def _check_unravel(indices: Any, dims: Any, name: Any = None) -> None:
    if isinstance(dims, np.ndarray):
        zero = np.flatnonzero(dims == 0)
        if len(zero):
            raise _refuse(f"Input dims cannot contain a dim of zero, but dims contains zero at index {zero[0]}")
        if isinstance(indices, np.ndarray) and (indices >= np.prod(dims, dtype=np.int64)).any():
            raise _refuse("index is out of bound as with dims")


@op("unravel_index", raw="UnravelIndex", check=_check_unravel)
def unravel_index(indices: IntOther, dims: IntOther, name: Name = None):
    """Coordinates, [rank, ...], of places in a flattened array of shape `dims`.

    >>> import tfjax as tf
    >>> tf.unravel_index([2, 5], [3, 3]).numpy().tolist()
    [[0, 1], [2, 2]]
    """
    if indices.ndim > 1:
        raise _refuse(f'The indices can only be scalar or vector, got "{checks.brackets(tuple(indices.shape))}"')
    if dims.ndim != 1:
        raise _refuse(f'The indices can only be 1-D, got "{checks.brackets(tuple(dims.shape))}"')
    _check_unravel(indices, dims)
    xp = namespace(indices, dims)
    shape = (-1,) + (1,) * indices.ndim
    below = xp.concatenate([xp.cumprod(dims[:0:-1])[::-1], xp.ones(1, dims.dtype)]).astype(dims.dtype)
    return indices[None] // below.reshape(shape) % dims.reshape(shape)


@export("required_space_to_batch_paddings")
@recorded
def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: Any = None
) -> tuple[Any, Any]:
    """The (paddings, crops) that make a shape divisible into blocks, for `space_to_batch`.

    Args:
      input_shape: [n] sizes.
      block_shape: [n] sizes of blocks.
      base_paddings: [n, 2], the least to pad; zeros by default.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.required_space_to_batch_paddings([5], [2])[0].numpy().tolist()
    [[0, 1]]
    """
    sizes, blocks = (np.asarray(statics.value(v), np.int32) for v in (input_shape, block_shape))
    if sizes.shape != blocks.shape:
        raise ValueError(f"Shapes {sizes.shape} and {list(blocks.shape)} are incompatible")
    base = np.zeros((len(sizes), 2), np.int32)
    if base_paddings is not None:
        base = np.asarray(statics.value(base_paddings), np.int32)
    extra = -(sizes + base.sum(axis=1, dtype=np.int32)) % blocks
    crops = np.stack([np.zeros_like(extra), extra], axis=1)
    return to_tensor(base + crops), to_tensor(crops)
