"""Metrics of correlation, and Keras 2's means of whole tensors and of relative errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.metrics.base import FAMILY, Mean, MeanMetricWrapper, Metric, align_ranks
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math.arithmetic import divide_no_nan
from tfjax._src.ops.math.elementwise import absolute, sqrt, square
from tfjax._src.ops.math.reductions import reduce_mean


def _moments(y_true: Any, y_pred: Any, axis: int) -> tuple[Any, ...]:
    """(means, variances, covariance) along an axis."""
    y_pred = to_tensor(y_pred)
    y_true, y_pred = align_ranks(cast(to_tensor(y_true), y_pred.dtype), y_pred)
    means = [reduce_mean(v, axis=axis, keepdims=True) for v in (y_true, y_pred)]
    first, second = y_true - means[0], y_pred - means[1]
    variances = [reduce_mean(square(v), axis=axis) for v in (first, second)]
    return reduce_mean(y_true, axis=axis), reduce_mean(y_pred, axis=axis), *variances, reduce_mean(first * second, axis=axis)


@export("keras.metrics.pearson_correlation")
def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The covariance over the product of the standard deviations, along `axis`. NaN for constants.

    >>> import tfjax as tf
    >>> round(float(tf.keras.metrics.pearson_correlation([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])), 4)
    1.0
    """
    _, _, first, second, covariance = _moments(y_true, y_pred, axis)
    return covariance / (sqrt(first) * sqrt(second))


@export("keras.metrics.concordance_correlation")
def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """How near pairs are to the diagonal: 2 cov / (var + var + (mean - mean) ** 2). Lin 1989.

    >>> import tfjax as tf
    >>> round(float(tf.keras.metrics.concordance_correlation([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])), 4)
    1.0
    """
    mean_true, mean_pred, first, second, covariance = _moments(y_true, y_pred, axis)
    return 2.0 * covariance / (first + second + square(mean_true - mean_pred))


@FAMILY.register()
@export("keras.metrics.PearsonCorrelation")
class PearsonCorrelation(MeanMetricWrapper):
    """The mean of `pearson_correlation` over samples."""

    def __init__(self, name: str = "pearson_correlation", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


@FAMILY.register()
@export("keras.metrics.ConcordanceCorrelation")
class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of `concordance_correlation` over samples."""

    def __init__(self, name: str = "concordance_correlation", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)


@FAMILY.register()
@export("keras.metrics.MeanTensor")
class MeanTensor(Metric):
    """The (weighted) mean of tensors of one shape, element by element. A metric of Keras 2.

    Args:
      name, dtype: of the metric.
      shape: of the values; by default that of the first ones.

    >>> import tfjax as tf
    >>> mean = tf.keras.metrics.MeanTensor()
    >>> mean.update_state([0.0, 1.0])
    >>> mean.update_state([2.0, 3.0])
    >>> mean.result().numpy()
    array([1., 2.], dtype=float32)
    """

    def __init__(self, name: str = "mean_tensor", dtype: Any = None, shape: Any = None) -> None:
        super().__init__(dtype, name)
        self._shape: Any = None
        if shape is not None:
            self._build(shape)

    def _build(self, shape: Any) -> None:
        self._shape = tuple(shape)
        self.total = self.add_variable(self._shape, name="total")
        self.count = self.add_variable(self._shape, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = cast(to_tensor(values), self.dtype)
        shape = tuple(values.shape)
        if self._shape is None:
            self._build(shape)
        elif shape != self._shape:
            raise ValueError(f"MeanTensor input values must always have the same shape. Expected shape (set during the first call): {self._shape}. Got: {shape}.")
        weight = np.ones(shape, values.dtype.np) if sample_weight is None else _spread(cast(to_tensor(sample_weight), self.dtype), values)
        self.total.assign_add(values * weight)
        self.count.assign_add(values * 0.0 + weight)

    def result(self) -> Any:
        if self._shape is None:
            raise ValueError("MeanTensor does not have any value yet. Please call the MeanTensor instance or use `.update_state(value)` before retrieving the result.")
        return divide_no_nan(self.total, self.count)


def _spread(weight: Any, values: Any) -> Any:
    """Weights with axes of size 1 at the end, as many as the values have."""
    while len(weight.shape) < len(values.shape):
        weight = weight[..., None]
    return weight


@FAMILY.register()
@export("keras.metrics.MeanRelativeError")
class MeanRelativeError(Mean):
    """The mean of |y_true - y_pred| / normalizer. A metric of Keras 2.

    Args:
      normalizer: what errors are divided by, of the predictions' shape; 0 gives 0.
      name, dtype: of the metric.

    >>> import tfjax as tf
    >>> metric = tf.keras.metrics.MeanRelativeError(normalizer=[1.0, 2.0])
    >>> metric.update_state([1.0, 2.0], [2.0, 6.0])
    >>> float(metric.result())
    1.5
    """

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name or "mean_relative_error", dtype)
        self.normalizer = cast(to_tensor(normalizer), self.dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = align_ranks(cast(to_tensor(y_true), self.dtype), cast(to_tensor(y_pred), self.dtype))
        super().update_state(divide_no_nan(absolute(y_true - y_pred), self.normalizer), sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "normalizer": self.normalizer.numpy()}
