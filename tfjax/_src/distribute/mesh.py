"""The replica axis: a mesh over devices, and arrays that lie on it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tfjax._src.eager import frame as frames

AXIS = "replica"


class ReplicaMesh:
    """Devices in a row, one replica each.

    A *stack* is an array [replicas, ...] of which every device holds its own row; a *mirrored* array
    is held in full by every device.

    Args:
      devices: JAX's devices, of all processes, in the order of the replicas.
    """

    def __init__(self, devices: Sequence[Any]) -> None:
        self.devices = list(devices)
        self.size = len(self.devices)
        frames.note_mesh(self.size)
        self.mesh = Mesh(np.array(self.devices), (AXIS,))
        self.rows = NamedSharding(self.mesh, PartitionSpec(AXIS))
        self.everywhere = NamedSharding(self.mesh, PartitionSpec())
        process = jax.process_index()
        #: Numbers of the replicas whose devices belong to this process.
        self.local = [i for i, d in enumerate(self.devices) if d.process_index == process]
        self.spans_processes = len(self.local) < self.size

    def shard(self, array: Any, replica: int) -> Any:
        """What the device of a local replica holds of an array on this mesh."""
        device = self.devices[replica]
        for shard in array.addressable_shards:
            if shard.device == device:
                return shard.data
        raise ValueError(f"Replica {replica} belongs to another process.")

    def stack_local(self, values: Sequence[Any]) -> Any:
        """The stack of one array for each local replica."""
        pieces = []
        for replica, value in zip(self.local, values):
            piece = (
                np.asarray(value)[None]
                if isinstance(value, np.ndarray)
                else jnp.asarray(value)[None]
            )
            pieces.append(jax.device_put(piece, self.devices[replica]))
        return self.assemble(pieces)

    def assemble(self, pieces: Sequence[Any]) -> Any:
        """The stack of rows [1, ...] that lie on the devices of the local replicas already."""
        shape = (self.size, *pieces[0].shape[1:])
        return jax.make_array_from_single_device_arrays(shape, self.rows, list(pieces))

    def split(self, array: Any) -> Any:
        """The stack of the equal parts of a host array's first axis, for the local replicas."""
        count = len(self.local)
        parts = array.reshape((count, array.shape[0] // count, *array.shape[1:]))
        if not self.spans_processes:
            return jax.device_put(parts, self.rows)
        return jax.make_array_from_process_local_data(self.rows, np.asarray(parts))

    def put(self, array: Any, rows: bool) -> Any:
        """An array that every process has: with `rows`, its first axis over the devices, else mirrored."""
        sharding = self.rows if rows else self.everywhere
        if not self.spans_processes:
            return jax.device_put(array, sharding)
        host = np.asarray(array)
        return jax.make_array_from_callback(host.shape, sharding, lambda index: host[index])

    def mirror(self, array: Any) -> Any:
        """The array on every device; with several processes the first one's."""
        if not self.spans_processes:
            return jax.device_put(array, self.everywhere)
        stack = self.stack_local([np.asarray(array)] * len(self.local))
        return self.program(_first)(stack)

    def program(self, function: Callable[..., Any], rows: bool = False) -> Any:
        """`function` compiled with a result that is mirrored, or a stack if `rows`."""
        return _compiled(function, self.rows if rows else self.everywhere)

    def pin(self, array: Any) -> Any:
        """Inside a trace: the array as a mirrored one, so that its layout does not drift."""
        return jax.lax.with_sharding_constraint(array, self.everywhere)

    def pin_rows(self, array: Any) -> Any:
        """Inside a trace: the array as a stack."""
        return jax.lax.with_sharding_constraint(array, self.rows)


def _first(stack: Any) -> Any:
    return stack[0]


@functools.lru_cache(maxsize=256)
def _compiled(function: Callable[..., Any], sharding: Any) -> Any:
    return jax.jit(function, out_shardings=sharding)
