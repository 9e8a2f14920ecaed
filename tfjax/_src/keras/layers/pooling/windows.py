"""Pooling over windows."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.convolutional.base import checked_format, checked_padding, sizes
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.nn import windows


class Pooling(ConfiguredLayer):
    """What the pooling layers share."""

    rank = 2
    kind = "max"

    def __init__(
        self, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: Any = None, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = sizes(pool_size, self.rank, "pool_size")
        strides = pool_size if strides is None else strides
        self.strides = sizes(strides, self.rank, "strides", zero=True)
        self.padding = checked_padding(padding)
        self.data_format = checked_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    def call(self, inputs: Any) -> Any:
        pool = windows.max_pool if self.kind == "max" else windows.avg_pool
        return pool(inputs, self.pool_size, self.strides, self.padding.upper(), self.data_format == "channels_last")


def _with_size(pool_size: Any) -> Any:
    """`Pooling`'s constructor with a default for `pool_size`."""

    def __init__(  # noqa: N807
        self: Any, pool_size: Any = pool_size, strides: Any = None, padding: str = "valid", data_format: Any = None,
        name: str | None = None, **kwargs: Any,
    ) -> None:
        Pooling.__init__(self, pool_size, strides, padding, data_format, name, **kwargs)

    return __init__


@export("keras.layers.MaxPooling1D", "keras.layers.MaxPool1D")
class MaxPooling1D(Pooling):
    """The maximum of windows of steps; arguments as of MaxPooling2D."""

    rank, kind = 1, "max"
    __init__ = _with_size(2)


@export("keras.layers.MaxPooling2D", "keras.layers.MaxPool2D")
class MaxPooling2D(Pooling):
    """The maximum of windows of an image.

    Args:
      pool_size: the window, an int or one per axis.
      strides: the steps between windows; `pool_size` if None.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.MaxPooling2D()(tf.ones((1, 4, 6, 1))).shape
    TensorShape([1, 2, 3, 1])
    """

    rank, kind = 2, "max"
    __init__ = _with_size((2, 2))


@export("keras.layers.MaxPooling3D", "keras.layers.MaxPool3D")
class MaxPooling3D(Pooling):
    """The maximum of windows of a volume; arguments as of MaxPooling2D."""

    rank, kind = 3, "max"
    __init__ = _with_size((2, 2, 2))


@export("keras.layers.AveragePooling1D", "keras.layers.AvgPool1D")
class AveragePooling1D(Pooling):
    """The mean of windows of steps; arguments as of MaxPooling2D."""

    rank, kind = 1, "avg"


@export("keras.layers.AveragePooling2D", "keras.layers.AvgPool2D")
class AveragePooling2D(Pooling):
    """The mean of windows of an image; arguments as of MaxPooling2D."""

    rank, kind = 2, "avg"


@export("keras.layers.AveragePooling3D", "keras.layers.AvgPool3D")
class AveragePooling3D(Pooling):
    """The mean of windows of a volume; arguments as of MaxPooling2D."""

    rank, kind = 3, "avg"
