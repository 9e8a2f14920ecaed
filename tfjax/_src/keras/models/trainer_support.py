"""Helpers of the training loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.optimizers import algorithms
from tfjax._src.keras.optimizers.loss_scale import LossScaleOptimizer


def strip(data: Any) -> Any:
    """(x, y, sample_weight) without trailing None, as users' `train_step`s expect it."""
    x, y, sample_weight = data
    if sample_weight is not None:
        return (x, y, sample_weight)
    return (x, y) if y is not None else (x if not isinstance(x, (tuple, list)) else (x,))


def rows_of(value: Any) -> np.ndarray:
    """A tensor as a NumPy array."""
    return np.asarray(value._value) if isinstance(value, Tensor) else np.asarray(value)


def number(value: Any) -> Any:
    """A scalar as a float; other arrays as they are."""
    array = np.asarray(value._value) if isinstance(value, Tensor) else np.asarray(value)
    return float(array) if array.ndim == 0 and array.dtype.kind != "O" and array.dtype.kind not in "US" else array


def due(epoch: int, frequency: Any) -> bool:
    """Whether to validate after this epoch."""
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return (epoch + 1) in list(frequency)


def as_optimizer(value: Any, scaled: bool = False) -> Any:
    """An Optimizer from what `compile` was given; one that scales the loss, if that is wanted."""
    if value is None:
        return None
    if scaled:
        plain = as_optimizer(value)
        return plain if isinstance(plain, LossScaleOptimizer) else LossScaleOptimizer(plain, name="loss_scale_optimizer")
    if hasattr(value, "init") and hasattr(value, "update") and isinstance(value, tuple):
        from tfjax._src.keras.optimizers.from_optax import OptaxOptimizer

        return OptaxOptimizer(value)
    return algorithms.get(value)


class GradientFrame(frames.Frame):
    """A frame for a loss: notes which of its `tables` are also read as a whole."""

    def __init__(self, parent: frames.Frame | None) -> None:
        super().__init__(parent, "gradient")
        self.read_whole: set[int] = set()

    def read(self, variable: Any) -> Any:
        if id(variable) in self.tables:
            self.read_whole.add(id(variable))
        return super().read(variable)
