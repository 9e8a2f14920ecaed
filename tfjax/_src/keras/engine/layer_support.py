"""Helpers around a layer's `build` and `call`."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.keras.engine import naming
from tfjax._src.keras.engine.policy_map import DTypePolicyMap
from tfjax._src.keras.engine.symbolic import KerasTensor, open_shape, output_spec
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.ops.composite.base import CompositeTensor


def policy_here(layer: Any) -> Any:
    """The dtype policy of a layer; of a map of policies, the one for its path."""
    policy = layer._policy
    return policy[layer.path] if isinstance(policy, DTypePolicyMap) else policy


@contextlib.contextmanager
def autocast(dtype: str) -> Iterator[None]:
    """KerasVariables read inside give this float dtype."""
    state = KerasVariable.autocast_scope
    previous = state.dtype
    state.dtype = None if dtype == "float32" else dtypes.as_dtype(dtype)
    try:
        yield
    finally:
        state.dtype = previous


def wrapped_build(build: Any) -> Any:
    """`build` outside of any trace, that marks the layer as built."""
    if getattr(build, "_wrapped", False):
        return build

    names = list(inspect.signature(build).parameters)[1:]

    @functools.wraps(build)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "_build_shapes" not in self.__dict__:
            shapes = self.__dict__["_build_shapes"] = {**dict(zip(names, args)), **kwargs}
            self.__dict__.setdefault("_build_shape", next(iter(shapes.values()), None))
        with frames.init_scope(), naming.scope(self.name, self):
            self.__dict__["_built_path"] = naming.current_path()
            result = build(self, *args, **kwargs)
        self.built = True
        return result

    wrapped._wrapped = True  # type: ignore[attr-defined]
    return wrapped


def check_arguments(layer: Any, args: Any, kwargs: Any) -> None:
    """Raises TypeError for a call without inputs, ValueError for inputs that are no tensors."""
    if not args and not kwargs:
        first = next(iter(inspect.signature(layer.call).parameters.values()), None)
        if first is not None and first.default is first.empty and first.kind is first.POSITIONAL_OR_KEYWORD:
            raise TypeError(f"missing a required argument: '{first.name}'")
    for i, value in enumerate(args):
        if value is None and i == 0 and layer.input_spec is not None:
            raise ValueError(f"Inputs to a layer should be tensors. Got 'None' (of type <class 'NoneType'>) as input for layer '{layer.name}'.")
        if isinstance(value, str) and not layer._accepts_text:
            raise ValueError(
                "Only input tensors may be passed as positional arguments. The following argument value should be passed as a keyword "
                f"argument: {value} (of type {type(value)})"
            )


def build_by_call(layer: Any, args: Any, kwargs: Any) -> None:
    """Builds the layers inside one without a `build` by a symbolic call, as Keras does.

    What `call` prints therefore appears once more when such a layer is called first. A call that
    needs values builds its layers when it runs.
    """
    inner = layer._flatten_layers(include_self=False)
    if all(one.built for one in inner):
        return

    def symbolic(leaf: Any) -> Any:
        return KerasTensor(leaf.shape, leaf.dtype) if isinstance(leaf, Tensor) else leaf

    kept = [(one, list(one._call_losses)) for one in (layer, *inner)]
    args, kwargs = nest.map_structure(symbolic, args), nest.map_structure(symbolic, kwargs)
    try:
        output_spec(lambda *a, **k: layer._concrete_call(a, k), args, kwargs)
    except (ConcreteValueError, NotImplementedError):
        pass
    finally:
        for one, losses in kept:
            one._call_losses[:] = losses


def shape_of(leaf: Any) -> Any:
    """The shape of a tensor as `build` gets it."""
    return ShapeTuple(open_shape(leaf.shape)) if hasattr(leaf, "shape") else None


class ShapeTuple(tuple):
    """A shape as `build` gets it: a tuple that nest takes for a leaf's value, with `as_list`."""

    def as_list(self) -> list[Any]:
        """The sizes."""
        return list(self)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)


def has_tensor(value: Any) -> bool:
    """True if a nest contains a tensor."""
    return any(isinstance(leaf, (Tensor, KerasTensor, CompositeTensor)) for leaf in nest.flatten(value))


def map_shapes(function: Any, shape: Any) -> Any:
    """`function` of each shape in a nest of shapes."""
    if isinstance(shape, (tuple, list)) and all(d is None or isinstance(d, int) for d in shape):
        return function(shape)
    if isinstance(shape, dict):
        return {k: map_shapes(function, v) for k, v in shape.items()}
    return type(shape)(map_shapes(function, s) for s in shape)


class Files:
    """What a layer puts into files besides its config; subclasses override it."""

    def save_own_variables(self, store: Any) -> None:
        """Writes this layer's own Variables into `store`, a mapping of names to arrays."""
        for i, variable in enumerate(self._own_variables()):  # type: ignore[attr-defined]
            store[str(i)] = np.asarray(variable._raw_value)

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` wrote."""
        for i, variable in enumerate(self._own_variables()):  # type: ignore[attr-defined]
            variable.assign(np.asarray(store[str(i)]).astype(variable._raw_value.dtype))

    def save_assets(self, directory: str) -> None:
        """Writes files that belong to the layer into `directory`."""

    def load_assets(self, directory: str) -> None:
        """Reads what `save_assets` wrote."""


#: Classes of users whose instances a layer's call converts to tensors.
CONVERTIBLE: list[type] = []


@export("keras.__internal__.utils.register_symbolic_tensor_type")
def register_symbolic_tensor_type(symbolic_tensor_cls: type) -> None:
    """Lets layers take instances of a class for which a tensor conversion is registered."""
    CONVERTIBLE.append(symbolic_tensor_cls)
