"""All valid calls: the tables here, and those entries of the gradient law that are plain calls."""

from __future__ import annotations

import functools

from compat_tests.comparisons import calls_array, calls_math, calls_nn
from compat_tests.comparisons.kinds import Drawn
from compat_tests.comparisons.mutations import Call
from compat_tests.gradients.law_table import ENTRIES


@functools.cache
def calls() -> dict[str, list[Call]]:
    """name → its valid calls."""
    found: dict[str, list[Call]] = {}
    for table in (calls_math.CALLS, calls_array.CALLS, calls_nn.CALLS):
        for name, rows in table.items():
            assert name not in found, f"{name} stands in two tables"
            found[name] = [Call(name, args, tuple(kwargs.items())) for args, kwargs in rows]
    for name, entry in ENTRIES.items():
        if entry.call is None and entry.shapes and not name.startswith("_"):
            drawn = [Drawn(s, entry.low, entry.high) for s in entry.shapes]
            if entry.matrix:
                drawn[0] = Drawn(entry.shapes[0], spd=True)
            call = Call(name, tuple(drawn), tuple(entry.arguments.items()))
            rows = found.setdefault(name, [])
            if str(call) not in map(str, rows):
                rows.append(call)
    return found
