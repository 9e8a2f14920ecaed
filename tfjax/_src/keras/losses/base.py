"""Loss: a function of (y_true, y_pred), weighted and reduced to a scalar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.core import nest
from tfjax._src.eager import replicas
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.keras.lookup import Configured, Family
from tfjax._src.ops.array.shaping import cast, expand_dims, squeeze
from tfjax._src.ops.math.arithmetic import divide_no_nan
from tfjax._src.ops.math.reductions import reduce_mean, reduce_sum

FAMILY = Family("loss")
_REDUCTIONS = ("sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", None, "none", "auto")


@export("keras.losses.Loss", "keras.Loss")
class Loss(Configured):
    """Base class of losses: subclasses define `call(y_true, y_pred)`, one value per sample.

    Args:
      name: shown in logs.
      reduction: "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight" or None.
      dtype: the dtype to compute in.

    >>> import tfjax as tf
    >>> float(tf.keras.losses.MeanSquaredError()([1.0, 2.0], [1.0, 4.0]))
    2.0
    """

    def __init__(self, name: str | None = None, reduction: Any = "sum_over_batch_size", dtype: Any = None) -> None:
        from tfjax._src.keras.engine.naming import auto_name, to_snake_case

        self.name = name or auto_name(to_snake_case(type(self).__name__))
        self.reduction = standardize_reduction(reduction)
        self._dtype = getattr(dtype, "compute_dtype", dtype)

    @property
    def dtype(self) -> str:
        """The dtype that it computes in."""
        return self._dtype or floatx()

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        y_pred = nest.map_structure(lambda x: _float(x, self.dtype), y_pred)
        y_true = nest.map_structure(lambda x: _float(x, self.dtype), y_true)
        losses = self.call(y_true, y_pred)
        masks = [m for m in (getattr(y_pred, "_keras_mask", None), getattr(losses, "_keras_mask", None)) if m is not None]
        mask = masks[0] & masks[1] if len(masks) == 2 else masks[0] if masks else None
        return reduce_weighted(losses, sample_weight, mask, self.reduction, self.dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One value per sample; subclasses override it."""
        raise NotImplementedError("A Loss subclass must implement `call(y_true, y_pred)`.")

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "reduction": self.reduction}


def _float(x: Any, dtype: str) -> Any:
    """A tensor of a float dtype; what Keras makes of labels and predictions."""
    if isinstance(x, KerasTensor):
        return x
    tensor = to_tensor(x)
    if tensor.dtype.name == dtype:
        return tensor
    mask = tensor.__dict__.get("_keras_mask")
    tensor = cast(tensor, dtype)
    if mask is not None:
        tensor._keras_mask = mask
    return tensor


@export("keras.losses.Reduction")
class Reduction:
    """The names of the ways to bring a loss down to one number, as Keras 2 had them.

    >>> import tfjax as tf
    >>> tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.NONE)([[1.0]], [[3.0]]).numpy()
    array([4.], dtype=float32)
    """

    AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """The names."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: str) -> None:
        """Raises ValueError for another name."""
        if key not in cls.all():
            raise ValueError(f'Invalid Reduction Key: {key}. Expected keys are "{cls.all()}"')


def standardize_reduction(reduction: Any) -> Any:
    """Raises ValueError for an unknown reduction; Keras 2's names become Keras 3's."""
    if isinstance(reduction, str):
        reduction = reduction.lower()
    if reduction not in _REDUCTIONS:
        raise ValueError(f"Invalid value for argument `reduction`. Expected one of {set(_REDUCTIONS)}. Received: reduction={reduction}")
    return {"auto": "sum_over_batch_size", "none": None}.get(reduction, reduction)


def reduce_weighted(values: Any, sample_weight: Any, mask: Any, reduction: Any, dtype: Any) -> Any:
    """Values times weights, reduced."""
    values = to_tensor(values)
    if mask is not None:
        mask = cast(mask, values.dtype)
        if reduction in ("mean", "sum_over_batch_size", "mean_with_sample_weight"):
            # Masked values do not count in the mean.
            total = to_tensor(float(np.prod(mask.shape, dtype=np.int64)), values.dtype)
            valid = reduce_sum(mask)
            mask = mask * divide_no_nan(total, valid)
        sample_weight = mask if sample_weight is None else _align(_float(sample_weight, values.dtype.name), mask)[0] * mask
    if sample_weight is not None:
        weight = _float(sample_weight, values.dtype.name)
        values, weight = _align(values, weight)
        values = values * weight
    if reduction is None:
        return values
    if reduction == "sum":
        return reduce_sum(values)
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return _share(divide_no_nan(reduce_sum(values), reduce_sum(weight)))
    if values.shape.num_elements() == 0:
        return reduce_sum(values)  # the empty share of a replica adds nothing
    return _share(reduce_mean(values))


def _share(loss: Any) -> Any:
    """A mean under a strategy: the replicas' gradients are added up, so each has its share of the mean."""
    strategy = replicas.state.strategy
    count = 1 if strategy is None else strategy.num_replicas_in_sync
    return loss if count == 1 else loss * (1.0 / count)


def _align(x: Any, y: Any) -> tuple[Any, Any]:
    """Both with equal rank: a last axis of size 1 is squeezed, missing axes are added."""
    x_rank, y_rank = len(x.shape), len(y.shape)
    if x_rank == y_rank:
        return x, y
    if x_rank == y_rank + 1 and x.shape[-1] == 1:
        x = squeeze(x, -1) if y_rank else x
    elif y_rank == x_rank + 1 and y.shape[-1] == 1:
        y = squeeze(y, -1)
    while len(y.shape) < len(x.shape):
        y = expand_dims(y, -1)
    while len(x.shape) < len(y.shape):
        x = expand_dims(x, -1)
    return x, y


def squeeze_or_expand(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Labels [b] and predictions [b, 1] (or the other way round) at the same rank."""
    if isinstance(y_true, KerasTensor) or isinstance(y_pred, KerasTensor):
        return y_true, y_pred
    difference = len(y_pred.shape) - len(y_true.shape)
    if difference == 1 and y_pred.shape[-1] == 1:
        y_true = expand_dims(y_true, -1)
    elif difference == -1 and y_true.shape[-1] == 1:
        y_true = squeeze(y_true, -1)
    return y_true, y_pred


class LossFunction(Loss):
    """A Loss made of a plain function."""

    def __init__(self, fn: Callable[..., Any], reduction: Any = "sum_over_batch_size", name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name or getattr(fn, "__name__", "loss"), reduction=reduction, dtype=dtype)
        self.fn, self._kwargs = fn, kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if not nest.is_nested(y_pred) and not nest.is_nested(y_true):
            y_true, y_pred = squeeze_or_expand(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._kwargs}
