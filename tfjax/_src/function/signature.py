"""Arguments of a tf.function: canonical form, cache keys, and input signatures."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.capture import Slot

_VALUES = (bool, int, float, complex, str, bytes, type(None))


class Identity:
    """A key for an object compared by identity; does not keep it alive where it need not."""

    __slots__ = ("ident", "ref")

    def __init__(self, obj: Any) -> None:
        self.ident = id(obj)
        try:
            self.ref: Any = weakref.ref(obj)
        except TypeError:
            self.ref = lambda: obj

    def __hash__(self) -> int:
        return self.ident

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.ident == other.ident and self.ref() is other.ref()

    def __repr__(self) -> str:
        return repr(self.ref())


def bind(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments in canonical form: defaults filled in, keywords turned positional where possible."""
    if not kwargs and _positional_count(function) == len(args):
        return args, kwargs
    bound = _signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args, bound.kwargs


_signatures: weakref.WeakKeyDictionary[Any, inspect.Signature] = weakref.WeakKeyDictionary()
_counts: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def _signature(function: Any) -> inspect.Signature:
    try:
        return _signatures[function]
    except (KeyError, TypeError):
        found = inspect.signature(function)
        try:
            _signatures[function] = found
        except TypeError:
            pass
        return found


def _positional_count(function: Any) -> int:
    try:
        return _counts[function]
    except (KeyError, TypeError):
        pass
    parameters = _signature(function).parameters.values()
    plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
    count = len(parameters) if plain else -1
    try:
        _counts[function] = count
    except TypeError:
        pass
    return count


def flatten(args: Any) -> tuple[Any, list[Tensor], Any]:
    """(cache key, tensors, template with Slots) of canonical arguments."""
    tensors: list[Tensor] = []
    if type(args) is tuple and args and all(type(a) is Tensor and a._value.dtype != object for a in args):
        key = tuple([(a._value.shape, a._value.dtype) for a in args])
        return key, list(args), None
    key: list[Any] = []
    leaves = []
    for leaf in nest.flatten(args, expand_composites=True):
        tensor = _as_input(leaf)
        if tensor is None:
            key.append(_static_key(leaf))
            leaves.append(leaf)
        else:
            key.append((tensor._value.shape, tensor._value.dtype))
            leaves.append(Slot(len(tensors)))
            tensors.append(tensor)
    template = nest.pack_sequence_as(args, leaves, expand_composites=True)
    return (structure_key(args), tuple(key)), tensors, template


def structure_key(value: Any) -> Any:
    """A hashable picture of a nest's structure."""
    if isinstance(value, dict):
        return (dict, tuple((k, structure_key(v)) for k, v in sorted(value.items(), key=lambda kv: str(kv[0]))))
    if isinstance(value, (list, tuple)):
        return (type(value), tuple(structure_key(v) for v in value))
    if hasattr(value, "_type_spec") and not isinstance(value, Tensor):
        return (type(value), value._type_spec)
    return None


def _as_input(leaf: Any) -> Tensor | None:
    if isinstance(leaf, Tensor):
        return leaf if leaf._value.dtype != object else None
    if isinstance(leaf, (np.ndarray, np.generic, jax.Array)) and leaf.dtype.kind not in "SUO":
        return to_tensor(leaf)
    return None


def _static_key(leaf: Any) -> Any:
    if isinstance(leaf, _VALUES):
        return (type(leaf), leaf)
    if isinstance(leaf, Tensor):
        value = leaf._value
        return ("string", value.shape, tuple(value.reshape(-1).tolist()))
    if isinstance(leaf, (TensorSpec, dtypes.DType, type)):
        return leaf
    if hasattr(leaf, "_dense_var_to_tensor"):
        return Identity(leaf)
    try:
        hash(leaf)
    except TypeError:
        return Identity(leaf)
    if type(leaf).__hash__ is object.__hash__:
        return Identity(leaf)
    return (type(leaf), leaf)


def rebuild(template: Any, args: Any, tensors: Sequence[Tensor]) -> Any:
    """Canonical arguments with `tensors` in the places of the Slots."""
    if template is None:
        return tuple(tensors)
    leaves = [
        tensors[leaf.index] if isinstance(leaf, Slot) else leaf
        for leaf in nest.flatten(template, expand_composites=True)
    ]
    return nest.pack_sequence_as(args, leaves, expand_composites=True)


def apply_input_signature(input_signature: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments converted to what `input_signature` asks for; TypeError where they do not fit."""
    if len(args) < len(input_signature):
        raise TypeError(f"missing required inputs: signature {input_signature}, got {len(args)} arguments.")
    converted = []
    for spec, value in zip(input_signature, args):
        converted.append(nest.map_structure(_fit, spec, value) if nest.is_nested(spec) else _fit(spec, value))
    return (*converted, *args[len(input_signature) :])


def _fit(spec: Any, value: Any) -> Any:
    if not isinstance(spec, TensorSpec):
        return value
    try:
        numeric = isinstance(value, (bool, int, float, complex, list, tuple, np.ndarray))
        tensor = to_tensor(value, spec.dtype) if numeric else to_tensor(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"Can not cast {value!r} to {spec}: {error}") from None
    if not spec.is_compatible_with(tensor):
        raise TypeError(
            "Binding inputs to tf.function failed due to `Can not cast "
            f"TensorSpec(shape={tuple(tensor.shape)}, dtype={tensor.dtype!r}, name=None) to {spec!r}`."
        )
    return tensor


def flat_for_concrete(concrete: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """The tensors for a ConcreteFunction called with Python arguments."""
    names, specs = concrete.inputs
    values: list[Any] = []
    for leaf in nest.flatten((args, {k: v for k, v in kwargs.items() if k not in names}), expand_composites=True):
        if isinstance(leaf, (Tensor, np.ndarray, np.generic, jax.Array, int, float, bool)) or hasattr(leaf, "_dense_var_to_tensor"):
            values.append(leaf)
    for i, name in enumerate(names):
        if name in kwargs:
            values.insert(min(i, len(values)), kwargs[name])
    if len(values) != len(specs):
        raise TypeError(
            f"ConcreteFunction {concrete.name} expected {len(specs)} tensor arguments "
            f"({', '.join(map(str, specs))}), got {len(values)}."
        )
    result = []
    for value, spec in zip(values, specs):
        tensor = to_tensor(value, None, spec.dtype)
        if tensor.dtype != spec.dtype or not spec.shape.is_compatible_with(tensor.shape):
            raise TypeError(f"ConcreteFunction {concrete.name} expected {spec}, got {tensor!r}.")
        result.append(tensor)
    return result
