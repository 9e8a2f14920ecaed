"""What constructors of layers share: keeping their parameters, and giving them back as the config."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, TypeVar

from tfjax._src.keras import activations, constraints, initializers, regularizers
from tfjax._src.keras.engine.layer import Layer

_READERS: dict[str, Callable[[Any], Any]] = {
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
    "activation": activations.get,
}
_WRITERS: dict[str, Callable[[Any], Any]] = {
    "initializer": initializers.serialize,
    "regularizer": regularizers.FAMILY.serialize,
    "constraint": constraints.FAMILY.serialize,
    "activation": activations.serialize,
}
# What `Layer` itself keeps and writes.
_BASE = frozenset({"self", "kwargs", "__class__", "activity_regularizer", "name", "dtype", "trainable"})

F = TypeVar("F", bound=Callable[..., Any])


def keep(layer: Any, values: dict[str, Any]) -> None:
    """Sets a constructor's parameters (`locals()`) as attributes.

    What ends in initializer, regularizer, constraint or activation becomes an object of that kind.
    """
    for name, value in values.items():
        if name not in _BASE:
            read = _READERS.get(name.rpartition("_")[2])
            setattr(layer, name, read(value) if read else value)


def with_defaults(function: F, **defaults: Any) -> F:
    """The same function with other defaults of some parameters."""
    parameters = inspect.signature(function).parameters.values()
    unknown = set(defaults) - {p.name for p in parameters}
    if unknown:
        raise TypeError(f"{function.__qualname__} has no parameters {sorted(unknown)}")
    old = [p for p in parameters if p.default is not p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    copy = types.FunctionType(
        function.__code__, function.__globals__, function.__name__,
        tuple(defaults.get(p.name, p.default) for p in old), function.__closure__,
    )
    functools.update_wrapper(copy, function)
    del copy.__wrapped__
    return copy  # type: ignore[return-value]


@functools.cache
def _declared(cls: type) -> tuple[str, ...]:
    """Parameters of the constructor of the nearest class of ours: those of a user's are the user's."""
    own = next(c for c in cls.__mro__ if c.__module__.startswith("tfjax."))
    parameters = inspect.signature(own.__init__).parameters.values()
    return tuple(p.name for p in parameters if p.name not in _BASE and p.kind is not p.VAR_KEYWORD)


class ConfiguredLayer(Layer):
    """A layer whose config is its constructor's parameters, kept as attributes of their names.

    Attributes:
      hidden: parameters that Keras leaves out of the config.
      extra: attributes that it adds.
    """

    hidden: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in (*_declared(type(self)), *self.extra):
            if name not in self.hidden:
                config[name] = written(name, getattr(self, name))
        return config


def written(name: str, value: Any) -> Any:
    """A setting as it stands in a config."""
    if name == "activity_regularizer":
        return regularizers.FAMILY.serialize(value)
    write = _WRITERS.get(name.rpartition("_")[2])
    if write:
        return write(value)
    if isinstance(value, Layer):
        from tfjax._src.keras.saving import serialization

        return serialization.serialize_keras_object(value)
    return value


def weight(layer: Any, name: str, shape: Any, kind: str | None = None, **options: Any) -> Any:
    """`add_weight` with the layer's own settings `<kind>_initializer` and so on.

    Args:
      kind: the settings' prefix; `name` by default.
    """
    kind = kind or name
    return layer.add_weight(
        name=name, shape=shape, initializer=getattr(layer, f"{kind}_initializer"),
        regularizer=getattr(layer, f"{kind}_regularizer", None),
        constraint=getattr(layer, f"{kind}_constraint", None), **options,
    )
