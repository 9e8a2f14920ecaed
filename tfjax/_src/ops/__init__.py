"""Functions on tensors. Importing any of them gives tensors their operators."""

from tfjax._src.ops import operators as operators
from tfjax._src.ops.array import variable_updates as variable_updates
from tfjax._src.ops.composite import dispatch_api as dispatch_api
from tfjax._src.ops.ragged import operators as ragged_operators
from tfjax._src.ops.sparse import arithmetic as sparse_arithmetic
from tfjax._src.ops.sparse import dispatch as sparse_dispatch
