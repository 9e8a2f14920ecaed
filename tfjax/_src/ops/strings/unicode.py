"""Strings as code points and characters, and changes of encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import IntOther, Name, Static, String
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.ragged import ragged_tensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.strings import scripts
from tfjax._src.ops.strings.elements import filled, mapped, refused, text
from tfjax._src.ops.strings.joining import under

_OUTPUT = ("UTF-8", "UTF-16-BE", "UTF-32-BE")
_ERRORS = ("ignore", "replace", "strict")
_LIMIT = 0x110000


def _codec(encoding: Any, op_name: str) -> str:
    try:
        return codecs.lookup(text(encoding)).name
    except LookupError:
        raise InvalidArgumentError(None, None, f"Could not create converter for input encoding: {text(encoding)} [Op:{op_name}]") from None


class _Decoder:
    """Decodes strings; `errors`, the replacement and control characters are TensorFlow's options."""

    def __init__(self, encoding: Any, errors: str, replacement: int, controls: bool, op_name: str) -> None:
        if errors not in _ERRORS:
            raise refused(op_name, "errors", errors, _ERRORS)
        if not 0 <= replacement < _LIMIT or 0xD800 <= replacement < 0xE000:
            raise InvalidArgumentError(None, None, f"replacement_char out of unicode codepoint range [Op:{op_name}]")
        self.codec, self.errors, self.op_name = _codec(encoding, op_name), errors, op_name
        self.replacement, self.controls = chr(replacement), controls
        self.filler = "" if errors == "ignore" else self.replacement

    def text(self, value: bytes) -> str:
        """The characters of one string."""
        try:
            found = value.decode(self.codec)
        except UnicodeDecodeError:
            found = "".join(self.pieces(value)[0])
        return self.cleaned(found) if self.controls else found

    def cleaned(self, found: str) -> str:
        return "".join([self.filler if c < " " or "\x7f" <= c < "\xa0" else c for c in found])

    def pieces(self, value: bytes) -> tuple[list[str], list[int]]:
        """(characters, byte offset of each); what cannot be read gives the replacement, or nothing."""
        found, offsets, at = [], [], 0
        while at < len(value):
            try:
                good, end = value[at:].decode(self.codec), len(value)
                bad = None
            except UnicodeDecodeError as error:
                if self.errors == "strict":
                    raise InvalidArgumentError(None, None, f"Invalid formatting on input string [Op:{self.op_name}]") from None
                good, end, bad = value[at : at + error.start].decode(self.codec), at + error.start, at + error.end
            for c in good:
                found.append(c)
                offsets.append(at)
                at += len(c.encode(self.codec))
            at = end
            if bad is not None:
                if self.filler:
                    found.append(self.filler)
                    offsets.append(at)
                at = bad
        return found, offsets

    def offsets(self, value: bytes) -> tuple[str, list[int]]:
        """(characters, byte offset of each)."""
        if self.codec == "utf-8" and value.isascii() and not self.controls:
            return value.decode(), list(range(len(value)))
        found, offsets = self.pieces(value)
        if self.controls:
            kept = [(self.cleaned(c), o) for c, o in zip(found, offsets)]
            found, offsets = [c for c, _ in kept if c], [o for c, o in kept if c]
        return "".join(found), offsets


def _on_flat(input: Any, function: Callable[[list[bytes]], tuple[Any, ...]]) -> Any:
    """`function` gives row lengths and flat results: vectors for a scalar, else one ragged dimension more."""
    if isinstance(input, RaggedTensor):
        found = _on_flat(input.flat_values, function)
        return tuple([input.with_flat_values(f) for f in found])
    array = to_tensor(input, dtypes.string).host_value() if not isinstance(input, Tensor) else input.host_value()
    lengths, *results = function(array.reshape(-1).tolist())
    if array.ndim == 0:
        return tuple([Tensor(r) for r in results])
    splits = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=splits[1:])
    kept = Tensor(splits)
    return tuple([under(ragged_tensor.of_splits(Tensor(r), kept), array.shape) for r in results])


def _codes(rows: list[str]) -> np.ndarray:
    return np.frombuffer("".join(rows).encode("utf-32-le", "surrogatepass"), np.int32)


@export("strings.unicode_decode")
@recorded
def unicode_decode(
    input: Any, input_encoding: Any, errors: str = "replace", replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False, name: Any = None,
) -> Any:
    """The code points of each string.

    Args:
      input: strings; ragged ones too.
      input_encoding: such as `"UTF-8"`.
      errors: for what cannot be decoded: `"replace"`, `"ignore"` or `"strict"`.
      replacement_char: the code point that stands for it.
      replace_control_characters: whether control characters are replaced as well.
      name: no effect.

    Returns:
      int32: a vector for a scalar, else a RaggedTensor with one dimension more.

    >>> import tfjax as tf
    >>> tf.strings.unicode_decode(["ab", "c"], "UTF-8")
    <tf.RaggedTensor [[97, 98], [99]]>
    """
    decoder = _Decoder(input_encoding, errors, replacement_char, replace_control_characters, "UnicodeDecode")

    def decode(flat: list[bytes]) -> tuple[Any, ...]:
        rows = [decoder.text(s) for s in flat]
        return [len(r) for r in rows], _codes(rows)

    return _on_flat(input, decode)[0]


@export("strings.unicode_decode_with_offsets")
@recorded
def unicode_decode_with_offsets(
    input: Any, input_encoding: Any, errors: str = "replace", replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False, name: Any = None,
) -> tuple[Any, Any]:
    """The code points of each string, and the byte where each begins; arguments as of `unicode_decode`.

    >>> import tfjax as tf
    >>> tf.strings.unicode_decode_with_offsets("ñb", "UTF-8")[1].numpy()
    array([0, 2])
    """
    decoder = _Decoder(input_encoding, errors, replacement_char, replace_control_characters, "UnicodeDecodeWithOffsets")

    def decode(flat: list[bytes]) -> tuple[Any, ...]:
        rows = [decoder.offsets(s) for s in flat]
        offsets = np.array([o for _, own in rows for o in own], np.int64)
        return [len(r) for r, _ in rows], _codes([r for r, _ in rows]), offsets

    return _on_flat(input, decode)


def _characters(rows: list[str], codec: str) -> np.ndarray:
    joined = "".join(rows)
    known = {c: c.encode(codec) for c in set(joined)}
    return filled([known[c] for c in joined], (len(joined),))


@export("strings.unicode_split")
@recorded
def unicode_split(input: Any, input_encoding: Any, errors: str = "replace", replacement_char: int = 0xFFFD, name: Any = None) -> Any:
    """Each string cut into its characters; arguments as of `unicode_decode`.

    >>> import tfjax as tf
    >>> tf.strings.unicode_split(["ab", "c"], "UTF-8")
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
    """
    decoder = _Decoder(input_encoding, errors, replacement_char, False, "UnicodeDecode")

    def cut(flat: list[bytes]) -> tuple[Any, ...]:
        rows = [decoder.text(s) for s in flat]
        return [len(r) for r in rows], _characters(rows, decoder.codec)

    return _on_flat(input, cut)[0]


@export("strings.unicode_split_with_offsets")
@recorded
def unicode_split_with_offsets(
    input: Any, input_encoding: Any, errors: str = "replace", replacement_char: int = 0xFFFD, name: Any = None
) -> tuple[Any, Any]:
    """Each string cut into its characters, and the byte where each begins; arguments as of `unicode_decode`.

    >>> import tfjax as tf
    >>> tf.strings.unicode_split_with_offsets("ñb", "UTF-8")[1].numpy()
    array([0, 2])
    """
    decoder = _Decoder(input_encoding, errors, replacement_char, False, "UnicodeDecodeWithOffsets")

    def cut(flat: list[bytes]) -> tuple[Any, ...]:
        rows = [decoder.offsets(s) for s in flat]
        offsets = np.array([o for _, own in rows for o in own], np.int64)
        return [len(r) for r, _ in rows], _characters([r for r, _ in rows], decoder.codec), offsets

    return _on_flat(input, cut)


def _output_codec(encoding: Any, op_name: str) -> str:
    if text(encoding) not in _OUTPUT:
        raise refused(op_name, "output_encoding", text(encoding), _OUTPUT)
    return codecs.lookup(text(encoding)).name


@export("strings.unicode_encode")
@recorded
def unicode_encode(input: Any, output_encoding: Any, errors: str = "replace", replacement_char: int = 0xFFFD, name: Any = None) -> Any:
    """Strings from the code points along the last axis.

    Args:
      input: int32 code points, ragged or not.
      output_encoding: `"UTF-8"`, `"UTF-16-BE"` or `"UTF-32-BE"`.
      errors: for what is no code point: `"replace"`, `"ignore"` or `"strict"`.
      replacement_char: the code point that stands for it.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.strings.unicode_encode([[97, 98], [99, 100]], "UTF-8").numpy()
    array([b'ab', b'cd'], dtype=object)
    """
    codec = _output_codec(output_encoding, "UnicodeEncode")
    if errors not in _ERRORS:
        raise refused("UnicodeEncode", "errors", errors, _ERRORS)
    filler = "" if errors == "ignore" else chr(replacement_char)

    def join(row: list[int]) -> bytes:
        found = []
        for code in row:
            bad = not 0 <= code < _LIMIT or 0xD800 <= code < 0xE000
            if bad and errors == "strict":
                raise InvalidArgumentError(None, None, "Code point is out of range for Unicode, or is a surrogate. [Op:UnicodeEncode]")
            found.append(filler if bad else chr(code))
        return "".join(found).encode(codec)

    if isinstance(input, RaggedTensor):
        if isinstance(input.values, RaggedTensor):
            return input.with_values(unicode_encode(input.values, output_encoding, errors, replacement_char))
        if input.values.shape.rank > 1:
            return input.with_values(unicode_encode(input.values, output_encoding, errors, replacement_char))
        return Tensor(filled([join(row) for row in input.to_list()], (input.shape[0],)))
    array = to_tensor(input, None, dtypes.int32).host_value()
    if array.ndim == 0:
        raise ValueError("input_tensor's rank must be at least 1.")
    rows = array.reshape(int(np.prod(array.shape[:-1], dtype=np.int64)), array.shape[-1])
    return Tensor(filled([join(row) for row in rows.tolist()], array.shape[:-1]))


@op("strings.unicode_transcode", raw="UnicodeTranscode", device=False, differentiable=False)
def unicode_transcode(
    input: String, input_encoding: Static, output_encoding: Static, errors: Static = "replace",
    replacement_char: Static = 0xFFFD, replace_control_characters: Static = False, name: Name = None,
):
    """Strings in another encoding; arguments as of `unicode_decode` and `unicode_encode`.

    >>> import tfjax as tf
    >>> tf.strings.unicode_transcode("a", "UTF-8", "UTF-16-BE").numpy()
    b'\\x00a'
    """
    decoder = _Decoder(input_encoding, errors, replacement_char, replace_control_characters, "UnicodeTranscode")
    codec = _output_codec(output_encoding, "UnicodeTranscode")
    return mapped(lambda s: decoder.text(s).encode(codec), input)


@op("strings.unicode_script", raw="UnicodeScript", device=False, differentiable=False)
def unicode_script(input: IntOther, name: Name = None):
    """The number that ICU gives the script of each code point; -1 for what is none.

    >>> import tfjax as tf
    >>> tf.strings.unicode_script([97, 0x4E00]).numpy()
    array([25, 17], dtype=int32)
    """
    return scripts.scripts_of(input)
