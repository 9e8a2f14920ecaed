"""Glimpses: windows at places given as numbers, which may reach beyond the picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, FloatOther, Name, Shape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.translate import translate
from tfjax._src.ops import attributes, checks
from tfjax._src.ops.attributes import refused
from tfjax._src.ops.random.stateful import normal, uniform


def _starts(xp: Any, offsets: Any, size: int, length: int, centered: bool, normalized: bool) -> Any:
    """Where windows of a length begin on an axis of a size, as ints."""
    place = offsets
    if normalized:
        place = place * np.float32(size)
    if centered:
        place = place / 2 + np.float32((size - length) / 2) if normalized else place + np.float32(size / 2)
    # NaN, and what lies beyond 32 bits, is outside of the picture.
    far = np.float32(2**30)
    return xp.trunc(xp.clip(xp.where(xp.isnan(place), -far, place), -far, far)).astype(np.int32)


@op("_internal.extract_glimpse", raw="ExtractGlimpse", differentiable=False)
def _glimpse(input: Float, offsets: FloatOther, fill: FloatOther, size: Shape, centered: bool, normalized: bool, name: Name = None):
    """The windows; `fill` has their shape, or none."""
    xp = namespace(input, offsets, fill)
    batch, height, width, channels = input.shape
    starts = [_starts(xp, offsets[:, i], input.shape[1 + i], size[i], centered, normalized) for i in (0, 1)]
    rows, columns = (start[:, None] + np.arange(length, dtype=np.int32) for start, length in zip(starts, size))
    shape = (batch, *size, channels)
    if not height or not width:
        return xp.broadcast_to(fill, shape) + xp.zeros(shape, input.dtype)
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    rows, columns = xp.clip(rows, 0, height - 1), xp.clip(columns, 0, width - 1)
    picked = input[np.arange(batch)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return xp.where(inside[..., None], picked, fill)


def _check(x: Tensor, sizes: Tensor, places: Tensor, noise: str) -> None:
    if noise not in ("uniform", "gaussian", "zero"):
        raise refused(f"The noise could only be uniform, gaussian, or zero, got{noise}")
    if x.shape.rank != 4:
        raise refused(f"input must be 4-dimensional (batch_size, height, width, depth){checks.brackets(tuple(x.shape))}")
    if tuple(sizes.shape) != (2,):
        raise refused(f"input must be a vector of size 2 (height, width){checks.brackets(tuple(sizes.shape))}")
    for size in sizes.host_value().tolist():
        if size < 0:
            raise refused(f"Expected a non-negative size, got {size}")
    if places.shape.rank != 2:
        raise refused(f"input must be a matrix{checks.brackets(tuple(places.shape))}")
    if places.shape[0] != x.shape[0]:
        raise refused(f"first dimension should be batch{checks.brackets(tuple(places.shape))}")
    if places.shape[1] != 2:
        raise refused(f"second dimension should be of size 2 (y,x){checks.brackets(tuple(places.shape))}")


@export("image.extract_glimpse")
@recorded
def extract_glimpse(
    input: Any, size: Any, offsets: Any, centered: bool = True, normalized: bool = True, noise: str = "uniform", name: Any = None
) -> Any:
    """A window of each picture, at a place of its own.

    Args:
      input: [batch, height, width, channels], float32.
      size: [height, width] of the windows.
      offsets: [batch, 2]: y and x of the windows' places.
      centered: places are those of the windows' centres, counted from the picture's centre.
      normalized: places are in units of the picture's size: from -1 to 1 if centered, else from 0 to 1.
      noise: what stands outside of the picture: "uniform", "gaussian" or "zero".
      name: no effect.

    >>> import tfjax as tf
    >>> tf.image.extract_glimpse(tf.ones([1, 4, 4, 3]), [2, 2], [[0.0, 0.0]]).shape
    TensorShape([1, 2, 2, 3])
    """
    centered = attributes.flag("centered", centered, True)
    normalized = attributes.flag("normalized", normalized, True)
    kind = attributes.text("noise", "uniform" if noise is None else noise) or "uniform"
    if isinstance(size, Tensor) and size.dtype != dtypes.int32:
        raise refused(f"size was expected to be a int32 tensor but is a {size.dtype.name} tensor")
    x, sizes = to_tensor(input, dtypes.float32), to_tensor(size, dtypes.int32)
    places = to_tensor(offsets, dtypes.float32)
    try:
        _check(x, sizes, places, kind)
    except InvalidArgumentError as error:
        raise translate(error, "ExtractGlimpseV2") from None
    shape = [x.shape[0], *sizes.host_value().tolist(), x.shape[3]]
    fill = to_tensor(0.0) if kind == "zero" else uniform(shape) if kind == "uniform" else normal(shape)
    return _glimpse(x, places, fill, shape[1:3], centered, normalized)
