"""keras.config: limits of training loops, and switches that other backends have."""

from __future__ import annotations

import os
from typing import Any

from tfjax._src.core.export import export


def _number(name: str) -> int | None:
    value = os.environ.get(name)
    return int(value) if value else None


_state: dict[str, Any] = {
    "flash": None,
    "filtering": True,
    "epochs": _number("KERAS_MAX_EPOCHS"),
    "steps": _number("KERAS_MAX_STEPS_PER_EPOCH"),
}


@export("keras.config.set_max_epochs")
def set_max_epochs(max_epochs: int | None) -> None:
    """Limits the epochs of every `fit`, to try a script out; None ends the limit.

    The environment variable KERAS_MAX_EPOCHS does the same.
    """
    _state["epochs"] = max_epochs


@export("keras.config.max_epochs")
def max_epochs() -> int | None:
    """The limit of epochs, or None.

    >>> import tfjax as tf
    >>> tf.keras.config.max_epochs()
    """
    return _state["epochs"]


@export("keras.config.set_max_steps_per_epoch")
def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limits the batches of every epoch, evaluation and prediction; None ends the limit.

    The environment variable KERAS_MAX_STEPS_PER_EPOCH does the same.
    """
    _state["steps"] = max_steps_per_epoch


@export("keras.config.max_steps_per_epoch")
def max_steps_per_epoch() -> int | None:
    """The limit of batches, or None.

    >>> import tfjax as tf
    >>> tf.keras.config.max_steps_per_epoch()
    """
    return _state["steps"]


def capped(wanted: int | None, cap: int | None) -> int | None:
    """A number of epochs or batches (None: all there are) under a limit (None: no limit)."""
    if cap is None:
        return wanted
    return cap if wanted is None else min(wanted, cap)


@export("keras.config.enable_flash_attention")
def enable_flash_attention() -> None:
    """A hint without effect: XLA chooses how attention is computed."""
    _state["flash"] = None


@export("keras.config.disable_flash_attention")
def disable_flash_attention() -> None:
    """A hint without effect: XLA chooses how attention is computed."""
    _state["flash"] = False


@export("keras.config.is_flash_attention_enabled")
def is_flash_attention_enabled() -> bool | None:
    """False after `disable_flash_attention`, else None: left to the compiler.

    >>> import tfjax as tf
    >>> tf.keras.config.is_flash_attention_enabled()
    """
    return _state["flash"]


@export("keras.config.enable_traceback_filtering")
def enable_traceback_filtering() -> None:
    """A hint without effect: tracebacks of layers are not long here. JAX_TRACEBACK_FILTERING is JAX's."""
    _state["filtering"] = True


@export("keras.config.disable_traceback_filtering")
def disable_traceback_filtering() -> None:
    """A hint without effect: nothing is filtered but JAX's own frames."""
    _state["filtering"] = False


@export("keras.config.is_traceback_filtering_enabled")
def is_traceback_filtering_enabled() -> bool:
    """What was asked for last; True at first.

    >>> import tfjax as tf
    >>> tf.keras.config.is_traceback_filtering_enabled()
    True
    """
    return _state["filtering"]


@export("keras.config.is_nnx_enabled")
def is_nnx_enabled() -> bool:
    """False, as on Keras' TensorFlow backend; layers are Flax NNX graph nodes nevertheless.

    >>> import tfjax as tf
    >>> tf.keras.config.is_nnx_enabled()
    False
    """
    return False
