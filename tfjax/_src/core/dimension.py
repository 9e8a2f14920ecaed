"""tf.compat.v1.Dimension: one size of a shape, as TensorFlow 1 had it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from tfjax._src.core.export import export


@export("compat.v1.Dimension")
class Dimension:
    """A size or None. Comparisons and sums with an unknown size are None or unknown."""

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        if isinstance(value, Dimension):
            value = value._value
        try:
            self._value = None if value is None else operator.index(value)
        except TypeError:
            raise TypeError(f"Dimension value must be integer or None or have an __index__ method, got value '{value!r}' with type '{type(value)!r}'") from None
        if self._value is not None and self._value < 0:
            raise ValueError(f"Dimension {self._value} must be >= 0")

    @property
    def value(self) -> int | None:
        """The size, or None."""
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """True if both may be the same size."""
        other = Dimension(other)
        return self._value is None or other._value is None or self._value == other._value

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError unless both may be the same size."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        """What is known from both. Raises ValueError if they differ."""
        self.assert_is_compatible_with(other)
        return Dimension(other) if self._value is None else self

    def __int__(self) -> int:
        return int(self._value)  # type: ignore[arg-type]

    def __index__(self) -> int:
        return self._value  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)


def _install(name: str, result: Callable[[Any], Any], reflected: bool) -> None:
    function = getattr(operator, name)

    def forward(self: Dimension, other: Any) -> Any:
        try:
            other = Dimension(other)
        except (TypeError, ValueError):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        return result(None if a._value is None or b._value is None else function(a._value, b._value))

    setattr(Dimension, f"__{'r' if reflected else ''}{name}__", forward)


for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _install(_name, lambda value: value, False)
for _name in ("add", "sub", "mul", "floordiv", "mod"):
    _install(_name, Dimension, False)
    _install(_name, Dimension, True)
