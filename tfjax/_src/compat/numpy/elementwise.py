"""Functions of one array, element by element."""

from __future__ import annotations

import math as pymath
from typing import Any

from tfjax._src.compat.numpy.promotion import asarray, default_float, floating, promoted
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, masking, shaping
from tfjax._src.ops.math import arithmetic, comparison, elementwise, logical

EXPORTS = {
    "experimental.numpy.abs": "absolute",
    "experimental.numpy.conj": "conjugate",
    "experimental.numpy.round": "around",
}


@op("_internal.numpy_cbrt")
def _cbrt(x: Float, name: Name = None):
    xp = namespace(x)
    return xp.sign(x) * xp.power(xp.abs(x), xp.asarray(1.0 / 3.0, x.dtype))


def numeric(x: Tensor) -> Tensor:
    """The array itself; TypeError for booleans."""
    if x.dtype == dtypes.bool:
        raise TypeError(f"A numeric array is needed. Received dtype: {x.dtype.name}")
    return x


@export("experimental.numpy.sin")
def sin(x: Any) -> Tensor:
    """The sine of angles in radians.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.sin(0))
    0.0
    """
    return elementwise.sin(floating(x))


@export("experimental.numpy.cos")
def cos(x: Any) -> Tensor:
    """The cosine of angles in radians.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.cos(0))
    1.0
    """
    return elementwise.cos(floating(x))


@export("experimental.numpy.tan")
def tan(x: Any) -> Tensor:
    """The tangent of angles in radians.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.tan(0))
    0.0
    """
    return elementwise.tan(floating(x))


@export("experimental.numpy.arcsin")
def arcsin(x: Any) -> Tensor:
    """The angle in radians whose sine is `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arcsin(0))
    0.0
    """
    return elementwise.asin(floating(x))


@export("experimental.numpy.arccos")
def arccos(x: Any) -> Tensor:
    """The angle in radians whose cosine is `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arccos(1))
    0.0
    """
    return elementwise.acos(floating(x))


@export("experimental.numpy.arctan")
def arctan(x: Any) -> Tensor:
    """The angle in radians whose tangent is `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arctan(0))
    0.0
    """
    return elementwise.atan(floating(x))


@export("experimental.numpy.sinh")
def sinh(x: Any) -> Tensor:
    """The hyperbolic sine.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.sinh(0))
    0.0
    """
    return elementwise.sinh(floating(x))


@export("experimental.numpy.cosh")
def cosh(x: Any) -> Tensor:
    """The hyperbolic cosine.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.cosh(0))
    1.0
    """
    return elementwise.cosh(floating(x))


@export("experimental.numpy.tanh")
def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.tanh(0))
    0.0
    """
    return elementwise.tanh(floating(x))


@export("experimental.numpy.arcsinh")
def arcsinh(x: Any) -> Tensor:
    """The number whose hyperbolic sine is `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arcsinh(0))
    0.0
    """
    return elementwise.asinh(floating(x))


@export("experimental.numpy.arccosh")
def arccosh(x: Any) -> Tensor:
    """The number whose hyperbolic cosine is `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arccosh(1))
    0.0
    """
    return elementwise.acosh(floating(x))


@export("experimental.numpy.arctanh")
def arctanh(x: Any) -> Tensor:
    """The number whose hyperbolic tangent is `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arctanh(0))
    0.0
    """
    return elementwise.atanh(floating(x))


@export("experimental.numpy.exp")
def exp(x: Any) -> Tensor:
    """e to the power of `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.exp(0))
    1.0
    """
    return elementwise.exp(floating(x))


@export("experimental.numpy.expm1")
def expm1(x: Any) -> Tensor:
    """exp(x) - 1, exact near 0.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.expm1(0))
    0.0
    """
    return elementwise.expm1(floating(x))


@export("experimental.numpy.log")
def log(x: Any) -> Tensor:
    """The natural logarithm.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.log(1))
    0.0
    """
    return elementwise.log(floating(x))


@export("experimental.numpy.log1p")
def log1p(x: Any) -> Tensor:
    """log(1 + x), exact near 0.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.log1p(0))
    0.0
    """
    return elementwise.log1p(floating(x))


@export("experimental.numpy.sqrt")
def sqrt(x: Any) -> Tensor:
    """The square root.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.sqrt(4))
    2.0
    """
    return elementwise.sqrt(floating(x))


@export("experimental.numpy.floor")
def floor(x: Any) -> Tensor:
    """The largest whole number not above `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.floor(1.5))
    1.0
    """
    return elementwise.floor(floating(x))


@export("experimental.numpy.ceil")
def ceil(x: Any) -> Tensor:
    """The smallest whole number not below `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.ceil(1.5))
    2.0
    """
    return elementwise.ceil(floating(x))


@export("experimental.numpy.cbrt")
def cbrt(x: Any) -> Tensor:
    """The cube root, negative for negative numbers.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.cbrt(8.0))
    2.0
    """
    return _cbrt(floating(x))


@export("experimental.numpy.signbit")
def signbit(x: Any) -> Tensor:
    """True where an element is below 0; not for -0.0, as in TensorFlow.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.signbit(-1.5))
    1.0
    """
    x = asarray(x)
    x = shaping.cast(x, dtypes.int8) if x.dtype == dtypes.bool else x
    return comparison.less(x, creation.zeros_like(x))


@export("experimental.numpy.absolute")
def absolute(x: Any) -> Tensor:
    """The absolute value.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.absolute(-2))
    2.0
    """
    return elementwise.absolute(asarray(x))


@export("experimental.numpy.fabs")
def fabs(x: Any) -> Tensor:
    """The absolute value, without a change of dtype.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.fabs(-2))
    2.0
    """
    return elementwise.absolute(asarray(x))


@export("experimental.numpy.negative")
def negative(x: Any) -> Tensor:
    """The number with the other sign.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.negative(2))
    -2.0
    """
    return elementwise.negative(asarray(x))


@export("experimental.numpy.reciprocal")
def reciprocal(x: Any) -> Tensor:
    """1 / x.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.reciprocal(2.0))
    0.5
    """
    return elementwise.reciprocal(asarray(x))


@export("experimental.numpy.square")
def square(x: Any) -> Tensor:
    """x * x.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.square(3))
    9.0
    """
    return elementwise.square(asarray(x))


@export("experimental.numpy.conjugate")
def conjugate(x: Any) -> Tensor:
    """The complex conjugate; real numbers stay.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.conjugate(3))
    3.0
    """
    return elementwise.conj(numeric(asarray(x)))


@export("experimental.numpy.positive")
def positive(x: Any) -> Tensor:
    """+x: the array itself."""
    return shaping.identity(asarray(x))


@export("experimental.numpy.exp2")
def exp2(x: Any) -> Tensor:
    """2 to the power of `x`.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.exp2(3))
    8.0
    """
    x = floating(x)
    return arithmetic.power(shaping.cast(2, x.dtype), x)


def _logarithm(x: Any, base: float) -> Tensor:
    # TensorFlow divides by log(base) as a float of the default dtype, which widens the result.
    top, bottom = promoted(elementwise.log(floating(x)), asarray(pymath.log(base), default_float()))
    return arithmetic.realdiv(top, bottom)


@export("experimental.numpy.log2")
def log2(x: Any) -> Tensor:
    """The logarithm to base 2, as float64 unless float32 is preferred.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.log2(8))
    3.0
    """
    return _logarithm(x, 2.0)


@export("experimental.numpy.log10")
def log10(x: Any) -> Tensor:
    """The logarithm to base 10, as float64 unless float32 is preferred.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.log10(100))
    2.0
    """
    return _logarithm(x, 10.0)


@export("experimental.numpy.deg2rad")
def deg2rad(x: Any) -> Tensor:
    """Degrees to radians."""
    x = floating(x)
    return arithmetic.multiply(x, shaping.cast(asarray(pymath.pi / 180.0), x.dtype))


@export("experimental.numpy.rad2deg")
def rad2deg(x: Any) -> Tensor:
    """Radians to degrees.

    >>> import tfjax as tf, math
    >>> float(tf.experimental.numpy.rad2deg(math.pi))
    180.0
    """
    x = floating(x)
    return arithmetic.multiply(x, shaping.cast(asarray(180.0 / pymath.pi), x.dtype))


@export("experimental.numpy.sinc")
def sinc(x: Any) -> Tensor:
    """sin(pi x) / (pi x), which is 1 at 0.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.sinc(0.0))
    1.0
    """
    x = floating(x)
    angle_ = arithmetic.multiply(x, shaping.cast(asarray(pymath.pi), x.dtype))
    at_zero = comparison.equal(x, creation.zeros_like(x))
    safe = masking.where(at_zero, creation.ones_like(x), angle_)
    return masking.where(
        at_zero, creation.ones_like(x), arithmetic.realdiv(elementwise.sin(safe), safe)
    )


@export("experimental.numpy.fix")
def fix(x: Any) -> Tensor:
    """Cuts the fraction off: the next whole number towards 0.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.fix(-1.5))
    -1.0
    """
    x = floating(x)
    negative_ = comparison.less(x, creation.zeros_like(x))
    return masking.where(negative_, elementwise.ceil(x), elementwise.floor(x))


@export("experimental.numpy.around")
def around(a: Any, decimals: int = 0) -> Tensor:
    """Rounds to so many decimals; halves go to the even neighbour.

    Args:
      a: an array.
      decimals: how many; negative ones count to the left of the point.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.around(2.567, 1))
    2.6
    """
    a = asarray(a)
    original = a.dtype
    if decimals == 0:
        return a if original == dtypes.bool else elementwise.round_(a)
    factor = pymath.pow(10, decimals)
    wide = floating(a)
    scaled = arithmetic.multiply(wide, shaping.cast(asarray(factor), wide.dtype))
    rounded = arithmetic.realdiv(
        elementwise.round_(scaled), shaping.cast(asarray(factor), wide.dtype)
    )
    return shaping.cast(rounded, original)


@export("experimental.numpy.sign")
def sign(x: Any, out: Any = None, where: Any = None, **kwargs: Any) -> Tensor:
    """-1, 0 or 1; a complex number divided by its absolute value.

    `out`, `where` and NumPy's other options must be left alone, as in TensorFlow.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.sign(-5))
    -1
    """
    if out is not None or where is not None or kwargs:
        raise ValueError("tf.experimental.numpy.sign takes no arguments but `x`.")
    return elementwise.sign(asarray(x))


@export("experimental.numpy.logical_not")
def logical_not(x: Any) -> Tensor:
    """True where an element is 0.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.logical_not(0))
    True
    """
    return logical.logical_not(asarray(x, bool))


@export("experimental.numpy.bitwise_not")
def bitwise_not(x: Any) -> Tensor:
    """Flips every bit; booleans are negated.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.bitwise_not(0))
    -1
    """
    x = asarray(x)
    return logical.logical_not(x) if x.dtype == dtypes.bool else logical.bitwise_invert(x)
