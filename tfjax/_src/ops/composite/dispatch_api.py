"""tf.experimental.dispatch_for_api and its like: users' types taken by ordinary operations."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from tfjax._src.core.export import export
from tfjax._src.eager import dispatch
from tfjax._src.eager.op import PUBLIC_NAMES
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite.extension_type import ExtensionType
from tfjax._src.ops.ragged.dispatch import BINARY_NAMES, UNARY_NAMES, public_names

# Public functions that are no ops themselves: the op inside that meets their arguments.
_INSIDE = {
    "cast": "_internal.cast", "gather": "_internal.gather", "where": "_internal.where", "one_hot": "_internal.one_hot",
    "saturate_cast": "_internal.saturate_cast", "strings.reduce_join": "_internal.reduce_join",
}
_OWN_DISPATCH = ("shape", "size", "rank", "strings.join")
_ASSERTS = frozenset(
    f"debugging.assert_{name}" for name in "equal none_equal greater greater_equal less less_equal near".split()
)


class _Target(NamedTuple):
    """A user's function for an operation, with the types of arguments it takes."""

    function: Callable[..., Any]
    signatures: list[dict[str, Any]]


class _Elementwise(NamedTuple):
    """A user's function for all elementwise operations of arguments of these types."""

    function: Callable[..., Any]
    types: tuple[Any, ...]


_targets: dict[Any, list[_Target]] = {}
_elementwise: dict[str, list[_Elementwise]] = {"unary": [], "binary": [], "assert": []}
_wrapped: dict[type, Any] = {}


def _origin(annotation: Any) -> Any:
    origin = typing.get_origin(annotation)
    return typing.Union if origin is types.UnionType else origin


def _fits(value: Any, annotation: Any) -> bool:
    origin = _origin(annotation)
    if origin is typing.Union:
        return any(_fits(value, a) for a in typing.get_args(annotation))
    if origin in (list, tuple) or isinstance(origin, type) and issubclass(origin, (list, tuple)):
        inner = [a for a in typing.get_args(annotation) if a is not Ellipsis]
        return isinstance(value, (list, tuple)) and all(_fits(v, inner[0]) for v in value)
    return isinstance(value, annotation) if isinstance(annotation, type) else True


def _classes(annotation: Any) -> list[type]:
    if isinstance(annotation, type) and _origin(annotation) is None:
        return [annotation]
    return [c for a in typing.get_args(annotation) if a is not Ellipsis for c in _classes(a)]


def _listen(annotation: Any) -> None:
    """Makes the gate ask here for arguments of these classes."""
    for cls in _classes(annotation):
        if issubclass(cls, (Tensor, int, float, str, bool, type(None))) or cls in _wrapped or issubclass(cls, ExtensionType):
            continue
        older = dispatch.handler_for(cls)
        _wrapped[cls] = older

        def handler(function: Any, args: Any, kwargs: Any, older: Any = older) -> Any:
            result = handle(function, args, kwargs)
            return older(function, args, kwargs) if result is NotImplemented and older is not None else result

        dispatch.register(cls, handler)


def _parameters(function: Any) -> list[str]:
    definition = getattr(function, "op", None)
    if definition is not None:
        return list(inspect.signature(definition.body).parameters)
    return list(inspect.signature(function).parameters)


def handle(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the users' functions give for these arguments."""
    found = _targets.get(function)
    if found:
        by_name = {**dict(zip(_parameters(function), args)), **kwargs}
        fitting = [t for t in found if any(_matches(by_name, s) for s in t.signatures)]
        if len(fitting) > 1:
            raise _ambiguous(fitting, function)
        if fitting:
            accepted = inspect.signature(fitting[0].function).parameters
            return fitting[0].function(**{k: v for k, v in by_name.items() if k in accepted})
    return _handle_elementwise(function, args)


def _ambiguous(fitting: list[Any], function: Any) -> Exception:
    shown = " and ".join(str(t.function) for t in fitting[:2])
    return ValueError(f"Multiple dispatch targets that were registered with tf.dispatch_for ({shown}) match the arguments to {function.__name__}")


def _matches(by_name: dict[str, Any], signature: dict[str, Any]) -> bool:
    return all(name in by_name and _fits(by_name[name], annotation) for name, annotation in signature.items())


def _handle_elementwise(function: Any, args: tuple[Any, ...]) -> Any:
    names = public_names(function)
    kind = "unary" if not UNARY_NAMES.isdisjoint(names) else "binary" if not BINARY_NAMES.isdisjoint(names) else None
    kind = "assert" if not _ASSERTS.isdisjoint(names) else kind
    if kind is None:
        return NotImplemented
    count = 1 if kind == "unary" else 2
    fitting = [e for e in _elementwise[kind] if all(_fits(a, t) for a, t in zip(args, e.types))]
    if len(fitting) > 1:
        raise _ambiguous(fitting, function)
    if not fitting:
        return NotImplemented
    rest = args[count:]
    return fitting[0].function(lambda *operands: function(*operands, *rest), *args[:count])


dispatch.register(ExtensionType, handle)


def _inner(api: Any) -> Any:
    """The function that the gate names when `api` is called. Raises ValueError if there is none."""
    if getattr(api, "op", None) is not None:
        return api
    names = getattr(api, "_tfjax_names", ())
    for name in names:
        if name in _INSIDE:
            return PUBLIC_NAMES[_INSIDE[name]].public
        if name in _OWN_DISPATCH or f"debugging.{name.rpartition('.')[2]}" in _ASSERTS:
            return api
    raise ValueError(f"{api} does not support dispatch.")


@export("experimental.dispatch_for_api")
def dispatch_for_api(api: Any, *signatures: Any) -> Callable[[Any], Any]:
    """Decorates a function that replaces `api` for arguments of certain types.

    Args:
      api: an operation, such as `tf.stack`.
      *signatures: dicts from a parameter's name (or position) to a type; the annotations of the
        decorated function by default.

    Raises:
      ValueError: an `api` that does not support it, or parameters that are not those of `api`.

    >>> import tfjax as tf
    >>> class Masked(tf.experimental.ExtensionType):
    ...     values: tf.Tensor
    ...     mask: tf.Tensor
    >>> @tf.experimental.dispatch_for_api(tf.shape, {"input": Masked})
    ... def masked_shape(input, out_type=tf.int32):
    ...     return tf.shape(input.values, out_type)
    >>> tf.shape(Masked([1, 2], [True, False])).numpy()
    array([2], dtype=int32)
    """
    function = _inner(api)
    parameters = list(inspect.signature(api).parameters)
    given = [_named(s, parameters) for s in signatures]

    def decorate(target: Any) -> Any:
        own = inspect.signature(target)
        if list(own.parameters) != parameters[: len(own.parameters)]:
            shown = [_plain(s, "name" in parameters) for s in (own, inspect.signature(api))]
            raise ValueError(f"Dispatch function's signature {shown[0]} does not match API's signature {shown[1]}.")
        used = given or [_annotated(target)]
        if not any(used):
            raise ValueError(
                "The dispatch_for_api decorator must be called with at least one signature, or applied to a function "
                "that has type annotations on its parameters."
            )
        for signature in used:
            for annotation in signature.values():
                _listen(annotation)
        _targets.setdefault(function, []).append(_Target(target, used))
        return target

    return decorate


def _plain(signature: inspect.Signature, named: bool) -> str:
    """A signature without annotations, with a `name`."""
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    if named and "name" not in signature.parameters:
        parameters.append(inspect.Parameter("name", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None))
    return str(inspect.Signature(parameters))


def _named(signature: Any, parameters: list[str]) -> dict[str, Any]:
    found = {}
    for key, annotation in signature.items():
        name = parameters[key] if isinstance(key, int) and 0 <= key < len(parameters) else key
        if name not in parameters:
            raise ValueError(f"signature includes annotation for unknown parameter {key!r}.")
        found[name] = annotation
    return found


def _annotated(target: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(target)
    hints.pop("return", None)
    return hints


def _register(kind: str, types_: tuple[Any, ...], words: str) -> Callable[[Any], Any]:
    def decorate(handler: Any) -> Any:
        for other in _elementwise[kind]:
            if other.types == types_:
                shown = types_[0] if len(types_) == 1 else f"({', '.join(str(t) for t in types_)})"
                raise ValueError(f"A {words} dispatch handler ({other.function}) has already been registered for {shown}.")
        for annotation in types_:
            _listen(annotation)
        _elementwise[kind].append(_Elementwise(handler, types_))
        return handler

    return decorate


@export("experimental.dispatch_for_unary_elementwise_apis")
def dispatch_for_unary_elementwise_apis(x_type: Any) -> Callable[[Any], Any]:
    """Decorates `handler(api, x)`, called for every elementwise operation of one argument of this type.

    >>> import tfjax as tf
    >>> class Boxed(tf.experimental.ExtensionType):
    ...     values: tf.Tensor
    >>> @tf.experimental.dispatch_for_unary_elementwise_apis(Boxed)
    ... def unary(api, x):
    ...     return Boxed(api(x.values))
    >>> tf.abs(Boxed([-1, 2])).values.numpy()
    array([1, 2], dtype=int32)
    """
    return _register("unary", (x_type,), "unary elementwise")


@export("experimental.dispatch_for_binary_elementwise_apis")
def dispatch_for_binary_elementwise_apis(x_type: Any, y_type: Any) -> Callable[[Any], Any]:
    """Decorates `handler(api, x, y)`, called for every elementwise operation of two arguments of these types.

    >>> import tfjax as tf
    >>> class Wrapped(tf.experimental.ExtensionType):
    ...     values: tf.Tensor
    >>> @tf.experimental.dispatch_for_binary_elementwise_apis(Wrapped, Wrapped)
    ... def binary(api, x, y):
    ...     return Wrapped(api(x.values, y.values))
    >>> tf.add(Wrapped([1]), Wrapped([2])).values.numpy()
    array([3], dtype=int32)
    """
    return _register("binary", (x_type, y_type), "binary elementwise")


@export("experimental.dispatch_for_binary_elementwise_assert_apis")
def dispatch_for_binary_elementwise_assert_apis(x_type: Any, y_type: Any) -> Callable[[Any], Any]:
    """Decorates `handler(assert_api, x, y)`, called for `tf.debugging.assert_…` of two arguments of these types."""
    return _register("assert", (x_type, y_type), "binary elementwise assert")


@export("experimental.unregister_dispatch_for")
def unregister_dispatch_for(dispatch_target: Any) -> None:
    """Undoes what one of the decorators did for this function.

    Raises:
      ValueError: a function that was not decorated.
    """
    before = sum(map(len, _targets.values())) + sum(map(len, _elementwise.values()))
    for table in (_targets, _elementwise):
        for key, entries in table.items():
            table[key] = [e for e in entries if e.function is not dispatch_target]  # type: ignore[index]
    if before == sum(map(len, _targets.values())) + sum(map(len, _elementwise.values())):
        raise ValueError(f"Function {dispatch_target} was not registered using a `@dispatch_for` decorator.")
