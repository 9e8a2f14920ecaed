"""tf.compat's helpers: text and bytes, families of number types, forward compatibility."""

from __future__ import annotations

import codecs
import contextlib
import datetime
import numbers
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core.export import export

bytes_or_text_types = (bytes, str)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)

#: Public names of the values above, for `tools/gen_api.py`.
EXPORTS = {
    "compat.bytes_or_text_types": "bytes_or_text_types",
    "compat.integral_types": "integral_types",
    "compat.real_types": "real_types",
    "compat.complex_types": "complex_types",
}


@export("compat.as_text")
def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Text from bytes or text.

    Raises:
      TypeError: for anything else.

    >>> as_text(b"abc")
    'abc'
    """
    encoding = codecs.lookup(encoding).name
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_bytes")
def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Bytes from bytes, a bytearray or text.

    >>> as_bytes("abc")
    b'abc'
    """
    encoding = codecs.lookup(encoding).name
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_str")
def as_str(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """As `as_text`."""
    return as_text(bytes_or_text, encoding)


@export("compat.as_str_any")
def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """Text from bytes; `str(value)` of anything else.

    >>> as_str_any(3)
    '3'
    """
    return as_text(value, encoding) if isinstance(value, bytes) else str(value)


@export("compat.path_to_str")
def path_to_str(path: Any) -> Any:
    """The text of a path object; anything else unchanged.

    >>> path_to_str("data")
    'data'
    """
    return os.fspath(path) if hasattr(path, "__fspath__") else path


_RELEASED = datetime.date(2026, 3, 1)
_horizons = [_RELEASED]


@export("compat.forward_compatible")
def forward_compatible(year: int, month: int, day: int) -> bool:
    """True if this version came after the date, or the horizon was set behind it.

    >>> forward_compatible(2020, 1, 1)
    True
    """
    return _horizons[-1] > datetime.date(year, month, day)


@contextlib.contextmanager
def _horizon(date: datetime.date) -> Iterator[None]:
    _horizons.append(date)
    try:
        yield
    finally:
        _horizons.pop()


@export("compat.forward_compatibility_horizon")
def forward_compatibility_horizon(year: int, month: int, day: int) -> Any:
    """A context in which `forward_compatible` answers for that date.

    >>> with forward_compatibility_horizon(2090, 1, 2):
    ...     forward_compatible(2090, 1, 1)
    True
    """
    return _horizon(datetime.date(year, month, day))
