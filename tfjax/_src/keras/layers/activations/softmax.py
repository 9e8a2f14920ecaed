"""Softmax with masks."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.args import BoolTensor, Float, Name, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras import activations
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast


@op("_internal.keras_masked_softmax", raw="Softmax")
def _masked_softmax(x: Float, mask: BoolTensor, axis: Static, name: Name = None):
    """Softmax over several axes; without an allowed element all is 0."""
    xp = namespace(x, mask)
    largest = 3e4 if x.dtype.itemsize == 2 and x.dtype.name == "float16" else 1e9
    x = xp.where(mask, x, xp.asarray(-largest, x.dtype))
    exponential = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    found = exponential / xp.sum(exponential, axis=axis, keepdims=True)
    return xp.where(mask, found, xp.zeros((), x.dtype))


@export("keras.layers.Softmax")
class Softmax(ConfiguredLayer):
    """exp(x) / sum(exp(x)) along an axis or several; masked elements get 0.

    Args:
      axis: the axis or axes.

    >>> import tfjax as tf
    >>> tf.keras.layers.Softmax()(tf.constant([[1.0, 1.0]])).numpy()
    array([[0.5, 0.5]], dtype=float32)
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        several = isinstance(self.axis, (list, tuple))
        if mask is not None:
            return _masked_softmax(inputs, cast(mask, "bool"), tuple(self.axis) if several else self.axis)
        if several and len(self.axis) == 1:
            return activations.softmax(inputs, self.axis[0])
        if several:
            return _softmax_over(inputs, tuple(self.axis))
        return activations.softmax(inputs, self.axis)


@op("_internal.keras_softmax_over", raw="Softmax")
def _softmax_over(x: Float, axis: Static, name: Name = None):
    xp = namespace(x)
    exponential = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return exponential / xp.sum(exponential, axis=axis, keepdims=True)
