"""RNN: any cell over the steps of a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.symbolic import probing
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.keras.layers.rnn import loop
from tfjax._src.keras.layers.rnn.cells import Cell, DropoutMasks, StackedRNNCells, initial_state
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast, expand_dims, reverse


@export("keras.layers.RNN")
class RNN(ConfiguredLayer):
    """Runs a cell over [batch, steps, ...].

    A cell is a layer with `call(inputs, states)`, giving (output, new states), and with `state_size`;
    `output_size` and `get_initial_state(batch_size)` are optional.

    Args:
      cell: the cell, or a list of cells to be stacked.
      return_sequences: gives the output of every step, not only of the last.
      return_state: gives the last states as well.
      go_backwards: runs from the last step to the first.
      stateful: the next batch starts from the last states of this one.
      unroll: no loop in the compiled program.
      zero_output_for_mask: masked steps give zeros; else the output before.

    >>> import tfjax as tf
    >>> cell = tf.keras.layers.SimpleRNNCell(4)
    >>> tf.keras.layers.RNN(cell, return_sequences=True)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 3, 4])
    """

    def __init__(
        self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        stateful: bool = False, unroll: bool = False, zero_output_for_mask: bool = False, **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if "call" not in dir(cell):
            raise ValueError(f"Argument `cell` should have a `call` method. Received: cell={cell}")
        if "state_size" not in dir(cell):
            raise ValueError(f"The RNN cell should have a `state_size` attribute (single integer or list of integers, one integer per RNN state). Received: cell={cell}")
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences, self.return_state, self.go_backwards = return_sequences, return_state, go_backwards
        self.stateful, self.unroll, self.zero_output_for_mask = stateful, unroll, zero_output_for_mask
        self.input_spec: Any = None
        self.supports_masking = True
        # In an object of their own: Keras does not count kept states among the weights.
        self._kept = _Kept()

    @property
    def states(self) -> Any:
        """The Variables that keep the states of a stateful layer, else None."""
        return self._kept.states

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        shape = tuple(sequences_shape[0] if isinstance(sequences_shape[0], (list, tuple)) else sequences_shape)
        step = (shape[0], *shape[2:])
        if getattr(self.cell, "built", True) is False:
            self.cell.build(step)
            self.cell.built = True
        if self.stateful and self.states is None:
            if shape[0] is None:
                raise ValueError(
                    "When using `stateful=True` in a RNN, the batch size must be static. Found dynamic batch size: "
                    f"sequence.shape={shape}"
                )
            self._kept.states = nest.map_structure(self._state_variable, self.get_initial_state(shape[0]))

    def _state_variable(self, value: Any) -> Any:
        return KerasVariable(value.numpy(), trainable=False, dtype=value.dtype, name="rnn_state", autocast=False)

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states that a run starts from: a list."""
        state = initial_state(self.cell, batch_size)
        return list(state) if nest.is_nested(state) else [state]

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        if isinstance(sequences, (list, tuple)) and initial_state is None and self._takes_states_in_list():
            sequences, initial_state = sequences[0], list(sequences[1:])
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        batch = nest.flatten(sequences)[0].shape[0]
        # Shapes are also tried with other batch sizes than the states have.
        kept = self.stateful and not (probing() and nest.flatten(self.states)[0].shape[0] != batch)
        if initial_state is None:
            states = nest.map_structure(lambda v: v.read_value(), self.states) if kept else self.get_initial_state(batch)
        else:
            states = list(initial_state) if isinstance(initial_state, (list, tuple)) else [initial_state]
        states = nest.map_structure(lambda s: cast(s, self.compute_dtype) if s.dtype.is_floating else s, states)
        self._draw_noise(sequences, states)
        last, outputs, states = self._run(sequences, states, mask, training)
        if kept:
            nest.map_structure(lambda v, s: v.assign(s), self.states, states)
        result = outputs if self.return_sequences else last
        return (result, *states) if self.return_state else result

    def _takes_states_in_list(self) -> bool:
        return True

    def _cells(self) -> list[Any]:
        return list(self.cell.cells) if isinstance(self.cell, StackedRNNCells) else [self.cell]

    def _run(self, sequences: Any, states: Any, mask: Any, training: Any) -> tuple[Any, Any, Any]:
        cell = self.cell
        if isinstance(cell, Cell) and cell.fused():
            return self._run_fused(sequences, states, mask, training)
        accepts = getattr(cell, "_accepts", None)
        extra = {"training": training} if accepts is not None and accepts("training") else {}
        single = len(states) == 1 and not nest.is_nested(states[0]) and not isinstance(cell, StackedRNNCells)

        def step(row: Any, old: Any) -> tuple[Any, Any]:
            output, new = cell(row, old, **extra)
            return output, new if nest.is_nested(new) or not single else [new]

        steps = loop.Steps(step, mask is not None, self.zero_output_for_mask)
        return loop.run(steps, sequences, states, mask, self.go_backwards, self.return_sequences, self.unroll)

    def _draw_noise(self, sequences: Any, states: Any) -> None:
        """Draws the dropout masks of the whole run, in inference too: Keras' seeds move on as well."""
        stacked = isinstance(self.cell, StackedRNNCells)
        row = None
        for cell, state in zip(self._cells(), states if stacked else [states]):
            state = nest.flatten(state)[0]
            if isinstance(cell, DropoutMasks):
                cell.reset_noise()
                if cell.dropout or cell.recurrent_dropout:
                    row = nest.map_structure(lambda s: s[:, 0], sequences) if row is None else row
                    cell.noise("dropout", row)
                    cell.noise("recurrent_dropout", state)
            row = state if stacked else None

    def _run_fused(self, sequences: Any, states: Any, mask: Any, training: Any) -> tuple[Any, Any, Any]:
        cell = self.cell
        drop, noise = cell._masks(None, None, training)
        outputs, *last = cell.sequence(sequences, states, mask, drop, noise, self.go_backwards)
        if mask is not None and self.zero_output_for_mask:
            outputs = outputs * cast(expand_dims(mask, -1), outputs.dtype)
        if self.return_sequences:
            return None, reverse(outputs, [1]) if self.go_backwards else outputs, last
        return (last[0] if mask is None else outputs[:, 0 if self.go_backwards else -1]), None, last

    def reset_states(self) -> None:
        """Sets the kept states of a stateful layer to zeros."""
        for v in nest.flatten(self.states) if self.states is not None else []:
            v.assign(np.zeros(v.shape.as_list(), v._raw_value.dtype))

    reset_state = reset_states

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = nest.flatten(mask)[0]
        output = mask if self.return_sequences else None
        return [output, *[None for _ in nest.flatten(self.cell.state_size)]] if self.return_state else output

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        if cls is not RNN and "cell" not in config:
            return cls(**config)
        from tfjax._src.keras.saving import serialization

        cell = serialization.deserialize_keras_object(config["cell"], custom_objects)
        return cls(cell, **{k: v for k, v in config.items() if k != "cell"})


class _Kept:
    """What a stateful layer keeps from batch to batch."""

    states: Any = None


class Recurrent(RNN):
    """What LSTM, GRU and SimpleRNN share: the settings are those of their cell."""

    _promotes_inputs = True

    extra = ("zero_output_for_mask", "activity_regularizer")
    cell_class: type[Cell]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "cell_class" in cls.__dict__:
            for name in _cell_settings(cls.cell_class):
                setattr(cls, name, property(lambda self, name=name: getattr(self.cell, name), doc="As of the cell."))

    def _start(self, values: dict[str, Any], kwargs: dict[str, Any]) -> None:
        """Makes the cell and the layer from the constructor's `locals()`."""
        settings = {name: values[name] for name in _cell_settings(self.cell_class)}
        kwargs.pop("implementation", None)
        if kwargs.pop("time_major", False):
            raise ValueError("`time_major=True` is not supported: give inputs as [batch, steps, features].")
        name = _CELL_NAMES[self.cell_class.__name__]
        cell = self.cell_class(**settings, dtype=kwargs.get("dtype"), trainable=kwargs.get("trainable", True), name=name)
        own = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "activity_regularizer")
        RNN.__init__(self, cell, **{k: values[k] for k in own}, **kwargs)
        self.input_spec = InputSpec(ndim=3)


_CELL_NAMES = {"LSTMCell": "lstm_cell", "GRUCell": "gru_cell", "SimpleRNNCell": "simple_rnn_cell"}


def _cell_settings(cell_class: type) -> tuple[str, ...]:
    import inspect

    parameters = inspect.signature(cell_class.__init__).parameters.values()
    return tuple(p.name for p in parameters if p.name not in ("self", "kwargs"))
