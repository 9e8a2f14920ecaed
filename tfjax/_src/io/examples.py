"""tf.io.parse_example and parse_single_example."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io.csv import column
from tfjax._src.io.features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)
from tfjax._src.io.files import host_strings

_KINDS = {"bytes_list": dtypes.string, "float_list": dtypes.float32, "int64_list": dtypes.int64}
_LISTS = {dtype: name for name, dtype in _KINDS.items()}
_CC_NAMES = {dtypes.float32: "float", dtypes.int64: "int64", dtypes.string: "string"}
_ORDER = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature, RaggedFeature)


class Row:
    """The features of one example, by name, and how errors call the example."""

    def __init__(self, features: Any, number: int | None, name: str = "<unknown>") -> None:
        self.features, self.number, self.name = features, number, name

    def values(self, key: str, dtype: DType) -> Any:
        """The values of a feature; None if there are none. Raises for values of another dtype."""
        if key not in self.features:
            return None
        feature = self.features[key]
        kind = feature.WhichOneof("kind")
        if kind is None:
            return None
        if _KINDS[kind] is not dtype:
            raise self.error(
                f"Data types don't match. Data type: {_CC_NAMES[_KINDS[kind]]} but expected type: {_CC_NAMES[dtype]}", key
            )
        return getattr(feature, kind).value

    def error(self, text: str, key: str) -> Exception:
        """The error of one feature."""
        place = f"Key: {key}. " if self.number is None else f"Name: {self.name}, Key: {key}, Index: {self.number}. "
        return InvalidArgumentError(None, None, f"{place} {text} [Op:ParseExampleV2]")

    def missing(self, key: str, dtype: DType) -> Exception:
        """The error of a feature that is required."""
        place = "" if self.number is None else f"Name: {self.name}, "
        return InvalidArgumentError(
            None, None,
            f"{place}Feature: {key} (data type: {_CC_NAMES[dtype]}) is required but could not be found. [Op:ParseExampleV2]",
        )


def checked(dtype: Any) -> DType:
    """A dtype that examples can hold."""
    kind = dtypes.as_dtype(dtype)
    if kind not in _LISTS:
        raise InvalidArgumentError(None, None, f"Value for attr 'Tdense' of {kind.name} is not in the list of allowed values: float, int64, string")
    return kind


def _array(values: Any, dtype: DType) -> np.ndarray:
    return column(list(values), dtype) if dtype is dtypes.string else np.array(values, dtype.np)


def _default(value: Any, dtype: DType, shape: tuple[int, ...]) -> np.ndarray:
    array = to_tensor(value, None if isinstance(value, np.ndarray) else dtype).host_value()
    if array.size != math.prod(shape):
        raise InvalidArgumentError(
            None, None,
            f"Input to reshape is a tensor with {array.size} values, but the requested shape has {math.prod(shape)} [Op:Reshape]",
        )
    return array.reshape(shape)


def _shape(shape: Any) -> tuple[int, ...]:
    dims = shape.as_list() if hasattr(shape, "as_list") else [shape] if isinstance(shape, int) else list(shape)
    return tuple(int(d) for d in dims)


def fixed(rows: list[Row], key: str, feature: FixedLenFeature) -> np.ndarray:
    """[rows, *shape] values of a fixed-length feature."""
    dtype, shape = checked(feature.dtype), _shape(feature.shape)
    size = math.prod(shape)
    out = np.empty((len(rows), *shape), dtype.np if dtype is not dtypes.string else object)
    for i, row in enumerate(rows):
        values = row.values(key, dtype)
        if values is None:
            if feature.default_value is None:
                raise row.missing(key, dtype)
            out[i] = _default(feature.default_value, dtype, shape)
            continue
        if len(values) != size:
            if row.number is None:
                raise row.error(f"Can't parse serialized Example: Some {_LISTS[dtype]} slice was not parsed.", key)
            raise row.error(
                f"Number of {_CC_NAMES[dtype]} values != expected.  Values size: {len(values)} but output shape: "
                f"{'[' + ','.join(map(str, shape)) + ']'}", key,
            )
        out[i] = _array(values, dtype).reshape(shape) if shape else values[0]
    return out


def padded(rows: list[Row], key: str, feature: FixedLenSequenceFeature) -> np.ndarray:
    """[rows, longest, *shape] values, padded."""
    if not feature.allow_missing:
        raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
    dtype, shape = checked(feature.dtype), _shape(feature.shape)
    size = math.prod(shape)
    found = []
    for row in rows:
        values = row.values(key, dtype)
        values = () if values is None else values
        if len(values) % max(size, 1):
            raise row.error(f"Number of {_CC_NAMES[dtype]} values is not a multiple of stride length. Saw {len(values)} values but output shape is: {list(shape)}", key)
        found.append(_array(values, dtype).reshape(-1, *shape))
    return stack_padded(found, feature.default_value, dtype)


def stack_padded(found: list[np.ndarray], default: Any, dtype: DType) -> np.ndarray:
    """Arrays of different lengths stacked, filled up with a default."""
    fill = (b"" if dtype is dtypes.string else 0) if default is None else to_tensor(default, dtype).host_value()[()]
    out = np.full((len(found), max(map(len, found), default=0), *found[0].shape[1:]), fill, found[0].dtype)
    for i, array in enumerate(found):
        out[i, : len(array)] = array
    return out


def variable(rows: list[Row], key: str, feature: VarLenFeature, single: bool) -> Any:
    """Values of any number as a sparse tensor."""
    dtype = checked(feature.dtype)
    found = [list(row.values(key, dtype) or ()) for row in rows]
    values = [v for part in found for v in part]
    indices = [[j] if single else [i, j] for i, part in enumerate(found) for j in range(len(part))]
    longest = max(map(len, found), default=0)
    return sparse_tensor(indices, column(values, dtype), [longest] if single else [len(rows), longest])


def sparse_tensor(indices: list[list[int]], values: np.ndarray, shape: list[int]) -> Any:
    """A SparseTensor."""
    from tfjax._src.ops.sparse.sparse_tensor import SparseTensor

    places = np.array(indices, np.int64).reshape(-1, len(shape))
    return SparseTensor(Tensor(places), Tensor(values), Tensor(np.array(shape, np.int64)))


def _sparse(rows: list[Row], feature: SparseFeature, single: bool) -> Any:
    dtype = checked(feature.dtype)
    keys = feature.index_key if isinstance(feature.index_key, (list, tuple)) else [feature.index_key]
    sizes = feature.size if isinstance(feature.size, (list, tuple)) else [feature.size]
    entries = []
    for i, row in enumerate(rows):
        values = list(row.values(feature.value_key, dtype) or ())
        axes = [list(row.values(k, dtypes.int64) or ()) for k in keys]
        if any(len(axis) != len(values) for axis in axes):
            raise row.error("The numbers of indices and of values of a sparse feature differ.", feature.value_key)
        entries += [([*([] if single else [i]), *place], v) for *place, v in zip(*axes, values)]
    if not feature.already_sorted:
        entries.sort(key=lambda e: e[0])
    shape = [*([] if single else [len(rows)]), *map(int, sizes)]
    return sparse_tensor([e[0] for e in entries], column([e[1] for e in entries], dtype), shape)


def _lengths(partition: Any, row: Row, count: int) -> list[int]:
    """Lengths of the rows that a partition makes of `count` values."""
    if isinstance(partition, RaggedFeature.UniformRowLength):
        return [partition.length] * (count // max(partition.length, 1))
    numbers = [int(v) for v in row.values(partition.key, dtypes.int64) or ()]
    if isinstance(partition, RaggedFeature.RowLengths):
        return numbers
    if isinstance(partition, RaggedFeature.ValueRowIds):
        return np.bincount(numbers).tolist() if numbers else []
    if isinstance(partition, RaggedFeature.RowStarts):
        numbers = [*numbers, count]
    elif isinstance(partition, RaggedFeature.RowLimits):
        numbers = [0, *numbers]
    return np.diff(numbers).tolist() if numbers else []


def ragged(rows: list[Row], key: str, feature: RaggedFeature, single: bool) -> Any:
    """Values with their partitions as a ragged tensor (dense for one example without partitions)."""
    from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor

    dtype = checked(feature.dtype)
    flat: list[Any] = []
    levels: list[list[int]] = [[] for _ in range(len(feature.partitions) + 1)]
    for row in rows:
        values = list(row.values(feature.value_key or key, dtype) or ())
        flat += values
        count = len(values)
        for depth in range(len(feature.partitions) - 1, -1, -1):
            lengths = _lengths(feature.partitions[depth], row, count)
            levels[depth + 1] += lengths
            count = len(lengths)
        levels[0].append(count)
    chosen = levels[1:] if single else levels
    values = Tensor(column(flat, dtype))
    if not chosen:
        return values
    nested = [Tensor(np.array(level, feature.row_splits_dtype.np)) for level in chosen]
    return RaggedTensor.from_nested_row_lengths(values, nested)


def parse_rows(rows: list[Row], features: dict[str, Any], single: bool) -> dict[str, Any]:
    """Tensors of all features; of one example without the batch axis if `single`."""
    if not features:
        raise ValueError("Argument `features` cannot be None or falsy. Got " + repr(features))
    result: dict[str, Any] = {}
    for kind in _ORDER:
        for key in sorted(k for k, f in features.items() if isinstance(f, kind)):
            feature = features[key]
            if kind is VarLenFeature:
                result[key] = variable(rows, key, feature, single)
            elif kind is SparseFeature:
                result[key] = _sparse(rows, feature, single)
            elif kind is RaggedFeature:
                result[key] = ragged(rows, key, feature, single)
            else:
                array = fixed(rows, key, feature) if kind is FixedLenFeature else padded(rows, key, feature)
                result[key] = Tensor(np.asarray(array[0], array.dtype) if single else array)
    for key, feature in features.items():
        if not isinstance(feature, _ORDER):
            raise ValueError(f"Unsupported {type(feature).__name__} {feature} for key '{key}'")
    return result


def parse_proto(kind: Any, data: bytes) -> Any:
    """A message from its bytes; broken bytes give InvalidArgumentError."""
    try:
        return kind.FromString(data)
    except Exception:
        raise InvalidArgumentError(None, None, f"Could not parse example input, value: '{data.decode('utf-8', 'replace')}' [Op:ParseExampleV2]") from None


@export("io.parse_single_example")
def parse_single_example(serialized: Any, features: dict[str, Any], example_names: Any = None, name: str | None = None) -> dict[str, Any]:
    """The features of one serialized `tf.train.Example`, a dict of tensors.

    Args:
      serialized: scalar string tensor.
      features: what to look for, by name: `FixedLenFeature`, `VarLenFeature`, ….
      example_names: no effect.

    >>> import tfjax as tf
    >>> value = tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"a": value}))
    >>> parsed = tf.io.parse_single_example(example.SerializeToString(), {"a": tf.io.FixedLenFeature([], tf.int64)})
    >>> int(parsed["a"])
    3
    """
    from tfjax._src.io.protos import Example

    data = host_strings(serialized)
    if data.ndim:
        raise ValueError(f"Input serialized must be a scalar. Received shape {list(data.shape)}")
    example = parse_proto(Example, data[()])
    return parse_rows([Row(example.features.feature, None)], features, True)


@export("io.parse_example")
def parse_example(serialized: Any, features: dict[str, Any], example_names: Any = None, name: str | None = None) -> dict[str, Any]:
    """The features of a batch of serialized `tf.train.Example`s, a dict of tensors.

    Args:
      serialized: [batch] string tensor, or a scalar for one example.
      features: what to look for, by name: `FixedLenFeature`, `VarLenFeature`, ….
      example_names: how errors call the examples.

    >>> import tfjax as tf
    >>> value = tf.train.Feature(float_list=tf.train.FloatList(value=[1.0, 2.0]))
    >>> data = tf.train.Example(features=tf.train.Features(feature={"a": value})).SerializeToString()
    >>> tf.io.parse_example([data, data], {"a": tf.io.FixedLenFeature([2], tf.float32)})["a"].shape
    TensorShape([2, 2])
    """
    from tfjax._src.io.protos import Example

    data = host_strings(serialized)
    if not data.ndim:
        return parse_single_example(serialized, features)
    names = [] if example_names is None else [n.decode() for n in host_strings(example_names).reshape(-1).tolist()]
    rows = [
        Row(parse_proto(Example, d).features.feature, i, names[i] if i < len(names) else "<unknown>")
        for i, d in enumerate(data.tolist())
    ]
    return parse_rows(rows, features, False)
