"""Samples from sequences: skip-grams and windows of time series."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from tfjax._src.core.export import export


@export("keras.preprocessing.sequence.make_sampling_table")
def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How likely the word of each rank is kept, so that frequent words are rarer; Zipf's law assumed.

    >>> import tfjax as tf
    >>> tf.keras.preprocessing.sequence.make_sampling_table(3).round(5)
    array([0.00315, 0.00315, 0.00548])
    """
    gamma = 0.577
    rank = np.arange(size)
    rank[0] = 1
    share = sampling_factor * (rank * (np.log(rank) + gamma) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, share / np.sqrt(share))


@export("keras.preprocessing.sequence.skipgrams")
def skipgrams(
    sequence: Any, vocabulary_size: int, window_size: int = 4, negative_samples: float = 1.0, shuffle: bool = True,
    categorical: bool = False, sampling_table: Any = None, seed: Any = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of a word with one near it (label 1) or with a random one (label 0).

    Args:
      sequence: word indices; 0 is no word.
      vocabulary_size: random words are below it.
      window_size: how far "near" reaches.
      negative_samples: how many random pairs for each true one.
      shuffle: mixes the pairs.
      categorical: labels are [0, 1] and [1, 0].
      sampling_table: keeps words with these probabilities.
      seed: of the mixing, in Python's `random`.

    >>> import tfjax as tf
    >>> tf.keras.preprocessing.sequence.skipgrams([1, 2], 3, negative_samples=0, shuffle=False)
    ([[1, 2], [2, 1]], [1, 1])
    """
    couples: list[list[int]] = []
    labels: list[Any] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        words = [c[0] for c in couples]
        random.shuffle(words)
        count = int(len(labels) * negative_samples)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        seed = random.randint(0, int(10e6)) if seed is None else seed
        for values in (couples, labels):
            random.seed(seed)
            random.shuffle(values)
    return couples, labels


@export("keras.preprocessing.sequence.TimeseriesGenerator")
class TimeseriesGenerator:
    """Batches of windows of a time series, with the target behind each.

    Args:
      data: values, time first.
      targets: as many.
      length: of a window, in steps of the data.
      sampling_rate: takes every so many steps within a window.
      stride: steps between windows.
      start_index, end_index: the part to use.
      shuffle: random windows.
      reverse: windows run backwards.
      batch_size: windows in a batch.

    >>> import numpy as np, tfjax as tf
    >>> data = np.arange(6)
    >>> x, y = tf.keras.preprocessing.sequence.TimeseriesGenerator(data, data, length=3, batch_size=2)[0]
    >>> x.tolist(), y.tolist()
    ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self, data: Any, targets: Any, length: int, sampling_rate: int = 1, stride: int = 1, start_index: int = 0,
        end_index: Any = None, shuffle: bool = False, reverse: bool = False, batch_size: int = 128, **kwargs: Any,
    ) -> None:
        if len(data) != len(targets):
            raise ValueError(f"Data and targets have to be of same length. Data length is {len(data)} while target length is {len(targets)}")
        self.data, self.targets, self.length, self.sampling_rate, self.stride = data, targets, length, sampling_rate, stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            raise ValueError(f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of the sequence would be left to be used as current step.")

    def __len__(self) -> int:
        span = self.end_index - self.start_index + self.batch_size * self.stride
        return span // (self.batch_size * self.stride)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...], targets) if self.reverse else (samples, targets)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        values = {
            name: json.dumps(value.tolist() if isinstance(value, np.ndarray) else list(value))
            for name, value in (("data", self.data), ("targets", self.targets))
        }
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {**values, **{name: getattr(self, name) for name in names}}

    def to_json(self, **kwargs: Any) -> str:
        """The config as JSON."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)
