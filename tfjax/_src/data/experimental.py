"""tf.data.experimental: older names of Dataset methods, and a few functions of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.data import transforms, windows
from tfjax._src.data.dataset import Dataset
from tfjax._src.data.functions import Function, as_element, returned
from tfjax._src.data.randomness import RandomDataset as _RandomDataset
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io import records

Transformation = Callable[[Dataset], Dataset]


@export("data.experimental.cardinality")
def cardinality(dataset: Dataset) -> Tensor:
    """The number of elements; -1 for infinite, -2 for unknown."""
    return Tensor(np.array(dataset._size(), np.int64))


@export("data.experimental.assert_cardinality")
def assert_cardinality(expected_cardinality: Any) -> Transformation:
    """For `Dataset.apply`: promises the number of elements; checked while iterating.

    >>> import tfjax as tf
    >>> ds = tf.data.Dataset.range(4).filter(lambda x: x < 2)
    >>> len(ds.apply(tf.data.experimental.assert_cardinality(2)))
    2
    """
    return lambda dataset: transforms.AssertCardinalityDataset(dataset, statics.integer(expected_cardinality))


@export("data.experimental.pad_to_cardinality")
def pad_to_cardinality(cardinality: Any, mask_key: str = "valid") -> Transformation:
    """For `Dataset.apply`: zeros after the last dictionary up to a number, and a mask under `mask_key`."""
    return lambda dataset: transforms.PadToCardinalityDataset(dataset, statics.integer(cardinality), mask_key)


@export("data.experimental.at")
def at(dataset: Dataset, index: Any) -> Any:
    """The element with a number.

    >>> import tfjax as tf
    >>> int(tf.data.experimental.at(tf.data.Dataset.range(5), 2))
    2
    """
    return transforms.element_at(dataset, statics.integer(index))


@export("data.experimental.Counter")
def Counter(start: Any = 0, step: Any = 1, dtype: Any = "int64") -> Dataset:  # noqa: N802
    """Numbers from `start` in steps of `step`, without end."""
    return Dataset.counter(start, step, dtype)


@export("data.experimental.RandomDataset")
class RandomDataset(_RandomDataset):
    """Random integers in [0, 2**32), without end."""

    def __init__(self, seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None) -> None:
        super().__init__(seed, bool(rerandomize_each_iteration))


@export("data.experimental.from_list")
def from_list(elements: Any, name: str | None = None) -> Dataset:
    """A dataset of the elements of a list.

    >>> import tfjax as tf
    >>> len(tf.data.experimental.from_list([(1, "a"), (2, "b")]))
    2
    """
    from tfjax._src.data.functions import spec_of

    items = [as_element(e) for e in elements]
    if not items:
        raise ValueError("Invalid `elements`. `elements` should not be empty.")
    return transforms.ListDataset(items, spec_of(items[0]))


@export("data.experimental.get_structure")
def get_structure(dataset_or_iterator: Any) -> Any:
    """The specs of the elements."""
    return dataset_or_iterator.element_spec


@export("data.experimental.get_single_element")
def get_single_element(dataset: Dataset) -> Any:
    """The only element of a dataset."""
    return dataset.get_single_element()


@export("data.experimental.unbatch")
def unbatch() -> Transformation:
    """For `Dataset.apply`: cuts elements into rows."""
    return lambda dataset: dataset.unbatch()


@export("data.experimental.unique")
def unique() -> Transformation:
    """For `Dataset.apply`: each element once."""
    return lambda dataset: dataset.unique()


@export("data.experimental.enumerate_dataset")
def enumerate_dataset(start: Any = 0) -> Transformation:
    """For `Dataset.apply`: pairs (number, element)."""
    return lambda dataset: dataset.enumerate(start)


@export("data.experimental.shuffle_and_repeat")
def shuffle_and_repeat(buffer_size: int, count: int | None = None, seed: int | None = None) -> Transformation:
    """For `Dataset.apply`: shuffles, then repeats."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


@export("data.experimental.ignore_errors")
def ignore_errors(log_warning: bool = False) -> Transformation:
    """For `Dataset.apply`: leaves out elements whose computation raises."""
    return lambda dataset: dataset.ignore_errors(log_warning)


@export("data.experimental.scan")
def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """For `Dataset.apply`: elements computed with a running state."""
    return lambda dataset: dataset.scan(initial_state, scan_func)


@export("data.experimental.take_while")
def take_while(predicate: Callable[..., Any]) -> Transformation:
    """For `Dataset.apply`: elements up to the first for which `predicate` is false."""
    return lambda dataset: dataset.take_while(predicate)


@export("data.experimental.snapshot")
def snapshot(path: str, compression: str | None = "AUTO", reader_func: Any = None, shard_func: Any = None) -> Transformation:
    """For `Dataset.apply`: writes the elements on the first run, and reads them later."""
    return lambda dataset: dataset.snapshot(path, compression, reader_func, shard_func)


@export("data.experimental.save")
def save(dataset: Dataset, path: str, compression: str | None = None, shard_func: Any = None, checkpoint_args: Any = None) -> None:
    """Writes a dataset; see `Dataset.save`."""
    dataset.save(path, compression, shard_func)


@export("data.experimental.load")
def load(path: str, element_spec: Any = None, compression: str | None = None, reader_func: Any = None) -> Dataset:
    """A dataset that `save` wrote."""
    return Dataset.load(path, element_spec, compression, reader_func)


@export("data.experimental.bucket_by_sequence_length")
def bucket_by_sequence_length(
    element_length_func: Any, bucket_boundaries: Any, bucket_batch_sizes: Any, padded_shapes: Any = None,
    padding_values: Any = None, pad_to_bucket_boundary: bool = False, no_padding: bool = False, drop_remainder: bool = False,
) -> Transformation:
    """For `Dataset.apply`: batches elements of similar length together."""
    return lambda dataset: windows.bucket(
        dataset, element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes, padding_values,
        pad_to_bucket_boundary, no_padding, drop_remainder,
    )


@export("data.experimental.group_by_window")
def group_by_window(key_func: Any, reduce_func: Any, window_size: Any = None, window_size_func: Any = None) -> Transformation:
    """For `Dataset.apply`: collects elements by key; see `Dataset.group_by_window`."""
    return lambda dataset: windows.group(dataset, key_func, reduce_func, window_size, window_size_func)


@export("data.experimental.dense_to_ragged_batch")
def dense_to_ragged_batch(batch_size: Any, drop_remainder: bool = False, row_splits_dtype: Any = "int64") -> Transformation:
    """For `Dataset.apply`: batches elements of different sizes as ragged tensors."""
    return lambda dataset: dataset.ragged_batch(batch_size, drop_remainder, row_splits_dtype)


@export("data.experimental.dense_to_sparse_batch")
def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """For `Dataset.apply`: batches elements of different sizes as sparse tensors."""
    return lambda dataset: dataset.sparse_batch(batch_size, row_shape)


@export("data.experimental.map_and_batch")
def map_and_batch(map_func: Any, batch_size: Any, num_parallel_batches: Any = None, drop_remainder: bool = False, num_parallel_calls: Any = None) -> Transformation:
    """For `Dataset.apply`: a map, then batches."""
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


@export("data.experimental.parallel_interleave")
def parallel_interleave(map_func: Any, cycle_length: Any, block_length: Any = 1, sloppy: Any = False, buffer_output_elements: Any = None, prefetch_input_elements: Any = None) -> Transformation:
    """For `Dataset.apply`: an interleave read ahead in threads; the last three have no effect."""
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length, num_parallel_calls=cycle_length)


@export("data.experimental.prefetch_to_device")
def prefetch_to_device(device: Any, buffer_size: Any = None) -> Transformation:
    """For `Dataset.apply`: prefetches; elements reach the device with their first use there."""
    return lambda dataset: dataset.prefetch(2 if buffer_size is None else buffer_size)


@export("data.experimental.copy_to_device")
def copy_to_device(target_device: Any, source_device: str = "/cpu:0") -> Transformation:
    """For `Dataset.apply`: the same elements; they reach the device with their first use there."""
    return lambda dataset: transforms.SameDataset(dataset)


@export("data.experimental.sample_from_datasets")
def sample_from_datasets(datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False) -> Dataset:
    """Elements of several datasets, each time from one drawn with the given weights."""
    return Dataset.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


@export("data.experimental.choose_from_datasets")
def choose_from_datasets(datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = False) -> Dataset:
    """The next element of the dataset that each number of `choice_dataset` names."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


@export("data.experimental.rejection_resample")
def rejection_resample(class_func: Any, target_dist: Any, initial_dist: Any = None, seed: Any = None) -> Transformation:
    """For `Dataset.apply`: classes as often as `target_dist` says; see `Dataset.rejection_resample`."""
    return lambda dataset: dataset.rejection_resample(class_func, target_dist, initial_dist, seed)


@export("data.experimental.Reducer")
class Reducer:
    """Three functions that reduce the elements of a key: a start, a step and an end.

    >>> import tfjax as tf
    >>> tf.data.experimental.Reducer(lambda _: 0, lambda s, x: s + x, lambda s: s).init_func(1)
    0
    """

    def __init__(self, init_func: Any, reduce_func: Any, finalize_func: Any) -> None:
        self.init_func, self.reduce_func, self.finalize_func = init_func, reduce_func, finalize_func


@export("data.experimental.group_by_reducer")
def group_by_reducer(key_func: Any, reducer: Reducer) -> Transformation:
    """For `Dataset.apply`: reduces the elements of each key, `key_func` giving an int64 scalar."""

    def apply(dataset: Dataset) -> Dataset:
        return _Reduced(dataset, key_func, reducer)

    return apply


class _Reduced(Dataset):
    """One element per key."""

    def __init__(self, source: Dataset, key_func: Any, reducer: Reducer) -> None:
        self.source = source
        self.functions = [Function(f) for f in (key_func, reducer.init_func, reducer.reduce_func, reducer.finalize_func)]

    def _name(self) -> str:
        return "GroupByReducerDataset"

    def _elements(self) -> Any:
        return self._run(self.source._elements(), *[f.session() for f in self.functions])

    def _run(self, source: Any, key_of: Any, start: Any, step: Any, finish: Any) -> Any:
        states: dict[int, Any] = {}
        for element in source:
            key = int(key_of(element))
            if key not in states:
                states[key] = as_element(start(to_tensor(key, dtypes.int64)))
            states[key] = returned(step((states[key], element)))
        for key in sorted(states):
            yield returned(finish(states[key]))

    def _spec(self) -> Any:
        return transforms._spec_of_first(self)


@export("data.experimental.TFRecordWriter")
class TFRecordWriter:
    """Writes a dataset of strings to a TFRecord file."""

    def __init__(self, filename: str, compression_type: str | None = None) -> None:
        self._filename, self._compression = filename, compression_type

    def write(self, dataset: Dataset) -> None:
        """Writes all elements."""
        with records.TFRecordWriter(self._filename, self._compression) as writer:
            for element in dataset:
                writer.write(element.numpy())
