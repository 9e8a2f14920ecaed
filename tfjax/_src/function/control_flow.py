"""Structured control flow on tensors: one primitive for branches, one for loops.

`tf.cond`, `tf.while_loop`, AutoGraph's statements, `tf.map_fn` and the like call these. Outside a
trace, or when the condition is known, plain Python runs instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import nest
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import Kernel
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import capture

_NUMBERS = (bool, int, float, complex, np.generic)


def is_symbolic(value: Any) -> bool:
    """True for a tensor whose value is not known while tracing."""
    if hasattr(value, "_dense_var_to_tensor"):
        value = value._dense_var_to_tensor()
    if not isinstance(value, Tensor):
        return False
    # Inside a trace a Variable's array stands for a symbolic value as well.
    return value.is_symbolic or (frames.current() is not None and type(value._value) is not np.ndarray)


def branches(predicate: Tensor, functions: Sequence[Callable[[], Any]]) -> Any:
    """The result of `functions[1]` if `predicate` is true, of `functions[0]` if not.

    With an int32 predicate: of `functions[predicate]`, the last one when it is out of range.
    """
    outer = frames.current()
    traces = [
        capture.trace(lambda f=f: f(), (), frames.Frame(outer, "branch")) for f in functions
    ]
    written = _union([t.written for t in traces])
    results = _reconcile(traces)
    captures: list[Any] = []
    spans = []
    for entry in traces:
        spans.append((len(captures), len(captures) + len(entry.captures)))
        captures.extend(entry.captures)
    current = [v.stored() for v in written]
    base = len(captures)

    def make(index: int) -> Callable[..., tuple[Any, ...]]:
        entry, (start, stop) = traces[index], spans[index]

        def run(*args: Any) -> tuple[Any, ...]:
            outs = entry.fn(*args[start:stop])
            tensors = results.pick(index, outs[: entry.structure.count])
            values = dict(zip(map(id, entry.written), outs[entry.structure.count :]))
            finals = [
                values.get(id(v), args[base + i]) for i, v in enumerate(written)
            ]
            return (*tensors, *finals)

        return run

    runs = [make(i) for i in range(len(functions))]

    def fn(choice: Any, *args: Any) -> tuple[Any, ...]:
        index = jnp.asarray(choice).astype(jnp.int32).reshape(())
        return tuple(jax.lax.switch(index, runs, *args))

    kernel = Kernel("If", fn, host=False)
    inputs = [predicate, *capture.tracked_tensors([*captures, *current])]
    outputs = kernels.execute(kernel, inputs)
    count = len(outputs) - len(written)
    for variable, value in zip(written, outputs[count:]):
        variable.store(value._value)
    return results.rebuild(outputs[:count])


def _union(groups: Sequence[Sequence[Any]]) -> list[Any]:
    return list({id(v): v for group in groups for v in group}.values())


class _Reconcile:
    """Makes the results of several branches one: numbers join tensors, the rest must be equal."""

    def __init__(self, traces: Sequence[capture.Traced]) -> None:
        self.first = traces[0].structure.template
        for entry in traces[1:]:
            nest.assert_same_structure(self.first, entry.structure.template, expand_composites=True)
        columns = zip(
            *[nest.flatten(t.structure.template, expand_composites=True) for t in traces]
        )
        # For each leaf: ("static", value) or ("tensor", one source per branch, dtype).
        self.leaves = [self._leaf(column, traces) for column in columns]

    def _leaf(self, column: Sequence[Any], traces: Sequence[capture.Traced]) -> tuple[Any, ...]:
        slots = [leaf for leaf in column if isinstance(leaf, capture.Slot)]
        if not slots and _all_same(column):
            return ("static", column[0])
        dtype = shape = None
        for leaf, entry in zip(column, traces):
            if isinstance(leaf, capture.Slot):
                aval = entry.out_avals[leaf.index]
                if dtype is not None and aval.dtype != dtype:
                    raise TypeError(
                        "true_fn and false_fn arguments to tf.cond must have the same number, "
                        f"type, and overall structure of return values: got {dtype} and {aval.dtype}."
                    )
                dtype, shape = aval.dtype, aval.shape
        sources = [self._source(leaf, dtype, shape) for leaf in column]
        dtype = dtype or next(s for s in sources if not isinstance(s, capture.Slot)).dtype
        return ("tensor", [s if isinstance(s, capture.Slot) else s.astype(dtype) for s in sources])

    @staticmethod
    def _source(leaf: Any, dtype: Any, shape: Any) -> Any:
        if isinstance(leaf, capture.Slot):
            return leaf
        if isinstance(leaf, _NUMBERS):
            return np.asarray(to_tensor(leaf)._value)
        if getattr(leaf, "_fill_with_zeros", False) and dtype is not None:
            return np.zeros(shape, dtype)
        if isinstance(leaf, (str, bytes)) or isinstance(leaf, Tensor):  # a Tensor of strings
            raise ConcreteValueError("A condition on a tensor chooses between strings.")
        raise TypeError(
            f"The branches of a condition on a tensor must give tensors alike; one gave {leaf!r}."
        )

    def pick(self, index: int, outs: Sequence[Any]) -> list[Any]:
        """The tensors of the common result, from those of branch `index`."""
        picked = []
        for leaf in self.leaves:
            if leaf[0] == "tensor":
                source = leaf[1][index]
                picked.append(outs[source.index] if isinstance(source, capture.Slot) else jnp.asarray(source))
        return picked

    def rebuild(self, tensors: Sequence[Tensor]) -> Any:
        """The Python result."""
        values = iter(tensors)
        leaves = [next(values) if leaf[0] == "tensor" else leaf[1] for leaf in self.leaves]
        return nest.pack_sequence_as(self.first, leaves, expand_composites=True)


_reconcile = _Reconcile


def _all_same(column: Sequence[Any]) -> bool:
    first = column[0]
    for other in column[1:]:
        if other is first:
            continue
        if type(other) is not type(first) or not isinstance(first, (*_NUMBERS, str, bytes)):
            return False
        if other != first:
            return False
    return True


def loop(
    test: Callable[..., Any] | None,
    body: Callable[..., Any],
    state: list[Tensor],
    names: Sequence[str] | None = None,
    trip_count: int | None = None,
    elements: Sequence[Any] = (),
    maximum: Any = None,
) -> list[Tensor]:
    """Runs `state = body(*state)` while `test(*state)`, as one compiled loop.

    Args:
      test: a function of the state that gives a bool tensor; None with `trip_count`.
      body: a function of (element,) + state if `elements` is given, else of the state; returns the
        new state, tensors of the same shapes and dtypes.
      trip_count: how often, when known: the loop becomes a scan, which has gradients of any order.
      elements: arrays whose leading axis is run over, one slice a step (with `trip_count`).
      maximum: at most so many steps (an int: gradients work through a bounded scan).
    """
    outer = frames.current()
    avals = [capture.aval_of(t._value) for t in state]
    rows = [jax.ShapeDtypeStruct(e.shape[1:], e.dtype) for e in elements]
    trial = capture.trace(lambda *a: list(body(*a)), [*rows, *avals], frames.Frame(outer, "loop"))
    tested = None
    if test is not None:
        tested = capture.trace(lambda *a: test(*a), avals, frames.Frame(outer, "loop"))
    _check_invariant(avals, trial, names)
    written = _union([trial.written, tested.written if tested else []])
    if written:
        trial, tested = _retrace(test, body, rows, avals, written, outer)
    current = [v.stored() for v in written]
    inner = (len(trial.captures), len(tested.captures) if tested else 0, len(elements))

    def fn(*args: Any) -> tuple[Any, ...]:
        body_captures = args[: inner[0]]
        test_captures = args[inner[0] : inner[0] + inner[1]]
        rest = args[inner[0] + inner[1] :]
        xs, carry = rest[: inner[2]], tuple(rest[inner[2] :])

        def step(carry: Any, row: Any) -> Any:
            return tuple(trial.fn(*body_captures, *row, *carry))

        def goes_on(carry: Any) -> Any:
            return jnp.asarray(tested.fn(*test_captures, *carry)[0]).reshape(())

        if tested is None:
            carry, _ = jax.lax.scan(
                lambda c, row: (step(c, row), None), carry, tuple(xs), length=trip_count
            )
            return carry
        if maximum is not None:
            return _bounded(goes_on, step, carry, int(maximum))
        return jax.lax.while_loop(goes_on, lambda c: step(c, ()), carry)

    kernel = Kernel("While", fn, host=False)
    inputs = capture.tracked_tensors(
        [*trial.captures, *(tested.captures if tested else []), *elements]
    )
    outputs = kernels.execute(kernel, [*inputs, *state, *capture.tracked_tensors(current)])
    for variable, value in zip(written, outputs[len(state) :]):
        variable.store(value._value)
    return list(outputs[: len(state)])


def _bounded(goes_on: Any, step: Any, carry: Any, maximum: int) -> Any:
    """A loop with a known bound as a scan, so that it can be differentiated."""

    def guarded(pair: Any, _: Any) -> Any:
        alive, carry = pair
        alive = alive & goes_on(carry)
        return (alive, jax.lax.cond(alive, lambda c: step(c, ()), lambda c: c, carry)), None

    (_, carry), _ = jax.lax.scan(guarded, (jnp.array(True), carry), None, length=maximum)
    return carry


def _retrace(
    test: Any, body: Any, rows: Sequence[Any], avals: Sequence[Any], written: list[Any], outer: Any
) -> tuple[capture.Traced, Any]:
    """Traces again with the assigned Variables as part of the loop's state."""
    state_avals = [capture.aval_of(v.stored()) for v in written]
    count = len(rows) + len(avals)

    def threaded(function: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> capture.Traced:
        frame = frames.Frame(outer, "loop")

        def run(*args: Any) -> Any:
            split = len(inputs)
            for variable, value in zip(written, args[split:]):
                frame.values[id(variable)] = value._value
            # Written in a fixed order: the loop's state.
            for variable in written:
                frame.written[id(variable)] = variable
            return function(*args[:split])

        return capture.trace(run, [*inputs, *state_avals], frame)

    traced_body = threaded(lambda *a: list(body(*a)), [*rows, *avals], written)
    traced_test = threaded(test, avals, ()) if test is not None else None
    if len(traced_body.written) != len(written) or len(traced_body.out_avals) < count - len(rows):
        raise ValueError("The body of a loop assigned other Variables when traced again.")
    return traced_body, traced_test


def _check_invariant(avals: Sequence[Any], traced: capture.Traced, names: Sequence[str] | None) -> None:
    count = traced.structure.count
    if count != len(avals):
        raise ValueError(
            f"The loop's body returned {count} values for {len(avals)} loop variables."
        )
    for i, (before, after) in enumerate(zip(avals, traced.out_avals)):
        name = names[i] if names and i < len(names) else f"loop_vars[{i}]"
        if before.dtype != after.dtype:
            raise TypeError(
                f"'{name}' has dtype {before.dtype} before the loop, but dtype {after.dtype} after "
                "one iteration"
            )
        if before.shape != after.shape:
            raise ValueError(
                f"'{name}' has shape {before.shape} before the loop, but shape {after.shape} after "
                "one iteration. Use tf.autograph.experimental.set_loop_options to set shape "
                "invariants."
            )
