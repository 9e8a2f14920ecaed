"""keras.callbacks.TensorBoard: metrics, histograms and images of weights, profiles."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.keras.callbacks.base import Callback
from tfjax._src.profiler import profiler
from tfjax._src.summary import values
from tfjax._src.summary.writer import SummaryWriter, create_file_writer, record


@export("keras.callbacks.TensorBoard")
class TensorBoard(Callback):
    """Writes event files for TensorBoard: `log_dir/train` and `log_dir/validation`.

    Args:
      log_dir: the directory.
      histogram_freq: every how many epochs to record histograms of the weights; 0 for never.
      write_graph: records the model's layers.
      write_images: records weights as images, with the histograms.
      write_steps_per_second: records the speed.
      update_freq: "epoch", "batch", or every how many batches to record metrics.
      profile_batch: the batch, or a pair (first, last), to profile; 0 for none.
      embeddings_freq: every how many epochs to save Embedding layers, for TensorBoard's projector.
      embeddings_metadata: file name of their metadata, or a dict by layer name.

    >>> import tempfile, tfjax as tf
    >>> callback = tf.keras.callbacks.TensorBoard(tempfile.mkdtemp(), histogram_freq=1)
    """

    def __init__(
        self, log_dir: Any = "logs", histogram_freq: int = 0, write_graph: bool = True, write_images: bool = False,
        write_steps_per_second: bool = False, update_freq: Any = "epoch", profile_batch: Any = 0, embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        self.log_dir = str(log_dir)
        self.histogram_freq, self.write_graph, self.write_images = histogram_freq, write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self._start_batch, self._stop_batch = _batches(profile_batch)
        self._writers: dict[str, SummaryWriter] = {}
        self._step = self._epoch_step = 0
        self._profiling = False

    def _wants_batches(self) -> bool:
        return self.update_freq != "epoch" or self.write_steps_per_second or self._start_batch > 0

    def set_model(self, model: Any) -> None:
        """Starts new files for a model."""
        self._model = model
        self._writers = {}
        if self.write_graph:
            self._write_model(model)

    def _write_model(self, model: Any) -> None:
        if not hasattr(model, "to_json"):
            return
        try:
            text = model.to_json()
        except Exception:
            return  # a subclassed model has no description of its layers
        with self._writer("train").as_default():
            metadata = values._metadata("graph_keras_model", None, b"1")
            record("keras", lambda a: (dtypes.string, a), text, 0, metadata)

    def _writer(self, name: str) -> SummaryWriter:
        if name not in self._writers:
            self._writers[name] = create_file_writer(os.path.join(self.log_dir, name))
        return self._writers[name]

    # -- training ------------------------------------------------------------------------------
    def on_train_begin(self, logs: Any = None) -> None:
        """Starts counting batches."""
        self._step = int(self._iterations())
        self._epoch_start = time.time()

    def _iterations(self) -> int:
        optimizer = getattr(self.model, "optimizer", None)
        return 0 if optimizer is None else int(np.asarray(optimizer.iterations))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Starts the clock, and the profile where it was asked for."""
        self._batch_start = time.time()
        if self._start_batch and self._step + 1 == self._start_batch:
            profiler.start(os.path.join(self.log_dir, "train"))
            self._profiling = True

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Records the metrics of a batch."""
        self._step += 1
        if self._profiling and self._step >= self._stop_batch:
            self._end_profile()
        with self._writer("train").as_default():
            if self.write_steps_per_second:
                values.scalar("batch_steps_per_second", 1.0 / max(time.time() - self._batch_start, 1e-9), step=self._step)
            if isinstance(self.update_freq, int) and self._step % self.update_freq == 0:
                for name, value in (logs or {}).items():
                    values.scalar(f"batch_{name}", value, step=self._step)

    def _end_profile(self) -> None:
        profiler.stop()
        self._profiling = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts the clock of an epoch."""
        self._epoch_start, self._epoch_step = time.time(), self._iterations()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Records metrics, and weights where asked for."""
        logs = dict(logs or {})
        with self._writer("train").as_default(step=epoch):
            for name, value in logs.items():
                if not name.startswith("val_"):
                    values.scalar(f"epoch_{name}", value)
            rate = self._learning_rate()
            if rate is not None:
                values.scalar("epoch_learning_rate", rate)
            if self.write_steps_per_second:
                steps = self._iterations() - self._epoch_step
                values.scalar("epoch_steps_per_second", steps / max(time.time() - self._epoch_start, 1e-9))
            if self.histogram_freq and epoch % self.histogram_freq == 0:
                self._record_weights()
        validation = {k[4:]: v for k, v in logs.items() if k.startswith("val_")}
        if validation:
            with self._writer("validation").as_default(step=epoch):
                for name, value in validation.items():
                    values.scalar(f"epoch_{name}", value)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._save_embeddings(epoch)

    def _learning_rate(self) -> float | None:
        optimizer = getattr(self.model, "optimizer", None)
        return None if optimizer is None else float(np.asarray(optimizer.learning_rate))

    def _record_weights(self) -> None:
        for layer in self.model.layers:
            for weight in layer.weights:
                name = weight.path if hasattr(weight, "path") else weight.name
                values.histogram(f"{name}/histogram", np.asarray(weight))
                picture = _picture(np.asarray(weight)) if self.write_images else None
                if picture is not None:
                    values.image(f"{name}/image", picture)

    def _save_embeddings(self, epoch: int) -> None:
        """Weights as a checkpoint, and the projector's settings."""
        layers = [layer for layer in self.model.layers if type(layer).__name__ == "Embedding"]
        if not layers:
            return
        folder = os.path.join(self.log_dir, "train")
        os.makedirs(folder, exist_ok=True)
        lines = []
        for layer in layers:
            metadata = self.embeddings_metadata
            if isinstance(metadata, dict):
                metadata = metadata.get(layer.name)
            path = f'  metadata_path: "{metadata}"\n' if metadata else ""
            lines.append(f'embeddings {{\n  tensor_name: "{layer.name}"\n{path}  tensor_path: "{layer.name}.tsv"\n}}\n')
            np.savetxt(os.path.join(folder, f"{layer.name}.tsv"), np.asarray(layer.weights[0]), delimiter="\t")
        with open(os.path.join(folder, "projector_config.pbtxt"), "w") as file:
            file.write("".join(lines))

    # -- evaluation ----------------------------------------------------------------------------
    def on_test_end(self, logs: Any = None) -> None:
        """Records the metrics of an evaluation by the number of training steps before it."""
        if not getattr(self.model, "optimizer", None):
            return
        with self._writer("validation").as_default(step=self._iterations()):
            for name, value in (logs or {}).items():
                values.scalar(f"evaluation_{name}_vs_iterations", value)

    def on_train_end(self, logs: Any = None) -> None:
        """Ends the profile and closes the files."""
        if self._profiling:
            self._end_profile()
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


def _batches(profile: Any) -> tuple[int, int]:
    """The first and the last batch to profile."""
    if isinstance(profile, str):
        profile = tuple(int(part) for part in profile.split(","))
    first, last = profile if isinstance(profile, (tuple, list)) else (profile, profile)
    if first < 0 or last < first:
        raise ValueError(f"profile_batch must be a non-negative integer or 2-tuple of positive integers. Received: profile_batch={profile}")
    return int(first), int(last)


def _picture(weight: np.ndarray) -> np.ndarray | None:
    """A weight as [images, height, width, 1] in [0, 1]; None where it has no such form."""
    w = np.squeeze(weight).astype(np.float32)
    spread = w.max() - w.min() if w.size else 0.0
    w = (w - w.min()) / spread if spread else np.zeros_like(w)
    if w.ndim == 1:
        return w.reshape(1, -1, 1, 1)
    if w.ndim == 2:
        w = w.T if w.shape[0] > w.shape[1] else w
        return w.reshape(1, *w.shape, 1)
    if w.ndim == 3:
        return w.transpose(2, 0, 1)[..., None]
    return None
