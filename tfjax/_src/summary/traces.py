"""tf.summary.trace_on, trace_export and trace_off: profiles of what runs between them."""

from __future__ import annotations

import warnings
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.profiler import profiler as profiling

_tracing = {"on": False, "profiler": False}


@export("summary.trace_on")
def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: str | None = None) -> None:
    """Starts to trace what runs, until `trace_export` or `trace_off`.

    Args:
      graph: no effect: programs are not TensorFlow graphs.
      profiler: records a profile, see `tf.profiler.experimental.start`.
      profiler_outdir: the directory for it; needed with `profiler`.

    >>> import tfjax as tf
    >>> tf.summary.trace_on(graph=True)
    >>> tf.summary.trace_off()
    """
    if _tracing["on"]:
        warnings.warn("Trace already enabled", stacklevel=2)
        return
    if profiler:
        if profiler_outdir is None:
            raise ValueError("Argument `profiler_outdir` must be specified, if `profiler` is set to `True`")
        profiling.start(profiler_outdir)
    _tracing.update(on=True, profiler=bool(profiler))


@export("summary.trace_export")
def trace_export(name: str, step: Any = None, profiler_outdir: str | None = None) -> None:
    """Ends the trace and writes the profile; `name`, `step` and `profiler_outdir` have no effect."""
    if not _tracing["on"]:
        raise ValueError("Must enable trace before export through tf.summary.trace_on.")
    trace_off()


@export("summary.trace_off")
def trace_off() -> None:
    """Ends the trace.

    >>> import tfjax as tf
    >>> tf.summary.trace_off()
    """
    if _tracing["profiler"]:
        profiling.stop()
    _tracing.update(on=False, profiler=False)
