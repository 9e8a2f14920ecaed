"""Tables that are filled and changed while a program runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.lookup.static import LookupInterface
from tfjax._src.ops import checks
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor
from tfjax._src.ops.strings.elements import filled


@export("lookup.experimental.MutableHashTable")
class MutableHashTable(LookupInterface):
    """A table that can be changed.

    A tf.function that uses it runs eagerly.

    Args:
      key_dtype, value_dtype: dtypes.
      default_value: what a missing key gives; its shape is that of every value.
      name, checkpoint, experimental_is_anonymous: no effect.

    >>> import tfjax as tf
    >>> table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
    >>> table.insert(tf.constant(["a"]), tf.constant([1], tf.int64))
    >>> table.lookup(tf.constant(["a", "b"])).numpy()
    array([ 1, -1])
    """

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, name: str = "MutableHashTable", checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default = to_tensor(default_value, self._value_dtype)
        self._contents: dict[Any, Any] = {}

    def _read(self, value: Any, dtype: dtypes.DType, what: str) -> np.ndarray:
        frame = frames.current()
        if frame is not None and frame.kind != "spec":
            raise ConcreteValueError("A mutable table is read and written when the function runs.")
        try:
            return to_tensor(value, dtype).host_value()
        except ValueError as error:
            raise ValueError(f"{what}: {error}") from None

    def _keys(self, keys: Any) -> np.ndarray:
        return self._read(keys, self._key_dtype, "keys")

    def insert(self, keys: Any, values: Any, name: Any = None) -> None:
        """Stores values under keys, in place of older ones."""
        own = self._keys(keys)
        new = self._read(values, self._value_dtype, "values")
        shape = (*own.shape, *self._default.shape.as_list())
        if new.shape != shape:
            text = f"Expected shape {checks.brackets(shape)} for value, got {checks.brackets(new.shape)}"
            raise InvalidArgumentError(None, None, f"{text} [Op:LookupTableInsertV2]")
        rows = new.reshape(own.size, *shape[own.ndim :])
        self._check_keys(own, "LookupTableInsertV2")
        self._contents.update(zip(own.reshape(-1).tolist(), rows))

    def _check_keys(self, keys: np.ndarray, op_name: str) -> None:
        """Raises an error for keys that the table cannot hold."""

    def lookup(self, keys: Any, dynamic_default_values: Any = None, name: Any = None) -> Any:
        """The values of keys; missing ones give the default, or their own one of `dynamic_default_values`."""
        if isinstance(keys, (RaggedTensor, SparseTensor)):
            return self._on_values(keys, lambda flat: self.lookup(flat, dynamic_default_values))
        own = self._keys(keys)
        self._check_keys(own, "LookupTableFindV2")
        inner = tuple(self._default.shape.as_list())
        flat = own.reshape(-1).tolist()
        if dynamic_default_values is None:
            others = [self._default.host_value()[()] if not inner else self._default.host_value()] * len(flat)
        else:
            given = self._read(dynamic_default_values, self._value_dtype, "dynamic_default_values")
            others = list(np.broadcast_to(given, (*own.shape, *inner)).reshape(len(flat), *inner))
        found = [self._contents.get(k, other) for k, other in zip(flat, others)]
        if not inner:
            return Tensor(filled([v[()] if isinstance(v, np.ndarray) else v for v in found], own.shape, self._value_dtype.np))
        rows = np.stack(found) if found else np.zeros((0, *inner), self._value_dtype.np)
        return Tensor(rows.reshape(*own.shape, *inner))

    def remove(self, keys: Any, name: Any = None) -> None:
        """Takes keys out; missing ones are no error."""
        for key in self._keys(self._checked(keys)).reshape(-1).tolist():
            self._contents.pop(key, None)

    def size(self, name: Any = None) -> Tensor:
        """The number of keys, an int64 scalar."""
        self._keys([] if self._key_dtype is dtypes.string else np.zeros(0, self._key_dtype.np))
        return Tensor(np.array(len(self._contents), np.int64))

    def export(self, name: Any = None) -> tuple[Tensor, Tensor]:
        """All keys and all values."""
        keys = filled(list(self._contents), (len(self._contents),), self._key_dtype.np)
        inner = tuple(self._default.shape.as_list())
        values = np.empty((len(keys), *inner), self._value_dtype.np)
        for i, value in enumerate(self._contents.values()):
            values[i] = value
        return Tensor(keys), Tensor(values)


@export("lookup.experimental.DenseHashTable")
class DenseHashTable(MutableHashTable):
    """A table that can be changed, with two keys that never occur.

    A tf.function that uses it runs eagerly.

    Args:
      key_dtype, value_dtype: dtypes.
      default_value: what a missing key gives; its shape is that of every value.
      empty_key, deleted_key: keys that cannot be stored.
      initial_num_buckets, name, checkpoint, experimental_is_anonymous: no effect.

    >>> import tfjax as tf
    >>> table = tf.lookup.experimental.DenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-1)
    >>> table.insert(tf.constant([5], tf.int64), tf.constant([7], tf.int64))
    >>> table.lookup(tf.constant([5, 6], tf.int64)).numpy()
    array([ 7, -1])
    """

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, empty_key: Any, deleted_key: Any, initial_num_buckets: Any = None,
        name: str = "MutableDenseHashTable", checkpoint: bool = True, experimental_is_anonymous: bool = False,
    ) -> None:
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)
        self._reserved = [(to_tensor(k, self._key_dtype).numpy(), what) for k, what in ((empty_key, "empty_key"), (deleted_key, "deleted_key"))]

    def _check_keys(self, keys: np.ndarray, op_name: str) -> None:
        for reserved, what in self._reserved:
            if np.asarray(keys == reserved).any():
                raise InvalidArgumentError(None, None, f"Using the {what} as a table key is not allowed [Op:{op_name}]")

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of keys; missing ones give the default."""
        return super().lookup(keys)

    def insert_or_assign(self, keys: Any, values: Any, name: Any = None) -> None:
        """The same as `insert`."""
        self.insert(keys, values)

    def erase(self, keys: Any, name: Any = None) -> None:
        """The same as `remove`."""
        self.remove(keys)
