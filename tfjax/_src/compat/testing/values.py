"""Arrays and Python values of whatever tests compare."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite.base import CompositeTensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor

SparseValue = collections.namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])
SlicesValue = collections.namedtuple("IndexedSlicesValue", ["values", "indices", "dense_shape"])


@export("compat.v1.ragged.RaggedTensorValue")
class RaggedTensorValue:
    """The arrays that a ragged tensor consists of.

    Attributes:
      values: an array, or a RaggedTensorValue.
      row_splits: where each row starts, and where the last one ends.
    """

    def __init__(self, values: Any, row_splits: Any) -> None:
        self.values = values
        self.row_splits = np.asarray(row_splits)

    @property
    def flat_values(self) -> Any:
        """The innermost values."""
        return (
            self.values.flat_values if isinstance(self.values, RaggedTensorValue) else self.values
        )

    @property
    def nested_row_splits(self) -> tuple[Any, ...]:
        """The row splits of every ragged dimension, outermost first."""
        inner = self.values.nested_row_splits if isinstance(self.values, RaggedTensorValue) else ()
        return (self.row_splits, *inner)

    @property
    def ragged_rank(self) -> int:
        """How many dimensions are ragged."""
        return len(self.nested_row_splits)

    @property
    def dtype(self) -> Any:
        """The NumPy dtype of the values."""
        return self.values.dtype

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape, None where rows differ in length."""
        return (len(self.row_splits) - 1, None, *self.values.shape[1:])

    def to_list(self) -> list[Any]:
        """Nested lists of the elements.

        >>> RaggedTensorValue(np.array([1, 2, 3]), [0, 1, 3]).to_list()
        [[1], [2, 3]]
        """
        values = (
            self.values.to_list()
            if isinstance(self.values, RaggedTensorValue)
            else self.values.tolist()
        )
        return [values[i:j] for i, j in zip(self.row_splits[:-1], self.row_splits[1:])]

    def __repr__(self) -> str:
        return f"tf.RaggedTensorValue(values={self.values!r}, row_splits={self.row_splits!r})"


def is_tensor(value: Any) -> bool:
    """Tensors and Variables."""
    return isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor")


def is_composite(value: Any) -> bool:
    """Ragged and sparse tensors, extension types."""
    return isinstance(value, CompositeTensor)


def array_of(value: Any) -> np.ndarray:
    """The array that a tensor, an array, a number or a list of them stands for."""
    if is_tensor(value):
        return np.asarray(to_tensor(value).numpy())
    if isinstance(value, (list, tuple)) and any(is_tensor(v) for v in nest.flatten(value)):
        return np.array(nest.map_structure(lambda v: array_of(v) if is_tensor(v) else v, value))
    return value if isinstance(value, np.ndarray) else np.array(value)


def list_of(value: Any) -> Any:
    """Nested lists of the elements."""
    if isinstance(value, (RaggedTensor, RaggedTensorValue)):
        return value.to_list()
    if is_tensor(value) or isinstance(value, (np.ndarray, np.generic)):
        return array_of(value).tolist()
    return [list_of(v) for v in value] if isinstance(value, (list, tuple)) else value


def evaluated(value: Any) -> Any:
    """The NumPy value of a tensor; named tuples of arrays for sparse values and IndexedSlices.

    Raises:
      ValueError: if it is no tensor.
    """
    if value is None:
        return None
    if callable(value) and not is_tensor(value) and not is_composite(value):
        return evaluate(value())
    if isinstance(value, RaggedTensor):
        return RaggedTensorValue(evaluated(value.values), evaluated(value.row_splits))
    if isinstance(value, SparseTensor):
        return SparseValue(
            *[evaluated(part) for part in (value.indices, value.values, value.dense_shape)]
        )
    if isinstance(value, IndexedSlices):
        return SlicesValue(
            *[evaluated(part) for part in (value.values, value.indices, value.dense_shape)]
        )
    if is_tensor(value) or hasattr(value, "numpy"):
        return value.numpy()
    raise ValueError(f"Unsupported type {type(value).__name__!r}.")


def evaluate(values: Any) -> Any:
    """`evaluated` for each element of a nest."""
    return evaluated(values) if callable(values) else nest.map_structure(evaluated, values)
