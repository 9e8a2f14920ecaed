"""What the string ops share: functions of every element, text and bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError


def filled(values: Iterable[Any], shape: tuple[int, ...], dtype: Any = object) -> np.ndarray:
    """An array of the values in row-major order."""
    found = np.empty(int(np.prod(shape, dtype=np.int64)), dtype)
    found[:] = values if isinstance(values, list) else list(values)
    return found.reshape(shape)


def mapped(function: Callable[[Any], Any], array: np.ndarray, dtype: Any = object) -> np.ndarray:
    """`function` of every element."""
    return filled([function(v) for v in array.reshape(-1).tolist()], array.shape, dtype)


def text(value: Any) -> str:
    """Bytes as text; bytes that are no UTF-8 survive the way there and back."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def encoded(value: str) -> bytes:
    """The inverse of `text`."""
    return value.encode("utf-8", "surrogateescape")


def refused(op_name: str, attribute: str, value: Any, allowed: tuple[str, ...]) -> Exception:
    """The error for an attribute that is not among the allowed ones."""
    names = ", ".join(f'"{a}"' for a in allowed)
    return InvalidArgumentError(
        None, None, f"Value for attr '{attribute}' of \"{value}\" is not in the list of allowed values: {names}\n"
        f"\t; NodeDef: {{{{node {op_name}}}}}; Op<name={op_name}>"
    )


def lengths_of(strings: list[bytes], joined: bytes) -> np.ndarray:
    """The lengths of strings, given them joined by NUL and followed by 16 NULs."""
    size = len(joined) - 16
    ends = np.flatnonzero(np.frombuffer(joined, np.uint8, size) == 0)
    if len(ends) != len(strings) - 1:  # a string holds a NUL itself
        return np.fromiter(map(len, strings), np.int64, len(strings))
    lengths = np.empty(len(strings), np.int64)
    lengths[:-1], lengths[-1] = ends, size
    lengths[1:] -= ends + 1
    return lengths


def all_ascii(values: list[bytes]) -> bool:
    """Whether no string has a byte above 127."""
    return b"".join(values).isascii()


def characters(unit: str, op_name: str) -> bool:
    """True for UTF-8 characters, False for bytes."""
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise refused(op_name, "unit", unit, ("BYTE", "UTF8_CHAR"))
    return unit == "UTF8_CHAR"
