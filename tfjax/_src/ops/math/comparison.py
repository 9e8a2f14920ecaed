"""Comparisons of two tensors, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, Name, Real
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks


@op("math.less", "less", raw="Less", differentiable=False, any_size="quick")
def less(x: Real, y: Real, name: Name = None):
    """True where `x < y`, with broadcasting.

    >>> import tfjax as tf
    >>> tf.less([1, 3], 2).numpy()
    array([ True, False])
    """
    checks.broadcastable(x, y)
    return x < y


@op("math.less_equal", "less_equal", raw="LessEqual", differentiable=False, any_size="quick")
def less_equal(x: Real, y: Real, name: Name = None):
    """True where `x <= y`, with broadcasting.

    >>> import tfjax as tf
    >>> tf.less_equal([1, 3], 3).numpy()
    array([ True,  True])
    """
    checks.broadcastable(x, y)
    return x <= y


@op("math.greater", "greater", raw="Greater", differentiable=False, any_size="quick")
def greater(x: Real, y: Real, name: Name = None):
    """True where `x > y`, with broadcasting.

    >>> import tfjax as tf
    >>> tf.greater([1, 3], 2).numpy()
    array([False,  True])
    """
    checks.broadcastable(x, y)
    return x > y


@op("math.greater_equal", "greater_equal", raw="GreaterEqual", differentiable=False, any_size="quick")
def greater_equal(x: Real, y: Real, name: Name = None):
    """True where `x >= y`, with broadcasting.

    >>> import tfjax as tf
    >>> tf.greater_equal([1, 3], 3).numpy()
    array([False,  True])
    """
    checks.broadcastable(x, y)
    return x >= y


@op("math.equal", "equal", raw="Equal", differentiable=False, any_size="quick")
def equal(x: AnyTensor, y: AnyTensor, name: Name = None):
    """True where `x == y`, with broadcasting; strings as well.

    >>> import tfjax as tf
    >>> tf.equal([1, 3], 3).numpy()
    array([False,  True])
    """
    checks.broadcastable(x, y)
    return np.asarray(x == y, bool) if x.dtype == object else x == y


@op("math.not_equal", "not_equal", raw="NotEqual", differentiable=False, any_size="quick")
def not_equal(x: AnyTensor, y: AnyTensor, name: Name = None):
    """True where `x != y`, with broadcasting; strings as well.

    >>> import tfjax as tf
    >>> tf.not_equal([1, 3], 3).numpy()
    array([ True, False])
    """
    checks.broadcastable(x, y)
    return np.asarray(x != y, bool) if x.dtype == object else x != y


def _operator(function: Any, otherwise: bool) -> Any:
    """`==` and `!=`: shapes that do not broadcast compare as different, as in TensorFlow."""

    def compare(x: Any, y: Any) -> Any:
        try:
            return function(x, y)
        except InvalidArgumentError as error:
            if "Incompatible shapes" in error.message:
                return Tensor(np.array(otherwise))
            raise

    return compare


operator_equal = _operator(equal, False)
operator_not_equal = _operator(not_equal, True)


@export("math.is_non_decreasing")
def is_non_decreasing(x: Any, name: Any = None) -> Any:
    """True if the elements, read in row-major order, never decrease.

    >>> import tfjax as tf
    >>> bool(tf.math.is_non_decreasing([1, 1, 2]))
    True
    """
    return _ordered(x, strict=False)


@export("math.is_strictly_increasing")
def is_strictly_increasing(x: Any, name: Any = None) -> Any:
    """True if the elements, read in row-major order, always increase.

    >>> import tfjax as tf
    >>> bool(tf.math.is_strictly_increasing([1, 1, 2]))
    False
    """
    return _ordered(x, strict=True)


@op("_internal.ordered", differentiable=False)
def _ordered(x: Real, strict: bool = False, name: Name = None):
    """Whether the flat elements increase."""
    flat = x.reshape(-1)
    steps = flat[1:] > flat[:-1] if strict else flat[1:] >= flat[:-1]
    return steps.all()
