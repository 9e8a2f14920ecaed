"""Physical devices: what the machine has and what programs may see of it; starts no JAX backend."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
from typing import Any, NamedTuple

import jax

from tfjax._src.core.export import export
from tfjax._src.eager.devices import jax_devices

_KINDS = ("CPU", "GPU", "TPU")
# The Python packages by which JAX finds a GPU.
_GPU_PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin", "jax_rocm60_plugin", "jax_rocm7_plugin")


@export("config.PhysicalDevice")
class PhysicalDevice(NamedTuple):
    """A device of this machine: `name` like `/physical_device:CPU:0`, `device_type` like `CPU`."""

    name: str
    device_type: str

    def __repr__(self) -> str:
        return f"PhysicalDevice(name='{self.name}', device_type='{self.device_type}')"


def has_plugin(kind: str) -> bool:
    """True if a JAX plugin for GPUs is installed whose name contains `kind` ("cuda", "rocm")."""
    return any(kind in name and importlib.util.find_spec(name) is not None for name in _GPU_PLUGINS)


def started() -> bool:
    """True once JAX's backends run: from then on devices cannot be changed."""
    count = jax.config.jax_num_cpu_devices
    try:
        # JAX says so only by refusing a change.
        jax.config.update("jax_num_cpu_devices", 2 if count == 1 else 1)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", count)
    return False


@functools.cache
def _driver() -> Any:
    """NVIDIA's driver library, initialised; None without one."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    return driver if driver.cuInit(0) == 0 else None


@functools.cache
def _hardware(kind: str) -> int:
    """How many devices of a kind the machine has, counted before JAX starts where that is possible."""
    if kind == "CPU":
        return 1
    platforms = os.environ.get("JAX_PLATFORMS", "")
    if kind == "TPU":
        found = importlib.util.find_spec("libtpu") is not None or "tpu" in platforms
        return len(jax_devices("TPU")) if found else 0
    if platforms and not any(name in platforms for name in ("gpu", "cuda", "rocm")):
        return 0
    if not has_plugin(""):
        return 0
    driver = _driver()
    if driver is None:
        return len(jax_devices("GPU")) if os.path.exists("/dev/kfd") else 0
    count = ctypes.c_int(0)
    return count.value if driver.cuDeviceGetCount(ctypes.byref(count)) == 0 else 0


def gpu_memory(index: int) -> int:
    """The memory of a GPU in bytes; 0 where the driver does not tell."""
    driver, handle, size = _driver(), ctypes.c_int(0), ctypes.c_size_t(0)
    if driver is None or driver.cuDeviceGet(ctypes.byref(handle), index):
        return 0
    return size.value if driver.cuDeviceTotalMem_v2(ctypes.byref(size), handle) == 0 else 0


@export("config.list_physical_devices", "config.experimental.list_physical_devices")
def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine, of one type if given ("CPU", "GPU", "TPU").

    >>> import tfjax as tf
    >>> tf.config.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    kinds = [k for k in _KINDS if device_type is None or k == device_type]
    return [
        PhysicalDevice(f"/physical_device:{k}:{i}", k) for k in kinds for i in range(_hardware(k))
    ]


def check_known(device: Any) -> None:
    """Raises ValueError for what is no physical device of this machine."""
    if device not in list_physical_devices():
        raise ValueError(f"Unrecognized device: {device!r}")


_visible: dict[str, list[PhysicalDevice]] = {}


@export("config.get_visible_devices", "config.experimental.get_visible_devices")
def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The physical devices that programs may use, of one type if given.

    >>> import tfjax as tf
    >>> len(tf.config.get_visible_devices("CPU"))
    1
    """
    kinds = [k for k in _KINDS if device_type is None or k == device_type]
    return [d for k in kinds for d in _visible.get(k, list_physical_devices(k))]


@export("config.set_visible_devices", "config.experimental.set_visible_devices")
def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Hides all physical devices but `devices`, before anything runs on one.

    Args:
      devices: physical devices, or one.
      device_type: the type that is meant; None means all types.

    Raises:
      ValueError: an unknown device, or one of another type.
      RuntimeError: a device is in use already.

    >>> import tfjax as tf
    >>> tf.config.set_visible_devices([], "GPU")
    """
    wanted = (
        list(devices)
        if isinstance(devices, (list, tuple)) and not isinstance(devices, PhysicalDevice)
        else [devices]
    )
    for device in wanted:
        check_known(device)
        if device_type is not None and device.device_type != device_type:
            raise ValueError(f"Unrecognized device: {device!r}")
    kinds = [k for k in _KINDS if device_type is None or k == device_type]
    chosen = {k: [d for d in wanted if d.device_type == k] for k in kinds}
    if all(get_visible_devices(k) == chosen[k] for k in kinds):
        return
    if started():
        raise RuntimeError("Visible devices cannot be modified after being initialized")
    _visible.update(chosen)
    _tell_jax()


def _tell_jax() -> None:
    gpus, every_gpu = get_visible_devices("GPU"), list_physical_devices("GPU")
    hidden = [
        k.lower() for k in ("GPU", "TPU") if not get_visible_devices(k) and list_physical_devices(k)
    ]
    if gpus and gpus != every_gpu:
        jax.config.update(
            "jax_cuda_visible_devices", ",".join(d.name.rpartition(":")[2] for d in gpus)
        )
    others = [
        k.lower() for k in ("GPU", "TPU") if k.lower() not in hidden and list_physical_devices(k)
    ]
    if hidden:
        jax.config.update(
            "jax_platforms", ",".join([*("cuda" if k == "gpu" else k for k in others), "cpu"])
        )
