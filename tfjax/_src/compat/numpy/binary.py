"""Functions of two arrays that broadcast against each other."""

from __future__ import annotations

import math
from typing import Any

from tfjax._src.compat.numpy.promotion import (
    arrays,
    asarray,
    default_float,
    promoted,
    promoted_floats,
)
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Int, Name, Real
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, masking, shaping
from tfjax._src.ops.math import arithmetic, comparison, division, elementwise, logical

EXPORTS = {"experimental.numpy.mod": "remainder", "experimental.numpy.divide": "true_divide"}


@op("_internal.numpy_gcd", raw="Gcd", differentiable=False)
def _gcd(x: Int, y: Int, name: Name = None):
    return namespace(x, y).gcd(x, y)


@op("_internal.numpy_lcm", raw="Lcm", differentiable=False)
def _lcm(x: Int, y: Int, name: Name = None):
    return namespace(x, y).lcm(x, y)


@op("_internal.numpy_nextafter", raw="NextAfter", differentiable=False)
def _nextafter(x: Real, y: Real, name: Name = None):
    return namespace(x, y).nextafter(x, y)


@op("_internal.numpy_logaddexp")
def _logaddexp(x: Float, y: Float, name: Name = None):
    return namespace(x, y).logaddexp(x, y)


@export("experimental.numpy.add")
def add(x1: Any, x2: Any) -> Tensor:
    """The sum, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.add(1, 2))
    3.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_or(x1, x2)
    return arithmetic.add(x1, x2)


@export("experimental.numpy.multiply")
def multiply(x1: Any, x2: Any) -> Tensor:
    """The product, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.multiply(2, 3))
    6.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_and(x1, x2)
    return arithmetic.multiply(x1, x2)


@export("experimental.numpy.maximum")
def maximum(x1: Any, x2: Any) -> Tensor:
    """The larger of the two, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.maximum(2, 3))
    3.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_or(x1, x2)
    return arithmetic.maximum(x1, x2)


@export("experimental.numpy.minimum")
def minimum(x1: Any, x2: Any) -> Tensor:
    """The smaller of the two, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.minimum(2, 3))
    2.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_and(x1, x2)
    return arithmetic.minimum(x1, x2)


@export("experimental.numpy.subtract")
def subtract(x1: Any, x2: Any) -> Tensor:
    """The difference, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.subtract(5, 3))
    2.0
    """
    x1, x2 = promoted(x1, x2)
    return arithmetic.subtract(x1, x2)


@export("experimental.numpy.power")
def power(x1: Any, x2: Any) -> Tensor:
    """The power, `x1` to the `x2`, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.power(2, 3))
    8.0
    """
    x1, x2 = promoted(x1, x2)
    return arithmetic.power(x1, x2)


@export("experimental.numpy.float_power")
def float_power(x1: Any, x2: Any) -> Tensor:
    """The power, `x1` to the `x2`, in the dtype the two share, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.float_power(2, 3))
    8.0
    """
    x1, x2 = promoted(x1, x2)
    return arithmetic.power(x1, x2)


@export("experimental.numpy.floor_divide")
def floor_divide(x1: Any, x2: Any) -> Tensor:
    """The quotient, rounded down, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.floor_divide(7, 2))
    3.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.int8), shaping.cast(x2, dtypes.int8)
    return arithmetic.floordiv(x1, x2)


@export("experimental.numpy.remainder")
def remainder(x1: Any, x2: Any) -> Tensor:
    """The remainder of a division that rounds down, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.remainder(7, 4))
    3.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.int8), shaping.cast(x2, dtypes.int8)
    return arithmetic.floormod(x1, x2)


@export("experimental.numpy.true_divide")
def true_divide(x1: Any, x2: Any) -> Tensor:
    """The quotient, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.true_divide(1, 2))
    0.5
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.float64), shaping.cast(x2, dtypes.float64)
    return division.truediv(x1, x2)


@export("experimental.numpy.arctan2")
def arctan2(x1: Any, x2: Any) -> Tensor:
    """The angle in radians of the point (`x2`, `x1`), by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.arctan2(0.0, 1.0))
    0.0
    """
    x1, x2 = promoted(x1, x2)
    return arithmetic.atan2(x1, x2)


@export("experimental.numpy.nextafter")
def nextafter(x1: Any, x2: Any) -> Tensor:
    """The next number after `x1` on the way to `x2`, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.nextafter(0.0, 0.0))
    0.0
    """
    x1, x2 = promoted(x1, x2)
    return _nextafter(x1, x2)


@export("experimental.numpy.bitwise_and")
def bitwise_and(x1: Any, x2: Any) -> Tensor:
    """The bitwise and, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.bitwise_and(6, 3))
    2.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_and(x1, x2)
    return logical.bitwise_and(x1, x2)


@export("experimental.numpy.bitwise_or")
def bitwise_or(x1: Any, x2: Any) -> Tensor:
    """The bitwise or, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.bitwise_or(6, 3))
    7.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_or(x1, x2)
    return logical.bitwise_or(x1, x2)


@export("experimental.numpy.bitwise_xor")
def bitwise_xor(x1: Any, x2: Any) -> Tensor:
    """The bitwise exclusive or, by NumPy's rules of promotion.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.bitwise_xor(6, 3))
    5.0
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        return logical.logical_xor(x1, x2)
    return logical.bitwise_xor(x1, x2)


@export("experimental.numpy.equal")
def equal(x1: Any, x2: Any) -> Tensor:
    """True where two elements are equal.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.equal(1, 2))
    False
    """
    x1, x2 = promoted(x1, x2)
    return comparison.equal(x1, x2)


@export("experimental.numpy.not_equal")
def not_equal(x1: Any, x2: Any) -> Tensor:
    """True where two elements are different.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.not_equal(1, 2))
    True
    """
    x1, x2 = promoted(x1, x2)
    return comparison.not_equal(x1, x2)


@export("experimental.numpy.less")
def less(x1: Any, x2: Any) -> Tensor:
    """True where two elements are in ascending order.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.less(1, 2))
    True
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.int8), shaping.cast(x2, dtypes.int8)
    return comparison.less(x1, x2)


@export("experimental.numpy.less_equal")
def less_equal(x1: Any, x2: Any) -> Tensor:
    """True where two elements are in ascending order or equal.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.less_equal(1, 2))
    True
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.int8), shaping.cast(x2, dtypes.int8)
    return comparison.less_equal(x1, x2)


@export("experimental.numpy.greater")
def greater(x1: Any, x2: Any) -> Tensor:
    """True where two elements are in descending order.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.greater(1, 2))
    False
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.int8), shaping.cast(x2, dtypes.int8)
    return comparison.greater(x1, x2)


@export("experimental.numpy.greater_equal")
def greater_equal(x1: Any, x2: Any) -> Tensor:
    """True where two elements are in descending order or equal.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.greater_equal(1, 2))
    False
    """
    x1, x2 = promoted(x1, x2)
    if x1.dtype == dtypes.bool:
        x1, x2 = shaping.cast(x1, dtypes.int8), shaping.cast(x2, dtypes.int8)
    return comparison.greater_equal(x1, x2)


@export("experimental.numpy.logical_and")
def logical_and(x1: Any, x2: Any) -> Tensor:
    """True where both elements are different from 0.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.logical_and(0, 2))
    False
    """
    return logical.logical_and(asarray(x1, bool), asarray(x2, bool))


@export("experimental.numpy.logical_or")
def logical_or(x1: Any, x2: Any) -> Tensor:
    """True where either element is different from 0.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.logical_or(0, 2))
    True
    """
    return logical.logical_or(asarray(x1, bool), asarray(x2, bool))


@export("experimental.numpy.logical_xor")
def logical_xor(x1: Any, x2: Any) -> Tensor:
    """True where exactly one of the elements is different from 0.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.logical_xor(0, 2))
    True
    """
    return logical.logical_xor(asarray(x1, bool), asarray(x2, bool))


@export("experimental.numpy.gcd")
def gcd(x1: Any, x2: Any) -> Tensor:
    """The greatest common divisor of integers.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.gcd(12, 18))
    6
    """
    x1, x2 = promoted(x1, x2)
    if not x1.dtype.is_integer:
        raise ValueError(f"Arguments to `gcd` must be integers. Received dtype: {x1.dtype.name}.")
    return _gcd(x1, x2)


@export("experimental.numpy.lcm")
def lcm(x1: Any, x2: Any) -> Tensor:
    """The least common multiple of integers.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.lcm(12, 18))
    36
    """
    x1, x2 = promoted(x1, x2)
    if not x1.dtype.is_integer:
        raise ValueError(f"Arguments to `lcm` must be integers. Received dtype: {x1.dtype.name}.")
    return _lcm(x1, x2)


@export("experimental.numpy.divmod")
def divmod(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:
    """Quotient, rounded down, and remainder.

    >>> import tfjax as tf
    >>> [int(n) for n in tf.experimental.numpy.divmod(7, 2)]
    [3, 1]
    """
    return floor_divide(x1, x2), remainder(x1, x2)


@export("experimental.numpy.heaviside")
def heaviside(x1: Any, x2: Any) -> Tensor:
    """0 where `x1` is negative, 1 where it is positive, `x2` where it is 0.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.heaviside(0.0, 0.5))
    0.5
    """
    x1, x2 = promoted_floats(x1, x2)
    zero = creation.zeros_like(x1)
    step = masking.where(comparison.less(x1, zero), zero, creation.ones_like(x1))
    return masking.where(comparison.equal(x1, zero), x2, step)


@export("experimental.numpy.hypot")
def hypot(x1: Any, x2: Any) -> Tensor:
    """The hypotenuse of right triangles: sqrt(x1**2 + x2**2).

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.hypot(3.0, 4.0))
    5.0
    """
    squares = arrays([elementwise.square(asarray(x1)), elementwise.square(asarray(x2))])
    return elementwise.sqrt(promoted_floats(arithmetic.add(*squares))[0])


@export("experimental.numpy.logaddexp")
def logaddexp(x1: Any, x2: Any) -> Tensor:
    """log(exp(x1) + exp(x2)) without overflow.

    >>> import tfjax as tf
    >>> round(float(tf.experimental.numpy.logaddexp(0.0, 0.0)), 6)
    0.693147
    """
    return _logaddexp(*promoted_floats(x1, x2))


@export("experimental.numpy.logaddexp2")
def logaddexp2(x1: Any, x2: Any) -> Tensor:
    """log2(2**x1 + 2**x2) without overflow, as float64 unless float32 is preferred.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.logaddexp2(1.0, 1.0))
    2.0
    """
    x1, x2 = promoted_floats(x1, x2)
    distance = elementwise.absolute(arithmetic.subtract(x1, x2))
    rest = elementwise.log1p(
        arithmetic.power(shaping.cast(2, x1.dtype), elementwise.negative(distance))
    )
    return add(
        arithmetic.maximum(x1, x2), true_divide(rest, asarray(math.log(2.0), default_float()))
    )


@export("experimental.numpy.isclose")
def isclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """True where |a - b| <= atol + rtol * |b|, which no rule for infinities softens.

    Args:
      a: an array.
      b: an array to compare with.
      rtol: relative tolerance.
      atol: absolute tolerance.
      equal_nan: whether NaN counts as equal to NaN.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.isclose(1.0, 1.0 + 1e-9))
    True
    """
    a, b = promoted(a, b)
    if not (a.dtype.is_floating or a.dtype.is_complex):
        return comparison.equal(a, b)
    distance = elementwise.absolute(arithmetic.subtract(a, b))
    bound = arithmetic.add(arithmetic.multiply(elementwise.absolute(b), rtol), atol)
    close = comparison.less_equal(distance, bound)
    if equal_nan:
        both = logical.logical_and(comparison.not_equal(a, a), comparison.not_equal(b, b))
        close = logical.logical_or(close, both)
    return close
