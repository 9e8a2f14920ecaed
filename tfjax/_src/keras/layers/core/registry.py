"""Layers to and from configs."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.saving import serialization


@export("keras.layers.serialize")
def serialize(layer: Any) -> Any:
    """The config of a layer, with its class.

    >>> import tfjax as tf
    >>> tf.keras.layers.serialize(tf.keras.layers.ReLU())["class_name"]
    'ReLU'
    """
    return serialization.serialize_keras_object(layer)


@export("keras.layers.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The layer of a config.

    Raises:
      ValueError: a config that gives something else.

    >>> import tfjax as tf
    >>> tf.keras.layers.deserialize({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    layer = serialization.deserialize_keras_object(config, custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(f"`keras.layers.deserialize` was passed a `config` object that is not a `keras.layers.Layer`. Received: {config}")
    return layer
