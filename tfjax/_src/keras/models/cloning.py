"""clone_model: the same architecture with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.core import nest
from tfjax._src.keras.engine.functional import Input, InputLayer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.keras.models.model import Functional, Model, Sequential
from tfjax._src.keras.saving.functional_config import takes_graph


def _clone_layer(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def clone(model: Any, input_tensors: Any, clone_function: Callable[[Any], Any] | None, call_function: Callable[..., Any] | None) -> Any:
    """See `keras.models.clone_model`."""
    if clone_function is not None and not callable(clone_function):
        raise ValueError(f"Argument `clone_function` must be callable. Received: clone_function={clone_function}")
    make = clone_function or _clone_layer
    if isinstance(model, Sequential):
        return _sequential(model, input_tensors, make)
    if model.__dict__.get("_graph") is not None:
        return _functional(model, input_tensors, make, call_function)
    if input_tensors is not None or clone_function is not None or call_function is not None:
        raise ValueError(
            "Arguments `clone_function` and `input_tensors` are only supported for Sequential models or Functional models. "
            f"Received model of type '{type(model).__name__}', with clone_function={clone_function} and input_tensors={input_tensors}"
        )
    return _clone_layer(model)


def _sequential(model: Any, input_tensors: Any, make: Callable[[Any], Any]) -> Any:
    layers = [make(layer) for layer in model.layers]
    start: list[Any] = []
    if input_tensors is not None:
        flat = nest.flatten(input_tensors)
        if len(flat) != 1:
            raise ValueError("Argument `input_tensors` must contain a single tensor.")
        start = [flat[0]._keras_history.operation if isinstance(flat[0], KerasTensor) else Input(batch_shape=flat[0].shape)]
    elif isinstance(model._layers[0], InputLayer):
        first = model._layers[0]
        start = [InputLayer(batch_shape=first.batch_shape, dtype=first.dtype, name=first.name)]
    return type(model)(start + layers, name=model.name, trainable=model.trainable)


def _functional(model: Any, input_tensors: Any, make: Callable[[Any], Any], call_function: Callable[..., Any] | None) -> Any:
    graph = model._graph
    if input_tensors is None:
        fresh = [Input(batch_shape=t.shape, dtype=t.dtype, name=t.name) for t in graph.flat_inputs]
    else:
        fresh = [t if isinstance(t, KerasTensor) else Input(batch_shape=t.shape, dtype=t.dtype) for t in nest.flatten(input_tensors)]
        if len(fresh) != len(graph.flat_inputs):
            raise ValueError("The number of `input_tensors` is not that of the model's inputs.")
    clones: dict[int, Any] = {}

    def call(operation: Any, args: Any, kwargs: Any) -> Any:
        if not isinstance(operation, Layer):
            return operation(*args, **kwargs)
        if id(operation) not in clones:
            clones[id(operation)] = make(operation)
        layer = clones[id(operation)]
        return layer(*args, **kwargs) if call_function is None else call_function(layer, *args, **kwargs)

    outputs = graph.run(fresh, call)
    inputs = nest.pack_sequence_as(graph.inputs, fresh)
    cls = type(model) if type(model) is not Model and takes_graph(type(model)) else Functional
    return cls(inputs, outputs, name=model.name)
