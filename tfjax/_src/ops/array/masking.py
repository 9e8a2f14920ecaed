"""Choosing elements by a condition: where, boolean_mask."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyOther, AnyTensor, Axis, BoolTensor, Name, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import ConcreteValueError


@op("_internal.where", raw="SelectV2")
def _select(condition: BoolTensor, x: AnyTensor, y: AnyTensor, name: Name = None):
    """`x` where the condition is true, else `y`."""
    xp = namespace(condition, x, y)
    return xp.where(condition, x, y)


@op("_internal.where_indices", raw="Where", differentiable=False)
def _indices(condition: AnyOther, name: Name = None):
    """Positions of the elements that are not zero."""
    _known("tf.where", condition)
    return np.argwhere(np.asarray(condition) != 0).astype(np.int64).reshape(-1, condition.ndim)


def _known(what: str, value: Any) -> None:
    if isinstance(value, jax.core.Tracer):
        raise ConcreteValueError(f"The shape of the result of {what} depends on the values of a traced tensor.")


@export("where")
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


@op("boolean_mask", raw="BooleanMask")
def boolean_mask(tensor: AnyTensor, mask: Static, axis: Axis = None, name: Name = "boolean_mask"):
    """The elements of `tensor` where `mask` is true, along `axis` and those behind it.

    Args:
      tensor: [a0, ..., mask's shape, ...].
      mask: booleans, with values known while tracing.
      axis: where the mask's first axis lies in `tensor`; 0 by default.

    >>> import tfjax as tf
    >>> tf.boolean_mask([1, 2, 3], [True, False, True]).numpy()
    array([1, 3], dtype=int32)
    """
    chosen = np.asarray(mask, bool)
    axis = 0 if axis is None else axis
    if chosen.ndim == 0:
        raise ValueError("mask cannot be scalar.")
    if tensor.shape[axis : axis + chosen.ndim] != chosen.shape:
        raise ValueError(f"Shapes {tensor.shape[axis:axis + chosen.ndim]} and {chosen.shape} are incompatible")
    flat = tensor.reshape((*tensor.shape[:axis], -1, *tensor.shape[axis + chosen.ndim :]))
    index = np.flatnonzero(chosen.reshape(-1))
    return namespace(tensor).take(flat, index, axis=axis)
