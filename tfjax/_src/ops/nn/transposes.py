"""Transposed convolutions of tf.nn, and the gradients of depthwise ones."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Float, Name, Shape, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op, pure
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import attributes
from tfjax._src.ops.attributes import refused
from tfjax._src.ops.nn import window_arguments as arguments
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.convolutions import check_convolution
from tfjax._src.ops.nn.depthwise import check_strides
from tfjax._src.ops.nn.window_arguments import FORMATS

_KERNELS = {1: "Conv2DCustomBackpropInput", 2: "Conv2DCustomBackpropInput", 3: "Conv3DBackpropInputOp"}


def _check_sizes(kernel_name: str, axis: int, outs: Any, given: Any, kernel: Any, strides: Any, padding: Any, dilations: Any) -> None:
    """Raises unless a convolution would lead from sizes `outs` to sizes `given`; `axis` is the first of them."""
    for i, (out, actual) in enumerate(zip(outs, given)):
        span = (kernel[i] - 1) * dilations[i] + 1
        if padding == "SAME":
            computed = -(-out // strides[i])
        else:
            added = 0 if isinstance(padding, str) else sum(padding[i])
            computed = (out + added - span) // strides[i] + 1
        if not is_symbolic(computed) and not is_symbolic(actual) and computed != actual:
            raise refused(
                f"{kernel_name}: Size of out_backprop doesn't match computed: actual = {actual}, computed = {computed} spatial_dim: {axis + i} "
                f"input: {out} filter: {kernel[i]} output: {actual} stride: {strides[i]} dilation: {dilations[i]}"
            )


def _channels(rank: int, channels: Any, depth: int, given: int, filters: int) -> int:
    """The number of groups."""
    if not depth:
        raise refused(f"{_KERNELS[rank]}: filter depth must be strictly greated than zero")
    if given != filters:
        raise refused(f"{_KERNELS[rank]}: filter and out_backprop must have the same out_depth")
    if channels % depth or not channels or (rank == 3 and channels != depth):
        if rank == 3:
            raise refused(
                f"input and filter_sizes must have the same number of channels. Got {channels} for input and {depth} for filter_sizes"
            )
        raise refused(f"{_KERNELS[rank]}: input depth must be evenly divisible by filter depth")
    return channels // depth


def _run(rank: int, x: Any, kernel: Any, shape: Any, strides: Any, padding: Any, data_format: str, dilations: Any) -> Any:
    """Checks and computes; `shape` is that of the result."""
    check_convolution(rank, strides, padding, data_format, dilations)
    last = data_format == FORMATS[rank][0]
    if x.ndim != rank + 2 or kernel.ndim != rank + 2:
        raise refused(f"filter and out_backprop must be {rank + 2}-dimensional")
    batch, depth = x.shape[0], kernel.shape[-2]
    if len(shape) == 2 == rank:
        shape = (batch, *shape, depth) if last else (batch, depth, *shape)
    if len(shape) != rank + 2:
        raise refused(
            f"Conv{max(rank, 2)}DBackpropInput requires input_sizes to contain {rank + 2} values or {rank} values, but got: {len(shape)}"
        )
    for size in shape:
        if not is_symbolic(size) and size < 0:
            raise refused(f"Dimension {size} must be >= 0")
    if not is_symbolic(shape[0]) and not is_symbolic(batch) and shape[0] != batch:
        raise refused(
            f"{_KERNELS[rank]}: input and out_backprop must have the same batch size. "
            f"Input batch: {shape[0]}, outbackprop batch: {batch}, batch_dim: 0"
        )
    groups = _channels(rank, arguments.outer(shape, last)[1], depth, arguments.outer(x.shape, last)[1], kernel.shape[-1])
    steps, gaps = arguments.spatial(strides, last), arguments.spatial(dilations, last)
    edges = padding if isinstance(padding, str) else arguments.spatial(padding, last)
    outs, given = arguments.spatial(shape, last), arguments.spatial(x.shape, last)
    # TensorFlow runs one axis as a plane of height 1.
    axis = (1 if last else 2) + (rank == 1)
    _check_sizes(_KERNELS[rank], axis, outs, given, kernel.shape[:rank], steps, edges, gaps)
    if any(type(n) is int and n == 0 for n in (*shape, *x.shape, *kernel.shape)):
        return jnp.zeros(shape, x.dtype)
    return pure(windows.convolution_transpose)(x, kernel, steps, edges, gaps, outs, last, groups)


@op("_internal.conv1d_transpose", raw="Conv2DBackpropInput", listed=True, host=False)
def _conv1d_transpose(out_backprop: windows.Numbers, filter: windows.Numbers, output_shape: Shape, strides: Static, padding: Static, data_format: Static, dilations: Static, name: Name = None):
    return _run(1, out_backprop, filter, output_shape, strides, padding, data_format, dilations)


@op("_internal.conv2d_transpose", raw="Conv2DBackpropInput", listed=True, host=False)
def _conv2d_transpose(out_backprop: windows.Numbers, filter: windows.Numbers, output_shape: Shape, strides: Static, padding: Static, data_format: Static, dilations: Static, name: Name = None):
    return _run(2, out_backprop, filter, output_shape, strides, padding, data_format, dilations)


@op("_internal.conv3d_transpose", raw="Conv3DBackpropInputV2", listed=True, host=False)
def _conv3d_transpose(out_backprop: Float, filter: Float, output_shape: Shape, strides: Static, padding: Static, data_format: Static, dilations: Static, name: Name = None):
    return _run(3, out_backprop, filter, output_shape, strides, padding, data_format, dilations)


def _target(value: Any, rank: int) -> Any:
    """The shape asked for, as a tensor or a tuple of sizes."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) or is_symbolic(v) for v in value):
        return statics.shape(value)
    if rank == 1 and not isinstance(value, Tensor):
        if isinstance(value, str):
            raise TypeError("Cannot convert [1] to EagerTensor of dtype string")
        value = to_tensor([int(v) if isinstance(v, np.integer) else v for v in value])
    if isinstance(value, Tensor) and rank < 3 and value.dtype != dtypes.int32:
        raise InvalidArgumentError(
            None, None, f"input_sizes was expected to be a int32 tensor but is a {value.dtype.name} tensor"
        )
    found = value if isinstance(value, Tensor) else to_tensor(value, None if rank == 3 else dtypes.int32)
    if found.shape.rank not in (1, None):
        raise InvalidArgumentError(None, None, f"input_sizes input must be 1-dim, not {found.shape.rank}")
    return found


def _transpose(
    x: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any,
    data_format: Any,
    dilations: Any,
    rank: int,
) -> Any:
    edges = arguments.padding_pairs(padding, rank) if rank == 2 else attributes.text("padding", padding)
    last = arguments.channels_last(data_format)
    steps = arguments.sequence("strides", strides, rank, last)
    gaps = arguments.sequence("dilations", dilations, rank, last)
    if rank == 1:
        # TensorFlow reads what stands for the batch axis as the step of an axis of size 1.
        steps, gaps = ((1, *v[1:]) if min(v) > 0 else v for v in (steps, gaps))
        x, filters = to_tensor(x), to_tensor(filters)
    order = attributes.text("data_format", FORMATS[rank][not last] if data_format is None or rank == 1 else data_format)
    function = (_conv1d_transpose, _conv2d_transpose, _conv3d_transpose)[rank - 1]
    return function(x, filters, _target(output_shape, rank), steps, edges, order, gaps)


@export("nn.conv1d_transpose")
@recorded
def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NWC",
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """The transpose of `conv1d`; arguments as of `conv2d_transpose`.

    >>> import tfjax as tf
    >>> tf.nn.conv1d_transpose(tf.ones((1, 4, 3)), tf.ones((3, 2, 3)), [1, 8, 2], 2).shape
    TensorShape([1, 8, 2])
    """
    if data_format not in (None, "NWC", "NCW", "NHWC", "NCHW"):
        raise ValueError(f"`data_format` must be 'NWC' or 'NCW'. Received: data_format={data_format}")
    return _transpose(input, filters, output_shape, strides, padding, data_format, dilations, 1)


@export("nn.conv2d_transpose")
@recorded
def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NHWC",
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """The transpose of `conv2d`, often called deconvolution.

    Args:
      input: [batch, height, width, input channels].
      filters: [height, width, output channels, input channels].
      output_shape: the result's shape, which `conv2d` with these arguments would take to `input`'s.
      strides, dilations: 1, 2 or 4 ints.
      padding: "SAME", "VALID" or pairs for all four axes, as of `conv2d`.
      data_format: "NHWC" or "NCHW".
      name: no effect.

    Raises:
      InvalidArgumentError: an output shape that does not fit.

    >>> import tfjax as tf
    >>> tf.nn.conv2d_transpose(tf.ones((1, 2, 2, 3)), tf.ones((3, 3, 5, 3)), [1, 4, 4, 5], 2).shape
    TensorShape([1, 4, 4, 5])
    """
    return _transpose(input, filters, output_shape, strides, padding, data_format, dilations, 2)


@export("nn.conv3d_transpose")
@recorded
def conv3d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str = "NDHWC",
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """The transpose of `conv3d`; arguments as of `conv2d_transpose`, with one more axis.

    >>> import tfjax as tf
    >>> tf.nn.conv3d_transpose(tf.ones((1, 2, 2, 2, 3)), tf.ones((3, 3, 3, 5, 3)), [1, 4, 4, 4, 5], 2).shape
    TensorShape([1, 4, 4, 4, 5])
    """
    return _transpose(input, filters, output_shape, strides, padding, data_format, dilations, 3)


@export("nn.conv_transpose")
@recorded
def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """`conv1d_transpose`, `conv2d_transpose` or `conv3d_transpose`, by the length of `output_shape`.

    >>> import tfjax as tf
    >>> tf.nn.conv_transpose(tf.ones((1, 4, 3)), tf.ones((3, 2, 3)), [1, 8, 2], 2).shape
    TensorShape([1, 8, 2])
    """
    if not isinstance(output_shape, (Tensor, Sized)):
        raise ValueError(f"`output_shape` must be a tensor or sized collection. Received: output_shape={output_shape}")
    rank = len(output_shape) - 2
    if rank not in (1, 2, 3):
        raise ValueError(
            f"`output_shape` must be of length 3, 4 or 5. Received: output_shape={output_shape} of length {rank + 2}."
        )
    return _transpose(input, filters, output_shape, strides, padding, data_format, dilations, rank)


@export("nn.atrous_conv2d_transpose")
@recorded
def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: Any, padding: Any, name: Any = None
) -> Any:
    """The transpose of `atrous_conv2d`; `filters` is [height, width, output channels, input channels].

    >>> import tfjax as tf
    >>> tf.nn.atrous_conv2d_transpose(tf.ones((1, 7, 7, 2)), tf.ones((3, 3, 4, 2)), [1, 11, 11, 4], 2, "VALID").shape
    TensorShape([1, 11, 11, 4])
    """
    if rate < 1:
        raise ValueError(f"`rate` cannot be less than one. Received: rate={rate}")
    if rate == 1:
        return conv2d_transpose(value, filters, output_shape, 1, padding)
    x, kernel, shape = to_tensor(value), to_tensor(filters), statics.shape(output_shape)
    if x.shape[3] != kernel.shape[3]:
        raise ValueError(
            "`value` channel count must be compatible with `filters` input channel count. "
            f"Received: value.shape={x.shape} with channel count {x.shape[3]} and filters.shape={kernel.shape} "
            f"with input channel count {kernel.shape[3]}."
        )
    if len(shape) != 4:
        raise ValueError(f"`output_shape` must have shape (4,). Received: output_shape={(len(shape),)}")
    if shape[3] != kernel.shape[2]:
        raise ValueError(
            "`output_shape` channel count must be compatible with `filters` output channel count. "
            f"Received: output_shape={list(shape)} with channel count {shape[3]} and filters.shape={kernel.shape} "
            f"with output channel count {kernel.shape[2]}."
        )
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"`padding` must be either 'VALID' or 'SAME'. Received: padding={padding}")
    return _transpose(x, kernel, shape, 1, padding, "NHWC", attributes.integer("rate", rate), 2)


@op("_internal.depthwise_backprop_input", raw="DepthwiseConv2dNativeBackpropInput", listed=True, host=False)
def _backprop_input(input_sizes: Shape, filter: Float, out_backprop: Float, strides: Static, padding: Static, data_format: Static, name: Name = None):
    steps, edges, last = _check_depthwise(input_sizes, filter.shape, out_backprop.shape, strides, padding, data_format)
    height, width, channels, multiplier = filter.shape
    flat = jnp.reshape(filter, (height, width, 1, channels * multiplier))
    sizes = arguments.spatial(input_sizes, last)
    return pure(windows.convolution_transpose)(out_backprop, flat, steps, edges, (1, 1), sizes, last, channels)


@op("_internal.depthwise_backprop_filter", raw="DepthwiseConv2dNativeBackpropFilter", listed=True, host=False)
def _backprop_filter(input: Float, filter_sizes: Shape, out_backprop: Float, strides: Static, padding: Static, data_format: Static, name: Name = None):
    steps, edges, last = _check_depthwise(input.shape, filter_sizes, out_backprop.shape, strides, padding, data_format)
    height, width, channels, multiplier = filter_sizes
    shape = (height, width, 1, channels * multiplier)
    found = windows.convolution_filter(input, out_backprop, steps, edges, (1, 1), shape, channels, last)
    return jnp.reshape(found, filter_sizes)


def _check_depthwise(inputs: Any, kernel: Any, outs: Any, strides: Any, padding: Any, data_format: str) -> Any:
    """Checks the shapes of a depthwise convolution; returns strides, padding, whether channels are last."""
    arguments.check_padding(padding, data_format == "NHWC")
    attributes.check_choice("data_format", data_format, FORMATS[2])
    attributes.check_int32("strides", *strides)
    last = data_format == "NHWC"
    steps = check_strides(strides, last)
    for what, shape in (("input", inputs), ("filter", kernel), ("out_backprop", outs)):
        if len(shape) != 4:
            raise refused(f"{what} must be 4-dimensional")
    batch, channels = arguments.outer(inputs, last)
    if channels != kernel[2]:
        raise refused(f"input and filter must have the same in_depth. Input depth: {channels}, filter depth: {kernel[2]}")
    if batch != outs[0]:
        raise refused(f"input and out_backprop must have the same batch size: {batch} vs {outs[0]}")
    if arguments.outer(outs, last)[1] != kernel[2] * kernel[3]:
        raise refused("depth_multiplier * in_depth not equal to out_depth")
    edges = padding if isinstance(padding, str) else arguments.spatial(padding, last)
    first = 1 if last else 2
    _check_sizes("DepthwiseConv2DBackprop", first, arguments.spatial(inputs, last), arguments.spatial(outs, last), kernel[:2], steps, edges, (1, 1))
    return steps, edges, last


def _backprop_attributes(strides: Any, padding: Any, data_format: Any, raw: str) -> tuple[Any, Any, str]:
    steps = attributes.integers("strides", strides, raw)
    order = attributes.text("data_format", "NHWC" if data_format is None else data_format)
    return steps, arguments.padding_pairs(padding, 2), order


@export("nn.depthwise_conv2d_backprop_input")
@recorded
def depthwise_conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = [1, 1, 1, 1],  # noqa: B006 (TensorFlow's default; never changed)
    name: Any = None,
) -> Any:
    """The gradient of `depthwise_conv2d` by its input.

    Args:
      input_sizes: the input's shape.
      filter: [height, width, channels, multiplier].
      out_backprop: the gradient of the output.
      strides, padding, data_format: as of `depthwise_conv2d`.
      dilations: no effect, as in TensorFlow.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.depthwise_conv2d_backprop_input([1, 3, 3, 2], tf.ones((2, 2, 2, 1)), tf.ones((1, 2, 2, 2)), [1] * 4, "VALID").shape
    TensorShape([1, 3, 3, 2])
    """
    raw = "depthwise_conv2d_native_backprop_input"
    attributes.integers("dilations", dilations, raw)
    rest = _backprop_attributes(strides, padding, data_format, raw)
    return _backprop_input(to_tensor(input_sizes), filter, out_backprop, *rest)


@export("nn.depthwise_conv2d_backprop_filter")
@recorded
def depthwise_conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = [1, 1, 1, 1],  # noqa: B006 (TensorFlow's default; never changed)
    name: Any = None,
) -> Any:
    """The gradient of `depthwise_conv2d` by its filter.

    Args:
      input: the input.
      filter_sizes: the filter's shape, [height, width, channels, multiplier].
      out_backprop: the gradient of the output.
      strides, padding, data_format: as of `depthwise_conv2d`.
      dilations: no effect, as in TensorFlow.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.depthwise_conv2d_backprop_filter(tf.ones((1, 3, 3, 2)), [2, 2, 2, 1], tf.ones((1, 2, 2, 2)), [1] * 4, "VALID").shape
    TensorShape([2, 2, 2, 1])
    """
    raw = "depthwise_conv2d_native_backprop_filter"
    attributes.integers("dilations", dilations, raw)
    rest = _backprop_attributes(strides, padding, data_format, raw)
    return _backprop_filter(input, to_tensor(filter_sizes), out_backprop, *rest)
