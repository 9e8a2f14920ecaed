"""tf.compat.v1.losses: losses with weights, and the ways to reduce them.

Under eager execution nothing is put into collections of losses; `scope` has no effect.
"""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.v1.arguments import either
from tfjax._src.compat.v1.collections import GraphKeys, get_collection
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.ops.array import creation, masking, shaping
from tfjax._src.ops.math import arithmetic, elementwise, reductions
from tfjax._src.ops.nn import losses as nn


@export("compat.v1.losses.Reduction")
class Reduction:
    """How weighted losses become one number.

    >>> import tfjax.compat.v1 as tf
    >>> tf.losses.Reduction.SUM
    'weighted_sum'
    """

    NONE = "none"
    SUM = "weighted_sum"
    MEAN = "weighted_mean"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    SUM_OVER_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_BY_NONZERO_WEIGHTS = SUM_OVER_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All values."""
        return (
            cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_OVER_NONZERO_WEIGHTS, cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError for anything but one of the values."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}. Key should be one of {cls.all()}.")


def _float(value: Any, argument: str) -> Any:
    if value is None:
        raise ValueError(f"Argument `{argument}` must not be None.")
    return shaping.cast(to_tensor(value), dtypes.float32)


def _alike(predictions: Any, labels: Any) -> None:
    predictions.shape.assert_is_compatible_with(labels.shape)


def _check_weights(weights: Any, values: Any) -> None:
    """Raises ValueError unless each size of the weights is 1 or that of the values, or it is a scalar."""
    ours, theirs = weights.shape, values.shape
    if ours.rank is None or theirs.rank is None or ours.rank == 0:
        return
    fits = ours.rank == theirs.rank and all(a in (1, b) or None in (a, b) for a, b in zip(ours, theirs))
    if not fits:
        ranks = "" if ours.rank == theirs.rank else f" values.rank={theirs.rank}. weights.rank={ours.rank}."
        raise ValueError(
            f"weights can not be broadcast to values.{ranks} values.shape={theirs}. weights.shape={ours}. "
            f"Received weights={weights}, values={values}"
        )


def _ratio(total: Any, count: Any) -> Any:
    count = shaping.cast(count, dtypes.float32)
    safe = masking.where(count == 0, creation.ones_like(count), count)
    return masking.where(count == 0, creation.zeros_like(total), total / safe)


@export("compat.v1.losses.compute_weighted_loss")
def compute_weighted_loss(
    losses: Any, weights: Any = 1.0, scope: Any = None, loss_collection: Any = GraphKeys.LOSSES,
    reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Losses times weights, reduced.

    Args:
      losses: any shape.
      weights: a scalar, or of the same rank with sizes 1 where they repeat.
      loss_collection: no effect under eager execution.
      reduction: one of `Reduction`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.losses.compute_weighted_loss([[1.0, 2.0], [3.0, 4.0]], [[1.0], [0.0]]).numpy()
    np.float32(1.5)
    """
    Reduction.validate(reduction)
    losses = to_tensor(losses)
    dtype = losses.dtype
    losses, weights = shaping.cast(losses, dtypes.float32), shaping.cast(to_tensor(weights), dtypes.float32)
    _check_weights(weights, losses)
    weighted = losses * weights
    if reduction == Reduction.NONE:
        return shaping.cast(weighted, dtype)
    total = reductions.reduce_sum(weighted)
    ones = creation.ones_like(losses)
    if reduction == Reduction.MEAN:
        total = _ratio(total, reductions.reduce_sum(ones * weights))
    elif reduction == Reduction.SUM_OVER_NONZERO_WEIGHTS:
        total = _ratio(total, reductions.count_nonzero(ones * weights))
    elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
        total = _ratio(total, reductions.reduce_sum(ones))
    return shaping.cast(total, dtype)


@export("compat.v1.losses.absolute_difference")
def absolute_difference(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: Any = None, loss_collection: Any = GraphKeys.LOSSES,
    reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """|predictions - labels|, weighted."""
    labels, predictions = _float(labels, "labels"), _float(predictions, "predictions")
    _alike(predictions, labels)
    losses = elementwise.absolute(predictions - labels)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.mean_squared_error")
def mean_squared_error(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: Any = None, loss_collection: Any = GraphKeys.LOSSES,
    reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """(predictions - labels) ** 2, weighted.

    >>> import tfjax.compat.v1 as tf
    >>> tf.losses.mean_squared_error([1.0, 2.0], [2.0, 4.0]).numpy()
    np.float32(2.5)
    """
    labels, predictions = _float(labels, "labels"), _float(predictions, "predictions")
    _alike(predictions, labels)
    error = predictions - labels
    return compute_weighted_loss(error * error, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.huber_loss")
def huber_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, delta: Any = 1.0, scope: Any = None,
    loss_collection: Any = GraphKeys.LOSSES, reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """Quadratic up to an error of `delta`, linear beyond, weighted."""
    labels, predictions = _float(labels, "labels"), _float(predictions, "predictions")
    _alike(predictions, labels)
    error = elementwise.absolute(predictions - labels)
    inner = arithmetic.minimum(error, delta)
    losses = 0.5 * inner * inner + delta * (error - inner)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.log_loss")
def log_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, epsilon: Any = 1e-7, scope: Any = None,
    loss_collection: Any = GraphKeys.LOSSES, reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """The cross entropy of probabilities, with `epsilon` added before logarithms, weighted."""
    labels, predictions = _float(labels, "labels"), _float(predictions, "predictions")
    _alike(predictions, labels)
    hit = labels * elementwise.log(predictions + epsilon)
    losses = -hit - (1 - labels) * elementwise.log(1 - predictions + epsilon)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.hinge_loss")
def hinge_loss(
    labels: Any, logits: Any, weights: Any = 1.0, scope: Any = None, loss_collection: Any = GraphKeys.LOSSES,
    reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """max(1 - y * logits, 0) with y = -1 for the label 0 and 1 for 1, weighted."""
    labels, logits = _float(labels, "labels"), _float(logits, "logits")
    _alike(logits, labels)
    losses = arithmetic.maximum(1 - (2 * labels - 1) * logits, 0)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.cosine_distance")
def cosine_distance(
    labels: Any, predictions: Any, axis: Any = None, weights: Any = 1.0, scope: Any = None,
    loss_collection: Any = GraphKeys.LOSSES, reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS, dim: Any = None,
) -> Any:
    """1 - sum(labels * predictions) along `axis` of unit vectors, weighted."""
    axis = either("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify argument `axis`.")
    labels, predictions = _float(labels, "labels"), _float(predictions, "predictions")
    _alike(predictions, labels)
    losses = 1 - reductions.reduce_sum(predictions * labels, axis, True)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    multi_class_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: Any = 0, scope: Any = None,
    loss_collection: Any = GraphKeys.LOSSES, reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """The cross entropy of independent classes; smoothing moves labels towards 1/2."""
    if multi_class_labels is None or logits is None:
        which = "multi_class_labels" if multi_class_labels is None else "logits"
        raise ValueError(f"Argument `{which}` must not be None.")
    logits = to_tensor(logits)
    labels = shaping.cast(to_tensor(multi_class_labels), logits.dtype)
    _alike(logits, labels)
    if label_smoothing > 0:
        labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
    losses = nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.softmax_cross_entropy")
def softmax_cross_entropy(
    onehot_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: Any = 0, scope: Any = None,
    loss_collection: Any = GraphKeys.LOSSES, reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """The cross entropy of one-hot labels; smoothing moves labels towards equal shares."""
    if onehot_labels is None or logits is None:
        raise ValueError(f"Argument `{'onehot_labels' if onehot_labels is None else 'logits'}` must not be None.")
    logits = to_tensor(logits)
    labels = shaping.cast(to_tensor(onehot_labels), logits.dtype)
    _alike(logits, labels)
    if label_smoothing > 0:
        labels = labels * (1 - label_smoothing) + label_smoothing / labels.shape[-1]
    losses = nn.softmax_cross_entropy_with_logits(shaping.stop_gradient(labels), logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    labels: Any, logits: Any, weights: Any = 1.0, scope: Any = None, loss_collection: Any = GraphKeys.LOSSES,
    reduction: Any = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """The cross entropy of class numbers; a last axis of size 1 of labels and weights is dropped."""
    if labels is None or logits is None:
        raise ValueError(f"Argument `{'labels' if labels is None else 'logits'}` must not be None.")
    labels, logits, weights = to_tensor(labels), to_tensor(logits), to_tensor(weights)
    if labels.shape.rank == logits.shape.rank and labels.shape[-1] == 1:
        labels = shaping.squeeze(labels, [-1])
    if weights.shape.rank == labels.shape.rank + 1 and weights.shape[-1] == 1:
        weights = shaping.squeeze(weights, [-1])
    losses = nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


@export("compat.v1.losses.add_loss")
def add_loss(loss: Any, loss_collection: Any = GraphKeys.LOSSES) -> None:
    """Does nothing under eager execution."""


@export("compat.v1.losses.get_losses")
def get_losses(scope: Any = None, loss_collection: Any = GraphKeys.LOSSES) -> list[Any]:
    """What the collection of losses holds."""
    return get_collection(loss_collection, scope)


@export("compat.v1.losses.get_regularization_losses")
def get_regularization_losses(scope: Any = None) -> list[Any]:
    """The losses of the regularizers given to `get_variable`."""
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@export("compat.v1.losses.get_regularization_loss")
def get_regularization_loss(scope: Any = None, name: Any = "total_regularization_loss") -> Any:
    """The sum of the losses of the regularizers."""
    total = to_tensor(0.0)
    for loss in get_regularization_losses(scope):
        total = total + to_tensor(loss)
    return total
