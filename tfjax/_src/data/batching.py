"""Datasets that stack elements, and cut them up again."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.data.dataset import UNKNOWN_CARDINALITY, Dataset, peek, peek_several
from tfjax._src.data.functions import spec_of
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite import batching as composites
from tfjax._src.ops.ragged.spec import RaggedTensorSpec
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, SparseTensorSpec


def stack_elements(elements: list[Any]) -> Any:
    """Elements as one, each component stacked."""
    first = elements[0]
    columns = zip(*[nest.flatten(e) for e in elements])
    return nest.pack_sequence_as(first, [_stack_column(list(c), i) for i, c in enumerate(columns)])


def _stack_column(column: list[Any], number: int) -> Any:
    if not isinstance(column[0], Tensor) or composites.is_ragged_row(column[0]):
        return composites.stack_values(column)
    values = [t.host_value() for t in column]
    shape = values[0].shape
    for i, value in enumerate(values):
        if value.shape != shape:
            raise InvalidArgumentError(
                None, None,
                f"Cannot batch tensors with different shapes in component {number}. First element had shape "
                f"{_shape_text(shape)} and element {i} had shape {_shape_text(value.shape)}. [Op:IteratorGetNext] name: ",
            )
    if not shape:
        return Tensor(np.array([v[()] for v in values], values[0].dtype))
    return Tensor(np.stack(values))


def _shape_text(shape: tuple[int, ...]) -> str:
    return "[" + ",".join(map(str, shape)) + "]"


class BatchDataset(Dataset):
    """Elements stacked."""

    def __init__(self, source: Dataset, size: int, drop: bool) -> None:
        self.source, self.size, self.drop = source, size, drop

    def _elements(self) -> Iterator[Any]:
        source = self.source
        rows = source if hasattr(source, "arrays") else getattr(source, "_rows", None)
        if rows is not None:
            return self._chunks(source._indices(), rows.rows)
        return self._chunks(source._elements(), self._join)

    def _chunks(self, iterator: Iterator[Any], join: Any) -> Iterator[Any]:
        while True:
            chunk = list(itertools.islice(iterator, self.size))
            if not chunk or self.drop and len(chunk) < self.size:
                return
            yield join(chunk)

    def _join(self, chunk: list[Any]) -> Any:
        return stack_elements(chunk)

    def _size(self) -> int:
        size = self.source._size()
        if size < 0:
            return size
        return size // self.size if self.drop else -(-size // self.size)

    def _spec(self) -> Any:
        lead = self.size if self.drop else None
        return nest.map_structure(lambda s: batched_spec(s, lead), self.source.element_spec)


def batched_spec(spec: Any, lead: int | None) -> Any:
    """The spec of stacked values."""
    if not isinstance(spec, TensorSpec):
        return spec._batch(lead)
    if spec.shape.rank is None:
        return TensorSpec(None, spec.dtype)
    return TensorSpec(TensorShape([lead]).concatenate(spec.shape), spec.dtype)


class ParallelBatchDataset(BatchDataset):
    """Elements stacked; the same, under TensorFlow's other name."""


class RaggedBatchDataset(BatchDataset):
    """Elements of different sizes, stacked as ragged tensors."""

    def __init__(self, source: Dataset, size: int, drop: bool, splits_dtype: Any) -> None:
        super().__init__(source, size, drop)
        self.splits_dtype = dtypes.as_dtype(splits_dtype)

    def _name(self) -> str:
        return "BatchDataset"

    @functools.cached_property
    def _rigid(self) -> list[bool]:
        """For each component, whether all elements have one known shape."""
        specs = nest.flatten(self.source.element_spec)
        found = [_is_rigid(s) for s in specs]
        if any(found):
            # A function that could not be traced told the shapes of one element only.
            for element in peek_several(self.source, 16):
                leaves = nest.flatten(element)
                found = [f and tuple(leaf.shape) == tuple(s.shape) for f, leaf, s in zip(found, leaves, specs)]
        return found

    def _elements(self) -> Iterator[Any]:
        return self._chunks(self.source._elements(), self._join)

    def _join(self, chunk: list[Any]) -> Any:
        specs = nest.flatten(self.source.element_spec)
        columns = zip(*[nest.flatten(e) for e in chunk])
        joined = [
            _stack_column(list(column), i) if rigid else _ragged(list(column), spec, self.splits_dtype)
            for i, (column, spec, rigid) in enumerate(zip(columns, specs, self._rigid))
        ]
        return nest.pack_sequence_as(chunk[0], joined)

    def _spec(self) -> Any:
        if all(self._rigid):
            return super()._spec()
        lead = self.size if self.drop else None
        batch = peek(self)
        specs = [
            batched_spec(own, lead) if rigid else _opened(spec_of(value), lead)
            for own, rigid, value in zip(nest.flatten(self.source.element_spec), self._rigid, nest.flatten(batch))
        ]
        return nest.pack_sequence_as(batch, specs)


def _opened(spec: Any, lead: int | None) -> Any:
    """The spec of a ragged batch, whose size is `lead`."""
    if not isinstance(spec, RaggedTensorSpec):
        return spec
    return RaggedTensorSpec([lead, *spec.shape.as_list()[1:]], spec.dtype, spec.ragged_rank, spec.row_splits_dtype)


def _is_rigid(spec: Any) -> bool:
    return isinstance(spec, TensorSpec) and spec.shape.is_fully_defined()


def _ragged(column: list[Any], spec: Any, splits_dtype: Any) -> Any:
    if isinstance(spec, TensorSpec):
        dims = [] if spec.shape.rank is None else spec.shape.as_list()
        depth = max([i for i, d in enumerate(dims) if d is None], default=0)
        spec = RaggedTensorSpec([None] * len(dims) if dims else None, spec.dtype, depth, splits_dtype)
    return composites.stack_values(column, spec, splits_dtype)


class PaddedBatchDataset(BatchDataset):
    """Elements padded and stacked."""

    def __init__(self, source: Dataset, size: int, shapes: Any, values: Any, drop: bool) -> None:
        super().__init__(source, size, drop)
        self.shapes, self.values = shapes, values

    def _elements(self) -> Iterator[Any]:
        return self._chunks(self.source._elements(), self._join)

    def _join(self, chunk: list[Any]) -> Any:
        first = chunk[0]
        flat = [nest.flatten(e) for e in chunk]
        count = len(flat[0])
        shapes = flatten_up_to(first, self.shapes) if self.shapes is not None else [None] * count
        values = _fillings(self.values, count)
        columns = [
            Tensor(_pad_stack([row[i].host_value() for row in flat], shapes[i], values[i])) for i in range(count)
        ]
        return nest.pack_sequence_as(first, columns)

    def _spec(self) -> Any:
        lead = self.size if self.drop else None
        specs = self.source.element_spec
        leaves = nest.flatten(specs)
        shapes = flatten_up_to(specs, self.shapes) if self.shapes is not None else [None] * len(leaves)
        return nest.pack_sequence_as(specs, [_padded_spec(s, shape, lead) for s, shape in zip(leaves, shapes)])


def flatten_up_to(structure: Any, value: Any) -> list[Any]:
    """The parts of `value` at the leaves of `structure`: shapes, which are lists themselves."""
    if isinstance(structure, dict):
        return [leaf for k in sorted(structure) for leaf in flatten_up_to(structure[k], value[k])]
    if isinstance(structure, tuple):
        return [leaf for s, v in zip(structure, value, strict=True) for leaf in flatten_up_to(s, v)]
    return [value]


def _fillings(values: Any, count: int) -> list[Any]:
    if values is None:
        return [None] * count
    flat: list[Any] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key in sorted(value):
                collect(value[key])
        elif isinstance(value, (tuple, list)):
            for part in value:
                collect(part)
        else:
            flat.append(value)

    collect(values)
    return flat * count if len(flat) == 1 else flat


def _padded_spec(spec: TensorSpec, shape: Any, lead: int | None) -> TensorSpec:
    if shape is None:
        if spec.shape.rank is None:
            raise ValueError(f"You must provide `padded_shapes` argument because component 0 has unknown rank: {spec}.")
        # Sizes that are known stay as they are.
        return TensorSpec([lead, *spec.shape.as_list()], spec.dtype)
    dims = shape.as_list() if isinstance(shape, TensorShape) else shape
    return TensorSpec([lead, *[None if d is None or d == -1 else int(d) for d in dims]], spec.dtype)


def _pad_stack(arrays: list[np.ndarray], shape: Any, value: Any) -> np.ndarray:
    rank = arrays[0].ndim
    largest = [max(a.shape[d] for a in arrays) for d in range(rank)]
    if shape is not None:
        dims = [None if d is None or d == -1 else int(d) for d in shape]
        for have, want in zip(largest, dims):
            if want is not None and have > want:
                raise InvalidArgumentError(
                    None, None,
                    f"Attempted to pad to a smaller size than the input element. [{have}] vs. [{want}]"
                    if rank == 1 else "Attempted to pad to a smaller size than the input element.",
                )
        largest = [have if want is None else want for have, want in zip(largest, dims)]
    if value is None:
        fill: Any = b"" if arrays[0].dtype == object else 0
    else:
        fill = to_tensor(value).numpy()
    out = np.full((len(arrays), *largest), fill, arrays[0].dtype)
    for i, array in enumerate(arrays):
        out[(i, *[slice(0, n) for n in array.shape])] = array
    return out


class UnbatchDataset(Dataset):
    """The rows of the elements."""

    def __init__(self, source: Dataset) -> None:
        self.source = source

    def _elements(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(map(_rows_of, self.source._elements()))

    def _size(self) -> int:
        size = self.source._size()
        leading = {s.shape[0] if s.shape.rank else None for s in nest.flatten(self.source.element_spec)}
        known = leading - {None}
        if not known:
            return UNKNOWN_CARDINALITY if size >= 0 else size
        return size * known.pop() if size >= 0 else size

    def _spec(self) -> Any:
        def row(spec: Any) -> Any:
            if not isinstance(spec, TensorSpec):
                return spec._unbatch()
            return spec if spec.shape.rank is None else TensorSpec(spec.shape[1:], spec.dtype)

        return nest.map_structure(row, self.source.element_spec)


def _rows_of(element: Any) -> Iterator[Any]:
    leaves = nest.flatten(element)
    if all(isinstance(leaf, Tensor) for leaf in leaves):
        arrays = [leaf.host_value() for leaf in leaves]
        for i in range(len(arrays[0])):
            yield nest.pack_sequence_as(element, [Tensor(_row(a, i)) for a in arrays])
        return
    for parts in zip(*[composites.rows(leaf) for leaf in leaves]):
        yield nest.pack_sequence_as(element, list(parts))


def _row(array: np.ndarray, i: int) -> np.ndarray:
    row = array[i]
    if array.ndim == 1:
        out = np.empty((), array.dtype)
        out[()] = row
        return out
    return row


class RebatchDataset(Dataset):
    """Batches of other sizes."""

    def __init__(self, source: Dataset, sizes: tuple[int, ...], drop: bool) -> None:
        self.source, self.sizes, self.drop = source, sizes, drop

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements())

    def _run(self, source: Iterator[Any]) -> Iterator[Any]:
        rows = itertools.chain.from_iterable(map(_rows_of, source))
        for size in itertools.cycle(self.sizes):
            chunk = list(itertools.islice(rows, size))
            if not chunk or self.drop and len(chunk) < size:
                return
            yield stack_elements(chunk)

    def _size(self) -> int:
        return UNKNOWN_CARDINALITY if self.source._size() >= 0 else self.source._size()

    def _spec(self) -> Any:
        lead = self.sizes[0] if self.drop and len(set(self.sizes)) == 1 else None
        return nest.map_structure(
            lambda s: TensorSpec(None if s.shape.rank is None else [lead, *s.shape.as_list()[1:]], s.dtype),
            self.source.element_spec,
        )


class DenseToSparseBatchDataset(BatchDataset):
    """Elements of different sizes, batched as sparse tensors."""

    def __init__(self, source: Dataset, size: int, row_shape: tuple[int, ...]) -> None:
        super().__init__(source, size, False)
        self.row_shape = row_shape

    def _elements(self) -> Iterator[Any]:
        return self._chunks(self.source._elements(), self._join)

    def _join(self, chunk: list[Any]) -> Any:
        places, values = [], []
        for i, element in enumerate(chunk):
            array = element.host_value()
            if array.ndim != len(self.row_shape) or any(n > m for n, m in zip(array.shape, self.row_shape)):
                raise InvalidArgumentError(
                    None, None,
                    f"Shape of element {list(array.shape)} does not fit into the row shape {list(self.row_shape)}. "
                    "[Op:IteratorGetNext] name: ",
                )
            inner = np.argwhere(np.ones(array.shape, bool))
            places.append(np.insert(inner, 0, i, axis=1))
            values.append(array.reshape(-1))
        shape = np.array([len(chunk), *self.row_shape], np.int64)
        return SparseTensor(Tensor(np.concatenate(places)), Tensor(np.concatenate(values)), Tensor(shape))

    def _spec(self) -> Any:
        return SparseTensorSpec([None, *self.row_shape], self.source.element_spec.dtype)
