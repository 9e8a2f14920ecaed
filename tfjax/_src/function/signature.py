"""Arguments of a tf.function: canonical form, cache keys, and input signatures."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.eager import frame as frames
from tfjax._src.eager import graph_names, replicas, tier
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.sizes import holds_symbolic
from tfjax._src.eager.tensor import Tensor, Unknown
from tfjax._src.function import tracetype
from tfjax._src.function.capture import Slot
from tfjax._src.function.tracetype import ObjectType, is_variable

_VALUES = (bool, int, float, complex, str, bytes, type(None), type)


@dataclass
class Call:
    """The arguments of one call.

    Attributes:
      args, kwargs: canonical: defaults filled in, keywords positional where possible.
      key: hashable; equal for calls that can run the same program.
      tensors: the tensors among the leaves, strings included.
      template: (args, kwargs) with Slots for tensors.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    key: Any
    tensors: list[Tensor]
    template: Any

    def rebuild(self, tensors: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """(args, kwargs) with other tensors."""
        leaves = []
        for leaf in nest.flatten(self.template, expand_composites=True):
            if type(leaf) is Slot:
                leaf = tensors[leaf.index]
            elif type(leaf) is _Weak:
                leaf = leaf.get()
            leaves.append(leaf)
        return nest.pack_sequence_as((self.args, self.kwargs), leaves, expand_composites=True)

    def released(self) -> Call:
        """The same without a hold on tensors and objects, for a cache to keep."""
        leaves = nest.flatten(self.template, expand_composites=True)
        leaves = [
            v if type(v) is Slot or isinstance(v, (*_VALUES, TensorSpec)) else _Weak(v)
            for v in leaves
        ]
        template = nest.pack_sequence_as(self.template, leaves, expand_composites=True)
        return Call(*template, self.key, [_valueless(t) for t in self.tensors], template)


class _Weak:
    """A leaf that a cache must not keep alive."""

    def __init__(self, value: Any) -> None:
        try:
            self.get: Any = weakref.ref(value)
        except TypeError:
            self.get = lambda: value


def _valueless(tensor: Tensor) -> Tensor:
    value = tensor._value
    return Tensor(Unknown(value.shape, value.dtype))


class Binder:
    """Binds arguments to the parameters of one Python function."""

    def __init__(self, function: Any) -> None:
        try:
            self.signature = inspect.signature(function)
        except ValueError:  # a builtin that does not tell
            self.signature = inspect.Signature(
                [
                    inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                    inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
                ]
            )
        parameters = self.signature.parameters.values()
        self.plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
        self.count = len(parameters) if self.plain else -1

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any], text: Any = None) -> Any:
        """(args, kwargs) in canonical form. Raises TypeError with TensorFlow's text."""
        if not kwargs and len(args) == self.count:
            return args, kwargs
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise binding_error(str(error), args, kwargs, text or self.describe()) from None
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def describe(self, types: dict[str, str] | None = None) -> str:
        """`(x, *, y=<captured_default_value>)`, with types where they are known."""
        parts, star = [], False
        for p in self.signature.parameters.values():
            if p.kind is p.KEYWORD_ONLY and not star:
                parts.append("*")
                star = True
            star = star or p.kind is p.VAR_POSITIONAL
            mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
            known = (types or {}).get(p.name)
            default = "" if p.default is p.empty or known else "=<captured_default_value>"
            parts.append(f"{mark}{p.name}" + (f": {known}" if known else "") + default)
        return f"({', '.join(parts)})"


def binding_error(reason: str, args: Any, kwargs: Any, signature: str) -> TypeError:
    """What TensorFlow raises for arguments that do not fit a signature."""
    return TypeError(
        f"Binding inputs to tf.function failed due to `{reason}`. Received args: {args} and "
        f"kwargs: {kwargs} for signature: {signature}."
    )


def plain_key(args: Sequence[Any]) -> Any:
    """The key of a call with nothing but Tensors; None for any other."""
    key = []
    for a in args:
        if type(a) is not Tensor:
            return None
        value = a._value
        # JAX keeps one object for equal shapes and dtypes: a key that hashes quickly.
        key.append(
            (value.shape, value.dtype)
            if type(value) is np.ndarray
            else value.aval
            if type(value) is tier.ArrayImpl
            else _other(value)
        )
    return tuple(key)


_PLAIN = frozenset((bool, int, float, str, type(None)))


def quick_key(args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, Sequence[Tensor]] | None:
    """(key, tensors) of a call with Tensors and plain Python values only; None for any other."""
    key: list[Any] = []
    tensors: list[Tensor] = []
    for a in args:
        kind = type(a)
        if kind is Tensor:
            value = a._value
            tensors.append(a)
            kind = type(value)
            if kind is tier.ArrayImpl:
                key.append(value.aval)
            else:
                key.append((value.shape, value.dtype) if kind is np.ndarray else _other(value))
        elif kind in _PLAIN:
            key.append((kind, a))
        else:
            return None
    if kwargs:
        rest = quick_key(tuple(kwargs.values()), {})
        if rest is None:
            return None
        key += [tuple(kwargs), rest[0]]
        tensors += rest[1]
    return tuple(key), tensors


def _other(value: Any) -> Any:
    tier.is_new_array_type(value)
    return (type(value), value.shape, value.dtype)


def describe_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """The `Call` of canonical arguments."""
    tensors: list[Tensor] = []
    key: list[Any] = []
    leaves: list[Any] = []
    for leaf in nest.flatten((args, kwargs), expand_composites=True):
        tensor = _as_input(leaf)
        if tensor is None:
            key.append(_static_key(leaf))
            leaves.append(leaf)
        else:
            if isinstance(tensor._value, jax.core.Tracer) and frames.current() is None:
                raise graph_names.out_of_scope([tensor]) or AssertionError
            shape = tensor._value.shape
            # Symbolic sizes of different traces refuse to be compared.
            known = tuple(map(repr, shape)) if shape and holds_symbolic(tuple(shape)) else shape
            key.append((known, tensor._value.dtype))
            leaves.append(Slot(len(tensors)))
            tensors.append(tensor)
    template = nest.pack_sequence_as((args, kwargs), leaves, expand_composites=True)
    whole = (structure_key(args), structure_key(kwargs), replicas.trace_key(), tuple(key))
    return Call(args, kwargs, whole, tensors, template)


def structure_key(value: Any) -> Any:
    """A hashable picture of a nest's structure."""
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda kv: str(kv[0]))
        return (type(value), tuple([(k, structure_key(v)) for k, v in items]))
    if isinstance(value, (list, tuple)):
        return (type(value), tuple([structure_key(v) for v in value]))
    if isinstance(value, Tensor):
        return None
    if nest.is_nested(value):
        return type(value)
    if hasattr(value, "_type_spec"):
        return (type(value), value._type_spec)
    return None


def _as_input(leaf: Any) -> Tensor | None:
    if isinstance(leaf, Tensor):
        return leaf
    if isinstance(leaf, (np.ndarray, np.generic, jax.Array)):
        return to_tensor(leaf)
    return None


def _static_key(leaf: Any) -> Any:
    if isinstance(leaf, _VALUES):
        return leaf
    if isinstance(leaf, dtypes.DType):
        return ObjectType(leaf)  # it equals its number
    if hasattr(leaf, "__tf_tracing_type__"):
        return leaf.__tf_tracing_type__(None)
    if is_variable(leaf):
        return ObjectType(leaf)
    if isinstance(leaf, TensorSpec):
        return leaf
    try:
        hash(leaf)
    except TypeError:
        return ObjectType(leaf)
    return ObjectType(leaf, type(leaf).__hash__ is object.__hash__)


def apply_input_signature(signature: Any, binder: Binder, args: Any, kwargs: Any, text: str) -> Any:
    """Canonical arguments converted to what `signature` asks for; TypeError where they do not fit."""
    given = args, kwargs
    args, kwargs = binder.bind(args, kwargs, text)
    converted = []
    for spec, value in zip(signature, args):
        try:
            if nest.is_nested(spec):
                fitted = [fit(s, v) for s, v in pairs(spec, value)]
                converted.append(nest.pack_sequence_as(spec, fitted))
            else:
                converted.append(fit(spec, value))
        except (TypeError, ValueError) as error:
            raise binding_error(str(error), *given, text) from None
    return (*converted, *args[len(signature) :]), kwargs


def pairs(template: Any, given: Any) -> list[tuple[Any, Any]]:
    """(leaf of the template, what stands there in `given`), in flattening order."""
    if not nest.is_nested(template):
        ours = nest.flatten(template, expand_composites=True)
        if len(ours) == 1:
            return [(ours[0], given)]
        return list(zip(ours, nest.flatten(given, expand_composites=True), strict=True))
    if isinstance(template, dict):
        if not isinstance(given, dict) or set(given) != set(template):
            raise TypeError(
                f"{given!r} has different keys with the TraceType {_type_text(template)}."
            )
    elif not nest.is_nested(given) or len(nest.children(given)) != len(nest.children(template)):
        raise TypeError(f"Can not cast {given!r} to {template!r}")
    theirs = dict(nest.children(given))
    return [pair for key, part in nest.children(template) for pair in pairs(part, theirs[key])]


def _type_text(template: Any) -> str:
    return tracetype.text(template, tracetype.Typing())


def fit(spec: Any, value: Any) -> Any:
    """`value` as `spec` asks; TypeError if it cannot be."""
    if not isinstance(spec, TensorSpec):
        composite = isinstance(spec, TypeSpec) and hasattr(value, "_type_spec")
        if composite and not isinstance(value, TypeSpec) and not spec.is_compatible_with(value):
            raise TypeError(f"Can not cast {value._type_spec!r} to {spec!r}")
        return value
    if isinstance(value, TensorSpec):
        if not spec.is_compatible_with(value):
            raise TypeError(f"Can not cast {value!r} to {spec!r}")
        return value
    if isinstance(
        value, (bool, int, float, complex, str, bytes, list, tuple, np.ndarray, np.generic)
    ):
        try:
            tensor = to_tensor(value, spec.dtype)
        except (TypeError, ValueError):
            raise TypeError(
                f"Cannot convert {value!r} to EagerTensor of dtype {spec.dtype.name}"
            ) from None
    else:
        tensor = to_tensor(value)
    if not spec.is_compatible_with(tensor):
        actual = TensorSpec(tensor.shape, tensor.dtype)
        raise TypeError(f"Can not cast {actual!r} to {spec!r}")
    return tensor
