"""TFRecord files: records with their lengths and checksums.

A record is its length (uint64), the masked CRC-32C of that, the bytes, and their masked CRC-32C.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from tfjax._src.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from tfjax._src.core.export import export
from tfjax._src.saved_model.crc import masked

_COMPRESSIONS = ("", "GZIP", "ZLIB")


@export("io.TFRecordOptions")
class TFRecordOptions:
    """How a TFRecord file is written.

    Args:
      compression_type: "GZIP", "ZLIB" or "" (none).
      flush_mode, input_buffer_size, output_buffer_size, window_bits, mem_level,
      compression_strategy: no effect.
      compression_level: 0 to 9; zlib's default if None.

    >>> import tfjax as tf
    >>> tf.io.TFRecordOptions("GZIP").compression_type
    'GZIP'
    """

    compression_type_map = {0: "", 1: "ZLIB", 2: "GZIP"}

    def __init__(
        self, compression_type: Any = None, flush_mode: Any = None, input_buffer_size: Any = None,
        output_buffer_size: Any = None, window_bits: Any = None, compression_level: Any = None,
        compression_method: Any = None, mem_level: Any = None, compression_strategy: Any = None,
    ) -> None:
        kind = self.compression_type_map.get(compression_type, compression_type)
        if kind not in (*_COMPRESSIONS, None):
            raise ValueError(f"Invalid compression_type: {compression_type}")
        self.compression_type = kind
        self.compression_level = compression_level

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The name of the compression in options (an object, a name, or None)."""
        if not options:
            return ""
        return (options.compression_type or "") if isinstance(options, cls) else cls.compression_type_map.get(options, options)


@export("io.TFRecordWriter")
class TFRecordWriter:
    """Writes records to a file; a context manager.

    Args:
      path: the file to write.
      options: `TFRecordOptions`, or the name of a compression.

    >>> import tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.tfrecord"
    >>> with tf.io.TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    >>> [r.numpy() for r in tf.data.TFRecordDataset(path)]
    [b'one']
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        kind = TFRecordOptions.get_compression_type_string(options)
        if kind not in _COMPRESSIONS:
            raise ValueError(f"Invalid compression_type: {kind}")
        level = getattr(options, "compression_level", None)
        level = -1 if level is None else level
        try:
            self._raw: Any = open(_text(path), "wb")
        except FileNotFoundError as error:
            raise NotFoundError(None, None, f"{_text(path)}; {error.strerror}") from None
        self._deflate = None
        self._file = self._raw
        if kind == "GZIP":
            self._file = gzip.GzipFile(fileobj=self._raw, mode="wb", compresslevel=9 if level < 0 else level, mtime=0)
        elif kind == "ZLIB":
            self._deflate = zlib.compressobj(level)

    def write(self, record: Any) -> None:
        """Adds a record, bytes."""
        if isinstance(record, str):
            record = record.encode()
        data = frame(record)
        self._file.write(data if self._deflate is None else self._deflate.compress(data))

    def flush(self) -> None:
        """Writes what is buffered."""
        if self._deflate is not None:
            self._raw.write(self._deflate.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()
        self._raw.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._raw.closed:
            return
        if self._deflate is not None:
            self._raw.write(self._deflate.flush())
        if self._file is not self._raw:
            self._file.close()
        self._raw.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *details: Any) -> None:
        self.close()


def frame(record: bytes) -> bytes:
    """A record with its length and checksums."""
    length = struct.pack("<Q", len(record))
    return b"".join((length, struct.pack("<I", masked(length)), record, struct.pack("<I", masked(record))))


def _text(path: Any) -> str:
    if hasattr(path, "numpy"):
        path = path.numpy()
    return path.decode() if isinstance(path, bytes) else str(path)


def open_input(path: str, compression: str | None) -> Any:
    """A file opened for reading, decompressed. Raises NotFoundError, as TensorFlow does."""
    if compression not in (*_COMPRESSIONS, None):
        raise InvalidArgumentError(None, None, f"Unsupported compression_type: {compression}.")
    try:
        raw = open(path, "rb")
    except FileNotFoundError as error:
        raise NotFoundError(None, None, f"{path}; {error.strerror} [Op:IteratorGetNext] name: ") from None
    if compression == "GZIP":
        raw.close()
        return gzip.open(path)
    if compression == "ZLIB":
        with raw:
            return io.BytesIO(zlib.decompress(raw.read()))
    return raw


def read(path: str, compression: str | None = None) -> Iterator[bytes]:
    """The records of a file; DataLossError where it is damaged or cut off."""
    with open_input(path, compression) as file:
        offset = 0
        # TensorFlow takes a header that is cut off for the end of the file.
        while len(header := file.read(12)) == 12:
            length, check = struct.unpack("<QI", header)
            if masked(header[:8]) != check:
                raise _damaged(f"corrupted record at {offset}{' (Is this even a TFRecord file?)' if not offset else ''}")
            body = file.read(length + 4)
            if len(body) < length + 4:
                raise _damaged(f"truncated record at {offset}' failed with Read less bytes than requested")
            record = body[:length]
            if masked(record) != struct.unpack("<I", body[length:])[0]:
                raise _damaged(f"corrupted record at {offset + 12}")
            yield record
            offset += 16 + length


def _damaged(text: str) -> Exception:
    return DataLossError(None, None, f"{text} [Op:IteratorGetNext] name: ")
