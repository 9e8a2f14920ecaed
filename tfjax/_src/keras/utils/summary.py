"""The table of `Model.summary`."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from tfjax._src.keras.engine.functional import InputLayer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.keras.utils.console import print_message


def _parameters(variables: list[Any]) -> int:
    return sum(int(np.prod(v.shape.as_list(), dtype=np.int64)) for v in variables)


def _bytes(variables: list[Any]) -> int:
    return sum(int(np.prod(v.shape.as_list(), dtype=np.int64)) * v._raw_value.dtype.itemsize for v in variables)


def _size(count: float) -> str:
    for unit, power in (("PB", 50), ("TB", 40), ("GB", 30), ("MB", 20), ("KB", 10)):
        if count >= 2**power:
            return f"{count / 2**power:.2f} {unit}"
    return f"{count:.2f} B"


def _output(layer: Any, nodes: list[Any]) -> str:
    if isinstance(layer, InputLayer):
        return _shape(layer.batch_shape)
    source = nodes or getattr(layer, "_inbound_nodes", [])
    if not source:
        return _from_build(layer)
    shapes = [_shape(t.shape) for t in source[0].outputs if isinstance(t, KerasTensor)]
    return shapes[0] if len(shapes) == 1 else "[" + ", ".join(shapes) + "]"


def _from_build(layer: Any) -> str:
    """The output's shape for the shape that the layer was built with, if its class has a `build`."""
    built_with = getattr(layer, "__dict__", {}).get("_build_shape")
    if built_with is None or hasattr(layer, "get_layer"):
        return "?"
    own = type(layer).__module__.startswith(__name__.partition(".")[0] + ".")
    if not own and type(layer).compute_output_shape is Layer.compute_output_shape:
        return "?"  # Keras asks a layer for its shape, and a user's may not say it
    try:
        return _shape(layer.compute_output_shape(built_with))
    except Exception:  # a layer that takes more than one input
        return "?"


def _shape(shape: Any) -> str:
    return "(" + ", ".join(str(d) for d in shape) + ")"


def _connected(nodes: list[Any]) -> str:
    parts = []
    for node in nodes:
        for tensor in node.inputs:
            operation, index, position = tensor._keras_history
            parts.append(f"{operation.name}[{index}][{position}]")
    return ", ".join(parts) or "-"


def print_summary(
    model: Any, line_length: int | None = None, positions: Any = None, print_fn: Any = None, expand_nested: bool = False,
    show_trainable: bool = False, layer_range: Any = None,
) -> None:
    """Prints the table of a model's layers; arguments as of `Model.summary`."""
    import rich.box
    import rich.console
    import rich.markup
    import rich.table

    graph = model.__dict__.get("_graph")
    branched = graph is not None and any(len(n.inputs) > 1 for n in graph.nodes) or graph is not None and len(graph.flat_inputs) > 1 or _reused(graph)
    sequential = "_layers" in model.__dict__
    show_edges = graph is not None and not sequential and branched
    header = ["Layer (type)", "Output Shape", "Param #"] + (["Connected to"] if show_edges else []) + (["Trainable"] if show_trainable else [])
    buffer = io.StringIO()
    console = rich.console.Console(file=buffer, highlight=False, force_terminal=False, color_system=None, legacy_windows=False)
    line_length = line_length or min(_LENGTHS[show_edges], console.width - 4)
    alignments = ["left", "left", "right"] + (["left"] if show_edges else []) + (["center"] if show_trainable else [])
    table = rich.table.Table(show_lines=True, width=line_length)
    for text, width, align in zip(header, _column_widths(positions, show_edges, show_trainable, line_length), alignments):
        table.add_column(rich.markup.escape(text), justify=align, width=width)
    nodes = None if graph is None else {id(n) for n in graph.nodes}
    for row in _rows(model, nodes, show_edges, show_trainable, expand_nested, layer_range):
        table.add_row(*[rich.markup.escape(cell) for cell in row])
    title = f'Model: "{model.name}"'
    console.print(rich.markup.escape(title))
    console.print(table)
    for line in _totals(model):
        console.print(rich.markup.escape(line), soft_wrap=True)
    (print_fn or (lambda text: print_message(text, line_break=False)))(buffer.getvalue())


def _reused(graph: Any) -> bool:
    if graph is None:
        return False
    seen = [id(n.operation) for n in graph.nodes]
    consumers: dict[int, int] = {}
    for node in graph.nodes:
        for tensor in node.inputs:
            consumers[id(tensor)] = consumers.get(id(tensor), 0) + 1
    return len(set(seen)) < len(seen) or any(count > 1 for count in consumers.values())


# Keras' line lengths, and where its columns end, without and with the column "Connected to".
_LENGTHS = {False: 88, True: 108}
_ENDS = {False: [0.45, 0.80, 1.0], True: [0.3, 0.56, 0.74, 1.0]}


def _column_widths(positions: Any, edges: bool, trainable: bool, line_length: int) -> list[int]:
    """The widths that rich starts from, from relative positions of the columns' ends."""
    ends = list(positions or _ENDS[edges])
    if trainable:
        ends = [p * (1 - 0.1) for p in ends] + [ends[-1]]
    ends = [int(line_length * p) for p in ends]
    return [end - start for start, end in zip([0, *ends], ends)]


def _rows(model: Any, nodes: Any, edges: bool, trainable: bool, nested: bool, layer_range: Any, level: int = 0) -> list[list[str]]:
    rows = []
    graph = model.__dict__.get("_graph")
    operations = model.layers if graph is None or "_layers" in model.__dict__ else graph.layers
    names = [op.name for op in operations]
    if layer_range is not None:
        first, last = (names.index(n) for n in layer_range)
        operations = operations[first : last + 1]
    for operation in operations:
        calls = [n for n in operation._inbound_nodes if nodes is None or id(n) in nodes]
        kind = type(operation).__name__ if isinstance(operation, Layer) else operation.kind
        built = getattr(operation, "built", True)
        count = _parameters(operation.weights) if isinstance(operation, Layer) else 0
        marker = "" if built else " (unbuilt)"
        indent = "   " * level + "└ " if level else ""
        row = [f"{indent}{operation.name} ({kind})", _output(operation, calls), f"{count:,}" if built else f"0{marker}"]
        if edges:
            row.append(_connected(calls))
        if trainable:
            row.append("-" if not count else "Y" if operation.trainable else "N")
        rows.append(row)
        if nested and isinstance(operation, Layer) and hasattr(operation, "get_layer"):
            rows.extend(_rows(operation, nodes, edges, trainable, nested, None, level + 1))
    return rows


def _totals(model: Any) -> list[str]:
    trainable, frozen = model.trainable_weights, model.non_trainable_weights
    optimizer = model.__dict__.get("optimizer")
    extra = optimizer.variables if optimizer is not None and getattr(optimizer, "built", False) else []
    everything = [*trainable, *frozen, *extra]
    lines = [
        f" Total params: {_parameters(everything):,} ({_size(_bytes(everything))})",
        f" Trainable params: {_parameters(trainable):,} ({_size(_bytes(trainable))})",
        f" Non-trainable params: {_parameters(frozen):,} ({_size(_bytes(frozen))})",
    ]
    if extra:
        lines.append(f" Optimizer params: {_parameters(extra):,} ({_size(_bytes(extra))})")
    return lines
