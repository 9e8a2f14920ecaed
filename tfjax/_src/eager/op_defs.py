"""What TensorFlow's op definitions say of an op's inputs: dtypes, and which of them are one.

The table `op_defs.txt` is written by `tools/op_defs.py`. The gate asks once per op; its check of
dtypes runs once per op and combination of dtypes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tfjax._src.core import dtypes, errors
from tfjax._src.core.dtypes import DType
from tfjax._src.eager import frame as frames
from tfjax._src.eager.args import TensorArg
from tfjax._src.eager.convert import short_name

_LETTERS = {
    "B": 14, "h": 19, "f": 1, "d": 2, "b": 6, "s": 5, "i": 3, "l": 9, "u": 4, "t": 17, "w": 22, "q": 23,
    "c": 8, "z": 18, "?": 10, "S": 7, "1": 11, "2": 12, "3": 13, "4": 15, "5": 16, "r": 20, "v": 21,
    "6": 29, "7": 30, "8": 24, "9": 25,
}  # fmt: skip
_BY_LETTER = {letter: dtypes.as_dtype(number) for letter, number in _LETTERS.items()}
_OWN_ORDER = tuple(_BY_LETTER[letter] for letter in "BhfdbsilutwqczS?")


@dataclass(frozen=True)
class Port(TensorArg):
    """A tensor parameter together with the op definition's input.

    Attributes:
      input: the input's name.
      number: the place among the inputs.
      attribute: the definition's name of the dtype.
      listed: the dtypes that the definition allows, in its order; None for all.
      fixed: the only dtype, where the definition leaves no choice.
      more: further dtypes, which TensorFlow's function gives to another op.
    """

    input: str = ""
    number: int = 0
    attribute: str = "T"
    listed: tuple[DType, ...] | None = None
    fixed: DType | None = None
    more: frozenset[DType] = frozenset()


@functools.cache
def _table() -> dict[str, str]:
    text = Path(__file__).with_name("op_defs.txt").read_text()
    return dict(line.split(" ", 1) for line in text.splitlines())


@functools.cache
def _definition(raw: str) -> tuple[list[tuple[str, str]], dict[str, tuple[DType, ...]]]:
    inputs, _, allowed = _table().get(raw, "|").partition("|")
    pairs = [tuple(entry.split(":", 1)) for entry in inputs.split()]
    lists = (entry.split("=", 1) for entry in allowed.split())
    return pairs, {name: tuple([_BY_LETTER[letter] for letter in letters]) for name, letters in lists}


def ports(
    raw: str, other: str, tensors: Sequence[tuple[int, TensorArg]], params: Sequence[str]
) -> list[tuple[int, TensorArg]]:
    """The parameters of an op, those joined with an input that TensorFlow's definition of `raw` has.

    A parameter belongs to the input of its name, else to the one at its place. Where `other` names
    an op, all the dtypes that it allows are allowed too.
    """
    more = frozenset(d for listed in _definition(other)[1].values() for d in listed)
    inputs, allowed = _definition(raw)
    places = {name: k for k, (name, _) in enumerate(inputs)}
    found: list[tuple[int, TensorArg]] = []
    for slot, (i, spec) in enumerate(tensors):
        number = places.get(params[i], slot)
        if number < len(inputs):
            spec = _joined(spec, number, *inputs[number], allowed)
            if more and isinstance(spec, Port):
                spec = replace(spec, more=more)
        found.append((i, spec))
    return found


def _joined(
    spec: TensorArg, number: int, name: str, kind: str, allowed: dict[str, tuple[DType, ...]]
) -> TensorArg:
    many, _, attribute = kind.rpartition("*")
    if ("*" in kind) != spec.many or ("*" in kind and not many):
        return spec
    port = Port(**vars(spec), input=name, number=number)
    if attribute.startswith("="):
        fixed = _BY_LETTER.get(attribute[1:])
        if fixed is None or (spec.allowed is not None and fixed not in spec.allowed):
            return spec
        return replace(port, letter="", default=fixed, fixed=fixed)
    return replace(port, letter=attribute, attribute=attribute, listed=allowed.get(attribute))


def check(raw: str, given: Sequence[tuple[TensorArg, DType]], slots: Sequence[str]) -> None:
    """Raises TensorFlow's error unless the op takes tensors of these dtypes together.

    Args:
      raw: the op's name.
      given: parameter and dtype of every tensor.
      slots: the names of the tensors' parameters, for messages.
    """
    if frames.current() is not None:
        _check_traced(raw, given, slots)
    else:
        _check_eager(raw, given)
    for spec, dtype in given:
        if isinstance(spec, Port) and spec.allowed is not None and dtype not in spec.allowed:
            raise _no_kernel(raw, spec, dtype)


def _check_eager(raw: str, given: Sequence[tuple[TensorArg, DType]]) -> None:
    first: dict[str, DType] = {}
    for spec, dtype in given:
        if not spec.letter or spec.letter not in first:
            first.setdefault(spec.letter, dtype)
            _check_listed(raw, spec, dtype)
    for position, (spec, dtype) in enumerate(given):
        expected = getattr(spec, "fixed", None) or (first[spec.letter] if spec.letter else dtype)
        if dtype != expected:
            place = position if any(s.many for s, _ in given) else getattr(spec, "number", position)
            raise _refused(
                raw,
                f"cannot compute {raw} as input #{place}(zero-based) was expected to be a "
                f"{short_name(expected)} tensor but is a {short_name(dtype)} tensor",
            )


def _check_listed(raw: str, spec: TensorArg, dtype: DType) -> None:
    listed = spec.listed if isinstance(spec, Port) else spec.allowed
    if listed is None or dtype in listed or (isinstance(spec, Port) and dtype in spec.more):
        return
    order = listed if isinstance(spec, Port) else [d for d in _OWN_ORDER if d in listed]
    allowed = ", ".join([short_name(d) for d in order])
    name = spec.attribute if isinstance(spec, Port) else "T"
    text = f"Value for attr '{name}' of {short_name(dtype)} is not in the list of allowed values: {allowed}"
    raise _refused(raw, f"{text}\n\t; NodeDef: {{{{node {raw}}}}}")


def _check_traced(raw: str, given: Sequence[tuple[TensorArg, DType]], slots: Sequence[str]) -> None:
    first: dict[str, tuple[str, DType]] = {}
    for (spec, dtype), slot in zip(given, slots, strict=True):
        name = getattr(spec, "input", slot)
        fixed = getattr(spec, "fixed", None)
        if fixed is not None and dtype != fixed:
            raise TypeError(
                f"Input '{name}' of '{raw}' Op has type {dtype.name} that does not match expected type of "
                f"{fixed.name}."
            )
        if not spec.letter or spec.letter not in first:
            first.setdefault(spec.letter, (name, dtype))
            _check_listed_traced(raw, spec, dtype, name)
        elif first[spec.letter][1] != dtype:
            other, expected = first[spec.letter]
            if spec.many and other == name:
                names = ", ".join([d.name for s, d in given if s is spec])
                text = f"Tensors in list passed to '{name}' of '{raw}' Op have types [{names}] that don't all match."
                raise TypeError(text)
            raise TypeError(
                f"Input '{name}' of '{raw}' Op has type {dtype.name} that does not match type "
                f"{expected.name} of argument '{other}'."
            )


def _check_listed_traced(raw: str, spec: TensorArg, dtype: DType, name: str) -> None:
    if not isinstance(spec, Port):
        _check_listed(raw, spec, dtype)
    elif spec.listed is not None and dtype not in spec.listed and dtype not in spec.more:
        allowed = ", ".join([d.name for d in spec.listed])
        text = f"Value passed to parameter '{name}' has DataType {dtype.name} not in list of allowed values: {allowed}"
        raise TypeError(text)


def _refused(raw: str, message: str) -> Exception:
    # TensorFlow finds wrong dtypes before it picks a kernel, and names no function.
    return errors.InvalidArgumentError(None, None, f"{message} [Op:{raw}] name: ")


def _no_kernel(raw: str, spec: Port, dtype: DType) -> Exception:
    text = f"Could not find device for node: {{{{node {raw}}}}} = {raw}[{spec.attribute}=DT_{_proto_name(dtype)}]"
    return errors.NotFoundError(None, None, f"{text}\nAll kernels registered for op {raw}:\n  [Op:{raw}] name: ")


def _proto_name(dtype: DType) -> str:
    return {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}.get(dtype.name, dtype.name.upper())
