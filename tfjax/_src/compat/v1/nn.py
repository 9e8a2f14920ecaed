"""tf.compat.v1.nn: functions whose arguments were renamed."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.v1.arguments import either
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.nn import activations, dropout as dropouts, losses


@export("compat.v1.nn.softmax", "compat.v1.math.softmax")
def softmax(logits: Any, axis: Any = None, name: Any = None, dim: Any = None) -> Any:
    """`tf.nn.softmax`; `dim` is the old name of `axis`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.nn.softmax([0.0, 0.0], dim=0).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    axis = either("axis", axis, "dim", dim)
    return activations.softmax(logits, -1 if axis is None else axis)


@export("compat.v1.nn.log_softmax", "compat.v1.math.log_softmax")
def log_softmax(logits: Any, axis: Any = None, name: Any = None, dim: Any = None) -> Any:
    """`tf.nn.log_softmax`; `dim` is the old name of `axis`."""
    axis = either("axis", axis, "dim", dim)
    return activations.log_softmax(logits, -1 if axis is None else axis)


@export("compat.v1.nn.l2_normalize", "compat.v1.math.l2_normalize", "compat.v1.linalg.l2_normalize")
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: Any = None, dim: Any = None) -> Any:
    """`tf.nn.l2_normalize`; `dim` is the old name of `axis`."""
    return losses.l2_normalize(x, either("axis", axis, "dim", dim), epsilon)


@export("compat.v1.nn.moments")
def moments(
    x: Any, axes: Any, shift: Any = None, name: Any = None, keep_dims: Any = None, keepdims: Any = None
) -> Any:
    """`tf.nn.moments`; `keep_dims` is the old name of `keepdims`; `shift` has no effect."""
    return losses.moments(x, axes, keepdims=bool(either("keepdims", keepdims, "keep_dims", keep_dims)))


@export("compat.v1.nn.dropout")
def dropout(
    x: Any, keep_prob: Any = None, noise_shape: Any = None, seed: Any = None, name: Any = None, rate: Any = None
) -> Any:
    """`tf.nn.dropout`; `keep_prob` is 1 - `rate`."""
    rate = either("rate", rate, "keep_prob", None if keep_prob is None else 1.0 - keep_prob)
    if rate is None:
        raise ValueError(f"`rate` must be provided. Received: rate={rate}")
    return dropouts.dropout(x, rate, noise_shape, seed)


@export("compat.v1.nn.softmax_cross_entropy_with_logits_v2")
def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: Any = None, name: Any = None, dim: Any = None
) -> Any:
    """`tf.nn.softmax_cross_entropy_with_logits`; `dim` is the old name of `axis`."""
    axis = either("axis", axis, "dim", dim)
    return losses.softmax_cross_entropy_with_logits(labels, logits, -1 if axis is None else axis)


@export("compat.v1.nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, dim: Any = -1, name: Any = None, axis: Any = None
) -> Any:
    """`tf.nn.softmax_cross_entropy_with_logits` without gradients of the labels."""
    labels = shaping.stop_gradient(to_tensor(labels))
    return losses.softmax_cross_entropy_with_logits(labels, logits, dim if axis is None else axis)


@export("compat.v1.nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: Any = None) -> Any:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits`."""
    return losses.sparse_softmax_cross_entropy_with_logits(labels, logits)
