"""Pictures as files: JPEG, PNG, GIF, BMP, WebP, through Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, DTypeArg, Name, Static, String
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.ops.image.color import convert_image_dtype

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def _bytes(contents: np.ndarray) -> bytes:
    if contents.ndim:
        raise InvalidArgumentError(None, None, f"contents must be scalar but got shape {list(contents.shape)}")
    return contents[()]


def _open(data: bytes) -> Any:
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InvalidArgumentError(None, None, f"Unknown image file format. One of JPEG, PNG, GIF, BMP required. ({error})") from None
    return picture


def _natural(picture: Any) -> int:
    """How many channels a picture has by itself."""
    if picture.mode in ("1", "L", "I", "I;16", "F"):
        return 1
    if picture.mode == "LA":
        return 2
    transparent = picture.mode in ("RGBA", "PA") or "transparency" in picture.info
    return 4 if transparent else 3


def _pixels(picture: Any, channels: int | None) -> np.ndarray:
    count = channels or _natural(picture)
    if count not in _MODES:
        raise InvalidArgumentError(None, None, f"channels must be 0, 1, 3 or 4, got {channels}")
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L") if picture.mode != "I" else picture
        if picture.mode == "I":
            from PIL import Image

            picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if count == 1 and picture.format == "PNG" and _natural(picture) > 2:
        # libpng's weights of red, green and blue, rounded down; Pillow rounds to the nearest.
        rgb = np.asarray(picture.convert("RGB")).astype(np.int32)
        return ((rgb @ np.array([9798, 19235, 3735])) >> 15).astype(np.uint8)[..., None]
    array = np.asarray(picture.convert(_MODES[count]))
    return array[..., None] if array.ndim == 2 else array


def _converted(array: np.ndarray, dtype: Any) -> np.ndarray:
    if dtype is None or dtype == dtypes.uint8:
        return array
    if dtype == dtypes.uint16:
        return array.astype(np.uint16) * 257
    return np.asarray(convert_image_dtype(to_tensor(array), dtype))


def _downscaled(picture: Any, ratio: int) -> Any:
    if ratio == 1:
        return picture
    if ratio not in (2, 4, 8):
        raise InvalidArgumentError(None, None, f"ratio must be 1, 2, 4, or 8, got {ratio}")
    width, height = picture.size
    return picture.reduce(ratio).resize((-(-width // ratio), -(-height // ratio)))


@op("image.decode_jpeg", "io.decode_jpeg", raw="DecodeJpeg", device=False, differentiable=False)
def decode_jpeg(
    contents: String, channels: Static = 0, ratio: Static = 1, fancy_upscaling: Static = True,
    try_recover_truncated: Static = False, acceptable_fraction: Static = 1, dct_method: Static = "", name: Name = None,
):
    """A JPEG file (PNG and others as well) as uint8 [height, width, channels].

    Args:
      contents: the file, a scalar string.
      channels: 0 for the file's own, 1 or 3.
      ratio: shrinks by 1, 2, 4 or 8.
      fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: no effect: Pillow's
        decoder is the accurate one.

    Raises:
      InvalidArgumentError: for something that is no picture.

    Differs from TensorFlow: by a few units, since TensorFlow decodes with the fast transform.

    >>> import tfjax as tf
    >>> tf.image.decode_jpeg(tf.io.encode_jpeg(tf.zeros([2, 3, 3], tf.uint8))).shape
    TensorShape([2, 3, 3])
    """
    return _pixels(_downscaled(_open(_bytes(contents)), ratio), channels)


@op("image.decode_and_crop_jpeg", "io.decode_and_crop_jpeg", raw="DecodeAndCropJpeg", device=False, differentiable=False)
def decode_and_crop_jpeg(
    contents: String, crop_window: Static, channels: Static = 0, ratio: Static = 1, fancy_upscaling: Static = True,
    try_recover_truncated: Static = False, acceptable_fraction: Static = 1, dct_method: Static = "", name: Name = None,
):
    """The window (y, x, height, width) of a JPEG file; other arguments as of `decode_jpeg`."""
    y, x, height, width = crop_window
    pixels = _pixels(_downscaled(_open(_bytes(contents)), ratio), channels)
    if y < 0 or x < 0 or height <= 0 or width <= 0 or y + height > pixels.shape[0] or x + width > pixels.shape[1]:
        raise InvalidArgumentError(None, None, "Invalid JPEG data or crop window")
    return pixels[y : y + height, x : x + width]


@op("image.decode_png", "io.decode_png", raw="DecodePng", device=False, differentiable=False)
def decode_png(contents: String, channels: Static = 0, dtype: DTypeArg = dtypes.uint8, name: Name = None):
    """A PNG file (JPEG and others as well) as [height, width, channels] of uint8 or uint16.

    >>> import tfjax as tf
    >>> tf.image.decode_png(tf.io.encode_png(tf.constant([[[1], [2]]], tf.uint8))).numpy().tolist()
    [[[1], [2]]]
    """
    picture = _open(_bytes(contents))
    if dtype == dtypes.uint16 and picture.mode.startswith("I"):
        return np.asarray(picture).astype(np.uint16)[..., None]
    return _converted(_pixels(picture, channels), dtype)


@op("image.decode_bmp", "io.decode_bmp", raw="DecodeBmp", device=False, differentiable=False)
def decode_bmp(contents: String, channels: Static = 0, name: Name = None):
    """A BMP file as uint8 [height, width, channels]."""
    return _pixels(_open(_bytes(contents)), channels)


@op("image.decode_webp", "io.decode_webp", raw="DecodeWebP", device=False, differentiable=False)
def decode_webp(contents: String, channels: Static = 0, dtype: DTypeArg = dtypes.uint8, name: Name = None):
    """A WebP file as uint8: [height, width, channels], for an animation [frames, ...]."""
    return _frames(_open(_bytes(contents)), channels or None)


def _frames(picture: Any, channels: int | None) -> np.ndarray:
    count = getattr(picture, "n_frames", 1)
    if count == 1:
        return _pixels(picture, channels)
    frames = []
    for i in range(count):
        picture.seek(i)
        frames.append(_pixels(picture, channels or 3))
    return np.stack(frames)


@op("image.decode_gif", "io.decode_gif", raw="DecodeGif", device=False, differentiable=False)
def decode_gif(contents: String, name: Name = None):
    """A GIF file as uint8 [frames, height, width, 3]."""
    frames = _frames(_open(_bytes(contents)), 3)
    return frames if frames.ndim == 4 else frames[None]


@op("_internal.decode_image", raw="DecodeImage", device=False, differentiable=False)
def _decode_image(contents: String, channels: Static, dtype: DTypeArg, expand_animations: Static, name: Name = None):
    picture = _open(_bytes(contents))
    if picture.format == "GIF":
        frames = _frames(picture, channels or 3)
        frames = frames if frames.ndim == 4 else frames[None]
        return _converted(frames if expand_animations else frames[0], dtype)
    return _converted(_pixels(picture, channels), dtype)


@export("image.decode_image", "io.decode_image")
@recorded
def decode_image(contents: Any, channels: Any = None, dtype: Any = dtypes.uint8, name: Any = None, expand_animations: bool = True) -> Any:
    """A JPEG, PNG, BMP or GIF file; a GIF gives [frames, height, width, 3] unless `expand_animations` is False.

    >>> import tfjax as tf
    >>> tf.image.decode_image(tf.io.encode_png(tf.zeros([2, 3, 3], tf.uint8))).shape
    TensorShape([2, 3, 3])
    """
    return _decode_image(contents, channels or 0, dtype, bool(expand_animations))


def _saved(array: np.ndarray, kind: str, **options: Any) -> np.ndarray:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array).save(buffer, kind, **options)
    result = np.empty((), object)
    result[()] = buffer.getvalue()
    return result


@op("io.encode_jpeg", "image.encode_jpeg", raw="EncodeJpeg", device=False, differentiable=False)
def encode_jpeg(
    image: AnyTensor, format: Static = "", quality: Static = 95, progressive: Static = False, optimize_size: Static = False,
    chroma_downsampling: Static = True, density_unit: Static = "in", x_density: Static = 300, y_density: Static = 300,
    xmp_metadata: Static = "", name: Name = None,
):
    """A uint8 picture [height, width, 1 or 3] as a JPEG file.

    Args:
      image: the picture.
      format: "", "grayscale" or "rgb".
      quality: 0 to 100.
      progressive, optimize_size: how the file is written.
      chroma_downsampling: halves the resolution of colour.
      density_unit, x_density, y_density: "in" or "cm", and pixels per unit.
      xmp_metadata: stored in the file.

    >>> import tfjax as tf
    >>> tf.io.encode_jpeg(tf.zeros([2, 3, 3], tf.uint8)).numpy()[:2]
    b'\\xff\\xd8'
    """
    if image.ndim != 3:
        raise InvalidArgumentError(None, None, f"image must be 3-dimensional [{','.join(map(str, image.shape))}]")
    if image.shape[-1] not in (1, 3):
        raise InvalidArgumentError(None, None, f"image must have 1 or 3 channels, got {image.shape[-1]}")
    scale = 1 if density_unit == "in" else 2.54
    options: dict[str, Any] = {"xmp": xmp_metadata.encode()} if xmp_metadata else {}
    return _saved(
        image, "JPEG", quality=int(quality), progressive=progressive, optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0, dpi=(x_density * scale, y_density * scale), **options,
    )


@op("io.encode_png", "image.encode_png", raw="EncodePng", device=False, differentiable=False)
def encode_png(image: AnyTensor, compression: Static = -1, name: Name = None):
    """A uint8 picture [height, width, 1 to 4] (uint16 for one channel) as a PNG file.

    >>> import tfjax as tf
    >>> tf.io.encode_png(tf.zeros([2, 3, 3], tf.uint8)).numpy()[1:4]
    b'PNG'
    """
    if image.ndim != 3:
        raise InvalidArgumentError(None, None, f"image must have a rank of at least 3, got shape {list(image.shape)}")
    return _saved(image, "PNG", compress_level=6 if compression < 0 else int(compression))


@op("io.extract_jpeg_shape", "image.extract_jpeg_shape", raw="ExtractJpegShape", device=False, differentiable=False)
def extract_jpeg_shape(contents: String, output_type: DTypeArg = dtypes.int32, name: Name = None):
    """(height, width, channels) of a JPEG file, without decoding its pixels."""
    from PIL import Image

    picture = Image.open(io.BytesIO(_bytes(contents)))
    return np.array([picture.size[1], picture.size[0], _natural(picture)], output_type.as_numpy_dtype)


@op("io.is_jpeg", "image.is_jpeg", raw="IsJpeg", device=False, differentiable=False)
def is_jpeg(contents: String, name: Name = None):
    """Whether a string starts like a JPEG file.

    >>> import tfjax as tf
    >>> bool(tf.io.is_jpeg(b"abc"))
    False
    """
    return np.asarray(_bytes(contents)[:3] == b"\xff\xd8\xff")


@export("image.adjust_jpeg_quality")
@recorded
def adjust_jpeg_quality(image: Any, jpeg_quality: Any, dct_method: str = "", name: Any = None) -> Any:
    """Encodes as JPEG of a quality and decodes again; `dct_method` has no effect."""
    image = to_tensor(image)
    kind = image.dtype
    pixels = convert_image_dtype(image, dtypes.uint8, saturate=True)
    decoded = decode_jpeg(encode_jpeg(pixels, quality=int(jpeg_quality)), channels=int(pixels.shape[-1]))
    return convert_image_dtype(decoded, kind, saturate=True)
