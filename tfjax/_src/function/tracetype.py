"""Trace types: what tf.function knows of an argument when it chooses a trace.

Two calls with equal types share a trace. A type may be more general than another (`[None]` than
`[3]`): a trace for the general one serves calls with the other.
"""

from __future__ import annotations

import weakref
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.core.trace_type import TraceType
from tfjax._src.eager.tensor import Tensor


@export("types.experimental.SupportsTracingProtocol")
class SupportsTracingProtocol:
    """Base class of values that give their own trace type, by `__tf_tracing_type__(context)`."""


class Literal(TraceType):
    """A Python value: 1, "a", None, a dtype."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Literal[{self.value!r}]"


class ObjectType(TraceType):
    """An object compared by identity, or by its own equality if it defines one; held weakly."""

    __slots__ = ("ident", "ref", "by_identity")

    def __init__(self, obj: Any, by_identity: bool = True) -> None:
        self.ident = id(obj) if by_identity else hash(obj)
        self.by_identity = by_identity
        try:
            self.ref: Any = weakref.ref(obj)
        except TypeError:
            self.ref = lambda: obj

    def __hash__(self) -> int:
        return self.ident

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ObjectType) or self.ident != other.ident:
            return False
        mine, theirs = self.ref(), other.ref()
        if mine is None or theirs is None:
            return False
        return mine is theirs or not self.by_identity and bool(mine == theirs)

    def __repr__(self) -> str:
        return (
            f"Weakref[{self.ref!r}])"
            if isinstance(self.ref, weakref.ref)
            else f"Reference[{self.ref()!r}]"
        )


class VariableType(TraceType):
    """A Variable: any other of the same shape and dtype is served by the same trace."""

    def __init__(self, shape: Any, dtype: Any, trainable: bool, alias_id: int) -> None:
        self.shape, self.dtype, self.trainable, self.alias_id = shape, dtype, trainable, alias_id

    def _key(self) -> tuple[Any, ...]:
        return (tuple(self.shape), self.dtype, self.trainable, self.alias_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VariableType) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return (
            f"VariableSpec(shape={self.shape}, dtype={self.dtype!r}, trainable={self.trainable}, "
            f"alias_id={self.alias_id})"
        )


def is_variable(value: Any) -> bool:
    """True for a tf.Variable (and a Keras variable)."""
    return not isinstance(value, Tensor) and hasattr(value, "_dense_var_to_tensor")


_LITERALS = (bool, int, float, complex, str, bytes, type(None), TensorShape, type)


class Typing:
    """Gives the types of the leaves of one call; Variables are numbered in order."""

    def __init__(self) -> None:
        self.aliases: dict[int, int] = {}

    def leaf(self, value: Any) -> Any:
        """The type of one leaf."""
        if isinstance(value, TensorSpec):
            return TensorSpec(value.shape, value.dtype)
        if isinstance(value, Tensor):
            return TensorSpec(value.shape, value.dtype)
        if isinstance(value, (np.ndarray, np.generic, jax.Array)) and value.dtype.kind not in "US":
            return TensorSpec(value.shape, dtypes.as_dtype(value.dtype))
        if isinstance(value, (np.ndarray, np.generic)):
            return TensorSpec(value.shape, dtypes.string)
        if hasattr(value, "__tf_tracing_type__"):
            return value.__tf_tracing_type__(self)
        if is_variable(value) and hasattr(value, "trainable"):
            alias = self.aliases.setdefault(id(value), len(self.aliases))
            return VariableType(
                value.shape, dtypes.as_dtype(value.dtype), bool(value.trainable), alias
            )
        if isinstance(value, _LITERALS):
            return Literal(value)
        if isinstance(value, TypeSpec):
            return value
        if isinstance(getattr(value, "_type_spec", None), TypeSpec):  # a dataset, an iterator
            return value._type_spec
        if isinstance(value, dtypes.DType):
            return ObjectType(value)  # it equals its number
        return object_type(value)


def object_type(value: Any) -> Any:
    """The type of an object of a class that tf.function knows nothing of."""
    cls = type(value)
    if cls.__hash__ is object.__hash__:
        return ObjectType(value)
    try:
        hash(value)
    except TypeError:
        raise TypeError(
            f"Could not generate a generic TraceType for {value!r}."
            "Please verify that it is immutable/hashable. Otherwise, consider implementing the "
            "Tracing Protocol for it."
        ) from None
    return ObjectType(value, by_identity=False)


# Types of which none includes another; specs of composite tensors among them.
_EQUAL = (Literal, ObjectType, VariableType, TypeSpec)


def is_subtype(one: Any, other: Any) -> bool:
    """True if a trace for leaf type `other` serves values of leaf type `one`."""
    if isinstance(one, TensorSpec) and isinstance(other, TensorSpec):
        return one.dtype == other.dtype and _shape_within(one.shape, other.shape)
    if isinstance(one, TraceType) and not isinstance(one, _EQUAL):
        return type(one) is type(other) and bool(one.is_subtype_of(other))
    return type(one) is type(other) and one == other


def _shape_within(one: TensorShape, other: TensorShape) -> bool:
    if other.rank is None:
        return True
    if one.rank != other.rank:
        return False
    return all(b is None or a == b for a, b in zip(one.as_list(), other.as_list()))


def supertype(one: Any, other: Any) -> Any:
    """The most specific leaf type that includes both; None if there is none."""
    if isinstance(one, TensorSpec) and isinstance(other, TensorSpec):
        if one.dtype != other.dtype:
            return None
        return TensorSpec(one.shape.most_specific_compatible_shape(other.shape), one.dtype)
    if isinstance(one, TraceType) and not isinstance(one, _EQUAL):
        return one.most_specific_common_supertype([other])
    return one if type(one) is type(other) and one == other else None


def text(value: Any, typing: Typing) -> str:
    """A nest of types, or of values with their types, as TensorFlow writes it."""
    if isinstance(value, dict):
        inner = ", ".join(f"[{key!r}, {text(v, typing)}]" for key, v in value.items())
        return f"Dict[{inner}]"
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        inner = ", ".join(f"[{k!r}, {text(v, typing)}]" for k, v in value._asdict().items())
        return f"{type(value).__name__}[{inner}]"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(text(v, typing) for v in value)
        return f"{'List' if isinstance(value, list) else 'Tuple'}[{inner}]"
    if nest.is_nested(value):
        return repr(value)
    if isinstance(value, TraceType) and not isinstance(value, (TensorShape, dtypes.DType)):
        return repr(value)
    if hasattr(value, "_type_spec") and not isinstance(value, Tensor):
        return repr(value._type_spec)
    return repr(typing.leaf(value))
