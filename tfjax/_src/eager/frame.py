"""Trace frames: where a Variable's value lives while a function is being traced.

Outside a trace a Variable holds its array. While a tf.function, a Keras train step or the body of a
loop is traced, reads and writes go to the innermost `Frame` instead, so that the traced function is
pure: values come in as inputs, written values go out as outputs.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any

import jax

from tfjax._src.core.errors import OpError


class _State(threading.local):
    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.left: Frame | None = None
        self.maker: Any = None  # what `tf.variable_creator_scope` puts in place of `Variable(…)`
        # While eager assignments are to be undone: the values before, by the Variables' ids.
        self.before: dict[int, tuple[Any, Any]] | None = None


_state = _State()


class Frame:
    """Values of Variables within one traced Python call.

    Attributes:
      parent: the enclosing frame, or None for the outermost one.
      values: current value by `id(variable)`.
      written: variables assigned in this frame, by id, in order of their first write.
      captured: outermost frames only: for each variable read before it was written, the pair
        (variable, alias array); the alias is looked for among the constants of the jaxpr.
      created: variables made while this frame was active.
    """

    records = False  # True where reads and writes become nodes: then it has `graph`, `tensor`, `update`, `stream`

    def __init__(self, parent: Frame | None = None, kind: str = "function") -> None:
        self.parent = parent
        self.kind = kind
        self.values: dict[int, Any] = {}
        self.written: dict[int, Any] = {}
        self.captured: dict[int, tuple[Any, jax.Array]] = {}
        self.created: list[Any] = []
        # False once the tf.function has made its Variables: it may do so in its first trace only.
        self.may_create = True
        self.effects: list[Any] = []
        # Tables by id: (value, zeros) of Variables whose looked-up rows' squared gradients are wanted.
        self.tables: dict[int, tuple[Any, Any]] = {}
        # The name of the innermost `tf.device` scope of this trace.
        self.device: str = "" if parent is None else parent.device
        self.op_counter = 0
        # Ids of the hidden Variables of random ops that this trace has met (`ops/random/state.py`).
        self.claimed: set[int] = set()
        self.name_counts: dict[str, int] = {}
        # Outermost frames only: (name, op type, names of the inputs) of the ops traced.
        self.ops: list[tuple[str, str, list[str]]] = []
        self.symbolic: dict[int, Any] = {}  # the tensors that ops took, by the id of their value

    def read(self, variable: Any) -> Any:
        """The value of `variable` at this point of the trace."""
        key = id(variable)
        value = self.values.get(key)
        if value is None:
            if self.parent is not None:
                return self.parent.read(variable)
            value = self.values[key] = self._capture(variable)
        return value

    def _capture(self, variable: Any) -> jax.Array:
        alias = variable.traced_alias()
        if isinstance(alias, jax.core.Tracer):
            return alias
        self.captured[id(variable)] = (variable, alias)
        return alias

    def write(self, variable: Any, value: Any) -> None:
        """Makes `value` what later reads in this trace see."""
        self.values[id(variable)] = value
        self.written[id(variable)] = variable

    def root(self) -> Frame:
        """The outermost frame of this trace."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def next_op_seed(self) -> int:
        """Numbers the unseeded random ops of this graph, starting at 0 (TF's FuncGraph rule)."""
        self.op_counter += 1
        return self.op_counter - 1


def fresh_alias(array: jax.Array) -> jax.Array:
    """A new array object over the same buffers, so that identity tells who captured it."""
    shards = [shard.data for shard in array.addressable_shards]
    return jax.make_array_from_single_device_arrays(array.shape, array.sharding, shards)


def current() -> Frame | None:
    """The innermost frame of this thread, or None when nothing is traced."""
    return _state.frame


def table(variable: Any) -> tuple[Any, Any] | None:
    """What `Frame.tables` of this trace has for a Variable."""
    frame = _state.frame
    while frame is not None:
        if id(variable) in frame.tables:
            return frame.tables[id(variable)]
        frame = frame.parent
    return None


def recording() -> Any:
    """The current frame if it is that of a TensorFlow 1 graph, else None."""
    frame = _state.frame
    return frame if frame is not None and frame.records else None


def deferred(function: Any, args: Any, kwargs: Any) -> Any:
    """A call that needs values, while its error is handled: a node of a TensorFlow 1 graph, else the error."""
    frame = recording()
    if frame is None:
        raise
    return frame.call(function, args, kwargs)


def recorded(function: Any) -> Any:
    """Lets a function that may need values become a node of a TensorFlow 1 graph, as ops do."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        frame = recording()
        return function(*args, **kwargs) if frame is None else frame.attempt(function, args, kwargs)

    return call


_effects = {"traced": False, "spread": False}
_errors: list[Exception] = []


def note_effect() -> None:
    """Notes that a program which prints or checks was traced in this process."""
    _effects["traced"] = True


def note_mesh(devices: int) -> None:
    """Notes that programs for so many devices may run in this process."""
    if devices > 1:
        _effects["spread"] = True


def keeps_order() -> bool:
    """Whether effects keep the program's order: JAX orders those of programs for one device only."""
    return not _effects["spread"]


def failed() -> bool:
    """True when a check in a running program has failed."""
    return bool(_errors)


def fail(error: Exception) -> None:
    """Keeps the error of a check in a running program, for its caller to raise."""
    _errors.append(error)


def finish_effects(program: str = "") -> None:
    """Waits for what running programs print or check, unless an enclosing trace goes on.

    Raises the error of a check that failed; `program` is named in its text.
    """
    if not _effects["traced"] or _state.frame is not None:
        return
    jax.effects_barrier()
    if _errors:
        error = _errors[0]
        _errors.clear()
        if program and isinstance(error, OpError):
            raise type(error)(None, None, f"Graph execution error:\n\n{error.message} [Op:{program}]")
        raise error


@contextlib.contextmanager
def enter(frame: Frame | None) -> Iterator[Frame | None]:
    """Makes `frame` the current one; None suspends tracing rules (as `tf.init_scope` does)."""
    previous = _state.frame
    _state.frame = frame
    try:
        yield frame
    finally:
        _state.frame = previous


@contextlib.contextmanager
def undoing() -> Iterator[None]:
    """Gives Variables back, at its end, the values from before it, or from when they were made in it."""
    outer, _state.before = _state.before, {}
    try:
        yield
    finally:
        before, _state.before = _state.before, outer
        for variable, value in before.values():
            variable.set_array(value)


@contextlib.contextmanager
def child(kind: str = "branch") -> Iterator[Frame]:
    """A frame whose reads fall through to the current one and whose writes stay in it."""
    with enter(Frame(_state.frame, kind)) as frame:
        assert frame is not None
        yield frame


@contextlib.contextmanager
def inline_graph(claims: set[int] | None = None) -> Iterator[None]:
    """Runs inline what TensorFlow puts into a graph of its own, a branch or a loop's body.

    Random ops number themselves per graph. `claims` belongs to one loop: the ops of its next
    iteration go on with the streams of the last one.
    """
    frame = _state.frame
    if frame is None:
        yield
        return
    outer, frame.op_counter = frame.op_counter, 0
    frame.claimed -= claims or set()
    before = set(frame.claimed)
    try:
        yield
    finally:
        frame.op_counter = outer
        if claims is not None:
            claims |= frame.claimed - before
            frame.claimed |= claims


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Leaves every trace: ops inside run at once, on concrete values."""
    previous = _state.left
    _state.left = _state.frame or previous
    try:
        with enter(None), jax.ensure_compile_time_eval():
            yield
    finally:
        _state.left = previous


def left_by_init_scope() -> bool:
    """True inside an `init_scope` that has left a trace."""
    return _state.left is not None
