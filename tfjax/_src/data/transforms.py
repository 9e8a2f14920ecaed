"""Datasets that apply functions to, choose among or wrap the elements of another dataset."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data import threads
from tfjax._src.data.dataset import INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset, opening, peek, peek_several
from tfjax._src.data.functions import Function, as_element, opened, returned
from tfjax._src.data.options import Options
from tfjax._src.eager.tensor import Tensor


class SameDataset(Dataset):
    """Base of datasets that choose among the elements of another one and keep their specs."""

    #: Whether `_choose` works on row numbers as well, without looking at the elements.
    by_number = False

    def __init__(self, source: Dataset) -> None:
        self.source = source

    @property
    def _rows(self) -> Any:
        """The table behind this dataset where it only chooses among its rows, else None."""
        if not self.by_number:
            return None
        source = self.source
        return source if hasattr(source, "arrays") else getattr(source, "_rows", None)

    def _indices(self) -> Iterator[int]:
        """Row numbers, where `_rows` is not None."""
        return self._choose(self.source._indices)

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """What this dataset makes of the elements (or row numbers) that `make()` iterates."""
        return make()

    def _elements(self) -> Iterator[Any]:
        rows = self._rows
        return self._choose(self.source._elements) if rows is None else map(rows.row, self._indices())

    def _size(self) -> int:
        return self.source._size()

    def _spec(self) -> Any:
        return self.source.element_spec


class OptionsDataset(SameDataset):
    """The elements under other settings."""

    by_number = True

    def __init__(self, source: Dataset, options: Options) -> None:
        super().__init__(source)
        self.own_options = options

    def options(self) -> Options:
        """The options in force."""
        return self.source.options().merge(self.own_options)

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        before = opening.deterministic
        if opening.deterministic is None:
            opening.deterministic = self.own_options.deterministic
        try:
            return make()
        finally:
            opening.deterministic = before


class PrefetchDataset(SameDataset):
    """Elements that a thread holds ready."""

    by_number = True

    def __init__(self, source: Dataset, size: int) -> None:
        super().__init__(source)
        if size is None or size < -1:
            raise InvalidArgumentError(None, None, "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning")
        self.buffer_size = 2 if size == -1 else size

    def _elements(self) -> Iterator[Any]:
        elements = super()._elements()
        # Rows of a table are at hand already.
        if opening.peeking or self._rows is not None or not self.buffer_size:
            return elements
        return threads.read_ahead(elements, self.buffer_size)


class MapDataset(Dataset):
    """A function of each element."""

    def __init__(self, source: Dataset, function: Callable[..., Any]) -> None:
        self.source, self.function = source, Function(function, lambda: source.element_spec)

    def _apply(self) -> Callable[[Any], Any]:
        call = self.function.session()
        return lambda element: returned(call(element))

    def _elements(self) -> Iterator[Any]:
        return map(self._apply(), self.source._elements())

    def _size(self) -> int:
        return self.source._size()

    def _spec(self) -> Any:
        return self.function.spec(self.source.element_spec, lambda: peek_several(self.source, 2))


class ParallelMapDataset(MapDataset):
    """A function of each element, in several threads."""

    def __init__(self, source: Dataset, function: Callable[..., Any], calls: int, deterministic: Any) -> None:
        super().__init__(source, function)
        if calls != -1 and calls <= 0:
            raise InvalidArgumentError(None, None, "num_parallel_calls must be greater than zero.")
        self.workers, self.deterministic = threads.worker_count(calls), deterministic

    def _elements(self) -> Iterator[Any]:
        if opening.peeking:
            return super()._elements()
        ordered = opening.deterministic if self.deterministic is None else self.deterministic
        return threads.parallel_map(self._apply(), self.source._elements(), self.workers, ordered is not False)


class FilterDataset(SameDataset):
    """The elements for which a function is true."""

    def __init__(self, source: Dataset, predicate: Callable[..., Any]) -> None:
        super().__init__(source)
        self.predicate = Function(predicate, lambda: source.element_spec)

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        call = self.predicate.session()
        return filter(lambda element: bool(call(element)), make())

    def _size(self) -> int:
        return UNKNOWN_CARDINALITY


class TakeWhileDataset(FilterDataset):
    """The elements before the first for which a function is false."""

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        call = self.predicate.session()
        return itertools.takewhile(lambda element: bool(call(element)), make())


class ScanDataset(Dataset):
    """Elements computed with a running state."""

    def __init__(self, source: Dataset, initial: Any, function: Callable[..., Any]) -> None:
        self.source, self.initial, self.function = source, as_element(initial), Function(function)

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements(), self.function.session())

    def _run(self, source: Iterator[Any], call: Callable[..., Any]) -> Iterator[Any]:
        current = self.initial
        for element in source:
            result = call((current, element))
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise TypeError("Invalid `scan_func`. `scan_func` should return a pair consisting of new state and the output value.")
            current = as_element(result[0])
            yield returned(result[1])

    def _size(self) -> int:
        return self.source._size()

    def _spec(self) -> Any:
        return _spec_of_first(self)


def _spec_of_first(dataset: Dataset) -> Any:
    from tfjax._src.data.functions import spec_of

    return spec_of(peek(dataset))


class UniqueDataset(SameDataset):
    """Each element once."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source)
        specs = nest.flatten(source.element_spec)
        if len(specs) != 1 or not isinstance(specs[0], TensorSpec):
            raise TypeError("tf.data.Dataset.unique is only supported for datasets of single tensors.")

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return self._run(make())

    def _run(self, source: Iterator[Any]) -> Iterator[Any]:
        seen: set[Any] = set()
        for element in source:
            array = nest.flatten(element)[0].host_value()
            key = (array.shape, array.tobytes() if array.dtype != object else tuple(array.reshape(-1)))
            if key not in seen:
                seen.add(key)
                yield element

    def _size(self) -> int:
        return UNKNOWN_CARDINALITY


class IgnoreErrorsDataset(SameDataset):
    """The elements whose computation does not raise."""

    def __init__(self, source: Dataset, warn: bool) -> None:
        super().__init__(source)
        self.warn = warn

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return self._run(make())

    def _run(self, source: Iterator[Any]) -> Iterator[Any]:
        while True:
            try:
                yield next(source)
            except StopIteration:
                return
            except Exception as error:
                if self.warn:
                    warnings.warn(f"Error raised with error message {error}", stacklevel=2)

    def _size(self) -> int:
        return UNKNOWN_CARDINALITY


class RepeatDataset(SameDataset):
    """The elements several times."""

    by_number = True

    def __init__(self, source: Dataset, count: int) -> None:
        super().__init__(source)
        self.count = count

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return iter(()) if self.count == 0 else self._run(make(), make, opened.streams)

    def _run(self, first: Iterator[Any], make: Callable[[], Iterator[Any]], streams: Any) -> Iterator[Any]:
        done = 0
        while True:
            element = next(first, self)
            if element is self:
                if self.count < 0 and not done:
                    return  # an empty dataset, for ever
            else:
                yield element
                yield from first
            done += 1
            if done == self.count:
                return
            with opened.sharing(streams):
                first = make()

    def _size(self) -> int:
        size = self.source._size()
        if self.count < 0:
            return 0 if size == 0 else INFINITE_CARDINALITY
        return size if size < 0 and self.count else size * self.count


class TakeDataset(SameDataset):
    """The first elements."""

    by_number = True

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

    by_number = True

    def __init__(self, source: Dataset, shards: int, index: int) -> None:
        super().__init__(source)
        if shards <= 0:
            raise InvalidArgumentError(None, None, f"Number of shards must be greater than zero (currently num_shards = {shards}). [Op:ShardDataset] name: ")
        if not 0 <= index < shards:
            raise InvalidArgumentError(None, None, f"Index must be between 0 and {shards - 1} (currently index = {index}). [Op:ShardDataset] name: ")
        self.shards, self.index = shards, index

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return itertools.islice(make(), self.index, None, self.shards)

    def _size(self) -> int:
        size = self.source._size()
        return size if size < 0 else len(range(self.index, size, self.shards))


class AssertCardinalityDataset(SameDataset):
    """The elements, whose number is promised."""

    def __init__(self, source: Dataset, expected: int) -> None:
        super().__init__(source)
        self.expected = expected

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        return self._run(make())

    def _run(self, source: Iterator[Any]) -> Iterator[Any]:
        count = 0
        for count, element in enumerate(source, 1):
            if count > self.expected >= 0:
                raise self._error(f"at least {count}")
            yield element
        if count != self.expected:
            raise self._error(f"only {count}")

    def _error(self, found: str) -> Exception:
        expected = "an infinite number of" if self.expected == INFINITE_CARDINALITY else self.expected
        return FailedPreconditionError(
            None, None,
            f"Input dataset was expected to contain {expected} elements but contained {found} "
            "elements. [Op:IteratorGetNext] name: ",
        )

    def _size(self) -> int:
        return self.expected


class ListDataset(Dataset):
    """Elements at hand."""

    def __init__(self, elements: list[Any], spec: Any) -> None:
        self.items, self.spec = elements, spec

    def _elements(self) -> Iterator[Any]:
        return iter(self.items)

    def _size(self) -> int:
        return len(self.items)

    def _spec(self) -> Any:
        return self.spec


class PadToCardinalityDataset(Dataset):
    """Dictionaries, with zeros after the last up to a number of elements, and a mask."""

    def __init__(self, source: Dataset, count: int, key: str) -> None:
        size = source._size()
        if size < 0:
            raise ValueError(f"The dataset passed into `pad_to_cardinality` must have a known cardinality, but has cardinality {size}")
        if size > count:
            raise ValueError(f"The dataset passed into `pad_to_cardinality` must have a cardinality less than the target cardinality ({count}), but has cardinality {size}")
        if not isinstance(source.element_spec, dict):
            raise ValueError("`pad_to_cardinality` requires its input dataset to be a dictionary.")
        self.source, self.count, self.key = source, count, key

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements())

    def _run(self, source: Iterator[Any]) -> Iterator[Any]:
        for element in source:
            yield {**element, self.key: Tensor(np.array(True))}
        empty = nest.map_structure(
            lambda s: Tensor(np.zeros([d or 0 for d in s.shape.as_list()], s.dtype.np)), self.source.element_spec
        )
        for _ in range(self.count - self.source._size()):
            yield {**empty, self.key: Tensor(np.array(False))}

    def _size(self) -> int:
        return self.count

    def _spec(self) -> Any:
        return {**self.source.element_spec, self.key: TensorSpec((), "bool")}


def element_at(dataset: Dataset, index: int) -> Any:
    """The element with a number."""
    for i, element in enumerate(dataset._elements()):
        if i == index:
            return element
    raise OutOfRangeError(None, None, f"Index out of range [0, {dataset._size()}):{index}")
