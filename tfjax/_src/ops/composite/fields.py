"""The fields of extension types: which annotations there may be, and values converted to them."""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape, as_shape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite.base import CompositeTensor

_PLAIN = (int, float, str, bytes, bool, type(None))


class ImmutableDict(Mapping):
    """A mapping that cannot be changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._items = dict(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: Any) -> bool:
        return key in self._items

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._items.items())))

    def __repr__(self) -> str:
        return f"ImmutableDict({self._items!r})"


def _origin(annotation: Any) -> Any:
    origin = typing.get_origin(annotation)
    return typing.Union if origin is types.UnionType else origin


def _is_tuple(annotation: Any) -> bool:
    return _origin(annotation) is tuple


def _is_mapping(annotation: Any) -> bool:
    origin = _origin(annotation)
    return isinstance(origin, type) and issubclass(origin, collections.abc.Mapping)


def check_annotation(annotation: Any, name: str) -> None:
    """Raises TypeError for an annotation that no field can have."""
    problem = _problem(annotation)
    if problem is not None:
        raise TypeError(f"In field {name!r}: Unsupported type annotation {problem}")


def _problem(annotation: Any) -> str | None:
    if isinstance(annotation, (str, typing.ForwardRef)) or annotation is None or annotation is Ellipsis:
        return None
    if _is_tuple(annotation) or _origin(annotation) is typing.Union:
        return next((p for p in map(_problem, typing.get_args(annotation)) if p), None)
    if _is_mapping(annotation):
        return next((p for p in map(_problem, typing.get_args(annotation)) if p), None)
    if _origin(annotation) is typing.Literal:
        return None
    if isinstance(annotation, type):
        known = (*_PLAIN, Tensor, TensorShape, DType, TypeSpec, CompositeTensor)
        return None if issubclass(annotation, known) else repr(annotation.__name__)
    return repr(annotation)


def _name(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation))


def convert(value: Any, annotation: Any, path: str, spec: bool = False) -> Any:
    """`value` as a field of this annotation holds it; its spec if `spec`. Raises TypeError if it cannot be."""
    if _origin(annotation) is typing.Union:
        return _convert_union(value, annotation, path, spec)
    if _is_tuple(annotation):
        return _convert_tuple(value, annotation, path, spec)
    if _is_mapping(annotation):
        if not isinstance(value, collections.abc.Mapping):
            raise TypeError(f"{path}: expected mapping, got {type(value).__name__!r}")
        keys, inner = typing.get_args(annotation)
        found = {convert(k, keys, f"{path}.keys()"): convert(v, inner, f"{path}[{k!r}]", spec) for k, v in value.items()}
        return found if spec else ImmutableDict(found)
    if _origin(annotation) is typing.Literal:
        if value not in typing.get_args(annotation):
            raise TypeError(f"{path}: expected one of {typing.get_args(annotation)}, got {value!r}")
        return value
    return _convert_plain(value, type(None) if annotation is None else annotation, path, spec)


def _convert_plain(value: Any, annotation: Any, path: str, spec: bool) -> Any:
    if spec and isinstance(annotation, type) and issubclass(annotation, (Tensor, CompositeTensor)):
        wanted = TensorSpec if annotation is Tensor else TypeSpec
        if not isinstance(value, wanted):
            raise TypeError(f"{path}: expected a {wanted.__name__}, got {type(value).__name__!r}")
        return value
    if annotation is Tensor:
        if isinstance(value, CompositeTensor):
            raise TypeError(f"{path}: expected a Tensor, got {type(value).__name__!r}")
        try:
            return to_tensor(value)
        except (ValueError, TypeError):
            raise TypeError(f"{path}: expected a Tensor, got {type(value).__name__!r}") from None
    if isinstance(annotation, str):
        raise TypeError(f"{path}: the annotation {annotation!r} names nothing that is known")
    if annotation is TensorShape and not isinstance(value, TensorShape) and isinstance(value, (list, tuple, type(None))):
        return as_shape(value)
    if annotation is DType and not isinstance(value, DType):
        try:
            return dtypes.as_dtype(value)
        except TypeError:
            raise TypeError(f"{path}: expected a tf.DType, got {value!r}") from None
    if not isinstance(value, annotation) or isinstance(value, bool) and annotation is int:
        raise TypeError(f"{path}: expected {_name(annotation)!r}, got {type(value).__name__!r}")
    return value


def _convert_union(value: Any, annotation: Any, path: str, spec: bool) -> Any:
    for option in typing.get_args(annotation):
        try:
            return convert(value, option, path, spec)
        except TypeError:
            continue
    names = ", ".join(_name(a) for a in typing.get_args(annotation))
    raise TypeError(f"{path}: expected one of: {names}; got {type(value).__name__!r}")


def _convert_tuple(value: Any, annotation: Any, path: str, spec: bool) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{path}: expected tuple, got {type(value).__name__!r}")
    kinds = typing.get_args(annotation)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    elif kinds == ((),):
        kinds = ()
    if len(kinds) != len(value):
        raise TypeError(f"{path}: expected tuple with length {len(kinds)}, got length {len(value)}")
    return tuple([convert(v, k, f"{path}[{i}]", spec) for i, (v, k) in enumerate(zip(value, kinds))])


def is_part(value: Any) -> bool:
    """True for tensors and composites, False for what stays the same."""
    return isinstance(value, (Tensor, CompositeTensor))


def leaves(value: Any) -> list[Any]:
    """The values inside tuples and mappings (by sorted key), in order."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [leaf for v in value for leaf in leaves(v)]
    if isinstance(value, collections.abc.Mapping):
        return [leaf for k in sorted(value) for leaf in leaves(value[k])]
    return [value]


def mapped(value: Any, function: Any, immutable: bool = False) -> Any:
    """`function` of every leaf, arranged as before."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple([mapped(v, function, immutable) for v in value])
    if isinstance(value, collections.abc.Mapping):
        by_key = {k: mapped(value[k], function, immutable) for k in sorted(value)}
        ordered = {k: by_key[k] for k in value}
        return ImmutableDict(ordered) if immutable else ordered
    return function(value)
