"""ConvLSTM1D, ConvLSTM2D and ConvLSTM3D. Shi et al. 2015."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.convolutional.base import checked_format, checked_padding, sizes
from tfjax._src.keras.layers.rnn.cells import DropoutMasks, _ForgetOnes
from tfjax._src.keras.layers.rnn.rnn import RNN
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight, written
from tfjax._src.keras.random_state import SeedGenerator
from tfjax._src.ops.array.creation import zeros
from tfjax._src.ops.array.join import split
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.nn import windows


class ConvLSTMCell(DropoutMasks, ConfiguredLayer):
    """One step of an LSTM whose products are convolutions; `rank` spatial axes."""

    gates = 4
    _nnx_hidden = ConfiguredLayer._nnx_hidden | {"_noise"}

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any, padding: str, data_format: Any, dilation_rate: Any,
        activation: Any, recurrent_activation: Any, use_bias: bool, kernel_initializer: Any, recurrent_initializer: Any,
        bias_initializer: Any, unit_forget_bias: bool, kernel_regularizer: Any, recurrent_regularizer: Any, bias_regularizer: Any,
        kernel_constraint: Any, recurrent_constraint: Any, bias_constraint: Any, dropout: float, recurrent_dropout: float,
        seed: Any, **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.seed_generator = SeedGenerator(seed)
        keep(self, locals())
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, sizes(getattr(self, name), rank, name))
        self.padding, self.data_format = checked_padding(padding), checked_format(data_format)
        self.state_size = -1
        self.bias = None

    @property
    def _last(self) -> bool:
        return self.data_format == "channels_last"

    def build(self, input_shape: Any, states_shape: Any = None) -> None:
        channels = input_shape[-1 if self._last else 1]
        self.kernel = weight(self, "kernel", (*self.kernel_size, channels, 4 * self.filters))
        self.recurrent_kernel = weight(self, "recurrent_kernel", (*self.kernel_size, self.filters, 4 * self.filters), "recurrent")
        self.__dict__.pop("bias")
        self.bias = None
        if self.use_bias:
            start = _ForgetOnes(self.bias_initializer, self.filters) if self.unit_forget_bias else self.bias_initializer
            self.bias = self.add_weight(name="bias", shape=(4 * self.filters,), initializer=start, regularizer=self.bias_regularizer, constraint=self.bias_constraint)

    def _convolve(self, x: Any, kernel: Any, padding: str, strides: Any, dilations: Any) -> Any:
        return windows.convolution(x, kernel, strides, padding.upper(), dilations, 1, self._last)

    def _product(self, x: Any, kernel: Any, masks: Any, padding: str, strides: Any, dilations: Any) -> list[Any]:
        """The four gates' convolutions, each with its dropout mask."""
        if masks is None:
            return split(self._convolve(x, kernel, padding, strides, dilations), 4, axis=-1 if self._last else 1)
        parts = split(kernel.value, 4, axis=-1)
        count = masks.shape[0]
        return [self._convolve(x * masks[i if count > 1 else 0], part, padding, strides, dilations) for i, part in enumerate(parts)]

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        h, c = states
        drop = self.noise("dropout", inputs) if training else None
        noise = self.noise("recurrent_dropout", h) if training else None
        ones = (1,) * self.rank
        x = self._product(inputs, self.kernel, drop, self.padding, self.strides, self.dilation_rate)
        if self.bias is not None:
            shape = (1, -1) + (1,) * self.rank
            x = [add(a, b if self._last else reshape(b, shape)) for a, b in zip(x, split(self.bias.value, 4))]
        hidden = self._product(h, self.recurrent_kernel, noise, "same", ones, ones)
        i, f, g, o = (a + b for a, b in zip(x, hidden))
        squash = self.recurrent_activation
        c = squash(f) * c + squash(i) * self.activation(g)
        h = squash(o) * self.activation(c)
        return h, [h, c]

    def output_sizes(self, spatial: Any) -> tuple[Any, ...]:
        """The sizes of the states' spatial axes."""
        found = []
        for size, kernel, stride, dilation in zip(spatial, self.kernel_size, self.strides, self.dilation_rate):
            span = (kernel - 1) * dilation + 1
            found.append(-(-size // stride) if self.padding == "same" else (size - span) // stride + 1)
        return tuple(found)


class ConvLSTM(RNN):
    """An RNN over sequences of images or the like."""

    rank = 2

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None,
        dilation_rate: Any = 1, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None,
        dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: Any = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False, **kwargs: Any,
    ) -> None:
        cell = ConvLSTMCell(
            self.rank, filters, kernel_size, strides, padding, data_format, dilation_rate, activation, recurrent_activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer, unit_forget_bias, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed, dtype=kwargs.get("dtype"),
        )
        super().__init__(
            cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards, stateful=stateful,
            activity_regularizer=activity_regularizer, **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        self._spatial = tuple(sequences_shape)[2:-1] if self.cell._last else tuple(sequences_shape)[3:]
        super().build(sequences_shape, initial_state_shape)

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        shape = tuple(sequences.shape)
        self._spatial = shape[2:-1] if self.cell._last else shape[3:]
        return super().call(sequences, initial_state, mask, training)

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """Zeros of the convolved images' sizes."""
        spatial = self.cell.output_sizes(self._spatial)
        shape = (batch_size, *spatial, self.cell.filters) if self.cell._last else (batch_size, self.cell.filters, *spatial)
        return [zeros(shape, self.compute_dtype) for _ in range(2)]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        output = mask if self.return_sequences else None
        return [output, None, None] if self.return_state else output

    def get_config(self) -> dict[str, Any]:
        config = super(ConfiguredLayer, self).get_config()
        own = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "zero_output_for_mask", "activity_regularizer")
        for name in own:
            config[name] = written(name, getattr(self, name))
        for name in _CELL_SETTINGS:
            config[name] = written(name, getattr(self.cell, name))
        return config


_CELL_SETTINGS = (
    "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation", "recurrent_activation", "use_bias",
    "kernel_initializer", "recurrent_initializer", "bias_initializer", "unit_forget_bias", "kernel_regularizer",
    "recurrent_regularizer", "bias_regularizer", "kernel_constraint", "recurrent_constraint", "bias_constraint", "dropout",
    "recurrent_dropout", "seed",
)


@export("keras.layers.ConvLSTM1D")
class ConvLSTM1D(ConvLSTM):
    """A convolutional LSTM over [batch, steps, rows, channels]; arguments as of ConvLSTM2D."""

    rank = 1


@export("keras.layers.ConvLSTM2D")
class ConvLSTM2D(ConvLSTM):
    """A convolutional LSTM over [batch, steps, rows, columns, channels].

    Args:
      filters, kernel_size, strides, padding, data_format, dilation_rate: as of Conv2D.
      activation, recurrent_activation, unit_forget_bias, dropout, …: as of LSTM.
      return_sequences, return_state, go_backwards, stateful: as of RNN.

    >>> import tfjax as tf
    >>> tf.keras.layers.ConvLSTM2D(2, 3, padding="same")(tf.ones((1, 3, 5, 5, 1))).shape
    TensorShape([1, 5, 5, 2])
    """

    rank = 2


@export("keras.layers.ConvLSTM3D")
class ConvLSTM3D(ConvLSTM):
    """A convolutional LSTM over volumes; arguments as of ConvLSTM2D."""

    rank = 3
