"""Marks public names on their definitions; `tools/gen_api.py` reads the marks from the source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def export(*names: str) -> Callable[[T], T]:
    """Marks a function or class as public under `names` (dotted, without the leading `tf.`).

    The decorator only notes the names on the object. The public namespaces are generated from the
    source text, so the arguments must be string literals.

    >>> @export("nest.example")
    ... def example():
    ...     return 1
    >>> example._tfjax_names
    ('nest.example',)
    """

    def mark(obj: T) -> T:
        obj._tfjax_names = names  # type: ignore[attr-defined]
        return obj

    return mark
