"""Wrapper: the base of layers around a layer."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.layers.settings import ConfiguredLayer


@export("keras.layers.Wrapper")
class Wrapper(ConfiguredLayer):
    """Base class of layers that change what another layer does.

    Args:
      layer: the layer.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Argument `layer` supplied to Wrapper isn't a supported layer type. Please ensure wrapped layer is a valid Keras layer. Received: layer={layer} (of type {type(layer)})")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        from tfjax._src.keras.saving import serialization

        layer = serialization.deserialize_keras_object(config["layer"], custom_objects)
        return cls(layer, **{k: v for k, v in config.items() if k != "layer"})
