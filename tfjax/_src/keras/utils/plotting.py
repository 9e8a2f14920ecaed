"""plot_model and model_to_dot, which need pydot and Graphviz."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.utils.console import print_message


def _pydot() -> Any:
    import importlib

    for name in ("pydot", "pydotplus", "pydot_ng"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


@export("keras.utils.model_to_dot")
def model_to_dot(
    model: Any, show_shapes: bool = False, show_dtype: bool = False, show_layer_names: bool = True, rankdir: str = "TB", expand_nested: bool = False,
    dpi: int = 200, subgraph: bool = False, show_layer_activations: bool = False, show_trainable: bool = False, **kwargs: Any,
) -> Any:
    """A pydot graph of a model's layers and what connects them.

    Args:
      model: a built model.
      show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: what each
        box says beside the layer's class.
      rankdir: "TB" from top to bottom, "LR" from left to right.
      expand_nested: must be False: an inner model is one box.
      dpi: dots per inch.
      subgraph: a cluster instead of a graph.

    Raises:
      ImportError: pydot is not installed.
    """
    pydot = _pydot()
    if pydot is None:
        raise ImportError("You must install pydot (`pip install pydot`) for model_to_dot to work.")
    kwargs.pop("layer_range", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    if expand_nested:
        raise ValueError("`expand_nested=True` is not supported by model_to_dot.")
    if not model.built:
        raise ValueError("This model has not yet been built. Build the model first by calling `build()` or by calling the model on a batch of data.")
    dot = pydot.Cluster(graph_name=model.name) if subgraph else pydot.Dot()
    dot.set("rankdir", rankdir)
    dot.set("dpi", dpi)
    dot.set_node_defaults(shape="record")
    shown = (show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    graph = model.__dict__.get("_graph")
    operations = model.layers if graph is None else graph.layers
    for operation in operations:
        dot.add_node(pydot.Node(str(id(operation)), label=_label(operation, *shown)))
    calls = [] if graph is None else graph.nodes
    edges = {(id(t._keras_history.operation), id(call.operation)) for call in calls for t in call.inputs}
    if graph is None:
        edges = {(id(a), id(b)) for a, b in zip(operations, operations[1:])} if "_layers" in model.__dict__ else set()
    for source, target in sorted(edges):
        dot.add_edge(pydot.Edge(str(source), str(target)))
    return dot


def _label(operation: Any, shapes: bool, dtypes: bool, names: bool, activations: bool, trainable: bool) -> str:
    kind = type(operation).__name__
    parts = [f"{operation.name} ({kind})" if names else kind]
    activation = getattr(operation, "activation", None)
    if activations and activation is not None:
        parts.append(f"Activation: {getattr(activation, '__name__', type(activation).__name__)}")
    if dtypes:
        parts.append(f"Output dtype: {getattr(operation, 'dtype', '?')}")
    if shapes:
        outputs = operation._inbound_nodes[0].outputs if operation._inbound_nodes else []
        parts.append("Output shape: " + ", ".join(str(t.shape) for t in outputs))
    if trainable:
        parts.append(f"Trainable: {getattr(operation, 'trainable', True)}")
    return "{" + "|".join(parts) + "}"


@export("keras.utils.plot_model")
def plot_model(
    model: Any, to_file: str = "model.png", show_shapes: bool = False, show_dtype: bool = False, show_layer_names: bool = False, rankdir: str = "TB",
    expand_nested: bool = False, dpi: int = 200, show_layer_activations: bool = False, show_trainable: bool = False, **kwargs: Any,
) -> Any:
    """Draws a model into an image file; arguments as of `model_to_dot`.

    Raises:
      ImportError: pydot or Graphviz is not installed.
    """
    if not model.built:
        raise ValueError("This model has not yet been built. Build the model first by calling `build()` or by calling the model on a batch of data.")
    pydot = _pydot()
    if pydot is None:
        message = "You must install pydot (`pip install pydot`) for `plot_model` to work."
        import sys

        if "IPython.core.magics.namespace" in sys.modules:
            print_message(message)
            return None
        raise ImportError(message)
    dot = model_to_dot(
        model, show_shapes=show_shapes, show_dtype=show_dtype, show_layer_names=show_layer_names, rankdir=rankdir, expand_nested=expand_nested,
        dpi=dpi, show_layer_activations=show_layer_activations, show_trainable=show_trainable, **kwargs,
    )
    extension = to_file.rpartition(".")[2] if "." in to_file else "png"
    dot.write(to_file, format=extension)
    return None
