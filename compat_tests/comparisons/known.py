"""What still differs: `known.json` lists, by kind of case, the names that fail some; the command writes it.

The test suite passes over these; the page docs/comparisons.md counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).with_name("known.json")


def load() -> set[tuple[str, str]]:
    """The pairs (kind of case, name)."""
    table = json.loads(FILE.read_text())
    return {(what, name) for what, names in table.items() for name in names}


def save(pairs: Iterable[tuple[str, str]]) -> None:
    """Writes the pairs, sorted."""
    table: dict[str, list[str]] = {}
    for what, name in sorted(set(pairs)):
        table.setdefault(what, []).append(name)
    FILE.write_text(json.dumps(table, indent=0) + "\n")
