"""Device names, `tf.device` scopes and the parts of `tf.config` that speak about hardware."""

from __future__ import annotations

import re
import threading
from typing import Any, NamedTuple

import jax
import numpy as np

from tfjax._src.core.export import export

_PREFIX = "/job:localhost/replica:0/task:0/device:"
_PLATFORMS = {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}


@export("config.PhysicalDevice")
class PhysicalDevice(NamedTuple):
    """A device of this machine: `name` like `/physical_device:CPU:0`, `device_type` like `CPU`."""

    name: str
    device_type: str

    def __repr__(self) -> str:
        return f"PhysicalDevice(name='{self.name}', device_type='{self.device_type}')"


@export("config.LogicalDevice")
class LogicalDevice(NamedTuple):
    """A device as programs see it: `name` like `/device:CPU:0`, `device_type` like `CPU`."""

    name: str
    device_type: str

    def __repr__(self) -> str:
        return f"LogicalDevice(name='{self.name}', device_type='{self.device_type}')"


def jax_devices(kind: str) -> list[Any]:
    """JAX's devices of a TensorFlow device type; empty where there is none."""
    wanted = kind.upper()
    found = [d for d in jax.devices() if _PLATFORMS.get(d.platform) == wanted]
    if not found and wanted == "CPU":
        found = list(jax.devices("cpu"))
    return found


def device_name(value: Any) -> str:
    """TensorFlow's full name of the device that holds an array."""
    if isinstance(value, np.ndarray) or isinstance(value, jax.core.Tracer):
        return _PREFIX + ("CPU:0" if isinstance(value, np.ndarray) else "")
    device = next(iter(value.devices()))
    kind = _PLATFORMS.get(device.platform, device.platform.upper())
    index = jax_devices(kind).index(device)
    return f"{_PREFIX}{kind}:{index}"


def jax_device(name: str) -> Any:
    """The JAX device that a TensorFlow name such as `/gpu:0` means.

    Raises RuntimeError for a device that this machine lacks.
    """
    match = re.search(r"(?:device:)?(cpu|gpu|tpu)(?::(\d+|\*))?$", name, re.IGNORECASE)
    if not match:
        raise ValueError(f"Unknown attribute '{name}' is given: not a device name.")
    kind, index = match.group(1).upper(), match.group(2) or "0"
    found = jax_devices(kind)
    position = 0 if index == "*" else int(index)
    if position >= len(found):
        known = [f"/job:localhost/replica:0/task:0/device:{d.device_type}:{i}" for i, d in enumerate(list_physical_devices())]
        raise RuntimeError(f"{name} unknown device. Available devices: {', '.join(known)}")
    return found[position]


@export("config.list_physical_devices", "config.experimental.list_physical_devices")
def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine, of one type if given ("CPU", "GPU", "TPU").

    >>> import tfjax as tf
    >>> tf.config.list_physical_devices("CPU")[0]
    PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')
    """
    found = []
    for kind in ("CPU", "GPU", "TPU"):
        for i, _ in enumerate(jax_devices(kind)):
            found.append(PhysicalDevice(f"/physical_device:{kind}:{i}", kind))
    return [d for d in found if device_type is None or d.device_type == device_type.upper()]


@export("config.list_logical_devices", "config.experimental.list_logical_devices")
def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices that programs can name, of one type if given."""
    return [
        LogicalDevice(d.name.replace("physical_device", "device"), d.device_type)
        for d in list_physical_devices(device_type)
    ]


_memory_growth: dict[str, bool] = {}


@export("config.experimental.set_memory_growth")
def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Remembers the wish; JAX allocates by XLA_PYTHON_CLIENT_PREALLOCATE, set before import.

    Raises ValueError for a CPU, as TensorFlow does.
    """
    if device.device_type == "CPU":
        raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")
    _memory_growth[device.name] = bool(enable)


@export("config.experimental.get_memory_growth")
def get_memory_growth(device: PhysicalDevice) -> bool:
    """Whether `set_memory_growth` was asked for on this device."""
    return _memory_growth.get(device.name, False)


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.stack: list[Any] = []


_scopes = _Scopes()


@export("device")
class device:  # noqa: N801 (TensorFlow's public name)
    """A context in which device computations run on the named device.

    >>> import tfjax as tf
    >>> with tf.device("/CPU:0"):
    ...     x = tf.constant([1.0])
    """

    def __init__(self, device_name: Any) -> None:
        self._name = device_name
        self._contexts: list[Any] = []

    def __enter__(self) -> device:
        name = self._name
        if name is None or callable(name):
            self._contexts.append(None)
            return self
        if isinstance(name, LogicalDevice):
            name = name.name
        context = jax.default_device(jax_device(str(name)))
        context.__enter__()
        self._contexts.append(context)
        return self

    def __exit__(self, *exc: Any) -> None:
        context = self._contexts.pop()
        if context is not None:
            context.__exit__(*exc)


@export("test.is_gpu_available")
def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """True if a GPU is at hand; `min_cuda_compute_capability` must be None."""
    if min_cuda_compute_capability is not None:
        raise ValueError("`min_cuda_compute_capability` cannot be checked: JAX does not tell it.")
    return bool(jax_devices("GPU"))


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """`/device:GPU:0`, or "" without a GPU."""
    return "/device:GPU:0" if jax_devices("GPU") else ""


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """True if JAX's CUDA plugin is installed and works."""
    return bool(jax_devices("GPU"))


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support() -> bool:
    """True if JAX can use a GPU here."""
    return bool(jax_devices("GPU"))
