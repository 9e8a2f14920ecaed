"""Python's operators on ragged tensors: the same operations as on tensors, but for `&`, `|`, `^`, `~`."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.ops import operators
from tfjax._src.ops.math import comparison, logical
from tfjax._src.ops.ragged import dispatch
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


def _equality(function: Any, otherwise: bool) -> Any:
    def compare(self: Any, other: Any) -> Any:
        if other is None:
            return otherwise
        try:
            return function(self, other)
        except (InvalidArgumentError, TypeError):
            # Rows or dtypes that do not go together are not equal.
            return otherwise

    return compare


_getitem = RaggedTensor.__getitem__
operators.install(RaggedTensor)
for name, function in {"and": logical.logical_and, "or": logical.logical_or, "xor": logical.logical_xor}.items():
    forward, reflected = operators._binary(function)
    setattr(RaggedTensor, f"__{name}__", forward)
    setattr(RaggedTensor, f"__r{name}__", reflected)
RaggedTensor.__invert__ = lambda self: logical.logical_not(self)  # type: ignore[attr-defined]
RaggedTensor.__eq__ = _equality(comparison.equal, False)  # type: ignore[assignment]
RaggedTensor.__ne__ = _equality(comparison.not_equal, True)  # type: ignore[assignment]
RaggedTensor.__getitem__ = _getitem  # type: ignore[method-assign]
