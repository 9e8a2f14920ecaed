"""Nested structures: the shapes in which TensorFlow programs hand tensors around.

A structure is a leaf, or a container of structures: a sequence (but no string, array or set), a
mapping, a mapping's view, a named tuple, an attrs object, or an object with `__tf_flatten__` and
`__tf_unflatten__`. Mappings flatten by sorted key, so that equal mappings give equal lists. With
`expand_composites`, composite tensors (ragged, sparse, ...) come apart too; their classes register
here how.

What a value is depends on its class alone and is cached by class, so that walking a structure
costs one look-up a node.
"""

from __future__ import annotations

import collections
import enum
import functools
from collections.abc import Callable, Iterator, Mapping, MappingView, Sequence
from typing import Any

from tfjax._src.core.export import export


class _Kind(enum.Enum):
    LEAF = 0
    SEQUENCE = 1
    NAMEDTUPLE = 2
    MAPPING = 3
    VIEW = 4
    ATTRS = 5
    CUSTOM = 6


_LEAF, _SEQUENCE, _NAMEDTUPLE, _MAPPING = _Kind.LEAF, _Kind.SEQUENCE, _Kind.NAMEDTUPLE, _Kind.MAPPING


@functools.lru_cache(maxsize=4096)
def _kind(cls: type) -> _Kind:
    """How instances of `cls` come apart, composites apart."""
    if issubclass(cls, (str, bytes)):
        return _LEAF
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _NAMEDTUPLE
    if issubclass(cls, Mapping):
        return _MAPPING
    if issubclass(cls, MappingView):
        return _Kind.VIEW
    if hasattr(cls, "__tf_flatten__") and hasattr(cls, "__tf_unflatten__"):
        return _Kind.CUSTOM
    if hasattr(cls, "__attrs_attrs__"):
        return _Kind.ATTRS
    return _SEQUENCE if issubclass(cls, Sequence) else _LEAF


# Composites: class, how an instance comes apart, how it is rebuilt from new parts, and what has to
# be the same (a TypeSpec) for two of them to have one structure.
Parts = Callable[[Any], list[Any]]
Build = Callable[[Any, Sequence[Any]], Any]
_composites: list[tuple[type, Parts, Build, Callable[[Any], Any]]] = []


def register_composite(
    cls: type, parts: Parts, build: Build, spec: Callable[[Any], Any] | None = None
) -> None:
    """Tells how instances of `cls` behave with `expand_composites`.

    Args:
      cls: the class; its subclasses are meant too, unless they are registered later themselves.
      parts: gives the components of an instance.
      build: makes a value like an instance from other components.
      spec: gives the TypeSpec of an instance; without it the class alone has to agree when two
        structures are compared.
    """
    _composites.insert(0, (cls, parts, build, spec or type))
    _composite_of.cache_clear()


@functools.lru_cache(maxsize=4096)
def _composite_of(cls: type) -> Any:
    for entry in _composites:
        if issubclass(cls, entry[0]):
            return entry
    return None


def _sorted_keys(mapping: Any) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError as error:
        raise TypeError(f"nest only supports dicts with sortable keys: {error}") from None


@export("nest.is_nested")
def is_nested(seq: Any) -> bool:
    """Tells containers from leaves. Strings, arrays, tensors and sets are leaves.

    >>> is_nested([1]), is_nested({"a": 1}), is_nested("ab")
    (True, True, False)
    """
    return _kind(type(seq)) is not _LEAF


def children(structure: Any) -> list[tuple[Any, Any]]:
    """Gives the (key, value) pairs of a container in flattening order."""
    kind = _kind(type(structure))
    if kind is _MAPPING:
        return [(key, structure[key]) for key in _sorted_keys(structure)]
    if kind is _NAMEDTUPLE:
        return list(zip(structure._fields, structure))
    if kind is _Kind.ATTRS:
        names = [a.name for a in type(structure).__attrs_attrs__]
        return [(name, getattr(structure, name)) for name in names]
    return list(enumerate(_values(structure)))


def _values(structure: Any) -> Any:
    """The children alone, in flattening order."""
    kind = _kind(type(structure))
    if kind is _MAPPING:
        return [structure[key] for key in _sorted_keys(structure)]
    if kind is _Kind.CUSTOM:
        return structure.__tf_flatten__()[1]
    if kind is _Kind.ATTRS:
        return [getattr(structure, a.name) for a in type(structure).__attrs_attrs__]
    return structure


def with_children(structure: Any, values: Sequence[Any]) -> Any:
    """Makes a container like `structure` with other children, given in flattening order."""
    cls = type(structure)
    kind = _kind(cls)
    if kind is _MAPPING:
        return _mapping_like(structure, values)
    if kind is _NAMEDTUPLE:
        return cls(*values)
    if kind is _Kind.VIEW:
        return list(values)
    if kind is _Kind.CUSTOM:
        return cls.__tf_unflatten__(structure.__tf_flatten__()[0], tuple(values))
    if kind is _Kind.ATTRS:
        fields = [a.name.lstrip("_") for a in cls.__attrs_attrs__]
        return cls(**dict(zip(fields, values)))
    return cls(values)


def _mapping_like(mapping: Any, values: Sequence[Any]) -> Any:
    by_key = dict(zip(_sorted_keys(mapping), values))
    ordered = {key: by_key[key] for key in mapping}
    if type(mapping) is dict:
        return ordered
    if isinstance(mapping, collections.defaultdict):
        return type(mapping)(mapping.default_factory, ordered)
    try:
        return type(mapping)((key, value) for key, value in ordered.items())
    except TypeError as error:
        raise TypeError(
            f"Error creating an object of type {type(mapping)} like {mapping}. Note that it must "
            "accept a single positional argument representing an iterable of key-value pairs, in "
            f"addition to self. Cause: {error}"
        ) from None


@export("nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """Lists the leaves of a structure, depth first; mappings by sorted key.

    Args:
      structure: a container or a leaf; a leaf gives a list of one.
      expand_composites: whether ragged, sparse and other composite tensors count as containers of
        their components.

    Raises:
      TypeError: if the keys of a mapping cannot be sorted.

    >>> flatten({"b": 2, "a": [1, (3,)]})
    [1, 3, 2]
    """
    leaves: list[Any] = []
    _flatten(structure, expand_composites, leaves)
    return leaves


def _flatten(structure: Any, expand: bool, leaves: list[Any]) -> None:
    cls = type(structure)
    kind = _kind(cls)
    if kind is _LEAF:
        entry = _composite_of(cls) if expand else None
        if entry is None:
            leaves.append(structure)
        else:
            for part in entry[1](structure):
                _flatten(part, expand, leaves)
    elif kind is _SEQUENCE or kind is _NAMEDTUPLE:
        for child in structure:
            _flatten(child, expand, leaves)
    else:
        for child in _values(structure):
            _flatten(child, expand, leaves)


@export("nest.pack_sequence_as")
def pack_sequence_as(
    structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False
) -> Any:
    """Arranges the values of a flat sequence like a structure; the inverse of `flatten`.

    Args:
      structure: says how to arrange; its leaves are ignored.
      flat_sequence: a list or tuple with one value for each leaf.
      expand_composites: as in `flatten`.

    Raises:
      ValueError: if the number of leaves differs.
      TypeError: if `flat_sequence` is no sequence.

    >>> pack_sequence_as({"a": 0, "b": [0, 0]}, [1, 2, 3])
    {'a': 1, 'b': [2, 3]}
    """
    if not isinstance(flat_sequence, Sequence) or isinstance(flat_sequence, (str, bytes)):
        raise TypeError(
            f"Attempted to pack value:\n  {flat_sequence}\ninto a structure, but found "
            f"incompatible type `{type(flat_sequence)}` instead."
        )
    if not _comes_apart(structure, expand_composites):
        if len(flat_sequence) != 1:
            raise ValueError(
                f"The target structure is of type `{type(structure)}`\n  {structure}\nHowever the "
                f"input is a sequence ({type(flat_sequence)}) of length {len(flat_sequence)}.\n  "
                f"{flat_sequence}\nnest cannot guarantee that it is safe to map one to the other."
            )
        return flat_sequence[0]
    wanted = len(flatten(structure, expand_composites))
    if wanted != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} atoms, but flat_sequence had "
            f"{len(flat_sequence)} items.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _pack(structure, iter(flat_sequence), expand_composites)


def _comes_apart(structure: Any, expand: bool) -> bool:
    cls = type(structure)
    return _kind(cls) is not _LEAF or (expand and _composite_of(cls) is not None)


def _pack(structure: Any, leaves: Iterator[Any], expand: bool) -> Any:
    cls = type(structure)
    if _kind(cls) is not _LEAF:
        values = [_pack(child, leaves, expand) for child in _values(structure)]
        return with_children(structure, values)
    entry = _composite_of(cls) if expand else None
    if entry is None:
        return next(leaves)
    return entry[2](structure, [_pack(part, leaves, expand) for part in entry[1](structure)])


@export("nest.map_structure")
def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Applies a function to corresponding leaves; the result is arranged like the first structure.

    Args:
      func: takes as many leaves as there are structures.
      *structure: one or more structures that agree in the sense of `assert_same_structure`.
      **kwargs: `check_types` (True: container types must agree) and `expand_composites`.

    Raises:
      TypeError: if `func` is not callable or container types differ.
      ValueError: if there is no structure, structures differ, or a keyword is unknown.

    >>> map_structure(lambda x, y: x + y, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    expand = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
            f"`{'`, `'.join(kwargs)}`"
        )
    first = structure[0]
    for other in structure[1:]:
        assert_same_structure(first, other, check_types, expand)
    results = [func(*leaves) for leaves in zip(*[flatten(s, expand) for s in structure])]
    return _pack(first, iter(results), expand)


@export("nest.assert_same_structure")
def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Checks that two structures differ in their leaves only.

    Args:
      nest1: a structure.
      nest2: another.
      check_types: whether container types (and the keys of mappings) must agree. Any two mappings
        agree, any two lists, and named tuples of one name with the same fields.
      expand_composites: whether composites are containers; then their specs must be compatible.

    Raises:
      ValueError: if lengths or keys differ, or a container meets a leaf.
      TypeError: if container types differ.

    >>> assert_same_structure([1, {"a": 2}], [3, {"a": 4}])
    """
    try:
        _assert_same(nest1, nest2, check_types, expand_composites)
    except (ValueError, TypeError) as error:
        raise type(error)(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_described(nest1)}\n\nSecond structure: {_described(nest2)}\n\n"
            f"More specifically: {error}\nEntire first structure:\n{_outline(nest1)}\n"
            f"Entire second structure:\n{_outline(nest2)}"
        ) from None


def _assert_same(a: Any, b: Any, check_types: bool, expand: bool) -> None:
    if not _comes_apart(a, expand) and not _comes_apart(b, expand):
        return
    if not _comes_apart(a, expand) or not _comes_apart(b, expand):
        container, leaf = (a, b) if _comes_apart(a, expand) else (b, a)
        raise ValueError(
            f'Substructure "{_described(container)}" is a sequence, while substructure '
            f'"{_described(leaf)}" is not'
        )
    if _kind(type(a)) is _LEAF or _kind(type(b)) is _LEAF:
        _assert_same_composite(a, b)
        return
    if check_types:
        _assert_same_container(a, b)
    first, second = list(_values(a)), list(_values(b))
    if len(first) != len(second):
        raise ValueError(
            "The two structures don't have the same number of elements. First structure: "
            f"{_described(a)}. Second structure: {_described(b)}"
        )
    for x, y in zip(first, second):
        _assert_same(x, y, check_types, expand)


def _assert_same_composite(a: Any, b: Any) -> None:
    first, second = _composite_of(type(a)), _composite_of(type(b))
    specs = [entry and entry[3](value) for entry, value in ((first, a), (second, b))]
    if first is not None and second is not None:
        compatible = getattr(specs[0], "is_compatible_with", specs[0].__eq__)
        if compatible(specs[1]) is True:
            return
    raise ValueError(
        "Incompatible CompositeTensor TypeSpecs: "
        + " vs. ".join(_described(v if s is None else s) for s, v in zip(specs, (a, b)))
    )


def _assert_same_container(a: Any, b: Any) -> None:
    if not same_container(a, b):
        raise TypeError(
            "The two namedtuples don't have the same sequence type. First structure "
            f"{_described(a)} has type {type(a).__name__}, while second structure "
            f"{_described(b)} has type {type(b).__name__}"
        )
    if _kind(type(a)) is _MAPPING and set(a) != set(b):
        raise ValueError(
            "The two dictionaries don't have the same set of keys. First structure has keys "
            f"{_described(list(a))}, while second structure has keys {_described(list(b))}"
        )


def same_container(a: Any, b: Any) -> bool:
    """Tells whether two containers are of one type, or of types that count as one."""
    if type(a) is type(b):
        return True
    kinds = _kind(type(a)), _kind(type(b))
    if kinds == (_NAMEDTUPLE, _NAMEDTUPLE):
        return type(a).__name__ == type(b).__name__ and a._fields == b._fields
    return kinds == (_MAPPING, _MAPPING) or (isinstance(a, list) and isinstance(b, list))


def _described(value: Any) -> str:
    return f"type={type(value).__name__} str={value}"


class _Dot:
    """Stands for a leaf in the outline of a structure."""

    def __repr__(self) -> str:
        return "."


def _outline(structure: Any) -> str:
    return str(map_structure(lambda leaf: _Dot(), structure))
