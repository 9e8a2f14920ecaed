"""Tensor bundles: TensorFlow's checkpoint files `<prefix>.index` and `<prefix>.data-…`."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, errors
from tfjax._src.saved_model import crc, protos, table

_STRING = dtypes.string.as_datatype_enum


def write(prefix: str, tensors: Mapping[str, Any]) -> None:
    """Writes arrays (object arrays of bytes for strings) as a bundle of one shard.

    Args:
      prefix: the files' common name; its directory exists.
      tensors: arrays by key.
    """
    entries = [(b"", protos.BundleHeaderProto(num_shards=1, version={"producer": 1}).SerializeToString())]
    data_name = f"{prefix}.data-00000-of-00001"
    offset = 0
    with open(data_name + ".tempstate", "wb") as file:
        for key in sorted(tensors, key=str.encode):
            array = np.asarray(tensors[key])
            raw, check = _encode(array)
            file.write(raw)
            entry = protos.BundleEntryProto(
                dtype=dtype_enum(array.dtype), shape=shape_proto(array.shape), offset=offset,
                size=len(raw), crc32c=crc.mask(check),
            )
            entries.append((key.encode(), entry.SerializeToString()))
            offset += len(raw)
    os.replace(data_name + ".tempstate", data_name)
    with open(f"{prefix}.index.tempstate", "wb") as file:
        file.write(table.encode(entries))
    os.replace(f"{prefix}.index.tempstate", f"{prefix}.index")


def dtype_enum(dtype: np.dtype) -> int:
    """TensorFlow's number of a NumPy dtype."""
    return _STRING if dtype == object else dtypes.FROM_NUMPY[dtype].as_datatype_enum


def shape_proto(shape: Any) -> Any:
    """A TensorShapeProto; None gives a size of -1."""
    return protos.TensorShapeProto(dim=[{"size": d if type(d) is int else -1} for d in shape])


def _encode(array: np.ndarray) -> tuple[bytes, int]:
    """(bytes, checksum). Of strings the checksum covers 32-bit lengths, which the file packs."""
    if array.dtype != object:
        raw = np.ascontiguousarray(array).tobytes()
        return raw, crc.checksum(raw)
    elements = [e.encode() if isinstance(e, str) else bytes(e) for e in array.reshape(-1)]
    check = crc.checksum(b"".join(struct.pack("<I", len(e)) for e in elements))
    lengths = struct.pack("<I", crc.mask(check))
    body = b"".join(elements)
    check = crc.checksum(body, crc.checksum(lengths, check))
    return b"".join(table.varint(len(e)) for e in elements) + lengths + body, check


class Bundle:
    """The tensors of a checkpoint that TensorFlow (or `write`) wrote, by key.

    Args:
      prefix: the path without `.index`.

    Raises:
      NotFoundError: there is no such checkpoint.
      DataLossError: it is damaged.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        try:
            with open(f"{prefix}.index", "rb") as file:
                data = file.read()
        except FileNotFoundError:
            raise errors.NotFoundError(
                None, None, f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}"
            ) from None
        self._entries: dict[str, Any] = {}
        for key, value in table.decode(data, f"{prefix}.index"):
            if key == b"":
                self._shards = protos.BundleHeaderProto.FromString(value).num_shards
            else:
                self._entries[key.decode()] = protos.BundleEntryProto.FromString(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def shape(self, key: str) -> list[int]:
        """The sizes of a tensor."""
        return [dim.size for dim in self._entry(key).shape.dim]

    def dtype(self, key: str) -> Any:
        """The DType of a tensor."""
        return dtypes.as_dtype(self._entry(key).dtype)

    def _entry(self, key: str) -> Any:
        try:
            return self._entries[key]
        except KeyError:
            raise errors.NotFoundError(None, None, f"Key {key} not found in checkpoint") from None

    def __getitem__(self, key: str) -> np.ndarray:
        entry = self._entry(key)
        shape = self.shape(key)
        if entry.slices:
            raise errors.UnimplementedError(None, None, f"{key} is stored in slices, which are not supported")
        raw = self._read(entry)
        if entry.dtype == _STRING:
            return self._strings(key, raw, shape, entry.crc32c)
        if crc.masked(raw) != entry.crc32c:
            raise self._damaged(key)
        return np.frombuffer(raw, dtypes.as_dtype(entry.dtype).np).reshape(shape)

    def _read(self, entry: Any) -> bytes:
        name = f"{self._prefix}.data-{entry.shard_id:05d}-of-{self._shards:05d}"
        try:
            with open(name, "rb") as file:
                file.seek(entry.offset)
                raw = file.read(entry.size)
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{name}; No such file or directory") from None
        if len(raw) != entry.size:
            raise errors.DataLossError(None, None, f"{name} is too short")
        return raw

    def _strings(self, key: str, raw: bytes, shape: list[int], expected: int) -> np.ndarray:
        at, lengths = 0, []
        for _ in range(math.prod(shape)):
            length, at = table.read_varint(raw, at)
            lengths.append(length)
        check = crc.checksum(b"".join(struct.pack("<I", n) for n in lengths))
        if crc.mask(crc.checksum(raw[at:], check)) != expected:
            raise self._damaged(key)
        at += 4
        found = np.empty(len(lengths), object)
        for i, length in enumerate(lengths):
            found[i] = raw[at : at + length]
            at += length
        return found.reshape(shape)

    def _damaged(self, key: str) -> Exception:
        return errors.DataLossError(None, None, f"Checksum does not match for {key} in {self._prefix}")
