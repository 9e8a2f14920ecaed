"""Feature crosses of sparse, ragged and dense inputs, joined as text or hashed."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.ragged import ragged_tensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, made
from tfjax._src.ops.strings.elements import encoded, filled, text
from tfjax._src.ops.strings.hashing import fingerprints, joined_fingerprint

_KEY = 0xDECAFCAFFE
_JOINED, _HASHED = object, np.int64


def _rows(value: Any) -> list[list[Any]]:
    """The values of each row of a matrix."""
    if isinstance(value, RaggedTensor):
        return value.to_list()
    if isinstance(value, SparseTensor):
        rows: list[list[Any]] = [[] for _ in range(value.dims()[0])]
        for row, element in zip(value.indices.host_value()[:, 0].tolist(), value.values.host_value().tolist()):
            rows[row].append(element)
        return rows
    return value.host_value().tolist()


def _check(inputs: Any, kinds: tuple[type, ...], message: str, ragged: bool) -> list[list[list[Any]]]:
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(i, kinds) for i in inputs):
        raise TypeError(message)
    for i in inputs:
        kind = i.dtype
        if not (kind.is_integer or kind is dtypes.string):
            raise TypeError(f"Unexpected dtype for inputs: {kind}" if ragged else f"Inputs must be strings or integers, got {kind.name}")
        if ragged and i.shape.rank != 2:
            raise InvalidArgumentError(None, None, "tf.ragged.cross only supports inputs with rank=2. [Op:RaggedCross]")
    columns = [_rows(i) for i in inputs]
    if len({len(c) for c in columns}) > 1:
        raise InvalidArgumentError(None, None, f"Expected batch size {len(columns[0])} in all inputs" if not ragged else "inputs must all have the same batch dimension size.")
    return columns


def _joined(columns: list[list[list[Any]]], separator: bytes) -> list[list[bytes]]:
    as_text = [[[v if isinstance(v, bytes) else str(v).encode() for v in row] for row in column] for column in columns]
    return [[separator.join(combination) for combination in itertools.product(*rows)] for rows in zip(*as_text)]


def _number(values: list[Any]) -> np.ndarray:
    if values and isinstance(values[0], bytes):
        return fingerprints(values)
    return np.array(values, np.int64).view(np.uint64)


def _hashed(columns: list[list[list[Any]]], buckets: int, key: int | None) -> list[list[int]]:
    numbers = []
    for column in columns:
        flat = _number([v for row in column for v in row])
        ends = np.cumsum([len(row) for row in column])
        numbers.append(np.split(flat, ends[:-1]) if len(column) else [])
    found = []
    divisor = np.uint64(buckets if buckets else 0x7FFFFFFFFFFFFFFF)
    for rows in zip(*numbers):
        grids = np.meshgrid(*rows, indexing="ij")
        result = np.full(grids[0].size, _KEY if key is None else key, np.uint64)
        for grid in grids:
            result = joined_fingerprint(result, grid.reshape(-1))
        found.append((result % divisor).astype(np.int64).tolist())
    return found


def _as_sparse(rows: list[list[Any]], dtype: Any) -> SparseTensor:
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = filled([v for row in rows for v in row], (len(indices),), dtype)
    shape = (len(rows), max([len(row) for row in rows], default=0))
    return made(np.array(indices, np.int64).reshape(-1, 2), Tensor(values), shape)


def _as_ragged(rows: list[list[Any]], dtype: Any) -> RaggedTensor:
    values = filled([v for row in rows for v in row], (sum(map(len, rows)),), dtype)
    splits = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return ragged_tensor.of_splits(Tensor(values), Tensor(splits))


@export("sparse.cross")
@recorded
def sparse_cross(inputs: Any, name: Any = None, separator: Any = None) -> SparseTensor:
    """All combinations of the values in each row of several matrices, joined as text.

    Args:
      inputs: sparse or dense matrices of strings or integers with equally many rows.
      name: no effect.
      separator: stands between values; `"_X_"` by default.

    >>> import tfjax as tf
    >>> tf.sparse.cross([tf.constant([["a"]]), tf.constant([["b", "c"]])]).values.numpy()
    array([b'a_X_b', b'a_X_c'], dtype=object)
    """
    columns = _check(inputs, (SparseTensor, Tensor), "All inputs must be Tensor or SparseTensor.", False)
    between = encoded(text("_X_" if separator is None else separator.numpy() if isinstance(separator, Tensor) else separator))
    return _as_sparse(_joined(columns, between), _JOINED)


@export("sparse.cross_hashed")
@recorded
def sparse_cross_hashed(inputs: Any, num_buckets: Any = 0, hash_key: Any = None, name: Any = None) -> SparseTensor:
    """All combinations of the values in each row of several sparse matrices, hashed.

    Args:
      inputs: sparse matrices of strings or integers with equally many rows.
      num_buckets: hashes are taken modulo this number; 0 for all of int64.
      hash_key: where the hash starts.
      name: no effect.

    >>> import tfjax as tf
    >>> a, b = tf.sparse.from_dense([["a"]]), tf.sparse.from_dense([["b", "c"]])
    >>> tf.sparse.cross_hashed([a, b], num_buckets=100).values.dtype
    tf.int64
    """
    columns = _check(inputs, (SparseTensor,), "All inputs must be SparseTensors", False)
    return _as_sparse(_hashed(columns, statics.integer(num_buckets), hash_key), _HASHED)


@export("ragged.cross")
@recorded
def ragged_cross(inputs: Any, name: Any = None) -> RaggedTensor:
    """All combinations of the values in each row of several matrices, joined by `_X_`.

    >>> import tfjax as tf
    >>> tf.ragged.cross([tf.ragged.constant([["a"], ["b", "c"]]), tf.ragged.constant([["d"], ["e"]])])
    <tf.RaggedTensor [[b'a_X_d'], [b'b_X_e', b'c_X_e']]>
    """
    kinds = (SparseTensor, RaggedTensor, Tensor)
    return _as_ragged(_joined(_check(inputs, kinds, f"Unexpected input for tf.ragged.cross: {inputs}", True), b"_X_"), _JOINED)


@export("ragged.cross_hashed")
@recorded
def ragged_cross_hashed(inputs: Any, num_buckets: Any = 0, hash_key: Any = None, name: Any = None) -> RaggedTensor:
    """All combinations of the values in each row of several matrices, hashed; see `tf.sparse.cross_hashed`.

    >>> import tfjax as tf
    >>> tf.ragged.cross_hashed([tf.ragged.constant([["a"], ["b", "c"]]), tf.constant([["d"], ["e"]])], num_buckets=100)
    <tf.RaggedTensor [[82], [61, 41]]>
    """
    kinds = (SparseTensor, RaggedTensor, Tensor)
    columns = _check(inputs, kinds, f"Unexpected input for tf.ragged.cross_hashed: {inputs}", True)
    return _as_ragged(_hashed(columns, statics.integer(num_buckets), hash_key), _HASHED)
