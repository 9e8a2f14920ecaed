"""tf.Module: a container of Variables that Flax NNX knows as a graph node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from flax.nnx import graphlib

from tfjax._src.core import names, nest, nest_paths
from tfjax._src.core.export import export
from tfjax._src.eager.variable import Variable

_CAMEL = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")


def register_graph_node(cls: type) -> None:
    """Makes `cls` an NNX graph node: `nnx.split`, `nnx.merge`, `nnx.jit` … work on its instances.

    A class with `_nnx_flatten` says itself what Flax sees of it, and by an object with `empty()` how
    it begins again.
    """

    def flatten(node: Any) -> tuple[list[tuple[str, Any]], Any]:
        if hasattr(node, "_nnx_flatten"):
            return node._nnx_flatten()
        attributes = vars(node)
        hidden = getattr(node, "_nnx_hidden", ())
        return [(k, attributes[k]) for k in sorted(attributes) if k not in hidden], type(node)

    def set_key(node: Any, key: str, value: Any) -> None:
        current = vars(node).get(key)
        if isinstance(current, Variable) and isinstance(value, Variable):
            current.update_from_state(value)
        else:
            vars(node)[key] = value

    graphlib.register_graph_node_type(
        cls,
        flatten,
        set_key,
        lambda node, key: vars(node).pop(key),
        lambda metadata: object.__new__(metadata) if isinstance(metadata, type) else metadata.empty(),
        lambda node: node._nnx_clear() if hasattr(node, "_nnx_clear") else vars(node).clear(),
        lambda node, items: node._nnx_init(items) if hasattr(node, "_nnx_init") else vars(node).update(items),
    )


def walk(obj: Any, seen: set[int], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, object) for every Variable and Module inside `obj`, in TensorFlow's order, once each.

    What an object's own attributes hold, nested containers included, comes before what the modules
    among them hold.
    """
    if isinstance(obj, Module):
        ignored = obj._TF_MODULE_IGNORED_PROPERTIES
        found = [
            pair
            for key, value in sorted(vars(obj).items())
            if key not in ignored
            for pair in _leaves(value, seen, (*path, key))
        ]
    else:
        found = list(_leaves(obj, seen, path))
    modules = []
    for place, leaf in found:
        if id(leaf) in seen:
            continue
        seen.add(id(leaf))
        yield place, leaf
        if isinstance(leaf, Module):
            modules.append((place, leaf))
    for place, module in modules:
        yield from walk(module, seen, place)


def _leaves(value: Any, seen: set[int], path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, object) for the Variables and Modules of a nest of containers."""
    if isinstance(value, (Variable, Module)):
        yield path, value
        return
    if isinstance(value, dict):
        items: Any = sorted(value.items(), key=lambda kv: str(kv[0]))
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    for key, item in items:
        yield from _leaves(item, seen, (*path, key))


def _every_leaf(
    module: Any, recursive: bool, key: Any, expand: bool, seen: set[int], path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, object) for what the attributes of a module hold, once each."""
    inner = []
    for name in sorted(vars(module), key=key):
        if name in module._TF_MODULE_IGNORED_PROPERTIES:
            continue
        value = vars(module)[name]
        leaves = nest_paths.flatten_with_tuple_paths(value)
        if expand:
            leaves = [(p, part) for p, leaf in leaves for part in nest.flatten(leaf, expand_composites=True)]
        for place, leaf in leaves:
            if id(leaf) in seen:
                continue
            seen.add(id(leaf))
            yield (*path, name, *place), leaf
            if recursive and isinstance(leaf, Module):
                inner.append(((*path, name, *place), leaf))
    for place, leaf in inner:
        yield from _every_leaf(leaf, recursive, key, expand, seen, place)


@export("Module")
class Module:
    """Base class of objects that own Variables.

    Subclasses are also Flax NNX graph nodes, so `nnx.split(module)` works.

    Args:
      name: a Python identifier; the class's name in snake case by default.

    >>> import tfjax as tf
    >>> class Linear(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.w = tf.Variable([[1.0]], name="w")
    >>> [v.name for v in Linear().trainable_variables]
    ['w:0']
    """

    _TF_MODULE_IGNORED_PROPERTIES: frozenset[str] = frozenset()
    _nnx_hidden: frozenset[str] = frozenset({"_name_scope"})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        register_graph_node(cls)

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = _CAMEL.sub(r"_\1", type(self).__name__).lower()
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a valid module name. Module names must be valid Python identifiers (e.g. a valid class name).")
        self._name = name
        self._name_scope = names.name_scope(f"{names.current_scope()}{name}/")

    @property
    def name(self) -> str:
        """The name given at construction."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """The scope of this module's name, inside the scope in which it was constructed."""
        return self._name_scope

    def _found(self, kind: Any) -> Iterator[Any]:
        for _, obj in walk(self, {id(self)}):
            if isinstance(obj, kind):
                yield obj

    @property
    def variables(self) -> tuple[Any, ...]:
        """All Variables of this module and of those inside it."""
        return tuple(self._found(Variable))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The trainable Variables."""
        return tuple(v for v in self._found(Variable) if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """The Variables that are not trainable."""
        return tuple(v for v in self._found(Variable) if not v.trainable)

    @property
    def submodules(self) -> tuple[Any, ...]:
        """All modules inside this one."""
        return tuple(self._found(Module))

    def _flatten(
        self, recursive: bool = True, predicate: Any = None, attribute_traversal_key: Any = None,
        with_path: bool = False, expand_composites: bool = False,
    ) -> Iterator[Any]:
        """What the attributes hold, the elements of containers one by one; then what modules hold.

        Subclasses in libraries define properties by it, so it has TensorFlow's name.

        Args:
          recursive: whether to look into modules.
          predicate: tells which objects to give; all by default.
          attribute_traversal_key: a key to sort the names of attributes by.
          with_path: gives pairs (path, object), the path made of names, keys and indices.
          expand_composites: whether values made of several tensors are containers.
        """
        wanted = predicate or (lambda value: True)
        for path, leaf in _every_leaf(self, recursive, attribute_traversal_key, expand_composites, set()):
            if wanted(leaf):
                yield (path, leaf) if with_path else leaf

    def _no_dependency(self, value: Any) -> Any:
        """`value`: containers are kept as they are, so there is nothing to exempt from tracking."""
        return value

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates a method so that it runs in the module's name scope."""

        def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        wrapped.__name__ = method.__name__
        wrapped.__doc__ = method.__doc__
        return wrapped
