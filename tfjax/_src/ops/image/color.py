"""Colour spaces and colour changes of pictures whose last axis is the channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, FloatOther, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.array.shaping import cast, expand_dims, saturate_cast, tile
from tfjax._src.ops.math.arithmetic import floordiv, maximum, multiply
from tfjax._src.ops.math.linear import tensordot
from tfjax._src.ops.math.reductions import reduce_mean, reduce_std

# ITU-R BT.601: the luma of red, green and blue, and the colour axes of PAL and NTSC.
_LUMA = (0.2989, 0.5870, 0.1140)
_YIQ = ((0.299, 0.59590059, 0.2115), (0.587, -0.27455667, -0.52273617), (0.114, -0.32134392, 0.31119955))
_RGB_OF_YIQ = ((1.0, 1.0, 1.0), (0.95598634, -0.27201283, -1.10674021), (0.6208248, -0.64720424, 1.70423049))
_YUV = ((0.299, -0.14714119, 0.61497538), (0.587, -0.28886916, -0.51496512), (0.114, 0.43601035, -0.10001026))
_RGB_OF_YUV = ((1.0, 1.0, 1.0), (0.0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0.0))


@export("image.convert_image_dtype")
@recorded
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: Any = None) -> Any:
    """Changes the dtype; floats hold [0, 1], integers their whole non-negative range.

    `saturate` clips what the new dtype cannot hold.

    >>> import tfjax as tf
    >>> tf.image.convert_image_dtype([0.0, 1.0], tf.uint8).numpy()
    array([  0, 255], dtype=uint8)
    """
    image, dtype = to_tensor(image), dtypes.as_dtype(dtype)
    if not dtype.is_floating and not dtype.is_integer:
        raise AttributeError("dtype must be either floating point or integer")
    if dtype == image.dtype:
        return image
    convert = saturate_cast if saturate else cast
    if image.dtype.is_integer and dtype.is_integer:
        highest, wanted = image.dtype.max, dtype.max
        if highest > wanted:
            return convert(floordiv(image, (highest + 1) // (wanted + 1)), dtype)
        factor = (wanted + 1) // (highest + 1)
        return multiply(convert(image, dtype), factor)
    if image.dtype.is_floating and dtype.is_floating:
        return cast(image, dtype)
    if image.dtype.is_integer:
        return cast(image, dtype) * (1.0 / image.dtype.max)
    return convert(image * (dtype.max + 0.5), dtype)


def _as_float(image: Any) -> tuple[Any, Any]:
    """(the picture in a float dtype, its original dtype)."""
    image = to_tensor(image)
    if image.dtype.is_floating:
        return image, image.dtype
    return convert_image_dtype(image, dtypes.float32), image.dtype


def _product(images: Any, matrix: Any) -> Any:
    images = to_tensor(images)
    return tensordot(images, to_tensor(np.array(matrix, images.dtype.as_numpy_dtype)), [[len(images.shape) - 1], [0]])


@export("image.rgb_to_grayscale")
@recorded
def rgb_to_grayscale(images: Any, name: Any = None) -> Any:
    """The luma of RGB pictures, [..., 1], in their dtype.

    >>> import tfjax as tf
    >>> tf.image.rgb_to_grayscale([[[255, 0, 0]]]).numpy().tolist()
    [[[76]]]
    """
    images = to_tensor(images)
    kind = images.dtype
    values = convert_image_dtype(images, dtypes.float32)
    gray = expand_dims(tensordot(values, to_tensor(np.array(_LUMA, np.float32)), [[len(values.shape) - 1], [0]]), -1)
    return convert_image_dtype(gray, kind)


@export("image.grayscale_to_rgb")
def grayscale_to_rgb(images: Any, name: Any = None) -> Any:
    """Three equal channels from one.

    >>> import tfjax as tf
    >>> tf.image.grayscale_to_rgb([[[1.0]]]).shape
    TensorShape([1, 1, 3])
    """
    images = to_tensor(images)
    if images.shape[-1] != 1:
        raise ValueError("Last dimension of a grayscale image should be size 1.")
    return tile(images, [1] * (len(images.shape) - 1) + [3])


@export("image.rgb_to_yiq")
def rgb_to_yiq(images: Any) -> Any:
    """NTSC's luma and colour axes of RGB in [0, 1]."""
    return _product(images, _YIQ)


@export("image.yiq_to_rgb")
def yiq_to_rgb(images: Any) -> Any:
    """The inverse of `rgb_to_yiq`."""
    return _product(images, _RGB_OF_YIQ)


@export("image.rgb_to_yuv")
def rgb_to_yuv(images: Any) -> Any:
    """PAL's luma and colour axes of RGB in [0, 1]."""
    return _product(images, _YUV)


@export("image.yuv_to_rgb")
def yuv_to_rgb(images: Any) -> Any:
    """The inverse of `rgb_to_yuv`."""
    return _product(images, _RGB_OF_YUV)


@op("image.rgb_to_hsv", raw="RGBToHSV")
def rgb_to_hsv(images: Float, name: Name = None):
    """Hue, saturation and value, all in [0, 1], of RGB in [0, 1].

    >>> import tfjax as tf
    >>> tf.image.rgb_to_hsv([[[1.0, 0.5, 0.5]]]).numpy().tolist()
    [[[0.0, 0.5, 1.0]]]
    """
    xp = namespace(images)
    red, green, blue = images[..., 0], images[..., 1], images[..., 2]
    value = xp.maximum(xp.maximum(red, green), blue)
    spread = value - xp.minimum(xp.minimum(red, green), blue)
    zero, one = xp.zeros((), images.dtype), xp.ones((), images.dtype)
    saturation = xp.where(value > 0, spread / xp.where(value > 0, value, one), zero)
    step = xp.where(spread > 0, one / (6 * xp.where(spread > 0, spread, one)), zero)
    hue = xp.where(
        red == value, step * (green - blue),
        xp.where(green == value, step * (blue - red) + xp.asarray(2 / 6, images.dtype),
                 step * (red - green) + xp.asarray(4 / 6, images.dtype)),
    )
    hue = xp.where(spread > 0, hue, zero)
    hue = xp.where(hue < 0, hue + one, hue)
    return xp.stack([hue, saturation, value], -1).astype(images.dtype)


def _pure_hue(xp: Any, hue: Any) -> Any:
    """RGB in [0, 1] of a hue at full saturation and value."""
    angle = hue * 6
    red = xp.abs(angle - 3) - 1
    return xp.clip(xp.stack([red, 2 - xp.abs(angle - 2), 2 - xp.abs(angle - 4)], -1), 0, 1)


@op("image.hsv_to_rgb", raw="HSVToRGB", differentiable=False)
def hsv_to_rgb(images: Float, name: Name = None):
    """RGB in [0, 1] from hue, saturation and value.

    >>> import tfjax as tf
    >>> tf.image.hsv_to_rgb([[[0.0, 1.0, 1.0]]]).numpy().tolist()
    [[[1.0, 0.0, 0.0]]]
    """
    xp = namespace(images)
    hue, saturation, value = images[..., 0], images[..., 1], images[..., 2]
    saturation, value = saturation[..., None], value[..., None]
    return ((1 - saturation + saturation * _pure_hue(xp, hue)) * value).astype(images.dtype)


@op("_internal.turn_hue", raw="AdjustHue")
def _turn_hue(images: Float, delta: FloatOther, name: Name = None):
    xp = namespace(images, delta)
    hue = (rgb_to_hsv.op.body(images)[..., 0] + delta.astype(images.dtype)) % 1
    # The extremes of each pixel stay as they are, negative ones as well.
    low, high = xp.min(images, -1), xp.max(images, -1)
    return (_pure_hue(xp, hue) * (high - low)[..., None] + low[..., None]).astype(images.dtype)


@op("_internal.scale_saturation", raw="AdjustSaturation")
def _scale_saturation(images: Float, factor: FloatOther, name: Name = None):
    xp = namespace(images, factor)
    hsv = rgb_to_hsv.op.body(images)
    saturation = xp.clip(hsv[..., 1] * factor.astype(images.dtype), 0, 1)
    return hsv_to_rgb.op.body(xp.stack([hsv[..., 0], saturation, hsv[..., 2]], -1))


@export("image.adjust_brightness")
@recorded
def adjust_brightness(image: Any, delta: Any) -> Any:
    """Adds `delta`, on the scale of [0, 1], to every element; integers saturate.

    >>> import tfjax as tf
    >>> tf.image.adjust_brightness([[[0.25]]], 0.5).numpy().tolist()
    [[[0.75]]]
    """
    values, kind = _as_float(image)
    return convert_image_dtype(values + cast(to_tensor(delta), values.dtype), kind, saturate=True)


@export("image.adjust_contrast")
@recorded
def adjust_contrast(images: Any, contrast_factor: Any) -> Any:
    """(x - mean) * factor + mean, with each channel's mean over height and width.

    >>> import tfjax as tf
    >>> tf.image.adjust_contrast([[[1.0], [3.0]]], 2.0).numpy().tolist()
    [[[0.0], [4.0]]]
    """
    values, kind = _as_float(images)
    small = values.dtype in (dtypes.float16, dtypes.bfloat16)
    wide = cast(values, dtypes.float32) if small else values
    mean = reduce_mean(wide, [-3, -2], keepdims=True)
    result = (wide - mean) * cast(to_tensor(contrast_factor), wide.dtype) + mean
    return convert_image_dtype(cast(result, values.dtype), kind, saturate=True)


@export("image.adjust_gamma")
def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Any:
    """gain * x ** gamma on the scale of [0, 1]. Raises ValueError for a negative gamma."""
    values, kind = _as_float(image)
    if isinstance(gamma, (int, float)) and gamma < 0:
        raise ValueError("Gamma should be a non-negative real number.")
    return convert_image_dtype(values ** gamma * gain, kind, saturate=True)


@export("image.adjust_hue")
def adjust_hue(image: Any, delta: Any, name: Any = None) -> Any:
    """Turns the hue of RGB pictures by `delta` in [-1, 1], a full circle."""
    values, kind = _as_float(image)
    return convert_image_dtype(_turn_hue(values, cast(to_tensor(delta), values.dtype)), kind)


@export("image.adjust_saturation")
def adjust_saturation(image: Any, saturation_factor: Any, name: Any = None) -> Any:
    """Multiplies the saturation of RGB pictures."""
    values, kind = _as_float(image)
    return convert_image_dtype(_scale_saturation(values, cast(to_tensor(saturation_factor), values.dtype)), kind)


@export("image.per_image_standardization")
@recorded
def per_image_standardization(image: Any) -> Any:
    """(x - mean) / max(standard deviation, 1 / sqrt(elements)) of each picture.

    >>> import tfjax as tf
    >>> tf.image.per_image_standardization([[[1.0], [3.0]]]).numpy().tolist()
    [[[-1.0], [1.0]]]
    """
    image = to_tensor(image)
    kind = image.dtype
    values = cast(image, dtypes.float32 if kind not in (dtypes.float16, dtypes.float32) else kind)
    axes = [-1, -2, -3]
    count = int(np.prod(values.shape.as_list()[-3:]))
    least = to_tensor(np.array(1 / np.sqrt(count), values.dtype.as_numpy_dtype))
    deviation = maximum(reduce_std(values, axes, keepdims=True), least)
    return (values - reduce_mean(values, axes, keepdims=True)) / deviation


