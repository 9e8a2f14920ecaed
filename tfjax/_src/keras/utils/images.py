"""Images as files, PIL objects and arrays."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.engine.policy import floatx, image_data_format

_RESAMPLING = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("Could not import PIL.Image. The use of `load_img` requires PIL.") from None
    return Image


def _format(data_format: str | None) -> str:
    found = image_data_format() if data_format is None else data_format
    if found not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {found}" if data_format is None else f"Invalid data_format: {found}")
    return found


@export("keras.utils.load_img", "keras.preprocessing.image.load_img")
def load_img(path: Any, color_mode: str = "rgb", target_size: Any = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False) -> Any:
    """A PIL image from a file.

    Args:
      path: a path, or an open file.
      color_mode: "rgb", "rgba" or "grayscale".
      target_size: (height, width) to resize to.
      interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
      keep_aspect_ratio: cuts the middle part of the target's proportions before resizing.
    """
    image = _pillow().open(path if isinstance(path, io.BytesIO) else io.BytesIO(_bytes(path)))
    if color_mode == "grayscale":
        image = image if image.mode in ("L", "I;16", "I") else image.convert("L")
    elif color_mode in ("rgb", "rgba"):
        image = image if image.mode == color_mode.upper() else image.convert(color_mode.upper())
    else:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    if target_size is None:
        return image
    height, width = target_size
    if (width, height) == image.size:
        return image
    if interpolation not in _RESAMPLING:
        raise ValueError(f"Invalid interpolation method {interpolation} specified. Supported methods are {', '.join(_RESAMPLING)}")
    resampling = getattr(_pillow().Resampling, interpolation.upper())
    if not keep_aspect_ratio:
        return image.resize((width, height), resampling)
    crop_width = min(image.width, (image.height * width) // height)
    crop_height = min(image.height, (image.width * height) // width)
    left, top = (image.width - crop_width) // 2, (image.height - crop_height) // 2
    return image.resize((width, height), resampling, box=(left, top, left + crop_width, top + crop_height))


def _bytes(path: Any) -> bytes:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    with open(path, "rb") as file:
        return file.read()


@export("keras.utils.img_to_array", "keras.preprocessing.image.img_to_array")
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """An array [height, width, channels] (or channels first) of a PIL image."""
    data_format = _format(data_format)
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim == 2:
        return x[None] if data_format == "channels_first" else x[..., None]
    if x.ndim != 3:
        raise ValueError(f"Unsupported image shape: {x.shape}")
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


@export("keras.utils.array_to_img", "keras.preprocessing.image.array_to_img")
def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """A PIL image of an array.

    Args:
      x: [height, width, channels] (or channels first), with 1, 3 or 4 channels.
      data_format: "channels_last" or "channels_first".
      scale: stretches the values to 0 … 255.
      dtype: the dtype to compute in.
    """
    pillow = _pillow()
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}")
    if _format(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        x = x / largest * 255 if largest != 0 else x
    if x.shape[2] == 4:
        return pillow.fromarray(x.astype("uint8"), "RGBA")
    if x.shape[2] == 3:
        return pillow.fromarray(x.astype("uint8"), "RGB")
    if x.shape[2] == 1:
        return pillow.fromarray(x[:, :, 0].astype("int32" if np.max(x) > 255 else "uint8"), "I" if np.max(x) > 255 else "L")
    raise ValueError(f"Unsupported channel number: {x.shape[2]}")


@export("keras.utils.save_img", "keras.preprocessing.image.save_img")
def save_img(path: Any, x: Any, data_format: str | None = None, file_format: str | None = None, scale: bool = True, **kwargs: Any) -> None:
    """Writes an array as an image file; arguments as of `array_to_img`."""
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)
