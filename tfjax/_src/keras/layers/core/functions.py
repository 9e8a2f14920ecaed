"""Lambda, Masking and Identity."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.keras.saving import serialization
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math.comparison import not_equal
from tfjax._src.ops.math.reductions import reduce_any


@export("keras.layers.Lambda")
class Lambda(ConfiguredLayer):
    """A function as a layer.

    Args:
      function: called with the inputs (and `mask` or `training` if it takes them).
      output_shape: the outputs' shape without the batch axis, or a function of the inputs' shape;
        found by tracing if None.
      mask: the outputs' mask, or a function of (inputs, mask).
      arguments: keyword arguments for `function`.

    >>> import tfjax as tf
    >>> tf.keras.layers.Lambda(lambda x: x * 2)(tf.constant([3.0])).numpy()
    array([6.], dtype=float32)
    """

    def __init__(self, function: Callable[..., Any], output_shape: Any = None, mask: Any = None, arguments: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arguments = arguments or {}
        self.function = function
        self._output_shape = output_shape if output_shape is None or callable(output_shape) else tuple(output_shape)
        self.mask = mask
        self.supports_masking = mask is not None

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        names = inspect.signature(self.function).parameters
        extra = {k: v for k, v in (("mask", mask), ("training", training)) if k in names and k not in self.arguments}
        return self.function(inputs, **self.arguments, **extra)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return tuple(self._output_shape(input_shape))
        return (input_shape[0], *self._output_shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        config = super(ConfiguredLayer, self).get_config()
        config["function"] = serialization.serialize_keras_object(self.function)
        if self._output_shape is not None:
            shape = self._output_shape
            config["output_shape"] = serialization.serialize_keras_object(shape) if callable(shape) else shape
        if self.mask is not None:
            config["mask"] = serialization.serialize_keras_object(self.mask)
        config["arguments"] = serialization.serialize_keras_object(self.arguments)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None, safe_mode: Any = None) -> Any:
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            if isinstance(config.get(name), dict):
                config[name] = serialization.deserialize_keras_object(config[name], custom_objects, safe_mode is not False)
        return cls(**config)


@export("keras.layers.Masking")
class Masking(ConfiguredLayer):
    """Marks steps whose features all equal `mask_value` as padding.

    >>> import tfjax as tf
    >>> tf.keras.layers.Masking().compute_mask(tf.constant([[[1.0], [0.0]]])).numpy()
    array([[ True, False]])
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return reduce_any(not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        keep = reduce_any(not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * cast(keep, inputs.dtype)


@export("keras.layers.Identity")
class Identity(ConfiguredLayer):
    """The inputs, unchanged."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return inputs
