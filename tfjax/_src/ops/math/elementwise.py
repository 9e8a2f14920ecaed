"""Element-wise functions of one tensor."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager.args import Complex, Float, FloatOrComplex, Name, Numeric, NumericOrBool, Real
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.math import roots


@op("math.negative", "negative", raw="Neg", any_size="quick")
def negative(x: Numeric, name: Name = None):
    """The negative, `-x`.

    >>> import tfjax as tf
    >>> tf.negative([1, -2]).numpy()
    array([-1,  2], dtype=int32)
    """
    return -x


@op("math.sign", "sign", raw="Sign", any_size="quick")
def sign(x: Numeric, name: Name = None):
    """-1, 0 or 1 by the sign; `x / |x|` for complex numbers; NaN for NaN.

    >>> import tfjax as tf
    >>> tf.sign([-2.0, 0.0, 3.0]).numpy()
    array([-1.,  0.,  1.], dtype=float32)
    """
    return namespace(x).sign(x)


@op("math.square", "square", raw="Square", any_size="quick")
def square(x: Numeric, name: Name = None):
    """The square, `x * x`.

    >>> import tfjax as tf
    >>> tf.square([2.0, 3.0]).numpy()
    array([4., 9.], dtype=float32)
    """
    return x * x


@op("math.sqrt", "sqrt", raw="Sqrt", any_size="quick")
def sqrt(x: FloatOrComplex, name: Name = None):
    """The square root; NaN for negative numbers.

    >>> import tfjax as tf
    >>> tf.sqrt([4.0, 9.0]).numpy()
    array([2., 3.], dtype=float32)
    """
    return np.sqrt(x) if namespace(x) is np else roots.sqrt(x)


@op("math.rsqrt", raw="Rsqrt", elementwise=True)
def rsqrt(x: FloatOrComplex, name: Name = None):
    """One over the square root.

    >>> import tfjax as tf
    >>> tf.math.rsqrt([4.0, 0.25]).numpy()
    array([0.5, 2. ], dtype=float32)
    """
    return 1 / np.sqrt(x) if namespace(x) is np else roots.rsqrt(x)


@op("math.reciprocal", raw="Reciprocal", any_size="quick")
def reciprocal(x: FloatOrComplex, name: Name = None):
    """One over `x`.

    >>> import tfjax as tf
    >>> tf.math.reciprocal([2.0, 4.0]).numpy()
    array([0.5 , 0.25], dtype=float32)
    """
    return 1 / x if namespace(x) is np else roots.reciprocal(x)


@op("math.reciprocal_no_nan", raw="DivNoNan", elementwise=True)
def reciprocal_no_nan(x: FloatOrComplex, name: Name = None):
    """One over `x`, and 0 where `x` is 0.

    >>> import tfjax as tf
    >>> tf.math.reciprocal_no_nan([2.0, 0.0]).numpy()
    array([0.5, 0. ], dtype=float32)
    """
    xp = namespace(x)
    zero = x == 0
    return xp.where(zero, xp.zeros((), x.dtype), 1 / xp.where(zero, xp.ones((), x.dtype), x))


@op("math.exp", "exp", raw="Exp", any_size="quick")
def exp(x: FloatOrComplex, name: Name = None):
    """e to the power of `x`.

    >>> import tfjax as tf
    >>> float(tf.exp(0.0))
    1.0
    """
    return namespace(x).exp(x)


@op("math.expm1", raw="Expm1", any_size="quick")
def expm1(x: FloatOrComplex, name: Name = None):
    """`exp(x) - 1`, exact near 0.

    >>> import tfjax as tf
    >>> float(tf.math.expm1(0.0))
    0.0
    """
    return namespace(x).expm1(x)


@op("math.log", raw="Log", any_size="quick")
def log(x: FloatOrComplex, name: Name = None):
    """The natural logarithm.

    >>> import tfjax as tf
    >>> float(tf.math.log(1.0))
    0.0
    """
    return namespace(x).log(x)


@op("math.log1p", raw="Log1p", any_size="quick")
def log1p(x: FloatOrComplex, name: Name = None):
    """`log(1 + x)`, exact near 0.

    >>> import tfjax as tf
    >>> float(tf.math.log1p(0.0))
    0.0
    """
    return namespace(x).log1p(x)


@op("math.sin", "sin", raw="Sin", any_size="quick")
def sin(x: FloatOrComplex, name: Name = None):
    """The sine of an angle in radians.

    >>> import tfjax as tf
    >>> float(tf.sin(0.0))
    0.0
    """
    return namespace(x).sin(x)


@op("math.cos", "cos", raw="Cos", any_size="quick")
def cos(x: FloatOrComplex, name: Name = None):
    """The cosine of an angle in radians.

    >>> import tfjax as tf
    >>> float(tf.cos(0.0))
    1.0
    """
    return namespace(x).cos(x)


@op("math.tan", "tan", raw="Tan")
def tan(x: FloatOrComplex, name: Name = None):
    """The tangent of an angle in radians.

    >>> import tfjax as tf
    >>> float(tf.tan(0.0))
    0.0
    """
    return namespace(x).tan(x)


@op("math.asin", "asin", raw="Asin")
def asin(x: FloatOrComplex, name: Name = None):
    """The angle in radians, in [-pi/2, pi/2], whose sine is `x`.

    >>> import tfjax as tf
    >>> float(tf.asin(0.0))
    0.0
    """
    return namespace(x).arcsin(x)


@op("math.acos", "acos", raw="Acos")
def acos(x: FloatOrComplex, name: Name = None):
    """The angle in radians, in [0, pi], whose cosine is `x`.

    >>> import tfjax as tf
    >>> float(tf.acos(1.0))
    0.0
    """
    return namespace(x).arccos(x)


@op("math.atan", "atan", raw="Atan")
def atan(x: FloatOrComplex, name: Name = None):
    """The angle in radians, in (-pi/2, pi/2), whose tangent is `x`.

    >>> import tfjax as tf
    >>> float(tf.atan(0.0))
    0.0
    """
    return namespace(x).arctan(x)


@op("math.sinh", "sinh", raw="Sinh")
def sinh(x: FloatOrComplex, name: Name = None):
    """The hyperbolic sine.

    >>> import tfjax as tf
    >>> float(tf.sinh(0.0))
    0.0
    """
    return namespace(x).sinh(x)


@op("math.cosh", "cosh", raw="Cosh")
def cosh(x: FloatOrComplex, name: Name = None):
    """The hyperbolic cosine.

    >>> import tfjax as tf
    >>> float(tf.cosh(0.0))
    1.0
    """
    return namespace(x).cosh(x)


@op("math.tanh", "tanh", "nn.tanh", raw="Tanh", any_size="quick")
def tanh(x: FloatOrComplex, name: Name = None):
    """The hyperbolic tangent.

    >>> import tfjax as tf
    >>> float(tf.tanh(0.0))
    0.0
    """
    return namespace(x).tanh(x)


@op("math.asinh", "asinh", raw="Asinh")
def asinh(x: FloatOrComplex, name: Name = None):
    """The inverse hyperbolic sine.

    >>> import tfjax as tf
    >>> float(tf.asinh(0.0))
    0.0
    """
    return namespace(x).arcsinh(x)


@op("math.acosh", "acosh", raw="Acosh")
def acosh(x: FloatOrComplex, name: Name = None):
    """The inverse hyperbolic cosine.

    >>> import tfjax as tf
    >>> float(tf.acosh(1.0))
    0.0
    """
    return namespace(x).arccosh(x)


@op("math.atanh", "atanh", raw="Atanh")
def atanh(x: FloatOrComplex, name: Name = None):
    """The inverse hyperbolic tangent.

    >>> import tfjax as tf
    >>> float(tf.atanh(0.0))
    0.0
    """
    return namespace(x).arctanh(x)


@op("math.sigmoid", "sigmoid", "nn.sigmoid", raw="Sigmoid", elementwise=True)
def sigmoid(x: FloatOrComplex, name: Name = None):
    """The logistic function `1 / (1 + exp(-x))`.

    >>> import tfjax as tf
    >>> float(tf.sigmoid(0.0))
    0.5
    """
    xp = namespace(x)
    if xp is np or jnp.issubdtype(x.dtype, jnp.complexfloating):
        return 1 / (1 + xp.exp(-x))
    return jax.nn.sigmoid(x)


@op("math.softplus", "nn.softplus", raw="Softplus")
def softplus(features: Float, name: Name = None):
    """`log(1 + exp(features))`, without overflow.

    >>> import tfjax as tf
    >>> float(tf.nn.softplus(0.0))
    0.6931471824645996
    """
    xp = namespace(features)
    return xp.logaddexp(features, xp.zeros((), features.dtype))


@op("math.softsign", "nn.softsign", raw="Softsign", elementwise=True)
def softsign(features: Float, name: Name = None):
    """`features / (1 + |features|)`.

    >>> import tfjax as tf
    >>> float(tf.nn.softsign(1.0))
    0.5
    """
    return features / (1 + namespace(features).abs(features))


@op("math.log_sigmoid", raw="LogSigmoid")
def log_sigmoid(x: Float, name: Name = None):
    """`log(sigmoid(x))`, without overflow.

    >>> import tfjax as tf
    >>> float(tf.math.log_sigmoid(0.0))
    -0.6931471824645996
    """
    xp = namespace(x)
    return -xp.logaddexp(-x, xp.zeros((), x.dtype))


@op("math.floor", "floor", raw="Floor", differentiable=False, any_size="quick")
def floor(x: Float, name: Name = None):
    """The largest whole number not above `x`.

    >>> import tfjax as tf
    >>> float(tf.floor(1.5))
    1.0
    """
    return namespace(x).floor(x)


@op("math.ceil", raw="Ceil", differentiable=False, any_size="quick")
def ceil(x: Float, name: Name = None):
    """The smallest whole number not below `x`.

    >>> import tfjax as tf
    >>> float(tf.math.ceil(1.5))
    2.0
    """
    return namespace(x).ceil(x)


@op("math.rint", raw="Rint", differentiable=False, any_size="quick")
def rint(x: Float, name: Name = None):
    """The nearest whole number, halves to even.

    >>> import tfjax as tf
    >>> float(tf.math.rint(2.5))
    2.0
    """
    return namespace(x).rint(x)


@op("math.round", "round", raw="Round", listed=False, differentiable=False, any_size="quick")
def round_(x: Numeric, name: Name = None):
    """The nearest whole number, halves to even.

    >>> import tfjax as tf
    >>> float(tf.round(2.5))
    2.0
    """
    return x if x.dtype.kind in "iub" else namespace(x).round(x)


@op("math.is_nan", raw="IsNan", differentiable=False, any_size="quick")
def is_nan(x: Float, name: Name = None):
    """True where `x` is NaN.

    >>> import tfjax as tf
    >>> bool(tf.math.is_nan(1.0))
    False
    """
    return namespace(x).isnan(x)


@op("math.is_inf", raw="IsInf", differentiable=False, any_size="quick")
def is_inf(x: Float, name: Name = None):
    """True where `x` is infinite.

    >>> import tfjax as tf
    >>> bool(tf.math.is_inf(1.0))
    False
    """
    return namespace(x).isinf(x)


@op("math.is_finite", raw="IsFinite", differentiable=False, any_size="quick")
def is_finite(x: Float, name: Name = None):
    """True where `x` is neither infinite nor NaN.

    >>> import tfjax as tf
    >>> bool(tf.math.is_finite(1.0))
    True
    """
    return namespace(x).isfinite(x)


@op("math.lgamma", raw="Lgamma", host=False)
def lgamma(x: Float, name: Name = None):
    """The logarithm of the absolute value of the gamma function.

    >>> import tfjax as tf
    >>> round(float(tf.math.lgamma(3.0)), 4)
    0.6931
    """
    return jax.lax.lgamma(x)


@op("math.digamma", raw="Digamma", host=False)
def digamma(x: Float, name: Name = None):
    """The derivative of `lgamma`.

    >>> import tfjax as tf
    >>> round(float(tf.math.digamma(1.0)), 4)
    -0.5772
    """
    return jax.lax.digamma(x)


@op("math.erf", raw="Erf", host=False)
def erf(x: Float, name: Name = None):
    """The Gauss error function.

    >>> import tfjax as tf
    >>> float(tf.math.erf(0.0))
    0.0
    """
    return jax.lax.erf(x)


@op("math.erfc", raw="Erfc", host=False)
def erfc(x: Float, name: Name = None):
    """`1 - erf(x)`, exact for large `x`.

    >>> import tfjax as tf
    >>> float(tf.math.erfc(0.0))
    1.0
    """
    return jax.lax.erfc(x)


@op("math.erfinv", raw="Erfinv", host=False)
def erfinv(x: Float, name: Name = None):
    """The inverse of `erf`.

    >>> import tfjax as tf
    >>> float(tf.math.erfinv(0.0))
    0.0
    """
    return jax.lax.erf_inv(x)


@op("math.ndtri", raw="Ndtri", host=False)
def ndtri(x: Float, name: Name = None):
    """The quantile function of the standard normal distribution.

    >>> import tfjax as tf
    >>> float(tf.math.ndtri(0.5))
    0.0
    """
    return jax.scipy.special.ndtri(x)


@op("math.conj", raw="Conj", listed=False)
def conj(x: Numeric, name: Name = None):
    """The complex conjugate; real tensors stay as they are.

    >>> import tfjax as tf
    >>> tf.math.conj(1 + 2j).numpy()
    np.complex128(1-2j)
    """
    return namespace(x).conj(x)


@op("math.real", raw="Real", listed=False)
def real(input: Numeric, name: Name = None):
    """The real part.

    >>> import tfjax as tf
    >>> float(tf.math.real(1 + 2j))
    1.0
    """
    return namespace(input).real(input)


@op("math.imag", raw="Imag", listed=False)
def imag(input: Numeric, name: Name = None):
    """The imaginary part.

    >>> import tfjax as tf
    >>> float(tf.math.imag(1 + 2j))
    2.0
    """
    return namespace(input).imag(input)


@op("math.angle", raw="Angle", listed=False)
def angle(input: Numeric, name: Name = None):
    """The angle of a complex number, in radians.

    >>> import tfjax as tf
    >>> float(tf.math.angle(1j))
    1.5707963267948966
    """
    return namespace(input).angle(input).astype(input.real.dtype)


@op("math.abs", "abs", raw="Abs", listed="ComplexAbs", any_size="quick")
def absolute(x: Numeric, name: Name = None):
    """The absolute value; the modulus of complex numbers.

    >>> import tfjax as tf
    >>> tf.abs([-1.5, 2.0]).numpy()
    array([1.5, 2. ], dtype=float32)
    """
    return namespace(x).abs(x)
