"""Convolution and pooling windows over 1, 2 or 3 spatial axes, channels last or first."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager.args import Float, Name, Real, Static
from tfjax._src.eager.op import op


def dimension_numbers(rank: int, channels_last: bool) -> tuple[str, str, str]:
    """XLA's names of the axes of inputs, kernels and outputs."""
    axes = "DHW"[3 - rank :]
    data = f"N{axes}C" if channels_last else f"NC{axes}"
    return data, f"{axes}IO", data


def explicit_padding(padding, sizes, windows, strides, dilations):
    """(before, after) per spatial axis; `padding` is "SAME", "VALID", "CAUSAL" or such pairs."""
    if not isinstance(padding, str):
        return tuple(padding)
    if padding.upper() == "VALID":
        return ((0, 0),) * len(sizes)
    spans = [(w - 1) * d + 1 for w, d in zip(windows, dilations)]
    if padding.upper() == "CAUSAL":
        return tuple((span - 1, 0) for span in spans)
    pairs = []
    for size, span, stride in zip(sizes, spans, strides):
        needed = max((-(-size // stride) - 1) * stride + span - size, 0)
        pairs.append((needed // 2, needed - needed // 2))
    return tuple(pairs)


@op("_internal.convolution", raw="Conv2D", host=False)
def convolution(x: Float, kernel: Float, strides: Static, padding: Static, dilations: Static, groups: int, channels_last: bool, name: Name = None):
    """Convolves [batch, *spatial, channels] with kernels [*window, channels / groups, filters]."""
    rank = x.ndim - 2
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    pairs = explicit_padding(padding, sizes, kernel.shape[:rank], strides, dilations)
    return jax.lax.conv_general_dilated(
        x, kernel, strides, pairs, rhs_dilation=dilations, feature_group_count=groups,
        dimension_numbers=dimension_numbers(rank, channels_last),
    )


@op("_internal.convolution_transpose", raw="Conv2DBackpropInput", host=False)
def convolution_transpose(x: Float, kernel: Float, strides: Static, padding: Static, dilations: Static, output_sizes: Static, channels_last: bool, name: Name = None):
    """The transpose (gradient) of a convolution; kernels [*window, filters, channels]."""
    rank = x.ndim - 2
    flipped = jnp.flip(kernel, tuple(range(rank)))
    spans = [(w - 1) * d + 1 for w, d in zip(kernel.shape[:rank], dilations)]
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    pairs = []
    for size, out, span, stride in zip(sizes, output_sizes, spans, strides):
        # Padding of the forward convolution from `out` to `size`.
        total = max((size - 1) * stride + span - out, 0) if padding.upper() == "SAME" else 0
        before = total // 2
        left = span - 1 - before
        right = out - ((size - 1) * stride + 1) - left + span - 1
        pairs.append((left, right))
    data, _, result = dimension_numbers(rank, channels_last)
    return jax.lax.conv_general_dilated(
        x, flipped, (1,) * rank, pairs, lhs_dilation=strides, rhs_dilation=dilations,
        dimension_numbers=(data, data[1:-1].replace("C", "") + "OI" if channels_last else data[2:] + "OI", result),
    )


def _full(values, channels_last: bool):
    return (1, *values, 1) if channels_last else (1, 1, *values)


@op("_internal.max_pool", raw="MaxPool", host=False)
def max_pool(x: Real, windows: Static, strides: Static, padding: Static, channels_last: bool, name: Name = None):
    """The largest element of each window."""
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    pairs = explicit_padding(padding, sizes, windows, strides, (1,) * len(windows))
    lowest = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
    full = ((0, 0), *pairs, (0, 0)) if channels_last else ((0, 0), (0, 0), *pairs)
    return jax.lax.reduce_window(
        x, np.asarray(lowest, x.dtype), jax.lax.max, _full(windows, channels_last), _full(strides, channels_last), full
    )


@op("_internal.avg_pool", raw="AvgPool", host=False)
def avg_pool(x: Float, windows: Static, strides: Static, padding: Static, channels_last: bool, name: Name = None):
    """The mean of each window; padding does not count."""
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    pairs = explicit_padding(padding, sizes, windows, strides, (1,) * len(windows))
    full = ((0, 0), *pairs, (0, 0)) if channels_last else ((0, 0), (0, 0), *pairs)

    def total(values):
        return jax.lax.reduce_window(
            values, np.zeros((), values.dtype), jax.lax.add, _full(windows, channels_last), _full(strides, channels_last), full
        )

    if all(a == b == 0 for a, b in pairs):
        return total(x) / np.asarray(math.prod(windows), x.dtype)
    shape = [n if 0 < i < x.ndim - 1 or (not channels_last and i > 1) else 1 for i, n in enumerate(x.shape)]
    return total(x) / total(jnp.ones(shape, x.dtype))
