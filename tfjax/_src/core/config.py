"""Process-wide settings."""

from __future__ import annotations

_settings = {"functions_run_eagerly": False, "soft_placement": True, "deterministic": False}


def functions_run_eagerly() -> bool:
    """Whether tf.functions run as plain Python."""
    return _settings["functions_run_eagerly"]


def set_functions_run_eagerly(value: bool) -> None:
    """Makes tf.functions run as plain Python, or compiled."""
    _settings["functions_run_eagerly"] = value


def soft_device_placement() -> bool:
    """Whether work for a device that is not there runs on the default one."""
    return _settings["soft_placement"]


def set_soft_device_placement(value: bool) -> None:
    """Allows or forbids the default device to stand in for a missing one."""
    _settings["soft_placement"] = value


def deterministic() -> bool:
    """Whether every run must give the same bits."""
    return _settings["deterministic"]


def set_deterministic(value: bool) -> None:
    """Asks for the same bits at every run, or not."""
    _settings["deterministic"] = value
