"""Tables whose contents are given once."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import Kernel, execute
from tfjax._src.eager.tensor import Tensor
from tfjax._src.lookup.initializers import check_unique
from tfjax._src.ops.array import masking, shaping
from tfjax._src.ops.math import comparison
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor
from tfjax._src.ops.strings import basic, hashing
from tfjax._src.ops.strings.elements import filled


class LookupInterface:
    """What all tables have: dtypes, a name, `lookup` and `[]`."""

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> dtypes.DType:
        """The dtype of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._value_dtype

    @property
    def name(self) -> Any:
        """None, as in TensorFlow's eager mode."""
        return None

    @property
    def resource_handle(self) -> Any:
        """What identifies the table: the table itself."""
        return self

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of `keys`."""
        raise NotImplementedError(f"{type(self).__name__}.lookup")

    def __getitem__(self, keys: Any) -> Any:
        return self.lookup(keys)

    def _checked(self, keys: Any) -> Any:
        if not isinstance(keys, (Tensor, RaggedTensor, SparseTensor)):
            keys = to_tensor(keys, self._key_dtype)
        if keys.dtype != self._key_dtype:
            raise TypeError(f"Dtype of argument `keys` must be <dtype: '{self._key_dtype.name}'>, received: <dtype: '{keys.dtype.name}'>")
        return keys

    def _on_values(self, keys: Any, function: Any) -> Any:
        """`function` of the keys themselves, arranged as they are."""
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(function(keys.flat_values))
        if isinstance(keys, SparseTensor):
            return keys.with_values(function(keys.values))
        return function(keys)


@export("lookup.StaticHashTable")
class StaticHashTable(LookupInterface):
    """A table that never changes.

    Args:
      initializer: gives keys and values.
      default_value: what a missing key gives.
      name, experimental_is_anonymous: no effect.

    >>> import tfjax as tf
    >>> table = tf.lookup.StaticHashTable(
    ...     tf.lookup.KeyValueTensorInitializer(["emerson", "lake"], [0, 1]), default_value=-1)
    >>> table[tf.constant(["lake", "palmer"])].numpy()
    array([ 1, -1], dtype=int32)
    """

    def __init__(self, initializer: Any, default_value: Any, name: Any = None, experimental_is_anonymous: bool = False) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default = to_tensor(default_value, self._value_dtype)
        self._initializer = initializer
        self._keys = np.zeros(0, self._key_dtype.np)
        self._values = np.zeros(0, self._value_dtype.np)
        self._kernel: Kernel | None = None
        initializer.initialize(self)

    def fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Takes keys and values."""
        check_unique(keys.tolist(), values.tolist())
        self._keys, self._values = keys, values
        self._places = {key: i for i, key in reversed(list(enumerate(keys.tolist())))}
        if keys.dtype != object:
            order = np.argsort(keys, kind="stable")
            self._sorted, self._sorted_values = keys[order], values[order]

    @property
    def default_value(self) -> Tensor:
        """What a missing key gives."""
        return self._default

    @property
    def _is_numeric(self) -> bool:
        return self._key_dtype is not dtypes.string and self._value_dtype is not dtypes.string

    def size(self, name: Any = None) -> Tensor:
        """The number of keys, an int64 scalar."""
        return Tensor(np.array(len(self._places), np.int64))

    def export(self, name: Any = None) -> tuple[Tensor, Tensor]:
        """All keys and all values."""
        chosen = sorted(self._places.values())
        return Tensor(self._keys[chosen]), Tensor(self._values[chosen])

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of `keys`: a tensor, ragged or sparse tensor; missing ones give the default.

        Raises:
          TypeError: keys of another dtype.
        """
        return self._on_values(self._checked(keys), self._find)

    def _find(self, keys: Tensor) -> Tensor:
        if self._is_numeric and len(self._keys):
            if self._kernel is None:
                self._kernel = _numeric_kernel(self._sorted, self._sorted_values, self._default.host_value())
            return execute(self._kernel, [keys])[0]
        array = keys.host_value()
        places, values, default = self._places, self._values.tolist(), self._default.host_value()[()]
        found = [default if (i := places.get(k, -1)) < 0 else values[i] for k in array.reshape(-1).tolist()]
        return Tensor(filled(found, array.shape, self._value_dtype.np))


def _numeric_kernel(keys: np.ndarray, values: np.ndarray, default: np.ndarray) -> Kernel:
    """Looks numbers up among sorted keys."""

    def find(wanted: Any) -> tuple[Any, ...]:
        xp = np if type(wanted) is np.ndarray else jnp
        places = xp.minimum(xp.searchsorted(xp.asarray(keys), wanted), len(keys) - 1)
        return (xp.where(xp.asarray(keys)[places] == wanted, xp.asarray(values)[places], xp.asarray(default)),)

    return Kernel("LookupTableFindV2", find, differentiable=False)


@export("lookup.StaticVocabularyTable")
class StaticVocabularyTable(LookupInterface):
    """Numbers of words; words outside the vocabulary are hashed into buckets behind it.

    Args:
      initializer: gives words and their numbers, int64 from 0 on; None for an empty vocabulary.
      num_oov_buckets: how many buckets there are.
      lookup_key_dtype: the dtype of the words: string, or an integer dtype.
      name, experimental_is_anonymous: no effect.

    >>> import tfjax as tf
    >>> words = tf.lookup.KeyValueTensorInitializer(tf.constant(["a", "b"]), tf.constant([0, 1], tf.int64))
    >>> tf.lookup.StaticVocabularyTable(words, 1).lookup(tf.constant(["b", "x"])).numpy()
    array([1, 2])
    """

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None, name: Any = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("`num_oov_buckets` must be > 0; use StaticHashTable.")
        if initializer is None and lookup_key_dtype is None:
            raise ValueError("`lookup_key_dtype` must be specified if `initializer` is None.")
        kind = dtypes.as_dtype(lookup_key_dtype) if lookup_key_dtype is not None else initializer.key_dtype
        if initializer is not None:
            if initializer.value_dtype is not dtypes.int64:
                raise TypeError(f"Invalid `value_dtype`, expected <dtype: 'int64'> but got <dtype: '{initializer.value_dtype.name}'>.")
            if kind.is_integer != initializer.key_dtype.is_integer:
                raise TypeError(f"Invalid `key_dtype`, expected <dtype: '{kind.name}'> but got <dtype: '{initializer.key_dtype.name}'>.")
        super().__init__(kind, dtypes.int64)
        self._buckets = num_oov_buckets
        self._table = None if initializer is None else StaticHashTable(initializer, -1)

    def _known(self) -> int:
        return 0 if self._table is None else int(self._table.size().numpy())

    def size(self, name: Any = None) -> Tensor:
        """The number of words and buckets, an int64 scalar."""
        return Tensor(np.array(self._known() + self._buckets, np.int64))

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The number of each word.

        Raises:
          TypeError: keys of another dtype.
        """
        return self._on_values(self._checked(keys), self._find)

    def _find(self, keys: Tensor) -> Tensor:
        words = keys if keys.dtype is dtypes.string else basic.as_string(keys)
        bucket = hashing.to_hash_bucket_fast(words, self._buckets) + self._known()
        if self._table is None:
            return bucket
        own = keys if keys.dtype == self._table.key_dtype else shaping.cast(keys, self._table.key_dtype)
        found = self._table.lookup(own)
        return masking.where(comparison.not_equal(found, -1), found, bucket)
