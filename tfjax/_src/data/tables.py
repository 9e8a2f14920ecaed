"""Lookup tables filled from datasets."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.data.batching import stack_elements
from tfjax._src.data.dataset import Dataset
from tfjax._src.lookup.initializers import TableInitializer
from tfjax._src.lookup.static import StaticHashTable, StaticVocabularyTable


@export("data.experimental.DatasetInitializer")
class DatasetInitializer(TableInitializer):
    """Keys and values of a static table from a dataset of pairs of scalars.

    >>> import tfjax as tf
    >>> pairs = tf.data.Dataset.from_tensor_slices((["a", "b"], [1, 2]))
    >>> table = tf.lookup.StaticHashTable(tf.data.experimental.DatasetInitializer(pairs), -1)
    >>> table.lookup(tf.constant(["b"])).numpy()
    array([2], dtype=int32)
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        specs = dataset.element_spec
        if not isinstance(specs, tuple) or len(specs) != 2:
            raise ValueError(f"Invalid `dataset`. Each element must be a pair of scalars, but got {specs}")
        super().__init__(specs[0].dtype, specs[1].dtype)

    def contents(self) -> tuple[np.ndarray, np.ndarray]:
        """Keys and values as arrays."""
        elements = list(self.dataset)
        if not elements:
            return np.zeros(0, self.key_dtype.np), np.zeros(0, self.value_dtype.np)
        keys, values = nest.flatten(stack_elements(elements))
        return keys.host_value(), values.host_value()


@export("data.experimental.table_from_dataset")
def table_from_dataset(
    dataset: Any = None, num_oov_buckets: int = 0, vocab_size: int | None = None, default_value: Any = None,
    hasher_spec: Any = None, key_dtype: Any = dtypes.string, name: Any = None,
) -> Any:
    """A lookup table of the pairs (key, value) of a dataset.

    Args:
      dataset: of pairs of scalars.
      num_oov_buckets: buckets for keys that are not there.
      vocab_size: how many pairs to read at most.
      default_value: for keys that are not there, without buckets.
      hasher_spec: must be None: FarmHash.
      key_dtype: the dtype of the keys.
      name: no effect.

    >>> import tfjax as tf
    >>> pairs = tf.data.Dataset.from_tensor_slices((["a"], tf.constant([1], tf.int64)))
    >>> tf.data.experimental.table_from_dataset(pairs, default_value=-1).lookup(tf.constant(["a", "b"])).numpy()
    array([ 1, -1])
    """
    if hasher_spec is not None:
        raise ValueError("`hasher_spec` must be None: buckets are chosen by FarmHash.")
    if num_oov_buckets < 0:
        raise ValueError("`num_oov_buckets` must be greater than or equal to 0")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError("`vocab_size` must be greater than 0")
    chosen = dataset if vocab_size is None else dataset.take(vocab_size)
    initializer = DatasetInitializer(chosen)
    if num_oov_buckets:
        return StaticVocabularyTable(initializer, num_oov_buckets, lookup_key_dtype=key_dtype)
    return StaticHashTable(initializer, -1 if default_value is None else default_value)


@export("data.experimental.index_table_from_dataset")
def index_table_from_dataset(
    dataset: Any = None, num_oov_buckets: int = 0, vocab_size: int | None = None, default_value: Any = -1,
    hasher_spec: Any = None, key_dtype: Any = dtypes.string, name: Any = None,
) -> Any:
    """A lookup table from the keys of a dataset to their numbers; arguments as of `table_from_dataset`.

    >>> import tfjax as tf
    >>> keys = tf.data.Dataset.from_tensor_slices(["a", "b"])
    >>> tf.data.experimental.index_table_from_dataset(keys).lookup(tf.constant(["b", "c"])).numpy()
    array([ 1, -1])
    """
    pairs = dataset.enumerate().map(lambda number, key: (key, number))
    return table_from_dataset(pairs, num_oov_buckets, vocab_size, default_value, hasher_spec, key_dtype)
