"""Objects to and from Keras' configs: {"module", "class_name", "config", "registered_name"}."""

from __future__ import annotations

import base64
import codecs
import contextlib
import inspect
import marshal
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras import activations, constraints, initializers, regularizers
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.policy import DTypePolicy
from tfjax._src.keras.losses.base import FAMILY as LOSSES
from tfjax._src.keras.lookup import custom_objects
from tfjax._src.keras.metrics.base import FAMILY as METRICS
from tfjax._src.keras.optimizers.base import FAMILY as OPTIMIZERS
from tfjax._src.keras.optimizers.schedules import FAMILY as SCHEDULES
from tfjax._src.keras.random_state import SeedGenerator

_FAMILIES = (
    initializers.FAMILY, regularizers.FAMILY, constraints.FAMILY, activations.FAMILY, OPTIMIZERS, LOSSES, METRICS, SCHEDULES,
)
_names: dict[Any, str] = {}
_state = {"safe": True}


@export("keras.saving.register_keras_serializable", "keras.utils.register_keras_serializable")
def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Decorates a class or function of yours so that files that name it can be loaded.

    >>> import tfjax as tf
    >>> @tf.keras.utils.register_keras_serializable("my")
    ... def double(x):
    ...     return 2 * x
    >>> tf.keras.utils.get_registered_name(double)
    'my>double'
    """

    def decorate(obj: Any) -> Any:
        registered = f"{package}>{name or obj.__name__}"
        if inspect.isclass(obj) and not hasattr(obj, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        custom_objects()[registered] = obj
        _names[obj] = registered
        return obj

    return decorate


@export("keras.saving.get_registered_name", "keras.utils.get_registered_name")
def get_registered_name(obj: Any) -> str:
    """The name under which `obj` is registered, or its own."""
    return _names.get(obj, obj.__name__)


@export("keras.saving.get_registered_object", "keras.utils.get_registered_object")
def get_registered_object(name: str, custom_objects_: Any = None, module_objects: Any = None) -> Any:
    """The object registered under a name, or None."""
    for table in (custom_objects_ or {}, custom_objects(), module_objects or {}):
        if name in table:
            return table[name]
    return None


@export("keras.saving.get_custom_objects", "keras.utils.get_custom_objects")
def get_custom_objects() -> dict[str, Any]:
    """Users' objects by name; may be changed."""
    return custom_objects()


@export("keras.saving.custom_object_scope", "keras.saving.CustomObjectScope", "keras.utils.custom_object_scope", "keras.utils.CustomObjectScope")
class custom_object_scope:  # noqa: N801 (Keras' public name)
    """A context in which the given names mean the given objects."""

    def __init__(self, custom_objects: dict[str, Any]) -> None:
        self.objects = custom_objects
        self.backup: dict[str, Any] = {}

    def __enter__(self) -> custom_object_scope:
        self.backup = dict(custom_objects())
        custom_objects().update(self.objects)
        return self

    def __exit__(self, *exc: Any) -> None:
        custom_objects().clear()
        custom_objects().update(self.backup)


@export("keras.config.enable_unsafe_deserialization")
def enable_unsafe_deserialization() -> None:
    """Allows files to bring Python code (lambdas) with them."""
    _state["safe"] = False


@contextlib.contextmanager
def safety(safe: bool) -> Iterator[None]:
    """Inside, code in files is refused (True) or run (False)."""
    previous, _state["safe"] = _state["safe"], safe and _state["safe"]
    try:
        yield
    finally:
        _state["safe"] = previous


def public_module(cls: type) -> str | None:
    """`keras.layers` and the like for our classes, None for users'."""
    if cls.__name__ == "Functional":
        # Keras has no public name for it; its files name the private module.
        return "keras.src.models.functional"
    name = public_name(cls)
    if name is None or "keras_module" in vars(cls):
        return vars(cls).get("keras_module")
    return name.rpartition(".")[0] if name.count(".") > 1 else "keras"


def public_name(cls: type) -> str | None:
    """The dotted name that files give one of our classes, None for users'."""
    names = [n for n in vars(cls).get("_tfjax_names", ()) if n.startswith("keras.")]
    same = [n for n in names if n.rpartition(".")[2] == cls.__name__]
    return (same or names or [None])[0]


@export("keras.saving.serialize_keras_object", "keras.utils.serialize_keras_object")
def serialize_keras_object(obj: Any) -> Any:
    """A config of plain values from which `deserialize_keras_object` makes the object again."""
    if obj is None or isinstance(obj, (str, bool, int, float)):
        return obj
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, dict):
        return {k: serialize_keras_object(v) for k, v in obj.items()}
    if isinstance(obj, TensorShape):
        return obj.as_list()
    if isinstance(obj, tuple):
        return [serialize_keras_object(v) for v in obj]
    if isinstance(obj, list):
        return [serialize_keras_object(v) for v in obj]
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        return {"class_name": "__slice__", "config": {"start": obj.start, "stop": obj.stop, "step": obj.step}}
    if isinstance(obj, Tensor):
        return {"class_name": "__tensor__", "config": {"value": obj.numpy().tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, DType):
        return obj.name
    if inspect.isfunction(obj) and obj.__name__ == "<lambda>":
        closure = obj.__closure__ and tuple(c.cell_contents for c in obj.__closure__)
        return {"class_name": "__lambda__", "config": {"code": _code(obj), "defaults": obj.__defaults__, "closure": closure}}
    if callable(obj) and not hasattr(obj, "get_config"):
        known = any(family.names.get(obj.__name__) is obj for family in _FAMILIES)
        if known:
            return obj.__name__
        registered = _names.get(obj, "function")
        return {"module": "builtins", "class_name": "function", "config": obj.__name__, "registered_name": registered}
    return _serialize_instance(obj)


def _class_name(cls: type) -> str:
    name = public_name(cls)
    return cls.__name__ if name is None else name.rpartition(".")[2]


def _serialize_instance(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    config = {k: serialize_keras_object(v) for k, v in obj.get_config().items()}
    module = public_module(cls)
    result: dict[str, Any] = {
        "module": module if module is not None else cls.__module__, "class_name": _class_name(cls), "config": config,
        "registered_name": None if module is not None and cls.__name__ != "Functional" else get_registered_name(cls),
    }
    if isinstance(obj, Layer):
        if isinstance(config.get("dtype"), str) and "batch_shape" not in config:
            config["dtype"] = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": config["dtype"]}, "registered_name": None}
        build = obj.get_build_config()
        if build is not None and obj.built:
            result["build_config"] = serialize_keras_object(build)
        compiled = obj.__dict__.get("_compile_config")
        if compiled is not None and obj.compiled:
            result["compile_config"] = {k: serialize_keras_object(v) for k, v in {**compiled, "optimizer": obj.optimizer}.items()}
    return result


def _code(function: Any) -> str:
    return codecs.encode(marshal.dumps(function.__code__), "base64").decode("ascii")


def _find(config: dict[str, Any]) -> Any:
    name, registered = config.get("class_name"), config.get("registered_name")
    table = custom_objects()
    for key in (registered, name):
        if key in table:
            return table[key]
    if name in ("DTypePolicy",):
        return DTypePolicy
    if name == "SeedGenerator":
        return SeedGenerator
    found = _layer_classes().get(name)
    module = config.get("module") or ""
    for family in _FAMILIES:
        if name in family.names and (found is None or f".{family.kind.replace(' ', '_')}s" in f".{module}" or module.endswith("schedules")):
            return family.names[name]
    if found is not None:
        return found
    if module == "keras" or module.startswith("keras."):
        raise ValueError(f"Could not deserialize '{module}.{name}' because it is not a KerasSaveable subclass")
    raise TypeError(
        f"Could not locate class '{name}'. Make sure custom classes are decorated with "
        f"`@keras.saving.register_keras_serializable()`. Full object config: {config}"
    )


def _layer_classes() -> dict[str, Any]:
    """All public subclasses of Layer, by class name."""
    found: dict[str, Any] = {}
    stack = [Layer]
    while stack:
        for cls in stack.pop().__subclasses__():
            stack.append(cls)
            if "_tfjax_names" in vars(cls):
                for name in cls._tfjax_names:
                    found[name.rpartition(".")[2]] = cls
            elif cls.__name__ == "Functional":
                found["Functional"] = cls
    return found


@export("keras.regularizers.serialize", "keras.constraints.serialize")
def serialize_plain(obj: Any) -> Any:
    """The config of a regularizer or constraint, with its class."""
    return serialize_keras_object(obj)


@export("keras.regularizers.deserialize", "keras.constraints.deserialize")
def deserialize_plain(config: Any, custom_objects: Any = None) -> Any:
    """The regularizer or constraint of a config."""
    return deserialize_keras_object(config, custom_objects=custom_objects)


@export("keras.saving.deserialize_keras_object", "keras.utils.deserialize_keras_object")
def deserialize_keras_object(config: Any, custom_objects: Any = None, safe_mode: bool = True, **kwargs: Any) -> Any:
    """The object of a config.

    Raises:
      TypeError: a class that is not known.
      ValueError: a lambda in safe mode.
    """
    if custom_objects:
        with custom_object_scope(custom_objects):
            return deserialize_keras_object(config, None, safe_mode)
    with safety(safe_mode):
        return _deserialize(config)


def _deserialize(config: Any) -> Any:
    if config is None or isinstance(config, (str, bool, int, float)):
        return config
    if isinstance(config, (list, tuple)):
        return [_deserialize(c) for c in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {k: _deserialize(v) for k, v in config.items()}
    name, inner = config["class_name"], config["config"]
    if name == "__tensor__":
        return Tensor(np.array(inner["value"], inner["dtype"]))
    if name == "__numpy__":
        return np.array(inner["value"], inner["dtype"])
    if name == "__bytes__":
        return inner["value"].encode("utf-8")
    if name == "__slice__":
        return slice(inner["start"], inner["stop"], inner["step"])
    if name == "__tuple__":
        return tuple(_deserialize(v) for v in inner["value"])
    if name == "__lambda__":
        return _lambda(inner)
    if name == "function":
        return _function(config, inner)
    found = _find(config)
    if not inspect.isclass(found):
        return found
    obj = _build(found, inner)
    if isinstance(obj, Layer):
        if config.get("build_config") and not obj.built:
            obj.build_from_config(_shapes(config["build_config"]))
        if config.get("compile_config"):
            obj.__dict__["_pending_compile"] = config["compile_config"]
    return obj


def _shapes(config: dict[str, Any]) -> dict[str, Any]:
    def fix(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(fix(v) for v in value) if all(v is None or isinstance(v, int) for v in value) else [fix(v) for v in value]
        return {k: fix(v) for k, v in value.items()} if isinstance(value, dict) else value

    return {k: fix(v) for k, v in config.items()}


_RAW = {"layers", "input_layers", "output_layers"}


def _build(cls: Any, inner: dict[str, Any]) -> Any:
    custom = "from_config" in vars(cls) or any("from_config" in vars(base) for base in cls.__mro__[1:] if base not in (Layer, object) and base.__module__.startswith("tfjax") and base.__name__ not in ("Configured",))
    values = dict(inner) if custom else {k: v if k in _RAW else _deserialize(v) for k, v in inner.items()}
    if custom and "layers" not in values:
        values = {k: _deserialize(v) if isinstance(v, dict) and k not in ("layer", "learning_rate") else v for k, v in values.items()}
    if "batch_input_shape" in values:
        values["batch_shape" if cls.__name__ == "InputLayer" else "batch_input_shape"] = values.pop("batch_input_shape")
    return cls.from_config(values)


def _function(config: dict[str, Any], name: str) -> Any:
    table = custom_objects()
    for key in (config.get("registered_name"), name):
        if key in table:
            return table[key]
    for family in _FAMILIES:
        if name in family.names:
            return family.names[name]
    raise TypeError(f"Could not locate function '{name}'. Make sure custom classes and functions are decorated with `@keras.saving.register_keras_serializable()`. If they are already decorated, make sure they are all imported so that the decorator is run before trying to load them. Full object config: {config}")


def _lambda(inner: dict[str, Any]) -> Any:
    if _state["safe"]:
        raise ValueError(
            "Requested the deserialization of a `lambda` object. This carries a potential risk of arbitrary code "
            "execution and thus it is disallowed by default. If you trust the source of the artifact, you can "
            "override this error by passing `safe_mode=False` to the loading function, or calling "
            "`keras.config.enable_unsafe_deserialization()`."
        )
    import types

    code = marshal.loads(base64.b64decode(inner["code"] if "code" in inner else inner["value"]))
    cells = inner.get("closure") and tuple(types.CellType(v) for v in inner["closure"])
    defaults = inner.get("defaults") and tuple(inner["defaults"])
    return types.FunctionType(code, globals(), None, defaults, cells)


def compile_pending(model: Any, compile_: bool) -> None:
    """Compiles a model as its file says."""
    pending = model.__dict__.pop("_pending_compile", None)
    if pending and compile_:
        settings = {k: _deserialize(v) for k, v in pending.items()}
        settings.pop("jit_compile", None)
        model.compile(**{k: v for k, v in settings.items() if k in ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution")})
