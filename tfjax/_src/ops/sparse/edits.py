"""Distances between sparse sequences, and empty ragged rows filled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.sparse import kernels
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


def _sequences(sp: SparseTensor) -> dict[tuple[int, ...], list[Any]]:
    found: dict[tuple[int, ...], list[Any]] = {}
    for place, value in zip(sp.indices.host_value()[:, :-1].tolist(), sp.values.host_value().tolist()):
        found.setdefault(tuple(place), []).append(value)
    return found


def levenshtein(a: list[Any], b: list[Any]) -> int:
    """How many elements must be inserted, deleted or replaced to make `a` of `b`."""
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
        above = row
    return above[-1]


@export("edit_distance")
@recorded
def edit_distance(hypothesis: Any, truth: Any, normalize: bool = True, name: Any = "edit_distance") -> Tensor:
    """The Levenshtein distance between the sequences along the last dimension.

    Args:
      hypothesis, truth: SparseTensors of one rank and dtype.
      normalize: divides by the length of the truth; infinite where that is 0 and the hypothesis is not.
      name: no effect.

    >>> import tfjax as tf
    >>> a, b = tf.sparse.from_dense([["a", "b", "c"]]), tf.sparse.from_dense([["a", "c", ""]])
    >>> tf.edit_distance(a, b, normalize=False).numpy()
    array([1.], dtype=float32)
    """
    for value, what in ((hypothesis, "Hypothesis"), (truth, "Truth")):
        if not isinstance(value, SparseTensor):
            raise TypeError(f"{what} must be a SparseTensor.")
    ours, theirs = _sequences(hypothesis), _sequences(truth)
    dims = [max(a, b) for a, b in zip(hypothesis.dims()[:-1], truth.dims()[:-1])]
    found = np.zeros(dims, np.float32)
    for place in np.ndindex(*dims):
        a, b = ours.get(place, []), theirs.get(place, [])
        distance = float(levenshtein(a, b))
        if normalize:
            distance = distance / len(b) if b else float("inf") if a else 0.0
        found[place] = distance
    return Tensor(found)


class RaggedFillEmptyRows(NamedTuple):
    """What `tf.ragged_fill_empty_rows` gives."""

    output_value_rowids: Tensor
    output_values: Tensor
    empty_row_indicator: Tensor
    reverse_index_map: Tensor


class RaggedFillEmptyRowsGrad(NamedTuple):
    """What `tf.ragged_fill_empty_rows_grad` gives."""

    d_values: Tensor
    d_default_value: Tensor


@export("ragged_fill_empty_rows")
@recorded
def ragged_fill_empty_rows(value_rowids: Any, values: Any, nrows: Any, default_value: Any, name: Any = None) -> RaggedFillEmptyRows:
    """A default value put into each row that has none.

    Args:
      value_rowids: the row number of each value, sorted.
      values: the values.
      nrows: the number of rows.
      default_value: what empty rows get.
      name: no effect.

    >>> import tfjax as tf
    >>> filled = tf.ragged_fill_empty_rows([0, 2], [5, 6], 3, -1)
    >>> filled.output_values.numpy()
    array([ 5, -1,  6], dtype=int32)
    """
    ids, values = to_tensor(value_rowids).host_value().astype(np.int64), to_tensor(values)
    count = statics.integer(nrows)
    if len(ids) and not 0 <= ids.min() <= ids.max() < count:
        raise InvalidArgumentError(None, None, f"value_rowids must be in [0, {count}) [Op:RaggedFillEmptyRows]")
    empty = np.bincount(ids, minlength=count) == 0
    added = np.flatnonzero(empty)
    order = np.argsort(np.concatenate([ids, added]), kind="stable")
    where = np.empty(len(order), np.int64)
    where[order] = np.arange(len(order))
    filled = kernels.place(values, to_tensor(default_value, None, values.dtype), where[: len(ids)], where[len(ids) :], len(order))
    rowids = np.concatenate([ids, added])[order]
    return RaggedFillEmptyRows(Tensor(rowids), filled, Tensor(empty), Tensor(where[: len(ids)]))


@export("ragged_fill_empty_rows_grad")
@recorded
def ragged_fill_empty_rows_grad(reverse_index_map: Any, grad_values: Any, name: Any = None) -> RaggedFillEmptyRowsGrad:
    """The gradients of `tf.ragged_fill_empty_rows`: those of the values, and the sum of all others.

    >>> import tfjax as tf
    >>> tf.ragged_fill_empty_rows_grad([0, 2], [1.0, 2.0, 3.0]).d_default_value.numpy()
    np.float32(2.0)
    """
    from tfjax._src.ops.math.reductions import reduce_sum

    places, grads = to_tensor(reverse_index_map).host_value(), to_tensor(grad_values)
    rest = np.setdiff1d(np.arange(grads.shape[0]), places)
    return RaggedFillEmptyRowsGrad(kernels.take(grads, places), reduce_sum(kernels.take(grads, rest)))
