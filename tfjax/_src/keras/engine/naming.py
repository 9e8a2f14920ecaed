"""Automatic names: dense, dense_1, dense_2, …"""

from __future__ import annotations

import collections
import contextlib
import re
import threading
from collections.abc import Iterator
from typing import Any

from tfjax._src.core.export import export

_counts: collections.Counter[str] = collections.Counter()


def to_snake_case(name: str) -> str:
    """`MaxPooling2D` becomes `max_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """The next name of this kind."""
    count = _counts[prefix]
    _counts[prefix] += 1
    return prefix if count == 0 else f"{prefix}_{count}"


class _Scopes(threading.local):
    """The layers at work, outermost first, as (name, layer)."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, Any]] = []


_scopes = _Scopes()


@contextlib.contextmanager
def scope(name: str, owner: Any) -> Iterator[None]:
    """Inside, `current_path` ends with `name`; a layer that is at work already is not named twice."""
    stack = _scopes.stack
    if stack and stack[-1][1] is owner:
        yield
        return
    stack.append((name, owner))
    try:
        yield
    finally:
        stack.pop()


def current_path() -> str:
    """The names of the layers at work, joined by slashes."""
    return "/".join(name for name, _ in _scopes.stack)


@export("keras.backend.get_uid")
def get_uid(prefix: str = "") -> int:
    """The next number of a prefix, starting at 1."""
    _counts[prefix] += 1
    return _counts[prefix]


@export("keras.backend.reset_uids")
def reset_uids() -> None:
    """Starts all automatic names anew."""
    _counts.clear()


@export("keras.backend.clear_session", "keras.utils.clear_session")
def clear_session(free_memory: bool = True) -> None:
    """Starts automatic names anew and forgets the global dtype policy; `free_memory` has no effect: unused memory frees itself.

    >>> import tfjax as tf
    >>> tf.keras.backend.clear_session()
    """
    from tfjax._src.keras import random_state
    from tfjax._src.keras.engine import policy

    _counts.clear()
    policy.forget_global_policy()
    random_state.drop_global_generator()
