"""tf.data.Dataset: lazy sequences of elements, pulled one by one."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.data.functions import Function, as_element, opened, returned
from tfjax._src.data.iterators import DatasetSpec, NumpyIterator, OwnedIterator
from tfjax._src.data.options import Options
from tfjax._src.eager import frame as frames
from tfjax._src.eager import statics
from tfjax._src.eager.tensor import ConcreteValueError, Tensor

AUTOTUNE = -1
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2
SHARD_HINT = -1
EXPORTS = {
    "data.AUTOTUNE": "AUTOTUNE",
    "data.experimental.AUTOTUNE": "AUTOTUNE",
    "data.INFINITE_CARDINALITY": "INFINITE_CARDINALITY",
    "data.UNKNOWN_CARDINALITY": "UNKNOWN_CARDINALITY",
    "data.experimental.INFINITE_CARDINALITY": "INFINITE_CARDINALITY",
    "data.experimental.UNKNOWN_CARDINALITY": "UNKNOWN_CARDINALITY",
    "data.experimental.SHARD_HINT": "SHARD_HINT",
}


class _Opening(threading.local):
    """What holds while iterators are opened: options in force; whether only a first look is wanted."""

    deterministic: bool | None = None
    peeking = False


opening = _Opening()


def peek_several(dataset: Dataset, count: int) -> list[Any]:
    """The first elements, without drawing the seeds that a real iteration would draw."""
    before, opening.peeking = opening.peeking, True
    try:
        with opened.sharing(None):
            return list(itertools.islice(dataset._elements(), count))
    finally:
        opening.peeking = before


def peek(dataset: Dataset) -> Any:
    """The first element, without drawing the seeds that a real iteration would draw."""
    for element in peek_several(dataset, 1):
        return element
    raise InvalidArgumentError(None, None, "The element_spec of an empty dataset is not known.")


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
        """Opens an iterator. What TensorFlow does at that time, such as drawing the seeds of a
        shuffle, happens in the call, not at the first element."""
        raise NotImplementedError("A Dataset says how to iterate.")

    def _size(self) -> int:
        """The number of elements, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY."""
        return UNKNOWN_CARDINALITY

    def _spec(self) -> Any:
        """Specs of the elements."""
        raise NotImplementedError("A Dataset knows its specs.")

    def _sources(self) -> list[Dataset]:
        """The datasets that this one reads."""
        source = getattr(self, "source", None)
        return [source] if isinstance(source, Dataset) else []

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

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self.element_spec)

    def as_numpy_iterator(self) -> NumpyIterator:
        """An iterator over elements as NumPy values."""
        return NumpyIterator(self)

    def __repr__(self) -> str:
        return f"<_{self._name()} element_spec={self.element_spec}>"

    __str__ = __repr__

    def _name(self) -> str:
        return type(self).__name__

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

        return sources.tensor_slices(tensors)

    @staticmethod
    def from_generator(generator: Callable[..., Any], output_types: Any = None, output_shapes: Any = None, args: Any = None, output_signature: Any = None, name: str | None = None) -> Dataset:
        """Elements that `generator(*args)` yields.

        Args:
          generator: called anew for each iteration.
          output_types, output_shapes: dtypes (and shapes) of the elements, or
          output_signature: their specs.
          args: tensors passed to the generator as NumPy arrays.
        """
        from tfjax._src.data import generators

        return generators.generator_dataset(generator, output_types, output_shapes, args, output_signature)

    @staticmethod
    def range(*args: Any, **kwargs: Any) -> Dataset:
        """Integers from start (0) up to but without stop; `output_type` is int64 by default."""
        from tfjax._src.data import sources

        return sources.RangeDataset(*args, **kwargs)

    @staticmethod
    def counter(start: Any = 0, step: Any = 1, dtype: Any = "int64", name: str | None = None) -> Dataset:
        """Numbers from `start` in steps of `step`, without end."""
        from tfjax._src.data import sources

        return sources.CounterDataset(start, step, dtype)

    @staticmethod
    def random(seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None) -> Dataset:
        """Random integers in [0, 2**32), without end: TensorFlow's for the same seeds.

        `rerandomize_each_iteration` True gives other numbers in each iteration.
        """
        from tfjax._src.data import randomness

        return randomness.RandomDataset(seed, bool(rerandomize_each_iteration))

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: int | None = None, name: str | None = None) -> Dataset:
        """Names of the files that match glob patterns, in random order unless `shuffle` is False."""
        from tfjax._src.data import files

        return files.list_files(file_pattern, shuffle, seed)

    @staticmethod
    def load(path: str, element_spec: Any = None, compression: str | None = None, reader_func: Any = None, wait: bool = False) -> Dataset:
        """A dataset that `save` wrote; `wait` has no effect."""
        from tfjax._src.data import storage

        return storage.load(path, reader_func)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Elements of several datasets side by side, as long as the shortest lasts."""
        from tfjax._src.data import mixing

        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        if datasets is None:
            datasets = args if len(args) != 1 or isinstance(args[0], Dataset) else args[0]
        return mixing.ZipDataset(datasets)

    @staticmethod
    def choose_from_datasets(datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = True) -> Dataset:
        """The next element of the dataset that each number of `choice_dataset` names."""
        from tfjax._src.data import mixing

        return mixing.choose(datasets, choice_dataset, stop_on_empty_dataset)

    @staticmethod
    def sample_from_datasets(datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False, rerandomize_each_iteration: bool | None = None) -> Dataset:
        """Elements of several datasets, each time from one drawn with the given weights."""
        from tfjax._src.data import mixing

        return mixing.sample(datasets, weights, seed, stop_on_empty_dataset, rerandomize_each_iteration)

    # -- transformations -----------------------------------------------------------------------
    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: Any = None, synchronous: Any = None, use_unbounded_threadpool: bool = False, name: str | None = None) -> Dataset:
        """Applies a function to each element.

        Args:
          map_func: gets the element; the parts of a tuple as several arguments.
          num_parallel_calls: calls at a time, in threads; AUTOTUNE for one per CPU.
          deterministic: False gives results as they get ready.
          synchronous, use_unbounded_threadpool: no effect.
        """
        from tfjax._src.data import transforms

        if num_parallel_calls is None:
            return transforms.MapDataset(self, map_func)
        return transforms.ParallelMapDataset(self, map_func, statics.integer(num_parallel_calls), deterministic)

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """Keeps the elements for which `predicate` is true."""
        from tfjax._src.data import transforms

        return transforms.FilterDataset(self, predicate)

    def flat_map(self, map_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements of the datasets that `map_func` gives, one after another."""
        from tfjax._src.data import mixing

        return mixing.FlatMapDataset(self, map_func, 1, 1)

    def interleave(self, map_func: Callable[..., Any], cycle_length: Any = None, block_length: Any = None, num_parallel_calls: Any = None, deterministic: Any = None, name: str | None = None) -> Dataset:
        """The elements of `cycle_length` datasets in turn, `block_length` each.

        With `num_parallel_calls` the datasets are read ahead in threads; the order stays the same
        (`deterministic` has no effect).
        """
        from tfjax._src.data import mixing

        block = statics.integer(block_length) or 1
        length = statics.integer(cycle_length)
        if num_parallel_calls is None:
            return mixing.InterleaveDataset(self, map_func, 2 if length in (None, AUTOTUNE) else length, block)
        length = 1 if length in (None, AUTOTUNE) else length
        return mixing.ParallelInterleaveDataset(self, map_func, length, block)

    def batch(self, batch_size: Any, drop_remainder: bool = False, num_parallel_calls: Any = None, deterministic: Any = None, name: str | None = None) -> Dataset:
        """Stacks `batch_size` elements at a time; `num_parallel_calls` and `deterministic` have no effect."""
        from tfjax._src.data import batching

        kind = batching.BatchDataset if num_parallel_calls is None else batching.ParallelBatchDataset
        return kind(self, positive(batch_size, "batch_size"), bool(drop_remainder))

    def padded_batch(self, batch_size: Any, padded_shapes: Any = None, padding_values: Any = None, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Stacks elements, padded to one shape.

        Args:
          batch_size: elements per batch.
          padded_shapes: the shapes; None (or -1) sizes are the batch's largest.
          padding_values: what to pad with; 0 or "" by default.
          drop_remainder: drops a short last batch.
        """
        from tfjax._src.data import batching

        return batching.PaddedBatchDataset(self, positive(batch_size, "batch_size"), padded_shapes, padding_values, bool(drop_remainder))

    def ragged_batch(self, batch_size: Any, drop_remainder: bool = False, row_splits_dtype: Any = "int64", name: str | None = None) -> Dataset:
        """Batches elements of different sizes as ragged tensors; equal sizes stay dense."""
        from tfjax._src.data import batching

        return batching.RaggedBatchDataset(self, positive(batch_size, "batch_size"), bool(drop_remainder), row_splits_dtype)

    def sparse_batch(self, batch_size: Any, row_shape: Any, name: str | None = None) -> Dataset:
        """Batches elements of different sizes as sparse tensors [batch, *row_shape]."""
        from tfjax._src.data import batching

        return batching.DenseToSparseBatchDataset(self, positive(batch_size, "batch_size"), statics.shape(row_shape))

    def rebatch(self, batch_size: Any, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Batches of other sizes from the rows of batches; several sizes take turns."""
        from tfjax._src.data import batching

        sizes = statics.integers(batch_size)
        return batching.RebatchDataset(self, sizes if isinstance(sizes, tuple) else (sizes,), bool(drop_remainder))

    def unbatch(self, name: str | None = None) -> Dataset:
        """Cuts each element into its rows."""
        from tfjax._src.data import batching

        return batching.UnbatchDataset(self)

    def bucket_by_sequence_length(self, element_length_func: Callable[..., Any], bucket_boundaries: Any, bucket_batch_sizes: Any, padded_shapes: Any = None, padding_values: Any = None, pad_to_bucket_boundary: bool = False, no_padding: bool = False, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Batches elements of similar length together, padded.

        Args:
          element_length_func: the length of an element.
          bucket_boundaries: upper bounds (exclusive) of the buckets.
          bucket_batch_sizes: elements per batch of each bucket, one more than boundaries.
          padded_shapes, padding_values: as in `padded_batch`.
          pad_to_bucket_boundary: pads unknown sizes to the boundary minus 1.
          no_padding: batches without padding.
          drop_remainder: drops short batches.
        """
        from tfjax._src.data import windows

        return windows.bucket(
            self, element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes, padding_values,
            pad_to_bucket_boundary, no_padding, drop_remainder,
        )

    def group_by_window(self, key_func: Callable[..., Any], reduce_func: Callable[..., Any], window_size: Any = None, window_size_func: Callable[..., Any] | None = None, name: str | None = None) -> Dataset:
        """Collects elements by key; a full window goes through `reduce_func(key, dataset)`.

        Args:
          key_func: an int64 scalar for an element.
          reduce_func: gives a dataset for the key and the dataset of the window.
          window_size: elements of a window, or
          window_size_func: their number for a key.
        """
        from tfjax._src.data import windows

        return windows.group(self, key_func, reduce_func, window_size, window_size_func)

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Datasets of `size` elements each, `shift` apart."""
        from tfjax._src.data import windows

        size = positive(size, "Window size", "Window {} must be greater than zero.", "size")
        shift = size if shift is None else statics.integer(shift)
        return windows.WindowDataset(self, size, shift, statics.integer(stride), bool(drop_remainder))

    def shuffle(self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool | None = True, name: str | None = None) -> Dataset:
        """Draws elements at random from a buffer; the order is TensorFlow's for the same seeds.

        Args:
          buffer_size: how many elements to choose from.
          seed: an op seed.
          reshuffle_each_iteration: another order each time; True by default.
        """
        from tfjax._src.data import randomness

        again = True if reshuffle_each_iteration is None else bool(reshuffle_each_iteration)
        return randomness.ShuffleDataset(self, positive(buffer_size, "buffer_size"), seed, again)

    def rejection_resample(self, class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None, name: str | None = None) -> Dataset:
        """Pairs (class, element) with classes as often as `target_dist` says, by leaving some out.

        Args:
          class_func: the class of an element, a scalar integer.
          target_dist: the share wanted of each class.
          initial_dist: their share in this dataset; estimated on the way if None.
          seed: an op seed.
        """
        from tfjax._src.data import resampling

        return resampling.resample(self, class_func, target_dist, initial_dist, seed)

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
        from tfjax._src.data import mixing

        return mixing.ConcatenateDataset(self, dataset)

    def enumerate(self, start: Any = 0, name: str | None = None) -> Dataset:
        """Pairs (number, element)."""
        from tfjax._src.data import mixing, sources

        return mixing.ZipDataset((sources.RangeDataset(start, np.iinfo(np.int64).max), self))

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """Elements up to the first for which `predicate` is false."""
        from tfjax._src.data import transforms

        return transforms.TakeWhileDataset(self, predicate)

    def unique(self, name: str | None = None) -> Dataset:
        """Each element once, where it comes first."""
        from tfjax._src.data import transforms

        return transforms.UniqueDataset(self)

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """Elements of `state, element = scan_func(state, element)`."""
        from tfjax._src.data import transforms

        return transforms.ScanDataset(self, initial_state, scan_func)

    def cache(self, filename: Any = "", name: str | None = None) -> Dataset:
        """Keeps the elements, once they were all seen, in memory, or in a file of this name."""
        from tfjax._src.data import storage

        return storage.cache(self, filename)

    def snapshot(self, path: Any, compression: str | None = "AUTO", reader_func: Any = None, shard_func: Any = None, name: str | None = None) -> Dataset:
        """Writes the elements to files on the first run, and reads them from there later."""
        from tfjax._src.data import storage

        return storage.SnapshotDataset(self, path, compression, reader_func, shard_func)

    def save(self, path: str, compression: str | None = None, shard_func: Any = None, checkpoint_args: Any = None) -> None:
        """Writes the elements to a directory, for `load`."""
        from tfjax._src.data import storage

        storage.save(self, path, compression, shard_func)

    def prefetch(self, buffer_size: Any, name: str | None = None) -> Dataset:
        """The same elements; a thread holds `buffer_size` of them ready."""
        from tfjax._src.data import transforms

        return transforms.PrefetchDataset(self, statics.integer(buffer_size))

    def ignore_errors(self, log_warning: bool = False, name: str | None = None) -> Dataset:
        """Leaves out the elements whose computation raises."""
        from tfjax._src.data import transforms

        return transforms.IgnoreErrorsDataset(self, bool(log_warning))

    def with_options(self, options: Options, name: str | None = None) -> Dataset:
        """The same elements under other settings; see `tf.data.Options`."""
        from tfjax._src.data import transforms

        return transforms.OptionsDataset(self, options)

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """`transformation_func(self)`."""
        result = transformation_func(self)
        if not isinstance(result, Dataset):
            raise TypeError(f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(result)}.")
        return result

    def options(self) -> Options:
        """The options in force."""
        merged = Options()
        for source in self._sources():
            merged = merged.merge(source.options())
        return merged

    # -- reductions ----------------------------------------------------------------------------
    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any], name: str | None = None) -> Any:
        """The last state of `state = reduce_func(state, element)`."""
        _need_elements()
        state = as_element(initial_state)
        call = Function(reduce_func).session()
        for element in self._elements():
            state = returned(call((state, element)))
        return state

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element. Raises InvalidArgumentError if there are none or several."""
        _need_elements()
        found = list(self.take(2)._elements())
        if len(found) != 1:
            text = "Dataset had more than one element." if found else "Dataset was empty."
            raise InvalidArgumentError(None, None, f"{text} [Op:DatasetToSingleElement] name: ")
        return found[0]


DatasetSpec.value_type = property(lambda self: Dataset)  # type: ignore[attr-defined]


def _need_elements() -> None:
    """Raises in a trace: a program that held this run's elements would repeat them for ever."""
    if frames.current() is not None:
        raise ConcreteValueError("The elements of a dataset are needed while a function is traced.")


def positive(value: Any, name: str, text: str = "{} must be greater than zero.", shown: str = "") -> int:
    """A static integer above zero."""
    number = statics.integer(value)
    if number is None or number <= 0:
        raise InvalidArgumentError(None, None, text.format(shown or name))
    return number
