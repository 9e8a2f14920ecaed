"""What all of `keras.ops` share: symbolic calls, promotion of dtypes, bodies in NumPy's names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager.args import MixedTensors, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.engine.symbolic import OpCall, any_symbolic
from tfjax._src.ops.array.shaping import cast

#: (module, class name) as Keras' files have them -> function
OPERATIONS: dict[tuple[str, str], Callable[..., Any]] = {}


def keras_op(module: str, inputs: int = 1) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a function of tensors so that it takes symbolic tensors too.

    Args:
      module: "numpy", "nn", "core", "math" or "linalg": where Keras has it.
      inputs: how many of the first parameters are tensors; the others are settings.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        kind = "".join(part.title() for part in function.__name__.rstrip("_").split("_"))

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if any_symbolic((args, kwargs)):
                tensors, settings = _separate(signature, inputs, args, kwargs)
                return bind(call, settings)(*tensors)
            return function(*args, **kwargs)

        call._keras_op = (f"keras.src.ops.{module}", kind, inputs)  # type: ignore[attr-defined]
        OPERATIONS[call._keras_op[:2]] = call  # type: ignore[attr-defined]
        return call

    return decorate


def bind(function: Callable[..., Any], settings: dict[str, Any]) -> OpCall:
    """The operation `function` with its settings, to be called with tensors."""
    module, kind, _ = function._keras_op  # type: ignore[attr-defined]
    settings = dict(settings)
    name = settings.pop("name", None) or function.__name__.rstrip("_")

    def run(*tensors: Any) -> Any:
        if "subscripts" in settings:
            return function(settings["subscripts"], *tensors)
        return function(*tensors, **settings)

    return OpCall(run, name, module, settings, kind)


def _separate(signature: inspect.Signature, inputs: int, args: Any, kwargs: Any) -> tuple[list[Any], dict[str, Any]]:
    """(tensors, settings) of a call."""
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    tensors: list[Any] = []
    settings: dict[str, Any] = {}
    for position, (name, value) in enumerate(bound.arguments.items()):
        if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            tensors.extend(value)
        elif signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            settings.update(value)
        elif position < inputs:
            tensors.append(value)
        else:
            settings[name] = value
    return tensors, settings


def result_dtype(*values: Any) -> Any:
    """The dtype that values are promoted to: JAX' lattice, Python numbers adapt."""
    strong = [np.dtype(v.dtype.np) for v in values if isinstance(v, Tensor)]
    weak = [type(v) for v in values if isinstance(v, (bool, int, float, complex))]
    if not strong:
        return dtypes.float32 if float in weak else dtypes.int32 if int in weak else dtypes.bool
    found = functools.reduce(jnp.promote_types, strong)
    if float in weak and not jnp.issubdtype(found, jnp.inexact):
        found = np.dtype(floatx())
    elif int in weak and found == np.bool_:
        found = np.dtype("int32")
    return dtypes.as_dtype(found)


def as_tensor(value: Any) -> Any:
    """A tensor, or the Python number as it is; NumPy's float64 becomes the default float."""
    if isinstance(value, (bool, int, float, complex)):
        return value
    if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value):
        return to_tensor(value)
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
        if value.dtype == np.int64:
            value = value.astype(np.int32)
        elif value.dtype == np.float64:
            value = value.astype(floatx())
    return to_tensor(value)


def promote(*values: Any) -> list[Tensor]:
    """The values as tensors of one dtype."""
    known = [as_tensor(v) for v in values]
    dtype = result_dtype(*known)
    return [cast(v, dtype) if isinstance(v, Tensor) else to_tensor(v, dtype) for v in known]


def floating(value: Any) -> Tensor:
    """A tensor; integers and booleans as the default float."""
    tensor = to_tensor(as_tensor(value))
    return tensor if tensor.dtype.is_floating or tensor.dtype.is_complex else cast(tensor, floatx())


@op("_internal.keras_body", raw="KerasBody")
def _run(tensors: MixedTensors, body: Static, settings: Static):
    return body(namespace(*tensors), *tensors, **dict(settings))


def compute(body: Callable[..., Any], *tensors: Any, **settings: Any) -> Any:
    """`body(xp, *arrays, **settings)` as an op: recorded on tapes, in the tier that suits.

    `body` must be a function of a module; `settings` must be hashable.
    """
    return _run([to_tensor(t) for t in tensors], body, tuple(sorted(settings.items())))
