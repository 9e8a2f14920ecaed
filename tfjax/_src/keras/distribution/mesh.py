"""Meshes of devices and layouts of tensors over them."""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from tfjax._src.core.export import export
from tfjax._src.distribute.multi_worker import set_up_gloo
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.distribution.current import lay_out, sharding_of


@export("keras.distribution.list_devices")
def list_devices(device_type: str | None = None) -> list[str]:
    """The names of all processes' devices, such as "cpu:0", of one type ("cpu", "gpu", "tpu") if given.

    By default those of the type that computes here. Starts the devices.

    Raises RuntimeError where there is none of that type.

    >>> import tfjax as tf
    >>> tf.keras.distribution.list_devices("cpu")[0]
    'cpu:0'
    """
    found = jax.devices(device_type.lower() if device_type else None)
    return [_name(d) for d in found]


@export("keras.distribution.get_device_count")
def get_device_count(device_type: str | None = None) -> int:
    """How many devices `list_devices` names."""
    return len(list_devices(device_type))


def _name(device: Any) -> str:
    platform = "gpu" if device.platform in ("cuda", "rocm") else device.platform
    return f"{platform}:{device.id}"


def _device(name: str) -> Any:
    kind, _, number = str(name).lower().rpartition("/")[2].removeprefix("device:").partition(":")
    for device in jax.devices(kind):
        if device.id == int(number or 0):
            return device
    raise ValueError(f"There is no device {str(name)!r}. Devices: {list_devices(kind)}")


@export("keras.distribution.initialize")
def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
) -> None:
    """Connects this process with the others of the job, before devices are in use.

    Args:
      job_addresses: "host:port" of the first process, or of all, with commas between.
      num_processes: how many processes there are.
      process_id: this one's number.
      Each is read from KERAS_DISTRIBUTION_JOB_ADDRESSES, …_NUM_PROCESSES, …_PROCESS_ID if None.
    """
    environment = {
        name: os.environ.get(f"KERAS_DISTRIBUTION_{name}")
        for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
    }
    addresses = job_addresses or environment["JOB_ADDRESSES"]
    count = num_processes if num_processes is not None else environment["NUM_PROCESSES"]
    number = process_id if process_id is not None else environment["PROCESS_ID"]
    set_up_gloo()
    jax.distributed.initialize(
        coordinator_address=None if addresses is None else addresses.split(",")[0],
        num_processes=None if count is None else int(count),
        process_id=None if number is None else int(number),
    )


@export("keras.distribution.DeviceMesh")
class DeviceMesh:
    """Devices in a grid whose axes have names.

    Args:
      shape: the grid's sizes, such as (2, 4).
      axis_names: a name per axis, such as ["batch", "model"].
      devices: device names, as many as the grid has places; all by default.

    Raises ValueError where these do not fit together.

    >>> import tfjax as tf
    >>> devices = tf.keras.distribution.list_devices()[:1]
    >>> tf.keras.distribution.DeviceMesh((1, 1), ["batch", "model"], devices)
    <DeviceMesh shape=(1, 1), axis_names=['batch', 'model']>
    """

    def __init__(self, shape: Any, axis_names: Any, devices: Any = None) -> None:
        if not shape or not axis_names:
            raise ValueError(
                f"Shape and axis_names cannot be empty. Received: shape={shape}, axis_names={axis_names}"
            )
        if len(shape) != len(axis_names):
            raise ValueError(
                f"Shape and axis_names should have same size. Received: shape={shape}, axis_names={axis_names}"
            )
        devices = np.array(list_devices() if devices is None else devices)
        if int(np.prod(shape)) != devices.size:
            raise ValueError(
                "Shape does not match the number of devices. "
                f"Received: shape={shape}; devices.shape={devices.shape}"
            )
        self._shape, self._axis_names, self._devices = shape, axis_names, devices.reshape(shape)
        self._mesh: Mesh | None = None

    @property
    def shape(self) -> Any:
        """The grid's sizes."""
        return self._shape

    @property
    def axis_names(self) -> Any:
        """The axes' names."""
        return self._axis_names

    @property
    def devices(self) -> np.ndarray:
        """The device names, in the grid's shape."""
        return self._devices

    @property
    def backend_mesh(self) -> Mesh:
        """The `jax.sharding.Mesh`."""
        if self._mesh is None:
            grid = np.empty(self._devices.size, object)
            grid[:] = [_device(name) for name in self._devices.flat]
            frames.note_mesh(grid.size)
            self._mesh = Mesh(grid.reshape(self._devices.shape), tuple(self._axis_names))
        return self._mesh

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"

    __str__ = __repr__


@export("keras.distribution.TensorLayout")
class TensorLayout:
    """Which mesh axis each axis of a tensor is split along; None where it is not.

    Args:
      axes: a mesh axis' name, or None, per axis.
      device_mesh: the mesh; may be set later, once.

    Raises ValueError for an axis that the mesh has not.

    >>> import tfjax as tf
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["model"], ["cpu:0"])
    >>> tf.keras.distribution.TensorLayout([None, "model"], mesh).backend_layout.spec
    P(None, 'model')
    """

    def __init__(self, axes: Any, device_mesh: DeviceMesh | None = None) -> None:
        self._axes, self._mesh = tuple(axes), device_mesh
        self._check()

    @property
    def axes(self) -> tuple[str | None, ...]:
        """A mesh axis' name, or None, per axis."""
        return self._axes

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh."""
        return self._mesh

    @device_mesh.setter
    def device_mesh(self, value: DeviceMesh) -> None:
        if self._mesh is not None:
            raise ValueError(f"Cannot override device mesh value. Existing value is {self._mesh}")
        self._mesh = value
        self._check()

    @property
    def backend_layout(self) -> NamedSharding:
        """The `jax.sharding.NamedSharding`."""
        if self._mesh is None:
            raise ValueError("Cannot create sharding when device mesh is not set.")
        return NamedSharding(self._mesh.backend_mesh, PartitionSpec(*self._axes))

    def _check(self) -> None:
        if self._mesh is None:
            return
        valid, given = set(self._mesh.axis_names), {a for a in self._axes if a is not None}
        if given - valid:
            raise ValueError(
                f"Invalid axis names for Layout. Valid axis names: {valid}, Got {given}"
            )

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"

    __str__ = __repr__


@export("keras.distribution.distribute_tensor")
def distribute_tensor(tensor: Any, layout: Any) -> Tensor:
    """The tensor, laid out over a mesh. Inside a compiled function it is a constraint on the program.

    Args:
      tensor: a tensor or array.
      layout: a TensorLayout, or a `jax.sharding.Sharding`.

    Raises ValueError where the layout does not fit the shape.

    >>> import tfjax as tf
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
    >>> layout = tf.keras.distribution.TensorLayout(["batch", None], mesh)
    >>> tf.keras.distribution.distribute_tensor(tf.ones([4, 2]), layout).jax().sharding.spec
    P('batch', None)
    """
    value = to_tensor(tensor)
    return Tensor(lay_out(value.jax(), sharding_of(layout, value._value.shape, "the tensor")))
