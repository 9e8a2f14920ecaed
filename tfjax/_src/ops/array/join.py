"""Joining and splitting: concat, stack, unstack, split."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager import memory
from tfjax._src.eager.args import AnyTensor, Axis, Name, Static, Tensors
from tfjax._src.eager.convert import set_packer, to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import index_tensor, wrapped


def _prepare_concat(values: Any, axis: Any, name: Any) -> tuple[Any, ...]:
    if not isinstance(values, (list, tuple)):
        values = [values]
    if type(axis) is not int or not -8 <= axis <= 8:
        single = len(values) == 1
        axis = to_tensor(wrapped(axis), dtypes.int32) if single else index_tensor(axis)
        if single and axis.shape.rank:
            raise ValueError(f"Shape {tuple(axis.shape)} must have rank 0")
    return values, axis, name


@op("concat", raw="ConcatV2", any_size=True, prepare=_prepare_concat)
def concat(values: Tensors, axis: Axis, name: Name = "concat"):
    """Joins tensors along an existing axis; all other sizes must agree.

    >>> import tfjax as tf
    >>> tf.concat([[1, 2], [3]], 0).numpy()
    array([1, 2, 3], dtype=int32)
    """
    if len(values) == 1:
        return values[0]
    rank = values[0].ndim
    if rank == 0:
        raise InvalidArgumentError(None, None, "ConcatOp : Expected concatenating dimensions in the range [0, 0), but got 0")
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            None, None, f"ConcatOp : Expected concatenating dimensions in the range [{-rank}, {rank}), but got {axis}"
        )
    axis %= rank
    first = values[0].shape
    for i, value in enumerate(values):
        if value.ndim != rank or any(a != b for j, (a, b) in enumerate(zip(first, value.shape)) if j != axis):
            raise InvalidArgumentError(
                None, None,
                f"ConcatOp : Dimension {_differing(first, value.shape, axis)} in both shapes must be equal: "
                f"shape[0] = {checks.brackets(first)} vs. shape[{i}] = {checks.brackets(value.shape)}"
                if value.ndim == rank
                else f"ConcatOp : Ranks of all input tensors should match: shape[0] = {checks.brackets(first)} vs. shape[{i}] = {checks.brackets(value.shape)}",
            )
    xp = namespace(*values)
    if xp is np and (size := sum([v.shape[axis] for v in values])) * math.prod(first) > memory.LARGE * max(first[axis], 1):
        return np.concatenate(values, axis, out=memory.empty((*first[:axis], size, *first[axis + 1 :]), values[0].dtype))
    return xp.concatenate(values, axis)


def _differing(a: Any, b: Any, axis: int) -> int:
    return next(j for j, (m, n) in enumerate(zip(a, b)) if j != axis and m != n)


@op("stack", raw="Pack", any_size=True)
def stack(values: Tensors, axis: Axis = 0, name: Name = "stack"):
    """Joins tensors of one shape along a new axis.

    >>> import tfjax as tf
    >>> tf.stack([[1, 2], [3, 4]], axis=1).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    if not values:
        raise ValueError("Argument `values` must not be an empty list")
    first = values[0].shape
    rank = len(first) + 1
    if not -rank <= axis < rank:
        raise ValueError(f"Argument `axis` = {axis} not in range [{-rank}, {rank})")
    for i, value in enumerate(values):
        if value.shape != first:
            raise InvalidArgumentError(
                None, None,
                f"Shapes of all inputs must match: values[0].shape = {checks.brackets(first)} != "
                f"values[{i}].shape = {checks.brackets(value.shape)}",
            )
    xp = namespace(*values)
    if xp is np and values[0].size * len(values) > memory.LARGE:
        axis %= len(first) + 1
        return np.stack(values, axis, out=memory.empty((*first[:axis], len(values), *first[axis:]), values[0].dtype))
    return xp.stack(values, axis)


@op("unstack", raw="Unpack", any_size=True)
def unstack(value: AnyTensor, num: Axis = None, axis: Axis = 0, name: Name = "unstack"):
    """Cuts a tensor into a list of tensors along `axis`, which disappears.

    >>> import tfjax as tf
    >>> [t.numpy().tolist() for t in tf.unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]
    """
    if not -value.ndim <= axis < value.ndim:
        raise ValueError(f"Argument `axis` = {axis} not in range [{-value.ndim}, {value.ndim})")
    count = value.shape[axis]
    if num is not None and num != count:
        raise InvalidArgumentError(
            None, None, f"Input shape axis {axis % value.ndim} must equal {num}, got shape {checks.brackets(value.shape)}"
        )
    xp = namespace(value)
    moved = xp.moveaxis(value, axis, 0)
    return [moved[i] for i in range(count)]


@op("split", raw="Split", any_size=True)
def split(value: AnyTensor, num_or_size_splits: Static, axis: Axis = 0, num: Axis = None, name: Name = "split"):
    """Cuts a tensor into pieces along `axis`.

    Args:
      value: a tensor.
      num_or_size_splits: how many equal pieces, or a list of their sizes (one may be -1).
      axis: the axis to cut.
      num: no effect when the sizes are known.

    >>> import tfjax as tf
    >>> [t.numpy().tolist() for t in tf.split([1, 2, 3], [1, 2])]
    [[1], [2, 3]]
    """
    axis = checks.axis(axis, value.ndim)
    total = value.shape[axis]
    if isinstance(num_or_size_splits, tuple):
        sizes = list(num_or_size_splits)
        if -1 in sizes:
            sizes[sizes.index(-1)] = total - sum(s for s in sizes if s != -1)
        if sum(sizes) != total or any(s < 0 for s in sizes):
            raise InvalidArgumentError(
                None, None, f"Determined shape must either match input shape along split_dim exactly if fully specified, or be less than the size of the input along split_dim if not fully specified.  Got: {sum(sizes)}"
            )
    else:
        count = num_or_size_splits
        if count <= 0 or total % count:
            raise InvalidArgumentError(
                None, None, f"Number of ways to split should evenly divide the split dimension, but got split_dim {axis} (size = {total}) and num_split {count}"
            )
        sizes = [total // count] * count
    pieces, start = [], 0
    for size in sizes:
        index = [slice(None)] * value.ndim
        index[axis] = slice(start, start + size)
        pieces.append(value[tuple(index)])
        start += size
    return pieces


def _pack(value: Any, dtype: DType | None) -> Tensor:
    """A nested list with tensors inside, as one tensor."""
    target = dtype or _tensor_dtype(value)

    def build(item: Any) -> Tensor:
        if isinstance(item, (list, tuple)):
            return stack([build(v) for v in item])
        return to_tensor(item, target)

    if not value:
        return Tensor(np.zeros((0,), (target.np if target else np.float32)))
    return build(value)


def _tensor_dtype(value: Any) -> DType | None:
    if isinstance(value, (list, tuple)):
        for item in value:
            found = _tensor_dtype(item)
            if found is not None:
                return found
        return None
    if isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor"):
        return value.dtype
    return None


set_packer(_pack)
