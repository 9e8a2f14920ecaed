"""Weights in Keras' HDF5 layout (`.weights.h5`, and inside `.keras`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.naming import to_snake_case
from tfjax._src.keras.metrics.base import Metric

_SKIPPED = {"_graph_layers", "_layers", "_weights", "_read", "_first_input_shape", "_programs", "_auto_config", "_compile_config", "_inbound_nodes"}


def _children(layer: Any) -> list[tuple[str, Any]]:
    """(group name, object) of the saveable parts of a layer, in Keras' order."""
    found: list[tuple[str, Any]] = []
    graph_layers = layer.__dict__.get("_layers") if "_layers" in layer.__dict__ else layer.__dict__.get("_graph_layers")
    if graph_layers is not None:
        found.append(("layers", list(graph_layers)))
    for name, value in sorted(vars(layer).items()):
        if name in _SKIPPED or name.startswith("__") or name in ("optimizer", "_compile_loss", "_compile_metrics", "_loss_tracker"):
            continue
        if isinstance(value, Layer):
            found.append((name, value))
        elif isinstance(value, (list, tuple, dict)) and _holds_layers(value):
            found.append((name, value))
    return found


def _holds_layers(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return any(isinstance(v, Layer) or isinstance(v, (list, tuple, dict)) and _holds_layers(v) for v in items)


def walk(obj: Any, path: str = "", seen: set[int] | None = None) -> Any:
    """(path, layer) for every layer, the root's path being ""."""
    seen = set() if seen is None else seen
    if isinstance(obj, Layer):
        if id(obj) in seen:
            return
        seen.add(id(obj))
        yield path, obj
        for name, child in _children(obj):
            yield from walk(child, f"{path}/{name}" if path else name, seen)
        return
    counts: dict[str, int] = {}
    for item in obj.values() if isinstance(obj, dict) else obj:
        if isinstance(item, Metric) or not isinstance(item, (Layer, list, tuple, dict)):
            continue
        if isinstance(item, Layer):
            base = to_snake_case(type(item).__name__)
        elif _holds_layers(item):
            base = "container"
        else:
            continue
        number = counts.get(base, 0)
        counts[base] = number + 1
        yield from walk(item, f"{path}/{base}" + (f"_{number}" if number else ""), seen)


def write(model: Any, target: Any) -> None:
    """Writes weights (and the optimizer's state) into an open h5py file."""
    for path, layer in walk(model):
        if type(layer).save_own_variables is Layer.save_own_variables:
            _write_group(target, path, layer.name, layer._own_variables())
        else:
            group = target.require_group(f"{path}/vars" if path else "vars")
            group.attrs["name"] = layer.name
            layer.save_own_variables(group)
    optimizer, path = model.__dict__.get("optimizer"), "optimizer"
    while optimizer is not None:
        _write_group(target, path, optimizer.name, optimizer.variables)
        optimizer, path = getattr(optimizer, "inner_optimizer", None), f"{path}/inner_optimizer"


def _write_group(target: Any, path: str, name: str, variables: list[Any]) -> None:
    group = target.require_group(f"{path}/vars" if path else "vars")
    group.attrs["name"] = name
    for i, variable in enumerate(variables):
        value = np.asarray(variable._raw_value)
        if value.dtype.name == "bfloat16":
            dataset = group.create_dataset(str(i), data=value.view("V2"))
            dataset.attrs["dtype"] = "bfloat16"
        else:
            group[str(i)] = value


def _read(dataset: Any) -> np.ndarray:
    value = np.asarray(dataset)
    if dataset.attrs.get("dtype") == "bfloat16":
        import ml_dtypes

        return value.view(ml_dtypes.bfloat16)
    return value


def read(model: Any, source: Any, skip_mismatch: bool = False) -> None:
    """Reads weights from an open h5py file.

    Raises ValueError where a layer's weights are missing or differ in number or shape.
    """
    for path, layer in walk(model):
        group = _group(source, path)
        if type(layer).load_own_variables is not Layer.load_own_variables:
            layer.load_own_variables({} if group is None else group)
            continue
        variables = layer._own_variables()
        stored = [] if group is None else [_read(group[str(i)]) for i in range(len(group))]
        if not variables and not stored:
            continue
        problem = _mismatch(layer, variables, stored)
        if problem:
            if skip_mismatch:
                import warnings

                warnings.warn(f"A mismatch occurred for layer {layer.name}: {problem}", stacklevel=3)
                continue
            raise ValueError(f"A total of 1 objects could not be loaded. Layer '{layer.name}' {problem}")
        for variable, value in zip(variables, stored):
            variable.assign(value.astype(variable._raw_value.dtype))


def read_optimizer(model: Any, source: Any) -> None:
    """Reads the optimizer's state, if the file has it."""
    optimizer = model.__dict__.get("optimizer")
    if optimizer is None or "optimizer" not in source:
        return
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    group = source["optimizer"]["vars"]
    if len(group) != len(optimizer.variables):
        import warnings

        warnings.warn(
            f"Skipping variable loading for optimizer '{optimizer.name}', because it has {len(optimizer.variables)} "
            f"variables whereas the saved optimizer has {len(group)} variables.", stacklevel=3,
        )
        return
    for i, variable in enumerate(optimizer.variables):
        variable.assign(np.asarray(group[str(i)]).astype(variable._raw_value.dtype))


def _group(source: Any, path: str) -> Any:
    for candidate in (path, path.replace("layers/", "_layer_checkpoint_dependencies/", 1)):
        name = f"{candidate}/vars" if candidate else "vars"
        if name in source:
            return source[name]
    return None


def _mismatch(layer: Any, variables: list[Any], stored: list[Any]) -> str | None:
    if len(variables) != len(stored):
        if not layer.built:
            return "was never built and thus it doesn't have any variables. However the weights file lists " f"{len(stored)} variables for this layer."
        return f"expected {len(variables)} variables, but received {len(stored)} variables during loading. Expected: {[v.name for v in variables]}"
    for variable, value in zip(variables, stored):
        if tuple(variable.shape) != value.shape:
            return f"has shape mismatch: variable {variable.name} has shape {tuple(variable.shape)}, the file has {value.shape}."
    return None
