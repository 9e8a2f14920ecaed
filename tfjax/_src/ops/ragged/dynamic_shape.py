"""tf.experimental.DynamicRaggedShape: what `tf.shape` gives for ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import dispatch
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.composite.base import CompositeSpec, CompositeTensor
from tfjax._src.ops.ragged import ragged_tensor
from tfjax._src.ops.ragged.row_partition import RowPartition


class DynamicRaggedShapeSpec(CompositeSpec):
    """What is known of a DynamicRaggedShape: the specs of its partitions and its inner shape."""

    def __init__(self, row_partitions: Any, static_inner_shape: Any, dtype: Any) -> None:
        self._partitions = tuple(row_partitions)
        self._inner, self._dtype = TensorShape(static_inner_shape), dtypes.as_dtype(dtype)

    value_type = property(lambda self: DynamicRaggedShape)
    dtype = property(lambda self: self._dtype)

    def _serialize(self) -> tuple[Any, ...]:
        return (self._partitions, self._inner, self._dtype)

    def _to_components(self, value: Any) -> Any:
        return (tuple(value.row_partitions), value.inner_shape)

    def _from_components(self, components: Any) -> Any:
        return DynamicRaggedShape(components[0], components[1], self._dtype, static_inner_shape=self._inner)


@export("experimental.DynamicRaggedShape")
class DynamicRaggedShape(CompositeTensor):
    """The shape of a ragged tensor: row partitions for its outer, sizes for its inner dimensions.

    Args:
      row_partitions: partitions of the outer dimensions, outermost first.
      inner_shape: the shape of the flat values.
      dtype: int32 or int64.
      validate: no effect: sizes are checked where they are known.
      static_inner_shape: what is known of `inner_shape`.

    >>> import tfjax as tf
    >>> tf.shape(tf.ragged.constant([[1, 2], [3]]))
    <DynamicRaggedShape lengths=[2, (2, 1)] num_row_partitions=1>
    """

    Spec = DynamicRaggedShapeSpec

    def __init__(
        self, row_partitions: Any, inner_shape: Any, dtype: Any = None, validate: bool = False, static_inner_shape: Any = None
    ) -> None:
        self._partitions = tuple(row_partitions)
        if not all(isinstance(p, RowPartition) for p in self._partitions):
            raise TypeError("row_partitions must be a list of RowPartitions")
        kind = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
        if dtype is None and self._partitions:
            kind = self._partitions[0].dtype
        self._partitions = tuple([p.with_dtype(kind) for p in self._partitions])
        self._inner = shaping.cast(to_tensor(inner_shape, None, kind), kind)
        known = None if self._inner.is_symbolic else self._inner.host_value().tolist()
        self._static = TensorShape(static_inner_shape if known is None else known)

    @classmethod
    def from_tensor(cls, t: Any, dtype: Any = None) -> DynamicRaggedShape:
        """The shape of a tensor, ragged or not."""
        if not isinstance(t, ragged_tensor.RaggedTensor):
            return cls([], to_tensor(t).shape.as_list(), dtype)
        kind = t.row_splits.dtype if dtype is None else dtypes.as_dtype(dtype)
        return cls(t.partitions(), np.array(t.flat_values.shape.as_list(), kind.np), kind)

    @classmethod
    def from_lengths(cls, lengths: Any, num_row_partitions: int | None = None, dtype: Any = dtypes.int64) -> DynamicRaggedShape:
        """From a list of sizes; a tuple of ints stands for a ragged dimension."""
        lengths = list(lengths)
        if any(isinstance(n, (list, tuple)) for n in lengths[:1]):
            raise ValueError("First element in shape must be an int.")
        last = max([i for i, n in enumerate(lengths) if isinstance(n, (list, tuple))], default=0)
        count = last if num_row_partitions is None else num_row_partitions
        if count < last:
            raise ValueError(f"num_row_partitions must be at least {last}")
        rows, partitions = lengths[0] if lengths else None, []
        for n in lengths[1 : count + 1]:
            ragged = isinstance(n, (list, tuple))
            if ragged and len(n) != rows:
                raise ValueError(f"Expected {rows} row lengths, got {len(n)}.")
            partitions.append(
                RowPartition.from_row_lengths(list(n), dtype=dtype) if ragged
                else RowPartition.from_uniform_row_length(n, n * rows, rows, dtype=dtype)
            )
            rows = sum(n) if ragged else n * rows
        inner = [rows, *lengths[count + 1 :]] if lengths else []
        return cls(partitions, np.array(inner, dtypes.as_dtype(dtype).np), dtype)

    @classmethod
    def from_row_partitions(cls, row_partitions: Any, dtype: Any = None) -> DynamicRaggedShape:
        """The shape that partitions alone describe, with scalars innermost."""
        partitions = list(row_partitions)
        if not partitions:
            raise ValueError("row_partitions cannot be empty")
        return cls(partitions, [partitions[-1].static_nvals], dtype)

    # -- facts ---------------------------------------------------------------------------------
    @property
    def dtype(self) -> dtypes.DType:
        """int32 or int64."""
        return self._inner.dtype

    @property
    def row_partitions(self) -> tuple[RowPartition, ...]:
        """The partitions of the outer dimensions."""
        return self._partitions

    @property
    def num_row_partitions(self) -> int:
        """How many dimensions are partitioned."""
        return len(self._partitions)

    @property
    def inner_shape(self) -> Tensor:
        """The shape of the flat values."""
        return self._inner

    @property
    def inner_rank(self) -> int | None:
        """The number of dimensions of the flat values."""
        return self._static.rank

    @property
    def rank(self) -> int | None:
        """The number of dimensions."""
        return None if self._static.rank is None else self._static.rank + len(self._partitions)

    def static_lengths(self, ragged_lengths: bool = True) -> list[Any]:
        """Sizes; for ragged dimensions a tuple of row lengths, or None without `ragged_lengths`."""
        if not self._partitions:
            return self._static.as_list()
        found: list[Any] = [self._partitions[0].static_nrows]
        for partition in self._partitions:
            uniform = partition.static_uniform_row_length
            if uniform is None and ragged_lengths and not partition.row_splits().is_symbolic:
                uniform = tuple(partition.row_lengths().host_value().tolist())
            found.append(uniform)
        return found + self._static.as_list()[1:]

    def is_uniform(self, axis: int) -> bool:
        """True unless the slices along `axis` may differ in length."""
        if not 0 <= axis < self.rank:
            raise IndexError(f"Expected axis to be in [0, {self.rank}), got {axis}")
        return axis == 0 or axis > len(self._partitions) or self._partitions[axis - 1].is_uniform()

    def with_dtype(self, dtype: Any) -> DynamicRaggedShape:
        """The same shape with another integer dtype."""
        return DynamicRaggedShape(self._partitions, shaping.cast(self._inner, dtype), dtype)

    def filled(self, value: Tensor) -> Any:
        """A tensor of this shape, ragged if anything is partitioned, filled with a scalar."""
        flat = Tensor(np.full(self._static.as_list(), value.host_value()))
        return ragged_tensor.of_partitions(flat, self._partitions)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._part(index)
        place = index if index >= 0 else index + self.rank
        if place == 0:
            return Tensor(np.array(self.static_lengths(False)[0], self.dtype.np))
        if place <= len(self._partitions):
            partition = self._partitions[place - 1]
            if not partition.is_uniform():
                raise ValueError(f"Index {index} is not uniform")
            return partition.uniform_row_length()
        return self._inner[place - len(self._partitions)]

    def _part(self, key: slice) -> DynamicRaggedShape:
        if key.step not in (None, 1):
            raise IndexError("Cannot stride through a shape")
        start, stop, _ = key.indices(self.rank)
        lengths = self.static_lengths()[start:stop]
        if start and any(isinstance(n, tuple) for n in lengths):
            raise ValueError(f"The rows from dimension {start} on are ragged.")
        return DynamicRaggedShape.from_lengths(lengths, dtype=self.dtype)

    @property
    def _type_spec(self) -> DynamicRaggedShapeSpec:
        return DynamicRaggedShapeSpec([p._type_spec for p in self._partitions], self._static, self.dtype)

    def __repr__(self) -> str:
        lengths = [str(n) for n in self.static_lengths()]
        return f"<DynamicRaggedShape lengths=[{', '.join(lengths)}] num_row_partitions={len(self._partitions)}>"


def _filled(function: Any, shape: DynamicRaggedShape, *args: Any) -> Any:
    return ragged_tensor.of_partitions(function(shape.inner_shape, *args), shape.row_partitions)


def _handle(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Operations that take a shape."""
    from tfjax._src.ops.array import creation
    from tfjax._src.ops.ragged import shapes

    if function in (creation.zeros, creation.ones, creation.fill):
        return _filled(function, *args)
    if function is shaping.reshape:
        return shapes.reshape(to_tensor(args[0]), args[1])
    if function is shaping.broadcast_to:
        return shapes.broadcast_to(*args[:2])
    return NotImplemented


dispatch.register(DynamicRaggedShape, _handle)
