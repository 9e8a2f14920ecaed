"""Attributes of public namespaces that are not there: sub-namespaces to load, names we do not have."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

# Public namespace -> (finds a name there or gives None, lists the names): those kept in tables.
_tables: dict[str, tuple[Callable[[str], Any], Callable[[], Iterable[str]]]] = {}


def add_table(module: str, lookup: Callable[[str], Any], names: Callable[[], Iterable[str]]) -> None:
    """Lets a public module find the names that it does not import in a table."""
    _tables[module] = (lookup, names)


def table_names(module: str) -> Iterable[str]:
    """The names that a public module finds in its table."""
    return _tables[module][1]() if module in _tables else ()


def resolve(module: str, name: str, spaces: Mapping[str, str] = MappingProxyType({})) -> Any:
    """The sub-namespace `name` of the public module `module`, loaded at its first use.

    `spaces` says which module stands behind each sub-namespace. Any other name raises
    AttributeError, with `name` and `obj` set so that Python adds its own "Did you mean" hint.
    """
    if name in spaces:
        found = importlib.import_module(spaces[name])
        setattr(sys.modules[module], name, found)
        return found
    if module in _tables and (found := _tables[module][0](name)) is not None:
        setattr(sys.modules[module], name, found)
        return found
    message = (
        f"module {module!r} has no attribute {name!r}. If TensorFlow has it, tfjax does not have "
        "it yet: see docs/coverage.md"
    )
    raise AttributeError(message, name=name, obj=sys.modules.get(module))
