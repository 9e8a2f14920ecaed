"""tf.SparseTensor and its spec."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes, specs
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import convert
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite.base import CompositeSpec, CompositeTensor, forbid_conversion


@export("SparseTensorSpec")
class SparseTensorSpec(CompositeSpec):
    """Shape and dtype of a sparse tensor.

    Args:
      shape: sizes, None where unknown.
      dtype: float32 by default.

    >>> SparseTensorSpec([None, 3])
    SparseTensorSpec(TensorShape([None, 3]), tf.float32)
    """

    __slots__ = ("_shape", "_dtype")

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        self._shape = TensorShape(shape)
        self._dtype = dtypes.as_dtype(dtype)

    value_type = property(lambda self: SparseTensor)

    @property
    def shape(self) -> TensorShape:
        """The dense shape."""
        return self._shape

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._dtype

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None."""
        return self._shape.rank

    @classmethod
    def from_value(cls, value: Any) -> SparseTensorSpec:
        """The spec of a sparse tensor."""
        if isinstance(value, SparseTensor):
            return cls(value.shape, value.dtype)
        raise TypeError("Expected SparseTensor or SparseTensorValue. Received: {} of type {}.".format(value, type(value).__name__))

    def _serialize(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype)

    @property
    def _component_specs(self) -> list[Any]:
        rank = self._shape.rank
        return [
            specs.TensorSpec([None, rank], dtypes.int64),
            specs.TensorSpec([None], self._dtype),
            specs.TensorSpec([rank], dtypes.int64),
        ]

    def _to_components(self, value: Any) -> list[Any]:
        return [value.indices, value.values, value.dense_shape]

    def _from_components(self, components: Any) -> SparseTensor:
        indices, values, dense_shape = components
        return of(to_tensor(indices), to_tensor(values), to_tensor(dense_shape), self._shape)

    def _unbatch(self) -> SparseTensorSpec:
        return SparseTensorSpec(None if self._shape.rank is None else self._shape[1:], self._dtype)

    def _batch(self, size: int | None) -> SparseTensorSpec:
        return SparseTensorSpec(TensorShape([size]).concatenate(self._shape), self._dtype)


@export("SparseTensor", "sparse.SparseTensor")
class SparseTensor(CompositeTensor):
    """A tensor of which only some elements are stored; all others are zero (or empty).

    Args:
      indices: int64 [n, rank], the places of the stored elements, best in row-major order.
      values: [n], the elements.
      dense_shape: int64 [rank].

    >>> import tfjax as tf
    >>> st = tf.SparseTensor(indices=[[0, 0], [1, 2]], values=[1, 2], dense_shape=[2, 3])
    >>> tf.sparse.to_dense(st).numpy()
    array([[1, 0, 0],
           [0, 0, 2]], dtype=int32)
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        self._indices = _int64(indices, "indices")
        self._values = to_tensor(values)
        self._dense_shape = _int64(dense_shape, "dense_shape")
        self._static: TensorShape | None = None
        rows, columns = _rank(self._indices, 2), _rank(self._values, 1)
        if not self._dense_shape.shape.rank:
            raise TypeError("'numpy.int64' object is not iterable")
        rank = _rank(self._dense_shape, 1)[0]
        for a, b in ((rows[0], columns[0]), (rows[1], rank)):
            if a != b:
                raise ValueError(f"Dimensions {a} and {b} are not compatible")

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """A SparseTensor from anything with `indices`, `values` and `dense_shape`."""
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        if not all(hasattr(sparse_tensor_value, a) for a in ("indices", "values", "dense_shape")):
            raise TypeError(f"Argument sparse_tensor_value={sparse_tensor_value} is neither SparseTensor nor SparseTensorValue.")
        value = sparse_tensor_value
        return cls(value.indices, value.values, value.dense_shape)

    @property
    def indices(self) -> Tensor:
        """int64 [n, rank], the places of the stored elements."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """[n], the stored elements."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """int64 [rank]."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        if self._static is None:
            known = not self._dense_shape.is_symbolic
            dims = self._dense_shape.host_value().tolist() if known else [None] * self._dense_shape.shape[0]
            self._static = TensorShape(dims)
        return self._static

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Checks that `shape` fits, and notes what it tells."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"Shapes {self.shape} and {TensorShape(shape)} are not compatible")
        self._static = self.shape.merge_with(shape)

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._values.dtype

    @property
    def op(self) -> Any:
        """The operation that made the values; only graphs have one."""
        return self._values.op

    @property
    def graph(self) -> Any:
        """The graph of the values; only graph tensors have one."""
        return self._values.graph

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Only graphs of TensorFlow 1 evaluate; raises AttributeError as TensorFlow does."""
        return self._indices.graph

    def with_values(self, new_values: Any) -> SparseTensor:
        """The same places with other values."""
        return SparseTensor(self._indices, new_values, self._dense_shape)._with_shape(self.shape)

    def dims(self) -> tuple[int, ...]:
        """The dense shape as ints; needs a known shape."""
        if self.shape.is_fully_defined():
            return tuple(self.shape.as_list())
        return tuple(self._dense_shape.host_value().tolist())

    def _with_shape(self, shape: TensorShape | None) -> SparseTensor:
        self._static = shape
        return self

    @property
    def _type_spec(self) -> SparseTensorSpec:
        return SparseTensorSpec(self.shape, self.dtype)

    def _numpy(self) -> np.ndarray:
        dense = np.zeros(self.dims(), self.dtype.np)
        dense[tuple(self._indices.host_value().T)] = self._values.host_value()
        return dense

    def _conversion_error(self) -> Exception:
        return convert.unsupported(self)

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self._indices!s}, values={self._values!s}, dense_shape={self._dense_shape!s})"


def _int64(value: Any, what: str) -> Tensor:
    try:
        return to_tensor(value, dtypes.int64)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def _rank(tensor: Tensor, rank: int) -> list[int]:
    if tensor.shape.rank != rank:
        raise ValueError(f"Shape {tensor.shape} must have rank {rank}")
    return tensor.shape.as_list()


def of(indices: Any, values: Any, dense_shape: Any, static: TensorShape | None = None) -> SparseTensor:
    """A SparseTensor of tensors, without checks."""
    result = object.__new__(SparseTensor)
    result._indices, result._values, result._dense_shape = indices, values, dense_shape
    result._static = static if static is not None and static.is_fully_defined() else None
    return result


def made(indices: Any, values: Any, dims: Any) -> SparseTensor:
    """A SparseTensor of tensors or arrays and a known shape."""
    indices = indices if isinstance(indices, Tensor) else Tensor(np.asarray(indices, np.int64))
    values = values if isinstance(values, Tensor) else Tensor(np.asarray(values))
    shape = Tensor(np.array(dims, np.int64))
    return of(indices, values, shape, TensorShape(list(dims)))


def convert_sparse(value: Any) -> SparseTensor:
    """`value` as a SparseTensor. Raises TypeError if it is none."""
    if not isinstance(value, SparseTensor) and not hasattr(value, "dense_shape"):
        raise TypeError("Input must be a SparseTensor.")
    return SparseTensor.from_value(value)


def order_error(indices: np.ndarray, dims: tuple[int, ...]) -> Exception | None:
    """What is wrong with the places: out of bounds, out of order or repeated; None if nothing is."""
    if not len(indices):
        return None
    bad = ((indices < 0) | (indices >= np.array(dims, np.int64))).any(axis=1)
    if bad.any():
        i = int(bad.argmax())
        text = f"indices[{i}] = {_brackets(indices[i])} is out of bounds: need 0 <= index < {_brackets(dims)}"
        return InvalidArgumentError(None, None, text)
    steps = np.diff(flat_index(indices, dims))
    if (steps <= 0).any():
        i = int((steps <= 0).argmax())
        place = f"indices[{i + 1}] = {_brackets(indices[i + 1])}"
        if steps[i] == 0:
            return InvalidArgumentError(None, None, f"{place} is repeated")
        text = f"{place} is out of order. Many sparse ops require sorted indices.\n    Use `tf.sparse.reorder` to create a correctly ordered copy.\n\n"
        return InvalidArgumentError(None, None, text)
    return None


def flat_index(indices: np.ndarray, dims: Any) -> np.ndarray:
    """Row-major numbers of places."""
    strides = np.cumprod([1, *list(dims)[:0:-1]], dtype=np.int64)[::-1]
    return indices @ strides if len(dims) else np.zeros(len(indices), np.int64)


def _brackets(values: Any) -> str:
    return "[" + ",".join([str(int(v)) for v in values]) + "]"


forbid_conversion(SparseTensor)
