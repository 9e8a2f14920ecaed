"""Clipping, norms and sums of several tensors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import Axes, FloatOrComplex, Name, Numeric, NumericTensors, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import index_tensor, not_allowed
from tfjax._src.ops.math import linear, roots
from tfjax._src.ops.math.arithmetic import minimum
from tfjax._src.ops.math.elementwise import sqrt, square
from tfjax._src.ops.math.reductions import reduce_sum
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices


@op("_internal.clip_by_value", raw="ClipByValue", elementwise=True)
def _clip_by_value(t: Numeric, clip_value_min: Numeric, clip_value_max: Numeric, name: Name = None):
    xp = namespace(t, clip_value_min, clip_value_max)
    if xp is np and t.size > 1 and t.dtype.kind != "c" and (clip_value_min <= clip_value_max).all():
        return np.maximum(np.minimum(t, clip_value_max), clip_value_min)
    # In this order the lower bound wins where the bounds have changed places, as in TensorFlow.
    below = xp.where(t > clip_value_max, clip_value_max, t)
    return xp.where(below < clip_value_min, clip_value_min, below)


@export("clip_by_value")
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    """`t` cut to [clip_value_min, clip_value_max]; the gradient is 1 inside and at the bounds.

    Of IndexedSlices the values are cut.

    >>> import tfjax as tf
    >>> tf.clip_by_value([-1.0, 0.5, 2.0], 0.0, 1.0).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    if isinstance(t, IndexedSlices):
        return IndexedSlices(_clip_by_value(t.values, clip_value_min, clip_value_max), t.indices, t.dense_shape)
    return _clip_by_value(t, clip_value_min, clip_value_max)


@export("clip_by_norm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: Any = None) -> Any:
    """`t` scaled down to a norm of at most `clip_norm` over `axes`; of IndexedSlices, the values.

    >>> import tfjax as tf
    >>> tf.clip_by_norm([3.0, 4.0], 1.0).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    if isinstance(t, IndexedSlices):
        return IndexedSlices(_clip_by_norm(t.values, clip_norm, axes), t.indices, t.dense_shape)
    return _clip_by_norm(t, clip_norm, axes)


def _prepare_clip_by_norm(t: Any, clip_norm: Any, axes: Any, name: Any) -> tuple[Any, ...]:
    tensor = to_tensor(t)
    if tensor.dtype is dtypes.string:
        raise not_allowed(tensor.dtype, "T", *_FLOATS)
    if axes is not None:
        axes = index_tensor(axes).host_value().reshape(-1).tolist()
        checks.reduction_axes(axes, len(tensor.shape))
    if tensor.dtype not in _FLOATS:
        raise not_allowed(tensor.dtype, "T", *_FLOATS)
    return tensor, clip_norm, axes, name


_FLOATS = (dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64)


@op("_internal.clip_by_norm", raw="ClipByNorm", prepare=_prepare_clip_by_norm)
def _clip_by_norm(t: FloatOrComplex, clip_norm: FloatOrComplex, axes: Axes = None, name: Name = None):
    xp = namespace(t, clip_norm)
    clip_norm = xp.maximum(clip_norm, xp.zeros_like(clip_norm))
    squares = xp.sum(t * t, axis=axes, keepdims=True)
    positive = squares > 0
    norm = xp.where(positive, xp.sqrt(xp.where(positive, squares, xp.ones_like(squares))), squares)
    return (t * clip_norm / xp.maximum(norm, clip_norm)).reshape(t.shape)


@export("linalg.global_norm")
def global_norm(t_list: Any, name: Any = None) -> Any:
    """The square root of the sum of the squares of all elements of several tensors.

    >>> import tfjax as tf
    >>> float(tf.linalg.global_norm([[3.0], [4.0]]))
    5.0
    """
    if isinstance(t_list, Tensor) or not isinstance(t_list, Sequence):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    total = [reduce_sum(square(t.values if isinstance(t, IndexedSlices) else t)) for t in t_list if t is not None]
    return sqrt(add_n(total)) if total else Tensor(np.zeros((), np.float32))


@export("clip_by_global_norm")
def clip_by_global_norm(t_list: Any, clip_norm: Any, use_norm: Any = None, name: Any = None) -> Any:
    """(tensors scaled down together to a global norm of at most `clip_norm`, that norm before).

    >>> import tfjax as tf
    >>> float(tf.clip_by_global_norm([[3.0], [4.0]], 1.0)[1])
    5.0
    """
    if isinstance(t_list, Tensor) or not isinstance(t_list, Sequence):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    norm = global_norm(t_list) if use_norm is None else to_tensor(use_norm)
    limit = to_tensor(clip_norm, norm.dtype) if isinstance(clip_norm, (int, float)) else to_tensor(clip_norm)
    # An infinite or missing norm makes everything NaN: adding 0 * norm keeps a finite scale as it is.
    scale = limit * minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [t.scaled(scale) if isinstance(t, IndexedSlices) else None if t is None else t * scale for t in t_list], norm


@op("math.add_n", "add_n", raw="AddN")
def add_n(inputs: NumericTensors, name: Name = None):
    """The sum of several tensors of one shape.

    >>> import tfjax as tf
    >>> tf.add_n([[1, 2], [3, 4]]).numpy()
    array([4, 6], dtype=int32)
    """
    if not inputs:
        raise ValueError("Inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape.")
    if any(x.shape != inputs[0].shape for x in inputs):
        raise InvalidArgumentError(None, None, "Shapes of all inputs must match")
    return functools.reduce(lambda a, b: a + b, inputs)


@op("norm", "linalg.norm", raw="Norm")
def norm(tensor: FloatOrComplex, ord: Static = "euclidean", axis: Axes = None, keepdims: Static = None, name: Name = None):
    """The norm over `axis` (all by default): "euclidean", "fro", 1, 2, inf or any p > 0.

    >>> import tfjax as tf
    >>> float(tf.norm([3.0, 4.0]))
    5.0
    """
    xp, keepdims = namespace(tensor), bool(keepdims)
    if axis is None:
        x = tensor.reshape(-1)
        result = _vector(xp, x, ord, None, False)
        return result.reshape((1,) * tensor.ndim) if keepdims else result
    if isinstance(axis, tuple) and len(axis) == 2 and ord not in ("euclidean", "fro"):
        return jnp.linalg.norm(tensor, ord=ord, axis=axis, keepdims=keepdims)
    return _vector(xp, tensor, ord, axis, keepdims)


def _vector(xp: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    size = xp.abs(x)
    if ord in ("euclidean", "fro", 2, 2.0):
        squares = xp.sum(size * size, axis=axis, keepdims=keepdims)
        return np.sqrt(squares) if xp is np else roots.sqrt(squares)
    if ord in (1, 1.0):
        return xp.sum(size, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return xp.max(size, axis=axis, keepdims=keepdims)
    if isinstance(ord, (int, float)) and ord > 0:
        return xp.sum(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)
    raise ValueError(f"'ord' must be a supported vector norm, got {ord}")


@export("einsum", "linalg.einsum")
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    """Sums of products by Einstein's notation; `optimize` has no effect.

    >>> import tfjax as tf
    >>> tf.einsum("ij,jk->ik", [[1.0, 2.0]], [[3.0], [4.0]]).numpy()
    array([[11.]], dtype=float32)
    """
    kwargs.pop("optimize", None), kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"Invalid keyword arguments for this function: {', '.join(kwargs)}")
    expected = equation.partition("->")[0].count(",") + 1
    if len(inputs) != expected:
        raise ValueError(f'Got {len(inputs)} inputs for equation "{equation}", expecting {expected}')
    return linear._einsum(equation, list(inputs))
