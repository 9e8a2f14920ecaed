"""Nested structures: lists, tuples, dicts, named tuples, attrs and dataclasses of leaves."""

from __future__ import annotations

import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfjax._src.core.export import export

# Composite tensors (ragged, sparse, users' extension types) say how they come apart.
_composites: list[tuple[type, Callable[[Any], list[Any]], Callable[[Any, Sequence[Any]], Any]]] = []


def register_composite(cls: type, parts: Callable[[Any], list[Any]], build: Callable[[Any, Sequence[Any]], Any]) -> None:
    """Tells how instances of `cls` come apart and are put together with `expand_composites`."""
    _composites.append((cls, parts, build))


def _is_attrs(value: Any) -> bool:
    return hasattr(type(value), "__attrs_attrs__")


def _is_namedtuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def _sorted_keys(mapping: Any) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError("nest only supports dicts with sortable keys.") from None


@export("nest.is_nested")
def is_nested(structure: Any) -> bool:
    """True for a list, tuple, dict, named tuple or attrs object.

    >>> is_nested([1]), is_nested("ab")
    (True, False)
    """
    kind = type(structure)
    if kind in (list, tuple, dict):
        return True
    return isinstance(structure, (list, tuple, dict, collections.abc.Mapping, collections.abc.MappingView)) or (
        _is_attrs(structure) or hasattr(structure, "__tf_flatten__")
    )


def children(structure: Any) -> list[tuple[Any, Any]]:
    """(key, value) pairs in flattening order."""
    if isinstance(structure, (dict, collections.abc.Mapping)):
        return [(key, structure[key]) for key in _sorted_keys(structure)]
    if hasattr(structure, "__tf_flatten__"):
        _, components = structure.__tf_flatten__()
        return list(enumerate(components))
    if _is_attrs(structure):
        names = [a.name for a in type(structure).__attrs_attrs__]
        return [(name, getattr(structure, name)) for name in names]
    if _is_namedtuple(structure):
        return list(zip(structure._fields, structure))
    return list(enumerate(structure))


def with_children(structure: Any, values: Sequence[Any]) -> Any:
    """A structure like `structure` with other children, given in flattening order."""
    if isinstance(structure, (dict, collections.abc.Mapping)):
        by_key = dict(zip(_sorted_keys(structure), values))
        if isinstance(structure, collections.defaultdict):
            result: Any = type(structure)(structure.default_factory)
            result.update((key, by_key[key]) for key in structure)
            return result
        pairs = [(key, by_key[key]) for key in structure]
        return type(structure)(pairs) if type(structure) is not dict else dict(pairs)
    if hasattr(structure, "__tf_unflatten__"):
        metadata, _ = structure.__tf_flatten__()
        return type(structure).__tf_unflatten__(metadata, tuple(values))
    if _is_attrs(structure):
        names = [a.name for a in type(structure).__attrs_attrs__]
        return type(structure)(**dict(zip(names, values)))
    if _is_namedtuple(structure):
        return type(structure)(*values)
    if isinstance(structure, collections.abc.MappingView):
        return list(values)
    return type(structure)(values) if type(structure) not in (list, tuple) else type(structure)(values)


def _composite(value: Any) -> Any:
    for entry in _composites:
        if isinstance(value, entry[0]):
            return entry
    return None


@export("nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure in order; dicts by sorted key.

    >>> flatten({"b": 2, "a": [1, (3,)]})
    [1, 3, 2]
    """
    out: list[Any] = []
    _flatten(structure, expand_composites, out)
    return out


def _flatten(structure: Any, expand: bool, out: list[Any]) -> None:
    kind = type(structure)
    if kind is list or kind is tuple:
        for child in structure:
            _flatten(child, expand, out)
        return
    if is_nested(structure):
        for _, child in children(structure):
            _flatten(child, expand, out)
        return
    if expand and _composites and (entry := _composite(structure)) is not None:
        for child in entry[1](structure):
            _flatten(child, expand, out)
        return
    out.append(structure)


@export("nest.pack_sequence_as")
def pack_sequence_as(structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False) -> Any:
    """`flat_sequence` arranged as `structure`.

    Raises:
      ValueError: if the number of leaves differs.
      TypeError: if `flat_sequence` is not a sequence.

    >>> pack_sequence_as({"a": 0, "b": [0, 0]}, [1, 2, 3])
    {'a': 1, 'b': [2, 3]}
    """
    if not isinstance(flat_sequence, (list, tuple, collections.abc.Sequence)):
        raise TypeError(f"Attempted to pack value:\n  {flat_sequence}\ninto a structure, but found incompatible type `{type(flat_sequence)}` instead.")
    if not is_nested(structure) and not (expand_composites and _composite(structure)):
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
            f"{len(flat_sequence)} items. Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _pack(structure, iter(flat_sequence), expand_composites)


def _pack(structure: Any, leaves: Iterator[Any], expand: bool) -> Any:
    if is_nested(structure):
        return with_children(structure, [_pack(c, leaves, expand) for _, c in children(structure)])
    if expand and (entry := _composite(structure)) is not None:
        return entry[2](structure, [_pack(part, leaves, expand) for part in entry[1](structure)])
    return next(leaves)


@export("nest.map_structure")
def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Applies `func` to corresponding leaves; the result has the first structure.

    Args:
      func: takes as many leaves as there are structures.
      *structure: structures of one shape.
      **kwargs: `expand_composites` and `check_types` (True: container types must agree).

    >>> map_structure(lambda x, y: x + y, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    expand = kwargs.pop("expand_composites", False)
    check_types = kwargs.pop("check_types", True)
    kwargs.pop("check_up_to", None)
    if kwargs:
        raise ValueError(f"Only valid keyword arguments are `check_types` and `expand_composites`, not: `{'`, `'.join(kwargs)}`")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types, expand)
    columns = zip(*[flatten(s, expand) for s in structure])
    return pack_sequence_as(structure[0], [func(*c) for c in columns], expand)


@export("nest.assert_same_structure")
def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises ValueError (other lengths or keys) or TypeError (other containers) unless alike."""
    try:
        _assert_same(nest1, nest2, check_types)
    except (ValueError, TypeError) as error:
        text = (
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: type={type(nest1).__name__} str={nest1}\n\n"
            f"Second structure: type={type(nest2).__name__} str={nest2}\n\nMore specifically: {error}"
        )
        raise type(error)(text) from None


def _assert_same(a: Any, b: Any, check_types: bool) -> None:
    nested = is_nested(a)
    if nested != is_nested(b):
        kind = "is" if nested else "is not"
        raise ValueError(f'Substructure "{a}" {kind} a sequence, while substructure "{b}" is the other')
    if not nested:
        return
    if check_types and type(a) is not type(b) and not (isinstance(a, dict) and isinstance(b, dict)):
        if not (_is_namedtuple(a) and _is_namedtuple(b) and type(a).__name__ == type(b).__name__):
            raise TypeError(f"The two structures don't have the same sequence type. Input structure has type {type(a)}, while shallow structure has type {type(b)}.")
    first, second = children(a), children(b)
    if len(first) != len(second):
        raise ValueError(f"The two structures don't have the same number of elements: {len(first)} and {len(second)}.")
    if isinstance(a, dict) and [k for k, _ in first] != [k for k, _ in second]:
        raise ValueError(f"The two dictionaries don't have the same set of keys: {[k for k, _ in first]} and {[k for k, _ in second]}.")
    for (_, x), (_, y) in zip(first, second):
        _assert_same(x, y, check_types)


def flatten_with_paths(structure: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, leaf) pairs, a path being the keys and indices on the way to the leaf."""
    if not is_nested(structure):
        yield path, structure
        return
    for key, child in children(structure):
        yield from flatten_with_paths(child, (*path, key))


def flatten_up_to(shallow: Any, deep: Any) -> list[Any]:
    """The parts of `deep` at the places of the leaves of `shallow`."""
    if not is_nested(shallow):
        return [deep]
    first, second = children(shallow), children(deep)
    if len(first) != len(second):
        raise ValueError(
            f"The two structures don't have the same sequence length. Input structure has length "
            f"{len(second)}, while shallow structure has length {len(first)}."
        )
    return [leaf for (_, s), (_, d) in zip(first, second) for leaf in flatten_up_to(s, d)]


def map_structure_up_to(shallow: Any, func: Callable[..., Any], *deep: Any) -> Any:
    """Applies `func` to the parts of `deep` at the leaves of `shallow`."""
    columns = zip(*[flatten_up_to(shallow, d) for d in deep])
    return pack_sequence_as(shallow, [func(*c) for c in columns])
