"""tf.saved_model.save and tf.saved_model.load."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from tfjax._src.checkpoint import trackable
from tfjax._src.core import errors
from tfjax._src.core.export import export
from tfjax._src.function.module import Module
from tfjax._src.saved_model.loader import Loader
from tfjax._src.saved_model.writer import Writer

EXPORTS = {
    "saved_model.SERVING": "SERVING",
    "saved_model.TRAINING": "TRAINING",
    "saved_model.GPU": "GPU",
    "saved_model.TPU": "TPU",
    "saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY": "DEFAULT_SERVING_SIGNATURE_DEF_KEY",
    "saved_model.ASSETS_DIRECTORY": "ASSETS_DIRECTORY",
    "saved_model.ASSETS_KEY": "ASSETS_KEY",
    "saved_model.VARIABLES_DIRECTORY": "VARIABLES_DIRECTORY",
    "saved_model.VARIABLES_FILENAME": "VARIABLES_FILENAME",
    "saved_model.SAVED_MODEL_FILENAME_PB": "SAVED_MODEL_FILENAME_PB",
    "saved_model.SAVED_MODEL_FILENAME_PBTXT": "SAVED_MODEL_FILENAME_PBTXT",
    "saved_model.SAVED_MODEL_SCHEMA_VERSION": "SAVED_MODEL_SCHEMA_VERSION",
    "saved_model.DEBUG_DIRECTORY": "DEBUG_DIRECTORY",
    "saved_model.DEBUG_INFO_FILENAME_PB": "DEBUG_INFO_FILENAME_PB",
    "saved_model.CLASSIFY_INPUTS": "CLASSIFY_INPUTS",
    "saved_model.CLASSIFY_METHOD_NAME": "CLASSIFY_METHOD_NAME",
    "saved_model.CLASSIFY_OUTPUT_CLASSES": "CLASSIFY_OUTPUT_CLASSES",
    "saved_model.CLASSIFY_OUTPUT_SCORES": "CLASSIFY_OUTPUT_SCORES",
    "saved_model.PREDICT_INPUTS": "PREDICT_INPUTS",
    "saved_model.PREDICT_METHOD_NAME": "PREDICT_METHOD_NAME",
    "saved_model.PREDICT_OUTPUTS": "PREDICT_OUTPUTS",
    "saved_model.REGRESS_INPUTS": "REGRESS_INPUTS",
    "saved_model.REGRESS_METHOD_NAME": "REGRESS_METHOD_NAME",
    "saved_model.REGRESS_OUTPUTS": "REGRESS_OUTPUTS",
}

SERVING, TRAINING, GPU, TPU = "serve", "train", "gpu", "tpu"
DEFAULT_SERVING_SIGNATURE_DEF_KEY = "serving_default"
ASSETS_DIRECTORY, ASSETS_KEY = "assets", "saved_model_assets"
VARIABLES_DIRECTORY, VARIABLES_FILENAME = "variables", "variables"
SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT = "saved_model.pb", "saved_model.pbtxt"
SAVED_MODEL_SCHEMA_VERSION = 1
DEBUG_DIRECTORY, DEBUG_INFO_FILENAME_PB = "debug", "saved_model_debug_info.pb"
CLASSIFY_INPUTS, CLASSIFY_METHOD_NAME = "inputs", "tensorflow/serving/classify"
CLASSIFY_OUTPUT_CLASSES, CLASSIFY_OUTPUT_SCORES = "classes", "scores"
PREDICT_INPUTS, PREDICT_METHOD_NAME, PREDICT_OUTPUTS = "inputs", "tensorflow/serving/predict", "outputs"
REGRESS_INPUTS, REGRESS_METHOD_NAME, REGRESS_OUTPUTS = "inputs", "tensorflow/serving/regress", "outputs"


@export("saved_model.SaveOptions")
class SaveOptions:
    """Options of `tf.saved_model.save`, all without effect here: programs hold no device names,
    namespaces or debug information, and files are always written from this process.
    """

    def __init__(
        self,
        namespace_whitelist: Any = None,
        save_debug_info: bool = False,
        function_aliases: Any = None,
        experimental_debug_stripper: bool = False,
        experimental_io_device: str | None = None,
        experimental_variable_policy: Any = None,
        experimental_custom_gradients: bool = True,
        experimental_image_format: bool = False,
        experimental_skip_saver: bool = False,
        experimental_sharding_callback: Any = None,
        extra_tags: Any = None,
    ) -> None:
        if experimental_image_format or extra_tags:
            raise ValueError("`experimental_image_format` and `extra_tags` are not supported.")
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})


@export("saved_model.LoadOptions")
class LoadOptions:
    """Options of `tf.saved_model.load`, all without effect here."""

    def __init__(
        self,
        allow_partial_checkpoint: bool = False,
        experimental_io_device: str | None = None,
        experimental_skip_checkpoint: bool = False,
        experimental_variable_policy: Any = None,
        experimental_load_function_aliases: bool = False,
    ) -> None:
        if experimental_skip_checkpoint or experimental_load_function_aliases:
            raise ValueError("Only the default values of LoadOptions are supported.")
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})


@export("saved_model.save")
def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Writes a module's Variables and the tf.functions traced so far as a SavedModel.

    TensorFlow opens, calls and serves the directory: programs are StableHLO in its `XlaCallModule`
    op. Sizes that a signature leaves open stay open.

    Args:
      obj: a `tf.Module` or another object with Variables and tf.functions as attributes.
      export_dir: the directory; written aside and then put in its place.
      signatures: a tf.function with `input_signature`, a ConcreteFunction, or a dict of these.
      options: `tf.saved_model.SaveOptions`; no effect.

    Raises:
      ValueError: `obj` is not trackable, or a function cannot be exported.
      AssertionError: a function uses a Variable that no attribute of `obj` holds.

    >>> import tempfile
    >>> import tfjax as tf
    >>> class Scale(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = tf.Variable(2.0)
    ...     @tf.function(input_signature=[tf.TensorSpec([None])])
    ...     def __call__(self, x):
    ...         return self.factor * x
    >>> path = tempfile.mkdtemp() + "/scale"
    >>> tf.saved_model.save(Scale(), path)
    >>> tf.saved_model.load(path)([1.0, 2.0]).numpy()
    array([2., 4.], dtype=float32)
    """
    if not (isinstance(obj, Module) or hasattr(obj, "_trackable_children") or trackable.is_trackable(obj)):
        raise ValueError(f"Expected an object of type `Trackable`, such as `tf.Module` or a subclass of the `Trackable` class, for export. Got {obj} with type {type(obj)}.")
    writer = Writer(obj, signatures)
    with directory_aside(os.fspath(export_dir)) as temporary:
        writer.write(temporary)


@contextlib.contextmanager
def directory_aside(path: str) -> Iterator[str]:
    """A new directory that takes the place of `path` when the block ends well."""
    path = os.path.abspath(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
    try:
        yield temporary
        if os.path.isdir(path):
            retired = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
            os.replace(path, os.path.join(retired, "old"))
            os.replace(temporary, path)
            shutil.rmtree(retired)
        else:
            os.replace(temporary, path)
        os.chmod(path, 0o755)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@export("saved_model.load")
def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """Loads a SavedModel that tfjax wrote: an object with the saved attributes and functions.

    Args:
      export_dir: the directory.
      tags: None or "serve".
      options: no effect.

    Returns:
      An object whose Variables can be assigned and whose functions can be called, differentiated
      and traced; `signatures` maps names to functions of keyword arguments that return dicts.

    Raises:
      OSError: there is no SavedModel in the directory, or it is damaged.
      ValueError: tags that the SavedModel does not have.
    """
    path = os.fspath(export_dir)
    wanted = {tags} if isinstance(tags, str) else set(tags or ())
    if wanted - {"serve"}:
        raise ValueError(f"Got an empty or different set of tags for {path}: it has ['serve'], wanted {sorted(wanted)}.")
    return Loader(path).root


@export("saved_model.contains_saved_model")
def contains_saved_model(export_dir: Any) -> bool:
    """True if the directory holds a SavedModel."""
    return os.path.isfile(os.path.join(os.fspath(export_dir), "saved_model.pb"))


@export("saved_model.Asset")
class Asset:
    """A file that a saved object needs."""

    def __init__(self, path: Any) -> None:
        if not os.path.exists(os.fspath(path)):
            raise errors.NotFoundError(None, None, f"{path}; No such file or directory")
        raise ValueError("Assets cannot be stored in a SavedModel; keep the file beside the directory.")
