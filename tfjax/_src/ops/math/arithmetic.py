"""Element-wise arithmetic of two tensors, with broadcasting."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, Float, Name, Numeric, Real
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks


@op("math.add", "add", raw="AddV2", listed="Add", any_size="quick")
def add(x: AnyTensor, y: AnyTensor, name: Name = None):
    """Adds element by element, with broadcasting; joins strings.

    Args:
      x: a tensor.
      y: a tensor of the same dtype.
      name: no effect.

    Returns:
      A tensor of the broadcast shape.

    >>> import tfjax as tf
    >>> tf.add([1, 2], 3).numpy()
    array([4, 5], dtype=int32)
    """
    checks.broadcastable(x, y)
    return x + y


@op("math.subtract", "subtract", raw="Sub", any_size="quick")
def subtract(x: Numeric, y: Numeric, name: Name = None):
    """Subtracts `y` from `x` element by element, with broadcasting.

    >>> import tfjax as tf
    >>> tf.subtract([4, 5], 3).numpy()
    array([1, 2], dtype=int32)
    """
    checks.broadcastable(x, y)
    return x - y


@op("math.multiply", "multiply", raw="Mul", any_size="quick")
def multiply(x: Numeric, y: Numeric, name: Name = None):
    """Multiplies element by element, with broadcasting.

    >>> import tfjax as tf
    >>> tf.multiply([2.0, 3.0], 2.0).numpy()
    array([4., 6.], dtype=float32)
    """
    checks.broadcastable(x, y)
    return x * y


@op("math.divide_no_nan", raw="DivNoNan", listed=False, elementwise=True)
def divide_no_nan(x: Numeric, y: Numeric, name: Name = None):
    """Divides element by element and gives 0 where `y` is 0.

    >>> import tfjax as tf
    >>> tf.math.divide_no_nan([1.0, 2.0], [0.0, 4.0]).numpy()
    array([0. , 0.5], dtype=float32)
    """
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    zero = y == 0
    if xp is np and not zero.any():
        return x / y
    # The inner where keeps the division, and its gradient, away from 0.
    return xp.where(zero, xp.zeros((), x.dtype), x / xp.where(zero, xp.ones((), y.dtype), y))


def _integer_division_guard(x, y, name=None) -> None:
    if isinstance(y, np.ndarray) and y.dtype.kind in "iu" and np.any(y == 0) and x.size:
        raise InvalidArgumentError(None, None, "Integer division by zero")


@op("math.floordiv", raw="FloorDiv", differentiable=False, check=_integer_division_guard, elementwise=True)
def floordiv(x: Real, y: Real, name: Name = None):
    """Divides and rounds towards minus infinity, keeping the dtype.

    Raises:
      InvalidArgumentError: an integer division by zero, where the values are known on the host.

    >>> import tfjax as tf
    >>> tf.math.floordiv([7, -7], 2).numpy()
    array([ 3, -4], dtype=int32)
    """
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    _integer_division_guard(x, y)
    return xp.floor(x / y) if x.dtype.kind not in "iub" else xp.floor_divide(x, y)


@op("math.floormod", "math.mod", raw="FloorMod", check=_integer_division_guard, any_size="quick")
def floormod(x: Real, y: Real, name: Name = None):
    """The remainder of `floordiv`: its sign is that of `y`.

    >>> import tfjax as tf
    >>> tf.math.floormod([7, -7], 3).numpy()
    array([1, 2], dtype=int32)
    """
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    _integer_division_guard(x, y)
    return xp.mod(x, y)


@op("math.pow", "pow", raw="Pow", any_size="quick")
def power(x: Numeric, y: Numeric, name: Name = None):
    """`x` to the power of `y`, element by element.

    Raises:
      InvalidArgumentError: integers to a negative integer power, where the values are known.

    >>> import tfjax as tf
    >>> tf.pow([2.0, 3.0], 2.0).numpy()
    array([4., 9.], dtype=float32)
    """
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    if xp is np and y.dtype.kind == "i" and np.any(y < 0):
        raise InvalidArgumentError(None, None, "Integers to negative integer powers are not allowed")
    return xp.power(x, y).astype(x.dtype)


@op("math.maximum", "maximum", raw="Maximum", any_size="quick")
def maximum(x: Real, y: Real, name: Name = None):
    """The larger of both, element by element; NaN if either is NaN.

    Where both are equal the gradient goes to `x`.

    >>> import tfjax as tf
    >>> tf.maximum([1, 5], 3).numpy()
    array([3, 5], dtype=int32)
    """
    checks.broadcastable(x, y)
    xp = namespace(x, y)
    if xp is np:
        return np.maximum(x, y)
    # TF's gradient chooses x at ties; jnp.maximum would halve it.
    return jnp.where((x >= y) | jnp.isnan(x), x, y)


@op("math.minimum", "minimum", raw="Minimum", any_size="quick")
def minimum(x: Real, y: Real, name: Name = None):
    """The smaller of both, element by element; NaN if either is NaN.

    Where both are equal the gradient goes to `x`.

    >>> import tfjax as tf
    >>> tf.minimum([1, 5], 3).numpy()
    array([1, 3], dtype=int32)
    """
    checks.broadcastable(x, y)
    xp = namespace(x, y)
    if xp is np:
        return np.minimum(x, y)
    return jnp.where((x <= y) | jnp.isnan(x), x, y)


@op("math.squared_difference", raw="SquaredDifference", elementwise=True)
def squared_difference(x: Numeric, y: Numeric, name: Name = None):
    """(x - y) times its complex conjugate, element by element.

    >>> import tfjax as tf
    >>> tf.math.squared_difference([1.0, 4.0], 2.0).numpy()
    array([1., 4.], dtype=float32)
    """
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    difference = x - y
    return difference * difference if x.dtype.kind != "c" else xp.conj(difference) * difference


@op("math.atan2", "atan2", raw="Atan2", any_size="quick")
def atan2(y: Float, x: Float, name: Name = None):
    """The angle in radians, in [-pi, pi], of the point (x, y).

    >>> import tfjax as tf
    >>> float(tf.math.atan2(0.0, 1.0))
    0.0
    """
    checks.broadcastable(y, x)
    return namespace(y, x).arctan2(y, x)


@op("realdiv", raw="RealDiv", any_size="quick")
def realdiv(x: Numeric, y: Numeric, name: Name = None):
    """Divides element by element, with broadcasting.

    >>> import tfjax as tf
    >>> tf.realdiv([3.0], 2.0).numpy()
    array([1.5], dtype=float32)
    """
    checks.broadcastable(x, y)
    return x / y
