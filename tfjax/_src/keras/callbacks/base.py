"""Callback, the list that calls them, History, and the progress bar."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.utils.progbar import Progbar

_BATCH_HOOKS = {
    "train": ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


@export("keras.callbacks.Callback")
class Callback:
    """Base class: methods called at points of training, evaluation and prediction.

    Attributes:
      model: the model at work.
      params: a dict with `verbose`, `epochs`, `steps`.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model at work."""
        return self.__dict__.get("_model")

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training with the run's parameters."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called before training with the model."""
        self._model = model

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called after an epoch, with its metrics."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The same as `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """The same as `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a training batch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a training batch, with the metrics so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before an evaluation batch."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after an evaluation batch."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before a prediction batch."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after a prediction batch."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Called when training starts."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called when training ends."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Called when evaluation starts."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called when evaluation ends."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called when prediction starts."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called when prediction ends."""


@export("keras.callbacks.History")
class History(Callback):
    """Collects each epoch's metrics: `history[name]` is a list, `epoch` the epochs' numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


@export("keras.callbacks.ProgbarLogger")
class ProgbarLogger(Callback):
    """Shows the progress bar; `fit` adds it."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Progbar | None = None
        self._called_in_fit = False

    def _start(self) -> None:
        self._bar = Progbar(target=self.params.get("steps"), verbose=self.params.get("verbose", 1), unit_name="step")

    def on_train_begin(self, logs: Any = None) -> None:
        self._called_in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._start()
        if self.params.get("verbose") and self.params.get("epochs", 1) > 1:
            from tfjax._src.keras.utils.console import print_message

            print_message(f"Epoch {epoch + 1}/{self.params['epochs']}")

    def on_test_begin(self, logs: Any = None) -> None:
        if not self._called_in_fit:
            self._start()

    def on_predict_begin(self, logs: Any = None) -> None:
        self._start()

    def show(self, done: int, logs: dict[str, Any], finalize: bool = False) -> None:
        """Moves the bar to `done` steps."""
        if self._bar is not None:
            self._bar.update(done, list(logs.items()), finalize=finalize)

    def finish(self, logs: Any) -> None:
        """Ends the line."""
        if self._bar is None:
            return
        if self._bar.target is None:
            self._bar.target = self._bar._seen_so_far
        self._bar.update(self._bar.target, list((logs or {}).items()), finalize=True)
        self._bar = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.finish(logs)

    def on_test_end(self, logs: Any = None) -> None:
        if not self._called_in_fit:
            self.finish(logs)

    def on_predict_end(self, logs: Any = None) -> None:
        self.finish(logs)


@export("keras.callbacks.CallbackList")
class CallbackList(Callback):
    """Calls several callbacks as one.

    Args:
      callbacks: Callbacks.
      add_history: adds a History if there is none.
      add_progbar: adds a ProgbarLogger if there is none.
      model: the model.
      **params: `verbose`, `epochs`, `steps`.
    """

    def __init__(self, callbacks: Any = None, add_history: bool = False, add_progbar: bool = False, model: Any = None, **params: Any) -> None:
        super().__init__()
        self.callbacks: list[Any] = _flat(callbacks)
        self.steps_seen: int | None = None
        history = next((c for c in self.callbacks if isinstance(c, History)), None)
        if history is None and add_history:
            history = History()
            self.callbacks.append(history)
        bar = next((c for c in self.callbacks if isinstance(c, ProgbarLogger)), None)
        if bar is None and add_progbar:
            bar = ProgbarLogger()
            self.callbacks.append(bar)
        self._bar = bar
        self.wants_progress = bar is not None and params.get("verbose", 1) == 1
        if model is not None:
            self.set_model(model)
            if history is not None:
                model.history = history
        self.set_params(params)

    def append(self, callback: Any) -> None:
        """Adds a callback."""
        self.callbacks.append(callback)

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        self._model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def needs_batch_hooks(self, kind: str) -> bool:
        """True if a callback wants to see single batches: then each is dispatched on its own."""
        for callback in self.callbacks:
            if isinstance(callback, (ProgbarLogger, History)):
                continue
            declared = getattr(callback, "_wants_batches", None)
            if declared is not None:
                if declared():
                    return True
                continue
            for hook in _BATCH_HOOKS[kind]:
                if getattr(type(callback), hook, None) is not getattr(Callback, hook):
                    return True
        return False

    def on_batches(self, kind: str, start: int, stop: int, logs: dict[str, Any]) -> None:
        """Tells the progress bar that batches start..stop are done."""
        self.steps_seen = stop
        if self._bar is not None and self.wants_progress:
            self._bar.show(stop, logs)
        elif self._bar is not None and self._bar._bar is not None:
            self._bar._bar._seen_so_far = stop

    def _call(self, hook: str, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*args)


def _flat(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [c for item in callbacks for c in _flat(item)]
    return [callbacks]


def _forward_epoch(hook: str) -> Callable[..., None]:
    def call(self: CallbackList, index: int, logs: Any = None) -> None:
        self._call(hook, index, copy.copy(logs) if isinstance(logs, dict) else (logs or {}))

    call.__name__ = hook
    call.__doc__ = f"Calls `{hook}` of every callback."
    return call


def _forward_plain(hook: str) -> Callable[..., None]:
    def call(self: CallbackList, logs: Any = None) -> None:
        self._call(hook, logs or {})

    call.__name__ = hook
    call.__doc__ = f"Calls `{hook}` of every callback."
    return call


for _kind in ("epoch", "batch", "train_batch", "test_batch", "predict_batch"):
    for _end in ("begin", "end"):
        setattr(CallbackList, f"on_{_kind}_{_end}", _forward_epoch(f"on_{_kind}_{_end}"))
for _kind in ("train", "test", "predict"):
    for _end in ("begin", "end"):
        setattr(CallbackList, f"on_{_kind}_{_end}", _forward_plain(f"on_{_kind}_{_end}"))
