"""Activation functions that shrink, gate or cut: celu, glu, sparsemax and their like."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.activations import FAMILY
from tfjax._src.ops.math import elementwise as e


@op("_internal.keras_celu", raw="Celu")
def _celu(x: Float, alpha: float, name: Name = None):
    xp = namespace(x)
    zero = xp.zeros((), x.dtype)
    return xp.maximum(x, zero) + alpha * xp.expm1(xp.minimum(x, zero) / alpha)


@FAMILY.register()
@export("keras.activations.celu")
def celu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha * (exp(x / alpha) - 1) below. Barron 2017.

    >>> import tfjax as tf
    >>> tf.keras.activations.celu([-1.0, 2.0]).numpy().round(3)
    array([-0.632,  2.   ], dtype=float32)
    """
    return _celu(x, float(alpha))


@op("_internal.keras_glu", raw="Glu")
def _glu(x: Float, axis: int, name: Name = None):
    xp = namespace(x)
    if x.shape[axis] % 2:
        raise ValueError(f"axis size must be divisible by 2. Received: x.shape={x.shape} with axis={axis}")
    value, gate = xp.split(x, 2, axis=axis)
    return value / (1 + xp.exp(-gate))


@FAMILY.register()
@export("keras.activations.glu")
def glu(x: Any, axis: int = -1) -> Any:
    """One half of x times the sigmoid of the other. Dauphin et al. 2016.

    >>> import tfjax as tf
    >>> tf.keras.activations.glu([4.0, 0.0]).numpy()
    array([2.], dtype=float32)
    """
    return _glu(x, axis)


@op("_internal.keras_shrink", raw="Shrink")
def _shrink(x: Float, threshold: float, soft: bool, name: Name = None):
    xp = namespace(x)
    limit = xp.asarray(threshold, x.dtype)
    kept = x - xp.sign(x) * limit if soft else x
    return xp.where(xp.abs(x) > limit, kept, xp.zeros((), x.dtype))


@FAMILY.register()
@export("keras.activations.hard_shrink")
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where it is farther from 0 than `threshold`, else 0."""
    return _shrink(x, float(threshold), False)


@FAMILY.register()
@export("keras.activations.soft_shrink")
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved towards 0 by `threshold`, and not beyond."""
    return _shrink(x, float(threshold), True)


@FAMILY.register()
@export("keras.activations.tanh_shrink")
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x)."""
    return x - e.tanh(x)


@FAMILY.register()
@export("keras.activations.log_sigmoid")
def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)), without overflow."""
    return e.log_sigmoid(x)


@op("_internal.keras_sparse_plus", raw="SparsePlus")
def _sparse_plus(x: Float, name: Name = None):
    xp = namespace(x)
    curve = (x + 1) ** 2 / 4
    return xp.where(x <= -1, xp.zeros((), x.dtype), xp.where(x < 1, curve, x)).astype(x.dtype)


@FAMILY.register()
@export("keras.activations.sparse_plus")
def sparse_plus(x: Any) -> Any:
    """0 up to -1, (x + 1) ** 2 / 4 up to 1, x beyond. Martins & Astudillo 2016."""
    return _sparse_plus(x)


@op("_internal.keras_sparse_sigmoid", raw="SparseSigmoid")
def _sparse_sigmoid(x: Float, name: Name = None):
    xp = namespace(x)
    one = xp.ones((), x.dtype)
    return xp.where(x <= -1, xp.zeros((), x.dtype), xp.where(x >= 1, one, (x + 1) / 2)).astype(x.dtype)


@FAMILY.register()
@export("keras.activations.sparse_sigmoid")
def sparse_sigmoid(x: Any) -> Any:
    """(x + 1) / 2, cut to [0, 1]."""
    return _sparse_sigmoid(x)


@op("_internal.keras_sparsemax", raw="Sparsemax")
def _sparsemax(x: Float, axis: int, name: Name = None):
    xp = namespace(x)
    ordered = xp.flip(xp.sort(xp.moveaxis(x, axis, -1), axis=-1), axis=-1)
    ranks = xp.arange(1, x.shape[axis] + 1, dtype=x.dtype)
    sums = xp.cumsum(ordered, axis=-1, dtype=x.dtype)
    inside = 1 + ranks * ordered > sums
    count = xp.sum(inside, axis=-1, keepdims=True)
    # The paper takes the last of these sums; Keras adds them all up, and so do we.
    total = xp.sum(xp.where(inside, sums, xp.zeros((), x.dtype)), axis=-1, keepdims=True)
    limit = (total - 1) / count.astype(x.dtype)
    return xp.maximum(x - xp.moveaxis(limit, -1, axis), xp.zeros((), x.dtype))


@FAMILY.register()
@export("keras.activations.sparsemax")
def sparsemax(x: Any, axis: int = -1) -> Any:
    """max(x - t, 0) with a threshold t that leaves few elements. After Martins & Astudillo 2016.

    As in Keras, the results sum to 1 where a single element is left, and need not elsewhere.

    >>> import tfjax as tf
    >>> tf.keras.activations.sparsemax([[2.0, 0.0, -2.0]]).numpy()
    array([[1., 0., 0.]], dtype=float32)
    """
    return _sparsemax(x, axis)


@FAMILY.register()
@export("keras.activations.squareplus")
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x ** 2 + b)) / 2. Barron 2021."""
    return (x + e.sqrt(e.square(x) + float(b))) * 0.5


@op("_internal.keras_threshold", raw="Threshold")
def _threshold(x: Float, limit: float, value: float, name: Name = None):
    xp = namespace(x)
    return xp.where(x > xp.asarray(limit, x.dtype), x, xp.asarray(value, x.dtype))


@FAMILY.register()
@export("keras.activations.threshold")
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x where it is above `threshold`, else `default_value`.

    >>> import tfjax as tf
    >>> tf.keras.activations.threshold([0.1, 0.5], 0.2, 0.0).numpy()
    array([0. , 0.5], dtype=float32)
    """
    return _threshold(x, float(threshold), float(default_value))
