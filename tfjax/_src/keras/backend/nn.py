"""Activations, losses, convolutions and pooling, as `keras.backend` of Keras 2 has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import activations
from tfjax._src.keras.engine.policy import image_data_format
from tfjax._src.keras.losses import functions as losses
from tfjax._src.keras.ops import nn
from tfjax._src.keras.ops.arrays import repeat
from tfjax._src.keras.ops.base import floating, keras_op
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.nn import losses as tf_losses


@export("keras.backend.relu")
@keras_op("backend")
def relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """max(x, 0), with a slope below `threshold` and a cap if given."""
    return activations.relu(floating(x), alpha, max_value, threshold)


@export("keras.backend.elu")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha * (exp(x) - 1) below."""
    return nn.elu(x, alpha)


@export("keras.backend.l2_normalize")
@keras_op("backend")
def l2_normalize(x: Any, axis: Any = None) -> Any:
    """`x` divided by its length over an axis.

    >>> import tfjax as tf
    >>> tf.keras.backend.l2_normalize(tf.constant([3.0, 4.0])).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    return tf_losses.l2_normalize(floating(x), axis)


@export("keras.backend.dropout")
def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Any:
    """`x` with a share `level` of its elements dropped."""
    from tfjax._src.keras.random_ops import dropout as drop

    return drop(x, level, noise_shape, int(np.random.randint(10e6)) if seed is None else seed)


@export("keras.backend.bias_add")
@keras_op("backend", inputs=2)
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """`x` plus a bias for each channel (or each place)."""
    x, bias = floating(x), floating(bias)
    if len(bias.shape) not in (1, len(x.shape) - 1):
        raise ValueError(f"Unexpected bias dimensions {len(bias.shape)}. Expected it to be 1 or {len(x.shape) - 1} dimensions")
    first = (data_format or image_data_format()) == "channels_first"
    sizes = [int(s) for s in bias.shape]
    if first and len(sizes) == 1:
        return x + reshape(bias, [1, sizes[0], *[1] * (len(x.shape) - 2)])
    if first:
        return x + reshape(bias, [1, sizes[-1], *sizes[:-1]])
    return x + (bias if len(sizes) == 1 else reshape(bias, [1, *sizes]))


@export("keras.backend.binary_crossentropy")
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """The cross-entropy of each element with a probability (or logit)."""
    return nn.binary_crossentropy(target, output, from_logits)


@export("keras.backend.categorical_crossentropy")
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """The cross-entropy of one-hot targets with probabilities (or logits)."""
    return nn.categorical_crossentropy(target, output, from_logits, axis)


@export("keras.backend.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None) -> Any:
    """The cross-entropy of class numbers with probabilities (or logits)."""
    return losses.sparse_categorical_crossentropy(to_tensor(target), floating(output), from_logits, ignore_class, axis)


@export("keras.backend.batch_normalization")
def batch_normalization(x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3) -> Any:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta."""
    return nn.batch_normalization(x, mean, var, axis, beta, gamma, epsilon)


@export("keras.backend.conv1d")
def conv1d(x: Any, kernel: Any, strides: int = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: int = 1) -> Any:
    """A convolution over one axis; padding may be "causal" as well."""
    if padding == "causal":
        from tfjax._src.keras.backend.tensors import temporal_padding

        x, padding = temporal_padding(x, (dilation_rate * (kernel.shape[0] - 1), 0)), "valid"
    return nn.conv(x, kernel, strides, padding, data_format, dilation_rate)


@export("keras.backend.conv2d")
def conv2d(x: Any, kernel: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None, dilation_rate: Any = (1, 1)) -> Any:
    """A convolution over two axes."""
    return nn.conv(x, kernel, strides, padding, data_format, dilation_rate)


@export("keras.backend.conv3d")
def conv3d(x: Any, kernel: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None, dilation_rate: Any = (1, 1, 1)) -> Any:
    """A convolution over three axes."""
    return nn.conv(x, kernel, strides, padding, data_format, dilation_rate)


def _pool(x: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None, pool_mode: str) -> Any:
    if pool_mode not in ("max", "avg"):
        raise ValueError(f"Invalid pooling mode: {pool_mode}")
    return (nn.max_pool if pool_mode == "max" else nn.average_pool)(x, pool_size, strides, padding, data_format)


@export("keras.backend.pool2d")
def pool2d(x: Any, pool_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None, pool_mode: str = "max") -> Any:
    """The largest element or the mean ("avg") of windows of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


@export("keras.backend.pool3d")
def pool3d(x: Any, pool_size: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None, pool_mode: str = "max") -> Any:
    """The largest element or the mean ("avg") of windows of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


@export("keras.backend.resize_images")
def resize_images(x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest") -> Any:
    """Images enlarged by whole factors by repeating pixels; `interpolation` must be "nearest"."""
    if interpolation != "nearest":
        raise ValueError(f"Only nearest interpolation is supported. Received: interpolation={interpolation}")
    axis = 1 if data_format == "channels_last" else 2
    return repeat(repeat(x, height_factor, axis), width_factor, axis + 1)
