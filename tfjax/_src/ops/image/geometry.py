"""Flips, turns, crops and padding of pictures."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.ops.array.shaping import pad, reverse
from tfjax._src.ops.array.shaping import transpose as transpose_axes
from tfjax._src.ops.array.slicing import slice_
from tfjax._src.ops.image.resize import ResizeMethod, resize


def picture(image: Any) -> Any:
    """The tensor of one picture or a batch; raises ValueError for another rank."""
    image = to_tensor(image)
    if len(image.shape) < 3:
        raise ValueError(f"'image' (shape {image.shape}) must be at least three-dimensional.")
    if len(image.shape) > 4:
        raise ValueError(f"'image' (shape {image.shape}) must have either 3 or 4 dimensions.")
    return image


@export("image.flip_left_right")
@recorded
def flip_left_right(image: Any) -> Any:
    """Mirrors columns.

    >>> import tfjax as tf
    >>> tf.image.flip_left_right([[[1], [2]]]).numpy().tolist()
    [[[2], [1]]]
    """
    return reverse(picture(image), [-2])


@export("image.flip_up_down")
@recorded
def flip_up_down(image: Any) -> Any:
    """Mirrors rows.

    >>> import tfjax as tf
    >>> tf.image.flip_up_down([[[1]], [[2]]]).numpy().tolist()
    [[[2]], [[1]]]
    """
    return reverse(picture(image), [-3])


@export("image.transpose")
def transpose(image: Any, name: Any = None) -> Any:
    """Swaps rows and columns."""
    image = picture(image)
    return transpose_axes(image, [1, 0, 2] if len(image.shape) == 3 else [0, 2, 1, 3])


@export("image.rot90")
@recorded
def rot90(image: Any, k: Any = 1, name: Any = None) -> Any:
    """Turns by 90 degrees counter-clockwise, `k` times.

    >>> import tfjax as tf
    >>> tf.image.rot90([[[1], [2]]]).numpy().tolist()
    [[[2]], [[1]]]
    """
    image = picture(image)
    turns = statics.integer(k) % 4
    if turns == 0:
        return image
    if turns == 2:
        return reverse(image, [-3, -2])
    return reverse(transpose(image), [-3 if turns == 1 else -2])


def _sizes(image: Any) -> tuple[int, int]:
    return image.shape[-3], image.shape[-2]


@export("image.crop_to_bounding_box")
@recorded
def crop_to_bounding_box(image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any) -> Any:
    """The box of the target size whose upper left corner lies at the offset.

    Raises:
      ValueError: for a box that does not lie inside the picture.

    >>> import tfjax as tf
    >>> tf.image.crop_to_bounding_box([[[1], [2], [3]]], 0, 1, 1, 2).numpy().tolist()
    [[[2], [3]]]
    """
    image = picture(image)
    height, width = _sizes(image)
    top, left, rows, columns = map(statics.integer, (offset_height, offset_width, target_height, target_width))
    for value, what in ((top, "offset_height must be >= 0."), (left, "offset_width must be >= 0.")):
        if value < 0:
            raise ValueError(what)
    for value, what in ((rows, "target_height must be > 0."), (columns, "target_width must be > 0.")):
        if value <= 0:
            raise ValueError(what)
    if left + columns > width:
        raise ValueError("width must be >= target + offset.")
    if top + rows > height:
        raise ValueError("height must be >= target + offset.")
    lead = len(image.shape) - 3
    return slice_(image, [0] * lead + [top, left, 0], [-1] * lead + [rows, columns, -1])


@export("image.pad_to_bounding_box")
@recorded
def pad_to_bounding_box(image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any) -> Any:
    """Zeros around a picture that then starts at the offset in a picture of the target size.

    Raises:
      ValueError: for a negative offset or a target that is too small.

    >>> import tfjax as tf
    >>> tf.image.pad_to_bounding_box([[[1]]], 0, 1, 1, 3).numpy().tolist()
    [[[0], [1], [0]]]
    """
    image = picture(image)
    height, width = _sizes(image)
    top, left, rows, columns = map(statics.integer, (offset_height, offset_width, target_height, target_width))
    if top < 0:
        raise ValueError("offset_height must be >= 0")
    if left < 0:
        raise ValueError("offset_width must be >= 0")
    bottom, right = rows - top - height, columns - left - width
    if right < 0:
        raise ValueError("width must be <= target - offset")
    if bottom < 0:
        raise ValueError("height must be <= target - offset")
    lead = [[0, 0]] * (len(image.shape) - 3)
    return pad(image, [*lead, [top, bottom], [left, right], [0, 0]])


@export("image.resize_with_crop_or_pad")
@recorded
def resize_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Any:
    """Cuts or pads with zeros, centrally, to the target size.

    >>> import tfjax as tf
    >>> tf.image.resize_with_crop_or_pad([[[1], [2], [3]]], 1, 1).numpy().tolist()
    [[[2]]]
    """
    image = picture(image)
    rows, columns = statics.integer(target_height), statics.integer(target_width)
    if rows <= 0:
        raise ValueError("target_height must be > 0.")
    if columns <= 0:
        raise ValueError("target_width must be > 0.")
    height, width = _sizes(image)
    image = crop_to_bounding_box(
        image, max((height - rows) // 2, 0), max((width - columns) // 2, 0), min(rows, height), min(columns, width)
    )
    return pad_to_bounding_box(image, max((rows - height) // 2, 0), max((columns - width) // 2, 0), rows, columns)


@export("image.resize_with_pad")
@recorded
def resize_with_pad(image: Any, target_height: Any, target_width: Any, method: str = ResizeMethod.BILINEAR, antialias: bool = False) -> Any:
    """Resizes to fit into the target, keeping proportions, and pads with zeros.

    >>> import tfjax as tf
    >>> tf.image.resize_with_pad(tf.ones([2, 4, 1]), 4, 4).shape
    TensorShape([4, 4, 1])
    """
    image = picture(image)
    rows, columns = statics.integer(target_height), statics.integer(target_width)
    height, width = _sizes(image)
    ratio = max(width / columns, height / rows)
    fitted_height, fitted_width = height / ratio, width / ratio
    top, left = max(0, int((rows - fitted_height) / 2)), max(0, int((columns - fitted_width) / 2))
    resized = resize(image, [int(fitted_height), int(fitted_width)], method=method, antialias=antialias)
    return pad_to_bounding_box(resized, top, left, rows, columns)


@export("image.central_crop")
@recorded
def central_crop(image: Any, central_fraction: Any) -> Any:
    """The middle `central_fraction` of height and width.

    >>> import tfjax as tf
    >>> tf.image.central_crop(tf.ones([4, 4, 1]), 0.5).shape
    TensorShape([2, 2, 1])
    """
    image = picture(image)
    fraction = float(central_fraction)
    if not 0.0 < fraction <= 1.0:
        raise ValueError("central_fraction must be within (0, 1]")
    if fraction == 1.0:
        return image
    height, width = _sizes(image)
    top, left = int((height - height * fraction) / 2), int((width - width * fraction) / 2)
    return crop_to_bounding_box(image, top, left, height - 2 * top, width - 2 * left)


def check_crop(shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    """Raises InvalidArgumentError unless a block of `size` fits into `shape`."""
    if len(shape) != len(size) or any(s < n for s, n in zip(shape, size)):
        raise InvalidArgumentError(None, None, f"Need value.shape >= size, got  {list(shape)} {list(size)}")
