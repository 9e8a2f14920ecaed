"""A strategy for each kind of parameter: from a valid call to cases, valid and not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compat_tests.comparisons.kinds import D, Drawn, Made, X, has_free, with_dtype
from compat_tests.inputs import INTS, NUMERIC

DTYPES = (*NUMERIC, "bool", "string")
#: Strings that a parameter of this name takes.
CHOICES = {
    "padding": ["SAME", "VALID", "same", "FULL"],
    "data_format": ["NHWC", "NCHW", "NWC", "NDHWC", "channels_last"],
    "mode": ["CONSTANT", "REFLECT", "SYMMETRIC", "reflect", "SCALED"],
    "method": ["bilinear", "nearest", "area", "lanczos3", "gaussian", "mitchellcubic", "bicubic"],
    "direction": ["ASCENDING", "DESCENDING", "UP"],
    "unit": ["BYTE", "UTF8_CHAR", "UTF16"],
    "ord": ["euclidean", "fro", 1, 2, np.inf, 3.5],
    "align": ["RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"],
    "side": ["left", "right"],
    "norm": ["ortho", None],
    "combiner": ["sum", "mean", "sqrtn", "max"],
    "errors": ["replace", "ignore", "strict"],
    "input_encoding": ["UTF-8", "UTF-16-BE", "UTF-32-BE", "LATIN1", "US-ASCII"],
}
#: How many slots, of what kind, a shape of a single tensor is tried with.
RANKS = ((), (0,), (1,), (5,), (1, 3), (2, 0), (0, 3), (2, 3, 2), (2, 1, 1, 3))
LARGE = 2**40


@dataclass(frozen=True)
class Call:
    """A public name with arguments."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    what: str = "valid"

    def slots(self) -> list[tuple[Any, Any]]:
        return [*enumerate(self.args), *self.kwargs]

    def replaced(self, what: str, changes: dict[Any, Any]) -> Call:
        args = tuple(changes.get(i, v) for i, v in enumerate(self.args))
        return replace(self, args=args, kwargs=tuple((k, changes.get(k, v)) for k, v in self.kwargs), what=what)

    def __str__(self) -> str:
        parts = [text(a) for a in self.args] + [f"{k}={text(v)}" for k, v in self.kwargs]
        return f"{self.name}({', '.join(parts)})"


def text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(text, value))}]"
    return repr(value).replace("\n", " ")[:90] if not callable(value) else getattr(value, "__name__", "callable")


def drawn_slots(call: Call) -> list[tuple[Any, Drawn]]:
    return [(k, v) for k, v in call.slots() if isinstance(v, Drawn)]


def dtypes(call: Call) -> Iterator[Call]:
    """Every dtype, for all tensors that share one; then one tensor of another dtype than the rest."""
    free = [(k, v) for k, v in call.slots() if has_free(v)]
    if free:
        for dtype in DTYPES:
            yield call.replaced("dtype", {k: with_dtype(v, dtype) for k, v in free})
    if len(free) > 1:
        for key, value in free:
            for dtype in ("float64", "int32", "string"):
                yield call.replaced("dtypes differ", {key: with_dtype(value, dtype)})
    for key, value in drawn_slots(call):
        if not value.free:
            for dtype in ("int64", "int16", "uint8", "float32", "bool", "string", "complex64"):
                yield call.replaced("index dtype", {key: replace(value, dtype=dtype)})


def resized(value: Drawn, shape: tuple[int, ...]) -> Drawn:
    if value.content is not None:
        flat = np.asarray(value.content).reshape(-1)
        size = int(np.prod(shape))
        if not flat.size and size:
            flat = np.zeros(1, flat.dtype)
        content = np.resize(flat, shape).tolist() if size else np.zeros(shape, flat.dtype)
        return replace(value, shape=shape, content=content)
    if value.spd and (len(shape) < 2 or shape[-1] != shape[-2]):
        return replace(value, shape=shape, spd=False)
    return replace(value, shape=shape)


def shapes(call: Call) -> Iterator[Call]:
    """Other ranks and sizes: of all tensors together, then of each alone."""
    slots = drawn_slots(call)
    common = {v.shape for _, v in slots}
    if len(common) == 1:
        for shape in RANKS:
            yield call.replaced("shape", {k: resized(v, shape) for k, v in slots})
    elif slots:
        yield call.replaced("batch", {k: resized(v, (2, *v.shape)) for k, v in slots})
        yield call.replaced("empty batch", {k: resized(v, (0, *v.shape)) for k, v in slots})
        yield call.replaced("lower rank", {k: resized(v, v.shape[1:]) for k, v in slots})
        yield call.replaced("empty", {k: resized(v, (0, *v.shape[1:])) for k, v in slots if v.shape})
    for key, value in slots:
        for shape in single_shapes(value.shape):
            yield call.replaced("one shape", {key: resized(value, shape)})


def single_shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    found = [(), (1, *shape), (1,) * len(shape), shape[1:], (0, *shape[1:]), (3, 2, *shape)]
    for axis in range(len(shape)):
        found.append((*shape[:axis], shape[axis] + 1, *shape[axis + 1 :]))
        found.append((*shape[:axis], 0, *shape[axis + 1 :]))
    return [s for s in dict.fromkeys(found) if s != shape]


def numbers(call: Call) -> Iterator[Call]:
    """NaN, infinities, zeros, extremes; indices out of range; odd strings."""
    free = [(k, v) for k, v in drawn_slots(call) if v.free and v.dtype != "string"]
    for special in ("nan", "inf", "zero", "large", "small", "minus"):
        for dtype in ("float32", "float64", "float16") if special in ("nan", "inf") else ("float32",):
            if free:
                changes = {k: replace(v, special=special, dtype=dtype, spd=False) for k, v in free}
                yield call.replaced("value", changes)
    for dtype in ("int32", "int8", "uint8", "int64", "uint32"):
        if free:
            yield call.replaced("extremes", {k: replace(v, special="extremes", dtype=dtype, spd=False) for k, v in free})
    for key, value in drawn_slots(call):
        if value.dtype == "string":
            for odd in ("", "\u00fc\u4e16\U0001f600", "\xff\xfe", "a" * 300, " \t\n"):
                content = np.full(value.shape, odd.encode("latin1" if odd == "\xff\xfe" else "utf-8"), object)
                yield call.replaced("text", {key: replace(value, content=content.tolist())})
        elif not value.free and value.dtype in INTS:
            for number in (-1, 0, 7, -(2**31), 2**31 - 1):
                yield call.replaced("index", {key: replace(value, content=np.full(value.shape, number).tolist())})


class Stranger:
    """An object that no op takes."""

    def __repr__(self) -> str:
        return "object()"


STRANGER = Stranger()
BAD_TENSORS: tuple[Any, ...] = (
    None, STRANGER, "text", [[1.0], [2.0, 3.0]], {"a": 1}, [None], 1 + 2j, 2**70, 3, 2.5, True, [], b"bytes", [["a", 1]],
    X(lambda tf: tf.TensorShape([2, 3]), "TensorShape"), X(lambda tf: tf.float32, "dtype"), np.array([object()]), len,
)  # fmt: skip
BAD_FIXED: tuple[Any, ...] = (None, STRANGER, "text", [], 1.5)
INT_VALUES = (-1, 0, 1, 2, 3, -2, -3, 7, -7, LARGE, 1.5, "a", None, [1], True, np.int64(1), STRANGER)
FLOAT_VALUES = (0.0, -1.0, 0.25, 2.5, 1e30, float("nan"), float("inf"), 1, None, "a", [0.5, 0.5], STRANGER)
BOOL_VALUES = (True, False, None, 1, "a", STRANGER)
NONE_VALUES = (0, 1, -1, 2, -3, 5, [0], [0, 1], [1, -1], [0, 0], [], [5], True, 1.5, "a", STRANGER)


def plain(value: Any, name: Any) -> list[Any]:
    """Other values for a static argument, by what it is."""
    if isinstance(value, bool):
        return list(BOOL_VALUES)
    if isinstance(value, (int, np.integer)):
        return [*INT_VALUES, Drawn((), dtype="int32", free=False, content=int(value))]
    if isinstance(value, float):
        return [*FLOAT_VALUES, Drawn((), dtype="float32", free=False, content=value)]
    if isinstance(value, str):
        return [*CHOICES.get(name, ["", value.upper()]), "wrong", None, 3, STRANGER]
    if value is None:
        return list(NONE_VALUES)
    if isinstance(value, Made):
        return [D(d) for d in DTYPES] + [None, "float64", "wrong", int, np.float32, 3, STRANGER] if value.label.startswith("tf.") else []
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, (int, np.integer)) for v in value):
        return _int_lists(list(value))
    return []


def _int_lists(value: list[int]) -> list[Any]:
    found: list[Any] = [[*value[:k], n, *value[k + 1 :]] for k in range(len(value)) for n in (0, -1, 2, -2, 50)]
    found += [value[1:], [*value, 1], [], [float(v) for v in value], None, "a", value[0], [*value[:-1], None]]
    found += [[*value[:-1], LARGE], [value], STRANGER, tuple(value), np.array(value)]
    return found + [Drawn((len(value),), dtype=d, free=False, content=value) for d in ("int64", "int32", "float32")]


def statics(call: Call) -> Iterator[Call]:
    """Axes, flags, sizes, names of modes: each over its range and beyond."""
    for key, value in call.slots():
        for other in plain(value, key):
            yield call.replaced("argument", {key: other})


def strangers(call: Call) -> Iterator[Call]:
    """Objects in place of tensors; tensors in other forms; too few arguments and too many."""
    for key, value in call.slots():
        if isinstance(value, (Drawn, Made)) or (isinstance(value, list) and has_free(value)):
            label = isinstance(value, Made) and (not value.parts or value.label.startswith("tf."))
            for bad in BAD_FIXED if label or (isinstance(value, Drawn) and not value.free) else BAD_TENSORS:
                yield call.replaced("object", {key: bad})
        if isinstance(value, Drawn):
            for form in ("numpy", "list", "variable"):
                if form != "variable" or value.dtype != "string":
                    yield call.replaced("form", {key: replace(value, form=form)})
    if call.args:
        yield replace(call, args=call.args[:-1], what="too few")
        yield replace(call, args=(), what="too few")
    yield replace(call, kwargs=(*call.kwargs, ("unknown_argument", 1)), what="unknown argument")
    yield replace(call, kwargs=(*call.kwargs, ("name", "a_name")), what="name")


STRATEGIES: tuple[Callable[[Call], Iterator[Call]], ...] = (dtypes, shapes, numbers, statics, strangers)


def cases(call: Call) -> list[Call]:
    """The call and every single mutation of it."""
    found = {str(call): call}
    for strategy in STRATEGIES:
        for case in strategy(call):
            found.setdefault(str(case), case)
    return list(found.values())


def pairs(call: Call, rng: np.random.Generator, count: int) -> list[Call]:
    """Random pairs of mutations, the second applied to what the first gave."""
    found: dict[str, Call] = {}
    for _ in range(count):
        first = list(STRATEGIES[int(rng.integers(4))](call))
        if not first:
            continue
        middle = first[int(rng.integers(len(first)))]
        second = list(STRATEGIES[int(rng.integers(5))](middle))
        if second:
            case = second[int(rng.integers(len(second)))]
            found.setdefault(str(case), replace(case, what=f"{middle.what}, {case.what}"))
    return list(found.values())


def compiled(call: Call) -> list[Call]:
    """What the compiled tiers run: the call, one other dtype, one other shape."""
    found = [call]
    for strategy in (shapes, dtypes):
        others = [c for c in strategy(call) if c.what in ("shape", "batch", "dtype") and str(c) != str(call)]
        if others:
            found.append(others[7 if strategy is shapes and len(others) > 7 else (2 if len(others) > 2 else 0)])
    return found
