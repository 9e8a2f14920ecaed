"""Loss functions: one value per sample from labels and predictions."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, FloatOther, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.engine.policy import epsilon
from tfjax._src.keras.losses.base import FAMILY, squeeze_or_expand
from tfjax._src.ops.array.creation import one_hot
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math import elementwise as e
from tfjax._src.ops.nn.losses import softmax_cross_entropy_with_logits
from tfjax._src.ops.math.arithmetic import maximum, minimum, multiply
from tfjax._src.ops.math.comparison import greater, less_equal
from tfjax._src.ops.math.reductions import reduce_max, reduce_mean, reduce_sum


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = to_tensor(y_pred)
    if not y_pred.dtype.is_floating:
        y_pred = cast(y_pred, "float32")
    y_true = cast(to_tensor(y_true), y_pred.dtype)
    return squeeze_or_expand(y_true, y_pred)


@FAMILY.register("mse", "MSE")
@export("keras.losses.mean_squared_error", "keras.losses.mse", "keras.losses.MSE", "keras.metrics.mean_squared_error", "keras.metrics.mse", "keras.metrics.MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """mean((y_true - y_pred) ** 2) over the last axis.

    >>> import tfjax as tf
    >>> float(tf.keras.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0]))
    2.0
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return reduce_mean(e.square(y_true - y_pred), axis=-1)


@FAMILY.register("mae", "MAE")
@export("keras.losses.mean_absolute_error", "keras.losses.mae", "keras.losses.MAE", "keras.metrics.mean_absolute_error", "keras.metrics.mae", "keras.metrics.MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """mean(|y_true - y_pred|) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return reduce_mean(e.absolute(y_true - y_pred), axis=-1)


@FAMILY.register("mape", "MAPE")
@export("keras.losses.mean_absolute_percentage_error", "keras.losses.mape", "keras.losses.MAPE", "keras.metrics.mean_absolute_percentage_error", "keras.metrics.mape", "keras.metrics.MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 * mean(|y_true - y_pred| / |y_true|) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    scale = maximum(e.absolute(y_true), epsilon())
    return 100.0 * reduce_mean(e.absolute((y_true - y_pred) / scale), axis=-1)


@FAMILY.register("msle", "MSLE")
@export("keras.losses.mean_squared_logarithmic_error", "keras.losses.msle", "keras.losses.MSLE", "keras.metrics.mean_squared_logarithmic_error", "keras.metrics.msle", "keras.metrics.MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """mean((log(1 + y_true) - log(1 + y_pred)) ** 2) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    first = e.log(maximum(y_pred, epsilon()) + 1.0)
    second = e.log(maximum(y_true, epsilon()) + 1.0)
    return reduce_mean(e.square(first - second), axis=-1)


@FAMILY.register()
@export("keras.losses.huber", "keras.metrics.huber")
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Quadratic for errors up to `delta`, linear beyond; mean over the last axis. Huber 1964."""
    y_true, y_pred = _pair(y_true, y_pred)
    error = e.absolute(y_pred - y_true)
    inside = less_equal(error, delta)
    return reduce_mean(where(inside, 0.5 * e.square(error), delta * error - 0.5 * delta * delta), axis=-1)


@FAMILY.register("logcosh")
@export("keras.losses.log_cosh", "keras.losses.logcosh", "keras.metrics.log_cosh", "keras.metrics.logcosh")
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """mean(log(cosh(y_pred - y_true))) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    x = y_pred - y_true
    return reduce_mean(x + e.softplus(-2.0 * x) - 0.6931471805599453, axis=-1)


@FAMILY.register()
@export("keras.losses.poisson", "keras.metrics.poisson")
def poisson(y_true: Any, y_pred: Any) -> Any:
    """mean(y_pred - y_true * log(y_pred)) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return reduce_mean(y_pred - y_true * e.log(y_pred + epsilon()), axis=-1)


@FAMILY.register("kld", "KLD", "KLDivergence", "kullback_leibler_divergence")
@export("keras.losses.kl_divergence", "keras.losses.kld", "keras.losses.KLD", "keras.losses.kullback_leibler_divergence", "keras.metrics.kl_divergence", "keras.metrics.kld", "keras.metrics.KLD")
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """sum(y_true * log(y_true / y_pred)) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = minimum(maximum(y_true, epsilon()), 1.0)
    y_pred = minimum(maximum(y_pred, epsilon()), 1.0)
    return reduce_sum(y_true * e.log(y_true / y_pred), axis=-1)


def _signs(y_true: Any) -> Any:
    """Labels 0/1 as -1/1; others as they are."""
    from tfjax._src.ops.math.comparison import equal
    from tfjax._src.ops.math.logical import logical_or
    from tfjax._src.ops.math.reductions import reduce_all

    binary = reduce_all(logical_or(equal(y_true, 0.0), equal(y_true, 1.0)))
    return where(binary, 2.0 * y_true - 1.0, y_true)


@FAMILY.register()
@export("keras.losses.hinge", "keras.metrics.hinge")
def hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0)) over the last axis; labels -1 or 1 (or 0 or 1)."""
    y_true, y_pred = _pair(y_true, y_pred)
    return reduce_mean(maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


@FAMILY.register()
@export("keras.losses.squared_hinge", "keras.metrics.squared_hinge")
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true * y_pred, 0) ** 2) over the last axis."""
    y_true, y_pred = _pair(y_true, y_pred)
    return reduce_mean(e.square(maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


@FAMILY.register()
@export("keras.losses.categorical_hinge", "keras.metrics.categorical_hinge")
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(1 + largest wrong score - right score, 0); labels one-hot."""
    y_true, y_pred = _pair(y_true, y_pred)
    right = reduce_sum(y_true * y_pred, axis=-1)
    wrong = reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return maximum(wrong - right + 1.0, 0.0)


@FAMILY.register()
@export("keras.losses.cosine_similarity")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Minus the cosine of the angle between labels and predictions."""
    y_true, y_pred = _pair(y_true, y_pred)

    def unit(x: Any) -> Any:
        return x * e.rsqrt(maximum(reduce_sum(e.square(x), axis=axis, keepdims=True), 1e-12))

    return -reduce_sum(unit(y_true) * unit(y_pred), axis=axis)


@op("_internal.keras_binary_crossentropy", raw="BinaryCrossentropy")
def _binary_crossentropy(target: Float, output: Float, from_logits: bool, name: Name = None):
    """Element-wise; `output` is a logit or a probability."""
    xp = namespace(target, output)
    if target.shape != output.shape:
        shapes = [(None, *a.shape[1:]) if a.ndim else () for a in (target, output)]
        raise ValueError(f"Arguments `target` and `output` must have the same shape. Received: target.shape={shapes[0]}, output.shape={shapes[1]}")
    if from_logits:
        zero = xp.zeros((), output.dtype)
        return xp.maximum(output, zero) - output * target + xp.log1p(xp.exp(-xp.abs(output)))
    tiny = xp.asarray(epsilon(), output.dtype)
    output = xp.clip(output, tiny, 1 - tiny)
    return -(target * xp.log(output) + (1 - target) * xp.log(1 - output))


@FAMILY.register("bce", "BCE")
@export("keras.losses.binary_crossentropy", "keras.metrics.binary_crossentropy")
def binary_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> Any:
    """mean(-(y log p + (1 - y) log(1 - p))) over `axis`.

    Args:
      y_true: labels in [0, 1].
      y_pred: probabilities, or logits with `from_logits`.
      label_smoothing: in [0, 1]: labels move towards 0.5.
      axis: the axis of the mean.

    >>> import tfjax as tf
    >>> float(tf.keras.losses.binary_crossentropy([1.0], [0.5]))
    0.6931471824645996
    """
    y_true, y_pred = _pair(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    y_pred, from_logits = _logits(y_pred, from_logits, "Sigmoid", "binary_crossentropy")
    return reduce_mean(_binary_crossentropy(y_true, y_pred, from_logits), axis=axis)


def _logits(output: Any, from_logits: bool, made_by: str, name: str) -> tuple[Any, bool]:
    """(output, whether it is a logit): the logits themselves where `output` is known to come from them."""
    logits = output.__dict__.get("_keras_logits")
    if logits is None:
        source, behind = output.__dict__.get("_made_by", (None, None))
        logits = behind if source == made_by else None
    if logits is None:
        return output, bool(from_logits)
    if from_logits:
        import warnings

        warnings.warn(
            f'"`{name}` received `from_logits=True`, but the `output` argument was produced by a {made_by} activation '
            "and thus does not represent logits. Was this intended?", stacklevel=3,
        )
    return cast(to_tensor(logits), output.dtype), True


@FAMILY.register()
@export("keras.losses.binary_focal_crossentropy", "keras.metrics.binary_focal_crossentropy")
def binary_focal_crossentropy(
    y_true: Any, y_pred: Any, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Any:
    """Binary cross entropy times (1 - p_t) ** gamma. Lin et al. 2018."""
    y_true, y_pred = _pair(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        y_pred = e.sigmoid(y_pred)
    entropy = _binary_crossentropy(y_true, y_pred, False)
    right = y_true * y_pred + (1.0 - y_true) * (1.0 - y_pred)
    loss = (1.0 - right) ** gamma * entropy
    if apply_class_balancing:
        loss = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * loss
    return reduce_mean(loss, axis=axis)


@op("_internal.keras_categorical_crossentropy", raw="CategoricalCrossentropy")
def _categorical(target: Float, output: Float, axis: int, name: Name = None):
    xp = namespace(target, output)
    output = output / xp.sum(output, axis=axis, keepdims=True)
    tiny = xp.asarray(epsilon(), output.dtype)
    return -xp.sum(target * xp.log(xp.clip(output, tiny, 1 - tiny)), axis=axis)


@FAMILY.register()
@export("keras.losses.categorical_crossentropy", "keras.metrics.categorical_crossentropy")
def categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1) -> Any:
    """-sum(y log p) over `axis`; labels one-hot.

    Raises:
      ValueError: labels and predictions of different shapes.

    >>> import tfjax as tf
    >>> float(tf.keras.losses.categorical_crossentropy([0.0, 1.0], [0.5, 0.5]))
    0.6931471824645996
    """
    y_pred = to_tensor(y_pred)
    y_true = cast(to_tensor(y_true), y_pred.dtype)
    if tuple(y_true.shape) != tuple(y_pred.shape):
        raise ValueError(f"Arguments `target` and `output` must have the same shape. Received: target.shape={tuple(y_true.shape)}, output.shape={tuple(y_pred.shape)}")
    if y_pred.shape[-1] == 1:
        import warnings

        warnings.warn(
            "In loss categorical_crossentropy, expected y_pred.shape to be (batch_size, num_classes) with num_classes > 1. "
            f"Received: y_pred.shape={tuple(y_pred.shape)}. Consider using 'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning, stacklevel=2,
        )
    if label_smoothing:
        classes = float(y_true.shape[axis])
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    y_pred, from_logits = _logits(y_pred, from_logits, "Softmax", "categorical_crossentropy")
    if from_logits:
        return softmax_cross_entropy_with_logits(y_true, y_pred, axis)
    return _categorical(y_true, y_pred, axis)


@op("_internal.keras_sparse_crossentropy", raw="SparseSoftmaxCrossEntropyWithLogits")
def _sparse(labels: FloatOther, output: Float, from_logits: bool, axis: int, name: Name = None):
    xp = namespace(labels, output)
    output = xp.moveaxis(output, axis, -1)
    if from_logits:
        shifted = output - xp.max(output, axis=-1, keepdims=True)
        log_p = shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))
    else:
        output = output / xp.sum(output, axis=-1, keepdims=True)
        tiny = xp.asarray(epsilon(), output.dtype)
        log_p = xp.log(xp.clip(output, tiny, 1 - tiny))
    index = labels.astype("int64")
    classes = output.shape[-1]
    valid = (index >= 0) & (index < classes)
    picked = xp.take_along_axis(log_p, xp.clip(index, 0, classes - 1)[..., None], -1)[..., 0]
    return xp.where(valid, -picked, xp.asarray(float("nan"), output.dtype))


@FAMILY.register()
@export("keras.losses.sparse_categorical_crossentropy", "keras.metrics.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1) -> Any:
    """-log p of the labelled class; labels are class numbers.

    Args:
      y_true: integers [...] (or [..., 1]).
      y_pred: probabilities [..., classes], or logits with `from_logits`.
      ignore_class: a label whose loss is 0.
      axis: where the classes lie.

    >>> import tfjax as tf
    >>> float(tf.keras.losses.sparse_categorical_crossentropy(1, [0.5, 0.5]))
    0.6931471824645996
    """
    y_pred = to_tensor(y_pred)
    y_true = to_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = reshape(y_true, y_true.shape[:-1])
    if len(y_true.shape) != len(y_pred.shape) - 1:
        raise ValueError(
            f"Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape={tuple(y_true.shape)}, output.shape={tuple(y_pred.shape)}"
        )
    if len(y_pred.shape) > 1 and axis in (-1, len(y_pred.shape) - 1) and tuple(y_true.shape) != tuple(y_pred.shape)[:-1]:
        raise ValueError(f"Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape={tuple(y_true.shape)}, output.shape={tuple(y_pred.shape)}")
    y_pred, from_logits = _logits(y_pred, from_logits, "Softmax", "sparse_categorical_crossentropy")
    labels = cast(y_true, "float64") if y_true.dtype.is_integer else y_true
    if ignore_class is not None:
        from tfjax._src.ops.math.comparison import not_equal

        keep = not_equal(labels, to_tensor(float(ignore_class), labels.dtype))
        loss = _sparse(where(keep, labels, to_tensor(0.0, labels.dtype)), y_pred, from_logits, axis)
        return multiply(loss, cast(keep, loss.dtype))
    return _sparse(labels, y_pred, from_logits, axis)


@FAMILY.register()
@export("keras.losses.categorical_focal_crossentropy", "keras.metrics.categorical_focal_crossentropy")
def categorical_focal_crossentropy(
    y_true: Any, y_pred: Any, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> Any:
    """Categorical cross entropy times alpha * (1 - p) ** gamma. Lin et al. 2018."""
    y_pred = to_tensor(y_pred)
    y_true = cast(to_tensor(y_true), y_pred.dtype)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / float(y_true.shape[axis])
    if from_logits:
        shifted = e.exp(y_pred - reduce_max(y_pred, axis=axis, keepdims=True))
        y_pred = shifted / reduce_sum(shifted, axis=axis, keepdims=True)
    y_pred = y_pred / reduce_sum(y_pred, axis=axis, keepdims=True)
    y_pred = minimum(maximum(y_pred, epsilon()), 1.0 - epsilon())
    return reduce_sum(alpha * (1.0 - y_pred) ** gamma * (-y_true * e.log(y_pred)), axis=axis)


def one_hot_like(labels: Any, predictions: Any) -> Any:
    """Class numbers as one-hot rows like `predictions`."""
    return one_hot(cast(labels, "int64"), predictions.shape[-1], dtype=predictions.dtype)


def above(threshold: float, predictions: Any) -> Any:
    """Predictions over a threshold, as 0 or 1."""
    return cast(greater(predictions, threshold), predictions.dtype)
