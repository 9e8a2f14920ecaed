"""tf.RegisterGradient, tf.no_gradient: gradient functions by the names of raw ops."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.op import RAW_NAMES

# name → (function or None for "has none", where it was registered)
_registry: dict[str, tuple[Callable[..., Any] | None, str]] = {}


def _register(name: Any, function: Callable[..., Any] | None) -> None:
    where = traceback.extract_stack(limit=3)[0]
    if name in _registry or name in RAW_NAMES:
        place = _registry[name][1] if name in _registry else "tfjax"
        raise KeyError(f"Registering two gradient with name '{name}'! (Previous registration was in {place})")
    _registry[name] = (function, f"{where.name} {where.filename}:{where.lineno}")




@export("RegisterGradient")
class RegisterGradient:
    """Decorates the gradient function `f(op, *output_gradients)` of an op type of the user's own.

    Args:
      op_type: the op's name.

    Raises:
      TypeError: if it is no string.
      KeyError: if the op has a gradient already.

    >>> import tfjax as tf
    >>> @tf.RegisterGradient("DoublyNegated")
    ... def slope(op, grad):
    ...     return grad
    """

    __slots__ = ("_op_type",)

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """Registers `f` and returns it."""
        _register(self._op_type, f)
        return f


@export("no_gradient")
def no_gradient(op_type: str) -> None:
    """Says that an op type of the user's own has no gradient.

    Raises:
      TypeError: if `op_type` is no string.
      KeyError: if the op has a gradient already.

    >>> import tfjax as tf
    >>> tf.no_gradient("MyCounter")
    """
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    _register(op_type, None)
