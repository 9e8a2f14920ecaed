"""How Variables are cut into shards for several parameter servers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape


@export("distribute.experimental.partitioners.Partitioner")
class Partitioner:
    """Called with a shape and a dtype; returns the number of shards along each axis.

    At most one axis may have more than one shard.
    """

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        """The number of shards along each axis."""
        raise NotImplementedError("A Partitioner subclass must implement `__call__`.")


def _sizes(shape: Any) -> list[int]:
    return [int(d) for d in TensorShape(shape).as_list()]


def _split(shape: list[int], axis: int, count: int) -> list[int]:
    found = [1] * len(shape)
    found[axis] = max(1, min(count, shape[axis]))
    return found


def _bytes(shape: list[int], dtype: Any, per_string: int) -> int:
    kind = dtypes.as_dtype(dtype)
    return int(np.prod(shape, dtype=np.int64)) * (
        per_string if kind.name == "string" else kind.size
    )


@export("distribute.experimental.partitioners.FixedShardsPartitioner")
class FixedShardsPartitioner(Partitioner):
    """A fixed number of shards along the first axis.

    >>> import tfjax as tf
    >>> tf.distribute.experimental.partitioners.FixedShardsPartitioner(2)(tf.TensorShape([10, 3]), tf.float32)
    [2, 1]
    """

    def __init__(self, num_shards: int) -> None:
        self._count = num_shards

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        return _split(_sizes(shape), axis, self._count)


def _positive(value: Any, name: str) -> None:
    if value is not None and value < 1:
        raise ValueError(f"Argument `{name}` must be positive. Received: {value}")


@export("distribute.experimental.partitioners.MinSizePartitioner")
class MinSizePartitioner(Partitioner):
    """As many shards as there may be with at least `min_shard_bytes` each, up to `max_shards`.

    Args:
      min_shard_bytes: 256 KiB by default.
      max_shards: 1 by default.
      bytes_per_string: what a string counts.
    """

    def __init__(
        self, min_shard_bytes: int = 256 << 10, max_shards: int = 1, bytes_per_string: int = 16
    ) -> None:
        for value, name in (
            (min_shard_bytes, "min_shard_bytes"),
            (max_shards, "max_shards"),
            (bytes_per_string, "bytes_per_string"),
        ):
            _positive(value, name)
        self._least, self._most, self._per_string = min_shard_bytes, max_shards, bytes_per_string

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        sizes = _sizes(shape)
        return _split(
            sizes,
            axis,
            min(self._most, math.ceil(_bytes(sizes, dtype, self._per_string) / self._least)),
        )


@export("distribute.experimental.partitioners.MaxSizePartitioner")
class MaxSizePartitioner(Partitioner):
    """As few shards as there must be for at most `max_shard_bytes` each, up to `max_shards`.

    Args:
      max_shard_bytes: the limit.
      max_shards: None for any number.
      bytes_per_string: what a string counts.
    """

    def __init__(
        self, max_shard_bytes: int, max_shards: int | None = None, bytes_per_string: int = 16
    ) -> None:
        for value, name in (
            (max_shard_bytes, "max_shard_bytes"),
            (max_shards, "max_shards"),
            (bytes_per_string, "bytes_per_string"),
        ):
            _positive(value, name)
        self._limit, self._most, self._per_string = max_shard_bytes, max_shards, bytes_per_string

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        sizes = _sizes(shape)
        row = max(1, _bytes(sizes, dtype, self._per_string) // max(1, sizes[axis]))
        rows = max(1, self._limit // row)
        count = math.ceil(sizes[axis] / rows)
        return _split(sizes, axis, count if self._most is None else min(count, self._most))
