"""Convolutions of each channel on its own, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Float, Name, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op, pure
from tfjax._src.ops import attributes, checks
from tfjax._src.ops.attributes import refused
from tfjax._src.ops.nn import window_arguments as arguments
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.blocks import batch_to_space, space_to_batch
from tfjax._src.ops.nn.convolutions import convolve
from tfjax._src.ops.nn.window_arguments import FORMATS, Windows


def check_strides(strides: Any, last: bool) -> tuple[int, int]:
    """The strides of a depthwise convolution over the spatial axes."""
    if len(strides) != 4:
        raise refused("Sliding window strides field must specify 4 dimensions")
    across, down = arguments.spatial(strides, last)
    if across != down:
        raise refused("Current implementation only supports equal length strides in the row and column dimensions.")
    text = "Current implementation does not yet support strides in the batch and depth dimensions."
    arguments.check_outer(strides, last, text, InvalidArgumentError)
    arguments.check_positive((across,), "Stride must be > 0, but got {}")
    return across, down


@op("_internal.depthwise_conv2d", raw="DepthwiseConv2dNative", listed=True, host=False)
def _depthwise(input: Float, filter: Float, strides: Static, padding: Static, data_format: Static, name: Name = None):
    """The convolution without dilations."""
    arguments.check_padding(padding, data_format == "NHWC")
    attributes.check_choice("data_format", data_format, FORMATS[2])
    attributes.check_int32("strides", *strides)
    last = data_format == "NHWC"
    steps = check_strides(strides, last)
    for what, array in (("input", input), ("filter", filter)):
        if array.ndim != 4:
            raise refused(f"{what} must be 4-dimensional: {checks.brackets(array.shape)}")
    batch, channels = arguments.outer(input.shape, last)
    height, width, depth, multiplier = filter.shape
    if channels != depth:
        raise refused(f"input and filter must have the same depth: {channels} vs {depth}")
    pairs = padding if isinstance(padding, str) else arguments.spatial(padding, last)
    outs = arguments.output_sizes(arguments.spatial(input.shape, last), Windows((height, width), steps, (1, 1), pairs, last))
    shape = (batch, *outs, depth * multiplier) if last else (batch, depth * multiplier, *outs)
    if any(type(n) is int and n == 0 for n in (*shape, *filter.shape)):
        return jnp.zeros(shape, input.dtype)
    kernel = jnp.reshape(filter, (height, width, 1, channels * multiplier))
    return pure(windows.convolution)(input, kernel, steps, pairs, (1, 1), channels, last)


@export("nn.with_space_to_batch")
@recorded
def with_space_to_batch(
    input: Any,
    dilation_rate: Any,
    padding: str,
    op: Callable[..., Any],
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: Any = None,
) -> Any:
    """Runs `op` on the interleaved parts of its input, as if `op` skipped elements.

    Args:
      input: [batch, *spatial, channels].
      dilation_rate: a step for each spatial axis.
      padding: "SAME" or "VALID": of the whole; with a rate above 1 `op` runs with "VALID".
      op: called with (input, number of spatial axes, padding).
      filter_shape: the window's shape; needed for "SAME".
      spatial_dims: which axes; the first ones after the batch by default.
      data_format: starts with "NC" if channels come before the spatial axes.

    >>> import tfjax as tf
    >>> pool = lambda x, rank, padding: tf.nn.max_pool2d(x, 2, 1, padding)
    >>> tf.nn.with_space_to_batch(tf.ones((1, 6, 6, 1)), [2, 2], "VALID", pool).shape
    TensorShape([1, 4, 4, 1])
    """
    x = to_tensor(input)
    rates = statics.value(dilation_rate)
    if not isinstance(rates, tuple):
        raise ValueError(f"`dilation_rate.shape.rank` must be 1. Received: dilation_rate={dilation_rate} of rank 0")
    rates = tuple([int(rate) for rate in rates])
    if min(rates) < 1:
        raise ValueError(f"`dilation_rate` must be positive. Received: dilation_rate={np.array(rates)}")
    axes = _axes(len(rates), spatial_dims, data_format)
    if x.shape.rank < axes[-1] + 1:
        raise ValueError(
            f"`input.shape.rank` must be at least {axes[-1] + 1}. Received: input.shape={x.shape} with rank {x.shape.rank}"
        )
    if all(rate == 1 for rate in rates):
        return op(x, len(rates), padding)
    before, after = _margins(rates, padding, filter_shape)
    # Axes in front of the first spatial one and between them take part with blocks of 1.
    blocks, pads, crops = [], [], []
    for axis in range(1, axes[-1] + 1):
        i = axes.index(axis) if axis in axes else None
        rate, low, high = (1, 0, 0) if i is None else (rates[i], before[i], after[i])
        fill = -(x.shape[axis] + low + high) % rate
        blocks.append(rate)
        pads.append([low, high + fill])
        crops.append([0, fill])
    parts = op(space_to_batch(x, blocks, pads), len(rates), "VALID")
    return batch_to_space(parts, blocks, crops)


def _axes(count: int, spatial_dims: Any, data_format: Any) -> list[int]:
    if spatial_dims is not None:
        return sorted(statics.value(spatial_dims))
    first = 1 if arguments.channels_last(data_format) else 2
    return list(range(first, first + count))


def _margins(rates: tuple[int, ...], padding: Any, filter_shape: Any) -> tuple[list[int], list[int]]:
    """What the padding adds before and after each axis."""
    if padding == "VALID":
        return [0] * len(rates), [0] * len(rates)
    if padding != "SAME":
        raise ValueError(f"`padding` must be one of 'SAME' or 'VALID'. Received: padding={padding}")
    if filter_shape is None:
        raise ValueError(
            "`filter_shape` must be specified for `padding='SAME'`. Received: filter_shape=None and padding=SAME"
        )
    spans = [(size - 1) * rate for size, rate in zip(statics.value(filter_shape), rates)]
    return [span // 2 for span in spans], [span - span // 2 for span in spans]


def _one_by_one(kernel: Any, strides: Any, data_format: Any) -> Callable[..., Any]:
    """A function (input, rank, padding) that convolves each channel."""

    def run(x: Any, rank: Any, edges: Any) -> Any:
        steps = attributes.integers("strides", strides, "depthwise_conv2d_native")
        order = attributes.text("data_format", "NHWC" if data_format is None else data_format)
        return _depthwise(x, kernel, steps, arguments.padding_pairs(edges, 2), order)

    return run


@export("nn.depthwise_conv2d")
@recorded
def depthwise_conv2d(input: Any, filter: Any, strides: Any, padding: Any, data_format: Any = None, dilations: Any = None, name: Any = None) -> Any:
    """Convolves each channel on its own; `filter` is [height, width, channels, multiplier].

    Args:
      input: [batch, height, width, channels].
      filter: of the input's dtype.
      strides: 4 ints; with dilations they count within the interleaved parts.
      padding: "SAME", "VALID", or pairs (before, after) for all four axes.
      data_format: "NHWC" or "NCHW".
      dilations: 2 ints.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.depthwise_conv2d(tf.ones((1, 5, 5, 2)), tf.ones((3, 3, 2, 2)), [1] * 4, "SAME").shape
    TensorShape([1, 5, 5, 4])
    """
    rates = (1, 1) if dilations is None else dilations
    spread = any(rate > 1 for rate in statics.value(rates))
    kernel = to_tensor(filter)
    edges = "SAME" if spread and not isinstance(padding, str) else padding
    shape = kernel.shape.as_list()[:2]
    return with_space_to_batch(input, rates, edges, _one_by_one(kernel, strides, data_format), shape, None, data_format)


@export("nn.separable_conv2d")
@recorded
def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Convolves each channel on its own, then mixes the channels of each pixel.

    Args:
      input: [batch, height, width, channels].
      depthwise_filter: [height, width, channels, multiplier].
      pointwise_filter: [1, 1, channels * multiplier, filters].
      strides: 4 ints, of the first step.
      padding, data_format: as of `conv2d`.
      dilations: 2 ints, of the first step.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.separable_conv2d(tf.ones((1, 5, 5, 2)), tf.ones((3, 3, 2, 2)), tf.ones((1, 1, 4, 3)), [1] * 4, "SAME").shape
    TensorShape([1, 5, 5, 3])
    """
    kernel, pointwise = to_tensor(depthwise_filter), to_tensor(pointwise_filter)
    if pointwise.shape.rank != 4:
        raise ValueError(f"Shape {pointwise.shape} must have rank 4")
    for size in pointwise.shape.as_list()[:2]:
        if size != 1:
            raise ValueError(f"Dimensions {size} and 1 are not compatible")
    rates = (1, 1) if dilations is None else dilations
    shape = kernel.shape.as_list()[:2]
    deep = with_space_to_batch(input, rates, padding, _one_by_one(kernel, strides, data_format), shape, None, data_format)
    return convolve(deep, pointwise, 1, "VALID", data_format, None, 2)
