"""Conv1DTranspose, Conv2DTranspose and Conv3DTranspose."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.layers.convolutional.base import BaseConv, sizes
from tfjax._src.keras.layers.settings import weight, with_defaults
from tfjax._src.ops.nn import windows


class ConvTranspose(BaseConv):
    """The gradient of a convolution as a layer."""

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
        data_format: Any = None, dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._start(locals())

    def _start(self, values: dict[str, Any]) -> None:
        super()._start(values)
        padding = values["output_padding"]
        self.output_padding = None if padding is None else sizes(padding, self.rank, "output_padding", zero=True)
        if self.output_padding is not None and any(p >= s for p, s in zip(self.output_padding, self.strides)):
            raise ValueError(f"Strides must be strictly greater than output padding. Received: strides={self.strides}, output_padding={self.output_padding}.")

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = weight(self, "kernel", (*self.kernel_size, self.filters, channels))
        self._add_bias(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        spatial = inputs.shape[1:-1] if self._last else inputs.shape[2:]
        outs = tuple(self._length(i, size) for i, size in enumerate(spatial))
        return windows.convolution_transpose(
            inputs, self.kernel, self.strides, self.padding.upper(), self.dilation_rate, outs, self._last
        )

    def _length(self, i: int, size: int) -> int:
        """The outputs' size along spatial axis `i`."""
        span, stride = (self.kernel_size[i] - 1) * self.dilation_rate[i] + 1, self.strides[i]
        if self.output_padding is None:
            return size * stride + (0 if self.padding == "same" else max(span - stride, 0))
        cut = span // 2 * 2 if self.padding == "same" else 0
        return (size - 1) * stride + span - cut + self.output_padding[i]


@export("keras.layers.Conv1DTranspose", "keras.layers.Convolution1DTranspose")
class Conv1DTranspose(ConvTranspose):
    """The transpose of Conv1D: makes sequences longer. Arguments as of Conv2DTranspose."""

    rank = 1


@export("keras.layers.Conv2DTranspose", "keras.layers.Convolution2DTranspose")
class Conv2DTranspose(ConvTranspose):
    """The transpose of Conv2D: makes images larger.

    Args:
      output_padding: added to the outputs' sizes; chosen for "same" and "valid" if None.
      filters, kernel_size, strides, …: as of Conv2D.

    >>> import tfjax as tf
    >>> tf.keras.layers.Conv2DTranspose(4, 3, strides=2, padding="same")(tf.ones((2, 5, 5, 1))).shape
    TensorShape([2, 10, 10, 4])
    """

    rank = 2
    __init__ = with_defaults(ConvTranspose.__init__, strides=(1, 1), dilation_rate=(1, 1))


@export("keras.layers.Conv3DTranspose", "keras.layers.Convolution3DTranspose")
class Conv3DTranspose(ConvTranspose):
    """The transpose of Conv3D: makes volumes larger. Arguments as of Conv2DTranspose."""

    rank = 3

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: Any = None,
        output_padding: Any = None, dilation_rate: Any = (1, 1, 1), activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ) -> None:
        BaseConv.__init__(self, activity_regularizer=activity_regularizer, **kwargs)
        self._start(locals())
