"""fit, evaluate and predict: the loops over epochs and batches."""

from __future__ import annotations

import time
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import nest
from tfjax._src.eager.tensor import ConcreteValueError
from tfjax._src.keras import callbacks as callbacks_module
from tfjax._src.keras.distribution.current import spread
from tfjax._src.keras.engine import settings
from tfjax._src.keras.models import data_adapter
from tfjax._src.keras.models.replicated import agreed, in_scope, look_at, mirror, strategy_of
from tfjax._src.keras.models.trainer_support import due, rows_of

# The progress bar moves about this often (seconds).
_REFRESH = 0.12


class Loops:
    """The loops of `Trainer`, over what its steps compute."""

    @in_scope
    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: Any = "auto",
        callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None, shuffle: Any = True,
        class_weight: Any = None, sample_weight: Any = None, initial_epoch: int = 0, steps_per_epoch: int | None = None,
        validation_steps: int | None = None, validation_batch_size: int | None = None, validation_freq: Any = 1,
        **legacy: Any,
    ) -> Any:
        """Trains the model.

        Args:
          x: inputs: arrays, tensors, DataFrames, a nest of them, a dataset, a generator or a Sequence.
          y: labels, for arrays.
          batch_size: 32 by default, for arrays.
          epochs: the number of the last epoch.
          verbose: 0 silent, 1 progress bar, 2 one line per epoch; "auto" is 1.
          callbacks: a list of callbacks.
          validation_split: the last part of the arrays, kept for validation.
          validation_data: (x, y), (x, y, weights) or a dataset.
          shuffle: reorders arrays in every epoch.
          class_weight: weights by class.
          sample_weight: weights by sample.
          initial_epoch: where to start counting.
          steps_per_epoch: batches per epoch.
          validation_steps: batches of validation.
          validation_batch_size: `batch_size` by default.
          validation_freq: epochs between validations, or the epochs at which to validate.

        Returns:
          A History; `history.history` maps names to lists of values.
        """
        for hint in ("max_queue_size", "workers", "use_multiprocessing"):
            legacy.pop(hint, None)
        if legacy:
            raise TypeError(f"fit() got unexpected keyword arguments {sorted(legacy)}")
        self._check_compiled()
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = data_adapter.split((x, y, sample_weight), validation_split)
        data = data_adapter.adapt(x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight)
        look_at(self, data)
        verbose = 1 if verbose == "auto" else int(verbose)
        epochs = settings.capped(epochs, settings.max_epochs())
        steps = settings.capped(steps_per_epoch or data.num_batches, settings.max_steps_per_epoch())
        cbs = callbacks if isinstance(callbacks, callbacks_module.CallbackList) else callbacks_module.CallbackList(
            callbacks, add_history=True, add_progbar=verbose != 0, verbose=verbose, epochs=epochs, steps=steps, model=self
        )
        self.stop_training = False
        validation = self._validation_source(validation_data, validation_batch_size or batch_size)
        cbs.on_train_begin()
        # A backup says where an interrupted training goes on.
        initial_epoch = self.__dict__.pop("_initial_epoch", None) or initial_epoch
        logs: dict[str, Any] = {}
        iterator = None
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            cbs.on_epoch_begin(epoch)
            logs, iterator = self._run_epoch("train", data, steps_per_epoch, cbs, iterator)
            if logs is None:
                break
            epoch_logs = dict(logs)
            if validation is not None and due(epoch, validation_freq):
                val_logs = self.evaluate(_source=validation, verbose=0, steps=validation_steps, callbacks=cbs, return_dict=True)
                epoch_logs.update({f"val_{k}": v for k, v in val_logs.items()})
            cbs.on_epoch_end(epoch, epoch_logs)
            logs = epoch_logs
            if self.stop_training:
                break
        self.optimizer.finalize_variable_values(self.trainable_variables) if self.optimizer is not None and self.optimizer.use_ema else None
        cbs.on_train_end(logs)
        return self.history

    def _validation_source(self, validation_data: Any, batch_size: int | None) -> Any:
        if validation_data is None:
            return None
        if not (isinstance(validation_data, (tuple, list)) or data_adapter._kind(validation_data)):
            raise ValueError(f"Unrecognized data type: x={validation_data} (of type {type(validation_data)})")
        if isinstance(validation_data, (tuple, list)):
            x, y, weight = data_adapter.unpack_x_y_sample_weight(tuple(validation_data))
            return data_adapter.adapt(x, y, weight, batch_size)
        return data_adapter.adapt(validation_data)

    def _run_epoch(self, kind: str, data: Any, limit: int | None, cbs: Any, iterator: Any = None) -> tuple[Any, Any]:
        """(logs, iterator to go on with); without any data the logs are empty."""
        if isinstance(data, data_adapter.Arrays) and data.size == 0:
            return {}, None
        cap = settings.max_steps_per_epoch()
        if cap is not None and (data.num_batches is None or cap < data.num_batches):
            limit = settings.capped(limit, cap)
        fused = isinstance(data, data_adapter.Arrays) and limit is None and not cbs.needs_batch_hooks(kind)
        fused = fused and not data_adapter.holds_strings(data.data)
        fused = fused and (spread() is None or jax.process_count() == 1)
        custom = self._overrides(f"{kind}_step") or self.__dict__.get("run_eagerly") or self._overrides("compute_metrics")
        if fused and not custom and not self.__dict__.get("_cannot_compile"):
            try:
                return self._fused_epoch(kind, data, cbs), None
            except ConcreteValueError as error:
                warnings.warn(f"The {kind} step cannot be compiled and runs eagerly: {error}", stacklevel=2)
                self.__dict__["_cannot_compile"] = kind
        return self._batch_epoch(kind, data, limit, cbs, iterator)

    def _fused_epoch(self, kind: str, data: Any, cbs: Any) -> dict[str, Any]:
        """An epoch of arrays: many batches per dispatch, gathered on the device."""
        size, count, strategy = data.batch_size, data.size, strategy_of(self)
        whole, rest = divmod(count, size)
        order = data.order()
        leaves = [leaf for leaf in nest.flatten(data.data) if leaf is not None]
        if data.__dict__.get("_device") is None:
            across = spread()
            place = jnp.asarray if across is None else across.everywhere
            data._device = [place(leaf) if strategy is None else mirror(strategy, leaf) for leaf in leaves]
        first = nest.map_structure(lambda a: None if a is None else a[: min(size, count)], data.data)
        self._prepare(first, kind)
        steps = self._steps(kind)
        device_order = jnp.asarray(order) if strategy is None else agreed(strategy, order)
        done, stretch = 0, 1
        while done < whole:
            start = time.perf_counter()
            stop = min(done + stretch, whole)
            steps.of(first).run_range(data._device, device_order, done, stop, size)
            jax.block_until_ready(self._loss_tracker.total._raw_value)
            elapsed = max(time.perf_counter() - start, 1e-4)
            per_step = elapsed / (stop - done)
            cbs.on_batches(kind, done, stop, self._logs(None) if cbs.wants_progress else {})
            done = stop
            stretch = max(1, min(int(_REFRESH / per_step), stretch * 64)) if cbs.wants_progress else max(1, int(1.0 / per_step))
        if rest:
            index = order[whole * size :]
            batch = nest.map_structure(lambda a: None if a is None else np.asarray(a)[index], data.data)
            self._run_batch(kind, batch)
            cbs.on_batches(kind, whole, whole + 1, self._logs(None))
        return self._logs(None)

    def _batch_epoch(self, kind: str, data: Any, limit: int | None, cbs: Any, iterator: Any) -> tuple[Any, Any]:
        """An epoch batch by batch."""
        source = iterator if iterator is not None and limit is not None else iter(data.batches())
        result: Any = None
        hooks = cbs.needs_batch_hooks(kind)
        shown, step = 0.0, -1
        logs: dict[str, Any] = {}
        while limit is None or step + 1 < limit:
            try:
                batch = next(source)
            except StopIteration:
                if limit is not None and step + 1 < limit:
                    if step < 0 and iterator is not None:
                        source, iterator = iter(data.batches()), None
                        continue
                    warnings.warn(
                        "Your input ran out of data; interrupting training. Make sure that your dataset or generator "
                        "can generate at least `steps_per_epoch * epochs` batches. You may need to use the "
                        "`.repeat()` function when building your dataset.", stacklevel=3,
                    )
                source = None
                break
            step += 1
            if hooks:
                getattr(cbs, f"on_{kind}_batch_begin")(step)
            result = self._run_batch(kind, batch)
            now = time.perf_counter()
            if hooks:
                logs = self._logs(result)
                getattr(cbs, f"on_{kind}_batch_end")(step, logs)
            if cbs.wants_progress and (now - shown > _REFRESH or step == 0):
                logs = self._logs(result)
                cbs.on_batches(kind, step, step + 1, logs)
                shown = now
            if self.stop_training:
                break
        if step < 0:
            return {}, None
        if kind == "train" and data.num_batches is None and limit is None and self.optimizer is not None:
            # Keras on TensorFlow counts the attempt to read past the end of a dataset of unknown
            # size as an iteration (seen in 3.15); Adam's bias correction depends on the number.
            self.optimizer.iterations.assign_add(1)
        logs = self._final_logs(result)
        cbs.steps_seen = step + 1
        cbs.on_batches(kind, step, step + 1, logs)
        return logs, source if limit is not None else None

    @in_scope
    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: Any = "auto", sample_weight: Any = None,
        steps: int | None = None, callbacks: Any = None, return_dict: bool = False, **kwargs: Any,
    ) -> Any:
        """Loss and metrics on data; arguments as of `fit`.

        Returns:
          The loss, a list [loss, metric values…], or a dict with `return_dict`.
        """
        source = kwargs.pop("_source", None)
        for hint in ("max_queue_size", "workers", "use_multiprocessing"):
            kwargs.pop(hint, None)
        if kwargs:
            raise ValueError(f"Arguments not recognized: {kwargs}")
        self._check_compiled()
        data = source or data_adapter.adapt(x, y, sample_weight, batch_size, steps)
        look_at(self, data)
        verbose = 1 if verbose == "auto" else int(verbose)
        cbs = callbacks
        if not isinstance(callbacks, callbacks_module.CallbackList):
            cbs = callbacks_module.CallbackList(callbacks, add_progbar=verbose != 0, verbose=verbose, epochs=1, steps=steps or data.num_batches, model=self)
        progress, cbs.wants_progress = cbs.wants_progress, cbs.wants_progress and source is None
        cbs.on_test_begin()
        self.reset_metrics()
        logs = self._run_epoch("test", data, steps, cbs)[0] or {}
        if source is not None:  # the validation of `fit` lists its names in order, however the step nests them
            logs = dict(sorted(logs.items()))
        cbs.on_test_end(logs)
        cbs.wants_progress = progress
        if return_dict:
            return logs
        return self._in_order(logs)

    def _in_order(self, logs: dict[str, Any]) -> Any:
        """The values of logs in the order of `metrics`; those of other names come last, sorted."""
        names: list[str] = []
        for metric in self.metrics:
            names.extend(m.name for m in metric.metrics) if metric is self._compile_metrics else names.append(metric.name)
        names = [name for name in dict.fromkeys(names) if name in logs]
        values = [logs[name] for name in [*names, *sorted(set(logs) - set(names))]]
        return values[0] if len(values) == 1 else values

    @in_scope
    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None, **legacy: Any) -> Any:
        """Predictions for data, as NumPy arrays; arguments as of `fit`."""
        for hint in ("max_queue_size", "workers", "use_multiprocessing"):
            legacy.pop(hint, None)
        if legacy:
            raise TypeError(f"predict() got unexpected keyword arguments {sorted(legacy)}")
        steps = settings.capped(steps, settings.max_steps_per_epoch())
        data = data_adapter.adapt(x, None, None, batch_size, steps)
        verbose = 1 if verbose == "auto" else int(verbose)
        cbs = callbacks_module.CallbackList(callbacks, add_progbar=verbose != 0, verbose=verbose, epochs=1, steps=steps or data.num_batches, model=self)
        cbs.on_predict_begin()
        parts: list[Any] = []
        template = None
        hooks = cbs.needs_batch_hooks("predict")
        for step, batch in enumerate(data.batches()):
            if steps is not None and step >= steps:
                break
            if hooks:
                cbs.on_predict_batch_begin(step)
            result = self._run_batch("predict", batch if self._overrides("predict_step") else (batch[0], None, None))
            template = result
            parts.append([t for t in nest.flatten(result)])
            if hooks:
                cbs.on_predict_batch_end(step, {"outputs": result})
            if cbs.wants_progress:
                cbs.on_batches("predict", step, step + 1, {})
        cbs.on_predict_end()
        if not parts:
            raise ValueError("Unexpected result of `predict_function` (Empty batch_outputs): the data gave no batch.")
        columns = [np.concatenate([rows_of(part[i]) for part in parts]) for i in range(len(parts[0]))]
        return nest.pack_sequence_as(template, columns)

    @in_scope
    def train_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False, **legacy: Any) -> Any:
        """One update from one batch; returns the loss, [loss, metrics…] or a dict."""
        self._check_compiled()
        if legacy.pop("reset_metrics", True):
            self.reset_metrics()
        return self._on_batch("train", x, y, sample_weight, class_weight, return_dict)

    @in_scope
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Loss and metrics of one batch."""
        self._check_compiled()
        self.reset_metrics()
        return self._on_batch("test", x, y, sample_weight, None, return_dict)

    def _on_batch(self, kind: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool) -> Any:
        arrays = data_adapter.Arrays(x, y, sample_weight, None, False, class_weight)
        logs = self._logs(self._run_batch(kind, arrays.data))
        if return_dict:
            return logs
        return self._in_order(logs)

    @in_scope
    def predict_on_batch(self, x: Any) -> Any:
        """Predictions for one batch."""
        arrays = data_adapter.Arrays(x, None, None, None, False)
        result = self._run_batch("predict", arrays.data)
        return nest.map_structure(rows_of, result)

    def fit_generator(self, generator: Any, **kwargs: Any) -> Any:
        """Keras 2's name for `fit` with a generator."""
        return self.fit(generator, **kwargs)
