"""TensorShape: a shape whose dimensions, or whose rank, may be unknown."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Iterator
from typing import Any

from tfjax._src.core.dimension import Dimension
from tfjax._src.core.export import export
from tfjax._src.core.trace_type import Serializable, TraceType


# As TensorFlow 1 showed shapes: sizes that programs ask for are `Dimension`s, unknown ones print as `?`.
_old = {"sizes": False}


def show_dimensions(wanted: bool) -> None:
    """Whether sizes are given as `Dimension`, to everyone but tfjax itself."""
    _old["sizes"] = wanted


def _asked_by_program() -> bool:
    return not sys._getframe(2).f_globals.get("__name__", "").startswith("tfjax.")


class _Sizes(threading.local):
    def __init__(self) -> None:
        self.shown = False


_sizes = _Sizes()


@contextlib.contextmanager
def showing_symbolic_sizes() -> Iterator[None]:
    """Symbolic sizes of traced tensors show as expressions, not as None: for exports."""
    previous = _sizes.shown
    _sizes.shown = True
    try:
        yield
    finally:
        _sizes.shown = previous


def _dimension(value: Any) -> int | None:
    if value is None or type(value) is int:
        number = value
    elif isinstance(value, Dimension):
        number = value.value
    else:
        try:
            number = value.__index__()
        except (AttributeError, TypeError):
            if type(value).__name__ == "_DimExpr":
                return value if _sizes.shown else None
            raise TypeError(
                f"Dimension value must be integer or None or have an __index__ method, got value "
                f"'{value!r}' with type '{type(value)!r}'"
            ) from None
    if number is not None and number < 0:
        raise ValueError(f"Dimension {number} must be >= 0")
    return number


@export("TensorShape")
class TensorShape(TraceType, Serializable):
    """The shape of a tensor: known, partly known (None for a size), or of unknown rank.

    Args:
      dims: sizes (ints or None), another shape, or None for an unknown rank.

    >>> TensorShape([2, None]).as_list()
    [2, None]
    """

    __slots__ = ("_dims",)

    def __init__(self, dims: Any) -> None:
        if type(dims) is tuple and all([type(d) is int for d in dims]):
            self._dims: tuple[int | None, ...] | None = dims
            if any([d < 0 for d in dims]):
                raise ValueError(f"Dimension {min(dims)} must be >= 0")
        elif dims is None:
            self._dims = None
        elif isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif hasattr(dims, "__iter__") and not isinstance(dims, (str, bytes)):
            self._dims = tuple([_dimension(d) for d in dims])
        else:
            self._dims = (_dimension(dims),)

    # -- facts ---------------------------------------------------------------------------------
    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None."""
        return None if self._dims is None else len(self._dims)

    ndims = rank

    @property
    def dims(self) -> list[Dimension] | None:
        """The dimensions as `Dimension` objects."""
        return None if self._dims is None else [Dimension(d) for d in self._dims]

    def as_list(self) -> list[int | None]:
        """The sizes as a list. Raises ValueError if the rank is unknown."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def as_tuple(self) -> tuple[int | None, ...]:
        """The sizes as a tuple."""
        return tuple(self.as_list())

    def num_elements(self) -> int | None:
        """The number of elements, or None where a size is unknown."""
        if self._dims is None or None in self._dims:
            return None
        count = 1
        for d in self._dims:
            count *= d  # type: ignore[operator]
        return count

    def is_fully_defined(self) -> bool:
        """True if rank and every size are known."""
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError unless everything is known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    # -- relations -----------------------------------------------------------------------------
    def is_compatible_with(self, other: Any) -> bool:
        """True if one tensor could have both shapes."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return True
        if len(self._dims) != len(other._dims):
            return False
        return all([a is None or b is None or a == b for a, b in zip(self._dims, other._dims)])

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless the shapes are compatible."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def is_subtype_of(self, other: Any) -> bool:
        """True if every tensor of this shape has the shape `other` too."""
        other = as_shape(other)
        if other._dims is None:
            return True
        if self._dims is None or len(self._dims) != len(other._dims):
            return False
        return all([b is None or a == b for a, b in zip(self._dims, other._dims)])

    def merge_with(self, other: Any) -> TensorShape:
        """What both shapes tell together. Raises ValueError if they contradict."""
        other = as_shape(other)
        if self._dims is None:
            return other
        if other._dims is None:
            return self
        self.assert_same_rank(other)
        self.assert_is_compatible_with(other)
        return TensorShape([b if a is None else a for a, b in zip(self._dims, other._dims)])

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The most specific shape that includes both."""
        other = as_shape(other)
        if self._dims is None or other._dims is None or len(self._dims) != len(other._dims):
            return TensorShape(None)
        return TensorShape([a if a == b else None for a, b in zip(self._dims, other._dims)])

    def most_specific_common_supertype(self, others: Any) -> TensorShape:
        """As `most_specific_compatible_shape`, of several shapes."""
        return functools.reduce(TensorShape.most_specific_compatible_shape, others, self)

    def concatenate(self, other: Any) -> TensorShape:
        """This shape followed by `other`."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape(None)
        return TensorShape([*self._dims, *other._dims])

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError if both ranks are known and differ."""
        other = as_shape(other)
        if self.rank is not None and other.rank is not None and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError if the rank is known to differ."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, known to have `rank`. Raises ValueError if it cannot."""
        if self._dims is None:
            return TensorShape([None] * rank)
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape. Raises ValueError if its rank is less."""
        if self.rank is not None and self.rank < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape. Raises ValueError if its rank is more."""
        if self.rank is not None and self.rank > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    as_proto = Serializable.experimental_as_proto

    # -- Python protocols ----------------------------------------------------------------------
    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[int | None]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(d) for d in self._dims] if _old["sizes"] and _asked_by_program() else self._dims)

    def __getitem__(self, key: Any) -> Any:
        if self._dims is None:
            return TensorShape(None) if isinstance(key, slice) else None
        if isinstance(key, slice):
            return TensorShape(self._dims[key])
        return Dimension(self._dims[key]) if _old["sizes"] and _asked_by_program() else self._dims[key]

    def __eq__(self, other: object) -> bool:
        try:
            return self._dims == as_shape(other)._dims
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._dims)

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __reduce__(self) -> Any:
        return TensorShape, (self._dims,)

    def __repr__(self) -> str:
        return f"TensorShape({self.dims if _old['sizes'] or self._dims is None else list(self._dims)})"

    def __str__(self) -> str:
        text = "<unknown>" if self._dims is None else str(self._dims)
        return text.replace("None", "?") if _old["sizes"] else text

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@export("python.framework.tensor_shape.as_shape")
def as_shape(shape: Any) -> TensorShape:
    """`shape` as a TensorShape."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


@export("compat.dimension_value")
def dimension_value(dimension: Any) -> int | None:
    """The int (or None) of a `Dimension`, int or None."""
    return dimension.value if isinstance(dimension, Dimension) else dimension


@export("compat.dimension_at_index")
def dimension_at_index(shape: Any, index: int) -> Dimension:
    """Dimension number `index` of a shape."""
    shape = as_shape(shape)
    return Dimension(None if shape.rank is None else shape[index])
