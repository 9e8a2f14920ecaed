"""Walks over structures: part of the way down (`..._up_to`), and with the path to each leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfjax._src.core import nest


def yield_flattened_up_to(
    shallow: Any, deep: Any, check_types: bool = True
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Gives (path, part of `deep`) for each leaf of `shallow`, in flattening order.

    Args:
      shallow: the structure that says how far to go down.
      deep: a structure that has at least the containers of `shallow`.
      check_types: whether container types must agree.

    Raises:
      TypeError: if `deep` has a leaf, or a container of another type, where `shallow` has one.
      ValueError: if lengths or keys differ.
    """
    yield from _walk_up_to(shallow, deep, check_types, ())


def _walk_up_to(
    shallow: Any, deep: Any, check_types: bool, path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if not nest.is_nested(shallow):
        yield path, deep
        return
    _assert_shallow(shallow, deep, check_types)
    pairs = nest.children(shallow)
    if isinstance(shallow, Mapping) and isinstance(deep, Mapping):
        values = [deep[key] for key, _ in pairs]
    else:
        values = [value for _, value in nest.children(deep)]
    for (key, child), value in zip(pairs, values):
        yield from _walk_up_to(child, value, check_types, (*path, key))


def _assert_shallow(shallow: Any, deep: Any, check_types: bool) -> None:
    if not nest.is_nested(deep):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. Input has type: "
            f"{type(deep)}."
        )
    if check_types and not nest.same_container(shallow, deep):
        raise TypeError(
            "The two structures don't have the same sequence type. Input structure has type "
            f"{type(deep)}, while shallow structure has type {type(shallow)}."
        )
    if len(nest.children(deep)) != len(nest.children(shallow)):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(nest.children(deep))}, while shallow structure has length "
            f"{len(nest.children(shallow))}."
        )
    if isinstance(shallow, Mapping):
        extra = sorted(set(shallow) - set(deep))
        if extra:
            raise ValueError(
                "The shallow_tree's keys are not a subset of the input_tree's keys. The "
                f"shallow_tree has the following keys that are not in the input_tree: {extra}."
            )


def assert_shallow_structure(shallow: Any, deep: Any, check_types: bool = True) -> None:
    """Raises as `yield_flattened_up_to` does unless `deep` has all containers of `shallow`."""
    for _ in yield_flattened_up_to(shallow, deep, check_types):
        pass


def flatten_up_to(shallow: Any, deep: Any, check_types: bool = True) -> list[Any]:
    """Lists the parts of `deep` that stand where `shallow` has leaves.

    >>> flatten_up_to([0, [0]], [[1, 2], [3]])
    [[1, 2], 3]
    """
    return [part for _, part in yield_flattened_up_to(shallow, deep, check_types)]


def map_structure_up_to(
    shallow: Any, func: Callable[..., Any], *deep: Any, check_types: bool = True
) -> Any:
    """Applies `func` to the parts of each of `deep` that stand where `shallow` has leaves.

    >>> map_structure_up_to([0, 0], len, [[1, 2], [3]])
    [2, 1]
    """
    if not deep:
        raise ValueError("Cannot map over no sequences")
    columns = zip(*[flatten_up_to(shallow, d, check_types) for d in deep])
    return nest.pack_sequence_as(shallow, [func(*parts) for parts in columns])


def flatten_with_tuple_paths(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Lists (path, leaf), a path being the keys and indices on the way to the leaf.

    >>> flatten_with_tuple_paths({"a": [7]})
    [(('a', 0), 7)]
    """
    return list(yield_flattened_up_to(structure, structure))


def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/"
) -> list[tuple[str, Any]]:
    """Lists (path, leaf), a path being its keys and indices joined by `separator`.

    >>> flatten_with_joined_string_paths({"a": [7]})
    [('a/0', 7)]
    """
    return [
        (separator.join(str(key) for key in path), leaf)
        for path, leaf in flatten_with_tuple_paths(structure)
    ]
