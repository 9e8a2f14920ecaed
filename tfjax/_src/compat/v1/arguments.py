"""Arguments that TensorFlow renamed: v1 functions take the old and the new name."""

from __future__ import annotations

from typing import Any


def either(name: str, value: Any, old_name: str, old_value: Any) -> Any:
    """The value of an argument with two names.

    Raises:
      ValueError: both were given.

    >>> either("axis", None, "dim", 2)
    2
    """
    if old_value is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{name}'.")
    return old_value
