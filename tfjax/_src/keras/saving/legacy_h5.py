"""Whole models in one HDF5 file (`model.save('m.h5')`), as Keras 2 wrote them and Keras 3 still does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfjax._src.keras.engine.functional import InputLayer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.saving import serialization

# HDF5 limits an attribute to 64 kB; longer lists are split.
_LIMIT = 64000
_TRAINING = ("loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution", "jit_compile")


def write(model: Any, file: Any, include_optimizer: bool, version: str) -> None:
    """Writes a model into an open h5py file."""
    config = {"class_name": type(model).__name__, "config": _plain(serialization.serialize_keras_object(model)["config"])}
    file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
    file.attrs["model_config"] = json.dumps(config)
    write_weights(model, file.create_group("model_weights"), version)
    optimizer = model.__dict__.get("optimizer")
    if not include_optimizer or not model.__dict__.get("compiled") or optimizer is None:
        return
    file.attrs["training_config"] = json.dumps(_training_config(model))
    group = file.create_group("optimizer_weights")
    _write_group(group, optimizer.variables)


def write_weights(model: Any, group: Any, version: str) -> None:
    """Writes the weights layer by layer, as `save_weights('w.h5')` of Keras 2 does too."""
    layers = _layers(model)
    _write_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["keras_version"], group.attrs["backend"] = version, "tensorflow"
    for layer in layers:
        _write_group(group.create_group(layer.name), _weights(layer))
    _write_group(group.create_group("top_level_model_weights"), _own(model))


def _layers(model: Any) -> list[Any]:
    return [layer for layer in model.layers if not (isinstance(layer, InputLayer) and "_layers" in model.__dict__)]


def _weights(layer: Any) -> list[Any]:
    found = layer.weights
    return [v for v in found if v.trainable] + [v for v in found if not v.trainable]


def _own(model: Any) -> list[Any]:
    return model._own_variables()


def _write_names(group: Any, name: str, values: list[str]) -> None:
    encoded = [v.encode() for v in values]
    if sum(map(len, encoded)) < _LIMIT:
        group.attrs[name] = encoded if encoded else np.array([])
        return
    pieces: list[list[bytes]] = [[]]
    for value in encoded:
        if sum(map(len, pieces[-1])) + len(value) > _LIMIT:
            pieces.append([])
        pieces[-1].append(value)
    for i, piece in enumerate(pieces):
        group.attrs[f"{name}{i}"] = piece


def _read_names(group: Any, name: str) -> list[str]:
    if name in group.attrs:
        values = list(group.attrs[name])
    else:
        values, i = [], 0
        while f"{name}{i}" in group.attrs:
            values += list(group.attrs[f"{name}{i}"])
            i += 1
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]


def _write_group(group: Any, variables: list[Any]) -> None:
    names: list[str] = []
    for variable in variables:
        name = getattr(variable, "path", variable.name)
        while name in names:
            name += "_1"
        names.append(name)
    _write_names(group, "weight_names", names)
    for name, variable in zip(names, variables):
        value = np.asarray(variable._raw_value)
        group.create_dataset(name, data=value.astype("float32") if value.dtype.name == "bfloat16" else value)


def _plain(value: Any, layer: bool = False) -> Any:
    """A config without the modules of layers, as the format has it."""
    if isinstance(value, dict):
        drop = layer and "class_name" in value
        return {
            k: _plain(v, k == "layers" or drop and k == "layer") if not (drop and k in ("module", "registered_name", "build_config", "compile_config")) else None
            for k, v in value.items() if not (drop and k in ("module", "registered_name", "build_config", "compile_config"))
        }
    return [_plain(v, layer) for v in value] if isinstance(value, list) else value


def _training_config(model: Any) -> dict[str, Any]:
    def short(value: Any) -> Any:
        if isinstance(value, dict) and "class_name" in value and "config" in value:
            return value["config"] if value["class_name"] == "function" else {"class_name": value["class_name"], "config": value["config"]}
        if isinstance(value, dict):
            return {k: short(v) for k, v in value.items()}
        return [short(v) for v in value] if isinstance(value, list) else value

    compiled = model.__dict__["_compile_config"]
    found = {k: short(serialization.serialize_keras_object(compiled[k])) for k in _TRAINING}
    found["optimizer_config"] = short(serialization.serialize_keras_object(model.optimizer))
    return found


def load(file: Any, path: str, custom_objects: Any, compile_: bool, safe_mode: bool) -> Any:
    """The model in an open h5py file.

    Raises ValueError for a file without a model, or one that does not fit.
    """
    if "model_config" not in file.attrs:
        raise ValueError(f"No model config found in the file at {path}.")
    config = json.loads(_text(file.attrs["model_config"]))
    model = serialization.deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=safe_mode)
    if "model_weights" in file:
        read_weights(model, file["model_weights"])
    if compile_ and "training_config" in file.attrs:
        with serialization.custom_object_scope(custom_objects or {}):
            _compile(model, json.loads(_text(file.attrs["training_config"])))
        _read_optimizer(model, file)
    return model


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _compile(model: Any, training: dict[str, Any]) -> None:
    settings = {k: serialization._deserialize(training[k]) for k in _TRAINING[:5] if training.get(k) is not None}
    optimizer = dict(training["optimizer_config"])
    optimizer["config"] = {k: v for k, v in optimizer["config"].items() if k not in ("jit_compile", "is_legacy_optimizer")}
    model.compile(optimizer=serialization._deserialize(optimizer), **settings)


def _read_optimizer(model: Any, file: Any) -> None:
    if "optimizer_weights" not in file:
        return
    optimizer, group = model.optimizer, file["optimizer_weights"]
    if not optimizer.built and model.trainable_variables:
        optimizer.build(model.trainable_variables)
    values = [np.asarray(group[name]) for name in _read_names(group, "weight_names")]
    if len(values) != len(optimizer.variables):
        import warnings

        warnings.warn("Error in loading the saved optimizer state. As a result, your model is starting with a freshly initialized optimizer.", stacklevel=4)
        return
    for variable, value in zip(optimizer.variables, values):
        variable.assign(value.astype(variable._raw_value.dtype))


def read_weights(model: Any, group: Any, by_name: bool = False, skip_mismatch: bool = False) -> None:
    """Reads weights, in the order of the layers that have any (or by the layers' names).

    Raises ValueError where numbers or shapes differ.
    """
    names = [n for n in _read_names(group, "layer_names") if _read_names(group[n], "weight_names")]
    layers = [layer for layer in _layers(model) if layer.weights]
    if by_name:
        pairs = [(layer, name) for name in names for layer in layers if layer.name == name]
    else:
        if len(names) != len(layers):
            raise ValueError(f"Layer count mismatch when loading weights from file. Model expected {len(layers)} layers, found {len(names)} saved layers.")
        pairs = list(zip(layers, names))
    for layer, name in pairs:
        saved = [np.asarray(group[name][w]) for w in _read_names(group[name], "weight_names")]
        _assign(layer, _weights(layer), saved, skip_mismatch)
    if "top_level_model_weights" in group:
        saved = group["top_level_model_weights"]
        _assign(model, _own(model), [np.asarray(saved[w]) for w in _read_names(saved, "weight_names")], skip_mismatch)


def _assign(layer: Layer, variables: list[Any], values: list[Any], skip_mismatch: bool) -> None:
    import warnings

    if len(variables) != len(values):
        text = f"Weight count mismatch for layer #0 (named {layer.name} in the current model, {layer.name} in the save file). Layer expects {len(variables)} weight(s). Received {len(values)} saved weight(s)"
        if not skip_mismatch:
            raise ValueError(text)
        warnings.warn(f"Skipping loading of weights for layer {layer.name}: {text}", stacklevel=4)
        return
    for variable, value in zip(variables, values):
        if tuple(variable.shape) != value.shape:
            text = f"Shape mismatch in layer {layer.name} for weight {variable.name}. Weight expects shape {tuple(variable.shape)}. Received saved weight with shape {value.shape}"
            if not skip_mismatch:
                raise ValueError(text)
            warnings.warn(f"Skipping loading weights for layer {layer.name}: {text}", stacklevel=4)
            continue
        variable.assign(value.astype(variable._raw_value.dtype))


def is_legacy(file: Any) -> bool:
    """Whether an open h5py file holds weights in this layout."""
    return "layer_names" in file.attrs or "layer_names0" in file.attrs or "model_weights" in file


