"""One trace in TensorFlow's sense, and the programs that serve its calls.

TensorFlow traces a Python function once for a signature, unknown sizes included. XLA compiles for
known sizes, so a `Trace` may hold several programs: made from one symbolic jaxpr where that works
(`specialise.py`), else by running the Python body again, quietly. A body that cannot be compiled
runs as Python at every call.
"""

from __future__ import annotations

import itertools
import logging
import math
import os
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager import graph_names
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.sizes import holds_symbolic
from tfjax._src.eager.tensor import ConcreteValueError, InitialValueError, Tensor, Unknown
from tfjax._src.function import capture, quiet, specialise
from tfjax._src.function.autograph import conversion as ag
from tfjax._src.function.program import Program
from tfjax._src.function.signature import Call
from tfjax._src.ops.random import state

_log = logging.getLogger("tensorflow")
_SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_uid = itertools.count(2)


class EagerProgram:
    """Runs the Python body at every call, as if its trace were executed.

    Attributes:
      reason: why it cannot be compiled, with the line.
    """

    def __init__(self, function: Callable[..., Any], call: Call, reason: str) -> None:
        self.function, self.call, self.reason = function, call, reason
        self.fresh_from = 0.0
        self.random = state.Runs(state.global_seed())
        self.once = False
        self.result_specs: Any = None  # of the first call

    def for_call(self, call: Call) -> EagerProgram:
        """The same for another call's Python values."""
        twin = EagerProgram(self.function, call.released(), self.reason)
        twin.fresh_from, twin.random = self.fresh_from, self.random
        twin.once = True  # a cache of them would keep every dataset's key
        return twin

    def call_flat(self, tensors: Sequence[Tensor]) -> Any:
        """Calls with the tensors of the signature, in order."""
        return self.run(*self.call.rebuild(tensors))

    def run(self, args: Any, kwargs: Any) -> Any:
        """Calls with Python arguments."""
        skip, self.fresh_from = self.fresh_from, math.inf
        with (
            quiet.skipping(skip, active=True),
            replicas.switched(compiling=True),
            state.function_call(self.random),
        ):
            result = self.function(*args, **kwargs)
        result = nest.map_structure(as_output, result, expand_composites=True)
        if self.result_specs is None:
            self.result_specs = nest.map_structure(_spec_of_result, result)
        return result


def _spec_of_result(value: Any) -> Any:
    return TensorSpec(value.shape, value.dtype) if isinstance(value, Tensor) else value


class _Done:
    """A call that has been made already."""

    once = True

    def __init__(self, result: Any) -> None:
        self.result = result

    def call_flat(self, tensors: Sequence[Tensor]) -> Any:
        """The result."""
        return self.result


class Trace:
    """What one signature of a tf.function was traced to.

    Args:
      owner: the tf.function.
      types: leaf types of the canonical arguments, in flattening order.
      call: the call that made it.
      names: of its tensors.

    Attributes:
      programs: made so far, by the call's key.
      seconds: spent in Python code while tracing.
      why: what about the call asked for a new trace.
    """

    def __init__(
        self, owner: Any, types: Sequence[Any], call: Call, names: list[str], why: str
    ) -> None:
        self.owner, self.types, self.names, self.why = owner, list(types), names, why
        self.example = call.released()
        self.specs = [t for t in types if isinstance(t, TensorSpec)]
        self.uid = next(_uid)
        self.programs: dict[Any, Any] = {}
        self.symbolic: list[tuple[specialise.Sizes, capture.Traced, Program]] = []
        self.may_be_symbolic = any(
            s.shape.rank is not None and None in s.shape.as_list() for s in self.specs
        )
        self.why_not_symbolic: Exception | None = None
        self.eager: EagerProgram | None = None
        self.runs = self.shown = 0
        self.complete = False  # a run has come to its end
        self.seconds = 0.0
        self.concrete: Any = None
        self.given_names: list[str | None] = [None] * len(names)

    # -- choosing ------------------------------------------------------------------------------
    def program(self, call: Call) -> Any:
        """The program for a call; made if there is none."""
        if self.eager is not None:
            return self.eager if self._fits_eager(call) else self.eager.for_call(call)
        found = self.programs.get(call.key)
        if found is None:
            found = self._make(call)
            if not getattr(found, "once", False):
                self.programs[call.key] = found
        return found

    def _fits_eager(self, call: Call) -> bool:
        return self.eager is not None and self.eager.call.key == call.key

    def _make(self, call: Call) -> Any:
        shapes = [t._value.shape for t in call.tensors]
        if (
            self.may_be_symbolic
            and len(shapes) == len(self.specs)
            and not any(map(holds_symbolic, shapes))
        ):
            found = self._from_symbolic(call, shapes)
            if found is not None:
                return found
        return self.exact(call)

    def _from_symbolic(self, call: Call, shapes: list[Any]) -> Program | None:
        for sizes, traced, like in self.symbolic:
            found = sizes.match(shapes)
            if found is not None:
                return self._specialised(call, traced, found, like)
        flags = [specialise.open_places(s.shape, shape) for s, shape in zip(self.specs, shapes)]
        sizes = specialise.Sizes(shapes, flags, distinct=False)
        found = sizes.match(shapes)
        if found is None or not self.trace_symbolically(call, sizes):
            return None
        _, traced, like = self.symbolic[-1]
        return self._specialised(call, traced, found, like)

    def _specialised(
        self, call: Call, traced: capture.Traced, sizes: dict[str, int], like: Program
    ) -> Program | None:
        specs = [TensorSpec(t.shape, t.dtype) for t in call.tensors]
        avals = [capture.aval_of(t._value) for t in call.tensors if t._value.dtype != object]
        try:
            exact, differentiable = specialise.specialise(traced, sizes, avals)
        except Exception as error:  # of whatever kind: the body is traced for these sizes instead
            _log.debug("tf.function %s is traced again for %s: %r", self.owner.name, sizes, error)
            return None
        program = Program(self.owner.name, exact, (self.names, specs), like)
        if not differentiable:
            values = [Tensor(Unknown(t._value.shape, t._value.dtype)) for t in call.tensors]
            twin = Call(call.args, call.kwargs, call.key, values, call.template)
            program.for_tapes = lambda: self.exact(twin)
        return program

    # -- tracing -------------------------------------------------------------------------------
    def trace_symbolically(self, call: Call, sizes: specialise.Sizes) -> bool:
        """Traces with symbolic sizes. False where that cannot work, or needs values."""
        try:
            traced = self.run_body(call, sizes.shapes)
        except InitialValueError:
            if self.owner.ever_created or _has_values(call):
                return False
            self._make_variables(call, sizes.shapes)
            return self.trace_symbolically(call, sizes)
        except (
            Exception
        ) as error:  # the trace with actual sizes tells whether it is the user's error
            _log.debug("tf.function %s has no symbolic trace: %r", self.owner.name, error)
            self.why_not_symbolic = error
            self.may_be_symbolic = False
            return False
        if capture.has_outer_tracer(traced):
            self.may_be_symbolic = False
            return False
        specs = [TensorSpec(t.shape, t.dtype) for t in call.tensors]
        self.symbolic.append((sizes, traced, Program(self.owner.name, traced, (self.names, specs))))
        return True

    def exact(self, call: Call, shapes: Sequence[Any] | None = None) -> Any:
        """A program for known shapes, traced for them."""
        shapes = [t._value.shape for t in call.tensors] if shapes is None else shapes
        try:
            traced = self.run_body(call, shapes)
        except InitialValueError:
            if self.owner.ever_created:
                raise
            if _has_values(call):
                return self._start_eagerly(call, shapes)
            if self.why_not_symbolic is not None:
                raise self.why_not_symbolic from None  # sizes of 1 in place of open ones mislead
            self._make_variables(call, shapes)
            return self.exact(call, shapes)
        except ConcreteValueError as error:
            if self.owner.jit_compile:
                raise
            return self._fall_back(call, error)
        specs = [TensorSpec(shape, t.dtype) for shape, t in zip(shapes, call.tensors)]
        program = Program(self.owner.name, traced, (self.names, specs))
        if capture.has_outer_tracer(traced):
            program.once = True  # type: ignore[attr-defined]  # it holds values of an enclosing trace
        else:
            program.release()
        return program

    def _start_eagerly(self, call: Call, shapes: Sequence[Any]) -> Any:
        """The first call as plain Python, to make the Variables; then the trace that uses them."""
        with quiet.skipping(self.shown, active=True):
            result = self.owner.converted()(*call.args, **call.kwargs)
        self.owner.ever_created = True
        self.runs = self.shown = 0
        program = self.exact(call, shapes)
        if not getattr(program, "once", False):
            self.programs[call.key] = program
        return _Done(nest.map_structure(as_output, result, expand_composites=True))

    def _make_variables(self, call: Call, shapes: Sequence[Any]) -> None:
        """Runs the body on zeros where no values are known: only the Variables that it makes stay."""
        shapes = [[size if isinstance(size, int) else 1 for size in shape] for shape in shapes]
        zeros = [
            Tensor(np.full(shape, b"" if t.dtype == dtypes.string else 0, t.dtype.np))
            for shape, t in zip(shapes, call.tensors)
        ]
        args, kwargs = call.rebuild(zeros)
        with frames.init_scope(), frames.undoing(), quiet.skipping(self.shown, active=True):
            self.owner.converted()(*args, **kwargs)
        self.owner.ever_created = True
        self.runs = self.shown = 0

    def run_body(self, call: Call, shapes: Sequence[Any]) -> capture.Traced:
        """The body traced for these shapes. Each of its prints shows once, however often it runs."""
        before, start = quiet.printed(), time.perf_counter()
        counted = self.runs == 0
        self.runs += 1
        with quiet.skipping(math.inf if self.complete else self.shown):
            try:
                traced = self._run_twice(call, shapes, counted)
                self.complete = True
            except ConcreteValueError:
                raise
            except jax.errors.UnexpectedTracerError:
                raise TypeError(
                    f"A tensor of another function {graph_names.OUT_OF_SCOPE}"
                ) from None
            except Exception as error:
                raise ag.in_user_code(error) from None
            finally:
                self.shown = max(self.shown, quiet.printed() - before)
                self.seconds += time.perf_counter() - start
        return traced

    def _run_twice(self, call: Call, shapes: Sequence[Any], counted: bool) -> capture.Traced:
        """As TensorFlow does: a first trace that creates Variables, a second one that uses them."""
        owner = self.owner
        traced = self._run(call, shapes, counted)
        if traced.frame.created:
            owner.ever_created = True
            traced.frame.created.clear()
            traced = self._run(call, shapes, counted)
        return traced

    def _run(self, call: Call, shapes: Sequence[Any], counted: bool) -> capture.Traced:
        owner = self.owner
        if counted:
            owner.count_trace()
        function = owner.converted()
        dtypes = [t._value.dtype for t in call.tensors]
        places = [i for i, d in enumerate(dtypes) if d != object]
        avals = [jax.ShapeDtypeStruct(tuple(shapes[i]), dtypes[i]) for i in places]

        def body(*inputs: Tensor) -> Any:
            tensors: list[Any] = [
                Tensor(Unknown(t._value.shape, t._value.dtype)) for t in call.tensors
            ]
            for i, tensor in zip(places, inputs):
                tensors[i] = tensor
            for tensor, name, spec in zip(tensors, self.names, self.specs):
                tensor._graph_name = f"{name}:0"
                if spec.shape.rank is None:
                    tensor._shown_shape = None
            args, kwargs = call.rebuild(tensors)
            result = function(*args, **kwargs)
            return nest.map_structure(as_output, result, expand_composites=True)

        frame = frames.Frame()
        frame.may_create = not owner.ever_created
        traced = capture.trace(body, avals, frame)
        _check_scope(traced)
        for leaf in nest.flatten(traced.structure.template, expand_composites=True):
            if isinstance(leaf, Tensor) and type(leaf._value) is Unknown:
                raise ConcreteValueError("A string tensor is returned.")
        return traced

    def _fall_back(self, call: Call, error: ConcreteValueError) -> EagerProgram:
        where = user_line(error)
        reason = f"{where}{error}"
        _log.warning("tf.function %s runs eagerly from now on: %s", self.owner.name, reason)
        self.owner.fallback_reason = reason
        self.eager = EagerProgram(self.owner.converted(), call.released(), reason)
        self.eager.fresh_from = math.inf if self.complete else self.shown
        return self.eager


def _has_values(call: Call) -> bool:
    """True unless the call is made with specs, or inside another trace."""
    return not any([type(t._value) is Unknown or t.is_symbolic for t in call.tensors])


def _check_scope(traced: capture.Traced) -> None:
    """Raises TypeError for a captured tensor of a trace that has ended."""
    known, traced.frame.symbolic = traced.frame.symbolic, {}
    if frames.current() is None:
        for value in traced.captures:
            if isinstance(value, jax.core.Tracer):
                raise graph_names.out_of_scope([known.get(id(value), Tensor(value))])


def as_output(value: Any) -> Any:
    """A leaf of a result: numbers, strings and arrays become tensors, as TensorFlow returns them."""
    if isinstance(value, (bool, int, float, complex, str, bytes)) or hasattr(
        value, "__array_interface__"
    ):
        return to_tensor(value)
    return value


def user_line(error: BaseException) -> str:
    """`file:line: source: ` of the innermost line outside tfjax, jax and the standard library."""
    for entry in reversed(traceback.extract_tb(error.__traceback__)):
        if "__autograph_generated" in entry.filename:
            found = ag.origin(entry.filename, entry.lineno or 0)
            if found is not None:
                return "{}:{}: {}: ".format(*found)
        elif (
            not entry.filename.startswith((_SOURCE, "<")) and "site-packages" not in entry.filename
        ):
            return f"{entry.filename}:{entry.lineno}: {entry.line}: "
    return ""
