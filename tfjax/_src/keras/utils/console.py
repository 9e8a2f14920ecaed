"""Where Keras' messages go: standard output, or the log when a program asks for it."""

from __future__ import annotations

import logging
import sys
from typing import Any

from tfjax._src.core.export import export

_settings = {"interactive": True}


@export("keras.config.enable_interactive_logging", "keras.utils.enable_interactive_logging")
def enable_interactive_logging() -> None:
    """Sends progress bars and messages to standard output (the default)."""
    _settings["interactive"] = True


@export("keras.config.disable_interactive_logging", "keras.utils.disable_interactive_logging")
def disable_interactive_logging() -> None:
    """Sends progress bars and messages to the logger `absl` at level INFO.

    >>> import tfjax as tf
    >>> tf.keras.utils.disable_interactive_logging()
    >>> tf.keras.utils.is_interactive_logging_enabled()
    False
    >>> tf.keras.utils.enable_interactive_logging()
    """
    _settings["interactive"] = False


@export(
    "keras.config.is_interactive_logging_enabled", "keras.utils.is_interactive_logging_enabled"
)
def is_interactive_logging_enabled() -> bool:
    """Whether messages go to standard output."""
    return _settings["interactive"]


def print_message(message: Any, line_break: bool = True) -> None:
    """Writes a message to standard output or the log, whichever is chosen."""
    text = str(message)
    if not is_interactive_logging_enabled():
        logging.getLogger("absl").info(text)
        return
    text += "\n" if line_break else ""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        # A terminal that is not UTF-8 gets the bar in ASCII and loses what it cannot show.
        encoding = sys.stdout.encoding or "utf-8"
        plain = text.replace("━", "=").encode(encoding, errors="ignore")
        sys.stdout.write(plain.decode(encoding))
    sys.stdout.flush()
