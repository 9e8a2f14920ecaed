"""Python's operators on Tensors and Variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager import dispatch
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.array import shaping, slicing
from tfjax._src.ops.math import arithmetic, comparison, division, elementwise, linear, logical


def _defers(value: Any) -> bool:
    """True for an operand that brings its own operator (a symbolic or ragged tensor)."""
    return dispatch.handler_for(type(value)) is not None


def _promotes(left: Any, right: Any) -> bool:
    """True for operands of two dtypes of which one (a keras.Variable) promotes the pair."""
    if not (getattr(left, "_promotes", False) or getattr(right, "_promotes", False)):
        return False
    if not isinstance(left, (Tensor, Variable)) or not isinstance(right, (Tensor, Variable)):
        return False
    return dtypes.as_dtype(left.dtype) != dtypes.as_dtype(right.dtype)


def _promoted(left: Any, right: Any) -> list[Tensor]:
    pair = [to_tensor(left), to_tensor(right)]
    dtype = dtypes.FROM_NUMPY[jnp.promote_types(pair[0]._value.dtype, pair[1]._value.dtype)]
    return [shaping.cast(t, dtype) for t in pair]


def _binary(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Any, other: Any) -> Any:
        if (type(self) is not Tensor or type(other) is not Tensor) and _promotes(self, other):
            return NotImplemented if type(self) is Tensor else function(*_promoted(self, other))
        return function(self, other)

    def reflected(self: Any, other: Any) -> Any:
        if _promotes(other, self):
            return function(*_promoted(other, self))
        return function(other, self)

    return forward, reflected


def _product(x: Any, y: Any) -> Any:
    """x * y; of booleans the conjunction, which `tf.multiply` does not know."""
    try:
        return arithmetic.multiply(x, y)
    except (InvalidArgumentError, TypeError):
        if dtypes.bool not in (getattr(x, "dtype", None), getattr(y, "dtype", None)):
            raise
        return logical.logical_and(shaping.cast(x, dtypes.bool), shaping.cast(y, dtypes.bool))


def _equality(function: Callable[..., Any], otherwise: bool) -> Callable[..., Any]:
    def compare(self: Any, other: Any) -> Any:
        if other is None:
            return otherwise
        if not by_elements[0]:
            return (self is not other) is otherwise
        return function(self, other)

    return compare


# False as in TensorFlow 1, where `==` asks whether two tensors are the same object.
by_elements = [True]


def _div(x: Any, y: Any) -> Any:
    """Division as Python 2 had it: integers round down."""
    known = x if isinstance(x, (Tensor, Variable)) else y
    return (arithmetic.floordiv if known.dtype.is_integer else division.truediv)(x, y)


def install(cls: type) -> None:
    """Gives `cls` TensorFlow's operators."""
    table = {
        "add": arithmetic.add,
        "sub": arithmetic.subtract,
        "mul": _product,
        "truediv": division.truediv,
        "div": _div,
        "floordiv": arithmetic.floordiv,
        "mod": arithmetic.floormod,
        "pow": arithmetic.power,
        "matmul": linear.matmul,
        "and": logical.and_,
        "or": logical.or_,
        "xor": logical.xor,
    }
    for name, function in table.items():
        forward, reflected = _binary(function)
        setattr(cls, f"__{name}__", forward)
        setattr(cls, f"__r{name}__", reflected)
        if hasattr(cls, f"__i{name}__"):
            # nnx.Variable's in-place operators would change the Variable; TF's give a new tensor.
            setattr(cls, f"__i{name}__", forward)
    for name, function in {
        "lt": comparison.less,
        "le": comparison.less_equal,
        "gt": comparison.greater,
        "ge": comparison.greater_equal,
    }.items():
        setattr(cls, f"__{name}__", _binary(function)[0])
    cls.__eq__ = _equality(comparison.operator_equal, False)  # type: ignore[assignment]
    cls.__ne__ = _equality(comparison.operator_not_equal, True)  # type: ignore[assignment]
    cls.__neg__ = lambda self: elementwise.negative(self)  # type: ignore[attr-defined]
    cls.__abs__ = lambda self: elementwise.absolute(self)  # type: ignore[attr-defined]
    cls.__invert__ = lambda self: logical.invert(self)  # type: ignore[attr-defined]
    cls.__getitem__ = slicing.getitem  # type: ignore[attr-defined]


install(Tensor)
install(Variable)

# What classes that stand for tensors have to define; libraries copy the methods of these names.
_BINARY = "add sub mul div truediv floordiv mod pow matmul and or xor".split()
Tensor.OVERLOADABLE_OPERATORS = {  # type: ignore[attr-defined]
    *[f"__{prefix}{name}__" for name in _BINARY for prefix in ("", "r")],
    *[f"__{name}__" for name in "lt le gt ge eq ne neg abs invert getitem".split()],
}
