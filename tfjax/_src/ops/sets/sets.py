"""tf.sets: sets in the rows of matrices, dense or sparse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, made, order_error
from tfjax._src.ops.strings.elements import filled

_DTYPES = (dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.string)


def _operand(value: Any) -> Any:
    tensor = value if isinstance(value, SparseTensor) else to_tensor(value)
    if tensor.dtype not in _DTYPES:
        raise TypeError(f"Received invalid dtype {tensor.dtype}. Expected one of {_DTYPES}.")
    return tensor


def _sets(value: Any, validate: bool, op_name: str) -> tuple[tuple[int, ...], dict[tuple[int, ...], set[Any]]]:
    """(shape of the outer dimensions, the set of each place that has one)."""
    rank = len(value.dims()) if isinstance(value, SparseTensor) else value.shape.rank
    if rank < 2:
        shape = value.dims() if isinstance(value, SparseTensor) else value.shape.as_list()
        raise InvalidArgumentError(None, None, f"Shape [{','.join(map(str, shape))}] has rank {rank} < 2 [Op:{op_name}]")
    if not isinstance(value, SparseTensor):
        array = value.host_value()
        outer = array.shape[:-1]
        rows = array.reshape(-1, array.shape[-1]).tolist()
        return outer, {place: set(row) for place, row in zip(np.ndindex(*outer), rows)}
    places = value.indices.host_value()
    error = order_error(places, value.dims()) if validate else None
    if error is not None:
        raise InvalidArgumentError(None, None, f"{error.message} [Op:{op_name}]")
    found: dict[tuple[int, ...], set[Any]] = {}
    for place, element in zip(places[:, :-1].tolist(), value.values.host_value().tolist()):
        found.setdefault(tuple(place), set()).add(element)
    return value.dims()[:-1], found


@export("sets.size")
def size(a: Any, validate_indices: bool = True) -> Tensor:
    """The number of different elements in each row of a sparse tensor.

    >>> import tfjax as tf
    >>> tf.sets.size(tf.sparse.from_dense([[1, 2], [3, 3]])).numpy()
    array([2, 1], dtype=int32)
    """
    if not isinstance(a, SparseTensor):
        a = to_tensor(a)
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    _operand(a)
    outer, sets = _sets(a, validate_indices, "SetSize")
    counts = np.zeros(outer, np.int32)
    for place, elements in sets.items():
        counts[place] = len(elements)
    return Tensor(counts)


def _combined(a: Any, b: Any, function: Callable[[set[Any], set[Any]], set[Any]], validate: bool) -> SparseTensor:
    a, b = _operand(a), _operand(b)
    kinds = ["Sparse" if isinstance(v, SparseTensor) else "Dense" for v in (a, b)]
    op_name = f"{kinds[0]}To{kinds[1]}SetOperation"
    if a.dtype != b.dtype:
        raise TypeError(f"Types don't match, {a.dtype} vs {b.dtype}.")
    (outer, first), (other, second) = (_sets(v, validate, op_name) for v in (a, b))
    if outer != other:
        raise InvalidArgumentError(None, None, f"Mismatched group shapes: {list(outer)} vs {list(other)} [Op:{op_name}]")
    indices, values, widest = [], [], 0
    for place in sorted(set(first) | set(second)):
        elements = sorted(function(first.get(place, set()), second.get(place, set())))
        widest = max(widest, len(elements))
        for i, element in enumerate(elements):
            indices.append((*place, i))
            values.append(element)
    kept = filled(values, (len(values),), a.dtype.np)
    return made(np.array(indices, np.int64).reshape(-1, len(outer) + 1), Tensor(kept), (*outer, widest))


@export("sets.intersection")
@recorded
def intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that both rows have, for each pair of rows; sorted.

    >>> import tfjax as tf
    >>> tf.sets.intersection([[1, 2]], [[2, 3]]).values.numpy()
    array([2], dtype=int32)
    """
    return _combined(a, b, set.intersection, validate_indices)


@export("sets.difference")
@recorded
def difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """The elements of the rows of `a` that those of `b` lack, or the other way round; sorted.

    >>> import tfjax as tf
    >>> tf.sets.difference([[1, 2]], [[2, 3]]).values.numpy()
    array([1], dtype=int32)
    """
    return _combined(a, b, set.difference if aminusb else lambda x, y: y - x, validate_indices)


@export("sets.union")
@recorded
def union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """The elements that one of the rows has, for each pair of rows; sorted.

    >>> import tfjax as tf
    >>> tf.sets.union([[1, 2]], [[2, 3]]).values.numpy()
    array([1, 2, 3], dtype=int32)
    """
    return _combined(a, b, set.union, validate_indices)
