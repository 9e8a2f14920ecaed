"""The distribution in force, and what layers, Variables and training steps ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec, Sharding

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import devices
from tfjax._src.eager.tensor import Tensor

_state: dict[str, Any] = {"distribution": None}


@export("keras.distribution.distribution")
def distribution() -> Any:
    """The distribution in force, or None.

    >>> import tfjax as tf
    >>> tf.keras.distribution.distribution()
    """
    return _state["distribution"]


@export("keras.distribution.set_distribution")
def set_distribution(value: Any) -> None:
    """Puts a distribution in force for the Variables and models made from now on; None ends it.

    Raises ValueError for anything but a distribution.

    >>> import tfjax as tf
    >>> tf.keras.distribution.set_distribution(None)
    """
    if value is not None and not hasattr(value, "get_variable_layout"):
        raise ValueError(
            f"Argument `value` must be a Distribution or None. Received: value={value}"
        )
    _state["distribution"] = value


def sharding_of(layout: Any, shape: Sequence[int], what: str) -> Sharding:
    """The jax Sharding of a TensorLayout (or Sharding) for a value of a shape.

    Raises ValueError where the layout does not fit the shape.
    """
    if isinstance(layout, Sharding):
        return layout
    axes, mesh = layout.axes, layout.device_mesh
    if len(axes) > len(shape):
        raise ValueError(
            f"The layout {axes} of {what} has {len(axes)} axes, its shape {tuple(shape)} has {len(shape)}. "
            "Give one entry per axis: a mesh axis, or None."
        )
    sizes = dict(zip(mesh.axis_names, mesh.shape, strict=True))
    for axis, size in zip(axes, shape, strict=False):
        if axis is not None and size % sizes[axis]:
            raise ValueError(
                f"Axis sizes {tuple(shape)} of {what} cannot be laid out as {axes}: {size} is not a multiple of the "
                f"{sizes[axis]} devices along the mesh axis {axis!r}. Choose another axis or mesh, or None to replicate."
            )
    return layout.backend_layout


def home_of(variable: Any, layout: Any) -> Sharding | None:
    """Where a new Variable is kept: by its own layout, or by the distribution in force."""
    if layout is None:
        if _state["distribution"] is None:
            return None
        layout = _state["distribution"].get_variable_layout(variable)
    return sharding_of(layout, variable.shape.as_list(), f"the variable {variable.path!r}")


def lay_out(value: Any, sharding: Sharding) -> Any:
    """An array with a sharding; inside a trace a constraint."""
    if isinstance(value, jax.core.Tracer):
        return jax.lax.with_sharding_constraint(value, sharding)
    return devices.bring(value, sharding)


def _as_far_as_it_divides(layout: Any, shape: Sequence[int]) -> NamedSharding:
    mesh = layout.device_mesh.backend_mesh
    pairs = zip(layout.axes, shape, strict=False)
    return NamedSharding(
        mesh, PartitionSpec(*(a if a and size % mesh.shape[a] == 0 else None for a, size in pairs))
    )


def lay_out_outputs(path: str, outputs: Any) -> Any:
    """A layer's outputs, laid out as the distribution in force says for `<path>/output`.

    Axes that the mesh does not divide (the last batch of an epoch) are not split.
    """
    layout = _state["distribution"].get_tensor_layout(f"{path}/output")
    if layout is None:
        return outputs

    def place(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        return Tensor(lay_out(leaf.jax(), _as_far_as_it_divides(layout, leaf._value.shape)))

    return nest.map_structure(place, outputs)


class Spread:
    """How a training step under a distribution spreads its batches and keeps its Variables."""

    def __init__(self, in_force: Any) -> None:
        self._mesh = in_force.device_mesh.backend_mesh
        self._axis = in_force.batch_dim_name
        self._count = dict(self._mesh.shape).get(self._axis, 1)
        self.replicated = NamedSharding(self._mesh, PartitionSpec())

    def _sharding(self, array: Any) -> NamedSharding:
        # A batch that does not divide is computed by every device.
        if array.ndim and self._axis in self._mesh.shape and array.shape[0] % self._count == 0:
            return NamedSharding(self._mesh, PartitionSpec(self._axis))
        return self.replicated

    def batch(self, array: Any) -> Any:
        """A batch's array, shared out over the devices along its first axis."""
        if jax.process_count() > 1 and not isinstance(array, jax.core.Tracer):
            sharding = NamedSharding(self._mesh, PartitionSpec(self._axis))
            return jax.make_array_from_process_local_data(sharding, np.asarray(array))
        return lay_out(array, self._sharding(array))

    def everywhere(self, array: Any) -> Any:
        """An array of which every device has a copy."""
        return lay_out(array, self.replicated)

    def adopt(self, variable: Any) -> Sharding:
        """The sharding that a Variable which steps write is kept in; by default a copy per device."""
        if not isinstance(variable._home, Sharding):
            variable._home = self.replicated
            variable.set_array(variable._raw_value)
        return variable._home


def spread() -> Spread | None:
    """How steps are spread now; None without a distribution."""
    in_force = _state["distribution"]
    return None if in_force is None else Spread(in_force)
