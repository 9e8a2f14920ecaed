"""Type specs: what is known of a tensor before it exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape

_spec_makers: list[tuple[type, Callable[[Any], Any]]] = []


@export("TypeSpec")
class TypeSpec:
    """Base class of the descriptions of values: tensors, ragged tensors, datasets, …"""

    def _key(self) -> tuple[Any, ...]:
        raise NotImplementedError("A TypeSpec says what makes two of its kind equal.")

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """True if a value, or the values of another spec, can be described by this one."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else type_spec_from_value(spec_or_value)
        return type(self) is type(other) and self._key() == other._key()

    def is_subtype_of(self, other: Any) -> bool:
        """True if every value of this spec is one of `other`."""
        return other.is_compatible_with(self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()  # type: ignore[attr-defined]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), self._key()))


@export("TensorSpec")
class TensorSpec(TypeSpec):
    """Shape and dtype of a tensor.

    Args:
      shape: sizes, None where unknown.
      dtype: float32 by default.
      name: shown in its repr.

    >>> TensorSpec([None, 2])
    TensorSpec(shape=(None, 2), dtype=tf.float32, name=None)
    """

    __slots__ = ("_shape", "_dtype", "_name")

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self._shape = TensorShape(shape)
        self._dtype = dtypes.as_dtype(dtype)
        self._name = name

    @property
    def shape(self) -> TensorShape:
        """The shape."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name, or None."""
        return self._name

    def _key(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype)

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """True if dtype is equal and the shapes are compatible."""
        dtype = getattr(spec_or_tensor, "dtype", None)
        return dtype == self._dtype and self._shape.is_compatible_with(spec_or_tensor.shape)

    def most_specific_compatible_type(self, other: TensorSpec) -> TensorSpec:
        """The most specific spec that includes both."""
        return TensorSpec(self._shape.most_specific_compatible_shape(other._shape), self._dtype, self._name)

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """A TensorSpec like `spec`."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """The spec of a tensor."""
        return cls(tensor.shape, tensor.dtype, name)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"


def register_spec_of(cls: type, maker: Callable[[Any], Any]) -> None:
    """Tells how to describe instances of `cls`."""
    _spec_makers.append((cls, maker))


@export("type_spec_from_value")
def type_spec_from_value(value: Any) -> Any:
    """The spec that describes `value`. Raises TypeError if there is none."""
    if hasattr(value, "_type_spec"):
        return value._type_spec
    for cls, maker in _spec_makers:
        if isinstance(value, cls):
            return maker(value)
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return TensorSpec(value.shape, value.dtype)
    raise TypeError(f"Could not build a TypeSpec for {value!r} with type {type(value).__name__}.")
