"""What Flax NNX sees of a layer: its Variables and layers; everything else is structure."""

from __future__ import annotations

from typing import Any

import jax
from flax import nnx

from tfjax._src.eager.variable import Variable
from tfjax._src.function.module import Module

# Attributes that belong to one object and its training: a merged model starts without them.
_OWN = frozenset({
    "_auto_config", "_programs", "optimizer", "_compile_loss", "_compile_metrics", "_compile_config", "_loss_tracker", "compiled", "history",
    "_call_losses", "_pending_compile", "_cannot_compile",
})
_SIMPLE = (bool, int, float, str, bytes, type(None))


class Structure:
    """The part of a layer that is neither a Variable nor a layer; equal for equal layers.

    Args:
      cls: the layer's class.
      rest: its other attributes.
      order: the names of all.
    """

    def __init__(self, cls: type, rest: dict[str, Any], order: tuple[str, ...]) -> None:
        self.cls, self.rest, self.order = cls, rest, order

    def empty(self) -> Any:
        """A new layer with this structure and nothing in it yet."""
        layer = object.__new__(self.cls)
        vars(layer).update(self.rest)
        layer.__dict__["_call_losses"] = []
        layer.__dict__["_nnx_order"] = self.order
        layer.__dict__["_auto_config"] = ((), {})
        if hasattr(layer, "_init_trainer"):
            layer._init_trainer()
        return layer

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Structure) or self.cls is not other.cls or self.rest.keys() != other.rest.keys():
            return False
        return all(_same(value, other.rest[key]) for key, value in self.rest.items())

    def __hash__(self) -> int:
        return hash((self.cls, tuple(sorted(self.rest))))

    def __repr__(self) -> str:
        return self.cls.__name__


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    return type(a) is type(b) and isinstance(a, (*_SIMPLE, tuple)) and a == b


def holds_state(value: Any) -> bool:
    """Whether a value is, or contains, something that Flax tracks."""
    if isinstance(value, (Variable, Module, nnx.Module, nnx.Variable, jax.Array)) or hasattr(value, "_is_seed_generator"):
        return True
    if isinstance(value, dict):
        return any(holds_state(v) for v in value.values())
    return isinstance(value, (list, tuple)) and any(holds_state(v) for v in value)


def flatten(layer: Any) -> tuple[list[tuple[str, Any]], Structure]:
    """(visible attributes, structure). Names of the user's own come before private ones."""
    visible, rest = [], {}
    for key in sorted(vars(layer), key=lambda k: (k.startswith("_"), k)):
        value = vars(layer)[key]
        if key in _OWN:
            continue
        if key not in layer._nnx_hidden and holds_state(value):
            visible.append((key, value))
        else:
            rest[key] = value
    return visible, Structure(type(layer), rest, tuple(vars(layer)))


def clear(layer: Any) -> None:
    """Takes out what `flatten` shows, before Flax puts new state in; the structure stays."""
    order = tuple(vars(layer))
    for key, _ in flatten(layer)[0]:
        del vars(layer)[key]
    layer.__dict__["_nnx_order"] = order


def init(layer: Any, items: Any) -> None:
    """Puts attributes in, in the order that they had: it is the order of the weights."""
    attributes = vars(layer)
    order = attributes.pop("_nnx_order", ())
    found = {**attributes, **dict(items)}
    attributes.clear()
    attributes.update({key: found[key] for key in order if key in found})
    attributes.update(found)
