"""Depthwise and separable convolutions."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.layers.convolutional.base import BaseConv
from tfjax._src.keras.layers.settings import weight, with_defaults
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.nn import windows


def _convolve_channels(layer: BaseConv, inputs: Any, kernel: Any) -> Any:
    """Convolves each channel on its own with [*window, channels, multiplier]."""
    *window, channels, multiplier = kernel.shape
    strides = layer.strides
    padding: Any = layer.padding.upper()
    return windows.convolution(
        inputs, reshape(kernel, (*window, 1, channels * multiplier)), strides, padding, layer.dilation_rate, channels, layer._last
    )


class DepthwiseConv(BaseConv):
    """A convolution of each channel on its own."""

    depth_multiplier: int

    def __init__(
        self, kernel_size: Any, strides: Any = 1, padding: str = "valid", depth_multiplier: int = 1, data_format: Any = None,
        dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", depthwise_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._start(locals())
        if depth_multiplier <= 0:
            raise ValueError(f"Invalid value for argument `depth_multiplier`. Expected a strictly positive value. Received depth_multiplier={depth_multiplier}.")

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = weight(self, "kernel", (*self.kernel_size, channels, self.depth_multiplier), "depthwise")
        self._add_bias(channels * self.depth_multiplier)

    def _convolve(self, inputs: Any) -> Any:
        return _convolve_channels(self, inputs, self.kernel)


@export("keras.layers.DepthwiseConv1D")
class DepthwiseConv1D(DepthwiseConv):
    """Convolves each channel of sequences on its own; arguments as of DepthwiseConv2D."""

    rank = 1


@export("keras.layers.DepthwiseConv2D")
class DepthwiseConv2D(DepthwiseConv):
    """Convolves each channel of images on its own, with `depth_multiplier` filters each.

    Args:
      kernel_size, strides, padding, …: as of Conv2D; `depthwise_…` concern the kernel.

    >>> import tfjax as tf
    >>> tf.keras.layers.DepthwiseConv2D(3, depth_multiplier=2)(tf.ones((2, 5, 5, 3))).shape
    TensorShape([2, 3, 3, 6])
    """

    rank = 2
    __init__ = with_defaults(DepthwiseConv.__init__, strides=(1, 1), dilation_rate=(1, 1))


class SeparableConv(BaseConv):
    """A depthwise convolution followed by a pointwise one."""

    depth_multiplier: int

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None,
        dilation_rate: Any = 1, depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", depthwise_regularizer: Any = None, pointwise_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None,
        pointwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._start(locals())

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.depthwise_kernel = weight(self, "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), "depthwise")
        ones = (1,) * self.rank
        self.pointwise_kernel = weight(self, "pointwise_kernel", (*ones, channels * self.depth_multiplier, self.filters), "pointwise")
        self._add_bias(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        middle = _convolve_channels(self, inputs, self.depthwise_kernel)
        ones = (1,) * self.rank
        return windows.convolution(middle, self.pointwise_kernel, ones, "VALID", ones, 1, self._last)


@export("keras.layers.SeparableConv1D", "keras.layers.SeparableConvolution1D")
class SeparableConv1D(SeparableConv):
    """A depthwise convolution of sequences followed by a dense layer; arguments as of SeparableConv2D."""

    rank = 1


@export("keras.layers.SeparableConv2D", "keras.layers.SeparableConvolution2D")
class SeparableConv2D(SeparableConv):
    """A depthwise convolution of images followed by a 1x1 convolution. Chollet 2017.

    Args:
      filters, kernel_size, strides, …: as of Conv2D; `depthwise_…` and `pointwise_…` concern the two
        kernels.
      depth_multiplier: filters per channel in between.

    >>> import tfjax as tf
    >>> tf.keras.layers.SeparableConv2D(4, 3)(tf.ones((2, 5, 5, 3))).shape
    TensorShape([2, 3, 3, 4])
    """

    rank = 2
    __init__ = with_defaults(SeparableConv.__init__, strides=(1, 1), dilation_rate=(1, 1))
