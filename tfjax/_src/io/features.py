"""What `parse_example` looks for: features of fixed, variable, sparse and ragged length."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export


@export("io.FixedLenFeature")
class FixedLenFeature(namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"])):
    """A feature with values of one shape in every example.

    Args:
      shape: the shape.
      dtype: float32, int64 or string.
      default_value: what an example without the feature gets; missing features raise if None.

    >>> import tfjax as tf
    >>> tf.io.FixedLenFeature([], tf.int64)
    FixedLenFeature(shape=[], dtype=tf.int64, default_value=None)
    """

    __slots__ = ()

    def __new__(cls, shape: Any, dtype: Any, default_value: Any = None) -> FixedLenFeature:
        return super().__new__(cls, shape, dtype, default_value)


@export("io.VarLenFeature")
class VarLenFeature(namedtuple("VarLenFeature", ["dtype"])):
    """A feature of any number of values, parsed as a sparse tensor.

    >>> import tfjax as tf
    >>> tf.io.VarLenFeature(tf.string)
    VarLenFeature(dtype=tf.string)
    """

    __slots__ = ()


@export("io.FixedLenSequenceFeature")
class FixedLenSequenceFeature(namedtuple("FixedLenSequenceFeature", ["shape", "dtype", "allow_missing", "default_value"])):
    """A feature of any number of entries of one shape, parsed as a padded tensor.

    Args:
      shape: the shape of an entry.
      dtype: float32, int64 or string.
      allow_missing: whether examples may lack the feature; True is needed in `parse_example`.
      default_value: what to pad with.

    >>> import tfjax as tf
    >>> tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True).allow_missing
    True
    """

    __slots__ = ()

    def __new__(cls, shape: Any, dtype: Any, allow_missing: bool = False, default_value: Any = None) -> FixedLenSequenceFeature:
        return super().__new__(cls, shape, dtype, allow_missing, default_value)


@export("io.SparseFeature")
class SparseFeature(namedtuple("SparseFeature", ["index_key", "value_key", "dtype", "size", "already_sorted"])):
    """A sparse tensor from one feature of values and one of indices per axis.

    Args:
      index_key: the name of the indices' feature, or several.
      value_key: the name of the values' feature.
      dtype: of the values.
      size: the length of each axis.
      already_sorted: whether the indices are in order.

    >>> import tfjax as tf
    >>> tf.io.SparseFeature("i", "v", tf.float32, 10).size
    10
    """

    __slots__ = ()

    def __new__(cls, index_key: Any, value_key: Any, dtype: Any, size: Any, already_sorted: bool = False) -> SparseFeature:
        return super().__new__(cls, index_key, value_key, dtype, size, already_sorted)


class _Partition(namedtuple("_Partition", ["key"])):
    """A partition whose numbers are in another feature."""

    __slots__ = ()


@export("io.RaggedFeature")
class RaggedFeature(namedtuple("RaggedFeature", ["dtype", "value_key", "partitions", "row_splits_dtype", "validate"])):
    """A ragged tensor from one feature of values and others that tell its rows.

    Args:
      dtype: of the values.
      value_key: the values' feature; by default the name under which this one stands.
      partitions: outermost first: `RaggedFeature.RowSplits("key")`, `RowLengths`, `RowStarts`,
        `RowLimits`, `ValueRowIds` or `UniformRowLength(n)`.
      row_splits_dtype: int32 or int64.
      validate: no effect.

    >>> import tfjax as tf
    >>> tf.io.RaggedFeature(tf.string).dtype
    tf.string
    """

    __slots__ = ()

    class RowSplits(_Partition):
        """Where rows start, and the end."""

    class RowLengths(_Partition):
        """How long rows are."""

    class RowStarts(_Partition):
        """Where rows start."""

    class RowLimits(_Partition):
        """Where rows end."""

    class ValueRowIds(_Partition):
        """Which row each value is in."""

    class UniformRowLength(namedtuple("UniformRowLength", ["length"])):
        """One length for all rows."""

        __slots__ = ()

    def __new__(cls, dtype: Any, value_key: Any = None, partitions: Any = (), row_splits_dtype: Any = dtypes.int32, validate: bool = False) -> RaggedFeature:
        if value_key is not None and not isinstance(value_key, str):
            raise ValueError(f"Argument `value_key` must be a string; got {value_key!r}")
        kind = dtypes.as_dtype(row_splits_dtype)
        if kind not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `row_splits_dtype` must be int32 or int64; got {kind!r}")
        return super().__new__(cls, dtypes.as_dtype(dtype), value_key, tuple(partitions), kind, validate)
