"""Keras models as SavedModel directories: `model.save('dir')` and `model.export`."""

from __future__ import annotations

import inspect
import json
import os
import warnings
from typing import Any

from tfjax._src.checkpoint.restore import Restoration
from tfjax._src.checkpoint.storage import BundleReader
from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.function import Function
from tfjax._src.keras.models.model import Model
from tfjax._src.keras.saving import serialization
from tfjax._src.ops.array.creation import zeros
from tfjax._src.saved_model.api import directory_aside
from tfjax._src.saved_model.loader import Loader
from tfjax._src.saved_model.program import Program
from tfjax._src.saved_model.writer import EXTRA, Writer

_FACTS = "keras.json"


class _ModelCall(Function):
    """`model(inputs, training=…)` as a function with two signatures."""

    def __init__(self, model: Any, spec: Any) -> None:
        def call(inputs: Any, training: Any = False) -> Any:
            return _run(model, inputs, training)

        super().__init__(call, autograph=False)
        self._spec = spec

    def signatures_for_export(self) -> list[tuple[Any, Any]]:
        """Inference, and training where that can be exported."""
        found = [((self._spec, False), {})]
        try:
            Program(self, (self._spec, True), {})
        except Exception as error:  # the model still serves; training the loaded one says what is missing
            warnings.warn(f"The training-time call is not saved: {error}", stacklevel=2)
            return found
        return [*found, ((self._spec, True), {})]


def _run(model: Any, inputs: Any, training: bool) -> Any:
    accepts = "training" in inspect.signature(model.call).parameters or hasattr(model, "layers")
    return model(inputs, training=training) if accepts else model(inputs)


def input_spec(model: Any) -> Any:
    """TensorSpecs of the first argument, with sizes left open.

    Raises ValueError if the model was never built or called.
    """
    graph = model.__dict__.get("_graph")
    if graph is not None:
        return nest.map_structure(
            lambda t: TensorSpec(t.shape, dtypes.as_dtype(t._dtype), t._keras_history[0].name), graph.inputs
        )
    seen = model.__dict__.get("_call_spec")
    if seen is None:
        raise ValueError(
            f"Model {model.name} cannot be saved as a SavedModel because its inputs are not known: call it on data first, "
            "or save it as `.keras`."
        )
    return nest.map_structure(
        lambda s: TensorSpec([None, *s.shape.as_list()[1:]] if s.shape.rank else s.shape, s.dtype, s.name), seen
    )


def _writer(model: Any, spec: Any, with_training: bool) -> Writer:
    leaves = nest.flatten(spec)
    names = [leaf.name or ("inputs" if len(leaves) == 1 else f"inputs_{i}") for i, leaf in enumerate(leaves)]
    flat = [TensorSpec(leaf.shape, leaf.dtype, name) for leaf, name in zip(leaves, names)]

    def serve(*tensors: Any) -> Any:
        result = _run(model, nest.pack_sequence_as(spec, tensors), False)
        return result if isinstance(result, (dict, Tensor)) else nest.flatten(result)

    serving = Function(serve, input_signature=flat, autograph=False)
    named = nest.pack_sequence_as(spec, flat)
    functions: dict[str, Function] = {"serve": Function(lambda inputs: _run(model, inputs, False), [named], autograph=False)}
    functions["__call__"] = _ModelCall(model, named) if with_training else functions["serve"]
    return Writer(_Root(model), {"serving_default": serving, "serve": serving}, functions)


class _Root:
    """The saved object: what the model holds, and Keras' lists of its Variables."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def _trackable_children(self) -> dict[str, Any]:
        model = self._model
        lists = {k: list(getattr(model, k)) for k in ("variables", "trainable_variables", "non_trainable_variables")}
        return {**model._trackable_children(), **lists}


def save(model: Any, path: str, include_optimizer: bool, signatures: Any) -> None:
    """Writes a model that TensorFlow can call and `load` restores."""
    if signatures is not None:
        raise ValueError("`signatures` is not supported by `model.save`; use `tf.saved_model.save`.")
    optimizer = model.__dict__.get("optimizer")
    if not include_optimizer:
        model.__dict__["optimizer"] = None
    try:
        writer = _writer(model, input_spec(model), with_training=True)
        try:
            config = serialization.serialize_keras_object(model)
            json.dumps(config)
        except (TypeError, NotImplementedError, ValueError):
            config = None  # it loads as programs without a class
        compiled = None if config is None else config.get("compile_config")
        if compiled is None and model.__dict__.get("compiled"):
            compiled = model.get_compile_config()
    finally:
        model.__dict__["optimizer"] = optimizer
    facts = {"config": config, "compile_config": compiled if include_optimizer else None, "name": model.name}
    with directory_aside(path) as temporary:
        writer.write(temporary)
        with open(os.path.join(temporary, EXTRA, _FACTS), "w", encoding="utf-8") as file:
            json.dump(facts, file)


def export_model(model: Any, path: Any, format: str, verbose: Any, signature: Any, kwargs: dict[str, Any]) -> None:
    """`Model.export`."""
    if format != "tf_saved_model":
        raise ValueError(f"Unrecognized format={format}. Supported formats are: 'tf_saved_model'.")
    if kwargs:
        raise ValueError(f"Unrecognized arguments: {sorted(kwargs)}")
    if signature is not None:
        signature = nest.map_structure(_as_spec, list(signature) if isinstance(signature, tuple) else signature)
        signature = signature[0] if isinstance(signature, list) and len(signature) == 1 else signature
    path = os.fspath(path)
    writer = _writer(model, input_spec(model) if signature is None else signature, with_training=False)
    with directory_aside(path) as temporary:
        writer.write(temporary)
    if verbose is None or verbose:
        print(f"Saved artifact at '{path}'. The following endpoints are available:\n\n* Endpoint 'serve'\n{_endpoint(writer)}")


def _as_spec(value: Any) -> Any:
    return value if isinstance(value, TensorSpec) else TensorSpec(value.shape, value.dtype, getattr(value, "name", None))


def _endpoint(writer: Writer) -> str:
    program = next(p for _, name, _, programs in writer.functions if name == "serve" for p in programs)
    lines = [f"  args_{i} (POSITIONAL_ONLY): {spec!r}" for i, (_, spec) in enumerate(program.inputs)]
    lines += ["Output Type:", *(f"  {spec!r}" for spec in program.outputs), "Captures:"]
    lines += [f"  {id(v)}: TensorSpec(shape=(), dtype=tf.resource, name=None)" for v in program.variables]
    return "\n".join(lines)


class RestoredModel(Model):
    """A model loaded without its class: it runs the programs that were saved."""

    def __init__(self, loaded: Any, name: str) -> None:
        super().__init__(name=name)
        self._loaded = loaded
        self.built = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        return self._loaded(inputs, training=bool(training))

    @property
    def trainable_variables(self) -> list[Any]:
        """Those that were trainable."""
        return list(self._loaded.trainable_variables) if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The others."""
        return [v for v in self.variables if not any(v is t for t in self.trainable_variables)]

    @property
    def variables(self) -> list[Any]:
        """All of them, in the order of the saved model."""
        return list(vars(self._loaded)["variables"])

    weights, trainable_weights, non_trainable_weights = variables, trainable_variables, non_trainable_variables

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("A model loaded without its class has no config.")


def load(path: str, custom_objects: Any, compile_: bool, safe_mode: bool) -> Any:
    """The model in a directory that `save` wrote.

    Raises:
      OSError, ValueError: no model, or a damaged one.
    """
    loader = Loader(path)
    try:
        with open(os.path.join(path, EXTRA, _FACTS), encoding="utf-8") as file:
            facts = json.load(file)
    except FileNotFoundError:
        raise ValueError(f"The SavedModel in {path} is not a Keras model: load it with tf.saved_model.load.") from None
    except json.JSONDecodeError as error:
        raise OSError(f"The model in {path} is damaged: {error}") from None
    model = _from_config(facts, custom_objects, safe_mode)
    if model is None:
        model = RestoredModel(loader.root, facts["name"])
        model.__dict__["_pending_compile"] = facts["compile_config"]
    elif not model.built:
        spec = loader.first_argument("serve")
        model(nest.map_structure(lambda s: zeros([1 if d is None else d for d in s.shape.as_list()], s.dtype), spec))
    with serialization.custom_object_scope(custom_objects or {}):
        serialization.compile_pending(model, compile_)
    _restore(model, path, compile_)
    return model


def _from_config(facts: dict[str, Any], custom_objects: Any, safe_mode: bool) -> Any:
    if facts["config"] is None:
        return None
    try:
        return serialization.deserialize_keras_object(facts["config"], custom_objects=custom_objects, safe_mode=safe_mode)
    except Exception:  # a class that this process does not have, or whose constructor wants more
        return None


def _restore(model: Any, path: str, with_optimizer: bool) -> None:
    reader = BundleReader(os.path.join(path, "variables", "variables"))
    optimizer = model.__dict__.get("optimizer")
    graph = reader.graph
    root = {c.local_name: c.node_id for c in graph.nodes[0].children}
    if isinstance(model, RestoredModel):
        if optimizer is not None and with_optimizer and "optimizer" in root:
            optimizer.build(model.trainable_variables)
            Restoration(_Only({"optimizer": optimizer}), graph, reader.read, wait=False)
        return
    if optimizer is not None and "optimizer" in root and not optimizer.built and model.trainable_variables:
        optimizer.build(model.trainable_variables)
    restoration = Restoration(model, graph, reader.read, wait=False)
    own = {id(v) for v in model.variables}
    lost = [p for p, obj in restoration.unmatched if id(obj) in own]
    if lost:
        raise ValueError(f"The weights in {path} do not fit the model: nothing is saved for {', '.join(lost)}.")


class _Only:
    """A root with chosen children."""

    def __init__(self, children: dict[str, Any]) -> None:
        self._children = children

    def _trackable_children(self) -> dict[str, Any]:
        return self._children
