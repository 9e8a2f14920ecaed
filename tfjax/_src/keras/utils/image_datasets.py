"""Images in folders named by class, as datasets of float images of one size."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.keras.engine.policy import image_data_format
from tfjax._src.keras.utils.directories import Loaded, Options, annotate
from tfjax._src.ops.array.shaping import cast, transpose

_FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
_CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


def _load(size: tuple[int, int], channels: int, interpolation: str, fit: str, channels_first: bool, path: str) -> Any:
    from tfjax._src.ops.image import codecs

    with open(path, "rb") as file:
        image = codecs.decode_image(file.read(), channels=channels, expand_animations=False)
    image = fitted(image, size, interpolation, fit)
    return transpose(image, [2, 0, 1]) if channels_first else image


def fitted(image: Any, size: tuple[int, int], interpolation: str, fit: str) -> Any:
    """An image [height, width, channels] as floats of another size.

    Args:
      image: the image.
      size: (height, width).
      interpolation: see `tf.image.resize`.
      fit: "stretch" changes the proportions, "crop" cuts the longer side off first, "pad" keeps
        them and adds black below or on the right.
    """
    from tfjax._src.ops.image import resize

    height, width = (int(n) for n in image.shape[:2])
    target_height, target_width = size
    high, wide = int(width * target_height / target_width), int(height * target_width / target_height)
    if fit == "crop":
        high, wide = min(height, high), min(width, wide)
        top, left = (height - high) // 2, (width - wide) // 2
        image = image[top : top + high, left : left + wide]
    elif fit == "pad":
        from tfjax._src.keras.ops.arrays import pad

        inner = (min(target_height, height * target_width // width), min(target_width, width * target_height // height))
        image = cast(resize.resize(image, inner, method=interpolation), "float32")
        return pad(image, ((0, target_height - inner[0]), (0, target_width - inner[1]), (0, 0)))
    return cast(resize.resize(image, size, method=interpolation), "float32")


@export("keras.utils.image_dataset_from_directory", "keras.preprocessing.image_dataset_from_directory")
def image_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: Any = "int", class_names: Any = None, color_mode: str = "rgb",
    batch_size: int | None = 32, image_size: Any = (256, 256), shuffle: bool = True, seed: int | None = None,
    validation_split: float | None = None, subset: str | None = None, interpolation: str = "bilinear", follow_links: bool = False,
    crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False, data_format: str | None = None, format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A dataset of the images in a folder, one folder inside it for each class.

    Args:
      directory: the folder that holds the classes' folders.
      labels: "inferred" from the folders, None for no labels, or a list.
      label_mode: "int", "categorical", "binary" or None.
      class_names: the folders to use, in the order of their labels.
      color_mode: "grayscale", "rgb" or "rgba".
      batch_size: images per batch; None gives single ones.
      image_size: (height, width) to resize to.
      shuffle: reorders the files.
      seed: of the order.
      validation_split: the share of files kept for validation.
      subset: "training", "validation" or "both".
      interpolation: see `tf.image.resize`.
      follow_links: enters folders that are symbolic links.
      crop_to_aspect_ratio, pad_to_aspect_ratio: keep the proportions by cutting or by black borders.
      data_format: "channels_last" or "channels_first".
      format: "tf".
      verbose: prints how many files there are.

    Raises:
      ValueError: contradicting arguments, or no file.
    """
    if format != "tf":
        raise ValueError(f'`format` should be "tf". Received: format={format}')
    if color_mode not in _CHANNELS:
        Options(labels, label_mode, class_names, shuffle, seed, None, None, "image")
        raise ValueError(f'`color_mode` must be one of {{"rgb", "rgba", "grayscale"}}. Received: color_mode={color_mode}')
    options = Options(labels, label_mode, class_names, shuffle, seed, validation_split, subset, "image")
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(f"Argument `interpolation` should be one of {_INTERPOLATIONS}. Received: interpolation={interpolation}")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio` and `crop_to_aspect_ratio` can be set to `True`.")
    paths, found, names = options.index(directory, _FORMATS, follow_links, verbose)
    if not paths:
        raise ValueError(f"No images found in directory {directory}. Allowed formats: {_FORMATS}")
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    first = (data_format or image_data_format()) == "channels_first"
    size, channels = (int(image_size[0]), int(image_size[1])), _CHANNELS[color_mode]
    spec = TensorSpec((channels, *size) if first else (*size, channels), dtypes.float32)
    results = []
    for files, part in options.parts(paths, found, verbose):
        if not files:
            raise ValueError(f"No images found in directory {directory}. Allowed formats: {_FORMATS}")
        images = Loaded(files, functools.partial(_load, size, channels, interpolation, fit, first), spec)
        results.append(annotate(options.finish(options.labelled(images, part, names), batch_size), files, names))
    return results if options.subset == "both" else results[0]


@export("keras.preprocessing.image.smart_resize")
def smart_resize(x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last", backend_module: Any = None) -> Any:
    """An image (or a batch) cut to the proportions of `size` and resized; an array gives an array.

    `data_format` must be "channels_last"; `backend_module` has no effect.
    """
    if data_format != "channels_last":
        raise ValueError(f"`data_format` must be 'channels_last'. Received: data_format={data_format}")
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    shape = tuple(np.shape(x)) if not hasattr(x, "shape") else tuple(x.shape)
    if len(shape) not in (3, 4):
        raise ValueError(f"Expected an image array with shape `(height, width, channels)`, or `(batch_size, height, width, channels)`, but got input with incorrect rank, of shape {shape}.")
    from tfjax._src.eager.convert import to_tensor
    from tfjax._src.ops.array.join import stack

    tensor = to_tensor(x)
    images = [tensor] if len(shape) == 3 else [tensor[i] for i in range(shape[0])]
    done = [fitted(image, tuple(size), interpolation, "crop") for image in images]
    result = done[0] if len(shape) == 3 else stack(done)
    return result.numpy() if isinstance(x, np.ndarray) else result
