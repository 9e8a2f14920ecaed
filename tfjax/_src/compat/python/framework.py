"""Small parts of tensorflow.python.framework and of tf.__internal__: specs, static values, `smart_cond`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.tensor import Reference, Tensor
from tfjax._src.function.flow_api import cond, get_static_value
from tfjax._src.ops.composite.base import CompositeTensor

EXPORTS = {
    "__internal__.CompositeTensor": "CompositeTensor",
    "python.framework.composite_tensor.CompositeTensor": "CompositeTensor",
    "python.framework.type_spec.BatchableTypeSpec": "TypeSpec",
    "python.ops.control_flow_util.ENABLE_CONTROL_FLOW_V2": "ENABLE_CONTROL_FLOW_V2",
    "python.util.object_identity.Reference": "Reference",
    "python.framework.type_spec_registry._NAME_TO_TYPE_SPEC": "names_to_specs",
    "python.framework.type_spec_registry._TYPE_SPEC_TO_NAME": "specs_to_names",
}
ENABLE_CONTROL_FLOW_V2 = True

names_to_specs: dict[str, type] = {}
specs_to_names: dict[type, str] = {}
_REGISTERED = re.compile(r"^(\w+\.)+\w+$")


class _Eager(type):
    """Tensors whose values are known are instances, as those of TensorFlow's eager code."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Tensor) and not value.is_symbolic

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, Tensor)


@export("__internal__.EagerTensor")
class EagerTensor(metaclass=_Eager):
    """For `isinstance` only: a Tensor that holds a value."""


class _Symbolic(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Tensor) and value.is_symbolic


@export("__internal__.SymbolicTensor")
class SymbolicTensor(metaclass=_Symbolic):
    """For `isinstance` only: a Tensor of a function that is being traced."""


@export("python.framework.tensor_spec.DenseSpec", "python.framework.tensor.DenseSpec")
class DenseSpec(TypeSpec):
    """Base class of specs of values that have one shape and one dtype."""

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        spec = TensorSpec(shape, dtype, name)
        self._shape, self._dtype, self._name = spec.shape, spec.dtype, spec.name

    shape = property(lambda self: self._shape, doc="The shape.")
    dtype = property(lambda self: self._dtype, doc="The dtype.")
    name = property(lambda self: self._name, doc="The name, or None.")

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """True for the same kind of spec, dtype and a fitting shape."""
        fits = isinstance(spec_or_value, (DenseSpec, self.value_type))
        return fits and self._dtype == spec_or_value.dtype and self._shape.is_compatible_with(spec_or_value.shape)

    def _key(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype)

    def _serialize(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype, self._name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"


@export("python.framework.type_spec_registry.register")
def register(name: str) -> Callable[[type], type]:
    """Decorates a TypeSpec class with a name of the form `project.Class`.

    Raises:
      ValueError: for a name of another form, a name or a class registered before.
      TypeError: for what is no name, or no TypeSpec class.
    """
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` to be a string; got {name!r}")
    if not _REGISTERED.match(name):
        raise ValueError(
            "Registered name must have the form '{project_name}.{type_name}' (e.g. 'my_project.MyTypeSpec'); "
            f"got {name!r}."
        )

    def decorate(cls: type) -> type:
        if not (isinstance(cls, type) and issubclass(cls, TypeSpec)):
            raise TypeError(f"Expected `cls` to be a TypeSpec; got {cls!r}")
        full = f"{cls.__module__}.{cls.__name__}"
        if cls in specs_to_names:
            raise ValueError(f"Class {full} has already been registered with name {specs_to_names[cls]}.")
        if name in names_to_specs:
            other = names_to_specs[name]
            raise ValueError(f"Name {name} has already been registered for class {other.__module__}.{other.__name__}.")
        names_to_specs[name], specs_to_names[cls] = cls, name
        return cls

    return decorate


@export("python.framework.type_spec_registry.lookup")
def lookup(name: str) -> type:
    """The class registered under `name`; ValueError if there is none."""
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` to be a string; got {name!r}")
    if name not in names_to_specs:
        raise ValueError(f"No TypeSpec has been registered with name {name!r}")
    return names_to_specs[name]


@export("python.framework.type_spec_registry.get_name")
def get_name(cls: type) -> str:
    """The name under which a class is registered; ValueError if it is not."""
    if not (isinstance(cls, type) and issubclass(cls, TypeSpec)):
        raise TypeError(f"Expected `cls` to be a TypeSpec; got {cls!r}")
    if cls not in specs_to_names:
        raise ValueError(f"TypeSpec {cls.__module__}.{cls.__name__} has not been registered.")
    return specs_to_names[cls]


@export("python.framework.smart_cond.smart_constant_value")
def smart_constant_value(pred: Any) -> bool | None:
    """The truth of a bool, of 0 or 1, or of a tensor whose value is known; else None.

    >>> smart_constant_value(1)
    True
    """
    if isinstance(pred, (bool, np.bool_)) or (isinstance(pred, int) and pred in (0, 1)):
        return bool(pred)
    if isinstance(pred, Tensor) or hasattr(pred, "_dense_var_to_tensor"):
        value = get_static_value(pred)
        return None if value is None else bool(value)
    raise TypeError(
        f"Argument `pred` must be a Tensor, or a Python bool, or 1 or 0. Received: pred={pred} of type "
        f"{type(pred).__name__}"
    )


@export("python.framework.smart_cond.smart_cond", "__internal__.smart_cond.smart_cond")
def smart_cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: str | None = None) -> Any:
    """The result of one function if the truth of `pred` is known while tracing, else `tf.cond`.

    Raises:
      TypeError: if a function is not callable, or `pred` is no predicate.

    >>> smart_cond(True, lambda: 1, lambda: 2)
    1
    """
    for label, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"Argument `{label}` must be callable. Received {function}")
    known = smart_constant_value(pred)
    if known is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if known else false_fn()


@export("python.framework.tensor_util.constant_value_as_shape")
def constant_value_as_shape(tensor: Any) -> TensorShape:
    """The shape whose sizes a 1-D integer tensor holds; -1 and unknown values are unknown sizes.

    >>> constant_value_as_shape([2, -1])
    TensorShape([2, None])
    """
    known = get_static_value(tensor)
    if known is not None:
        return TensorShape([None if size == -1 else int(size) for size in np.atleast_1d(known)])
    return TensorShape(None if tensor.shape[0] is None else [None] * tensor.shape[0])


@export("python.framework.tensor_util.try_evaluate_constant")
def try_evaluate_constant(tensor: Any) -> np.ndarray | None:
    """The value of a tensor if it is known while tracing, else None."""
    return get_static_value(tensor)
