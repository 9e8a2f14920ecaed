"""compile, fit, evaluate, predict and the single-batch methods of models."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core import nest
from tfjax._src.distribute.strategy import get_strategy
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function.autograph import conversion as autograph
from tfjax._src.keras.distribution.current import distribution, spread
from tfjax._src.keras.metrics.base import Mean, Metric
from tfjax._src.keras.models import data_adapter
from tfjax._src.keras.models.compiled import AllMetrics, CompiledLoss, CompiledMetrics
from tfjax._src.keras.models.loops import Loops
from tfjax._src.keras.models.programs import Steps
from tfjax._src.keras.models.replicated import loss_share, place_batch, step_of, strategy_of
from tfjax._src.keras.models.trainer_support import GradientFrame, as_optimizer, number, strip
from tfjax._src.ops.math.reductions import reduce_sum


class Trainer(Loops):
    """The training half of `Model`."""

    def _init_trainer(self) -> None:
        state = self.__dict__
        state.setdefault("optimizer", None)
        state.setdefault("stop_training", False)
        state.setdefault("compiled", False)
        state.setdefault("_programs", {})
        state.setdefault("_compile_loss", None)
        state.setdefault("_compile_metrics", None)
        state.setdefault("_loss_tracker", None)
        state.setdefault("_distribute_strategy", replicas.state.strategy)

    # -- compile -------------------------------------------------------------------------------
    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, loss_weights: Any = None,
        weighted_metrics: Any = None, run_eagerly: bool = False, steps_per_execution: int = 1,
        jit_compile: Any = "auto", auto_scale_loss: bool = True, **kwargs: Any,
    ) -> None:
        """Sets up training.

        Args:
          optimizer: a name, an Optimizer, or an Optax transformation.
          loss: a name, Loss or function; a list or dict of them for several outputs.
          metrics: a list of names, Metrics or functions (per output: nested lists or a dict).
          loss_weights: factors of the outputs' losses.
          weighted_metrics: metrics that heed sample weights.
          run_eagerly: runs steps as plain Python.
          steps_per_execution: a hint without effect: as many steps as the callbacks allow run in
            one dispatch anyway.
          jit_compile: a hint without effect: steps are always compiled.
          auto_scale_loss: scales the loss under the policy "mixed_float16".
        """
        kwargs.pop("experimental_run_tf_function", None)
        if kwargs:
            raise TypeError(f"Trainer.compile() got an unexpected keyword argument '{next(iter(kwargs))}'")
        for name, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if value is not None and not isinstance(value, (list, tuple, dict)):
                raise ValueError(f"Expected `{name}` argument to be a list, tuple, or dict. Received instead: {name}={value} of type {type(value)}")
        state = self.__dict__
        state["optimizer"] = as_optimizer(optimizer, auto_scale_loss and self.dtype_policy.name == "mixed_float16")
        names = list(getattr(self, "output_names", []) or [])
        state["_compile_config"] = {
            "optimizer": optimizer, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
        }
        # Without a loss (or metrics) the ones of the last `compile` stay, as in Keras.
        if loss is not None:
            state["_compile_loss"] = CompiledLoss(loss, loss_weights, names)
        if metrics is not None or weighted_metrics is not None or state["_compile_metrics"] is None:
            state["_compile_metrics"] = CompiledMetrics(metrics, weighted_metrics, names, state["_compile_loss"])
        state["_loss_tracker"] = Mean(name="loss")
        state["run_eagerly"] = run_eagerly
        state["compiled"] = True
        state["stop_training"] = False
        state["_programs"] = {}

    @property
    def distribute_strategy(self) -> Any:
        """The strategy in whose scope the model was made, or the one in force."""
        return self.__dict__.get("_distribute_strategy") or get_strategy()

    @property
    def loss(self) -> Any:
        """What was given to `compile`."""
        config = self.__dict__.get("_compile_config")
        found = self.__dict__.get("_compile_loss")
        return config["loss"] if config is not None and found is None else getattr(found, "given", None)

    def get_compile_config(self) -> dict[str, Any]:
        """What was given to `compile`, as plain values; empty for a model that is not compiled."""
        if not self.compiled:
            return {}
        from tfjax._src.keras.saving import serialization

        given = {**self.__dict__["_compile_config"], "optimizer": self.optimizer}
        return {k: serialization.serialize_keras_object(v) for k, v in given.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` of another model says."""
        from tfjax._src.keras.saving import serialization

        self.compile(**{k: serialization.deserialize_keras_object(v) for k, v in config.items()})
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    @property
    def compiled_loss(self) -> Any:
        """The compiled loss as a function of (labels, predictions, sample_weight), as Keras 2 had it."""

        def loss(y: Any, y_pred: Any, sample_weight: Any = None, regularization_losses: Any = None) -> Any:
            return self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)

        return loss

    @property
    def compiled_metrics(self) -> Any:
        """The metrics as one object with `update_state`, as Keras 2 had it.

        """
        return AllMetrics(self)

    def _check_compiled(self) -> None:
        if not self.compiled:
            raise ValueError("You must call `compile()` before using the model.")

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, compiled metrics, and metrics that are attributes of layers."""
        found: list[Any] = []
        if self._loss_tracker is not None:
            found.append(self._loss_tracker)
        if self._compile_metrics is not None and self._compile_metrics.any:
            found.append(self._compile_metrics)
        if self._compile_loss is not None:
            found.extend(self._compile_loss.trackers)
        found.extend(self._own_metrics())
        return found

    def _own_metrics(self) -> list[Any]:
        found: list[Any] = []
        for layer in self._flatten_layers():
            for key, value in list(vars(layer).items()):
                if key in ("_loss_tracker", "_compile_metrics", "_compile_loss"):
                    continue
                for item in value if isinstance(value, (list, tuple)) else value.values() if type(value) is dict else [value]:
                    if isinstance(item, Metric) and not any(item is f for f in found):
                        found.append(item)
        return found

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        """Sets the state of all metrics to zeros."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """The metrics' values by name."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            value = metric.result()
            results.update(value) if isinstance(value, dict) else results.__setitem__(metric.name, value)
        return results

    # -- one step ------------------------------------------------------------------------------
    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True) -> Any:
        """The compiled loss plus the losses that layers added."""
        total = None
        if self._compile_loss is not None:
            total = self._compile_loss(y, y_pred, sample_weight)
        for extra in self.losses:
            extra = loss_share(reduce_sum(to_tensor(extra)))
            total = extra if total is None else total + extra
        if total is None:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        return total

    def _loss_of(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        """`compute_loss`, which older programs override without `training`."""
        extra = {"training": training} if _takes_training(type(self).compute_loss) else {}
        return self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **extra)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Updates the compiled metrics with a batch; returns all values."""
        if self._compile_metrics is not None and y is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _track_loss(self, loss: Any, x: Any) -> None:
        size = next((leaf.shape[0] for leaf in nest.flatten(x) if leaf is not None and len(leaf.shape)), 1)
        if self._loss_tracker is not None:
            self._loss_tracker.update_state(loss_share(loss, back=True), sample_weight=float(size))

    def _forward(self, x: Any, training: bool) -> Any:
        return self(x, training=training) if self._accepts("training") or self._call_signature[1] else self(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One update from a batch; override it for training rules of your own."""
        x, y, sample_weight = data_adapter.unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        if not variables:
            warnings.warn("The model does not have any trainable weights.", stacklevel=2)
        with tapes.GradientTape() as tape:
            y_pred = self._forward(x, True)
            loss = self._loss_of(x, y, y_pred, sample_weight, True)
            scaled = self.optimizer.scale_loss(loss) if self.optimizer is not None else loss
        self._track_loss(loss, x)
        if variables:
            self.optimizer.apply_gradients(zip(tape.gradient(scaled, variables), variables))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def _pure_train_step(self, data: Any) -> None:
        """`train_step` without the tape: the gradient is JAX's own, of the whole step at once."""
        x, y, sample_weight = data_adapter.unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        outer = frames.current()
        cell: list[Any] = []

        def loss_of(values: list[Any], tables: dict[int, Any]) -> Any:
            frame = GradientFrame(outer)
            for i, (variable, value) in enumerate(zip(variables, values)):
                frame.values[id(variable)] = value
                if i in tables:
                    frame.tables[id(variable)] = tables[i]
            with frames.enter(frame):
                y_pred = self._forward(x, True)
                loss = self._loss_of(x, y, y_pred, sample_weight, True)
                scaled = self.optimizer.scale_loss(loss)
                self._track_loss(loss, x)
                self.compute_metrics(x, y, y_pred, sample_weight)
            written = list(frame.written.values())
            cell.append((written, frame.read_whole))
            return scaled.jax().astype(jnp.float32) if scaled.dtype.name != "float64" else scaled.jax(), [frame.values[id(v)] for v in written]

        values = [v.current_array() for v in variables]
        # Rows that are looked up several times count one by one in squared gradients.
        tables = {i: (v, jnp.zeros_like(v)) for i, v in enumerate(values) if getattr(variables[i], "_holds_rows", False)}
        if variables:
            (grads, rows), finals = jax.grad(loss_of, (0, 1), has_aux=True)(values, tables)
        else:
            (grads, rows), (_, finals) = ([], {}), loss_of(values, {})
        written, whole = cell[0]
        for variable, value in zip(written, finals):
            variable.store(value)
        if variables:
            total = [Tensor(g + rows[i][0] if i in rows else g) for i, g in enumerate(grads)]
            squares = {i: Tensor(s) for i, (_, s) in rows.items() if id(variables[i]) not in whole}
            self.optimizer.apply(total, variables, squares)

    def test_step(self, data: Any) -> dict[str, Any]:
        """The metrics of a batch; override it for evaluation of your own."""
        x, y, sample_weight = data_adapter.unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, False)
        loss = self._loss_of(x, y, y_pred, sample_weight, False) if self._has_loss() else None
        if loss is not None:
            self._track_loss(loss, x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def _has_loss(self) -> bool:
        return self._compile_loss is not None or bool(self.losses)

    def predict_step(self, data: Any) -> Any:
        """The predictions for a batch."""
        x, _, _ = data_adapter.unpack_x_y_sample_weight(data)
        return self._forward(x, False)

    def _overrides(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(Trainer, name)

    def _python_step(self, kind: str) -> Any:
        """The function that a program of this kind traces."""
        if kind == "train" and not any(self._overrides(n) for n in ("train_step", "compute_metrics")):
            return lambda data: self._pure_train_step(data)
        name = f"{kind}_step"
        function = getattr(self, name)
        if self._overrides(name):
            function = autograph.convert(function)
        return lambda data: function(strip(data))

    def _steps(self, kind: str) -> Steps:
        found = self._programs.get(kind)
        signature = (strategy_of(self), distribution(), *[layer._trainable for layer in self._flatten_layers()])
        if found is None or found[0] != signature:
            step, strategy = self._python_step(kind), strategy_of(self)
            if strategy is not None:
                step = step_of(strategy, kind, step)
            found = self._programs[kind] = (signature, Steps(step))
        return found[1]

    def _prepare(self, batch: Any, kind: str) -> None:
        """Builds model, optimizer, losses and metrics from a first batch, outside of any trace."""
        x, y, sample_weight = batch
        if not self.built or (self._compile_metrics is not None and self._compile_metrics.groups is None) or (kind == "train" and self.optimizer is not None and not self.optimizer.built):
            self._symbolic_build(x, y)
        # A train_step of the user's own decides which Variables its optimizer is for.
        wanted = kind == "train" and self.optimizer is not None and not self._overrides("train_step")
        if wanted and not self.optimizer.built and self.trainable_variables:
            self.optimizer.build(self.trainable_variables)

    def _symbolic_build(self, x: Any, y: Any) -> None:
        from tfjax._src.keras.engine.symbolic import KerasTensor, output_spec

        def like(leaf: Any) -> Any:
            if leaf is None:
                return None
            shape = (None, *leaf.shape[1:]) if leaf.ndim else ()
            return KerasTensor(shape, to_tensor(leaf[:0] if leaf.ndim else leaf).dtype)

        if self._overrides("train_step") and all(layer.built for layer in self._flatten_layers(include_self=self.built)):
            return
        symbolic = nest.map_structure(like, x)
        try:
            y_pred = output_spec(lambda v: self._forward(v, False), (symbolic,), {})
        except NotImplementedError:
            return
        self.built = True
        if self._compile_loss is not None:
            self._compile_loss.build(y_pred)
        if self._compile_metrics is not None and y is not None:
            self._compile_metrics.build(y, y_pred)

    def _run_batch(self, kind: str, batch: Any) -> Any:
        """One batch, compiled unless that is impossible or `run_eagerly` was asked for."""
        self._prepare(batch, kind)
        if self.__dict__.get("run_eagerly") or self.__dict__.get("_cannot_compile") == kind or data_adapter.holds_strings(batch):
            return self._eager_step(kind, batch)
        try:
            if (strategy := strategy_of(self)) is not None:
                batch = place_batch(strategy, batch)
            elif (across := spread()) is not None:
                batch = nest.map_structure(lambda leaf: None if leaf is None else across.batch(leaf), batch)
            return self._steps(kind).of(batch)(batch)
        except ConcreteValueError as error:
            warnings.warn(f"The {kind} step cannot be compiled and runs eagerly: {error}", stacklevel=2)
            self.__dict__["_cannot_compile"] = kind
            return self._eager_step(kind, batch)

    def _eager_step(self, kind: str, batch: Any) -> Any:
        tensors = nest.map_structure(lambda leaf: None if leaf is None else to_tensor(leaf), batch)
        step = lambda data: getattr(self, f"{kind}_step")(strip(data))  # noqa: E731
        if (strategy := strategy_of(self)) is not None:
            step = step_of(strategy, kind, step)
        return step(tensors)

    def _logs(self, result: Any) -> dict[str, Any]:
        """Python numbers from a step's result (or from the metrics), in Keras' order."""
        values = result if isinstance(result, dict) else self.get_metrics_result()
        found: dict[str, Any] = {}
        for key, value in sorted(values.items()):
            found.update(self._logs(value) if isinstance(value, dict) else {key: number(value)})
        return found

    def _final_logs(self, result: Any) -> dict[str, Any]:
        """At an epoch's end the metrics' values stand for what a step returned under the same names."""
        values = self._logs(None)
        return values if not isinstance(result, dict) or set(values) == set(result) else self._logs(result)


@functools.cache
def _takes_training(function: Any) -> bool:
    return "training" in inspect.signature(function).parameters
