"""LSTM, GRU, SimpleRNN and Bidirectional."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras import activations, constraints, initializers, regularizers
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.keras.layers.regularization.dropout import drop
from tfjax._src.keras.random_state import SeedGenerator
from tfjax._src.ops.array.creation import zeros
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import cast, expand_dims, reverse
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.nn import recurrent


class Cell(Layer):
    """The weights of a recurrent layer and one step of it."""

    gates = 1
    states = 1

    def __init__(self, units: int, settings: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"Received an invalid value for argument `units`, expected a positive integer, got {units}.")
        self.units = units
        self.settings = settings
        for name in ("kernel", "recurrent", "bias"):
            setattr(self, f"{name}_initializer", initializers.get(settings[f"{name}_initializer"]))
        self.activation = activations.get(settings["activation"])
        self.recurrent_activation = activations.get(settings.get("recurrent_activation"))
        self.state_size = [units] * self.states if self.states > 1 else units
        self.output_size = units
        for share in (settings["dropout"], settings["recurrent_dropout"]):
            if not 0 <= share <= 1:
                raise ValueError(f"dropout must be in [0, 1]. Received: {share}")
        if settings["recurrent_dropout"]:
            raise ValueError("`recurrent_dropout` is not supported; use `dropout`.")
        # Keras makes it even without dropout, and so draws a seed.
        self.seed_generator = SeedGenerator(settings["seed"])

    def build(self, input_shape: Any) -> None:
        s = self.settings
        width = self.units * self.gates
        self.kernel = self.add_weight(shape=(input_shape[-1], width), name="kernel", initializer=self.kernel_initializer, regularizer=regularizers.get(s["kernel_regularizer"]), constraint=constraints.get(s["kernel_constraint"]))
        self.recurrent_kernel = self.add_weight(shape=(self.units, width), name="recurrent_kernel", initializer=self.recurrent_initializer, regularizer=regularizers.get(s["recurrent_regularizer"]), constraint=constraints.get(s["recurrent_constraint"]))
        self.bias = None
        if s["use_bias"]:
            self.bias = self.add_weight(shape=self._bias_shape(), name="bias", initializer=self._bias_initializer(), regularizer=regularizers.get(s["bias_regularizer"]), constraint=constraints.get(s["bias_constraint"]))

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.units * self.gates,)

    def _bias_initializer(self) -> Any:
        return self.bias_initializer

    def _name_of(self, activation: Any) -> str:
        name = getattr(activation, "__name__", "")
        if not recurrent.known(name):
            raise ValueError(f"The activation {activation!r} is not supported in a recurrent layer.")
        return name

    def sequence(self, x: Any, states: list[Any], mask: Any, backwards: bool) -> tuple[Any, ...]:
        """(outputs, *last states) of a whole sequence."""
        raise NotImplementedError

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        """One step: (output, states)."""
        from tfjax._src.ops.array.shaping import expand_dims

        states = list(states) if isinstance(states, (list, tuple)) else [states]
        outputs, *new = self.sequence(expand_dims(inputs, 1), states, None, False)
        return outputs[:, 0], new

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros."""
        from tfjax._src.core.dtypes import as_dtype

        return [zeros((batch_size, self.units), as_dtype(self.compute_dtype)) for _ in range(self.states)]


@export("keras.layers.LSTMCell")
class LSTMCell(Cell):
    """One step of an LSTM."""

    gates, states = 4, 2

    def __init__(self, units: int, settings: Any = None, **kwargs: Any) -> None:
        own = {k: kwargs.pop(k) for k in list(kwargs) if k in LSTM_DEFAULTS}
        super().__init__(units, {**LSTM_DEFAULTS, **(settings or {}), **own}, **kwargs)

    def _bias_initializer(self) -> Any:
        if not self.settings.get("unit_forget_bias"):
            return self.bias_initializer
        units, inner = self.units, self.bias_initializer

        def forget_ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
            value = np.array(inner(shape, dtype=dtype).numpy())
            value[units : 2 * units] = 1.0
            return Tensor(value)

        return forget_ones

    def sequence(self, x: Any, states: list[Any], mask: Any, backwards: bool) -> tuple[Any, ...]:
        return recurrent.lstm(
            x, self.kernel, self.recurrent_kernel, states[0], states[1], self.bias, mask,
            self._name_of(self.activation), self._name_of(self.recurrent_activation), backwards,
        )


@export("keras.layers.GRUCell")
class GRUCell(Cell):
    """One step of a GRU."""

    gates, states = 3, 1

    def __init__(self, units: int, settings: Any = None, **kwargs: Any) -> None:
        own = {k: kwargs.pop(k) for k in list(kwargs) if k in GRU_DEFAULTS}
        super().__init__(units, {**GRU_DEFAULTS, **(settings or {}), **own}, **kwargs)

    def _bias_shape(self) -> tuple[int, ...]:
        width = self.units * 3
        return (2, width) if self.settings["reset_after"] else (width,)

    def sequence(self, x: Any, states: list[Any], mask: Any, backwards: bool) -> tuple[Any, ...]:
        return recurrent.gru(
            x, self.kernel, self.recurrent_kernel, states[0], self.bias, mask, self._name_of(self.activation),
            self._name_of(self.recurrent_activation), self.settings["reset_after"], backwards,
        )


@export("keras.layers.SimpleRNNCell")
class SimpleRNNCell(Cell):
    """One step of a simple recurrent network."""

    def __init__(self, units: int, settings: Any = None, **kwargs: Any) -> None:
        own = {k: kwargs.pop(k) for k in list(kwargs) if k in COMMON_DEFAULTS}
        super().__init__(units, {**COMMON_DEFAULTS, **(settings or {}), **own}, **kwargs)

    def sequence(self, x: Any, states: list[Any], mask: Any, backwards: bool) -> tuple[Any, ...]:
        return recurrent.simple_rnn(x, self.kernel, self.recurrent_kernel, states[0], self.bias, mask, self._name_of(self.activation), backwards)


COMMON_DEFAULTS: dict[str, Any] = {
    "activation": "tanh", "use_bias": True, "kernel_initializer": "glorot_uniform", "recurrent_initializer": "orthogonal",
    "bias_initializer": "zeros", "kernel_regularizer": None, "recurrent_regularizer": None, "bias_regularizer": None,
    "kernel_constraint": None, "recurrent_constraint": None, "bias_constraint": None, "dropout": 0.0,
    "recurrent_dropout": 0.0, "seed": None,
}
LSTM_DEFAULTS = {**COMMON_DEFAULTS, "recurrent_activation": "sigmoid", "unit_forget_bias": True}
GRU_DEFAULTS = {**COMMON_DEFAULTS, "recurrent_activation": "sigmoid", "reset_after": True}


class Recurrent(Layer):
    """What the recurrent layers share.

    Args:
      units: the size of the state.
      return_sequences: gives the output of every step, not only of the last.
      return_state: gives the last states as well.
      go_backwards: runs from the last step to the first.
      stateful: the next batch starts from the last states of this one.
      zero_output_for_mask: masked steps give zeros, with `return_sequences`; the last output otherwise.
      unroll, time_major, use_cudnn, implementation: hints without effect (`time_major` must be False).
      **kwargs: settings of the cell (`activation`, `dropout`, `kernel_initializer`, …).
    """

    cell_class: type[Cell] = SimpleRNNCell
    defaults: dict[str, Any] = COMMON_DEFAULTS

    def __init__(self, units: int, *args: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False, unroll: bool = False, **kwargs: Any) -> None:
        names = list(self._positional())
        if len(args) > len(names):
            raise TypeError(f"{type(self).__name__} takes at most {len(names) + 1} positional arguments.")
        kwargs.update(zip(names, args))
        settings = {k: kwargs.pop(k) for k in list(kwargs) if k in self.defaults}
        for hint in ("use_cudnn", "implementation"):
            kwargs.pop(hint, None)
        self.zero_output_for_mask = bool(kwargs.pop("zero_output_for_mask", False))
        if kwargs.pop("time_major", False):
            raise ValueError("`time_major=True` is not supported: give inputs as [batch, steps, features].")
        regularizer = kwargs.pop("activity_regularizer", None)
        super().__init__(activity_regularizer=regularizer, **kwargs)
        self.settings = {**self.defaults, **settings}
        self.cell = self.cell_class(units, self.settings, dtype=self._policy, name=None)
        self.units = units
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.input_spec = InputSpec(ndim=3)
        self.supports_masking = True
        self.states: Any = None

    def _positional(self) -> list[str]:
        order = ["activation", "recurrent_activation", "use_bias", "kernel_initializer", "recurrent_initializer", "bias_initializer"]
        return [n for n in order if n in self.defaults]

    def build(self, input_shape: Any) -> None:
        shape = input_shape[0] if isinstance(input_shape[0], (list, tuple)) else input_shape
        if not self.cell.built:
            self.cell.build(shape)
        if self.stateful:
            if shape[0] is None:
                raise ValueError("When using `stateful=True` in a RNN, the batch size must be static. Pass `batch_shape` to `Input`.")
            self.states = [KerasVariable(np.zeros((shape[0], self.units), np.float32), trainable=False, name="state", autocast=False) for _ in range(self.cell.states)]

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        if isinstance(sequences, (list, tuple)):
            sequences, initial_state = sequences[0], list(sequences[1:])
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        if initial_state is not None:
            states = list(initial_state) if isinstance(initial_state, (list, tuple)) else [initial_state]
        elif self.stateful:
            states = [v.read_value() for v in self.states]
        else:
            states = self.cell.get_initial_state(sequences.shape[0])
        if training and self.settings["dropout"]:
            shape = (None, 1, None)
            sequences = drop(sequences, self.settings["dropout"], self.cell.seed_generator, shape)
        outputs, *last = self.cell.sequence(sequences, states, mask, self.go_backwards)
        if mask is not None and self.zero_output_for_mask and self.return_sequences:
            outputs = outputs * cast(expand_dims(mask, -1), outputs.dtype)
        if self.stateful:
            for variable, value in zip(self.states, last):
                variable.assign(value)
        if self.return_sequences:
            result = reverse(outputs, [1]) if self.go_backwards else outputs
        else:
            result = last[0] if mask is None else (outputs[:, 0] if self.go_backwards else outputs[:, -1])
        return (result, *last) if self.return_state else result

    def reset_states(self) -> None:
        """Sets the kept states of a stateful layer to zeros."""
        for v in self.states or []:
            v.assign(np.zeros(v.shape.as_list(), np.float32))

    reset_state = reset_states

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output = mask if self.return_sequences else None
        return (output, *[None] * self.cell.states) if self.return_state else output

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences, "return_state": self.return_state, "go_backwards": self.go_backwards, "stateful": self.stateful, "unroll": self.unroll}
        for name, value in self.settings.items():
            if name.endswith(("initializer", "activation")):
                # The cell's own objects: a new initializer would draw a seed.
                family = initializers if name.endswith("initializer") else activations
                value = family.serialize(getattr(self.cell, name))
            config[name] = value
        return config


@export("keras.layers.LSTM")
class LSTM(Recurrent):
    """Long short-term memory over [batch, steps, features]; see `Recurrent` for arguments.

    >>> import tfjax as tf
    >>> tf.keras.layers.LSTM(4)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 4])
    """

    cell_class, defaults = LSTMCell, LSTM_DEFAULTS


@export("keras.layers.GRU")
class GRU(Recurrent):
    """Gated recurrent units over [batch, steps, features]; see `Recurrent` for arguments."""

    cell_class, defaults = GRUCell, GRU_DEFAULTS


@export("keras.layers.SimpleRNN")
class SimpleRNN(Recurrent):
    """A simple recurrent network over [batch, steps, features]; see `Recurrent` for arguments."""

    cell_class, defaults = SimpleRNNCell, COMMON_DEFAULTS


@export("keras.layers.Bidirectional")
class Bidirectional(Layer):
    """Runs a recurrent layer in both directions.

    Args:
      layer: the recurrent layer.
      merge_mode: "concat", "sum", "mul", "ave", or None for a list.
      weights: must be None.
      backward_layer: the layer for the way back; a copy of `layer` by default.
    """

    def __init__(self, layer: Any, merge_mode: Any = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any) -> None:
        if weights is not None:
            raise ValueError("`weights` must be None; use `set_weights`.")
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of {{'sum', 'mul', 'ave', 'concat', None}}")
        super().__init__(**kwargs)
        config = layer.get_config()
        self.forward_layer = type(layer).from_config({**config, "name": f"forward_{layer.name}"})
        if backward_layer is None:
            backward_layer = type(layer).from_config({**config, "go_backwards": not config["go_backwards"], "name": f"backward_{layer.name}"})
        self.backward_layer = backward_layer
        for inner in (self.forward_layer, self.backward_layer):
            inner.zero_output_for_mask = inner.return_sequences
        self.merge_mode = merge_mode
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self.supports_masking = True
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Any) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(input_shape)

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None) -> Any:
        half = len(initial_state) // 2 if initial_state is not None else 0
        first = self.forward_layer(sequences, initial_state=initial_state[:half] if half else None, mask=mask, training=training)
        second = self.backward_layer(sequences, initial_state=initial_state[half:] if half else None, mask=mask, training=training)
        states: tuple[Any, ...] = ()
        if self.return_state:
            states = (*first[1:], *second[1:])
            first, second = first[0], second[0]
        if self.return_sequences:
            second = reverse(second, [1])
        result = self._merge(first, second)
        return (result, *states) if self.return_state else result

    def _merge(self, first: Any, second: Any) -> Any:
        if self.merge_mode == "concat":
            return concat([first, second], -1)
        if self.merge_mode == "sum":
            return add(first, second)
        if self.merge_mode == "ave":
            return (first + second) / 2.0
        return first * second if self.merge_mode == "mul" else [first, second]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask if self.return_sequences else None

    def get_config(self) -> dict[str, Any]:
        from tfjax._src.keras.saving import serialization

        return {**super().get_config(), "merge_mode": self.merge_mode, "layer": serialization.serialize_keras_object(self.forward_layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        from tfjax._src.keras.saving import serialization

        config = dict(config)
        layer = serialization.deserialize_keras_object(config.pop("layer"))
        return cls(layer, **config)


@export("keras.layers.TimeDistributed")
class TimeDistributed(Layer):
    """Applies a layer to every step of [batch, steps, ...]."""

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        if not self.layer.built:
            self.layer.build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Any, training: Any = None) -> Any:
        from tfjax._src.ops.array.shaping import reshape

        batch, steps = inputs.shape[0], inputs.shape[1]
        kwargs = {"training": training} if self.layer._accepts("training") else {}
        flat = self.layer(reshape(inputs, [batch * steps, *inputs.shape[2:]]), **kwargs)
        return reshape(flat, [batch, steps, *flat.shape[1:]])

    def get_config(self) -> dict[str, Any]:
        from tfjax._src.keras.saving import serialization

        return {**super().get_config(), "layer": serialization.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        from tfjax._src.keras.saving import serialization

        config = dict(config)
        return cls(serialization.deserialize_keras_object(config.pop("layer")), **config)
