"""tensorflow.python.util.nest: walks over nests that carry paths, and questions about containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfjax._src.core import nest, nest_paths
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.ops.composite.base import CompositeTensor


def is_variable(value: Any) -> bool:
    """True for Variables of every kind."""
    return hasattr(value, "_dense_var_to_tensor")


@export("python.util.nest.is_mapping", "python.util.nest._is_mapping", "__internal__.nest.is_mapping")
def is_mapping(obj: Any) -> bool:
    """True for dicts and other mappings."""
    return isinstance(obj, Mapping)


@export("python.util.nest.is_attrs", "__internal__.nest.is_attrs")
def is_attrs(obj: Any) -> bool:
    """True for instances of classes made by `attr.s`."""
    return hasattr(type(obj), "__attrs_attrs__")


@export("python.util.nest.is_namedtuple", "python.util.nest._is_namedtuple")
def is_namedtuple(instance: Any, strict: bool = False) -> bool:
    """True for namedtuples; with `strict`, not for instances of their subclasses."""
    cls = type(instance)
    if not (isinstance(instance, tuple) and isinstance(getattr(cls, "_fields", None), tuple)):
        return False
    return not strict or cls.__base__ is tuple


@export("python.util.nest.is_nested_or_composite", "python.util.nest.is_sequence_or_composite")
def is_nested_or_composite(seq: Any) -> bool:
    """True for containers and for values made of several tensors."""
    return nest.is_nested(seq) or isinstance(seq, CompositeTensor)


@export("python.util.nest._sequence_like", "__internal__.nest.sequence_like")
def sequence_like(instance: Any, args: Any) -> Any:
    """A container like `instance` with other elements, given in flattening order.

    >>> sequence_like((1, 2), [3, 4])
    (3, 4)
    """
    return nest.with_children(instance, list(args))


@export("python.util.nest._yield_value")
def yield_value(iterable: Any) -> Iterator[Any]:
    """The elements of a container in flattening order."""
    yield from [value for _, value in nest.children(iterable)]


@export("python.util.nest._yield_sorted_items")
def yield_sorted_items(iterable: Any) -> Iterator[tuple[Any, Any]]:
    """The (key, element) pairs of a container in flattening order."""
    yield from nest.children(iterable)


def _walk(structure: Any, expand: bool) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for path, leaf in nest_paths.flatten_with_tuple_paths(structure):
        if expand and isinstance(leaf, CompositeTensor):
            for i, part in enumerate(nest.flatten(leaf, expand_composites=True)):
                yield (*path, type(leaf).__name__, i), part
        else:
            yield path, leaf


@export("python.util.nest.yield_flat_paths", "__internal__.nest.yield_flat_paths")
def yield_flat_paths(nest: Any, expand_composites: bool = False) -> Iterator[tuple[Any, ...]]:
    """The path of each leaf: keys, field names and indices.

    >>> list(yield_flat_paths({"b": [1, 2], "a": 3}))
    [('a',), ('b', 0), ('b', 1)]
    """
    yield from [path for path, _ in _walk(nest, expand_composites)]


@export("python.util.nest.flatten_with_tuple_paths")
def flatten_with_tuple_paths(structure: Any, expand_composites: bool = False) -> list[tuple[tuple[Any, ...], Any]]:
    """(path, leaf) of each leaf."""
    return list(_walk(structure, expand_composites))


@export("python.util.nest.flatten_with_joined_string_paths")
def flatten_with_joined_string_paths(structure: Any, separator: str = "/", expand_composites: bool = False) -> list[tuple[str, Any]]:
    """(path joined by `separator`, leaf) of each leaf."""
    return [(separator.join(map(str, path)), leaf) for path, leaf in _walk(structure, expand_composites)]


@export("python.util.nest.flatten_dict_items")
def flatten_dict_items(dictionary: Any) -> dict[Any, Any]:
    """A dict whose keys may be nests, taken apart together with its values.

    Raises:
      ValueError: if a key and its value have different structures, or a key occurs twice.

    >>> flatten_dict_items({("a", "b"): (1, 2)})
    {'a': 1, 'b': 2}
    """
    if not isinstance(dictionary, Mapping):
        raise TypeError("input must be a dictionary")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        keys, values = (nest.flatten(key), nest.flatten(value)) if nest.is_nested(key) else ([key], [value])
        if len(keys) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(keys)} elements, but value had {len(values)} elements. "
                f"Key: {keys}, value: {values}."
            )
        for one, part in zip(keys, values):
            if one in flat:
                raise ValueError(f"Could not flatten dictionary: key {one} is not unique.")
            flat[one] = part
    return flat


@export("python.util.nest.list_to_tuple", "__internal__.nest.list_to_tuple")
def list_to_tuple(structure: Any) -> Any:
    """The structure with tuples in place of lists.

    >>> list_to_tuple([1, [2]])
    (1, (2,))
    """
    if isinstance(structure, list):
        return tuple([list_to_tuple(part) for part in structure])
    if not nest.is_nested(structure):
        return structure
    return nest.with_children(structure, [list_to_tuple(part) for _, part in nest.children(structure)])


@export("python.util.nest.assert_shallow_structure")
def assert_shallow_structure(shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises TypeError or ValueError unless `input_tree` has all containers of `shallow_tree`."""
    nest_paths.assert_shallow_structure(shallow_tree, input_tree, check_types)


@export("python.util.nest.flatten_up_to", "__internal__.nest.flatten_up_to")
def flatten_up_to(shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False) -> list[Any]:
    """The parts of `input_tree` that stand where `shallow_tree` has leaves."""
    return [p for _, p in flatten_with_tuple_paths_up_to(shallow_tree, input_tree, check_types, expand_composites)]


@export("python.util.nest.flatten_with_tuple_paths_up_to")
def flatten_with_tuple_paths_up_to(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> list[tuple[tuple[Any, ...], Any]]:
    """(path, part of `input_tree`) for each leaf of `shallow_tree`."""
    found = nest_paths.yield_flattened_up_to(shallow_tree, input_tree, check_types)
    if not expand_composites:
        return list(found)
    return [((*path, *rest), leaf) for path, part in found for rest, leaf in _walk(part, True)]


def _options(kwargs: dict[str, Any]) -> tuple[bool, bool]:
    return kwargs.pop("check_types", True), kwargs.pop("expand_composites", False)


@export("python.util.nest.map_structure_up_to", "__internal__.nest.map_structure_up_to")
def map_structure_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any) -> Any:
    """Applies `func` to the parts of the inputs that stand where `shallow_tree` has leaves."""
    return map_structure_with_tuple_paths_up_to(shallow_tree, lambda _, *parts, **kw: func(*parts, **kw), *inputs, **kwargs)


@export("python.util.nest.map_structure_with_tuple_paths_up_to")
def map_structure_with_tuple_paths_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any) -> Any:
    """As `map_structure_up_to`, with `func(path, *parts)`."""
    check_types, expand = _options(kwargs)
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    columns = [flatten_with_tuple_paths_up_to(shallow_tree, value, check_types, expand) for value in inputs]
    results = [func(row[0][0], *[part for _, part in row], **kwargs) for row in zip(*columns)]
    return nest.pack_sequence_as(shallow_tree, results, expand_composites=expand)


@export("python.util.nest.map_structure_with_tuple_paths")
def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """`tf.nest.map_structure` of `func(path, *leaves)`."""
    check_types, expand = _options(kwargs)
    if not structure:
        raise ValueError("Must provide at least one structure")
    for other in structure[1:]:
        nest.assert_same_structure(structure[0], other, check_types, expand)
    paths = [path for path, _ in _walk(structure[0], expand)]
    columns = [nest.flatten(value, expand) for value in structure]
    results = [func(path, *leaves, **kwargs) for path, *leaves in zip(paths, *columns)]
    return nest.pack_sequence_as(structure[0], results, expand)


@export("python.util.nest.map_structure_with_paths")
def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """As `map_structure_with_tuple_paths`, the path's parts joined by "/"."""

    def joined(path: tuple[Any, ...], *leaves: Any, **kw: Any) -> Any:
        return func("/".join(map(str, path)), *leaves, **kw)

    return map_structure_with_tuple_paths(joined, *structure, **kwargs)


@export("python.util.nest.get_traverse_shallow_structure", "__internal__.nest.get_traverse_shallow_structure")
def get_traverse_shallow_structure(traverse_fn: Callable[[Any], Any], structure: Any, expand_composites: bool = False) -> Any:
    """The upper part of a structure, for `map_structure_up_to`: False stands where to stop.

    Args:
      traverse_fn: tells for a container whether to go down: a bool, or a container of bools, one
        for each element.
      structure: the structure.
      expand_composites: whether values made of several tensors are containers.

    Raises:
      TypeError: if `traverse_fn` gives something else.
    """
    down = traverse_fn(structure)
    if not nest.is_nested(structure):
        if not isinstance(down, bool):
            raise TypeError(f"traverse_fn returned a non-bool scalar: {down} for input: {structure}")
        return down
    elements = [value for _, value in nest.children(structure)]
    if nest.is_nested(down):
        assert_shallow_structure(down, structure)
        wanted = [value for _, value in nest.children(down)]
    elif isinstance(down, bool):
        if not down:
            return False
        wanted = [True] * len(elements)
    else:
        raise TypeError(f"traverse_fn returned a non-bool scalar: {down} for input: {structure}")
    parts = [get_traverse_shallow_structure(traverse_fn, e, expand_composites) if w else False for e, w in zip(elements, wanted)]
    return nest.with_children(structure, parts)


@export("python.util.variable_utils.convert_variables_to_tensors")
def convert_variables_to_tensors(values: Any) -> Any:
    """The structure with the values of its Variables in their place."""
    return nest.map_structure(lambda v: to_tensor(v) if is_variable(v) else v, values)
