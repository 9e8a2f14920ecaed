"""Rescaling."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.layers.preprocessing.encoding import of_values
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast


@export("keras.layers.Rescaling", "keras.layers.experimental.preprocessing.Rescaling")
class Rescaling(ConfiguredLayer):
    """inputs * scale + offset.

    Args:
      scale, offset: numbers, or lists of one per channel.

    >>> import tfjax as tf
    >>> tf.keras.layers.Rescaling(1.0 / 255)(tf.constant([255])).numpy()
    array([1.], dtype=float32)
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return of_values(self._scaled, inputs)

    def _scaled(self, x: Any) -> Any:
        x = cast(x, self.compute_dtype)
        return x * to_tensor(self.scale, None, x.dtype) + to_tensor(self.offset, None, x.dtype)
