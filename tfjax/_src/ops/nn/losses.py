"""tf.nn losses and norms."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import Axes, Float, IntOther, Name, Numeric, OptionalTensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op, pure
from tfjax._src.ops import checks
from tfjax._src.ops.nn.activations import log_softmax


@op("nn.softmax_cross_entropy_with_logits", raw="SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy_with_logits(labels: Float, logits: Float, axis: int = -1, name: Name = None):
    """-sum(labels * log_softmax(logits)) along `axis`.

    >>> import tfjax as tf
    >>> float(tf.nn.softmax_cross_entropy_with_logits([0.0, 1.0], [0.0, 0.0]))
    0.6931471824645996
    """
    xp = namespace(labels, logits)
    if xp is not np:
        labels, logits = jnp.broadcast_arrays(labels, logits)
        return _cross_entropy(labels, logits, axis)
    return -xp.sum(labels * pure(log_softmax)(logits, axis), axis=axis)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _cross_entropy(labels: Any, logits: Any, axis: int) -> Any:
    return -jnp.sum(labels * pure(log_softmax)(logits, axis), axis=axis)


@_cross_entropy.defjvp
def _cross_entropy_jvp(axis: int, primals: Any, tangents: Any) -> Any:
    """TensorFlow's gradient is softmax - labels, also where labels do not add up to 1."""
    labels, logits = primals
    d_labels, d_logits = tangents
    log_p = pure(log_softmax)(logits, axis)
    slope = jnp.sum((jnp.exp(log_p) - labels) * d_logits, axis=axis) - jnp.sum(log_p * d_labels, axis=axis)
    return _cross_entropy(labels, logits, axis), slope


def _check_labels(labels: Any, logits: Any, name: Any = None) -> None:
    classes = logits.shape[-1]
    if isinstance(labels, np.ndarray) and ((labels < 0) | (labels >= classes)).any():
        bad = labels[(labels < 0) | (labels >= classes)][0]
        values = " ".join(str(label) for label in labels.reshape(-1))
        raise InvalidArgumentError(
            None, None,
            f"Received a label value of {bad} which is outside the valid range of [0, {classes}).  "
            f"Label values: {values}",
        )


@op("_internal.sparse_softmax_cross_entropy", raw="SparseSoftmaxCrossEntropyWithLogits", check=_check_labels)
def _sparse(labels: IntOther, logits: Float, name: Name = None):
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            "`labels.shape` must equal `logits.shape` except for the last dimension. Received: "
            f"labels.shape={labels.shape} and logits.shape={logits.shape}"
        )
    _check_labels(labels, logits)
    xp = namespace(labels, logits)
    classes = logits.shape[-1]
    log_p = pure(log_softmax)(logits, -1)
    picked = xp.take_along_axis(log_p, xp.clip(labels, 0, classes - 1)[..., None], -1)[..., 0]
    valid = (labels >= 0) & (labels < classes)
    return xp.where(valid, -picked, xp.asarray(float("nan"), logits.dtype))


@export("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    """-log_softmax(logits) of the labelled class.

    A label out of range raises InvalidArgumentError; inside a tf.function and on accelerators the
    result is NaN instead.

    >>> import tfjax as tf
    >>> float(tf.nn.sparse_softmax_cross_entropy_with_logits(1, [0.0, 0.0]))
    0.6931471824645996
    """
    return _sparse(labels, logits)


@op("nn.sigmoid_cross_entropy_with_logits", raw="SigmoidCrossEntropyWithLogits")
def sigmoid_cross_entropy_with_logits(labels: Float = None, logits: Float = None, name: Name = None):
    """-labels * log(sigmoid(x)) - (1 - labels) * log(1 - sigmoid(x)), element by element.

    >>> import tfjax as tf
    >>> float(tf.nn.sigmoid_cross_entropy_with_logits(labels=1.0, logits=0.0))
    0.6931471824645996
    """
    xp = namespace(labels, logits)
    if labels.shape != logits.shape:
        raise ValueError(f"`logits` and `labels` must have the same shape, received ({logits.shape} vs {labels.shape}).")
    return xp.where(logits > 0, logits, xp.zeros((), logits.dtype)) - logits * labels + xp.log1p(xp.exp(-xp.abs(logits)))


@op("nn.weighted_cross_entropy_with_logits", raw="WeightedCrossEntropyWithLogits")
def weighted_cross_entropy_with_logits(labels: Float, logits: Float, pos_weight: Float, name: Name = None):
    """Sigmoid cross entropy whose positive term is multiplied by `pos_weight`.

    >>> import tfjax as tf
    >>> float(tf.nn.weighted_cross_entropy_with_logits(0.0, 0.0, 2.0))
    0.6931471824645996
    """
    xp = namespace(labels, logits, pos_weight)
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * (xp.log1p(xp.exp(-xp.abs(logits))) + xp.where(-logits > 0, -logits, xp.zeros((), logits.dtype)))


@op("nn.l2_loss", raw="L2Loss")
def l2_loss(t: Float, name: Name = None):
    """sum(t ** 2) / 2.

    >>> import tfjax as tf
    >>> float(tf.nn.l2_loss([3.0, 4.0]))
    12.5
    """
    return namespace(t).sum(t * t) / np.asarray(2, t.dtype)


@op("nn.l2_normalize", "math.l2_normalize", "linalg.l2_normalize", raw="L2Normalize")
def l2_normalize(x: Float, axis: Axes = None, epsilon: float = 1e-12, name: Name = None, dim: Axes = None):
    """x / sqrt(max(sum(x ** 2), epsilon)) along `axis`; `dim` is its older name.

    >>> import tfjax as tf
    >>> tf.math.l2_normalize([3.0, 4.0]).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    xp = namespace(x)
    if dim is not None and axis is not None:
        raise ValueError("Cannot specify both 'dim' and 'axis'.")
    squares = xp.sum(x * x, axis=dim if axis is None else axis, keepdims=True)
    return x / xp.sqrt(xp.maximum(squares, xp.asarray(epsilon, x.dtype)))


@op("nn.moments", raw="Moments")
def moments(x: Float, axes: Axes, shift: Any = None, keepdims: bool = False, name: Name = None):
    """(mean, variance) over `axes`; `shift` has no effect.

    >>> import tfjax as tf
    >>> [float(v) for v in tf.nn.moments([1.0, 3.0], [0])]
    [2.0, 1.0]
    """
    xp = namespace(x)
    mean = xp.mean(x, axis=axes, keepdims=True)
    variance = xp.mean(xp.square(x - mean), axis=axes, keepdims=keepdims)
    return (mean if keepdims else xp.squeeze(mean, axes)), variance


@op("nn.batch_normalization", raw="BatchNormalization")
def batch_normalization(x: Float, mean: Float, variance: Float, offset: OptionalTensor, scale: OptionalTensor, variance_epsilon: float, name: Name = None):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset; scale and offset may be None.

    >>> import tfjax as tf
    >>> float(tf.nn.batch_normalization(3.0, 1.0, 4.0, 0.0, 1.0, 0.0))
    1.0
    """
    root = namespace(x, mean, variance).sqrt(variance + np.asarray(variance_epsilon, x.dtype))
    factor = (np.ones((), x.dtype) if scale is None else scale) / root
    return x * factor + (-mean * factor if offset is None else offset - mean * factor)


@export("nn.batch_norm_with_global_normalization")
@recorded
def batch_norm_with_global_normalization(
    input: Any, mean: Any, variance: Any, beta: Any, gamma: Any, variance_epsilon: Any, scale_after_normalization: bool, name: Any = None
) -> Any:
    """`batch_normalization` with `beta` as offset, and `gamma` as scale if `scale_after_normalization`.

    >>> import tfjax as tf
    >>> tf.nn.batch_norm_with_global_normalization([[[[3.0]]]], [1.0], [4.0], [0.0], [2.0], 0.0, True).numpy().item()
    2.0
    """
    return batch_normalization(input, mean, variance, beta, gamma if scale_after_normalization else None, variance_epsilon)


@op("nn.bias_add", raw="BiasAdd")
def bias_add(value: Numeric, bias: Numeric, data_format: Any = None, name: Name = None):
    """Adds a vector along the channels: the last axis, or axis 1 for formats "NC…".

    >>> import tfjax as tf
    >>> tf.nn.bias_add([[1.0, 2.0]], [1.0, 1.0]).numpy()
    array([[2., 3.]], dtype=float32)
    """
    if bias.ndim != 1:
        raise InvalidArgumentError(None, None, f"Biases must be 1D: {checks.brackets(bias.shape)}")
    if data_format is not None and str(data_format).startswith("NC"):
        return value + bias.reshape((1, -1) + (1,) * (value.ndim - 2))
    return value + bias
