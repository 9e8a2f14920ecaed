"""tf.feature_column: what a column is, and the numeric ones."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io.features import FixedLenFeature
from tfjax._src.ops.array.creation import one_hot, ones_like
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape
from tfjax._src.ops.math.buckets import searchsorted
from tfjax._src.ops.math.comparison import not_equal
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse import arrange
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


class Raw(NamedTuple):
    """The values of a feature, [batch, n], and which of them are there."""

    values: Any
    present: Any


class Categories(NamedTuple):
    """Numbers of categories, [batch, n], which of them are there, and weights or None."""

    ids: Any
    present: Any
    weights: Any = None


class Features:
    """The features of one call. What several columns read is computed once.

    Args:
      values: feature tensors by name.
      tables: what columns keep between calls, by column.
    """

    def __init__(self, values: dict[str, Any], tables: dict[Any, Any]) -> None:
        self._values, self.tables = values, tables
        self._raw: dict[str, Raw] = {}
        self._categories: dict[Any, Categories] = {}

    def tensor(self, key: str) -> Any:
        """A feature: a tensor of at least two axes, or a SparseTensor."""
        if key not in self._values:
            raise ValueError(f"Feature {key} is not in features dictionary.")
        value = self._values[key]
        if isinstance(value, RaggedTensor):
            value = value.to_sparse()
        if isinstance(value, SparseTensor):
            return value
        value = to_tensor(value)
        if value.shape.rank == 0:
            raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {value}")
        return expand_dims(value, -1) if value.shape.rank == 1 else value

    def raw(self, key: str) -> Raw:
        """A feature's values: of a dense tensor, all but empty strings and -1 are there."""
        if key not in self._raw:
            self._raw[key] = as_raw(self.tensor(key))
        return self._raw[key]

    def categories(self, column: Any) -> Categories:
        """What a categorical column makes of the features."""
        if column not in self._categories:
            self._categories[column] = column.categories(self)
        return self._categories[column]


def as_raw(value: Any) -> Raw:
    """Values and presence of a dense or sparse feature."""
    if isinstance(value, SparseTensor):
        blank = b"" if value.dtype is dtypes.string else np.zeros((), value.dtype.np)
        there = value.with_values(ones_like(value.values, dtypes.bool) if value.dtype is not dtypes.string else Tensor(np.ones(value.values.shape.as_list(), bool)))
        return Raw(arrange.to_dense(value, blank), arrange.to_dense(there, False))
    missing = b"" if value.dtype is dtypes.string else np.array(-1).astype(value.dtype.np)
    return Raw(value, not_equal(value, missing))


class FeatureColumn:
    """A description of how features become numbers; made by the functions of `tf.feature_column`."""

    __slots__ = ()
    _fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the column is called: its feature's name with what is done to it."""
        raise NotImplementedError(f"{type(self).__name__}.name")

    @property
    def parents(self) -> list[Any]:
        """The columns and features that it reads."""
        raise NotImplementedError(f"{type(self).__name__}.parents")

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """What `tf.io.parse_example` needs to know of its features."""
        raise NotImplementedError(f"{type(self).__name__}.parse_example_spec")

    def get_config(self) -> dict[str, Any]:
        """The column's settings, as plain values."""
        return {name: _written(getattr(self, name)) for name in self._fields}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None, columns_by_name: Any = None) -> Any:
        """A column from `get_config`'s result."""
        return cls(**{name: _read(name, value, custom_objects) for name, value in config.items()})


class DenseColumn(FeatureColumn):
    """A column of `variable_shape` numbers a row."""

    __slots__ = ()

    @property
    def variable_shape(self) -> tuple[int, ...]:
        """The shape of what one row gives."""
        raise NotImplementedError(f"{type(self).__name__}.variable_shape")

    def dense(self, features: Features, weights: Callable[[Any], Any]) -> Any:
        """Numbers [batch, …]; `weights(column)` gives the table of an embedding."""
        raise NotImplementedError(f"{type(self).__name__}.dense")


class CategoricalColumn(FeatureColumn):
    """A column of numbers of categories."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        raise NotImplementedError(f"{type(self).__name__}.num_buckets")

    def categories(self, features: Features) -> Categories:
        """The categories of each row."""
        raise NotImplementedError(f"{type(self).__name__}.categories")


#: Column classes by name, for configs.
CLASSES: dict[str, type] = {}


def named(cls: type) -> type:
    """Registers a column class for `from_config`."""
    CLASSES[cls.__name__] = cls
    return cls


def serialized(column: Any) -> Any:
    """A column as a config with its class's name."""
    return {"class_name": type(column).__name__, "config": column.get_config()}


def _written(value: Any) -> Any:
    if isinstance(value, FeatureColumn):
        return serialized(value)
    if isinstance(value, tuple):
        return tuple(_written(v) for v in value)
    if isinstance(value, dtypes.DType):
        return value.name
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return value.__name__ if callable(value) else value


def _read(name: str, value: Any, custom_objects: Any) -> Any:
    if isinstance(value, dict) and value.get("class_name") in CLASSES:
        return CLASSES[value["class_name"]].from_config(value["config"], custom_objects)
    if isinstance(value, (list, tuple)):
        return tuple(_read("", v, custom_objects) for v in value)
    if value is None:
        return None
    if name == "dtype":
        return dtypes.as_dtype(value)
    if name in ("initializer", "normalizer_fn"):
        return read_function(value, custom_objects)
    return value


def read_function(value: Any, custom_objects: Any) -> Any:
    """A function or initializer from its config or name."""
    from tfjax._src.keras import initializers
    from tfjax._src.keras.lookup import custom_objects as scope

    known = {**scope(), **(custom_objects or {})}
    if isinstance(value, dict) and value["class_name"] in CLASSES:
        return CLASSES[value["class_name"]].from_config(value["config"])
    if isinstance(value, str) and value in known:
        return known[value]
    return initializers.get(value)


def check_key(key: Any) -> None:
    """Raises ValueError if a feature's name is no string."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def check_shape(shape: Any, key: str) -> tuple[int, ...]:
    """The shape of a numeric column's values as a tuple."""
    dims = tuple(shape) if isinstance(shape, (list, tuple)) or hasattr(shape, "as_list") else (shape,)
    for size in dims:
        if not isinstance(size, (int, np.integer)):
            raise TypeError(f"shape dimensions must be integer. shape: {dims}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {dims}, key: {key}")
    return dims


def check_number(dtype: Any, key: str) -> dtypes.DType:
    """The dtype of a numeric column."""
    kind = dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {kind!r}, key: {key}".replace(repr(kind), f"<dtype: '{kind.name}'>"))
    return kind


def _check_default(shape: tuple[int, ...], value: Any, dtype: dtypes.DType, key: str) -> Any:
    """A numeric column's default as nested tuples of its shape."""
    if value is None:
        return None
    given = np.array(value)
    if given.dtype.kind not in ("iu" if dtype.is_integer else "iuf"):
        raise TypeError(f"default_value must be compatible with dtype. default_value: {value}, dtype: <dtype: '{dtype.name}'>, key: {key}")
    if given.ndim and given.shape != shape:
        raise ValueError(f"The shape of default_value must be equal to given shape. default_value: {value}, shape: {shape}, key: {key}")
    return _tuples(value if given.ndim else np.full(shape, value).tolist())


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, (list, tuple, np.ndarray)) else value


@named
class NumericColumn(DenseColumn, namedtuple("NumericColumn", ["key", "shape", "default_value", "dtype", "normalizer_fn"])):
    """Numbers as they are."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.key

    @property
    def parents(self) -> list[Any]:
        return [self.key]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def variable_shape(self) -> tuple[int, ...]:
        return self.shape

    def numbers(self, features: Features) -> Any:
        """The feature's numbers as float32."""
        value = features.tensor(self.key)
        if isinstance(value, SparseTensor):
            raise ValueError(f"The corresponding Tensor of numerical column must be a Tensor. SparseTensor is not supported. key: {self.key}")
        return cast(value if self.normalizer_fn is None else self.normalizer_fn(value), dtypes.float32)

    def dense(self, features: Features, weights: Callable[[Any], Any]) -> Any:
        return self.numbers(features)


@export("feature_column.numeric_column")
def numeric_column(key: str, shape: Any = (1,), default_value: Any = None, dtype: Any = dtypes.float32, normalizer_fn: Any = None) -> NumericColumn:
    """Numbers as they are.

    Args:
      key: the feature's name.
      shape: the shape of a row's numbers.
      default_value: what `tf.io.parse_example` puts where an example lacks the feature.
      dtype: the dtype that is parsed; the column gives float32.
      normalizer_fn: applied to the feature's tensor.

    >>> import tfjax as tf
    >>> tf.feature_column.numeric_column("age").variable_shape
    (1,)
    """
    check_key(key)
    dims = check_shape(shape, key)
    kind = check_number(dtype, key)
    default = _check_default(dims, default_value, kind, key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    return NumericColumn(key, dims, default, kind, normalizer_fn)


@named
class BucketizedColumn(DenseColumn, CategoricalColumn, namedtuple("BucketizedColumn", ["source_column", "boundaries"])):
    """Which of several ranges a number is in."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def parents(self) -> list[Any]:
        return [self.source_column]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        return self.source_column.parse_example_spec

    @property
    def _ranges(self) -> int:
        return len(self.boundaries) + 1

    @property
    def variable_shape(self) -> tuple[int, ...]:
        return (*self.source_column.shape, self._ranges)

    @property
    def num_buckets(self) -> int:
        return self._ranges * self.source_column.shape[0]

    def _buckets(self, features: Features) -> Any:
        numbers = self.source_column.numbers(features)
        edges = np.array(self.boundaries, np.float32)
        return reshape(searchsorted(edges, reshape(numbers, [-1]), side="right"), [-1, *numbers.shape.as_list()[1:]])

    def dense(self, features: Features, weights: Callable[[Any], Any]) -> Any:
        return one_hot(cast(self._buckets(features), dtypes.int64), self._ranges, 1.0, 0.0)

    def categories(self, features: Features) -> Categories:
        buckets = cast(self._buckets(features), dtypes.int64)
        ids = buckets + self._ranges * np.arange(self.source_column.shape[0], dtype=np.int64)
        return Categories(ids, ones_like(ids, dtypes.bool))


@export("feature_column.bucketized_column")
def bucketized_column(source_column: Any, boundaries: Any) -> BucketizedColumn:
    """Which range a number is in: (-inf, b0), [b0, b1), …, [bn, inf).

    Args:
      source_column: a `numeric_column` of one axis.
      boundaries: sorted numbers.

    >>> import tfjax as tf
    >>> age = tf.feature_column.numeric_column("age")
    >>> layer = tf.keras.layers.DenseFeatures(tf.feature_column.bucketized_column(age, [18, 65]))
    >>> layer({"age": tf.constant([[20.0]])}).numpy()
    array([[0., 1., 0.]], dtype=float32)
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if isinstance(boundaries, (list, tuple, np.ndarray)) and not len(boundaries):
        raise ValueError("boundaries must not be empty.")
    if not isinstance(boundaries, (list, tuple)) or any(a >= b for a, b in zip(boundaries, boundaries[1:])):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))


@export("feature_column.make_parse_example_spec")
def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """What `tf.io.parse_example` needs to read the features of several columns.

    Args:
      feature_columns: the columns.

    Raises:
      ValueError: something that is no column, or two columns that read one feature differently.

    >>> import tfjax as tf
    >>> tf.feature_column.make_parse_example_spec([tf.feature_column.numeric_column("age")])
    {'age': FixedLenFeature(shape=(1,), dtype=tf.float32, default_value=None)}
    """
    found: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"All feature_columns must be FeatureColumn instances. Given: {column}")
        for key, value in column.parse_example_spec.items():
            if found.setdefault(key, value) != value:
                raise ValueError(f"feature_columns contain different parse_spec for key {key}. Given {value} and {found[key]}")
    return found
