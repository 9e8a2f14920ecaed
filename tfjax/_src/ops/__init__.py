"""Functions on tensors. Importing any of them gives tensors their operators."""

from tfjax._src.ops import operators as operators
