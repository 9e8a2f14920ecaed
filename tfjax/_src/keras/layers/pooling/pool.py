"""Pooling layers."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.policy import image_data_format
from tfjax._src.keras.layers.convolutional.base import sizes as tuple_of
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.math.reductions import reduce_max, reduce_mean, reduce_sum
from tfjax._src.ops.nn import windows


class Pooling(Layer):
    """What the pooling layers share."""

    rank = 2
    kind = "max"

    def __init__(self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_size = tuple_of(pool_size, self.rank, "pool_size")
        self.strides = tuple_of(self.pool_size if strides is None else strides, self.rank, "strides")
        self.padding = padding.lower()
        if self.padding not in ("valid", "same"):
            raise ValueError(f"The `padding` argument must be one of {{'valid', 'same'}}. Received: {padding}")
        self.data_format = data_format or image_data_format()
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        pool = windows.max_pool if self.kind == "max" else windows.avg_pool
        return pool(inputs, self.pool_size, self.strides, self.padding.upper(), self.data_format == "channels_last")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pool_size": self.pool_size, "strides": self.strides, "padding": self.padding, "data_format": self.data_format}


@export("keras.layers.MaxPooling1D", "keras.layers.MaxPool1D")
class MaxPooling1D(Pooling):
    """The maximum of windows of steps."""

    rank, kind = 1, "max"


@export("keras.layers.MaxPooling2D", "keras.layers.MaxPool2D")
class MaxPooling2D(Pooling):
    """The maximum of windows of an image.

    Args:
      pool_size: the window, an int or one per axis.
      strides: the steps between windows; `pool_size` if None.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
    """

    rank, kind = 2, "max"


@export("keras.layers.MaxPooling3D", "keras.layers.MaxPool3D")
class MaxPooling3D(Pooling):
    """The maximum of windows of a volume."""

    rank, kind = 3, "max"


@export("keras.layers.AveragePooling1D", "keras.layers.AvgPool1D")
class AveragePooling1D(Pooling):
    """The mean of windows of steps."""

    rank, kind = 1, "avg"


@export("keras.layers.AveragePooling2D", "keras.layers.AvgPool2D")
class AveragePooling2D(Pooling):
    """The mean of windows of an image; arguments as of MaxPooling2D."""

    rank, kind = 2, "avg"


@export("keras.layers.AveragePooling3D", "keras.layers.AvgPool3D")
class AveragePooling3D(Pooling):
    """The mean of windows of a volume."""

    rank, kind = 3, "avg"


class GlobalPooling(Layer):
    """What the global pooling layers share."""

    rank = 2
    kind = "max"

    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format, self.keepdims = data_format or image_data_format(), keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _axes(self) -> list[int]:
        first = 1 if self.data_format == "channels_last" else 2
        return list(range(first, first + self.rank))

    def call(self, inputs: Any) -> Any:
        reduce = reduce_max if self.kind == "max" else reduce_mean
        return reduce(inputs, axis=self._axes(), keepdims=self.keepdims)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


@export("keras.layers.GlobalMaxPooling1D", "keras.layers.GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalPooling):
    """The maximum over all steps."""

    rank, kind = 1, "max"


@export("keras.layers.GlobalMaxPooling2D", "keras.layers.GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalPooling):
    """The maximum over an image."""

    rank, kind = 2, "max"


@export("keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalPooling):
    """The mean over an image."""

    rank, kind = 2, "avg"


@export("keras.layers.GlobalAveragePooling3D", "keras.layers.GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalPooling):
    """The mean over a volume."""

    rank, kind = 3, "avg"


@export("keras.layers.GlobalAveragePooling1D", "keras.layers.GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalPooling):
    """The mean over all steps, masked steps left out."""

    rank, kind = 1, "avg"

    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        weight = expand_dims(cast(mask, inputs.dtype), 2 if self.data_format == "channels_last" else 1)
        axis = self._axes()
        return reduce_sum(inputs * weight, axis=axis, keepdims=self.keepdims) / reduce_sum(weight, axis=axis, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None
