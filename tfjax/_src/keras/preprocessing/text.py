"""Texts to sequences of word indices: Tokenizer and its helpers."""

from __future__ import annotations

import collections
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core.export import export

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


@export("keras.preprocessing.text.text_to_word_sequence")
def text_to_word_sequence(input_text: str, filters: str = _FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
      input_text: the text.
      filters: characters that separate words too.
      lower: in lower case.
      split: what separates words.

    >>> import tfjax as tf
    >>> tf.keras.preprocessing.text.text_to_word_sequence("The cat, the DOG!")
    ['the', 'cat', 'the', 'dog']
    """
    text = input_text.lower() if lower else input_text
    text = text.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in text.split(split) if word]


@export("keras.preprocessing.text.one_hot")
def one_hot(input_text: str, n: int, filters: str = _FILTERS, lower: bool = True, split: str = " ", analyzer: Any = None) -> list[int]:
    """`hashing_trick` with Python's `hash`."""
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


@export("keras.preprocessing.text.hashing_trick")
def hashing_trick(
    text: str, n: int, hash_function: Any = None, filters: str = _FILTERS, lower: bool = True, split: str = " ", analyzer: Any = None
) -> list[int]:
    """A number from 1 to n - 1 for each word, by its hash.

    Args:
      hash_function: "md5", a function, or None for Python's `hash`.
      analyzer: a function that gives the words; `text_to_word_sequence` if None.

    >>> import tfjax as tf
    >>> tf.keras.preprocessing.text.hashing_trick("the cat sat", 10, hash_function="md5")
    [6, 3, 1]
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


@export("keras.preprocessing.text.Tokenizer")
class Tokenizer:
    """Numbers words by how frequent they are, from 1 on.

    Args:
      num_words: only the `num_words - 1` most frequent words are kept in sequences.
      filters, lower, split: as of `text_to_word_sequence`.
      char_level: every character is a word.
      oov_token: stands for unknown words, with index 1.
      analyzer: a function that gives the words of a text.

    >>> import tfjax as tf
    >>> tokenizer = tf.keras.preprocessing.text.Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat", "the dog"])
    >>> tokenizer.texts_to_sequences(["dog the bird"])
    [[3, 1]]
    """

    def __init__(
        self, num_words: Any = None, filters: str = _FILTERS, lower: bool = True, split: str = " ", char_level: bool = False,
        oov_token: Any = None, analyzer: Callable[[str], list[str]] | None = None, **kwargs: Any,
    ) -> None:
        kwargs.pop("nb_words", None)
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.document_count = document_count
        self.word_counts: collections.OrderedDict[str, int] = collections.OrderedDict()
        self.word_docs: collections.defaultdict[str, int] = collections.defaultdict(int)
        self.index_docs: collections.defaultdict[int, int] = collections.defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> list[str]:
        if self.char_level or isinstance(text, list):
            if self.lower:
                text = [word.lower() for word in text] if isinstance(text, list) else text.lower()
            return list(text)
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Counts the words of texts, or of lists of words, and numbers them."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        frequent = sorted(self.word_counts, key=lambda word: self.word_counts[word], reverse=True)
        order = ([] if self.oov_token is None else [self.oov_token]) + frequent
        self.word_index = {word: i for i, word in enumerate(order, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Iterable[Any]) -> None:
        """Counts in how many sequences each index occurs."""
        for sequence in sequences:
            self.document_count += 1
            for i in set(sequence):
                self.index_docs[i] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The indices of the words of each text; unknown words are left out, or the OOV token's."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """As `texts_to_sequences`, one by one."""
        unknown = self.word_index.get(self.oov_token)
        for text in texts:
            indices = (self.word_index.get(word) for word in self._words(text))
            kept = (unknown if i is None or (self.num_words and i >= self.num_words) else i for i in indices)
            yield [i for i in kept if i is not None]

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Texts of the words of each sequence."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """As `sequences_to_texts`, one by one."""
        unknown = self.oov_token if self.oov_token in self.word_index else None
        for sequence in sequences:
            words = (self.index_word.get(i) for i in sequence)
            kept = (unknown if w is None or (self.num_words and i >= self.num_words) else w for w, i in zip(words, sequence))
            yield " ".join(w for w in kept if w is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """One row per text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """One row per sequence, one column per index.

        Args:
          sequences: lists of indices.
          mode: "binary" (whether it occurs), "count", "freq" (share) or "tfidf".
        """
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError("Unknown vectorization mode:", mode)
        width = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), width))
        for row, sequence in zip(matrix, sequences):
            for i, count in collections.Counter(i for i in sequence if i < width).items():
                if mode == "tfidf":
                    inverse = np.log(1 + self.document_count / (1 + self.index_docs.get(i, 0)))
                    row[i] = (1 + np.log(count)) * inverse
                else:
                    row[i] = {"binary": 1, "count": count, "freq": count / len(sequence)}[mode]
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Settings and counts, the latter as JSON texts."""
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        counts = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {**{n: getattr(self, n) for n in names}, **{n: json.dumps(getattr(self, n)) for n in counts}}

    def to_json(self, **kwargs: Any) -> str:
        """The config as JSON, for `tokenizer_from_json`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


@export("keras.preprocessing.text.tokenizer_from_json")
def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer that `Tokenizer.to_json` wrote."""
    config = json.loads(json_string)["config"]
    names = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    counts = {n: json.loads(config.pop(n)) for n in names}
    for name in ("index_docs", "index_word"):
        counts[name] = {int(k): v for k, v in counts[name].items()}
    tokenizer = Tokenizer(**config)
    for name, value in counts.items():
        setattr(tokenizer, name, value)
    return tokenizer
