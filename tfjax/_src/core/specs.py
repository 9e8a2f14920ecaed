"""Type specs: what is known of a tensor before it exists."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.core.trace_type import Serializable, TraceType

# The class Tensor, put here by its module.
_tensor_type: list[Any] = []
_spec_makers: list[tuple[type, Callable[[Any], Any]]] = []


@export("TypeSpec")
class TypeSpec(TraceType, Serializable):
    """Base class of the descriptions of values: tensors, ragged tensors, datasets, …"""

    @property
    def value_type(self) -> Any:
        """The class of the values."""
        raise NotImplementedError(f"{type(self).__name__}.value_type")

    def _serialize(self) -> tuple[Any, ...]:
        """What the constructor needs to make the spec again."""
        raise NotImplementedError(f"{type(self).__name__}._serialize")

    def _key(self) -> tuple[Any, ...]:
        return self._serialize()

    @classmethod
    def _deserialize(cls, serialization: tuple[Any, ...]) -> Any:
        return cls(*serialization)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """True if a value, or the values of another spec, can be described by this one."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else type_spec_from_value(spec_or_value)
        return type(self) is type(other) and _compatible(self._key(), other._key())

    def is_subtype_of(self, other: Any) -> bool:
        """True if every value of this spec is one of `other`."""
        return type(self) is type(other) and _subtype(self._key(), other._key())

    def most_specific_common_supertype(self, others: Any) -> Any:
        """The most specific spec that includes this one and `others`; None if there is none."""
        try:
            return functools.reduce(lambda spec, other: spec.most_specific_compatible_type(other), others, self)
        except ValueError:
            return None

    def most_specific_compatible_type(self, other: Any) -> Any:
        """The most specific spec that includes both. Raises ValueError if there is none."""
        if type(self) is not type(other):
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self._deserialize(_merged(self._key(), other._key(), (self, other)))

    def _component_tensors(self, value: Any) -> list[Any]:
        components = self._to_components(value)  # type: ignore[attr-defined]
        return nest.flatten(components, expand_composites=True)

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors that a value consists of."""
        return self._component_tensors(value)

    def from_tensors(self, tensors: Any) -> Any:
        """The value that consists of these tensors."""
        structure = self._component_specs  # type: ignore[attr-defined]
        tensors = iter(tensors)
        parts = [
            spec.from_tensors([next(tensors) for _ in spec.flatten()]) for spec in nest.flatten(structure)
        ]
        return self._from_components(nest.pack_sequence_as(structure, parts))  # type: ignore[attr-defined]

    def flatten(self) -> list[Any]:
        """The specs of the tensors that a value consists of."""
        structure = self._component_specs  # type: ignore[attr-defined]
        return [spec for part in nest.flatten(structure) for spec in part.flatten()]

    def cast(self, value: Any, casting_context: Any = None) -> Any:
        """`value` itself. Raises TypeError if it does not fit."""
        if not self.is_compatible_with(value):
            raise TypeError(f"Can not cast {value!r} to {self!r}")
        return value

    def placeholder_value(self, placeholder_context: Any = None) -> Any:
        """A value of this spec made of zeros; unknown sizes count as 1."""
        return self.from_tensors([spec.placeholder_value() for spec in self.flatten()])

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()  # type: ignore[attr-defined]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), _hashable(self._key())))

    def __reduce__(self) -> Any:
        return type(self)._deserialize, (self._serialize(),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._serialize()!r}"


def _hashable(key: Any) -> Any:
    if isinstance(key, dict):
        return tuple((k, _hashable(v)) for k, v in sorted(key.items()))
    return tuple([_hashable(k) for k in key]) if isinstance(key, (list, tuple)) else key


def _pairs(a: Any, b: Any) -> list[tuple[Any, Any]] | None:
    """Corresponding elements of two containers of one structure, else None."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [(a[k], b[k]) for k in a] if list(a) == list(b) else None
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return list(zip(a, b)) if len(a) == len(b) else None
    return None


def _compatible(a: Any, b: Any) -> bool:
    if isinstance(a, (list, tuple, dict)):
        pairs = _pairs(a, b)
        return pairs is not None and all([_compatible(x, y) for x, y in pairs])
    if isinstance(a, (TypeSpec, TensorShape)):
        return (isinstance(b, type(a)) or isinstance(a, TensorShape)) and a.is_compatible_with(b)
    return type(a) is type(b) and a == b


def _subtype(a: Any, b: Any) -> bool:
    if isinstance(a, (list, tuple, dict)):
        pairs = _pairs(a, b)
        return pairs is not None and all([_subtype(x, y) for x, y in pairs])
    return a.is_subtype_of(b) if isinstance(a, (TypeSpec, TensorShape)) else a == b


def _merged(a: Any, b: Any, specs: Any) -> Any:
    if isinstance(a, (list, tuple, dict)) and (pairs := _pairs(a, b)) is not None:
        merged = [_merged(x, y, specs) for x, y in pairs]
        return dict(zip(a, merged)) if isinstance(a, dict) else type(a)(merged)
    if isinstance(a, TensorShape):
        return a.most_specific_compatible_shape(b)
    if isinstance(a, TypeSpec):
        return a.most_specific_compatible_type(b)
    if a != b:
        raise ValueError(f"No TypeSpec is compatible with both {specs[0]} and {specs[1]}")
    return a


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

    value_type = property(lambda self: _tensor_type[0])

    def _serialize(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype, self._name)

    def _key(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype)

    def flatten(self) -> list[TensorSpec]:
        """The spec itself."""
        return [self]

    def to_tensors(self, value: Any) -> list[Any]:
        """The value itself."""
        return [value]

    def from_tensors(self, tensors: Any) -> Any:
        """The one tensor."""
        return next(iter(tensors))

    def placeholder_value(self, placeholder_context: Any = None) -> Any:
        """Zeros; unknown sizes count as 1."""
        dims = [1 if d is None else d for d in self._shape.as_list()]
        empty = b"" if self._dtype is dtypes.string else 0
        return _tensor_type[0](np.full(dims, empty, self._dtype.np))

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """True if dtype is equal and the shapes are compatible."""
        dtype = getattr(spec_or_tensor, "dtype", None)
        return dtype == self._dtype and self._shape.is_compatible_with(spec_or_tensor.shape)

    def most_specific_compatible_type(self, other: TensorSpec) -> TensorSpec:
        """The most specific spec that includes both."""
        if not isinstance(other, TensorSpec) or other._dtype != self._dtype:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
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
