"""Times one snippet under several libraries, each in its own process, and prints ratios of medians."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


def median_us(function: Callable[[], Any], repeats: int = 5, number: int = 200) -> float:
    """The median over `repeats` of the mean time of `number` calls, in microseconds."""
    for _ in range(min(number, 20)):
        function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            function()
        times.append((time.perf_counter() - start) / number * 1e6)
    return statistics.median(times)


def compare(script: str, runs: int = 3) -> dict[str, tuple[float, float]]:
    """{workload: (TensorFlow's median, tfjax's)}; the processes take turns.

    `script` prints one JSON object {workload: microseconds}.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(runs):
        for backend, runner in (("tensorflow", []), ("tfjax", ["-m", "tfjax"])):
            done = subprocess.run([sys.executable, *runner, script], capture_output=True, text=True, check=True)
            for name, value in json.loads(done.stdout.splitlines()[-1]).items():
                found.setdefault(name, {}).setdefault(backend, []).append(value)
    return {n: (statistics.median(v["tensorflow"]), statistics.median(v["tfjax"])) for n, v in found.items()}
