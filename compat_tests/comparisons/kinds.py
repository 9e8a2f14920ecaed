"""Kinds of arguments in the tables of calls: drawn tensors, objects of the library, and plain values.

`T(2, 3)` is a tensor whose dtype is the one that a case is about; `I(0, 5, 2, 3)` holds indices;
anything that is not one of these classes is passed as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compat_tests import inputs

SHORT = {"float32": "f32", "float64": "f64", "float16": "f16", "bfloat16": "bf16", "string": "str"}
#: Values put in front of a float tensor's, by the name of the mutation.
SPECIALS = {
    "nan": [np.nan],
    "inf": [np.inf, -np.inf],
    "zero": [0.0, -0.0],
    "large": [3e4, -3e4],
    "small": [1e-7, -1e-7],
    "minus": [-1.0, -2.0],
}


@dataclass(frozen=True)
class Drawn:
    """A tensor with numbers drawn from a fixed seed.

    Attributes:
      shape: its shape.
      low, high: the range; None draws normal numbers.
      dtype: the dtype.
      free: the dtype is the case's to choose.
      special: a key of SPECIALS, "extremes" of an integer dtype, or "" for neither.
      form: "tensor", "numpy", "list" or "variable": how it is passed.
      content: given values instead of drawn ones.
      spd: a symmetric positive definite matrix.
    """

    shape: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None
    dtype: str = "float32"
    free: bool = True
    special: str = ""
    form: str = "tensor"
    content: Any = None
    spd: bool = False

    def draw(self, dtype: str, name: str) -> np.ndarray:
        """The array; `dtype` is the harness' and plays no part."""
        rng = np.random.default_rng([5, zlib.crc32(name.encode())])
        values = self._numbers(rng)
        if self.special in SPECIALS and values.size and self.dtype in (*inputs.FLOATS, *inputs.COMPLEX):
            values = np.array(values)
            some = np.resize(SPECIALS[self.special], min(values.size, 3))
            values.reshape(-1)[: some.size] = some
        array = self._typed(values, rng)
        if self.special == "extremes" and self.dtype in inputs.INTS and array.size:
            limits = np.iinfo(self.dtype)
            some = np.resize(np.array([limits.max, limits.min, 0], self.dtype), min(array.size, 3))
            array = np.array(array)
            array.reshape(-1)[: some.size] = some
        return array

    def _numbers(self, rng: np.random.Generator) -> np.ndarray:
        if self.content is not None:
            return np.asarray(self.content)
        if self.spd:
            m = rng.normal(size=self.shape)
            return m @ np.swapaxes(m, -1, -2) + 2.0 * np.eye(self.shape[-1])
        if self.low is None:
            return rng.normal(size=self.shape) * 3.0
        if not self.free:
            return rng.integers(int(self.low), int(self.high or 1), size=self.shape)
        return rng.uniform(self.low, self.high, size=self.shape)

    def _typed(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.dtype == "string":
            if values.dtype.kind in "SUO":
                return values.astype(object)
            return np.array([f"s{v:.2f}".encode() for v in values.reshape(-1)], object).reshape(values.shape)
        if values.dtype.kind in "SUO":
            return np.arange(1, values.size + 1).reshape(values.shape).astype(inputs.numpy_dtype(self.dtype))
        if self.dtype == "bool":
            return values > 0
        if self.dtype in inputs.COMPLEX and not np.iscomplexobj(values) and not self.special and self.content is None:
            return (values + 1j * rng.normal(size=values.shape)).astype(self.dtype)
        if self.dtype in inputs.UNSIGNED:
            return np.abs(np.rint(values)).astype(self.dtype)
        if self.dtype in inputs.SIGNED:
            return np.rint(values).astype(self.dtype)
        return values.astype(inputs.numpy_dtype(self.dtype))

    def made(self, tf: Any, name: str) -> Any:
        """The argument in a form that is no tensor."""
        array = self.draw("", name)
        if self.form == "numpy":
            return array
        if self.form == "list":
            return array.astype(object).tolist() if array.dtype != object else array.tolist()
        return tf.Variable(array)

    def __repr__(self) -> str:
        mark = {"tensor": "", "numpy": "np.", "list": "list ", "variable": "Variable "}[self.form]
        dims = "x".join(map(str, self.shape)) if self.content is None else repr(self.content).replace("\n", "")[:60]
        special = f" {self.special}" if self.special else ""
        return f"{mark}{SHORT.get(self.dtype, self.dtype)}[{dims}]{special}"


@dataclass(frozen=True)
class Made:
    """An object that the library itself makes: `build(tf, *parts)`, with drawn parts."""

    build: Callable[..., Any]
    parts: tuple[Drawn, ...] = ()
    label: str = "object"

    def made(self, tf: Any, name: str) -> Any:
        parts = [part.draw("", f"{name}.{i}") for i, part in enumerate(self.parts)]
        return self.build(tf, *[tf.constant(p, tf.string) if p.dtype == object else tf.constant(p) for p in parts])

    def __repr__(self) -> str:
        return f"{self.label}({', '.join(map(repr, self.parts))})" if self.parts else self.label


def T(*shape: int, dtype: str = "float32") -> Drawn:
    """Normal numbers."""
    return Drawn(shape, dtype=dtype)


def P(*shape: int) -> Drawn:
    """Positive numbers."""
    return Drawn(shape, 1.0, 6.0)


def U(*shape: int) -> Drawn:
    """Numbers between 0 and 1."""
    return Drawn(shape, 0.05, 0.95)


def M(*shape: int) -> Drawn:
    """Symmetric positive definite matrices."""
    return Drawn(shape, spd=True)


def Int(*shape: int, low: int = 1, high: int = 20) -> Drawn:
    """Integers of the dtype that the case is about."""
    return Drawn(shape, low, high, dtype="int32")


def I(low: int, high: int, *shape: int, dtype: str = "int32") -> Drawn:  # noqa: E743
    """Indices, sizes, labels in `[low, high)`."""
    return Drawn(shape, low, high, dtype, free=False)


def V(content: Any, dtype: str = "int32", free: bool = False) -> Drawn:
    """Given values."""
    return Drawn(np.shape(content), dtype=dtype, free=free, content=content)


def B(*shape: int) -> Drawn:
    """Booleans."""
    return Drawn(shape, dtype="bool", free=False)


def S(content: Any) -> Drawn:
    """Strings."""
    return Drawn(np.shape(content), dtype="string", content=content)


def X(build: Callable[[Any], Any], label: str = "object") -> Made:
    """An object made with the library, such as a function that uses it."""
    return Made(build, (), label)


def D(name: str) -> Made:
    """A dtype."""
    return Made(lambda tf: getattr(tf, name), (), f"tf.{name}")


def SP(*shape: int, cells: Any = ((0, 1), (1, 0), (1, 2)), dtype: str = "float32") -> Made:
    """A sparse tensor."""
    dense = list(shape or (2, 3))
    return Made(
        lambda tf, v: tf.SparseTensor(tf.constant(cells, tf.int64, [len(cells), len(dense)]), v, dense),
        (Drawn((len(cells),), dtype=dtype),),
        f"SparseTensor{dense}",
    )


def RG(*lengths: int, inner: tuple[int, ...] = (), dtype: str = "float32") -> Made:
    """A ragged tensor."""
    rows = lengths or (2, 0, 3)
    return Made(
        lambda tf, v: tf.RaggedTensor.from_row_lengths(v, tf.constant(rows, tf.int64)),
        (Drawn((sum(rows), *inner), dtype=dtype),),
        f"RaggedTensor{list(rows)}",
    )


def with_dtype(value: Any, dtype: str) -> Any:
    """The argument with the case's dtype, where it has one to choose."""
    if isinstance(value, Drawn) and value.free:
        return replace(value, dtype=dtype)
    if isinstance(value, Made):
        return replace(value, parts=tuple(with_dtype(p, dtype) for p in value.parts))
    if isinstance(value, list):
        return [with_dtype(v, dtype) for v in value]
    return value


def has_free(value: Any) -> bool:
    """Whether the argument's dtype is the case's to choose."""
    if isinstance(value, Made):
        return any(map(has_free, value.parts))
    if isinstance(value, list):
        return any(map(has_free, value))
    return isinstance(value, Drawn) and value.free


def call(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of one call."""
    return args, kwargs


def same(calls: list[Any], names: str) -> dict[str, list[Any]]:
    """The same calls for several names."""
    return dict.fromkeys(names.split(), calls)
