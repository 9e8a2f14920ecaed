"""Convolutions and pooling by any rank, separable and dilated ones, maxima with their positions."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import DTypeArg, Name, Real, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.ops.array.shaping import reshape, reverse
from tfjax._src.ops.math.elementwise import negative
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.blocks import batch_to_space, space_to_batch
from tfjax._src.ops.nn.convolutions import convolve, depthwise_conv2d, window_padding, window_sizes

MaxPoolWithArgmax = namedtuple("MaxPoolWithArgmax", ["output", "argmax"])


def _per_axis(value: Any, rank: int, name: str) -> tuple[int, ...]:
    value = statics.value(value)
    values = (
        (1,) * rank
        if value is None
        else (value,) * rank
        if isinstance(value, int)
        else tuple(value)
    )
    if len(values) == 1:
        values *= rank
    if len(values) != rank:
        raise ValueError(f"`{name}` must have {rank} elements. Received: {list(values)}")
    if min(values) < 1:
        raise ValueError(
            f"all values of `{name}` must be positive. Received: {name}={np.array(values)}"
        )
    return values


def _steps(strides: Any, dilations: Any, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    steps, gaps = _per_axis(strides, rank, "strides"), _per_axis(dilations, rank, "dilation_rate")
    if max(steps) > 1 and max(gaps) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={np.array(steps)} and dilation_rate={np.array(gaps)}"
        )
    return steps, gaps


@export("nn.convolution")
@recorded
def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Convolves over 1, 2 or 3 spatial axes, as many as `filters` has.

    Args:
      input: [*batch, *spatial, channels], or channels before the spatial axes.
      filters: [*window, channels / groups, filters].
      strides, dilations: an int, or one for each spatial axis; not both above 1.
      padding: "SAME" or "VALID".
      data_format: starts with "NC" if channels come first.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.convolution(tf.ones((1, 9, 9, 3)), tf.ones((3, 3, 3, 2)), dilations=2).shape
    TensorShape([1, 5, 5, 2])
    """
    x, kernel = to_tensor(input), to_tensor(filters)
    rank = len(kernel.shape) - 2
    steps, gaps = _steps(strides, dilations, rank)
    outer = len(x.shape) - 1 - rank
    if outer < 1 or rank not in (1, 2, 3):
        raise ValueError(
            f"`input` must have a batch, {rank} spatial and a channel axis. Received: input.shape={x.shape}"
        )
    if outer == 1:
        return convolve(x, kernel, steps, padding, data_format, gaps, rank)
    dims = x.shape.as_list()
    flat = convolve(
        reshape(x, [-1, *dims[outer:]]), kernel, steps, padding, data_format, gaps, rank
    )
    return reshape(flat, [*dims[:outer], *flat.shape.as_list()[1:]])


@export("nn.pool")
@recorded
def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """The maximum or the mean of windows over the spatial axes, which may be spread.

    Args:
      input: [batch, *spatial, channels], or channels before the spatial axes.
      window_shape: a size for each spatial axis.
      pooling_type: "MAX" or "AVG".
      strides, dilations: an int, or one for each spatial axis; not both above 1.
      padding: "SAME" (without dilations) or "VALID".
      data_format: starts with "NC" if channels come first.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.pool(tf.ones((1, 9, 9, 3)), [2, 3], "MAX", dilations=[2, 1]).shape
    TensorShape([1, 7, 7, 3])
    """
    x, rank = to_tensor(input), len(window_shape)
    steps, gaps = _steps(strides, dilations, rank)
    if padding == "SAME" and max(gaps) > 1:
        raise ValueError(
            "pooling with 'SAME' padding is not implemented for `dilation_rate` > 1. "
            f"Received: padding={padding} and dilation_rate={np.array(gaps)}"
        )
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"{rank}-D {pooling_type} pooling is not supported.")
    last = data_format is None or not str(data_format).startswith("NC")
    function = windows.max_pool if pooling_type == "MAX" else windows.avg_pool
    return function(
        x,
        _per_axis(window_shape, rank, "window_shape"),
        steps,
        window_padding(padding, last),
        last,
        gaps,
    )


@op("_internal.max_pool_with_argmax", raw="MaxPoolWithArgmax", host=False)
def _max_pool_with_argmax(
    x: Real,
    sizes: Static,
    strides: Static,
    padding: Static,
    dtype: DTypeArg,
    batches: bool,
    name: Name = None,
):
    ones = (1, 1)
    largest, best = windows.first_largest(windows.shifted(x, sizes, strides, padding, ones))
    count, height, width, channels = x.shape
    (top, _), (left, _) = windows.explicit_padding(padding, (height, width), sizes, strides, ones)
    rows = jnp.arange(largest.shape[1])[:, None, None] * strides[0] - top + best // sizes[1]
    columns = jnp.arange(largest.shape[2])[:, None] * strides[1] - left + best % sizes[1]
    index = (rows * width + columns) * channels + jnp.arange(channels)
    if batches:
        index += jnp.arange(count)[:, None, None, None] * (height * width * channels)
    return largest, index.astype(dtype.np)


@export("nn.max_pool_with_argmax")
@recorded
def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    output_dtype: Any = dtypes.int64,
    include_batch_in_index: bool = False,
    name: Any = None,
) -> Any:
    """The maximum of windows and where it stands in the flattened image.

    Args:
      input: [batch, height, width, channels].
      ksize, strides: 1, 2 or 4 ints.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      output_dtype: of the positions: int32 or int64.
      include_batch_in_index: count positions through the whole batch, not image by image.
      name: no effect.

    Returns:
      (output, argmax).

    >>> import tfjax as tf
    >>> tf.nn.max_pool_with_argmax([[[[1.0], [5.0]], [[2.0], [3.0]]]], 2, 2, "VALID").argmax.numpy().tolist()
    [[[[1]]]]
    """
    if data_format != "NHWC":
        raise ValueError(
            f"`data_format` values other  than 'NHWC' are not supported. Received: data_format={data_format}"
        )
    sizes, steps = window_sizes(ksize, 2, True, "ksize"), window_sizes(strides, 2, True, "strides")
    return MaxPoolWithArgmax(
        *_max_pool_with_argmax(
            input,
            sizes,
            steps,
            window_padding(padding, True),
            dtypes.as_dtype(output_dtype),
            bool(include_batch_in_index),
        )
    )


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
    rates = tuple(statics.value(dilation_rate))
    if min(rates) < 1:
        raise ValueError(
            f"all values of `dilation_rate` must be positive. Received: dilation_rate={np.array(rates)}"
        )
    first = 2 if data_format is not None and str(data_format).startswith("NC") else 1
    axes = (
        list(range(first, first + len(rates)))
        if spatial_dims is None
        else sorted(statics.value(spatial_dims))
    )
    if all(rate == 1 for rate in rates):
        return op(x, len(rates), padding)
    before = [0] * len(rates)
    after = [0] * len(rates)
    if padding.upper() == "SAME":
        if filter_shape is None:
            raise ValueError(
                "`filter_shape` must be specified for `padding='SAME'`. Received: filter_shape=None and padding=SAME"
            )
        spans = [(size - 1) * rate for size, rate in zip(statics.value(filter_shape), rates)]
        before, after = [span // 2 for span in spans], [span - span // 2 for span in spans]
    elif padding.upper() != "VALID":
        raise ValueError(f"Invalid `padding` method specified. Received: padding={padding}")
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


@export("nn.separable_conv2d")
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
    pointwise = to_tensor(pointwise_filter)
    for size in pointwise.shape.as_list()[:2]:
        if size != 1:
            raise ValueError(f"Dimensions {size} and 1 are not compatible")
    kernel = to_tensor(depthwise_filter)

    def deep(x: Any, rank: Any, edges: Any) -> Any:
        return depthwise_conv2d(x, kernel, strides, edges, data_format)

    # Strides count within the interleaved parts, as in TensorFlow.
    mixed = with_space_to_batch(
        input, dilations or (1, 1), padding, deep, kernel.shape.as_list()[:2], None, data_format
    )
    return convolve(mixed, pointwise, 1, "VALID", data_format, None, 2)


@export("nn.atrous_conv2d")
@recorded
def atrous_conv2d(value: Any, filters: Any, rate: Any, padding: Any, name: Any = None) -> Any:
    """`conv2d` with the filter's elements `rate` pixels apart.

    >>> import tfjax as tf
    >>> tf.nn.atrous_conv2d(tf.ones((1, 7, 7, 2)), tf.ones((3, 3, 2, 4)), 2, "VALID").shape
    TensorShape([1, 3, 3, 4])
    """
    return convolution(value, filters, None, padding, None, (statics.integer(rate),) * 2)


@op("_internal.dilation2d", raw="Dilation2D", host=False)
def _dilation2d(
    x: Real, filters: Real, strides: Static, padding: Static, rates: Static, name: Name = None
):
    height, width, channels = filters.shape
    parts = windows.shifted(x, (height, width), strides, padding, rates)
    return windows.first_largest(parts + jnp.reshape(filters, (-1, channels)).T)[0]


def _check_format(data_format: str) -> None:
    if data_format != "NHWC":
        raise ValueError(
            f"`data_format` values other  than 'NHWC' are not supported. Received: data_format={data_format}"
        )


@export("nn.dilation2d")
def dilation2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: Any = None,
) -> Any:
    """Grey dilation: the maximum over a window of pixel plus filter.

    Args:
      input: [batch, height, width, channels].
      filters: [height, width, channels].
      strides, dilations: 4 ints.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.dilation2d(tf.ones((1, 3, 3, 1)), tf.zeros((2, 2, 1)), [1] * 4, "VALID", "NHWC", [1] * 4).shape
    TensorShape([1, 2, 2, 1])
    """
    _check_format(data_format)
    return _dilation2d(
        input,
        filters,
        window_sizes(strides, 2, True, "strides"),
        window_padding(padding, True),
        window_sizes(dilations, 2, True, "dilations"),
    )


@export("nn.erosion2d")
def erosion2d(
    value: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: Any = None,
) -> Any:
    """Grey erosion: the minimum over a window of pixel minus filter; arguments as of `dilation2d`.

    >>> import tfjax as tf
    >>> tf.nn.erosion2d(tf.ones((1, 3, 3, 1)), tf.zeros((2, 2, 1)), [1] * 4, "VALID", "NHWC", [1] * 4).shape
    TensorShape([1, 2, 2, 1])
    """
    return negative(
        dilation2d(
            negative(value), reverse(filters, [0, 1]), strides, padding, data_format, dilations
        )
    )
