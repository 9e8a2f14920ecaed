"""Numbers rounded to those that a few bits can express, for training that knows of quantization.

The range is moved a little so that 0 is one of the numbers. Gradients pass through within the range;
outside they go to the range's ends.
"""

from __future__ import annotations

import collections
from typing import Annotated, Any

import jax
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import Name, Static, TensorArg
from tfjax._src.eager.op import namespace, op

_Single = Annotated[Any, TensorArg("", frozenset({dtypes.float32}), default=dtypes.float32)]
_Gradients = collections.namedtuple(
    "FakeQuantWithMinMaxVarsGradient", ["backprops_wrt_input", "backprop_wrt_min", "backprop_wrt_max"]
)
_ChannelGradients = collections.namedtuple("FakeQuantWithMinMaxVarsPerChannelGradient", _Gradients._fields)


def _check(bits: int) -> None:
    if not 2 <= bits <= 16:
        raise InvalidArgumentError(None, None, "num_bits must be between 2 and 16, inclusive")


def _ends(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """The ends of a range given as Python numbers."""
    if not low < high:
        raise InvalidArgumentError(None, None, f"min has to be smaller than max, was: {low:g} >= {high:g}")
    return np.asarray(low, np.float32), np.asarray(high, np.float32)


def _check_channels(inputs: Any, low: Any, high: Any) -> None:
    for what, end in (("min", low), ("max", high)):
        if end.shape != inputs.shape[-1:]:
            size = end.shape[0] if end.shape else 1
            raise InvalidArgumentError(None, None, f"{what} has incorrect size, expected {inputs.shape[-1]} was {size}")


def _moved(xp: Any, low: Any, high: Any, bits: int, narrow: bool) -> tuple[Any, Any, Any, Any]:
    """(scale, low, high) with 0 on the grid, and whether the range is just 0."""
    first, last = np.float32(1 if narrow else 0), np.float32(2**bits - 1)
    nothing = (low == 0) & (high == 0)
    scale = xp.where(nothing, np.float32(1), (high - low) / (last - first))
    zero = xp.floor(xp.clip(first - low / scale, first, last) + np.float32(0.5))
    return scale, (first - zero) * scale, (last - zero) * scale, nothing


def _rounded(x: Any, low: Any, high: Any, bits: int, narrow: bool) -> Any:
    _check(bits)
    xp = namespace(x, low, high)
    scale, bottom, top, nothing = _moved(xp, low, high, bits, narrow)
    inside = xp.maximum(xp.minimum(x, top), bottom)
    steps = xp.floor((inside - bottom) / scale + np.float32(0.5))
    result = xp.where(nothing, np.float32(0), steps * scale + bottom)
    if xp is np:
        return result
    through = xp.where(nothing, x, xp.where(x < bottom, low, xp.where(x > top, high, x)))
    return jax.lax.stop_gradient(result) + (through - jax.lax.stop_gradient(through))


def _sides(x: Any, low: Any, high: Any, bits: int, narrow: bool) -> tuple[Any, Any]:
    """Where `x` lies below and where above the range."""
    _check(bits)
    xp = namespace(x, low, high)
    _, bottom, top, nothing = _moved(xp, low, high, bits, narrow)
    return (x < bottom) & ~nothing, (x > top) & ~nothing


@op("quantization.fake_quant_with_min_max_args", raw="FakeQuantWithMinMaxArgs")
def fake_quant_with_min_max_args(
    inputs: _Single, min: Static = -6, max: Static = 6, num_bits: Static = 8, narrow_range: Static = False, name: Name = None
):
    """Rounds to the numbers of `num_bits` bits in a fixed range.

    Args:
      inputs: float32.
      min, max: Python numbers, the ends of the range.
      num_bits: 2 to 16.
      narrow_range: leaves out the lowest number, so that the range can be symmetric.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.quantization.fake_quant_with_min_max_args([0.3, 7.0], min=0.0, max=3.0, num_bits=2).numpy()
    array([0., 3.], dtype=float32)
    """
    return _rounded(inputs, *_ends(min, max), num_bits, narrow_range)


@op("quantization.fake_quant_with_min_max_vars", raw="FakeQuantWithMinMaxVars")
def fake_quant_with_min_max_vars(
    inputs: _Single, min: _Single, max: _Single, num_bits: Static = 8, narrow_range: Static = False, name: Name = None
):
    """As `fake_quant_with_min_max_args`, with ends that are tensors and get gradients.

    >>> import tfjax as tf
    >>> tf.quantization.fake_quant_with_min_max_vars([0.3, 7.0], 0.0, 3.0, num_bits=2).numpy()
    array([0., 3.], dtype=float32)
    """
    return _rounded(inputs, min, max, num_bits, narrow_range)


@op("quantization.fake_quant_with_min_max_vars_per_channel", raw="FakeQuantWithMinMaxVarsPerChannel")
def fake_quant_with_min_max_vars_per_channel(
    inputs: _Single, min: _Single, max: _Single, num_bits: Static = 8, narrow_range: Static = False, name: Name = None
):
    """As `fake_quant_with_min_max_vars`, with a range for each index of the last axis."""
    _check_channels(inputs, min, max)
    return _rounded(inputs, min, max, num_bits, narrow_range)


@op("quantization.fake_quant_with_min_max_args_gradient", raw="FakeQuantWithMinMaxArgsGradient", differentiable=False)
def fake_quant_with_min_max_args_gradient(
    gradients: _Single, inputs: _Single, min: Static = -6, max: Static = 6, num_bits: Static = 8,
    narrow_range: Static = False, name: Name = None,
):
    """The gradients where `inputs` lies in the range, else 0."""
    below, above = _sides(inputs, *_ends(min, max), num_bits, narrow_range)
    return namespace(gradients, inputs).where(below | above, np.float32(0), gradients)


def _split(gradients: Any, inputs: Any, low: Any, high: Any, bits: int, narrow: bool, axes: Any) -> tuple[Any, Any, Any]:
    xp = namespace(gradients, inputs, low, high)
    below, above = _sides(inputs, low, high, bits, narrow)
    zero = np.float32(0)
    ends = [xp.sum(xp.where(side, gradients, zero), axis=axes) for side in (below, above)]
    return xp.where(below | above, zero, gradients), *ends


@op("quantization.fake_quant_with_min_max_vars_gradient", raw="FakeQuantWithMinMaxVarsGradient", differentiable=False)
def fake_quant_with_min_max_vars_gradient(
    gradients: _Single, inputs: _Single, min: _Single, max: _Single, num_bits: Static = 8, narrow_range: Static = False,
    name: Name = None,
):
    """The gradients for `inputs`, `min` and `max` of `fake_quant_with_min_max_vars`."""
    return _Gradients(*_split(gradients, inputs, min, max, num_bits, narrow_range, None))


@op(
    "quantization.fake_quant_with_min_max_vars_per_channel_gradient",
    raw="FakeQuantWithMinMaxVarsPerChannelGradient",
    differentiable=False,
)
def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: _Single, inputs: _Single, min: _Single, max: _Single, num_bits: Static = 8, narrow_range: Static = False,
    name: Name = None,
):
    """The gradients for `inputs`, `min` and `max` of `fake_quant_with_min_max_vars_per_channel`."""
    _check_channels(inputs, min, max)
    outer = tuple(range(inputs.ndim - 1))
    return _ChannelGradients(*_split(gradients, inputs, min, max, num_bits, narrow_range, outer))
