"""Attributes of ops (sizes, flags, names of modes), read as TensorFlow's own ops read them.

`int()` decides what is an integer, so that 1.5 counts as 1; lists must be lists or tuples; names are
checked against what the op allows, and integers against 32 bits, once all of them have been read.
"""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.errors import InvalidArgumentError


def refused(message: str) -> InvalidArgumentError:
    """The error for arguments that no kernel takes; the gate adds the op's name."""
    return InvalidArgumentError(None, None, message)


def integer(name: str, value: Any) -> int:
    """An int attribute."""
    if not isinstance(value, (str, bytes)):
        try:
            return int(value)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"Expected int for argument {name!r} not {value!r}.")


def number(name: str, value: Any) -> float:
    """A float attribute."""
    if not isinstance(value, (str, bytes)):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"Expected float for argument {name!r} not {value!r}.")


def text(name: str, value: Any) -> str:
    """A string attribute."""
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"Expected string for argument {name!r} not {value!r}.")
    return value


def flag(name: str, value: Any, default: bool | None = None) -> bool:
    """A bool attribute; None stands for its default."""
    if value is None and default is not None:
        return default
    if not isinstance(value, bool):
        raise TypeError(f"Expected bool for argument {name!r} not {value!r}.")
    return value


def dtype(name: str, value: Any) -> DType:
    """A dtype attribute."""
    try:
        return dtypes.as_dtype(value)
    except (TypeError, ValueError):
        raise TypeError(f"Expected DataType for argument {name!r} not {value!r}.") from None


def items(name: str, value: Any, op: str) -> list[Any] | tuple[Any, ...]:
    """A list attribute of the op `op` (in the spelling of raw_ops' functions); None is empty."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"Expected list for {name!r} argument to {op!r} Op, not {value!r}.")
    return value


def integers(name: str, value: Any, op: str) -> tuple[int, ...]:
    """A list(int) attribute."""
    return tuple([integer(name, v) for v in items(name, value, op)])


def check_length(name: str, values: tuple[int, ...], least: int) -> None:
    """Raises for a list attribute that is too short."""
    if len(values) < least:
        raise refused(f"Length for attr {name!r} of {len(values)} must be at least minimum {least}")


def check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raises for a string attribute that the op does not know."""
    if value not in allowed:
        names = ", ".join(f'"{a}"' for a in allowed)
        raise refused(f"Value for attr {name!r} of \"{value}\" is not in the list of allowed values: {names}")


def check_int32(name: str, *values: int) -> None:
    """Raises for an int attribute that a kernel keeps in 32 bits."""
    for value in values:
        if not -(2**31) <= value < 2**31:
            raise refused(f"Attr {name} has value {value} out of range for an int32")
