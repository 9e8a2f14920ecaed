"""Text datasets: IMDB reviews and Reuters newswires, as sequences of word numbers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.datasets.images import STORE
from tfjax._src.keras.utils.files import get_file

_TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude "
    "nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber "
    "heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def _shuffled(generator: np.random.RandomState, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.arange(len(x))
    generator.shuffle(order)
    return x[order], y[order]


def _shift(sequences: Any, start: int | None, offset: int) -> list[list[int]]:
    """Word numbers moved up by `offset`, after a start symbol if there is one."""
    if start is not None:
        return [[start, *(w + offset for w in s)] for s in sequences]
    return [[w + (offset or 0) for w in s] for s in sequences]


def _short(maxlen: int, sequences: list[list[int]], labels: Any) -> tuple[list[list[int]], np.ndarray]:
    kept = [(s, y) for s, y in zip(sequences, labels) if len(s) < maxlen]
    return [s for s, _ in kept], np.array([y for _, y in kept])


def _limit(sequences: list[list[int]], num_words: int | None, skip_top: int, oov: int | None) -> list[list[int]]:
    """Words that are too rare or too common become `oov`, or go."""
    top = num_words or max(max(s) for s in sequences)
    if oov is not None:
        return [[w if skip_top <= w < top else oov for w in s] for s in sequences]
    return [[w for w in s if skip_top <= w < top] for s in sequences]


def _objects(sequences: list[list[int]]) -> np.ndarray:
    return np.array(sequences, dtype="object")


@export("keras.datasets.imdb.load_data")
def load_imdb(
    path: str = "imdb.npz", num_words: int | None = None, skip_top: int = 0, maxlen: int | None = None, seed: int = 113,
    start_char: int | None = 1, oov_char: int | None = 2, index_from: int = 3, **kwargs: Any,
) -> Any:
    """IMDB: 25,000 and 25,000 film reviews, labelled 1 (good) or 0. Maas et al. 2011.

    Args:
      path: the file's name in the cache.
      num_words: keeps the most frequent words.
      skip_top: drops this many of the most frequent ones.
      maxlen: keeps shorter reviews only.
      seed: of the shuffle.
      start_char: put before each review.
      oov_char: stands for dropped words; None leaves them out.
      index_from: the first word's number.
      **kwargs: `nb_words`, the old name of `num_words`.

    Returns:
      ((x_train, y_train), (x_test, y_test)); x are arrays of lists of ints.
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}.")
    digest = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
    # The file holds lists of numbers as Python objects; its hash has just been checked.
    with np.load(get_file(path, f"{STORE}imdb.npz", file_hash=digest), allow_pickle=True) as file:
        parts = [(file[f"x_{part}"], file[f"y_{part}"]) for part in ("train", "test")]
    generator = np.random.RandomState(seed)
    (x_train, y_train), (x_test, y_test) = [_shuffled(generator, x, y) for x, y in parts]
    train, test = _shift(x_train, start_char, index_from), _shift(x_test, start_char, index_from)
    if maxlen:
        train, y_train = _short(maxlen, train, y_train)
        test, y_test = _short(maxlen, test, y_test)
        if not train or not test:
            raise ValueError(f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen.")
    every = _limit(train + test, num_words, skip_top, oov_char)
    return (_objects(every[: len(train)]), y_train), (_objects(every[len(train) :]), y_test)


@export("keras.datasets.reuters.load_data")
def load_reuters(
    path: str = "reuters.npz", num_words: int | None = None, skip_top: int = 0, maxlen: int | None = None,
    test_split: float = 0.2, seed: int = 113, start_char: int | None = 1, oov_char: int | None = 2, index_from: int = 3,
) -> Any:
    """Reuters: 11,228 newswires on 46 topics; arguments as for IMDB, and the share of tests.

    Returns:
      ((x_train, y_train), (x_test, y_test)); x are arrays of lists of ints.
    """
    digest = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
    with np.load(get_file(path, f"{STORE}reuters.npz", file_hash=digest), allow_pickle=True) as file:
        x, labels = _shuffled(np.random.RandomState(seed), file["x"], file["y"])
    sequences = _shift(x, start_char, index_from)
    if maxlen:
        sequences, labels = _short(maxlen, sequences, labels)
    sequences = _limit(sequences, num_words, skip_top, oov_char)
    cut = int(len(sequences) * (1 - test_split))
    return (_objects(sequences[:cut]), np.array(labels[:cut])), (_objects(sequences[cut:]), np.array(labels[cut:]))


def _index(path: str, name: str, digest: str) -> dict[str, int]:
    with open(get_file(path, STORE + name, file_hash=digest), encoding="utf-8") as file:
        return json.load(file)


@export("keras.datasets.imdb.get_word_index")
def get_imdb_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Words of IMDB to their ranks by frequency."""
    return _index(path, "imdb_word_index.json", "bfafd718b763782e994055a2d397834f")


@export("keras.datasets.reuters.get_word_index")
def get_reuters_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Words of Reuters to their ranks by frequency."""
    return _index(path, "reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921")


@export("keras.datasets.reuters.get_label_names")
def get_label_names() -> tuple[str, ...]:
    """The 46 topics.

    >>> import tfjax as tf
    >>> len(tf.keras.datasets.reuters.get_label_names())
    46
    """
    return tuple(_TOPICS.split())
