"""Calls of Python functions as nodes: what needs values, or traces code of its own, runs in Session.run.

An op whose shape or axis is a tensor of the graph, `tf.print`, `tf.py_func`, `tf.cond`: the node
keeps the function and its arguments, and calls it with what its tensors have become.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfjax._src.compat.v1 import inference
from tfjax._src.compat.v1.inference import Spec
from tfjax._src.compat.v1.operations import Operation, Symbol
from tfjax._src.core import nest
from tfjax._src.eager import frame as frames
from tfjax._src.eager.kernel import Kernel, is_differentiable, link
from tfjax._src.eager.tape import GradientTape
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.array import creation
from tfjax._src.ops.random import philox
from tfjax._src.ops.random import state as random_state


class CallKernel(Kernel):
    """The link between the tensors around a node that calls a function."""

    __slots__ = ("op",)
    replayable = pure = False

    def __init__(self, op: Operation) -> None:
        super().__init__(op.type, lambda *arrays: (), host=False)
        self.op = op

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]) -> Sequence[Tensor]:
        return gradient(self.op, cotangents, mask)


class _Running(threading.local):
    def __init__(self) -> None:
        # The operations that run now and whose gradient is wanted, and their tapes.
        self.followed: set[Operation] = set()
        self.tapes: dict[Operation, Any] = {}


running = _Running()


@contextlib.contextmanager
def following(ops: Sequence[Operation]) -> Iterator[None]:
    """A context in which `ops` run: those whose gradient is among them are run under a tape."""
    before = running.followed, running.tapes
    running.followed, running.tapes = {op._gradient_of for op in ops if op._gradient_of is not None}, {}
    try:
        yield
    finally:
        running.followed, running.tapes = before


def node(
    graph: Any, kind: str, function: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor], specs: Sequence[Spec],
    name: str | None = None, reads: Sequence[Any] = (), writes: Sequence[Any] = (),
) -> Operation:
    """A node that calls `function` with its inputs' values, for tensors.

    Args:
      reads, writes: Variables that the function itself uses; those read are told the gradient too.
    """
    watched = [v for v in reads if v.trainable]
    tensors = [*inputs, *[graph.read(v) for v in watched]]
    count = len(inputs)

    def compute(*values: Tensor) -> Sequence[Tensor]:
        if op not in running.followed:
            return function(*values[:count])
        # Tensors of their own: one that comes in twice gets the two gradients apart.
        values = tuple([Tensor(v._value) for v in values])
        with GradientTape(persistent=True) as tape:
            tape.watch([v for v in values[:count] if v.dtype.is_floating or v.dtype.is_complex])
            outputs = function(*values[:count])
        running.tapes[op] = (tape, values[:count], outputs)
        return outputs

    op = graph.add(kind, compute, tensors, name)
    op._reads, op._writes = tuple(reads), tuple(writes)
    op._effect = bool(writes)
    op._watched = (count, watched)  # type: ignore[attr-defined]
    outputs = graph.outputs(op, specs)
    if any(is_differentiable(s.dtype) for s in specs):
        link(CallKernel(op), tensors, tuple(outputs))
    return op


def gradient(op: Operation, cotangents: Sequence[Tensor], mask: tuple[bool, ...]) -> list[Tensor]:
    """The gradients of a node's inputs where `mask` is true, by a node that comes behind it."""
    count, watched = op._watched  # type: ignore[attr-defined]
    given = len(op.inputs)
    floats = [i for i, t in enumerate(op.outputs) if is_differentiable(t._value.dtype)]

    def compute(*values: Tensor) -> list[Tensor]:
        if op not in running.tapes:
            running.followed.add(op)
            op._compute(*values[:given])
        tape, inputs, outputs = running.tapes[op]
        sources = [*inputs, *watched]
        wanted = [s for s, use in zip(sources, mask, strict=True) if use]
        found = tape.gradient([outputs[i] for i in floats], wanted, list(values[given:]), unconnected_gradients="zero")
        return [creation.zeros_like(s) if g is None else _dense(g) for g, s in zip(found, wanted, strict=True)]

    chosen = [t for t, use in zip(op.inputs, mask, strict=True) if use]
    behind = op.graph.add(f"{op.type}Grad", compute, [*op.inputs, *cotangents])
    behind._gradient_of, behind._host = op, op._host
    behind._reads = tuple(op._reads)
    return op.graph.outputs(behind, [Spec(t._value.shape, t._value.dtype, sizes=getattr(t._value, "sizes", None)) for t in chosen])


def _dense(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else value._dense_var_to_tensor()


# -- functions of tensors and static arguments ---------------------------------------------------
def call(
    graph: Any, function: Callable[..., Any], args: Any, kwargs: Any, dtypes: Sequence[Any] | None = None, host: bool = False,
    name: str | None = None,
) -> Any:
    """What `function(*args, **kwargs)` gives, as tensors of a new node; the operation if it gives none.

    Args:
      dtypes: of the tensors that it gives, if their shapes are unknown; by default found from stand-ins.
      host: it needs the values themselves.
    """
    leaves = nest.flatten((args, kwargs), expand_composites=True)
    leaves = [graph.read(leaf) if isinstance(leaf, Variable) else leaf for leaf in leaves]
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)]
    draws = Draws(graph)

    def run(tensors: Sequence[Tensor]) -> Any:
        full = list(leaves)
        for i, tensor in zip(places, tensors, strict=True):
            full[i] = tensor
        given, named = nest.pack_sequence_as((args, kwargs), full, expand_composites=True)
        with draws.taken():
            return function(*given, **named)

    inputs = [leaves[i] for i in places]
    template: list[Any] = [None]
    if dtypes is None:
        specs, needs_values = _specs(run, inputs, template)
        host = host or needs_values
    else:
        specs = [Spec(None, np.dtype(d)) for d in dtypes]
    draws.probing = False
    label = function.op.raw if hasattr(function, "op") else function.__name__
    op = node(graph, label, lambda *values: _tensors(run(values)), inputs, specs, name)
    # What gives nothing is called for what it does.
    op._effect, op._host = op._effect or not specs, op._host or host
    if not op.outputs:
        return op
    if template[0] is None:
        return op.outputs[0] if len(op.outputs) == 1 else list(op.outputs)
    remaining = iter(op.outputs)
    leaves_out = nest.flatten(template[0], expand_composites=True)
    filled = [next(remaining) if isinstance(leaf, Tensor) else leaf for leaf in leaves_out]
    return nest.pack_sequence_as(template[0], filled, expand_composites=True)


def has_open_shape(*values: Any) -> bool:
    """Whether there are tensors among the values whose sizes are not all known."""
    found = [v._value.shape for v in nest.flatten(values, expand_composites=True) if isinstance(v, Tensor)]
    return any(shape is None or None in shape for shape in found)


def _tensors(result: Any) -> list[Tensor]:
    return [leaf for leaf in nest.flatten(result, expand_composites=True) if isinstance(leaf, Tensor)]


def _specs(run: Callable[[Sequence[Tensor]], Any], inputs: Sequence[Tensor], template: list[Any]) -> tuple[list[Spec], bool]:
    """(what the tensors are that `run` gives, whether it needs values); the result goes into `template`."""

    def arrays(values: list[Any]) -> list[Any]:
        result = run(inference.tensors_of(values))
        template[0] = result
        return [t._value for t in _tensors(result)]

    values = [t._value for t in inputs]
    if not any(v.dtype == object for v in values):
        try:
            return inference.abstract(arrays, values), False
        except ConcreteValueError:
            pass
        for number in (None, 1, 0, 2):
            try:
                return inference.abstract(arrays, [_assumed(v, number) for v in values], assume=True), False
            except Exception:  # an axis, say, is no size: another number may be one that the function takes
                continue
    return inference.on_samples(arrays, values), True


def _assumed(value: Any, number: int | None) -> Any:
    """A small integer of the graph with its assumed values, or with `number` in place of them."""
    if not isinstance(value, Symbol) or value.known is None or value.sure or number is None:
        return value
    return np.full_like(value.known[0], number)


class Draws:
    """The random streams of a call, which go on from run to run whatever shapes are drawn.

    While only shapes are looked for nothing is drawn.
    """

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.keys: list[Any] = []
        self.positions: list[Any] = []
        self.next = 0
        self.probing = True

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """A context of one call."""
        before, random_state._calls.draws = random_state._calls.draws, self
        self.next = 0
        try:
            yield
        finally:
            random_state._calls.draws = before

    def reserve(self, op: str, attrs: Any, op_seed: int | None, blocks: int) -> Any:
        """The stream state for the next random op of the call."""
        i, self.next = self.next, self.next + 1
        if i == len(self.keys):
            with frames.enter(self.graph._frame):
                self.keys.append((op, attrs, random_state.op_seeds(op_seed)))
            self.positions.append(None)
        if self.probing:
            return philox.stream_state(0, 0)
        if self.positions[i] is None:
            self.positions[i] = random_state.new_position(self.keys[i])
        return random_state.advance(self.positions[i], blocks)
