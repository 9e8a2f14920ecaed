"""Activations, normalisation, convolutions and losses of neural networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import activations as a
from tfjax._src.keras.engine.policy import floatx, image_data_format
from tfjax._src.keras.losses import functions as losses
from tfjax._src.keras.ops.arrays import einsum
from tfjax._src.keras.ops.base import as_tensor, floating, keras_op
from tfjax._src.ops.array import creation
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape
from tfjax._src.ops.math import elementwise as e
from tfjax._src.ops.math import reductions as r
from tfjax._src.ops.math.arithmetic import maximum
from tfjax._src.ops.nn import windows

EXPORTS = {
    "keras.ops.relu": "relu", "keras.ops.nn.relu": "relu",
    "keras.ops.relu6": "relu6", "keras.ops.nn.relu6": "relu6",
    "keras.ops.sigmoid": "sigmoid", "keras.ops.nn.sigmoid": "sigmoid",
    "keras.ops.softplus": "softplus", "keras.ops.nn.softplus": "softplus",
    "keras.ops.softsign": "softsign", "keras.ops.nn.softsign": "softsign",
    "keras.ops.silu": "silu", "keras.ops.nn.silu": "silu",
    "keras.ops.swish": "silu", "keras.ops.nn.swish": "silu",
    "keras.ops.selu": "selu", "keras.ops.nn.selu": "selu",
    "keras.ops.hard_sigmoid": "hard_sigmoid", "keras.ops.nn.hard_sigmoid": "hard_sigmoid",
    "keras.ops.hard_silu": "hard_silu", "keras.ops.nn.hard_silu": "hard_silu",
    "keras.ops.hard_swish": "hard_silu", "keras.ops.nn.hard_swish": "hard_silu",
    "keras.ops.hard_tanh": "hard_tanh", "keras.ops.nn.hard_tanh": "hard_tanh",
    "keras.ops.log_sigmoid": "log_sigmoid", "keras.ops.nn.log_sigmoid": "log_sigmoid",
}


def _activation(name: str, function: Callable[..., Any], doc: str) -> Callable[..., Any]:
    def activation(x: Any) -> Any:
        return function(floating(x))

    activation.__name__ = activation.__qualname__ = name
    activation.__doc__ = doc
    return keras_op("nn")(activation)


relu = _activation("relu", a.relu, "max(x, 0).")
relu6 = _activation("relu6", a.relu6, "min(max(x, 0), 6).")
sigmoid = _activation("sigmoid", a.sigmoid, "1 / (1 + exp(-x)).")
softplus = _activation("softplus", a.softplus, "log(1 + exp(x)).")
softsign = _activation("softsign", a.softsign, "x / (1 + |x|).")
silu = _activation("silu", a.silu, "x * sigmoid(x).")
selu = _activation("selu", a.selu, "The scaled exponential linear unit.")
hard_sigmoid = _activation("hard_sigmoid", a.hard_sigmoid, "A sigmoid of straight lines.")
hard_silu = _activation("hard_silu", a.hard_silu, "x * hard_sigmoid(x).")
hard_tanh = _activation("hard_tanh", a.hard_tanh, "x limited to [-1, 1].")
log_sigmoid = _activation("log_sigmoid", e.log_sigmoid, "log(sigmoid(x)), without overflow.")


@export("keras.ops.elu", "keras.ops.nn.elu")
@keras_op("nn")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha * (exp(x) - 1) below."""
    return a.elu(floating(x), alpha)


@export("keras.ops.gelu", "keras.ops.nn.gelu")
@keras_op("nn")
def gelu(x: Any, approximate: bool = True) -> Any:
    """x times the normal distribution function of x."""
    return a.gelu(floating(x), approximate)


@export("keras.ops.leaky_relu", "keras.ops.nn.leaky_relu")
@keras_op("nn")
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x above 0, negative_slope * x below."""
    return a.leaky_relu(floating(x), negative_slope)


@export("keras.ops.softmax", "keras.ops.nn.softmax")
@keras_op("nn")
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) divided by its sum over an axis (or several)."""
    return a.softmax(floating(x), tuple(axis) if isinstance(axis, list) else axis)


@export("keras.ops.log_softmax", "keras.ops.nn.log_softmax")
@keras_op("nn")
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """log(softmax(x)), without overflow."""
    return a.log_softmax(floating(x), axis)


@export("keras.ops.one_hot", "keras.ops.nn.one_hot")
@keras_op("nn")
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Class numbers as vectors with a single 1; `sparse` must be False.

    >>> import tfjax as tf
    >>> tf.keras.ops.one_hot([1], 3).numpy()
    array([[0., 1., 0.]], dtype=float32)
    """
    if sparse:
        raise ValueError("`sparse=True` is not supported by one_hot.")
    tensor = to_tensor(as_tensor(x))
    index = tensor if tensor.dtype.is_integer else cast(tensor, "int64")
    return creation.one_hot(index, num_classes, axis=axis, dtype=dtypes.as_dtype(dtype or floatx()))


@export("keras.ops.multi_hot", "keras.ops.nn.multi_hot")
@keras_op("nn")
def multi_hot(inputs: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Sets of class numbers as vectors with a 1 for each member; `sparse` must be False."""
    vectors = one_hot(inputs, num_classes, axis, dtype, sparse)
    return r.reduce_max(vectors, 1 if len(to_tensor(as_tensor(inputs)).shape) > 1 else 0)


@export("keras.ops.moments", "keras.ops.nn.moments")
@keras_op("nn")
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> Any:
    """Mean and variance over axes; `synchronized` has no effect on one device."""
    tensor = floating(x)
    return r.reduce_mean(tensor, axes, keepdims), r.reduce_variance(tensor, axes, keepdims)


@export("keras.ops.normalize", "keras.ops.nn.normalize")
@keras_op("nn")
def normalize(x: Any, axis: Any = -1, order: float = 2, epsilon: float | None = None) -> Any:
    """`x` divided by its norm over an axis.

    Args:
      x: a tensor.
      axis: the axis (or axes) of the norm.
      order: of the norm.
      epsilon: the least norm to divide by; 1e-7 by default.
    """
    tensor = floating(x)
    least = 1e-7 if epsilon is None else epsilon
    size = r.reduce_sum(e.absolute(tensor) ** float(order), axis, True)
    if order == 2:
        return tensor * e.rsqrt(maximum(size, to_tensor(least**2, tensor.dtype)))
    return tensor / maximum(size ** (1.0 / order), to_tensor(least, tensor.dtype))


@export("keras.ops.batch_normalization", "keras.ops.nn.batch_normalization")
@keras_op("nn", inputs=3)
def batch_normalization(x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with statistics along `axis`."""
    tensor = floating(x)
    shape = [1] * len(tensor.shape)
    shape[axis] = tensor.shape[axis]

    def spread(value: Any) -> Any:
        return reshape(floating(value), shape)

    factor = e.rsqrt(spread(variance) + epsilon)
    if scale is not None:
        factor = factor * spread(scale)
    result = tensor * factor - spread(mean) * factor
    return result if offset is None else result + spread(offset)


@export("keras.ops.binary_crossentropy", "keras.ops.nn.binary_crossentropy")
@keras_op("nn", inputs=2)
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """The cross-entropy of each element with a probability (or logit)."""
    return losses._binary_crossentropy(floating(target), floating(output), from_logits)


@export("keras.ops.categorical_crossentropy", "keras.ops.nn.categorical_crossentropy")
@keras_op("nn", inputs=2)
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """The cross-entropy of one-hot targets with probabilities (or logits)."""
    return losses.categorical_crossentropy(floating(target), floating(output), from_logits=from_logits, axis=axis)


@export("keras.ops.sparse_categorical_crossentropy", "keras.ops.nn.sparse_categorical_crossentropy")
@keras_op("nn", inputs=2)
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """The cross-entropy of class numbers with probabilities (or logits)."""
    return losses.sparse_categorical_crossentropy(to_tensor(as_tensor(target)), floating(output), from_logits=from_logits, axis=axis)


def _numbers(value: Any, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _last(data_format: str | None) -> bool:
    return (data_format or image_data_format()) == "channels_last"


@export("keras.ops.conv", "keras.ops.nn.conv")
@keras_op("nn", inputs=2)
def conv(inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1) -> Any:
    """A convolution over one, two or three axes.

    Args:
      inputs: [batch, …, channels], or channels second.
      kernel: [sizes…, channels, filters].
      strides, dilation_rate: an int, or one for each axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
    """
    x, k = floating(inputs), floating(kernel)
    rank = len(x.shape) - 2
    last = _last(data_format)
    groups = x.shape[-1 if last else 1] // k.shape[-2]
    return windows.convolution(x, k, _numbers(strides, rank), padding.upper(), _numbers(dilation_rate, rank), groups, last)


@export("keras.ops.max_pool", "keras.ops.nn.max_pool")
@keras_op("nn")
def max_pool(inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None) -> Any:
    """The largest element of each window."""
    x = floating(inputs)
    rank = len(x.shape) - 2
    size = _numbers(pool_size, rank)
    return windows.max_pool(x, size, size if strides is None else _numbers(strides, rank), padding.upper(), _last(data_format))


@export("keras.ops.average_pool", "keras.ops.nn.average_pool")
@keras_op("nn")
def average_pool(inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None) -> Any:
    """The mean of each window."""
    x = floating(inputs)
    rank = len(x.shape) - 2
    size = _numbers(pool_size, rank)
    return windows.avg_pool(x, size, size if strides is None else _numbers(strides, rank), padding.upper(), _last(data_format))


@export("keras.ops.dot_product_attention", "keras.ops.nn.dot_product_attention")
@keras_op("nn", inputs=3)
def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, scale: float | None = None, is_causal: bool = False,
    flash_attention: Any = None, attn_logits_soft_cap: float | None = None,
) -> Any:
    """softmax(query · key * scale + bias) · value for each head.

    Args:
      query: [batch, targets, heads, size].
      key, value: [batch, sources, heads, size].
      bias: added to the scores.
      mask: where a source may be seen.
      scale: 1 / sqrt(size) by default.
      is_causal: no source behind the target is seen.
      flash_attention: no effect: XLA decides.
      attn_logits_soft_cap: scores are squeezed into this range by tanh.
    """
    q, k, v = floating(query), floating(key), floating(value)
    scores = einsum("btnh,bsnh->bnts", q, k) * (q.shape[-1] ** -0.5 if scale is None else scale)
    if attn_logits_soft_cap is not None:
        scores = e.tanh(scores / attn_logits_soft_cap) * attn_logits_soft_cap
    if bias is not None:
        scores = scores + cast(to_tensor(as_tensor(bias)), scores.dtype)
    if mask is not None:
        scores = scores + (1.0 - cast(to_tensor(as_tensor(mask)), scores.dtype)) * -1e9
    if is_causal:
        order = creation.range_(scores.shape[-1])
        seen = cast(expand_dims(creation.range_(scores.shape[-2]), 1) >= order, scores.dtype)
        scores = scores + (1.0 - seen) * -1e9
    return einsum("bnts,bsnh->btnh", a.softmax(scores), v)
