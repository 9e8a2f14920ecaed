"""Structured control flow on tensors: one primitive for branches, one for loops.

`tf.cond`, `tf.while_loop`, AutoGraph's statements, `tf.map_fn` and the like call these. Outside a
trace, or when the condition is known, plain Python runs instead.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.dependence import SelectiveKernel
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import capture, residuals, reverse_loop
from tfjax._src.ops.array.tensor_array import TensorArray

_UNLIKE = (
    "true_fn and false_fn arguments to tf.cond must have the same number, type, and overall structure of return values."
)
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
    if (graph := frames.recording()) is not None:
        return graph.branches(predicate, functions)
    # TensorFlow traces the branch for True first: what Python prints there comes first.
    backwards = predicate.dtype.is_bool
    traces = _trace_branches(functions[::-1] if backwards else functions)
    traces = traces[::-1] if backwards else traces
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
        index = _scalar(choice).astype(jnp.int32)
        return tuple(jax.lax.switch(index, runs, *args))

    kernel = SelectiveKernel("If", fn, host=False)
    inputs = [predicate, *capture.tracked_tensors([*captures, *current])]
    outputs = residuals.execute(kernel, inputs)
    count = len(outputs) - len(written)
    for variable, value in zip(written, outputs[count:]):
        variable.store(value._value)
    return results.rebuild(outputs[:count])


def _scalar(choice: Any) -> Any:
    if choice.size != 1:
        raise InvalidArgumentError(None, None, f"The second input must be a scalar, but it has shape {list(choice.shape)}")
    return jnp.asarray(choice).reshape(())


def _trace_branches(functions: Sequence[Callable[[], Any]]) -> list[capture.Traced]:
    outer = frames.current()

    def trace(function: Callable[[], Any], form: Callable[[int, TensorArray], TensorArray]) -> capture.Traced:
        return capture.trace(lambda: _arrays_as(function(), form), (), frames.Frame(outer, "branch"))

    traces = [trace(f, lambda i, a: a if a.pending else a.buffered()) for f in functions]
    columns = list(zip(*[[(a, _array_form(a, t)) for a in _arrays_in(t.structure.template)] for t in traces]))
    if all(len({form for _, form in column}) == 1 for column in columns):
        return traces

    def common(i: int, array: TensorArray) -> TensorArray:
        shape = next(a.element_shape for a, _ in columns[i] if not a.pending)
        lengths = {form[1] for _, form in columns[i]}
        array = array.buffered(shape if array.pending else None)
        return array if len(lengths) == 1 else array.growing(max(lengths))

    return [trace(f, common) for f in functions]


def _arrays_in(value: Any) -> list[TensorArray]:
    return [leaf for leaf in nest.flatten(value) if isinstance(leaf, TensorArray)]


def _arrays_as(value: Any, form: Callable[[int, TensorArray], TensorArray]) -> Any:
    """`value` with TensorArray number i replaced by `form(i, array)`."""
    if not _arrays_in(value):
        return value
    numbers = itertools.count()
    return nest.map_structure(lambda v: form(next(numbers), v) if isinstance(v, TensorArray) else v, value)


def _array_form(array: TensorArray, entry: capture.Traced) -> tuple[Any, ...]:
    """What must agree for two TensorArrays to be results of two branches."""
    if array._items is not None:
        return ("list", len(array._items))
    slot = array._buffer
    raw = entry.out_avals[slot.index] if isinstance(slot, capture.Slot) else slot._value
    return ("buffer", raw.shape[0], array._count is None)


def _union(groups: Sequence[Sequence[Any]]) -> list[Any]:
    return list({id(v): v for group in groups for v in group}.values())


class _Reconcile:
    """Makes the results of several branches one: numbers join tensors, the rest must be equal."""

    def __init__(self, traces: Sequence[capture.Traced]) -> None:
        self.first = traces[0].structure.template
        for entry in traces[1:]:
            try:
                nest.assert_same_structure(self.first, entry.structure.template, expand_composites=True)
            except (TypeError, ValueError) as error:
                raise TypeError(f"{_UNLIKE}\n\n{error}") from None
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
                    raise TypeError(f"{_UNLIKE}\n\nGot {dtype} and {aval.dtype}.")
                if shape is not None and aval.shape != shape:
                    raise ConcreteValueError(f"The branches of a condition give shapes {shape} and {aval.shape}.")
                dtype, shape = aval.dtype, aval.shape
        sources = [self._source(leaf, dtype, shape) for leaf in column]
        if dtype is None and len({s.dtype for s in sources}) > 1:
            raise TypeError(f"{_UNLIKE}\n\nGot {' and '.join(str(s.dtype) for s in sources)}.")
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
    may_vary: Sequence[bool] = (),
    collect: bool = False,
    reverse: bool = False,
) -> list[Tensor]:
    """Runs `state = body(*state)` while `test(*state)`, as one compiled loop.

    Args:
      test: a function of the state that gives a bool tensor; None with `trip_count`.
      body: a function of (element,) + state if `elements` is given, else of the state; returns the
        new state, tensors of the same shapes and dtypes.
      trip_count: how often, when known: the loop becomes a scan, which has gradients of any order.
      elements: arrays whose leading axis is run over, one slice a step (with `trip_count`).
      maximum: at most so many steps, an int or an integer tensor.
      may_vary: for each state, True if the user allows its shape to change: that is no error, but
        the function cannot be compiled.
      collect: what the body returns behind the state is stacked over the steps (with
        `trip_count`) and returned behind the final state.
      reverse: runs over `elements` from the last to the first.
    """
    if (graph := frames.recording()) is not None:
        return graph.loop(test, body, state, names, trip_count, elements, maximum, may_vary, collect, reverse)
    outer = frames.current()
    avals = [capture.aval_of(t._value) for t in state]
    rows = [jax.ShapeDtypeStruct(e.shape[1:], e.dtype) for e in elements]
    trial = capture.trace(lambda *a: list(body(*a)), [*rows, *avals], frames.Frame(outer, "loop"))
    tested = None
    if test is not None:
        tested = capture.trace(lambda *a: test(*a), avals, frames.Frame(outer, "loop"))
    _check_invariant(avals, trial, names, may_vary, collect)
    written = _union([trial.written, tested.written if tested else []])
    if written:
        trial, tested = _retrace(test, body, rows, avals, written, outer)
    kernel = SelectiveKernel("While", _loop_function(trial, tested, len(state), trip_count, maximum is not None, reverse), host=False)
    captures = capture.tracked_tensors([*trial.captures, *(tested.captures if tested else []), *elements])
    current = capture.tracked_tensors([v.stored() for v in written])
    limit = [] if maximum is None else [to_tensor(maximum)]
    outputs = residuals.execute(kernel, [*limit, *captures, *state, *current])
    end = len(outputs) - len(written)
    for variable, value in zip(written, outputs[end:]):
        variable.store(value._value)
    return list(outputs[:end])


def _loop_function(trial: Any, tested: Any, states: int, trip_count: Any, limited: bool, reverse: bool) -> Callable[..., Any]:
    """The loop as a pure function of (limit,) captures, elements, state and assigned Variables."""
    body_count, test_count = len(trial.captures), len(tested.captures) if tested else 0
    stacked = trial.structure.count - states
    carried = states + len(trial.written)
    start = 1 if limited else 0

    def step(consts: Any, row: Any, carry: Any) -> tuple[Any, Any]:
        outs = trial.fn(*consts[:body_count], *row, *carry)
        return (*outs[:states], *outs[states + stacked :]), tuple(outs[states : states + stacked])

    def goes_on(consts: Any, carry: Any) -> Any:
        return _condition(tested.fn(*consts[body_count:], *carry)[0])

    def fn(*args: Any) -> tuple[Any, ...]:
        consts = args[start : start + body_count + test_count]
        xs, carry = args[start + len(consts) : len(args) - carried], tuple(args[len(args) - carried :])
        if tested is None:
            carry, ys = jax.lax.scan(
                lambda c, row: step(consts, row, c), carry, tuple(xs), length=trip_count, reverse=reverse
            )
            return (*carry[:states], *ys, *carry[states:])
        limit = args[0].reshape(()) if limited else None
        return reverse_loop.while_loop(goes_on, lambda k, c: step(k, (), c)[0], consts, carry, limit)

    return fn


def _condition(value: Any) -> Any:
    """A scalar bool; what TensorFlow refuses as a loop's condition raises."""
    if value.size != 1:
        raise InvalidArgumentError(None, None, f"The second input must be a scalar, but it has shape {list(value.shape)}")
    if value.dtype != np.bool_:
        raise InvalidArgumentError(None, None, f"Input 'input' passed {value.dtype} expected bool while building NodeDef 'while/LoopCond'")
    return jnp.asarray(value).reshape(())


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


def _check_invariant(
    avals: Sequence[Any], traced: capture.Traced, names: Any, may_vary: Sequence[bool], collect: bool
) -> None:
    count = traced.structure.count
    if count != len(avals) and not (collect and count > len(avals)):
        raise ValueError(
            f"The loop's body returned {count} values for {len(avals)} loop variables."
        )
    for i, (before, after) in enumerate(zip(avals, traced.out_avals)):
        if before.dtype != after.dtype:
            raise TypeError(
                f"'{names[i]}' has dtype {before.dtype} before the loop, but dtype {after.dtype} after one iteration"
                if names else
                f"Loop var {i} enters the loop with type <dtype: '{before.dtype}'> but has type <dtype: '{after.dtype}'> after 1 iteration. {i}"
            )
        if before.shape == after.shape:
            continue
        if may_vary and may_vary[i]:
            raise ConcreteValueError(f"Loop variable {i} changes its shape from {before.shape} to {after.shape}.")
        raise ValueError(
            f"'{names[i]}' has shape {before.shape} before the loop, but shape {after.shape} after "
            "one iteration. Use tf.autograph.experimental.set_loop_options to set shape "
            "invariants."
            if names else
            f"Input tensor `{i}` enters the loop with shape {before.shape}, but has shape {after.shape} after one "
            "iteration. To allow the shape to vary across iterations, use the `shape_invariants` argument of "
            "tf.while_loop to specify a less-specific shape."
        )
