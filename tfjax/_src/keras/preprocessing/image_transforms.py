"""Changes of single images as arrays: affine maps, channels, brightness."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.utils.images import array_to_img, img_to_array


def _ndimage() -> Any:
    try:
        import scipy.ndimage
    except ImportError:
        raise ImportError("Image transformations require SciPy. Install SciPy.") from None
    return scipy.ndimage


def _centered(matrix: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The same map about the center of the image."""
    y, x = float(rows) / 2 - 0.5, float(columns) / 2 - 0.5
    there = np.array([[1, 0, y], [0, 1, x], [0, 0, 1]])
    back = np.array([[1, 0, -y], [0, 1, -x], [0, 0, 1]])
    return there @ matrix @ back


def _affine(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> np.ndarray | None:
    """Rotation, shift, shear and zoom (angles in degrees) as one matrix, None if nothing changes."""
    parts = []
    if theta:
        angle = np.deg2rad(theta)
        parts.append([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    if tx or ty:
        parts.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear:
        angle = np.deg2rad(shear)
        parts.append([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        parts.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    return np.linalg.multi_dot([np.eye(3), np.eye(3), *map(np.array, parts)]) if parts else None


@export("keras.preprocessing.image.apply_affine_transform")
def apply_affine_transform(
    x: Any, theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1, zy: float = 1, row_axis: int = 1,
    col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0, order: int = 1,
) -> np.ndarray:
    """An image turned, moved, sheared and zoomed about its center.

    Args:
      x: an array of rank 3.
      theta, shear: angles in degrees.
      tx, ty: shifts along columns and rows, in this order as in Keras.
      zx, zy: zooms along columns and rows.
      row_axis, col_axis, channel_axis: the order of axes.
      fill_mode: "nearest", "constant", "reflect" or "wrap".
      cval: outside, with "constant".
      order: of the interpolating splines.
    """
    if len({row_axis, col_axis, channel_axis}) != 3:
        raise ValueError("'row_axis', 'col_axis', and 'channel_axis' must be distinct")
    if {row_axis, col_axis, channel_axis} - {-1, 0, 1, 2}:
        raise ValueError(f"Axis' must be in valid range. Received: {row_axis}, {col_axis}, {channel_axis}")
    if np.ndim(x) != 3:
        raise ValueError(f"Input arrays must be multi-channel 2D images. Received: x.shape={np.shape(x)}")
    matrix = _affine(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    channels = np.moveaxis(np.asarray(x), channel_axis, 0)
    matrix = _centered(matrix, x.shape[row_axis], x.shape[col_axis])
    if col_axis % 3 > row_axis % 3:
        # Keras' order: the first row of the matrix belongs to the columns.
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    found = np.stack([
        _ndimage().affine_transform(c, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval) for c in channels
    ])
    return np.moveaxis(found, 0, channel_axis)


@export("keras.preprocessing.image.random_rotation")
def random_rotation(
    x: Any, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Turned by up to `rg` degrees; draws from `np.random`."""
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(x, theta, 0, 0, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


@export("keras.preprocessing.image.random_shift")
def random_shift(
    x: Any, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:
    """Moved by up to shares `wrg` and `hrg` of width and height; draws from `np.random`."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


@export("keras.preprocessing.image.random_shear")
def random_shear(
    x: Any, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:
    """Sheared by up to `intensity` degrees; draws from `np.random`."""
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(x, 0, 0, 0, shear, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


@export("keras.preprocessing.image.random_zoom")
def random_zoom(
    x: Any, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:
    """Zoomed within `zoom_range`; draws from `np.random`."""
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if zoom_range[0] == 1 and zoom_range[1] == 1 else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)


@export("keras.preprocessing.image.apply_channel_shift")
def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """Adds a number to all values, which stay between the smallest and the largest of the image."""
    return np.clip(np.asarray(x) + intensity, np.min(x), np.max(x))


@export("keras.preprocessing.image.random_channel_shift")
def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """`apply_channel_shift` by up to `intensity_range`; draws from `np.random`."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


@export("keras.preprocessing.image.apply_brightness_shift")
def apply_brightness_shift(x: Any, brightness: float, scale: bool = True) -> np.ndarray:
    """An image with its brightness multiplied.

    Args:
      x: an array.
      brightness: the factor.
      scale: stretches the values to 0 … 255 and back.
    """
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    whole = (low < 0) or (high > 255)
    image = array_to_img(x, scale=whole or scale)
    found = img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    return found / 255 * (high - low) + low if not scale and whole else found


@export("keras.preprocessing.image.random_brightness")
def random_brightness(x: Any, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """`apply_brightness_shift` by a factor within `brightness_range`; draws from `np.random`."""
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)
