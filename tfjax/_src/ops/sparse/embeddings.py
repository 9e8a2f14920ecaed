"""Rows of embedding tables looked up by sparse or ragged numbers and combined."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import indexing, join, masking, shaping
from tfjax._src.ops.math import arithmetic, clipping, elementwise
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse import arrange, kernels
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


def _table(params: Any) -> Any:
    """One table from a table or a list of its parts."""
    if isinstance(params, (list, tuple)):
        if not params:
            raise ValueError(f"Missing params {params}.")
        return params[0] if len(params) == 1 else join.concat(list(params), 0)
    return params


def _check(combiner: Any, ids: Any, weights: Any) -> str:
    combiner = "mean" if combiner is None else combiner
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner}")
    if not isinstance(ids, (SparseTensor, RaggedTensor)):
        raise TypeError(f"sp_ids must be SparseTensor, got {type(ids)}")
    if weights is not None and type(weights) is not type(ids):
        raise TypeError(f"sp_weights must be either None or {type(ids).__name__},got {type(weights)}")
    return combiner


def _flat(ids: Any) -> tuple[Tensor, Tensor, int]:
    """(numbers, row of each, number of rows)."""
    if isinstance(ids, RaggedTensor):
        flat, rows, count = ids.flat_values, ids.value_rowids(), ids.shape[0]
    else:
        flat, rows, count = ids.values, ids.indices[:, 0], ids.dims()[0]
    if not rows.is_symbolic:
        # As TensorFlow has it: rows without numbers at the end are left out.
        known = rows.host_value()
        count = int(known[-1]) + 1 if len(known) else 0
    return flat, rows, count


def _scaled(rows: Any, max_norm: Any) -> Any:
    """Rows with a norm of at most `max_norm`."""
    if max_norm is None:
        return rows
    return clipping.clip_by_norm(rows, to_tensor(max_norm, rows.dtype), axes=list(range(1, rows.shape.rank)))


@export("nn.embedding_lookup")
@recorded
def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: Any = None) -> Any:
    """Rows of a table.

    Args:
      params: a table, or a list of its parts.
      ids: row numbers; ragged ones too.
      max_norm: rows with a larger norm are scaled down.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.embedding_lookup(tf.constant([[1.0], [2.0]]), [1]).numpy()
    array([[2.]], dtype=float32)
    """
    if isinstance(ids, RaggedTensor):
        return ids.with_flat_values(embedding_lookup(params, ids.flat_values, max_norm))
    table = _table(params)
    if max_norm is None:
        return indexing.gather(table, ids)
    ids = to_tensor(ids)
    found = _scaled(indexing.gather(table, shaping.reshape(ids, [-1])), max_norm)
    return shaping.reshape(found, [*ids.shape.as_list(), *found.shape.as_list()[1:]])


@export("nn.embedding_lookup_sparse")
@recorded
def embedding_lookup_sparse(
    params: Any, sp_ids: Any, sp_weights: Any, combiner: str | None = None, max_norm: Any = None, name: Any = None,
    allow_fast_lookup: bool = False,
) -> Tensor:
    """For each row of numbers, the combination of the rows of a table that they name.

    Args:
      params: a table, or a list of its parts.
      sp_ids: a SparseTensor or RaggedTensor of row numbers.
      sp_weights: a weight for each, arranged like `sp_ids`; None for ones.
      combiner: `"mean"` (by the weights), `"sqrtn"` (by the root of their squares' sum) or `"sum"`.
      max_norm: rows of the table with a larger norm are scaled down.
      name, allow_fast_lookup: no effect.

    >>> import tfjax as tf
    >>> ids = tf.ragged.constant([[0, 1], [1]])
    >>> tf.nn.embedding_lookup_sparse(tf.constant([[1.0], [3.0]]), ids, None).numpy().tolist()
    [[2.0], [3.0]]
    """
    combiner = _check(combiner, sp_ids, sp_weights)
    numbers, rows, count = _flat(sp_ids)
    found = indexing.gather(_table(params), numbers)
    if found.dtype in (dtypes.float16, dtypes.bfloat16):
        found = shaping.cast(found, dtypes.float32)
    found = _scaled(found, max_norm)
    inner = [1] * (found.shape.rank - 1)
    if sp_weights is None:
        weights = Tensor(np.ones(numbers.shape.as_list(), found.dtype.np))
    else:
        weights = shaping.cast(_flat(sp_weights)[0], found.dtype)
        found = arithmetic.multiply(found, shaping.reshape(weights, [-1, *inner]))
    total = kernels.sum_at(found, rows, count)
    if combiner == "sum":
        return total
    if combiner == "mean":
        divisor = kernels.sum_at(weights, rows, count)
    else:
        divisor = elementwise.sqrt(kernels.sum_at(elementwise.square(weights), rows, count))
    return arithmetic.divide_no_nan(total, shaping.reshape(divisor, [-1, *inner]))


@export("nn.safe_embedding_lookup_sparse")
@recorded
def safe_embedding_lookup_sparse(
    embedding_weights: Any, sparse_ids: Any, sparse_weights: Any = None, combiner: str = "mean", default_id: Any = None,
    max_norm: Any = None, name: Any = None, allow_fast_lookup: bool = False,
) -> Tensor:
    """As `tf.nn.embedding_lookup_sparse`, without negative numbers; empty rows give a default.

    Args:
      embedding_weights: a table, or a list of its parts.
      sparse_ids: a SparseTensor or RaggedTensor of row numbers.
      sparse_weights: a weight for each, arranged alike; unless the combiner is `"sum"`, those that are not
        positive are left out with their numbers.
      combiner: `"mean"`, `"sqrtn"` or `"sum"`.
      default_id: the row of the table that empty rows give; zeros by default.
      max_norm: rows of the table with a larger norm are scaled down.
      name, allow_fast_lookup: no effect.

    >>> import tfjax as tf
    >>> ids = tf.ragged.constant([[0, -1], []], dtype=tf.int64)
    >>> tf.nn.safe_embedding_lookup_sparse(tf.constant([[1.0], [3.0]]), ids).numpy().tolist()
    [[1.0], [0.0]]
    """
    ids, weights = (v.to_sparse() if isinstance(v, RaggedTensor) else v for v in (sparse_ids, sparse_weights))
    keep = ids.values.host_value() >= 0
    if weights is not None and combiner != "sum":
        keep &= weights.values.host_value() > 0
    ids = arrange.retain(ids, keep)
    ids, empty = arrange.fill_empty_rows(ids, 0 if default_id is None else default_id)
    if weights is not None:
        weights = arrange.fill_empty_rows(arrange.retain(weights, keep), np.array(1, weights.dtype.np))[0]
    result = embedding_lookup_sparse(embedding_weights, ids, weights, combiner, max_norm)
    if default_id is not None:
        return result
    inner = [1] * (result.shape.rank - 1)
    return masking.where(shaping.reshape(empty, [-1, *inner]), np.zeros((), result.dtype.np), result)
