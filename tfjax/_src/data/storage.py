"""Datasets kept in memory or in files: cache, save and load, snapshot.

Files hold a JSON description of the structure and one record (`io/records.py`) per element: a JSON
header with dtypes and shapes, and the bytes of the components. The format is tfjax's own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import NotFoundError
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import UNKNOWN_CARDINALITY, Dataset, opening
from tfjax._src.data.files import _plain
from tfjax._src.data.transforms import SameDataset
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io import records

_DESCRIPTION, _DATA = "dataset_spec.json", "data.tfrecord"


def _described(spec: Any) -> Any:
    if isinstance(spec, TensorSpec):
        return {"dtype": spec.dtype.name, "shape": spec.shape.as_list() if spec.shape.rank is not None else None}
    if isinstance(spec, dict):
        return {"dict": [[k, _described(v)] for k, v in spec.items()]}
    if isinstance(spec, tuple):
        return {"tuple": [_described(v) for v in spec]}
    raise TypeError(f"Elements of {spec!r} cannot be saved; only dicts and tuples of dense tensors can.")


def _spec_of(description: Any) -> Any:
    if "dict" in description:
        return {k: _spec_of(v) for k, v in description["dict"]}
    if "tuple" in description:
        return tuple(_spec_of(v) for v in description["tuple"])
    return TensorSpec(description["shape"], description["dtype"])


def _encode(element: Any) -> bytes:
    headers, parts = [], []
    for leaf in nest.flatten(element):
        array = leaf.host_value()
        header: dict[str, Any] = {"dtype": leaf.dtype.name, "shape": array.shape}
        if array.dtype == object:
            items = array.reshape(-1).tolist()
            header["lengths"] = [len(i) for i in items]
            parts.extend(items)
        else:
            parts.append(np.ascontiguousarray(array).tobytes())
        headers.append(header)
    return json.dumps(headers).encode() + b"\n" + b"".join(parts)


def _decode(record: bytes, spec: Any) -> Any:
    text, _, body = record.partition(b"\n")
    leaves, at = [], 0
    for header in json.loads(text):
        if "lengths" in header:
            array = np.empty(len(header["lengths"]), object)
            for i, length in enumerate(header["lengths"]):
                array[i] = body[at : at + length]
                at += length
            array = array.reshape(header["shape"])
        else:
            kind = dtypes.as_dtype(header["dtype"]).np
            count = int(np.prod(header["shape"], dtype=np.int64))
            array = np.frombuffer(body, kind, count, at).reshape(header["shape"]).copy()
            at += array.nbytes
        leaves.append(Tensor(array))
    return nest.pack_sequence_as(spec, leaves)


def _files(root: Path) -> list[Path]:
    return sorted(root.rglob(_DATA))


def _write(dataset: Dataset, root: Path, compression: str | None, shard_of: Any) -> Iterator[Any]:
    """Writes elements as they pass; the description comes last and says that all is there."""
    root.mkdir(parents=True, exist_ok=True)
    writers: dict[int, Any] = {}
    try:
        for element in dataset._elements():
            shard = 0 if shard_of is None else int(shard_of(element))
            if shard not in writers:
                folder = root / f"{shard:08d}"
                folder.mkdir(exist_ok=True)
                writers[shard] = records.TFRecordWriter(folder / _DATA, compression or "")
            writers[shard].write(_encode(element))
            yield element
    finally:
        for writer in writers.values():
            writer.close()
    description = {"spec": _described(dataset.element_spec), "compression": compression or ""}
    (root / _DESCRIPTION).write_text(json.dumps(description))


def _compression(name: Any) -> str | None:
    chosen = _plain(name)
    return {"AUTO": "GZIP", "SNAPPY": "GZIP", "NONE": ""}.get(chosen, chosen)


def save(dataset: Dataset, path: Any, compression: Any, shard_func: Any) -> None:
    """Writes all elements."""
    from tfjax._src.data.functions import Function

    shard_of = None if shard_func is None else Function(shard_func).session()
    for _ in _write(dataset, Path(_plain(path)), _compression(compression), shard_of):
        pass


class LoadedDataset(Dataset):
    """Elements in the files of a directory."""

    def __init__(self, path: Any, reader: Any) -> None:
        self.root, self.reader = Path(_plain(path)), reader
        place = self.root / _DESCRIPTION
        if not place.exists():
            raise NotFoundError(None, None, f"Could not find a saved dataset in {self.root}.")
        description = json.loads(place.read_text())
        self.spec, self.compression = _spec_of(description["spec"]), description["compression"]

    def _name(self) -> str:
        return "LoadDataset"

    def _shards(self) -> list[Dataset]:
        return [_Shard(path, self.spec, self.compression) for path in _files(self.root)]

    def _elements(self) -> Iterator[Any]:
        shards = self._shards()
        if self.reader is not None:
            return self.reader(_DatasetOfDatasets(shards, self.spec))._elements()
        return (element for shard in shards for element in shard._elements())

    def _size(self) -> int:
        # Saved datasets are finite: counting reads lengths only once.
        found = self.__dict__.get("_count")
        if found is None:
            found = self._count = sum(1 for path in _files(self.root) for _ in records.read(str(path), self.compression))
        return found if self.reader is None else UNKNOWN_CARDINALITY

    def _spec(self) -> Any:
        return self.spec


class _Shard(Dataset):
    """The elements of one file."""

    def __init__(self, path: Path, spec: Any, compression: str) -> None:
        self.path, self.spec, self.compression = path, spec, compression

    def _elements(self) -> Iterator[Any]:
        return (_decode(r, self.spec) for r in records.read(str(self.path), self.compression))

    def _spec(self) -> Any:
        return self.spec


class _DatasetOfDatasets(Dataset):
    """Shards, each a dataset."""

    def __init__(self, shards: list[Dataset], spec: Any) -> None:
        self.shards, self.spec = shards, spec

    def _elements(self) -> Iterator[Any]:
        return iter(self.shards)

    def _size(self) -> int:
        return len(self.shards)

    def _spec(self) -> Any:
        from tfjax._src.data.iterators import DatasetSpec

        return DatasetSpec(self.spec)


def load(path: Any, reader_func: Any) -> Dataset:
    """What `save` wrote."""
    return LoadedDataset(path, reader_func)


class SnapshotDataset(SameDataset):
    """Elements written on the first run and read from files later."""

    def __init__(self, source: Dataset, path: Any, compression: Any, reader: Any, shard: Any) -> None:
        super().__init__(source)
        self.root, self.compression, self.reader, self.shard = Path(_plain(path)), _compression(compression), reader, shard

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        from tfjax._src.data.functions import Function

        if opening.peeking:
            return make()
        if (self.root / _DESCRIPTION).exists():
            return LoadedDataset(str(self.root), self.reader)._elements()
        shard_of = None if self.shard is None else Function(self.shard).session()
        return _write(self.source, self.root, self.compression, shard_of)


def cache(source: Dataset, filename: Any) -> Dataset:
    """The dataset of `Dataset.cache`."""
    name = _plain(filename)
    return FileCacheDataset(source, name) if name else CacheDataset(source)


class CacheDataset(SameDataset):
    """Elements kept in memory after the first time."""

    def __init__(self, source: Dataset) -> None:
        super().__init__(source)
        self.kept: list[Any] | None = None

    def __repr__(self) -> str:
        return f"<CacheDataset element_spec={self.element_spec}>"

    __str__ = __repr__

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        if self.kept is not None:
            return iter(self.kept)
        return make() if opening.peeking else self._keep(make())

    def _keep(self, source: Iterator[Any]) -> Iterator[Any]:
        seen = []
        for element in source:
            seen.append(element)
            yield element
        self.kept = seen


class FileCacheDataset(CacheDataset):
    """Elements kept in a file, for later runs of the program as well."""

    def __init__(self, source: Dataset, name: str) -> None:
        super().__init__(source)
        self.data, self.index = f"{name}.data-00000-of-00001", f"{name}.index"

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        if os.path.exists(self.index):
            return (_decode(r, self.element_spec) for r in records.read(self.data))
        return make() if opening.peeking else self._keep(make())

    def _keep(self, source: Iterator[Any]) -> Iterator[Any]:
        with records.TFRecordWriter(self.data) as writer:
            for element in source:
                writer.write(_encode(element))
                yield element
        Path(self.index).write_text(json.dumps(_described(self.element_spec)))
