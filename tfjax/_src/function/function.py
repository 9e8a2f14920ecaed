"""tf.function: Python functions traced once per signature and run as compiled programs."""

from __future__ import annotations

import functools
import inspect
import logging
import threading
import traceback
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.core import config, nest
from tfjax._src.core.dtypes import FROM_NUMPY
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import autograph as ag
from tfjax._src.function import capture, signature
from tfjax._src.function.concrete import ConcreteFunction

_log = logging.getLogger("tensorflow")
_EAGER = object()
_MANY_TRACES = 5


class _State(threading.local):
    def __init__(self) -> None:
        self.tracing = 0


_state = _State()


class Function:
    """What `tf.function` returns: call it as the Python function it wraps."""

    def __init__(
        self,
        python_function: Callable[..., Any],
        input_signature: Any = None,
        autograph: bool = True,
        jit_compile: bool | None = None,
        reduce_retracing: bool = False,
    ) -> None:
        self._python_function = python_function
        self._input_signature = None if input_signature is None else tuple(input_signature)
        self._autograph = autograph
        self._jit_compile = jit_compile
        self._reduce_retracing = reduce_retracing
        self._cache: dict[Any, Any] = {}
        self._traces = 0
        self._created: list[weakref.ref[Any]] = []
        self._ever_created = False
        self._fallback_reason: str | None = None
        self._bound: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()
        functools.update_wrapper(self, python_function, updated=())

    # -- public --------------------------------------------------------------------------------
    @property
    def python_function(self) -> Callable[..., Any]:
        """The function that was wrapped."""
        return self._python_function

    @property
    def input_signature(self) -> Any:
        """The `input_signature` given, or None."""
        return self._input_signature

    @property
    def function_spec(self) -> Any:
        """The Python signature."""
        return inspect.signature(self._python_function)

    def experimental_get_tracing_count(self) -> int:
        """How often the Python function was traced."""
        return self._traces

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        try:
            return self._bound[instance]
        except (KeyError, TypeError):
            pass
        method = _weak_method(self._python_function, instance)
        bound = Function(
            method, self._input_signature, self._autograph, self._jit_compile, self._reduce_retracing
        )
        try:
            self._bound[instance] = bound
        except TypeError:
            pass
        return bound

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if config.functions_run_eagerly():
            return self._python_function(*args, **kwargs)
        if replicas.state.replica is not None and frames.current() is not None:
            # A replica's trace holds values that only it can tell; it takes the function in.
            return self._converted()(*args, **kwargs)
        key, tensors, template, canonical = self._prepare(args, kwargs)
        concrete = self._cache.get(key)
        if concrete is None:
            concrete = self._trace_and_keep(key, tensors, template, canonical)
        if concrete is _EAGER:
            result = self._python_function(*args, **kwargs)
            return nest.map_structure(_as_output, result, expand_composites=True)
        if isinstance(concrete, _Inline):
            return concrete.result
        return concrete.call_flat(tensors)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The ConcreteFunction for arguments, which may be TensorSpecs (unknown sizes count as 1).

        Raises:
          ValueError: if the function cannot be compiled.
        """
        if not args and not kwargs and self._input_signature is not None:
            args = self._input_signature
        example = nest.map_structure(_example, (args, kwargs))
        key, tensors, template, canonical = self._prepare(*example)
        concrete = self._cache.get(key)
        if concrete is None:
            concrete = self._trace_and_keep(key, tensors, template, canonical)
        if not isinstance(concrete, ConcreteFunction):
            raise ValueError(f"{self._name()} cannot be compiled: {self._fallback_reason}")
        concrete.specs_given, concrete.origin = (args, kwargs), self
        return concrete

    def trace_for_export(self, args: Any, kwargs: Any, aval_of_spec: Callable[[TensorSpec], Any]) -> tuple[Any, Any]:
        """(ConcreteFunction, canonical (args, kwargs) of specs) of a trace that nothing keeps.

        Args:
          args, kwargs: Python values, and TensorSpecs for tensors.
          aval_of_spec: gives the shape and dtype to trace with; sizes may be symbolic.
        """
        key, tensors, template, canonical = self._prepare(*nest.map_structure(_example, (args, kwargs)))
        bound = signature.bind(self._python_function, args, kwargs)
        specs = [s for s in map(_as_spec, nest.flatten(bound)) if isinstance(s, TensorSpec)]
        avals = [aval_of_spec(spec) for spec in specs]
        return self._trace(key, tensors, template, canonical, avals), nest.map_structure(_as_spec, bound)

    def signatures_for_export(self) -> list[tuple[Any, Any]]:
        """(args, kwargs) of specs: the `input_signature`, or those of the traces so far."""
        if self._input_signature is not None:
            return [(self._input_signature, {})]
        found = [c for c in self._cache.values() if isinstance(c, ConcreteFunction)]
        return [c.specs_given for c in found]

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        """The traced signatures as text."""
        found = [c for c in self._cache.values() if isinstance(c, ConcreteFunction)]
        return "\n\n".join(f"{c.name}{c.inputs[1]}" for c in found)

    # -- tracing -------------------------------------------------------------------------------
    def _name(self) -> str:
        return getattr(self._python_function, "__name__", "function")

    def _converted(self) -> Callable[..., Any]:
        return ag.convert(self._python_function) if self._autograph else self._python_function

    def _prepare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = self._python_function
        args, kwargs = signature.bind(function, args, kwargs)
        if self._input_signature is not None:
            args = signature.apply_input_signature(self._input_signature, args)
        canonical = (args, kwargs) if kwargs else args
        key, tensors, template = signature.flatten(canonical)
        return (key, bool(kwargs), replicas.trace_key()), tensors, template, canonical

    def _trace_and_keep(self, key: Any, tensors: Sequence[Tensor], template: Any, canonical: Any) -> Any:
        try:
            concrete = self._trace(key, tensors, template, canonical)
        except ConcreteValueError as error:
            if self._jit_compile:
                raise
            concrete = self._fall_back(error)
        if not isinstance(concrete, _Inline):
            self._cache[key] = concrete
        return concrete

    def _trace(self, key: Any, tensors: Sequence[Tensor], template: Any, canonical: Any, avals: Any = None) -> Any:
        function = self._converted()
        has_kwargs = key[1]

        names = _tensor_names(self._python_function, template, canonical, len(tensors))

        def call(*inputs: Tensor) -> Any:
            for tensor, name in zip(inputs, names):
                tensor._graph_name = f"{name}:0"  # type: ignore[attr-defined]
            values = signature.rebuild(template, canonical, inputs)
            args, kwargs = values if has_kwargs else (values, {})
            return nest.map_structure(_as_output, function(*args, **kwargs), expand_composites=True)

        avals = avals or [capture.aval_of(t._value) for t in tensors]
        traced = self._run_trace(call, avals)
        if traced.frame.created:
            self._check_creation(traced)
            traced.frame.created.clear()
            # As TensorFlow does: the first trace created the Variables, the second uses them.
            traced = self._run_trace(call, avals)
            if traced.frame.created:
                raise ValueError(
                    "tf.function only supports singleton tf.Variables created on the first call. "
                    "Make sure the tf.Variable is only created once or created outside tf.function."
                )
        if capture.has_outer_tracer(traced):
            return _Inline(call(*tensors))
        specs = [TensorSpec(a.shape, FROM_NUMPY[a.dtype]) for a in avals]
        given = nest.map_structure(_spec_of, canonical if has_kwargs else (canonical, {}))
        return ConcreteFunction(self._name(), traced, (names, specs), given)

    def _run_trace(self, call: Callable[..., Any], avals: Sequence[Any]) -> capture.Traced:
        self._traces += 1
        return capture.trace(call, avals, frames.Frame())

    def _check_creation(self, traced: capture.Traced) -> None:
        if self._ever_created:
            raise ValueError(
                "tf.function only supports singleton tf.Variables created on the first call. "
                "Make sure the tf.Variable is only created once or created outside tf.function."
            )
        self._ever_created = True

    def _fall_back(self, error: ConcreteValueError) -> Any:
        where = _user_line(error)
        self._fallback_reason = f"{where}{error}"
        _log.warning(
            "tf.function %s runs eagerly from now on: %s%s", self._name(), where, error
        )
        return _EAGER


class _Inline:
    """A call that used values of an enclosing trace: its result, computed inside that trace."""

    def __init__(self, result: Any) -> None:
        self.result = result


def _weak_method(function: Callable[..., Any], instance: Any) -> Callable[..., Any]:
    """`function` bound to `instance`; the cache that holds it must not keep the instance alive."""
    if isinstance(function, functools.partial) or not inspect.isfunction(function):
        return functools.partial(function, instance)
    try:
        ref = weakref.ref(instance)
    except TypeError:
        return function.__get__(instance)
    method = function.__get__(instance)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        target = ref()
        if target is None:
            raise ReferenceError("The object of this method no longer exists.")
        return ag.convert(function)(target, *args, **kwargs) if frames.current() is not None else function(target, *args, **kwargs)

    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    call._autograph_off = True  # type: ignore[attr-defined]
    del method
    return call


def _example(value: Any) -> Any:
    if isinstance(value, TensorSpec):
        dims = [1 if d is None else d for d in value.shape.as_list()]
        return Tensor(np.zeros(dims, value.dtype.np))
    return value


def _as_spec(value: Any) -> Any:
    return TensorSpec(value.shape, FROM_NUMPY[value.dtype]) if isinstance(value, (np.ndarray, np.generic)) else _spec_of(value)


def _as_output(value: Any) -> Any:
    """A leaf of a result: numbers, strings and arrays become tensors, as TensorFlow returns them."""
    if isinstance(value, (bool, int, float, complex, str, bytes, np.generic, np.ndarray)):
        return to_tensor(value)
    return value


def _spec_of(value: Any) -> Any:
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    return value


def _tensor_names(function: Any, template: Any, canonical: Any, count: int) -> list[str]:
    parameters = [p for p in inspect.signature(function).parameters]
    if template is None:
        return parameters[:count] if len(parameters) >= count else [f"arg_{i}" for i in range(count)]
    args = canonical[0] if isinstance(canonical, tuple) and len(canonical) == 2 and isinstance(canonical[1], dict) else canonical
    names = []
    for name, value in zip(parameters, args):
        leaves = nest.flatten(value, expand_composites=True)
        found = [leaf for leaf in leaves if isinstance(leaf, Tensor) or hasattr(leaf, "__array__")]
        names.extend([name] if len(found) == 1 else [f"{name}_{i}" for i in range(len(found))])
    return names[:count] + [f"arg_{i}" for i in range(len(names), count)]


def _user_line(error: BaseException) -> str:
    """`file:line: source: ` of the innermost line outside tfjax, jax and the standard library."""
    for entry in reversed(traceback.extract_tb(error.__traceback__)):
        if not any(part in entry.filename for part in ("tfjax", "jax/", "site-packages", "malt")):
            return f"{entry.filename}:{entry.lineno}: {entry.line}: "
    return ""


@export("function")
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: str | None = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """Compiles a Python function of tensors: traced once per signature, then run by XLA.

    Args:
      func: the function; None returns a decorator.
      input_signature: TensorSpecs that every call must fit.
      autograph: converts Python control flow on tensors.
      jit_compile: True raises where compilation is impossible; otherwise the function then runs
        eagerly with one warning.
      reduce_retracing: no effect: programs are specialised on shapes.
      experimental_implements, experimental_autograph_options, experimental_attributes,
        experimental_relax_shapes, experimental_follow_type_hints: no effect.
      experimental_compile: the old name of `jit_compile`.

    >>> import tfjax as tf
    >>> @tf.function
    ... def square(x):
    ...     return x * x
    >>> square(tf.constant(3.0)).numpy()
    np.float32(9.0)
    """
    compiled = experimental_compile if jit_compile is None else jit_compile

    def decorate(inner: Callable[..., Any]) -> Function:
        return Function(inner, input_signature, autograph, compiled, reduce_retracing)

    return decorate if func is None else decorate(func)


@export("init_scope")
def init_scope() -> Any:
    """A context that leaves the trace of a tf.function: what runs inside runs at once.

    >>> import tfjax as tf
    >>> with tf.init_scope():
    ...     x = tf.constant(1.0)
    """
    return frames.init_scope()


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """False while a tf.function is traced.

    >>> import tfjax as tf
    >>> tf.executing_eagerly()
    True
    """
    return frames.current() is None


@export("inside_function")
def inside_function() -> bool:
    """True while a tf.function is traced."""
    return frames.current() is not None


@export("config.run_functions_eagerly", "config.experimental_run_functions_eagerly")
def run_functions_eagerly(run_eagerly: bool) -> None:
    """Makes every tf.function run as plain Python (True) or compiled (False, the default)."""
    config.set_functions_run_eagerly(bool(run_eagerly))


@export("config.functions_run_eagerly", "config.experimental_functions_run_eagerly")
def functions_run_eagerly() -> bool:
    """Whether tf.functions run as plain Python."""
    return config.functions_run_eagerly()
