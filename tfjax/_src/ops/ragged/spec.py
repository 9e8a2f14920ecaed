"""tf.RaggedTensorSpec."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes, specs
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.composite.base import CompositeSpec, CompositeTensor

# The class RaggedTensor and the function that builds one, put here by its module.
ragged_class: list[Any] = []


@export("RaggedTensorSpec")
class RaggedTensorSpec(CompositeSpec):
    """Shape, dtype and ragged rank of a ragged tensor.

    Args:
      shape: sizes, None where unknown or ragged; None if even the rank is unknown.
      dtype: of the values, float32 by default.
      ragged_rank: how many dimensions are partitioned; by default all but the first.
      row_splits_dtype: int32 or int64.
      flat_values_spec: the spec of the flat values, in place of `dtype`, if they are no tensor.

    >>> RaggedTensorSpec([2, None])
    RaggedTensorSpec(TensorShape([2, None]), tf.float32, 1, tf.int64)
    """

    __slots__ = ("_shape", "_dtype", "_ragged_rank", "_row_splits_dtype", "_flat_values_spec")

    def __init__(
        self, shape: Any = None, dtype: Any = dtypes.float32, ragged_rank: int | None = None,
        row_splits_dtype: Any = dtypes.int64, flat_values_spec: Any = None,
    ) -> None:
        self._shape = TensorShape(shape)
        self._row_splits_dtype = dtypes.as_dtype(row_splits_dtype)
        if flat_values_spec is not None:
            dtype = getattr(flat_values_spec, "dtype", None) if dtype is None or dtype is dtypes.float32 else dtype
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype)
        self._flat_values_spec = flat_values_spec
        rank = self._shape.rank
        if ragged_rank is None:
            if rank is None:
                raise ValueError("Must specify ragged_rank or a shape with a known rank.")
            ragged_rank = rank - 1
        if not isinstance(ragged_rank, int):
            raise TypeError(f"Argument `ragged_rank` must be an int. Received {ragged_rank}.")
        if rank is not None and ragged_rank >= rank:
            raise ValueError(f"Argument `ragged_rank` ({ragged_rank}) must be less than rank ({rank}).")
        self._ragged_rank = ragged_rank

    @property
    def value_type(self) -> Any:
        """RaggedTensor, or Tensor if nothing is partitioned."""
        return ragged_class[0] if self._ragged_rank > 0 else Tensor

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._shape

    @property
    def ragged_rank(self) -> int:
        """How many dimensions are partitioned."""
        return self._ragged_rank

    @property
    def row_splits_dtype(self) -> dtypes.DType:
        """int32 or int64."""
        return self._row_splits_dtype

    @property
    def flat_values_spec(self) -> Any:
        """The spec of the flat values, or None."""
        return self._flat_values_spec

    @classmethod
    def from_value(cls, value: Any) -> RaggedTensorSpec:
        """The spec of a ragged tensor."""
        if isinstance(value, ragged_class[0]):
            return value._type_spec
        return cls(value.shape, value.dtype, 0)

    def _serialize(self) -> tuple[Any, ...]:
        plain = (self._shape, self._dtype, self._ragged_rank, self._row_splits_dtype)
        return plain if self._flat_values_spec is None else (*plain, self._flat_values_spec)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """True if a value, or the values of another spec, can be described by this one."""
        if self._ragged_rank == 0:
            flat = self._flat_values_spec or specs.TensorSpec(self._shape, self._dtype)
            other = spec_or_value
            if isinstance(other, (Tensor, specs.TensorSpec)) or not isinstance(other, (CompositeTensor, specs.TypeSpec)):
                return flat.is_compatible_with(other)
        return super().is_compatible_with(spec_or_value)

    @property
    def _component_specs(self) -> Any:
        if self._ragged_rank == 0:
            return [self._flat_values_spec or specs.TensorSpec(self._shape, self._dtype)]
        flat = self._flat_values_spec
        if flat is None:
            inner = TensorShape([None]).concatenate(self._shape[self._ragged_rank + 1 :])
            flat = specs.TensorSpec(inner if self._shape.rank is not None else None, self._dtype)
        dims = [None] * (self._ragged_rank + 1) if self._shape.rank is None else self._shape.as_list()
        count, splits = dims[0], []
        for i in range(self._ragged_rank):
            splits.append(specs.TensorSpec([None if count is None else count + 1], self._row_splits_dtype))
            uniform = dims[i + 1]
            count = None if count is None or uniform is None else count * uniform
        return [flat, *splits]

    def _to_components(self, value: Any) -> list[Any]:
        if isinstance(value, ragged_class[0]):
            return [value.flat_values, *value.nested_row_splits]
        return [value]

    def _from_components(self, components: Any) -> Any:
        flat, *splits = [c if isinstance(c, CompositeTensor) else to_tensor(c) for c in components]
        dims = [None] * (len(splits) + 1) if self._shape.rank is None else self._shape.as_list()
        for level in reversed(range(len(splits))):
            flat = ragged_class[1](flat, splits[level], dims[level + 1])
        return flat

    def _batch(self, size: int | None) -> RaggedTensorSpec:
        shape = TensorShape([size]).concatenate(self._shape)
        return RaggedTensorSpec(shape, self._dtype, self._ragged_rank + 1, self._row_splits_dtype, self._flat_values_spec)

    def _unbatch(self) -> Any:
        shape = None if self._shape.rank is None else self._shape[1:]
        rank = max(self._ragged_rank - 1, 0)
        return RaggedTensorSpec(shape, self._dtype, rank, self._row_splits_dtype, self._flat_values_spec)

    def __repr__(self) -> str:
        return f"RaggedTensorSpec{self._serialize()!r}"
