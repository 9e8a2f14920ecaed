"""Convolution layers."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras import activations, constraints, initializers, regularizers
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.policy import image_data_format
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.nn import windows


def tuple_of(value: Any, rank: int, name: str) -> tuple[int, ...]:
    """`value` for each spatial axis. Raises ValueError for a wrong number."""
    result = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(result) != rank or any(not isinstance(v, int) or v <= 0 for v in result):
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value}")
    return result


class BaseConv(Layer):
    """What the convolution layers share; `rank` is the number of spatial axes."""

    rank = 2

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None,
        dilation_rate: Any = 1, groups: int = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters, self.groups, self.use_bias = filters, groups, use_bias
        self.kernel_size = tuple_of(kernel_size, self.rank, "kernel_size")
        self.strides = tuple_of(strides, self.rank, "strides")
        self.dilation_rate = tuple_of(dilation_rate, self.rank, "dilation_rate")
        self.padding = padding.lower()
        if self.padding not in ("valid", "same") + (("causal",) if self.rank == 1 else ()):
            raise ValueError(f"The `padding` argument must be one of {{'valid', 'same'}}. Received: {padding}")
        if filters is not None and (filters <= 0 or filters % groups):
            raise ValueError(f"Invalid value for argument `filters`. Expected a strictly positive value that is a multiple of `groups`. Received filters={filters}, groups={groups}.")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(f"`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides={self.strides} and dilation_rate={self.dilation_rate}")
        self.data_format = data_format or image_data_format()
        self.activation = activations.get(activation)
        self.kernel_initializer, self.bias_initializer = initializers.get(kernel_initializer), initializers.get(bias_initializer)
        self.kernel_regularizer, self.bias_regularizer = regularizers.get(kernel_regularizer), regularizers.get(bias_regularizer)
        self.kernel_constraint, self.bias_constraint = constraints.get(kernel_constraint), constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=self.rank + 2, max_ndim=self.rank + 2)

    @property
    def _last(self) -> bool:
        return self.data_format == "channels_last"

    def _kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel_size, channels // self.groups, self.filters)

    def build(self, input_shape: Any) -> None:
        axis = -1 if self._last else 1
        channels = input_shape[axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found None.")
        if channels % self.groups:
            raise ValueError(f"The number of input channels must be evenly divisible by the number of groups. Received groups={self.groups}, but the input has {channels} channels (full input shape is {input_shape}).")
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={axis: channels})
        self.kernel = self.add_weight(name="kernel", shape=self._kernel_shape(channels), initializer=self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        self._add_bias(self.filters)

    def _add_bias(self, size: int) -> None:
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(size,), initializer=self.bias_initializer, regularizer=self.bias_regularizer, constraint=self.bias_constraint)

    def _convolve(self, inputs: Any) -> Any:
        return windows.convolution(inputs, self.kernel, self.strides, self.padding.upper(), self.dilation_rate, self.groups, self._last)

    def call(self, inputs: Any) -> Any:
        outputs = self._convolve(inputs)
        for size in outputs.shape[1:]:
            if size == 0:
                raise ValueError(f"Computed output size would be zero or negative. Received inputs of shape {tuple(inputs.shape)}, kernel_size={self.kernel_size}.")
        if self.bias is not None:
            shape = (1,) * (self.rank + 1) + (-1,) if self._last else (1, -1) + (1,) * self.rank
            outputs = add(outputs, self.bias if self._last else reshape(self.bias, shape))
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size, "strides": self.strides,
            "padding": self.padding, "data_format": self.data_format, "dilation_rate": self.dilation_rate, "groups": self.groups,
            "activation": activations.serialize(self.activation), "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer), "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.FAMILY.serialize(self.kernel_regularizer), "bias_regularizer": regularizers.FAMILY.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.FAMILY.serialize(self.kernel_constraint), "bias_constraint": constraints.FAMILY.serialize(self.bias_constraint),
        }


@export("keras.layers.Conv1D", "keras.layers.Convolution1D")
class Conv1D(BaseConv):
    """Convolution over sequences [batch, steps, channels]; padding "valid", "same" or "causal"."""

    rank = 1


@export("keras.layers.Conv2D", "keras.layers.Convolution2D")
class Conv2D(BaseConv):
    """Convolution over images [batch, height, width, channels].

    Args:
      filters: channels of the outputs.
      kernel_size, strides, dilation_rate: an int or one per axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      groups: groups of channels convolved apart.
      activation, use_bias, kernel_initializer, …: as of Dense.
    """

    rank = 2


@export("keras.layers.Conv3D", "keras.layers.Convolution3D")
class Conv3D(BaseConv):
    """Convolution over volumes [batch, depth, height, width, channels]."""

    rank = 3


@export("keras.layers.DepthwiseConv2D")
class DepthwiseConv2D(BaseConv):
    """Convolves each channel on its own, `depth_multiplier` filters each."""

    rank = 2

    def __init__(self, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid", depth_multiplier: int = 1, data_format: Any = None, dilation_rate: Any = (1, 1), activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None:
        super().__init__(None, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias, depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer, activity_regularizer, depthwise_constraint, bias_constraint, **kwargs)
        self.depth_multiplier = depth_multiplier

    def build(self, input_shape: Any) -> None:
        channels = input_shape[-1 if self._last else 1]
        self._channels = channels
        self.kernel = self.add_weight(name="kernel", shape=(*self.kernel_size, channels, self.depth_multiplier), initializer=self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        self._add_bias(channels * self.depth_multiplier)

    def _convolve(self, inputs: Any) -> Any:
        kernel = reshape(self.kernel, (*self.kernel_size, 1, self._channels * self.depth_multiplier))
        return windows.convolution(inputs, kernel, self.strides, self.padding.upper(), self.dilation_rate, self._channels, self._last)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("filters", "groups"):
            config.pop(name)
        for kind in ("initializer", "regularizer", "constraint"):
            config[f"depthwise_{kind}"] = config.pop(f"kernel_{kind}")
        return {**config, "depth_multiplier": self.depth_multiplier}


@export("keras.layers.SeparableConv2D", "keras.layers.SeparableConvolution2D")
class SeparableConv2D(BaseConv):
    """A depthwise convolution followed by a 1x1 convolution."""

    rank = 2

    def __init__(self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: Any = None, dilation_rate: Any = (1, 1), depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform", pointwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", depthwise_regularizer: Any = None, pointwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None, pointwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias, depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer, activity_regularizer, depthwise_constraint, bias_constraint, **kwargs)
        self.depth_multiplier = depth_multiplier
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer, self.pointwise_constraint = regularizers.get(pointwise_regularizer), constraints.get(pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        channels = self._channels = input_shape[-1 if self._last else 1]
        self.depthwise_kernel = self.add_weight(name="depthwise_kernel", shape=(*self.kernel_size, channels, self.depth_multiplier), initializer=self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        self.pointwise_kernel = self.add_weight(name="pointwise_kernel", shape=(1, 1, channels * self.depth_multiplier, self.filters), initializer=self.pointwise_initializer, regularizer=self.pointwise_regularizer, constraint=self.pointwise_constraint)
        self._add_bias(self.filters)

    def _convolve(self, inputs: Any) -> Any:
        kernel = reshape(self.depthwise_kernel, (*self.kernel_size, 1, self._channels * self.depth_multiplier))
        middle = windows.convolution(inputs, kernel, self.strides, self.padding.upper(), self.dilation_rate, self._channels, self._last)
        return windows.convolution(middle, self.pointwise_kernel, (1, 1), "VALID", (1, 1), 1, self._last)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("groups")
        for kind in ("initializer", "regularizer", "constraint"):
            config[f"depthwise_{kind}"] = config.pop(f"kernel_{kind}")
        config["pointwise_initializer"] = initializers.serialize(self.pointwise_initializer)
        return {**config, "depth_multiplier": self.depth_multiplier}


class BaseConvTranspose(BaseConv):
    """What the transposed convolutions share."""

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None, data_format: Any = None, dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True, **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, 1, activation, use_bias, **kwargs)
        self.output_padding = None if output_padding is None else tuple_of(output_padding, self.rank, "output_padding")

    def _kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel_size, self.filters, channels)

    def _convolve(self, inputs: Any) -> Any:
        sizes = inputs.shape[1:-1] if self._last else inputs.shape[2:]
        outs = []
        for i, size in enumerate(sizes):
            span = (self.kernel_size[i] - 1) * self.dilation_rate[i] + 1
            if self.output_padding is not None:
                pad = span // 2 if self.padding == "same" else 0
                outs.append((size - 1) * self.strides[i] + span - 2 * pad + self.output_padding[i])
            elif self.padding == "same":
                outs.append(size * self.strides[i])
            else:
                outs.append(size * self.strides[i] + max(span - self.strides[i], 0))
        return windows.convolution_transpose(inputs, self.kernel, self.strides, self.padding.upper(), self.dilation_rate, tuple(outs), self._last)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("groups")
        return {**config, "output_padding": self.output_padding}


@export("keras.layers.Conv2DTranspose", "keras.layers.Convolution2DTranspose")
class Conv2DTranspose(BaseConvTranspose):
    """The transpose of Conv2D: makes images larger."""

    rank = 2


@export("keras.layers.Conv1DTranspose")
class Conv1DTranspose(BaseConvTranspose):
    """The transpose of Conv1D: makes sequences longer."""

    rank = 1
