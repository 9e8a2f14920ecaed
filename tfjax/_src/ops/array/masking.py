"""Choosing elements by a condition: where, boolean_mask."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyOther, AnyTensor, BoolTensor, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import ConcreteValueError
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.shaping import reshape


@op("_internal.where", raw="SelectV2", elementwise=True)
def _select(condition: BoolTensor, x: AnyTensor, y: AnyTensor, name: Name = None):
    """`x` where the condition is true, else `y`."""
    xp = namespace(condition, x, y)
    if xp is np and condition.size > _FEW and x.shape == y.shape == condition.shape and x.dtype.kind in "iuf":
        return _blended(condition, x, y)
    return xp.where(condition, x, y)


# Elements up to which np.where, which goes one way or the other for each, is as quick as arithmetic.
_FEW = 1 << 12


def _blended(condition: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """np.where without branches: the bits of `y`, changed to those of `x` under a mask."""
    bits = np.dtype(f"i{x.dtype.itemsize}")
    mask = np.negative(condition.view(np.int8)).astype(bits)  # all bits of the true ones
    a, b = x.view(bits), y.view(bits)
    mask &= a ^ b
    mask ^= b
    return mask.view(x.dtype)


def positions(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where `chosen` is true: places in row-major order, and indices [n, rank]."""
    flat = np.flatnonzero(chosen)
    if chosen.ndim == 0:
        return flat, np.zeros((len(flat), 0), np.int64)
    # Twice as fast as np.argwhere, which looks at every axis.
    return flat, np.stack(np.unravel_index(flat, chosen.shape), -1)


@op("_internal.where_indices", raw="Where", differentiable=False, any_size=True)
def _indices(condition: AnyOther, name: Name = None):
    """Positions of the elements that are not zero."""
    _known("tf.where", condition)
    return positions(np.asarray(condition) != 0)[1]


def _known(what: str, value: Any) -> None:
    if isinstance(value, jax.core.Tracer):
        raise ConcreteValueError(f"The shape of the result of {what} depends on the values of a traced tensor.")


@export("where")
@recorded
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """Elements of `x` where `condition` is true, of `y` elsewhere, with broadcasting.

    With `condition` alone: the positions [n, rank] of its true (or non-zero) elements, int64.

    >>> import tfjax as tf
    >>> tf.where([True, False], [1, 2], [3, 4]).numpy()
    array([1, 4], dtype=int32)
    """
    if x is None and y is None:
        return _indices(condition)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return _select(condition, x, y)


@export("boolean_mask")
@recorded
def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: Any = "boolean_mask") -> Any:
    """The elements of `tensor` where `mask` is true, along `axis` and those behind it.

    Args:
      tensor: [a0, ..., mask's shape, ...].
      mask: booleans, with values known while tracing.
      axis: where the mask's first axis lies in `tensor`; 0 by default.

    >>> import tfjax as tf
    >>> tf.boolean_mask([1, 2, 3], [True, False, True]).numpy()
    array([1, 3], dtype=int32)
    """
    tensor, mask = to_tensor(tensor), to_tensor(mask)
    axis = 0 if axis is None else statics.integer(axis)
    _known("tf.boolean_mask", mask._value)
    chosen = mask.host_value().astype(bool)
    if chosen.ndim == 0:
        raise ValueError("mask cannot be scalar.")
    shape = tuple(tensor.shape.as_list())
    if shape[axis : axis + chosen.ndim] != chosen.shape:
        raise ValueError(f"Shapes {shape[axis:axis + chosen.ndim]} and {chosen.shape} are incompatible")
    if chosen.ndim > 1:
        tensor = reshape(tensor, [*shape[:axis], chosen.size, *shape[axis + chosen.ndim :]])
    return gather(tensor, np.flatnonzero(chosen.reshape(-1)), axis=axis)
