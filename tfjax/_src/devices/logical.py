"""Logical devices: how a physical device is split, and what programs then name."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import jax

from tfjax._src.core.errors import UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.devices import physical
from tfjax._src.devices.physical import PhysicalDevice, check_known
from tfjax._src.eager.devices import jax_devices

_FORCED_COUNT = re.compile(r"--xla_force_host_platform_device_count=\S*")


@export("config.LogicalDevice")
class LogicalDevice(NamedTuple):
    """A device as programs see it: `name` like `/device:CPU:0`, `device_type` like `CPU`."""

    name: str
    device_type: str

    def __repr__(self) -> str:
        return f"LogicalDevice(name='{self.name}', device_type='{self.device_type}')"


@export("config.LogicalDeviceConfiguration", "config.experimental.VirtualDeviceConfiguration")
class LogicalDeviceConfiguration(NamedTuple):
    """One logical device of a physical one.

    Args:
      memory_limit: MB of a GPU's memory.
      experimental_priority: not supported: JAX does not set priorities of streams.
      experimental_device_ordinal: not supported.

    >>> import tfjax as tf
    >>> tf.config.LogicalDeviceConfiguration(memory_limit=1024).memory_limit
    1024
    """

    memory_limit: float | None = None
    experimental_priority: int | None = None
    experimental_device_ordinal: int | None = None

    def __repr__(self) -> str:
        return (
            f"LogicalDeviceConfiguration(memory_limit={self.memory_limit}, experimental_priority="
            f"{self.experimental_priority}, experimental_device_ordinal={self.experimental_device_ordinal})"
        )


_configured: dict[PhysicalDevice, list[LogicalDeviceConfiguration]] = {}


@export("config.list_logical_devices", "config.experimental.list_logical_devices")
def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices that programs can name, of one type if given. Starts them.

    >>> import tfjax as tf
    >>> tf.config.list_logical_devices("CPU")[0]
    LogicalDevice(name='/device:CPU:0', device_type='CPU')
    """
    kinds = [k for k in ("CPU", "GPU", "TPU") if device_type is None or k == device_type]
    return [
        LogicalDevice(f"/device:{k}:{i}", k)
        for k in kinds
        if physical.get_visible_devices(k)
        for i, _ in enumerate(jax_devices(k))
    ]


@export(
    "config.get_logical_device_configuration",
    "config.experimental.get_virtual_device_configuration",
)
def get_logical_device_configuration(
    device: PhysicalDevice,
) -> list[LogicalDeviceConfiguration] | None:
    """How a physical device is split; None if nothing was said.

    >>> import tfjax as tf
    >>> tf.config.get_logical_device_configuration(tf.config.list_physical_devices("CPU")[0])
    """
    check_known(device)
    return _configured.get(device)


@export(
    "config.set_logical_device_configuration",
    "config.experimental.set_virtual_device_configuration",
)
def set_logical_device_configuration(device: PhysicalDevice, logical_devices: Any) -> None:
    """Splits a physical device, before anything runs on one.

    A CPU becomes as many logical CPUs as there are entries. A GPU takes one entry, whose
    `memory_limit` bounds what this process allocates on each of its GPUs.

    Args:
      device: a physical device.
      logical_devices: a list of LogicalDeviceConfiguration.

    Raises:
      ValueError: an unknown device; a limit for a CPU.
      RuntimeError: devices are in use already.
      UnimplementedError: a GPU split into several devices, priorities: JAX has neither.

    >>> import tfjax as tf
    >>> cpu = tf.config.list_physical_devices("CPU")[0]
    >>> tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration(memory_limit=1)])
    Traceback (most recent call last):
    ValueError: Setting memory limit on CPU virtual devices is currently not supported
    """
    check_known(device)
    wanted = list(logical_devices)
    if device.device_type == "CPU":
        for entry in wanted:
            _check_cpu(entry)
    elif len(wanted) > 1 or any(
        e.experimental_priority is not None or e.experimental_device_ordinal is not None
        for e in wanted
    ):
        raise UnimplementedError(
            None,
            None,
            f"`logical_devices`: JAX cannot split {device.name} into several devices or set priorities. "
            "Pass one LogicalDeviceConfiguration with `memory_limit`, or split the CPU.",
        )
    if _configured.get(device) == wanted:
        return
    if physical.started():
        raise RuntimeError("Virtual devices cannot be modified after being initialized")
    if device.device_type == "CPU":
        split_cpu(len(wanted))
    elif wanted and wanted[0].memory_limit is not None:
        _limit_memory(device, wanted[0].memory_limit)
    _configured[device] = wanted


def split_cpu(count: int) -> None:
    """Makes JAX see `count` CPU devices once it starts."""
    flags = os.environ.get("XLA_FLAGS", "")
    if _FORCED_COUNT.search(flags):  # JAX refuses two sources of the number
        os.environ["XLA_FLAGS"] = _FORCED_COUNT.sub("", flags).strip()
    jax.config.update("jax_num_cpu_devices", max(count, 1))


def _check_cpu(entry: Any) -> None:
    for value, what in (
        (entry.memory_limit, "memory limit on CPU virtual devices"),
        (entry.experimental_priority, "experimental_priority on CPU virtual  devices"),
        (entry.experimental_device_ordinal, "experimental_device_ordinal on CPU virtual  devices"),
    ):
        if value is not None:
            raise ValueError(f"Setting {what} is currently not supported")


def _limit_memory(device: PhysicalDevice, megabytes: float) -> None:
    total = physical.gpu_memory(int(device.name.rpartition(":")[2]))
    if total:
        os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{min(megabytes * 2**20 / total, 1.0):.4f}"
