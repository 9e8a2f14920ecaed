"""Process-wide settings."""

from __future__ import annotations

_settings = {"functions_run_eagerly": False}


def functions_run_eagerly() -> bool:
    """Whether tf.functions run as plain Python."""
    return _settings["functions_run_eagerly"]


def set_functions_run_eagerly(value: bool) -> None:
    """Makes tf.functions run as plain Python, or compiled."""
    _settings["functions_run_eagerly"] = value
