"""Grey dilation and erosion, and the patches that windows cut from images and volumes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import OutOfRangeError, UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.eager.args import Name, Numeric, Real, Static
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import attributes, checks
from tfjax._src.ops.array.shaping import reverse
from tfjax._src.ops.attributes import refused
from tfjax._src.ops.math.elementwise import negative
from tfjax._src.ops.nn import window_arguments as arguments
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.window_arguments import Windows


def _places(sizes: Sequence[int], window: Windows) -> list[np.ndarray]:
    """For each axis an array [windows, size]: which element of the axis each part of a window is."""
    outs = arguments.output_sizes(sizes, window)
    pairs = windows.explicit_padding(window.padding, sizes, window.sizes, window.strides, window.dilations)
    return [
        np.arange(out)[:, None] * stride - before + np.arange(length) * dilation
        for out, length, stride, dilation, (before, _) in zip(
            outs, window.sizes, window.strides, window.dilations, pairs
        )
    ]


def _taken(xp: Any, x: Any, axis: int, places: np.ndarray, fill: Any) -> Any:
    """`x` with the axis replaced by the elements at `places`, `fill` where they lie outside."""
    size = x.shape[axis]
    inside = (places >= 0) & (places < size)
    if not size:
        return xp.full((*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]), fill, x.dtype)
    found = xp.take(x, np.clip(places, 0, size - 1), axis=axis)
    if inside.all():
        return found
    mask = inside.reshape((*places.shape, *(1,) * (x.ndim - axis - 1)))
    return xp.where(mask, found, np.asarray(fill, x.dtype))


@op("_internal.dilation2d", raw="Dilation2D", listed=True, host=False)
def _dilation2d(input: Real, filters: Real, strides: Static, rates: Static, padding: Static, name: Name = None):
    for what, values in (("strides", strides), ("rates", rates)):
        attributes.check_length(what, values, 4)
        attributes.check_int32(what, *values)
        if len(values) != 4:
            raise refused(f"Sliding window {what} field must specify 4 dimensions")
    attributes.check_choice("padding", padding, ("SAME", "VALID"))
    for what, values in (("Stride", strides), ("Rate", rates)):
        arguments.check_outer(values, True, f"{what} is only supported across spatial dimensions.")
    if input.ndim != 4:
        raise refused(f"input must be 4-dimensional{checks.brackets(input.shape)}")
    if filters.ndim != 3:
        raise refused(f"filter must be 3-dimensional: {checks.brackets(filters.shape)}")
    if input.shape[3] != filters.shape[2]:
        raise refused(f"input and filter must have the same depth: {input.shape[3]} vs {filters.shape[2]}")
    arguments.check_positive(strides[1:3], "Stride must be > 0, but got {}")
    least = windows.smallest(input.dtype)
    rows, columns = _places(input.shape[1:3], Windows(filters.shape[:2], strides[1:3], rates[1:3], padding, True))
    parts = []
    for i, j in itertools.product(range(rows.shape[1]), range(columns.shape[1])):
        moved = _taken(jnp, _taken(jnp, input, 1, rows[:, i], 0), 2, columns[:, j], 0) + filters[i, j]
        outside = (rows[:, i, None] < 0) | (rows[:, i, None] >= input.shape[1])
        outside = outside | (columns[:, j] < 0) | (columns[:, j] >= input.shape[2])
        # A sum that is NaN, or below every finite number, never is the maximum.
        parts.append(jnp.where(outside[None, :, :, None] | ~(moved > least), least, moved))
    if not parts:
        return jnp.full((input.shape[0], len(rows), len(columns), input.shape[3]), least)
    return windows.first_largest(jnp.stack(parts, axis=-1))[0]


def _check_format(data_format: Any) -> None:
    if data_format != "NHWC":
        raise ValueError(f"`data_format` values other than 'NHWC' are not supported. Received: data_format={data_format}")


@export("nn.dilation2d")
@recorded
def dilation2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: Any = None,
) -> Any:
    """Grey dilation: the maximum over a window of pixel plus filter.

    Args:
      input: [batch, height, width, channels].
      filters: [height, width, channels].
      strides, dilations: 4 ints.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.dilation2d(tf.ones((1, 3, 3, 1)), tf.zeros((2, 2, 1)), [1] * 4, "VALID", "NHWC", [1] * 4).shape
    TensorShape([1, 2, 2, 1])
    """
    _check_format(data_format)
    steps = attributes.integers("strides", strides, "dilation2d")
    rates = attributes.integers("rates", dilations, "dilation2d")
    return _dilation2d(input, filters, steps, rates, attributes.text("padding", padding))


@export("nn.erosion2d")
@recorded
def erosion2d(
    value: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: Any = None,
) -> Any:
    """Grey erosion: the minimum over a window of pixel minus filter; arguments as of `dilation2d`.

    >>> import tfjax as tf
    >>> tf.nn.erosion2d(tf.ones((1, 3, 3, 1)), tf.zeros((2, 2, 1)), [1] * 4, "VALID", "NHWC", [1] * 4).shape
    TensorShape([1, 2, 2, 1])
    """
    _check_format(data_format)
    return negative(dilation2d(negative(value), reverse(filters, [0, 1]), strides, padding, data_format, dilations))


def _check_patches(rank: int, lists: dict[str, tuple[int, ...]], padding: str) -> None:
    """Raises for sizes, strides and rates of patches that no kernel takes."""
    for name, values in lists.items():
        attributes.check_length(name, values, rank + 2)
    attributes.check_choice("padding", padding, ("SAME", "VALID"))
    for name, values in lists.items():
        attributes.check_int32(name, *values)
        if values[0] != 1 or values[rank + 1] != 1:
            raise UnimplementedError(None, None, f"Only support {name} across space.")
        if min(values) < 1:
            raise OutOfRangeError(None, None, f"{name} is out of range.")


def _cut(x: Any, rank: int, ksizes: Any, strides: Any, rates: Any, padding: str) -> Any:
    """The patches of an array, flattened into its last axis."""
    if x.ndim != rank + 2:
        raise refused(f"input must be {rank + 2}-dimensional{checks.brackets(x.shape)}")
    inner = slice(1, rank + 1)
    found = _places(x.shape[inner], Windows(ksizes[inner], strides[inner], rates[inner], padding, True))
    xp, patches = namespace(x), x
    for i, places in enumerate(found):
        patches = _taken(xp, patches, 1 + 2 * i, places, 0)  # behind the axes that are split already
    order = (0, *range(1, 2 * rank, 2), *range(2, 2 * rank + 1, 2), 2 * rank + 1)
    size = x.shape[-1] * int(np.prod([p.shape[1] for p in found]))
    return xp.reshape(xp.transpose(patches, order), (x.shape[0], *[len(p) for p in found], size))


@op("_internal.extract_patches", raw="ExtractImagePatches", listed=True)
def _image_patches(images: Numeric, ksizes: Static, strides: Static, rates: Static, padding: Static, name: Name = None):
    _check_patches(2, {"ksizes": ksizes, "strides": strides, "rates": rates}, padding)
    return _cut(images, 2, ksizes, strides, rates, padding)


@export("image.extract_patches")
@recorded
def extract_patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: Any = None) -> Any:
    """Patches of pictures, each flattened into the last axis.

    Args:
      images: [batch, height, width, channels].
      sizes, strides, rates: four ints, the outer ones 1.
      padding: "SAME" or "VALID".

    >>> import tfjax as tf
    >>> tf.image.extract_patches(tf.ones([1, 4, 4, 3]), [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID").shape
    TensorShape([1, 2, 2, 12])
    """
    lists = (("ksizes", sizes), ("strides", strides), ("rates", rates))
    found = [attributes.integers(name, values, "extract_image_patches") for name, values in lists]
    return _image_patches(images, *found, attributes.text("padding", padding))


@op("_internal.extract_volume_patches", raw="ExtractVolumePatches", listed=True)
def _volume_patches(input: Real, ksizes: Static, strides: Static, padding: Static, name: Name = None):
    _check_patches(3, {"ksizes": ksizes, "strides": strides}, padding)
    return _cut(input, 3, ksizes, strides, (1,) * 5, padding)


@export("extract_volume_patches")
@recorded
def extract_volume_patches(input: Any, ksizes: Any, strides: Any, padding: Any, name: Any = None) -> Any:
    """Patches of volumes, [batch, planes, rows, columns, patch size * channels].

    Args:
      input: [batch, planes, rows, columns, channels].
      ksizes: [1, planes, rows, columns, 1] of a patch.
      strides: [1, planes, rows, columns, 1] between patches.
      padding: `"VALID"` or `"SAME"`.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.extract_volume_patches(tf.ones([1, 3, 3, 3, 1]), [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], "VALID").shape
    TensorShape([1, 2, 2, 2, 8])
    """
    sizes = attributes.integers("ksizes", ksizes, "extract_volume_patches")
    steps = attributes.integers("strides", strides, "extract_volume_patches")
    return _volume_patches(input, sizes, steps, attributes.text("padding", padding))
