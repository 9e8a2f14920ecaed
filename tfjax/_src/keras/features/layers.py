"""DenseFeatures and SequenceFeatures: layers that compute feature columns."""

from __future__ import annotations

import math
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.features.columns import CLASSES, DenseColumn, FeatureColumn, Features, serialized
from tfjax._src.keras.features.embeddings import EmbeddingColumn, SharedEmbeddingColumn, VectorColumn, initial_table
from tfjax._src.keras.features.sequences import SequenceCategoricalColumn, SequenceNumericColumn, lengths
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import reshape


class _Table(Layer):
    """The table of an embedding column, under the column's name."""

    def __init__(self, column: Any) -> None:
        super().__init__(name=column.name)
        self._column = column

    def build(self, input_shape: Any = None) -> None:
        column = self._column
        self.embedding_weights = self.add_weight(
            name="embedding_weights", shape=(column.rows, column.dimension),
            initializer=lambda shape, dtype=None: initial_table(column), trainable=column.trainable,
        )
        self.embedding_weights._holds_rows = True

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}


def _sorted_columns(columns: Any, kind: type | tuple[type, ...], kind_name: str) -> list[Any]:
    """Checked columns, in the order of their names."""
    if isinstance(columns, FeatureColumn):
        columns = [columns]
    if isinstance(columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    columns = list(columns)
    if not columns:
        raise ValueError("feature_columns must not be empty.")
    names: dict[str, Any] = {}
    for column in columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"Items of feature_columns must be a FeatureColumn. Given (type {type(column)}): {column}.")
        if not isinstance(column, kind):
            raise ValueError(f"Items of feature_columns must be a {kind_name}. You can wrap a categorical column with an embedding_column or indicator_column. Given: {column}")
        if column.name in names:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and {names[column.name]}. This usually means that these columns "
                "refer to same base feature. Either one must be discarded or a duplicated but renamed item must be inserted in features dict."
            )
        names[column.name] = column
    return sorted(columns, key=lambda c: c.name)


class _ColumnsLayer(Layer):
    """A layer with feature columns."""

    _kind: Any = DenseColumn
    _kind_name = "DenseColumn"

    def __init__(self, feature_columns: Any, trainable: bool = True, name: Any = None, **kwargs: Any) -> None:
        kwargs.pop("partitioner", None) if kwargs.get("partitioner", 0) is None else None
        super().__init__(name=name, trainable=trainable, **kwargs)
        # Columns have their own float dtype: what they read stays as it is.
        self.autocast = False
        self._feature_columns = _sorted_columns(feature_columns, self._kind, self._kind_name)
        self._lookup_tables: dict[Any, Any] = {}

    def build(self, input_shape: Any) -> None:
        self._tables = []
        self._table_index: dict[Any, Any] = {}
        for column in self._feature_columns:
            if isinstance(column, (EmbeddingColumn, SharedEmbeddingColumn)) and column.table not in self._table_index:
                table = _Table(column.table)
                table.build(None)
                table.trainable = self.trainable
                self._tables.append(table)
                self._table_index[column.table] = table

    def _weights_of(self, column: Any) -> Any:
        return self._table_index[column.table].embedding_weights

    def _features(self, features: Any) -> Features:
        if not isinstance(features, dict):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        return Features(features, self._lookup_tables)

    def get_config(self) -> dict[str, Any]:
        columns = [serialized(c) for c in self._feature_columns]
        return {**super().get_config(), "feature_columns": columns, "partitioner": None}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        columns = [CLASSES[c["class_name"]].from_config(c["config"], custom_objects) for c in config["feature_columns"]]
        return cls(**{**config, "feature_columns": columns})


@export("keras.layers.DenseFeatures")
class DenseFeatures(_ColumnsLayer):
    """Turns a dict of features into one matrix, as feature columns describe. Keras 2's layer.

    The columns' results are joined in the order of their names.

    Args:
      feature_columns: dense columns of `tf.feature_column`, or one.
      trainable: whether embeddings are trained.
      name: its name.
      **kwargs: as of Layer.

    Call arguments: `features`, a dict of tensors; `cols_to_output_tensors`, a dict that gets each
    column's result.

    >>> import tfjax as tf
    >>> age = tf.feature_column.numeric_column("age")
    >>> ranges = tf.feature_column.bucketized_column(age, [18, 65])
    >>> tf.keras.layers.DenseFeatures([age, ranges])({"age": tf.constant([[20.0]])}).numpy()
    array([[20.,  0.,  1.,  0.]], dtype=float32)
    """

    _kind_name = "DenseColumn"

    def __call__(self, features: Any, cols_to_output_tensors: Any = None, training: Any = None) -> Any:
        self.__dict__["_collected"] = cols_to_output_tensors
        try:
            return super().__call__(features, training=training)
        finally:
            self.__dict__["_collected"] = None

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (None, sum(math.prod(c.variable_shape) for c in self._feature_columns))

    def call(self, features: Any, training: Any = None) -> Any:
        found = self._features(features)
        outputs = []
        for column in self._feature_columns:
            value = column.dense(found, self._weights_of)
            value = reshape(value, [-1, math.prod(column.variable_shape)])
            if self.__dict__.get("_collected") is not None:
                self._collected[column] = value
            outputs.append(value)
        return concat(outputs, -1) if len(outputs) > 1 else outputs[0]


@export("keras.experimental.SequenceFeatures")
class SequenceFeatures(_ColumnsLayer):
    """Turns a dict of features of sequences into [batch, time, n] and the sequences' lengths.

    Args:
      feature_columns: `sequence_numeric_column`, and indicators and embeddings of sequences.
      trainable: whether embeddings are trained.
      name: its name.
      **kwargs: as of Layer.

    >>> import tfjax as tf
    >>> load = tf.feature_column.sequence_numeric_column("load")
    >>> values = tf.sparse.SparseTensor([[0, 0], [1, 0], [1, 1]], [1.0, 2.0, 3.0], [2, 2])
    >>> inputs, lengths = tf.keras.experimental.SequenceFeatures([load])({"load": values})
    >>> inputs.shape, lengths.numpy()
    (TensorShape([2, 2, 1]), array([1, 2]))
    """

    _kind = (SequenceNumericColumn, VectorColumn)
    _kind_name = "SequenceDenseColumn"

    def call(self, features: Any, training: Any = None) -> Any:
        found = self._features(features)
        outputs, count = [], None
        for column in self._feature_columns:
            if isinstance(column, SequenceNumericColumn):
                value, count = column.sequence(found, self._weights_of)
                value = reshape(value, [value.shape[0], value.shape[1], -1])
            else:
                if not isinstance(column.categorical_column, SequenceCategoricalColumn):
                    raise ValueError(
                        f"In {column._kind}: {column.name}. categorical_column must be of type SequenceCategoricalColumn to use SequenceFeatures. Suggested "
                        f"fix: Use one of sequence_categorical_column_with_*. Given (type {type(column.categorical_column)}): {column.categorical_column}"
                    )
                categories = found.categories(column.categorical_column)
                value, count = column.vectors(categories, self._weights_of), lengths(categories.present)
            outputs.append(value)
        return (concat(outputs, -1) if len(outputs) > 1 else outputs[0]), count
