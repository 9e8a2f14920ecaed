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


def shrink(names: Iterable[str], tiers: Iterable[str], failed: Iterable[tuple[str, str]]) -> None:
    """Takes out what these names fail no more in these tiers."""
    names, tiers, failed = set(names), set(tiers), set(failed)
    save(
        (what, name)
        for what, name in load()
        if name not in names or what[what.rindex("(") + 1 : -1] not in tiers or (what, name) in failed
    )


def save(pairs: Iterable[tuple[str, str]]) -> None:
    """Writes the pairs, sorted."""
    table: dict[str, list[str]] = {}
    for what, name in sorted(set(pairs)):
        table.setdefault(what, []).append(name)
    FILE.write_text(json.dumps(table, indent=0) + "\n")
