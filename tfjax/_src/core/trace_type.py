"""TraceType, the base of types and specs, and their way to protocol buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.core.export import export


@export("types.experimental.TraceType")
class TraceType:
    """Base class of what `__tf_tracing_type__` returns: tells tf.function when to trace again.

    Subclasses give `is_subtype_of(other)`, `most_specific_common_supertype(others)`,
    `placeholder_value(context)`, `__eq__` and `__hash__`.
    """

    __slots__ = ()

    def is_subtype_of(self, other: Any) -> bool:
        """True if a trace for `other` serves values of this type."""
        return self == other

    def most_specific_common_supertype(self, others: Any) -> Any:
        """A type that includes this one and all `others`, or None."""
        return self if all(self == other for other in others) else None

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """What stands for a value of this type while a function is traced: None."""
        return None

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors that a value consists of: none."""
        return []

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        """The value that consists of these tensors; none are taken."""
        return self.placeholder_value(None)

    def flatten(self) -> list[Any]:
        """The types of the tensors that a value consists of: none."""
        return []

    def cast(self, value: Any, cast_context: Any) -> Any:
        """`value` itself. Raises AssertionError if it differs from the placeholder's."""
        if value != self.placeholder_value(None):
            raise AssertionError(f"Can not cast {value!r} to type {self!r}")
        return value


# What turns types into messages: a function that loads it, put here by its layer.
_codec: list[Callable[[], Any]] = []


def register_codec(load: Callable[[], Any]) -> None:
    """Tells where `to_proto`, `from_proto` and `proto_class` are."""
    _codec[:] = [load]


class Serializable:
    """Types that a protocol buffer can hold."""

    __slots__ = ()

    def experimental_as_proto(self) -> Any:
        """The type as a protocol buffer."""
        return _codec[0]().to_proto(self)

    @classmethod
    def experimental_type_proto(cls) -> Any:
        """The class of the protocol buffers of such types."""
        return _codec[0]().proto_class(cls)

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> Any:
        """The type that a protocol buffer describes."""
        return _codec[0]().from_proto(cls, proto)
