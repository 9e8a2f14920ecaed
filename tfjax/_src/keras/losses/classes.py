"""Loss classes: the functions of `functions.py` with settings and a reduction."""

from __future__ import annotations

import inspect
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.losses import functions as f
from tfjax._src.keras.losses.base import FAMILY, Loss, LossFunction


@FAMILY.register()
@export("keras.losses.MeanSquaredError")
class MeanSquaredError(LossFunction):
    """The mean of squared errors."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(f.mean_squared_error, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.MeanAbsoluteError")
class MeanAbsoluteError(LossFunction):
    """The mean of absolute errors."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(f.mean_absolute_error, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(LossFunction):
    """The mean of relative errors, in percent."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(f.mean_absolute_percentage_error, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(LossFunction):
    """The mean of squared errors of log(1 + x)."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(f.mean_squared_logarithmic_error, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.Huber")
class Huber(LossFunction):
    """Quadratic for errors up to `delta`, linear beyond."""

    def __init__(self, delta: float = 1.0, reduction: Any = "sum_over_batch_size", name: str = "huber_loss", dtype: Any = None) -> None:
        super().__init__(f.huber, reduction, name, dtype, delta=delta)


@FAMILY.register()
@export("keras.losses.LogCosh")
class LogCosh(LossFunction):
    """The mean of log(cosh(error))."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "log_cosh", dtype: Any = None) -> None:
        super().__init__(f.log_cosh, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.Poisson")
class Poisson(LossFunction):
    """The Poisson loss."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "poisson", dtype: Any = None) -> None:
        super().__init__(f.poisson, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.KLDivergence")
class KLDivergence(LossFunction):
    """The Kullback–Leibler divergence."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(f.kl_divergence, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.Hinge")
class Hinge(LossFunction):
    """The hinge loss."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "hinge", dtype: Any = None) -> None:
        super().__init__(f.hinge, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.SquaredHinge")
class SquaredHinge(LossFunction):
    """The squared hinge loss."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(f.squared_hinge, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.CategoricalHinge")
class CategoricalHinge(LossFunction):
    """The hinge loss of one-hot labels."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(f.categorical_hinge, reduction, name, dtype)


@FAMILY.register()
@export("keras.losses.CosineSimilarity")
class CosineSimilarity(LossFunction):
    """Minus the cosine of the angle between labels and predictions."""

    def __init__(self, axis: int = -1, reduction: Any = "sum_over_batch_size", name: str = "cosine_similarity", dtype: Any = None) -> None:
        super().__init__(f.cosine_similarity, reduction, name, dtype, axis=axis)


@FAMILY.register()
@export("keras.losses.BinaryCrossentropy")
class BinaryCrossentropy(LossFunction):
    """Cross entropy of labels 0 and 1; arguments as of `binary_crossentropy`."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: Any = "sum_over_batch_size", name: str = "binary_crossentropy", dtype: Any = None,
    ) -> None:
        super().__init__(f.binary_crossentropy, reduction, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
        self.from_logits = from_logits


@FAMILY.register()
@export("keras.losses.BinaryFocalCrossentropy")
class BinaryFocalCrossentropy(LossFunction):
    """Focal cross entropy of labels 0 and 1."""

    def __init__(
        self, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
        label_smoothing: float = 0.0, axis: int = -1, reduction: Any = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy", dtype: Any = None,
    ) -> None:
        super().__init__(
            f.binary_focal_crossentropy, reduction, name, dtype, apply_class_balancing=apply_class_balancing,
            alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )


@FAMILY.register()
@export("keras.losses.CategoricalCrossentropy")
class CategoricalCrossentropy(LossFunction):
    """Cross entropy of one-hot labels; arguments as of `categorical_crossentropy`."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: Any = "sum_over_batch_size", name: str = "categorical_crossentropy", dtype: Any = None,
    ) -> None:
        super().__init__(f.categorical_crossentropy, reduction, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
        self.from_logits = from_logits


@FAMILY.register()
@export("keras.losses.CategoricalFocalCrossentropy")
class CategoricalFocalCrossentropy(LossFunction):
    """Focal cross entropy of one-hot labels."""

    def __init__(
        self, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0,
        axis: int = -1, reduction: Any = "sum_over_batch_size", name: str = "categorical_focal_crossentropy", dtype: Any = None,
    ) -> None:
        super().__init__(
            f.categorical_focal_crossentropy, reduction, name, dtype, alpha=alpha, gamma=gamma,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )


@FAMILY.register()
@export("keras.losses.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(LossFunction):
    """Cross entropy of class numbers; arguments as of `sparse_categorical_crossentropy`."""

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None, reduction: Any = "sum_over_batch_size",
        axis: int = -1, name: str = "sparse_categorical_crossentropy", dtype: Any = None,
    ) -> None:
        super().__init__(f.sparse_categorical_crossentropy, reduction, name, dtype, from_logits=from_logits, ignore_class=ignore_class, axis=axis)
        self.from_logits = from_logits

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(y_true, y_pred, **self._kwargs)


@export("keras.losses.get")
def get(identifier: Any) -> Any:
    """A loss by name, config, class, function or instance; None for None.

    >>> import tfjax as tf
    >>> tf.keras.losses.get("mse").__name__
    'mean_squared_error'
    """
    return FAMILY.get(identifier)


def as_loss(identifier: Any) -> Loss:
    """A Loss object from anything that `compile(loss=…)` takes."""
    found = get(identifier)
    if isinstance(found, Loss):
        return found
    if inspect.isfunction(found) and found.__name__ == "sparse_categorical_crossentropy":
        return SparseCategoricalCrossentropy()
    return LossFunction(found)


@export("keras.losses.serialize")
def serialize(loss: Any) -> Any:
    """The config of a loss."""
    return FAMILY.serialize(loss)


@export("keras.losses.deserialize")
def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """A loss from its name or config."""
    return FAMILY.get(name)
