"""Tracebacks of the user's own lines, as TensorFlow filters its own out."""

from __future__ import annotations

import os
import sys
from types import TracebackType

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_RUNNER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(_HERE))), "__main__.py")


_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(_HERE))) + os.sep
# What lies between a user's line and where an error is raised.
_LIBRARIES = ("jax", "jaxlib", "flax", "optax", "malt")


def _is_internal(traceback: TracebackType) -> bool:
    filename = traceback.tb_frame.f_code.co_filename
    parts = filename.split(os.sep)
    package = parts[parts.index("site-packages") + 1] if "site-packages" in parts else ""
    generated = os.path.basename(filename).startswith("__autograph_generated_file")
    return generated or package in _LIBRARIES or filename.startswith(_PACKAGE)


def users_frames(traceback: TracebackType | None) -> TracebackType | None:
    """Returns the traceback less the frames of tfjax and of the libraries below it.

    `TFJAX_FULL_TRACEBACK=1` keeps them; so does an error in which none of the user's is left.
    """
    if os.environ.get("TFJAX_FULL_TRACEBACK", "0") != "0":
        return traceback
    frames = []
    rest = traceback
    while rest is not None:
        frames.append(rest)
        rest = rest.tb_next
    result = None
    for frame in reversed(frames):
        if not _is_internal(frame):
            result = TracebackType(result, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return result or traceback


def _is_runner(traceback: TracebackType) -> bool:
    filename = traceback.tb_frame.f_code.co_filename
    return filename.startswith(_HERE) or filename == _RUNNER


def without_runner(traceback: TracebackType | None) -> TracebackType | None:
    """Returns the traceback less the frames of the runner and of Python's `-m` before it."""
    frames = []
    rest = traceback
    while rest is not None:
        frames.append(rest)
        rest = rest.tb_next
    first = next((i for i, frame in enumerate(frames) if _is_runner(frame)), 0)
    result = None
    for frame in reversed(frames[first:]):
        if not _is_runner(frame):
            result = TracebackType(result, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return result


def hide_runner_frames() -> None:
    """Wraps `sys.excepthook` so that an uncaught exception is shown without the runner's frames.

    The exception itself goes on to the interpreter, which then ends the process as it always does:
    status 1, or death by SIGINT for KeyboardInterrupt.
    """
    show = sys.excepthook

    def excepthook(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        shorter = users_frames(without_runner(traceback))
        # JAX adds a word on the frames that it removed itself.
        error.__notes__ = [n for n in getattr(error, "__notes__", ()) if "JAX has removed" not in n]
        show(kind, error.with_traceback(shorter), shorter)

    sys.excepthook = excepthook
