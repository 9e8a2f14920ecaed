"""Random changes of pictures: the draws of tf.random, stateful and stateless."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import reshape, reverse
from tfjax._src.ops.array.slicing import slice_
from tfjax._src.ops.image import codecs
from tfjax._src.ops.image.color import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
)
from tfjax._src.ops.image.geometry import check_crop, picture
from tfjax._src.ops.math.arithmetic import floormod
from tfjax._src.ops.random.stateful import uniform
from tfjax._src.ops.random.stateless import stateless_random_uniform

Draw = Callable[..., Any]


def _stateful(seed: Any) -> Draw:
    def draw(shape: Any, low: Any = 0, high: Any = 1.0, dtype: Any = dtypes.float32) -> Any:
        return uniform(shape, low, high, dtype=dtype, seed=seed)

    return draw


def _stateless(seed: Any) -> Draw:
    def draw(shape: Any, low: Any = 0, high: Any = 1.0, dtype: Any = dtypes.float32) -> Any:
        return stateless_random_uniform(shape, seed, low, high, dtype=dtype)

    return draw


def _flip(image: Any, axis: int, draw: Draw) -> Any:
    image = picture(image)
    flipped = reverse(image, [axis])
    if len(image.shape) == 3:
        return where(draw([]) < 0.5, flipped, image)
    chosen = draw([image.shape[0]]) > 0.5
    return where(reshape(chosen, [-1, 1, 1, 1]), flipped, image)


@export("image.random_flip_left_right")
def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """Mirrors columns of each picture with probability 1/2.

    >>> import tfjax as tf
    >>> tf.image.random_flip_left_right(tf.ones([2, 3, 1]), seed=1).shape
    TensorShape([2, 3, 1])
    """
    return _flip(image, -2, _stateful(seed))


@export("image.random_flip_up_down")
def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """Mirrors rows of each picture with probability 1/2."""
    return _flip(image, -3, _stateful(seed))


@export("image.stateless_random_flip_left_right")
def stateless_random_flip_left_right(image: Any, seed: Any) -> Any:
    """Mirrors columns with probability 1/2, decided by `seed`, two integers."""
    return _flip(image, -2, _stateless(seed))


@export("image.stateless_random_flip_up_down")
def stateless_random_flip_up_down(image: Any, seed: Any) -> Any:
    """Mirrors rows with probability 1/2, decided by `seed`, two integers."""
    return _flip(image, -3, _stateless(seed))


def _brightness(image: Any, max_delta: Any, draw: Draw) -> Any:
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, draw([], -max_delta, max_delta))


@export("image.random_brightness")
def random_brightness(image: Any, max_delta: Any, seed: Any = None) -> Any:
    """Adds a number from [-max_delta, max_delta).

    >>> import tfjax as tf
    >>> tf.image.random_brightness(tf.ones([2, 2, 1]), 0.2, seed=1).shape
    TensorShape([2, 2, 1])
    """
    return _brightness(image, max_delta, _stateful(seed))


@export("image.stateless_random_brightness")
def stateless_random_brightness(image: Any, max_delta: Any, seed: Any) -> Any:
    """Adds a number from [-max_delta, max_delta), drawn with `seed`, two integers."""
    return _brightness(image, max_delta, _stateless(seed))


def _ordered(lower: Any, upper: Any) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


@export("image.random_contrast")
def random_contrast(image: Any, lower: Any, upper: Any, seed: Any = None) -> Any:
    """`adjust_contrast` by a factor from [lower, upper)."""
    _ordered(lower, upper)
    return adjust_contrast(image, _stateful(seed)([], lower, upper))


@export("image.stateless_random_contrast")
def stateless_random_contrast(image: Any, lower: Any, upper: Any, seed: Any) -> Any:
    """`adjust_contrast` by a factor from [lower, upper), drawn with `seed`, two integers."""
    _ordered(lower, upper)
    return adjust_contrast(image, _stateless(seed)([], lower, upper))


@export("image.random_saturation")
def random_saturation(image: Any, lower: Any, upper: Any, seed: Any = None) -> Any:
    """`adjust_saturation` by a factor from [lower, upper)."""
    _ordered(lower, upper)
    return adjust_saturation(image, _stateful(seed)([], lower, upper))


@export("image.stateless_random_saturation")
def stateless_random_saturation(image: Any, lower: Any, upper: Any, seed: Any = None) -> Any:
    """`adjust_saturation` by a factor from [lower, upper), drawn with `seed`, two integers."""
    _ordered(lower, upper)
    return adjust_saturation(image, _stateless(seed)([], lower, upper))


def _hue(image: Any, max_delta: Any, draw: Draw) -> Any:
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, draw([], -max_delta, max_delta))


@export("image.random_hue")
def random_hue(image: Any, max_delta: Any, seed: Any = None) -> Any:
    """`adjust_hue` by a number from [-max_delta, max_delta); at most 1/2."""
    return _hue(image, max_delta, _stateful(seed))


@export("image.stateless_random_hue")
def stateless_random_hue(image: Any, max_delta: Any, seed: Any) -> Any:
    """`adjust_hue` by a number from [-max_delta, max_delta), drawn with `seed`, two integers."""
    return _hue(image, max_delta, _stateless(seed))


def _crop(value: Any, size: Any, draw: Draw) -> Any:
    value, size = to_tensor(value), statics.shape(size)
    shape = tuple(value.shape.as_list())
    check_crop(shape, size)
    limit = np.array(shape, np.int32) - np.array(size, np.int32) + 1
    offset = floormod(draw([len(size)], 0, 2**31 - 1, dtypes.int32), limit)
    return slice_(value, offset, size)


@export("image.random_crop")
@recorded
def random_crop(value: Any, size: Any, seed: Any = None, name: Any = None) -> Any:
    """A block of `size` from a random place; works for any rank.

    Raises:
      InvalidArgumentError: where `size` exceeds the shape.

    >>> import tfjax as tf
    >>> tf.image.random_crop(tf.ones([4, 4, 3]), [2, 2, 3], seed=1).shape
    TensorShape([2, 2, 3])
    """
    return _crop(value, size, _stateful(seed))


@export("image.stateless_random_crop")
@recorded
def stateless_random_crop(value: Any, size: Any, seed: Any, name: Any = None) -> Any:
    """A block of `size` from a place drawn with `seed`, two integers."""
    return _crop(value, size, _stateless(seed))


def _jpeg(image: Any, low: int, high: int, draw: Draw) -> Any:
    if low < 0 or high < 0 or low > 100 or high > 100:
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if low >= high:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    return codecs.adjust_jpeg_quality(image, int(draw([], low, high, dtypes.int32)))


@export("image.random_jpeg_quality")
@recorded
def random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any = None) -> Any:
    """Encodes as JPEG of a random quality and decodes again."""
    return _jpeg(image, min_jpeg_quality, max_jpeg_quality, _stateful(seed))


@export("image.stateless_random_jpeg_quality")
@recorded
def stateless_random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any) -> Any:
    """Encodes as JPEG of a quality drawn with `seed`, two integers, and decodes again."""
    return _jpeg(image, min_jpeg_quality, max_jpeg_quality, _stateless(seed))
