"""Datasets that change other datasets."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.data.dataset import (
    INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY,
    Dataset,
    as_element,
    call,
    spec_of,
)
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.random import philox, state


class SameDataset(Dataset):
    """The elements of another dataset; base of those that keep their specs."""

    def __init__(self, source: Dataset) -> None:
        self.source = source

    @property
    def _rows(self) -> Any:
        """The rows behind this dataset where it only chooses among them, else None."""
        if type(self) in (SameDataset, ShuffleDataset, RepeatDataset, TakeDataset, SkipDataset, ShardDataset):
            source = self.source
            return source if hasattr(source, "arrays") else getattr(source, "_rows", None)
        return None

    def _source_indices(self) -> Iterator[int]:
        return self.source._indices()

    def _indices(self) -> Iterator[int]:
        """Row numbers, where `_rows` is not None."""
        return self._choose(self._source_indices)

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """What this dataset makes of the elements (or row numbers) that `make()` iterates."""
        return make()

    def _elements(self) -> Iterator[Any]:
        rows = self._rows
        if rows is not None:
            return (rows.row(i) for i in self._indices())
        return self._choose(self.source._elements)

    def _size(self) -> int:
        return self.source._size()

    def _spec(self) -> Any:
        return self.source.element_spec


class MapDataset(Dataset):
    """A function of each element."""

    def __init__(self, source: Dataset, function: Callable[..., Any]) -> None:
        self.source, self.function = source, function

    def _elements(self) -> Iterator[Any]:
        for element in self.source._elements():
            yield as_element(_listless(call(self.function, element)))

    def _size(self) -> int:
        return self.source._size()


def _listless(value: Any) -> Any:
    """A returned list of tensors counts as a tuple."""
    return tuple(value) if type(value) is list and value and any(isinstance(v, (Tensor, dict, tuple)) for v in value) else value


class FilterDataset(SameDataset):
    """The elements for which a function is true."""

    def __init__(self, source: Dataset, predicate: Callable[..., Any]) -> None:
        super().__init__(source)
        self.predicate = predicate

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return (e for e in make() if bool(call(self.predicate, e)))

    def _size(self) -> int:
        return UNKNOWN_CARDINALITY


class TakeWhileDataset(FilterDataset):
    """The elements before the first for which a function is false."""

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return itertools.takewhile(lambda e: bool(call(self.predicate, e)), make())


class InterleaveDataset(Dataset):
    """The elements of the datasets that a function gives, several in turn."""

    def __init__(self, source: Dataset, function: Callable[..., Any], cycle: int, block: int) -> None:
        self.source, self.function, self.cycle, self.block = source, function, cycle, block

    def _open(self, outer: Iterator[Any]) -> Any:
        for element in outer:
            inner = call(self.function, element)
            if not isinstance(inner, Dataset):
                raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(inner)}.")
            return inner._elements()
        return None

    def _elements(self) -> Iterator[Any]:
        outer = self.source._elements()
        slots: list[Any] = [None] * self.cycle
        position, idle = 0, 0
        # A slot whose dataset ended is filled again only when its turn comes.
        while idle < self.cycle:
            if slots[position] is None:
                slots[position] = self._open(outer)
            if slots[position] is None:
                idle += 1
            else:
                idle = 0
                for _ in range(self.block):
                    try:
                        yield next(slots[position])
                    except StopIteration:
                        slots[position] = None
                        break
            position = (position + 1) % self.cycle

    def _spec(self) -> Any:
        for element in self.source._elements():
            return call(self.function, element).element_spec
        return None


def _stack(elements: list[Any]) -> Any:
    first = elements[0]
    columns = zip(*[nest.flatten(e) for e in elements])
    stacked = []
    for column in columns:
        values = [t.host_value() for t in column]
        if any(v.shape != values[0].shape for v in values):
            bad = next(v for v in values if v.shape != values[0].shape)
            raise InvalidArgumentError(
                None, None,
                "Cannot batch tensors with different shapes in component 0. First element had shape "
                f"{list(values[0].shape)} and element {next(i for i, v in enumerate(values) if v is bad)} had shape {list(bad.shape)}. [Op:IteratorGetNext] name: ",
            )
        stacked.append(Tensor(np.stack(values)))
    return nest.pack_sequence_as(first, stacked)


class BatchDataset(Dataset):
    """Elements stacked."""

    def __init__(self, source: Dataset, size: int, drop: bool) -> None:
        self.source, self.size, self.drop = source, size, drop

    def _elements(self) -> Iterator[Any]:
        source = self.source
        rows = source if hasattr(source, "arrays") else getattr(source, "_rows", None)
        indexed = rows is not None
        iterator = source._indices() if indexed else source._elements()
        while True:
            chunk = list(itertools.islice(iterator, self.size))
            if not chunk or self.drop and len(chunk) < self.size:
                return
            yield rows.rows(chunk) if indexed else self._join(chunk)

    def _join(self, chunk: list[Any]) -> Any:
        return _stack(chunk)

    def _size(self) -> int:
        size = self.source._size()
        if size < 0:
            return size
        return size // self.size if self.drop else -(-size // self.size)

    def _spec(self) -> Any:
        lead = self.size if self.drop else None
        return nest.map_structure(lambda s: TensorSpec(TensorShape([lead]).concatenate(s.shape), s.dtype), self.source.element_spec)


class PaddedBatchDataset(BatchDataset):
    """Elements padded and stacked."""

    def __init__(self, source: Dataset, size: int, shapes: Any, values: Any, drop: bool) -> None:
        super().__init__(source, size, drop)
        self.shapes, self.values = shapes, values

    def _elements(self) -> Iterator[Any]:
        iterator = self.source._elements()
        while True:
            chunk = list(itertools.islice(iterator, self.size))
            if not chunk or self.drop and len(chunk) < self.size:
                return
            yield self._join(chunk)

    def _join(self, chunk: list[Any]) -> Any:
        first = chunk[0]
        flat = [nest.flatten(e) for e in chunk]
        count = len(flat[0])
        shapes = nest.flatten_up_to(first, self.shapes) if self.shapes is not None else [None] * count
        values = nest.flatten(self.values) if self.values is not None else [None] * count
        if len(values) == 1 and count > 1:
            values = values * count
        columns = []
        for i in range(count):
            arrays = [row[i].host_value() for row in flat]
            columns.append(Tensor(_pad_stack(arrays, shapes[i], values[i])))
        return nest.pack_sequence_as(first, columns)

    def _spec(self) -> Any:
        lead = self.size if self.drop else None
        specs = self.source.element_spec
        shapes = nest.flatten_up_to(specs, self.shapes) if self.shapes is not None else [None] * len(nest.flatten(specs))
        flat = [
            TensorSpec([lead, *([None] * (s.shape.rank or 0) if shape is None else [None if d in (None, -1) else d for d in TensorShape([None if d == -1 else d for d in shape])])], s.dtype)
            for s, shape in zip(nest.flatten(specs), shapes)
        ]
        return nest.pack_sequence_as(specs, flat)


def _pad_stack(arrays: list[np.ndarray], shape: Any, value: Any) -> np.ndarray:
    rank = arrays[0].ndim
    largest = [max(a.shape[d] for a in arrays) for d in range(rank)]
    if shape is not None:
        dims = [None if d in (None, -1) else int(d) for d in shape]
        for have, want in zip(largest, dims):
            if want is not None and have > want:
                raise InvalidArgumentError(None, None, f"Attempted to pad to a smaller size than the input element. [{have}] vs. [{want}]")
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
        for element in self.source._elements():
            leaves = nest.flatten(element)
            for i in range(leaves[0].shape[0]):
                yield nest.map_structure(lambda t: t[i], element)

    def _spec(self) -> Any:
        return nest.map_structure(lambda s: TensorSpec(s.shape[1:], s.dtype), self.source.element_spec)


class _Words:
    """A Philox stream read word by word, drawn in bulk."""

    def __init__(self, seed: int, seed2: int) -> None:
        self.pair = (seed, seed2)
        self.block = 0
        self.buffer: Iterator[int] = iter(())

    def __call__(self) -> int:
        word = next(self.buffer, None)
        if word is None:
            count = 64 if self.block == 0 else 4096
            words = philox.words(philox.stream_state(*self.pair, self.block), 4 * count)
            self.block += count
            self.buffer = iter(words.tolist())
            word = next(self.buffer)
        return word


class ShuffleDataset(SameDataset):
    """Elements drawn at random from a buffer."""

    def __init__(self, source: Dataset, buffer_size: int, seed: int | None, again: bool) -> None:
        super().__init__(source)
        self.buffer_size = buffer_size
        pair = state.op_seeds(seed)
        if pair is None:
            pair = tuple(np.frombuffer(os.urandom(8), np.uint32).tolist())
        self.pair = pair
        self.seeds = _Words(*pair) if again else None

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        pair = self.pair if self.seeds is None else (self.seeds(), self.seeds())
        draw = _Words(*pair)
        iterator = make()
        size = self.buffer_size
        buffer = list(itertools.islice(iterator, size))
        if len(buffer) < size:
            size = max(len(buffer), 1)
        start, filled = 0, len(buffer)
        for arriving in iterator:
            chosen = (start + draw() % filled) % size
            yield buffer[chosen]
            buffer[chosen] = buffer[start % size]
            buffer[start % size] = arriving
            start = (start + 1) % size
        # The input is at its end: the buffer empties from the front.
        while filled:
            chosen = (start + draw() % filled) % size
            yield buffer[chosen]
            buffer[chosen] = buffer[start % size]
            start, filled = start + 1, filled - 1


class RepeatDataset(SameDataset):
    """The elements several times."""

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        rounds = itertools.count() if self.count < 0 else range(self.count)
        for _ in rounds:
            empty = True
            for element in make():
                empty = False
                yield element
            if empty and self.count < 0:
                return

    def _size(self) -> int:
        size = self.source._size()
        if self.count < 0:
            return 0 if size == 0 else INFINITE_CARDINALITY
        return size if size < 0 and self.count else size * self.count


class TakeDataset(SameDataset):
    """The first elements."""

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return make() if self.count < 0 else itertools.islice(make(), self.count)

    def _size(self) -> int:
        size = self.source._size()
        if self.count < 0 or size == UNKNOWN_CARDINALITY:
            return size
        return self.count if size == INFINITE_CARDINALITY else min(size, self.count)


class SkipDataset(TakeDataset):
    """All but the first elements."""

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return iter(()) if self.count < 0 else itertools.islice(make(), self.count, None)

    def _size(self) -> int:
        size = self.source._size()
        if self.count < 0:
            return 0
        return size if size < 0 else max(size - self.count, 0)


class ShardDataset(SameDataset):
    """Every n-th element."""

    def __init__(self, source: Dataset, shards: int, index: int) -> None:
        super().__init__(source)
        if index >= shards:
            raise InvalidArgumentError(None, None, f"Index must be between 0 and {shards - 1} (currently index = {index}, num_shards = {shards}).")
        self.shards, self.index = shards, index

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return itertools.islice(make(), self.index, None, self.shards)

    def _size(self) -> int:
        size = self.source._size()
        return size if size < 0 else len(range(self.index, size, self.shards))


class ConcatenateDataset(Dataset):
    """One dataset after another."""

    def __init__(self, first: Dataset, second: Dataset) -> None:
        self.first, self.second = first, second

    def _elements(self) -> Iterator[Any]:
        yield from self.first._elements()
        yield from self.second._elements()

    def _size(self) -> int:
        sizes = (self.first._size(), self.second._size())
        if INFINITE_CARDINALITY in sizes:
            return INFINITE_CARDINALITY
        return UNKNOWN_CARDINALITY if UNKNOWN_CARDINALITY in sizes else sum(sizes)

    def _spec(self) -> Any:
        def merge(a: Any, b: Any) -> Any:
            return a.most_specific_compatible_type(b)

        return nest.map_structure(merge, self.first.element_spec, self.second.element_spec)


class EnumerateDataset(Dataset):
    """Pairs of number and element."""

    def __init__(self, source: Dataset, start: int) -> None:
        self.source, self.start = source, start

    def _elements(self) -> Iterator[Any]:
        for i, element in enumerate(self.source._elements(), self.start):
            yield Tensor(np.array(i, np.int64)), element

    def _size(self) -> int:
        return self.source._size()

    def _spec(self) -> Any:
        from tfjax._src.core import dtypes

        return TensorSpec((), dtypes.int64), self.source.element_spec


class WindowDataset(Dataset):
    """Datasets of neighbouring elements."""

    def __init__(self, source: Dataset, size: int, shift: int, stride: int, drop: bool) -> None:
        self.source, self.size, self.shift, self.stride, self.drop = source, size, shift, stride, drop

    def _elements(self) -> Iterator[Any]:
        span = (self.size - 1) * self.stride + 1
        buffer: list[Any] = []
        iterator = self.source._elements()
        done = False
        while True:
            while len(buffer) < span and not done:
                element = next(iterator, None)
                done = element is None
                if not done:
                    buffer.append(element)
            if not buffer or self.drop and len(buffer) < span:
                return
            chosen = buffer[: span : self.stride]
            yield _split_window(chosen)
            skipped = self.shift - len(buffer)
            del buffer[: self.shift]
            for _ in range(max(skipped, 0)):
                if next(iterator, None) is None:
                    return

    def _spec(self) -> Any:
        return self.source.element_spec


def _split_window(elements: list[Any]) -> Any:
    """A window of tuples is a tuple of datasets."""
    first = elements[0]
    if isinstance(first, Tensor):
        return ListDataset(elements)
    columns = list(zip(*[nest.flatten(e) for e in elements]))
    return nest.pack_sequence_as(first, [ListDataset(list(c)) for c in columns])


class ListDataset(Dataset):
    """Elements at hand."""

    def __init__(self, elements: list[Any]) -> None:
        self.items = elements

    def _elements(self) -> Iterator[Any]:
        return iter(self.items)

    def _size(self) -> int:
        return len(self.items)

    def _spec(self) -> Any:
        return spec_of(self.items[0])


class ScanDataset(Dataset):
    """Elements computed with a running state."""

    def __init__(self, source: Dataset, initial: Any, function: Callable[..., Any]) -> None:
        self.source, self.initial, self.function = source, initial, function

    def _elements(self) -> Iterator[Any]:
        current = as_element(self.initial)
        for element in self.source._elements():
            current, out = self.function(current, element)
            yield as_element(out)

    def _size(self) -> int:
        return self.source._size()


class CacheDataset(SameDataset):
    """Elements kept after the first time."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source)
        self.kept: list[Any] | None = None

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        if self.kept is not None:
            yield from self.kept
            return
        seen = []
        for element in make():
            seen.append(element)
            yield element
        self.kept = seen
