"""`Strategy.run` without a common program: replicas one after another, meeting where they must.

Eagerly each replica is a thread with its device; only one runs at a time. Inside a trace (batches of
unequal size, which one SPMD program cannot take) each replica is traced in turn, and traced again
from the start when what it asked of the others is known: the repetition costs tracing only, XLA
merges equal computations.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core import nest
from tfjax._src.core.errors import UnimplementedError
from tfjax._src.distribute.options import ReduceOp
from tfjax._src.distribute.replica import ReplicaContext
from tfjax._src.distribute.spmd import ReplicaFrame
from tfjax._src.distribute.values import PerReplica, regroup, select
from tfjax._src.distribute.variables import SpreadVariable
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import replicas
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.backprop import Record
from tfjax._src.eager.kernel import Kernel
from tfjax._src.eager.tensor import Tensor


class _MetContext(ReplicaContext):
    """A replica that can meet the others; reductions are merge calls."""

    def __init__(self, strategy: Any, index: int, position: int) -> None:
        super().__init__(strategy, index)
        self.index, self._place = index, position

    def _position(self) -> int:
        return self._place

    @property
    def replica_id_in_sync_group(self) -> Any:
        return (
            Tensor(jnp.asarray(self.index, jnp.int32)) if frames.current() is None else self.index
        )

    def meet(self, merge_fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """This replica's part of the result of a merge call."""
        raise NotImplementedError("A kind of lockstep says how replicas meet.")

    def merge_call(self, merge_fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        return self.meet(merge_fn, tuple(args), kwargs or {})

    def _reduce(self, operation: ReduceOp, tensor: Tensor) -> Tensor:
        result = self.meet(
            lambda strategy, v: strategy.reduce(operation, v, axis=None), (tensor,), {}
        )
        _record_exchange(self, lambda cotangent: self._reduce(operation, cotangent), tensor, result)
        return result

    def _gather(self, tensor: Tensor, axis: int) -> Tensor:
        return self.meet(lambda strategy, v: strategy.gather(v, axis), (tensor,), {})

    def _from_first(self, tensor: Tensor) -> Tensor:
        return self.meet(
            lambda strategy, v: v.values[0] if isinstance(v, PerReplica) else v, (tensor,), {}
        )


class _Exchange(Kernel):
    """A reduction over replicas on a tape: its gradient is another one."""

    __slots__ = ("pull",)
    replayable = False

    def __init__(self, pull: Callable[[Tensor], Tensor]) -> None:
        super().__init__("CollectiveReduceV2", lambda x: (x,), host=False)
        self.pull = pull

    def backward(self, record: Record, cotangents: Sequence[Tensor], mask: tuple[bool, ...]) -> Any:
        return [self.pull(cotangents[0])] if mask[0] else []


def _record_exchange(
    context: Any, pull: Callable[[Tensor], Tensor], tensor: Tensor, result: Tensor
) -> None:
    if tapes.tapes.stack:
        kernels.record(_Exchange(pull), [tensor], (result,))


# -- eager: threads ------------------------------------------------------------------------------------
class ThreadContext(_MetContext):
    """A replica with a thread of its own."""

    alone = True

    def __init__(self, strategy: Any, index: int, position: int, crew: _Crew) -> None:
        super().__init__(strategy, index, position)
        self.crew = crew

    def meet(self, merge_fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if frames.current() is not None:
            raise RuntimeError(
                "`merge_call` called while defining a new graph or a tf.function. This can often happen if the "
                "function `fn` passed to `strategy.run()` contains a nested `@tf.function`, and the nested "
                "`@tf.function` contains a synchronization point, such as aggregating gradients. Wrap the call of "
                "`strategy.run` in a `tf.function` instead."
            )
        return self.crew.wait_for(self._place, merge_fn, args, kwargs)

    def reduce_and_update(
        self, aggregation: Any, tensors: Sequence[Tensor], update: Callable[[list[Tensor]], None]
    ) -> None:
        def together(strategy: Any, values: list[Any]) -> None:
            update([strategy.extended.aggregate(aggregation, v) for v in values])

        self.merge_call(together, (list(tensors),))

    def trace_key(self) -> Any:
        return ("thread", self.index)


class _Crew:
    """Threads of the replicas of one `run`; exactly one of them, or the caller, runs at a time."""

    def __init__(self, strategy: Any, calls: Sequence[Callable[[], Any]]) -> None:
        mesh = strategy.extended.mesh
        self.strategy, self.mesh = strategy, mesh
        self.contexts = [ThreadContext(strategy, i, p, self) for p, i in enumerate(mesh.local)]
        self.results: list[Any] = [None] * len(calls)
        self.error: BaseException | None = None
        self.requests: list[Any] = [None] * len(calls)
        self.answers: list[Any] = [None] * len(calls)
        self.turns = [threading.Semaphore(0) for _ in calls]
        self.done = threading.Semaphore(0)
        self.alive = [True] * len(calls)
        place = replicas.state.place
        self.threads = [
            threading.Thread(target=self._work, args=(p, call, place), daemon=True)
            for p, call in enumerate(calls)
        ]

    def _work(self, position: int, call: Callable[[], Any], place: Any) -> None:
        self.turns[position].acquire()
        context = self.contexts[position]
        try:
            if self.error is None:
                with (
                    replicas.switched(strategy=self.strategy, replica=context, place=place),
                    jax.default_device(self.mesh.devices[context.index]),
                ):
                    self.results[position] = call()
        except BaseException as error:
            if self.error is None:
                self.error = error
        self.alive[position] = False
        self.done.release()

    def wait_for(self, position: int, merge_fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Called by a replica's thread: hands over its arguments, returns its part of the result."""
        self.requests[position] = (merge_fn, args, kwargs)
        self.done.release()
        self.turns[position].acquire()
        if self.error is not None:
            raise _Abandoned
        answer, self.answers[position] = self.answers[position], None
        return answer

    def run(self) -> list[Any]:
        """Runs all replicas to their ends; returns their results."""
        for thread in self.threads:
            thread.start()
        while any(self.alive):
            for position, turn in enumerate(self.turns):
                if self.alive[position]:
                    turn.release()
                    self.done.acquire()
            waiting = [r for r in self.requests if r is not None]
            if waiting and self.error is None:
                self._merge(len(waiting))
        if self.error is not None:
            raise self.error
        return self.results

    def _merge(self, waiting: int) -> None:
        try:
            if waiting < len(self.threads):
                raise RuntimeError(
                    "Some replicas wait in `merge_call` (or an all-reduce, or an update of a Variable) while others "
                    "have returned: every replica has to reach the same synchronization points."
                )
            merge_fn = self.requests[0][0]
            args = regroup([r[1] for r in self.requests], self.mesh)
            kwargs = regroup([r[2] for r in self.requests], self.mesh)
            with replicas.switched(strategy=self.strategy, replica=None, single=None):
                result = merge_fn(self.strategy, *args, **kwargs)
            self.answers = [self._part(result, p) for p in range(len(self.threads))]
            self.requests = [None] * len(self.threads)
        except BaseException as error:
            self.error = error

    def _part(self, result: Any, position: int) -> Any:
        index = self.mesh.local[position]

        def pick(leaf: Any) -> Any:
            if isinstance(leaf, PerReplica):
                return leaf.values[position]
            if (
                isinstance(leaf, Tensor)
                and isinstance(leaf._value, jax.Array)
                and len(leaf._value.devices()) > 1
            ):
                return Tensor(self.mesh.shard(leaf._value, index))
            return leaf

        return nest.map_structure(pick, result)


class _Abandoned(BaseException):
    """Ends the thread of a replica after another one has failed."""


def run_threads(strategy: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`function` on every local replica, eagerly."""
    mesh = strategy.extended.mesh

    def call(position: int) -> Callable[[], Any]:
        own_args, own_kwargs = select((args, kwargs), position)
        return lambda: function(*own_args, **own_kwargs)

    crew = _Crew(strategy, [call(p) for p in range(len(mesh.local))])
    return regroup(crew.run(), mesh)


# -- in a trace: replay ----------------------------------------------------------------------------------
class _Pause(BaseException):
    """A replica has come to a meeting whose outcome is not known yet."""


class ReplayContext(_MetContext):
    """A replica that is traced on its own, as often as there are meetings."""

    def __init__(self, strategy: Any, index: int, answers: list[Any]) -> None:
        super().__init__(strategy, index, index)
        self.answers, self.reached = answers, 0
        self.request: Any = None

    def meet(self, merge_fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if self.reached == len(self.answers):
            self.request = (merge_fn, args, kwargs)
            raise _Pause
        parts, writes = self.answers[self.reached]
        self.reached += 1
        frame = frames.current()
        assert frame is not None
        for variable, value in writes:
            frame.write(variable, value)
        return parts[self.index]

    def _reduce(self, operation: ReduceOp, tensor: Tensor) -> Tensor:
        if _differentiated():
            raise UnimplementedError(
                None,
                None,
                "Reductions over replicas inside a loss (such as BatchNormalization(synchronized=True)) need batches of "
                "one size on all replicas. Use a batch size that the number of replicas divides, and drop the remainder.",
            )
        return super()._reduce(operation, tensor)

    def trace_key(self) -> Any:
        return ("replay", self.index)


def _differentiated() -> bool:
    """Whether the trainer takes JAX's own gradient of what is traced here."""
    frame = frames.current()
    while frame is not None and frame.kind != "gradient":
        frame = frame.parent
    return frame is not None


def run_replay(strategy: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`function` on every replica inside the current trace, with arguments of unequal shapes."""
    mesh = strategy.extended.mesh
    outer = frames.current()
    answers: list[Any] = []
    while True:
        contexts = [ReplayContext(strategy, i, answers) for i in range(mesh.size)]
        trials = [ReplicaFrame(outer, i) for i in range(mesh.size)]
        results = [
            _attempt(strategy, c, f, function, *select((args, kwargs), c.index))
            for c, f in zip(contexts, trials)
        ]
        paused = [c for c in contexts if c.request is not None]
        if not paused:
            break
        if len(paused) < mesh.size:
            raise RuntimeError(
                "Every replica has to reach the same synchronization points; some returned before others met."
            )
        answers.append(_meeting(strategy, contexts, trials[0]))
    for variable in {id(v): v for f in trials for v in f.written.values()}.values():
        values = [f.read(variable) for f in trials]
        variable.store(jnp.stack(values) if isinstance(variable, SpreadVariable) else values[0])
    return regroup(results, mesh)


def _attempt(
    strategy: Any,
    context: ReplayContext,
    frame: ReplicaFrame,
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
) -> Any:
    with (
        frames.enter(frame),
        tapes.suspended(),
        replicas.switched(strategy=strategy, replica=context, merging=None),
    ):
        try:
            return function(*args, **kwargs)
        except _Pause:
            return None


def _meeting(strategy: Any, contexts: Sequence[ReplayContext], frame: ReplicaFrame) -> Any:
    """(result for each replica, writes to mirrored Variables) of the replicas' common request."""
    mesh = strategy.extended.mesh
    merge_fn = contexts[0].request[0]
    args, kwargs = (regroup([c.request[i] for c in contexts], mesh) for i in (1, 2))
    between = frames.Frame(frame, "merge")
    with frames.enter(between), replicas.switched(strategy=strategy, replica=None, merging=None):
        result = merge_fn(strategy, *args, **kwargs)
    parts = [select(result, i) for i in range(mesh.size)]
    return parts, [(v, between.values[i]) for i, v in between.written.items()]
