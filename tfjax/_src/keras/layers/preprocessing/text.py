"""TextVectorization."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Name, Static, String
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.engine.symbolic import probing
from tfjax._src.keras.layers.preprocessing.encoding import batches, refuse_sparse
from tfjax._src.keras.layers.preprocessing.index_lookup import Table
from tfjax._src.keras.layers.preprocessing.lookup import StringLookup
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor

_PUNCTUATION = bytes.maketrans(b"", b""), b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
_STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation", None)
_SPLITS = ("whitespace", "character", None)


def _grams(tokens: list[bytes], sizes: tuple[int, ...]) -> list[bytes]:
    """All runs of `sizes` tokens, joined by blanks."""
    return [b" ".join(tokens[i : i + n]) for n in sizes for i in range(len(tokens) - n + 1)]


class Splitter:
    """The settings that cut texts into tokens, as a static argument of an op."""

    def __init__(self, standardize: Any, split: Any, ngrams: Any) -> None:
        self.standardize, self.split = standardize, split
        self.sizes = None if ngrams is None else tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else tuple(ngrams)

    def tokens(self, text: bytes) -> list[bytes]:
        """The tokens of one text; only for settings that are names."""
        if self.standardize in ("lower", "lower_and_strip_punctuation"):
            text = text.lower()
        if self.standardize in ("strip_punctuation", "lower_and_strip_punctuation"):
            text = text.translate(*_PUNCTUATION)
        if self.split == "whitespace":
            found = text.split()
        elif self.split == "character":
            found = [c.encode("utf-8", "surrogateescape") for c in text.decode("utf-8", "surrogateescape")]
        else:
            found = [text]
        return found if self.sizes is None else _grams(found, self.sizes)

    def rows(self, texts: np.ndarray) -> list[list[bytes]]:
        """The tokens of each text of a vector."""
        if not callable(self.standardize) and not callable(self.split):
            return [self.tokens(t) for t in texts.tolist()]
        value: Any = Tensor(texts)
        if callable(self.standardize):
            value = self.standardize(value)
        else:
            plain = Splitter(self.standardize, None, None)
            value = Tensor(np.array([plain.tokens(t)[0] for t in texts.tolist()], object))
        if callable(self.split):
            value = self.split(value)
            rows = value.to_list() if isinstance(value, RaggedTensor) else to_tensor(value).numpy().tolist()
            rows = [[t for t in (row if isinstance(row, list) else [row]) if t != b""] for row in rows]
        else:
            plain = Splitter(None, self.split, None)
            rows = [plain.tokens(t) for t in to_tensor(value).numpy().tolist()]
        return rows if self.sizes is None else [_grams(r, self.sizes) for r in rows]


@op("_internal.text_indices", raw="LookupTableFindV2", device=False, differentiable=False)
def _text_indices(texts: String, splitter: Static, table: Static, length: Any, name: Name = None):
    """The tokens' indices, [texts, longest] or [texts, length], filled up with 0."""
    rows = splitter.rows(texts.reshape(-1))
    width = max(map(len, rows), default=0) if length is None else length
    found = np.zeros((len(rows), width), np.int64)
    for i, row in enumerate(rows):
        for j, token in enumerate(row[:width]):
            index = table.index.get(token)
            found[i, j] = table.of_unknown(token) if index is None else index
    return found


@op("_internal.text_counts", raw="LookupTableFindV2", device=False, differentiable=False)
def _text_counts(texts: String, splitter: Static, table: Static, depth: int, binary: bool, name: Name = None):
    """How often each index occurs in each text, or whether it does."""
    rows = splitter.rows(texts.reshape(-1))
    found = np.zeros((len(rows), depth), np.int64)
    for i, row in enumerate(rows):
        for token in row:
            index = table.index.get(token)
            found[i, table.of_unknown(token) if index is None else index] += 1
    return np.minimum(found, 1) if binary else found


@export("keras.layers.TextVectorization", "keras.layers.experimental.preprocessing.TextVectorization")
class TextVectorization(ConfiguredLayer):
    """Turns texts into indices of their tokens, or vectors that count them.

    Args:
      max_tokens: the most tokens to keep, special ones included.
      standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function
        of a string tensor.
      split: "whitespace", "character", None, or a function that gives a ragged tensor.
      ngrams: joins up to so many neighbouring tokens; a tuple gives the numbers.
      output_mode: "int", "multi_hot", "count" or "tf_idf".
      output_sequence_length: pads or cuts to this many indices.
      pad_to_max_tokens: vectors have `max_tokens` elements.
      vocabulary: a list, array or file of tokens; else call `adapt`.
      idf_weights: one per token, with "tf_idf".
      sparse: must be False.
      ragged: gives a RaggedTensor, without padding.
      encoding: of the strings.

    >>> import tfjax as tf
    >>> layer = tf.keras.layers.TextVectorization(vocabulary=["red", "blue"])
    >>> layer(["Red, blue!", "green"]).numpy()
    array([[2, 3],
           [1, 0]])
    """

    _accepts_text = True

    def __init__(
        self, max_tokens: Any = None, standardize: Any = "lower_and_strip_punctuation", split: Any = "whitespace",
        ngrams: Any = None, output_mode: str = "int", output_sequence_length: Any = None, pad_to_max_tokens: bool = False,
        vocabulary: Any = None, idf_weights: Any = None, sparse: bool = False, ragged: bool = False, encoding: str = "utf-8",
        name: Any = None, **kwargs: Any,
    ) -> None:
        size = kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        if output_mode == "binary":
            output_mode = "multi_hot"
        for kind, value, allowed in (("standardize", standardize, _STANDARDS), ("split", split, _SPLITS)):
            if not callable(value) and value not in allowed:
                raise ValueError(f"The `{kind}` argument for TextVectorization must be one of {allowed}, or a callable. Received: {kind}={value}")
        if output_mode not in ("int", "count", "multi_hot", "tf_idf"):
            raise ValueError(f"The `output_mode` argument for TextVectorization must be one of ('int', 'count', 'multi_hot', 'tf_idf'). Received: output_mode={output_mode}")
        if ngrams is not None and not (isinstance(ngrams, int) or isinstance(ngrams, tuple) and all(isinstance(n, int) for n in ngrams)):
            raise ValueError(f"`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams={ngrams}")
        if output_mode == "int" and output_sequence_length is not None and (not isinstance(output_sequence_length, int) or output_sequence_length <= 0):
            raise ValueError(f"`output_sequence_length` must be either None or an integer when `output_mode` is 'int'. Received: output_sequence_length={output_sequence_length}")
        if output_mode != "int" and output_sequence_length is not None:
            raise ValueError(f"`output_sequence_length` must not be set if `output_mode` is not 'int'. Received output_sequence_length={output_sequence_length}.")
        if ragged and output_mode != "int":
            raise ValueError(f"`ragged` must not be true if `output_mode` is `'int'`. Received: ragged={ragged} and output_mode={output_mode}")
        refuse_sparse(self, sparse)
        self.max_tokens, self.standardize, self.split, self.ngrams = max_tokens, standardize, split, ngrams
        self.output_mode, self.output_sequence_length = output_mode, output_sequence_length
        self.pad_to_max_tokens, self.sparse, self.ragged, self.encoding = pad_to_max_tokens, sparse, ragged, encoding
        self._splitter = Splitter(standardize, split, ngrams)
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens, vocabulary=vocabulary, idf_weights=idf_weights, pad_to_max_tokens=pad_to_max_tokens,
            mask_token="", output_mode=output_mode, encoding=encoding, vocabulary_size=size,
        )
        self.built = True

    @property
    def vocabulary(self) -> Any:
        """The vocabulary as the config has it."""
        return self._lookup_layer.vocabulary

    @property
    def idf_weights(self) -> Any:
        """The weights as the config has them."""
        return self._lookup_layer.idf_weights

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens in the order of their indices."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many indices there are, special ones included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Sets the tokens; see StringLookup."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Counts the tokens of texts and keeps the most frequent.

        Args:
          data: texts, or a dataset of batches of them.
          batch_size: no effect.
          steps: how many batches of a dataset to see; all by default.
        """
        self.reset_state()
        for batch in batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forgets what `adapt` counted."""
        self._lookup_layer.reset_state()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of one batch."""
        rows = self._splitter.rows(to_tensor(data).numpy().reshape(-1))
        lookup = self._lookup_layer
        if lookup._frozen_vocabulary:
            raise ValueError(f"Cannot adapt layer '{self.name}' after setting a static vocabulary via `vocabulary` argument or `set_vocabulary()` method.")
        for row in rows:
            lookup._counts.update(row)
            if self.output_mode == "tf_idf":
                lookup._documents.update(set(row))
        lookup._document_count += len(rows)

    def finalize_state(self) -> None:
        """Makes the vocabulary from the counts."""
        self._lookup_layer.finalize_state()

    def call(self, inputs: Any) -> Any:
        lookup = self._lookup_layer
        table = lookup._table
        if table is None:
            if not probing():
                return lookup(inputs)
            table = Table([], lookup._start_index, lookup.num_oov_indices, None)
        texts = to_tensor(inputs)
        rank = len(texts.shape)
        if rank > 1 and texts.shape[-1] != 1 and self.split is not None:
            raise ValueError(f"When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape dimension must be 1. Received: inputs.shape={tuple(texts.shape)} with rank={rank}")
        if self.output_mode == "int":
            found = _text_indices(texts, self._splitter, table, self.output_sequence_length)
            return found[0] if rank == 0 else self._without_padding(texts) if self.ragged else found
        counts = _text_counts(texts, self._splitter, table, lookup.depth(), self.output_mode == "multi_hot")
        if self.output_mode == "tf_idf":
            from tfjax._src.ops.array.shaping import cast

            counts = cast(counts, "float32") * (1.0 if lookup.idf_weights_const is None else to_tensor(lookup.idf_weights_const))
        return counts[0] if rank == 0 else counts

    def _without_padding(self, texts: Any) -> Any:
        rows = self._splitter.rows(texts.numpy().reshape(-1))
        rows = [r[: self.output_sequence_length] for r in rows]
        tokens = to_tensor(np.array([t for r in rows for t in r], object)) if any(rows) else to_tensor(np.array([], object))
        return RaggedTensor.from_row_lengths(self._lookup_layer(tokens), np.array([len(r) for r in rows], np.int64))

    def get_config(self) -> dict[str, Any]:
        from tfjax._src.keras.saving import serialization

        config = super().get_config()
        for name in ("standardize", "split"):
            if callable(config[name]):
                config[name] = serialization.serialize_keras_object(config[name])
        return {**config, "vocabulary_size": self.vocabulary_size()}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        from tfjax._src.keras.saving import serialization

        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = serialization.deserialize_keras_object(config[name], custom_objects)
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return cls(**config)

    def save_own_variables(self, store: Any) -> None:
        """The idf weights go with the weights."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Reads the idf weights."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, directory: str) -> None:
        """A vocabulary that is not in the config goes into vocabulary.txt."""
        self._lookup_layer.save_assets(directory)

    def load_assets(self, directory: str) -> None:
        """Reads vocabulary.txt."""
        self._lookup_layer.load_assets(directory)
