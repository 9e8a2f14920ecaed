"""String tensors, element by element: case, length, parts, numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, DTypeArg, IntOther, Name, Static, String
from tfjax._src.eager.op import op
from tfjax._src.ops import checks
from tfjax._src.ops.strings.elements import (
    all_ascii,
    characters,
    encoded,
    filled,
    lengths_of,
    mapped,
    text,
)

_CONTINUATION = bytes(range(0x80, 0xC0))


@op("strings.length", raw="StringLength", device=False, differentiable=False)
def length(input: String, unit: Static = "BYTE", name: Name = None):
    """The length of each string in bytes, or in characters with `unit="UTF8_CHAR"`.

    >>> import tfjax as tf
    >>> tf.strings.length(["ab", "c"]).numpy()
    array([2, 1], dtype=int32)
    """
    if characters(unit, "StringLength"):
        # Characters begin with every byte but those that continue one.
        flat = input.reshape(-1).tolist()
        if not all_ascii(flat):
            return mapped(lambda s: len(s) if s.isascii() else len(s.translate(None, _CONTINUATION)), input, np.int32)
    flat = input.reshape(-1).tolist()
    return lengths_of(flat, b"\0".join(flat) + bytes(16)).astype(np.int32).reshape(input.shape)


def _is_utf8(encoding: str, op_name: str) -> bool:
    if encoding not in ("", "utf-8"):
        raise InvalidArgumentError(None, None, f"only utf-8 or '' (no encoding) is supported, received {encoding}")
    return encoding == "utf-8"


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")


@op("strings.lower", raw="StringLower", device=False, differentiable=False)
def lower(input: String, encoding: Static = "", name: Name = None):
    """Lower case: of ASCII letters, or of all with `encoding="utf-8"`.

    >>> import tfjax as tf
    >>> tf.strings.lower("AbC").numpy()
    b'abc'
    """
    if _is_utf8(encoding, "StringLower"):
        return mapped(lambda s: s.lower() if s.isascii() else _decoded(s).lower().encode(), input)
    return mapped(bytes.lower, input)


@op("strings.upper", raw="StringUpper", device=False, differentiable=False)
def upper(input: String, encoding: Static = "", name: Name = None):
    """Upper case: of ASCII letters, or of all with `encoding="utf-8"`.

    >>> import tfjax as tf
    >>> tf.strings.upper("AbC").numpy()
    b'ABC'
    """
    if _is_utf8(encoding, "StringUpper"):
        return mapped(lambda s: s.upper() if s.isascii() else _decoded(s).upper().encode(), input)
    return mapped(bytes.upper, input)


@op("strings.strip", raw="StringStrip", device=False, differentiable=False)
def strip(input: String, name: Name = None):
    """Without white space at both ends.

    >>> import tfjax as tf
    >>> tf.strings.strip(" a ").numpy()
    b'a'
    """
    return mapped(bytes.strip, input)


@op("strings.substr", raw="Substr", device=False, differentiable=False)
def substr(input: String, pos: IntOther, len: IntOther, unit: Static = "BYTE", name: Name = None):
    """`len` bytes (or characters) from position `pos` on; negative positions count from the end.

    A negative `len` takes all that follows.

    Raises:
      InvalidArgumentError: a position outside its string.

    >>> import tfjax as tf
    >>> tf.strings.substr("hello", 1, 3).numpy()
    b'ell'
    """
    by_character = characters(unit, "Substr")
    if pos.shape != len.shape:
        raise InvalidArgumentError(None, None, f"pos and len should have the same shape, got: {checks.brackets(pos.shape)} vs. {checks.brackets(len.shape)}")
    if not by_character and not pos.ndim and (fast := _cut_alike(input, int(pos), int(len))) is not None:
        return fast
    shape = np.broadcast_shapes(input.shape, pos.shape)
    values = np.broadcast_to(input, shape).reshape(-1).tolist()
    starts, counts = ([int(a)] * values.__len__() if a.ndim == 0 else np.broadcast_to(a, shape).reshape(-1).tolist() for a in (pos, len))
    found = []
    for i, (value, start, count) in enumerate(zip(values, starts, counts)):
        whole: Any = text(value) if by_character and not value.isascii() else value
        size = whole.__len__()
        first = start + size if start < 0 else start
        if not 0 <= first <= size:
            shown = f"b'{text(value)}' at index {i}" if not by_character else f"at index {i}"
            raise InvalidArgumentError(None, None, f"pos {start} out of range for string {shown}")
        part = whole[first:] if count < 0 else whole[first : first + count]
        found.append(part if type(part) is bytes else encoded(part))
    return filled(found, shape)


def _cut_alike(input: np.ndarray, start: int, count: int) -> np.ndarray | None:
    """The same bytes of every string; None if one is too short."""
    flat = input.reshape(-1).tolist()
    least = -start if start < 0 else start
    if least and flat and min(map(len, flat)) < least:
        return None
    stop = None if count < 0 or start < 0 <= start + count else start + count
    part = slice(start, stop)
    return filled([s[part] for s in flat], input.shape)


_INTEGER = re.compile(rb"\s*[-+]?[0-9]+\s*")
_HEXADECIMAL = re.compile(rb"\s*[-+]?0[xX][0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?(?:[pP][-+]?[0-9]+)?\s*")
_NUMBERS = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.uint32, dtypes.uint64)


@op("strings.to_number", raw="StringToNumber", device=False, differentiable=False)
def to_number(input: String, out_type: DTypeArg = dtypes.float32, name: Name = None):
    """Strings as numbers.

    Raises:
      InvalidArgumentError: a string that is no number.

    >>> import tfjax as tf
    >>> tf.strings.to_number(["1.5", "2"]).numpy()
    array([1.5, 2. ], dtype=float32)
    """
    if out_type not in _NUMBERS:
        raise InvalidArgumentError(
            None, None, f"Value for attr 'out_type' of {out_type.name} is not in the list of allowed values: float, double, int32, int64, uint32, uint64\n"
            "\t; NodeDef: {{node StringToNumber}}; Op<name=StringToNumber>"
        )
    convert = _integer(out_type) if out_type.is_integer else _floating
    try:
        return mapped(convert, input, out_type.np)
    except ValueError as error:
        raise InvalidArgumentError(None, None, f"StringToNumberOp could not correctly convert string: {error}") from None


def _integer(dtype: dtypes.DType) -> Any:
    low, high = dtype.min, dtype.max

    def convert(s: bytes) -> int:
        if not _INTEGER.fullmatch(s) or not low <= (value := int(s)) <= high:
            raise ValueError(text(s))
        return value

    return convert


def _floating(s: bytes) -> float:
    try:
        if b"_" not in s:
            return float(s)
    except ValueError:
        if _HEXADECIMAL.fullmatch(s):
            return float.fromhex(s.decode())
    raise ValueError(text(s))


@op("strings.as_string", "as_string", raw="AsString", device=False, differentiable=False)
def as_string(
    input: AnyTensor, precision: Static = -1, scientific: Static = False, shortest: Static = False, width: Static = -1,
    fill: Static = "", name: Name = None,
):
    """Numbers and booleans as strings; floats with 6 decimals, or `precision` of them.

    Args:
      input: numbers, booleans or strings.
      precision: digits after the point.
      scientific: uses `1.5e+00`.
      shortest: uses whichever notation is shorter.
      width: pads on the left to so many characters.
      fill: a character: `0`, a blank, `+` (shows the sign) or `-` (pads on the right).
      name: no effect.

    >>> import tfjax as tf
    >>> tf.strings.as_string([3, 12]).numpy()
    array([b'3', b'12'], dtype=object)
    """
    floating = input.dtype.kind in "fcV"
    _check_format(input.dtype, floating, precision, scientific, shortest, fill)
    kind = "e" if scientific else "g" if shortest else "f"
    pad = f"{fill}{width}" if width > -1 else fill
    digits = f".{precision}" if precision > -1 else ""
    if input.dtype == object:
        return input
    if input.dtype == bool:
        return mapped(lambda v: b"true" if v else b"false", input)
    if input.dtype.kind == "c":
        single = f"%{pad}{digits}{kind}"
        return mapped(lambda v: f"({single % v.real},{single % v.imag})".encode(), input)
    if floating:
        return _formatted(f"%{pad}{digits}{kind}", input)
    if not pad:
        return mapped(lambda v: b"%d" % v, input)
    return _formatted(f"%{pad}d", input)


def _formatted(template: str, values: np.ndarray) -> np.ndarray:
    code = template.encode()
    return mapped(lambda v: code % v, values.astype(np.float64) if template[-1] != "d" else values)


def _check_format(dtype: Any, floating: bool, precision: int, scientific: bool, shortest: bool, fill: str) -> None:
    name = dtypes.FROM_NUMPY[dtype].name
    for given, what in ((precision > -1, "precision"), (scientific, "scientific and shortest"), (shortest, "scientific and shortest")):
        if given and not floating:
            raise InvalidArgumentError(None, None, f"{what} not supported for datatype {name}" if what == "precision" else f"{what} format not supported for datatype {name}")
    if scientific and shortest:
        raise InvalidArgumentError(None, None, "Cannot select both scientific and shortest notation")
    if len(fill) > 1:
        raise InvalidArgumentError(None, None, "Fill string must be one or fewer characters")
    if fill and fill not in " +-0#":
        raise InvalidArgumentError(None, None, f"Fill argument not supported: {fill}")
