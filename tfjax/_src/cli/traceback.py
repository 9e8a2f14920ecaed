"""Tracebacks that begin at the user's own line."""

from __future__ import annotations

import os
import sys
from types import TracebackType

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_RUNNER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(_HERE))), "__main__.py")


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
        shorter = without_runner(traceback)
        show(kind, error.with_traceback(shorter), shorter)

    sys.excepthook = excepthook
