"""Datasets of CSV files."""

from __future__ import annotations

import collections
import glob
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError, OpError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import Dataset
from tfjax._src.data.files import _FileDataset, _plain
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io import csv, records

# Types that a column may have, the narrowest first.
_INFERRED = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def _lines(file: Any, quotes: bool) -> Iterator[bytes]:
    """Records without their ends; a quoted field may go over several lines."""
    pending = b""
    for line in file:
        pending += line
        if quotes and pending.count(b'"') % 2:
            continue
        yield pending.rstrip(b"\r\n")
        pending = b""
    if pending:
        yield pending


def _defaults(given: Any) -> list[Any]:
    """Record defaults; a dtype means that a value is required."""
    found = []
    for value in given:
        if isinstance(value, (dtypes.DType, type)):
            dtype = dtypes.as_dtype(value)
            value = Tensor(np.array([], object if dtype is dtypes.string else dtype.np))
        found.append(value)
    return found


@export("data.experimental.CsvDataset")
class CsvDataset(_FileDataset):
    """The records of CSV files, a tuple of scalars each.

    Args:
      filenames: a name, names, or a dataset of names.
      record_defaults: per column a default, or a dtype where a value is required.
      compression_type: "GZIP", "ZLIB" or "" (none).
      buffer_size: no effect.
      header: whether each file's first line is left out.
      field_delim: what separates fields.
      use_quote_delim: double quotes protect what they enclose.
      na_value: stands for a missing value.
      select_cols, exclude_cols: numbers of the columns to read, or to leave out.

    >>> import pathlib, tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.csv"
    >>> _ = pathlib.Path(path).write_text("a,b\\n1,x\\n")
    >>> ds = tf.data.experimental.CsvDataset(path, [tf.int32, ""], header=True)
    >>> [(int(a), b.numpy()) for a, b in ds]
    [(1, b'x')]
    """

    _public = "CsvDatasetV2"

    def __init__(
        self, filenames: Any, record_defaults: Any, compression_type: Any = None, buffer_size: Any = None,
        header: bool = False, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
        select_cols: Any = None, exclude_cols: Any = None,
    ) -> None:
        super().__init__(filenames, compression_type, None)
        if select_cols is not None and exclude_cols is not None:
            raise InvalidArgumentError(None, None, "Either select_cols or exclude_cols should be empty")
        self.columns = csv.Columns(_defaults(record_defaults), na_value.encode())
        self.header, self.delimiter, self.quotes = header, field_delim.encode(), use_quote_delim
        self.selected = None if select_cols is None else list(select_cols)
        self.excluded = set(exclude_cols or ())

    def _of(self, name: Any) -> Iterator[Any]:
        with records.open_input(_plain(name.numpy()), self.compression) as file:
            lines = _lines(file, self.quotes)
            for line in itertools.islice(lines, int(self.header), None):
                yield self._row(line)

    def _row(self, line: bytes) -> tuple[Tensor, ...]:
        fields = csv.split(line, self.delimiter, self.quotes)
        if self.selected is not None:
            fields = [fields[c] for c in self.selected if c < len(fields)]
        elif self.excluded:
            fields = [f for i, f in enumerate(fields) if i not in self.excluded]
        kinds = self.columns.dtypes
        if len(fields) < len(kinds):
            raise InvalidArgumentError(None, None, f"Expect {len(kinds)} fields but have {len(fields)} in record [Op:IteratorGetNext] name: ")
        try:
            values = [self.columns.convert(f, i, 0) for i, f in enumerate(fields[: len(kinds)])]
        except InvalidArgumentError as error:
            text = error.message.replace("in record 0", "in record").replace("[Op:DecodeCSV]", "[Op:IteratorGetNext] name: ")
            raise InvalidArgumentError(None, None, text) from None
        if len(fields) > len(kinds):
            raise InvalidArgumentError(None, None, f"Expect {len(kinds)} fields but have more in record [Op:IteratorGetNext] name: ")
        return tuple([Tensor(csv.column([v], d).reshape(())) for v, d in zip(values, kinds)])

    def _spec(self) -> Any:
        return tuple(TensorSpec((), d) for d in self.columns.dtypes)


def _inferred(field_lists: list[list[bytes]], number: int, na: bytes) -> Any:
    """A default of the narrowest type that holds a column."""
    kinds = list(_INFERRED)
    for fields in field_lists:
        value = fields[number] if number < len(fields) else b""
        while value not in (b"", na) and kinds and not _holds(kinds[0], value):
            kinds.pop(0)
    if not kinds:
        return ""
    return Tensor(np.zeros(1, kinds[0].np))


def _holds(dtype: dtypes.DType, value: bytes) -> bool:
    try:
        number = int(value) if dtype.is_integer else float(value)
    except ValueError:
        return False
    return abs(number) <= dtype.max or number in (float("inf"), float("-inf")) if not dtype.is_integer else dtype.min <= number <= dtype.max


@export("data.experimental.make_csv_dataset")
def make_csv_dataset(
    file_pattern: Any, batch_size: Any, column_names: Any = None, column_defaults: Any = None, label_name: Any = None,
    select_columns: Any = None, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
    header: bool = True, num_epochs: Any = None, shuffle: bool = True, shuffle_buffer_size: Any = 10000,
    shuffle_seed: Any = None, prefetch_buffer_size: Any = None, num_parallel_reads: Any = None, sloppy: bool = False,
    num_rows_for_inference: Any = 100, compression_type: Any = None, ignore_errors: bool = False, encoding: str = "utf-8",
) -> Dataset:
    """Batches of CSV files: an OrderedDict of columns, or a pair of it and the labels.

    Args:
      file_pattern: a glob pattern, or several.
      batch_size: rows per batch.
      column_names: the columns; by default the first line's.
      column_defaults: a default or dtype per (selected) column; by default what the first rows suggest.
      label_name: the column of labels.
      select_columns: names or numbers of the columns to read.
      field_delim, use_quote_delim, na_value, header, compression_type: as of `CsvDataset`.
      num_epochs: how often to go through the files; without end (and a short last batch) if None.
      shuffle, shuffle_buffer_size, shuffle_seed: how rows are shuffled.
      prefetch_buffer_size: batches to hold ready; 1 by default.
      num_parallel_reads: reads so many files in turn.
      sloppy, encoding: no effect.
      num_rows_for_inference: rows to look at for types; all if None.
      ignore_errors: leaves out rows that cannot be read.

    >>> import pathlib, tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.csv"
    >>> _ = pathlib.Path(path).write_text("a,b\\n1,x\\n2,y\\n")
    >>> ds = tf.data.experimental.make_csv_dataset(path, 2, label_name="b", num_epochs=1, shuffle=False)
    >>> [(f["a"].numpy().tolist(), l.numpy().tolist()) for f, l in ds]
    [([1, 2], [b'x', b'y'])]
    """
    patterns = file_pattern if isinstance(file_pattern, (list, tuple)) else [file_pattern]
    names = sorted({n for p in patterns for n in glob.glob(_plain(p))})
    if not names:
        raise ValueError(f"No files match `file_pattern` {file_pattern}.")
    delimiter = field_delim.encode()
    if column_names is None:
        if not header:
            raise ValueError("Expected `column_names` or `header` argument to be specified.")
        column_names = _names(names, compression_type, delimiter, use_quote_delim)
    column_names = [str(n) for n in column_names]
    if len(set(column_names)) != len(column_names):
        raise ValueError("Cannot have duplicate column names.")
    numbers = _selected(select_columns, column_names)
    if column_defaults is None:
        rows = _first_rows(names, compression_type, delimiter, use_quote_delim, header, num_rows_for_inference)
        column_defaults = [_inferred(rows, i, na_value.encode()) for i in numbers]
    chosen = [column_names[i] for i in numbers]
    if label_name is not None and label_name not in chosen:
        raise ValueError(f"`label_name` provided must be one of the columns: {chosen}. Received: {label_name}.")

    def read(name: Any) -> Dataset:
        found: Dataset = CsvDataset(
            name, column_defaults, compression_type, None, header, field_delim, use_quote_delim, na_value, numbers
        )
        return found.ignore_errors() if ignore_errors else found

    def labelled(*columns: Any) -> Any:
        features = collections.OrderedDict(zip(chosen, columns))
        return features if label_name is None else (features, features.pop(label_name))

    dataset = Dataset.list_files(names, shuffle, shuffle_seed).interleave(read, num_parallel_reads or 1)
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    dataset = dataset.repeat(num_epochs) if num_epochs != 1 else dataset
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None).map(labelled)
    return dataset.prefetch(1 if prefetch_buffer_size is None else prefetch_buffer_size)


def _names(files: list[str], compression: Any, delimiter: bytes, quotes: bool) -> list[str]:
    """The column names in the first lines, which must agree."""
    headers = []
    for name in files:
        with records.open_input(name, compression) as file:
            headers.append([f.decode() for f in csv.split(next(_lines(file, quotes), b""), delimiter, quotes)])
    if any(h != headers[0] for h in headers):
        raise ValueError("All input CSV files should have the same column names in the header row. File {} has different column names.".format(files[0]))
    return headers[0]


def _selected(columns: Any, names: list[str]) -> list[int]:
    if columns is None:
        return list(range(len(names)))
    for column in columns:
        if isinstance(column, str) and column not in names:
            raise ValueError(f"Value '{column}' specified in `select_columns` not present in column names.")
    found = sorted(names.index(c) if isinstance(c, str) else int(c) for c in columns)
    if len(set(found)) != len(found):
        raise ValueError("`select_columns` contains duplicate columns.")
    return found


def _first_rows(files: list[str], compression: Any, delimiter: bytes, quotes: bool, header: bool, limit: Any) -> list[list[bytes]]:
    rows: list[list[bytes]] = []
    for name in files:
        with records.open_input(name, compression) as file:
            for line in itertools.islice(_lines(file, quotes), int(header), None):
                if limit is not None and len(rows) >= limit:
                    return rows
                try:
                    rows.append(csv.split(line, delimiter, quotes))
                except OpError:
                    continue  # a broken row tells nothing of types
    return rows
