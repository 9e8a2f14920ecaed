"""Loops whose course depends on known values only: what they end with, found while tracing.

The size of a TensorArray that a loop makes grow, and often a trip count, follow from counters that
start at constants. The part of the body that they depend on is cut out and run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.function import capture


def final_values(
    test: Callable[..., Any] | None, body: Callable[..., Any], state: Sequence[Any], rows: Sequence[Any],
    wanted: Sequence[int], maximum: Any,
) -> list[np.ndarray] | None:
    """State number i after the loop for each i in `wanted`; None if run-time values decide it.

    Args:
      test, body: of tensors, as `control_flow.loop` takes them.
      state: the tensors before the loop.
      rows: arrays over whose first axis the loop runs, if it has no test.
      maximum: at most so many steps.
    """
    outer = frames.current()
    avals = [capture.aval_of(t._value) for t in state]
    firsts = [jax.ShapeDtypeStruct(r.shape[1:], r.dtype) for r in rows]
    step = _Slice(lambda *a: list(body(*a)), [*firsts, *avals], frames.Frame(outer, "loop"))
    check = _Slice(lambda *a: test(*a), avals, frames.Frame(outer, "loop")) if test is not None else None
    known = [type(t._value) is np.ndarray for t in state]
    chosen = _closure(step, check, len(rows), set(wanted), known, [type(r) is np.ndarray for r in rows])
    if chosen is None or not (maximum is None or isinstance(maximum, int)):
        return None
    order = sorted(chosen)
    finals = _run(step, check, [state[i]._value for i in order], order, rows, len(state), maximum)
    return [finals[order.index(i)] for i in wanted]


class _Slice:
    """A traced function of which single outputs can be computed on their own."""

    def __init__(self, function: Callable[..., Any], avals: Sequence[Any], frame: Any) -> None:
        traced = capture.trace(function, avals, frame)
        self.captures = traced.captures
        inputs = [*[capture.aval_of(c) for c in self.captures], *avals]
        closed = jax.make_jaxpr(traced.fn)(*inputs)
        self.jaxpr, self.consts = closed.jaxpr, closed.consts

    def needs(self, outputs: set[int]) -> set[int] | None:
        """Which arguments the outputs depend on; None if on a captured run-time value."""
        needed = {id(self.jaxpr.outvars[i]) for i in outputs}
        for eqn in reversed(self.jaxpr.eqns):
            if any(id(v) in needed for v in eqn.outvars):
                needed.update(id(v) for v in eqn.invars)
        offset = len(self.captures)
        found = {i for i, v in enumerate(self.jaxpr.invars) if id(v) in needed}
        if any(i < offset for i in found):
            return None
        return {i - offset for i in found}

    def compute(self, outputs: Sequence[int], arguments: dict[int, Any]) -> list[Any]:
        """The outputs, from the arguments that they need."""
        offset = len(self.captures)
        needed = {id(self.jaxpr.outvars[i]) for i in outputs}
        kept = []
        for eqn in reversed(self.jaxpr.eqns):
            if any(id(v) in needed for v in eqn.outvars):
                needed.update(id(v) for v in eqn.invars)
                kept.append(eqn)
        # An argument stands in for each output that nobody wants.
        outvars = [v if i in outputs else self.jaxpr.invars[0] for i, v in enumerate(self.jaxpr.outvars)]
        part = self.jaxpr.replace(eqns=kept[::-1], outvars=outvars, effects=set())
        # Nothing that is kept uses the zeros.
        zeros = [jnp.zeros(v.aval.shape, v.aval.dtype) for v in self.jaxpr.invars]
        inputs = [arguments.get(i - offset, zero) for i, zero in enumerate(zeros)]
        computed = jax.core.eval_jaxpr(part, self.consts, *inputs)
        return [computed[i] for i in outputs]


def _closure(step: _Slice, check: _Slice | None, rows: int, wanted: set[int], known: list[bool], known_rows: list[bool]) -> set[int] | None:
    """The states that `wanted` and the test depend on, if all of them start known."""
    chosen = set(wanted)
    if check is not None:
        tested = check.needs({0})
        if tested is None:
            return None
        chosen |= tested
    while True:
        needs = step.needs(chosen)
        if needs is None or any(i < rows and not known_rows[i] for i in needs):
            return None
        states = {i - rows for i in needs if i >= rows}
        if states <= chosen:
            break
        chosen |= states
    return chosen if all(known[i] for i in chosen) else None


def _run(step: _Slice, check: Any, initial: list[Any], order: list[int], rows: Sequence[Any], count: int, maximum: Any) -> list[np.ndarray]:
    shift = len(rows)

    def advance(carry: Any, row: Any) -> Any:
        arguments = dict(zip([i + shift for i in order], carry)) | dict(enumerate(row))
        return tuple([jnp.asarray(v) for v in step.compute(order, arguments)])

    def goes_on(carry: Any) -> Any:
        i, values = carry
        go = jnp.asarray(check.compute([0], dict(zip(order, values)))[0]).reshape(())
        return go if maximum is None else go & (i < maximum)

    def whole(values: Any, xs: Any) -> Any:
        if check is None:
            return jax.lax.scan(lambda c, row: (advance(c, row), None), values, xs)[0]
        return jax.lax.while_loop(goes_on, lambda c: (c[0] + 1, advance(c[1], ())), (0, values))[1]

    with jax.ensure_compile_time_eval():
        needed = tuple([np.asarray(r) if type(r) is np.ndarray else np.zeros(r.shape, r.dtype) for r in rows])
        return [np.asarray(v) for v in jax.jit(whole)(tuple(initial), needed)]
