"""Summary writers: event files, which writer is the default, and when something is recorded."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.core.names import current_scope
from tfjax._src.core.names import name_scope as open_scope
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.control_flow import is_symbolic
from tfjax._src.io import records
from tfjax._src.io.gfile import path_text

_numbers = itertools.count()


class _State(threading.local):
    def __init__(self) -> None:
        self.writer: SummaryWriter | None = None
        self.step: Any = None
        self.condition: Any = True


_state = _State()


@export("summary.SummaryWriter")
class SummaryWriter:
    """Base class of writers; make one with `create_file_writer` or `create_noop_writer`."""

    def set_as_default(self, step: Any = None) -> None:
        """Makes this the writer of this thread from now on, with a default step."""
        self._check_open()
        _state.writer = self
        if step is not None:
            _state.step = step

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """A context in which this is the writer, with a default step."""
        self._check_open()
        before, step_before = _state.writer, _state.step
        _state.writer = self
        if step is not None:
            _state.step = step
        try:
            yield self
        finally:
            self.flush()
            _state.writer, _state.step = before, step_before

    def _check_open(self) -> None:
        """Raises RuntimeError after `close`."""

    def init(self) -> None:
        """No effect: writers are ready once made."""

    def add(self, event: Any) -> None:
        """Writes an event."""

    def flush(self) -> None:
        """Writes what is buffered."""

    def close(self) -> None:
        """Closes the writer."""


class _NoopWriter(SummaryWriter):
    """A writer that writes nothing."""


class _FileWriter(SummaryWriter):
    """Writes events to a file of its own."""

    def __init__(self, folder: str, queue: int, millis: float, suffix: str) -> None:
        os.makedirs(folder, exist_ok=True)
        number = next(_numbers)
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{number}{suffix}"
        self.path = os.path.join(folder, name)
        self._file = open(self.path, "ab")  # noqa: SIM115 (closed by `close`)
        self._queue, self._seconds = queue, millis / 1000
        self._waiting, self._flushed = 0, time.monotonic()
        self._lock = threading.Lock()
        self._closed = False
        self.add(_event(file_version="brain.Event:2"))
        self.flush()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"SummaryWriter {self!r} is already closed")

    def add(self, event: Any) -> None:
        with self._lock:
            if self._closed:
                return
            self._file.write(records.frame(event.SerializeToString()))
            self._waiting += 1
            if self._waiting > self._queue or time.monotonic() - self._flushed > self._seconds:
                self._flush()

    def _flush(self) -> None:
        self._file.flush()
        self._waiting, self._flushed = 0, time.monotonic()

    def flush(self) -> None:
        with self._lock:
            if not self._closed:
                self._flush()

    def close(self) -> None:
        with self._lock:
            self._file.close()
            self._closed = True

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            self._file.close()


def _event(step: int = 0, **what: Any) -> Any:
    from tfjax._src.io.protos import Event

    return Event(wall_time=time.time(), step=step, **what)


@export("summary.create_file_writer")
def create_file_writer(
    logdir: Any, max_queue: Any = None, flush_millis: Any = None, filename_suffix: Any = None, name: str | None = None,
    experimental_trackable: bool = False, experimental_mesh: Any = None,
) -> SummaryWriter:
    """A writer of a new event file in a directory, which TensorBoard shows.

    Args:
      logdir: the directory.
      max_queue: events to hold back; 10 by default.
      flush_millis: milliseconds to hold them back; 120000 by default.
      filename_suffix: the end of the file's name; ".v2" by default.
      experimental_trackable, experimental_mesh: no effect.

    >>> import tempfile, tfjax as tf
    >>> writer = tf.summary.create_file_writer(tempfile.mkdtemp())
    >>> with writer.as_default(step=1):
    ...     recorded = tf.summary.scalar("loss", 0.5)
    >>> writer.close()
    """
    queue = 10 if max_queue is None else int(max_queue)
    millis = 120_000 if flush_millis is None else int(flush_millis)
    suffix = ".v2" if filename_suffix is None else path_text(filename_suffix)
    return _FileWriter(path_text(logdir), queue, millis, suffix)


@export("summary.create_noop_writer")
def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing.

    >>> import tfjax as tf
    >>> with tf.summary.create_noop_writer().as_default():
    ...     bool(tf.summary.should_record_summaries())
    False
    """
    return _NoopWriter()


@export("summary.flush")
def flush(writer: Any = None, name: str | None = None) -> None:
    """Writes what a writer, by default the one in force, has buffered.

    >>> import tfjax as tf
    >>> tf.summary.flush()
    """
    writer = writer or _state.writer
    if writer is not None:
        writer.flush()


@export("summary.record_if")
@contextlib.contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """A context in which summaries are recorded only if `condition` (or `condition()`) is true.

    >>> import tfjax as tf
    >>> with tf.summary.record_if(False):
    ...     bool(tf.summary.should_record_summaries())
    False
    """
    before, _state.condition = _state.condition, condition
    try:
        yield
    finally:
        _state.condition = before


def _condition() -> Any:
    writer = _state.writer
    if writer is None or isinstance(writer, _NoopWriter):
        return False
    return _state.condition() if callable(_state.condition) else _state.condition


@export("summary.should_record_summaries")
def should_record_summaries() -> Any:
    """Whether summaries are recorded now: there is a writer, and `record_if` allows it.

    >>> import tfjax as tf
    >>> bool(tf.summary.should_record_summaries())
    False
    """
    return to_tensor(_condition())


@export("summary.experimental.get_step")
def get_step() -> Any:
    """The default step of this thread, or None.

    >>> import tfjax as tf
    >>> tf.summary.experimental.get_step() is None
    True
    """
    return _state.step


@export("summary.experimental.set_step")
def set_step(step: Any) -> None:
    """Sets the default step of this thread: an int, a Variable (read when recording), or None.

    >>> import tfjax as tf
    >>> tf.summary.experimental.set_step(None)
    """
    _state.step = step


@export("summary.experimental.summary_scope")
@contextlib.contextmanager
def summary_scope(name: str, default_name: str = "summary", values: Any = None) -> Iterator[tuple[str, str]]:
    """A name scope for one summary; gives (tag, scope).

    >>> import tfjax as tf
    >>> with tf.summary.experimental.summary_scope("loss") as (tag, scope):
    ...     tag, scope
    ('loss', 'loss/')
    """
    name = name or default_name
    tag = current_scope() + name
    with open_scope(name.rstrip("/")) as scope:
        yield tag, scope


def record(tag: str, make: Callable[..., tuple[Any, np.ndarray]], data: Any, step: Any, metadata: Any) -> Any:
    """Records one value, now or when the program runs.

    Args:
      tag: its name.
      make: gives (dtype, array) of the summary's tensor from the array of `data`.
      data: a tensor.
      step: None takes the default step.
      metadata: a SummaryMetadata.

    Returns:
      A bool tensor: whether it was recorded (True inside a tf.function).
    """
    condition = _condition()
    if not is_symbolic(condition) and not bool(condition):
        return Tensor(np.array(False))
    step = _state.step if step is None else step
    if step is None:
        raise ValueError("No step set. Please specify one either through the `step` argument or through tf.summary.experimental.set_step()")
    step = to_tensor(step)
    if step.shape.rank:
        raise ValueError(f"Argument `step` must be a scalar. Received step with shape {step.shape}.")
    writer = _state.writer

    def write(*values: Any) -> None:
        allowed, number, array = (np.asarray(v) for v in values)
        if allowed:
            writer.add(_summary_event(int(number), tag, *make(array), metadata))  # type: ignore[union-attr]

    _when_run(write, to_tensor(condition), step, to_tensor(data))
    return Tensor(np.array(True))


def _when_run(write: Callable[..., None], *tensors: Any) -> None:
    """Calls `write` with arrays, now or, from inside a trace, each time the program runs."""
    from tfjax._src.eager import frame as frames
    from tfjax._src.function.callbacks import call_back

    if frames.current() is None:
        write(*[t.host_value() for t in tensors])
        return
    places = [i for i, t in enumerate(tensors) if is_symbolic(t)]
    known = [None if i in places else t.host_value() for i, t in enumerate(tensors)]

    def show(*values: Any) -> None:
        full = list(known)
        for i, value in zip(places, values):
            full[i] = np.asarray(value)
        write(*full)

    call_back(show, *[tensors[i]._value for i in places])


def _summary_event(step: int, tag: str, dtype: Any, array: np.ndarray, metadata: Any) -> Any:
    from tfjax._src.io.protos import Summary, to_proto

    summary = Summary()
    value = summary.value.add(tag=tag)
    value.tensor.CopyFrom(to_proto(array, dtype))
    if metadata is not None:
        value.metadata.CopyFrom(metadata)
    return _event(step, summary=summary)


@export("summary.experimental.write_raw_pb")
def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> Any:
    """Records serialized `Summary` messages, a string tensor."""
    from tfjax._src.io.protos import Summary

    condition = _condition()
    if not bool(condition):
        return Tensor(np.array(False))
    step = _state.step if step is None else step
    if step is None:
        raise ValueError("No step set. Please specify one either through the `step` argument or through tf.summary.experimental.set_step()")
    for data in to_tensor(tensor).host_value().reshape(-1).tolist():
        _state.writer.add(_event(int(to_tensor(step)), summary=Summary.FromString(data)))  # type: ignore[union-attr]
    return Tensor(np.array(True))
