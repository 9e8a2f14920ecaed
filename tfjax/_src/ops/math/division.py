"""True division, which turns integers into floats."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.args import Name, Numeric
from tfjax._src.eager.op import op
from tfjax._src.ops import checks

_WIDE = {1: "float32", 2: "float32", 4: "float64", 8: "float64"}


@op("math.truediv", "truediv", raw="RealDiv", any_size="quick")
def truediv(x: Numeric, y: Numeric, name: Name = None):
    """Divides element by element; integers become floats first, as in Python.

    8- and 16-bit integers give float32, 32- and 64-bit ones float64.

    >>> import tfjax as tf
    >>> tf.truediv([7, 8], 2).numpy()
    array([3.5, 4. ])
    """
    checks.broadcastable(x, y)
    if x.dtype.kind in "iu":
        wide = _WIDE[x.dtype.itemsize]
        return x.astype(wide) / y.astype(wide)
    return x / y


@export("math.divide", "divide")
def divide(x: Any, y: Any, name: Any = None) -> Any:
    """Divides as Python's `/` does.

    >>> import tfjax as tf
    >>> tf.divide([7, 8], 2).numpy()
    array([3.5, 4. ])
    """
    if hasattr(x, "dtype") or hasattr(y, "dtype") or not _numbers(x, y):
        return truediv(x, y)
    return x / y


def _numbers(x: Any, y: Any) -> bool:
    return isinstance(x, (int, float, complex)) and isinstance(y, (int, float, complex))


@export("math.multiply_no_nan")
def multiply_no_nan(x: Any, y: Any, name: Any = None) -> Any:
    """`x * y`, and 0 wherever `y` is 0, even if `x` is infinite or NaN.

    >>> import tfjax as tf
    >>> tf.math.multiply_no_nan([float("inf"), 2.0], [0.0, 3.0]).numpy()
    array([0., 6.], dtype=float32)
    """
    return _multiply_no_nan(x, y)


@op("_internal.multiply_no_nan", raw="MulNoNan", elementwise=True)
def _multiply_no_nan(x: Numeric, y: Numeric, name: Name = None):
    """The body of `multiply_no_nan`."""
    from tfjax._src.eager.op import namespace

    xp = namespace(x, y)
    checks.broadcastable(x, y)
    zero = y == 0
    return xp.where(zero, xp.zeros((), x.dtype), xp.where(zero, xp.zeros((), x.dtype), x) * y)
