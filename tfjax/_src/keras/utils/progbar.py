"""The progress bar of `fit`, `evaluate` and `predict`."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.utils import console

_BOLD, _GREEN, _WHITE, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


@export("keras.utils.Progbar")
class Progbar:
    """Shows how many of `target` steps are done, the time left, and metrics.

    Args:
      target: the number of steps; None if unknown.
      width: the bar's length in characters.
      verbose: 0 shows nothing, 1 a bar, 2 one line at the end.
      interval: seconds that pass between two updates of the bar, at least.
      stateful_metrics: names of the metrics to show as given; others are averaged over the steps.
      stateless_metrics: names of the metrics to average; others are shown as given.
      unit_name: what a step is called.

    Raises:
      ValueError: `stateful_metrics` and `stateless_metrics` are both given.

    >>> import tfjax as tf
    >>> bar = tf.keras.utils.Progbar(2, verbose=2)
    >>> bar.update(1, [("loss", 0.5)])
    >>> bar.update(2, [("loss", 0.3)])
    2/2 - 0s - ...s/step - loss: 0.3000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` or `stateless_metrics` can be provided. Received: "
                f"stateful_metrics={stateful_metrics}, stateless_metrics={stateless_metrics}"
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        averages_by_default = stateless_metrics is None
        self.stateful_metrics = set(stateful_metrics or ()) if averages_by_default else None
        self.stateless_metrics = None if averages_by_default else set(stateless_metrics)

        self._redraws = _terminal_redraws()
        self._seen_so_far = 0
        # Name -> [weighted sum, weight], in the order of first appearance.
        self._values: dict[str, list[Any]] = {}
        self._start = time.time()
        self._last_update = 0.0
        self._time_after_first_step: float | None = None
        self._prev_total_width = 0

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Notes that `current` steps are done and redraws.

        Args:
          current: the number of steps done.
          values: pairs (metric, its value at this step).
          finalize: whether this is the last update; by default, whether `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._note(name, value, current, finalize)
        self._seen_so_far = current

        now = time.time()
        per_step = self._step_duration(current, now)
        if self.verbose == 1:
            if now - self._last_update < self.interval and not finalize:
                return
            self._draw_bar(current, now, per_step, finalize)
        elif self.verbose == 2 and finalize and self.target:
            line = f"{self._count(current)} - {now - self._start:.0f}s -"
            line += self._per_unit(per_step)
            # Keras compares the value, not its size, with 1e-3 here: negative ones get an exponent.
            line += "".join(_metric(k, v, signed=True) for k, v in self._values.items())
            console.print_message(line)
        self._last_update = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Notes that `n` more steps are done."""
        self.update(self._seen_so_far + n, values)

    def _note(self, name: str, value: Any, current: int, finalize: bool) -> None:
        """Adds a metric's value, weighted by the steps it stands for."""
        if self.stateful_metrics is not None:
            averaged = name not in self.stateful_metrics
        else:
            averaged = name in self.stateless_metrics
        if not averaged or finalize:
            self._values[name] = [value, 1]
            return
        # Without a target the last step is reported twice: then it has weight 1 again.
        steps = max(current - self._seen_so_far, 1)
        if name in self._values:
            self._values[name][0] += value * steps
            self._values[name][1] += steps
        else:
            self._values[name] = [value * steps, steps]

    def _draw_bar(self, current: int, now: float, per_step: float, finalize: bool) -> None:
        known = self.target is not None and self.target > 0
        if known:
            done = int(self.width * float(current) / self.target)
            bar = f"{_BOLD}{self._count(current)}{_PLAIN} "
            bar += f"{_GREEN}{'━' * done}{_PLAIN}" if done > 0 else ""
            bar += f"{_WHITE}{'━' * (self.width - done)}{_PLAIN}"
        else:
            bar = f"{current:7d}/Unknown"
        if known and not finalize:
            clock = _remaining(per_step * (self.target - current))
        else:
            clock = f"{now - self._start:.0f}s"
        line = f"{bar} {_BOLD}{clock}{_PLAIN}{self._per_unit(per_step)}"
        line += "".join(_metric(k, v) for k, v in self._values.items())

        width = len(line) - _escape_length(line)
        start = "\b" * self._prev_total_width + "\r" if self._redraws else "\n"
        end = " " * (self._prev_total_width - width) + ("\n" if finalize else "")
        console.print_message(start + line + end, line_break=False)
        self._prev_total_width = width

    def _count(self, current: int) -> str:
        """`current/target`, with `current` as wide as `target`."""
        return f"{int(current):{int(math.log10(self.target)) + 1}d}/{int(self.target)}"

    def _per_unit(self, seconds: float) -> str:
        if seconds >= 1 or seconds == 0:
            return f" {seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f" {seconds * 1e3:.0f}ms/{self.unit_name}"
        return f" {seconds * 1e6:.0f}us/{self.unit_name}"

    def _step_duration(self, current: int, now: float) -> float:
        """Seconds per step, leaving out the first step, which compiles, once there are others."""
        if not current:
            return 0
        if self._time_after_first_step is not None and current > 1:
            duration = (now - self._time_after_first_step) / (current - 1)
        else:
            duration = (now - self._start) / current
        if current == 1:
            self._time_after_first_step = now
        return duration


def _terminal_redraws() -> bool:
    """Whether a line can be overwritten; Keras says so of every POSIX system and notebook."""
    return (
        (hasattr(sys.stdout, "isatty") and sys.stdout.isatty())
        or "ipykernel" in sys.modules
        or "posix" in sys.modules
        or "PYCHARM_HOSTED" in os.environ
    )


def _remaining(seconds: float) -> str:
    """Seconds as 1:02:03, 2:03 or 3s."""
    minutes, rest = divmod(int(seconds), 60)
    if seconds > 3600:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
    if seconds > 60:
        return f"{minutes}:{rest:02d}"
    return f"{int(seconds)}s"


def _metric(name: str, sum_and_weight: list[Any], signed: bool = False) -> str:
    total, weight = sum_and_weight
    if not isinstance(total, float):
        total = np.mean(total)
    average = total / max(1, weight)
    large = (average if signed else abs(average)) > 1e-3
    return f" - {name}: {average:.4f}" if large else f" - {name}: {average:.4e}"


def _escape_length(line: str) -> int:
    """How many characters of the line are colour codes."""
    return sum(line.count(code) * len(code) for code in (_BOLD, _GREEN, _WHITE, _PLAIN))
