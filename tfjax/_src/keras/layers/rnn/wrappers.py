"""Bidirectional and TimeDistributed."""

from __future__ import annotations

import inspect
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.layers.core.wrapper import Wrapper
from tfjax._src.keras.layers.rnn.loop import swap_time
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.keras.saving import serialization
from tfjax._src.ops.array.join import concat, stack
from tfjax._src.ops.array.shaping import reshape, reverse
from tfjax._src.ops.math.arithmetic import add

_MODES = ("sum", "mul", "ave", "concat", None)


@export("keras.layers.Bidirectional")
class Bidirectional(ConfiguredLayer):
    """Runs a recurrent layer in both directions. Schuster & Paliwal 1997.

    Args:
      layer: the recurrent layer.
      merge_mode: "concat", "sum", "mul", "ave", or None for a tuple.
      weights: initial weights of both layers in one list.
      backward_layer: the layer for the way back; a copy of `layer` by default.

    >>> import tfjax as tf
    >>> tf.keras.layers.Bidirectional(tf.keras.layers.GRU(4))(tf.ones((2, 3, 5))).shape
    TensorShape([2, 8])
    """

    hidden = ("weights", "layer", "backward_layer")

    def __init__(self, layer: Any, merge_mode: Any = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `Bidirectional` layer with a `keras.layers.Layer` instance. Received: {layer}")
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError(f"`backward_layer` need to be a `keras.layers.Layer` instance. Received: {backward_layer}")
        if merge_mode not in _MODES:
            raise ValueError(f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of {{'sum', 'mul', 'ave', 'concat', None}}")
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer)
        if backward_layer is None:
            backward_layer = _copy(layer, go_backwards=not layer.go_backwards)
            backward_layer.__dict__["_name"] = _prefixed("backward_", layer.name)
        self.backward_layer = backward_layer
        self.forward_layer.__dict__["_name"] = _prefixed("forward_", layer.name)
        if getattr(self.forward_layer, "go_backwards", False) == self.backward_layer.go_backwards:
            raise ValueError("Forward layer and backward layer should have different `go_backwards` value. Received: " f"forward_layer.go_backwards {self.forward_layer.go_backwards}, backward_layer.go_backwards={self.backward_layer.go_backwards}")
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(self.forward_layer, name) != getattr(self.backward_layer, name):
                raise ValueError(f"Forward layer and backward layer should have the same value for attribute `{name}`. Received: forward_layer.{name}={getattr(self.forward_layer, name)}, backward_layer.{name}={getattr(self.backward_layer, name)}")
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec
        if weights is not None:
            half = len(weights) // 2
            self.forward_layer.initial_weights, self.backward_layer.initial_weights = weights[:half], weights[half:]
        self._mask_with_zeros()

    def _mask_with_zeros(self) -> None:
        for inner in (self.forward_layer, self.backward_layer):
            if hasattr(inner, "zero_output_for_mask"):
                inner.zero_output_for_mask = inner.return_sequences

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
                layer.built = True
            start = layer.__dict__.pop("initial_weights", None)
            if start is not None:
                layer.set_weights(start)

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None) -> Any:
        half = len(initial_state) // 2 if initial_state is not None else 0
        results = []
        for layer, states in ((self.forward_layer, slice(None, half)), (self.backward_layer, slice(half, None))):
            kwargs: dict[str, Any] = {"mask": mask} if layer._accepts("mask") else {}
            if layer._accepts("training"):
                kwargs["training"] = training
            if half:
                kwargs["initial_state"] = initial_state[states]
            results.append(layer(sequences, **kwargs))
        first, second = results
        states_out: tuple[Any, ...] = ()
        if self.return_state:
            states_out = (*first[1:], *second[1:])
            first, second = first[0], second[0]
        if self.return_sequences:
            second = reverse(second, [1])
        result = self._merge(first, second)
        if not self.return_state:
            return result
        return (*result, *states_out) if self.merge_mode is None else (result, *states_out)

    def _merge(self, first: Any, second: Any) -> Any:
        if self.merge_mode == "concat":
            return concat([first, second], -1)
        if self.merge_mode == "sum":
            return add(first, second)
        if self.merge_mode == "ave":
            return (first + second) / 2.0
        return first * second if self.merge_mode == "mul" else (first, second)

    def reset_states(self) -> None:
        """Sets the kept states of both directions to zeros."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    reset_state = reset_states

    @property
    def states(self) -> Any:
        """The states of both directions, if they are kept."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        output = mask if self.return_sequences else None
        merged = [output, output] if self.merge_mode is None else output
        if not self.return_state:
            return merged
        states = [None] * (2 * len(self.forward_layer.get_initial_state(1)))
        return [*(merged if isinstance(merged, list) else [merged]), *states]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["layer"] = serialization.serialize_keras_object(self.forward_layer)
        config["backward_layer"] = serialization.serialize_keras_object(self.backward_layer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        config = dict(config)
        layer = serialization.deserialize_keras_object(config.pop("layer"), custom_objects)
        backward = config.pop("backward_layer", None)
        if backward is not None:
            backward = serialization.deserialize_keras_object(backward, custom_objects)
        return cls(layer, backward_layer=backward, **config)


def _prefixed(prefix: str, name: str) -> str:
    return name if name.startswith(prefix) else prefix + name


def _copy(layer: Any, **changes: Any) -> Any:
    """A new layer of the same config, with some changes."""
    return type(layer).from_config({**layer.get_config(), **changes})


@export("keras.layers.TimeDistributed")
class TimeDistributed(Wrapper):
    """Applies a layer to every step of [batch, steps, ...].

    Args:
      layer: the layer.

    >>> import tfjax as tf
    >>> tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(4))(tf.ones((2, 3, 5))).shape
    TensorShape([2, 3, 4])
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        if len(shape) < 3:
            raise ValueError(f"`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: {shape}")
        super().build((shape[0], *shape[2:]))

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        batch, steps = inputs.shape[0], inputs.shape[1]
        kwargs = {"training": training} if self.layer._accepts("training") else {}
        if self._whole(mask):
            flat = self.layer(reshape(inputs, [batch * steps, *inputs.shape[2:]]), **kwargs)
            return reshape(flat, [batch, steps, *flat.shape[1:]])
        rows = swap_time(inputs)
        masks = swap_time(mask) if mask is not None and self.layer._accepts("mask") else None
        results = []
        for i in range(steps):
            extra = {} if masks is None else {"mask": masks[i]}
            results.append(self.layer(rows[i], **kwargs, **extra))
        return stack(results, 1)

    def _whole(self, mask: Any) -> bool:
        """Whether the steps may be computed as one batch: they do not see each other."""
        if mask is not None and self.layer._accepts("mask"):
            return False
        return "training" not in inspect.signature(self.layer.call).parameters

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask
