"""tf.nn convolutions and pooling."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.translate import translate
from tfjax._src.ops import checks
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.nn import windows


def window_sizes(value: Any, rank: int, channels_last: bool, name: str) -> tuple[int, ...]:
    """One int per spatial axis from an int, `rank` ints, or `rank + 2` ints with the outer ones 1."""
    values = [value] if isinstance(value, int) else list(value)
    if len(values) == 1:
        return (int(values[0]),) * rank
    if len(values) == rank:
        return tuple(int(v) for v in values)
    if len(values) == rank + 2:
        return tuple(int(v) for v in (values[1:-1] if channels_last else values[2:]))
    raise ValueError(f"{name} should be of length 1, {rank} or {rank + 2} but was {len(values)}.")


def window_padding(padding: Any, channels_last: bool) -> Any:
    if isinstance(padding, str):
        if padding.upper() not in ("SAME", "VALID"):
            raise ValueError(f'Value for attr "padding" of "{padding}" is not in the list of allowed values: "SAME", "VALID", "EXPLICIT"')
        return padding.upper()
    pairs = [tuple(p) for p in padding]
    return tuple(pairs[1:-1] if channels_last else pairs[2:])


def _invalid(message: str, rank: int) -> Exception:
    return translate(InvalidArgumentError(None, None, message), "Conv3D" if rank == 3 else "Conv2D")


def convolve(x: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any, rank: int) -> Any:
    last = data_format is None or not str(data_format).startswith("NC")
    x, filters = to_tensor(x), to_tensor(filters)
    if len(x.shape) != rank + 2:
        shape = checks.brackets(tuple(x.shape.as_list()))
        raise _invalid(f"convolution input must be {rank + 2}-dimensional: {shape}", rank)
    if len(filters.shape) != rank + 2:
        shape = checks.brackets(tuple(filters.shape.as_list()))
        raise _invalid(f"filter must be {rank + 2}-dimensional: {shape}", rank)
    channels = x.shape[-1 if last else 1]
    groups, left = divmod(channels, filters.shape[-2])
    if left or not groups:
        raise _invalid(f"input depth must be evenly divisible by filter depth: {channels} vs {filters.shape[-2]}", rank)
    return windows.convolution(
        x, filters, window_sizes(strides, rank, last, "strides"), window_padding(padding, last),
        window_sizes(dilations or 1, rank, last, "dilations"), groups, last,
    )


@export("nn.conv1d")
def conv1d(input: Any, filters: Any, stride: Any, padding: Any, data_format: str = "NWC", dilations: Any = None, name: Any = None) -> Any:
    """Convolves [batch, width, channels] with [width, channels, filters].

    >>> import tfjax as tf
    >>> tf.nn.conv1d(tf.ones((1, 5, 2)), tf.ones((3, 2, 4)), 1, "VALID").shape
    TensorShape([1, 3, 4])
    """
    return convolve(input, filters, stride, padding, data_format, dilations, 1)


@export("nn.conv2d")
def conv2d(input: Any, filters: Any, strides: Any, padding: Any, data_format: str = "NHWC", dilations: Any = None, name: Any = None) -> Any:
    """Convolves [batch, height, width, channels] with [height, width, channels, filters].

    Args:
      input, filters: tensors of one float dtype.
      strides, dilations: 1, 2 or 4 ints.
      padding: "SAME", "VALID", or pairs (before, after) for all four axes.
      data_format: "NHWC" or "NCHW".

    >>> import tfjax as tf
    >>> tf.nn.conv2d(tf.ones((1, 5, 5, 2)), tf.ones((3, 3, 2, 4)), 1, "VALID").shape
    TensorShape([1, 3, 3, 4])
    """
    return convolve(input, filters, strides, padding, data_format, dilations, 2)


@export("nn.conv3d")
def conv3d(input: Any, filters: Any, strides: Any, padding: Any, data_format: str = "NDHWC", dilations: Any = None, name: Any = None) -> Any:
    """Convolves [batch, depth, height, width, channels]; arguments as of `conv2d`."""
    return convolve(input, filters, strides, padding, data_format, dilations, 3)


@export("nn.depthwise_conv2d")
def depthwise_conv2d(input: Any, filter: Any, strides: Any, padding: Any, data_format: Any = None, dilations: Any = None, name: Any = None) -> Any:
    """Convolves each channel on its own; `filter` is [height, width, channels, multiplier]."""
    filters = to_tensor(filter)
    height, width, channels, multiplier = filters.shape
    return convolve(input, reshape(filters, [height, width, 1, channels * multiplier]), strides, padding, data_format, dilations, 2)


def _pool(function: Any, x: Any, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    x = to_tensor(x)
    rank = len(x.shape) - 2
    last = data_format is None or not str(data_format).startswith("NC")
    return function(x, window_sizes(ksize, rank, last, "ksize"), window_sizes(strides, rank, last, "strides"), window_padding(padding, last), last)


@export("nn.max_pool")
def max_pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: Any = None) -> Any:
    """The maximum of windows over the spatial axes.

    >>> import tfjax as tf
    >>> tf.nn.max_pool(tf.ones((1, 4, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 1])
    """
    return _pool(windows.max_pool, input, ksize, strides, padding, data_format)


@export("nn.max_pool1d")
def max_pool1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NWC", name: Any = None) -> Any:
    """`tf.nn.max_pool` over one spatial axis."""
    return _pool(windows.max_pool, input, ksize, strides, padding, data_format)


@export("nn.max_pool2d")
def max_pool2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC", name: Any = None) -> Any:
    """`tf.nn.max_pool` over two spatial axes."""
    return _pool(windows.max_pool, input, ksize, strides, padding, data_format)


@export("nn.max_pool3d")
def max_pool3d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NDHWC", name: Any = None) -> Any:
    """`tf.nn.max_pool` over three spatial axes."""
    return _pool(windows.max_pool, input, ksize, strides, padding, data_format)


@export("nn.avg_pool")
def avg_pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: Any = None) -> Any:
    """The mean of windows over the spatial axes.

    >>> import tfjax as tf
    >>> tf.nn.avg_pool(tf.ones((1, 4, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 1])
    """
    return _pool(windows.avg_pool, input, ksize, strides, padding, data_format)


@export("nn.avg_pool1d")
def avg_pool1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NWC", name: Any = None) -> Any:
    """`tf.nn.avg_pool` over one spatial axis."""
    return _pool(windows.avg_pool, input, ksize, strides, padding, data_format)


@export("nn.avg_pool2d")
def avg_pool2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC", name: Any = None) -> Any:
    """`tf.nn.avg_pool` over two spatial axes."""
    return _pool(windows.avg_pool, input, ksize, strides, padding, data_format)


@export("nn.avg_pool3d")
def avg_pool3d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NDHWC", name: Any = None) -> Any:
    """`tf.nn.avg_pool` over three spatial axes."""
    return _pool(windows.avg_pool, input, ksize, strides, padding, data_format)
