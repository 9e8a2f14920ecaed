"""AutoGraph: Python's if, while, for, and, or, not on tensors, by diastatic-malt's source transform.

malt rewrites a function's source so that these statements call the operators below. Where the
condition is an ordinary Python value they do what Python does.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util  # noqa: F401  (malt uses importlib.util without importing it)
import inspect
import logging
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import control_flow, loops, quiet
from tfjax._src.function.control_flow import is_symbolic

_log = logging.getLogger("tensorflow")
_SKIP = (
    "tfjax", "jax", "jaxlib", "flax", "optax", "numpy", "malt", "ml_dtypes", "scipy", "pandas",
    "matplotlib", "PIL", "sklearn", "tqdm", "orbax", "h5py", "functools", "contextlib", "typing",
    "collections", "copy", "inspect", "threading", "re", "os", "logging", "random", "time", "math",
    "itertools", "warnings", "json", "dataclasses", "abc",
)
_converted: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
_warned: set[str] = set()


class _Zero:
    """A variable that a branch left undefined, where a later check guards its use."""

    _fill_with_zeros = True


_ZERO = _Zero()


@functools.cache
def _transpiler() -> Any:
    """malt's transpiler with our operators in place of its own."""
    warnings.filterwarnings("ignore", category=SyntaxWarning, module="malt")
    from malt.core import config
    from malt.impl import api

    config.CONVERSION_RULES = (
        *[config.DoNotConvert(name) for name in _SKIP],
        *config.CONVERSION_RULES,
    )

    class Transpiler(api.PyToPy):
        def get_extra_locals(self) -> dict[str, Any]:
            if self._extra_locals is None:
                module = super().get_extra_locals()["ag__"]
                for name, function in _OPERATORS.items():
                    setattr(module, name, function)
                self._extra_locals = {"ag__": module}
            return self._extra_locals

    return Transpiler()


def convert(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with its control flow converted; itself where that cannot work, with one warning."""
    if inspect.ismethod(function):
        return functools.partial(convert(function.__func__), function.__self__)
    if isinstance(function, functools.partial):
        return functools.partial(convert(function.func), *function.args, **function.keywords)
    if not inspect.isfunction(function) or _skipped(function):
        return function
    try:
        return _converted[function]
    except KeyError:
        result = _converted[function] = _convert(function)
        return result


def _convert(function: Callable[..., Any]) -> Callable[..., Any]:
    from malt.core import ag_ctx, converter

    # The feature makes `print` a converted call, which quiet runs leave out.
    features = converter.Feature.BUILTIN_FUNCTIONS
    options = converter.ConversionOptions(recursive=True, user_requested=True, optional_features=features)
    try:
        new, _, _ = _transpiler().transform(function, converter.ProgramContext(options=options))
    except Exception as error:  # malt raises many kinds for source it cannot take
        _warn_unconverted(function, error)
        return function

    @functools.wraps(function)
    def converted(*args: Any, **kwargs: Any) -> Any:
        with ag_ctx.ControlStatusCtx(status=ag_ctx.Status.ENABLED, options=options):
            return new(*args, **kwargs)

    converted._autograph_source = new  # type: ignore[attr-defined]
    return converted


def _warn_unconverted(function: Any, error: Exception) -> None:
    name = f"{function.__module__}.{function.__qualname__}"
    if name not in _warned:
        _warned.add(name)
        _log.warning(
            "AutoGraph could not transform %s and will run it as-is.\nCause: %s", name, error
        )


def _skipped(function: Any) -> bool:
    if getattr(function, "_autograph_off", False) or function.__code__.co_filename == "<string>":
        return True
    if "ag__" in function.__code__.co_freevars or "__autograph_generated" in function.__code__.co_filename:
        return True  # defined inside a converted function, and converted with it
    module = getattr(function, "__module__", None) or ""
    return module.partition(".")[0] in _SKIP or inspect.isgeneratorfunction(function)


def converted_call(f: Any, args: Any, kwargs: Any, caller_fn_scope: Any = None, options: Any = None) -> Any:
    """Calls `f`, converted where it is the user's own code."""
    kwargs = kwargs or {}
    override = _CALLS.get(id(f))
    if override is not None:
        return override(*args, **kwargs)
    if inspect.isbuiltin(f) or inspect.isclass(f) and f.__module__ == "builtins":
        return _call_builtin(f, args, kwargs, caller_fn_scope)
    if inspect.isfunction(f) or inspect.ismethod(f) or isinstance(f, functools.partial):
        return convert(f)(*args, **kwargs)
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
        self.delta = tensors[2] if len(tensors) > 2 else Tensor(np.ones((), self.limit._value.dtype))

    def _dense_var_to_tensor(self, *unused: Any) -> Tensor:
        # Any use but a for loop needs the values: this raises, and the function runs eagerly.
        return Tensor(np.arange(self.start.host_value(), self.limit.host_value(), self.delta.host_value()))


def _range(*args: Any) -> Any:
    if any(is_symbolic(a) for a in args):
        return TracedRange(*args)
    return range(*[int(a) for a in args])


def _tensor_range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = "range") -> Any:
    bounds = (start,) if limit is None else (start, limit, delta)
    if dtype is None and any(is_symbolic(b) for b in bounds):
        return TracedRange(*bounds)
    return _CALLS_ORIGINAL["range"](start, limit, delta, dtype, name)


def _len(value: Any) -> Any:
    return len(value)


def _print(*args: Any, **kwargs: Any) -> None:
    # As in TensorFlow, Python's print shows the symbolic tensor, once a trace.
    if quiet.wanted():
        print(*args, **kwargs)


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
    int: _number(int, "int32"),
    float: _number(float, "float32"),
}


def use_ops(range_op: Any, cast_op: Any, assert_op: Any) -> None:
    """Tells the ops that builtins turn into when their arguments are traced."""
    _CALLS_ORIGINAL.update({"range": range_op, "cast": cast_op, "assert": assert_op})
    _CALLS[id(range_op)] = _tensor_range


# -- statements --------------------------------------------------------------------------------
def _undefined(value: Any) -> bool:
    from malt.operators.variables import Undefined, UndefinedReturnValue

    return isinstance(value, (Undefined, UndefinedReturnValue))


def _state_out(values: Any, names: Any) -> list[Any]:
    return [_ZERO if _undefined(v) else v for v in values]


def if_stmt(cond: Any, body: Any, orelse: Any, get_state: Any, set_state: Any, symbol_names: Any, nouts: int) -> None:
    """An if statement."""
    if not is_symbolic(cond):
        with frames.inline_graph() if isinstance(cond, Tensor) else contextlib.nullcontext():
            body() if _truth(cond) else orelse()
        return
    initial = get_state()
    undefined = [v for v in initial if _undefined(v)]

    def branch(function: Any) -> Callable[[], Any]:
        def run() -> Any:
            set_state(initial)
            function()
            values = get_state()[:nouts]
            return _state_out(values, symbol_names)

        return run

    try:
        result = control_flow.branches(to_tensor(cond), [branch(orelse), branch(body)])
    except ConcreteValueError:
        raise  # the function then runs eagerly
    except TypeError as error:
        raise _branch_error(error, symbol_names) from None
    finally:
        set_state(initial)
    final = [undefined[0] if v is _ZERO and undefined else v for v in result]
    set_state((*final, *initial[nouts:]))


def _branch_error(error: TypeError, names: Any) -> TypeError:
    return TypeError(f"{error} (variables of this if statement: {', '.join(map(str, names))})")


def _truth(value: Any) -> bool:
    return bool(value)


def while_stmt(test: Any, body: Any, get_state: Any, set_state: Any, symbol_names: Any, opts: Any) -> None:
    """A while statement; it becomes a compiled loop when its condition is a traced tensor."""
    claims: set[int] = set()
    while True:
        condition = test()
        if is_symbolic(condition):
            break
        if not condition:
            return
        with frames.inline_graph(claims) if isinstance(condition, Tensor) else contextlib.nullcontext():
            body()

    def run_test() -> Any:
        return to_tensor(test())

    _compiled_loop(run_test, lambda element: body(), get_state, set_state, symbol_names, None, opts)


def for_stmt(iter_: Any, extra_test: Any, body: Any, get_state: Any, set_state: Any, symbol_names: Any, opts: Any) -> None:
    """A for statement; over a tensor it becomes a compiled loop."""
    if isinstance(iter_, TracedRange):
        _for_range(iter_, extra_test, body, get_state, set_state, symbol_names, opts)
    elif isinstance(iter_, Tensor) and frames.current() is not None and len(iter_._value.shape):
        _for_tensor(iter_, extra_test, body, get_state, set_state, symbol_names, opts)
    else:
        for element in iter_:
            if extra_test is not None:
                condition = extra_test()
                if not _known_true(condition):
                    break
            body(element)


def _known_true(condition: Any) -> bool:
    return bool(condition)


def _for_range(bounds: TracedRange, extra_test: Any, body: Any, get_state: Any, set_state: Any, names: Any, opts: Any) -> None:
    index = [bounds.start]

    def test() -> Any:
        i = index[0]
        ahead = (bounds.delta > 0) & (i < bounds.limit) | (bounds.delta < 0) & (i > bounds.limit)
        return ahead & to_tensor(extra_test()) if extra_test is not None else ahead

    def step(element: Any) -> None:
        i = index[0]
        body(i)
        index[0] = i + bounds.delta

    def get() -> tuple[Any, ...]:
        return (index[0], *get_state())

    def put(values: Any) -> None:
        index[0] = values[0]
        set_state(tuple(values[1:]))

    _compiled_loop(test, step, get, put, ("<index>", *names), None, opts)


def _for_tensor(tensor: Tensor, extra_test: Any, body: Any, get_state: Any, set_state: Any, names: Any, opts: Any) -> None:
    count = tensor._value.shape[0]
    if extra_test is None:
        _compiled_loop(None, body, get_state, set_state, names, tensor, opts)
        return
    bounds = TracedRange(Tensor(np.int32(count).reshape(())))
    _for_range(bounds, extra_test, lambda i: body(tensor[i]), get_state, set_state, names, opts)


def _compiled_loop(test: Any, body: Any, get_state: Any, set_state: Any, names: Any, elements: Tensor | None, opts: Any) -> None:
    initial = tuple(get_state())

    def run_test(values: list[Any]) -> Any:
        set_state(tuple(values))
        return test()

    def run_body(row: Any, values: list[Any]) -> Any:
        set_state(tuple(values))
        body(row)
        return get_state()

    try:
        final = loops.run(
            None if test is None else run_test, run_body, initial, names, elements,
            maximum=opts.get("maximum_iterations"), undefined=_undefined,
        )
    finally:
        set_state(initial)
    set_state(tuple(final))


# -- expressions -------------------------------------------------------------------------------
def if_exp(cond: Any, if_true: Any, if_false: Any, expr_repr: str) -> Any:
    """`a if cond else b`."""
    if is_symbolic(cond):
        return control_flow.branches(to_tensor(cond), [if_false, if_true])
    return if_true() if cond else if_false()


def and_(a: Any, b: Any) -> Any:
    """`a and b`, both given as functions."""
    left = a()
    return left & b() if is_symbolic(left) else (left and b())


def or_(a: Any, b: Any) -> Any:
    """`a or b`, both given as functions."""
    left = a()
    return left | b() if is_symbolic(left) else (left or b())


def not_(a: Any) -> Any:
    """`not a`."""
    return ~to_tensor(a) if is_symbolic(a) else not a


def eq(a: Any, b: Any) -> Any:
    """`a == b`."""
    return a == b


def not_eq(a: Any, b: Any) -> Any:
    """`a != b`."""
    return a != b


def assert_stmt(condition: Any, message: Any) -> None:
    """An assert statement; on a traced tensor it is checked when the function runs."""
    if is_symbolic(condition):
        check = _CALLS_ORIGINAL.get("assert")
        if check is not None:
            check(condition, [message()])
        return
    assert condition, message()  # noqa: S101 (the user's own assert)


_OPERATORS: dict[str, Any] = {
    "if_stmt": if_stmt,
    "while_stmt": while_stmt,
    "for_stmt": for_stmt,
    "if_exp": if_exp,
    "and_": and_,
    "or_": or_,
    "not_": not_,
    "eq": eq,
    "not_eq": not_eq,
    "assert_stmt": assert_stmt,
    "converted_call": converted_call,
}


@export("autograph.experimental.do_not_convert")
def do_not_convert(func: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Decorates a function that AutoGraph must leave as it is.

    >>> import tfjax as tf
    >>> @tf.autograph.experimental.do_not_convert
    ... def f(x):
    ...     return x
    """
    if func is None:
        return do_not_convert

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    wrapper._autograph_off = True  # type: ignore[attr-defined]
    return wrapper
