"""Attributes of public namespaces that are not there: sub-namespaces to load, names we do not have."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def resolve(module: str, name: str, spaces: Mapping[str, str] = MappingProxyType({})) -> Any:
    """The sub-namespace `name` of the public module `module`, loaded at its first use.

    `spaces` says which module stands behind each sub-namespace. Any other name raises
    AttributeError, with `name` and `obj` set so that Python adds its own "Did you mean" hint.
    """
    if name in spaces:
        found = importlib.import_module(spaces[name])
        setattr(sys.modules[module], name, found)
        return found
    message = (
        f"module {module!r} has no attribute {name!r}. If TensorFlow has it, tfjax does not have "
        "it yet: see docs/coverage.md"
    )
    raise AttributeError(message, name=name, obj=sys.modules.get(module))
