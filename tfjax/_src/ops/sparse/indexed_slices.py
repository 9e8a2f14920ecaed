"""tf.IndexedSlices: the gradient of a table of which rows were looked up."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec, register_spec_of
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.convert import register_tensor_conversion_function, to_tensor
from tfjax._src.eager.kernel import Kernel, execute
from tfjax._src.eager.tape import make_slices
from tfjax._src.eager.tensor import Tensor


@export("IndexedSlices")
class IndexedSlices:
    """Slices `values[i]` that belong to rows `indices[i]` of a larger tensor; rows may repeat and add up.

    Wherever a tensor is expected it becomes the dense tensor.

    Args:
      values: [n, ...].
      indices: [n] integers.
      dense_shape: the shape of the larger tensor; needed to become dense.

    >>> import tfjax as tf
    >>> s = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([2, 2]), tf.constant([3, 1]))
    >>> tf.convert_to_tensor(s).numpy().tolist()
    [[0.0], [0.0], [3.0]]
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values, self._indices = to_tensor(values), to_tensor(indices)
        self._dense_shape = None if dense_shape is None else to_tensor(dense_shape)

    @property
    def values(self) -> Tensor:
        """The slices."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """The rows."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the larger tensor."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The same as a TensorShape."""
        return TensorShape(None if self._dense_shape is None else self._dense_shape.host_value().tolist())

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._values.dtype

    @property
    def device(self) -> str:
        """Where the values are."""
        return self._values.device

    @property
    def name(self) -> str:
        """The values' name."""
        return self._values.name

    @property
    def op(self) -> Any:
        """The values' operation, in a graph."""
        return self._values.op

    @property
    def graph(self) -> Any:
        """The values' graph; AttributeError without one."""
        return self._values.graph

    def scaled(self, factor: Any) -> IndexedSlices:
        """With values times `factor`."""
        return IndexedSlices(self._values * factor, self._indices, self._dense_shape)

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def consumers(self) -> list[Any]:
        """An empty list: there is no graph."""
        return []

    def _added(self, values: Tensor) -> Tensor:
        if self._dense_shape is None:
            raise ValueError(f"Tensor conversion requested for IndexedSlices for argument without dense_shape: {self}")
        return execute(_kernel(tuple(self.shape.as_list())), (values, self._indices))[0]

    def squares(self) -> Tensor:
        """The dense sum of the squared slices."""
        return self._added(self._values * self._values)

    def __repr__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"


@export("IndexedSlicesSpec")
class IndexedSlicesSpec(TypeSpec):
    """Shapes and dtypes of IndexedSlices.

    Args:
      shape: of the larger tensor; None where unknown.
      dtype: of the values.
      indices_dtype: int32 or int64.
      dense_shape_dtype: of `dense_shape`; None if there is none.
      indices_shape: [n]; unknown by default.

    >>> IndexedSlicesSpec([3, 1], indices_dtype="int32")
    IndexedSlicesSpec(TensorShape([3, 1]), tf.float32, tf.int32, None, TensorShape([None]))
    """

    __slots__ = ("_shape", "_dtype", "_indices_dtype", "_dense_shape_dtype", "_indices_shape")

    def __init__(
        self, shape: Any = None, dtype: Any = dtypes.float32, indices_dtype: Any = dtypes.int64, dense_shape_dtype: Any = None,
        indices_shape: Any = None,
    ) -> None:
        self._shape, self._dtype = TensorShape(shape), dtypes.as_dtype(dtype)
        self._indices_dtype = dtypes.as_dtype(indices_dtype)
        self._dense_shape_dtype = None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)
        self._indices_shape = TensorShape(indices_shape).with_rank(1)

    value_type = property(lambda self: IndexedSlices)

    def _serialize(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype, self._indices_dtype, self._dense_shape_dtype, self._indices_shape)

    @property
    def _component_specs(self) -> tuple[Any, ...]:
        inner = None if self._shape.rank is None else self._indices_shape.concatenate(self._shape[1:])
        parts = [TensorSpec(inner, self._dtype), TensorSpec(self._indices_shape, self._indices_dtype)]
        if self._dense_shape_dtype is not None:
            parts.append(TensorSpec([self._shape.rank], self._dense_shape_dtype))
        return tuple(parts)

    def _to_components(self, value: Any) -> tuple[Any, ...]:
        parts = (value.values, value.indices)
        return parts if value.dense_shape is None else (*parts, value.dense_shape)

    def _from_components(self, components: Any) -> IndexedSlices:
        return IndexedSlices(*components)


def _spec_of(value: IndexedSlices) -> IndexedSlicesSpec:
    inner = value.values.shape[1:]
    shape = TensorShape([None]).concatenate(inner) if value.dense_shape is None else value.shape
    dense = None if value.dense_shape is None else value.dense_shape.dtype
    return IndexedSlicesSpec(shape, value.dtype, value.indices.dtype, dense, value.indices.shape)


register_spec_of(IndexedSlices, _spec_of)

_KERNELS: dict[tuple[int, ...], Kernel] = {}


def _kernel(shape: tuple[int, ...]) -> Kernel:
    """Adds slices up into zeros of `shape`."""
    if shape not in _KERNELS:

        def add(values: Any, indices: Any) -> tuple[Any, ...]:
            return (jnp.zeros(shape, values.dtype).at[indices].add(values),)

        _KERNELS[shape] = Kernel("IndexedSlicesToTensor", add, host=False)
    return _KERNELS[shape]


def _convert(value: IndexedSlices, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Any:
    if dtype is not None and dtype != value.dtype:
        raise ValueError(f"Tensor conversion requested dtype {dtype} for IndexedSlices with dtype {value.dtype}")
    return value._added(value.values)


def _from_parts(values: Any, indices: Any, dense_shape: Any = None) -> IndexedSlices:
    """Without conversions: the parts may be stand-ins."""
    result = object.__new__(IndexedSlices)
    result._values, result._indices, result._dense_shape = values, indices, dense_shape
    return result


make_slices[:] = [IndexedSlices]
register_tensor_conversion_function(IndexedSlices, _convert)
nest.register_composite(
    IndexedSlices,
    lambda s: [s.values, s.indices] + ([] if s.dense_shape is None else [s.dense_shape]),
    lambda s, parts: _from_parts(*parts),
)
