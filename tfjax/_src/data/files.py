"""Datasets of what files hold: records, lines, bytes of fixed length; and of file names."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import UNKNOWN_CARDINALITY, Dataset
from tfjax._src.data.mixing import InterleaveDataset
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io import records


def scalar(value: bytes) -> Tensor:
    """A string tensor."""
    out = np.empty((), object)
    out[()] = value
    return Tensor(out)


def _plain(value: Any) -> Any:
    if hasattr(value, "_dense_var_to_tensor") or isinstance(value, Tensor):
        value = statics.value(value)
    return value.decode() if isinstance(value, bytes) else value


class _FileDataset(Dataset):
    """What the files of a list, a tensor or a dataset of names hold, one file after another."""

    def __init__(self, filenames: Any, compression: Any, parallel: Any) -> None:
        self.compression = _plain(compression)
        self.parallel = None if parallel is None else statics.integer(parallel)
        if isinstance(filenames, Dataset):
            spec = filenames.element_spec
            if getattr(spec, "dtype", None) is not dtypes.string:
                raise TypeError(f"The `filenames` argument must contain `tf.string` elements. Got a dataset of {spec}.")
            self.names = filenames
        else:
            tensor = to_tensor(filenames if not hasattr(filenames, "__fspath__") else str(filenames), dtypes.string)
            self.names = Dataset.from_tensor_slices(tensor.host_value().reshape(-1).astype(object))

    def _read(self, path: str) -> Iterator[bytes]:
        raise NotImplementedError("Each format reads its files.")

    def _elements(self) -> Iterator[Any]:
        if self.parallel is None:
            return self._run(self.names._elements())
        cycle = 1 if self.parallel == -1 else self.parallel
        return InterleaveDataset(self.names, lambda name: _OneFile(self, name), cycle, 1)._elements()

    def _run(self, names: Iterator[Any]) -> Iterator[Any]:
        for name in names:
            yield from self._of(name)

    def _of(self, name: Any) -> Iterator[Any]:
        return map(scalar, self._read(_plain(name.numpy())))

    def _size(self) -> int:
        return UNKNOWN_CARDINALITY

    def _spec(self) -> Any:
        return TensorSpec((), dtypes.string)

    def __repr__(self) -> str:
        return f"<{self._public} element_spec={self.element_spec}>"

    __str__ = __repr__
    _public = ""


class _OneFile(Dataset):
    """One of the files of a file dataset."""

    def __init__(self, parent: _FileDataset, name: Any) -> None:
        self.parent, self.file = parent, name

    def _elements(self) -> Iterator[Any]:
        return self.parent._of(self.file)

    def _spec(self) -> Any:
        return self.parent.element_spec


@export("data.TFRecordDataset")
class TFRecordDataset(_FileDataset):
    """The records of TFRecord files.

    Args:
      filenames: a name, names, or a dataset of names.
      compression_type: "GZIP", "ZLIB" or "" (none).
      buffer_size: no effect.
      num_parallel_reads: reads so many files in turn.

    >>> import tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.tfrecord"
    >>> with tf.io.TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    >>> len(list(tf.data.TFRecordDataset(path)))
    1
    """

    _public = "TFRecordDatasetV2"

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None, name: str | None = None) -> None:
        super().__init__(filenames, compression_type, num_parallel_reads)

    def _read(self, path: str) -> Iterator[bytes]:
        return records.read(path, self.compression)


@export("data.TextLineDataset")
class TextLineDataset(_FileDataset):
    """The lines of text files, without their ends.

    Args:
      filenames: a name, names, or a dataset of names.
      compression_type: "GZIP", "ZLIB" or "" (none).
      buffer_size: no effect.
      num_parallel_reads: reads so many files in turn.

    >>> import pathlib, tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.txt"
    >>> _ = pathlib.Path(path).write_text("one\\ntwo\\n")
    >>> [line.numpy() for line in tf.data.TextLineDataset(path)]
    [b'one', b'two']
    """

    _public = "TextLineDatasetV2"

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None, name: str | None = None) -> None:
        super().__init__(filenames, compression_type, num_parallel_reads)

    def _read(self, path: str) -> Iterator[bytes]:
        with records.open_input(path, self.compression) as file:
            for line in file:
                line = line[:-1] if line.endswith(b"\n") else line
                yield line[:-1] if line.endswith(b"\r") else line


@export("data.FixedLengthRecordDataset")
class FixedLengthRecordDataset(_FileDataset):
    """Pieces of equal length of binary files.

    Args:
      filenames: a name, names, or a dataset of names.
      record_bytes: the length of a record.
      header_bytes, footer_bytes: what to leave out at the start and the end of each file.
      buffer_size: no effect.
      compression_type: "GZIP", "ZLIB" or "" (none).
      num_parallel_reads: reads so many files in turn.

    >>> import pathlib, tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.bin"
    >>> _ = pathlib.Path(path).write_bytes(b"abcdef")
    >>> [r.numpy() for r in tf.data.FixedLengthRecordDataset(path, 3)]
    [b'abc', b'def']
    """

    _public = "FixedLengthRecordDatasetV2"

    def __init__(
        self, filenames: Any, record_bytes: Any, header_bytes: Any = None, footer_bytes: Any = None,
        buffer_size: Any = None, compression_type: Any = None, num_parallel_reads: Any = None, name: str | None = None,
    ) -> None:
        super().__init__(filenames, compression_type, num_parallel_reads)
        self.size = statics.integer(record_bytes)
        self.header, self.footer = (statics.integer(v) or 0 for v in (header_bytes, footer_bytes))

    def _read(self, path: str) -> Iterator[bytes]:
        with records.open_input(path, self.compression) as file:
            data = file.read()
        body = data[self.header : len(data) - self.footer]
        if len(body) % self.size:
            raise InvalidArgumentError(
                None, None,
                f"Excluding the header ({self.header} bytes) and footer ({self.footer} bytes), input file \"{path}\" has body "
                f"length {len(body)} bytes, which is not an exact multiple of the record length ({self.size} bytes). "
                "[Op:IteratorGetNext] name: ",
            )
        for at in range(0, len(body), self.size):
            yield body[at : at + self.size]


def list_files(patterns: Any, shuffle: Any, seed: Any) -> Dataset:
    """Names of the files that match, sorted, then shuffled."""
    given = to_tensor(patterns, dtypes.string).host_value().reshape(-1).tolist()
    names = [name for p in given for name in sorted(glob.glob(p.decode()))]
    if not names:
        shown = ", ".join(p.decode() for p in given)
        raise InvalidArgumentError(
            None, None,
            f"Expected 'tf.Tensor(False, shape=(), dtype=bool)' to be true. Summarized data: b'No files matched pattern: {shown}'",
        )
    array = np.array([n.encode() for n in sorted(set(names))], object)
    dataset = Dataset.from_tensor_slices(array)
    return dataset if shuffle is False else dataset.shuffle(len(array), seed)
