"""Which cases are compared: all of an op's, or a sample."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from compat_tests.comparisons.exempt import crashes
from compat_tests.comparisons.mutations import Call, cases, compiled, pairs
from compat_tests.comparisons.tables import calls
from compat_tests.harness import ALL, HOST

#: Random pairs of mutations for each valid call.
PAIRS = 10


def ops() -> list[str]:
    """The public names with calls."""
    return list(calls())


def planned(name: str, tiers: tuple[str, ...] = ALL) -> Iterator[tuple[Call, str]]:
    """All comparisons of an op."""
    for call in calls()[name]:
        rng = np.random.default_rng([1, zlib.crc32(str(call).encode())])
        for tier in tiers:
            chosen = [*cases(call), *pairs(call, rng, PAIRS)] if tier == HOST else compiled(call)
            yield from ((case, tier) for case in chosen if not crashes(case))


def sample(seed: int, count: int, host: float = 0.97) -> list[tuple[Call, str]]:
    """Some of all comparisons, drawn at random; most from the host tier, which compiles nothing."""
    rng = np.random.default_rng(seed)
    names = ops()
    found = []
    while len(found) < count:
        name = names[int(rng.integers(len(names)))]
        tiers = (HOST,) if rng.random() < host else (ALL[1 + int(rng.integers(3))],)
        some = list(planned(name, tiers))
        picked = rng.choice(len(some), min(4, len(some)), replace=False)
        found += [some[int(i)] for i in picked]
    return found[:count]
