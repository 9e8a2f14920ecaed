"""Cells: one step of LSTM, GRU and SimpleRNN, and cells stacked on each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras import activations
from tfjax._src.keras.layers.regularization.dropout import drop
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.keras.random_state import SeedGenerator
from tfjax._src.ops.array.creation import ones_like, zeros
from tfjax._src.ops.array.join import concat, split, stack
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.nn import recurrent


class DropoutMasks:
    """Dropout of a cell: masks of a sequence, the same for all its steps; one per gate with recurrent dropout."""

    dropout: float
    recurrent_dropout: float
    gates: int
    seed_generator: Any

    def noise(self, which: str, like: Any) -> Any:
        """The masks for tensors like `like`, stacked, kept until `reset_noise`; None without dropout."""
        rate = getattr(self, which)
        if not 0.0 < rate < 1.0:
            return None
        masks = self.__dict__.setdefault("_noise", {})
        if which not in masks:
            count = self.gates if self.recurrent_dropout else 1
            masks[which] = stack([drop(ones_like(like), rate, self.seed_generator) for _ in range(count)])
        return masks[which]

    def reset_noise(self) -> None:
        """Forgets the masks."""
        self.__dict__.pop("_noise", None)


class Cell(DropoutMasks, ConfiguredLayer):
    """The weights of a recurrent layer and one step of it."""

    gates = 1
    states = 1
    seed_first = False
    _nnx_hidden = ConfiguredLayer._nnx_hidden | {"_noise"}

    seed: Any
    units: int
    activation: Any
    recurrent_activation: Any = None
    use_bias: bool

    def _start(self, values: dict[str, Any]) -> None:
        units = values["units"]
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"Received an invalid value for argument `units`, expected a positive integer, got {units}.")
        # Keras makes a generator even without dropout, and so draws a seed.
        if self.seed_first:
            self.seed_generator = SeedGenerator(values["seed"])
        keep(self, values)
        for name in ("dropout", "recurrent_dropout"):
            setattr(self, name, min(1.0, max(0.0, getattr(self, name))))
        if not self.seed_first:
            self.seed_generator = SeedGenerator(self.seed)
        self.state_size = [units] * self.states if self.states > 1 else units
        self.output_size = units
        self.bias = None

    def build(self, input_shape: Any) -> None:
        width = self.units * self.gates
        self.kernel = weight(self, "kernel", (input_shape[-1], width))
        self.recurrent_kernel = weight(self, "recurrent_kernel", (self.units, width), "recurrent")
        self.__dict__.pop("bias", None)
        self.bias = self._bias() if self.use_bias else None

    def _bias(self) -> Any:
        return weight(self, "bias", (self.units * self.gates,))

    def fused(self) -> bool:
        """True if `sequence` can compute with these activations."""
        return all(a is None or _known(a) for a in (self.activation, self.recurrent_activation))

    def sequence(self, x: Any, states: list[Any], mask: Any, drop: Any, noise: Any, backwards: bool) -> tuple[Any, ...]:
        """(outputs, *last states) of a whole sequence, in one op."""
        raise NotImplementedError

    def _masks(self, inputs: Any, state: Any, training: Any) -> tuple[Any, Any]:
        if not training:
            return None, None
        return self.noise("dropout", inputs), self.noise("recurrent_dropout", state)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros [batch_size, units], one per state."""
        return [zeros((batch_size, self.units), self.compute_dtype) for _ in range(self.states)]


def _product(x: Any, kernel: Any, masks: Any) -> Any:
    """x @ kernel with dropout `masks` [masks, batch, features], one per part of the kernel."""
    if masks is None:
        return matmul(x, kernel)
    count = masks.shape[0]
    parts = split(to_tensor(kernel), count, axis=-1) if count > 1 else [kernel]
    return concat([matmul(x * masks[i], part) for i, part in enumerate(parts)], -1)


def _known(activation: Any) -> bool:
    """True for our own functions (not a user's of the same name) that the fused ops have."""
    name = getattr(activation, "__name__", "")
    ours = activation is activations.FAMILY.names.get(name) or hasattr(activation, "op")
    return ours and recurrent.known(name)


class _ForgetOnes:
    """A bias of `inner`'s values, but 1 for the forget gate; Jozefowicz et al. 2015."""

    def __init__(self, inner: Any, units: int) -> None:
        self.inner, self.units = inner, units

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        parts = [self.inner((self.units,), dtype=dtype), None, self.inner((self.units * 2,), dtype=dtype)]
        first, last = np.asarray(parts[0].numpy()), np.asarray(parts[2].numpy())
        return Tensor(np.concatenate([first, np.ones(self.units, first.dtype), last]))


@export("keras.layers.LSTMCell")
class LSTMCell(Cell):
    """One step of an LSTM, called with (inputs [batch, features], [h, c]); arguments as of LSTM.

    >>> import tfjax as tf
    >>> h = tf.zeros((2, 4))
    >>> output, states = tf.keras.layers.LSTMCell(4)(tf.ones((2, 3)), [h, h])
    >>> output.shape, len(states)
    (TensorShape([2, 4]), 2)
    """

    _promotes_inputs = True

    gates, states = 4, 2

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: Any = None, **kwargs: Any,
    ) -> None:
        kwargs.pop("implementation", None)
        super().__init__(**kwargs)
        self._start(locals())

    def _bias(self) -> Any:
        initializer = self.bias_initializer
        if self.unit_forget_bias:
            initializer = _ForgetOnes(initializer, self.units)
        return self.add_weight(name="bias", shape=(self.units * 4,), initializer=initializer, regularizer=self.bias_regularizer, constraint=self.bias_constraint)

    def sequence(self, x: Any, states: list[Any], mask: Any, drop: Any, noise: Any, backwards: bool) -> tuple[Any, ...]:
        return recurrent.lstm(
            x, self.kernel, self.recurrent_kernel, states[0], states[1], self.bias, mask, drop, noise,
            self.activation.__name__, self.recurrent_activation.__name__, backwards,
        )

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        h, c = states
        drop, noise = self._masks(inputs, h, training)
        z = _product(inputs, self.kernel, drop) + _product(h, self.recurrent_kernel, noise)
        z = z if self.bias is None else add(z, self.bias)
        i, f, g, o = split(z, 4, axis=1)
        squash = self.recurrent_activation
        c = squash(f) * c + squash(i) * self.activation(g)
        h = squash(o) * self.activation(c)
        return h, [h, c]


@export("keras.layers.GRUCell")
class GRUCell(Cell):
    """One step of a GRU, called with (inputs [batch, features], h); arguments as of GRU."""

    _promotes_inputs = True

    gates, states = 3, 1

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, reset_after: bool = True, seed: Any = None, **kwargs: Any,
    ) -> None:
        kwargs.pop("implementation", None)
        super().__init__(**kwargs)
        self._start(locals())

    def _bias(self) -> Any:
        width = self.units * 3
        return weight(self, "bias", (2, width) if self.reset_after else (width,))

    def sequence(self, x: Any, states: list[Any], mask: Any, drop: Any, noise: Any, backwards: bool) -> tuple[Any, ...]:
        return recurrent.gru(
            x, self.kernel, self.recurrent_kernel, states[0], self.bias, mask, drop, noise, self.activation.__name__,
            self.recurrent_activation.__name__, self.reset_after, backwards,
        )

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        nested = nest.is_nested(states)
        h = states[0] if nested else states
        drop, noise = self._masks(inputs, h, training)
        bias = self.bias
        x = _product(inputs, self.kernel, drop)
        if bias is not None:
            x = add(x, bias[0] if self.reset_after else bias)
        xz, xr, xh = split(x, 3, axis=-1)
        squash = self.recurrent_activation
        if self.reset_after:
            hidden = _product(h, self.recurrent_kernel, noise)
            hidden = hidden if bias is None else add(hidden, bias[1])
            hz, hr, hh = split(hidden, 3, axis=-1)
            z = squash(xz + hz)
            candidate = self.activation(xh + squash(xr + hr) * hh)
        else:
            rz, rr, rh = split(self.recurrent_kernel.value, 3, axis=-1)
            nz, nr, nh = [None] * 3 if noise is None else [noise[i : i + 1] for i in range(3)]
            z = squash(xz + _product(h, rz, nz))
            candidate = self.activation(xh + _product(squash(xr + _product(h, rr, nr)) * h, rh, nh))
        h = z * h + (1.0 - z) * candidate
        return h, [h] if nested else h


@export("keras.layers.SimpleRNNCell")
class SimpleRNNCell(Cell):
    """One step of a simple recurrent network, called with (inputs [batch, features], h)."""

    _promotes_inputs = True

    seed_first = True

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._start(locals())

    def sequence(self, x: Any, states: list[Any], mask: Any, drop: Any, noise: Any, backwards: bool) -> tuple[Any, ...]:
        return recurrent.simple_rnn(
            x, self.kernel, self.recurrent_kernel, states[0], self.bias, mask, drop, noise, self.activation.__name__, backwards
        )

    def call(self, sequence: Any, states: Any, training: Any = False) -> Any:
        nested = nest.is_nested(states)
        h = states[0] if nested else states
        drop, noise = self._masks(sequence, h, training)
        x = _product(sequence, self.kernel, drop)
        x = x if self.bias is None else add(x, self.bias)
        h = self.activation(x + _product(h, self.recurrent_kernel, noise))
        return h, [h] if nested else h


@export("keras.layers.StackedRNNCells")
class StackedRNNCells(ConfiguredLayer):
    """Cells of which each takes the output of the one before.

    Args:
      cells: a list of cells.

    >>> import tfjax as tf
    >>> cells = [tf.keras.layers.LSTMCell(4), tf.keras.layers.GRUCell(3)]
    >>> tf.keras.layers.RNN(tf.keras.layers.StackedRNNCells(cells))(tf.ones((2, 5, 3))).shape
    TensorShape([2, 3])
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            if "call" not in dir(cell):
                raise ValueError(f"All cells must have a `call` method. Received cell without a `call` method: {cell}")
            if "state_size" not in dir(cell):
                raise ValueError(f"All cells must have a `state_size` attribute. Received cell without a `state_size`: {cell}")
        self.cells = cells

    @property
    def state_size(self) -> list[Any]:
        """The state sizes of the cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The output size of the last cell."""
        last = self.cells[-1]
        if getattr(last, "output_size", None) is not None:
            return last.output_size
        return last.state_size[0] if nest.is_nested(last.state_size) else last.state_size

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The initial states of the cells."""
        return [initial_state(cell, batch_size) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        batch = input_shape[0]
        for cell in self.cells:
            if hasattr(cell, "built") and not cell.built:
                cell.build(input_shape)
                cell.built = True
            size = cell.output_size if getattr(cell, "output_size", None) is not None else nest.flatten(cell.state_size)[0]
            input_shape = (batch, *(size if isinstance(size, (list, tuple)) else (size,)))

    def call(self, inputs: Any, states: Any, training: Any = False, **kwargs: Any) -> Any:
        new_states = []
        for cell, state in zip(self.cells, states):
            extra = {"training": training} if isinstance(cell, ConfiguredLayer) or getattr(cell, "_accepts", lambda n: False)("training") else {}
            given = list(state) if nest.is_nested(state) else [state]
            inputs, new = cell(inputs, given, **extra)
            new_states.append(list(new) if nest.is_nested(new) else [new] if nest.is_nested(state) else new)
        return inputs, new_states

    def get_config(self) -> dict[str, Any]:
        from tfjax._src.keras.saving import serialization

        config = super().get_config()
        return {**config, "cells": [serialization.serialize_keras_object(c) for c in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        from tfjax._src.keras.saving import serialization

        cells = [serialization.deserialize_keras_object(c, custom_objects) for c in config["cells"]]
        return cls(cells, **{k: v for k, v in config.items() if k != "cells"})


def initial_state(cell: Any, batch_size: Any) -> Any:
    """What a cell starts from: its own `get_initial_state`, or zeros of its state sizes."""
    make = getattr(cell, "get_initial_state", None)
    if make is not None:
        return make(batch_size=batch_size)
    dtype = getattr(cell, "compute_dtype", "float32")

    def empty(size: Any) -> Any:
        return zeros((batch_size, *(size if isinstance(size, tuple) else (size,))), dtype)

    size = cell.state_size
    return [empty(s) for s in size] if isinstance(size, list) else empty(size)
