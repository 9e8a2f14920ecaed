"""tf.profiler.experimental over jax.profiler: traces that TensorBoard and Perfetto show."""

from __future__ import annotations

import collections
from typing import Any

import jax

from tfjax._src.core.errors import AlreadyExistsError, UnavailableError
from tfjax._src.core.export import export
from tfjax._src.io.gfile import path_text

_running: list[str] = []


@export("profiler.experimental.ProfilerOptions")
class ProfilerOptions(collections.namedtuple("ProfilerOptions", ["host_tracer_level", "python_tracer_level", "device_tracer_level", "delay_ms"])):
    """How much is traced: of the host (0 to 3), of Python (0 or 1), of devices (0 or 1).

    `delay_ms` has no effect.

    >>> import tfjax as tf
    >>> tf.profiler.experimental.ProfilerOptions(python_tracer_level=1).host_tracer_level
    2
    """

    __slots__ = ()

    def __new__(cls, host_tracer_level: int = 2, python_tracer_level: int = 0, device_tracer_level: int = 1, delay_ms: Any = None) -> ProfilerOptions:
        return super().__new__(cls, host_tracer_level, python_tracer_level, device_tracer_level, delay_ms)


@export("profiler.experimental.start")
def start(logdir: Any, options: ProfilerOptions | None = None) -> None:
    """Starts a trace, written to `logdir` by `stop`. Raises AlreadyExistsError if one is running."""
    if _running:
        raise AlreadyExistsError(None, None, "Another profiler is running.")
    chosen = jax.profiler.ProfileOptions()
    if options is not None:
        chosen.host_tracer_level = options.host_tracer_level
        chosen.python_tracer_level = options.python_tracer_level
        chosen.device_tracer_level = options.device_tracer_level
    else:
        chosen.python_tracer_level = 0
    jax.profiler.start_trace(path_text(logdir), profiler_options=chosen)
    _running.append(path_text(logdir))


@export("profiler.experimental.stop")
def stop(save: bool = True) -> None:
    """Ends the trace and writes it; `save` False still leaves a file, which may be deleted."""
    if not _running:
        raise UnavailableError(None, None, "Cannot export profiling results. No profiler is running.")
    _running.clear()
    jax.profiler.stop_trace()


@export("profiler.experimental.Profile")
class Profile:
    """A context that traces what runs inside.

    >>> import tempfile, tfjax as tf
    >>> with tf.profiler.experimental.Profile(tempfile.mkdtemp()):
    ...     x = tf.add(1, 2)
    """

    def __init__(self, logdir: Any, options: ProfilerOptions | None = None) -> None:
        self._logdir, self._options = logdir, options

    def __enter__(self) -> None:
        start(self._logdir, self._options)

    def __exit__(self, *details: Any) -> None:
        stop()


@export("profiler.experimental.Trace")
class Trace:
    """A context that names what runs inside in a trace; `step_num=` and `_r=1` mark a training step.

    >>> import tfjax as tf
    >>> with tf.profiler.experimental.Trace("step", step_num=1):
    ...     x = tf.add(1, 2)
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        self._annotation = jax.profiler.TraceAnnotation(name, **{k: int(v) if hasattr(v, "__index__") else str(v) for k, v in kwargs.items()})

    def __enter__(self) -> Trace:
        self._annotation.__enter__()
        return self

    def set_metadata(self, **kwargs: Any) -> None:
        """No effect: what is known of a span is given when it starts."""

    def __exit__(self, *details: Any) -> None:
        self._annotation.__exit__(*details)


@export("profiler.experimental.server.start")
def start_server(port: int) -> None:
    """Serves traces on demand at a port of this machine."""
    jax.profiler.start_server(port)
