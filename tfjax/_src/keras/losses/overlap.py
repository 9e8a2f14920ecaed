"""Losses of overlaps, of embeddings, of noisy labels and of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.engine.policy import epsilon
from tfjax._src.keras.losses.base import FAMILY, LossFunction
from tfjax._src.ops.array.creation import one_hot
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math.comparison import greater, not_equal
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_sum
from tfjax._src.ops.nn.ctc import ctc_loss


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = to_tensor(y_pred)
    return cast(to_tensor(y_true), y_pred.dtype), y_pred


def _axes(axis: Any) -> Any:
    return list(axis) if isinstance(axis, tuple) else axis


@FAMILY.register()
@export("keras.losses.dice")
def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """One minus twice the overlap over the sum of labels and predictions. Dice 1945.

    Args:
      y_true, y_pred: of one shape.
      axis: the axes that are summed up; all by default.

    >>> import tfjax as tf
    >>> round(float(tf.keras.losses.dice([1.0, 1.0], [1.0, 0.0])), 4)
    0.3333
    """
    y_true, y_pred = _pair(y_true, y_pred)
    overlap = reduce_sum(y_true * y_pred, axis=_axes(axis))
    total = reduce_sum(y_true, axis=_axes(axis)) + reduce_sum(y_pred, axis=_axes(axis))
    return 1.0 - 2.0 * overlap / (total + epsilon())


@FAMILY.register()
@export("keras.losses.tversky")
def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """The dice loss with weights of false negatives and false positives. Salehi et al. 2017.

    Args:
      y_true, y_pred: of one shape.
      alpha: the weight of what is missed (Keras' documentation has it the other way round; its values do not).
      beta: the weight of false positives.
      axis: the axes that are summed up; all by default.

    >>> import tfjax as tf
    >>> round(float(tf.keras.losses.tversky([1.0, 1.0], [1.0, 0.0], alpha=1.0)), 4)
    0.5
    """
    y_true, y_pred = _pair(y_true, y_pred)
    overlap = reduce_sum(y_true * y_pred, axis=_axes(axis))
    missed = reduce_sum(y_true * (1.0 - y_pred), axis=_axes(axis))
    invented = reduce_sum((1.0 - y_true) * y_pred, axis=_axes(axis))
    return 1.0 - overlap / (overlap + alpha * missed + beta * invented + epsilon())


@op("_internal.keras_circle", raw="Circle")
def _circle(similarity: Float, same: Float, other: Float, gamma: float, margin: float, name: Name = None):
    """softplus(logsumexp over equal labels + logsumexp over different ones) of each row."""
    xp = namespace(similarity, same, other)
    lowest = xp.asarray(np.finfo(similarity.dtype).min / 4, similarity.dtype)

    def summed(logits: Any, mask: Any) -> Any:
        masked = xp.where(mask > 0, logits, lowest)
        top = xp.max(masked, axis=1, keepdims=True)
        return (xp.log(xp.sum(xp.exp(masked - top), axis=1, keepdims=True)) + top)[:, 0]

    zero = xp.zeros((), similarity.dtype)
    attract = -gamma * xp.maximum(1 + margin - similarity, zero) * (similarity - (1 - margin))
    repel = gamma * xp.maximum(similarity + margin, zero) * (similarity - margin)
    total = summed(attract, same) + summed(repel, other)
    return xp.logaddexp(total, zero).astype(similarity.dtype)


@FAMILY.register()
@export("keras.losses.circle")
def circle(
    y_true: Any, y_pred: Any, ref_labels: Any = None, ref_embeddings: Any = None, remove_diagonal: bool = True, gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Draws embeddings of equal labels together and others apart. Sun et al. 2020.

    Args:
      y_true: integers [batch].
      y_pred: embeddings of norm 1, [batch, n].
      ref_labels, ref_embeddings: what they are compared with; themselves by default.
      remove_diagonal: leaves out the comparison of each embedding with itself.
      gamma: the scale.
      margin: how far similarities may be from 1 and 0.

    >>> import tfjax as tf
    >>> points = tf.constant([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> tf.keras.losses.circle([0, 0, 1], points, gamma=1.0).shape
    TensorShape([3])
    """
    y_pred = to_tensor(y_pred)
    labels = reshape(cast(to_tensor(y_true), "int32"), [-1])
    others = labels if ref_labels is None else reshape(cast(to_tensor(ref_labels), "int32"), [-1])
    reference = y_pred if ref_embeddings is None else cast(to_tensor(ref_embeddings), y_pred.dtype)
    different = cast(not_equal(reshape(labels, [-1, 1]), reshape(others, [1, -1])), y_pred.dtype)
    same = 1.0 - different
    if remove_diagonal:
        same = same * (1.0 - np.eye(labels.shape[0], others.shape[0]).astype(y_pred.dtype.np))
    loss = _circle(matmul(y_pred, reference, transpose_b=True), same, different, float(gamma), float(margin))
    # Embeddings without another one of their label do not count in a mean.
    loss._keras_mask = greater(reduce_sum(same, axis=1), 0.0)
    return loss


@FAMILY.register()
@export("keras.losses.categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """(1 - p ** q) / q of the labelled class: less sure of labels than cross entropy. Zhang & Sabuncu 2018.

    Args:
      y_true: class numbers.
      y_pred: probabilities [..., classes].
      q: between 0 (cross entropy) and 1 (mean absolute error).

    >>> import tfjax as tf
    >>> float(tf.keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], 0.5)[0])
    1.0
    """
    y_pred = to_tensor(y_pred)
    hot = one_hot(cast(to_tensor(y_true), "int64"), y_pred.shape[-1], dtype=y_pred.dtype)
    return (1.0 - reduce_sum(hot * y_pred, axis=-1) ** q) / q


@FAMILY.register()
@export("keras.losses.ctc")
def ctc(y_true: Any, y_pred: Any) -> Any:
    """Connectionist temporal classification of sequences. Graves et al. 2006.

    Args:
      y_true: class numbers [batch, length]; 0 pads them (and is the blank).
      y_pred: logits [batch, time, classes].

    >>> import tfjax as tf
    >>> tf.keras.losses.ctc([[1, 2]], tf.zeros([1, 4, 3])).shape
    TensorShape([1])
    """
    y_true, y_pred = to_tensor(y_true), to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(f"Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer format. Received: y_true.shape={tuple(y_true.shape)}")
    if len(y_pred.shape) != 3:
        raise ValueError(f"Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. Received: y_pred.shape={tuple(y_pred.shape)}")
    labels = cast(y_true, "int32")
    lengths = reduce_sum(cast(not_equal(labels, 0), "int32"), axis=1)
    frames = np.full((y_pred.shape[0],), y_pred.shape[1], np.int32)
    return ctc_loss(labels, y_pred, lengths, frames, logits_time_major=False, blank_index=0)


@FAMILY.register()
@export("keras.losses.Dice")
class Dice(LossFunction):
    """One minus twice the overlap over the sum of labels and predictions.

    >>> import tfjax as tf
    >>> round(float(tf.keras.losses.Dice()([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.3333
    """

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "dice", axis: Any = None, dtype: Any = None) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


@FAMILY.register()
@export("keras.losses.Tversky")
class Tversky(LossFunction):
    """The dice loss with weights of false negatives (`alpha`) and false positives (`beta`)."""

    def __init__(self, alpha: float = 0.5, beta: float = 0.5, reduction: Any = "sum_over_batch_size", name: str = "tversky", axis: Any = None, dtype: Any = None) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


@FAMILY.register()
@export("keras.losses.Circle")
class Circle(LossFunction):
    """Draws embeddings of equal labels together and others apart; see `keras.losses.circle`."""

    def __init__(
        self, gamma: float = 80.0, margin: float = 0.4, remove_diagonal: bool = True, reduction: Any = "sum_over_batch_size",
        name: str = "circle", dtype: Any = None,
    ) -> None:
        super().__init__(circle, reduction, name, dtype, gamma=gamma, margin=margin, remove_diagonal=remove_diagonal)


@FAMILY.register()
@export("keras.losses.CategoricalGeneralizedCrossEntropy")
class CategoricalGeneralizedCrossEntropy(LossFunction):
    """(1 - p ** q) / q of the labelled class, with q between 0 and 1."""

    def __init__(self, q: float = 0.5, reduction: Any = "sum_over_batch_size", name: str = "categorical_generalized_cross_entropy", dtype: Any = None) -> None:
        if not 0 < q < 1:
            raise ValueError("q must be in the interval (0, 1)")
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)


@FAMILY.register()
@export("keras.losses.CTC")
class CTC(LossFunction):
    """Connectionist temporal classification; see `keras.losses.ctc`."""

    def __init__(self, reduction: Any = "sum_over_batch_size", name: str = "ctc", dtype: Any = None) -> None:
        super().__init__(ctc, reduction, name, dtype)
