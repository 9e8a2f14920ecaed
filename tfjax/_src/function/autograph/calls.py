"""Calls in converted code: the user's functions are converted too, builtins understand tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import OutOfRangeError
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.sizes import is_symbolic as is_symbolic_size
from tfjax._src.eager.sizes import make as make_sizes
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import quiet
from tfjax._src.function.autograph import conversion
from tfjax._src.function.control_flow import is_symbolic


def converted_call(
    f: Any, args: Any, kwargs: Any, caller_fn_scope: Any = None, options: Any = None
) -> Any:
    """Calls `f`, converted where it is the user's own code."""
    kwargs = kwargs or {}
    override = _CALLS.get(id(f))
    if override is not None:
        return override(*args, **kwargs)
    if inspect.isbuiltin(f) or inspect.isclass(f) and f.__module__ == "builtins":
        return _call_builtin(f, args, kwargs, caller_fn_scope)
    if inspect.isfunction(f) or inspect.ismethod(f) or isinstance(f, functools.partial):
        return conversion.convert(f)(*args, **kwargs)
    method = getattr(type(f), "__call__", None)
    if inspect.isfunction(method) and not inspect.isclass(
        f
    ):  # an object of the user's that can be called
        return conversion.convert(method)(f, *args, **kwargs)
    return f(*args, **kwargs)


def _call_builtin(f: Any, args: Any, kwargs: Any, scope: Any) -> Any:
    from malt.operators import py_builtins

    if f is super and not args:
        return py_builtins.super_in_original_context(f, args, scope)
    if f is eval:
        return py_builtins.eval_in_original_context(f, args, scope)
    if f is globals:
        return py_builtins.globals_in_original_context(scope)
    if f is locals:
        return py_builtins.locals_in_original_context(scope)
    replacement = _BUILTINS.get(f)
    return replacement(*args, **kwargs) if replacement else f(*args, **kwargs)


class TracedRange:
    """`range` with a bound that is known only at run time; a for loop runs over it."""

    def __init__(self, *bounds: Any) -> None:
        tensors = [to_tensor(b) for b in bounds]
        if len(tensors) == 1:
            tensors = [Tensor(np.zeros((), tensors[0]._value.dtype)), *tensors]
        self.start, self.limit = tensors[:2]
        self.delta = (
            tensors[2] if len(tensors) > 2 else Tensor(np.ones((), self.limit._value.dtype))
        )

    def known_values(self) -> Tensor | None:
        """All values, where the bounds are numbers and symbolic sizes; else None."""
        parts = [t._value for t in (self.start, self.limit, self.delta)]
        if not all(isinstance(p, np.ndarray) and p.ndim == 0 for p in parts):
            return None
        start, limit, delta = [np.asarray(p)[()] for p in parts]
        if is_symbolic_size(delta) or delta == 0:
            return None
        delta = int(delta)
        count = -((start - limit) // delta) if delta > 0 else -((limit - start) // -delta)
        count = jax.core.max_dim(count, 0)
        steps = jnp.arange(count, dtype=self.limit._value.dtype)
        return Tensor(steps * delta + (jnp.asarray(start, steps.dtype)))

    def _dense_var_to_tensor(self, *unused: Any) -> Tensor:
        known = self.known_values()
        if known is not None:
            return known
        # Any use but a for loop needs the values: this raises, and the function runs eagerly.
        return Tensor(
            np.arange(self.start.host_value(), self.limit.host_value(), self.delta.host_value())
        )


def _range(*args: Any) -> Any:
    if any(is_symbolic(a) for a in args):
        return TracedRange(*args)
    return range(*[int(a) for a in args])


def _tensor_range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = "range"
) -> Any:
    bounds = (start,) if limit is None else (start, limit, delta)
    if dtype is None and any(is_symbolic(b) for b in bounds):
        return TracedRange(*bounds)
    return _CALLS_ORIGINAL["range"](start, limit, delta, dtype, name)


def _print(*args: Any, **kwargs: Any) -> None:
    # As in TensorFlow, Python's print shows the symbolic tensor, once a trace.
    if quiet.wanted():
        print(*args, **kwargs)


def _len(value: Any) -> Any:
    shape = value._value.shape if isinstance(value, Tensor) else ()
    if shape and is_symbolic_size(shape[0]):
        return Tensor(make_sizes(shape[0]))
    return len(value)


def _next(iterator: Any, *default: Any) -> Any:
    try:
        return next(iterator, *default)
    except StopIteration:
        if quiet.running() and hasattr(iterator, "element_spec"):
            raise OutOfRangeError(None, None, "End of sequence [Op:IteratorGetNext]") from None
        raise


def _number(kind: Any, dtype: str) -> Callable[..., Any]:
    def cast(value: Any = 0, *rest: Any) -> Any:
        if is_symbolic(value):
            return _CALLS_ORIGINAL["cast"](value, dtype)
        return kind(value, *rest)

    return cast


_CALLS: dict[int, Callable[..., Any]] = {}
_CALLS_ORIGINAL: dict[str, Callable[..., Any]] = {}
_BUILTINS: dict[Any, Callable[..., Any]] = {
    range: _range,
    len: _len,
    print: _print,
    next: _next,
    int: _number(int, "int32"),
    float: _number(float, "float32"),
}


def use_ops(range_op: Any, cast_op: Any, assert_op: Any) -> None:
    """Tells the ops that builtins turn into when their arguments are traced."""
    _CALLS_ORIGINAL.update({"range": range_op, "cast": cast_op, "assert": assert_op})
    _CALLS[id(range_op)] = _tensor_range
