"""Shapes and layout: reshape, transpose, expand, squeeze, tile, pad, cast, …"""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import memory
from tfjax._src.eager.args import AnyTensor, Axes, Axis, DTypeArg, Name, Shape, Static
from tfjax._src.eager import sizes
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import index_tensor, int_tensor


@op("identity", raw="Identity", any_size=True)
def identity(input: AnyTensor, name: Name = None):
    """A new tensor with the same values.

    >>> import tfjax as tf
    >>> tf.identity([1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    return input


@op("stop_gradient", raw="StopGradient", differentiable=False, any_size=True)
def stop_gradient(input: AnyTensor, name: Name = None):
    """The same values, through which no gradient flows.

    >>> import tfjax as tf
    >>> x = tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * tf.stop_gradient(x)
    >>> float(tape.gradient(y, x))
    2.0
    """
    return input if isinstance(input, np.ndarray) else jax.lax.stop_gradient(input)


@op("reshape", raw="Reshape", any_size=True)
def reshape(tensor: AnyTensor, shape: Shape, name: Name = None):
    """The same elements in row-major order under another shape; one size may be -1.

    Raises:
      InvalidArgumentError: a shape with another number of elements.

    >>> import tfjax as tf
    >>> tf.reshape([1, 2, 3, 4], [2, -1]).numpy()
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    wanted = [d for d in shape if d != -1]
    known = math.prod(wanted)
    if any(d < 0 for d in wanted):
        raise InvalidArgumentError(None, None, f"Size {min(wanted)} must be non-negative, not {min(wanted)}")
    if len(shape) - len(wanted) > 1:
        raise InvalidArgumentError(None, None, "Only one input size may be -1, not both 0 and 1")
    fits = tensor.size == known if len(wanted) == len(shape) else known and tensor.size % known == 0
    if not fits:
        if len(wanted) == len(shape):
            message = f"Input to reshape is a tensor with {tensor.size} values, but the requested shape has {known}"
        elif known == 0 and tensor.size == 0:
            message = "reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero"
        else:
            message = f"Input to reshape is a tensor with {tensor.size} values, but the requested shape requires a multiple of {known}"
        raise InvalidArgumentError(None, None, message)
    return tensor.reshape(shape)


@op("transpose", raw="Transpose")
def transpose(a: AnyTensor, perm: Axes = None, conjugate: bool = False, name: Name = "transpose"):
    """Axes in another order: axis i of the result is axis `perm[i]` of `a`; reversed by default.

    >>> import tfjax as tf
    >>> tf.transpose([[1, 2, 3]]).shape
    TensorShape([3, 1])
    """
    if perm is not None:
        perm = (perm,) if isinstance(perm, int) else perm
        if len(perm) != a.ndim:
            raise InvalidArgumentError(
                None, None, f"transpose expects a vector of size {a.ndim}. But input(1) is a vector of size {len(perm)}"
            )
        perm = tuple(checks.axis(p, a.ndim) for p in perm)
        if len(set(perm)) != len(perm):
            missing = next(i for i in range(a.ndim) if i not in perm)
            raise InvalidArgumentError(None, None, f"{missing} is missing from {{{','.join(map(str, perm))}}}.")
    result = namespace(a).transpose(a, perm)
    return namespace(a).conj(result) if conjugate else result


@op("expand_dims", raw="ExpandDims", any_size=True)
def expand_dims(input: AnyTensor, axis: Axis, name: Name = None):
    """A new axis of size 1 at position `axis`.

    >>> import tfjax as tf
    >>> tf.expand_dims([1, 2], 0).shape
    TensorShape([1, 2])
    """
    rank = input.ndim
    if axis is None or not -rank - 1 <= axis <= rank:
        raise InvalidArgumentError(
            None, None, f"Tried to expand dim index {axis} for tensor with {rank} dimensions."
        )
    return namespace(input).expand_dims(input, axis)


@op("squeeze", raw="Squeeze", any_size=True)
def squeeze(input: AnyTensor, axis: Axes = None, name: Name = None):
    """Removes axes of size 1: all of them, or those in `axis`.

    >>> import tfjax as tf
    >>> tf.squeeze([[[1, 2]]]).shape
    TensorShape([2])
    """
    if axis is None or axis == ():
        return namespace(input).squeeze(input)
    axes = (axis,) if isinstance(axis, int) else axis
    for a in axes:
        if not -input.ndim <= a < input.ndim:
            raise InvalidArgumentError(
                None, None, f"Tried to squeeze dim index {a} for tensor with {input.ndim} dimensions."
            )
        if input.shape[a] != 1:
            raise InvalidArgumentError(
                None, None, f"Can not squeeze dim[{a % input.ndim}], expected a dimension of 1, got {input.shape[a]}"
            )
    return namespace(input).squeeze(input, axes)


@export("shape")
def shape(input: Any, out_type: Any = None, name: str | None = None) -> Any:
    """The shape as an int32 tensor; its values are known while a function is traced.

    >>> import tfjax as tf
    >>> tf.shape([[1, 2, 3]]).numpy()
    array([1, 3], dtype=int32)
    """
    return _fact(input, "shape", out_type)


@export("size")
def size(input: Any, out_type: Any = None, name: str | None = None) -> Any:
    """The number of elements, known while a function is traced.

    >>> import tfjax as tf
    >>> int(tf.size([[1, 2, 3]]))
    3
    """
    return _fact(input, "size", out_type)


@export("rank")
def rank(input: Any, name: str | None = None) -> Any:
    """The number of axes, known while a function is traced.

    >>> import tfjax as tf
    >>> int(tf.rank([[1, 2, 3]]))
    2
    """
    return _fact(input, "ndim", None)


def _fact(input: Any, which: str, out_type: Any) -> Any:
    from tfjax._src.eager import dispatch
    from tfjax._src.eager.convert import to_tensor

    handler = dispatch.handler_for(type(input))
    if handler is not None:
        function = {"shape": shape, "size": size, "ndim": rank}[which]
        result = handler(function, (input,) if which == "ndim" else (input, out_type), {})
        if result is not NotImplemented:
            return result
    dtype = dtypes.int32 if out_type is None else dtypes.as_dtype(out_type)
    value = to_tensor(input)._value
    if (graph := getattr(value, "graph", None)) is not None and _open(value, which):
        form: Any = ()
        if which == "shape":
            form = None if value.shape is None else (len(value.shape),)
        compute = functools.partial(_later_fact, which, dtype)
        return graph.call({"ndim": "Rank"}.get(which, which.capitalize()), compute, [Tensor(value)], [(form, dtype.np)])[0]
    fact = getattr(value, which)
    symbolic = sizes.make(fact) if which != "ndim" else None
    return Tensor(np.array(fact, dtype.np) if symbolic is None else symbolic)


def _open(value: Any, which: str) -> bool:
    """Whether a fact of a value in a TensorFlow 1 graph is known only when it runs."""
    return value.shape is None or which != "ndim" and None in value.shape


def _later_fact(which: str, dtype: Any, tensor: Tensor) -> list[Tensor]:
    return [_fact(tensor, which, dtype)]


@op("shape_n", raw="ShapeN", differentiable=False)
def shape_n(input: Static, out_type: DTypeArg = dtypes.int32, name: Name = None):
    """The shapes of several tensors, as a list.

    >>> import tfjax as tf
    >>> [s.numpy().tolist() for s in tf.shape_n([[1, 2], 3])]
    [[2], []]
    """
    return [np.array(np.shape(x), out_type.np) for x in input]


@op("broadcast_to", raw="BroadcastTo")
def broadcast_to(input: AnyTensor, shape: Shape, name: Name = None):
    """Repeats `input` along new axes and axes of size 1, up to `shape`.

    >>> import tfjax as tf
    >>> tf.broadcast_to([1, 2], [2, 2]).numpy()
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    try:
        if np.broadcast_shapes(input.shape, shape) != tuple(shape):
            raise ValueError
    except ValueError:
        raise InvalidArgumentError(
            None, None, f"Incompatible shapes: {checks.brackets(input.shape)} vs. {checks.brackets(shape)}"
        ) from None
    result = namespace(input).broadcast_to(input, shape)
    return result.copy() if isinstance(result, np.ndarray) else result


@op("tile", raw="Tile", any_size=True)
def tile(input: AnyTensor, multiples: Shape, name: Name = None):
    """Repeats the whole tensor `multiples[i]` times along axis i.

    >>> import tfjax as tf
    >>> tf.tile([1, 2], [2]).numpy()
    array([1, 2, 1, 2], dtype=int32)
    """
    if len(multiples) != input.ndim:
        raise InvalidArgumentError(
            None, None, f"Expected multiples argument to be a vector of length {input.ndim} but got length {len(multiples)}"
        )
    xp = namespace(input)
    if xp is not np or input.size * math.prod(multiples) <= memory.LARGE or input.dtype == object:
        return xp.tile(input, multiples)
    # One pass: the result seen as [m0, n0, m1, n1, ...].
    result = memory.empty([m * n for m, n in zip(multiples, input.shape)], input.dtype)
    result.reshape([d for pair in zip(multiples, input.shape) for d in pair])[...] = input.reshape([d for n in input.shape for d in (1, n)])
    return result


def _prepare_repeat(input: Any, repeats: Any, axis: Any, name: Any) -> tuple[Any, ...]:
    tensor = to_tensor(input)
    repeats = int_tensor(repeats, "repeats")
    if axis is not None and not isinstance(axis, int):
        raise TypeError(f"Argument `axis` must be an int. Received `axis` = {axis} of type {type(axis).__name__}")
    if isinstance(axis, bool) and tensor.shape.rank and not repeats.shape.rank:
        raise InvalidArgumentError(None, None, "cannot compute StridedSlice as input #2(zero-based) was expected to be a int32 tensor but is a bool tensor")
    return tensor, repeats, axis, name


@op("repeat", raw="Repeat", prepare=_prepare_repeat)
def repeat(input: AnyTensor, repeats: Static, axis: Axis = None, name: Name = None):
    """Repeats each element along `axis` (of the flat tensor if None).

    Args:
      input: a tensor.
      repeats: an int, or one int per element along `axis`.
      axis: the axis, or None.

    >>> import tfjax as tf
    >>> tf.repeat([1, 2], 2).numpy()
    array([1, 1, 2, 2], dtype=int32)
    """
    xp = namespace(input)
    counts = np.asarray(repeats)
    if axis is None:
        input, axis = input.reshape(-1), 0
    rank = max(input.ndim, 1)
    if not -rank <= axis < rank:
        raise ValueError(f"axis={axis} out of bounds: expected -{rank}<=axis<{rank}")
    if counts.ndim > 1:
        raise ValueError(f"Shape {counts.shape} must have rank at most 1")
    size = input.shape[axis] if input.ndim else 1
    if counts.ndim and len(counts) not in (1, size):
        raise ValueError(f"Dimensions {size} and {len(counts)} are not compatible")
    if not input.ndim:
        input = input.reshape(1)
    # A list may hold negative counts, a single number not.
    index = np.repeat(np.arange(size), np.maximum(counts, 0) if counts.ndim else counts)
    return xp.take(input, index, axis=axis)


_PAD_MODES = {"CONSTANT": "constant", "REFLECT": "reflect", "SYMMETRIC": "symmetric"}


@op("pad", raw="PadV2", any_size=True)
def pad(tensor: AnyTensor, paddings: Static, mode: Static = "CONSTANT", constant_values: Static = 0, name: Name = None):
    """Adds elements before and after along each axis.

    Args:
      tensor: a tensor of rank n.
      paddings: [n, 2], how many before and after.
      mode: "CONSTANT", "REFLECT" (mirror without the edge) or "SYMMETRIC" (mirror with it).
      constant_values: the value for "CONSTANT".

    >>> import tfjax as tf
    >>> tf.pad([1, 2], [[1, 1]]).numpy()
    array([0, 1, 2, 0], dtype=int32)
    """
    kind = _PAD_MODES.get(str(mode).upper())
    if kind is None:
        raise ValueError(f"Value of argument `mode` expected to be one of 'CONSTANT', 'REFLECT', or 'SYMMETRIC'. Received `mode` = {mode}")
    widths = [tuple(p) for p in paddings]
    if len(widths) != tensor.ndim:
        raise InvalidArgumentError(
            None, None, f"The first dimension of paddings must be the rank of inputs[{len(widths)},2] {checks.brackets(tensor.shape)}"
        )
    if any(w < 0 for pair in widths for w in pair):
        raise InvalidArgumentError(None, None, f"Paddings must be non-negative: {widths}")
    if not widths:
        return tensor
    xp = namespace(tensor)
    if kind == "constant":
        return xp.pad(tensor, widths, mode=kind, constant_values=xp.asarray(constant_values).astype(tensor.dtype) if tensor.dtype != object else constant_values or b"")
    return xp.pad(tensor, widths, mode=kind)


def _prepare_reverse(tensor: Any, axis: Any, name: Any) -> tuple[Any, ...]:
    return to_tensor(tensor), index_tensor(axis), name


@op("reverse", raw="ReverseV2", any_size=True, prepare=_prepare_reverse)
def reverse(tensor: AnyTensor, axis: Static, name: Name = None):
    """Flips the given axes.

    >>> import tfjax as tf
    >>> tf.reverse([1, 2, 3], [0]).numpy()
    array([3, 2, 1], dtype=int32)
    """
    if not tensor.size or not tensor.ndim:
        return tensor
    if np.ndim(axis) != 1:
        raise InvalidArgumentError(None, None, f"'dims' must be 1-dimension, not {np.ndim(axis)}")
    axes = [checks.axis(a, tensor.ndim) for a in axis]
    if len(set(axes)) < len(axes):
        raise InvalidArgumentError(None, None, f"axis {next(a for a in axes if axes.count(a) > 1)} specified more than once.")
    return namespace(tensor).flip(tensor, tuple(axes))


@op("roll", raw="Roll")
def roll(input: AnyTensor, shift: Static, axis: Static, name: Name = None):
    """Moves elements `shift` places along `axis`; those pushed out come back at the other end.

    >>> import tfjax as tf
    >>> tf.roll([1, 2, 3], 1, 0).numpy()
    array([3, 1, 2], dtype=int32)
    """
    return namespace(input).roll(input, shift, axis)


@op("_internal.cast", raw="Cast", any_size="quick")
def _cast(x: AnyTensor, dtype: DTypeArg, name: Name = None):
    """The body of `cast`."""
    xp = namespace(x)
    if x.dtype == object or dtype is dtypes.string:
        raise errors_cast(x, dtype)
    if x.dtype.kind == "c" and not dtype.is_complex:
        x = xp.real(x)
    if x.dtype == dtype.np:
        return x
    if dtype.is_bool:
        return x != 0
    if xp is np and x.dtype.kind not in "iubc" and dtype.is_integer:
        return _float_to_int(x, dtype)
    return x.astype(dtype.np)


def errors_cast(x: Any, dtype: DType) -> Exception:
    """The error for a cast from or to strings."""
    from tfjax._src.core.errors import UnimplementedError

    return UnimplementedError(None, None, f"Cast {dtypes.FROM_NUMPY[x.dtype].name} to {dtype.name} is not supported")


def _float_to_int(x: np.ndarray, dtype: DType) -> np.ndarray:
    with np.errstate(all="ignore"):
        if dtype.np.itemsize < 8:
            # As the CPU's conversion: through int64, then truncated.
            return x.astype(np.int64).astype(dtype.np) if dtype.np.itemsize < 4 else x.astype(dtype.np)
        return x.astype(dtype.np)


@export("cast", "dtypes.cast")
def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """Converts the elements to another dtype; floats are truncated towards zero.

    >>> import tfjax as tf
    >>> tf.cast([1.8, -1.8], tf.int32).numpy()
    array([ 1, -1], dtype=int32)
    """
    return _cast(x, dtypes.as_dtype(dtype).base_dtype)


@export("saturate_cast", "dtypes.saturate_cast")
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Any:
    """Converts to `dtype`, clipping values to its range instead of letting them wrap around.

    >>> import tfjax as tf
    >>> tf.saturate_cast([300.0, -1.0], tf.uint8).numpy()
    array([255,   0], dtype=uint8)
    """
    return _saturate(value, dtypes.as_dtype(dtype))


@op("_internal.saturate_cast", raw="SaturateCast")
def _saturate(value: AnyTensor, dtype: DTypeArg, name: Name = None):
    """The body of `saturate_cast`."""
    xp = namespace(value)
    if value.dtype == dtype.np:
        return value
    low, high = dtype.min, dtype.max
    if value.dtype.kind in "iu":
        info = np.iinfo(value.dtype)
        low, high = max(int(low), info.min), min(int(high), info.max)
        return xp.clip(value, xp.asarray(low, value.dtype), xp.asarray(high, value.dtype)).astype(dtype.np)
    wide = value.astype(np.float64)
    clipped = xp.clip(wide, float(low), float(high))
    if dtype.is_integer and dtype.np.itemsize == 8:
        return xp.where(wide >= float(high), xp.asarray(high, dtype.np), clipped.astype(dtype.np))
    return clipped.astype(dtype.np)


@op("bitcast", raw="Bitcast", host=False, differentiable=False)
def bitcast(input: AnyTensor, type: DTypeArg, name: Name = None):
    """The same bits read as another dtype; a change of size adds or removes the last axis.

    >>> import tfjax as tf
    >>> int(tf.bitcast(1.0, tf.int32))
    1065353216
    """
    return jax.lax.bitcast_convert_type(jnp.asarray(input), type.np)


@export("ensure_shape")
def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """`x`, after a check that its shape fits. Raises InvalidArgumentError if not.

    >>> import tfjax as tf
    >>> tf.ensure_shape([1, 2], [None]).shape
    TensorShape([2])
    """
    result = identity(x)
    if not TensorShape(shape).is_compatible_with(result.shape):
        raise InvalidArgumentError(
            None, None, f"Shape of tensor input {result.shape} is not compatible with expected shape {TensorShape(shape)}."
        )
    return result


@export("broadcast_static_shape")
def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The TensorShape that two static shapes broadcast to. Raises ValueError if they do not.

    >>> import tfjax as tf
    >>> tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
    TensorShape([2, 3])
    """
    try:
        return TensorShape(np.broadcast_shapes(tuple(shape_x), tuple(shape_y)))
    except ValueError:
        raise ValueError(f"Incompatible shapes for broadcasting. Two shapes are compatible if for each dimension pair they are either equal or one of them is 1. Received: {shape_x} and {shape_y}.") from None


@op("broadcast_dynamic_shape", raw="BroadcastArgs", differentiable=False)
def broadcast_dynamic_shape(shape_x: Static, shape_y: Static, name: Name = None):
    """The shape, as a tensor, that two shapes broadcast to.

    >>> import tfjax as tf
    >>> tf.broadcast_dynamic_shape([2, 1], [3]).numpy()
    array([2, 3], dtype=int32)
    """
    try:
        return np.array(np.broadcast_shapes(shape_x, shape_y), np.int32)
    except ValueError:
        raise InvalidArgumentError(None, None, "Incompatible shapes for broadcasting") from None
