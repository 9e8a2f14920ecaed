"""InputSpec: what a layer requires of its inputs."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.export import export


@export("keras.InputSpec", "keras.layers.InputSpec")
class InputSpec:
    """Rank, shape, dtype and sizes of axes that an input must have.

    Args:
      dtype: the dtype.
      shape: the whole shape, None where free.
      ndim, max_ndim, min_ndim: the rank, or bounds of it.
      axes: sizes by axis.
      allow_last_axis_squeeze: tolerates a missing or extra last axis of size 1.
      name: the input's name.
      optional: the input may be None.

    >>> import tfjax as tf
    >>> tf.keras.layers.InputSpec(ndim=2).ndim
    2
    """

    def __init__(
        self, dtype: Any = None, shape: Any = None, ndim: int | None = None, max_ndim: int | None = None,
        min_ndim: int | None = None, axes: Any = None, allow_last_axis_squeeze: bool = False,
        name: str | None = None, optional: bool = False,
    ) -> None:
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional

    def __repr__(self) -> str:
        return f"InputSpec(ndim={self.ndim}, axes={self.axes}, shape={self.shape})"


def check_inputs(spec: Any, inputs: Any, layer: str) -> None:
    """Raises ValueError where an input does not meet its spec."""
    specs, values = nest.flatten(spec), nest.flatten(inputs)
    if len(specs) != len(values):
        raise ValueError(
            f"Layer '{layer}' expected {len(specs)} input(s). Received {len(values)} instead."
        )
    for i, (wanted, value) in enumerate(zip(specs, values)):
        if wanted is not None and value is not None and hasattr(value, "shape"):
            _check(wanted, tuple(value.shape), i, layer)


def _check(spec: InputSpec, shape: tuple[Any, ...], i: int, layer: str) -> None:
    head = f'Input {i} of layer "{layer}" is incompatible with the layer: '
    full = f"Full shape received: {shape}"
    rank = len(shape)
    if spec.ndim is not None and rank != spec.ndim and not spec.allow_last_axis_squeeze:
        raise ValueError(f"{head}expected ndim={spec.ndim}, found ndim={rank}. {full}")
    if spec.max_ndim is not None and rank > spec.max_ndim:
        raise ValueError(f"{head}expected max_ndim={spec.max_ndim}, found ndim={rank}")
    if spec.min_ndim is not None and rank < spec.min_ndim:
        raise ValueError(f"{head}expected min_ndim={spec.min_ndim}, found ndim={rank}. {full}")
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            raise ValueError(
                f"{head}expected axis {axis} of input shape to have value {size}, but received "
                f"input with shape {shape}"
            )
    if spec.shape is not None and rank == len(spec.shape):
        for wanted, size in zip(spec.shape, shape):
            if wanted is not None and size is not None and wanted != size:
                raise ValueError(f"{head}expected shape={spec.shape}, found shape={shape}")
