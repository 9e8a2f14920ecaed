"""Datasets cut in two, and windows over a series."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.data.dataset import Dataset
from tfjax._src.eager.tensor import Tensor


@export("keras.utils.split_dataset")
def split_dataset(dataset: Any, left_size: Any = None, right_size: Any = None, shuffle: bool = False, seed: int | None = None) -> tuple[Any, Any]:
    """Two datasets: the first and the last elements of one.

    Args:
      dataset: a dataset, an array, or a list or tuple of arrays of equal length.
      left_size: how many elements (int), or which share of them (float), the first part has.
      right_size: the same of the second part; one of them may be left out.
      shuffle: reorders the elements first.
      seed: of the order.

    >>> import tfjax as tf
    >>> left, right = tf.keras.utils.split_dataset(tf.data.Dataset.range(10), left_size=0.7)
    >>> len(left), len(right)
    (7, 3)
    """
    elements = _elements(dataset)
    left, right = _sizes(left_size, right_size, len(elements))
    if shuffle:
        random.seed(random.randint(0, int(1e6)) if seed is None else seed)
        random.shuffle(elements)
    return _dataset(elements[:left]), _dataset(elements[len(elements) - right :] if shuffle else elements[left : left + right])


def _elements(dataset: Any) -> list[Any]:
    if isinstance(dataset, Dataset):
        return list(dataset.as_numpy_iterator())
    if isinstance(dataset, (list, tuple)) and dataset and hasattr(dataset[0], "shape"):
        return list(zip(*[np.asarray(a) for a in dataset], strict=True))
    if isinstance(dataset, (list, tuple, np.ndarray, Tensor)):
        return list(np.asarray(dataset))
    raise TypeError(
        "The `dataset` argument must be either a `tf.data.Dataset`, a `torch.utils.data.Dataset` object, or a list/tuple of "
        f"arrays. Received: dataset={dataset} of type {type(dataset)}"
    )


def _dataset(elements: list[Any]) -> Dataset:
    columns = nest.map_structure(lambda *values: np.stack(values), *[tuple(e) if isinstance(e, tuple) else e for e in elements])
    return Dataset.from_tensor_slices(columns)


def _sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    if left is None and right is None:
        raise ValueError(f"At least one of the `left_size` or `right_size` must be specified. Received: left_size={left} and right_size={right}")
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            continue
        if not isinstance(size, (int, float)):
            raise TypeError(f"Invalid `{name}` Type. Expected: int or float or None, Received: type({name})={type(size)}.  ")
        if size <= 0 or isinstance(size, int) and size >= total or isinstance(size, float) and size >= 1:
            raise ValueError(f"`{name}` should be either a positive integer smaller than {total}, or a float within the range `[0, 1]`. Received: {name}={size}")
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError("The sum of `left_size` and `right_size` is greater than 1. It must be less than or equal to 1.")
    first = None if left is None else round(left * total) if isinstance(left, float) else left
    second = None if right is None else round(right * total) if isinstance(right, float) else right
    first = total - second if first is None else first
    second = total - first if second is None else second
    if first + second > total:
        raise ValueError(f"The sum of `left_size` and `right_size` should be smaller than the size of the dataset ({total}). Received: left_size={left} and right_size={right}.")
    for name, size in (("left", first), ("right", second)):
        if size == 0:
            raise ValueError(f"With `dataset` of length={total}, `left_size`={left} and `right_size`={right}. Resulting {name} side dataset split will be empty. Adjust any of the aforementioned parameters")
    return first, second


@export("keras.utils.timeseries_dataset_from_array", "keras.preprocessing.timeseries_dataset_from_array")
def timeseries_dataset_from_array(
    data: Any, targets: Any, sequence_length: int, sequence_stride: int = 1, sampling_rate: int = 1, batch_size: int | None = 128,
    shuffle: bool = False, seed: int | None = None, start_index: int | None = None, end_index: int | None = None,
) -> Dataset:
    """Windows over a series, with the targets at their starts.

    Args:
      data: an array, one time step per row.
      targets: an array of as many targets as there are windows to use, or None.
      sequence_length: time steps in a window.
      sequence_stride: time steps between the starts of two windows.
      sampling_rate: time steps between two rows of a window.
      batch_size: windows per batch; None gives single ones.
      shuffle: reorders the windows.
      seed: of the order.
      start_index, end_index: rows outside of these are not used.

    >>> import tfjax as tf
    >>> windows = tf.keras.utils.timeseries_dataset_from_array(range(6), None, sequence_length=3)
    >>> next(iter(windows))[0].numpy()
    array([0, 1, 2])
    """
    data = np.asarray(data)
    _check_series(data, sequence_length, sequence_stride, sampling_rate, start_index, end_index)
    start, end = start_index or 0, len(data) if end_index is None else end_index
    count = end - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = np.asarray(targets)
        count = min(count, len(targets))
    starts = np.arange(0, max(count, 0), sequence_stride, dtype="int32" if count < 2147483647 else "int64")
    if shuffle:
        seed = np.random.randint(1e6) if seed is None else seed
        np.random.RandomState(seed).shuffle(starts)
    offsets = np.arange(sequence_length) * sampling_rate
    windows = data[start:end][starts[:, None] + offsets]
    dataset = Dataset.from_tensor_slices(windows if targets is None else (windows, targets[start:][starts] if len(targets) > count + start else targets[starts]))
    if batch_size is None:
        return dataset.shuffle(1024, seed=seed) if shuffle else dataset
    if shuffle:
        dataset = dataset.shuffle(batch_size * 8, seed=seed)
    return dataset.batch(batch_size).prefetch(-1)


def _check_series(data: Any, length: int, stride: int, rate: int, start: int | None, end: int | None) -> None:
    size = len(data)
    if start is not None:
        if start < 0:
            raise ValueError(f"`start_index` must be 0 or greater. Received: start_index={start}")
        if start >= size:
            raise ValueError(f"`start_index` must be lower than the length of the data. Received: start_index={start}, for data of length {size}")
    if start and end is not None and end <= start:
        raise ValueError(f"`end_index` must be higher than `start_index`. Received: start_index={start}, and end_index={end} ")
    if end is not None and end >= size:
        raise ValueError(f"`end_index` must be lower than the length of the data. Received: end_index={end}, for data of length {size}")
    for name, value in (("sampling_rate", rate), ("sequence_stride", stride)):
        if value <= 0:
            raise ValueError(f"`{name}` must be higher than 0. Received: {name}={value}")
        if value >= size:
            raise ValueError(f"`{name}` must be lower than the length of the data. Received: {name}={value}, for data of length {size}")
