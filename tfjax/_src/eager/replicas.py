"""Where the current thread stands under tf.distribute: which strategy, which replica.

Only the state lives here, so that Variables and tf.function can ask; the strategies that set it are
in the `distribute` layer.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class _State(threading.local):
    """The facts of one thread.

    Attributes:
      strategy: the strategy in force, or None for the default one.
      replica: the ReplicaContext of a strategy with several replicas while a replica runs, else None.
      merging: that context while a function of all replicas together runs inside of it.
      single: the ReplicaContext of a strategy with one replica while it runs, else None.
      compiling: True while a tf.function that cannot be compiled as a whole runs as Python.
      exporting: True while a function is traced for a SavedModel, which knows no replicas.
      place: turns a Variable just made into one of the strategy in force, or None.
    """

    def __init__(self) -> None:
        self.strategy: Any = None
        self.replica: Any = None
        self.merging: Any = None
        self.single: Any = None
        self.compiling = False
        self.exporting = False
        self.place: Callable[[Any], None] | None = None


state = _State()


@contextlib.contextmanager
def switched(**facts: Any) -> Iterator[None]:
    """Changes facts of this thread for the duration of a `with` block."""
    before = {name: getattr(state, name) for name in facts}
    for name, value in facts.items():
        setattr(state, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(state, name, value)


def trace_key() -> Any:
    """What a trace depends on besides its arguments; None where no strategy is in force."""
    strategy = state.strategy
    if strategy is None:
        return None
    replica = state.replica
    return (
        id(strategy),
        None if replica is None else replica.trace_key(),
        state.single is not None,
    )
