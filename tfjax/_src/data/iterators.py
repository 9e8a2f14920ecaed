"""Iterators over datasets, and Optional, a value that may be absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError, OutOfRangeError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.data.functions import as_element, opened, spec_of
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.ops.sparse.arrange import to_dense
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


@export("experimental.Optional", "data.experimental.Optional")
class Optional:
    """A value, or none: what `get_next_as_optional` gives.

    >>> import tfjax as tf
    >>> tf.experimental.Optional.from_value(3).get_value().numpy()
    np.int32(3)
    """

    def __init__(self, value: Any, spec: Any, present: bool) -> None:
        self._value, self._spec, self._present = value, spec, present

    @staticmethod
    def from_value(value: Any) -> Optional:
        """An Optional that holds a nest of tensors."""
        element = as_element(value)
        return Optional(element, spec_of(element), True)

    @staticmethod
    def empty(element_spec: Any) -> Optional:
        """An Optional without a value."""
        return Optional(None, element_spec, False)

    def has_value(self, name: str | None = None) -> Tensor:
        """Whether there is a value, a bool tensor."""
        return Tensor(np.array(self._present))

    def get_value(self, name: str | None = None) -> Any:
        """The value. Raises InvalidArgumentError if there is none."""
        if not self._present:
            raise InvalidArgumentError(None, None, "The given optional does not have a value. [Op:OptionalGetValue] name: ")
        return self._value

    @property
    def element_spec(self) -> Any:
        """The specs of the value."""
        return self._spec


class _ElementSpec(TypeSpec):
    """A spec that wraps the specs of elements."""

    def __init__(self, element_spec: Any) -> None:
        self._element_spec = element_spec

    @property
    def element_spec(self) -> Any:
        """The specs of the elements."""
        return self._element_spec

    @classmethod
    def from_value(cls, value: Any) -> Any:
        """The spec of such a value."""
        return cls(value.element_spec)

    def _key(self) -> tuple[Any, ...]:
        structure = nest.map_structure(lambda s: None, self._element_spec)
        return (repr(structure), tuple(nest.flatten(self._element_spec)))


@export("data.IteratorSpec")
class IteratorSpec(_ElementSpec):
    """Describes an iterator by its elements.

    >>> import tfjax as tf
    >>> tf.data.IteratorSpec(tf.TensorSpec([])).element_spec
    TensorSpec(shape=(), dtype=tf.float32, name=None)
    """

    value_type = property(lambda self: OwnedIterator)


@export("OptionalSpec")
class OptionalSpec(_ElementSpec):
    """Describes an Optional by its value.

    >>> import tfjax as tf
    >>> tf.OptionalSpec(tf.TensorSpec([])).element_spec
    TensorSpec(shape=(), dtype=tf.float32, name=None)
    """

    value_type = property(lambda self: Optional)
    # TensorFlow counts the variant that holds the value.
    _component_specs = TensorSpec([], dtypes.variant)

    def _serialize(self) -> tuple[Any, ...]:
        return (self._element_spec,)


@export("data.DatasetSpec")
class DatasetSpec(_ElementSpec):
    """Describes a dataset by its elements.

    >>> import tfjax as tf
    >>> tf.data.DatasetSpec(tf.TensorSpec([], tf.int32))
    DatasetSpec(TensorSpec(shape=(), dtype=tf.int32, name=None), TensorShape([]))
    """

    def __init__(self, element_spec: Any, dataset_shape: Any = ()) -> None:
        super().__init__(element_spec)

    def __repr__(self) -> str:
        return f"DatasetSpec({self._element_spec!r}, TensorShape([]))"


@export("data.Iterator", "python.data.ops.iterator_ops.OwnedIterator")
class OwnedIterator:
    """An iterator over a dataset; `get_next()` raises OutOfRangeError at the end.

    >>> import tfjax as tf
    >>> iterator = iter(tf.data.Dataset.range(3))
    >>> int(iterator.get_next()), int(next(iterator))
    (0, 1)
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._taken = 0
        self._open()

    def _open(self) -> None:
        with opened.sharing({}):
            self._iterator = self._dataset._elements()

    def __iter__(self) -> OwnedIterator:
        return self

    def __next__(self) -> Any:
        if frames.current() is not None:
            # A program cannot read data: the tf.function that asks for an element runs as Python.
            raise ConcreteValueError("The next element of a dataset is needed while a function is traced.")
        element = next(self._iterator)
        self._taken += 1
        return element

    next = __next__

    def _checkpoint_value(self) -> Any:
        """What a checkpoint stores: how many elements were taken."""
        return np.int64(self._taken)

    def _restore_value(self, value: Any) -> None:
        """Starts the dataset again and skips what had been taken."""
        self._taken = 0
        self._open()
        for _ in range(int(value)):
            if next(self._iterator, self) is self:
                break
            self._taken += 1

    def get_next(self) -> Any:
        """The next element."""
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError(None, None, "End of sequence [Op:IteratorGetNext] name: ") from None

    def get_next_as_optional(self) -> Optional:
        """The next element as an Optional, without a value at the end."""
        try:
            return Optional(next(self), self.element_spec, True)
        except StopIteration:
            return Optional.empty(self.element_spec)

    @property
    def element_spec(self) -> Any:
        """The specs of the elements."""
        return self._dataset.element_spec

    @property
    def output_types(self) -> Any:
        """The dtypes of an element (in TensorFlow deprecated, as the next two are)."""
        return nest.map_structure(lambda spec: getattr(spec, "dtype", dtypes.variant), self.element_spec)

    @property
    def output_shapes(self) -> Any:
        """The shapes of an element."""
        return nest.map_structure(lambda spec: getattr(spec, "shape", TensorShape([])), self.element_spec)

    @property
    def output_classes(self) -> Any:
        """The classes of an element's parts."""
        return nest.map_structure(lambda spec: spec.value_type, self.element_spec)

    @property
    def _type_spec(self) -> IteratorSpec:
        return IteratorSpec(self.element_spec)


@export("data.experimental.get_next_as_optional")
def get_next_as_optional(iterator: OwnedIterator) -> Optional:
    """The next element of an iterator as an Optional.

    >>> import tfjax as tf
    >>> bool(tf.data.experimental.get_next_as_optional(iter(tf.data.Dataset.range(1))).has_value())
    True
    """
    return iterator.get_next_as_optional()


@export("data.NumpyIterator")
class NumpyIterator:
    """An iterator over the elements of a dataset as NumPy values.

    >>> import tfjax as tf
    >>> list(tf.data.NumpyIterator(tf.data.Dataset.range(2)))
    [np.int64(0), np.int64(1)]
    """

    def __init__(self, dataset: Any) -> None:
        self._iterator: Iterator[Any] = iter(dataset)

    def __iter__(self) -> NumpyIterator:
        return self

    def next(self) -> Any:
        """The next element, as `next(iterator)`."""
        return self.__next__()

    def __next__(self) -> Any:
        return nest.map_structure(_numpy, next(self._iterator))


def _numpy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.numpy()
    if hasattr(value, "as_numpy_iterator"):
        raise TypeError(
            "`tf.data.Dataset.as_numpy_iterator()` is not supported for datasets that produce values of type <class 'DatasetV2'>"
        )
    if isinstance(value, SparseTensor):
        return to_dense(value).numpy()
    if not hasattr(value, "numpy"):
        return value
    return value.numpy()
