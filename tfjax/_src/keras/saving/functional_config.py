"""The config of functional models: layers and the calls that connect them."""

from __future__ import annotations

import inspect
from typing import Any

from tfjax._src.keras.engine.functional import Graph, InputLayer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.symbolic import KerasTensor, Node
from tfjax._src.keras.saving import serialization


def takes_graph(cls: type) -> bool:
    """Whether a model class can be made from (inputs, outputs, name=), so that its graph is its config."""
    spec = inspect.getfullargspec(cls.__init__)
    return spec.args[1:] == ["inputs", "outputs", "name"] or (spec.varargs == "args" and spec.varkw == "kwargs")


def _nodes_of(graph: Graph, operation: Any) -> list[Node]:
    nodes = [t._keras_history.node for t in graph.flat_inputs if t._keras_history[0] is operation]
    return nodes + [n for n in graph.nodes if n.operation is operation]


def get_config(model: Any, graph: Graph) -> dict[str, Any]:
    """The config of a functional model.

    Raises ValueError for TensorFlow functions applied to symbolic tensors: Keras' format has no
    place for them; wrap them in a layer.
    """
    index: dict[int, tuple[str, int]] = {}
    for operation in graph.layers:
        if not isinstance(operation, Layer) and operation.module is None:
            raise ValueError(
                f"The model applies the function `{operation.name}` to symbolic tensors, which a Keras config cannot "
                "describe. Wrap the call in a layer of your own, or save weights or a SavedModel instead."
            )
        for i, node in enumerate(_nodes_of(graph, operation)):
            index[id(node)] = (operation.name, i)

    def reference(tensor: KerasTensor) -> list[Any]:
        _, _, position = tensor._keras_history
        node = tensor._keras_history.node
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
        entry = serialization.serialize_keras_object(operation) if isinstance(operation, Layer) else _operation(operation)
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


def _operation(operation: Any) -> dict[str, Any]:
    config = {"name": operation.name, **{k: serialization.serialize_keras_object(v) for k, v in operation.config.items()}}
    return {"module": operation.module, "class_name": operation.kind, "config": config, "registered_name": operation.kind}


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
    waiting: list[tuple[str, int, dict[str, Any]]] = []
    for entry in config["layers"]:
        layer = _made(entry, custom_objects)
        # Calls refer to the name in the file; a class whose config has no name takes another.
        name = entry.get("name", layer.name)
        layers[name] = layer
        if isinstance(layer, InputLayer):
            made[(name, 0)] = layer._inbound_nodes[0]
        for i, call in enumerate(_calls(entry.get("inbound_nodes", []))):
            waiting.append((name, i, call))

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
        for name, i, call in waiting:
            layer = layers[name]
            try:
                args, kwargs = [decode(a) for a in call["args"]], {k: decode(v) for k, v in call["kwargs"].items()}
            except KeyError:
                later.append((name, i, call))
                continue
            count = len(layer._inbound_nodes)
            layer(*args, **kwargs)
            made[(name, i)] = layer._inbound_nodes[count]
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


def _made(entry: dict[str, Any], custom_objects: Any) -> Any:
    """The layer or operation of an entry."""
    from tfjax._src.keras.ops.base import OPERATIONS, bind

    function = OPERATIONS.get((entry.get("module") or "", entry["class_name"]))
    if function is None:
        return serialization.deserialize_keras_object(entry, custom_objects=custom_objects)
    return bind(function, {k: serialization.deserialize_keras_object(v) for k, v in entry["config"].items()})


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
    return [_tensors(r, tensor) for r in references]
