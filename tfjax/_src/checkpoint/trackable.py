"""The graph of objects that checkpoints and SavedModels store: Variables by the names of attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.eager.variable import Variable
from tfjax._src.function.module import Module
from tfjax._src.saved_model import protos


def is_variable(value: Any) -> bool:
    """True for a Variable."""
    return isinstance(value, Variable)


def holds_value(value: Any) -> bool:
    """True for a node with a value of its own: a Variable, or an iterator with its position."""
    return isinstance(value, Variable) or hasattr(value, "_checkpoint_value")


def value_of(obj: Any) -> Any:
    """The value that a checkpoint stores for such a node; a `jax.Array` if it is split over devices."""
    if not isinstance(obj, Variable):
        return np.asarray(obj._checkpoint_value())
    raw = obj._raw_value
    split = sharding_of(obj) is not None and not raw.is_fully_replicated
    return raw if split else np.asarray(raw)


def sharding_of(obj: Any) -> jax.sharding.Sharding | None:
    """How a Variable is laid out over a mesh, if it is."""
    home = getattr(obj, "_home", None)
    return home if isinstance(home, jax.sharding.Sharding) else None


def assign(obj: Any, value: Any) -> None:
    """Gives the node its value back. Raises ValueError where shapes differ."""
    if not isinstance(obj, Variable):
        obj._restore_value(value)
        return
    if tuple(obj._raw_value.shape) != value.shape:
        raise ValueError(
            f"Received incompatible tensor with shape {value.shape} when attempting to restore variable with shape "
            f"{tuple(obj._raw_value.shape)} and name {obj.name}."
        )
    with frames.init_scope():
        obj.set_array(value.astype(obj._raw_value.dtype) if isinstance(value, jax.Array) else jnp.array(value, obj._raw_value.dtype))


def is_trackable(value: Any) -> bool:
    """True for what can be, or hold, a node of the graph."""
    if isinstance(value, (Variable, Module)) or hasattr(value, "_trackable_children") or holds_value(value):
        return not isinstance(value, type)
    if isinstance(value, Mapping):
        return any(is_trackable(v) for v in value.values())
    return isinstance(value, (list, tuple)) and any(is_trackable(v) for v in value)


def children(obj: Any) -> list[tuple[str, Any]]:
    """(local name, child) pairs of an object, in a fixed order.

    An object may say so itself with a method `_trackable_children() -> dict`. Otherwise they are the
    attributes that hold Variables, modules, or lists, tuples and dicts of these.
    """
    if holds_value(obj):
        return []
    if isinstance(obj, Mapping):
        return [(str(k), v) for k, v in obj.items() if is_trackable(v)]
    if isinstance(obj, (list, tuple)):
        return [(str(i), v) for i, v in enumerate(obj) if is_trackable(v)]
    own = getattr(obj, "_trackable_children", None)
    if own is not None:
        return list(own().items())
    ignored = getattr(obj, "_TF_MODULE_IGNORED_PROPERTIES", ())
    return [
        (name, value)
        for name, value in sorted(vars(obj).items())
        if name not in ignored and is_trackable(value)
    ]


class Node:
    """One object of the graph.

    Attributes:
      obj: the object.
      path: local names from the root, by the shortest way.
      children: (local name, node number) pairs.
    """

    def __init__(self, obj: Any, path: tuple[str, ...]) -> None:
        self.obj, self.path = obj, path
        self.children: list[tuple[str, int]] = []


def graph(root: Any) -> list[Node]:
    """All objects from `root` on, breadth first; node 0 is the root."""
    nodes = [Node(root, ())]
    numbers = {id(root): 0}
    for node in nodes:  # grows while it is walked
        for name, child in children(node.obj):
            number = numbers.get(id(child))
            if number is None:
                number = numbers[id(child)] = len(nodes)
                nodes.append(Node(child, (*node.path, name)))
            node.children.append((name, number))
    return nodes


def escape(name: str) -> str:
    """A local name as part of a checkpoint key."""
    return name.replace(".", "..").replace("/", ".S")


def key(node: Node) -> str:
    """The checkpoint key of a Variable's node."""
    return "/".join([*map(escape, node.path), ".ATTRIBUTES/VARIABLE_VALUE"])


def variables(nodes: list[Node]) -> Iterator[tuple[int, Node]]:
    """(number, node) of the Variables."""
    return ((i, n) for i, n in enumerate(nodes) if is_variable(n.obj))


def proto(nodes: list[Node]) -> Any:
    """The TrackableObjectGraph that a checkpoint of these nodes carries."""
    result = protos.TrackableObjectGraph()
    for node in nodes:
        entry = result.nodes.add()
        for name, number in node.children:
            entry.children.add(node_id=number, local_name=name)
        if holds_value(node.obj):
            full_name = node.obj.name.split(":")[0] if is_variable(node.obj) else "/".join(node.path)
            entry.attributes.add(name="VARIABLE_VALUE", full_name=full_name, checkpoint_key=key(node))
    return result
