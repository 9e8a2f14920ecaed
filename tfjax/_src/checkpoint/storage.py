"""Where checkpoints lie: Orbax directories that we write, tensor bundles that TensorFlow wrote."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, errors
from tfjax._src.saved_model import protos
from tfjax._src.saved_model.bundle import Bundle

_GRAPH = "object_graph.pb"
_ARRAYS = "arrays"
GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"


@functools.cache
def _checkpointer(together: bool = False) -> Any:
    """Orbax for this process alone, or for all of them at once."""
    import orbax.checkpoint as ocp

    options = ocp.options.MultiprocessingOptions()
    if not together and jax.process_count() > 1:
        me = jax.process_index()
        options = ocp.options.MultiprocessingOptions(
            primary_host=me, active_processes={me}, barrier_sync_key_prefix=f"process_{me}"
        )
    handler = ocp.PyTreeCheckpointHandler(use_ocdbt=True, multiprocessing_options=options)
    return ocp.Checkpointer(handler, multiprocessing_options=options)


def write(path: str, arrays: dict[str, Any], graph: Any) -> None:
    """Writes a checkpoint directory, aside first. Arrays that are split over devices are written in parts.

    Arrays that are split over several processes have to be written by all of these at once; each calls
    this with the same path.
    """
    path = os.path.abspath(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if any(isinstance(a, jax.Array) and not a.is_fully_addressable for a in arrays.values()):
        _write_together(path, arrays, graph)
        return
    temporary = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
    _write(path, temporary, arrays, graph, _checkpointer())


def _write_together(path: str, arrays: dict[str, Any], graph: Any) -> None:
    from jax.experimental import multihost_utils

    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.all")
    if jax.process_index() == 0:
        shutil.rmtree(temporary, ignore_errors=True)
        os.mkdir(temporary)
    multihost_utils.sync_global_devices(f"begin {path}")
    if jax.process_index() == 0:
        _write(path, temporary, arrays, graph, _checkpointer(together=True))
    else:
        _save(temporary, arrays, _checkpointer(together=True))
    multihost_utils.sync_global_devices(f"end {path}")


def _save(temporary: str, arrays: dict[str, Any], checkpointer: Any) -> None:
    # Orbax writes NumPy arrays from the first process only.
    if checkpointer is _checkpointer() and jax.process_count() > 1 and jax.process_index():
        values = {str(i): np.asarray(a) for i, a in enumerate(arrays.values())}
        dtypes_of = {f"dtype {i}": np.array(v.dtype.name) for i, v in values.items()}
        np.savez(os.path.join(temporary, _ARRAYS), **values, **dtypes_of)
    # It keeps names in paths; numbers keep any attribute name out of them.
    elif arrays:
        checkpointer.save(os.path.join(temporary, _ARRAYS), {str(i): a for i, a in enumerate(arrays.values())})


def _write(path: str, temporary: str, arrays: dict[str, Any], graph: Any, checkpointer: Any) -> None:
    try:
        _save(temporary, arrays, checkpointer)
        index = protos.TrackableObjectGraph()
        index.CopyFrom(graph)
        with open(os.path.join(temporary, _GRAPH), "wb") as file:
            file.write(index.SerializeToString())
        with open(os.path.join(temporary, "keys.txt"), "w", encoding="utf-8") as file:
            file.writelines(f"{k}\n" for k in arrays)
        if os.path.isdir(path):
            shutil.rmtree(path)
        os.replace(temporary, path)
        os.chmod(path, 0o755)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class OrbaxReader:
    """The values of a checkpoint directory that `write` made."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            with open(os.path.join(path, "keys.txt"), encoding="utf-8") as file:
                self._keys = {line.rstrip("\n"): str(i) for i, line in enumerate(file)}
            with open(os.path.join(path, _GRAPH), "rb") as file:
                self.graph = protos.TrackableObjectGraph.FromString(file.read())
        except FileNotFoundError as error:
            raise errors.NotFoundError(None, None, f"The checkpoint {path} is not complete: {error}") from None

    @functools.cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        import orbax.checkpoint as ocp

        if not self._keys:
            return {}
        if os.path.isfile(archive := os.path.join(self._path, f"{_ARRAYS}.npz")):
            with np.load(archive) as file:
                return {n: file[n].view(dtypes.as_dtype(str(file[f"dtype {n}"])).np) for n in self._keys.values()}
        kinds = {number: ocp.RestoreArgs(restore_type=np.ndarray) for number in self._keys.values()}
        args = ocp.args.PyTreeRestore(restore_args=kinds)
        try:
            return _checkpointer().restore(os.path.join(os.path.abspath(self._path), _ARRAYS), args=args)
        except Exception as error:
            raise errors.DataLossError(None, None, f"The checkpoint {self._path} is damaged: {error}") from None

    def __iter__(self) -> Any:
        return iter(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __getitem__(self, key: str) -> np.ndarray:
        if key not in self._keys:
            raise errors.NotFoundError(None, None, f"Key {key} not found in checkpoint")
        return np.asarray(self._arrays[self._keys[key]])

    def read(self, key: str, sharding: Any = None) -> Any:
        """A value as NumPy; for a sharding a `jax.Array` of which each device reads its own part."""
        if sharding is None or not len(self.shape(key)) or not os.path.isdir(os.path.join(self._path, _ARRAYS)):
            return self[key]
        import orbax.checkpoint as ocp

        number = self._keys[key]
        args = ocp.args.PyTreeRestore(
            item={number: 0}, restore_args={number: ocp.ArrayRestoreArgs(sharding=sharding)}, partial_restore=True
        )
        together = not sharding.is_fully_addressable
        place = os.path.join(os.path.abspath(self._path), _ARRAYS)
        return _checkpointer(together).restore(place, args=args)[number]

    @functools.cached_property
    def _metadata(self) -> Any:
        return _checkpointer().metadata(os.path.join(os.path.abspath(self._path), _ARRAYS)).item_metadata.tree

    def shape(self, key: str) -> list[int]:
        """The sizes of a value."""
        if os.path.isdir(os.path.join(self._path, _ARRAYS)) and key in self._keys:
            return list(self._metadata[self._keys[key]].shape)
        return list(self[key].shape)

    def dtype(self, key: str) -> Any:
        """The DType of a value."""
        return dtypes.as_dtype(self[key].dtype)


class BundleReader(Bundle):
    """The values of a checkpoint that TensorFlow wrote."""

    def read(self, key: str, sharding: Any = None) -> np.ndarray:
        """A value as NumPy, whatever the sharding."""
        return self[key]

    @property
    def graph(self) -> Any:
        """The object graph; an empty one in checkpoints of TensorFlow 1."""
        if GRAPH_KEY not in self:
            return protos.TrackableObjectGraph(nodes=[{}])
        return protos.TrackableObjectGraph.FromString(self[GRAPH_KEY].item())


def exists(prefix: str) -> bool:
    """True if there is a checkpoint of that path."""
    return os.path.isfile(os.path.join(prefix, _GRAPH)) or os.path.isfile(f"{prefix}.index")


def open_reader(prefix: str) -> Any:
    """A reader of either kind; NotFoundError if there is no checkpoint. A SavedModel's directory will do."""
    if os.path.isfile(f"{prefix}.index"):
        return BundleReader(prefix)
    if os.path.isfile(os.path.join(prefix, "variables", "variables.index")):
        return BundleReader(os.path.join(prefix, "variables", "variables"))
    if os.path.isdir(prefix):
        return OrbaxReader(prefix)
    raise errors.NotFoundError(
        None, None, f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}"
    )


def remove(prefix: str) -> None:
    """Deletes a checkpoint of either kind."""
    if os.path.isdir(prefix):
        shutil.rmtree(prefix)
        return
    folder, name = os.path.split(os.path.abspath(prefix))
    for entry in os.listdir(folder):
        if entry == f"{name}.index" or entry.startswith(f"{name}.data-"):
            os.remove(os.path.join(folder, entry))
