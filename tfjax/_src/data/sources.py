"""Datasets that start a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.data.dataset import INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset, as_element, spec_of
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor


def _columns(value: Any) -> Any:
    """Columns of a DataFrame as a dict; anything else unchanged."""
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return value.to_numpy()
    return value


class TensorDataset(Dataset):
    """One element."""

    def __init__(self, tensors: Any) -> None:
        self.element = as_element(_columns(tensors))

    def _elements(self) -> Iterator[Any]:
        yield self.element

    def _size(self) -> int:
        return 1

    def _spec(self) -> Any:
        return spec_of(self.element)


class TensorSliceDataset(Dataset):
    """Rows of tensors. Later steps work on row numbers and gather whole batches at once."""

    def __init__(self, tensors: Any) -> None:
        element = as_element(_columns(tensors)) if not isinstance(tensors, dict) else {k: to_tensor(_columns(v)) if not isinstance(v, dict) else as_element(v) for k, v in tensors.items()}
        self.arrays = nest.map_structure(lambda t: t.host_value(), element)
        leaves = nest.flatten(self.arrays)
        if not leaves:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        for leaf in leaves:
            if leaf.ndim == 0:
                raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        sizes = {len(leaf) for leaf in leaves}
        if len(sizes) > 1:
            first, second = sorted(sizes)[:2]
            raise ValueError(f"Dimensions {first} and {second} are not compatible")
        self.count = sizes.pop()

    def _indices(self) -> Iterator[int]:
        return iter(range(self.count))

    def row(self, index: int) -> Any:
        """The element of one row."""
        return nest.map_structure(lambda a: Tensor(np.asarray(a[index]) if a.dtype != object else _scalar_object(a[index])), self.arrays)

    def rows(self, indices: list[int]) -> Any:
        """Several rows, stacked."""
        index = np.asarray(indices, np.int64)
        return nest.map_structure(lambda a: Tensor(a[index]), self.arrays)

    def _elements(self) -> Iterator[Any]:
        return (self.row(i) for i in range(self.count))

    def _size(self) -> int:
        return self.count

    def _spec(self) -> Any:
        return nest.map_structure(lambda a: TensorSpec(a.shape[1:], dtypes.FROM_NUMPY[a.dtype]), self.arrays)


def _scalar_object(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    out = np.empty((), object)
    out[()] = value
    return out


class RangeDataset(Dataset):
    """Integers."""

    def __init__(self, *args: Any, output_type: Any = dtypes.int64, name: str | None = None) -> None:
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(args)}.")
        self.range = range(*[statics.integer(a) for a in args])
        self.dtype = dtypes.as_dtype(output_type)

    def _elements(self) -> Iterator[Any]:
        kind = self.dtype.np
        return (Tensor(np.array(i, kind)) for i in self.range)

    def _size(self) -> int:
        return len(self.range)

    def _spec(self) -> Any:
        return TensorSpec((), self.dtype)


class ZipDataset(Dataset):
    """Several datasets side by side."""

    def __init__(self, datasets: Any) -> None:
        self.datasets = datasets
        for dataset in nest.flatten(datasets):
            if not isinstance(dataset, Dataset):
                raise TypeError(f"Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects. Encountered object of type {type(dataset)}.")

    def _elements(self) -> Iterator[Any]:
        iterators = [d._elements() for d in nest.flatten(self.datasets)]
        for parts in zip(*iterators):
            yield _pack(self.datasets, iter(parts))

    def _size(self) -> int:
        sizes = [d._size() for d in nest.flatten(self.datasets)]
        finite = [s for s in sizes if s >= 0]
        if UNKNOWN_CARDINALITY in sizes:
            return UNKNOWN_CARDINALITY
        return min(finite) if finite else INFINITE_CARDINALITY

    def _spec(self) -> Any:
        return _pack(self.datasets, iter([d.element_spec for d in nest.flatten(self.datasets)]))


def _pack(structure: Any, parts: Iterator[Any]) -> Any:
    """`parts` (nests themselves) in the structure of the datasets."""
    if isinstance(structure, Dataset):
        return next(parts)
    if isinstance(structure, dict):
        found = {k: _pack(structure[k], parts) for k in sorted(structure)}
        return {k: found[k] for k in structure}
    return tuple(_pack(s, parts) for s in structure)


class FlatMapDataset(Dataset):
    """What a Python generator yields (TensorFlow's name for `from_generator` is this one's)."""

    def __init__(self, make: Callable[[], Iterator[Any]], spec: Any) -> None:
        self.make, self.signature = make, spec

    @classmethod
    def generator(cls, generator: Any, output_types: Any, output_shapes: Any, args: Any, output_signature: Any) -> FlatMapDataset:
        """The dataset of `from_generator`'s arguments."""
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        if output_signature is not None and (output_types is not None or output_shapes is not None):
            raise TypeError("The `output_types` and `output_shapes` arguments can not be used together with the `output_signature` argument.")
        if output_signature is None:
            if output_types is None:
                raise TypeError("Either the `output_signature` or the `output_types` argument must be specified.")
            output_signature = _signature(output_types, output_shapes)
        values = [to_tensor(a).numpy() for a in args or ()]

        def make() -> Iterator[Any]:
            return iter(generator(*values))

        return cls(make, output_signature)

    def _elements(self) -> Iterator[Any]:
        for value in self.make():
            yield _conform(self.signature, value)

    def _spec(self) -> Any:
        return self.signature


def _signature(types: Any, shapes: Any) -> Any:
    if shapes is None:
        return nest.map_structure(lambda t: TensorSpec(None, t), types)
    if isinstance(types, dict):
        return {k: _signature(types[k], shapes[k]) for k in types}
    if isinstance(types, (tuple, list)):
        return tuple(_signature(t, s) for t, s in zip(types, shapes))
    return TensorSpec(TensorShape(shapes), types)


def _conform(spec: Any, value: Any) -> Any:
    """A yielded value as tensors of the signature. Raises where it does not fit."""
    if isinstance(spec, TensorSpec):
        try:
            array = value if isinstance(value, (Tensor, np.ndarray)) else np.asarray(value) if spec.dtype is not dtypes.string else value
            tensor = to_tensor(array, spec.dtype) if not isinstance(array, Tensor) else array
        except (TypeError, ValueError) as error:
            raise TypeError(f"`generator` yielded an element that could not be converted to the expected type. The expected type was {spec.dtype.name}, but the yielded element was {value}. ({error})") from None
        if not spec.shape.is_compatible_with(tensor.shape):
            raise TypeError(f"`generator` yielded an element of shape {tensor.shape} where an element of shape {spec.shape} was expected.")
        return tensor
    if isinstance(spec, dict):
        if not isinstance(value, dict) or set(value) != set(spec):
            raise InvalidArgumentError(None, None, f"TypeError: `generator` yielded an element that did not match the expected structure. The expected structure was {spec}, but the yielded element was {value}.")
        return {k: _conform(spec[k], value[k]) for k in spec}
    if not isinstance(value, (tuple, list)) or len(value) != len(spec):
        raise TypeError(f"`generator` yielded an element that did not match the expected structure. The expected structure was {nest.map_structure(lambda s: s.dtype, spec)}, but the yielded element was {value}.")
    return tuple(_conform(s, v) for s, v in zip(spec, value))
