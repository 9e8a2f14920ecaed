"""Making, joining, cutting and turning tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.ops.base import as_tensor, compute, keras_op, promote, result_dtype
from tfjax._src.ops.array import creation, join, shaping
from tfjax._src.ops.array.shaping import cast


def _tensor(x: Any) -> Any:
    return to_tensor(as_tensor(x))


def _sizes(shape: Any) -> Any:
    return [shape] if isinstance(shape, int) else shape


@export("keras.ops.array", "keras.ops.numpy.array")
def array(x: Any, dtype: Any = None) -> Any:
    """A tensor from a number, list or array."""
    tensor = _tensor(x)
    return tensor if dtype is None else cast(tensor, dtypes.as_dtype(dtype))


@export("keras.ops.zeros", "keras.ops.numpy.zeros")
def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros, of the default float unless `dtype` says otherwise."""
    return creation.zeros(_sizes(shape), dtypes.as_dtype(dtype or floatx()))


@export("keras.ops.ones", "keras.ops.numpy.ones")
def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones, of the default float unless `dtype` says otherwise."""
    return creation.ones(_sizes(shape), dtypes.as_dtype(dtype or floatx()))


@export("keras.ops.empty", "keras.ops.numpy.empty")
def empty(shape: Any, dtype: Any = None) -> Any:
    """A tensor whose values do not matter: zeros."""
    return zeros(shape, dtype)


@export("keras.ops.full", "keras.ops.numpy.full")
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """`fill_value` everywhere."""
    return creation.fill(_sizes(shape), to_tensor(fill_value, dtypes.as_dtype(dtype or floatx())))


@export("keras.ops.zeros_like", "keras.ops.numpy.zeros_like")
@keras_op("numpy")
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros of the shape and dtype of `x`."""
    return creation.zeros_like(_tensor(x), dtype)


@export("keras.ops.ones_like", "keras.ops.numpy.ones_like")
@keras_op("numpy")
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones of the shape and dtype of `x`."""
    return creation.ones_like(_tensor(x), dtype)


@export("keras.ops.full_like", "keras.ops.numpy.full_like")
@keras_op("numpy", inputs=2)
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """`fill_value` in the shape and dtype of `x`."""
    like = ones_like(x, dtype)
    return like * cast(_tensor(fill_value), like.dtype)


@export("keras.ops.arange", "keras.ops.numpy.arange")
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Evenly spaced numbers from `start` up to, without, `stop`.

    >>> import tfjax as tf
    >>> tf.keras.ops.arange(3).numpy()
    array([0, 1, 2], dtype=int32)
    """
    if dtype is None:
        dtype = result_dtype(*(v for v in (start, stop, step) if v is not None))
    if stop is None:
        start, stop = 0, start
    return creation.range_(start, stop, 1 if step is None else step, dtype=dtypes.as_dtype(dtype))


@export("keras.ops.linspace", "keras.ops.numpy.linspace")
@keras_op("numpy", inputs=2)
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    """`num` evenly spaced numbers from `start` to `stop`."""
    start, stop = promote(start, stop)
    kind = floatx() if dtype is None and not start.dtype.is_floating else dtype or start.dtype.name
    start, stop = cast(start, kind), cast(stop, kind)
    values = compute(_linspace, start, stop, num=num, endpoint=endpoint, axis=axis)
    return (values, (stop - start) / (num - 1 if endpoint else num)) if retstep else values


def _linspace(xp: Any, start: Any, stop: Any, num: int, endpoint: bool, axis: int) -> Any:
    return xp.linspace(start, stop, num, endpoint=endpoint, axis=axis).astype(start.dtype)


@export("keras.ops.eye", "keras.ops.numpy.eye")
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on a diagonal, zeros elsewhere."""
    return to_tensor(np.eye(N, M, k, dtype=dtypes.as_dtype(dtype or floatx()).np))


@export("keras.ops.identity", "keras.ops.numpy.identity")
def identity(n: int, dtype: Any = None) -> Any:
    """The identity matrix."""
    return eye(n, dtype=dtype)


@export("keras.ops.tri", "keras.ops.numpy.tri")
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on and below a diagonal."""
    return to_tensor(np.tri(N, M, k, dtype=dtypes.as_dtype(dtype or floatx()).np))


@export("keras.ops.reshape", "keras.ops.numpy.reshape")
@keras_op("numpy")
def reshape(x: Any, newshape: Any) -> Any:
    """The elements in another shape.

    >>> import tfjax as tf
    >>> tf.keras.ops.reshape([1, 2, 3, 4], (2, -1)).shape
    TensorShape([2, 2])
    """
    return shaping.reshape(_tensor(x), _sizes(newshape))


@export("keras.ops.ravel", "keras.ops.numpy.ravel")
@keras_op("numpy")
def ravel(x: Any) -> Any:
    """All elements in one axis."""
    return shaping.reshape(_tensor(x), [-1])


@export("keras.ops.transpose", "keras.ops.numpy.transpose")
@keras_op("numpy")
def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in another order, reversed by default."""
    return shaping.transpose(_tensor(x), axes)


@export("keras.ops.swapaxes", "keras.ops.numpy.swapaxes")
@keras_op("numpy")
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    tensor = _tensor(x)
    order = list(range(len(tensor.shape)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return shaping.transpose(tensor, order)


@export("keras.ops.moveaxis", "keras.ops.numpy.moveaxis")
@keras_op("numpy")
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places; the others keep their order."""
    freeze = lambda a: tuple(a) if isinstance(a, (list, tuple)) else a  # noqa: E731
    return compute(_moveaxis, _tensor(x), source=freeze(source), destination=freeze(destination))


def _moveaxis(xp: Any, x: Any, source: Any, destination: Any) -> Any:
    return xp.moveaxis(x, source, destination)


@export("keras.ops.expand_dims", "keras.ops.numpy.expand_dims")
@keras_op("numpy")
def expand_dims(x: Any, axis: Any) -> Any:
    """A new axis of size 1 (or several) at `axis`."""
    tensor = _tensor(x)
    for one in sorted(axis) if isinstance(axis, (list, tuple)) else [axis]:
        tensor = shaping.expand_dims(tensor, one)
    return tensor


@export("keras.ops.squeeze", "keras.ops.numpy.squeeze")
@keras_op("numpy")
def squeeze(x: Any, axis: Any = None) -> Any:
    """Axes of size 1 removed."""
    return shaping.squeeze(_tensor(x), axis)


@export("keras.ops.concatenate", "keras.ops.numpy.concatenate")
@keras_op("numpy")
def concatenate(xs: Any, axis: int = 0) -> Any:
    """Tensors joined along an axis."""
    return join.concat(promote(*xs), axis)


@export("keras.ops.stack", "keras.ops.numpy.stack")
@keras_op("numpy")
def stack(x: Any, axis: int = 0) -> Any:
    """Tensors joined along a new axis."""
    return join.stack(promote(*x), axis)


@export("keras.ops.hstack", "keras.ops.numpy.hstack")
@keras_op("numpy")
def hstack(xs: Any) -> Any:
    """Tensors joined along the second axis (the first for vectors)."""
    tensors = promote(*xs)
    return join.concat(tensors, 0 if len(tensors[0].shape) == 1 else 1)


@export("keras.ops.vstack", "keras.ops.numpy.vstack")
@keras_op("numpy")
def vstack(xs: Any) -> Any:
    """Tensors joined along the first axis; vectors too, as Keras does on TensorFlow."""
    return join.concat(promote(*xs), 0)


@export("keras.ops.append", "keras.ops.numpy.append")
@keras_op("numpy", inputs=2)
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """`x2` behind `x1`, both flattened unless an axis is given."""
    x1, x2 = promote(x1, x2)
    if axis is None:
        return join.concat([shaping.reshape(x1, [-1]), shaping.reshape(x2, [-1])], 0)
    return join.concat([x1, x2], axis)


@export("keras.ops.split", "keras.ops.numpy.split")
@keras_op("numpy")
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts along an axis: a number of equal ones, or those between indices."""
    at = indices_or_sections
    at = at if isinstance(at, int) else tuple(int(i) for i in at)
    return list(compute(_split, _tensor(x), at=at, axis=axis))


def _split(xp: Any, x: Any, at: Any, axis: int) -> Any:
    return tuple(xp.split(x, at if isinstance(at, int) else list(at), axis))


@export("keras.ops.unstack")
@keras_op("core")
def unstack(x: Any, num: int | None = None, axis: int = 0) -> Any:
    """A list of the parts along an axis."""
    return join.unstack(_tensor(x), num, axis)


@export("keras.ops.tile", "keras.ops.numpy.tile")
@keras_op("numpy")
def tile(x: Any, repeats: Any) -> Any:
    """The whole tensor repeated along each axis."""
    return compute(_tile, _tensor(x), repeats=repeats if isinstance(repeats, int) else tuple(int(r) for r in repeats))


def _tile(xp: Any, x: Any, repeats: Any) -> Any:
    return xp.tile(x, repeats)


@export("keras.ops.repeat", "keras.ops.numpy.repeat")
@keras_op("numpy")
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element repeated, along an axis or of the flattened tensor."""
    tensor = _tensor(x)
    if isinstance(repeats, (list, tuple)) and len(repeats) == 1:
        repeats = repeats[0]
    return shaping.repeat(tensor, repeats, axis)


@export("keras.ops.flip", "keras.ops.numpy.flip")
@keras_op("numpy")
def flip(x: Any, axis: Any = None) -> Any:
    """The elements in reverse order along axes (all by default)."""
    return compute(_flip, _tensor(x), axis=tuple(axis) if isinstance(axis, list) else axis)


def _flip(xp: Any, x: Any, axis: Any) -> Any:
    return xp.flip(x, axis)


@export("keras.ops.roll", "keras.ops.numpy.roll")
@keras_op("numpy")
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Elements shifted along axes, coming in again at the other end."""
    freeze = lambda a: tuple(a) if isinstance(a, (list, tuple)) else a  # noqa: E731
    return compute(_roll, _tensor(x), shift=freeze(shift), axis=freeze(axis))


def _roll(xp: Any, x: Any, shift: Any, axis: Any) -> Any:
    return xp.roll(x, shift, axis)


@export("keras.ops.pad", "keras.ops.numpy.pad")
@keras_op("numpy")
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Elements added before and behind along each axis.

    Args:
      x: a tensor.
      pad_width: (before, behind) for each axis, or for all.
      mode: "constant", "reflect", "symmetric" or "edge".
      constant_values: what to add in mode "constant"; 0 by default.
    """
    if constant_values is not None and mode != "constant":
        raise ValueError(f"Argument `constant_values` can only be provided when `mode == 'constant'`. Received: mode={mode}")
    widths = np.broadcast_to(np.asarray(pad_width), (len(_tensor(x).shape), 2))
    pairs = tuple((int(a), int(b)) for a, b in widths)
    return compute(_pad, _tensor(x), widths=pairs, mode=mode, value=constant_values or 0)


def _pad(xp: Any, x: Any, widths: Any, mode: str, value: Any) -> Any:
    return xp.pad(x, widths, mode=mode, **({"constant_values": value} if mode == "constant" else {}))


@export("keras.ops.broadcast_to", "keras.ops.numpy.broadcast_to")
@keras_op("numpy")
def broadcast_to(x: Any, shape: Any) -> Any:
    """`x` repeated to a larger shape."""
    return shaping.broadcast_to(_tensor(x), shape)


@export("keras.ops.take", "keras.ops.numpy.take")
@keras_op("numpy", inputs=2)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements at `indices` along an axis; negative ones count from the end."""
    tensor, where = _tensor(x), _tensor(indices)
    if axis is None:
        tensor, axis = shaping.reshape(tensor, [-1]), 0
    return compute(_take, tensor, where, axis=axis)


def _take(xp: Any, x: Any, indices: Any, axis: int) -> Any:
    size = x.shape[axis]
    return xp.take(x, xp.clip(xp.where(indices < 0, indices + size, indices), 0, size - 1), axis)


@export("keras.ops.take_along_axis", "keras.ops.numpy.take_along_axis")
@keras_op("numpy", inputs=2)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements at positions given for each place along an axis."""
    return compute(_along, _tensor(x), _tensor(indices), axis=axis)


def _along(xp: Any, x: Any, indices: Any, axis: Any) -> Any:
    return xp.take_along_axis(x, indices, axis)


@export("keras.ops.where", "keras.ops.numpy.where")
@keras_op("numpy", inputs=3)
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """`x1` where the condition holds, else `x2`; with the condition alone, the indices where it holds."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    x1, x2 = promote(x1, x2)
    return compute(_where, cast(_tensor(condition), "bool"), x1, x2)


def _where(xp: Any, condition: Any, x1: Any, x2: Any) -> Any:
    return xp.where(condition, x1, x2)


@export("keras.ops.nonzero", "keras.ops.numpy.nonzero")
def nonzero(x: Any) -> Any:
    """The indices of the elements that are not 0, one tensor for each axis; not while compiling."""
    found = np.nonzero(_tensor(x).numpy())
    return tuple(to_tensor(i.astype(np.int32)) for i in found)


@export("keras.ops.tril", "keras.ops.numpy.tril")
@keras_op("numpy")
def tril(x: Any, k: int = 0) -> Any:
    """Matrices with zeros above a diagonal."""
    return compute(_tril, _tensor(x), k=k)


def _tril(xp: Any, x: Any, k: int) -> Any:
    return xp.tril(x, k)


@export("keras.ops.triu", "keras.ops.numpy.triu")
@keras_op("numpy")
def triu(x: Any, k: int = 0) -> Any:
    """Matrices with zeros below a diagonal."""
    return compute(_triu, _tensor(x), k=k)


def _triu(xp: Any, x: Any, k: int) -> Any:
    return xp.triu(x, k)


@export("keras.ops.diag", "keras.ops.numpy.diag")
@keras_op("numpy")
def diag(x: Any, k: int = 0) -> Any:
    """A matrix with `x` on a diagonal, or the diagonal of a matrix."""
    return compute(_diag, _tensor(x), k=k)


def _diag(xp: Any, x: Any, k: int) -> Any:
    return xp.diag(x, k)


@export("keras.ops.diagonal", "keras.ops.numpy.diagonal")
@keras_op("numpy")
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of two axes."""
    return compute(_diagonal, _tensor(x), offset=offset, axis1=axis1, axis2=axis2)


def _diagonal(xp: Any, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return xp.diagonal(x, offset, axis1, axis2)


@export("keras.ops.trace", "keras.ops.numpy.trace")
@keras_op("numpy")
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal of two axes."""
    return compute(_trace, _tensor(x), offset=offset, axis1=axis1, axis2=axis2)


def _trace(xp: Any, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return xp.trace(x, offset, axis1, axis2).astype(x.dtype)


@export("keras.ops.meshgrid", "keras.ops.numpy.meshgrid")
@keras_op("numpy")
def meshgrid(*x: Any, indexing: str = "xy") -> Any:
    """Coordinate grids from coordinate vectors."""
    return list(compute(_meshgrid, *[_tensor(v) for v in x], indexing=indexing))


def _meshgrid(xp: Any, *arrays: Any, indexing: str) -> Any:
    return tuple(xp.meshgrid(*arrays, indexing=indexing))


@export("keras.ops.copy", "keras.ops.numpy.copy")
@keras_op("numpy")
def copy(x: Any) -> Any:
    """The same values in a new tensor."""
    return shaping.identity(_tensor(x))


@export("keras.ops.einsum", "keras.ops.numpy.einsum")
@keras_op("numpy", inputs=0)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Sums of products named by letters of axes, as `np.einsum`."""
    return compute(_einsum, *promote(*operands), equation=subscripts)


def _einsum(xp: Any, *arrays: Any, equation: str) -> Any:
    return xp.einsum(equation, *arrays)
