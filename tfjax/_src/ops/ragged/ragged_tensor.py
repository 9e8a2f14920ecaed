"""tf.RaggedTensor: rows of different lengths, stored as one tensor of values and the row splits."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.composite.base import CompositeTensor, forbid_conversion
from tfjax._src.ops.ragged import printing, row_partition, spec
from tfjax._src.ops.ragged.factories import Factories
from tfjax._src.ops.ragged.row_partition import RowPartition

_KEY = object()


@export("RaggedTensor")
class RaggedTensor(Factories, CompositeTensor):
    """A tensor with one or more dimensions whose slices differ in length.

    Make one with `tf.ragged.constant` or one of the `from_…` methods. Ordinary operations take it
    where TensorFlow's do: arithmetic, reductions, `tf.concat`, `tf.gather`, strings, ….

    >>> import tfjax as tf
    >>> rt = tf.RaggedTensor.from_row_splits([1, 2, 3], [0, 2, 2, 3])
    >>> rt * 10
    <tf.RaggedTensor [[10, 20], [], [30]]>
    """

    # Above NumPy's, so that `ndarray + RaggedTensor` asks the RaggedTensor.
    __array_priority__ = 101

    def __init__(self, values: Any, row_partition: Any, internal: Any = False) -> None:
        if internal is not _KEY:
            raise ValueError(
                "RaggedTensor constructor is private; please use one of the factory methods instead "
                "(e.g., RaggedTensor.from_row_lengths())"
            )
        self._values, self._row_partition = values, row_partition

    # -- facts ---------------------------------------------------------------------------------
    @property
    def values(self) -> Any:
        """The rows one behind the other: a Tensor or a RaggedTensor with one dimension less."""
        return self._values

    @property
    def flat_values(self) -> Any:
        """The innermost values, with all ragged dimensions taken away."""
        values = self._values
        while isinstance(values, RaggedTensor):
            values = values._values
        return values

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape; None for ragged dimensions."""
        own = TensorShape([self._row_partition.static_nrows, self._row_partition.static_uniform_row_length])
        return own.concatenate(self._values.shape[1:])

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self.shape

    @property
    def ragged_rank(self) -> int:
        """How many dimensions are partitioned."""
        return 1 + (self._values.ragged_rank if isinstance(self._values, RaggedTensor) else 0)

    @property
    def row_splits(self) -> Tensor:
        """[nrows + 1]: where each row begins in `values`, followed by the number of values."""
        return self._row_partition.row_splits()

    @property
    def uniform_row_length(self) -> Tensor | None:
        """The length that all rows have by construction, or None."""
        return self._row_partition.uniform_row_length()

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        """The row splits of every ragged dimension, outermost first."""
        return tuple([p.row_splits() for p in self.partitions()])

    def partitions(self) -> list[RowPartition]:
        """The row partition of every ragged dimension, outermost first."""
        found, values = [], self
        while isinstance(values, RaggedTensor):
            found.append(values._row_partition)
            values = values._values
        return found

    def row_starts(self, name: Any = None) -> Tensor:
        """[nrows]: where each row begins in `values`."""
        return self._row_partition.row_starts()

    def row_limits(self, name: Any = None) -> Tensor:
        """[nrows]: where each row ends in `values`."""
        return self._row_partition.row_limits()

    def value_rowids(self, name: Any = None) -> Tensor:
        """[nvals]: the row number of each value."""
        return self._row_partition.value_rowids()

    def nrows(self, out_type: Any = None, name: Any = None) -> Tensor:
        """The number of rows, a scalar."""
        kind = self._row_partition.dtype if out_type is None else dtypes.as_dtype(out_type)
        return Tensor(np.array(self._row_partition.static_nrows, kind.np))

    def row_lengths(self, axis: Any = 1, name: Any = None) -> Any:
        """The lengths of the slices along `axis`: a vector for 1, ragged for inner axes."""
        place = statics.integer(axis)
        rank = self.shape.rank
        if not -rank <= place < rank:
            raise ValueError(f"axis={axis} out of bounds: expected -{rank}<=axis<{rank}")
        place %= rank
        if place == 0:
            return self.nrows()
        if place == 1:
            return self._row_partition.row_lengths()
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.row_lengths(place - 1))
        size = self._values.shape[place - 1]
        shape = self._values.shape.as_list()[: place - 1]
        return self.with_values(Tensor(np.full(shape, size, self._row_partition.dtype.np)))

    def nested_row_lengths(self, name: Any = None) -> tuple[Tensor, ...]:
        """The row lengths of every ragged dimension, outermost first."""
        return tuple([p.row_lengths() for p in self.partitions()])

    def nested_value_rowids(self, name: Any = None) -> tuple[Tensor, ...]:
        """The row number of each value for every ragged dimension, outermost first."""
        return tuple([p.value_rowids() for p in self.partitions()])

    def bounding_shape(self, axis: Any = None, name: Any = None, out_type: Any = None) -> Tensor:
        """The smallest dense shape that holds all rows.

        Args:
          axis: an axis or a list of them; all by default.
          name: no effect.
          out_type: int32 or int64; by default that of the row splits.
        """
        kind = self._row_partition.dtype if out_type is None else dtypes.as_dtype(out_type)
        sizes = [self._row_partition.static_nrows]
        for partition in self.partitions():
            uniform = partition.static_uniform_row_length
            if uniform is None:
                lengths = partition.row_lengths().host_value()
                uniform = int(lengths.max()) if len(lengths) else 0
            sizes.append(uniform)
        sizes += self.flat_values.shape.as_list()[1:]
        result = np.array(sizes, kind.np)
        return Tensor(result if axis is None else np.asarray(result[np.array(statics.integers(axis))]))

    # -- other values, other partitions --------------------------------------------------------
    def with_values(self, new_values: Any) -> RaggedTensor:
        """The same rows with other values, as many as before."""
        new_values = as_values(new_values)
        old, new = self._values.shape[0], new_values.shape[0]
        if old != new:
            raise ValueError(f"Shapes ({old},) and ({new},) are incompatible")
        if isinstance(new_values, RaggedTensor) and new_values._row_partition.dtype != self._row_partition.dtype:
            return make(new_values.with_row_splits_dtype(dtypes.int64), self._row_partition.with_dtype(dtypes.int64))
        return make(new_values, self._row_partition)

    def with_flat_values(self, new_values: Any) -> RaggedTensor:
        """The same partitions with other flat values, as many as before."""
        if isinstance(self._values, RaggedTensor):
            return make(self._values.with_flat_values(new_values), self._row_partition)
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype: Any) -> RaggedTensor:
        """The same tensor with row splits of dtype int32 or int64."""
        dtype = dtypes.as_dtype(dtype)
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `row_splits` dtype must be int32 or int64. Received {dtype}.")
        if dtype == self._row_partition.dtype:
            return self
        values = self._values
        if isinstance(values, RaggedTensor):
            values = values.with_row_splits_dtype(dtype)
        return make(values, self._row_partition.with_dtype(dtype))

    def merge_dims(self, outer_axis: Any, inner_axis: Any) -> Any:
        """The dimensions from `outer_axis` to `inner_axis` made one.

        >>> import tfjax as tf
        >>> tf.ragged.constant([[[1], [2, 3]], [[4]]]).merge_dims(1, 2)
        <tf.RaggedTensor [[1, 2, 3], [4]]>
        """
        from tfjax._src.ops.ragged import rearrange

        return rearrange.merge_dims(self, outer_axis, inner_axis)

    # -- conversions ---------------------------------------------------------------------------
    def to_tensor(self, default_value: Any = None, name: Any = None, shape: Any = None) -> Tensor:
        """The dense tensor: rows padded with a default value.

        Args:
          default_value: a scalar, or anything that broadcasts to the uniform inner shape; zero by
            default.
          name: no effect.
          shape: sizes of the result, None where the longest row decides; longer rows are cut.

        >>> import tfjax as tf
        >>> tf.ragged.constant([[1, 2], [3]]).to_tensor(-1).numpy()
        array([[ 1,  2],
               [ 3, -1]], dtype=int32)
        """
        from tfjax._src.ops.ragged import rearrange

        return rearrange.to_dense(self, default_value, shape)

    def to_sparse(self, name: Any = None) -> Any:
        """A SparseTensor that stores every value.

        >>> import tfjax as tf
        >>> tf.ragged.constant([[1, 2], [3]]).to_sparse().indices.numpy().tolist()
        [[0, 0], [0, 1], [1, 0]]
        """
        from tfjax._src.ops.ragged import rearrange

        return rearrange.to_sparse(self)

    def numpy(self) -> np.ndarray:
        """A NumPy array: of rows (an object array) where their lengths differ."""
        return printing.as_numpy(self)

    def to_list(self) -> list[Any]:
        """A nested Python list."""
        values = self._values
        inner = values.to_list() if isinstance(values, RaggedTensor) else values.numpy().tolist()
        splits = self.row_splits.host_value().tolist()
        return [inner[a:b] for a, b in zip(splits[:-1], splits[1:])]

    # -- Python protocols ----------------------------------------------------------------------
    @property
    def is_symbolic(self) -> bool:
        """True while a trace stands in for values or row splits."""
        return any([getattr(t, "is_symbolic", False) for t in (self.flat_values, *self.nested_row_splits)])

    def __iter__(self) -> Any:
        return (self[i] for i in range(self._row_partition.static_nrows))

    def __getitem__(self, key: Any) -> Any:
        from tfjax._src.ops.ragged import indexing

        return indexing.getitem(self, key)

    def __bool__(self) -> bool:
        raise TypeError("RaggedTensor may not be used as a boolean.")

    def __hash__(self) -> int:
        raise TypeError("RaggedTensor is unhashable.")

    def __repr__(self) -> str:
        return printing.text(self)

    @property
    def _type_spec(self) -> spec.RaggedTensorSpec:
        flat = self.flat_values
        inner = None if isinstance(flat, Tensor) else flat._type_spec
        kind = getattr(flat, "dtype", None)
        return spec.RaggedTensorSpec(self.shape, kind, self.ragged_rank, self._row_partition.dtype, inner)

    def _shape_invariant_to_type_spec(self, shape: Any) -> spec.RaggedTensorSpec:
        return spec.RaggedTensorSpec(shape, self.dtype, self.ragged_rank, self._row_partition.dtype)

    def _conversion_error(self) -> Exception:
        return ValueError("TypeError: object of type 'RaggedTensor' has no len()\n")


def make(values: Any, partition: RowPartition) -> RaggedTensor:
    """A RaggedTensor of checked parts."""
    return RaggedTensor(values, partition.with_nvals(values.shape[0]), _KEY)


def of_splits(values: Any, splits: Tensor, uniform: int | None = None) -> RaggedTensor:
    """A RaggedTensor of values and checked row splits."""
    return make(values, row_partition.made(splits, uniform, values.shape[0]))


def of_partitions(values: Any, partitions: Any) -> Any:
    """Flat values partitioned several times, outermost first."""
    for partition in reversed(list(partitions)):
        values = make(values, partition)
    return values


def as_values(value: Any) -> Any:
    """A RaggedTensor or other composite as it is, anything else as a Tensor."""
    return value if isinstance(value, CompositeTensor) else to_tensor(value)


def as_ragged_or_dense(value: Any, dtype: Any = None) -> Any:
    """A RaggedTensor as it is, nested lists of uneven length as one, anything else as a Tensor."""
    return value if isinstance(value, RaggedTensor) else to_tensor(value, None, dtype)


def row_numbers(values: Any, partition: RowPartition) -> Tensor:
    """The row number of each of `values`."""
    return partition.with_nvals(values.shape[0]).value_rowids()


def flat_dtype_cast(tensor: RaggedTensor, dtype: Any) -> RaggedTensor:
    """The values cast to `dtype`."""
    return tensor.with_flat_values(shaping.cast(tensor.flat_values, dtype))


spec.ragged_class[:] = [RaggedTensor, of_splits]
forbid_conversion(RaggedTensor)
