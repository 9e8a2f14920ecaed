"""Activation functions by name."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name, Real
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.lookup import Family
from tfjax._src.ops.math import elementwise as e
from tfjax._src.ops.math.arithmetic import maximum, minimum

FAMILY = Family("activation")


@FAMILY.register()
@export("keras.activations.linear")
def linear(x: Any) -> Any:
    """`x` itself."""
    return x


@op("_internal.keras_relu", raw="Relu")
def _relu(x: Real, negative_slope: float, max_value: Any, threshold: float, name: Name = None):
    xp = namespace(x)
    zero = xp.zeros((), x.dtype)
    if threshold:
        positive = xp.where(x > threshold, x, zero)
    else:
        positive = xp.where(x > 0, x, zero) if xp is np else jax.nn.relu(x)
    if max_value is not None:
        positive = xp.minimum(positive, xp.asarray(max_value, x.dtype))
    if negative_slope:
        negative = xp.where(x < threshold, (x - xp.asarray(threshold, x.dtype)) * xp.asarray(negative_slope, x.dtype), zero)
        return xp.where(x < threshold, negative, positive)
    return positive


@FAMILY.register()
@export("keras.activations.relu")
def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """max(x, 0), with a slope below `threshold` and a cap if given.

    >>> import tfjax as tf
    >>> tf.keras.activations.relu([-1.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """
    return _relu(x, float(negative_slope), max_value, float(threshold))


@FAMILY.register()
@export("keras.activations.relu6")
def relu6(x: Any) -> Any:
    """min(max(x, 0), 6)."""
    return _relu(x, 0.0, 6.0, 0.0)


@FAMILY.register()
@export("keras.activations.leaky_relu")
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x above 0, `negative_slope * x` below."""
    return _relu(x, negative_slope, None, 0.0)


@FAMILY.register()
@export("keras.activations.sigmoid")
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return _with_logits(e.sigmoid(x), x)


@FAMILY.register()
@export("keras.activations.tanh")
def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return e.tanh(x)


@op("_internal.keras_softmax", raw="Softmax")
def _softmax(x: Float, axis: Any, name: Name = None):
    xp = namespace(x)
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    if xp is not np:
        shifted = x - jax.lax.stop_gradient(xp.max(x, axis=axis, keepdims=True))
    powers = xp.exp(shifted)
    return powers / xp.sum(powers, axis=axis, keepdims=True)


@FAMILY.register()
@export("keras.activations.softmax")
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) / sum(exp(x)) along `axis`."""
    return _with_logits(_softmax(x, tuple(axis) if isinstance(axis, list) else axis), x)


def _with_logits(output: Any, logits: Any) -> Any:
    """Cross entropies use the logits where they can: nothing is lost to rounding then."""
    if isinstance(output, Tensor):
        output._keras_logits = logits
    return output


@FAMILY.register()
@export("keras.activations.log_softmax")
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """log(softmax(x)), without underflow."""
    return _log_softmax(x, axis)


@op("_internal.keras_log_softmax", raw="LogSoftmax")
def _log_softmax(x: Float, axis: Any, name: Name = None):
    xp = namespace(x)
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


@op("_internal.keras_elu", raw="Elu")
def _elu(x: Float, alpha: float, scale: float, name: Name = None):
    xp = namespace(x)
    below = xp.asarray(alpha, x.dtype) * xp.expm1(xp.where(x > 0, xp.zeros((), x.dtype), x))
    return xp.asarray(scale, x.dtype) * xp.where(x > 0, x, below)


@FAMILY.register()
@export("keras.activations.elu")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha * (exp(x) - 1) below. Clevert et al. 2016."""
    return _elu(x, float(alpha), 1.0)


@FAMILY.register()
@export("keras.activations.selu")
def selu(x: Any) -> Any:
    """A scaled elu that keeps mean 0 and variance 1. Klambauer et al. 2017."""
    return _elu(x, 1.6732632423543772, 1.0507009873554805)


@FAMILY.register()
@export("keras.activations.softplus")
def softplus(x: Any) -> Any:
    """log(1 + exp(x))."""
    return e.softplus(x)


@FAMILY.register()
@export("keras.activations.softsign")
def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return e.softsign(x)


@FAMILY.register("swish")
@export("keras.activations.silu", "keras.activations.swish")
def silu(x: Any) -> Any:
    """x * sigmoid(x)."""
    return x * e.sigmoid(x)


@op("_internal.keras_gelu", raw="Gelu", host=False)
def _gelu(x: Float, approximate: bool, name: Name = None):
    return jax.nn.gelu(x, approximate=approximate)


@FAMILY.register()
@export("keras.activations.gelu")
def gelu(x: Any, approximate: bool = False) -> Any:
    """x times the normal distribution function of x. Hendrycks & Gimpel 2016."""
    return _gelu(x, bool(approximate))


@FAMILY.register()
@export("keras.activations.exponential")
def exponential(x: Any) -> Any:
    """exp(x)."""
    return e.exp(x)


@FAMILY.register()
@export("keras.activations.hard_sigmoid")
def hard_sigmoid(x: Any) -> Any:
    """relu6(x + 3) / 6."""
    return relu6(x + 3.0) * (1.0 / 6.0)


@FAMILY.register("hard_swish")
@export("keras.activations.hard_silu", "keras.activations.hard_swish")
def hard_silu(x: Any) -> Any:
    """x * hard_sigmoid(x)."""
    return x * hard_sigmoid(x)


@FAMILY.register()
@export("keras.activations.mish")
def mish(x: Any) -> Any:
    """x * tanh(softplus(x))."""
    return x * e.tanh(e.softplus(x))


@FAMILY.register()
@export("keras.activations.hard_tanh")
def hard_tanh(x: Any) -> Any:
    """x cut to [-1, 1]."""
    return minimum(maximum(x, -1.0), 1.0)


@export("keras.activations.get")
def get(identifier: Any) -> Any:
    """An activation by name, config or function; `linear` for None.

    >>> import tfjax as tf
    >>> tf.keras.activations.get("relu").__name__
    'relu'
    """
    return linear if identifier is None else FAMILY.get(identifier)


@export("keras.activations.serialize")
def serialize(activation: Any) -> Any:
    """The name (or config) of an activation."""
    return FAMILY.serialize(activation)


@export("keras.activations.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """An activation from its name or config."""
    return get(config)

