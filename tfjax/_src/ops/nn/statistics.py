"""Weighted moments, sufficient statistics, local normalisation and a few measures of tf.nn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import Axes, Axis, Float, FloatOther, Int, Name, Numeric, OptionalTensor
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks


@op("nn.crelu", raw="CRelu")
def crelu(features: Float, axis: Axis = -1, name: Name = None):
    """Joins relu(x) and relu(-x) along `axis`, which doubles that axis.

    >>> import tfjax as tf
    >>> tf.nn.crelu([[-1.0, 2.0]]).numpy().tolist()
    [[0.0, 2.0, 1.0, 0.0]]
    """
    xp = namespace(features)
    both = xp.concatenate([features, -features], axis=axis)
    return xp.where(both > 0, both, xp.zeros((), both.dtype))


@op("nn.zero_fraction", "math.zero_fraction", raw="ZeroFraction", differentiable=False)
def zero_fraction(value: Numeric, name: Name = None):
    """The share of elements that are zero, as float32; NaN for an empty tensor.

    >>> import tfjax as tf
    >>> float(tf.nn.zero_fraction([0, 1, 0, 2]))
    0.5
    """
    xp = namespace(value)
    return (xp.sum(value == 0) / xp.asarray(value.size, np.float32)).astype(np.float32)


@op("nn.log_poisson_loss", raw="LogPoissonLoss")
def log_poisson_loss(
    targets: Float, log_input: Float, compute_full_loss: bool = False, name: Name = None
):
    """The Poisson loss of the log of the expected count, element by element.

    Args:
      targets: counts.
      log_input: logarithms of expected counts, of the same shape.
      compute_full_loss: adds Stirling's approximation of log(targets!) where targets exceed 1.
      name: no effect.

    >>> import tfjax as tf
    >>> float(tf.nn.log_poisson_loss([2.0], [0.0])[0])
    1.0
    """
    xp = namespace(targets, log_input)
    if targets.shape != log_input.shape:
        raise ValueError(
            "`log_input` and `targets` must have the same shape, "
            f"received ({log_input.shape} vs {targets.shape})."
        )
    loss = xp.exp(log_input) - log_input * targets
    if compute_full_loss:
        zero, one = xp.zeros((), targets.dtype), xp.ones((), targets.dtype)
        small = (targets >= 0) & (targets <= 1)
        # The inner where keeps the logarithm, and its gradient, away from 0.
        safe = xp.where(small, one, targets)
        stirling = safe * xp.log(safe) - safe + 0.5 * xp.log(2 * np.pi * safe)
        loss = loss + xp.where(small, zero, stirling)
    return loss


@op("nn.weighted_moments", raw="WeightedMoments")
def weighted_moments(
    x: Float, axes: Axes, frequency_weights: FloatOther, keepdims: bool = False, name: Name = None
):
    """Mean and variance over `axes` where each element counts as often as its weight says.

    Args:
      x: a tensor.
      axes: the axes to reduce.
      frequency_weights: weights that broadcast with `x`.
      keepdims: keeps reduced axes with size 1.
      name: no effect.

    Returns:
      The pair (mean, variance).

    >>> import tfjax as tf
    >>> mean, variance = tf.nn.weighted_moments([1.0, 4.0], [0], [2.0, 1.0])
    >>> float(mean), float(variance)
    (2.0, 2.0)
    """
    xp = namespace(x, frequency_weights)
    wide = xp.asarray(x, np.float32 if x.dtype.itemsize == 2 else x.dtype)
    weights = xp.asarray(frequency_weights, wide.dtype)
    weights = weights + xp.zeros_like(wide)
    wide = wide + xp.zeros_like(weights)
    over = checks.reduction_axes(axes, wide.ndim)
    total = xp.sum(weights, axis=over, keepdims=True)
    mean = xp.sum(weights * wide, axis=over, keepdims=True) / total
    variance = xp.sum(weights * (wide - mean) ** 2, axis=over, keepdims=True) / total
    if not keepdims:
        mean, variance = xp.squeeze(mean, over), xp.squeeze(variance, over)
    return xp.asarray(mean, x.dtype), xp.asarray(variance, x.dtype)


@op("nn.normalize_moments", raw="NormalizeMoments")
def normalize_moments(
    counts: Float, mean_ss: Float, variance_ss: Float, shift: OptionalTensor, name: Name = None
):
    """Mean and variance from the results of `sufficient_statistics`.

    >>> import tfjax as tf
    >>> mean, variance = tf.nn.normalize_moments(2.0, 6.0, 20.0, None)
    >>> float(mean), float(variance)
    (3.0, 1.0)
    """
    divisor = 1 / counts
    shifted = mean_ss * divisor
    mean = shifted if shift is None else shifted + shift
    return mean, variance_ss * divisor - shifted * shifted


@op("_internal.sufficient_statistics", raw="SufficientStatistics")
def _sums(x: Float, axes: Axes, shift: OptionalTensor, keepdims: bool, name: Name = None):
    xp = namespace(x, shift)
    over = checks.reduction_axes(axes, x.ndim)
    count = xp.asarray(math.prod([x.shape[a] for a in over]), x.dtype)
    values = x if shift is None else x - shift
    first = xp.sum(values, axis=over, keepdims=keepdims)
    return count, first, xp.sum(values * values, axis=over, keepdims=keepdims)


@export("nn.sufficient_statistics")
def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """Count, sum and sum of squares over `axes`, of the values less `shift` if given.

    Args:
      x: a tensor.
      axes: the axes to reduce.
      shift: a value near the mean, which makes the sums more exact.
      keepdims: keeps reduced axes with size 1.
      name: no effect.

    Returns:
      The tuple (count, sum, sum of squares, shift or None).

    >>> import tfjax as tf
    >>> count, total, squares, shift = tf.nn.sufficient_statistics([2.0, 4.0], [0])
    >>> float(count), float(total), float(squares), shift
    (2.0, 6.0, 20.0, None)
    """
    x = to_tensor(x)
    shift = None if shift is None else to_tensor(shift, x.dtype)
    count, total, squares = _sums(x, axes, shift, keepdims)
    return count, total, squares, shift


@op("nn.local_response_normalization", "nn.lrn", raw="LRN")
def local_response_normalization(
    input: Float,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: Name = None,
):
    """Divides each element by a power of the sum of squares of its neighbours in the channels.

    Args:
      input: images [batch, height, width, channels].
      depth_radius: neighbours on each side.
      bias: added to the scaled sum.
      alpha: scale of the sum.
      beta: the exponent.
      name: no effect.

    Raises:
      InvalidArgumentError: `input` is not of rank 4.

    >>> import tfjax as tf
    >>> tf.nn.local_response_normalization([[[[0.0, 0.0]]]]).numpy().tolist()
    [[[[0.0, 0.0]]]]
    """
    if input.ndim != 4:
        raise InvalidArgumentError(None, None, "in must be 4-dimensional")
    xp = namespace(input)
    channels, radius = input.shape[-1], min(depth_radius, input.shape[-1])
    squares = xp.pad(input * input, [(0, 0)] * 3 + [(radius, radius)])
    total = sum(squares[..., i : i + channels] for i in range(2 * radius + 1))
    return input * (bias + alpha * total) ** (-beta)


@op("math.in_top_k", "nn.in_top_k", raw="InTopKV2", differentiable=False)
def in_top_k(targets: Int, predictions: FloatOther, k: int, name: Name = None):
    """Whether the prediction for each target is among the `k` largest of its row.

    Ties count as inside. A target outside the classes, or a row without only finite
    predictions, gives False.

    Args:
      targets: class ids [batch], int32 or int64.
      predictions: float32 scores [batch, classes].
      k: how many of the largest to look at.
      name: no effect.

    Raises:
      InvalidArgumentError: wrong ranks, or batch sizes that differ.

    >>> import tfjax as tf
    >>> tf.math.in_top_k([0, 1], [[0.1, 0.9], [0.2, 0.8]], 1).numpy().tolist()
    [False, True]
    """
    if predictions.ndim != 2:
        raise InvalidArgumentError(None, None, "predictions must be 2-dimensional")
    if targets.ndim != 1:
        raise InvalidArgumentError(None, None, "targets must be 1-dimensional")
    rows, classes = predictions.shape
    if targets.shape[0] != rows:
        raise InvalidArgumentError(
            None,
            None,
            f"First dimension of predictions {rows} must match length of targets {targets.shape[0]}",
        )
    xp = namespace(targets, predictions)
    inside = (targets >= 0) & (targets < classes)
    safe = xp.where(inside, targets, xp.zeros((), targets.dtype))
    chosen = xp.take_along_axis(predictions, safe[:, None], axis=1)
    larger = xp.sum(predictions > chosen, axis=1)
    return inside & (larger < k) & xp.all(xp.isfinite(predictions), axis=1)
