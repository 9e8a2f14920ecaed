"""Random changes of images, active in training (the default of a call)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.ops.array.indexing import gather
from tfjax._src.keras.layers.preprocessing.images import ImageLayer, project, resize, smart_crop
from tfjax._src.keras.random_state import SeedGenerator, make_default_seed, to_op_seed
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.creation import ones_like, zeros_like
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, expand_dims, reverse, squeeze, transpose
from tfjax._src.ops.math.clipping import clip_by_value
from tfjax._src.ops.math.comparison import less_equal
from tfjax._src.ops.math.elementwise import cos, sin
from tfjax._src.ops.math.reductions import reduce_mean
from tfjax._src.ops.random import stateless

_FILLS = ("reflect", "wrap", "constant", "nearest")


def factor_range(value: Any, low: float = -1.0, high: float = 1.0, name: str = "factor", symmetric: bool = True) -> tuple[float, float]:
    """(lower, upper) from a number or a pair within [low, high].

    Raises:
      ValueError: out of range, in the wrong order, or not numbers.
    """
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. Received: {name}={value}")
        pair = (value[0], value[1])
        if pair[0] > pair[1]:
            raise ValueError(f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. Received: {name}={value}")
    elif isinstance(value, (int, float)):
        pair = (-abs(value), abs(value)) if symmetric else (0, abs(value))
        if symmetric:
            pair = (-abs(value), abs(value))
    else:
        raise ValueError(f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. Received: {name}={value}")
    if pair[0] < low or pair[1] > high:
        raise ValueError(f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. Received: {name}={value}")
    return pair


class RandomImageLayer(ImageLayer):
    """What the random layers share: a generator, and batches of one image."""

    seed: Any

    def _seeded(self, seed: Any) -> None:
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def _draw(self, shape: Any, low: float = 0.0, high: float = 1.0) -> Any:
        return stateless.stateless_uniform(tuple(shape), to_op_seed(self.generator.next()), low, high, dtypes.float32)

    def _apply(self, images: Any, training: Any) -> Any:
        images = cast(images, self.compute_dtype)
        if not training:
            return images
        single = len(images.shape) == 3
        found = self._change(expand_dims(images, 0) if single else images, single)
        return squeeze(found, 0) if single else found

    def _change(self, images: Any, single: bool) -> Any:
        """The changed images [batch, ...]; `single` if the call was for one image."""
        raise NotImplementedError


@export("keras.layers.RandomFlip", "keras.layers.experimental.preprocessing.RandomFlip")
class RandomFlip(RandomImageLayer):
    """Mirrors half of the images.

    Args:
      mode: "horizontal", "vertical" or "horizontal_and_vertical" (both at once).
      seed: an int; drawn from Python's generator if None.
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomFlip(seed=1)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 4, 4, 1])
    """

    def __init__(self, mode: str = "horizontal_and_vertical", seed: Any = None, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self._seeded(seed)
        if mode not in ("horizontal", "vertical", "horizontal_and_vertical"):
            raise ValueError(f"Unsupported mode {mode!r}; use 'horizontal', 'vertical' or 'horizontal_and_vertical'.")
        self.mode = mode

    def _change(self, images: Any, single: bool) -> Any:
        flips = less_equal(self._draw((images.shape[0], 1, 1, 1)), 0.5)
        rows, columns = (a % len(images.shape) for a in self._axes)
        if "horizontal" in self.mode:
            images = where(flips, reverse(images, [columns]), images)
        if "vertical" in self.mode:
            images = where(flips, reverse(images, [rows]), images)
        return images


class Projection(RandomImageLayer):
    """A random affine map of the pixels."""

    fill_mode: str
    fill_value: float
    interpolation: str

    def _filled(self, fill_mode: str, interpolation: str, fill_value: float) -> None:
        if fill_mode not in _FILLS:
            raise NotImplementedError(f"Unknown `fill_mode` {fill_mode}. Expected of one {set(_FILLS)}.")
        if interpolation not in ("nearest", "bilinear"):
            raise NotImplementedError(f"Unknown `interpolation` {interpolation}. Expected of one {{'nearest', 'bilinear'}}.")
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def _size(self, images: Any) -> tuple[int, int]:
        return tuple(images.shape[a % len(images.shape)] for a in self._axes)  # type: ignore[return-value]

    def _change(self, images: Any, single: bool) -> Any:
        rows = [cast(v, "float32") for v in self._coefficients(images)]
        transforms = concat([*rows, zeros_like(rows[0]), zeros_like(rows[0])], 1)
        first = self.data_format == "channels_first"
        x = transpose(images, [0, 2, 3, 1]) if first else images
        found = project(x, transforms, self.interpolation, self.fill_mode, float(self.fill_value))
        return transpose(found, [0, 3, 1, 2]) if first else found

    def _coefficients(self, images: Any) -> list[Any]:
        """Six columns [batch, 1]: a0 to a5 of `project`."""
        raise NotImplementedError


@export("keras.layers.RandomRotation", "keras.layers.experimental.preprocessing.RandomRotation")
class RandomRotation(Projection):
    """Turns images around their centers.

    Args:
      factor: the largest angle as a share of a full turn, or (lower, upper).
      fill_mode: "reflect", "wrap", "constant" or "nearest".
      interpolation: "nearest" or "bilinear".
      seed: an int; drawn from Python's generator if None.
      fill_value: with "constant".
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomRotation(0.1)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 4, 4, 1])
    """

    def __init__(
        self, factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear", seed: Any = None,
        fill_value: float = 0.0, data_format: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self._seeded(seed)
        self.factor = factor_range(factor)
        self._filled(fill_mode, interpolation, fill_value)

    def _coefficients(self, images: Any) -> list[Any]:
        low, high = (f * 360.0 for f in self.factor)
        angle = expand_dims(self._draw((images.shape[0],), low, high), 1) * (math.pi / 180.0)
        height, width = (float(n - 1) for n in self._size(images))
        c, s = cos(angle), sin(angle)
        x = (width - (c * width - s * height)) / 2.0
        y = (height - (s * width + c * height)) / 2.0
        return [c, -s, x, s, c, y]


@export("keras.layers.RandomZoom", "keras.layers.experimental.preprocessing.RandomZoom")
class RandomZoom(Projection):
    """Zooms images in (factors below 0) and out.

    Args:
      height_factor: the largest share, or (lower, upper).
      width_factor: as `height_factor`; the same draw if None.
      fill_mode, interpolation, seed, fill_value, data_format: as of RandomRotation.

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomZoom(0.1)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 4, 4, 1])
    """

    def __init__(
        self, height_factor: Any, width_factor: Any = None, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: Any = None, fill_value: float = 0.0, data_format: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self._seeded(seed)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._heights = factor_range(height_factor, -1.0, math.inf, "height_factor")
        self._widths = None if width_factor is None else factor_range(width_factor, -1.0, math.inf, "width_factor")
        self._filled(fill_mode, interpolation, fill_value)

    def _coefficients(self, images: Any) -> list[Any]:
        shape = (images.shape[0], 1)
        y = self._draw(shape, 1.0 + self._heights[0], 1.0 + self._heights[1])
        x = y if self._widths is None else self._draw(shape, 1.0 + self._widths[0], 1.0 + self._widths[1])
        height, width = (float(n - 1) for n in self._size(images))
        zero = zeros_like(x)
        return [x, zero, (1.0 - x) * (width / 2.0), zero, y, (1.0 - y) * (height / 2.0)]


@export("keras.layers.RandomTranslation", "keras.layers.experimental.preprocessing.RandomTranslation")
class RandomTranslation(Projection):
    """Moves images.

    Args:
      height_factor, width_factor: the largest shares of the size, or (lower, upper).
      fill_mode, interpolation, seed, fill_value, data_format: as of RandomRotation.

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomTranslation(0.1, 0.1)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 4, 4, 1])
    """

    def __init__(
        self, height_factor: Any, width_factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: Any = None, fill_value: float = 0.0, data_format: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self._seeded(seed)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._heights = factor_range(height_factor, name="height_factor")
        self._widths = factor_range(width_factor, name="width_factor")
        self._filled(fill_mode, interpolation, fill_value)

    def _coefficients(self, images: Any) -> list[Any]:
        shape = (images.shape[0], 1)
        height, width = (float(n) for n in self._size(images))
        y = self._draw(shape, *self._heights) * height
        x = self._draw(shape, *self._widths) * width
        one, zero = ones_like(x), zeros_like(x)
        return [one, zero, -x, zero, one, -y]


class ValueLayer(RandomImageLayer):
    """A random change of the values, which stay within `value_range`."""

    value_range: Any

    def _ranged(self, value_range: Any) -> None:
        if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
            raise ValueError(f"`value_range` must be a list or tuple of two numbers. Received: {value_range}")
        self.value_range = sorted(value_range)

    def _clipped(self, images: Any) -> Any:
        low, high = (float(v) for v in self.value_range)
        return clip_by_value(images, low, high)

    def _per_image(self, images: Any, low: float, high: float) -> Any:
        return self._draw((images.shape[0], 1, 1, 1), low, high)


@export("keras.layers.RandomContrast", "keras.layers.experimental.preprocessing.RandomContrast")
class RandomContrast(ValueLayer):
    """Scales the distance of values from their mean in the image.

    Args:
      factor: the largest change, or (lower, upper): the scale lies in [1 + lower, 1 + upper).
      value_range: of the values.
      seed: an int; drawn from Python's generator if None.

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomContrast(0.2)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 4, 4, 1])
    """

    def __init__(self, factor: Any, value_range: Any = (0, 255), seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seeded(seed)
        self.factor = factor_range(factor, symmetric=False)
        self._ranged(value_range)

    def _change(self, images: Any, single: bool) -> Any:
        factor = cast(self._per_image(images, 1.0 + self.factor[0], 1.0 + self.factor[1]), images.dtype)
        mean = reduce_mean(images, axis=[a % len(images.shape) for a in self._axes], keepdims=True)
        return self._clipped((images - mean) * factor + mean)


@export("keras.layers.RandomBrightness")
class RandomBrightness(ValueLayer):
    """Adds a number to all values of an image.

    Args:
      factor: its largest share of the range, or (lower, upper).
      value_range: of the values.
      seed: an int; drawn from Python's generator if None.

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomBrightness(0.2)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 4, 4, 1])
    """

    def __init__(self, factor: Any, value_range: Any = (0, 255), seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seeded(seed)
        self.factor = factor_range(factor)
        self._ranged(value_range)

    def _apply(self, images: Any, training: Any) -> Any:
        kind = images.dtype
        found = super()._apply(images, training)
        return found if kind.is_floating else cast(found, kind)

    def _change(self, images: Any, single: bool) -> Any:
        span = float(self.value_range[1] - self.value_range[0])
        return self._clipped(images + cast(self._per_image(images, *self.factor), images.dtype) * span)


@export("keras.layers.RandomCrop", "keras.layers.experimental.preprocessing.RandomCrop")
class RandomCrop(RandomImageLayer):
    """Cuts a part out of images, the same of all in a batch. In inference images stay as they are.

    Args:
      height, width: the size to cut; smaller images are resized.
      seed: an int; drawn from Python's generator if None.
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.RandomCrop(2, 3)(tf.ones((2, 4, 4, 1))).shape
    TensorShape([2, 2, 3, 1])
    """

    def __init__(self, height: int, width: int, seed: Any = None, data_format: Any = None, name: Any = None, **kwargs: Any) -> None:
        super().__init__(data_format=data_format, name=name, **kwargs)
        self.height, self.width = height, width
        self._seeded(make_default_seed() if seed is None else seed)

    def _apply(self, images: Any, training: Any) -> Any:
        images = cast(images, self.compute_dtype)
        axes = tuple(a % len(images.shape) for a in self._axes)
        spare = [images.shape[a] - n for a, n in zip(axes, (self.height, self.width))]
        if not training:
            return images
        if min(spare) < 0:
            part = smart_crop(images, self.height, self.width, axes)  # type: ignore[arg-type]
            return resize(part, (self.height, self.width), "bilinear", self.data_format)
        for axis, room, size in zip(axes, spare, (self.height, self.width)):
            start = cast(self._draw((), 0.0, float(room + 1)), "int32")
            images = gather(images, start + np.arange(size, dtype=np.int32), axis=axis)
        return images
