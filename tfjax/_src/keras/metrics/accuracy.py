"""Accuracies."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.args import AnyOther, Float, Name
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.metrics.base import FAMILY, MeanMetricWrapper, align_ranks
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math.comparison import equal, greater
from tfjax._src.ops.math.reductions import argmax, reduce_mean


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Where labels equal predictions."""
    y_true, y_pred = align_ranks(y_true, y_pred)
    return cast(equal(cast(y_true, y_pred.dtype), y_pred), "float32")


@export("keras.metrics.binary_accuracy")
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Mean over the last axis of where labels equal `y_pred > threshold`."""
    y_true, y_pred = align_ranks(y_true, y_pred)
    if not y_pred.dtype.is_floating:
        y_pred = cast(y_pred, "float32")
    hits = equal(cast(y_true, y_pred.dtype), cast(greater(y_pred, threshold), y_pred.dtype))
    return reduce_mean(cast(hits, "float32"), axis=-1) if len(hits.shape) else cast(hits, "float32")


@export("keras.metrics.categorical_accuracy")
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Where one-hot labels and predictions have their maximum at the same class."""
    y_true, y_pred = to_tensor(y_true), to_tensor(y_pred)
    return cast(equal(argmax(y_true, -1), argmax(y_pred, -1)), "float32")


@export("keras.metrics.sparse_categorical_accuracy")
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Where class numbers equal the class of the largest prediction."""
    y_true, y_pred = to_tensor(y_true), to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and len(y_true.shape) and y_true.shape[-1] == 1:
        y_true = reshape(y_true, y_true.shape[:-1])
    found = argmax(y_pred, -1)
    return cast(equal(cast(y_true, found.dtype), found), "float32")


@op("_internal.in_top_k", raw="InTopKV2", differentiable=False)
def _in_top_k(targets: AnyOther, predictions: Float, k: int, name: Name = None):
    xp = namespace(targets, predictions)
    index = targets.astype("int32")
    classes = predictions.shape[-1]
    valid = (index >= 0) & (index < classes)
    score = xp.take_along_axis(predictions, xp.clip(index, 0, classes - 1)[:, None], -1)
    larger = (predictions > score).sum(-1)
    return valid & (larger < k) & xp.isfinite(score[:, 0])


@export("keras.metrics.sparse_top_k_categorical_accuracy")
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """Where class numbers are among the k largest predictions; `from_sorted_ids` must be False."""
    if from_sorted_ids:
        raise ValueError("`from_sorted_ids=True` is not supported.")
    y_true, y_pred = to_tensor(y_true), to_tensor(y_pred)
    shape = y_true.shape
    if len(y_true.shape) == len(y_pred.shape):
        shape = y_true.shape[:-1]
    flat = reshape(y_pred, [-1, y_pred.shape[-1]])
    return reshape(cast(_in_top_k(reshape(y_true, [-1]), flat, k), "float32"), shape)


@export("keras.metrics.top_k_categorical_accuracy")
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Where the labelled class (one-hot) is among the k largest predictions."""
    return sparse_top_k_categorical_accuracy(argmax(to_tensor(y_true), -1), y_pred, k)


@FAMILY.register()
@export("keras.metrics.Accuracy")
class Accuracy(MeanMetricWrapper):
    """How often labels equal predictions."""

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


@FAMILY.register()
@export("keras.metrics.BinaryAccuracy")
class BinaryAccuracy(MeanMetricWrapper):
    """How often labels equal predictions over a threshold."""

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


@FAMILY.register()
@export("keras.metrics.CategoricalAccuracy")
class CategoricalAccuracy(MeanMetricWrapper):
    """How often one-hot labels match predictions."""

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


@FAMILY.register()
@export("keras.metrics.SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often class numbers match predictions."""

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


@FAMILY.register()
@export("keras.metrics.TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the labelled class is among the k largest predictions."""

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


@FAMILY.register()
@export("keras.metrics.SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class number is among the k largest predictions."""

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None, from_sorted_ids: bool = False) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids)
