"""Logic on booleans, and the operators & | ^ ~ that also take integers."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, BoolTensor, Int, Name
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks


@op("math.logical_and", "logical_and", raw="LogicalAnd", differentiable=False, any_size="quick")
def logical_and(x: BoolTensor, y: BoolTensor, name: Name = None):
    """True where both are.

    >>> import tfjax as tf
    >>> tf.logical_and([True, False], True).numpy()
    array([ True, False])
    """
    checks.broadcastable(x, y)
    return x & y


@op("math.logical_or", "logical_or", raw="LogicalOr", differentiable=False, any_size="quick")
def logical_or(x: BoolTensor, y: BoolTensor, name: Name = None):
    """True where one is.

    >>> import tfjax as tf
    >>> tf.logical_or([True, False], False).numpy()
    array([ True, False])
    """
    checks.broadcastable(x, y)
    return x | y


@op("math.logical_xor", raw="LogicalXor", differentiable=False, any_size=True)
def logical_xor(x: BoolTensor, y: BoolTensor, name: Name = "LogicalXor"):
    """True where exactly one is.

    >>> import tfjax as tf
    >>> tf.math.logical_xor([True, False], True).numpy()
    array([False,  True])
    """
    checks.broadcastable(x, y)
    return x ^ y


@op("math.logical_not", "logical_not", raw="LogicalNot", differentiable=False, any_size="quick")
def logical_not(x: BoolTensor, name: Name = None):
    """True where `x` is False.

    >>> import tfjax as tf
    >>> tf.logical_not([True, False]).numpy()
    array([False,  True])
    """
    return ~x


@op("bitwise.bitwise_and", raw="BitwiseAnd", differentiable=False)
def bitwise_and(x: Int, y: Int, name: Name = None):
    """The bits set in both.

    >>> import tfjax as tf
    >>> tf.bitwise.bitwise_and([6], [3]).numpy()
    array([2], dtype=int32)
    """
    checks.broadcastable(x, y)
    return x & y


@op("bitwise.bitwise_or", raw="BitwiseOr", differentiable=False)
def bitwise_or(x: Int, y: Int, name: Name = None):
    """The bits set in one.

    >>> import tfjax as tf
    >>> tf.bitwise.bitwise_or([6], [3]).numpy()
    array([7], dtype=int32)
    """
    checks.broadcastable(x, y)
    return x | y


@op("bitwise.bitwise_xor", raw="BitwiseXor", differentiable=False)
def bitwise_xor(x: Int, y: Int, name: Name = None):
    """The bits set in exactly one.

    >>> import tfjax as tf
    >>> tf.bitwise.bitwise_xor([6], [3]).numpy()
    array([5], dtype=int32)
    """
    checks.broadcastable(x, y)
    return x ^ y


@op("bitwise.invert", raw="Invert", differentiable=False)
def bitwise_invert(x: Int, name: Name = None):
    """All bits flipped.

    >>> import tfjax as tf
    >>> tf.bitwise.invert([0]).numpy()
    array([-1], dtype=int32)
    """
    return ~x


@op("bitwise.left_shift", raw="LeftShift", differentiable=False)
def left_shift(x: Int, y: Int, name: Name = None):
    """Bits moved `y` places to the left.

    >>> import tfjax as tf
    >>> tf.bitwise.left_shift([1], [3]).numpy()
    array([8], dtype=int32)
    """
    return namespace(x, y).left_shift(x, y)


@op("bitwise.right_shift", raw="RightShift", differentiable=False)
def right_shift(x: Int, y: Int, name: Name = None):
    """Bits moved `y` places to the right; negative numbers keep their sign.

    >>> import tfjax as tf
    >>> tf.bitwise.right_shift([8], [3]).numpy()
    array([1], dtype=int32)
    """
    return namespace(x, y).right_shift(x, y)


def _logic(x: Any, y: Any, name: str) -> None:
    if x.dtype.kind not in "biu":
        raise InvalidArgumentError(None, None, f"{name} takes bool or integer tensors, got {x.dtype}")
    checks.broadcastable(x, y)


@op("_internal.and", raw="LogicalAnd", differentiable=False)
def and_(x: AnyTensor, y: AnyTensor, name: Name = None):
    """The operator &."""
    _logic(x, y, "&")
    return x & y


@op("_internal.or", raw="LogicalOr", differentiable=False)
def or_(x: AnyTensor, y: AnyTensor, name: Name = None):
    """The operator |."""
    _logic(x, y, "|")
    return x | y


@op("_internal.xor", raw="LogicalXor", differentiable=False)
def xor(x: AnyTensor, y: AnyTensor, name: Name = None):
    """The operator ^."""
    _logic(x, y, "^")
    return x ^ y


@op("_internal.invert", raw="LogicalNot", differentiable=False)
def invert(x: AnyTensor, name: Name = None):
    """The operator ~."""
    _logic(x, x, "~")
    return ~x
