"""tf.experimental.ExtensionType: users' own classes made of tensors."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec, type_spec_from_value
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import convert
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite import fields as values
from tfjax._src.ops.composite.base import CompositeSpec, CompositeTensor, forbid_conversion


def _fields_of(cls: type) -> dict[str, Any]:
    """Annotations of the fields, those of base classes first."""
    found = cls.__dict__.get("_tf_fields")
    if found is not None:
        return found
    own: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base is not cls and issubclass(base, ExtensionType):
            own.update(base.__dict__.get("__annotations__", {}))
    own.update(cls.__dict__.get("__annotations__", {}))
    hints: dict[str, Any] = {}
    try:
        scope = cls.__dict__.get("_tf_scope", {})
        hints = typing.get_type_hints(cls, localns={**scope, cls.__name__: cls})
    except (NameError, TypeError):
        pass  # names that come later: resolved when first needed
    resolved = {name: hints.get(name, annotation) for name, annotation in own.items()}
    for name, annotation in resolved.items():
        values.check_annotation(annotation, name)
    if not any(isinstance(a, str) for a in resolved.values()):
        cls._tf_fields = resolved  # type: ignore[attr-defined]
    return resolved


def _signature(cls: type) -> inspect.Signature:
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    kind, seen = inspect.Parameter.POSITIONAL_OR_KEYWORD, False
    for name, annotation in _fields_of(cls).items():
        default = getattr(cls, name, inspect.Parameter.empty)
        if default is inspect.Parameter.empty and seen:
            kind = inspect.Parameter.KEYWORD_ONLY
        seen = seen or default is not inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    return inspect.Signature(parameters)


def _check_class(cls: type) -> None:
    annotated = cls.__dict__.get("__annotations__", {})
    plain = (type, property, staticmethod, classmethod, functools.cached_property)
    for name, value in cls.__dict__.items():
        if name.startswith("_") or name in annotated or isinstance(value, plain) or callable(value) or hasattr(value, "__get__"):
            continue
        raise ValueError(f"The field annotations for {cls.__name__} are invalid. Field {name} is missing a type annotation.")
    for name, annotation in _fields_of(cls).items():
        default = cls.__dict__.get(name, inspect.Parameter.empty)
        if default is not inspect.Parameter.empty and not isinstance(annotation, str):
            setattr(cls, name, values.convert(default, annotation, f"default value for {name}"))


@export("experimental.ExtensionType")
class ExtensionType(CompositeTensor):
    """Base class of immutable classes made of tensors, usable wherever tensors are.

    Fields are annotated like those of a dataclass: `tf.Tensor`, `tf.RaggedTensor`, other extension
    types, Python's plain types, `tf.TensorShape`, `tf.DType`, tuples, mappings and unions of these.
    A constructor is made, `__validate__` runs after it, and `Spec` is the class of the specs.

    >>> import tfjax as tf
    >>> class MaskedTensor(tf.experimental.ExtensionType):
    ...     values: tf.Tensor
    ...     mask: tf.Tensor
    ...     def replace_mask(self):
    ...         return tf.where(self.mask, self.values, 0)
    >>> MaskedTensor([1, 2], [True, False]).replace_mask().numpy()
    array([1, 0], dtype=int32)
    """

    _tfjax_is_tensor = False
    _building = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if (cls.__module__, cls.__qualname__) == (__name__, "BatchableExtensionType"):
            return
        caller = sys._getframe(1)
        cls._tf_scope = {**caller.f_globals, **caller.f_locals}
        _check_class(cls)
        if "_tf_fields" in cls.__dict__:
            del cls._tf_scope
        if "__init__" not in cls.__dict__ and not _inherits_init(cls):
            cls.__init__ = _make_init(cls)  # type: ignore[misc]
        elif "__init__" in cls.__dict__:
            cls.__init__ = _wrap_init(cls.__dict__["__init__"])  # type: ignore[misc]
        _make_spec(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise AssertionError(
            "Cannot create an instance of ExtensionType because ExtensionType is an abstract base class."
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if not self.__dict__.get("_building"):
            raise AttributeError(f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionType.")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        if not self.__dict__.get("_building"):
            raise AttributeError(f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionType.")
        del self.__dict__[name]

    def __validate__(self) -> None:
        """Checks the fields; subclasses override it."""

    def _finish(self) -> None:
        own = _fields_of(type(self))
        for name, annotation in own.items():
            if name not in self.__dict__:
                if not hasattr(type(self), name):
                    raise TypeError(f"Field {name} of {type(self).__name__} was not set by the constructor.")
                self.__dict__[name] = getattr(type(self), name)
            self.__dict__[name] = values.convert(self.__dict__[name], annotation, name)
        extra = [k for k in self.__dict__ if k not in own and k != "_building"]
        if extra:
            raise TypeError(f"The custom constructor of {type(self).__name__} set unknown fields {extra}.")
        self.__dict__.pop("_building", None)
        self.__validate__()

    def _field_values(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in _fields_of(type(self))}

    @property
    def _type_spec(self) -> Any:
        cached = self.__dict__.get("_spec")
        if cached is None:
            cached = self.__dict__["_spec"] = type(self).Spec.from_value(self)  # type: ignore[attr-defined]
        return cached

    def _conversion_error(self) -> Exception:
        return convert.unsupported(self)

    def __eq__(self, other: object) -> Any:
        if type(self) is not type(other):
            return False
        return _equal(self, other)

    def __ne__(self, other: object) -> Any:
        from tfjax._src.ops.math.logical import logical_not

        result = self == other
        return logical_not(result) if isinstance(result, Tensor) else not result

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._field_values().items())})"


@export("experimental.extension_type.as_dict")
def as_dict(value: Any) -> dict[str, Any]:
    """The fields of an ExtensionType by name.

    >>> import tfjax as tf
    >>> class Point(tf.experimental.ExtensionType):
    ...     x: int
    >>> tf.experimental.extension_type.as_dict(Point(3))
    {'x': 3}
    """
    if not isinstance(value, ExtensionType):
        raise AttributeError(f"{type(value).__name__!r} object has no fields of an ExtensionType")
    return {name: getattr(value, name) for name in _fields_of(type(value))}


def _inherits_init(cls: type) -> bool:
    """True if the nearest constructor among the bases is a user's own."""
    return any(getattr(base.__dict__.get("__init__"), "_is_users", False) for base in cls.__mro__[1:])


def _make_init(cls: type) -> Any:
    signature = _signature(cls)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        own = signature if type(self) is cls else _signature(type(self))
        bound = own.bind(self, *args, **kwargs)
        bound.apply_defaults()
        outermost = not self.__dict__.get("_building")
        self.__dict__["_building"] = True
        for name, value in list(bound.arguments.items())[1:]:
            self.__dict__[name] = value
        if outermost:
            self._finish()

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def _wrap_init(init: Any) -> Any:
    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        outermost = not self.__dict__.get("_building")
        self.__dict__["_building"] = True
        init(self, *args, **kwargs)
        if outermost:
            self._finish()

    __init__._is_users = True  # type: ignore[attr-defined]
    return __init__


def _equal(a: Any, b: Any) -> Any:
    from tfjax._src.ops.math import comparison, logical, reductions

    first, second = a._type_spec, b._type_spec
    if not first.is_compatible_with(second):
        return False
    result = convert.to_tensor(True)
    for x, y in zip(first._to_components(a), second._to_components(b)):
        same = x == y if isinstance(x, ExtensionType) else reductions.reduce_all(comparison.equal(x, y))
        result = logical.logical_and(result, same)
    return result


@export("experimental.ExtensionTypeSpec")
class ExtensionTypeSpec(CompositeSpec):
    """Base class of the `Spec` of every extension type: its fields, with specs for tensors."""

    value_type: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        bound = _signature(self.value_type).bind(self, *args, **kwargs)
        bound.apply_defaults()
        for name, annotation in _fields_of(self.value_type).items():
            given = bound.arguments[name]
            given = values.mapped(given, lambda v: type_spec_from_value(v) if values.is_part(v) else v)
            object.__setattr__(self, name, values.convert(given, annotation, name, spec=True))

    @classmethod
    def from_value(cls, value: Any) -> Any:
        """The spec of an instance."""
        return cls._of({k: values.mapped(v, lambda x: type_spec_from_value(x) if values.is_part(x) else x) for k, v in value._field_values().items()})

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Any:
        spec = object.__new__(cls)
        spec.__dict__.update(found)
        return spec

    def _field_values(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in _fields_of(self.value_type)}

    def _serialize(self) -> tuple[Any, ...]:
        return tuple(self._field_values().items())

    @classmethod
    def _deserialize(cls, serialization: tuple[Any, ...]) -> Any:
        return cls._of(dict(serialization))

    @property
    def _component_specs(self) -> list[Any]:
        found = [leaf for v in self._field_values().values() for leaf in values.leaves(v)]
        return [leaf for leaf in found if isinstance(leaf, TypeSpec)]

    def _to_components(self, value: Any) -> list[Any]:
        found = [leaf for v in value._field_values().values() for leaf in values.leaves(v)]
        return [leaf for leaf in found if values.is_part(leaf)]

    def _from_components(self, components: Any) -> Any:
        parts = iter(components)

        def place(spec: Any) -> Any:
            if not isinstance(spec, TypeSpec):
                return spec
            part = next(parts)
            return part if isinstance(part, CompositeTensor) else convert.to_tensor(part)

        result = object.__new__(self.value_type)
        for name, value in self._field_values().items():
            result.__dict__[name] = values.mapped(value, place, immutable=True)
        return result

    def _mapped(self, function: Any) -> Any:
        """The spec with `function` of every spec inside."""
        return self._of({k: values.mapped(v, lambda s: function(s) if isinstance(s, TypeSpec) else s) for k, v in self._field_values().items()})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionTypeSpec.")

    def __repr__(self) -> str:
        inner = ", ".join(f"{k}={v!r}" for k, v in self._field_values().items())
        return f"{self.value_type.__name__}.Spec({inner})"


def _make_spec(cls: Any) -> None:
    users = cls.__dict__.get("Spec")
    batchable = issubclass(cls, BatchableExtensionType) if "BatchableExtensionType" in globals() else False
    bases = ((users,) if users is not None else ()) + ((BatchableSpec,) if batchable else (ExtensionTypeSpec,))
    cls.Spec = type(f"{cls.__name__}.Spec", bases, {"value_type": cls, "__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.Spec"})


@export("experimental.ExtensionTypeBatchEncoder")
class ExtensionTypeBatchEncoder:
    """How instances of a batchable extension type are stacked; subclasses may override each step.

    >>> import tfjax as tf
    >>> class Pair(tf.experimental.BatchableExtensionType):
    ...     a: tf.Tensor
    >>> spec = tf.type_spec_from_value(Pair([1, 2]))
    >>> tf.experimental.ExtensionTypeBatchEncoder().batch(spec, 5)
    Pair.Spec(a=TensorSpec(shape=(5, 2), dtype=tf.int32, name=None))
    """

    def batch(self, spec: Any, batch_size: int | None) -> Any:
        """The spec of a batch of values of `spec`."""
        return spec._mapped(lambda s: batched_spec(s, batch_size))

    def unbatch(self, spec: Any) -> Any:
        """The spec of the rows of values of `spec`."""
        return spec._mapped(unbatched_spec)

    def encode(self, spec: Any, value: Any, minimum_rank: int = 0) -> list[Any]:
        """The tensors and composites that stand for a value."""
        return spec._to_components(value)

    def decode(self, spec: Any, encoded_value: Any) -> Any:
        """The value that these tensors and composites stand for."""
        return spec._from_components(encoded_value)

    def encoding_specs(self, spec: Any) -> list[Any]:
        """The specs of what `encode` gives."""
        return spec._component_specs


def batched_spec(spec: Any, size: int | None) -> Any:
    """The spec of a batch."""
    if isinstance(spec, TensorSpec):
        return TensorSpec(TensorShape([size]).concatenate(spec.shape), spec.dtype)
    return spec._batch(size)


def unbatched_spec(spec: Any) -> Any:
    """The spec of the rows."""
    if isinstance(spec, TensorSpec):
        return TensorSpec(spec.shape[1:], spec.dtype)
    if hasattr(spec, "_unbatch"):
        return spec._unbatch()
    raise ValueError(f"{spec} cannot be unbatched.")


class BatchableSpec(ExtensionTypeSpec):
    """The spec of a batchable extension type."""

    def _batch(self, size: int | None) -> Any:
        return self.value_type.__batch_encoder__.batch(self, size)

    def _unbatch(self) -> Any:
        return self.value_type.__batch_encoder__.unbatch(self)


@export("experimental.BatchableExtensionType")
class BatchableExtensionType(ExtensionType):
    """An extension type whose instances can be stacked: in datasets and in `tf.map_fn`.

    >>> import tfjax as tf
    >>> class Vertex(tf.experimental.BatchableExtensionType):
    ...     position: tf.Tensor
    >>> Vertex([[1.0, 2.0], [3.0, 4.0]]).position.shape
    TensorShape([2, 2])
    """

    __batch_encoder__ = ExtensionTypeBatchEncoder()


forbid_conversion(ExtensionType)
