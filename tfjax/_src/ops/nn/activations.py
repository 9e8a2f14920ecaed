"""tf.nn activation functions."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import dispatch
from tfjax._src.eager.args import Axis, Float, Name, Real
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.math import elementwise


@op("nn.relu", raw="Relu", any_size="quick")
def relu(features: Real, name: Name = None):
    """max(x, 0), with gradient 0 at 0.

    >>> import tfjax as tf
    >>> tf.nn.relu([-1.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """
    return np.maximum(features, 0).astype(features.dtype, copy=False) if namespace(features) is np else jax.nn.relu(features)


@op("nn.relu6", raw="Relu6", any_size="quick")
def relu6(features: Real, name: Name = None):
    """min(max(x, 0), 6).

    >>> import tfjax as tf
    >>> float(tf.nn.relu6(9.0))
    6.0
    """
    return np.clip(features, 0, 6).astype(features.dtype) if namespace(features) is np else jax.nn.relu6(features)


@op("nn.leaky_relu", raw="LeakyRelu", elementwise=True)
def leaky_relu(features: Float, alpha: float = 0.2, name: Name = None):
    """x above 0, `alpha * x` below.

    >>> import tfjax as tf
    >>> float(tf.nn.leaky_relu(-1.0, alpha=0.5))
    -0.5
    """
    xp = namespace(features)
    below = features * xp.asarray(alpha, features.dtype)
    if xp is np and 0 < alpha <= 1:
        return np.maximum(features, below)
    return xp.where(features > 0, features, below)


def _exponential_linear(x: Any, alpha: float, scale: float) -> Any:
    xp = namespace(x)
    if xp is np:  # without branches: one of the terms is 0
        zero = np.zeros((), x.dtype)
        below = np.asarray(alpha * scale, x.dtype) * np.expm1(np.minimum(x, zero))
        return np.asarray(scale, x.dtype) * np.maximum(x, zero) + below
    below = xp.asarray(alpha * scale, x.dtype) * xp.expm1(xp.where(x > 0, xp.zeros((), x.dtype), x))
    return xp.where(x > 0, xp.asarray(scale, x.dtype) * x, below)


@op("nn.elu", raw="Elu", elementwise=True)
def elu(features: Float, name: Name = None):
    """x above 0, exp(x) - 1 below. Clevert et al. 2016.

    >>> import tfjax as tf
    >>> float(tf.nn.elu(2.0))
    2.0
    """
    return _exponential_linear(features, 1.0, 1.0)


@op("nn.selu", raw="Selu", elementwise=True)
def selu(features: Float, name: Name = None):
    """A scaled elu. Klambauer et al. 2017.

    >>> import tfjax as tf
    >>> float(tf.nn.selu(0.0))
    0.0
    """
    return _exponential_linear(features, 1.6732632423543772, 1.0507009873554805)


@op("nn.gelu", raw="Gelu", host=False)
def gelu(features: Float, approximate: bool = False, name: Name = None):
    """x times the normal distribution function of x. Hendrycks & Gimpel 2016.

    >>> import tfjax as tf
    >>> float(tf.nn.gelu(0.0))
    0.0
    """
    return jax.nn.gelu(features, approximate=approximate)


@export("nn.silu", "nn.swish")
def silu(features: Any, beta: float = 1.0) -> Any:
    """x * sigmoid(beta * x).

    >>> import tfjax as tf
    >>> float(tf.nn.silu(0.0))
    0.0
    """
    from tfjax._src.eager.convert import to_tensor

    features = features if dispatch.handler_for(type(features)) else to_tensor(features)
    return features * elementwise.sigmoid(features if beta == 1.0 else features * beta)


@op("nn.softmax", "math.softmax", raw="Softmax")
def softmax(logits: Float, axis: Axis = None, name: Name = None):
    """exp(x) / sum(exp(x)) along `axis`.

    >>> import tfjax as tf
    >>> tf.nn.softmax([0.0, 0.0]).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    xp = namespace(logits)
    axis = -1 if axis is None else axis
    top = xp.max(logits, axis=axis, keepdims=True, initial=-np.inf)
    powers = xp.exp(logits - (top if xp is np else jax.lax.stop_gradient(top)))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


@op("nn.log_softmax", "math.log_softmax", raw="LogSoftmax")
def log_softmax(logits: Float, axis: Axis = None, name: Name = None):
    """log(softmax(x)), without underflow.

    >>> import tfjax as tf
    >>> tf.nn.log_softmax([0.0, 0.0]).numpy()
    array([-0.6931472, -0.6931472], dtype=float32)
    """
    xp = namespace(logits)
    axis = -1 if axis is None else axis
    top = xp.max(logits, axis=axis, keepdims=True, initial=-np.inf)
    shifted = logits - (top if xp is np else jax.lax.stop_gradient(top))
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


