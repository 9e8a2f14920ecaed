"""tf.function: Python functions traced once per signature and run as compiled programs."""

from __future__ import annotations

import functools
import inspect
import math
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.core import config, nest
from tfjax._src.core.config import _settings
from tfjax._src.core.dtypes import FROM_NUMPY
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import showing_symbolic_sizes
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager.tensor import ConcreteValueError, Tensor, Unknown
from tfjax._src.function.autograph import conversion as ag
from tfjax._src.function import compilation_cache as compilation_cache  # reads TFJAX_CACHE_DIR
from tfjax._src.function import explain, graph_view, quiet, signature, specialise, tracetype
from tfjax._src.function.concrete import CallableType, ConcreteFunction
from tfjax._src.function.program import Program
from tfjax._src.function.signature import Call
from tfjax._src.function.traces import EagerProgram, Trace, as_output
from tfjax._src.ops.random import state


@export("types.experimental.GenericFunction")
class GenericFunction(CallableType):
    """Base class of tf.functions."""


@export("types.experimental.PolymorphicFunction")
class Function(GenericFunction):
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
        self.autograph = autograph
        self.jit_compile = jit_compile
        self._reduce_retracing = reduce_retracing
        self._traced = 0
        self._fast: dict[Any, Any] = {}
        self._programs: dict[Any, Any] = {}
        self._traces: list[Trace] = []
        self._draws = False  # whether a trace has random ops
        self.ever_created = False
        self.fallback_reason: str | None = None
        self._bound: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()
        if not isinstance(python_function, functools.partial):
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
    def function_type(self) -> Any:
        """The signature: names and kinds of the parameters."""
        return graph_view.type_of_function(self.binder.signature)

    @property
    def function_spec(self) -> Any:
        """The Python signature."""
        return self.binder.signature

    @property
    def name(self) -> str:
        """The Python function's name."""
        return self._name()

    @functools.cached_property
    def binder(self) -> signature.Binder:
        """Binds arguments to the Python function's parameters."""
        return signature.Binder(self._python_function)

    def _decorate(self, decorator: Callable[[Any], Any]) -> None:
        """Puts a decorator around the Python function, which must not have been traced yet.

        Libraries call it, so it has TensorFlow's name.
        """
        if self._programs or self._traced:
            raise ValueError("Functions cannot be decorated after they have been traced.")
        self._python_function = decorator(self._python_function)
        self.__dict__.pop("binder", None)

    def experimental_get_tracing_count(self) -> int:
        """How often the Python function was traced."""
        return self._traced

    def count_trace(self) -> None:
        """Counts one run of the Python function by a trace."""
        self._traced += 1

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        try:
            return self._bound[instance]
        except (KeyError, TypeError):
            pass
        method = _weak_method(self._python_function, instance)
        bound = Function(
            method, self._input_signature, self.autograph, self.jit_compile, self._reduce_retracing
        )
        try:
            self._bound[instance] = bound
        except TypeError:
            pass
        return bound

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # The short way: Tensors and plain Python values seen before, outside of everything special.
        if frames._state.frame is None and replicas.state.strategy is None:
            found = signature.quick_key(args, kwargs)
            if found is not None:
                program = self._fast.get(found[0])
                if program is not None and not (
                    _settings["functions_run_eagerly"] or (self._draws and state.in_pipeline())
                ):
                    return program.call_flat(found[1])
        return self._call(args, kwargs)

    def _call(self, args: Any, kwargs: Any) -> Any:
        if config.functions_run_eagerly():
            return self._python_function(*args, **kwargs)
        if replicas.state.replica is not None and frames.current() is not None:
            # A replica's trace holds values that only it can tell; it takes the function in.
            return self.converted()(*args, **kwargs)
        if self._draws and state.in_pipeline():
            return self._call_in_pipeline(args, kwargs)
        call = self._prepare(args, kwargs)
        program = self._programs.get(call.key)
        if program is None:
            program = self._trace_for(call).program(call)
            self._draws = self._draws or getattr(program, "draws", False)
            if self._draws and state.in_pipeline():
                return self._call_in_pipeline(args, kwargs)
            if getattr(program, "once", False):
                return _run_once(program, call)
            self._programs[call.key] = program
        if isinstance(program, EagerProgram):
            return program.run(call.args, call.kwargs)
        if frames.current() is None and replicas.state.strategy is None:
            found = signature.quick_key(args, kwargs)
            if found is not None and [id(t) for t in found[1]] == [id(t) for t in call.tensors]:
                self._fast[found[0]] = program
        return program.call_flat(call.tensors)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The ConcreteFunction for arguments, which may be TensorSpecs.

        Raises:
          TypeError: if they do not fit the function's signature.
        """
        if self._input_signature is not None and not args and not kwargs:
            args = self._input_signature
        args, kwargs = self._canonical(args, kwargs)
        given: list[str | None] = []
        specs = nest.map_structure(functools.partial(_as_unknown, names=given), (args, kwargs))
        call = signature.describe_call(*specs)
        trace = self._trace_for(call, given)
        if not trace.complete and trace.eager is None:
            self._trace_unbound(trace, call)
        if trace.concrete is None:
            trace.concrete = ConcreteFunction(self, trace)
        return trace.concrete

    def _trace_unbound(self, trace: Trace, call: Call) -> None:
        """Traces for specs alone: with a symbol for each open size, or with sizes of 1."""
        sizes = [s.shape.as_list() if s.shape.rank is not None else [] for s in trace.specs]
        shapes = [tuple(1 if d is None else d for d in dims) for dims in sizes]
        if trace.may_be_symbolic:
            flags = [[d is None for d in dims] for dims in sizes]
            for distinct in (True, False):
                if trace.trace_symbolically(call, specialise.Sizes(shapes, flags, distinct)):
                    return
        try:
            program = trace.exact(call, shapes)
        except ConcreteValueError:
            raise
        except Exception:
            if all(None not in dims for dims in sizes) and all(
                s.shape.rank is not None for s in trace.specs
            ):
                raise
            return  # the first call tells the sizes
        if isinstance(program, Program) and not getattr(program, "once", False):
            key = tuple([(shape, s.dtype.np) for shape, s in zip(shapes, trace.specs)])
            trace.programs[(*call.key[:3], key)] = program

    def trace_for_export(
        self, args: Any, kwargs: Any, aval_of_spec: Callable[[TensorSpec], Any]
    ) -> tuple[Any, Any]:
        """(Program, canonical (args, kwargs) of specs) of a trace that nothing keeps.

        Args:
          args, kwargs: Python values, and TensorSpecs for tensors.
          aval_of_spec: gives the shape and dtype to trace with; sizes may be symbolic.
        """
        args, kwargs = self._canonical(args, kwargs)
        given: list[str | None] = []
        call = signature.describe_call(
            *nest.map_structure(functools.partial(_as_unknown, names=given), (args, kwargs))
        )
        bound = nest.map_structure(_as_spec, (args, kwargs))
        shapes = [aval_of_spec(s).shape for s in nest.flatten(bound) if isinstance(s, TensorSpec)]
        typing = tracetype.Typing()
        types = [
            typing.leaf(v) for v in nest.flatten((call.args, call.kwargs), expand_composites=True)
        ]
        trace = Trace(
            self,
            types,
            call,
            graph_view.input_names(self.binder, call, [None] * len(call.tensors)),
            "export",
        )
        trace.runs = 1  # an export does not count
        with showing_symbolic_sizes():
            traced = trace.run_body(call, shapes)
        return Program(self._name(), traced, (trace.names, trace.specs)), bound

    def signatures_for_export(self) -> list[tuple[Any, Any]]:
        """(args, kwargs) of specs: the `input_signature`, or those of the traces so far."""
        if self._input_signature is not None:
            return [(self._input_signature, {})]
        found = [ConcreteFunction(self, t) for t in self._traces if t.eager is None]
        return [c.specs_given for c in found]

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        """The traced signatures as text."""
        found = [t.concrete or ConcreteFunction(self, t) for t in self._traces]
        return "\n\n".join(c.pretty_printed_signature(verbose) for c in found)

    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Callable[..., str]:
        """A function of `stage` ("hlo", "optimized_hlo", …) that gives XLA's text of the program."""
        concrete = self.get_concrete_function(*args, **kwargs)
        return functools.partial(explain.compiler_text, concrete._program)

    def explain(self) -> explain.Explanation:
        """Why and how this function was traced, and what its programs cost. Print it.

        >>> import tfjax as tf
        >>> f = tf.function(lambda x: x + 1)
        >>> int(f(tf.constant(1)))
        2
        >>> f.explain().traces[0].why
        'first call'
        """
        return explain.Explanation(self)

    # -- traces --------------------------------------------------------------------------------
    def _name(self) -> str:
        name = getattr(self._python_function, "__name__", None)
        if name is None:
            inner = getattr(self._python_function, "func", self._python_function)
            name = getattr(inner, "__name__", type(inner).__name__)
        return name

    def converted(self) -> Callable[..., Any]:
        """The Python function, its control flow converted if that is wanted."""
        return ag.convert(self._python_function) if self.autograph else self._python_function

    def _canonical(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        if self._input_signature is None:
            return self.binder.bind(args, kwargs)
        names = list(self.binder.signature.parameters)
        typing = tracetype.Typing()
        known = {n: tracetype.text(s, typing) for n, s in zip(names, self._input_signature)}
        text = self.binder.describe(known)
        return signature.apply_input_signature(
            self._input_signature, self.binder, args, kwargs, text
        )

    def _call_in_pipeline(self, args: Any, kwargs: Any) -> Any:
        """Runs the body for an input pipeline, in whose function TensorFlow gives it random ops of
        its own: their streams belong to the iterator, whatever the function drew elsewhere."""
        with state.inner_function(), quiet.skipping(math.inf, active=True):
            result = self.converted()(*args, **kwargs)
        return nest.map_structure(as_output, result, expand_composites=True)

    def _prepare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        return signature.describe_call(*self._canonical(args, kwargs))

    def _trace_for(self, call: Call, given_names: Sequence[str | None] | None = None) -> Trace:
        """The trace that serves a call: one for its types, else for more general ones, else a new one."""
        types = self._types(call)
        known = [
            t
            for t in self._traces
            if t.example.key[:3] == call.key[:3] and len(t.types) == len(types)
        ]
        for trace in known:
            if trace.types == types:
                return trace
        serving = [t for t in known if all(map(tracetype.is_subtype, types, t.types))]
        if serving:
            return min(serving, key=lambda t: sum(_openness(s) for s in t.specs))
        why = explain.reason(types, call, self._traces)
        if self._reduce_retracing:
            types = self._generalised(types, known)
        given = list(given_names or [None] * len(call.tensors))
        if self._input_signature is not None and not given_names:
            flat = [s for s in nest.flatten(self._input_signature) if isinstance(s, TensorSpec)]
            given[: len(flat)] = [s.name for s in flat]
        trace = Trace(self, types, call, graph_view.input_names(self.binder, call, given), why)
        trace.given_names = given
        self._traces.append(trace)
        return trace

    def _types(self, call: Call) -> list[Any]:
        typing = tracetype.Typing()
        if self._input_signature is None:
            leaves = nest.flatten((call.args, call.kwargs), expand_composites=True)
            return [typing.leaf(v) for v in leaves]
        args = (*self._input_signature, *call.args[len(self._input_signature) :])
        return [typing.leaf(v) for v in nest.flatten((args, call.kwargs), expand_composites=True)]

    def _generalised(self, types: list[Any], known: Sequence[Trace]) -> list[Any]:
        for trace in reversed(known):
            wider = [tracetype.supertype(a, b) for a, b in zip(types, trace.types)]
            if None not in wider:
                return wider
        return types


def _run_once(program: Any, call: Call) -> Any:
    if isinstance(program, EagerProgram):
        return program.run(call.args, call.kwargs)
    return program.call_flat(call.tensors)


def _openness(spec: TensorSpec) -> int:
    return 1000 if spec.shape.rank is None else sum(d is None for d in spec.shape.as_list())


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
        if frames.current() is not None or quiet.running():
            return ag.convert(function)(target, *args, **kwargs)
        return function(target, *args, **kwargs)

    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    call._autograph_off = True  # type: ignore[attr-defined]
    del method
    return call


def _as_unknown(value: Any, names: list[str | None]) -> Any:
    """A Tensor without a value for a TensorSpec; collects the names that specs give."""
    if isinstance(value, TensorSpec):
        names.append(value.name)
        dims = None if value.shape.rank is None else tuple(value.shape)
        return Tensor(Unknown(dims, value.dtype.np))
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        names.append(None)
    return value


def _as_spec(value: Any) -> Any:
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    if isinstance(value, (np.ndarray, np.generic)):
        return TensorSpec(value.shape, FROM_NUMPY[value.dtype])
    return value


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
      reduce_retracing: a second shape makes a trace with open sizes, which serves others as well.
      experimental_implements, experimental_autograph_options, experimental_attributes,
        experimental_follow_type_hints: no effect.
      experimental_relax_shapes, experimental_compile: the old names of `reduce_retracing` and
        `jit_compile`.

    >>> import tfjax as tf
    >>> @tf.function
    ... def square(x):
    ...     return x * x
    >>> square(tf.constant(3.0)).numpy()
    np.float32(9.0)
    """
    compiled = experimental_compile if jit_compile is None else jit_compile

    relaxed = reduce_retracing or bool(experimental_relax_shapes)

    def decorate(inner: Callable[..., Any]) -> Function:
        if not callable(inner):
            raise TypeError(f"{inner!r} is not a callable object")
        return Function(inner, input_signature, autograph, compiled, relaxed)

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
    return frames.current() is None and not quiet.running()


@export("inside_function")
def inside_function() -> bool:
    """True while a tf.function is traced, also within `tf.init_scope`.

    >>> import tfjax as tf
    >>> tf.inside_function()
    False
    """
    return frames.current() is not None or quiet.running() or frames.left_by_init_scope()


@export("config.run_functions_eagerly", "config.experimental_run_functions_eagerly")
def run_functions_eagerly(run_eagerly: bool) -> None:
    """Makes every tf.function run as plain Python (True) or compiled (False, the default)."""
    config.set_functions_run_eagerly(bool(run_eagerly))


@export("config.functions_run_eagerly", "config.experimental_functions_run_eagerly")
def functions_run_eagerly() -> bool:
    """Whether tf.functions run as plain Python."""
    return config.functions_run_eagerly()
