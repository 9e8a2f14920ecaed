"""Functions on tensors. Importing any of them gives tensors their operators."""

from tfjax._src.ops import operators as operators
from tfjax._src.ops.array import variable_updates as variable_updates
