"""Array functions behind the sparse ops: scatter, gather and sums at places."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, IntOther, Name, Numeric, Real, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.sparse import sparse_tensor


def columns(indices: Any) -> tuple[Any, ...]:
    """The places as one index array per dimension."""
    return tuple([indices[:, i] for i in range(indices.shape[1])])


@op("_internal.sparse_to_dense", raw="SparseToDense")
def to_dense(
    values: AnyTensor, default_value: AnyTensor, indices: IntOther, dims: Static, validate: bool = True,
    name: Name = None,
):
    """Values at their places, the default everywhere else."""
    if default_value.ndim:
        raise InvalidArgumentError(None, None, f"default_value should be a scalar, got shape {list(default_value.shape)}")
    if namespace(indices, values) is np:
        error = sparse_tensor.order_error(indices, dims) if validate else None
        if error is not None:
            raise error
        dense = np.full(dims, default_value[()], values.dtype)
        dense[columns(indices)] = values
        return dense
    dense = jnp.full(dims, default_value, values.dtype)
    return dense.at[columns(indices)].set(values) if len(dims) else dense


@op("_internal.sparse_matmul", raw="SparseTensorDenseMatMul")
def matmul(
    values: Numeric, b: Numeric, indices: IntOther, dims: Static, adjoint_a: bool = False, adjoint_b: bool = False,
    name: Name = None,
):
    """A sparse matrix times a dense one."""
    rows, cols = indices[:, 0], indices[:, 1]
    m, k = dims
    if adjoint_a:
        rows, cols, m, k = cols, rows, k, m
        values = values.conj() if values.dtype.kind == "c" else values
    if b.ndim != 2:
        raise InvalidArgumentError(None, None, "Tensor 'b' is not a matrix")
    if adjoint_b:
        b = b.conj().T if b.dtype.kind == "c" else b.T
    if b.shape[0] != k:
        shape = list(b.shape[::-1] if adjoint_b else b.shape)
        raise InvalidArgumentError(
            None, None, f"Cannot multiply A and B because inner dimension does not match: {k} vs. {b.shape[0]}.  "
            f"Did you forget a transpose?  Dimensions of A: [{m}, {k}).  Dimensions of B: [{shape[0]},{shape[1]}]",
        )
    products = values[:, None] * b[cols]
    if namespace(values, b, indices) is np:
        total = np.zeros((m, b.shape[1]), values.dtype)
        np.add.at(total, rows, products)
        return total
    return jnp.zeros((m, b.shape[1]), values.dtype).at[rows].add(products)


@op("_internal.sparse_reduce", raw="SparseReduceSum")
def reduce(values: Real, indices: IntOther, dims: Static, axes: Static, largest: bool = False, name: Name = None):
    """The sum or the largest of the stored elements that share their places outside `axes`."""
    kept = [i for i in range(len(dims)) if i not in axes]
    shape = tuple([dims[i] for i in kept])
    places = tuple([indices[:, i] for i in kept])
    if not kept:
        # A scalar: everything falls into its only element.
        return _largest(values) if largest else values.sum(dtype=values.dtype)
    if not largest:
        if namespace(values, indices) is np:
            total = np.zeros(shape, values.dtype)
            np.add.at(total, places, values)
            return total
        return jnp.zeros(shape, values.dtype).at[places].add(values)
    lowest = _lowest(values.dtype)
    if namespace(values, indices) is np:
        best, seen = np.full(shape, lowest, values.dtype), np.zeros(shape, bool)
        np.maximum.at(best, places, values)
        seen[places] = len(values) > 0
        return np.where(seen, best, np.zeros((), values.dtype))
    best = jnp.full(shape, lowest, values.dtype).at[places].max(values)
    seen = jnp.zeros(shape, bool).at[places].set(True)
    return jnp.where(seen, best, jnp.zeros((), values.dtype))


def _largest(values: Any) -> Any:
    return values.max() if values.shape[0] else values.sum(dtype=values.dtype)


def _lowest(dtype: Any) -> Any:
    return jnp.finfo(dtype).min if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype).min


@op("_internal.sum_at", raw="SparseAdd")
def sum_at(values: Numeric, positions: IntOther, count: Static, name: Name = None):
    """`count` sums; element i goes to sum number `positions[i]`."""
    if namespace(values, positions) is np:
        total = np.zeros((count, *values.shape[1:]), values.dtype)
        np.add.at(total, positions, values)
        return total
    return jnp.zeros((count, *values.shape[1:]), values.dtype).at[positions].add(values)


@op("_internal.take", raw="GatherV2")
def take(values: AnyTensor, positions: IntOther, name: Name = None):
    """The elements at `positions`, all of which exist."""
    return values[positions]


@op("_internal.place", raw="ScatterNd")
def place(values: AnyTensor, others: AnyTensor, positions: IntOther, rest: IntOther, count: Static, name: Name = None):
    """`values` at `positions` and the scalar `others` at `rest` of `count` elements."""
    if namespace(values, others, positions) is np:
        found = np.empty(count, values.dtype)
        found[positions], found[rest] = values, others[()]
        return found
    return jnp.full((count,), others, values.dtype).at[positions].set(values)
