"""Values that consist of several tensors: sparse, ragged and users' extension types.

A composite has a `_type_spec`, and the spec knows how the value comes apart (`_to_components`) and
is put together (`_from_components`). That is all that nests, tf.function, loops and datasets need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.specs import TypeSpec
from tfjax._src.eager import convert, kernel
from tfjax._src.eager.tensor import Tensor


class CompositeTensor:
    """Base class of values made of tensors."""

    _tfjax_is_tensor = True

    @property
    def _type_spec(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._type_spec")

    def _shape_invariant_to_type_spec(self, shape: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._shape_invariant_to_type_spec")

    def consumers(self) -> list[Any]:
        """An empty list: there is no graph."""
        return []


class CompositeSpec(TypeSpec):
    """Base class of the specs of composites."""

    def _to_components(self, value: Any) -> Any:
        """The nest of tensors and composites that `value` consists of."""
        raise NotImplementedError(f"{type(self).__name__}._to_components")

    def _from_components(self, components: Any) -> Any:
        """The value that consists of `components`."""
        raise NotImplementedError(f"{type(self).__name__}._from_components")


class Outline:
    """A composite whose components are no tensors: what a nest of stand-ins is packed into."""

    def __init__(self, spec: Any, components: Any) -> None:
        self._type_spec = spec
        self.components = components

    def __repr__(self) -> str:
        return f"{self._type_spec!r} of {nest.flatten(self.components)}"


def _components(value: Any) -> Any:
    if isinstance(value, Outline):
        return value.components
    return value._type_spec._to_components(value)


def _is_value(part: Any) -> bool:
    return isinstance(part, (Tensor, CompositeTensor, np.ndarray, np.generic, jax.Array)) or hasattr(
        part, "_dense_var_to_tensor"
    )


def _is_count(part: Any) -> bool:
    """True for indices, row splits and other integers."""
    return isinstance(part, Tensor) and not kernel.is_differentiable(part._value.dtype)


def _build(value: Any, parts: Sequence[Any]) -> Any:
    spec = value._type_spec
    old = _parts(value)
    if any([part is None for part in parts]):
        # Gradients: integers have none and stay as they are.
        if all([part is None or _is_count(part) for part in parts]):
            return None
        parts = [own if part is None and _is_count(own) else part for part, own in zip(parts, old)]
    components = nest.pack_sequence_as(_components(value), list(parts))
    if all([_is_value(part) or part is None and own is None for part, own in zip(parts, old)]):
        return spec._from_components(components)
    return Outline(spec, components)


def _parts(value: Any) -> list[Any]:
    return nest.flatten(_components(value))


def _spec(value: Any) -> Any:
    return value._type_spec


nest.register_composite(CompositeTensor, _parts, _build, _spec)
nest.register_composite(Outline, _parts, _build, _spec)


def _refuse(value: Any, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Any:
    raise value._conversion_error()


def forbid_conversion(cls: type) -> None:
    """Instances of `cls` never become tensors; `_conversion_error` says why."""
    convert.register_tensor_conversion_function(cls, _refuse, 0)
