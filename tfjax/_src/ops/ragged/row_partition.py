"""tf.experimental.RowPartition: how a sequence of values is cut into rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes, specs
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.composite.base import CompositeSpec, CompositeTensor
from tfjax._src.ops.ragged import kernels

_KEY = object()


class RowPartitionSpec(CompositeSpec):
    """What is known of a RowPartition: its number of rows, of values, a common row length."""

    def __init__(self, nrows: Any = None, nvals: Any = None, uniform_row_length: Any = None, dtype: Any = dtypes.int64) -> None:
        self._nrows, self._nvals = TensorShape([nrows]), TensorShape([nvals])
        self._uniform, self._dtype = TensorShape([uniform_row_length]), dtypes.as_dtype(dtype)

    value_type = property(lambda self: RowPartition)
    nrows = property(lambda self: self._nrows[0])
    nvals = property(lambda self: self._nvals[0])
    uniform_row_length = property(lambda self: self._uniform[0])
    dtype = property(lambda self: self._dtype)

    def _serialize(self) -> tuple[Any, ...]:
        return (self.nrows, self.nvals, self.uniform_row_length, self._dtype)

    @property
    def _component_specs(self) -> Any:
        rows = None if self.nrows is None else self.nrows + 1
        return specs.TensorSpec([rows], self._dtype)

    def _to_components(self, value: Any) -> Any:
        return value.row_splits()

    def _from_components(self, components: Any) -> Any:
        return RowPartition(to_tensor(components), uniform_row_length=self.uniform_row_length, nvals=self.nvals, internal=_KEY)

    def __repr__(self) -> str:
        return f"RowPartitionSpec(nrows={self.nrows}, nvals={self.nvals}, uniform_row_length={self.uniform_row_length}, dtype={self._dtype!r})"


@export("experimental.RowPartition")
class RowPartition(CompositeTensor):
    """Cuts a sequence of values into rows; made by one of the `from_…` methods.

    >>> import tfjax as tf
    >>> p = tf.experimental.RowPartition.from_row_lengths([2, 0, 1])
    >>> p.row_splits().numpy(), p.value_rowids().numpy()
    (array([0, 2, 2, 3]), array([0, 0, 2]))
    """

    def __init__(
        self, row_splits: Any, row_lengths: Any = None, value_rowids: Any = None, nrows: Any = None,
        uniform_row_length: Any = None, nvals: Any = None, internal: Any = False,
    ) -> None:
        if internal is not _KEY:
            raise ValueError(
                "RowPartition constructor is private; please use one of the factory methods "
                "instead (e.g., RowPartition.from_row_lengths())"
            )
        self._row_splits = row_splits
        self._row_lengths, self._value_rowids = row_lengths, value_rowids
        self._uniform: int | None = uniform_row_length
        self._nvals: int | None = nvals

    # -- factories -----------------------------------------------------------------------------
    @classmethod
    def from_row_splits(cls, row_splits: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None) -> RowPartition:
        """From where each row begins, followed by the number of values."""
        if isinstance(row_splits, (list, tuple)) and not row_splits:
            raise ValueError("row_splits tensor may not be empty.")
        splits = _partition(row_splits, "row_splits", dtype, dtype_hint)
        if validate and not splits.is_symbolic:
            _check_splits(splits.host_value())
        return made(splits)

    @classmethod
    def from_row_lengths(cls, row_lengths: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None) -> RowPartition:
        """From the length of each row."""
        lengths = _partition(row_lengths, "row_lengths", dtype, dtype_hint)
        if validate and not lengths.is_symbolic:
            _check_not_negative(lengths.host_value(), "from_row_lengths")
        result = made(kernels.splits_of_lengths(lengths))
        result._row_lengths = lengths
        return result

    @classmethod
    def from_row_starts(cls, row_starts: Any, nvals: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None) -> RowPartition:
        """From where each row begins, and the number of values."""
        from tfjax._src.ops.array.join import concat

        starts = _partition(row_starts, "row_starts", dtype, dtype_hint)
        total = _like(nvals, starts.dtype)
        if validate and not starts.is_symbolic and starts.shape[0]:
            known = starts.host_value()
            if known[0] != 0:
                raise unequal(known[0], 0, "Arguments to from_row_starts do not form a valid RaggedTensor")
        if not starts.shape[0]:
            return made(concat([starts, np.zeros(1, starts.dtype.np)], 0))
        return made(concat([starts, shaping.reshape(total, [1])], 0))

    @classmethod
    def from_row_limits(cls, row_limits: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None) -> RowPartition:
        """From where each row ends."""
        from tfjax._src.ops.array.join import concat

        limits = _partition(row_limits, "row_limits", dtype, dtype_hint)
        if validate and not limits.is_symbolic and limits.shape[0]:
            _check_not_negative(np.diff(limits.host_value()), "from_row_limits")
        return made(concat([np.zeros(1, limits.dtype.np), limits], 0))

    @classmethod
    def from_value_rowids(cls, value_rowids: Any, nrows: Any = None, validate: bool = True, dtype: Any = None, dtype_hint: Any = None) -> RowPartition:
        """From the row number of each value (sorted), and the number of rows."""
        ids = _partition(value_rowids, "value_rowids", dtype, dtype_hint)
        count = None if nrows is None else statics.integer(nrows)
        known = ids.host_value() if count is None or not ids.is_symbolic else None
        if count is not None and count < 0:
            raise ValueError(f"Expected nrows >= 0; got {count}")
        if known is not None:
            least = int(known[-1]) + 1 if len(known) else 0
            if count is not None and count < least:
                raise ValueError(f"Expected nrows >= value_rowids[-1] + 1; got nrows={count}, value_rowids[-1]={least - 1}")
            if validate:
                _check_not_negative(np.diff(known), "from_value_rowids")
            count = least if count is None else count
        result = made(kernels.splits_of_ids(ids, count, ids.dtype))
        result._value_rowids, result._nvals = ids, ids.shape[0]
        return result

    @classmethod
    def from_uniform_row_length(
        cls, uniform_row_length: Any, nvals: Any = None, nrows: Any = None, validate: bool = True, dtype: Any = None, dtype_hint: Any = None,
    ) -> RowPartition:
        """Rows of one length; `nvals` or `nrows` must be given (both if the length is 0)."""
        if nvals is None and nrows is None:
            raise ValueError("Either (or both) of nvals and nrows must be specified")
        length, values, rows = (None if v is None else statics.integer(v) for v in (uniform_row_length, nvals, nrows))
        if length < 0:
            raise ValueError(f"uniform_row_length={length} must be >= 0" if validate else "negative row length")
        if rows is None:
            rows = values // length if length else 0
        values = rows * length if values is None else values
        if rows * length != values:
            raise ValueError(f"uniform_row_length={length} times nrows={rows} must equal nvals={values}")
        kind = _common(dtype, dtype_hint, uniform_row_length, nvals, nrows)
        splits = Tensor(np.arange(rows + 1, dtype=kind.np) * kind.np.type(length))
        return RowPartition(splits, uniform_row_length=length, nvals=values, internal=_KEY)

    # -- facts ---------------------------------------------------------------------------------
    @property
    def dtype(self) -> dtypes.DType:
        """int32 or int64: the dtype of splits, lengths and row numbers."""
        return self._row_splits.dtype

    @property
    def static_nrows(self) -> int | None:
        """The number of rows."""
        return self._row_splits.shape[0] - 1

    @property
    def static_nvals(self) -> int | None:
        """The number of values, None if it is not known while tracing."""
        if self._nvals is None and not self._row_splits.is_symbolic:
            self._nvals = int(self._row_splits.host_value()[-1])
        return self._nvals

    @property
    def static_uniform_row_length(self) -> int | None:
        """The length that all rows have by construction, or None."""
        return self._uniform

    def is_uniform(self) -> bool:
        """True if all rows have one length by construction."""
        return self._uniform is not None

    def uniform_row_length(self) -> Tensor | None:
        """The length that all rows have by construction, as a scalar, or None."""
        return None if self._uniform is None else self._scalar(self._uniform)

    def _scalar(self, value: int) -> Tensor:
        return Tensor(np.array(value, self.dtype.np))

    def nrows(self) -> Tensor:
        """The number of rows, a scalar."""
        return self._scalar(self.static_nrows)

    def nvals(self) -> Tensor:
        """The number of values, a scalar."""
        return self._scalar(self.static_nvals) if self.static_nvals is not None else self._row_splits[-1]

    def row_splits(self) -> Tensor:
        """[nrows + 1]: where each row begins, followed by the number of values."""
        return self._row_splits

    def row_starts(self) -> Tensor:
        """[nrows]: where each row begins."""
        return self._row_splits[:-1]

    def row_limits(self) -> Tensor:
        """[nrows]: where each row ends."""
        return self._row_splits[1:]

    def row_lengths(self) -> Tensor:
        """[nrows]: the length of each row."""
        if self._row_lengths is None:
            self._row_lengths = kernels.lengths(self._row_splits)
        return self._row_lengths

    def value_rowids(self) -> Tensor:
        """[nvals]: the row number of each value."""
        if self._value_rowids is None:
            count = self.static_nvals
            if count is None:
                count = int(self._row_splits.host_value()[-1])
            self._value_rowids = kernels.row_ids(self._row_splits, count)
        return self._value_rowids

    def offsets_in_rows(self) -> Tensor:
        """[nvals]: the position of each value in its row."""
        from tfjax._src.ops.array.creation import range_
        from tfjax._src.ops.array.indexing import gather

        ids = self.value_rowids()
        return range_(ids.shape[0], dtype=self.dtype) - gather(self.row_starts(), ids)

    def with_dtype(self, dtype: Any) -> RowPartition:
        """The same rows with splits of another integer dtype."""
        dtype = dtypes.as_dtype(dtype)
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `dtype` must be int32 or int64. Received {dtype}.")
        if dtype == self.dtype:
            return self
        return RowPartition(shaping.cast(self._row_splits, dtype), uniform_row_length=self._uniform, nvals=self._nvals, internal=_KEY)

    def with_nvals(self, count: int | None) -> RowPartition:
        """The same rows, known to have `count` values."""
        if self._nvals is None:
            self._nvals = count
        return self

    @property
    def _type_spec(self) -> RowPartitionSpec:
        return RowPartitionSpec(self.static_nrows, self.static_nvals, self._uniform, self.dtype)

    def __repr__(self) -> str:
        if self._uniform is not None:
            return f"tf.RowPartition(nrows={self.static_nrows}, uniform_row_length={self._uniform})"
        if self._row_splits.is_symbolic:
            return f"tf.RowPartition(row_splits={self._row_splits})"
        return f"tf.RowPartition(row_splits={self._row_splits.host_value()})"


def made(splits: Tensor, uniform: int | None = None, nvals: int | None = None) -> RowPartition:
    """A partition of checked splits."""
    return RowPartition(splits, uniform_row_length=uniform, nvals=nvals, internal=_KEY)


def _partition(value: Any, what: str, dtype: Any, hint: Any) -> Tensor:
    """A vector of int32 or int64; Python ints become int64."""
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(value, np.ndarray) and value.dtype == np.int32 and wanted is None:
        tensor = to_tensor(value)
    elif isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor"):
        tensor = to_tensor(value)
        tensor = tensor if wanted is None else shaping.cast(tensor, wanted)
    else:
        tensor = to_tensor(value, wanted, dtypes.int64 if hint is None else dtypes.as_dtype(hint))
        if tensor.dtype is dtypes.float32 and not tensor.shape.num_elements():
            tensor = Tensor(np.zeros(tensor.shape.as_list(), np.int64))
    if tensor.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"{what} must have dtype int32 or int64")
    if tensor.shape.rank != 1:
        raise ValueError(f"Shape {tensor.shape} must have rank 1")
    return tensor


def _common(dtype: Any, hint: Any, *values: Any) -> dtypes.DType:
    if dtype is not None:
        return dtypes.as_dtype(dtype)
    for value in values:
        if isinstance(value, Tensor) and value.dtype in (dtypes.int32, dtypes.int64):
            return value.dtype
    return dtypes.int64 if hint is None else dtypes.as_dtype(hint)


def _like(value: Any, dtype: dtypes.DType) -> Tensor:
    return shaping.cast(to_tensor(value, None, dtype), dtype)


def _check_splits(splits: np.ndarray) -> None:
    if splits[0] != 0:
        raise unequal(splits[0], 0, "Arguments to from_row_splits do not form a valid RaggedTensor:zero")
    steps = np.diff(splits)
    if (steps < 0).any():
        raise _negative(steps, "Arguments to from_row_splits do not form a valid RaggedTensor:monotonic.  ")


def _check_not_negative(values: np.ndarray, factory: str) -> None:
    if (values < 0).any():
        raise _negative(values, f"Arguments to {factory} do not form a valid RowPartition.  ")


def unequal(x: Any, y: Any, head: str) -> Exception:
    """The error of two numbers that should be equal."""
    text = f"Condition x == y did not hold.\nFirst 1 elements of x:\n[{x}]\nFirst 1 elements of y:\n[{y}]"
    return InvalidArgumentError(None, None, f"{head}\n{text}")


def _negative(values: np.ndarray, head: str) -> Exception:
    shown = "[" + ", ".join([f"'{v}'" for v in values[:3]]) + (", '...'" if len(values) > 3 else "") + "]"
    text = f"{head}\nCondition x >= 0 did not hold element-wise:\nx (shape={values.shape} dtype={values.dtype}) = \n{shown}"
    return InvalidArgumentError(None, None, text)
