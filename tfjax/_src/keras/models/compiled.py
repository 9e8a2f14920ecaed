"""What `compile` sets up: losses and metrics of one or several outputs."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import nest
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.losses.classes import as_loss
from tfjax._src.keras.metrics.base import Mean, Metric
from tfjax._src.keras.metrics.lookup import as_metric
from tfjax._src.keras.models.replicated import loss_share
from tfjax._src.ops.array.shaping import cast


def _per_output(value: Any, outputs: Any, names: list[str], what: str) -> list[Any]:
    """One entry per output from a single value, a list or a dict by output name."""
    count = len(nest.flatten(outputs))
    if isinstance(outputs, dict) and isinstance(value, dict):
        return [value.get(k) for k in sorted(outputs)]
    if isinstance(value, dict):
        unknown = set(value) - set(names)
        if unknown:
            raise ValueError(
                f"In the dict argument `{what}`, key '{sorted(unknown)[0]}' does not correspond to any model output. "
                f"Received: {what}={value}"
            )
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)) and count > 1:
        if len(value) != count:
            raise ValueError(f"For a model with multiple outputs, `{what}` must have as many entries as there are outputs ({count}). Received: {what}={value}")
        return list(value)
    if count > 1 and what == "loss":
        return [value] * count
    return [value] + [None] * (count - 1)


class CompiledLoss:
    """The total loss of a model, and trackers of each output's loss.

    Args:
      loss: what was given to `compile`.
      weights: `loss_weights`.
      names: the outputs' names.
    """

    def __init__(self, loss: Any, weights: Any, names: list[str]) -> None:
        self.given, self.weights, self.names = loss, weights, names
        self.losses: list[Any] | None = None
        self.trackers: list[Any] = []
        self._by_output: list[Any] = []

    def build(self, y_pred: Any) -> None:
        """Makes the Loss objects once the outputs are known."""
        if self.losses is not None:
            return
        count = len(nest.flatten(y_pred))
        if isinstance(y_pred, dict):
            names = sorted(y_pred)
        else:
            names = self.names if len(self.names) == count else [f"output_{i}" for i in range(count)]
        self.names = names
        given = _per_output(self.given, y_pred, names, "loss")
        self.losses = [None if g is None else as_loss(g) for g in given]
        factors = [None] * count if self.weights is None else _per_output(self.weights, y_pred, names, "loss_weights")
        if any(isinstance(f, (list, tuple, dict)) for f in factors):
            raise ValueError(f"`loss_weights` must match the number of losses, got {count} losses and {len(self.weights)} weights.")
        self.factors = factors
        if count > 1 and sum(loss is not None for loss in self.losses) > 1:
            self._by_output = [Mean(name=f"{name}_loss") for name, loss in zip(names, self.losses) if loss is not None]
            self.trackers = self._by_output
            if isinstance(y_pred, dict) and isinstance(self.given, dict):
                # Logs name them in the order of the `loss` argument then.
                by_name = {tracker.name: tracker for tracker in self._by_output}
                self.trackers = [by_name[f"{name}_loss"] for name in self.given if f"{name}_loss" in by_name]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
        self.build(y_pred)
        predictions = nest.flatten(y_pred)
        labels = _match(y_true, y_pred, self.names)
        weights = _weights(sample_weight, y_pred, self.names)
        total: Any = None
        trackers = iter(self._by_output or self.trackers)
        for loss, label, prediction, weight, factor in zip(self.losses or [], labels, predictions, weights, self.factors):
            if loss is None:
                continue
            value = loss(label, prediction, weight)
            if self.trackers:
                # As in Keras, a mean over batches, whatever their sizes.
                next(trackers).update_state(loss_share(value, back=True))
            if factor is not None:
                value = value * float(factor)
            total = value if total is None else total + value
        return total


def _match(y_true: Any, y_pred: Any, names: list[str]) -> list[Any]:
    """Labels in the order of the outputs."""
    if isinstance(y_true, dict) and not isinstance(y_pred, dict):
        return [y_true.get(name) for name in names]
    labels = nest.flatten(y_true)
    predictions = nest.flatten(y_pred)
    if len(labels) != len(predictions):
        if len(predictions) == 1:
            return [to_tensor(y_true)]
        raise ValueError(f"y_true and y_pred have different structures.\ny_true: {len(labels)} arrays\ny_pred: {len(predictions)} arrays")
    return labels


def _weights(sample_weight: Any, y_pred: Any, names: list[str]) -> list[Any]:
    count = len(nest.flatten(y_pred))
    if isinstance(sample_weight, dict):
        return [sample_weight.get(name) for name in names]
    flat = nest.flatten(sample_weight)
    return flat if len(flat) == count else [sample_weight] * count


class CompiledMetrics:
    """The metrics given to `compile`, made when shapes are known; itself used as one metric."""

    name = "compile_metrics"

    def __init__(self, metrics: Any, weighted: Any, names: list[str], loss: CompiledLoss | None) -> None:
        self.given, self.weighted, self.names, self.loss = metrics, weighted, names, loss
        self.groups: list[tuple[list[Metric], list[Metric], str]] | None = None

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Makes the Metric objects."""
        if self.groups is not None:
            return
        predictions = nest.flatten(y_pred)
        count = len(predictions)
        names = sorted(y_pred) if isinstance(y_pred, dict) else self.names if len(self.names) == count else (self.loss.names if self.loss is not None and len(self.loss.names) == count else [f"output_{i}" for i in range(count)])
        labels = _match(y_true, y_pred, names)
        losses = (self.loss.losses if self.loss is not None else None) or [None] * count
        self.groups = []
        plain, weighted = self._split(self.given, y_pred, names, "metrics"), self._split(self.weighted, y_pred, names, "weighted_metrics")
        for i in range(count):
            made = [[as_metric(m, labels[i], predictions[i], losses[i]) for m in nest.flatten(g) if m is not None] for g in (plain[i], weighted[i])]
            self.groups.append((made[0], made[1], names[i] if count > 1 else ""))

    @staticmethod
    def _split(given: Any, y_pred: Any, names: list[str], what: str) -> list[Any]:
        count = len(nest.flatten(y_pred))
        if given is None:
            return [[] for _ in range(count)]
        if count == 1 and not isinstance(given, dict):
            return [list(nest.flatten(given))]
        if count > 1 and isinstance(given, (list, tuple)) and not any(isinstance(g, (list, tuple)) or g is None for g in given) and len(given) != count:
            raise ValueError(f"For a model with multiple outputs, when providing the `{what}` argument as a list, it should have as many entries as the model has outputs. Received:\n{what}={given}\nof length {len(given)} whereas the model has {count} outputs.")
        return [[] if g is None else g if isinstance(g, (list, tuple)) else [g] for g in _per_output(given, y_pred, names, what)]

    def __repr__(self) -> str:
        return "<CompileMetrics name=compile_metrics>"

    @property
    def metrics(self) -> list[Metric]:
        """All Metric objects."""
        return [m for plain, weighted, _ in self.groups or [] for m in (*plain, *weighted)]

    @property
    def any(self) -> bool:
        """Whether `compile` was given any."""
        return self.given is not None or self.weighted is not None

    @property
    def variables(self) -> list[Any]:
        """The state of all of them."""
        return [v for m in self.metrics for v in m.variables]

    def reset_state(self) -> None:
        """Sets the state to zeros."""
        for metric in self.metrics:
            metric.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into the state."""
        self.build(y_true, y_pred)
        predictions = nest.flatten(y_pred)
        labels = _match(y_true, y_pred, self.names if len(self.names) == len(predictions) else [g[2] for g in self.groups or []])
        weights = _weights(sample_weight, y_pred, self.names)
        for (plain, weighted, _), label, prediction, weight in zip(self.groups or [], labels, predictions, weights):
            for metric in plain:
                metric.update_state(label, prediction)
            for metric in weighted:
                metric.update_state(label, prediction, sample_weight=weight)

    def result(self) -> dict[str, Any]:
        """Values by log name; with several outputs the output's name stands before."""
        found: dict[str, Any] = {}
        for plain, weighted, prefix in self.groups or []:
            for metric in (*plain, *weighted):
                name = f"{prefix}_{metric.name}" if prefix else metric.name
                value = metric.result()
                if isinstance(value, dict):
                    found.update(value)
                else:
                    found[name] = value
        return found


class AllMetrics:
    """All metrics of a model, updated together."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def update_state(self, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into every metric of the model."""
        for metric in self.model.metrics:
            # A plain mean, the tracker of the loss among them, takes in the predictions (as in Keras 3).
            values = (y_pred,) if type(metric) is Mean else (y, y_pred)
            metric.update_state(*values, **({} if sample_weight is None else {"sample_weight": sample_weight}))

    def result(self) -> dict[str, Any]:
        """The values by name."""
        return self.model.get_metrics_result()


def loss_dtype(value: Any) -> Any:
    """A loss as float32, for the tracker."""
    return cast(value, "float32")
