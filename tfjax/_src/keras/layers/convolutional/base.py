"""What the convolution layers share."""

from __future__ import annotations

from typing import Any

from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.policy import image_data_format
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.nn import windows

_FORMATS = {"channels_last", "channels_first"}


def sizes(value: Any, rank: int, name: str, zero: bool = False) -> tuple[int, ...]:
    """`value`, an int or one per axis, for each of `rank` axes.

    Raises:
      ValueError: a wrong number, or what is not a positive int (or 0, with `zero`).
    """
    kind = ">= 0" if zero else "> 0"
    try:
        result = (value,) * rank if isinstance(value, int) else tuple(value)
    except TypeError:
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value}") from None
    if len(result) != rank:
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value}")
    if any(not isinstance(v, int) for v in result):
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value} including element {result}")
    bad = {v for v in result if v < 0 or (v == 0 and not zero)}
    if bad:
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value}, including values {bad} that do not satisfy `value {kind}`")
    return result


def checked_padding(value: Any, allowed: tuple[str, ...] = ("valid", "same")) -> str:
    """The padding's name in lower case."""
    padding = value.lower() if isinstance(value, str) else value
    if padding not in allowed:
        raise ValueError(f"The `padding` argument must be one of {set(allowed)}. Received: {value}")
    return padding


def checked_format(value: Any) -> str:
    """The layout of the channels; None is the global setting."""
    chosen = image_data_format() if value is None else str(value).lower()
    if chosen not in _FORMATS:
        raise ValueError(f"The `data_format` argument must be one of {_FORMATS}. Received: {value}")
    return chosen


class BaseConv(ConfiguredLayer):
    """A convolution; `rank` is the number of spatial axes."""

    rank = 2
    extra = ("activity_regularizer",)
    paddings: tuple[str, ...] = ("valid", "same")
    # What is reported as the kernel's settings: `kernel_initializer` or `depthwise_initializer`.
    kernel_kind = "kernel"

    filters: int | None
    groups = 1
    use_bias: bool
    activation: Any

    def _start(self, values: dict[str, Any]) -> None:
        """Keeps the constructor's `locals()` and checks them."""
        keep(self, values)
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, sizes(values[name], self.rank, name))
        self.padding = checked_padding(values["padding"], self.paddings)
        self.data_format = checked_format(values["data_format"])
        self.input_spec = InputSpec(min_ndim=self.rank + 2, max_ndim=self.rank + 2)
        filters = values.get("filters", 1)
        if filters is not None and filters <= 0:
            raise ValueError(f"Invalid value for argument `filters`. Expected a strictly positive value. Received filters={filters}.")
        if self.groups <= 0:
            raise ValueError(f"The number of groups must be a positive integer. Received: groups={self.groups}.")
        if filters is not None and filters % self.groups:
            raise ValueError(f"The number of filters must be evenly divisible by the number of groups. Received: groups={self.groups}, filters={filters}.")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(f"`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides={self.strides} and dilation_rate={self.dilation_rate}")

    @property
    def _last(self) -> bool:
        return self.data_format == "channels_last"

    def _channels(self, input_shape: Any) -> int:
        """The number of input channels; requires it of later inputs."""
        axis = -1 if self._last else 1
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(f"The channel dimension of the inputs should be defined. Found None. Full input shape received: input_shape={tuple(input_shape)}")
        self.input_spec = InputSpec(min_ndim=self.rank + 2, max_ndim=self.rank + 2, axes={axis: channels})
        return channels

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ValueError(f"The number of input channels must be evenly divisible by the number of groups. Received groups={self.groups}, but the input has {channels} channels (full input shape is {tuple(input_shape)}).")
        self._check_sizes(input_shape)
        self.kernel = weight(self, "kernel", (*self.kernel_size, channels // self.groups, self.filters))
        self._add_bias(self.filters)

    def _check_sizes(self, input_shape: Any) -> None:
        """Raises ValueError for inputs that no window fits in."""
        if self.padding != "valid":
            return
        spatial = list(input_shape)[1:-1] if self._last else list(input_shape)[2:]
        spans = [(k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate)]
        if any(size is not None and size < span for size, span in zip(spatial, spans)):
            raise ValueError(f"Computed output size would be zero or negative. Received `inputs shape={tuple(input_shape)}`, `kernel shape={self.kernel_size}`, `dilation_rate={self.dilation_rate}`, `strides={self.strides}`, `padding={self.padding}`.")

    def _add_bias(self, size: Any) -> None:
        self.bias = weight(self, "bias", (size,)) if self.use_bias else None

    def _convolve(self, inputs: Any) -> Any:
        return windows.convolution(
            inputs, self.kernel, self.strides, self.padding.upper(), self.dilation_rate, self.groups, self._last
        )

    def call(self, inputs: Any) -> Any:
        outputs = self._convolve(inputs)
        if self.bias is not None:
            shape = (1, -1) + (1,) * self.rank
            outputs = add(outputs, self.bias if self._last else reshape(self.bias, shape))
        return self.activation(outputs)
