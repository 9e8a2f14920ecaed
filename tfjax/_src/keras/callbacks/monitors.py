"""Callbacks that watch a metric: early stopping, checkpoints, learning-rate reduction."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.callbacks.base import Callback
from tfjax._src.keras.utils.console import print_message

_LESS, _GREATER = (np.less, np.inf), (np.greater, -np.inf)
#: Metrics of which less, or more, is better. Of others only the user knows.
_DOWNWARD = (
    "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge", "Hinge", "KLDivergence", "LogCoshError", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson", "RootMeanSquaredError",
    "SparseCategoricalCrossentropy", "SquaredHinge",
)
_UPWARD = (
    "AUC", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "ConcordanceCorrelation", "CosineSimilarity", "FBetaScore", "IoU",
    "PearsonCorrelation", "Precision", "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision", "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "TopKCategoricalAccuracy",
)


def _better(mode: str) -> tuple[Any, Any]:
    """(comparison, worst value) for a mode; of "auto" (None, None), settled at the end of the first epoch."""
    if mode not in ("auto", "min", "max"):
        warnings.warn(f"Callback mode {mode!r} is unknown, fallback to auto mode.", stacklevel=3)
    return {"min": _LESS, "max": _GREATER}.get(mode, (None, None))


def _direction(metric: Any) -> str | None:
    """Whether "up" or "down" is better for a metric, or None."""
    own = getattr(metric, "_direction", None)
    if own is not None:
        return own
    names = [c.__name__ for c in type(metric).__mro__ if c.__module__.startswith("tfjax.")]
    return next(("down" if n in _DOWNWARD else "up" for n in names if n in _DOWNWARD or n in _UPWARD), None)


def _settle(callback: Any) -> None:
    """Finds out in mode "auto" which values are better.

    Raises:
      ValueError: the model was not compiled with such a metric, or it is one of the user's own.
    """
    if callback.monitor_op is not None:
        return
    name = callback.monitor.removeprefix("val_")
    compiled = callback.model.__dict__.get("_compile_metrics")
    names = [""] if compiled is None else ["", *(f"{prefix}_" for *_, prefix in compiled.groups or [] if prefix)]
    known = {f"{prefix}{m.name}": _direction(m) for prefix in names for m in (compiled.metrics if compiled is not None else [])}
    known.update({f"{prefix}loss": "down" for prefix in names})
    found = known.get(name)
    if found is None:
        raise ValueError(
            f"{type(callback).__name__} callback received monitor={callback.monitor}, but Keras isn't able to automatically determine whether that "
            "metric should be maximized or minimized. Pass `mode='max'` in order to monitor based on the highest metric value, or pass `mode='min'` "
            "in order to use the lowest value."
        )
    callback.monitor_op, callback._worst = _LESS if found == "down" else _GREATER
    if callback.best is None:
        callback.best = callback._worst


def _current(callback: Any, logs: dict[str, Any], what: str) -> Any:
    _settle(callback)
    value = logs.get(callback.monitor)
    if value is None:
        warnings.warn(
            f"{what} conditioned on metric `{callback.monitor}` which is not available. Available metrics are: "
            f"{','.join(logs)}", stacklevel=3,
        )
    return value


@export("keras.callbacks.EarlyStopping")
class EarlyStopping(Callback):
    """Stops training when a metric no longer improves.

    Args:
      monitor: the metric's name.
      min_delta: a smaller change is no improvement.
      patience: epochs without improvement before stopping.
      verbose: 1 prints a message.
      mode: "min", "max" or "auto".
      baseline: a value that must be beaten.
      restore_best_weights: puts the best epoch's weights back.
      start_from_epoch: epochs to wait first.
    """

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto", baseline: float | None = None, restore_best_weights: bool = False, start_from_epoch: int = 0) -> None:
        super().__init__()
        self.mode = mode
        self.monitor, self.patience, self.verbose, self.baseline = monitor, patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.monitor_op, self._worst = _better(mode)
        self.min_delta = abs(min_delta)
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: Any = None
        self.best_weights: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self._worst if self.baseline is None else self.baseline
        self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        current = _current(self, logs or {}, "Early stopping")
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        delta = self.min_delta if self.monitor_op is np.greater else -self.min_delta
        if self.monitor_op(current - delta, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print_message(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


@export("keras.callbacks.ModelCheckpoint")
class ModelCheckpoint(Callback):
    """Saves the model or its weights during training.

    Args:
      filepath: the file; may contain `{epoch:02d}` and `{metric:.2f}`.
      monitor: the metric for `save_best_only`.
      verbose: 1 prints messages.
      save_best_only: keeps only the best model.
      save_weights_only: saves weights instead of the model.
      mode: "min", "max" or "auto".
      save_freq: "epoch", or a number of batches.
      initial_value_threshold: the value to beat.
    """

    def __init__(self, filepath: Any, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False, save_weights_only: bool = False, mode: str = "auto", save_freq: Any = "epoch", initial_value_threshold: float | None = None, **legacy: Any) -> None:
        super().__init__()
        self.mode = mode
        legacy.pop("period", None), legacy.pop("options", None)
        if legacy:
            raise TypeError(f"ModelCheckpoint() got unexpected keyword arguments {sorted(legacy)}")
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values")
        self.monitor, self.verbose, self.filepath = monitor, verbose, os.fspath(filepath)
        self.save_best_only, self.save_weights_only, self.save_freq = save_best_only, save_weights_only, save_freq
        self.monitor_op, worst = _better(mode)
        self.best = worst if initial_value_threshold is None else initial_value_threshold
        self._batches, self._epoch = 0, 0

    def _wants_batches(self) -> bool:
        return self.save_freq != "epoch"

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.save_freq != "epoch":
            self._batches += 1
            if self._batches >= self.save_freq:
                self._batches = 0
                self._save(self._epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: dict[str, Any]) -> None:
        path = self._path(epoch, logs)
        if self.save_best_only:
            current = _current(self, logs, "Can save best model only")
            if current is None:
                return
            if not self.monitor_op(current, self.best):
                if self.verbose > 0:
                    print_message(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")
                return
            before = "None" if np.isinf(self.best) else f"{self.best:.5f}"
            if self.verbose > 0:
                print_message(f"\nEpoch {epoch + 1}: {self.monitor} improved from {before} to {current:.5f}, saving model to {path}")
            self.best = current
        elif self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: saving model to {path}")
        directory = os.path.dirname(path)
        if directory:
            os.makedirs(directory, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _path(self, epoch: int, logs: dict[str, Any]) -> str:
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            raise KeyError(f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}') from None


@export("keras.callbacks.ReduceLROnPlateau")
class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when a metric no longer improves.

    Args:
      monitor: the metric's name.
      factor: below 1.
      patience: epochs without improvement before reducing.
      verbose: 1 prints messages.
      mode: "min", "max" or "auto".
      min_delta: a smaller change is no improvement.
      cooldown: epochs to wait after a reduction.
      min_lr: the lower bound.
    """

    def __init__(self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0, mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0, **legacy: Any) -> None:
        super().__init__()
        self.mode = mode
        min_delta = legacy.pop("epsilon", min_delta)
        if legacy:
            raise TypeError(f"ReduceLROnPlateau() got unexpected keyword arguments {sorted(legacy)}")
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        self.monitor, self.factor, self.patience, self.verbose = monitor, factor, patience, verbose
        self.min_delta, self.cooldown, self.min_lr = min_delta, cooldown, min_lr
        self.monitor_op, self._worst = _better(mode)
        self.wait = self.cooldown_counter = 0
        self.best = self._worst

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = self.cooldown_counter = 0
        self.best = self._worst

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs if logs is not None else {}
        logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        current = _current(self, logs, "Learning rate reduction is")
        if current is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        improved = current > self.best + self.min_delta if self.monitor_op is np.greater else current < self.best - self.min_delta
        if improved:
            self.best, self.wait = current, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = float(np.asarray(self.model.optimizer.learning_rate))
        if old > np.float32(self.min_lr):
            new = max(old * self.factor, self.min_lr)
            self.model.optimizer.learning_rate = new
            if self.verbose > 0:
                print_message(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
            self.cooldown_counter, self.wait = self.cooldown, 0


@export("keras.callbacks.TerminateOnNaN")
class TerminateOnNaN(Callback):
    """Stops training when the loss is NaN or infinite."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print_message(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
