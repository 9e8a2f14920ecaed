"""Functions with a gradient of the user's own, and gradient stops."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any


from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import Kernel
from tfjax._src.eager.tensor import Tensor


# How a call inside a trace works, put here by `function/custom_calls.py`.
traced_call: list[Callable[..., Any]] = []


class _UserGradient(Kernel):
    """A call whose backward pass is the user's function."""

    __slots__ = ("grad_fn", "argument_count")
    replayable = pure = False

    def __init__(self, name: str, grad_fn: Callable[..., Any], argument_count: int) -> None:
        super().__init__(name, _never_run)
        self.grad_fn = grad_fn
        self.argument_count = argument_count

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        grads = self.grad_fn(*cotangents)
        return [_dense(g) for g, use in zip(grads, mask) if use]


def _never_run(*values: Any) -> tuple[Any, ...]:
    raise RuntimeError("A custom gradient is applied through its own function.")


def _dense(grad: Any) -> Any:
    return None if grad is None else to_tensor(grad)


@export("custom_gradient")
def custom_gradient(f: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Decorates `f(*args) -> (outputs, grad_fn)` so that tapes use `grad_fn(*output_gradients)`.

    If `f` reads trainable Variables, `grad_fn` takes `variables=` as well and returns a pair:
    gradients for the arguments, gradients for the Variables.

    >>> import tfjax as tf
    >>> @tf.custom_gradient
    ... def clip(x):
    ...     return tf.identity(x), lambda dy: tf.clip_by_value(dy, -1.0, 1.0)
    >>> x = tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     y = clip(x) * 5.0
    >>> float(tape.gradient(y, x))
    1.0
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        leaves = nest.flatten(args)
        positions = [i for i, a in enumerate(leaves) if _is_tensor_like(a)]
        tensors = [to_tensor(leaves[i]) for i in positions]

        def call(values: Sequence[Tensor]) -> tuple[Any, Callable[..., Any]]:
            full = list(leaves)
            for i, value in zip(positions, values):
                full[i] = value
            return f(*nest.pack_sequence_as(args, full), **kwargs)

        if frames.current() is not None or any(t.is_symbolic for t in tensors):
            return traced_call[0](f, call, tensors)
        return _eager_call(f, call, tensors)

    return decorated


def _is_tensor_like(value: Any) -> bool:
    if isinstance(value, (str, bytes, bool)) or value is None or callable(value):
        return hasattr(value, "_dense_var_to_tensor")
    try:
        to_tensor(value)
    except (TypeError, ValueError):
        return False
    return True


def run_watching(call: Callable[..., Any], tensors: Sequence[Tensor]) -> tuple[Any, Any, list[Any]]:
    """(outputs, grad_fn, trainable Variables read).

    The active tapes follow what runs inside: a gradient function uses it, and an outer tape then
    differentiates that.
    """
    watcher = tape_module.GradientTape()
    with watcher:
        result = call(tensors)
    if not isinstance(result, (tuple, list)) or len(result) != 2 or not callable(result[1]):
        raise TypeError(
            "A function under tf.custom_gradient must return (outputs, grad_fn); "
            f"got {result!r}."
        )
    outputs, grad_fn = result
    return outputs, grad_fn, list(watcher.watched_variables())


def gradient_caller(f: Any, grad_fn: Any, count: int, variables: list[Any]) -> Callable[..., Any]:
    takes_variables = _takes_variables(grad_fn)
    if variables and not takes_variables:
        raise TypeError(
            "If using @custom_gradient with a function that uses variables, then grad_fn must "
            f"accept a 'variables' keyword argument. Function: {f!r}, variables: {variables}."
        )

    def gradient(*cotangents: Tensor) -> list[Any]:
        if variables:
            grads, variable_grads = grad_fn(*cotangents, variables=variables)
            variable_grads = list(nest.flatten(variable_grads))
        else:
            grads, variable_grads = grad_fn(*cotangents), []
        grads = nest.flatten(grads) if isinstance(grads, (list, tuple)) else [grads]
        if len(grads) != count:
            raise ValueError(
                f"custom_gradient function expected to return {count} gradients, but returned "
                f"{len(grads)} instead."
            )
        return grads + variable_grads

    return gradient


def _takes_variables(grad_fn: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(grad_fn).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.name == "variables" or p.kind is p.VAR_KEYWORD for p in parameters)


def _eager_call(f: Any, call: Any, tensors: Sequence[Tensor]) -> Any:
    outputs, grad_fn, variables = run_watching(call, tensors)
    inner = [to_tensor(o) for o in nest.flatten(outputs)]
    # Other objects than the ones inside: only the user's function connects them with the inputs.
    flat = [Tensor(o._value) for o in inner]
    if tape_module.tapes.stack:
        reads = [v._dense_var_to_tensor() for v in variables]
        gradient = gradient_caller(f, grad_fn, len(tensors), variables)
        user = _UserGradient(getattr(f, "__name__", "CustomGradient"), gradient, len(tensors))
        kernels.record(user, [*tensors, *reads], tuple(flat))
        for entry in tape_module.tapes.stack:
            entry.alias(flat, inner)
    return nest.pack_sequence_as(outputs, flat)
