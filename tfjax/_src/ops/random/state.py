"""TensorFlow's seeds: the global seed, op seeds, and the streams of stateful random ops."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import config
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.random import philox

_MAX = 2**31 - 1
_DEFAULT_GRAPH_SEED = 87654321


class _Seeds:
    """The process's random state."""

    def __init__(self) -> None:
        self.seed: int | None = None
        self.op_seeds = random.Random()
        # Position, in blocks, of each eager kernel's stream.
        self.streams: dict[Any, int] = {}
        # Positions of the random ops in traced functions; `set_seed` starts them anew.
        self.positions: list[weakref.ref[Variable]] = []
        self.runs: weakref.WeakSet[Runs] = weakref.WeakSet()


_seeds = _Seeds()


class Runs:
    """The random ops of one function that TensorFlow traces and that runs as Python here.

    Its ops are numbered from 0 in each call, they have streams of their own, and the global seed
    is that of the time of tracing.
    """

    def __init__(self, seed: int | None) -> None:
        self.seed = seed
        self.streams: dict[Any, int] = {}
        self.lock = threading.Lock()
        _seeds.runs.add(self)

    def start(self) -> None:
        """Begins one call of the function in this thread."""
        _calls.pipeline, _calls.unseeded, _calls.ops = self, 0, 0

    def reserve(self, key: Any, blocks: int) -> int:
        """The position of this call's next op in its stream, which then moves on."""
        _calls.ops += 1
        with self.lock:
            position = self.streams.get((_calls.ops, key), 0)
            self.streams[_calls.ops, key] = position + blocks
        return position


class Pipeline(Runs):
    """Those of a function that an input pipeline calls: the streams start with every iterator."""


class _Calls(threading.local):
    pipeline: Runs | None = None
    draws: Any = None  # what gives the streams within a call that a TensorFlow 1 graph makes
    unseeded = ops = 0


_calls = _Calls()


def in_pipeline() -> bool:
    """Whether this thread runs a function that an input pipeline calls."""
    return isinstance(_calls.pipeline, Pipeline)


@contextlib.contextmanager
def function_call(runs: Runs) -> Iterator[None]:
    """One call of a tf.function that runs as Python."""
    if _calls.pipeline is not None:
        with inner_function():
            yield
        return
    runs.start()
    try:
        yield
    finally:
        stop_pipeline()


@contextlib.contextmanager
def inner_function() -> Iterator[None]:
    """A call of a tf.function inside such a function: its ops are numbered from 0 too."""
    outer, _calls.unseeded = _calls.unseeded, 0
    try:
        yield
    finally:
        _calls.unseeded = outer


def scan() -> Runs | None:
    """The random ops in the body of a loop over a dataset that a tf.function runs as Python.

    Their streams start anew with each such loop. None outside of tf.functions.
    """
    return None if _calls.pipeline is None else Runs(_calls.pipeline.seed)


@contextlib.contextmanager
def scan_step(runs: Runs | None) -> Iterator[None]:
    """One turn of that loop, whose ops are numbered from 0; nothing for None."""
    if runs is None:
        yield
        return
    outer = _calls.pipeline, _calls.unseeded, _calls.ops
    runs.start()
    try:
        yield
    finally:
        _calls.pipeline, _calls.unseeded, _calls.ops = outer


def stop_pipeline() -> None:
    """Ends the call that `Pipeline.start` began."""
    _calls.pipeline = None


class Position(Variable):
    """How far the stream of one traced op has come, in blocks, and which op's it is."""

    random_key: Any = None
    random_start: Any = None


@export("random.set_seed")
def set_seed(seed: int) -> None:
    """Sets the global seed: random ops then repeat the same numbers, TensorFlow's.

    >>> import tfjax as tf
    >>> tf.random.set_seed(1)
    >>> float(tf.random.uniform([]))
    0.1651308536529541
    """
    _seeds.seed = int(seed)
    _seeds.op_seeds = random.Random(int(seed))
    _seeds.streams.clear()
    for runs in list(_seeds.runs):
        if not isinstance(runs, Pipeline):
            runs.streams.clear()
    alive = [ref for ref in _seeds.positions if ref() is not None]
    for ref in alive:
        ref().set_array(jnp.zeros((), np.uint64))
    _seeds.positions = alive


def global_seed() -> int | None:
    """The global seed, or None."""
    return _seeds.seed


def op_seeds(op_seed: int | None) -> tuple[int, int] | None:
    """The seed pair of an op; None for an op without any seed."""
    if op_seed is not None:
        op_seed = int(op_seed)
    pipeline = _calls.pipeline
    seed = _seeds.seed if pipeline is None else pipeline.seed
    if seed is not None:
        if op_seed is None:
            op_seed = _next_op_seed(pipeline)
        pair = (seed % _MAX, op_seed % _MAX)
    elif op_seed is not None:
        pair = (_DEFAULT_GRAPH_SEED, op_seed % _MAX)
    elif config.deterministic():
        raise RuntimeError(
            "Random ops require a seed to be set when determinism is enabled. Please set a seed before running the op, "
            "e.g. by calling tf.random.set_seed(1)."
        )
    else:
        return None
    return (0, _MAX) if pair == (0, 0) else pair


def _next_op_seed(pipeline: Runs | None) -> int:
    frame = frames.current()
    if frame is not None:
        return frame.next_op_seed()
    if pipeline is None:
        return _seeds.op_seeds.randint(0, _MAX)
    _calls.unseeded += 1
    return _calls.unseeded - 1


def reserve(op: str, attrs: Any, op_seed: int | None, blocks: int) -> Any:
    """The stream state for one draw of an op, which then moves on by `blocks`.

    Inside a trace the position is a Variable, so that every call of the function draws anew.
    """
    if _calls.draws is not None:
        return _calls.draws.reserve(op, attrs, op_seed, blocks)
    pair = op_seeds(op_seed)
    if (frame := frames.current()) is not None:
        if frame.records:
            return frame.stream((op, attrs, pair), blocks)
        state, replica = _traced_state((op, attrs, pair), blocks), replicas.state.replica
        return state if replica is None or op_seed is not None else _of_replica(state, replica)
    if pair is None:
        entropy = int.from_bytes(os.urandom(16), "little")
        return philox.stream_state(entropy & (2**64 - 1), entropy >> 64)
    key = (op, attrs, pair)
    if _calls.pipeline is not None:
        return philox.stream_state(*pair, _calls.pipeline.reserve(key, blocks))
    position = _seeds.streams.get(key, 0)
    _seeds.streams[key] = position + blocks
    return philox.stream_state(*pair, position)


def _of_replica(state: Any, replica: Any) -> Any:
    """A replica's own stream: in TensorFlow every replica has its own op, with a seed of its own."""
    number = jnp.asarray(replica.replica_id_in_sync_group).astype(np.uint32)
    return state.at[5].add(number << np.uint32(16))


def _traced_state(key: Any, blocks: int) -> Any:
    position = _claimed(key)
    if position is None:
        position = new_position(key)
    frame = frames.current()
    while frame is not None:
        frame.claimed.add(id(position))
        frame = frame.parent
    return advance(position, blocks)


def advance(position: Any, blocks: int) -> Any:
    """The stream state at a position in a trace; the position moves on by `blocks`."""
    low = position.current_array()
    position.set_array(low + np.uint64(blocks))
    start = position.random_start
    return jnp.concatenate([
        jnp.asarray(start[:2]),
        jnp.stack([low.astype(np.uint32), (low >> np.uint64(32)).astype(np.uint32)]),
        jnp.asarray(start[4:]),
    ])


def _claimed(key: Any) -> Any:
    """The position Variable of this op from an earlier trace of the same loop body.

    A loop that is traced again knows the Variables it assigns; those of `key` that no op has met
    in this trace belong to its ops in turn.
    """
    frame = frames.current()
    while frame is not None:
        for variable in frame.written.values():
            if getattr(variable, "random_key", None) == key and id(variable) not in frame.claimed:
                return variable
        frame = frame.parent
    return None


def new_position(key: Any) -> Variable:
    """A hidden Variable: how far the stream of one traced op has come."""
    pair = key[-1]
    if pair is None:
        entropy = int.from_bytes(os.urandom(16), "little")
        pair = (entropy & (2**63 - 1), (entropy >> 64) & (2**63 - 1))
    with frames.init_scope():
        variable = Position(np.zeros((), np.uint64), trainable=False, name="random_position")
    variable.random_key, variable.random_start = key, philox.stream_state(*pair)
    _seeds.positions.append(weakref.ref(variable))
    return variable
