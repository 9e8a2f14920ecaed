"""Arithmetic with sparse tensors: sums, products, extremes, softmax, functions of the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.translate import translate
from tfjax._src.ops.array import indexing, join, shaping
from tfjax._src.ops.math import arithmetic as dense
from tfjax._src.ops.math import division
from tfjax._src.ops.sparse import kernels
from tfjax._src.ops.sparse.arrange import chosen, made, places
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, convert_sparse, flat_index, of


def is_sparse(value: Any) -> bool:
    """True for a SparseTensor or anything that counts as one."""
    return isinstance(value, SparseTensor) or (hasattr(value, "dense_shape") and hasattr(value, "indices"))


def _union(a: SparseTensor, b: SparseTensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(all places in order, number of each of a's, of each of b's)."""
    dims = a.dims()
    both = np.concatenate([flat_index(places(a), dims), flat_index(places(b), dims)])
    unique, first, inverse = np.unique(both, return_index=True, return_inverse=True)
    indices = np.concatenate([places(a), places(b)])[first]
    count = a.indices.shape[0]
    return indices, inverse[:count], inverse[count:]


def _check_shapes(a: SparseTensor, b: SparseTensor, op_name: str) -> None:
    for i, (m, n) in enumerate(zip(a.dims(), b.dims())):
        if m != n:
            raise InvalidArgumentError(None, None, f"Operands' shapes do not match: got {m} and {n} for dimension {i} [Op:{op_name}]")


@export("sparse.add")
@recorded
def add(a: Any, b: Any, threshold: Any = 0) -> Any:
    """The sum of two tensors, at least one of them sparse.

    Args:
      a, b: sparse or dense tensors of one shape.
      threshold: sums of elements stored in both that are smaller in magnitude are left out.

    Returns:
      A SparseTensor if both are sparse, else a dense tensor.

    >>> import tfjax as tf
    >>> tf.sparse.add(tf.sparse.eye(2), tf.sparse.eye(2)).values.numpy()
    array([2., 2.], dtype=float32)
    """
    if is_sparse(a) and is_sparse(b):
        return _add_sparse(convert_sparse(a), convert_sparse(b), threshold)
    if not is_sparse(a) and not is_sparse(b):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    sp, full = (a, b) if is_sparse(a) else (b, a)
    sp, full = convert_sparse(sp), to_tensor(full)
    values = kernels.to_dense(sp.values, np.zeros((), sp.dtype.np), sp.indices, sp.dims(), False)
    return dense.add(values, full)


def _add_sparse(a: SparseTensor, b: SparseTensor, threshold: Any) -> SparseTensor:
    if a.dtype != b.dtype:
        names = [{"float32": "float", "float64": "double"}.get(d.name, d.name) for d in (a.dtype, b.dtype)]
        text = f"cannot compute SparseAdd as input #4(zero-based) was expected to be a {names[0]} tensor but is a {names[1]} tensor"
        raise translate(InvalidArgumentError(None, None, text), "SparseAdd")
    _check_shapes(a, b, "SparseAdd")
    indices, first, second = _union(a, b)
    values = join.concat([a.values, b.values], 0)
    total = kernels.sum_at(values, np.concatenate([first, second]), len(indices))
    result = made(indices, total, a.dims())
    limit = to_tensor(threshold)
    if not limit.is_symbolic and float(limit.host_value()) > 0:
        single = ~np.isin(np.arange(len(indices)), np.intersect1d(first, second))
        return chosen(result, np.flatnonzero(single | (np.abs(total.host_value()) >= limit.host_value())))
    return result


def _extreme(function: Callable[..., Any], op_name: str) -> Callable[..., SparseTensor]:
    def combine(sp_a: Any, sp_b: Any, name: Any = None) -> SparseTensor:
        a, b = convert_sparse(sp_a), convert_sparse(sp_b)
        _check_shapes(a, b, op_name)
        indices, first, second = _union(a, b)
        return made(indices, function(kernels.sum_at(a.values, first, len(indices)), kernels.sum_at(b.values, second, len(indices))), a.dims())

    return combine


_largest = _extreme(dense.maximum, "SparseSparseMaximum")
_smallest = _extreme(dense.minimum, "SparseSparseMinimum")


@export("sparse.maximum")
@recorded
def maximum(sp_a: Any, sp_b: Any, name: Any = None) -> SparseTensor:
    """The larger of two sparse tensors' elements; what is not stored counts as 0.

    >>> import tfjax as tf
    >>> tf.sparse.maximum(tf.sparse.eye(1), tf.SparseTensor([[0, 0]], [3.0], [1, 1])).values.numpy()
    array([3.], dtype=float32)
    """
    return _largest(sp_a, sp_b, name)


@export("sparse.minimum")
@recorded
def minimum(sp_a: Any, sp_b: Any, name: Any = None) -> SparseTensor:
    """The smaller of two sparse tensors' elements; what is not stored counts as 0.

    >>> import tfjax as tf
    >>> tf.sparse.minimum(tf.sparse.eye(1), tf.SparseTensor([[0, 0]], [3.0], [1, 1])).values.numpy()
    array([1.], dtype=float32)
    """
    return _smallest(sp_a, sp_b, name)


def _reduce(sp_input: Any, axis: Any, keepdims: Any, sparse: bool, largest: bool) -> Any:
    sp = convert_sparse(sp_input)
    dims = sp.dims()
    rank = len(dims)
    axes = range(rank) if axis is None else statics.integers(axis)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    for a in axes:
        if not -rank <= a < rank:
            raise InvalidArgumentError(None, None, f"Invalid reduction dimension {a}, for input with {rank} dimensions. [Op:SparseReduceSum]")
    axes = tuple(sorted({a % rank for a in axes}))
    kept = [d for i, d in enumerate(dims) if i not in axes]
    shape = [1 if i in axes else d for i, d in enumerate(dims)] if keepdims else kept
    if not sparse:
        return shaping.reshape(kernels.reduce(sp.values, sp.indices, dims, axes, largest), shape)
    own = np.delete(places(sp), axes, axis=1)
    unique, positions = np.unique(flat_index(own, kept), return_inverse=True)
    values = kernels.reduce(sp.values, positions.reshape(-1, 1).astype(np.int64), (len(unique),), (), largest)
    indices = np.stack(np.unravel_index(unique, shape), 1) if shape else np.zeros((len(unique), 0), np.int64)
    return made(indices, values, shape)


@export("sparse.reduce_sum")
@recorded
def reduce_sum(sp_input: Any, axis: Any = None, keepdims: Any = None, output_is_sparse: bool = False, name: Any = None) -> Any:
    """The sum of the elements along `axis`, dense unless `output_is_sparse`.

    >>> import tfjax as tf
    >>> tf.sparse.reduce_sum(tf.sparse.eye(2), 1).numpy()
    array([1., 1.], dtype=float32)
    """
    return _reduce(sp_input, axis, keepdims, output_is_sparse, False)


@export("sparse.reduce_max")
@recorded
def reduce_max(sp_input: Any, axis: Any = None, keepdims: Any = None, output_is_sparse: bool = False, name: Any = None) -> Any:
    """The largest stored element along `axis`; 0 where nothing is stored.

    >>> import tfjax as tf
    >>> tf.sparse.reduce_max(tf.SparseTensor([[0, 1]], [-3], [2, 2]), 1).numpy()
    array([-3,  0], dtype=int32)
    """
    return _reduce(sp_input, axis, keepdims, output_is_sparse, True)


@export("sparse.sparse_dense_matmul")
@recorded
def sparse_dense_matmul(sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: Any = None) -> Tensor:
    """The product of a sparse and a dense matrix, in either order.

    Args:
      sp_a: a matrix.
      b: a matrix; exactly one of the two is sparse.
      adjoint_a, adjoint_b: use the conjugate transpose instead.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.sparse.sparse_dense_matmul(tf.sparse.eye(2), [[1.0], [2.0]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    if is_sparse(b):
        # (a @ b)' is b' @ a'.
        other = sparse_dense_matmul(b, sp_a, not adjoint_b, not adjoint_a)
        flipped = shaping.transpose(other, [1, 0])
        return _conj(flipped)
    sp, b = convert_sparse(sp_a), to_tensor(b, None, sp_a.dtype)
    if b.dtype != sp.dtype:
        names = [{"float32": "float", "float64": "double"}.get(d.name, d.name) for d in (sp.dtype, b.dtype)]
        text = f"cannot compute SparseTensorDenseMatMul as input #3(zero-based) was expected to be a {names[0]} tensor but is a {names[1]} tensor"
        raise translate(InvalidArgumentError(None, None, text), "SparseTensorDenseMatMul")
    return kernels.matmul(sp.values, b, sp.indices, sp.dims(), bool(adjoint_a), bool(adjoint_b))


def _conj(tensor: Tensor) -> Tensor:
    if not tensor.dtype.is_complex:
        return tensor
    from tfjax._src.ops.math.elementwise import conj

    return conj(tensor)


@export("sparse.softmax")
@recorded
def softmax(sp_input: Any, name: Any = None) -> SparseTensor:
    """Softmax over the stored elements of each row along the last dimension.

    >>> import tfjax as tf
    >>> tf.sparse.softmax(tf.sparse.eye(2)).values.numpy()
    array([1., 1.], dtype=float32)
    """
    from tfjax._src.ops.math import elementwise

    sp = convert_sparse(sp_input)
    dims = sp.dims()
    if len(dims) < 2:
        raise InvalidArgumentError(None, None, "Input should have rank >= 2, but received shape: " + str(list(dims)))
    unique, row = np.unique(flat_index(places(sp)[:, :-1], dims[:-1]), return_inverse=True)
    row = row.reshape(-1)
    largest = kernels.reduce(sp.values, row.reshape(-1, 1), (len(unique),), (), True)
    scores = elementwise.exp(dense.subtract(sp.values, shaping.stop_gradient(kernels.take(largest, row))))
    total = kernels.sum_at(scores, row, len(unique))
    return of(sp.indices, division.truediv(scores, kernels.take(total, row)), sp.dense_shape, sp.shape)


@export("sparse.map_values")
def map_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> SparseTensor:
    """`op` applied to the stored elements; all sparse arguments must store the same places.

    >>> import tfjax as tf
    >>> tf.sparse.map_values(tf.add, tf.sparse.eye(2), 5.0).values.numpy()
    array([6., 6.], dtype=float32)
    """
    found = [a for a in (*args, *kwargs.values()) if isinstance(a, SparseTensor)]
    if not found:
        raise ValueError("No SparseTensor in argument list of map_values")
    for other in found[1:]:
        _check_same_places(found[0], other)
    strip = lambda a: a.values if isinstance(a, SparseTensor) else a
    values = to_tensor(op(*[strip(a) for a in args], **{k: strip(v) for k, v in kwargs.items()}))
    if values.shape.rank != 1:
        raise ValueError(f"Shape {values.shape} must have rank 1")
    if values.shape[0] != found[0].values.shape[0]:
        raise ValueError(f"Dimensions {found[0].values.shape[0]} and {values.shape[0]} are not compatible")
    return of(found[0].indices, values, found[0].dense_shape, found[0].shape)


def _check_same_places(a: SparseTensor, b: SparseTensor) -> None:
    if a.indices is b.indices:
        return
    if a.indices.is_symbolic or b.indices.is_symbolic:
        return
    x, y = places(a), places(b)
    if x.shape != y.shape or not np.array_equal(x, y):
        first = [f"First {min(3, v.size)} elements of {n}:\n{v.reshape(-1)[:3]}" for n, v in (("x", x), ("y", y))]
        raise InvalidArgumentError(None, None, "Mismatched indices!\nCondition x == y did not hold.\n" + "\n".join(first))


def _with_dense(function: Callable[..., Any], sp: SparseTensor, other: Any) -> SparseTensor:
    """`function` of the stored elements and the elements of a dense tensor at their places."""
    other = to_tensor(other, None, sp.dtype)
    rank, own = len(sp.dims()), other.shape.rank
    if own == 0:
        values = function(sp.values, other)
    else:
        full = other if other.shape.as_list() == list(sp.dims()) else shaping.broadcast_to(other, sp.dims())
        if own > rank:
            raise InvalidArgumentError(None, None, "SparseDenseBinaryOpShared broadcasts dense to sparse only")
        values = function(sp.values, indexing.gather_nd(full, sp.indices))
    return of(sp.indices, values, sp.dense_shape, sp.shape)


def _operator(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: NotImplemented if is_sparse(other) else _with_dense(function, self, other)


SparseTensor.__mul__ = _operator(dense.multiply)  # type: ignore[attr-defined]
SparseTensor.__truediv__ = SparseTensor.__div__ = _operator(division.truediv)  # type: ignore[attr-defined]


@export("sparse.to_indicator")
@recorded
def to_indicator(sp_input: Any, vocab_size: Any, name: Any = None) -> Tensor:
    """Which numbers below `vocab_size` each row stores, as a dense bool tensor.

    >>> import tfjax as tf
    >>> tf.sparse.to_indicator(tf.SparseTensor([[0, 0]], [2], [1, 1]), 3).numpy()
    array([[False, False,  True]])
    """
    sp = convert_sparse(sp_input)
    size = statics.integer(vocab_size)
    ids = sp.values.host_value().astype(np.int64)
    if ((ids < 0) | (ids >= size)).any():
        raise InvalidArgumentError(None, None, f"All values must be in [0, {size})")
    shape = (*sp.dims()[:-1], size)
    found = np.zeros(shape, bool)
    found[(*places(sp)[:, :-1].T, ids)] = True
    return Tensor(found)


@export("sparse.sampled_addmm")
@recorded
def sampled_addmm(
    indices: Any, values: Any, dense_shape: Any, mat1: Any, mat2: Any, beta: float = 1.0, alpha: float = 1.0,
    output_type: Any = dtypes.float32,
) -> tuple[Tensor, Tensor, Tensor]:
    """`alpha` times the elements of `mat1 @ mat2` at places, plus `beta` times `values`.

    Returns:
      Places, values and dense shape.

    >>> import tfjax as tf
    >>> tf.sparse.sampled_addmm([[0, 0]], [1.0], [1, 1], [[2.0]], [[3.0]])[1].numpy()
    array([7.], dtype=float32)
    """
    from tfjax._src.ops.math.linear import matmul
    from tfjax._src.ops.math.reductions import reduce_sum as dense_sum

    indices, values = to_tensor(indices), shaping.cast(to_tensor(values), output_type)
    a, b = (shaping.cast(to_tensor(m), output_type) for m in (mat1, mat2))
    if a.shape.rank == 2 and b.shape.rank == 2:
        left = indexing.gather(a, indices[:, 0])
        right = indexing.gather(shaping.transpose(b), indices[:, 1])
        picked = dense_sum(dense.multiply(left, right), axis=1)
    else:
        picked = indexing.gather_nd(matmul(a, b), indices)
    result = dense.add(dense.multiply(alpha, picked), dense.multiply(beta, values))
    return indices, result, to_tensor(dense_shape)
