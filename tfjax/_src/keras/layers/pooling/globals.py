"""Pooling over whole axes, and over a fixed number of windows."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.convolutional.base import checked_format, sizes
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.math.reductions import reduce_max, reduce_mean, reduce_sum


class GlobalPooling(ConfiguredLayer):
    """What the global pooling layers share."""

    rank = 2
    kind = "max"

    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format, self.keepdims = checked_format(data_format), keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    def _axes(self) -> list[int]:
        first = 1 if self.data_format == "channels_last" else 2
        return list(range(first, first + self.rank))

    def call(self, inputs: Any) -> Any:
        if self.kind == "max":
            reduce = reduce_max
        else:
            reduce = reduce_mean
            if not inputs.dtype.is_floating:
                inputs = cast(inputs, self.compute_dtype)
        return reduce(inputs, axis=self._axes(), keepdims=self.keepdims)


@export("keras.layers.GlobalMaxPooling1D", "keras.layers.GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalPooling):
    """The maximum over all steps."""

    rank, kind = 1, "max"


@export("keras.layers.GlobalMaxPooling2D", "keras.layers.GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalPooling):
    """The maximum over an image.

    Args:
      data_format: "channels_last" or "channels_first".
      keepdims: keeps the spatial axes with size 1.

    >>> import tfjax as tf
    >>> tf.keras.layers.GlobalMaxPooling2D()(tf.ones((1, 4, 6, 3))).shape
    TensorShape([1, 3])
    """

    rank, kind = 2, "max"


@export("keras.layers.GlobalMaxPooling3D", "keras.layers.GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalPooling):
    """The maximum over a volume."""

    rank, kind = 3, "max"


@export("keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalPooling):
    """The mean over an image; arguments as of GlobalMaxPooling2D."""

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
        weights = expand_dims(cast(mask, inputs.dtype), 2 if self.data_format == "channels_last" else 1)
        axis = self._axes()
        total = reduce_sum(inputs * weights, axis=axis, keepdims=self.keepdims)
        return total / reduce_sum(weights, axis=axis, keepdims=self.keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


@op("_internal.adaptive_pool", raw="AdaptivePool")
def _adaptive_pool(x: Float, sizes: Static, first: int, largest: bool, name: Name = None):
    """Along each axis from `first`, the maximum or mean of `sizes[i]` windows that cover it."""
    xp = namespace(x)
    for i, count in enumerate(sizes):
        axis, size = first + i, x.shape[first + i]
        reduce = xp.max if largest else xp.mean
        parts = []
        for j in range(count):
            start, stop = j * size // count, -(-(j + 1) * size // count)
            parts.append(reduce(x[(slice(None),) * axis + (slice(start, stop),)], axis=axis))
        x = xp.stack(parts, axis=axis)
    return x


class AdaptivePooling(ConfiguredLayer):
    """What the adaptive pooling layers share."""

    rank = 2
    kind = "max"

    def __init__(self, output_size: Any, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = sizes(output_size, self.rank, "output_size")
        self.data_format = checked_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        return _adaptive_pool(inputs, self.output_size, 1 if self.data_format == "channels_last" else 2, self.kind == "max")


@export("keras.layers.AdaptiveMaxPooling1D")
class AdaptiveMaxPooling1D(AdaptivePooling):
    """The maximum of `output_size` windows of steps."""

    rank, kind = 1, "max"


@export("keras.layers.AdaptiveMaxPooling2D")
class AdaptiveMaxPooling2D(AdaptivePooling):
    """The maximum of a grid of windows that covers an image.

    Args:
      output_size: the outputs' spatial sizes, an int or one per axis.
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.AdaptiveMaxPooling2D(2)(tf.ones((1, 5, 7, 3))).shape
    TensorShape([1, 2, 2, 3])
    """

    rank, kind = 2, "max"


@export("keras.layers.AdaptiveMaxPooling3D")
class AdaptiveMaxPooling3D(AdaptivePooling):
    """The maximum of a grid of windows that covers a volume."""

    rank, kind = 3, "max"


@export("keras.layers.AdaptiveAveragePooling1D")
class AdaptiveAveragePooling1D(AdaptivePooling):
    """The mean of `output_size` windows of steps."""

    rank, kind = 1, "avg"


@export("keras.layers.AdaptiveAveragePooling2D")
class AdaptiveAveragePooling2D(AdaptivePooling):
    """The mean of a grid of windows that covers an image."""

    rank, kind = 2, "avg"


@export("keras.layers.AdaptiveAveragePooling3D")
class AdaptiveAveragePooling3D(AdaptivePooling):
    """The mean of a grid of windows that covers a volume."""

    rank, kind = 3, "avg"
