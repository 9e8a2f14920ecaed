"""Categorical columns: vocabularies, identities, hashes, crosses, weights."""

from __future__ import annotations

import os
from collections import namedtuple
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io.features import VarLenFeature
from tfjax._src.keras.features.columns import CategoricalColumn, Categories, Features, Raw, as_raw, check_key, named
from tfjax._src.lookup.initializers import KeyValueTensorInitializer
from tfjax._src.lookup.static import StaticHashTable, StaticVocabularyTable
from tfjax._src.ops.array.creation import ones_like
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.ragged.cross import sparse_cross_hashed
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor, made
from tfjax._src.ops.strings import basic, hashing


def _shown(dtype: dtypes.DType) -> str:
    return f"<dtype: '{dtype.name}'>"


def _check_kind(dtype: dtypes.DType, prefix: str) -> None:
    if dtype is not dtypes.string and not dtype.is_integer:
        raise ValueError(f"{prefix} dtype must be string or integer. dtype: {_shown(dtype)}.")


class _KeyColumn(CategoricalColumn):
    """A categorical column of one feature."""

    __slots__ = ()
    key: str

    @property
    def name(self) -> str:
        return self.key

    @property
    def parents(self) -> list[Any]:
        return [self.key]

    @property
    def _parsed(self) -> dtypes.DType:
        return self.dtype  # type: ignore[attr-defined]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(self._parsed)}

    def _same_kind(self, raw: Raw) -> Raw:
        """The values with the integers of a column of integers widened."""
        given = raw.values.dtype
        if (given is dtypes.string) != (self._parsed is dtypes.string):
            raise ValueError(f"Column dtype and SparseTensors dtype must be compatible. key: {self.key}, column dtype: {_shown(self._parsed)}, tensor dtype: {_shown(given)}")
        _check_kind(given, f"column_name: {self.key} input_tensor")
        return raw if given is dtypes.string else Raw(cast(raw.values, dtypes.int64), raw.present)


class _VocabularyColumn(_KeyColumn):
    """A categorical column with a list of words."""

    __slots__ = ()

    def words(self) -> Any:
        """The vocabulary as a tensor of strings or int64."""
        raise NotImplementedError(f"{type(self).__name__}.words")

    def _table(self) -> Any:
        words = self.words()
        content = KeyValueTensorInitializer(words, np.arange(words.shape[0], dtype=np.int64))
        if self.num_oov_buckets:  # type: ignore[attr-defined]
            return StaticVocabularyTable(content, self.num_oov_buckets)  # type: ignore[attr-defined]
        return StaticHashTable(content, self.default_value)  # type: ignore[attr-defined]

    def categories(self, features: Features) -> Categories:
        raw = self._same_kind(features.raw(self.key))
        if self not in features.tables:
            features.tables[self] = self._table()
        return Categories(features.tables[self].lookup(raw.values), raw.present)


@named
class VocabularyListCategoricalColumn(
    _VocabularyColumn,
    namedtuple("VocabularyListCategoricalColumn", ["key", "vocabulary_list", "dtype", "default_value", "num_oov_buckets"]),
):
    """Numbers of words in a list."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        return len(self.vocabulary_list) + self.num_oov_buckets

    def words(self) -> Any:
        if self.dtype is dtypes.string:
            return to_tensor([v if isinstance(v, bytes) else str(v) for v in self.vocabulary_list])
        return to_tensor(np.array(self.vocabulary_list, np.int64))


@export("feature_column.categorical_column_with_vocabulary_list")
def categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0,
) -> VocabularyListCategoricalColumn:
    """Numbers of words in a list.

    Args:
      key: the feature's name; missing values are empty strings, or -1.
      vocabulary_list: the words: strings or integers.
      dtype: string or an integer dtype; by default that of the list.
      default_value: the number of an unknown word; -1 leaves it out.
      num_oov_buckets: over how many numbers unknown words are spread by their hashes.

    >>> import tfjax as tf
    >>> color = tf.feature_column.categorical_column_with_vocabulary_list("color", ["red", "blue"])
    >>> layer = tf.keras.layers.DenseFeatures(tf.feature_column.indicator_column(color))
    >>> layer({"color": tf.constant([["blue"], ["pink"]])}).numpy()
    array([[0., 1.],
           [0., 0.]], dtype=float32)
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    _check_buckets(key, default_value, num_oov_buckets, -1)
    found = dtypes.as_dtype(np.array(vocabulary_list).dtype)
    _check_kind(found, f"column_name: {key} vocabulary")
    kind = found if dtype is None else dtypes.as_dtype(dtype)
    if kind.is_integer != found.is_integer:
        raise ValueError(f"dtype {_shown(kind)} and vocabulary dtype {_shown(found)} do not match, column_name: {key}")
    _check_kind(kind, f"column_name: {key}")
    check_key(key)
    return VocabularyListCategoricalColumn(key, tuple(vocabulary_list), kind, default_value, num_oov_buckets)


def _check_buckets(key: str, default_value: Any, num_oov_buckets: Any, unset: Any) -> None:
    if num_oov_buckets:
        if default_value != unset:
            raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
        if num_oov_buckets < 0:
            raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


@named
class VocabularyFileCategoricalColumn(
    _VocabularyColumn,
    namedtuple("VocabularyFileCategoricalColumn", ["key", "vocabulary_file", "vocabulary_size", "num_oov_buckets", "dtype", "default_value", "file_format"]),
):
    """Numbers of the lines of a file."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        return self.vocabulary_size + self.num_oov_buckets

    def words(self) -> Any:
        lines = _lines(self.vocabulary_file)
        if len(lines) < self.vocabulary_size:
            raise InvalidArgumentError(None, None, f"Invalid vocab_size in {self.vocabulary_file}: expected {self.vocabulary_size} but got {len(lines)} [Op:InitializeTableFromTextFileV2]")
        lines = lines[: self.vocabulary_size]
        return to_tensor(lines) if self.dtype is dtypes.string else to_tensor(np.array([int(v) for v in lines], np.int64))


def _lines(path: Any) -> list[bytes]:
    with open(os.fspath(path), "rb") as file:
        return [line.rstrip(b"\r\n") for line in file]


@export("feature_column.categorical_column_with_vocabulary_file")
def categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: Any, vocabulary_size: Any = None, dtype: Any = dtypes.string, default_value: Any = None,
    num_oov_buckets: int = 0, file_format: Any = None,
) -> VocabularyFileCategoricalColumn:
    """Numbers of the lines of a text file.

    Args:
      key: the feature's name.
      vocabulary_file: the file, one word a line.
      vocabulary_size: how many of its lines count; all by default.
      dtype: string or an integer dtype.
      default_value: the number of an unknown word; -1, the default, leaves it out.
      num_oov_buckets: over how many numbers unknown words are spread by their hashes.
      file_format: None for text; TFRecord files are not read.

    >>> import pathlib, tempfile
    >>> import tfjax as tf
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "words.txt"
    >>> _ = path.write_text("the\\nfox\\n")
    >>> tf.feature_column.categorical_column_with_vocabulary_file("word", str(path)).num_buckets
    2
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if file_format not in (None, "tfrecord_gzip"):
        raise ValueError(f"file_format should be one of ['tfrecord_gzip'] or None. Received: {file_format}")
    if file_format is not None:
        raise ValueError(f"`file_format` must be None: vocabularies in TFRecord files are not read. Received: file_format={file_format}")
    if vocabulary_size is None:
        if not os.path.exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        vocabulary_size = len(_lines(vocabulary_file))
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    _check_buckets(key, default_value, num_oov_buckets, None)
    kind = dtypes.as_dtype(dtype)
    _check_kind(kind, f"column_name: {key}")
    check_key(key)
    default = -1 if default_value is None else default_value
    return VocabularyFileCategoricalColumn(key, vocabulary_file, vocabulary_size, num_oov_buckets, kind, default, file_format)


@named
class IdentityCategoricalColumn(_KeyColumn, namedtuple("IdentityCategoricalColumn", ["key", "number_buckets", "default_value"])):
    """Integers that are the numbers of categories already."""

    __slots__ = ()

    @property
    def _parsed(self) -> dtypes.DType:
        return dtypes.int64

    @property
    def num_buckets(self) -> int:
        return self.number_buckets

    def categories(self, features: Features) -> Categories:
        raw = features.raw(self.key)
        if not raw.values.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {_shown(raw.values.dtype)}")
        ids = cast(raw.values, dtypes.int64)
        if self.default_value is not None:
            ids = where((ids < 0) | (ids >= self.number_buckets), np.int64(self.default_value), ids)
        return Categories(ids, raw.present)


@export("feature_column.categorical_column_with_identity")
def categorical_column_with_identity(key: str, num_buckets: int, default_value: Any = None) -> IdentityCategoricalColumn:
    """Integers that are the numbers of categories already.

    Args:
      key: the feature's name; -1 means that a value is missing.
      num_buckets: how many categories there are.
      default_value: what numbers outside of [0, num_buckets) become.

    >>> import tfjax as tf
    >>> tf.feature_column.categorical_column_with_identity("day", 7).num_buckets
    7
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}")
    check_key(key)
    return IdentityCategoricalColumn(key, num_buckets, default_value)


@named
class HashedCategoricalColumn(_KeyColumn, namedtuple("HashedCategoricalColumn", ["key", "hash_bucket_size", "dtype"])):
    """Hashes of strings or integers."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        return self.hash_bucket_size

    def categories(self, features: Features) -> Categories:
        raw = features.raw(self.key)
        _check_kind(raw.values.dtype, f"column_name: {self.key} input_tensor")
        raw = self._same_kind(raw)
        texts = raw.values if raw.values.dtype is dtypes.string else basic.as_string(raw.values)
        return Categories(hashing.to_hash_bucket_fast(texts, self.hash_bucket_size), raw.present)


@export("feature_column.categorical_column_with_hash_bucket")
def categorical_column_with_hash_bucket(key: str, hash_bucket_size: int, dtype: Any = dtypes.string) -> HashedCategoricalColumn:
    """Hashes of strings or integers.

    Args:
      key: the feature's name; missing values are empty strings, or -1.
      hash_bucket_size: how many hashes there are.
      dtype: string or an integer dtype.

    >>> import tfjax as tf
    >>> tf.feature_column.categorical_column_with_hash_bucket("thal", 1000).num_buckets
    1000
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    check_key(key)
    kind = dtypes.as_dtype(dtype)
    _check_kind(kind, f"column_name: {key}")
    return HashedCategoricalColumn(key, hash_bucket_size, kind)


def _sparse(ids: Any, present: Any) -> Any:
    """The values that are there as a SparseTensor; their numbers must be known."""
    there = present.host_value()
    indices = np.argwhere(there).astype(np.int64)
    return made(indices, Tensor(ids.host_value()[there]), there.shape)


@named
class CrossedColumn(CategoricalColumn, namedtuple("CrossedColumn", ["keys", "hash_bucket_size", "hash_key"])):
    """Hashes of combinations of features."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return "_X_".join(sorted(k if isinstance(k, str) else k.name for k in self._leaves))

    @property
    def _leaves(self) -> list[Any]:
        found: list[Any] = []
        for key in self.keys:
            found.extend(key._leaves if isinstance(key, CrossedColumn) else [key])
        return found

    @property
    def parents(self) -> list[Any]:
        return list(self.keys)

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in self.keys:
            found.update({key: VarLenFeature(dtypes.string)} if isinstance(key, str) else key.parse_example_spec)
        return found

    @property
    def num_buckets(self) -> int:
        return self.hash_bucket_size

    def _column(self, key: Any, features: Features) -> Any:
        if isinstance(key, str):
            values, present = features.raw(key)
            if not isinstance(features.tensor(key), SparseTensor):
                # Here, and only here, TensorFlow takes empty strings and -1 of a dense tensor for values.
                present = ones_like(present)
            return _sparse(values if values.dtype is dtypes.string else cast(values, dtypes.int64), present)
        found = features.categories(key)
        if found.weights is not None:
            raise ValueError(f"crossed_column does not support weight_tensor, but the given column populates weight_tensor. Given column: {key.name}")
        return _sparse(found.ids, found.present)

    def categories(self, features: Features) -> Categories:
        # TensorFlow's kernel hashes dense inputs after all sparse ones.
        keys = sorted(self._leaves, key=lambda k: isinstance(k, str) and not isinstance(features.tensor(k), SparseTensor))
        crossed = sparse_cross_hashed([self._column(key, features) for key in keys], self.hash_bucket_size, self.hash_key)
        raw = as_raw(crossed)
        return Categories(raw.values, raw.present)


@export("feature_column.crossed_column")
def crossed_column(keys: Any, hash_bucket_size: int, hash_key: Any = None) -> CrossedColumn:
    """Hashes of combinations of features.

    Args:
      keys: two or more names of features or categorical columns (not hashed ones).
      hash_bucket_size: how many hashes there are.
      hash_key: where the hash starts.

    >>> import tfjax as tf
    >>> tf.feature_column.crossed_column(["day", "city"], 50).name
    'city_X_day'
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, (str, CategoricalColumn)):
            raise ValueError(f"Unsupported key type. All keys must be either string, or categorical column except HashedCategoricalColumn. Given: {key}")
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before crossing will increase "
                f"probability of collision. Instead, use the feature name as a string. Given: {key}"
            )
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


@named
class WeightedCategoricalColumn(
    CategoricalColumn, namedtuple("WeightedCategoricalColumn", ["categorical_column", "weight_feature_key", "dtype"])
):
    """Categories with the weights of another feature."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def parents(self) -> list[Any]:
        return [self.categorical_column, self.weight_feature_key]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return {**self.categorical_column.parse_example_spec, self.weight_feature_key: VarLenFeature(self.dtype)}

    @property
    def num_buckets(self) -> int:
        return self.categorical_column.num_buckets

    def categories(self, features: Features) -> Categories:
        found = features.categories(self.categorical_column)
        weights = as_raw(features.tensor(self.weight_feature_key)).values
        if weights.dtype != self.dtype:
            raise ValueError(f"Bad dtype, expected {_shown(self.dtype)}, but got {_shown(weights.dtype)}.")
        if weights.shape.as_list()[1:] != found.ids.shape.as_list()[1:]:
            raise ValueError(f"Dimensions {found.ids.shape} and {weights.shape} are not compatible")
        return Categories(found.ids, found.present, cast(weights, dtypes.float32))


@export("feature_column.weighted_categorical_column")
def weighted_categorical_column(categorical_column: Any, weight_feature_key: str, dtype: Any = dtypes.float32) -> WeightedCategoricalColumn:
    """Categories with the weights of another feature.

    Args:
      categorical_column: the categories.
      weight_feature_key: the feature with a weight for each value, arranged alike.
      dtype: of the weights.

    >>> import tfjax as tf
    >>> word = tf.feature_column.categorical_column_with_identity("word", 10)
    >>> tf.feature_column.weighted_categorical_column(word, "count").name
    'word_weighted_by_count'
    """
    kind = dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype {_shown(kind)} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, kind)
