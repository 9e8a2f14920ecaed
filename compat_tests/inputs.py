"""Inputs of parity cases: dtype families, and recipes that draw an array of any dtype.

A recipe, such as `normal(2, 3)`, is the default value of a case's parameter. The harness draws from
it once per dtype and hands the same array to both libraries as a tensor.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import ml_dtypes
import numpy as np

HALVES = ("bfloat16", "float16")
SINGLES = ("float32", "float64")
FLOATS = (*HALVES, *SINGLES)
COMPLEX = ("complex64", "complex128")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTS = (*SIGNED, *UNSIGNED)
REAL = (*FLOATS, *INTS)
NUMERIC = (*REAL, *COMPLEX)
INDEX = ("int32", "int64")
BOOL = ("bool",)
STRING = ("string",)
ANY = (*NUMERIC, *BOOL)

#: One of each kind: for behaviour that does not depend on the width.
KINDS = ("float32", "int32", "complex64", "bool")


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype behind a TensorFlow dtype name."""
    if name == "string":
        return np.dtype(object)
    return np.dtype(getattr(ml_dtypes, name, name))


def is_differentiable(name: str) -> bool:
    """Whether gradients flow through values of this dtype."""
    return name in FLOATS or name in COMPLEX


@dataclass(frozen=True)
class Recipe:
    """Draws one array: `floats` makes float64 numbers, `draw` turns them into any dtype."""

    floats: Callable[[np.random.Generator], np.ndarray]
    dtype: str | None = None
    seed: int = 0
    label: str = ""

    def of(self, dtype: str) -> Recipe:
        """The same recipe with a dtype of its own, whatever dtype the case runs with."""
        return replace(self, dtype=dtype)

    def draw(self, dtype: str, salt: str) -> np.ndarray:
        """Returns the array; equal arguments give equal arrays."""
        dtype = self.dtype or dtype
        rng = np.random.default_rng([self.seed, zlib.crc32(salt.encode())])
        values = np.asarray(self.floats(rng))
        if dtype == "string":
            return np.vectorize(lambda v: f"s{v:.3f}".encode(), otypes=[object])(values)
        if dtype == "bool":
            return values > 0
        if dtype in COMPLEX:
            if not np.iscomplexobj(values):
                values = values + 1j * np.asarray(self.floats(rng))
            return values.astype(dtype)
        if dtype in UNSIGNED:
            return np.abs(np.rint(values)).astype(dtype)
        if dtype in SIGNED:
            return np.rint(values).astype(dtype)
        return values.astype(numpy_dtype(dtype))


def normal(*shape: int, scale: float = 3.0, seed: int = 0) -> Recipe:
    """Normal numbers with standard deviation `scale`; rounded for integer types."""
    return Recipe(lambda rng: rng.normal(size=shape) * scale, seed=seed, label=f"normal{shape}")


def uniform(*shape: int, low: float = -1.0, high: float = 1.0, seed: int = 0) -> Recipe:
    """Uniform numbers in `[low, high)`."""
    return Recipe(
        lambda rng: rng.uniform(low, high, size=shape), seed=seed, label=f"uniform{shape}"
    )


def positive(*shape: int, seed: int = 0) -> Recipe:
    """Numbers in `[1, 6)`: safe below a division, a logarithm, a root."""
    return uniform(*shape, low=1.0, high=6.0, seed=seed)


def integers(*shape: int, low: int = 0, high: int = 5, dtype: str = "int32", seed: int = 0):
    """Whole numbers in `[low, high)`, of their own dtype: indices, sizes, labels."""
    return Recipe(
        lambda rng: rng.integers(low, high, size=shape), dtype, seed, label=f"integers{shape}"
    )


def booleans(*shape: int, seed: int = 0) -> Recipe:
    """True and False alike."""
    return normal(*shape, seed=seed).of("bool")


def distinct(*shape: int, seed: int = 0) -> Recipe:
    """A permutation of consecutive numbers around 0: no ties, for sorting and arg-extremes."""
    size = int(np.prod(shape))
    return Recipe(
        lambda rng: (rng.permutation(size) - size // 2).reshape(shape), seed=seed, label="distinct"
    )


def values(array: Any, dtype: str | None = None) -> Recipe:
    """Exactly these numbers (floats, so that infinities and NaN can be among them)."""
    fixed = np.asarray(array)
    if fixed.dtype == object or fixed.dtype.kind in "SU":
        fixed = np.asarray(array, dtype=object)
        return _Fixed(lambda rng: fixed, "string", label="values")
    return Recipe(lambda rng: fixed, dtype, label=f"values{fixed.shape}")


class _Fixed(Recipe):
    """Strings are passed on as they are."""

    def draw(self, dtype: str, salt: str) -> np.ndarray:
        return self.floats(np.random.default_rng(0))
