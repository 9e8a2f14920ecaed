"""Turns what a case returned under either library into plain records, and compares them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

#: (relative, absolute) by dtype. Integers, booleans and strings must be equal.
TOLERANCES = {
    "bfloat16": (1.6e-2, 1e-2),
    "float16": (2e-3, 1e-3),
    "float32": (1e-5, 1e-6),
    "float64": (1e-10, 1e-12),
    "complex64": (1e-5, 1e-5),
    "complex128": (1e-10, 1e-11),
}


@dataclass
class Array:
    """A tensor, variable or NumPy array, by value."""

    kind: str
    dtype: str
    shape: tuple[int, ...]
    value: np.ndarray


@dataclass
class Failure:
    """An exception, by class name and normalised text."""

    kind: str
    text: str


def record(value: Any) -> Any:
    """Describes a value so that results of two libraries can be compared."""
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return value
    if isinstance(value, dict):
        return {key: record(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (kind, [record(item) for item in value])
    if isinstance(value, (np.ndarray, np.generic)):
        return Array("numpy", value.dtype.name, value.shape, np.asarray(value))
    if kind == "RaggedTensor":
        return (kind, [record(value.flat_values), *map(record, value.nested_row_splits)])
    if kind in ("SparseTensor", "IndexedSlices"):
        dense_shape = value.dense_shape
        return (kind, [record(value.indices), record(value.values), record(dense_shape)])
    if kind == "TensorShape":
        return (kind, None if value.rank is None else value.as_list())
    if kind == "DType":
        return (kind, value.name)
    if hasattr(value, "numpy") and hasattr(value, "dtype"):
        array = np.asarray(value.numpy())
        kind = "variable" if hasattr(value, "assign") else "tensor"
        return Array(kind, value.dtype.name, tuple(value.shape), array)
    if isinstance(value, type) or callable(value):
        return ("callable", getattr(value, "__name__", kind))
    return (kind, re.sub(r"0x[0-9a-f]+", "0x", repr(value)))


def failure(error: BaseException) -> Failure:
    """Describes an exception without what differs by design: node names, addresses, modules."""
    text = str(getattr(error, "message", None) or error)
    if "in user code:" in text:
        text = re.split(r"\n\s+\w*(?:Error|Exception)\w*: ", text)[-1]
    text = re.sub(r"\{\{[^}]*\}\}\s*", "", text)
    text = re.sub(r"\s*\[Op:\w+\]", "", text)
    text = re.sub(r"\s+name:\s*\S*\s*$", "", text)
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(r"<class '(?:[\w.]*\.)?(\w+)'>", r"<class '\1'>", text)
    return Failure(type(error).__name__, re.sub(r"\s+", " ", text).strip())


def differences(
    ours: Any, theirs: Any, tolerance: tuple[float, float] | None = None, factor: float = 1.0
) -> str | None:
    """Says how two records differ, or returns None.

    Args:
      ours: tfjax's record.
      theirs: TensorFlow's record.
      tolerance: (relative, absolute) in place of the table's.
      factor: widens the table's tolerance, as for gradients.
    """
    return _differ(ours, theirs, tolerance, factor, "result")


def _differ(ours: Any, theirs: Any, tolerance: Any, factor: float, where: str) -> str | None:
    if isinstance(ours, Array) and isinstance(theirs, Array):
        return _arrays_differ(ours, theirs, tolerance, factor, where)
    if type(ours) is not type(theirs):
        return f"{where}: tfjax gave {ours!r}, TensorFlow {theirs!r}"
    if isinstance(ours, (list, tuple)):
        if len(ours) != len(theirs):
            return f"{where}: tfjax gave {len(ours)} items, TensorFlow {len(theirs)}"
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs, strict=True))]
    elif isinstance(ours, dict):
        if list(ours) != list(theirs):
            return f"{where}: tfjax gave keys {list(ours)}, TensorFlow {list(theirs)}"
        pairs = [(key, ours[key], theirs[key]) for key in ours]
    else:
        pairs = []
        if isinstance(ours, (float, complex)):
            equal = np.allclose(ours, theirs, *(tolerance or (1e-6, 1e-7)), equal_nan=True)
        else:
            equal = ours == theirs
        if not equal:
            return f"{where}:\n  tfjax:      {ours!r}\n  TensorFlow: {theirs!r}"
    for key, a, b in pairs:
        message = _differ(a, b, tolerance, factor, f"{where}[{key!r}]")
        if message:
            return message
    return None


def _arrays_differ(
    ours: Array, theirs: Array, tolerance: Any, factor: float, where: str
) -> str | None:
    for aspect in ("kind", "dtype", "shape"):
        if getattr(ours, aspect) != getattr(theirs, aspect):
            return (
                f"{where}: {aspect} is {getattr(ours, aspect)} under tfjax, "
                f"{getattr(theirs, aspect)} under TensorFlow"
            )
    if ours.value.dtype != theirs.value.dtype:
        return f"{where}: NumPy dtype {ours.value.dtype}, TensorFlow's is {theirs.value.dtype}"
    if ours.dtype in TOLERANCES:
        relative, absolute = tolerance or TOLERANCES[ours.dtype]
        wide = complex if "complex" in ours.dtype else float
        a, b = ours.value.astype(wide), theirs.value.astype(wide)
        near = np.isclose(a, b, relative * factor, absolute * factor, equal_nan=True)
    else:
        near = np.asarray(ours.value == theirs.value)
    if near.all():
        return None
    place = tuple(int(i) for i in np.argwhere(~near)[0])
    return (
        f"{where}: {int((~near).sum())} of {near.size} values differ ({ours.dtype}), first at "
        f"{list(place)}: tfjax {ours.value[place]!r}, TensorFlow {theirs.value[place]!r}"
    )
