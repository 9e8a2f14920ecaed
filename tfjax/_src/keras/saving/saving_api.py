"""Saving and loading whole models and weights."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.saving import serialization, weights_file

# The version of Keras whose files these are.
_KERAS_VERSION = "3.15.1"


@contextlib.contextmanager
def aside(path: str) -> Iterator[str]:
    """A temporary name beside `path`, which takes its place when the block ends well."""
    directory = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(directory):
        raise FileNotFoundError(f"The directory of {path!r} does not exist.")
    temporary = tempfile.mktemp(prefix=f".{os.path.basename(path)}.", dir=directory)
    try:
        yield temporary
        if os.path.isdir(temporary) and os.path.isdir(path):
            shutil.rmtree(path)
        os.replace(temporary, path)
    finally:
        if os.path.isdir(temporary):
            shutil.rmtree(temporary, ignore_errors=True)
        elif os.path.exists(temporary):
            os.remove(temporary)


@export("keras.models.save_model", "keras.saving.save_model")
def save_model(model: Any, filepath: Any, overwrite: bool = True, zipped: Any = None, **kwargs: Any) -> None:
    """Saves a model; see `Model.save`.

    Raises:
      ValueError: unknown arguments, or `.h5` (only weights are written as HDF5).
      FileExistsError: the file exists and `overwrite` is False.
    """
    path = os.fspath(filepath)
    save_format = kwargs.pop("save_format", None)
    include_optimizer = kwargs.pop("include_optimizer", True)
    signatures = kwargs.pop("signatures", None)
    for hint in ("options", "save_traces"):
        kwargs.pop(hint, None)
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} exists and `overwrite` is False.")
    if zipped is False:
        raise ValueError("`zipped=False` is not supported: a .keras file is a zip archive.")
    if path.endswith(".keras") or save_format == "keras":
        _save_archive(model, path, include_optimizer)
    elif path.endswith((".h5", ".hdf5")) or save_format == "h5":
        raise ValueError("The legacy whole-model .h5 format is not written. Save to a `.keras` file, or weights to `.weights.h5`.")
    else:
        from tfjax._src.keras.saving import directory

        directory.save(model, path, include_optimizer, signatures)


def _save_archive(model: Any, path: str, include_optimizer: bool) -> None:
    import h5py

    text = json.dumps(serialization.serialize_keras_object(model))
    metadata = {"keras_version": _KERAS_VERSION, "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}
    buffer = io.BytesIO()
    optimizer = model.__dict__.get("optimizer")
    if not include_optimizer:
        model.__dict__["optimizer"] = None
    try:
        with h5py.File(buffer, "w") as file:
            weights_file.write(model, file)
    finally:
        model.__dict__["optimizer"] = optimizer
    with aside(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr("metadata.json", json.dumps(metadata))
        archive.writestr("config.json", text)
        archive.writestr("model.weights.h5", buffer.getvalue())


@export("keras.models.load_model", "keras.saving.load_model")
def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True, **kwargs: Any) -> Any:
    """Loads a model saved by `Model.save`, by us or (`.keras`) by Keras.

    Args:
      filepath: a `.keras` file or a directory.
      custom_objects: classes and functions of yours by name.
      compile: compiles it as it was.
      safe_mode: refuses files that bring code (lambdas).
      **kwargs: `options` is accepted without effect.

    Raises:
      ValueError: no such file, or not a model.
    """
    kwargs.pop("options", None)
    path = os.fspath(filepath)
    if not os.path.exists(path):
        raise ValueError(f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` zip file.")
    if os.path.isdir(path):
        from tfjax._src.keras.saving import directory

        return directory.load(path, custom_objects, compile, safe_mode)
    if not zipfile.is_zipfile(path):
        raise ValueError(f"The file {path} is not a `.keras` zip archive (it may be damaged).")
    return _load_archive(path, custom_objects, compile, safe_mode)


def _load_archive(path: str, custom_objects: Any, compile_: bool, safe_mode: bool) -> Any:
    import h5py

    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
            weights = archive.read("model.weights.h5")
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"The file {path} is damaged: {error}") from None
    model = serialization.deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=safe_mode)
    with serialization.custom_object_scope(custom_objects or {}):
        serialization.compile_pending(model, compile_)
    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            weights_file.read(model, file)
            if compile_:
                weights_file.read_optimizer(model, file)
    except OSError as error:
        raise ValueError(f"The weights in {path} are damaged: {error}") from None
    return model


def save_weights(model: Any, filepath: Any, overwrite: bool = True, max_shard_size: Any = None) -> None:
    """Saves weights; see `Model.save_weights`."""
    import h5py

    path = os.fspath(filepath)
    if max_shard_size is not None:
        raise ValueError("`max_shard_size` is not supported.")
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} exists and `overwrite` is False.")
    if not model.built:
        raise ValueError("You are saving a model that has not yet been built. Build it by calling it on data or with `build()`.")
    name = path if path.endswith((".h5", ".hdf5")) else f"{path}.weights.h5"
    with aside(name) as temporary, h5py.File(temporary, "w") as file:
        weights_file.write(model, file)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, **kwargs: Any) -> None:
    """Loads weights; see `Model.load_weights`."""
    import h5py

    if by_name:
        raise ValueError("`by_name=True` is not supported.")
    path = os.fspath(filepath)
    name = path if os.path.exists(path) else f"{path}.weights.h5"
    if not os.path.exists(name):
        raise FileNotFoundError(f"[Errno 2] Unable to synchronously open file (unable to open file: name = '{path}', errno = 2, error message = 'No such file or directory')")
    if zipfile.is_zipfile(name):
        with zipfile.ZipFile(name) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            weights_file.read(model, file, skip_mismatch)
        return
    try:
        with h5py.File(name, "r") as file:
            weights_file.read(model, file, skip_mismatch)
            if model.__dict__.get("optimizer") is not None:
                weights_file.read_optimizer(model, file)
    except OSError as error:
        raise OSError(f"Unable to open weights file {name}: {error}") from None


@export("keras.models.model_from_json")
def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """A model from `Model.to_json`'s text."""
    return serialization.deserialize_keras_object(json.loads(json_string), custom_objects=custom_objects)


@export("keras.models.clone_model")
def clone_model(model: Any, input_tensors: Any = None, clone_function: Any = None, **kwargs: Any) -> Any:
    """A model of the same architecture with new weights; only `model` is supported."""
    if input_tensors is not None or clone_function is not None or kwargs:
        raise ValueError("Only `clone_model(model)` is supported.")
    return type(model).from_config(model.get_config())
