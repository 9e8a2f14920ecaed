"""Overlapping frames of a signal, and the signal from its frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyTensor, Axis, Name, Numeric, Static
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import INT32, scalar_tensor


def _check_lengths(length: Tensor, step: Tensor, pad_end: Any) -> None:
    """TensorFlow's arithmetic on the two and on 32-bit sizes refuses other dtypes, each in its way."""
    for what, tensor, wrong in (("length", length, not pad_end), ("step", step, pad_end)):
        # Additions refuse a dtype, subtractions and divisions with a Python number a conversion.
        if tensor.dtype in (dtypes.bool, dtypes.string) and (wrong or tensor is step and tensor.dtype is dtypes.string):
            raise TypeError(f"The {what} of frames must be a 32-bit integer, got a tensor of {tensor.dtype.name}.")
        if tensor.dtype is not dtypes.int32:
            raise InvalidArgumentError(
                None, None, f"cannot compute FloorDiv as input #1(zero-based) was expected to be a {tensor.dtype.name} tensor but is a int32 tensor"
            )


def _prepare_frame(
    signal: Any, frame_length: Any, frame_step: Any, pad_end: Any, pad_value: Any, axis: Any, name: Any
) -> tuple[Any, ...]:
    signal = to_tensor(signal)
    length, step, place = scalar_tensor(frame_length), scalar_tensor(frame_step), scalar_tensor(axis)
    if not signal.shape.rank:
        raise ValueError("Shape () must have rank at least 1")
    if not place.dtype.is_integer:
        raise TypeError(f"list indices must be integers or slices, not {place.dtype.name}")
    pad_end = bool(statics.value(pad_end))
    _check_lengths(length, step, pad_end)
    if pad_end:
        pad_value = scalar_tensor(pad_value, signal.dtype)
    return signal, length, step, pad_end, pad_value, place, name


@op("signal.frame", raw="Frame", prepare=_prepare_frame)
def frame(
    signal: AnyTensor, frame_length: Static, frame_step: Static, pad_end: Static = False, pad_value: Static = 0,
    axis: Axis = -1, name: Name = None,
):
    """Cuts an axis into frames that may overlap: [..., frames, frame_length, ...].

    Args:
      signal: any tensor of rank 1 or more.
      frame_length: samples of a frame.
      frame_step: samples from one frame's start to the next.
      pad_end: also the frames that reach beyond the end, filled up with `pad_value`.
      pad_value: a scalar.
      axis: which axis.

    >>> import tfjax as tf
    >>> tf.signal.frame([1, 2, 3, 4], 2, 1).numpy().tolist()
    [[1, 2], [2, 3], [3, 4]]
    """
    xp = namespace(signal)
    length, step = frame_length, frame_step
    if step == 0:
        raise InvalidArgumentError(None, None, "Integer division by zero")
    if length < 0:
        raise InvalidArgumentError(None, None, f"Requires start <= limit when delta > 0: 0/{length}")
    axis = checks.axis(axis, signal.ndim)
    size = signal.shape[axis]
    if pad_end:
        count = -(-size // step)
        if count < 0:
            raise InvalidArgumentError(None, None, f"Requires start <= limit when delta > 0: 0/{count}")
        widths = [(0, 0)] * signal.ndim
        widths[axis] = (0, max(0, length + step * (count - 1) - size))
        signal = xp.pad(signal, widths, constant_values=pad_value)
    else:
        count = max(0, 1 + (size - length) // step)
    places = np.arange(count)[:, None] * step + np.arange(length)
    return xp.take(signal, places, axis=axis)


@op("_internal.overlap_and_add", raw="OverlapAndAdd")
def _overlap_and_add(signal: Numeric, frame_step: Static, name: Name = None):
    xp = namespace(signal)
    *outer, count, length = signal.shape
    step = frame_step
    parts = -(-length // step)
    total = step * (count - 1) + length
    padded = xp.pad(signal, [(0, 0)] * len(outer) + [(0, 0), (0, parts * step - length)])
    # [..., parts, count, step]: part p of frame i belongs to place i + p. With `parts` rows of zeros
    # behind each part's rows, rows that are one shorter shift part p by p places.
    skewed = xp.swapaxes(padded.reshape((*outer, count, parts, step)), -3, -2)
    skewed = xp.pad(skewed, [(0, 0)] * len(outer) + [(0, 0), (0, parts), (0, 0)])
    rows = count + parts - 1
    skewed = skewed.reshape((*outer, parts * (rows + 1), step))[..., : parts * rows, :]
    summed = xp.sum(skewed.reshape((*outer, parts, rows, step)), axis=-3, dtype=signal.dtype)
    return summed.reshape((*outer, rows * step))[..., :total]


@export("signal.overlap_and_add")
@recorded
def overlap_and_add(signal: Any, frame_step: Any, name: Any = None) -> Any:
    """Adds up frames that start `frame_step` apart: the counterpart of `frame`.

    Args:
      signal: [..., frames, frame_length].
      frame_step: a whole number.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.overlap_and_add([[1, 1, 1], [2, 2, 2]], 2).numpy()
    array([1, 1, 3, 2, 2], dtype=int32)
    """
    shape = tuple(signal.shape) if hasattr(signal, "shape") else np.shape(signal)
    if len(shape) < 2:
        raise ValueError(f"Shape {shape} must have rank at least 2")
    step_tensor = scalar_tensor(frame_step)
    if not step_tensor.dtype.is_integer:
        raise ValueError(f"frame_step must be an integer. Got {step_tensor.dtype}")
    step = statics.value(step_tensor)
    if step > INT32.max:
        raise InvalidArgumentError(None, None, f"Paddings must be non-negative: 0 {-step}")
    return _overlap_and_add(signal, step)
