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

from tfjax._src.checkpoint import state, storage
from tfjax._src.checkpoint.checkpoint import Checkpoint
from tfjax._src.core.export import export
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.saving import legacy_h5, serialization, weights_file

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
        _save_h5(model, path, include_optimizer)
    else:
        from tfjax._src.keras.saving import directory

        directory.save(model, path, include_optimizer, signatures)


def _save_h5(model: Any, path: str, include_optimizer: bool) -> None:
    import warnings

    import h5py

    warnings.warn(
        "You are saving your model as an HDF5 file via `model.save()` or `keras.saving.save_model(model)`. This file format is considered legacy. "
        "We recommend using instead the native Keras format, e.g. `model.save('my_model.keras')` or `keras.saving.save_model(model, 'my_model.keras')`. ",
        stacklevel=4,
    )
    if not model.__dict__.get("_graph") and "_layers" not in model.__dict__:
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a Sequential model. It does not work for subclassed models, "
            "because such models are defined via the body of a Python method, which isn't safely serializable. Consider saving to the Keras "
            "format (`.keras`) or using `save_weights`."
        )
    with aside(path) as temporary, h5py.File(temporary, "w") as file:
        legacy_h5.write(model, file, include_optimizer, _KERAS_VERSION)


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
        _write_assets(model, archive)


def _write_assets(model: Any, archive: zipfile.ZipFile) -> None:
    """The files that layers have (`save_assets`), below assets/."""
    for place, layer in weights_file.walk(model):
        if type(layer).save_assets is Layer.save_assets:
            continue
        with tempfile.TemporaryDirectory() as folder:
            layer.save_assets(folder)
            for root, _, names in os.walk(folder):
                for name in names:
                    file = os.path.join(root, name)
                    archive.write(file, os.path.join("assets", place, os.path.relpath(file, folder)))


def _read_assets(model: Any, archive: zipfile.ZipFile) -> None:
    """Gives layers their files (`load_assets`)."""
    with tempfile.TemporaryDirectory() as folder:
        archive.extractall(folder, [n for n in archive.namelist() if n.startswith("assets/")])
        for place, layer in weights_file.walk(model):
            own = os.path.join(folder, "assets", place)
            if type(layer).load_assets is not Layer.load_assets and os.path.isdir(own):
                layer.load_assets(own)


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
    if not os.path.exists(path) and path.endswith((".h5", ".hdf5")):
        raise FileNotFoundError(
            f"[Errno 2] Unable to synchronously open file (unable to open file: name = '{path}', errno = 2, error message = 'No such file or directory')"
        )
    if not os.path.exists(path):
        raise ValueError(f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` zip file.")
    if os.path.isdir(path):
        from tfjax._src.keras.saving import directory

        return directory.load(path, custom_objects, compile, safe_mode)
    if not zipfile.is_zipfile(path):
        return _load_h5(path, custom_objects, compile, safe_mode)
    return _load_archive(path, custom_objects, compile, safe_mode)


def _load_h5(path: str, custom_objects: Any, compile_: bool, safe_mode: bool) -> Any:
    import h5py

    if not path.endswith((".h5", ".hdf5")) and not h5py.is_hdf5(path):
        raise ValueError(f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` zip file.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise OSError(f"Unable to synchronously open file {path} (it may be damaged): {error}") from None
    with file:
        return legacy_h5.load(file, path, custom_objects, compile_, safe_mode)


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
    with zipfile.ZipFile(path) as archive:
        _read_assets(model, archive)
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
        raise ValueError("You are saving a model that has not yet been built. Try building the model first by calling it on some data or by using `build()`.")
    if not path.endswith((".h5", ".hdf5")):
        _save_checkpoint(model, path)
        return
    with aside(path) as temporary, h5py.File(temporary, "w") as file:
        if path.endswith(".weights.h5"):
            weights_file.write(model, file)
        else:
            legacy_h5.write_weights(model, file, _KERAS_VERSION)


def _save_checkpoint(model: Any, path: str) -> None:
    """`save_weights('name')` of Keras 2: a checkpoint of TensorFlow's kind."""
    Checkpoint(model).write(path)
    state.update_checkpoint_state(os.path.dirname(path) or ".", path)


def _load_checkpoint(model: Any, path: str) -> None:
    status = Checkpoint(model).read(path)
    status.expect_partial()


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, **kwargs: Any) -> None:
    """Loads weights; see `Model.load_weights`."""
    import h5py

    path = os.fspath(filepath)
    if storage.exists(path):
        _load_checkpoint(model, path)
        return
    if path.endswith(".weights.h5") and not model.built:
        raise ValueError("You are loading weights into a model that has not yet been built. Try building the model first by calling it on some data or by using `build()`.")
    name = path if os.path.exists(path) else f"{path}.weights.h5"
    if not os.path.exists(name):
        raise FileNotFoundError(f"[Errno 2] Unable to synchronously open file (unable to open file: name = '{path}', errno = 2, error message = 'No such file or directory')")
    if zipfile.is_zipfile(name):
        with zipfile.ZipFile(name) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            weights_file.read(model, file, skip_mismatch)
        return
    try:
        with h5py.File(name, "r") as file:
            if legacy_h5.is_legacy(file):
                legacy_h5.read_weights(model, file["model_weights"] if "model_weights" in file else file, by_name, skip_mismatch)
                return
            if by_name:
                raise ValueError(f"Invalid keyword arguments: by_name. They are for files of Keras 2, which {name} is not.")
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
    """A model of the same architecture with new weights.

    Args:
      model: a functional, sequential or subclassed model (which needs a `get_config`).
      input_tensors: symbolic tensors to build the clone on.
      clone_function: makes the clone of a layer; by default from the layer's config.
      **kwargs: `call_function` replaces the calls: (layer, *args, **kwargs) -> outputs.

    >>> import tfjax as tf
    >>> m = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
    >>> tf.keras.models.clone_model(m).output_shape
    (None, 3)
    """
    from tfjax._src.keras.models import cloning

    call_function = kwargs.pop("call_function", None)
    kwargs.pop("recursive", None)
    if kwargs:
        raise ValueError(f"Unrecognized arguments: {sorted(kwargs)}")
    return cloning.clone(model, input_tensors, clone_function, call_function)


@export("keras.models.model_from_config")
def model_from_config(config: Any, custom_objects: Any = None) -> Any:
    """A model from its config, as it stands in files."""
    return serialization.deserialize_keras_object(config, custom_objects=custom_objects)


@export("keras.saving.save_weights")
def save_weights_(model: Any, filepath: Any, overwrite: bool = True, max_shard_size: Any = None, **kwargs: Any) -> None:
    """The same as `model.save_weights`."""
    save_weights(model, filepath, overwrite, max_shard_size, **kwargs)


@export("keras.saving.load_weights")
def load_weights_(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """The same as `model.load_weights`."""
    load_weights(model, filepath, skip_mismatch, **kwargs)
