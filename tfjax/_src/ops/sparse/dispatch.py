"""Which ordinary operations take sparse tensors: those that keep zero at zero, and shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager import dispatch
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, of

_ON_VALUES = frozenset(
    "math.abs math.negative math.sign math.square math.sqrt math.erf math.tanh math.sin math.tan "
    "math.asin math.atan math.asinh _internal.cast identity".split()
)


def _fact(function: Any, sp: SparseTensor, out_type: Any = None) -> Tensor:
    if function is shaping.rank:
        return Tensor(np.array(len(sp.shape), np.int32))
    kind = dtypes.int32 if out_type is None else dtypes.as_dtype(out_type)
    dims = np.array(sp.dims(), np.int64)
    return Tensor(np.asarray(dims if function is shaping.shape else dims.prod()).astype(kind.np))


def handle(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `function` gives for sparse arguments."""
    if function in (shaping.shape, shaping.size, shaping.rank):
        return _fact(function, *args)
    definition = getattr(function, "op", None)
    if definition is None or not isinstance(args[0], SparseTensor) or _ON_VALUES.isdisjoint(definition.names):
        return NotImplemented
    sp, *rest = args
    return of(sp.indices, function(sp.values, *rest), sp.dense_shape, sp.shape)


dispatch.register(SparseTensor, handle)
