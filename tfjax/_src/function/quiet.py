"""Whether Python's `print` shows in a function: once per trace, as where TensorFlow traces it.

Some programs need the Python body more often than TensorFlow would run it: for a shape that a
symbolic trace cannot serve, or at every call of a function that cannot be compiled. These runs are
quiet: converted code then leaves its `print` calls out.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any


class _State(threading.local):
    def __init__(self) -> None:
        self.active = False  # a body that TensorFlow would not run as Python is run
        self.skip = 0.0  # how many prints to leave out
        self.printed = 0


_state = _State()


def running() -> bool:
    """True inside the body of a function that runs eagerly because it could not be compiled."""
    return _state.active


def step(body: Callable[[], Any], again: bool) -> None:
    """One step of a loop that TensorFlow would trace once: prints show in the first step only."""
    if not (again and _state.active):
        body()
        return
    with skipping(math.inf, active=True):
        body()


def wanted() -> bool:
    """Whether the next print is to be shown; counts it."""
    _state.printed += 1
    if _state.skip > 0:
        _state.skip -= 1
        return False
    return True


def printed() -> int:
    """How many prints this thread's bodies have come to."""
    return _state.printed


@contextlib.contextmanager
def skipping(count: float, active: bool = False) -> Iterator[None]:
    """Leaves the next `count` prints out."""
    previous = (_state.skip, _state.active)
    _state.skip, _state.active = count, active
    try:
        yield
    finally:
        _state.skip, _state.active = previous
