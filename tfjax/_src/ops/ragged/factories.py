"""The class methods that make ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.ragged import kernels, row_partition
from tfjax._src.ops.ragged.row_partition import RowPartition


def _values_of(values: Any, partition: Any = None) -> Any:
    from tfjax._src.ops.ragged import ragged_tensor

    if isinstance(values, (list, tuple)) and any(isinstance(v, ragged_tensor.RaggedTensor) for v in values):
        from tfjax._src.ops.ragged import joining

        values = joining.stack(values)
    values = ragged_tensor.as_values(values)
    if values.shape.rank == 0:
        raise InvalidArgumentError(None, None, "slice index 0 of dimension 0 out of bounds. [Op:StridedSlice]")
    return values


def _joined(values: Any, partition: RowPartition, validate: bool) -> Any:
    """Values with their partition, checked to have as many values as it says."""
    from tfjax._src.ops.ragged import ragged_tensor

    if isinstance(values, ragged_tensor.RaggedTensor) and values.row_splits.dtype != partition.dtype:
        values, partition = values.with_row_splits_dtype(dtypes.int64), partition.with_dtype(dtypes.int64)
    splits = partition.row_splits()
    if validate and not splits.is_symbolic:
        told, count = splits.host_value()[-1:], values.shape[0]
        if count is not None and told[0] != count:
            raise row_partition.unequal(told[0], count, "Arguments to _from_row_partition do not form a valid RaggedTensor")
    return ragged_tensor.make(values, partition)


class Factories:
    """The class methods that make ragged tensors."""

    @classmethod
    def from_row_splits(cls, values: Any, row_splits: Any, name: Any = None, validate: bool = True) -> Any:
        """Rows from where each begins in `values`, followed by the number of values.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_row_splits([3, 1, 4], [0, 2, 2, 3])
        <tf.RaggedTensor [[3, 1], [], [4]]>
        """
        _check_bool(validate)
        partition = RowPartition.from_row_splits(row_splits, validate, dtype_hint=_hint(values))
        return _joined(_values_of(values), partition, validate)

    @classmethod
    def from_row_lengths(cls, values: Any, row_lengths: Any, name: Any = None, validate: bool = True) -> Any:
        """Rows from their lengths.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_row_lengths([3, 1, 4], [2, 0, 1])
        <tf.RaggedTensor [[3, 1], [], [4]]>
        """
        _check_bool(validate)
        partition = RowPartition.from_row_lengths(row_lengths, validate, dtype_hint=_hint(values))
        return _joined(_values_of(values), partition, validate)

    @classmethod
    def from_row_starts(cls, values: Any, row_starts: Any, name: Any = None, validate: bool = True) -> Any:
        """Rows from where each begins in `values`.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_row_starts([3, 1, 4], [0, 2, 2])
        <tf.RaggedTensor [[3, 1], [], [4]]>
        """
        _check_bool(validate)
        values = _values_of(values)
        partition = RowPartition.from_row_starts(row_starts, values.shape[0], validate, dtype_hint=_hint(values))
        return _joined(values, partition, validate)

    @classmethod
    def from_row_limits(cls, values: Any, row_limits: Any, name: Any = None, validate: bool = True) -> Any:
        """Rows from where each ends in `values`.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_row_limits([3, 1, 4], [2, 2, 3])
        <tf.RaggedTensor [[3, 1], [], [4]]>
        """
        _check_bool(validate)
        partition = RowPartition.from_row_limits(row_limits, validate, dtype_hint=_hint(values))
        return _joined(_values_of(values), partition, validate)

    @classmethod
    def from_value_rowids(cls, values: Any, value_rowids: Any, nrows: Any = None, name: Any = None, validate: bool = True) -> Any:
        """Rows from the row number of each value (sorted), and the number of rows.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_value_rowids([3, 1, 4], [0, 0, 2], nrows=4)
        <tf.RaggedTensor [[3, 1], [], [4], []]>
        """
        _check_bool(validate)
        values = _values_of(values)
        ids = value_rowids
        if hasattr(ids, "shape") and ids.shape[0] != values.shape[0] or isinstance(ids, (list, tuple)) and len(ids) != values.shape[0]:
            raise ValueError(f"Shapes ({values.shape[0]},) and ({len(ids)},) are incompatible")
        partition = RowPartition.from_value_rowids(ids, nrows, validate, dtype_hint=_hint(values))
        return _joined(values, partition, validate)

    @classmethod
    def from_uniform_row_length(
        cls, values: Any, uniform_row_length: Any, nrows: Any = None, validate: bool = True, name: Any = None
    ) -> Any:
        """Rows of one length; `nrows` is needed if the length is 0.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_uniform_row_length(tf.ragged.constant([[1], [2, 3]]), 2).shape
        TensorShape([1, 2, None])
        """
        _check_bool(validate)
        values = _values_of(values)
        partition = RowPartition.from_uniform_row_length(uniform_row_length, values.shape[0], nrows, validate, dtype_hint=_hint(values))
        return _joined(values, partition, validate)

    @classmethod
    def from_nested_row_splits(cls, flat_values: Any, nested_row_splits: Any, name: Any = None, validate: bool = True) -> Any:
        """Flat values partitioned several times by row splits, outermost first.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_nested_row_splits([1, 2, 3], [[0, 2], [0, 1, 3]])
        <tf.RaggedTensor [[[1], [2, 3]]]>
        """
        _check_nested(nested_row_splits, "nested_row_splits")
        result = flat_values
        for splits in reversed(list(nested_row_splits)):
            result = cls.from_row_splits(result, splits, validate=validate)
        return result

    @classmethod
    def from_nested_row_lengths(cls, flat_values: Any, nested_row_lengths: Any, name: Any = None, validate: bool = True) -> Any:
        """Flat values partitioned several times by row lengths, outermost first.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_nested_row_lengths([1, 2, 3], [[2], [1, 2]])
        <tf.RaggedTensor [[[1], [2, 3]]]>
        """
        _check_nested(nested_row_lengths, "nested_row_lengths")
        result = flat_values
        for lengths in reversed(list(nested_row_lengths)):
            result = cls.from_row_lengths(result, lengths, validate=validate)
        return result

    @classmethod
    def from_nested_value_rowids(
        cls, flat_values: Any, nested_value_rowids: Any, nested_nrows: Any = None, name: Any = None, validate: bool = True
    ) -> Any:
        """Flat values partitioned several times by row numbers, outermost first.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_nested_value_rowids([1, 2, 3], [[0, 0], [0, 1, 1]])
        <tf.RaggedTensor [[[1], [2, 3]]]>
        """
        _check_nested(nested_value_rowids, "nested_value_rowids")
        levels = list(nested_value_rowids)
        counts = [None] * len(levels) if nested_nrows is None else list(nested_nrows)
        if len(counts) != len(levels):
            raise ValueError(f"Argument `nested_nrows` must have the same length as argument `nested_value_rowids`. len(nested_nrows) = {len(counts)} vs. len(nested_values_rowids) = {len(levels)}.")
        result = flat_values
        for ids, count in zip(reversed(levels), reversed(counts)):
            result = cls.from_value_rowids(result, ids, count, validate=validate)
        return result

    @classmethod
    def from_tensor(
        cls, tensor: Any, lengths: Any = None, padding: Any = None, ragged_rank: int = 1, name: Any = None,
        row_splits_dtype: Any = dtypes.int64,
    ) -> Any:
        """The rows of a dense tensor, cut to `lengths` or where only `padding` follows.

        Args:
          tensor: a tensor of rank 2 at least.
          lengths: the lengths of the rows, or a tuple of lengths, one for each ragged dimension.
          padding: the value that counts as padding at the end of the innermost ragged rows.
          ragged_rank: how many dimensions to partition.
          name: no effect.
          row_splits_dtype: int32 or int64.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_tensor([[1, 2, 0], [3, 0, 0]], padding=0)
        <tf.RaggedTensor [[1, 2], [3]]>
        """
        return _from_tensor(tensor, lengths, padding, ragged_rank, dtypes.as_dtype(row_splits_dtype))

    @classmethod
    def from_sparse(cls, st_input: Any, name: Any = None, row_splits_dtype: Any = dtypes.int64) -> Any:
        """The rows of a sparse matrix whose stored elements stand at the beginning of each row.

        >>> import tfjax as tf
        >>> tf.RaggedTensor.from_sparse(tf.sparse.from_dense([[1, 2, 0], [3, 0, 0]]))
        <tf.RaggedTensor [[1, 2], [3]]>
        """
        from tfjax._src.ops.ragged import ragged_tensor
        from tfjax._src.ops.sparse.arrange import is_right_ragged
        from tfjax._src.ops.sparse.sparse_tensor import SparseTensor

        if not isinstance(st_input, SparseTensor):
            raise TypeError(f"Argument `st_input` must be of type SparseTensor, but is of type {type(st_input).__name__}.")
        rank = len(st_input.dims())
        if rank != 2:
            raise ValueError(f"Argument `st_input` must have rank 2. Received rank {rank}.")
        indices = st_input.indices.host_value()
        if not is_right_ragged(indices):
            raise InvalidArgumentError(None, None, "SparseTensor is not right-ragged")
        counts = np.bincount(indices[:, 0], minlength=st_input.dims()[0])
        splits = np.concatenate([[0], np.cumsum(counts)]).astype(dtypes.as_dtype(row_splits_dtype).np)
        return ragged_tensor.of_splits(st_input.values, Tensor(splits))


def _check_bool(validate: Any) -> None:
    if not isinstance(validate, (bool, np.bool_)):
        raise TypeError(f"Argument `validate` must have type bool. Received {validate}.")


def _check_nested(value: Any, what: str) -> None:
    if isinstance(value, Tensor):
        raise TypeError(f"Argument `{what}` must be a list of Tensors. Received {value}.")


def _hint(values: Any) -> Any:
    """Row splits take the dtype of those of ragged values."""
    return getattr(getattr(values, "_row_partition", None), "dtype", None)


def _from_tensor(tensor: Any, lengths: Any, padding: Any, ragged_rank: int, kind: dtypes.DType) -> Any:
    from tfjax._src.ops.ragged import ragged_tensor

    if lengths is not None and padding is not None:
        raise ValueError("Specify argument `lengths` or `padding`, but not both.")
    if not isinstance(ragged_rank, int):
        raise TypeError(f"Argument `ragged_rank` must be an int. Received {ragged_rank}.")
    if ragged_rank <= 0:
        raise ValueError(f"Argument `ragged_rank` must be greater than 0. Received {ragged_rank}.")
    tensor = ragged_tensor.as_values(tensor)
    shape = tensor.shape.as_list()
    if len(shape) < 2:
        raise ValueError(
            "The rank of a RaggedTensor must be greater than 1, i.e., a list of scalars won't have "
            f"ragged dimensions. Received argument `tensor` with rank {len(shape)}."
        )
    nested = isinstance(lengths, (list, tuple)) and len(lengths) and not isinstance(lengths[0], (int, np.integer))
    levels = [to_tensor(v) for v in (lengths if nested else [lengths])] if lengths is not None else []
    ragged_rank = len(levels) if nested else ragged_rank
    if ragged_rank >= len(shape):
        raise ValueError(f"Argument `ragged_rank` must be less than the rank of `tensor`. Received ragged_rank={ragged_rank}.")
    inner = shape[ragged_rank + 1 :]
    flat = shaping.reshape(tensor, [int(np.prod(shape[: ragged_rank + 1], dtype=np.int64)), *inner])
    if padding is not None:
        levels = [None] * (ragged_rank - 1) + [_unpadded(tensor, padding, ragged_rank)]
    elif not nested:
        levels = [None] * (ragged_rank - 1) + (levels or [None])
    return _cut(flat, shape, levels, kind)


def _cut(flat: Any, shape: list[int], levels: list[Any], kind: dtypes.DType) -> Any:
    """Flat values cut by the lengths of each level; None keeps all of a row."""
    from tfjax._src.ops.ragged import ragged_tensor

    rows, partitions, whole = np.arange(shape[0]), [], True
    for level, lengths in enumerate(levels):
        size = shape[level + 1]
        if lengths is None:
            splits = np.arange(len(rows) + 1, dtype=kind.np) * kind.np.type(size)
            partitions.append(row_partition.made(Tensor(splits), size, len(rows) * size))
            counts = np.full(len(rows), size)
        else:
            counts = np.clip(lengths.host_value().astype(np.int64), 0, size)
            if len(counts) != len(rows):
                raise InvalidArgumentError(None, None, f"Incompatible shapes: [{len(rows)}] vs. [{len(counts)}]")
            splits = np.concatenate([[0], np.cumsum(counts)]).astype(kind.np)
            partitions.append(row_partition.made(Tensor(splits)))
            whole = False
        if not whole:
            rows = kernels.positions_of(rows * size, counts)
        else:
            rows = np.arange(len(rows) * size)
    return ragged_tensor.of_partitions(flat if whole else kernels.take(flat, rows), partitions)


def _unpadded(tensor: Any, padding: Any, ragged_rank: int) -> Tensor:
    array = tensor.host_value()
    filler = to_tensor(padding, None, tensor.dtype).host_value()
    inner = tuple(array.shape[ragged_rank + 1 :])
    if filler.shape != inner:
        raise ValueError(f"Shapes {inner} and {filler.shape} are incompatible")
    same = np.asarray(array == filler).reshape((-1, array.shape[ragged_rank], int(np.prod(inner, dtype=np.int64))))
    used = ~same.all(axis=2)
    return Tensor(np.where(used.any(axis=1), used.shape[1] - used[:, ::-1].argmax(axis=1), 0).astype(np.int64))

