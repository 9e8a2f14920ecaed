"""String tensors, element by element: case, length, parts, patterns, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, DTypeArg, IntOther, Name, Static, String
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor


def _each(function: Callable[..., Any], *arrays: Any, dtype: Any = object) -> np.ndarray:
    """`function` of the elements of broadcast arrays."""
    broadcast = np.broadcast_arrays(*arrays)
    found = np.empty(broadcast[0].shape, dtype)
    for place in np.ndindex(found.shape):
        found[place] = function(*[a[place] for a in broadcast])
    return found


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _check_unit(unit: str) -> bool:
    """True for UTF-8 characters, False for bytes."""
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise InvalidArgumentError(None, None, f"Value for attr 'unit' of \"{unit}\" is not in the list of allowed values: \"BYTE\", \"UTF8_CHAR\"")
    return unit == "UTF8_CHAR"


@op("strings.length", raw="StringLength", device=False, differentiable=False)
def length(input: String, unit: Static = "BYTE", name: Name = None):
    """The length of each string in bytes, or in characters with `unit="UTF8_CHAR"`.

    >>> import tfjax as tf
    >>> tf.strings.length(["ab", "c"]).numpy()
    array([2, 1], dtype=int32)
    """
    characters = _check_unit(unit)
    return _each(lambda s: len(_text(s)) if characters else len(s), input, dtype=np.int32)


@op("strings.lower", raw="StringLower", device=False, differentiable=False)
def lower(input: String, encoding: Static = "", name: Name = None):
    """Lower case: of ASCII letters, or of all with `encoding="utf-8"`.

    >>> import tfjax as tf
    >>> tf.strings.lower("AbC").numpy()
    b'abc'
    """
    return _each((lambda s: _bytes(_text(s).lower())) if encoding else bytes.lower, input)


@op("strings.upper", raw="StringUpper", device=False, differentiable=False)
def upper(input: String, encoding: Static = "", name: Name = None):
    """Upper case: of ASCII letters, or of all with `encoding="utf-8"`.

    >>> import tfjax as tf
    >>> tf.strings.upper("AbC").numpy()
    b'ABC'
    """
    return _each((lambda s: _bytes(_text(s).upper())) if encoding else bytes.upper, input)


@op("strings.strip", raw="StringStrip", device=False, differentiable=False)
def strip(input: String, name: Name = None):
    """Without white space at both ends.

    >>> import tfjax as tf
    >>> tf.strings.strip(" a ").numpy()
    b'a'
    """
    return _each(bytes.strip, input)


@op("strings.substr", raw="Substr", device=False, differentiable=False)
def substr(input: String, pos: IntOther, len: IntOther, unit: Static = "BYTE", name: Name = None):  # noqa: A002
    """`len` bytes (or characters) from position `pos` on; negative positions count from the end.

    >>> import tfjax as tf
    >>> tf.strings.substr("hello", 1, 3).numpy()
    b'ell'
    """
    characters = _check_unit(unit)

    def cut(s: bytes, start: int, count: int) -> bytes:
        whole: Any = _text(s) if characters else s
        size = whole.__len__()
        first = start + size if start < 0 else start
        if not 0 <= first <= size:
            raise InvalidArgumentError(None, None, f"pos {start} out of range for string b'{_text(s)}'")
        part = whole[first : first + max(count, 0)]
        return _bytes(part) if characters else part

    return _each(cut, input, pos, len)


def _pattern(pattern: str) -> re.Pattern[bytes]:
    try:
        return re.compile(_bytes(_text(pattern)))
    except re.error as error:
        raise InvalidArgumentError(None, None, f"Invalid pattern: {_text(pattern)}, error: {error}") from None


@op("strings.regex_replace", raw="RegexReplace", device=False, differentiable=False)
def regex_replace(input: String, pattern: Static, rewrite: Static, replace_global: Static = True, name: Name = None):
    r"""Matches of a pattern replaced; `\\1` in `rewrite` is a group, `\\0` the whole match.

    >>> import tfjax as tf
    >>> tf.strings.regex_replace("a1b2", "[0-9]", "#").numpy()
    b'a#b#'
    """
    compiled = _pattern(pattern)
    template = re.sub(rb"\\0", rb"\\g<0>", _bytes(_text(rewrite)))
    return _each(lambda s: compiled.sub(template, s, 0 if replace_global else 1), input)


@op("strings.regex_full_match", raw="RegexFullMatch", device=False, differentiable=False)
def regex_full_match(input: String, pattern: Static, name: Name = None):
    """Whether each string as a whole matches a pattern.

    >>> import tfjax as tf
    >>> tf.strings.regex_full_match(["ab", "b"], "a.*").numpy()
    array([ True, False])
    """
    compiled = _pattern(pattern)
    return _each(lambda s: compiled.fullmatch(s) is not None, input, dtype=np.bool_)


@export("strings.join")
def join(inputs: Any, separator: str = "", name: Any = None) -> Any:
    """Tensors of strings joined element by element, with broadcasting of scalars.

    >>> import tfjax as tf
    >>> tf.strings.join(["a", "b"], separator="-").numpy()
    b'a-b'
    """
    arrays = [to_tensor(t).host_value() for t in inputs]
    between = _bytes(_text(separator))
    return Tensor(np.asarray(_each(lambda *parts: between.join(parts), *arrays), object))


@export("strings.reduce_join")
def reduce_join(inputs: Any, axis: Any = None, keepdims: bool = False, separator: str = "", name: Any = None) -> Any:
    """All strings along `axis` (all axes by default) joined.

    >>> import tfjax as tf
    >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=1).numpy()
    array([b'ab', b'cd'], dtype=object)
    """
    array = to_tensor(inputs).host_value()
    axes = range(array.ndim) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    axes = [a % array.ndim for a in axes]
    between = _bytes(_text(separator))
    moved = np.moveaxis(array, axes, range(array.ndim - len(axes), array.ndim))
    kept = moved.shape[: array.ndim - len(axes)]
    found = np.empty(kept, object)
    for place in np.ndindex(kept):
        found[place] = between.join(moved[place].reshape(-1).tolist())
    if keepdims:
        found = found.reshape([1 if i in axes else n for i, n in enumerate(array.shape)])
    return Tensor(found)


@op("strings.to_number", raw="StringToNumber", device=False, differentiable=False)
def to_number(input: String, out_type: DTypeArg = dtypes.float32, name: Name = None):
    """Strings as numbers.

    Raises:
      InvalidArgumentError: a string that is no number.

    >>> import tfjax as tf
    >>> tf.strings.to_number(["1.5", "2"]).numpy()
    array([1.5, 2. ], dtype=float32)
    """
    convert = int if out_type.is_integer else float

    def number(s: bytes) -> Any:
        try:
            return convert(s)
        except ValueError:
            raise InvalidArgumentError(None, None, f"StringToNumberOp could not correctly convert string: {_text(s)}") from None

    return _each(number, input, dtype=out_type.np)


@op("strings.as_string", raw="AsString", device=False, differentiable=False)
def as_string(
    input: AnyTensor, precision: Static = -1, scientific: Static = False, shortest: Static = False, width: Static = -1,
    fill: Static = "", name: Name = None,
):
    """Numbers and booleans as strings; floats with 6 decimals, or `precision` of them.

    >>> import tfjax as tf
    >>> tf.strings.as_string([3, 12]).numpy()
    array([b'3', b'12'], dtype=object)
    """
    if scientific and shortest:
        raise InvalidArgumentError(None, None, "Cannot select both scientific and shortest notation")
    kind = "e" if scientific else "g" if shortest else "f"
    digits = f".{precision}" if precision >= 0 else ""
    pad = f"{fill}{width}" if width >= 0 else ""

    def text(value: Any) -> bytes:
        if isinstance(value, (np.bool_, bool)):
            return b"true" if value else b"false"
        if isinstance(value, bytes):
            return value
        return f"%{pad}{digits}{kind}".__mod__(value).encode() if np.issubdtype(type(value), np.floating) else f"%{pad}d".__mod__(value).encode()

    return _each(text, input)
