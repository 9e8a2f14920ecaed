"""Metrics by name, and what "accuracy" means for a loss and shapes."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.losses import base as losses_base
from tfjax._src.keras.losses import functions as f
from tfjax._src.keras.losses.classes import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    SparseCategoricalCrossentropy,
)
from tfjax._src.keras.metrics import accuracy as acc
from tfjax._src.keras.metrics import confusion, correlation, overlap, regression, tradeoffs
from tfjax._src.keras.metrics.base import FAMILY, MeanMetricWrapper, Metric

_MODULES = (acc, confusion, correlation, overlap, regression, tradeoffs)


@export("keras.metrics.get")
def get(identifier: Any) -> Any:
    """A metric by name, config, class, function or instance; None for None.

    >>> import tfjax as tf
    >>> type(tf.keras.metrics.get("mse")).__name__
    'MeanSquaredError'
    """
    try:
        return FAMILY.get(identifier)
    except ValueError:
        if isinstance(identifier, str) and identifier in losses_base.FAMILY.names:
            return losses_base.FAMILY.names[identifier]
        raise


def as_metric(identifier: Any, y_true: Any, y_pred: Any, loss: Any) -> Metric:
    """A Metric object from anything that `compile(metrics=…)` takes."""
    name = identifier.lower() if isinstance(identifier, str) else None
    if name in ("accuracy", "acc"):
        found = _accuracy(y_true, y_pred, loss)
        metric = found()
        metric._name = identifier
        return metric
    if name in ("crossentropy", "ce"):
        binary, sparse = _task(y_true, y_pred, loss)
        kinds = regression.BinaryCrossentropy if binary else regression.SparseCategoricalCrossentropy if sparse else regression.CategoricalCrossentropy
        metric = kinds()
        metric._name = identifier
        return metric
    metric = get(identifier)
    if isinstance(metric, Metric):
        if isinstance(identifier, str):
            metric._name = identifier
        return metric
    return MeanMetricWrapper(metric, name=identifier if isinstance(identifier, str) else None)


def _task(y_true: Any, y_pred: Any, loss: Any) -> tuple[bool, bool]:
    """(binary, sparse): which kind of classification this is."""
    binary = y_pred.shape[-1] == 1 if len(y_pred.shape) else True
    fn = getattr(loss, "fn", loss)
    if isinstance(loss, (BinaryCrossentropy, BinaryFocalCrossentropy)) or fn in (f.binary_crossentropy, f.binary_focal_crossentropy):
        return True, False
    if isinstance(loss, (CategoricalCrossentropy, CategoricalFocalCrossentropy)):
        return False, False
    if isinstance(loss, SparseCategoricalCrossentropy):
        return False, True
    sparse = len(y_true.shape) < len(y_pred.shape) or y_true.shape[-1] == 1
    return binary, sparse


def _accuracy(y_true: Any, y_pred: Any, loss: Any) -> Any:
    last_true = y_true.shape[-1] if len(y_true.shape) else 1
    last_pred = y_pred.shape[-1] if len(y_pred.shape) else 1
    if last_pred == 1:
        return acc.BinaryAccuracy
    if len(y_true.shape) < len(y_pred.shape) or last_true == 1:
        return acc.SparseCategoricalAccuracy
    if isinstance(loss, BinaryCrossentropy):
        return acc.BinaryAccuracy
    return acc.CategoricalAccuracy


@export("keras.metrics.serialize")
def serialize(metric: Any) -> Any:
    """The config of a metric."""
    return FAMILY.serialize(metric)


@export("keras.metrics.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """A metric from its config."""
    return FAMILY.get(config)
