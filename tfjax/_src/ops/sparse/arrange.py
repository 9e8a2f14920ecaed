"""Sparse tensors made, reordered, cut, joined and reshaped."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.sparse import kernels
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, convert_sparse, flat_index, made, of


def places(sp: SparseTensor) -> np.ndarray:
    """The indices as an array; needs known ones."""
    return sp.indices.host_value()


def chosen(sp: SparseTensor, keep: np.ndarray, indices: np.ndarray | None = None, dims: Any = None) -> SparseTensor:
    """The stored elements number `keep`, at `indices` of a tensor of shape `dims`."""
    indices = places(sp)[keep] if indices is None else indices
    return made(indices, kernels.take(sp.values, keep), sp.dims() if dims is None else dims)


def sorted_by_place(indices: np.ndarray, values: Any, dims: Any) -> SparseTensor:
    """Elements brought into row-major order."""
    order = np.lexsort(indices.T[::-1]) if indices.shape[1] else np.arange(len(indices))
    return made(indices[order], kernels.take(values, order), dims)


def is_right_ragged(indices: np.ndarray) -> bool:
    """Whether the stored elements of a matrix stand in order at the beginning of its rows."""
    if not len(indices):
        return True
    first = np.concatenate([[True], np.diff(indices[:, 0]) != 0])
    expected = np.arange(len(indices)) - np.maximum.accumulate(np.where(first, np.arange(len(indices)), 0))
    return bool((indices[:, 1] == expected).all() and (np.diff(indices[:, 0]) >= 0).all())


@export("sparse.to_dense")
@recorded
def to_dense(sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: Any = None) -> Tensor:
    """The dense tensor.

    Args:
      sp_input: a SparseTensor.
      default_value: stands where nothing is stored; zero (or empty) by default.
      validate_indices: whether places out of order or repeated raise an error.
      name: no effect.

    Raises:
      InvalidArgumentError: places out of bounds, out of order or repeated.

    >>> import tfjax as tf
    >>> tf.sparse.to_dense(tf.SparseTensor([[1]], [7], [3])).numpy()
    array([0, 7, 0], dtype=int32)
    """
    sp = convert_sparse(sp_input)
    if default_value is None:
        default_value = Tensor(np.full((), b"" if sp.dtype is dtypes.string else 0, sp.dtype.np))
    return kernels.to_dense(sp.values, default_value, sp.indices, sp.dims(), bool(validate_indices))


@export("sparse.from_dense")
@recorded
def from_dense(tensor: Any, name: Any = None) -> SparseTensor:
    """The elements of a dense tensor that are not zero (or empty).

    >>> import tfjax as tf
    >>> tf.sparse.from_dense([0, 5]).values.numpy()
    array([5], dtype=int32)
    """
    tensor = to_tensor(tensor)
    from tfjax._src.ops.array.indexing import gather
    from tfjax._src.ops.array.masking import positions
    from tfjax._src.ops.array.shaping import reshape

    array = tensor.host_value()
    empty = b"" if array.dtype == object else np.zeros((), array.dtype)
    flat, indices = positions(np.asarray(array != empty))
    return made(indices, gather(reshape(tensor, [-1]), flat), array.shape)


@export("sparse.eye")
@recorded
def eye(num_rows: Any, num_columns: Any = None, dtype: Any = dtypes.float32, name: Any = None) -> SparseTensor:
    """The identity matrix.

    >>> import tfjax as tf
    >>> tf.sparse.eye(2).dense_shape.numpy()
    array([2, 2])
    """
    rows = statics.integer(num_rows)
    cols = rows if num_columns is None else statics.integer(num_columns)
    diagonal = np.arange(min(rows, cols), dtype=np.int64)
    return made(np.stack([diagonal, diagonal], 1), np.ones(len(diagonal), dtypes.as_dtype(dtype).np), (rows, cols))


@export("sparse.reorder")
@recorded
def reorder(sp_input: Any, name: Any = None) -> SparseTensor:
    """The stored elements in row-major order.

    >>> import tfjax as tf
    >>> tf.sparse.reorder(tf.SparseTensor([[1], [0]], [1, 2], [2])).values.numpy()
    array([2, 1], dtype=int32)
    """
    sp = convert_sparse(sp_input)
    return sorted_by_place(places(sp), sp.values, sp.dims())


@export("sparse.transpose")
@recorded
def transpose(sp_input: Any, perm: Any = None, name: Any = None) -> SparseTensor:
    """The dimensions in another order; reversed by default.

    >>> import tfjax as tf
    >>> tf.sparse.transpose(tf.SparseTensor([[0, 2]], [1], [2, 3])).dense_shape.numpy()
    array([3, 2])
    """
    sp = convert_sparse(sp_input)
    dims = sp.dims()
    order = list(range(len(dims)))[::-1] if perm is None else list(statics.integers(perm))
    if len(order) != len(dims):
        raise ValueError(f"Dimensions {len(order)} and {len(dims)} are not compatible")
    return sorted_by_place(places(sp)[:, order], sp.values, [dims[i] for i in order])


@export("sparse.reshape")
@recorded
def reshape(sp_input: Any, shape: Any, name: Any = None) -> SparseTensor:
    """Another shape with as many elements; one size may be -1.

    >>> import tfjax as tf
    >>> tf.sparse.reshape(tf.SparseTensor([[0, 2]], [1], [2, 3]), [3, -1]).indices.numpy()
    array([[1, 0]])
    """
    sp = convert_sparse(sp_input)
    old, new = sp.dims(), list(statics.shape(shape))
    total = int(np.prod(old, dtype=np.int64))
    if new.count(-1) > 1:
        raise InvalidArgumentError(None, None, "only one output dimension may be -1, not both 0 and 1")
    if -1 in new:
        rest = int(np.prod([d for d in new if d != -1], dtype=np.int64))
        if rest == 0 or total % rest:
            text = f"Input to reshape is a SparseTensor with {total} dense values, but the requested shape requires a multiple of {rest}."
            raise InvalidArgumentError(None, None, f"{text} input_shape={checks.brackets(old)} output_shape={checks.brackets(tuple(new))}")
        new[new.index(-1)] = total // rest
    if int(np.prod(new, dtype=np.int64)) != total:
        text = f"Input to reshape is a tensor with {total} dense values, but the requested shape has {int(np.prod(new))}."
        raise InvalidArgumentError(None, None, f"{text} input_shape={checks.brackets(old)} output_shape={checks.brackets(tuple(new))} [Op:SparseReshape]")
    flat = flat_index(places(sp), old)
    indices = np.stack(np.unravel_index(flat, new), 1) if len(new) else np.zeros((len(flat), 0), np.int64)
    return made(indices, sp.values, new)


@export("sparse.reset_shape")
@recorded
def reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """The same places in a larger shape, or (by default) in the smallest that holds them.

    >>> import tfjax as tf
    >>> tf.sparse.reset_shape(tf.SparseTensor([[0, 1]], [1], [2, 3])).dense_shape.numpy()
    array([1, 2])
    """
    sp = convert_sparse(sp_input)
    if new_shape is None:
        indices = places(sp)
        largest = indices.max(axis=0) + 1 if len(indices) else np.zeros(len(sp.dims()), np.int64)
        return made(indices, sp.values, largest.tolist())
    dims, new = sp.dims(), statics.shape(new_shape)
    if len(new) != len(dims):
        raise ValueError(f"Dimensions {len(new)} and {len(dims)} are not compatible")
    if any(b < a for a, b in zip(dims, new)):
        raise ValueError(
            "Requested new_shape should have dimension sizes >= sp_input.shape.  "
            f"Found new_shape ({np.array(dims)}), sp_input.shape ({np.array(new)})."
        )
    return of(sp.indices, sp.values, Tensor(np.array(new, np.int64)), TensorShape(list(new)))


@export("sparse.expand_dims")
@recorded
def expand_dims(sp_input: Any, axis: Any = None, name: Any = None) -> SparseTensor:
    """A dimension of size 1 more, at `axis` (last by default).

    >>> import tfjax as tf
    >>> tf.sparse.expand_dims(tf.SparseTensor([[1]], [7], [3]), 0).indices.numpy()
    array([[0, 1]])
    """
    sp = convert_sparse(sp_input)
    dims = list(sp.dims())
    rank = len(dims)
    place = -1 if axis is None else statics.integer(axis)
    if not -rank - 1 <= place <= rank:
        raise InvalidArgumentError(None, None, f"Expected size[1] in [0, {rank}], but got {place} [Op:Slice]")
    place = place + rank + 1 if place < 0 else place
    dims.insert(place, 1)
    return made(np.insert(places(sp), place, 0, axis=1), sp.values, dims)


@export("sparse.slice")
@recorded
def slice_(sp_input: Any, start: Any, size: Any, name: Any = None) -> SparseTensor:
    """The block of `size` that starts at `start`, cut off where the tensor ends.

    >>> import tfjax as tf
    >>> tf.sparse.slice(tf.sparse.eye(3), [1, 1], [2, 2]).indices.numpy().tolist()
    [[0, 0], [1, 1]]
    """
    sp = convert_sparse(sp_input)
    return _block(sp, np.array(statics.shape(start), np.int64), np.array(statics.shape(size), np.int64))


def _block(sp: SparseTensor, start: np.ndarray, size: np.ndarray) -> SparseTensor:
    indices, dims = places(sp), np.array(sp.dims(), np.int64)
    if len(start) != len(dims) or len(size) != len(dims):
        raise InvalidArgumentError(None, None, f"Expected start and size to be vectors of length {len(dims)}, got {len(start)} and {len(size)}")
    stop = np.minimum(start + size, dims)
    keep = np.flatnonzero(((indices >= start) & (indices < stop)).all(axis=1))
    return chosen(sp, keep, indices[keep] - start, np.maximum(stop - start, 0).tolist())


@export("sparse.split")
@recorded
def split(sp_input: Any = None, num_split: Any = None, axis: Any = None, name: Any = None) -> list[SparseTensor]:
    """`num_split` pieces along `axis`; the first ones are larger by one if it does not divide evenly.

    >>> import tfjax as tf
    >>> [part.dense_shape.numpy().tolist() for part in tf.sparse.split(tf.sparse.eye(3), 2, 1)]
    [[3, 2], [3, 1]]
    """
    for value, what in ((num_split, "num_split"), (axis, "axis")):
        if value is None:
            raise ValueError(f"{what} is required")
    sp = convert_sparse(sp_input)
    dims, count, axis = sp.dims(), statics.integer(num_split), statics.integer(axis)
    axis = checks.axis(axis, len(dims), "split_dim")
    if not 1 <= count <= dims[axis]:
        raise InvalidArgumentError(
            None, None, f"Input num_split should be between 1 and the splitting dimension size ({dims[axis]}), got {count} [Op:SparseSplit]"
        )
    small, larger = divmod(dims[axis], count)
    parts, at = [], 0
    for i in range(count):
        start, size = np.zeros(len(dims), np.int64), np.array(dims, np.int64)
        start[axis], size[axis] = at, small + (i < larger)
        at += int(size[axis])
        parts.append(_block(sp, start, size))
    return parts


@export("sparse.concat")
@recorded
def concat(axis: Any, sp_inputs: Any, expand_nonconcat_dims: bool = False, name: Any = None) -> SparseTensor:
    """Sparse tensors joined along `axis`.

    Args:
      axis: the axis.
      sp_inputs: a list of SparseTensors.
      expand_nonconcat_dims: allows other sizes to differ; the largest ones hold.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.sparse.concat(0, [tf.sparse.eye(1), tf.sparse.eye(1)]).indices.numpy().tolist()
    [[0, 0], [1, 0]]
    """
    from tfjax._src.ops.array.join import concat as dense_concat

    axis = statics.integer(axis)
    parts = [convert_sparse(sp) for sp in sp_inputs]
    if not parts:
        raise ValueError("sp_inputs must not be empty")
    if len(parts) == 1:
        return parts[0]
    dims = [list(p.dims()) for p in parts]
    rank = len(dims[0])
    if not -rank <= axis < rank:
        raise InvalidArgumentError(None, None, f"Concat dimension must be in range [-{rank}, {rank}), got {axis} [Op:SparseConcat]")
    axis %= rank
    shape = np.max(dims, axis=0).tolist() if expand_nonconcat_dims else list(dims[0])
    for i, own in enumerate(dims):
        for d in range(rank):
            if d != axis and own[d] != shape[d] and not expand_nonconcat_dims:
                text = f"Input shapes must match: expected {shape[d]} for dimension {d} but got {own[d]} at position {i}"
                raise InvalidArgumentError(None, None, f"{text} [Op:SparseConcat]")
    shape[axis] = sum(own[axis] for own in dims)
    indices, offset = [], 0
    for part, own in zip(parts, dims):
        moved = places(part).copy()
        moved[:, axis] += offset
        offset += own[axis]
        indices.append(moved)
    return sorted_by_place(np.concatenate(indices), dense_concat([p.values for p in parts], 0), shape)


@export("sparse.retain")
@recorded
def retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """The stored elements for which `to_retain` is true.

    >>> import tfjax as tf
    >>> tf.sparse.retain(tf.sparse.eye(2), [True, False]).indices.numpy()
    array([[0, 0]])
    """
    sp = convert_sparse(sp_input)
    mask = to_tensor(to_retain)
    if mask.shape.as_list() != sp.values.shape.as_list():
        raise ValueError(f"Dimensions {sp.values.shape[0]} and {mask.shape[0]} are not compatible")
    return chosen(sp, np.flatnonzero(mask.host_value()))


@export("sparse.fill_empty_rows")
@recorded
def fill_empty_rows(sp_input: Any, default_value: Any, name: Any = None) -> tuple[SparseTensor, Tensor]:
    """Stores `default_value` in the first column of each row that stores nothing.

    Returns:
      The sparse tensor and a bool vector that tells which rows were empty.

    >>> import tfjax as tf
    >>> filled, empty = tf.sparse.fill_empty_rows(tf.SparseTensor([[1, 0]], [5], [2, 2]), -1)
    >>> filled.values.numpy(), empty.numpy()
    (array([-1,  5], dtype=int32), array([ True, False]))
    """
    sp = convert_sparse(sp_input)
    indices, dims = places(sp), sp.dims()
    default = to_tensor(default_value, None, sp.dtype)
    rows = np.bincount(indices[:, 0], minlength=dims[0]) if len(indices) else np.zeros(dims[0], np.int64)
    empty = rows == 0
    added = np.zeros((int(empty.sum()), len(dims)), np.int64)
    added[:, 0] = np.flatnonzero(empty)
    order = np.argsort(np.concatenate([indices[:, 0], added[:, 0]]), kind="stable")
    where = np.empty(len(order), np.int64)
    where[order] = np.arange(len(order))
    count = len(indices)
    values = kernels.place(sp.values, default, where[:count], where[count:], len(order))
    return made(np.concatenate([indices, added])[order], values, dims), Tensor(empty)
