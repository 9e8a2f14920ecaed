"""A vocabulary: tokens to indices and back, filled from an argument or by `adapt`."""

from __future__ import annotations

import collections
import os
from typing import Any

import numpy as np

from tfjax._src.core.errors import FailedPreconditionError, InvalidArgumentError
from tfjax._src.eager.args import IntOther, Name, Static, String
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.engine.symbolic import probing
from tfjax._src.keras.layers.preprocessing.encoding import batches, encode, host_array, of_values, refuse_sparse
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.strings import hashing

_OUTPUTS = ("int", "one_hot", "multi_hot", "count", "tf_idf")


class Table:
    """Tokens and their indices.

    Args:
      tokens: bytes or ints; the index of the first is `start`.
      start: how many indices come before.
      oov: how many of those are for unknown tokens; they end right before `start`.
      masked: (mask token, its index), or None.
    """

    def __init__(self, tokens: list[Any], start: int, oov: int, masked: Any) -> None:
        self.start, self.oov = start, oov
        self.index = {token: start + i for i, token in enumerate(tokens)}
        if masked is not None:
            self.index[masked[0]] = masked[1]
        if self.index and not isinstance(next(iter(self.index)), bytes):
            values = np.asarray(list(self.index), np.int64)
            order = np.argsort(values, kind="stable")
            self.keys, self.places = values[order], np.asarray(list(self.index.values()), np.int64)[order]

    def of_unknown(self, token: bytes) -> int:
        """The index of a string that is not there."""
        first = self.start - self.oov
        return first if self.oov == 1 else first + int(hashing.fingerprints([token])[0]) % self.oov


@op("_internal.lookup_strings", raw="LookupTableFindV2", device=False, differentiable=False)
def lookup_strings(tokens: String, table: Static, name: Name = None):
    """The index of each string."""
    found = np.empty(tokens.shape, np.int64)
    unknown = []
    for place, token in np.ndenumerate(tokens):
        index = table.index.get(token)
        if index is None:
            if not table.oov:
                unknown.append(token)
                continue
            index = table.of_unknown(token)
        found[place] = index
    if unknown:
        raise InvalidArgumentError(None, None, f"When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values {unknown}, consider setting `num_oov_indices=1`.")
    return found


@op("_internal.lookup_integers", raw="LookupTableFindV2", differentiable=False)
def lookup_integers(tokens: IntOther, table: Static, name: Name = None):
    """The index of each int; unknown ones are spread over the free indices by their remainders."""
    xp = namespace(tokens)
    tokens = tokens.astype(np.int64)
    unknown = (table.start - table.oov) + tokens % max(table.oov, 1)
    if not table.index:
        return unknown
    keys, places = xp.asarray(table.keys), xp.asarray(table.places)
    at = xp.clip(xp.searchsorted(keys, tokens), 0, len(table.keys) - 1)
    known = keys[at] == tokens
    if not table.oov and xp is np and not known.all():
        raise InvalidArgumentError(None, None, f"When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values {tokens[~known].tolist()}, consider setting `num_oov_indices=1`.")
    return xp.where(known, places[at], unknown)


@op("_internal.lookup_tokens", raw="LookupTableFindV2", device=False, differentiable=False)
def lookup_tokens(indices: IntOther, tokens: Static, default: Any, name: Name = None):
    """The token of each index."""
    dtype = object if isinstance(default, bytes) else np.int64
    found = np.empty(indices.shape, dtype)
    for place, i in np.ndenumerate(indices):
        found[place] = tokens.values[i] if 0 <= i < len(tokens.values) else default
    return found


class Tokens:
    """The tokens of all indices, as a static argument."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values


class IndexLookup(ConfiguredLayer):
    """What StringLookup and IntegerLookup share."""

    _accepts_text = True
    extra: tuple[str, ...] = ("vocabulary_size_written",)
    vocabulary_dtype: Any
    default_dtype = "int64"

    def _start(self, values: dict[str, Any]) -> None:
        mode, limit, oov = values["output_mode"], values["max_tokens"], values["num_oov_indices"]
        if mode in ("binary",):
            mode = "multi_hot"
        if mode not in _OUTPUTS:
            raise ValueError(f"The `output_mode` argument for {type(self).__name__} must be one of {_OUTPUTS}. Received: output_mode={mode}")
        if limit is not None and limit <= 1:
            raise ValueError(f"If set, `max_tokens` must be greater than 1. Received: max_tokens={limit}")
        if oov < 0:
            raise ValueError(f"`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices={oov}")
        if values["pad_to_max_tokens"] and limit is None:
            raise ValueError(f"If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens={limit}")
        if values["invert"] and mode != "int":
            raise ValueError(f"`output_mode` must be `'int'` when `invert` is true. Received: output_mode={mode}")
        refuse_sparse(self, values["sparse"])
        for name in ("invert", "max_tokens", "num_oov_indices", "oov_token", "mask_token", "sparse", "pad_to_max_tokens"):
            setattr(self, name, values[name])
        self.output_mode = mode
        if values.get("salt") is not None:
            raise ValueError("`salt` must be None: unknown tokens are spread without a salt.")
        self.salt, self.oov_method = None, values.get("oov_method", "floormod")
        if self.oov_method != "floormod":
            raise ValueError(f"`oov_method` must be 'floormod'. Received: {self.oov_method}")
        self._given = values["vocabulary"]
        self._written_idf = values["idf_weights"]
        self._frozen_vocabulary = self._given is not None
        self._tokens: list[Any] = []
        self._table = self._invert_table = None
        self.idf_weights_const: Any = None
        self._counts: collections.Counter[Any] = collections.Counter()
        self._documents: collections.Counter[Any] = collections.Counter()
        self._document_count = 0
        if self._given is not None:
            self.set_vocabulary(self._given, values["idf_weights"])

    # -- the vocabulary ------------------------------------------------------------------------
    def _token(self, value: Any) -> Any:
        """A token as the table has it."""
        raise NotImplementedError

    def _shown(self, token: Any) -> Any:
        """A token as `get_vocabulary` gives it."""
        raise NotImplementedError

    def _specials(self) -> list[Any]:
        first = [self.mask_token] if self._mask_index is not None else []
        return [*first, *[self.oov_token] * self.num_oov_indices]

    @property
    def _mask_index(self) -> int | None:
        return 0 if self.mask_token is not None and self.output_mode == "int" else None

    @property
    def _start_index(self) -> int:
        return self.num_oov_indices + (1 if self._mask_index is not None else 0)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their indices.

        Args:
          include_special_tokens: with the mask and out-of-vocabulary tokens.
        """
        shown = [self._shown(t) for t in self._tokens]
        return [*self._specials(), *shown] if include_special_tokens else shown

    def vocabulary_size(self) -> int:
        """How many indices there are, special ones included."""
        return self._start_index + len(self._tokens)

    @property
    def vocabulary(self) -> Any:
        """The vocabulary as the config has it."""
        if self._given is None or isinstance(self._given, str):
            return self._given
        return [v.decode("utf-8") if isinstance(v, bytes) else v for v in (t.item() if isinstance(t, np.generic) else t for t in self._given)]

    @property
    def idf_weights(self) -> Any:
        """The weights as the config has them."""
        value = self._written_idf
        return np.asarray(value).tolist() if value is not None else None

    def get_config(self) -> dict[str, Any]:
        self.vocabulary_size_written = self.vocabulary_size() if self._tokens else self._written_size
        config = super().get_config()
        config["vocabulary_size"] = config.pop("vocabulary_size_written")
        return config

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Sets the tokens.

        Args:
          vocabulary: a list, array or tensor, or the path of a text file with one token per line.
          idf_weights: one weight per token, with "tf_idf".
        """
        if self.output_mode == "tf_idf" and idf_weights is None and not isinstance(vocabulary, str):
            raise ValueError("`idf_weights` must be set if output_mode is 'tf_idf'.")
        if self.output_mode != "tf_idf" and idf_weights is not None:
            raise ValueError(f"`idf_weights` should only be set if output_mode is `'tf_idf'`. Received: output_mode={self.output_mode} and idf_weights={idf_weights}")
        if isinstance(vocabulary, str):
            with open(vocabulary, "rb") as file:
                vocabulary = file.read().split(b"\n")
            vocabulary = vocabulary[:-1] if vocabulary and not vocabulary[-1] else vocabulary
        tokens = [self._token(v) for v in (host_array(vocabulary).ravel().tolist() if len(vocabulary) else [])]
        if not tokens:
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
        specials = [self._token(t) for t in self._specials()]
        if specials and tokens[: len(specials)] == specials:
            tokens = tokens[len(specials) :]
        repeated = [self._shown(t) for t, n in collections.Counter(tokens).items() if n > 1]
        if repeated:
            raise ValueError(f"The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated terms are: {repeated}")
        for kind, special in (("mask", self.mask_token), ("oov", self.oov_token)):
            if special is not None and self._token(special) in tokens and (kind == "mask" or self.num_oov_indices):
                raise ValueError(f"Found reserved {kind.upper() if kind == 'oov' else kind} token at unexpected location in `vocabulary`. Note that passed `vocabulary` does not need to include the OOV and mask tokens. Either remove all mask and OOV tokens, or include them only at the start of the vocabulary in precisely this order: {self._specials()}.")
        if self.max_tokens is not None and self._start_index + len(tokens) > self.max_tokens:
            raise ValueError(f"Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary size is {self._start_index + len(tokens)}; `max_tokens` is {self.max_tokens}.")
        self._set_tokens(tokens)
        if idf_weights is not None:
            weights = np.asarray(idf_weights, np.float32)
            if len(weights) != len(tokens):
                raise ValueError(f"`idf_weights` must be the same length as vocabulary. len(idf_weights) is {len(weights)}; len(vocabulary) is {len(tokens)}")
            self._set_idf(weights)

    def _set_tokens(self, tokens: list[Any]) -> None:
        self._tokens = tokens
        # The mask token is 0, or stands for nothing where indices are encoded.
        masked = None if self.mask_token is None else (self._token(self.mask_token), 0 if self.output_mode == "int" else -1)
        self._table = Table(tokens, self._start_index, self.num_oov_indices, masked)
        self._invert_table = Tokens([*[self._token(t) for t in self._specials()], *tokens])

    def _set_idf(self, weights: np.ndarray) -> None:
        """Unknown tokens weigh as the mean."""
        front = np.full(self.num_oov_indices, np.mean(weights) if len(weights) else 0.0, np.float32)
        full = np.concatenate([front, weights])
        if self.pad_to_max_tokens:
            full = np.pad(full, (0, self.max_tokens - len(full)))
        self.idf_weights_const = full

    # -- adapt ---------------------------------------------------------------------------------
    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> None:
        """Counts the tokens of `data` and keeps them, the most frequent first.

        Args:
          data: a list, array, tensor or dataset of batches.
          batch_size: no effect.
          steps: how many batches of a dataset to see; all by default.
        """
        self.reset_state()
        for batch in batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forgets what `adapt` counted."""
        self._counts.clear(), self._documents.clear()
        self._document_count = 0

    def update_state(self, data: Any) -> None:
        """Counts the tokens of one batch."""
        if self._frozen_vocabulary:
            raise ValueError(f"Cannot adapt layer '{self.name}' after setting a static vocabulary via `vocabulary` argument or `set_vocabulary()` method.")
        rows = data.to_list() if hasattr(data, "to_list") and hasattr(data, "row_splits") else host_array(data)
        if isinstance(rows, np.ndarray):
            rows = rows[None] if rows.ndim == 0 else rows
            rows = [[v] for v in rows.tolist()] if rows.ndim == 1 else rows.reshape(rows.shape[0], -1).tolist()
        for row in rows:
            tokens = [self._token(t) for t in row]
            self._counts.update(tokens)
            if self.output_mode == "tf_idf":
                self._documents.update(set(tokens))
        self._document_count += len(rows)

    def finalize_state(self) -> None:
        """Makes the vocabulary from the counts."""
        if self._frozen_vocabulary:
            return
        reserved = {self._token(t) for t in (self.mask_token, self.oov_token) if t is not None}
        found = [t for t in self._counts if t not in reserved]
        # The most frequent first; of equal ones the greatest.
        found.sort(reverse=True)
        found.sort(key=lambda t: -self._counts[t])
        if self.max_tokens is not None:
            found = found[: self.max_tokens - self._start_index]
        self._set_tokens(found)
        if self.output_mode == "tf_idf":
            seen = np.array([self._documents[t] for t in found], np.float32)
            self._set_idf(np.log(1.0 + self._document_count / (1.0 + seen)).astype(np.float32))
        self.reset_state()

    # -- calling -------------------------------------------------------------------------------
    def _find(self, inputs: Any, table: Table) -> Any:
        raise NotImplementedError

    def depth(self) -> int:
        """The size of the vectors that encode indices."""
        if self.pad_to_max_tokens:
            return self.max_tokens
        return self.vocabulary_size() if self._tokens else self._written_size or self.vocabulary_size()

    def call(self, inputs: Any) -> Any:
        if self._table is None and not probing():
            raise FailedPreconditionError(None, None, f"Table not initialized: give {type(self).__name__} a `vocabulary`, or call `adapt` first.")
        if self.invert:
            tokens, unknown = self._invert_table or Tokens([]), self._token(self.oov_token)
            return of_values(lambda x: lookup_tokens(x, tokens, unknown), inputs)
        table = self._table or Table([], self._start_index, self.num_oov_indices, None)
        indices = of_values(lambda x: self._find(x, table), inputs)
        if self.output_mode == "int":
            return indices
        depth = self.depth()
        if self.output_mode == "tf_idf":
            weights = np.ones(depth, np.float32) if self.idf_weights_const is None else self.idf_weights_const
            return encode(indices, "tf_idf", depth, "float32", idf=weights)
        return encode(indices, self.output_mode, depth, "int64")

    # -- files ---------------------------------------------------------------------------------
    def save_own_variables(self, store: Any) -> None:
        """The idf weights go with the weights."""
        if self.output_mode == "tf_idf" and self.idf_weights_const is not None:
            store["idf_weights"] = self.idf_weights_const

    def load_own_variables(self, store: Any) -> None:
        """Reads the idf weights."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self.idf_weights_const = np.asarray(store["idf_weights"])

    def save_assets(self, directory: str) -> None:
        """A vocabulary that is not in the config goes into vocabulary.txt."""
        if self._given is None and self._tokens:
            with open(os.path.join(directory, "vocabulary.txt"), "w", encoding="utf-8") as file:
                file.write("\n".join(str(t) for t in self.get_vocabulary()))

    def load_assets(self, directory: str) -> None:
        """Reads vocabulary.txt."""
        path = os.path.join(directory, "vocabulary.txt")
        if self._given is None and os.path.exists(path):
            with open(path, encoding="utf-8", newline="\n") as file:
                tokens = [self._token(t) for t in file.read().split("\n")]
            self._set_tokens(tokens[self._start_index :])
