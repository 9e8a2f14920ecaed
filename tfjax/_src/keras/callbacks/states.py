"""Callbacks that keep or exchange a model's state: backups, moving averages, reports to a server."""

from __future__ import annotations

import json
import os
import shutil
import urllib.parse
import urllib.request
import warnings
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.callbacks.base import Callback


@export("keras.callbacks.BackupAndRestore", "keras.callbacks.experimental.BackupAndRestore")
class BackupAndRestore(Callback):
    """Backs up weights and optimizer during `fit`; an interrupted `fit` goes on from there.

    Args:
      backup_dir: the folder for the backup; of this `fit` alone.
      save_freq: "epoch", or a number of batches.
      double_checkpoint: keeps the backup before the last one too.
      delete_checkpoint: removes the backup when training ends.
    """

    def __init__(self, backup_dir: Any, save_freq: Any = "epoch", double_checkpoint: bool = False, delete_checkpoint: bool = True) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. Expected either 'epoch' or an integer value.")
        self.backup_dir, self.save_freq = os.fspath(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._weights_path = os.path.join(self.backup_dir, "latest.weights.h5")
        self._metadata_path = os.path.join(self.backup_dir, "training_metadata.json")
        self._epoch = self._batches = 0

    def _wants_batches(self) -> bool:
        return self.save_freq != "epoch"

    def on_train_begin(self, logs: Any = None) -> None:
        if not self.model.built:
            raise ValueError(
                "To use the BackupAndRestore callback, you model must be built before you call `fit()`. Model is unbuilt. You can build it "
                "beforehand by calling it on a batch of data."
            )
        if not (os.path.exists(self._weights_path) and os.path.exists(self._metadata_path)):
            return
        with open(self._metadata_path, encoding="utf-8") as file:
            self._epoch = json.load(file)["epoch"]
        optimizer = self.model.optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        self.model.load_weights(self._weights_path)
        self.model.__dict__["_initial_epoch"] = self._epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch + 1
        if self.save_freq == "epoch":
            self._save(self._epoch, 0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self._save(self._epoch, batch)

    def _save(self, epoch: int, batch: int) -> None:
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint and os.path.exists(self._weights_path):
            shutil.copy(self._weights_path, self._weights_path.replace("latest", "prev"))
        self.model.save_weights(self._weights_path, overwrite=True)
        temporary = f"{self._metadata_path}.new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"epoch": epoch, "batch": batch}, file)
        os.replace(temporary, self._metadata_path)

    def on_train_end(self, logs: Any = None) -> None:
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)


@export("keras.callbacks.SwapEMAWeights")
class SwapEMAWeights(Callback):
    """Evaluates and predicts with the optimizer's moving averages of the weights.

    Args:
      swap_on_epoch: keeps the averages in the model between the end of an epoch and the next.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _swap(self) -> None:
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if not getattr(optimizer, "use_ema", False):
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. Received: use_ema="
                f"{getattr(optimizer, 'use_ema', False)}"
            )
        for variable, average in zip(optimizer._trainable, optimizer._averages):
            value = variable.numpy()
            variable.assign(average)
            average.assign(value)
        self._swapped = not self._swapped

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self.swap_on_epoch and self._swapped:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.swap_on_epoch and not self._swapped:
            self._swap()

    def on_test_begin(self, logs: Any = None) -> None:
        self._swap()

    def on_test_end(self, logs: Any = None) -> None:
        self._swap()

    def on_predict_begin(self, logs: Any = None) -> None:
        if not self._swapped:
            self._swap()

    def on_predict_end(self, logs: Any = None) -> None:
        if self._swapped:
            self._swap()


@export("keras.callbacks.RemoteMonitor")
class RemoteMonitor(Callback):
    """Posts each epoch's logs to a server; a server that does not answer is only warned about.

    Args:
      root: the server.
      path: where to post.
      field: the form field that holds the JSON text.
      headers: of the request.
      send_as_json: posts JSON itself instead of a form.
    """

    def __init__(self, root: str = "http://localhost:9000", path: str = "/publish/epoch/end/", field: str = "data", headers: Any = None, send_as_json: bool = False) -> None:
        super().__init__()
        self.root, self.path, self.field, self.headers, self.send_as_json = root, path, field, headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        send: dict[str, Any] = {"epoch": epoch}
        for name, value in (logs or {}).items():
            send[name] = value.item() if isinstance(value, (np.ndarray, np.generic)) and np.ndim(value) == 0 else value
        text = json.dumps(send)
        body = text if self.send_as_json else urllib.parse.urlencode({self.field: text})
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        request = urllib.request.Request(self.root + self.path, body.encode(), {"Content-Type": kind, **(self.headers or {})})
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except OSError:
            warnings.warn(f"Could not reach RemoteMonitor root server at {self.root}", stacklevel=2)
