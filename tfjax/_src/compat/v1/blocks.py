"""Branches and bodies of loops in a graph: operations of their own, which one operation outside runs.

The Python function of a branch runs once, when the graph is built, as everything does there. What it
records belongs to a `Block`; in Session.run the block's operations are computed within the branch of
the compiled program.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfjax._src.compat.v1 import calls
from tfjax._src.compat.v1.inference import Spec
from tfjax._src.compat.v1.operations import Operation, Symbol
from tfjax._src.core import nest
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import control_flow

_UNLIKE = control_flow._UNLIKE
# Whether all assignments and prints of a block run, or those only that its outputs need.
automatic = [True]


class Block:
    """The operations of one branch.

    Attributes:
      parent: the block around it, or None.
      arguments: tensors of the block that stand for what it is called with.
      outputs: tensors, of the block or from around it.
      structure: what its function returned.
    """

    def __init__(self, graph: Any) -> None:
        self.graph, self.parent = graph, graph.block
        self.first = len(graph.operations)
        self.arguments: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.structure: Any = None
        self.order: list[Operation] = []
        self.captured: list[Symbol] = []

    @contextlib.contextmanager
    def building(self) -> Iterator[Block]:
        """A context in which the graph's new operations are the block's."""
        graph = self.graph
        before = graph.block, graph.controls, graph._reads
        graph.block, graph.controls, graph._reads = self, [], {}
        try:
            yield self
        finally:
            graph.block, graph.controls, graph._reads = before

    def argument(self, spec: Spec) -> Tensor:
        """A tensor that stands for an argument."""
        op = self.graph.add("Placeholder", lambda: [], [])
        self.arguments += self.graph.outputs(op, [spec])
        return self.arguments[-1]

    def finish(self, result: Any) -> None:
        """Notes what the function returned, and what of the graph around the block it needs."""
        self.structure = result
        self.outputs = [_tensor(leaf) for leaf in nest.flatten(result, expand_composites=True) if leaf is not None]
        own = {op for op in self.graph.operations[self.first :] if op._block is self}
        ends = [t._value.op for t in self.outputs if isinstance(t._value, Symbol)]
        ends += [op for op in own if op._effect] if automatic[0] else []
        given = {t._value.op for t in self.arguments}
        self.order = [op for op in needed(ends, within=own) if op not in given]
        used = [s for op in self.order for s in op.symbols()] + [
            t._value for t in self.outputs if isinstance(t._value, Symbol)
        ]
        self.captured = list({s: s for s in used if s.op not in own})

    @property
    def reads(self) -> list[Any]:
        """The Variables that it reads."""
        return list({id(v): v for op in self.order for v in op._reads}.values())

    @property
    def writes(self) -> list[Any]:
        """The Variables that it assigns."""
        return list({id(v): v for op in self.order for v in op._writes}.values())

    @property
    def host(self) -> bool:
        """Whether it needs values."""
        return any(op._host for op in self.order) or any(t._value.dtype == object for t in self.outputs)

    def run(self, captured: Sequence[Tensor], arguments: Sequence[Tensor] = ()) -> list[Tensor]:
        """Its outputs."""
        known = dict(zip(self.captured, captured, strict=True))
        known.update(zip([t._value for t in self.arguments], arguments, strict=True))
        with calls.following(self.order):
            compute(self.order, known)
        return [known.get(t._value, t) if isinstance(t._value, Symbol) else t for t in self.outputs]


def _tensor(leaf: Any) -> Tensor:
    if isinstance(leaf, Operation):
        with leaf.graph.control_dependencies([leaf]):
            op = leaf.graph.add("Const", lambda: [to_tensor(True)], [])
            return leaf.graph.outputs(op, [Spec((), np.dtype(bool))])[0]
    return to_tensor(leaf)


def compute(order: Sequence[Operation], known: dict[Symbol, Tensor]) -> None:
    """Runs operations in order; their outputs are added to `known`."""
    for op in order:
        if op._neutral:
            continue
        inputs = [known[t._value] if isinstance(t._value, Symbol) else t for t in op.inputs]
        for output, result in zip(op.outputs, op._compute(*inputs), strict=True):
            known.setdefault(output._value, result)


def needed(ends: Sequence[Operation], fed: Any = (), within: Any = None) -> list[Operation]:
    """The operations behind `ends`, in the order in which they were made.

    Args:
      fed: symbols behind which nothing is needed.
      within: the operations that count; by default all.
    """
    found: dict[int, Operation] = {}
    stack = list(ends)
    while stack:
        op = stack.pop()
        if op._position in found or within is not None and op not in within:
            continue
        found[op._position] = op
        stack += [s.op for s in op.symbols() if s not in fed] + op.control_inputs
    return [found[i] for i in sorted(found)]


def build(graph: Any, function: Callable[..., Any], specs: Sequence[Spec] = ()) -> Block:
    """The block of a Python function of tensors."""
    block = Block(graph)
    with block.building():
        arguments = [block.argument(spec) for spec in specs]
        block.finish(function(*arguments))
    return block


def branches(graph: Any, predicate: Tensor, functions: Sequence[Callable[[], Any]]) -> Any:
    """`control_flow.branches` as a node."""
    backwards = predicate.dtype.is_bool
    built = [build(graph, f) for f in (functions[::-1] if backwards else functions)]
    built = built[::-1] if backwards else built
    first = built[-1] if backwards else built[0]
    for block in built:
        try:
            nest.assert_same_structure(first.structure, block.structure, expand_composites=True)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{_UNLIKE}\n\n{error}") from None
    _same_dtypes(built)
    ends = np.cumsum([0, *[len(b.captured) for b in built]])

    def run(choice: Tensor, *captured: Tensor) -> list[Tensor]:
        def branch(i: int) -> Callable[[], Any]:
            return _plain(lambda: built[i].run(captured[ends[i] : ends[i + 1]]))

        functions = [branch(i) for i in range(len(built))]
        if not control_flow.is_symbolic(choice):
            number = int(choice)
            return functions[number if 0 <= number < len(functions) else -1]()
        return control_flow.branches(choice, functions)

    specs = [_joined([b.outputs[i] for b in built]) for i in range(len(first.outputs))]
    captured = [s.tensor for b in built for s in b.captured]
    op = calls.node(graph, "If", run, [predicate, *captured], specs, "cond", *_used(built))
    op._effect = any(o._effect for b in built for o in b.order)
    op._host = any(b.host for b in built)
    if not op.outputs:
        return None if first.structure is None else op
    return _packed(first.structure, op.outputs)


def _same_dtypes(built: Sequence[Block]) -> None:
    for column in zip(*[b.outputs for b in built]):
        if len({t.dtype for t in column}) > 1:
            raise TypeError(f"{_UNLIKE}\n\nGot {' and '.join(t.dtype.name for t in column)}.")


def _used(built: Sequence[Block]) -> tuple[list[Any], list[Any]]:
    reads = {id(v): v for b in built for v in b.reads}
    writes = {id(v): v for b in built for v in b.writes}
    return list({**reads, **writes}.values()), list(writes.values())


def _packed(structure: Any, outputs: Sequence[Tensor]) -> Any:
    remaining = iter(outputs)
    leaves = [None if leaf is None else next(remaining) for leaf in nest.flatten(structure, expand_composites=True)]
    return nest.pack_sequence_as(structure, leaves, expand_composites=True)


def _joined(tensors: Sequence[Tensor]) -> Spec:
    """What an output is that comes from one of several tensors."""
    shapes = [t._value.shape for t in tensors]
    dtype = tensors[0]._value.dtype
    if any(s is None for s in shapes) or len({len(s) for s in shapes}) > 1:
        return Spec(None, dtype)
    return Spec(tuple([d[0] if len(set(d)) == 1 else None for d in zip(*shapes)]), dtype)


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    function._autograph_off = True  # type: ignore[attr-defined]
    return function


def loop(
    graph: Any, test: Any, body: Callable[..., Any], state: list[Tensor], names: Any = None, trip_count: int | None = None,
    elements: Sequence[Any] = (), maximum: Any = None, may_vary: Sequence[bool] = (), collect: bool = False, reverse: bool = False,
) -> list[Tensor]:
    """`control_flow.loop` as a node."""
    tensors = [to_tensor(t) for t in state]
    open_shapes = list(may_vary) or [False] * len(tensors)
    carried = [_state_spec(t._value, vary) for t, vary in zip(tensors, open_shapes, strict=True)]
    rows = [_row_spec(e) for e in elements]
    inner = build(graph, lambda *a: list(body(*a)), [*rows, *carried])
    _check_state(tensors, inner.outputs, open_shapes)
    tested = None if test is None else build(graph, lambda *a: test(*a), carried)
    given = [*tensors, *graph.tensors(elements), *([] if maximum is None else [to_tensor(maximum)])]
    outer = [s.tensor for b in (inner, tested) if b is not None for s in b.captured]
    count, total, own = len(tensors), len(given), len(inner.captured)

    def run(*values: Tensor) -> list[Tensor]:
        start, arrays = list(values[:count]), [v._value for v in values[count : count + len(rows)]]
        captured = values[total:]
        step = _plain(lambda *a: inner.run(captured[:own], a))
        goes_on = None if tested is None else _plain(lambda *a: tested.run(captured[own:], a)[0])
        limit = None if maximum is None else values[total - 1]
        if inner.host or (tested is not None and tested.host) or tested is not None and any(open_shapes):
            return _in_python(goes_on, step, start, [values[count + i] for i in range(len(rows))], limit, collect, reverse)
        trips = arrays[0].shape[0] if arrays else trip_count
        if limit is not None and not control_flow.is_symbolic(limit):
            limit = int(limit)
        return control_flow.loop(
            goes_on, step, start, names, trips, arrays, limit, may_vary=open_shapes, collect=collect, reverse=reverse
        )

    built = [b for b in (inner, tested) if b is not None]
    specs = carried[:]
    length = (elements[0].shape or (None,))[0] if elements else trip_count
    for extra in inner.outputs[count:]:
        shape = extra._value.shape
        specs.append(Spec(None if shape is None else (length, *shape), extra._value.dtype))
    op = calls.node(graph, "While", run, [*given, *outer], specs, "while", *_used(built))
    op._effect = any(o._effect for b in built for o in b.order)
    op._host = any(b.host for b in built) or tested is not None and any(open_shapes)
    return list(op.outputs)


def _state_spec(value: Any, vary: bool) -> Spec:
    if value.shape is None:
        return Spec(None, value.dtype)
    if vary:
        return Spec(tuple([None] * len(value.shape)), value.dtype)
    return Spec(tuple(value.shape), value.dtype, sizes=getattr(value, "sizes", None))


def _row_spec(value: Any) -> Spec:
    if value.shape is None:
        return Spec(None, value.dtype)
    sizes = getattr(value, "sizes", None)
    return Spec(tuple(value.shape[1:]), value.dtype, sizes=None if sizes is None else tuple([s[1:] for s in sizes]))


def _check_state(before: Sequence[Tensor], after: Sequence[Tensor], vary: Sequence[bool]) -> None:
    for first, last, free in zip(before, after, vary):
        if first.dtype != last.dtype:
            raise TypeError(
                f"Loop var {first.name if first.is_symbolic else first} enters the loop with type {first.dtype!r} but has type "
                f"{last.dtype!r} after 1 iteration."
            )
        if not free and not first.shape.is_compatible_with(last.shape):
            raise ValueError(
                f"Loop var enters the loop with shape {first.shape}, but has shape {last.shape} after one iteration. To allow "
                "the shape to vary across iterations, use the `shape_invariants` argument of tf.while_loop to specify a "
                "less-specific shape."
            )


def _in_python(
    test: Any, step: Any, state: list[Tensor], elements: Sequence[Tensor], limit: Any, collect: bool, reverse: bool
) -> list[Tensor]:
    """A loop whose steps need values, or change shapes."""
    count, rows, number = len(state), [], 0
    if test is None:
        order = range(elements[0].shape[0])
        for i in reversed(order) if reverse else order:
            outputs = step(*[e[i] for e in elements], *state)
            state = outputs[:count]
            rows.append(outputs[count:])
        from tfjax._src.ops.array.join import stack

        return [*state, *[stack(list(column)) for column in zip(*(rows[::-1] if reverse else rows))]]
    while (limit is None or number < int(limit)) and bool(test(*state)):
        state, number = step(*state), number + 1
    return state
