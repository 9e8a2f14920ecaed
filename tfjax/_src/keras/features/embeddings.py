"""Columns that turn categories into vectors: indicators and embeddings."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.checkpoint.checkpoint import load_variable
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.features.categorical import WeightedCategoricalColumn
from tfjax._src.keras.features.columns import CategoricalColumn, Categories, DenseColumn, Features, named
from tfjax._src.keras.features.sequences import SequenceCategoricalColumn
from tfjax._src.ops.array.creation import one_hot
from tfjax._src.ops.array.indexing import gather_rows
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.math.arithmetic import divide_no_nan
from tfjax._src.ops.math.clipping import clip_by_norm
from tfjax._src.ops.math.elementwise import sqrt, square
from tfjax._src.ops.math.reductions import reduce_sum
from tfjax._src.ops.random import stateful
from tfjax._src.ops.sparse.embeddings import embedding_lookup_sparse
from tfjax._src.ops.sparse.sparse_tensor import made


@named
class TruncatedNormal:
    """The initializer of embeddings: normal random numbers within two standard deviations."""

    def __init__(self, mean: float = 0.0, stddev: float = 1.0, seed: int | None = None, dtype: Any = "float32") -> None:
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, dtype

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        return stateful.truncated_normal(shape, self.mean, self.stddev, dtype or self.dtype, self.seed)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed, "dtype": dtypes.as_dtype(self.dtype).name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> TruncatedNormal:
        """An initializer from `get_config`'s result."""
        return cls(**config)


def _refuse_sequence(column: Any, kind: str) -> None:
    if isinstance(column.categorical_column, SequenceCategoricalColumn):
        inner = column.categorical_column
        raise ValueError(
            f"In {kind}: {column.name}. categorical_column must not be of type SequenceCategoricalColumn. Suggested fix A: If you "
            "wish to use DenseFeatures, use a non-sequence categorical_column_with_*. Suggested fix B: If you wish to create "
            f"sequence input, use SequenceFeatures instead of DenseFeatures. Given (type {type(inner)}): {inner}"
        )


class VectorColumn(DenseColumn):
    """A dense column of one categorical column; with a sequence of categories, one vector each."""

    __slots__ = ()
    categorical_column: Any
    _kind: str

    @property
    def parents(self) -> list[Any]:
        return [self.categorical_column]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.categorical_column.parse_example_spec

    def vectors(self, found: Categories, weights: Callable[[Any], Any]) -> Any:
        """The vectors of bags of categories, which are the last axis."""
        raise NotImplementedError(f"{type(self).__name__}.vectors")

    def dense(self, features: Features, weights: Callable[[Any], Any]) -> Any:
        _refuse_sequence(self, self._kind)
        return self.vectors(features.categories(self.categorical_column), weights)


@named
class IndicatorColumn(VectorColumn, namedtuple("IndicatorColumn", ["categorical_column"])):
    """How often each category occurs, or the sums of their weights."""

    __slots__ = ()
    _kind = "indicator_column"

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> tuple[int, ...]:
        return (1, self.categorical_column.num_buckets)

    def vectors(self, found: Categories, weights: Callable[[Any], Any]) -> Any:
        ids = where(found.present, found.ids, np.int64(-1))
        hot = one_hot(ids, self.categorical_column.num_buckets, 1.0, 0.0)
        if found.weights is not None:
            hot = hot * expand_dims(found.weights, -1)
        return reduce_sum(hot, axis=-2)


@export("feature_column.indicator_column")
def indicator_column(categorical_column: Any) -> IndicatorColumn:
    """How often each category occurs in a row: a multi-hot vector.

    Args:
      categorical_column: the categories.

    >>> import tfjax as tf
    >>> day = tf.feature_column.categorical_column_with_identity("day", 3)
    >>> layer = tf.keras.layers.DenseFeatures([tf.feature_column.indicator_column(day)])
    >>> layer({"day": tf.constant([[1, 1], [2, -1]])}).numpy()
    array([[0., 2., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    if not isinstance(categorical_column, CategoricalColumn):
        raise ValueError(f"Unsupported input type. Input must be a CategoricalColumn. Given: {categorical_column}")
    return IndicatorColumn(categorical_column)


class _TableColumn(VectorColumn):
    """A column of rows of a table, combined."""

    __slots__ = ()
    _kind = "embedding_column"
    combiner: str
    max_norm: Any
    use_safe_embedding_lookup: bool

    def vectors(self, found: Categories, weights: Callable[[Any], Any]) -> Any:
        if self.combiner not in ("mean", "sqrtn", "sum"):
            raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {self.combiner}")
        table = weights(self)
        if not self.use_safe_embedding_lookup:
            return self._unsafe(found, table)
        there = found.present & (found.ids >= 0)
        if found.weights is not None and self.combiner != "sum":
            there = there & (found.weights > 0)
        factors = cast(there, dtypes.float32)
        if found.weights is not None:
            factors = factors * found.weights
        rows = gather_rows(table, where(there, found.ids, np.int64(0)))
        if self.max_norm is not None:
            rows = clip_by_norm(rows, self.max_norm, axes=[len(rows.shape) - 1])
        total = reduce_sum(rows * expand_dims(factors, -1), axis=-2)
        if self.combiner == "sum":
            return total
        divisor = reduce_sum(factors, axis=-1) if self.combiner == "mean" else sqrt(reduce_sum(square(factors), axis=-1))
        return divide_no_nan(total, expand_dims(divisor, -1))

    def _unsafe(self, found: Categories, table: Any) -> Any:
        """As TensorFlow has it: -1 raises, and rows without categories are left out at the end."""
        there = found.present.host_value()
        indices = np.argwhere(there).astype(np.int64)

        def sparse(values: Any) -> Any:
            return made(indices, Tensor(values.host_value()[there]), there.shape)

        weights = None if found.weights is None else sparse(found.weights)
        return embedding_lookup_sparse(table, sparse(found.ids), weights, self.combiner, self.max_norm)


@named
class EmbeddingColumn(
    _TableColumn,
    namedtuple("EmbeddingColumn", [
        "categorical_column", "dimension", "combiner", "initializer", "ckpt_to_load_from", "tensor_name_in_ckpt", "max_norm",
        "trainable", "use_safe_embedding_lookup",
    ]),
):
    """Vectors of categories."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_embedding"

    @property
    def variable_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def table(self) -> Any:
        """What tells the table apart from others."""
        return self

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return self.categorical_column.num_buckets


class SharedTable:
    """The table of several columns.

    Args:
      rows, dimension: its shape.
      name, initializer, ckpt_to_load_from, tensor_name_in_ckpt, trainable: as of `shared_embeddings`.
    """

    def __init__(self, rows: int, dimension: int, name: str, initializer: Any, ckpt_to_load_from: Any, tensor_name_in_ckpt: Any, trainable: bool) -> None:
        self.rows, self.dimension, self.name, self.initializer = rows, dimension, name, initializer
        self.ckpt_to_load_from, self.tensor_name_in_ckpt, self.trainable = ckpt_to_load_from, tensor_name_in_ckpt, trainable


class SharedEmbeddingColumn(
    _TableColumn,
    namedtuple("SharedEmbeddingColumn", ["categorical_column", "shared_embedding_column_creator", "combiner", "max_norm", "use_safe_embedding_lookup"]),
):
    """Vectors of categories from a table that other columns use too."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def variable_shape(self) -> tuple[int, ...]:
        return (self.table.dimension,)

    @property
    def table(self) -> Any:
        """What tells the table apart from others."""
        return self.shared_embedding_column_creator

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("A column of shared embeddings has no config: its table belongs to several columns.")


def initial_table(table: Any) -> Any:
    """The first values of a column's table: from a checkpoint, or the initializer."""
    if table.ckpt_to_load_from is not None:
        return load_variable(table.ckpt_to_load_from, table.tensor_name_in_ckpt)
    return table.initializer([table.rows, table.dimension], dtype=dtypes.float32)


def _check_table(dimension: Any, ckpt: Any, tensor_name: Any, initializer: Any, what: str) -> Any:
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt is None) != (tensor_name is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified. {what}")
    return TruncatedNormal(0.0, 1 / math.sqrt(dimension)) if initializer is None else initializer


@export("feature_column.embedding_column")
def embedding_column(
    categorical_column: Any, dimension: int, combiner: str = "mean", initializer: Any = None, ckpt_to_load_from: Any = None,
    tensor_name_in_ckpt: Any = None, max_norm: Any = None, trainable: bool = True, use_safe_embedding_lookup: bool = True,
) -> EmbeddingColumn:
    """Trained vectors of categories.

    Args:
      categorical_column: the categories.
      dimension: the vectors' size.
      combiner: how the vectors of a row become one: "mean", "sqrtn" or "sum".
      initializer: of the table; truncated normal numbers by default.
      ckpt_to_load_from, tensor_name_in_ckpt: where the table's first values are.
      max_norm: longer vectors are scaled down.
      trainable: whether the table is trained.
      use_safe_embedding_lookup: rows without categories give zeros; without it they must not occur.

    >>> import tfjax as tf
    >>> word = tf.feature_column.categorical_column_with_identity("word", 10)
    >>> layer = tf.keras.layers.DenseFeatures(tf.feature_column.embedding_column(word, 4))
    >>> layer({"word": tf.constant([[1], [7]])}).shape
    TensorShape([2, 4])
    """
    initializer = _check_table(dimension, ckpt_to_load_from, tensor_name_in_ckpt, initializer, f"Embedding of column_name: {categorical_column.name}")
    return EmbeddingColumn(
        categorical_column, dimension, combiner, initializer, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable,
        use_safe_embedding_lookup,
    )


def _core(column: Any) -> Any:
    """The column inside a weighted column or a sequence."""
    while isinstance(column, (WeightedCategoricalColumn, SequenceCategoricalColumn)):
        column = column.categorical_column
    return column


@export("feature_column.shared_embeddings")
def shared_embeddings(
    categorical_columns: Any, dimension: int, combiner: str = "mean", initializer: Any = None, shared_embedding_collection_name: Any = None,
    ckpt_to_load_from: Any = None, tensor_name_in_ckpt: Any = None, max_norm: Any = None, trainable: bool = True,
    use_safe_embedding_lookup: bool = True,
) -> list[SharedEmbeddingColumn]:
    """Trained vectors of several categorical columns from one table.

    Differs from TensorFlow: works in eager mode too, with `DenseFeatures`.

    Args:
      categorical_columns: columns of one kind with equally many categories.
      shared_embedding_collection_name: the table's name.
      dimension, combiner, …: as of `embedding_column`.

    >>> import tfjax as tf
    >>> a, b = [tf.feature_column.categorical_column_with_identity(k, 10) for k in ("seen", "bought")]
    >>> layer = tf.keras.layers.DenseFeatures(tf.feature_column.shared_embeddings([a, b], 3))
    >>> layer({"seen": tf.constant([[1]]), "bought": tf.constant([[2]])}).shape, len(layer.weights)
    (TensorShape([1, 6]), 1)
    """
    initializer = _check_table(dimension, ckpt_to_load_from, tensor_name_in_ckpt, initializer, "")
    columns = sorted(categorical_columns, key=lambda c: c.name)
    first, buckets = columns[0], columns[0].num_buckets
    for column in columns[1:]:
        if type(_core(column)) is not type(_core(first)):
            raise ValueError(
                "To use shared_embedding_column, all categorical_columns must have the same type, or be weighted_categorical_column or "
                f"sequence column of the same type. Given column: {first} of type: {type(first)} does not match given column: {column} of type: {type(column)}"
            )
        if column.num_buckets != buckets:
            raise ValueError(
                f"To use shared_embedding_column, all categorical_columns must have the same number of buckets. Given column: {first} "
                f"with buckets: {buckets} does  not match column: {column} with buckets: {column.num_buckets}"
            )
    name = shared_embedding_collection_name or "_".join(c.name for c in columns) + "_shared_embedding"
    table = SharedTable(buckets, dimension, name, initializer, ckpt_to_load_from, tensor_name_in_ckpt, trainable)
    return [SharedEmbeddingColumn(c, table, combiner, max_norm, use_safe_embedding_lookup) for c in categorical_columns]
