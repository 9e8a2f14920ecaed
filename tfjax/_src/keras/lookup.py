"""Names to objects: what `optimizer="adam"` and config dicts of every family go through."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfjax._src.keras.engine.naming import to_snake_case

_custom: dict[str, Any] = {}


class Family:
    """The objects of one kind (losses, optimizers, …), found by name, class name or config.

    Args:
      kind: what error messages call it.
      base: instances of this class pass through.
    """

    def __init__(self, kind: str, base: type | tuple[type, ...] = ()) -> None:
        self.kind = kind
        self.base = base
        self.names: dict[str, Any] = {}

    def register(self, *names: str) -> Callable[[Any], Any]:
        """Decorates a class or function; its own name and snake case are registered too."""

        def decorate(obj: Any) -> Any:
            for name in {obj.__name__, to_snake_case(obj.__name__), obj.__name__.lower(), *names}:
                self.names[name] = obj
            return obj

        return decorate

    def get(self, identifier: Any) -> Any:
        """The object for an identifier: None, a name, a config dict, a class, or the object itself.

        Raises:
          ValueError: a name that is not known, or something that cannot be one.
        """
        if identifier is None:
            return None
        if isinstance(identifier, dict):
            return self.from_config(identifier)
        if isinstance(identifier, str):
            found = _custom.get(identifier, self.names.get(identifier))
            if found is None:
                found = next((obj for name, obj in _custom.items() if name.rpartition(">")[2] == identifier), None)
            if found is None:
                raise ValueError(
                    f"Could not interpret {self.kind} identifier: {identifier}. Known names: "
                    f"{', '.join(sorted(n for n in self.names if n.islower()))}"
                )
            return found() if inspect.isclass(found) else found
        if callable(identifier) or isinstance(identifier, self.base):
            return identifier() if inspect.isclass(identifier) else identifier
        raise ValueError(f"Could not interpret {self.kind} identifier: {identifier}")

    def from_config(self, config: dict[str, Any]) -> Any:
        """The object of a config `{"class_name": …, "config": …}`."""
        name = config.get("class_name")
        inner = config.get("config", {})
        if name == "function":
            return _custom.get(config.get("registered_name")) or self.get(inner)
        registered = config.get("registered_name")
        found = _custom.get(registered) or _custom.get(name) or self.names.get(name)
        if found is None:
            raise ValueError(f"Unknown {self.kind}: '{name}'. Please ensure you are using a `keras.utils.custom_object_scope` and that this object is included in the scope.")
        if inspect.isclass(found):
            return found.from_config(inner) if hasattr(found, "from_config") else found(**inner)
        return found

    def serialize(self, obj: Any) -> Any:
        """A config for an object of this family."""
        if obj is None or isinstance(obj, (str, dict)):
            return obj
        from tfjax._src.keras.saving import serialization

        return serialization.serialize_keras_object(obj)


def custom_objects() -> dict[str, Any]:
    """Users' own classes and functions by name."""
    return _custom


class Configured:
    """Objects rebuilt from `get_config()`."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An object from `get_config`'s result."""
        return cls(**config)
