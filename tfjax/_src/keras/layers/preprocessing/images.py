"""Operations on images that the preprocessing layers share: resizing and projective transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, FloatOther, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.layers.convolutional.base import checked_format
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast, pad, saturate_cast, transpose
from tfjax._src.ops.image.resize import resize as resize_pictures

_METHODS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


def resize(images: Any, size: Any, method: str = "bilinear", data_format: str = "channels_last", antialias: bool = False) -> Any:
    """Images of rank 3 or 4 resized to (rows, columns), in their dtype."""
    if method not in _METHODS:
        raise ValueError(f"Invalid `interpolation` argument. Expected one of {_METHODS}. Received: {method}")
    images = to_tensor(images)
    rank = len(images.shape)
    first = data_format == "channels_first"
    if first:
        images = transpose(images, [*range(rank - 3), rank - 2, rank - 1, rank - 3])
    found = resize_pictures(images, tuple(int(s) for s in size), method, antialias=antialias)
    if found.dtype != images.dtype:
        convert = cast if images.dtype.is_floating else saturate_cast
        found = convert(found, images.dtype)
    return transpose(found, [*range(rank - 3), rank - 1, rank - 3, rank - 2]) if first else found


def _reflected(xp: Any, c: Any, size: int) -> Any:
    """Coordinates mirrored at the borders, the border pixels repeated."""
    period = 2 * size
    c = xp.where(c < 0, c + period * xp.ceil(-c / period), c)
    c = c - period * xp.floor(c / period)
    return xp.clip(xp.where(c >= size, period - c - 1, c), 0, size - 1)


def _wrapped(xp: Any, c: Any, size: int) -> Any:
    """Coordinates of a periodic image."""
    if size <= 1:
        return xp.zeros_like(c)
    below = c + size * (xp.trunc(-c / (size - 1)) + 1)
    above = c - size * xp.trunc(c / (size - 1))
    return xp.clip(xp.where(c < 0, below, xp.where(c > size - 1, above, c)), 0, size - 1)


@op("_internal.project_images", raw="ImageProjectiveTransformV3")
def project(images: Float, transforms: FloatOther, interpolation: str, fill_mode: str, fill_value: float, name: Name = None):
    """Each output pixel (x, y) of [batch, rows, columns, channels] is read at the transformed place.

    Args:
      transforms: [batch or 1, 8]: x' = (a0 x + a1 y + a2) / k, y' = (a3 x + a4 y + a5) / k with
        k = a6 x + a7 y + 1.
      interpolation: "bilinear" or "nearest".
      fill_mode: "reflect", "wrap", "nearest" or "constant".
      fill_value: outside, with "constant".
    """
    xp = namespace(images, transforms)
    batch, rows, columns, _ = images.shape
    y, x = xp.meshgrid(xp.arange(rows, dtype=np.float32), xp.arange(columns, dtype=np.float32), indexing="ij")
    a = [transforms[:, i, None, None] for i in range(8)]
    k = a[6] * x + a[7] * y + 1.0
    places = [((a[3] * x + a[4] * y + a[5]) / k, rows), ((a[0] * x + a[1] * y + a[2]) / k, columns)]
    mapped = {"reflect": _reflected, "wrap": _wrapped, "nearest": lambda xp, c, n: xp.clip(c, 0, n - 1)}
    if fill_mode in mapped:
        places = [(mapped[fill_mode](xp, c, n), n) for c, n in places]
    first = xp.arange(batch)[:, None, None]

    def read(r: Any, c: Any) -> Any:
        inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
        values = images[first, xp.clip(r, 0, rows - 1).astype(int), xp.clip(c, 0, columns - 1).astype(int)]
        return xp.where(inside[..., None], values, xp.asarray(fill_value, images.dtype))

    (r, _), (c, _) = places
    if interpolation == "nearest":
        return read(xp.rint(r), xp.rint(c))
    r0, c0 = xp.floor(r), xp.floor(c)
    dr, dc = (r - r0)[..., None], (c - c0)[..., None]
    top = read(r0, c0) * (1 - dc) + read(r0, c0 + 1) * dc
    bottom = read(r0 + 1, c0) * (1 - dc) + read(r0 + 1, c0 + 1) * dc
    return (top * (1 - dr) + bottom * dr).astype(images.dtype)


def smart_crop(images: Any, height: int, width: int, axes: tuple[int, int]) -> Any:
    """The largest central part with the aspect ratio of height x width."""
    rows, columns = images.shape[axes[0]], images.shape[axes[1]]
    crop_rows = min(int(float(columns * height) / width), rows)
    crop_columns = min(int(float(rows * width) / height), columns)
    starts = (int(float(rows - crop_rows) / 2), int(float(columns - crop_columns) / 2))
    slices = [slice(None)] * len(images.shape)
    slices[axes[0]] = slice(starts[0], starts[0] + crop_rows)
    slices[axes[1]] = slice(starts[1], starts[1] + crop_columns)
    return images[tuple(slices)]


class ImageLayer(ConfiguredLayer):
    """A layer of images, of rank 3 or 4; `data` may be a dict with "images", whose other entries stay."""

    extra: tuple[str, ...] = ("data_format",)

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_format(data_format)
        self.autocast = False
        self.built = True

    @property
    def _axes(self) -> tuple[int, int]:
        """The axes of rows and columns, from the end."""
        return (-3, -2) if self.data_format == "channels_last" else (-2, -1)

    def call(self, data: Any, training: Any = True) -> Any:
        if isinstance(data, dict):
            return {**data, "images": self._apply(to_tensor(data["images"]), training)}
        return self._apply(to_tensor(data), training)

    def _apply(self, images: Any, training: Any) -> Any:
        raise NotImplementedError


@export("keras.layers.Resizing", "keras.layers.experimental.preprocessing.Resizing")
class Resizing(ImageLayer):
    """Resizes images.

    Args:
      height, width: the new size.
      interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
      crop_to_aspect_ratio: crops the center first, so that nothing is distorted.
      pad_to_aspect_ratio: pads first, so that nothing is distorted.
      fill_mode: must be "constant".
      fill_value: of the padding.
      antialias: filters when images become smaller.
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.Resizing(2, 3)(tf.ones((1, 8, 8, 1))).shape
    TensorShape([1, 2, 3, 1])
    """

    def __init__(
        self, height: int, width: int, interpolation: str = "bilinear", crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False, fill_mode: str = "constant", fill_value: float = 0.0, antialias: bool = False,
        data_format: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        if fill_mode != "constant":
            raise ValueError(f"`fill_mode` must be 'constant'. Received: {fill_mode}")
        self.height, self.width, self.interpolation = height, width, interpolation
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_mode, self.fill_value, self.antialias = fill_mode, fill_value, antialias

    def _apply(self, images: Any, training: Any) -> Any:
        axes = tuple(a % len(images.shape) for a in self._axes)
        if self.crop_to_aspect_ratio:
            images = smart_crop(images, self.height, self.width, axes)  # type: ignore[arg-type]
        elif self.pad_to_aspect_ratio:
            images = self._padded(images, axes)
        return resize(images, (self.height, self.width), self.interpolation, self.data_format, self.antialias)

    def _padded(self, images: Any, axes: Any) -> Any:
        rows, columns = images.shape[axes[0]], images.shape[axes[1]]
        wanted = max(int(float(columns * self.height) / self.width), rows), max(int(float(rows * self.width) / self.height), columns)
        borders = [[0, 0] for _ in images.shape]
        for axis, old, new in zip(axes, (rows, columns), wanted):
            # Equally much on both sides: an odd rest is left out.
            borders[axis] = [int(float(new - old) / 2)] * 2
        return pad(images, borders, constant_values=self.fill_value)


@export("keras.layers.CenterCrop", "keras.layers.experimental.preprocessing.CenterCrop")
class CenterCrop(ImageLayer):
    """Cuts the center out of images; smaller images are resized first.

    Args:
      height, width: the size to cut.
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.CenterCrop(2, 3)(tf.ones((1, 8, 8, 1))).shape
    TensorShape([1, 2, 3, 1])
    """

    def __init__(self, height: int, width: int, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.height, self.width = height, width

    def _apply(self, images: Any, training: Any) -> Any:
        images = cast(images, self.compute_dtype)
        axes = tuple(a % len(images.shape) for a in self._axes)
        spare = [images.shape[a] - n for a, n in zip(axes, (self.height, self.width))]
        if min(spare) < 0:
            part = smart_crop(images, self.height, self.width, axes)  # type: ignore[arg-type]
            return resize(part, (self.height, self.width), "bilinear", self.data_format)
        slices = [slice(None)] * len(images.shape)
        for axis, room, size in zip(axes, spare, (self.height, self.width)):
            slices[axis] = slice(int(room / 2), int(room / 2) + size)
        return images[tuple(slices)]
