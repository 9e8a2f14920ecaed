"""Distributions: how Variables and batches are laid out over a mesh."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator, MutableMapping
from typing import Any

import jax
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.distribution.current import distribution, set_distribution
from tfjax._src.keras.distribution.mesh import DeviceMesh, TensorLayout, list_devices


@export("keras.distribution.LayoutMap")
class LayoutMap(MutableMapping):  # type: ignore[type-arg]
    """Layouts by path; keys are paths of Variables, or regular expressions that fit all of a path.

    A key for `<path of a layer>/output` lays out what that layer gives.

    Args:
      device_mesh: the mesh of layouts that name none.

    >>> import tfjax as tf
    >>> mesh = tf.keras.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
    >>> layouts = tf.keras.distribution.LayoutMap(mesh)
    >>> layouts[".*dense.*kernel"] = (None, "model")
    >>> layouts["encoder/dense_1/kernel"].axes, layouts["encoder/dense_1/bias"]
    ((None, 'model'), None)
    """

    def __init__(self, device_mesh: DeviceMesh | None) -> None:
        self._layouts: dict[str, TensorLayout] = {}
        self._mesh = device_mesh

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh of layouts that name none."""
        return self._mesh

    def __getitem__(self, key: str) -> TensorLayout | None:  # type: ignore[override]
        """The layout for a path, or None. Raises ValueError where several keys fit."""
        if key in self._layouts:
            return self._layouts[key]
        fitting = [k for k in self._layouts if re.fullmatch(k, key)]
        if len(fitting) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple layout specification keys: {fitting}. Please make sure each "
                "tensor/variable path only matches at most one layout specification key in the LayoutMap."
            )
        return self._layouts[fitting[0]] if fitting else None

    def __setitem__(self, key: str, layout: Any) -> None:
        """Adds a TensorLayout, or a tuple of its axes. Raises ValueError for a key that is there."""
        if key in self._layouts:
            raise ValueError(
                f"{key} already exist in the LayoutMap with value {self._layouts[key]}. "
                "Please make sure to not use duplicated keys."
            )
        if isinstance(layout, tuple):
            layout = TensorLayout(axes=layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"{layout} should be a TensorLayout type, got {type(layout)}")
        if layout.device_mesh is None and self._mesh is not None:
            layout.device_mesh = self._mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __len__(self) -> int:
        return len(self._layouts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)


class Distribution:
    """What the distributions share; see DataParallel and ModelParallel."""

    def __init__(
        self, device_mesh: DeviceMesh, batch_dim_name: str, auto_shard_dataset: bool
    ) -> None:
        self._mesh, self._batch_dim_name, self._auto_shard = (
            device_mesh,
            batch_dim_name,
            auto_shard_dataset,
        )

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Puts this distribution in force inside a `with` block."""
        previous = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(previous)

    @property
    def device_mesh(self) -> DeviceMesh:
        """The mesh."""
        return self._mesh

    @property
    def batch_dim_name(self) -> str:
        """The mesh axis along which batches are split."""
        return self._batch_dim_name

    @property
    def auto_shard_dataset(self) -> bool:
        """Whether each of several processes takes its part of the batches of a dataset."""
        return self._auto_shard

    @property
    def num_model_replicas(self) -> int:
        """How many parts a batch is split into."""
        return int(self._mesh.backend_mesh.shape.get(self._batch_dim_name, 1))

    @property
    def num_processes(self) -> int:
        """How many processes work together."""
        return jax.process_count()

    @property
    def data_shard_id(self) -> int:
        """Which part of each batch this process takes, counted from 0."""
        return jax.process_index()

    def get_data_layout(self, data_shape: Any) -> TensorLayout:
        """The layout of a batch of a shape: its first axis is split."""
        axes: list[str | None] = [None] * len(data_shape)
        if axes:
            axes[0] = self._batch_dim_name
        return TensorLayout(axes, self._mesh)

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """The layout of a Variable."""
        return TensorLayout([None] * len(variable.shape), self._mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout for a tensor by its path, or None to leave that to the compiler."""
        return None

    def distribute_dataset(self, dataset: Any) -> Any:
        """A dataset of the rows that this process takes of each batch; the dataset itself if it is alone.

        Raises ValueError (when iterated) for a batch that the processes cannot share evenly.
        """
        if self.num_processes == 1 or not self._auto_shard:
            return dataset
        return dataset.map(
            lambda *batch: _rows(
                batch if len(batch) > 1 else batch[0], self.data_shard_id, self.num_processes
            )
        )

    distribute_tf_dataset = distribute_dataset

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"

    __str__ = __repr__


def _rows(batch: Any, number: int, count: int) -> Any:
    from tfjax._src.core import nest

    def part(leaf: Any) -> Any:
        size = leaf.shape[0]
        if size % count:
            raise ValueError(
                f"A batch of {size} rows cannot be shared evenly by {count} processes."
            )
        return leaf[number * (size // count) : (number + 1) * (size // count)]

    return nest.map_structure(part, batch)


@export("keras.distribution.DataParallel")
class DataParallel(Distribution):
    """Every device has the whole model and computes a part of each batch.

    Args:
      device_mesh: a mesh of one axis.
      devices: device names, instead of a mesh; by default all.
      auto_shard_dataset: with several processes, whether each takes its part of a dataset's batches.

    >>> import tfjax as tf
    >>> tf.keras.distribution.DataParallel(devices=["cpu:0"])
    <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
    """

    def __init__(
        self, device_mesh: Any = None, devices: Any = None, auto_shard_dataset: bool = True
    ) -> None:
        if device_mesh is None:
            if devices is not None and not isinstance(devices, (list, tuple, np.ndarray)):
                raise ValueError(
                    f"Argument `devices` must be a list of device names. Received: devices={devices}"
                )
            names = list_devices() if devices is None else np.asarray(devices).reshape(-1).tolist()
            device_mesh = DeviceMesh((len(names),), ["batch"], names)
        if not isinstance(device_mesh, DeviceMesh):
            raise ValueError(
                "Expect `mesh` to be an instance of `DeviceMesh`. "
                f"Received: mesh={device_mesh} (of type {type(device_mesh)})"
            )
        if device_mesh.devices.ndim != 1:
            warnings.warn(
                "Expect the input mesh to be 1D, but received "
                f"device_mesh.devices.ndim={device_mesh.devices.ndim}. "
                "The first axis will be used for data-parallel sharding.",
                stacklevel=2,
            )
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)


@export("keras.distribution.ModelParallel")
class ModelParallel(Distribution):
    """Variables (and layers' outputs) are split as a LayoutMap says, batches along one mesh axis.

    Each training step is one program for all devices; the compiler adds the communication.

    Args:
      layout_map: layouts by path. Variables without one are on every device.
      batch_dim_name: the mesh axis for batches; the first one by default.
      auto_shard_dataset: with several processes, whether each takes its part of a dataset's batches.
      **kwargs: `device_mesh`, as older versions took it; the layout map's is used if absent.

    Raises ValueError without a layout map.

    >>> import tfjax as tf
    >>> mesh = tf.keras.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
    >>> layouts = tf.keras.distribution.LayoutMap(mesh)
    >>> layouts[".*embeddings"] = ("model", None)
    >>> with tf.keras.distribution.ModelParallel(layout_map=layouts).scope():
    ...     layer = tf.keras.layers.Embedding(4, 2)
    ...     layer.build(None)
    >>> layer.embeddings.jax().sharding.spec
    P('model', None)
    """

    def __init__(
        self,
        *,
        layout_map: LayoutMap | None = None,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
        **kwargs: Any,
    ) -> None:
        mesh = kwargs.pop("device_mesh", None)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
        if layout_map is None:
            raise ValueError("You must specify a layout_map argument.")
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(
                f"Argument `layout_map` must be a `LayoutMap` instance. Received: layout_map={layout_map}"
            )
        mesh = mesh or layout_map.device_mesh
        if mesh is None:
            raise ValueError(
                "`layout_map` has no device mesh: make it with LayoutMap(device_mesh)."
            )
        super().__init__(mesh, batch_dim_name or mesh.axis_names[0], auto_shard_dataset)
        self._layout_map = layout_map

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """The layout map's for the Variable's path; else a copy on every device."""
        return self._layout_map[variable.path] or super().get_variable_layout(variable)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout map's for a path, or None."""
        return self._layout_map[path]
