"""MirroredStrategy: one replica per device of this machine."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.distribute.extended import MeshExtended
from tfjax._src.distribute.mesh import ReplicaMesh
from tfjax._src.distribute.options import CrossDeviceOps
from tfjax._src.distribute.single import OneDeviceExtended
from tfjax._src.distribute.strategy import Strategy
from tfjax._src.eager import devices as device_names

_log = logging.getLogger("tensorflow")


@export("distribute.MirroredStrategy")
class MirroredStrategy(Strategy):
    """Synchronous training on the devices of one machine, one replica each.

    Variables are mirrored; batches are split; gradients are added up. All replicas run as one
    program over a `jax.sharding.Mesh` of the devices.

    Args:
      devices: names such as "/gpu:0"; by default all GPUs (or TPU cores), without any the CPU's
        logical devices.
      cross_device_ops: a hint without effect: XLA chooses how devices talk.

    >>> import tfjax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    >>> with strategy.scope():
    ...     v = tf.Variable(1.0)
    >>> float(strategy.reduce("SUM", strategy.run(lambda: v + 1.0), axis=None))
    2.0
    """

    def __init__(self, devices: Sequence[str] | None = None, cross_device_ops: Any = None) -> None:
        if cross_device_ops is not None and not isinstance(cross_device_ops, CrossDeviceOps):
            raise ValueError(
                f"`cross_device_ops` must be a tf.distribute.CrossDeviceOps. Received: {cross_device_ops!r}"
            )
        names = [full_name(d) for d in devices] if devices else all_devices()
        if len(set(names)) < len(names):
            raise AssertionError(f"No duplicates allowed in `devices` argument: {tuple(names)}")
        super().__init__(extended_for(self, names))
        _log.info("Using MirroredStrategy with devices %s", tuple(names))


def extended_for(strategy: Strategy, names: Sequence[str]) -> Any:
    """Replicas on the named devices of this machine.

    Raises RuntimeError for one of several devices that is not there; a single one may be stood in for.
    """
    if len(names) == 1:
        return OneDeviceExtended(strategy, names[0], device_names.jax_device(names[0]))
    found = []
    for name in names:
        fields = device_names.parse(name)
        known = device_names.jax_devices(fields["device_type"])
        if fields["device_index"] >= len(known):
            raise RuntimeError(
                f"{name} unknown device. Available devices: {', '.join(all_devices())}"
            )
        found.append(known[fields["device_index"]])
    return MeshExtended(strategy, ReplicaMesh(found), names)


def full_name(name: Any) -> str:
    """TensorFlow's full name of a device: `/job:localhost/replica:0/task:0/device:GPU:0`."""
    text = getattr(name, "name", name)
    kind, _, index = text.rpartition(":") if text.rpartition(":")[2].isdigit() else (text, "", "0")
    return f"/job:localhost/replica:0/task:0/device:{kind.rpartition(':')[2].strip('/').upper()}:{index}"


def all_devices() -> list[str]:
    """The names of the accelerators, or of the CPUs where there is none."""
    for kind in ("GPU", "TPU", "CPU"):
        found = device_names.jax_devices(kind)
        if found:
            return [full_name(f"{kind}:{i}") for i in range(len(found))]
    return [full_name("/cpu:0")]
