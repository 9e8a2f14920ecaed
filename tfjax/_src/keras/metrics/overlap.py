"""Metrics of overlap and fit: intersection over union, F-scores, R2, and the hinge losses as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.losses import functions as f
from tfjax._src.keras.metrics.base import FAMILY, MeanMetricWrapper, Metric
from tfjax._src.ops.array.creation import one_hot
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape
from tfjax._src.ops.math import elementwise as e
from tfjax._src.ops.math import linear
from tfjax._src.ops.math.arithmetic import divide_no_nan
from tfjax._src.ops.math.reductions import argmax, reduce_max, reduce_mean, reduce_sum


@FAMILY.register()
@export("keras.metrics.CategoricalHinge")
class CategoricalHinge(MeanMetricWrapper):
    """The mean of `keras.losses.categorical_hinge`."""

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(f.categorical_hinge, name, dtype)


@FAMILY.register()
@export("keras.metrics.SquaredHinge")
class SquaredHinge(MeanMetricWrapper):
    """The mean of `keras.losses.squared_hinge`."""

    def __init__(self, name: str = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(f.squared_hinge, name, dtype)


@FAMILY.register()
@export("keras.metrics.IoU")
class IoU(Metric):
    """Intersection over union of predicted and true classes, averaged over some classes.

    Args:
      num_classes: how many classes there are.
      target_class_ids: the classes to average over.
      name, dtype: as of every metric.
      ignore_class: labels of this class do not count.
      sparse_y_true, sparse_y_pred: class numbers; False for one-hot labels and scores.
      axis: the axis of the classes.

    >>> import tfjax as tf
    >>> m = tf.keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> m.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(m.result()), 4)
    0.3333
    """

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:
        super().__init__(dtype, name)
        self.num_classes, self.ignore_class = num_classes, ignore_class
        self.sparse_y_true, self.sparse_y_pred, self.axis = sparse_y_true, sparse_y_pred, axis
        self.target_class_ids = list(target_class_ids)
        if max(self.target_class_ids) >= num_classes:
            raise ValueError(f"Target class id {max(self.target_class_ids)} is out of range, which is [0, {num_classes}).")
        self.total_cm = self.add_variable((num_classes, num_classes), name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = to_tensor(y_true), to_tensor(y_pred)
        if not self.sparse_y_true:
            y_true = argmax(y_true, self.axis)
        if not self.sparse_y_pred:
            y_pred = argmax(y_pred, self.axis)
        y_true, y_pred = reshape(cast(y_true, "int64"), [-1]), reshape(cast(y_pred, "int64"), [-1])
        # Keras counts in integers, also weighted samples.
        weight = None if sample_weight is None else reshape(cast(cast(to_tensor(sample_weight), "int64"), self.dtype), [-1])
        if self.ignore_class is not None:
            kept = cast(y_true != self.ignore_class, self.dtype)
            weight = kept if weight is None else weight * kept
        truth, found = (one_hot(v, self.num_classes, dtype=self.dtype) for v in (y_true, y_pred))
        if weight is not None:
            truth = truth * expand_dims(weight, -1)
        self.total_cm.assign_add(linear.matmul(truth, found, transpose_a=True))

    def result(self) -> Any:
        matrix = self.total_cm.read_value()
        both = reduce_sum(matrix * np.eye(self.num_classes, dtype=self.dtype), 0)
        either = reduce_sum(matrix, 0) + reduce_sum(matrix, 1) - both
        chosen = np.isin(np.arange(self.num_classes), self.target_class_ids).astype(self.dtype)
        valid = reduce_sum(cast(either != 0, self.dtype) * chosen)
        return divide_no_nan(reduce_sum(divide_no_nan(both, either) * chosen), valid)

    def get_config(self) -> dict[str, Any]:
        return {
            "num_classes": self.num_classes, "target_class_ids": self.target_class_ids, "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true, "sparse_y_pred": self.sparse_y_pred, "axis": self.axis, **super().get_config(),
        }


@FAMILY.register()
@export("keras.metrics.BinaryIoU")
class BinaryIoU(IoU):
    """Intersection over union of two classes, told apart by a threshold."""

    def __init__(self, target_class_ids: Any = (0, 1), threshold: float = 0.5, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, cast(to_tensor(y_pred) >= self.threshold, "int64"), sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {"target_class_ids": self.target_class_ids, "threshold": self.threshold, "name": self.name, "dtype": self.dtype}


@FAMILY.register()
@export("keras.metrics.MeanIoU")
class MeanIoU(IoU):
    """Intersection over union, averaged over all classes."""

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None, sparse_y_true: bool = True,
        sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["target_class_ids"]
        return config


@FAMILY.register()
@export("keras.metrics.OneHotIoU")
class OneHotIoU(IoU):
    """`IoU` for one-hot labels."""

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config


@FAMILY.register()
@export("keras.metrics.OneHotMeanIoU")
class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` for one-hot labels."""

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None, sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse_y_true"]
        return config


@FAMILY.register()
@export("keras.metrics.FBetaScore")
class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall, for labels of several classes.

    Args:
      average: None (a value for each class), "micro", "macro" or "weighted".
      beta: how much recall counts.
      threshold: above it a class is predicted; None predicts the class of the largest score.
      name, dtype: as of every metric.
    """

    def __init__(self, average: str | None = None, beta: float = 1.0, threshold: float | None = None, name: str = "fbeta_score", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(f"Invalid `average` argument value. Expected one of: {{None, 'micro', 'macro', 'weighted'}}. Received: average={average}")
        if not isinstance(beta, float):
            raise ValueError(f"Invalid `beta` argument value. It should be a Python float. Received: beta={beta} of type '{type(beta)}'")
        if beta <= 0.0:
            raise ValueError(f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}")
        if threshold is not None and not (isinstance(threshold, float) and 0.0 < threshold <= 1.0):
            raise ValueError(f"Invalid `threshold` argument value. It should verify 0 < threshold <= 1. Received: threshold={threshold}")
        self.average, self.beta, self.threshold = average, beta, threshold
        self._built = False

    def _build(self, shape: Any) -> None:
        if len(shape) != 2 or shape[-1] is None:
            raise ValueError(f"FBetaScore expects 2D inputs with shape (batch_size, output_dim), with output_dim fully defined (not None). Received input shapes: y_pred.shape={tuple(shape)}")
        size = () if self.average == "micro" else (int(shape[-1]),)
        for kind in ("true_positives", "false_positives", "false_negatives", "intermediate_weights"):
            setattr(self, kind, self.add_variable(size, name=kind))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = cast(to_tensor(y_true), self.dtype), cast(to_tensor(y_pred), self.dtype)
        if not self._built:
            self._build(y_pred.shape)
        if self.threshold is None:
            found = cast((y_pred >= reduce_max(y_pred, -1, True)) & (e.absolute(y_pred) > 1e-9), self.dtype)
        else:
            found = cast(y_pred > self.threshold, self.dtype)
        axis = None if self.average == "micro" else 0

        def total(value: Any) -> Any:
            if sample_weight is not None:
                value = value * expand_dims(cast(to_tensor(sample_weight), self.dtype), 1)
            return reduce_sum(value, axis)

        self.true_positives.assign_add(total(found * y_true))
        self.false_positives.assign_add(total(found * (1 - y_true)))
        self.false_negatives.assign_add(total((1 - found) * y_true))
        self.intermediate_weights.assign_add(total(y_true))

    def result(self) -> Any:
        hits = self.true_positives.read_value()
        precision, recall = divide_no_nan(hits, hits + self.false_positives), divide_no_nan(hits, hits + self.false_negatives)
        square = self.beta**2
        score = divide_no_nan(precision * recall, square * precision + recall) * (1 + square)
        if self.average == "weighted":
            weights = self.intermediate_weights.read_value()
            return reduce_sum(score * divide_no_nan(weights, reduce_sum(weights)))
        return score if self.average is None else reduce_mean(score)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, "average": self.average, "beta": self.beta, "threshold": self.threshold}


@FAMILY.register()
@export("keras.metrics.F1Score")
class F1Score(FBetaScore):
    """`FBetaScore` with equal weight of precision and recall."""

    def __init__(self, average: str | None = None, threshold: float | None = None, name: str = "f1_score", dtype: Any = None) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["beta"]
        return config


@FAMILY.register()
@export("keras.metrics.R2Score")
class R2Score(Metric):
    """The share of the labels' variance that predictions explain.

    Args:
      class_aggregation: "uniform_average", "variance_weighted_average" or None for one value each.
      num_regressors: adjusts the value for so many inputs.
      name, dtype: as of every metric.
    """

    def __init__(self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0, name: str = "r2_score", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(f"Invalid value for argument `class_aggregation`. Received class_aggregation={class_aggregation}")
        if num_regressors < 0:
            raise ValueError(f"Invalid value for argument `num_regressors`. Expected a value >= 0. Received num_regressors={num_regressors}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), name="num_samples")
        self._built = False

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = cast(to_tensor(y_true), self.dtype), cast(to_tensor(y_pred), self.dtype)
        if not self._built:
            for kind in ("squared_sum", "sum", "total_mse", "count"):
                setattr(self, kind, self.add_variable((int(y_true.shape[-1]),), name=kind))
            self._built = True
        weight = to_tensor(np.ones((1, 1), self.dtype)) if sample_weight is None else cast(to_tensor(sample_weight), self.dtype)
        weight = expand_dims(weight, -1) if len(weight.shape) == 1 else weight
        weight = weight + y_true * 0.0
        self.sum.assign_add(reduce_sum(y_true * weight, 0))
        self.squared_sum.assign_add(reduce_sum(y_true * y_true * weight, 0))
        self.total_mse.assign_add(reduce_sum((y_true - y_pred) ** 2.0 * weight, 0))
        self.count.assign_add(reduce_sum(weight, 0))
        self.num_samples.assign_add(float(np.prod(y_true.shape.as_list())))

    def result(self) -> Any:
        total = self.squared_sum - self.sum * (self.sum / self.count)
        scores = 1 - self.total_mse / total
        scores = where(e.is_inf(scores), 0.0 * total, scores)
        if self.class_aggregation == "uniform_average":
            scores = reduce_mean(scores)
        elif self.class_aggregation is not None:
            scores = reduce_sum(scores * (total / reduce_sum(total)))
        if self.num_regressors:
            scores = 1 - (1 - scores) * (self.num_samples - 1) / (self.num_samples - self.num_regressors - 1)
        return scores

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, "class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
