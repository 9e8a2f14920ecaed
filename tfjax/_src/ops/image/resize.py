"""tf.image.resize: taps and weights computed from the static sizes, applied to rows, then columns."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import FloatOther, IntOther, Name, Real, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.array.shaping import expand_dims, squeeze

_CUBIC_STEPS = 1024


@export("image.ResizeMethod")
class ResizeMethod:
    """Names of the methods of `tf.image.resize`."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    AREA = "area"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


def _centers(size: int, out: int) -> np.ndarray:
    """Where the centre of each output pixel lies among the input's, in pixels and float32."""
    scale = np.float32(size) / np.float32(out)
    return ((np.arange(out, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)).astype(np.float32)


@functools.lru_cache(256)
def _bilinear_taps(size: int, out: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    where = _centers(size, out)
    floor = np.floor(where)
    lower = np.maximum(floor.astype(np.int32), 0)
    upper = np.minimum(np.ceil(where).astype(np.int32), size - 1)
    return lower, upper, (where - floor).astype(np.float32)


@op("_internal.resize_bilinear", raw="ResizeBilinear")
def _bilinear(images: Real, size: Static, name: Name = None):
    xp = namespace(images)
    x = images.astype(np.float32)
    top, bottom, dy = _bilinear_taps(images.shape[1], size[0])
    left, right, dx = _bilinear_taps(images.shape[2], size[1])
    dy, dx = dy[:, None, None], dx[:, None]

    def row(index: np.ndarray) -> Any:
        rows = xp.take(x, index, axis=1)
        a, b = xp.take(rows, left, axis=2), xp.take(rows, right, axis=2)
        return a + (b - a) * dx

    first, second = row(top), row(bottom)
    return first + (second - first) * dy


@functools.lru_cache(256)
def _nearest_taps(size: int, out: int) -> np.ndarray:
    scale = np.float32(size) / np.float32(out)
    where = np.floor((np.arange(out, dtype=np.float32) + np.float32(0.5)) * scale)
    return np.clip(where.astype(np.int32), 0, size - 1)


@op("_internal.resize_nearest", raw="ResizeNearestNeighbor")
def _nearest(images: Real, size: Static, name: Name = None):
    xp = namespace(images)
    rows = xp.take(images, _nearest_taps(images.shape[1], size[0]), axis=1)
    return xp.take(rows, _nearest_taps(images.shape[2], size[1]), axis=2)


# -- methods that are a matrix per axis ----------------------------------------------------------
def _keys(x: np.ndarray) -> np.ndarray:
    """Keys' cubic kernel, a = -1/2."""
    x = np.abs(x)
    near = ((1.5 * x - 2.5) * x) * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _mitchell(x: np.ndarray) -> np.ndarray:
    """Mitchell and Netravali's cubic kernel, B = C = 1/3."""
    x = np.abs(x)
    near = ((7 / 6 * x - 2) * x) * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(radius: float) -> Callable[[np.ndarray], np.ndarray]:
    def kernel(x: np.ndarray) -> np.ndarray:
        x = np.abs(x)
        safe = np.where(x <= 1e-3, 1.0, x) * math.pi
        value = radius * np.sin(safe) * np.sin(safe / radius) / (safe * safe)
        return np.where(x > radius, 0.0, np.where(x <= 1e-3, 1.0, value))

    return kernel


def _gaussian(x: np.ndarray) -> np.ndarray:
    """A Gaussian of standard deviation 1/2 cut at 3 deviations."""
    x = np.abs(x)
    return np.where(x >= 1.5, 0.0, np.exp(-x * x / (2 * 0.5 * 0.5)))


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(0.0, 1.0 - np.abs(x))


_KERNELS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (1.0, _triangle),
    "bicubic": (2.0, _keys),
    "lanczos3": (3.0, _lanczos(3.0)),
    "lanczos5": (5.0, _lanczos(5.0)),
    "gaussian": (1.5, _gaussian),
    "mitchellcubic": (2.0, _mitchell),
}


@functools.lru_cache(256)
def _kernel_matrix(size: int, out: int, method: str, antialias: bool) -> np.ndarray:
    """[out, size]: each row weighs the inputs under the kernel, widened when it shrinks."""
    radius, kernel = _KERNELS[method]
    ratio = size / out
    width = max(ratio, 1.0) if antialias else 1.0
    centers = (np.arange(out) + 0.5) * ratio
    pixels = np.arange(size) + 0.5
    reach = radius * width
    distance = pixels[None, :] - centers[:, None]
    weights = kernel(distance / width) * (np.abs(distance) <= reach)
    total = weights.sum(1, keepdims=True)
    return np.where(total != 0, weights / np.where(total == 0, 1, total), 0).astype(np.float32)


@functools.lru_cache(256)
def _cubic_matrix(size: int, out: int) -> np.ndarray:
    """Bicubic without antialiasing: four taps, the offset rounded to 1/1024, edges renormalised."""
    ratio = np.float32(size) / np.float32(out)
    matrix = np.zeros((out, size), np.float32)
    for i in range(out):
        where = np.float32((np.float32(i) + np.float32(0.5)) * ratio) - np.float32(0.5)
        base = math.floor(where)
        offset = round(float((where - np.float32(base)) * _CUBIC_STEPS)) / _CUBIC_STEPS
        taps = np.arange(base - 1, base + 3)
        weights = _keys(np.array([1 + offset, offset, 1 - offset, 2 - offset])).astype(np.float32)
        inside = (taps >= 0) & (taps < size)
        weights = np.where(inside, weights, 0).astype(np.float32)
        total = weights.sum(dtype=np.float32)
        if abs(total) >= 1000 * np.finfo(np.float32).tiny:
            weights = weights / total
        np.add.at(matrix[i], np.clip(taps, 0, size - 1), weights)
    return matrix


@functools.lru_cache(256)
def _area_matrix(size: int, out: int) -> np.ndarray:
    """[out, size]: the share of each input pixel in an output pixel's area."""
    ratio = size / out
    starts, ends = np.arange(out) * ratio, (np.arange(out) + 1) * ratio
    pixels = np.arange(size)
    overlap = np.minimum(ends[:, None], pixels + 1) - np.maximum(starts[:, None], pixels)
    return (np.maximum(overlap, 0) / ratio).astype(np.float32)


def _matrix(size: int, out: int, method: str, antialias: bool) -> np.ndarray:
    if method == "area":
        return _area_matrix(size, out)
    if method == "bicubic" and not antialias:
        return _cubic_matrix(size, out)
    return _kernel_matrix(size, out, method, antialias)


@op("_internal.resize_matrix", raw="ScaleAndTranslate")
def _weighted(images: Real, size: Static, method: Static, antialias: Static, name: Name = None):
    xp = namespace(images)
    rows = _matrix(images.shape[1], size[0], method, antialias)
    columns = _matrix(images.shape[2], size[1], method, antialias)
    x = xp.einsum("yh,bhwc->bywc", rows, images.astype(np.float32))
    return xp.einsum("xw,bywc->byxc", columns, x)


def _kept_aspect(height: int, width: int, size: tuple[int, int]) -> tuple[int, int]:
    scale = min(np.float32(size[0]) / np.float32(height), np.float32(size[1]) / np.float32(width))
    return int(np.round(np.float32(height) * scale)), int(np.round(np.float32(width) * scale))


@export("image.resize")
@recorded
def resize(
    images: Any, size: Any, method: str = ResizeMethod.BILINEAR, preserve_aspect_ratio: bool = False,
    antialias: bool = False, name: Any = None,
) -> Any:
    """Resizes pictures.

    Args:
      images: [batch, height, width, channels] or [height, width, channels].
      size: (new height, new width).
      method: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or
        "mitchellcubic".
      preserve_aspect_ratio: the largest size of the same proportions that fits into `size`.
      antialias: widens the kernel when it shrinks ("nearest" and "area" have no kernel).

    Returns:
      float32, or the dtype of `images` for "nearest" and where the size does not change.

    Raises:
      ValueError: for an unknown method, rank or size.

    >>> import tfjax as tf
    >>> tf.image.resize([[[1.0], [3.0]]], [1, 4])[0, :, 0].numpy()
    array([1. , 1.5, 2.5, 3. ], dtype=float32)
    """
    images = to_tensor(images)
    rank = len(images.shape)
    if rank not in (3, 4):
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    wanted = statics.shape(size)
    if len(wanted) != 2:
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    if rank == 3:
        images = expand_dims(images, 0)
    height, width = images.shape[1], images.shape[2]
    if preserve_aspect_ratio:
        wanted = _kept_aspect(height, width, wanted)
    if (height, width) == wanted:
        result = images
    elif method == ResizeMethod.NEAREST_NEIGHBOR:
        result = _nearest(images, wanted)
    elif method == ResizeMethod.BILINEAR and not antialias:
        result = _bilinear(images, wanted)
    elif method in _KERNELS or method == ResizeMethod.AREA:
        if method in ("lanczos3", "lanczos5", "gaussian", "mitchellcubic", "bicubic", "bilinear", "area"):
            result = _weighted(images, wanted, method, antialias)
    else:
        raise ValueError(f"Resize method is not implemented: {method}")
    return squeeze(result, [0]) if rank == 3 else result


@op("_internal.crop_and_resize", raw="CropAndResize", host=False)
def _crop_and_resize(image: Real, boxes: FloatOther, box_indices: IntOther, crop_size: Static, method: Static, extrapolation_value: Static, name: Name = None):
    import jax
    import jax.numpy as jnp

    height, width = image.shape[1:3]

    def places(low: Any, high: Any, size: int, out: int) -> Any:
        if out > 1:
            return low * (size - 1) + jnp.arange(out, dtype=jnp.float32) * ((high - low) * (size - 1) / (out - 1))
        return jnp.full((1,), 0.5 * (low + high) * (size - 1), jnp.float32)

    def one(box: Any, index: Any) -> Any:
        picture = image[index].astype(jnp.float32)
        y, x = places(box[0], box[2], height, crop_size[0]), places(box[1], box[3], width, crop_size[1])
        inside = ((y >= 0) & (y <= height - 1))[:, None] & ((x >= 0) & (x <= width - 1))[None, :]
        if method == "nearest":
            rows = jnp.clip(jnp.floor(y + 0.5).astype(int), 0, height - 1)
            columns = jnp.clip(jnp.floor(x + 0.5).astype(int), 0, width - 1)
            value = picture[rows][:, columns]
        else:
            top, left = jnp.floor(y), jnp.floor(x)
            dy, dx = (y - top)[:, None, None], (x - left)[None, :, None]

            def at(rows: Any, columns: Any) -> Any:
                rows = jnp.clip(rows.astype(int), 0, height - 1)
                return picture[rows][:, jnp.clip(columns.astype(int), 0, width - 1)]

            first = at(top, left) + (at(top, jnp.ceil(x)) - at(top, left)) * dx
            bottom = jnp.ceil(y)
            second = at(bottom, left) + (at(bottom, jnp.ceil(x)) - at(bottom, left)) * dx
            value = first + (second - first) * dy
        return jnp.where(inside[..., None], value, jnp.float32(extrapolation_value))

    return jax.vmap(one)(boxes, box_indices)


@export("image.crop_and_resize")
@recorded
def crop_and_resize(
    image: Any, boxes: Any, box_indices: Any, crop_size: Any, method: str = "bilinear",
    extrapolation_value: float = 0.0, name: Any = None,
) -> Any:
    """Cuts boxes out of pictures and resizes each to one size.

    Args:
      image: [batch, height, width, channels].
      boxes: [boxes, 4]: (y1, x1, y2, x2), 0 and 1 at the centres of the outermost pixels.
      box_indices: [boxes]: which picture each is cut from.
      crop_size: (height, width) of the results.
      method: "bilinear" or "nearest".
      extrapolation_value: stands where a box leaves its picture.

    Returns:
      [boxes, *crop_size, channels], float32.

    >>> import tfjax as tf
    >>> tf.image.crop_and_resize([[[[1.0], [3.0]]]], [[0.0, 0.0, 0.0, 1.0]], [0], [1, 3])[0, 0, :, 0].numpy()
    array([1., 2., 3.], dtype=float32)
    """
    if method not in ("bilinear", "nearest"):
        raise ValueError(f"`method` must be 'bilinear' or 'nearest'. Received: {method}")
    return _crop_and_resize(image, boxes, box_indices, statics.shape(crop_size), method, float(extrapolation_value))
