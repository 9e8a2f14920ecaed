"""Datasets that start a pipeline."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import INFINITE_CARDINALITY, Dataset
from tfjax._src.data.functions import as_element, spec_of
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite import batching as composites
from tfjax._src.ops.composite.base import CompositeTensor
from tfjax._src.ops.composite.extension_type import unbatched_spec


def _columns(value: Any) -> Any:
    """Columns of a DataFrame as a dict; anything else unchanged."""
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return value.to_numpy()
    return value


class TensorDataset(Dataset):
    """One element."""

    def __init__(self, tensors: Any) -> None:
        self.element = as_element(_columns(tensors))

    def _elements(self) -> Iterator[Any]:
        return iter((self.element,))

    def _size(self) -> int:
        return 1

    def _spec(self) -> Any:
        return spec_of(self.element)


class TensorSliceDataset(Dataset):
    """Rows of tensors. Later steps work on row numbers and gather whole batches at once."""

    def __init__(self, tensors: Any) -> None:
        element = as_element(_columns(tensors)) if not isinstance(tensors, dict) else {k: to_tensor(_columns(v)) if not isinstance(v, dict) else as_element(v) for k, v in tensors.items()}
        self.arrays = nest.map_structure(lambda t: t.host_value(), element)
        leaves = nest.flatten(self.arrays)
        if not leaves:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        for leaf in leaves:
            if leaf.ndim == 0:
                raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        sizes = {len(leaf) for leaf in leaves}
        if len(sizes) > 1:
            first, second = sorted(sizes)[:2]
            raise ValueError(f"Dimensions {first} and {second} are not compatible")
        self.count = sizes.pop()

    def _indices(self) -> Iterator[int]:
        return iter(range(self.count))

    def row(self, index: int) -> Any:
        """The element of one row."""
        return nest.map_structure(lambda a: Tensor(np.asarray(a[index]) if a.dtype != object else _scalar_object(a[index])), self.arrays)

    def rows(self, indices: list[int]) -> Any:
        """Several rows, stacked."""
        index = np.asarray(indices, np.int64)
        return nest.map_structure(lambda a: Tensor(a[index]), self.arrays)

    def _elements(self) -> Iterator[Any]:
        return (self.row(i) for i in range(self.count))

    def _size(self) -> int:
        return self.count

    def _spec(self) -> Any:
        return nest.map_structure(lambda a: TensorSpec(a.shape[1:], dtypes.FROM_NUMPY[a.dtype]), self.arrays)


class CompositeSliceDataset(Dataset):
    """Rows of sparse tensors, ragged tensors and extension types, and of tensors beside them."""

    def __init__(self, element: Any) -> None:
        self.element = element
        columns = [composites.rows(leaf) for leaf in nest.flatten(element)]
        sizes = sorted({len(c) for c in columns})
        if len(sizes) > 1:
            raise ValueError(f"Dimensions {sizes[0]} and {sizes[1]} are not compatible")
        self.rows_at_hand = [nest.pack_sequence_as(element, list(row)) for row in zip(*columns)]

    def _name(self) -> str:
        return "TensorSliceDataset"

    def _elements(self) -> Iterator[Any]:
        return iter(self.rows_at_hand)

    def _size(self) -> int:
        return len(self.rows_at_hand)

    def _spec(self) -> Any:
        return nest.map_structure(unbatched_spec, spec_of(self.element))


def tensor_slices(tensors: Any) -> Dataset:
    """The rows of tensors or composites."""
    if any(isinstance(leaf, CompositeTensor) for leaf in nest.flatten(tensors)):
        return CompositeSliceDataset(as_element(tensors))
    return TensorSliceDataset(tensors)


def _scalar_object(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    out = np.empty((), object)
    out[()] = value
    return out


class RangeDataset(Dataset):
    """Integers."""

    def __init__(self, *args: Any, output_type: Any = dtypes.int64, name: str | None = None) -> None:
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(args)}.")
        self.range = range(*[statics.integer(a) for a in args])
        self.dtype = dtypes.as_dtype(output_type)

    # A table whose rows are computed: later steps work on row numbers, as with TensorSliceDataset.
    arrays = ()

    def _indices(self) -> Iterator[int]:
        return iter(range(len(self.range)))

    def row(self, index: int) -> Any:
        """One number."""
        return Tensor(np.array(self.range[index], self.dtype.np))

    def rows(self, indices: list[int]) -> Any:
        """Several numbers, stacked."""
        return Tensor((np.asarray(indices, np.int64) * self.range.step + self.range.start).astype(self.dtype.np))

    def _elements(self) -> Iterator[Any]:
        kind = self.dtype.np
        return (Tensor(np.array(i, kind)) for i in self.range)

    def _size(self) -> int:
        return len(self.range)

    def _spec(self) -> Any:
        return TensorSpec((), self.dtype)


class CounterDataset(Dataset):
    """Numbers without end."""

    def __init__(self, start: Any, step: Any, dtype: Any) -> None:
        self.dtype = dtypes.as_dtype(dtype)
        self.start, self.step = statics.value(start), statics.value(step)

    def _name(self) -> str:
        return "ScanDataset"

    def _elements(self) -> Iterator[Any]:
        kind = self.dtype.np
        return (Tensor(np.array(i, kind)) for i in itertools.count(self.start, self.step))

    def _size(self) -> int:
        return INFINITE_CARDINALITY

    def _spec(self) -> Any:
        return TensorSpec((), self.dtype)
