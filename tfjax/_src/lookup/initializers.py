"""Where the contents of a static table come from: tensors or a text file."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks


class TableInitializer:
    """Gives the keys and values of a table.

    Attributes:
      key_dtype, value_dtype: their dtypes.
    """

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

    def contents(self) -> tuple[np.ndarray, np.ndarray]:
        """Keys and values as arrays."""
        raise NotImplementedError(f"{type(self).__name__}.contents")

    def initialize(self, table: Any) -> None:
        """Fills `table`."""
        if table.key_dtype != self._key_dtype or table.value_dtype != self._value_dtype:
            raise TypeError(f"Invalid `table` dtypes: expected {self._key_dtype} and {self._value_dtype}, got {table.key_dtype} and {table.value_dtype}.")
        table.fill(*self.contents())


@export("lookup.KeyValueTensorInitializer")
class KeyValueTensorInitializer(TableInitializer):
    """Keys and values from tensors.

    Args:
      keys, values: vectors of one length.
      key_dtype, value_dtype: dtypes; those of the tensors by default.
      name: no effect.

    >>> import tfjax as tf
    >>> init = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> tf.lookup.StaticHashTable(init, default_value=-1).lookup(tf.constant(["b", "x"])).numpy()
    array([ 2, -1], dtype=int32)
    """

    def __init__(self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: Any = None) -> None:
        wanted = [None if d is None else dtypes.as_dtype(d) for d in (key_dtype, value_dtype)]
        self._keys, self._values = to_tensor(keys, wanted[0]), to_tensor(values, wanted[1])
        super().__init__(self._keys.dtype, self._values.dtype)

    def contents(self) -> tuple[np.ndarray, np.ndarray]:
        """Keys and values as arrays."""
        keys, values = self._keys.host_value(), self._values.host_value()
        if keys.shape != values.shape[: keys.ndim]:
            text = f"Expected shape {checks.brackets(keys.shape)} for value, got {checks.brackets(values.shape)}"
            raise InvalidArgumentError(None, None, f"{text} [Op:LookupTableImportV2]")
        return keys.reshape(-1), values.reshape(-1, *values.shape[keys.ndim :])


@export("lookup.TextFileIndex")
class TextFileIndex:
    """What of a line of a text file a table takes: the whole line, or its number."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


@export("lookup.TextFileInitializer")
class TextFileInitializer(TableInitializer):
    """Keys and values from the lines of a text file.

    Args:
      filename: the file.
      key_dtype, value_dtype: string, int64 (or, for values, a float).
      key_index, value_index: the column, or a member of `tf.lookup.TextFileIndex`.
      vocab_size: how many lines to read at most.
      delimiter: stands between columns.
      name: no effect.
      value_index_offset: added to line numbers that are values.

    Raises:
      ValueError: an index below -2, or a dtype that does not go with it.

    >>> import pathlib, tempfile
    >>> import tfjax as tf
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "words.txt"
    >>> _ = path.write_text("the\\nfox\\n")
    >>> init = tf.lookup.TextFileInitializer(
    ...     str(path), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
    >>> tf.lookup.StaticHashTable(init, -1).lookup(tf.constant(["fox"])).numpy()
    array([1])
    """

    def __init__(
        self, filename: Any, key_dtype: Any, key_index: int, value_dtype: Any, value_index: int, vocab_size: Any = None,
        delimiter: str = "\t", name: Any = None, value_index_offset: int = 0,
    ) -> None:
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError("`filename` argument required for tf.lookup.TextFileInitializer")
        super().__init__(key_dtype, value_dtype)
        for what, index, dtype in (("key", key_index, self._key_dtype), ("value", value_index, self._value_dtype)):
            if index < -2:
                raise ValueError(f"`{what}_index` should be >= -2, received: {index}.")
            if index == TextFileIndex.LINE_NUMBER and dtype is not dtypes.int64:
                raise ValueError(f"`{what}_dtype` must be int64 if `{what}_index` is -1, received: {dtype}")
            if index == TextFileIndex.WHOLE_LINE and dtype not in (dtypes.string, dtypes.int64):
                raise ValueError(f"`{what}_dtype` must be either integer or string for {what}_index -2, received: {dtype}")
        if vocab_size is not None and statics.integer(vocab_size) <= 0:
            raise ValueError(f"`vocab_size` should be > 0, received: {vocab_size}.")
        self._filename, self._vocab_size = filename, vocab_size
        self._key_index, self._value_index = key_index, value_index
        self._delimiter, self._offset = delimiter.encode(), value_index_offset

    def contents(self) -> tuple[np.ndarray, np.ndarray]:
        """Keys and values as arrays."""
        path = self._filename.numpy() if isinstance(self._filename, Tensor) else self._filename
        try:
            with open(os.fspath(path), "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            name = path.decode() if isinstance(path, bytes) else path
            raise NotFoundError(None, None, f"{name}; No such file or directory [Op:InitializeTableFromTextFileV2]") from None
        lines = [line.removesuffix(b"\r") for line in (lines[:-1] if lines[-1] == b"" else lines)]
        if self._vocab_size is not None:
            lines = lines[: statics.integer(self._vocab_size)]
        keys = self._column(lines, self._key_index, self._key_dtype, 0)
        return keys, self._column(lines, self._value_index, self._value_dtype, self._offset)

    def _column(self, lines: list[bytes], index: int, dtype: dtypes.DType, offset: int) -> np.ndarray:
        if index == TextFileIndex.LINE_NUMBER:
            return np.arange(len(lines), dtype=np.int64) + offset
        found = np.empty(len(lines), object)
        for number, line in enumerate(lines):
            parts = [line] if index == TextFileIndex.WHOLE_LINE else line.split(self._delimiter)
            column = max(index, 0)
            if column >= len(parts):
                raise InvalidArgumentError(None, None, f"Invalid number of columns in {self._filename} line {number} ({line.decode()}) : expected at least {column + 1} got {len(parts)}")
            found[number] = parts[column]
        if dtype is dtypes.string:
            return found
        try:
            return np.array([float(v) if dtype.is_floating else int(v) for v in found], dtype.np)
        except ValueError as error:
            raise InvalidArgumentError(None, None, f"Field in a line of {self._filename} is not a valid {dtype.name}: {error}") from None


def check_unique(keys: list[Any], values: list[Any]) -> None:
    """Raises FailedPreconditionError if a key has two values."""
    seen: dict[Any, Any] = {}
    for key, value in zip(keys, values):
        if seen.setdefault(key, value) != value:
            shown = [v.decode() if isinstance(v, bytes) else v for v in (key, seen[key], value)]
            text = f"HashTable has different value for same key. Key {shown[0]} has {shown[1]} and trying to add value {shown[2]}"
            raise FailedPreconditionError(None, None, f"{text} [Op:LookupTableImportV2]")
