"""Expressions in converted code: `a if c else b`, and, or, not, ==, assert."""

from __future__ import annotations

from typing import Any

from tfjax._src.eager.convert import to_tensor
from tfjax._src.function import control_flow
from tfjax._src.function.autograph import calls
from tfjax._src.function.control_flow import is_symbolic


def if_exp(cond: Any, if_true: Any, if_false: Any, expr_repr: str) -> Any:
    """`a if cond else b`."""
    if is_symbolic(cond):
        return control_flow.branches(to_tensor(cond), [if_false, if_true])
    return if_true() if cond else if_false()


def and_(a: Any, b: Any) -> Any:
    """`a and b`, both given as functions."""
    left = a()
    return left & b() if is_symbolic(left) else (left and b())


def or_(a: Any, b: Any) -> Any:
    """`a or b`, both given as functions."""
    left = a()
    return left | b() if is_symbolic(left) else (left or b())


def not_(a: Any) -> Any:
    """`not a`."""
    return ~to_tensor(a) if is_symbolic(a) else not a


def eq(a: Any, b: Any) -> Any:
    """`a == b`."""
    return a == b


def not_eq(a: Any, b: Any) -> Any:
    """`a != b`."""
    return a != b


def assert_stmt(condition: Any, message: Any) -> None:
    """An assert statement; on a traced tensor it is checked when the function runs."""
    if is_symbolic(condition):
        check = calls._CALLS_ORIGINAL.get("assert")
        if check is not None:
            check(condition, [message()])
        return
    assert condition, message()  # noqa: S101 (the user's own assert)
