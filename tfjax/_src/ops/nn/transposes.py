"""Transposed convolutions of tf.nn, and the gradients of depthwise ones."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.eager.translate import translate
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.convolutions import window_padding, window_sizes


def _invalid(rank: int, text: str, prefix: bool = True) -> Exception:
    kernel, raw = (
        ("Conv3DBackpropInputOp", "Conv3DBackpropInputV2")
        if rank == 3
        else ("Conv2DCustomBackpropInput", "Conv2DBackpropInput")
    )
    return translate(InvalidArgumentError(None, None, f"{kernel}: {text}" if prefix else text), raw)


def _check_sizes(
    rank: int,
    outs: Any,
    given: Any,
    kernel: Any,
    strides: Any,
    padding: Any,
    dilations: Any,
    last: bool,
) -> None:
    pairs = windows.explicit_padding(padding, outs, kernel, strides, dilations)
    for i, (out, actual, pair) in enumerate(zip(outs, given, pairs)):
        span = (kernel[i] - 1) * dilations[i] + 1
        computed = (out + sum(pair) - span) // strides[i] + 1
        if not is_symbolic(computed) and not is_symbolic(actual) and computed != actual:
            # TensorFlow runs one axis as a plane of height 1.
            axis = i + (1 if last else 2) + (rank == 1)
            raise _invalid(
                rank,
                f"Size of out_backprop doesn't match computed: actual = {actual}, computed = {computed} spatial_dim: {axis} "
                f"input: {out} filter: {kernel[i]} output: {actual} stride: {strides[i]} dilation: {dilations[i]}",
            )


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
    last = data_format is None or not str(data_format).startswith("NC")
    x = to_tensor(x)
    filters = to_tensor(filters, x.dtype)
    shape = statics.shape(output_shape)
    batch, depth = x.shape[0], filters.shape[-2]
    if len(shape) == rank:
        shape = (batch, *shape, depth) if last else (batch, depth, *shape)
    if len(shape) != rank + 2:
        raise _invalid(
            rank,
            f"Conv{max(rank, 2)}DBackpropInput requires input_sizes to contain {rank + 2} values or {rank} values, but got: {len(shape)}",
            False,
        )
    if not is_symbolic(shape[0]) and not is_symbolic(batch) and shape[0] != batch:
        raise _invalid(
            rank,
            f"input and out_backprop must have the same batch size. Input batch: {shape[0]}, outbackprop batch: {batch}, batch_dim: 0",
        )
    channels = shape[-1 if last else 1]
    if channels % depth:
        if rank == 3:
            raise _invalid(
                3,
                f"input and filter_sizes must have the same number of channels. Got {channels} for input and {depth} for filter_sizes",
                False,
            )
        raise _invalid(rank, "input depth must be evenly divisible by filter depth")
    if x.shape[-1 if last else 1] != filters.shape[-1]:
        raise _invalid(rank, "filter and out_backprop must have the same out_depth")
    outs, given = (s[1:-1] if last else s[2:] for s in (shape, tuple(x.shape)))
    steps, gaps = (
        window_sizes(strides, rank, last, "strides"),
        window_sizes(dilations or 1, rank, last, "dilations"),
    )
    edges = window_padding(padding, last)
    _check_sizes(rank, outs, given, tuple(filters.shape)[:rank], steps, edges, gaps, last)
    return windows.convolution_transpose(
        x, filters, steps, edges, gaps, outs, last, channels // depth
    )


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
    rank = len(statics.shape(output_shape)) - 2
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
    return _transpose(value, filters, output_shape, 1, padding, "NHWC", statics.integer(rate), 2)


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
      strides, padding, data_format, dilations: as of `depthwise_conv2d`.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.depthwise_conv2d_backprop_input([1, 3, 3, 2], tf.ones((2, 2, 2, 1)), tf.ones((1, 2, 2, 2)), [1] * 4, "VALID").shape
    TensorShape([1, 3, 3, 2])
    """
    kernel = to_tensor(filter)
    height, width, channels, multiplier = kernel.shape
    flat = reshape(kernel, [height, width, 1, channels * multiplier])
    return _transpose(out_backprop, flat, input_sizes, strides, padding, data_format, dilations, 2)


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
      strides, padding, data_format, dilations: as of `depthwise_conv2d`.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.depthwise_conv2d_backprop_filter(tf.ones((1, 3, 3, 2)), [2, 2, 2, 1], tf.ones((1, 2, 2, 2)), [1] * 4, "VALID").shape
    TensorShape([2, 2, 2, 1])
    """
    last = not data_format.startswith("NC")
    height, width, channels, multiplier = shape = statics.shape(filter_sizes)
    found = windows.convolution_filter(
        input,
        out_backprop,
        window_sizes(strides, 2, last, "strides"),
        window_padding(padding, last),
        window_sizes(dilations, 2, last, "dilations"),
        (height, width, 1, channels * multiplier),
        channels,
        last,
    )
    return reshape(found, shape)
