"""Tensors made from values and shapes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError, UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager.args import AnyOther, AnyTensor, Axis, DTypeArg, Name, Numeric, Real, Shape, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.devices import place
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import int_tensor, not_allowed, wrapped


@export("constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = "Const") -> Tensor:
    """A tensor of the given values; Python floats give float32, ints int32.

    Args:
      value: a number, string, nested list, NumPy array or `jax.Array` (taken without a copy).
      dtype: the element type; inferred by default.
      shape: reshapes the values; a single value fills it.
      name: its operation's in a TensorFlow 1 graph.

    Raises:
      TypeError: a value that does not fit `dtype`, or whose number differs from `shape`.
      ValueError: an unsupported value.

    >>> import tfjax as tf
    >>> tf.constant([1, 2, 3])
    <tf.Tensor: shape=(3,), dtype=int32, numpy=array([1, 2, 3], dtype=int32)>
    """
    if (graph := frames.recording()) is not None:
        with frames.enter(None):
            known = constant(value, dtype, shape)
        return graph.constant(known, name)
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(value, Tensor) and wanted is not None and value.dtype != wanted:
        value = Tensor(_cast_value(value._value, wanted))
    tensor = to_tensor(value, wanted)
    if isinstance(value, Tensor) and shape is None:
        return Tensor(tensor._value)
    if shape is None:
        return place(tensor)
    dims = tuple(TensorShape(shape).as_list())
    current = tensor._value
    if current.shape == dims:
        return place(tensor)
    count = int(np.prod(dims, dtype=np.int64))
    if current.size == count:
        return place(Tensor(current.reshape(dims)))
    if current.size == 1:
        return place(Tensor(np.full(dims, np.asarray(current).reshape(())[()], current.dtype)))
    raise TypeError(
        f"Eager execution of tf.constant with unsupported shape. Tensor {tensor} (converted from "
        f"{value}) has {current.size} elements, but got `shape` {dims} with {count} elements)."
    )


def _cast_value(value: Any, dtype: dtypes.DType) -> Any:
    return value.astype(dtype.np)


@op("zeros", raw="Fill", differentiable=False)
def zeros(shape: Shape, dtype: DTypeArg = dtypes.float32, name: Name = None, layout: Static = None):
    """A tensor of zeros ("" for strings, False for bool); `layout` must be None.

    >>> import tfjax as tf
    >>> tf.zeros([2]).numpy()
    array([0., 0.], dtype=float32)
    """
    _no_layout(layout)
    return _filled(shape, dtype or dtypes.float32, 0)


@op("ones", raw="Fill", differentiable=False)
def ones(shape: Shape, dtype: DTypeArg = dtypes.float32, name: Name = None, layout: Static = None):
    """A tensor of ones; `layout` must be None.

    >>> import tfjax as tf
    >>> tf.ones([2]).numpy()
    array([1., 1.], dtype=float32)
    """
    _no_layout(layout)
    return _filled(shape, dtype or dtypes.float32, 1)


def _no_layout(layout: Any) -> None:
    if layout is not None:
        raise ValueError("`layout` is for DTensor and must be None; use jax.device_put with a sharding.")


def _filled(shape: Any, dtype: dtypes.DType, value: int) -> np.ndarray:
    if any(d < 0 for d in shape if type(d) is int):
        raise InvalidArgumentError(None, None, f"Dimension {min(shape)} must be >= 0")
    if dtype is dtypes.string:
        return np.full(shape, b"", object)
    xp = jnp if any(is_symbolic(d) for d in shape) else np
    return xp.full(shape, value, dtype.np)


@op("zeros_like", raw="ZerosLike", differentiable=False)
def zeros_like(input: AnyTensor, dtype: DTypeArg = None, name: Name = None, layout: Static = None):
    """Zeros of the shape and dtype of `input`.

    >>> import tfjax as tf
    >>> tf.zeros_like([1, 2]).numpy()
    array([0, 0], dtype=int32)
    """
    _no_layout(layout)
    if input.dtype == object and dtype is None:
        return np.full(input.shape, b"", object)
    return namespace(input).zeros(input.shape, dtype.np if dtype else input.dtype)


@op("ones_like", raw="OnesLike", differentiable=False)
def ones_like(input: AnyTensor, dtype: DTypeArg = None, name: Name = None, layout: Static = None):
    """Ones of the shape and dtype of `input`.

    >>> import tfjax as tf
    >>> tf.ones_like([1, 2]).numpy()
    array([1, 1], dtype=int32)
    """
    _no_layout(layout)
    return namespace(input).ones(input.shape, dtype.np if dtype else input.dtype)


@op("fill", raw="Fill")
def fill(dims: Shape, value: AnyTensor, name: Name = None, layout: Static = None):
    """A tensor of shape `dims` whose elements are all the scalar `value`.

    >>> import tfjax as tf
    >>> tf.fill([2], 7).numpy()
    array([7, 7], dtype=int32)
    """
    _no_layout(layout)
    if value.ndim:
        raise InvalidArgumentError(None, None, f"value must be a scalar, got shape {list(value.shape)}")
    return namespace(value).full(dims, value, value.dtype)


@op("eye", "linalg.eye", raw="Eye", differentiable=False)
def eye(num_rows: Axis, num_columns: Axis = None, batch_shape: Static = None, dtype: DTypeArg = dtypes.float32, name: Name = None):
    """Identity matrices [*batch_shape, num_rows, num_columns].

    >>> import tfjax as tf
    >>> tf.eye(2).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    matrix = np.eye(num_rows, num_columns, dtype=dtype.np)
    if batch_shape is None:
        return matrix
    return np.broadcast_to(matrix, (*batch_shape, *matrix.shape)).copy()


@export("range")
@recorded
def range_(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range") -> Tensor:
    """Numbers from `start` up to but without `limit`, `delta` apart.

    With one argument it is `limit`, and the numbers start at 0.

    >>> import tfjax as tf
    >>> tf.range(1, 10, 3).numpy()
    array([1, 4, 7], dtype=int32)
    """
    if limit is None:
        start, limit = 0, start
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if wanted is None:
        tensors = [to_tensor(v) for v in (start, limit, delta)]
        order = [dtypes.int32, dtypes.int64, dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64]
        for t in tensors:
            if t.dtype not in order:
                raise TypeError(f"Cannot make a range of dtype {t.dtype.name}.")
        wanted = max((t.dtype for t in tensors), key=order.index)
    else:
        tensors = [v if isinstance(v, Tensor) else to_tensor(v, wanted) for v in (start, limit, delta)]
        if wanted not in _RANGES:
            raise not_allowed(wanted, "Tidx", *_RANGES)
    return _range(*[_of_range(t, what).astype(wanted.np) for t, what in zip(tensors, ("start", "limit", "delta"))])


_RANGES = (
    dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64,
    dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint16, dtypes.uint32,
)  # fmt: skip


def _of_range(tensor: Tensor, what: str) -> np.ndarray:
    value = np.asarray(tensor.host_value())
    if value.shape not in ((), (1,)):
        raise InvalidArgumentError(None, None, f"{what} must be a scalar, not shape {checks.brackets(value.shape)}")
    return value.reshape(())


@op("_internal.range", raw="Range", differentiable=False)
def _range(start: Real, limit: Real, delta: Real, name: Name = None):
    """The body of `range`; all three on the host."""
    first, last, step = np.asarray(start), np.asarray(limit), np.asarray(delta)
    if step == 0:
        raise InvalidArgumentError(None, None, "Requires delta != 0: 0")
    if step > 0 and first > last:
        raise InvalidArgumentError(None, None, f"Requires start <= limit when delta > 0: {first}/{last}")
    if step < 0 and first < last:
        raise InvalidArgumentError(None, None, f"Requires start >= limit when delta < 0: {first}/{last}")
    if first.dtype.kind in "iu":
        return np.arange(int(first), int(last), int(step), dtype=first.dtype)
    count = int(np.ceil(abs((np.float64(last) - np.float64(first)) / np.float64(step))))
    values = np.float64(first) + np.arange(count) * np.float64(step)
    return values.astype(first.dtype)


def _prepare_linspace(start: Any, stop: Any, num: Any, name: Any, axis: Any) -> tuple[Any, ...]:
    start = to_tensor(start)
    stop = to_tensor(stop, start.dtype)
    num = int_tensor(num, "num")
    if start.dtype is dtypes.string:
        raise UnimplementedError(None, None, "Cast int32 to string is not supported")
    if isinstance(axis, (list, tuple)):
        raise TypeError(f"'>=' not supported between instances of '{type(axis).__name__}' and 'int'")
    return start, stop, num, name, wrapped(axis)


@op("linspace", raw="LinSpace", listed=False, host=True, prepare=_prepare_linspace)
def linspace(start: Numeric, stop: Numeric, num: Axis, name: Name = None, axis: Axis = 0):
    """`num` evenly spaced numbers from `start` to `stop`, both included, along a new `axis`.

    >>> import tfjax as tf
    >>> tf.linspace(0.0, 1.0, 3).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    if num < 0:
        raise InvalidArgumentError(None, None, f"Requires num > 0: {num}")
    xp = namespace(start, stop)
    dtype = start.dtype
    if dtype.kind in "iu":
        dtype = np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    start, stop = xp.broadcast_arrays(start.astype(dtype), stop.astype(dtype))
    if axis < 0:
        axis += start.ndim + 1
    start, stop = xp.expand_dims(start, axis), xp.expand_dims(stop, axis)
    if num < 2:
        return start if num else xp.zeros([0 if i == axis else n for i, n in enumerate(start.shape)], dtype)
    steps = xp.arange(num).astype(dtype).reshape([num if i == axis else 1 for i in range(start.ndim)])
    delta = (stop - start) / xp.asarray(num - 1, dtype)
    body = start + delta * steps
    keep = [slice(None)] * body.ndim
    keep[axis] = slice(1, num - 1)
    return xp.concatenate([start, body[tuple(keep)], stop], axis)


@op("_internal.one_hot", raw="OneHot", differentiable=False)
def _one_hot(indices: AnyOther, on_value: AnyTensor, off_value: AnyTensor, depth: Axis, axis: Axis = -1, name: Name = None):
    """The body of `one_hot`."""
    xp = namespace(indices, on_value, off_value)
    if depth < 0:
        raise InvalidArgumentError(None, None, f"depth must be non-negative, got: {depth}")
    rank = indices.ndim + 1
    position = axis % rank if -rank <= axis < rank else axis
    if position >= rank:
        raise InvalidArgumentError(None, None, f"Expected axis to be -1 or between [0, {rank}).  But received: {axis}")
    if xp is np:
        return _hot(indices, depth, on_value, off_value, position)
    shape = [1] * rank
    shape[position] = depth
    hits = xp.expand_dims(indices, position) == xp.arange(depth, dtype=indices.dtype).reshape(shape)
    return xp.where(hits, on_value, off_value)


def _hot(indices: np.ndarray, depth: int, on_value: np.ndarray, off_value: np.ndarray, position: int) -> np.ndarray:
    flat = indices.reshape(-1)
    rows = np.full((flat.size, depth), off_value) if off_value.any() else np.zeros((flat.size, depth), off_value.dtype)
    chosen = np.flatnonzero((flat >= 0) & (flat < depth))
    rows[chosen, flat[chosen]] = on_value
    return np.moveaxis(rows.reshape(*indices.shape, depth), -1, position)


@export("one_hot")
@recorded
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """Vectors of length `depth` that are `on_value` at an index and `off_value` elsewhere.

    Args:
      indices: integers; those outside [0, depth) give all `off_value`.
      depth: the length of the new axis.
      on_value, off_value: 1 and 0 by default.
      axis: where the new axis goes; the last by default.
      dtype: that of the values, float32 if none are given.

    >>> import tfjax as tf
    >>> tf.one_hot([0, 2], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    given = [to_tensor(v, wanted) for v in (on_value, off_value) if v is not None]
    kind = wanted or (given[0].dtype if given else dtypes.float32)
    if given and any(g.dtype != kind for g in given):
        raise TypeError(
            f"dtypes of on_value and off_value must match: {[g.dtype for g in given]} and {kind!r}"
        )
    on = to_tensor(1 if on_value is None else on_value, kind)
    off = to_tensor(0 if off_value is None else off_value, kind)
    return _one_hot(indices, on, off, depth, -1 if axis is None else axis)

