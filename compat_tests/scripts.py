"""Runs whole programs under real TensorFlow and under tfjax, and compares what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RUNNERS = {"tensorflow": (), "tfjax": ("-m", "tfjax")}

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_TIMES = re.compile(r"\b\d+(?:\.\d+)?(?:us|ms|s|m|h)(?:/step|/epoch)?\b|\b\d+:\d\d\b")


def run_script(
    path: str | Path,
    backend: str,
    *arguments: Any,
    cwd: str | Path | None = None,
    timeout: float = 600.0,
) -> str:
    """Runs an unchanged script and returns what it printed to standard output.

    Args:
      path: the script.
      backend: "tensorflow" (`python script.py`) or "tfjax" (`python -m tfjax script.py`).
      *arguments: the script's own arguments.
      cwd: the directory it runs in; by default this process's.
      timeout: in seconds.

    Raises:
      AssertionError: with both outputs, if it ends with another status than 0.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        [sys.executable, *RUNNERS[backend], str(path), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if done.returncode:
        raise AssertionError(
            f"{path} under {backend} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout


def normalise(text: str) -> list[str]:
    """The lines of an output without terminal control, progress-bar states and durations."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"[^\n]*[\r\b]+", "", text)  # what a progress bar has overwritten
    text = _TIMES.sub("<time>", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def assert_same_output(
    ours: str, theirs: str, relative: float = 0.0, absolute: float = 0.0, skip: Sequence[str] = ()
) -> None:
    """Compares two outputs line by line; numbers may differ within the tolerance.

    Args:
      ours: what tfjax printed.
      theirs: what TensorFlow printed.
      relative: tolerated difference, as a share of TensorFlow's number.
      absolute: tolerated difference on top of that.
      skip: patterns; lines that match one are left out on both sides.
    """
    pattern = re.compile("|".join(skip)) if skip else None
    sides = [
        [line for line in normalise(text) if not (pattern and pattern.search(line))]
        for text in (ours, theirs)
    ]
    for number, (mine, real) in enumerate(zip(*sides, strict=False), 1):
        message = f"line {number}:\n  tfjax:      {mine}\n  TensorFlow: {real}"
        if relative == absolute == 0.0:
            assert mine == real, message
            continue
        assert _NUMBER.sub("#", mine) == _NUMBER.sub("#", real), message
        for a, b in zip(_NUMBER.findall(mine), _NUMBER.findall(real), strict=True):
            assert abs(float(a) - float(b)) <= absolute + relative * abs(float(b)), message
    assert len(sides[0]) == len(sides[1]), (
        f"tfjax printed {len(sides[0])} lines, TensorFlow {len(sides[1])}:\n"
        + "\n".join(max(sides, key=len)[min(map(len, sides)) :])
    )
