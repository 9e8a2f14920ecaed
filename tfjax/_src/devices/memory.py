"""What devices are and how much of their memory is used; tests for GPUs."""

from __future__ import annotations

import os
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.devices import physical
from tfjax._src.devices.logical import get_logical_device_configuration
from tfjax._src.devices.physical import PhysicalDevice, check_known, list_physical_devices
from tfjax._src.eager.devices import jax_devices, parse

_growth: dict[PhysicalDevice, bool] = {}


@export("config.experimental.set_memory_growth")
def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Lets this process take GPU memory as it needs it (True) or a large share at once (False).

    JAX has one such switch for all GPUs (XLA_PYTHON_CLIENT_PREALLOCATE); the last call counts.

    Raises:
      ValueError: an unknown device, a CPU, or a device that was split.
      RuntimeError: devices are in use already.

    >>> import tfjax as tf
    >>> for gpu in tf.config.list_physical_devices("GPU"):
    ...     tf.config.experimental.set_memory_growth(gpu, True)
    """
    check_known(device)
    if get_logical_device_configuration(device):
        raise ValueError("Cannot set memory growth on device when virtual devices configured")
    if device.device_type == "CPU":
        raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")
    if _growth.get(device) == enable:
        return
    if physical.started():
        raise RuntimeError("Physical devices cannot be modified after being initialized")
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false" if enable else "true"
    _growth[device] = bool(enable)


@export("config.experimental.get_memory_growth")
def get_memory_growth(device: PhysicalDevice) -> bool | None:
    """What `set_memory_growth` was told about a GPU; None before. Raises KeyError for a CPU."""
    check_known(device)
    if device.device_type == "CPU":
        raise KeyError(device)
    return _growth.get(device)


@export("config.experimental.get_memory_info")
def get_memory_info(device: str) -> dict[str, int]:
    """Bytes in use now ("current") and at most so far ("peak") on a GPU, such as "GPU:0".

    Raises ValueError for a name without index, an unknown device, and a CPU.

    >>> import tfjax as tf
    >>> tf.config.experimental.get_memory_info("GPU:9")
    Traceback (most recent call last):
    ValueError: No matching devices found for 'GPU:9'
    """
    try:
        fields = parse(device)
    except ValueError:
        fields = {}
    index = fields.get("device_index")
    if index is None:
        raise ValueError(
            f"Failed parsing device name: '{device}'. Note a valid device string should at least contain a device "
            'type and a device index, like "GPU:0".'
        )
    found = jax_devices(fields["device_type"])
    if index >= len(found):
        raise ValueError(f"No matching devices found for '{device}'")
    stats = None if fields["device_type"] == "CPU" else found[index].memory_stats()
    if not stats:
        raise ValueError(f"Allocator stats not available for device '{device}'")
    return {"current": stats["bytes_in_use"], "peak": stats["peak_bytes_in_use"]}


@export("config.experimental.get_memory_usage")
def get_memory_usage(device: str) -> int:
    """Bytes in use now on a GPU: `get_memory_info(device)["current"]`."""
    return get_memory_info(device)["current"]


@export("config.experimental.get_device_details")
def get_device_details(device: PhysicalDevice) -> dict[str, Any]:
    """`device_name` and `compute_capability` of a GPU; {} for a CPU. Starts the devices of a GPU.

    Raises ValueError for anything but a physical device of this machine.

    >>> import tfjax as tf
    >>> tf.config.experimental.get_device_details(tf.config.list_physical_devices("CPU")[0])
    {}
    """
    if not isinstance(device, PhysicalDevice):
        raise ValueError(f"device must be a tf.config.PhysicalDevice, but got: {device!r}")
    if device not in list_physical_devices():
        raise ValueError(
            f"The PhysicalDevice must be one obtained from calling `tf.config.list_physical_devices`, but got: {device!r}"
        )
    visible = physical.get_visible_devices(device.device_type)
    if device.device_type == "CPU" or device not in visible:
        return {}
    found = jax_devices(device.device_type)[visible.index(device)]
    capability = _capability(found)
    return {
        "device_name": found.device_kind,
        **({} if capability is None else {"compute_capability": capability}),
    }


def _capability(device: Any) -> tuple[int, int] | None:
    text = str(getattr(device, "compute_capability", ""))
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


@export("test.is_gpu_available")
def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """True if a GPU is at hand, of at least a compute capability such as (7, 0) if given.

    >>> import tfjax as tf
    >>> tf.test.is_gpu_available() == bool(tf.config.list_logical_devices("GPU"))
    True
    """
    gpus = jax_devices("GPU")
    if cuda_only:
        gpus = [d for d in gpus if is_built_with_cuda()]
    if min_cuda_compute_capability is None:
        return bool(gpus)
    return any((_capability(d) or (0, 0)) >= tuple(min_cuda_compute_capability) for d in gpus)


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """`/device:GPU:0`, or "" without a GPU."""
    return "/device:GPU:0" if jax_devices("GPU") else ""


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """True if JAX's plugin for CUDA is installed."""
    return physical.has_plugin("cuda")


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support() -> bool:
    """True if a plugin of JAX for GPUs is installed."""
    return physical.has_plugin("")
