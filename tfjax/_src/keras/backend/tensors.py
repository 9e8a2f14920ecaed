"""Shapes, parts and products, as `keras.backend` of Keras 2 has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.ops import arrays, core
from tfjax._src.keras.ops import reductions as r
from tfjax._src.keras.ops.base import as_tensor, compute, keras_op
from tfjax._src.ops.array import creation, join, shaping


@export("keras.backend.arange")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Any:
    """Evenly spaced numbers."""
    return arrays.arange(start, stop, step, dtype)


@export("keras.backend.argmax")
def argmax(x: Any, axis: int = -1) -> Any:
    """The position of the largest element along an axis."""
    return core.cast(r.argmax(x, axis), "int64")


@export("keras.backend.argmin")
def argmin(x: Any, axis: int = -1) -> Any:
    """The position of the smallest element along an axis."""
    return core.cast(r.argmin(x, axis), "int64")


@export("keras.backend.concatenate")
def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Tensors joined along an axis."""
    return arrays.concatenate(tensors, axis)


@export("keras.backend.expand_dims")
def expand_dims(x: Any, axis: int = -1) -> Any:
    """A new axis of size 1."""
    return arrays.expand_dims(x, axis)


@export("keras.backend.squeeze")
def squeeze(x: Any, axis: int) -> Any:
    """An axis of size 1 removed."""
    return arrays.squeeze(x, axis)


@export("keras.backend.flatten")
def flatten(x: Any) -> Any:
    """All elements in one axis."""
    return arrays.reshape(x, (-1,))


@export("keras.backend.batch_flatten")
@keras_op("backend")
def batch_flatten(x: Any) -> Any:
    """All axes but the first made one."""
    tensor = to_tensor(as_tensor(x))
    return shaping.reshape(tensor, [-1, int(np.prod(tensor.shape[1:], dtype=np.int64))])


@export("keras.backend.permute_dimensions")
def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The axes in the order of `pattern`."""
    return arrays.transpose(x, pattern)


@export("keras.backend.repeat")
@keras_op("backend")
def repeat(x: Any, n: int) -> Any:
    """Rows [batch, size] repeated to [batch, n, size]."""
    return shaping.tile(shaping.expand_dims(to_tensor(as_tensor(x)), 1), [1, n, 1])


@export("keras.backend.repeat_elements")
def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each element repeated along an axis."""
    return arrays.repeat(x, rep, axis)


@export("keras.backend.reverse")
def reverse(x: Any, axes: Any) -> Any:
    """The elements in reverse order along axes."""
    return arrays.flip(x, axes)


@export("keras.backend.gather")
def gather(reference: Any, indices: Any) -> Any:
    """Rows of `reference`."""
    return arrays.take(reference, indices, axis=0)


@export("keras.backend.cumsum")
def cumsum(x: Any, axis: int = 0) -> Any:
    """Running sums along an axis."""
    return r.cumsum(x, axis)


@export("keras.backend.cumprod")
def cumprod(x: Any, axis: int = 0) -> Any:
    """Running products along an axis."""
    return r.cumprod(x, axis)


@export("keras.backend.dot")
def dot(x: Any, y: Any) -> Any:
    """Products over the last axis of x and the second to last of y.

    >>> import tfjax as tf
    >>> tf.keras.backend.dot(tf.ones((2, 3)), tf.ones((3, 4))).shape
    TensorShape([2, 4])
    """
    return r.dot(x, y)


@export("keras.backend.batch_dot")
@keras_op("backend", inputs=2)
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Products of the samples of two batches over one axis of each.

    Args:
      x, y: tensors with the batch as first axis.
      axes: the axis of both, or one for each; by default the last of x and the second to last
        (of a vector: the last) of y.
    """
    x, y = to_tensor(as_tensor(x)), to_tensor(as_tensor(y))
    if len(x.shape) < 2 or len(y.shape) < 2:
        raise ValueError(f"Cannot do batch_dot on inputs with rank < 2. Received inputs with tf.shapes {x.shape} and {y.shape}.")
    if axes is None:
        axes = [len(x.shape) - 1, len(y.shape) - 2 if len(y.shape) > 2 else 1]
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % len(x.shape), second % len(y.shape)
    letters = iter("cdefghijkl")
    left = ["a", *(next(letters) for _ in x.shape[1:])]
    right = ["a", *(next(letters) for _ in y.shape[1:])]
    left[first] = right[second] = "b"
    rest = [c for c in left[1:] if c != "b"] + [c for c in right[1:] if c != "b"]
    product = compute(_einsum, x, y, equation=f"{''.join(left)},{''.join(right)}->a{''.join(rest)}")
    return shaping.expand_dims(product, -1) if not rest else product


def _einsum(xp: Any, x: Any, y: Any, equation: str) -> Any:
    return xp.einsum(equation, x, y)


@export("keras.backend.eye")
def eye(size: Any, dtype: Any = None, name: str | None = None) -> Any:
    """The identity matrix, as a Variable."""
    from tfjax._src.keras.backend.state import variable

    rows, columns = size if isinstance(size, (tuple, list)) else (size, size)
    return variable(arrays.eye(rows, columns, dtype=dtype), dtype, name)


@export("keras.backend.one_hot")
def one_hot(indices: Any, num_classes: int) -> Any:
    """Class numbers as vectors with a single 1."""
    return creation.one_hot(to_tensor(as_tensor(indices)), num_classes, axis=-1)


@export("keras.backend.cast_to_floatx")
def cast_to_floatx(x: Any) -> Any:
    """An array or tensor in the default float."""
    return np.asarray(x, dtype=floatx()) if isinstance(x, (np.ndarray, np.generic, list, float, int)) else core.cast(x, floatx())


@export("keras.backend.shape")
def shape(x: Any) -> Any:
    """The sizes as a tensor."""
    return shaping.shape(x)


@export("keras.backend.int_shape")
def int_shape(x: Any) -> Any:
    """The static shape as a tuple; None for objects without one."""
    if not hasattr(x, "shape"):
        return None
    found = x.shape
    return tuple(found.as_list()) if hasattr(found, "as_list") else tuple(found)


@export("keras.backend.ndim")
def ndim(x: Any) -> int:
    """The number of axes."""
    return len(x.shape)


@export("keras.backend.dtype")
def dtype(x: Any) -> str:
    """The dtype's name."""
    return dtypes.as_dtype(x.dtype).name


@export("keras.backend.is_sparse")
def is_sparse(tensor: Any) -> bool:
    """Whether `tensor` is a SparseTensor."""
    return type(tensor).__name__ == "SparseTensor"


@export("keras.backend.to_dense")
def to_dense(tensor: Any) -> Any:
    """A tensor without sparsity."""
    if not is_sparse(tensor):
        return tensor
    from tfjax._src.ops.sparse import arrange

    return arrange.to_dense(tensor)


@export("keras.backend.in_top_k")
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether the targets are among the k largest predictions."""
    return r.in_top_k(targets, predictions, k)


@export("keras.backend.temporal_padding")
def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Zeros added to the middle axis of [batch, steps, channels]."""
    return arrays.pad(x, ((0, 0), tuple(padding), (0, 0)))


@export("keras.backend.spatial_2d_padding")
def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Any:
    """Zeros added around images."""
    from tfjax._src.keras.engine.policy import image_data_format

    pairs = [tuple(p) for p in padding]
    last = (data_format or image_data_format()) == "channels_last"
    return arrays.pad(x, [(0, 0), *pairs, (0, 0)] if last else [(0, 0), (0, 0), *pairs])


@export("keras.backend.map_fn")
def map_fn(fn: Callable[..., Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """`fn` of each part along the first axis, stacked."""
    return core.map_(fn, elems)


@export("keras.backend.foldl")
def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """`fn(accumulator, part)` over the parts along the first axis."""
    parts = join.unstack(to_tensor(as_tensor(elems)))
    value = parts.pop(0) if initializer is None else initializer
    for part in parts:
        value = fn(value, part)
    return value


@export("keras.backend.foldr")
def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """As `foldl`, from the last part to the first."""
    return foldl(fn, arrays.flip(elems, 0), initializer)


@export("keras.backend.name_scope")
def name_scope(name: str) -> Any:
    """A scope for the names of TensorFlow's Variables."""
    from tfjax._src.core import names

    return names.name_scope(name)


