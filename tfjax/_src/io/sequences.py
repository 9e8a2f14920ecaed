"""tf.io.parse_sequence_example and parse_single_sequence_example."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io import examples
from tfjax._src.io.csv import column
from tfjax._src.io.examples import Row, checked, parse_proto, parse_rows, sparse_tensor
from tfjax._src.io.features import FixedLenFeature, FixedLenSequenceFeature, RaggedFeature, VarLenFeature
from tfjax._src.io.files import host_strings


class _Steps:
    """The entries of one feature list of one sequence, each a list of values."""

    def __init__(self, sequence: Any, key: str, dtype: Any, required: bool) -> None:
        lists = sequence.feature_lists.feature_list
        if key not in lists and required:
            raise InvalidArgumentError(
                None, None,
                f"Name: <unknown>, Feature list '{key}' is required but could not be found.  Did you mean to include it in "
                "feature_list_dense_missing_assumed_empty or feature_list_dense_defaults? [Op:ParseSequenceExampleV2]",
            )
        entries = lists[key].feature if key in lists else ()
        self.values = [list(Row({key: f}, 0).values(key, dtype) or ()) for f in entries]


def _dense(steps: list[_Steps], feature: FixedLenSequenceFeature, key: str) -> list[np.ndarray]:
    dtype, shape = checked(feature.dtype), examples._shape(feature.shape)
    size = int(np.prod(shape, dtype=np.int64))
    for one in steps:
        for i, values in enumerate(one.values):
            if len(values) != size:
                raise InvalidArgumentError(
                    None, None,
                    f"Name: <unknown>, Key: {key}, Index: {i}.  Number of values != expected.  values size: {len(values)} but "
                    f"output shape: {list(shape)} [Op:ParseSequenceExampleV2]",
                )
    return [column([v for values in one.values for v in values], dtype).reshape(-1, *shape) for one in steps]


def _sparse(steps: list[_Steps], dtype: Any, single: bool) -> Any:
    indices, flat = [], []
    for i, one in enumerate(steps):
        for t, values in enumerate(one.values):
            indices += [[t, j] if single else [i, t, j] for j in range(len(values))]
            flat += values
    longest = max((len(one.values) for one in steps), default=0)
    widest = max((len(v) for one in steps for v in one.values), default=0)
    shape = [longest, widest] if single else [len(steps), longest, widest]
    return sparse_tensor(indices, column(flat, dtype), shape)


def _ragged(steps: list[_Steps], feature: RaggedFeature, single: bool) -> Any:
    from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor

    if feature.partitions:
        raise InvalidArgumentError(None, None, "RaggedFeature.partitions is not supported in sequence features; parse the values and partitions on their own.")
    flat = column([v for one in steps for values in one.values for v in values], feature.dtype)
    levels = [[len(values) for one in steps for values in one.values]]
    if not single:
        levels.insert(0, [len(one.values) for one in steps])
    nested = [Tensor(np.array(level, feature.row_splits_dtype.np)) for level in levels]
    return RaggedTensor.from_nested_row_lengths(Tensor(flat), nested)


def _parse(sequences: list[Any], context: Any, features: Any, single: bool) -> tuple[Any, Any, Any]:
    rows = [Row(s.context.feature, None if single else i) for i, s in enumerate(sequences)]
    found = parse_rows(rows, context, single) if context else {}
    result, lengths = {}, {}
    order = (VarLenFeature, FixedLenSequenceFeature, RaggedFeature)
    for kind in order:
        for key in sorted(k for k, f in (features or {}).items() if isinstance(f, kind)):
            feature = features[key]
            required = kind is FixedLenSequenceFeature and not feature.allow_missing
            source = getattr(feature, "value_key", None) or key
            steps = [_Steps(s, source, checked(feature.dtype), required) for s in sequences]
            if kind is VarLenFeature:
                result[key] = _sparse(steps, dtypes.as_dtype(feature.dtype), single)
            elif kind is RaggedFeature:
                result[key] = _ragged(steps, feature, single)
            else:
                arrays = _dense(steps, feature, key)
                whole = arrays[0] if single else examples.stack_padded(arrays, None, checked(feature.dtype))
                result[key] = Tensor(whole)
                lengths[key] = Tensor(np.array([len(a) for a in arrays], np.int64))
    for key, feature in (features or {}).items():
        if isinstance(feature, FixedLenFeature) or not isinstance(feature, order):
            raise ValueError(f"Unsupported {type(feature).__name__} {feature} for key '{key}'")
    return found, result, lengths


@export("io.parse_single_sequence_example")
def parse_single_sequence_example(
    serialized: Any, context_features: Any = None, sequence_features: Any = None, example_name: Any = None, name: str | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(context, sequences) of one serialized `tf.train.SequenceExample`, dicts of tensors.

    Args:
      serialized: scalar string tensor.
      context_features: what to look for in the context, as in `parse_single_example`.
      sequence_features: what to look for among the feature lists: `FixedLenSequenceFeature`,
        `VarLenFeature`, `RaggedFeature`.
      example_name: no effect.

    >>> import tfjax as tf
    >>> data = tf.train.SequenceExample().SerializeToString()
    >>> tf.io.parse_single_sequence_example(data, None, {"a": tf.io.VarLenFeature(tf.int64)})[1]["a"].shape
    TensorShape([0, 0])
    """
    from tfjax._src.io.protos import SequenceExample

    if not (context_features or sequence_features):
        raise ValueError("Both `context_features` and `sequence_features` argument are None, but at least one should have values.")
    sequence = parse_proto(SequenceExample, host_strings(serialized)[()])
    return _parse([sequence], context_features, sequence_features, True)[:2]


@export("io.parse_sequence_example")
def parse_sequence_example(
    serialized: Any, context_features: Any = None, sequence_features: Any = None, example_names: Any = None, name: str | None = None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(context, sequences, lengths) of a batch of serialized `tf.train.SequenceExample`s.

    Args:
      serialized: [batch] string tensor.
      context_features, sequence_features: as in `parse_single_sequence_example`.
      example_names: no effect.

    >>> import tfjax as tf
    >>> data = tf.train.SequenceExample().SerializeToString()
    >>> tf.io.parse_sequence_example([data], None, {"a": tf.io.VarLenFeature(tf.int64)})[1]["a"].shape
    TensorShape([1, 0, 0])
    """
    from tfjax._src.io.protos import SequenceExample

    if not (context_features or sequence_features):
        raise ValueError("Both `context_features` and `sequence_features` argument are None, but at least one should have values.")
    sequences = [parse_proto(SequenceExample, d) for d in host_strings(serialized).reshape(-1).tolist()]
    return _parse(sequences, context_features, sequence_features, False)
