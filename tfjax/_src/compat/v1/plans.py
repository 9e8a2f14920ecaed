"""What one set of fetches and feeds runs: compiled parts, and between them what needs values.

Strings, Python functions and sizes that depend on values are computed on the host, as eager ops; all
else of a plan is compiled, as one program where nothing of the kind comes between. An operation that
turns out to need values while it is traced moves to the host, and the plan is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfjax._src.compat.v1 import blocks, calls
from tfjax._src.compat.v1.operations import Operation, Symbol
from tfjax._src.core import errors
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function.function import function


class _NeedsValues(Exception):
    """An operation cannot be traced."""


class Plan:
    """The operations behind `wanted` and `targets`, in stages.

    Args:
      wanted: symbols whose values are asked for.
      targets: operations to run.
      feeds: symbols whose values are given, in this order.
    """

    def __init__(self, wanted: Sequence[Symbol], targets: Sequence[Operation], feeds: Sequence[Symbol]) -> None:
        self.wanted, self.feeds = list(wanted), list(feeds)
        order = blocks.needed([*[s.op for s in wanted], *targets], set(feeds))
        self.order = [op for op in order if not op._neutral]
        self.checked = False
        self.ordered = order
        self.stages = self._lay_out(order)

    @property
    def reads(self) -> list[tuple[Any, Any]]:
        """(Variable that is read, None) and (None, Variable that is assigned), in order."""
        found: list[tuple[Any, Any]] = []
        for op in self.order:
            found += [(v, None) for v in op._reads] + [(None, v) for v in op._writes]
        return found

    def _lay_out(self, order: Sequence[Operation], done: Any = ()) -> list[_Stage]:
        """Stages of the operations that are not done; even ones run on the host, odd ones are compiled."""
        level: dict[Operation, int] = {}
        last_write: dict[int, int] = {}
        last_use: dict[int, int] = {}
        stages: dict[int, list[Operation]] = {}
        fed = set(self.feeds)
        for op in order:
            behind = [level[s.op] for s in op.symbols() if s not in fed] + [level[c] for c in op.control_inputs]
            behind += [last_write.get(id(v), 0) for v in op._reads] + [last_use.get(id(v), 0) for v in op._writes]
            place = max(behind, default=0)
            if not op._neutral:
                host = op._host or any(t._value.dtype == object for t in op.inputs)
                place += place % 2 != (0 if host else 1)
                if op not in done:
                    stages.setdefault(place, []).append(op)
            level[op] = place
            for v in (*op._reads, *op._writes):
                last_use[id(v)] = max(last_use.get(id(v), 0), place)
            for v in op._writes:
                last_write[id(v)] = max(last_write.get(id(v), 0), place)
        found = [_Stage(stages[i], i % 2 == 1) for i in sorted(stages)]
        asked = set(self.wanted)
        for stage in reversed(found):
            stage.settle(asked, fed)
            asked |= set(stage.inputs)
        if len(found) == 1:
            found[0].simplify(self.feeds, self.wanted)
        return found

    def run(self, values: Sequence[Tensor]) -> list[Tensor]:
        """The values of `wanted`."""
        if len(self.stages) == 1 and self.stages[0].simple:
            try:
                return self.stages[0].program(*values)
            except _NeedsValues:
                self.stages = self._lay_out(self.ordered)
        known = dict(zip(self.feeds, values, strict=True))
        remaining, done = list(self.stages), set()
        while remaining:
            stage = remaining.pop(0)
            try:
                results = stage.program(*[known[s] for s in stage.inputs])
            except _NeedsValues:
                self.stages = self._lay_out(self.ordered)
                remaining = self._lay_out(self.ordered, done)
                continue
            known.update(zip(stage.outputs, results, strict=True))
            done |= set(stage.ops)
        return [known[s] for s in self.wanted]


class _Stage:
    """Operations that run together."""

    def __init__(self, ops: list[Operation], compiled: bool) -> None:
        self.ops, self.compiled = ops, compiled
        self.inputs: list[Symbol] = []
        self.outputs: list[Symbol] = []
        self.simple = False
        self.program: Callable[..., Any] = function(self._run, autograph=False, jit_compile=True) if compiled else self._run

    def settle(self, asked: set[Symbol], fed: set[Symbol]) -> None:
        """What comes in, and what of it is asked for later."""
        own = set(self.ops)
        self.inputs = list({s: s for op in self.ops for s in op.symbols() if s in fed or s.op not in own})
        self.outputs = [o._value for op in self.ops for o in op.outputs if o._value in asked]

    def simplify(self, feeds: Sequence[Symbol], wanted: Sequence[Symbol]) -> None:
        """Lets a stage that is the whole of a plan take and give what the plan does, if it can."""
        own = set(self.ops)
        self.simple = self.compiled and all(s.op in own for s in wanted) and not any(s.dtype == object for s in feeds)
        if self.simple:
            self.inputs, self.outputs = list(feeds), list(wanted)

    def _run(self, *values: Tensor) -> list[Tensor]:
        known = dict(zip(self.inputs, values, strict=True))
        with calls.following(self.ops):
            for op in self.ops:
                try:
                    blocks.compute([op], known)
                except ConcreteValueError as error:
                    if not self.compiled:
                        raise
                    op._host = True
                    raise _NeedsValues(op.name) from error
        return [known[s] for s in self.outputs]


def check_initialized(plan: Plan, initialized: set[int]) -> None:
    """Raises FailedPreconditionError for a Variable that is read before it has a value."""
    ready = set(initialized)
    for read, written in plan.reads:
        if read is not None and id(read) not in ready:
            raise errors.FailedPreconditionError(
                None, None, f"Graph execution error:\n\nAttempting to use uninitialized value {read._shared_name}"
            )
        if written is not None:
            ready.add(id(written))
