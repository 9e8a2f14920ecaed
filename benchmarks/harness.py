"""Times one workload under several libraries, each in its own process, and prints a table.

A workload file is a program that prints one JSON object {workload: microseconds} as its last line.
Processes take turns, so that a slow minute of the machine hits every library alike; figures are
medians over the runs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TENSORFLOW, TFJAX, KERAS_JAX, JAX = "TensorFlow", "tfjax", "Keras 3 on JAX", "hand-written JAX"


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


def best_us(function: Callable[[], Any], repeats: int = 25) -> float:
    """The best time of several calls, in microseconds: what the machine does beside it only adds."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times) * 1e6


def start(library: str, file: str, *arguments: str) -> subprocess.Popen[str]:
    """`file` as a process under a library."""
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "")}
    if library in (TENSORFLOW, KERAS_JAX):
        settings["KERAS_BACKEND"] = "jax" if library == KERAS_JAX else "tensorflow"
    runner = ["-m", "tfjax"] if library == TFJAX else []
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, *runner, str(HERE / file), *arguments]
    return subprocess.Popen(command, text=True, env=os.environ | settings, **pipes)


def run(library: str, file: str) -> dict[str, float]:
    """Runs `file` once under a library and returns what it measured."""
    process = start(library, file)
    out, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{file} under {library}:\n{errors[-2000:]}")
    return json.loads(out.splitlines()[-1])


def compare(files: dict[str, str], runs: int) -> dict[str, dict[str, float]]:
    """{workload: {library: median microseconds}} for {library: file}."""
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(runs):
        for library, file in files.items():
            for name, value in run(library, file).items():
                found.setdefault(name, {}).setdefault(library, []).append(value)
    return {
        name: {library: statistics.median(values) for library, values in row.items()}
        for name, row in found.items()
    }


def table(rows: dict[str, dict[str, float]], libraries: Sequence[str]) -> str:
    """A Markdown table: microseconds, and how many times faster than each library tfjax is."""
    others = [library for library in libraries if library != TFJAX]
    lines = [
        f"| workload | tfjax, us | {' | '.join(f'{o}, us (ratio)' for o in others)} |",
        "|---" * (len(others) + 2) + "|",
    ]
    for name, row in rows.items():
        cells = [
            f"{row[o]:,.0f} ({row[o] / row[TFJAX]:.2f}x)" if o in row and TFJAX in row else "–"
            for o in others
        ]
        lines.append(f"| {name} | {row.get(TFJAX, float('nan')):,.1f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(files: dict[str, str], default_runs: int = 3) -> None:
    """Compares and prints; the number of runs is the program's first argument."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else default_runs
    print(table(compare(files, runs), list(files)), flush=True)
