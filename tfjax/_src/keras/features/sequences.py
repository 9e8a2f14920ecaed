"""Columns of sequences."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.io.features import VarLenFeature
from tfjax._src.keras.features import categorical
from tfjax._src.keras.features.columns import CategoricalColumn, Categories, DenseColumn, Features, check_key, check_number, check_shape, named
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape
from tfjax._src.ops.math.reductions import reduce_max
from tfjax._src.ops.sparse import arrange
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


@named
class SequenceCategoricalColumn(CategoricalColumn, namedtuple("SequenceCategoricalColumn", ["categorical_column"])):
    """A sequence of categories a row."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.categorical_column.name

    @property
    def parents(self) -> list[Any]:
        return [self.categorical_column]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column.parse_example_spec

    @property
    def num_buckets(self) -> int:
        return self.categorical_column.num_buckets

    def categories(self, features: Features) -> Categories:
        """Bags of categories, [batch, time, n]."""
        found = features.categories(self.categorical_column)
        if found.ids.shape.rank != 2:
            return found
        return Categories(*(None if t is None else expand_dims(t, -1) for t in found))


def lengths(present: Any) -> Any:
    """The steps up to the last one that has a value, [batch]."""
    steps = np.arange(1, present.shape[1] + 1, dtype=np.int64)
    there = cast(present, dtypes.int64)
    if present.shape.rank == 3:
        there = reduce_max(there, axis=-1)
    return reduce_max(there * steps, axis=1)


@named
class SequenceNumericColumn(DenseColumn, namedtuple("SequenceNumericColumn", ["key", "shape", "default_value", "dtype", "normalizer_fn"])):
    """A sequence of numbers a row."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.key

    @property
    def parents(self) -> list[Any]:
        return [self.key]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return {self.key: VarLenFeature(self.dtype)}

    @property
    def variable_shape(self) -> tuple[int, ...]:
        return self.shape

    def sequence(self, features: Features, weights: Callable[[Any], Any]) -> tuple[Any, Any]:
        """Numbers [batch, time, …] and lengths [batch]."""
        value = features.tensor(self.key)
        if not isinstance(value, SparseTensor):
            raise TypeError("Input must be a SparseTensor.")
        dense = arrange.to_dense(value, np.array(self.default_value, value.dtype.np))
        numbers = dense if self.normalizer_fn is None else self.normalizer_fn(dense)
        size = int(np.prod(self.shape))
        batch = dense.shape[0]
        count = lengths(features.raw(self.key).present)
        if dense.shape.rank == 2:
            count = (count + (size - 1)) // size
        return reshape(numbers, [batch, -1, *self.shape]), count


@export("feature_column.sequence_numeric_column")
def sequence_numeric_column(key: str, shape: Any = (1,), default_value: float = 0.0, dtype: Any = dtypes.float32, normalizer_fn: Any = None) -> SequenceNumericColumn:
    """Sequences of numbers, for `tf.keras.experimental.SequenceFeatures`.

    Args:
      key: the feature's name: a SparseTensor.
      shape: the shape of the numbers of a step.
      default_value: stands where a sequence has ended.
      dtype: the dtype that is parsed.
      normalizer_fn: applied to the padded tensor.

    >>> import tfjax as tf
    >>> tf.feature_column.sequence_numeric_column("load", shape=2).variable_shape
    (2,)
    """
    dims = check_shape(shape, key)
    kind = check_number(dtype, key)
    check_key(key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return SequenceNumericColumn(key, dims, default_value, kind, normalizer_fn)


@export("feature_column.sequence_categorical_column_with_identity")
def sequence_categorical_column_with_identity(key: str, num_buckets: int, default_value: Any = None) -> SequenceCategoricalColumn:
    """Sequences of integers; see `categorical_column_with_identity`.

    >>> import tfjax as tf
    >>> tf.feature_column.sequence_categorical_column_with_identity("page", 9).num_buckets
    9
    """
    return SequenceCategoricalColumn(categorical.categorical_column_with_identity(key, num_buckets, default_value))


@export("feature_column.sequence_categorical_column_with_hash_bucket")
def sequence_categorical_column_with_hash_bucket(key: str, hash_bucket_size: int, dtype: Any = dtypes.string) -> SequenceCategoricalColumn:
    """Sequences of hashed values; see `categorical_column_with_hash_bucket`.

    >>> import tfjax as tf
    >>> tf.feature_column.sequence_categorical_column_with_hash_bucket("page", 9).num_buckets
    9
    """
    return SequenceCategoricalColumn(categorical.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


@export("feature_column.sequence_categorical_column_with_vocabulary_list")
def sequence_categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Any, dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0,
) -> SequenceCategoricalColumn:
    """Sequences of words from a list; see `categorical_column_with_vocabulary_list`.

    >>> import tfjax as tf
    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_list("page", ["a", "b"]).num_buckets
    2
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )


@export("feature_column.sequence_categorical_column_with_vocabulary_file")
def sequence_categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: Any, vocabulary_size: Any = None, num_oov_buckets: int = 0, default_value: Any = None, dtype: Any = dtypes.string,
) -> SequenceCategoricalColumn:
    """Sequences of words from a file; see `categorical_column_with_vocabulary_file`.

    >>> import pathlib, tempfile
    >>> import tfjax as tf
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "words.txt"
    >>> _ = path.write_text("the\\nfox\\n")
    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_file("word", str(path)).num_buckets
    2
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_file(key, vocabulary_file, vocabulary_size, dtype, default_value, num_oov_buckets)
    )
