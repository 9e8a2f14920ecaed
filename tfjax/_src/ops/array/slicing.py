"""Indexing with Python's `t[...]`, `tf.slice` and `tf.strided_slice`."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import dispatch, statics
from tfjax._src.eager.args import AnyTensor, IntOther, MixedTensors, Name, Shape, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.ops import attributes, checks
from tfjax._src.ops.arguments import matching, not_allowed
from tfjax._src.ops.array.creation import ones_like

newaxis = None
EXPORTS = {"newaxis": "newaxis"}


def getitem(self: Any, key: Any) -> Any:
    """`self[key]`: ints, slices, `...`, `tf.newaxis`, scalar tensors and boolean masks."""
    handler = dispatch.handler_for(type(self))
    if handler is not None:
        return handler(getitem, (self, key), {})
    if isinstance(key, (Tensor, np.ndarray)) and key.dtype == bool or _is_bool_list(key):
        from tfjax._src.ops.array import masking

        return masking.boolean_mask(self, key)
    keys = key if isinstance(key, tuple) else (key,)
    plan, dynamic = _plan(keys)
    return _getitem(self, dynamic, plan)


def _is_bool_list(key: Any) -> bool:
    return isinstance(key, list) and bool(key) and all(isinstance(k, bool) for k in key)


def _plan(keys: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any]]:
    """(static plan, traced scalars); the plan names each traced scalar by ("dynamic", number)."""
    plan: list[Any] = []
    dynamic: list[Any] = []
    for key in keys:
        if key is Ellipsis:
            plan.append("...")
        elif key is None:
            plan.append(None)
        elif isinstance(key, slice):
            plan.append(("slice", _bound(key.start), _bound(key.stop), _bound(key.step)))
        elif isinstance(key, (bool, float, str, list, tuple)):
            raise _bad(key)
        else:
            plan.append(_index(key, dynamic))
    return tuple(plan), dynamic


def _bad(key: Any) -> TypeError:
    return TypeError(
        "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
        f"tf.int32/tf.int64 tensors are valid indices, got {key!r}"
    )


def _bound(value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    if isinstance(value, (bool, float, str)):
        raise _bad(value)
    if isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor"):
        value = to_tensor(value).host_value()
        if value.dtype.kind not in "iu":
            raise _bad(value)
        return int(value)
    return value.__index__()


def _index(key: Any, dynamic: list[Any]) -> Any:
    if type(key) is int:
        return key
    if isinstance(key, Tensor) or hasattr(key, "_dense_var_to_tensor"):
        tensor = to_tensor(key)
        value = tensor._value
        if value.ndim or value.dtype.kind not in "iu":
            raise _bad(key)
        if type(value) is np.ndarray:
            return int(value)
        dynamic.append(tensor)
        return ("dynamic", len(dynamic) - 1)
    if isinstance(key, np.ndarray) and key.ndim:
        raise _bad(key)
    try:
        return key.__index__()
    except AttributeError:
        raise _bad(key) from None


@op("_internal.getitem", raw="StridedSlice", any_size=True)
def _getitem(x: AnyTensor, dynamic: MixedTensors, plan: Static, name: Name = None):
    """The body of indexing."""
    consumed = sum(1 for p in plan if p is not None and p != "...")
    if consumed > x.ndim:
        raise InvalidArgumentError(
            None, None, f"Index out of range using input dim {x.ndim}; input has only {x.ndim} dims"
        )
    index: list[Any] = []
    axis = 0
    expanded = False
    for p in plan:
        if p is None:
            index.append(None)
        elif p == "...":
            if expanded:
                raise ValueError("Multiple ellipses in slice spec not allowed")
            expanded = True
            index.append(Ellipsis)
            axis += x.ndim - consumed
        else:
            index.append(_entry(p, axis, x, dynamic))
            axis += 1
    return x[tuple(index)]


def _entry(p: Any, axis: int, x: Any, dynamic: Any) -> Any:
    if isinstance(p, int):
        size = x.shape[axis]
        if not -size <= p < size:
            raise InvalidArgumentError(None, None, f"slice index {p} of dimension {axis} out of bounds.")
        return p
    if p[0] == "dynamic":
        return dynamic[p[1]]
    if p[3] == 0:
        raise InvalidArgumentError(None, None, "strides[0] must be non-zero")
    return slice(p[1], p[2], p[3])


def _check_block(rank: int, begin: int, size: int) -> None:
    if begin != rank or size != rank:
        raise InvalidArgumentError(
            None, None, "Expected begin and size arguments to be 1-D tensors of size "
            f"{rank}, but got shapes [{begin}] and [{size}] instead."
        )


@op("_internal.slice", raw="Slice", any_size=True)
def _block(input_: AnyTensor, begin: Shape, size: Shape, name: Name = None):
    _check_block(input_.ndim, len(begin), len(size))
    index = []
    for axis, (start, count, total) in enumerate(zip(begin, size, input_.shape)):
        stop = total if count == -1 else start + count
        if not 0 <= start <= total:
            raise InvalidArgumentError(None, None, f"Expected begin[{axis}] in [0, {total}], but got {start}")
        if not start <= stop <= total:
            raise InvalidArgumentError(
                None, None, f"Expected size[{axis}] in [0, {total - start}], but got {count}"
            )
        index.append(slice(start, stop))
    return input_[tuple(index)]


@op("_internal.dynamic_slice", raw="Slice", host=False)
def _moving_block(input_: AnyTensor, begin: IntOther, size: Shape, name: Name = None):
    _check_block(input_.ndim, begin.shape[0], len(size))
    return jax.lax.dynamic_slice(input_, tuple(begin), size)


@export("slice")
@recorded
def slice_(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    """Cuts a block of `size` out of a tensor, starting at `begin`.

    Args:
      input_: a tensor.
      begin: where the block starts, one int per axis.
      size: how large it is; -1 means up to the end.

    >>> import tfjax as tf
    >>> tf.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 2]).numpy()
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    try:
        start = statics.shape(begin)
    except ConcreteValueError:
        # The size of a block up to the end would depend on a traced start.
        if -1 in statics.shape(size):
            raise
        return _moving_block(input_, begin, size)
    return _block(input_, start, size)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _prepare_strided_slice(input_: Any, begin: Any, end: Any, strides: Any, *rest: Any) -> tuple[Any, ...]:
    if strides is None:
        begin_tensor = to_tensor(begin)
        strides = to_tensor(1, begin_tensor.dtype) if begin_tensor.dtype is dtypes.string else ones_like(begin_tensor)
    masks = [attributes.integer(name, 0 if value is None else value) for value, name in zip(rest, _MASKS)]
    for mask, name in zip(masks, _MASKS):
        attributes.check_int32(name, mask)
    tensor = to_tensor(input_)
    bounds = matching((begin, end, strides))
    if bounds[0].dtype not in (dtypes.int16, dtypes.int32, dtypes.int64):
        raise not_allowed(bounds[0].dtype, "Index", dtypes.int16, dtypes.int32, dtypes.int64)
    shapes = [tuple(b.shape) for b in bounds]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1:
        one, two, three = map(checks.brackets, shapes)
        text = f"Expected begin, end, and strides to be 1D equal size tensors, but got shapes {one}, {two}, and {three} instead."
        raise InvalidArgumentError(None, None, text)
    return (tensor, *bounds, *masks, *rest[5:])


@op("strided_slice", raw="StridedSlice", any_size=True, prepare=_prepare_strided_slice)
def strided_slice(
    input_: AnyTensor,
    begin: Static,
    end: Static,
    strides: Static = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Static = None,
    name: Name = None,
):
    """Cuts a strided block out of a tensor, as `x[begin:end:strides]` per axis.

    Bit i of a mask changes the meaning of entry i: `begin_mask`/`end_mask` ignore the bound,
    `ellipsis_mask` makes it `...`, `new_axis_mask` a new axis, `shrink_axis_mask` an index.
    `var` must be None.

    >>> import tfjax as tf
    >>> tf.strided_slice([1, 2, 3, 4], [0], [4], [2]).numpy()
    array([1, 3], dtype=int32)
    """
    if var is not None:
        raise ValueError("`var` belongs to assignments of TensorFlow 1 and must be None.")
    index: list[Any] = []
    for i, (start, stop, step) in enumerate(zip(begin, end, strides)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_axis_mask & bit:
            index.append(start)
        else:
            index.append(slice(None if begin_mask & bit else start, None if end_mask & bit else stop, step))
    return input_[tuple(index)]
