"""Makes further module names resolve to the modules of tfjax: the same objects, not copies.

One finder at the head of `sys.meta_path` serves `tfjax.compat.v2`, the namespaces that TensorFlow
offers under two names, and, after `tfjax.install()`, `tensorflow` and `keras`.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_ALIASES: dict[str, str] = {
    "tfjax.compat.v2": "tfjax",
    "tfjax.compat.v1.compat": "tfjax.compat",
    "tfjax.compat.v1.keras": "tfjax.keras",
    "tfjax.compat.v1.raw_ops": "tfjax.raw_ops",
    "tfjax.initializers": "tfjax.keras.initializers",
    "tfjax.losses": "tfjax.keras.losses",
    "tfjax.metrics": "tfjax.keras.metrics",
    "tfjax.optimizers": "tfjax.keras.optimizers",
    # What libraries import from `tensorflow.python`: AutoGraph's passes are those of malt.
    "tfjax.python.autograph": "malt",
    "tfjax.python.keras": "tfjax.keras",
    # Keras 2 under its older names.
    "tfjax.keras.api": "tfjax.keras",
    "tfjax.keras.api._v1": "tfjax.keras",
    "tfjax.keras.api._v1.keras": "tfjax.keras",
    "tfjax.keras.api._v2": "tfjax.keras",
    "tfjax.keras.api._v2.keras": "tfjax.keras",
    "tfjax.keras.__internal__.legacy": "tfjax.keras",
    "tfjax.keras.__internal__.legacy.layers": "tfjax.keras.layers",
}


def add(alias: str, target: str) -> None:
    """Lets `alias` and everything below it resolve to `target` and what is below that."""
    _ALIASES[alias] = target


def resolve(fullname: str) -> str:
    """Returns the name of the real module behind `fullname` (itself if it is no alias).

    >>> resolve("tfjax.compat.v2.keras.layers")
    'tfjax.keras.layers'
    """
    name = fullname
    while True:
        head, tail = name, ""
        while head and head not in _ALIASES:
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        if not head:
            return name
        name = _ALIASES[head] + tail


def _missing(fullname: str) -> ModuleNotFoundError:
    """The error for a module that tfjax lacks; also that of `from tfjax.x import missing`.

    It carries no `name`: the import system would take one for "the optional submodule is not
    there" in a from-import and raise its own, shorter error.
    """
    package, _, leaf = fullname.rpartition(".")
    return ModuleNotFoundError(
        f"cannot import name {leaf!r} from {package!r}. If TensorFlow has it, tfjax does not have "
        "it yet: see docs/coverage.md"
    )


class _SameModule:
    """A loader whose module exists already: it hands out the target of the alias."""

    def __init__(self, target: str):
        self.target = target
        self.spec_of_target: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.spec_of_target = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just put the alias's spec on the shared module.
        module.__spec__ = self.spec_of_target

    def get_code(self, fullname: str) -> Any:
        """The code of the target, for `python -m tensorflow.x` (runpy asks for it)."""
        return self._target_loader().get_code(self.target)

    def get_source(self, fullname: str) -> Any:
        """The source of the target, for tracebacks."""
        return self._target_loader().get_source(self.target)

    def _target_loader(self) -> Any:
        return importlib.import_module(self.target).__spec__.loader  # type: ignore[union-attr]


class AliasFinder:
    """Finds the modules behind aliases, and explains names that are missing below tfjax."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        root = fullname.partition(".")[0]
        if root != "tfjax" and root not in _ALIASES:
            return None
        if fullname.startswith("tfjax._src") or fullname == "tfjax":
            return None
        real = resolve(fullname)
        if real == fullname:
            return self._own(fullname, path)
        if real not in sys.modules and "." in real:
            parent = importlib.import_module(real.rpartition(".")[0])
            if self._own(real, parent.__path__) is None:
                return None
        spec = ModuleSpec(fullname, _SameModule(real), is_package=True)  # type: ignore[arg-type]
        spec.origin = f"alias of {real}"
        return spec

    def _own(self, fullname: str, path: Any) -> ModuleSpec | None:
        """The spec of a module of tfjax itself.

        Raises:
          ModuleNotFoundError: if there is none. Returning None would end in Python's own message,
            which does not say that tfjax stands behind the name.
        """
        spec = PathFinder.find_spec(fullname, path)
        leaf = fullname.rpartition(".")[2]
        if spec is None and not leaf.startswith("__"):
            raise _missing(fullname)
        return spec


if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
    sys.meta_path.insert(0, AliasFinder())  # type: ignore[arg-type]
