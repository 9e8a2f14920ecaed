"""tf.compat.v1.logging: functions that write to the logger "tensorflow"."""

from __future__ import annotations

import itertools
import logging as python_logging
from typing import Any

from tfjax._src.core.export import export

_log = python_logging.getLogger("tensorflow")
_counters: dict[Any, Any] = {}

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50
EXPORTS = {
    "compat.v1.logging.DEBUG": "DEBUG",
    "compat.v1.logging.INFO": "INFO",
    "compat.v1.logging.WARN": "WARN",
    "compat.v1.logging.ERROR": "ERROR",
    "compat.v1.logging.FATAL": "FATAL",
}


@export("compat.v1.logging.log")
def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes `msg % args` at a level."""
    _log.log(level, msg, *args, **kwargs)


@export("compat.v1.logging.debug")
def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes at level DEBUG."""
    _log.debug(msg, *args, **kwargs)


@export("compat.v1.logging.info")
def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes at level INFO."""
    _log.info(msg, *args, **kwargs)


@export("compat.v1.logging.warning", "compat.v1.logging.warn")
def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes at level WARN."""
    _log.warning(msg, *args, **kwargs)


@export("compat.v1.logging.error")
def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes at level ERROR."""
    _log.error(msg, *args, **kwargs)


@export("compat.v1.logging.fatal")
def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes at level FATAL."""
    _log.fatal(msg, *args, **kwargs)


@export("compat.v1.logging.vlog")
def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Writes at a level; the same as `log`."""
    _log.log(level, msg, *args, **kwargs)


@export("compat.v1.logging.log_if")
def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Writes if `condition` holds."""
    if condition:
        vlog(level, msg, *args)


def _count(key: Any) -> int:
    """How often this was asked for `key` before."""
    return next(_counters.setdefault(key, itertools.count()))


@export("compat.v1.logging.log_every_n")
def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Writes the first of every `n` calls with this message."""
    log_if(level, msg, not _count(("every", msg)) % n, *args)


@export("compat.v1.logging.log_first_n")
def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Writes the first `n` calls with this message."""
    log_if(level, msg, _count(("first", msg)) < n, *args)


@export("compat.v1.logging.get_verbosity")
def get_verbosity() -> int:
    """The level from which messages are written."""
    return _log.getEffectiveLevel()


@export("compat.v1.logging.set_verbosity")
def set_verbosity(v: Any) -> None:
    """Sets the level from which messages are written.

    >>> import tfjax.compat.v1 as tf
    >>> tf.logging.set_verbosity(tf.logging.ERROR)
    >>> tf.logging.get_verbosity()
    40
    """
    _log.setLevel(v)


@export("compat.v1.logging.flush")
def flush() -> None:
    """Flushes the handlers."""
    for handler in _log.handlers:
        handler.flush()


@export("compat.v1.logging.TaskLevelStatusMessage")
def task_level_status_message(msg: Any) -> None:
    """Writes at level ERROR."""
    error(msg)
