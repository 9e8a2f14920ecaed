"""Python's operators on ragged tensors: the same operations as on tensors, but for `&`, `|`, `^`, `~`."""

from __future__ import annotations

from tfjax._src.ops import operators
from tfjax._src.ops.math import logical
from tfjax._src.ops.ragged import dispatch  # noqa: F401  (operators need the table)
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor

_getitem = RaggedTensor.__getitem__
operators.install(RaggedTensor)
for name, function in {"and": logical.logical_and, "or": logical.logical_or, "xor": logical.logical_xor}.items():
    forward, reflected = operators._binary(function)
    setattr(RaggedTensor, f"__{name}__", forward)
    setattr(RaggedTensor, f"__r{name}__", reflected)
RaggedTensor.__invert__ = lambda self: logical.logical_not(self)  # type: ignore[attr-defined]
RaggedTensor.__getitem__ = _getitem  # type: ignore[method-assign]
