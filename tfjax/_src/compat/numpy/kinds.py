"""What kind of number each element is, and the parts of complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.compat.numpy.elementwise import numeric, rad2deg
from tfjax._src.compat.numpy.promotion import asarray, floating
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, shaping
from tfjax._src.ops.math import comparison, elementwise, logical


@export("experimental.numpy.isnan")
def isnan(x: Any) -> Tensor:
    """True where an element is NaN.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.isnan(1.5))
    0.0
    """
    return elementwise.is_nan(floating(x))


@export("experimental.numpy.isfinite")
def isfinite(x: Any) -> Tensor:
    """True where an element is neither infinite nor NaN.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.isfinite(1.5))
    1.0
    """
    return elementwise.is_finite(floating(x))


def _infinite(x: Any, value: float | None) -> Any:
    x = asarray(x)
    if not x.dtype.is_floating:
        return False
    if value is None:
        return elementwise.is_inf(x)
    return comparison.equal(x, shaping.cast(asarray(value), x.dtype))


@export("experimental.numpy.isinf")
def isinf(x: Any) -> Any:
    """True where an element is infinite; just False for integers.

    >>> import tfjax as tf
    >>> bool(tf.experimental.numpy.isinf(float("inf")))
    True
    """
    return _infinite(x, None)


@export("experimental.numpy.isposinf")
def isposinf(x: Any) -> Any:
    """True where an element is positive infinity; just False for integers."""
    return _infinite(x, np.inf)


@export("experimental.numpy.isneginf")
def isneginf(x: Any) -> Any:
    """True where an element is negative infinity; just False for integers."""
    return _infinite(x, -np.inf)


@export("experimental.numpy.real")
def real(val: Any) -> Tensor:
    """The real part.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.real(1 + 2j))
    1.0
    """
    return elementwise.real(numeric(asarray(val)))


@export("experimental.numpy.imag")
def imag(val: Any) -> Tensor:
    """The imaginary part; zeros of the same dtype for a real array.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.imag(1 + 2j))
    2.0
    """
    val = asarray(val)
    return elementwise.imag(val) if val.dtype.is_complex else creation.zeros_like(val)


@export("experimental.numpy.angle")
def angle(z: Any, deg: bool = False) -> Tensor:
    """The angle of complex numbers, in radians or degrees.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.angle(1j, deg=True))
    90.0
    """
    z = asarray(z)
    if z.dtype != dtypes.complex128:
        z = shaping.cast(z, dtypes.complex64)
    result = elementwise.angle(z)
    return rad2deg(result) if deg else result


@export("experimental.numpy.iscomplex")
def iscomplex(x: Any) -> Tensor:
    """True where an element has an imaginary part."""
    x = asarray(x)
    if not x.dtype.is_complex:
        return creation.zeros_like(x, dtypes.bool)
    part = elementwise.imag(x)
    return comparison.not_equal(part, creation.zeros_like(part))


@export("experimental.numpy.isreal")
def isreal(x: Any) -> Tensor:
    """True where an element has no imaginary part."""
    return logical.logical_not(iscomplex(x))


@export("experimental.numpy.iscomplexobj")
def iscomplexobj(x: Any) -> bool:
    """Whether the array's dtype is complex."""
    return asarray(x).dtype.is_complex


@export("experimental.numpy.isrealobj")
def isrealobj(x: Any) -> bool:
    """Whether the array's dtype is not complex."""
    return not iscomplexobj(x)
