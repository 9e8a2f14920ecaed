"""The config of functional models: layers and the calls that connect them."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import nest
from tfjax._src.keras.engine.functional import Graph, InputLayer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.symbolic import KerasTensor, Node
from tfjax._src.keras.saving import serialization


def _nodes_of(graph: Graph, operation: Any) -> list[Node]:
    nodes = [t._keras_history[1] for t in graph.flat_inputs if t._keras_history[0] is operation]
    return nodes + [n for n in graph.nodes if n.operation is operation]


def get_config(model: Any, graph: Graph) -> dict[str, Any]:
    """The config of a functional model.

    Raises ValueError for TensorFlow functions applied to symbolic tensors: Keras' format has no
    place for them; wrap them in a layer.
    """
    index: dict[int, tuple[str, int]] = {}
    for operation in graph.layers:
        if not isinstance(operation, Layer):
            raise ValueError(
                f"The model applies the function `{operation.name}` to symbolic tensors, which a Keras config cannot "
                "describe. Wrap the call in a layer of your own, or save weights or a SavedModel instead."
            )
        for i, node in enumerate(_nodes_of(graph, operation)):
            index[id(node)] = (operation.name, i)

    def reference(tensor: KerasTensor) -> list[Any]:
        _, node, position = tensor._keras_history
        return [*index[id(node)], position]

    def encode(value: Any) -> Any:
        if isinstance(value, KerasTensor):
            return {"class_name": "__keras_tensor__", "config": {"shape": list(value.shape), "dtype": value.dtype, "keras_history": reference(value)}}
        if isinstance(value, dict):
            return {k: encode(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [encode(v) for v in value]
        return serialization.serialize_keras_object(value)

    layers = []
    for operation in graph.layers:
        entry = serialization.serialize_keras_object(operation)
        entry["name"] = operation.name
        entry["inbound_nodes"] = [] if isinstance(operation, InputLayer) else [
            {"args": [encode(a) for a in node.args], "kwargs": {k: encode(v) for k, v in node.kwargs.items()}}
            for node in _nodes_of(graph, operation)
        ]
        layers.append(entry)
    return {
        "name": model.name, "trainable": model._trainable, "layers": layers,
        "input_layers": _references(graph.inputs, reference), "output_layers": _references(graph.outputs, reference),
    }


def _references(structure: Any, reference: Any) -> Any:
    if isinstance(structure, KerasTensor):
        return reference(structure)
    if isinstance(structure, dict):
        return {k: _references(v, reference) for k, v in structure.items()}
    return [_references(s, reference) for s in structure]


def from_config(cls: Any, config: dict[str, Any], custom_objects: Any = None) -> Any:
    """A functional model from its config."""
    layers: dict[str, Any] = {}
    made: dict[tuple[str, int], Node] = {}
    waiting: list[tuple[Any, int, dict[str, Any]]] = []
    for entry in config["layers"]:
        layer = serialization.deserialize_keras_object(entry, custom_objects=custom_objects)
        layers[entry.get("name", layer.name)] = layer
        if isinstance(layer, InputLayer):
            made[(layer.name, 0)] = layer._inbound_nodes[0]
        for i, call in enumerate(_calls(entry.get("inbound_nodes", []))):
            waiting.append((layer, i, call))

    def tensor(ref: Any) -> KerasTensor:
        return made[(ref[0], ref[1])].outputs[ref[2]]

    def decode(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                return tensor(value["config"]["keras_history"])
            if "class_name" in value:
                return serialization.deserialize_keras_object(value)
            return {k: decode(v) for k, v in value.items()}
        return [decode(v) for v in value] if isinstance(value, list) else value

    while waiting:
        later = []
        for layer, i, call in waiting:
            try:
                args, kwargs = [decode(a) for a in call["args"]], {k: decode(v) for k, v in call["kwargs"].items()}
            except KeyError:
                later.append((layer, i, call))
                continue
            count = len(layer._inbound_nodes)
            layer(*args, **kwargs)
            made[(layer.name, i)] = layer._inbound_nodes[count]
        if len(later) == len(waiting):
            raise ValueError("The config of the model is damaged: some layers' inputs do not exist.")
        waiting = later
    inputs, outputs = _tensors(config["input_layers"], tensor), _tensors(config["output_layers"], tensor)
    from tfjax._src.keras.models.model import Functional, Model

    target = Functional if cls in (Model, Functional) else cls
    model = target(inputs=inputs, outputs=outputs, name=config.get("name"))
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _calls(nodes: Any) -> list[dict[str, Any]]:
    """Inbound nodes of Keras 3, or those of Keras 2: [[[name, node, tensor, kwargs], …], …]."""
    calls = []
    for node in nodes:
        if isinstance(node, dict):
            calls.append(node)
            continue
        entries = node if node and isinstance(node[0], list) else [node]
        refs = [{"class_name": "__keras_tensor__", "config": {"keras_history": e[:3]}} for e in entries]
        kwargs = entries[0][3] if entries and len(entries[0]) > 3 else {}
        calls.append({"args": [refs[0] if len(refs) == 1 else refs], "kwargs": kwargs})
    return calls


def _tensors(references: Any, tensor: Any) -> Any:
    if isinstance(references, dict):
        return {k: _tensors(v, tensor) for k, v in references.items()}
    if len(references) == 3 and isinstance(references[0], str):
        return tensor(references)
    found = [_tensors(r, tensor) for r in references]
    return found[0] if len(found) == 1 and len(nest.flatten(found)) == 1 else found
