"""Package metadata of the stand-ins: `importlib.metadata.version("tensorflow")` answers 2.21.0."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from typing import Any

from tfjax._src.core import version

_VERSIONS = {"tensorflow": version.VERSION, "keras": version.KERAS_VERSION}


class _StandIn(importlib.metadata.Distribution):
    """A distribution that consists of a name and a version."""

    def __init__(self, name: str, number: str):
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n"

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        raise FileNotFoundError(f"{path}: a stand-in of tfjax has no files")


class StandInFinder:
    """The part of a `sys.meta_path` finder that `importlib.metadata` asks; it finds no modules."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        return None

    def find_distributions(self, context: Any) -> Iterator[importlib.metadata.Distribution]:
        """Yields the stand-in for the one package asked for; none when all are listed."""
        if context.name in _VERSIONS:
            yield _StandIn(context.name, _VERSIONS[context.name])
