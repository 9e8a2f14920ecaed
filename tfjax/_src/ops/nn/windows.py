"""Convolution and pooling windows over 1, 2 or 3 spatial axes, channels last or first."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager.args import Float, Name, Real, Static, TensorArg
from tfjax._src.eager.op import op
from tfjax._src.eager.sizes import is_symbolic

#: What the kernels of convolutions take.
Numbers = Annotated[Any, TensorArg("T", frozenset({*dtypes.FLOATS, dtypes.int32}))]


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
        needed = (-(-size // stride) - 1) * stride + span - size
        if len(sizes) < 3 or is_symbolic(needed):
            needed = max(needed, 0)
        # Where steps are larger than windows, the kernels for volumes cut what they would not pad.
        before = needed // 2 if is_symbolic(needed) or needed > 0 else -(-needed // 2)
        pairs.append((before, needed - before))
    return tuple(pairs)


@op("_internal.convolution", raw="Conv2D", host=False)
def convolution(x: Numbers, kernel: Numbers, strides: Static, padding: Static, dilations: Static, groups: int, channels_last: bool, name: Name = None):
    """Convolves [batch, *spatial, channels] with kernels [*window, channels / groups, filters]."""
    rank = x.ndim - 2
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    pairs = explicit_padding(padding, sizes, kernel.shape[:rank], strides, dilations)
    return jax.lax.conv_general_dilated(
        x, kernel, strides, pairs, rhs_dilation=dilations, feature_group_count=groups,
        dimension_numbers=dimension_numbers(rank, channels_last),
    )


def _forward(strides, padding, dilations, groups, channels_last, sizes, outs, window):
    """The convolution (inputs, kernels) from `sizes` to `outs` of which the transposes are wanted."""
    pairs = []
    for i, (size, out) in enumerate(zip(sizes, outs)):
        # Keras layers ask for sizes that "SAME" would not lead to: what is missing is padded behind.
        total = (out - 1) * strides[i] + (window[i] - 1) * dilations[i] + 1 - size
        if isinstance(padding, str):
            before = max(total, 0) // 2 if padding.upper() == "SAME" else 0
        else:
            before = padding[i][0]
        pairs.append((before, total - before))
    numbers = dimension_numbers(len(window), channels_last)

    def run(x, kernel):
        return jax.lax.conv_general_dilated(
            x, kernel, strides, pairs, rhs_dilation=dilations, feature_group_count=groups, dimension_numbers=numbers
        )

    return run


def _spread_convolution(x, kernel, strides, padding, dilations, outs, channels_last, groups):
    """A transposed convolution as a convolution of the spread inputs: JAX transposes none of integers."""
    rank = x.ndim - 2
    pairs = []
    for i, (out, size) in enumerate(zip(outs, x.shape[1:-1] if channels_last else x.shape[2:])):
        span, spread = (kernel.shape[i] - 1) * dilations[i] + 1, (size - 1) * strides[i] + 1
        total = max(spread + span - 1 - out, 0)
        before = padding[i][0] if not isinstance(padding, str) else total // 2 if padding == "SAME" else 0
        first = span - 1 - before
        pairs.append((first, out - spread - first + span - 1))
    *window, depth, filters = kernel.shape
    parts = jnp.reshape(jnp.flip(kernel, range(rank)), (*window, depth, groups, filters // groups))
    turned = jnp.reshape(jnp.moveaxis(parts, (-1, -2, -3), (-3, -2, -1)), (*window, filters // groups, groups * depth))
    return jax.lax.conv_general_dilated(
        x, turned, (1,) * rank, pairs, lhs_dilation=strides, rhs_dilation=dilations, feature_group_count=groups,
        dimension_numbers=dimension_numbers(rank, channels_last),
    )


@op("_internal.convolution_transpose", raw="Conv2DBackpropInput", host=False)
def convolution_transpose(x: Numbers, kernel: Numbers, strides: Static, padding: Static, dilations: Static, output_sizes: Static, channels_last: bool, groups: int = 1, name: Name = None):
    """What a convolution's inputs get from its outputs `x`; kernels [*window, filters / groups, channels]."""
    if not jnp.issubdtype(x.dtype, jnp.inexact):
        return _spread_convolution(x, kernel, strides, padding, dilations, output_sizes, channels_last, groups)
    rank = x.ndim - 2
    filters = kernel.shape[-2] * groups
    shape = (x.shape[0], *output_sizes, filters) if channels_last else (x.shape[0], filters, *output_sizes)
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    forward = _forward(strides, padding, dilations, groups, channels_last, output_sizes, sizes, kernel.shape[:rank])
    return jax.linear_transpose(lambda y: forward(y, kernel), jax.ShapeDtypeStruct(shape, x.dtype))(x)[0]


def convolution_filter(x, out, strides, padding, dilations, shape, groups, channels_last: bool):
    """What a convolution's kernels of a given shape get from its outputs `out`."""
    sizes, outs = (v.shape[1:-1] if channels_last else v.shape[2:] for v in (x, out))
    forward = _forward(strides, padding, dilations, groups, channels_last, sizes, outs, shape[:-2])
    return jax.linear_transpose(lambda k: forward(x, k), jax.ShapeDtypeStruct(shape, x.dtype))(out)[0]


def smallest(dtype):
    """The least finite number of a dtype."""
    return np.asarray(jnp.finfo(dtype).min if jnp.issubdtype(dtype, jnp.floating) else np.iinfo(dtype).min, dtype)


def lowest(dtype):
    """What no element of a dtype is below."""
    return np.asarray(-np.inf if jnp.issubdtype(dtype, jnp.floating) else np.iinfo(dtype).min, dtype)


def shifted(x, windows, strides, padding, dilations):
    """[batch, *spatial, channels, prod(windows)]: the elements of each window, channels last.

    Padding is the dtype's lowest number: it never is a maximum.
    """
    sizes = x.shape[1:-1]
    pairs = explicit_padding(padding, sizes, windows, strides, dilations)
    padded = jnp.pad(x, ((0, 0), *pairs, (0, 0)), constant_values=lowest(x.dtype))
    outs = [
        (size + a + b - (w - 1) * d - 1) // s + 1
        for size, (a, b), w, s, d in zip(sizes, pairs, windows, strides, dilations)
    ]
    parts = []
    for offset in itertools.product(*map(range, windows)):
        spans = [slice(o * d, o * d + (n - 1) * s + 1, s) for o, d, n, s in zip(offset, dilations, outs, strides)]
        parts.append(padded[(slice(None), *spans, slice(None))])
    return jnp.stack(parts, axis=-1)


def first_largest(parts):
    """(the largest, its index) along the last axis; gradients go to the first of equal ones."""
    best = jnp.argmax(parts, axis=-1)
    return jnp.take_along_axis(parts, best[..., None], axis=-1)[..., 0], best


def _full(values, channels_last: bool):
    return (1, *values, 1) if channels_last else (1, 1, *values)


def _cut(x, pairs, channels_last: bool):
    """(`x` without what negative padding takes away, the padding that is left)."""
    if all(not is_symbolic(n) and n >= 0 for pair in pairs for n in pair):
        return x, pairs
    first = 1 if channels_last else 2
    spans = [slice(None)] * x.ndim
    for i, (before, after) in enumerate(pairs):
        if not is_symbolic(before):
            spans[first + i] = slice(max(-before, 0), x.shape[first + i] + min(after, 0))
    return x[tuple(spans)], tuple([p if is_symbolic(p[0]) else (max(p[0], 0), max(p[1], 0)) for p in pairs])


def _clipped(sizes, windows, strides, pairs):
    """(windows, strides, pairs, counts) without axes of which every window covers all.

    The work of a window does not grow with what it has outside of its axis then.
    """
    found = []
    for size, window, stride, (before, after) in zip(sizes, windows, strides, pairs):
        if type(size) is int and window > size > 0:
            count = (size + before + after - window) // stride + 1
            if count > 0 and before >= (count - 1) * stride and window - before >= size:
                found.append((size, 1, (0, 0), count))
                continue
        found.append((window, stride, (before, after), None))
    return tuple(zip(*found))


def _repeated(x, counts, channels_last: bool):
    """`x` repeated along the axes that `_clipped` took out."""
    for i, count in enumerate(counts):
        if count is not None:
            x = jnp.repeat(x, count, axis=i + (1 if channels_last else 2))
    return x


@op("_internal.max_pool", raw="MaxPool", host=False)
def max_pool(x: Real, windows: Static, strides: Static, padding: Static, channels_last: bool, dilations: Static = None, name: Name = None):
    """The largest element of each window; over planes and lines NaN counts as the least number."""
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    floats = jnp.issubdtype(x.dtype, jnp.floating)
    if floats and len(sizes) < 3:
        x = jnp.where(jnp.isnan(x), smallest(x.dtype), x)
    if max(dilations or (1,)) > 1:
        # XLA has no gradient for spread windows.
        last = x if channels_last else jnp.moveaxis(x, 1, -1)
        largest = first_largest(shifted(last, windows, strides, padding, dilations))[0]
        return largest if channels_last else jnp.moveaxis(largest, -1, 1)
    pairs = explicit_padding(padding, sizes, windows, strides, (1,) * len(windows))
    x, pairs = _cut(x, pairs, channels_last)
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    windows, strides, pairs, counts = _clipped(sizes, windows, strides, pairs)
    full = ((0, 0), *pairs, (0, 0)) if channels_last else ((0, 0), (0, 0), *pairs)
    largest = jax.lax.reduce_window(
        x, lowest(x.dtype), jax.lax.max, _full(windows, channels_last), _full(strides, channels_last), full
    )
    if floats:
        largest = jnp.where(largest < smallest(x.dtype), smallest(x.dtype), largest)
    return _repeated(largest, counts, channels_last)


@op("_internal.avg_pool", raw="AvgPool", host=False)
def avg_pool(x: Float, windows: Static, strides: Static, padding: Static, channels_last: bool, dilations: Static = None, name: Name = None):
    """The mean of each window; padding does not count."""
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    dilations = dilations or (1,) * len(windows)
    pairs = explicit_padding(padding, sizes, windows, strides, dilations)
    x, pairs = _cut(x, pairs, channels_last)
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    counts = (None,) * len(windows)
    if max(dilations) == 1:
        windows, strides, pairs, counts = _clipped(sizes, windows, strides, pairs)
    full = ((0, 0), *pairs, (0, 0)) if channels_last else ((0, 0), (0, 0), *pairs)

    def total(values):
        return jax.lax.reduce_window(
            values, np.zeros((), values.dtype), jax.lax.add, _full(windows, channels_last), _full(strides, channels_last), full,
            window_dilation=_full(dilations, channels_last),
        )

    if all(a == b == 0 for a, b in pairs):
        return _repeated(total(x) / np.asarray(math.prod(windows), x.dtype), counts, channels_last)
    shape = [n if 0 < i < x.ndim - 1 or (not channels_last and i > 1) else 1 for i, n in enumerate(x.shape)]
    return _repeated(total(x) / total(jnp.ones(shape, x.dtype)), counts, channels_last)
