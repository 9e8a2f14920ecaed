"""Device names and `tf.device` scopes: which of JAX's devices a TensorFlow name means."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import config
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tier
from tfjax._src.eager.tensor import Tensor

_PREFIX = "/job:localhost/replica:0/task:0/device:"
_PLATFORMS = {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}
_FIELDS = {"job": str, "replica": int, "task": int}
# Jobs that devices may be named by; a cluster adds its own.
JOBS = {"localhost"}


def jax_devices(kind: str) -> list[Any]:
    """This process' JAX devices of a TensorFlow device type; empty where there is none."""
    try:
        return list(jax.local_devices(backend=kind.lower()))
    except RuntimeError:
        return []


def name_of(device: Any) -> str:
    """TensorFlow's full name of a JAX device."""
    kind = _PLATFORMS.get(device.platform, device.platform.upper())
    known = jax_devices(kind)
    return f"{_PREFIX}{kind}:{known.index(device) if device in known else device.id}"


def device_name(tensor: Tensor) -> str:
    """The name of the device that holds a Tensor, or that its trace was asked to use."""
    value = tensor._value
    if isinstance(value, jax.core.Tracer) or (
        frames.current() is not None and type(value) is np.ndarray
    ):
        return tensor.__dict__.get("_graph_device", "")
    if not isinstance(value, jax.Array):
        # A number on the host stands for one on the default device, strings are only ever here.
        return name_of(jax.local_devices()[0]) if value.dtype != object else f"{_PREFIX}CPU:0"
    return name_of(min(value.devices(), key=lambda d: d.id))


def parse(name: str) -> dict[str, Any]:
    """The fields of a device name: job, replica, task, device_type, device_index.

    Raises ValueError for a name of another form.
    """
    found: dict[str, Any] = {}
    for part in filter(None, name.split("/")):
        key, *rest = part.split(":")
        if key in _FIELDS and len(rest) == 1:
            found[key] = _FIELDS[key](rest[0])
        elif key == "device" and len(rest) == 2:
            found["device_type"], index = rest[0].upper(), rest[1]
            found["device_index"] = None if index == "*" else int(index)
        elif key.upper() in ("CPU", "GPU", "TPU") and len(rest) < 2:
            found["device_type"] = key.upper()
            found["device_index"] = None if not rest or rest[0] == "*" else int(rest[0])
        else:
            raise ValueError(
                f"Unknown attribute '{key}' is encountered while parsing the device spec: '{name}'."
            )
    return found


def jax_device(name: str) -> Any:
    """The JAX device that a TensorFlow name such as `/gpu:0` means.

    A device that is not there is the default one under soft placement.

    Raises:
      InvalidArgumentError: no such device, without soft placement; or one of another job.
    """
    fields = parse(name)
    job, index = fields.get("job", "localhost"), fields.get("device_index") or 0
    kind = fields.get("device_type")
    if job not in JOBS or (job == "localhost" and fields.get("task", 0)):
        full = f"/job:{job}/replica:{fields.get('replica', 0)}/task:{fields.get('task', 0)}/device:{kind or 'CPU'}:{index}"
        raise InvalidArgumentError(None, None, f"{full} unknown device.")
    found = jax_devices(kind) if kind is not None else jax.local_devices()
    if index < len(found):
        return found[index]
    if not config.soft_device_placement():
        kinds = [k for k in ("CPU", "GPU", "TPU") if jax_devices(k)]
        known = [f"{_PREFIX}{k}:{i}" for k in kinds for i, _ in enumerate(jax_devices(k))]
        raise InvalidArgumentError(
            None,
            None,
            f"Could not satisfy device specification '{_PREFIX}{kind}:{index}'. enable_soft_placement=0. "
            f"Supported device types [{', '.join(kinds)}]. All available devices [{', '.join(known)}].",
        )
    return jax.local_devices()[0]


def place(tensor: Tensor) -> Tensor:
    """A new host value as the surrounding `tf.device` scope wants it: on that device."""
    if (
        tier.state.placing is not None
        and type(tensor._value) is np.ndarray
        and tensor._value.dtype != object
    ):
        frame = frames.current()
        if frame is None:
            return Tensor(jnp.asarray(tensor._value))
        tensor._graph_device = frame.device  # type: ignore[attr-defined]
    return tensor


@export("device")
class device:
    """A context in which computations run on the named device, and new Variables live there.

    Inside a tf.function the name is only noted: a compiled program runs on the one device (or mesh)
    that it is called on.

    Args:
      device_name: such as "/GPU:0", "/device:CPU:1", a `tf.DeviceSpec` or a logical device. None
        returns to the default device.

    Raises:
      InvalidArgumentError: there is no such device, and soft placement is off.

    >>> import tfjax as tf
    >>> with tf.device("/CPU:0"):
    ...     x = tf.constant([1.0])
    >>> x.device
    '/job:localhost/replica:0/task:0/device:CPU:0'
    """

    def __init__(self, device_name: Any) -> None:
        if callable(device_name) and not isinstance(device_name, type):
            raise RuntimeError("tf.device does not support functions.")
        name = getattr(device_name, "name", device_name)
        if hasattr(name, "to_string"):
            name = name.to_string()
        if not isinstance(name, (str, type(None))):
            raise ValueError(
                f"Expecting a string device name. Got {type(device_name)}({device_name})"
            )
        self._name = name
        self._undo: list[Any] = []
        if name:
            parse(name)

    def __enter__(self) -> device:
        frame, state = frames.current(), tier.state
        if frame is not None:
            self._undo.append((frame, frame.device, state.placing))
            frame.device = _inner_name(frame.device, self._name)
            state.placing = frame.device or None
            return self
        previous = (state.placing, state.forced)
        target = None
        if self._name is not None:
            fields = parse(self._name)
            target = (
                jax_device(self._name)
                if "device_type" in fields
                else state.placing or jax_device(self._name)
            )
        default = (
            jax.local_devices()[0] if target is not None or state.placing is not None else None
        )
        context = None if default is None else jax.default_device(target or default)
        if context is not None:
            context.__enter__()
        # On the default device small work may stay on the host; elsewhere its results must show.
        state.placing = target if target is not default else None
        state.forced = (
            "device"
            if state.placing is not None
            else None
            if previous[0] is not None
            else previous[1]
        )
        self._undo.append((None, context, previous))
        return self

    def __exit__(self, *exc: Any) -> None:
        frame, what, previous = self._undo.pop()
        if frame is not None:
            frame.device, tier.state.placing = what, previous
            return
        tier.state.placing, tier.state.forced = previous
        if what is not None:
            what.__exit__(*exc)


def _inner_name(outer: str, name: str | None) -> str:
    """The name that tensors of a trace show in a scope inside another."""
    if not name:
        return "" if name is None else outer
    fields = parse(name)
    merged = {**parse(outer), **{k: v for k, v in fields.items() if v is not None}}
    parts = [f"/{k}:{merged[k]}" for k in _FIELDS if k in merged]
    if "device_type" in merged:
        index = merged.get("device_index")
        parts.append(f"/device:{merged['device_type']}:{'*' if index is None else index}")
    return "".join(parts)


def copy_to(tensor: Tensor, name: str) -> Tensor:
    """The value of a tensor on a device; strings stay where they are."""
    target = jax_device(name)
    value = tensor.host_value()
    if value.dtype == object or (target is jax.local_devices()[0] and target.platform == "cpu"):
        return Tensor(value)
    with jax.default_device(target):
        return Tensor(jnp.asarray(value))


def home() -> Any:
    """The device that a Variable made now stays on, or None for the default one."""
    return tier.state.placing if frames.current() is None else None


def bring(array: Any, target: Any) -> Any:
    """`array` on a device, free to be used together with arrays elsewhere; or laid out by a Sharding."""
    if isinstance(array, jax.core.Tracer) or array.dtype == object:
        return array
    if isinstance(target, jax.sharding.Sharding):
        same = isinstance(array, jax.Array) and array.sharding == target
        return array if same else jax.device_put(array, target)
    if isinstance(array, jax.Array) and array.devices() == {target}:
        return array
    with jax.default_device(target):
        return jnp.array(array)
