"""LevelDB's sorted string table, the index of a tensor bundle: keys in byte order to values."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from tfjax._src.core import errors
from tfjax._src.saved_model import crc

_MAGIC = 0xDB4775248B80FB57
_BLOCK_SIZE = 262144


def varint(number: int) -> bytes:
    """A number in 7-bit groups, the lowest first."""
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """(number, position after it)."""
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return result, at


def _block(items: list[tuple[bytes, bytes]], restart_every: int) -> bytes:
    out = bytearray()
    restarts = []
    last = b""
    for i, (key, value) in enumerate(items):
        shared = 0
        if i % restart_every == 0:
            restarts.append(len(out))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    restarts = restarts or [0]
    return bytes(out) + b"".join(struct.pack("<I", r) for r in restarts) + struct.pack("<I", len(restarts))


def encode(items: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A table of (key, value) pairs that come in key order."""
    file = bytearray()

    def emit(block: bytes) -> bytes:
        handle = varint(len(file)) + varint(len(block))
        body = block + b"\0"  # no compression
        file.extend(body + struct.pack("<I", crc.masked(body)))
        return handle

    index: list[tuple[bytes, bytes]] = []
    current: list[tuple[bytes, bytes]] = []
    size = 0
    for key, value in items:
        current.append((key, value))
        size += len(key) + len(value)
        if size >= _BLOCK_SIZE:
            index.append((key, emit(_block(current, 16))))
            current, size = [], 0
    if current:
        index.append((current[-1][0], emit(_block(current, 16))))
    footer = emit(_block([], 16)) + emit(_block(index, 1))
    file.extend(footer.ljust(40, b"\0") + struct.pack("<Q", _MAGIC))
    return bytes(file)


def decode(data: bytes, name: str) -> Iterator[tuple[bytes, bytes]]:
    """The pairs of a table; DataLossError where it is damaged. `name` is for messages."""
    if len(data) < 48 or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise errors.DataLossError(None, None, f"not an sstable (bad magic number): {name}")
    footer = data[-48:]
    _, at = read_varint(footer, 0)
    _, at = read_varint(footer, at)
    offset, at = read_varint(footer, at)
    size, at = read_varint(footer, at)
    for _, handle in _entries(data, offset, size, name):
        start, at = read_varint(handle, 0)
        length, _ = read_varint(handle, at)
        yield from _entries(data, start, length, name)


def _entries(data: bytes, offset: int, size: int, name: str) -> Iterator[tuple[bytes, bytes]]:
    end = offset + size
    if end + 5 > len(data) or struct.unpack_from("<I", data, end + 1)[0] != crc.masked(data[offset : end + 1]):
        raise errors.DataLossError(None, None, f"block checksum mismatch in {name}")
    if data[end] != 0:
        raise errors.UnimplementedError(None, None, f"{name} has compressed blocks, which are not supported")
    count = struct.unpack_from("<I", data, end - 4)[0]
    stop = end - 4 - 4 * count
    at, key = offset, b""
    while at < stop:
        shared, at = read_varint(data, at)
        fresh, at = read_varint(data, at)
        length, at = read_varint(data, at)
        key = key[:shared] + data[at : at + fresh]
        at += fresh
        yield key, data[at : at + length]
        at += length
