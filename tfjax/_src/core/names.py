"""Name scopes: prefixes of the names of Variables and modules."""

from __future__ import annotations

import threading
from typing import Any

from tfjax._src.core.export import export


class _State(threading.local):
    def __init__(self) -> None:
        self.scopes: list[str] = [""]
        self.unique: Any = None  # gives a scope of a TensorFlow 1 graph a name that it does not have yet


_state = _State()


def current_scope() -> str:
    """The scope in force, `a/b/` or ""."""
    return _state.scopes[-1]


@export("name_scope")
class name_scope:  # noqa: N801 (TensorFlow's public name)
    """A context that puts `name/` before the names of Variables made inside.

    A name that ends with `/` replaces the scope; None or "" leaves all scopes.

    >>> with name_scope("a") as scope:
    ...     scope
    'a/'
    """

    def __init__(self, name: str | None, default_name: Any = None, values: Any = None) -> None:
        name = name if name is not None else default_name
        if name is not None and not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name

    @property
    def name(self) -> str | None:
        """The name given."""
        return self._name

    def __enter__(self) -> str:
        name = self._name
        if not name:
            scope = ""
        elif name.endswith("/"):
            scope = name
        else:
            full = current_scope() + name
            scope = f"{full if _state.unique is None else _state.unique(full)}/"
        _state.scopes.append(scope)
        return scope

    def __exit__(self, *exc: Any) -> None:
        _state.scopes.pop()
