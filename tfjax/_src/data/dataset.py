"""tf.data.Dataset: lazy sequences of elements, pulled one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError, OutOfRangeError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, type_spec_from_value
from tfjax._src.eager import statics, tier
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor

AUTOTUNE = -1
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2
EXPORTS = {
    "data.AUTOTUNE": "AUTOTUNE",
    "data.experimental.AUTOTUNE": "AUTOTUNE",
    "data.INFINITE_CARDINALITY": "INFINITE_CARDINALITY",
    "data.UNKNOWN_CARDINALITY": "UNKNOWN_CARDINALITY",
    "data.experimental.INFINITE_CARDINALITY": "INFINITE_CARDINALITY",
    "data.experimental.UNKNOWN_CARDINALITY": "UNKNOWN_CARDINALITY",
}


def as_element(value: Any) -> Any:
    """A nest of tensors; lists become tensors, as tf.data has it."""
    if isinstance(value, dict):
        return type(value)((k, as_element(v)) for k, v in value.items()) if type(value) is not dict else {k: as_element(v) for k, v in value.items()}
    if isinstance(value, tuple):
        parts = [as_element(v) for v in value]
        return type(value)(*parts) if hasattr(type(value), "_fields") else tuple(parts)
    if isinstance(value, Dataset) or value is None:
        return value
    return to_tensor(value)


def call(function: Callable[..., Any], element: Any) -> Any:
    """`function` on an element; a tuple gives several arguments. Runs in the host tier."""
    with tier.force("host"):
        return function(*element) if type(element) is tuple else function(element)


def spec_of(element: Any) -> Any:
    """The specs of an element."""
    return nest.map_structure(lambda v: v if v is None else type_spec_from_value(v), element)


@export("data.Dataset")
class Dataset:
    """A sequence of elements; each element is a nest of tensors.

    Make one with `from_tensor_slices`, `from_generator`, `range`, …, and transform it with `map`,
    `batch`, `shuffle`, …. Iterating runs the pipeline anew.

    >>> import tfjax as tf
    >>> ds = tf.data.Dataset.range(3).map(lambda x: x * 2)
    >>> list(ds.as_numpy_iterator())
    [np.int64(0), np.int64(2), np.int64(4)]
    """

    # -- to be overridden ----------------------------------------------------------------------
    def _elements(self) -> Iterator[Any]:
        raise NotImplementedError("A Dataset says how to iterate.")

    def _size(self) -> int:
        """The number of elements, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY."""
        return UNKNOWN_CARDINALITY

    def _spec(self) -> Any:
        """Specs of the elements; by default those of the first one."""
        for element in self._elements():
            return spec_of(element)
        raise InvalidArgumentError(None, None, "The element_spec of an empty dataset is not known.")

    # -- use -----------------------------------------------------------------------------------
    def __iter__(self) -> Iterator[Any]:
        return OwnedIterator(self)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        size = self._size()
        if size == INFINITE_CARDINALITY:
            raise TypeError("The dataset is infinite.")
        if size == UNKNOWN_CARDINALITY:
            raise TypeError("The dataset length is unknown.")
        return size

    def cardinality(self) -> Tensor:
        """The number of elements as an int64 tensor; -1 for infinite, -2 for unknown."""
        return Tensor(np.array(self._size(), np.int64))

    @property
    def element_spec(self) -> Any:
        """The specs of the elements."""
        found = self.__dict__.get("_element_spec")
        if found is None:
            found = self._element_spec = self._spec()
        return found

    def as_numpy_iterator(self) -> Iterator[Any]:
        """An iterator over elements as NumPy values."""
        for element in self._elements():
            yield nest.map_structure(lambda t: t.numpy() if isinstance(t, Tensor) else t, element)

    def __repr__(self) -> str:
        return f"<_{type(self).__name__} element_spec={self.element_spec}>"

    __str__ = __repr__

    # -- sources -------------------------------------------------------------------------------
    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Dataset:
        """One element: the tensors themselves."""
        from tfjax._src.data import sources

        return sources.TensorDataset(tensors)

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """One element per row of the tensors."""
        from tfjax._src.data import sources

        return sources.TensorSliceDataset(tensors)

    @staticmethod
    def from_generator(generator: Callable[..., Any], output_types: Any = None, output_shapes: Any = None, args: Any = None, output_signature: Any = None, name: str | None = None) -> Dataset:
        """Elements that `generator(*args)` yields.

        Args:
          generator: called anew for each iteration.
          output_types, output_shapes: dtypes (and shapes) of the elements, or
          output_signature: their specs.
          args: tensors passed to the generator as NumPy arrays.
        """
        from tfjax._src.data import sources

        return sources.FlatMapDataset.generator(generator, output_types, output_shapes, args, output_signature)

    @staticmethod
    def range(*args: Any, **kwargs: Any) -> Dataset:
        """Integers from start (0) up to but without stop; `output_type` is int64 by default."""
        from tfjax._src.data import sources

        return sources.RangeDataset(*args, **kwargs)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Elements of several datasets side by side, as long as the shortest lasts."""
        from tfjax._src.data import sources

        if datasets is None:
            datasets = args if len(args) != 1 or isinstance(args[0], Dataset) else args[0]
        return sources.ZipDataset(datasets)

    # -- transformations -----------------------------------------------------------------------
    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: Any = None, synchronous: Any = None, use_unbounded_threadpool: bool = False, name: str | None = None) -> Dataset:
        """Applies a function to each element; the other arguments have no effect."""
        from tfjax._src.data import transforms

        return transforms.MapDataset(self, map_func)

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """Keeps the elements for which `predicate` is true."""
        from tfjax._src.data import transforms

        return transforms.FilterDataset(self, predicate)

    def flat_map(self, map_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements of the datasets that `map_func` gives, one after another."""
        from tfjax._src.data import transforms

        return transforms.InterleaveDataset(self, map_func, 1, 1)

    def interleave(self, map_func: Callable[..., Any], cycle_length: Any = None, block_length: Any = None, num_parallel_calls: Any = None, deterministic: Any = None, name: str | None = None) -> Dataset:
        """The elements of `cycle_length` datasets in turn, `block_length` each; the rest has no effect."""
        from tfjax._src.data import transforms

        cycle = 2 if cycle_length in (None, AUTOTUNE) else statics.integer(cycle_length)
        return transforms.InterleaveDataset(self, map_func, cycle, statics.integer(block_length) or 1)

    def batch(self, batch_size: Any, drop_remainder: bool = False, num_parallel_calls: Any = None, deterministic: Any = None, name: str | None = None) -> Dataset:
        """Stacks `batch_size` elements at a time; `num_parallel_calls` and `deterministic` have no effect."""
        from tfjax._src.data import transforms

        return transforms.BatchDataset(self, _positive(batch_size, "batch_size"), bool(drop_remainder))

    def padded_batch(self, batch_size: Any, padded_shapes: Any = None, padding_values: Any = None, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Stacks elements, padded to one shape.

        Args:
          batch_size: elements per batch.
          padded_shapes: the shapes; None (or -1) sizes are the batch's largest.
          padding_values: what to pad with; 0 or "" by default.
          drop_remainder: drops a short last batch.
        """
        from tfjax._src.data import transforms

        return transforms.PaddedBatchDataset(self, _positive(batch_size, "batch_size"), padded_shapes, padding_values, drop_remainder)

    def unbatch(self, name: str | None = None) -> Dataset:
        """Cuts each element into its rows."""
        from tfjax._src.data import transforms

        return transforms.UnbatchDataset(self)

    def shuffle(self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool | None = None, name: str | None = None) -> Dataset:
        """Draws elements at random from a buffer; the order is TensorFlow's for the same seeds.

        Args:
          buffer_size: how many elements to choose from.
          seed: an op seed.
          reshuffle_each_iteration: another order each time; True by default.
        """
        from tfjax._src.data import transforms

        again = True if reshuffle_each_iteration is None else bool(reshuffle_each_iteration)
        return transforms.ShuffleDataset(self, _positive(buffer_size, "buffer_size"), seed, again)

    def repeat(self, count: Any = None, name: str | None = None) -> Dataset:
        """Goes through the elements `count` times; without end if None or -1."""
        from tfjax._src.data import transforms

        return transforms.RepeatDataset(self, -1 if count is None else statics.integer(count))

    def take(self, count: Any, name: str | None = None) -> Dataset:
        """The first `count` elements; all if -1."""
        from tfjax._src.data import transforms

        return transforms.TakeDataset(self, statics.integer(count))

    def skip(self, count: Any, name: str | None = None) -> Dataset:
        """All but the first `count` elements; none if -1."""
        from tfjax._src.data import transforms

        return transforms.SkipDataset(self, statics.integer(count))

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> Dataset:
        """Every `num_shards`-th element, from number `index` on."""
        from tfjax._src.data import transforms

        return transforms.ShardDataset(self, statics.integer(num_shards), statics.integer(index))

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """These elements, then those of another dataset."""
        from tfjax._src.data import transforms

        return transforms.ConcatenateDataset(self, dataset)

    def enumerate(self, start: Any = 0, name: str | None = None) -> Dataset:
        """Pairs (number, element)."""
        from tfjax._src.data import transforms

        return transforms.EnumerateDataset(self, statics.integer(start))

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Datasets of `size` elements each, `shift` apart."""
        from tfjax._src.data import transforms

        size = statics.integer(size)
        return transforms.WindowDataset(self, size, size if shift is None else statics.integer(shift), statics.integer(stride), bool(drop_remainder))

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """Elements up to the first for which `predicate` is false."""
        from tfjax._src.data import transforms

        return transforms.TakeWhileDataset(self, predicate)

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """Elements of `state, element = scan_func(state, element)`."""
        from tfjax._src.data import transforms

        return transforms.ScanDataset(self, initial_state, scan_func)

    def cache(self, filename: Any = "", name: str | None = None) -> Dataset:
        """Keeps the elements in memory once they were all seen; `filename` must be empty."""
        from tfjax._src.data import transforms

        if filename != "" and filename is not None:
            raise InvalidArgumentError(None, None, "Dataset.cache keeps elements in memory only; `filename` must be empty.")
        return transforms.CacheDataset(self)

    def prefetch(self, buffer_size: Any, name: str | None = None) -> Dataset:
        """The same elements; `buffer_size` has no effect on them."""
        from tfjax._src.data import transforms

        return transforms.SameDataset(self)

    def with_options(self, options: Any, name: str | None = None) -> Dataset:
        """The same elements; options are hints without effect."""
        from tfjax._src.data import transforms

        return transforms.SameDataset(self)

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """`transformation_func(self)`."""
        result = transformation_func(self)
        if not isinstance(result, Dataset):
            raise TypeError(f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(result)}.")
        return result

    def options(self) -> Any:
        """The options in force: all defaults."""
        return Options()

    # -- reductions ----------------------------------------------------------------------------
    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any], name: str | None = None) -> Any:
        """The last state of `state = reduce_func(state, element)`."""
        state = as_element(initial_state)
        with tier.force("host"):
            for element in self._elements():
                state = as_element(reduce_func(state, element))
        return state

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element. Raises InvalidArgumentError if there are none or several."""
        found = list(self.take(2)._elements())
        if len(found) != 1:
            raise InvalidArgumentError(None, None, "Dataset was empty." if not found else "Dataset had more than one element.")
        return found[0]


def _positive(value: Any, name: str) -> int:
    number = statics.integer(value)
    if number is None or number <= 0:
        raise InvalidArgumentError(None, None, f"{name} must be greater than zero.")
    return number


@export("data.Iterator")
class OwnedIterator:
    """An iterator over a dataset; `get_next()` raises OutOfRangeError at the end."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._iterator = dataset._elements()
        self._taken = 0

    def __iter__(self) -> OwnedIterator:
        return self

    def __next__(self) -> Any:
        element = next(self._iterator)
        self._taken += 1
        return element

    next = __next__

    def _checkpoint_value(self) -> Any:
        """What a checkpoint stores: how many elements were taken."""
        return np.int64(self._taken)

    def _restore_value(self, value: Any) -> None:
        """Starts the dataset again and skips what had been taken."""
        self._iterator, self._taken = self._dataset._elements(), 0
        for _ in range(int(value)):
            if next(self._iterator, self) is self:
                break
            self._taken += 1

    def get_next(self) -> Any:
        """The next element."""
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError(None, None, "End of sequence [Op:IteratorGetNext]") from None

    @property
    def element_spec(self) -> Any:
        """The specs of the elements."""
        return self._dataset.element_spec


@export("data.Options")
class Options:
    """Settings of a dataset; attributes can be set and have no effect."""

    def __init__(self) -> None:
        self.deterministic = None
        self.autotune = _Namespace()
        self.threading = _Namespace()
        self.experimental_distribute = _Namespace()
        self.experimental_optimization = _Namespace()
        self.experimental_threading = self.threading


class _Namespace:
    """Holds hints."""


def tensor_spec(shape: Any, dtype: Any) -> TensorSpec:
    """A TensorSpec."""
    return TensorSpec(shape, dtype)
