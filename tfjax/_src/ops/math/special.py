"""Special functions of tf.math and tf.math.special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, FloatOrComplex, IntOther, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks


# -- products that are 0 where the factor is -----------------------------------------------------
def _guarded(x: Any, y: Any, value: Callable[[Any, Any], Any]) -> Any:
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    zero = xp.zeros((), x.dtype)
    # Both branches get safe arguments, so that no NaN reaches a gradient.
    safe = xp.where(x == 0, xp.ones((), y.dtype), y)
    return xp.where(x == 0, zero, value(x, safe))


@op("math.xlogy", raw="Xlogy")
def xlogy(x: FloatOrComplex, y: FloatOrComplex, name: Name = None):
    """x * log(y), 0 where x is 0.

    >>> import tfjax as tf
    >>> float(tf.math.xlogy(0.0, 0.0))
    0.0
    """
    return _guarded(x, y, lambda a, b: a * namespace(a, b).log(b))


@op("math.xlog1py", raw="Xlog1py")
def xlog1py(x: FloatOrComplex, y: FloatOrComplex, name: Name = None):
    """x * log(1 + y), 0 where x is 0.

    >>> import tfjax as tf
    >>> float(tf.math.xlog1py(0.0, -1.0))
    0.0
    """
    return _guarded(x, y, lambda a, b: a * namespace(a, b).log1p(b))


@op("math.xdivy", raw="Xdivy")
def xdivy(x: FloatOrComplex, y: FloatOrComplex, name: Name = None):
    """x / y, 0 where x is 0.

    >>> import tfjax as tf
    >>> float(tf.math.xdivy(0.0, 0.0))
    0.0
    """
    return _guarded(x, y, lambda a, b: a / b)


# -- functions that JAX has ----------------------------------------------------------------------
@op("math.igamma", raw="Igamma", host=False)
def igamma(a: Float, x: Float, name: Name = None):
    """The regularised lower incomplete gamma function P(a, x).

    >>> import tfjax as tf
    >>> round(float(tf.math.igamma(1.0, 1.0)), 4)
    0.6321
    """
    return jax.scipy.special.gammainc(a, x)


@op("math.igammac", raw="Igammac", host=False)
def igammac(a: Float, x: Float, name: Name = None):
    """The regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x)."""
    return jax.scipy.special.gammaincc(a, x)


@op("math.betainc", raw="Betainc", host=False)
def betainc(a: Float, b: Float, x: Float, name: Name = None):
    """The regularised incomplete beta function I_x(a, b).

    >>> import tfjax as tf
    >>> round(float(tf.math.betainc(1.0, 1.0, 0.25)), 4)
    0.25
    """
    # Only x has a gradient, as in TensorFlow.
    return jax.scipy.special.betainc(jax.lax.stop_gradient(a), jax.lax.stop_gradient(b), x)


@jax.custom_jvp
def _zeta(x: Any, q: Any) -> Any:
    return jax.scipy.special.zeta(x, q)


@_zeta.defjvp
def _(primals: Any, tangents: Any) -> Any:
    x, q = primals
    return _zeta(x, q), -x * _zeta(x + 1, q) * tangents[1]


@op("math.polygamma", raw="Polygamma", host=False)
def polygamma(a: Float, x: Float, name: Name = None):
    """The derivative of order `a` of the digamma function; NaN unless `a` is a whole number >= 0."""
    a = jax.lax.stop_gradient(a)
    whole = (a == jnp.floor(a)) & (a >= 0)
    order = jnp.where(whole, a, 1)
    positive = jnp.where(order == 0, 1, order)
    sign = jnp.where(positive % 2 == 1, 1, -1).astype(x.dtype)
    value = sign * jnp.exp(jax.lax.lgamma(positive + 1)) * _zeta(positive + 1, x)
    return jnp.where(whole, jnp.where(order == 0, jax.lax.digamma(x), value), jnp.nan).astype(x.dtype)


@op("math.zeta", raw="Zeta", host=False)
def zeta(x: Float, q: Float, name: Name = None):
    """Hurwitz' zeta function: the sum over n >= 0 of (q + n) ** -x."""
    x = jax.lax.stop_gradient(x)
    return _zeta(x, q)


@op("math.erfcinv", raw="Erfcinv", host=False)
def erfcinv(x: Float, name: Name = None):
    """The inverse of erfc.

    >>> import tfjax as tf
    >>> abs(float(tf.math.erfcinv(1.0)))
    0.0
    """
    return -jax.scipy.special.ndtri(0.5 * x) * np.sqrt(0.5).astype(x.dtype)


@op("math.bessel_i0", "math.special.bessel_i0", raw="BesselI0", host=False)
def bessel_i0(x: Float, name: Name = None):
    """The modified Bessel function of order 0."""
    return jax.scipy.special.i0(x)


@op("math.bessel_i0e", "math.special.bessel_i0e", raw="BesselI0e", host=False)
def bessel_i0e(x: Float, name: Name = None):
    """exp(-|x|) times the modified Bessel function of order 0."""
    return jax.scipy.special.i0e(x)


@op("math.bessel_i1", "math.special.bessel_i1", raw="BesselI1", host=False)
def bessel_i1(x: Float, name: Name = None):
    """The modified Bessel function of order 1."""
    return jax.scipy.special.i1(x)


@op("math.bessel_i1e", "math.special.bessel_i1e", raw="BesselI1e", host=False)
def bessel_i1e(x: Float, name: Name = None):
    """exp(-|x|) times the modified Bessel function of order 1."""
    return jax.scipy.special.i1e(x)


# -- functions that only SciPy has: on the host, with the derivative written out --------------------
def _on_host(function: str, x: Any, part: int | None = None) -> Any:
    """SciPy's function of an array or, inside a compiled program, of the value it has at run time."""
    from scipy import special

    def compute(value: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            result = getattr(special, function)(np.asarray(value, np.float64))
        return np.asarray(result if part is None else result[part]).astype(value.dtype)

    if isinstance(x, np.ndarray):
        return compute(x)
    return jax.pure_callback(compute, jax.ShapeDtypeStruct(x.shape, x.dtype), x, vmap_method="broadcast_all")


def _with_slope(function: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`function`, differentiated by `slope`."""

    @jax.custom_jvp
    def compute(x: Any) -> Any:
        return function(x)

    @compute.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        return compute(primals[0]), slope(primals[0]) * tangents[0]

    return lambda x: function(x) if isinstance(x, np.ndarray) else compute(x)


def _quotient(numerator: Any, x: Any, at_zero: float) -> Any:
    return jnp.where(x == 0, jnp.asarray(at_zero, x.dtype), numerator / jnp.where(x == 0, 1, x))


def _named(name: str, slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return _with_slope(lambda x: _on_host(name, x), slope)


_j0 = _named("j0", lambda x: -_j1(x))
_j1 = _named("j1", lambda x: _j0(x) - _quotient(_j1(x), x, 0.5))
_k0 = _named("k0", lambda x: -_k1(x))
_k1 = _named("k1", lambda x: -_k0(x) - _k1(x) / x)
_k0e = _named("k0e", lambda x: _k0e(x) - _k1e(x))
_k1e = _named("k1e", lambda x: _k1e(x) * (1 - 1 / x) - _k0e(x))
_y0 = _named("y0", lambda x: -_y1(x))
_y1 = _named("y1", lambda x: _y0(x) - _y1(x) / x)
_dawsn = _named("dawsn", lambda x: 1 - 2 * x * _dawsn(x))
_expint = _named("expi", lambda x: jnp.exp(x) / x)
_spence = _named("spence", lambda x: jnp.where(x == 1, -1, jnp.log(x) / jnp.where(x == 1, 1, 1 - x)))


_fresnel_sin = _with_slope(lambda x: _on_host("fresnel", x, 0), lambda x: jnp.sin(np.pi / 2 * x * x).astype(x.dtype))
_fresnel_cos = _with_slope(lambda x: _on_host("fresnel", x, 1), lambda x: jnp.cos(np.pi / 2 * x * x).astype(x.dtype))


@op("math.special.bessel_j0", raw="BesselJ0")
def bessel_j0(x: Float, name: Name = None):
    """The Bessel function of the first kind of order 0; computed on the host."""
    return _j0(x)


@op("math.special.bessel_j1", raw="BesselJ1")
def bessel_j1(x: Float, name: Name = None):
    """The Bessel function of the first kind of order 1; computed on the host."""
    return _j1(x)


@op("math.special.bessel_k0", raw="BesselK0")
def bessel_k0(x: Float, name: Name = None):
    """The modified Bessel function of the second kind of order 0; computed on the host."""
    return _k0(x)


@op("math.special.bessel_k0e", raw="BesselK0e")
def bessel_k0e(x: Float, name: Name = None):
    """exp(x) times the modified Bessel function of the second kind of order 0."""
    return _k0e(x)


@op("math.special.bessel_k1", raw="BesselK1")
def bessel_k1(x: Float, name: Name = None):
    """The modified Bessel function of the second kind of order 1; computed on the host."""
    return _k1(x)


@op("math.special.bessel_k1e", raw="BesselK1e")
def bessel_k1e(x: Float, name: Name = None):
    """exp(x) times the modified Bessel function of the second kind of order 1."""
    return _k1e(x)


@op("math.special.bessel_y0", raw="BesselY0")
def bessel_y0(x: Float, name: Name = None):
    """The Bessel function of the second kind of order 0; computed on the host."""
    return _y0(x)


@op("math.special.bessel_y1", raw="BesselY1")
def bessel_y1(x: Float, name: Name = None):
    """The Bessel function of the second kind of order 1; computed on the host."""
    return _y1(x)


@op("math.special.dawsn", raw="Dawsn")
def dawsn(x: Float, name: Name = None):
    """Dawson's integral; computed on the host."""
    return _dawsn(x)


@op("math.special.expint", raw="Expint")
def expint(x: Float, name: Name = None):
    """The exponential integral Ei; computed on the host."""
    return _expint(x)


@op("math.special.spence", raw="Spence")
def spence(x: Float, name: Name = None):
    """Spence's integral, the dilogarithm of 1 - x; computed on the host."""
    return _spence(x)


@op("math.special.fresnel_cos", raw="FresnelCos")
def fresnel_cos(x: Float, name: Name = None):
    """Fresnel's cosine integral; computed on the host."""
    return _fresnel_cos(x)


@op("math.special.fresnel_sin", raw="FresnelSin")
def fresnel_sin(x: Float, name: Name = None):
    """Fresnel's sine integral; computed on the host."""
    return _fresnel_sin(x)


# -- others --------------------------------------------------------------------------------------
@op("math.lbeta", raw="Lbeta", host=False)
def lbeta(x: Float, name: Name = None):
    """log of the beta function of the numbers along the last axis.

    >>> import tfjax as tf
    >>> round(float(tf.math.lbeta([1.0, 2.0])), 4)
    -0.6931
    """
    if not x.ndim:
        return jnp.zeros((), x.dtype)
    return jnp.sum(jax.lax.lgamma(x), -1) - jax.lax.lgamma(jnp.sum(x, -1))


@op("math.nextafter", raw="NextAfter", differentiable=False)
def nextafter(x1: Float, x2: Float, name: Name = None):
    """The next number after `x1` towards `x2`.

    >>> import tfjax as tf
    >>> float(tf.math.nextafter(1.0, 2.0)) > 1.0
    True
    """
    return namespace(x1, x2).nextafter(x1, x2)


@export("math.polyval")
def polyval(coeffs: Any, x: Any, name: Any = None) -> Any:
    """The polynomial with these coefficients, the highest first, at x, by Horner's rule.

    Raises ValueError unless `coeffs` is a list.

    >>> import tfjax as tf
    >>> float(tf.math.polyval([1.0, 2.0, 3.0], 2.0))
    11.0
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    x = to_tensor(x)
    if not coeffs:
        from tfjax._src.ops.array.creation import zeros_like

        return zeros_like(x)
    result = to_tensor(coeffs[0], None, x.dtype)
    for coefficient in coeffs[1:]:
        result = result * x + coefficient
    return result


@op("math.invert_permutation", raw="InvertPermutation", differentiable=False)
def invert_permutation(x: IntOther, name: Name = None):
    """y with y[x[i]] = i.

    Raises InvalidArgumentError for what is no permutation, where the values are known.

    >>> import tfjax as tf
    >>> tf.math.invert_permutation([2, 0, 1]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    from tfjax._src.core.errors import InvalidArgumentError

    if x.ndim != 1:
        raise InvalidArgumentError(None, None, f"invert_permutation expects a 1D vector, got shape {checks.brackets(tuple(x.shape))}")
    if isinstance(x, np.ndarray):
        if sorted(x.tolist()) != list(range(x.size)):
            bad = next((v for i, v in enumerate(x.tolist()) if not 0 <= v < x.size or v in x.tolist()[:i]), None)
            text = f"{bad} is duplicated in the input." if bad is not None and 0 <= bad < x.size else f"{bad} is not between 0 and {x.size}"
            raise InvalidArgumentError(None, None, text)
        return np.argsort(x).astype(x.dtype)
    return jnp.argsort(x).astype(x.dtype)


@export("scalar_mul", "math.scalar_mul")
def scalar_mul(scalar: Any, x: Any, name: Any = None) -> Any:
    """`scalar` times a tensor (or IndexedSlices).

    >>> import tfjax as tf
    >>> tf.math.scalar_mul(2.0, [1.0, 2.0]).numpy()
    array([2., 4.], dtype=float32)
    """
    if hasattr(x, "indices") and hasattr(x, "values"):
        return type(x)(scalar_mul(scalar, x.values), x.indices, x.dense_shape)
    x = to_tensor(x)
    scalar = to_tensor(scalar, x.dtype)
    if len(scalar.shape):
        raise ValueError("The input scalar must be a 0-D value.")
    return scalar * x
