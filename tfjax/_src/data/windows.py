"""Windows: neighbouring elements, or elements with one key, as datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import Dataset, peek
from tfjax._src.data.functions import Function, spec_of
from tfjax._src.data.iterators import DatasetSpec
from tfjax._src.data.transforms import ListDataset
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor


class WindowDataset(Dataset):
    """Datasets of neighbouring elements."""

    def __init__(self, source: Dataset, size: int, shift: int, stride: int, drop: bool) -> None:
        if shift <= 0 or stride <= 0:
            which = "shift" if shift <= 0 else "stride"
            raise InvalidArgumentError(None, None, f"Window {which} must be greater than zero. [Op:WindowDataset] name: ")
        self.source, self.size, self.shift, self.stride, self.drop = source, size, shift, stride, drop

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements())

    def _run(self, iterator: Iterator[Any]) -> Iterator[Any]:
        span = (self.size - 1) * self.stride + 1
        buffer: list[Any] = []
        done = False
        while True:
            while len(buffer) < span and not done:
                element = next(iterator, self)
                done = element is self
                if not done:
                    buffer.append(element)
            if not buffer or self.drop and len(buffer) < span:
                return
            yield self._split(buffer[: span : self.stride])
            skipped = self.shift - len(buffer)
            del buffer[: self.shift]
            for _ in range(max(skipped, 0)):
                if next(iterator, self) is self:
                    return

    def _split(self, elements: list[Any]) -> Any:
        """A window of tuples is a tuple of datasets."""
        specs = nest.flatten(self.source.element_spec)
        columns = list(zip(*[nest.flatten(e) for e in elements]))
        datasets = [ListDataset(list(c), s) for c, s in zip(columns, specs)]
        return nest.pack_sequence_as(elements[0], datasets)

    def _size(self) -> int:
        size = self.source._size()
        if size < 0:
            return size
        if not self.drop:
            return -(-size // self.shift)
        span = (self.size - 1) * self.stride + 1
        return 0 if size < span else (size - span) // self.shift + 1

    def _spec(self) -> Any:
        return nest.map_structure(DatasetSpec, self.source.element_spec)


def group(dataset: Dataset, key: Any, reduce: Any, size: Any, size_func: Any) -> Dataset:
    """`group_by_window` with its arguments checked."""
    if (size is None) == (size_func is None):
        raise ValueError("Either the `window_size` argument or the `window_size_func` argument must be specified.")
    if size is not None:
        fixed = statics.integer(size)
        size_func = lambda key: fixed  # noqa: E731
    return GroupByWindowDataset(dataset, key, reduce, size_func)


class GroupByWindowDataset(Dataset):
    """Elements collected by key and reduced window by window."""

    #: The padded shapes of buckets whose sizes differ, in a list.
    open_shapes: list[Any] = []

    def __init__(self, source: Dataset, key: Any, reduce: Any, size: Any) -> None:
        self.source = source
        self.key, self.reduce, self.size = Function(key), Function(reduce), Function(size)

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements(), *[f.session() for f in (self.key, self.reduce, self.size)])

    def _run(self, source: Iterator[Any], key: Any, reduce: Any, size: Any) -> Iterator[Any]:
        groups: dict[int, list[Any]] = {}
        spec = self.source.element_spec

        def finish(number: int) -> Iterator[Any]:
            window = ListDataset(groups.pop(number), spec)
            result = reduce((to_tensor(number, dtypes.int64), window))
            if not isinstance(result, Dataset):
                raise TypeError(f"Invalid `reduce_func`. `reduce_func` must return a single `tf.data.Dataset` object but its return type is {type(result)}.")
            return result._elements()

        for element in source:
            number = int(key(element))
            members = groups.setdefault(number, [])
            members.append(element)
            wanted = int(size(to_tensor(number, dtypes.int64)))
            if wanted <= 0:
                raise InvalidArgumentError(None, None, f"Window size must be greater than zero, but got {wanted}.")
            if len(members) >= wanted:
                yield from finish(number)
        for number in sorted(groups):
            yield from finish(number)

    def _spec(self) -> Any:
        if self.open_shapes:
            return self.source.padded_batch(1, self.open_shapes[0]).element_spec
        try:
            window = ListDataset([], self.source.element_spec)
            return self.reduce.session()((to_tensor(0, dtypes.int64), window)).element_spec
        except Exception:
            return spec_of(peek(self))


def bucket(
    dataset: Dataset, length_of: Callable[..., Any], boundaries: Any, sizes: Any, shapes: Any, values: Any,
    to_boundary: bool, no_padding: bool, drop: bool,
) -> Dataset:
    """`bucket_by_sequence_length`: windows by length, each batched with padding."""
    boundaries, sizes = list(boundaries), list(sizes)
    if len(sizes) != len(boundaries) + 1:
        raise ValueError(f"`len(bucket_batch_sizes)` must equal `len(bucket_boundaries) + 1` but `len(bucket_batch_sizes)={len(sizes)}` and `len(bucket_boundaries)={len(boundaries)}`.")

    def key(*element: Any) -> int:
        length = int(length_of(*element))
        return sum(length >= b for b in boundaries)

    def padded(spec: TensorSpec, number: int) -> list[Any]:
        limit = boundaries[number] - 1 if to_boundary else None
        return [limit if d is None else d for d in spec.shape.as_list()]

    def reduce(number: Any, window: Dataset) -> Dataset:
        i = int(number)
        if no_padding:
            return window.batch(sizes[i], drop)
        if to_boundary and i == len(boundaries):
            raise InvalidArgumentError(None, None, "When pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries).")
        chosen = shapes
        if chosen is None:
            specs = window.element_spec
            chosen = nest.map_structure(lambda s: padded(s, i), specs)
        elif to_boundary:
            chosen = _bounded(chosen, boundaries[i] - 1)
        return window.padded_batch(sizes[i], chosen, values, drop)

    def size(number: Any) -> int:
        return sizes[int(number)]

    grouped = GroupByWindowDataset(dataset, key, reduce, size)
    if to_boundary:
        grouped.open_shapes = [nest.map_structure(lambda s: s.shape.as_list(), dataset.element_spec)]
    return grouped


def _bounded(shapes: Any, limit: int) -> Any:
    if isinstance(shapes, dict):
        return {k: _bounded(v, limit) for k, v in shapes.items()}
    if isinstance(shapes, tuple):
        return tuple(_bounded(v, limit) for v in shapes)
    dims = shapes.as_list() if hasattr(shapes, "as_list") else shapes
    return [limit if d is None or d == -1 else d for d in dims]
