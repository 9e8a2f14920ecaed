"""tf.nn convolutions over 1, 2 or 3 spatial axes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from tfjax._src.core.errors import InvalidArgumentError, UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op, pure
from tfjax._src.ops import attributes, checks
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.attributes import refused
from tfjax._src.ops.nn import window_arguments as arguments
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.window_arguments import FORMATS, Windows


def check_convolution(rank: int, strides: Any, padding: Any, data_format: str, dilations: Any) -> None:
    """Raises for attributes that the kernels of a convolution's op do not take."""
    flat = rank < 3
    if not flat:
        attributes.check_length("strides", strides, 5)
    arguments.check_padding(padding, data_format == FORMATS[rank][0], explicit=flat)
    attributes.check_choice("data_format", data_format, FORMATS[rank])
    attributes.check_int32("strides", *strides)
    attributes.check_int32("dilations", *dilations)
    last = data_format == FORMATS[rank][0]
    error = UnimplementedError if flat else InvalidArgumentError
    for name, values in (("strides", strides), ("dilations", dilations)):
        if len(values) < rank + 2:
            raise refused(f"{name} must specify {rank + 2} dimensions")
        text = f"Current implementation does not yet support {name} in the batch and depth dimensions."
        arguments.check_outer(values, last, text, error)
        sort = "Dilated rates" if name == "dilations" else "Row and column strides" if flat else "Spatial strides"
        arguments.check_positive(arguments.spatial(values, last), f"{sort} should be larger than 0.")


def _groups(rank: int, channels: int, depth: int) -> int:
    if not depth:
        raise refused("filter depth must be stricly positive, got 0" if rank < 3 else "filter_depth must be non-zero")
    if channels % depth:
        raise refused(f"input depth must be evenly divisible by filter depth: {channels} vs {depth}")
    groups = channels // depth
    if rank == 3 and groups != 1:
        raise refused(f"Number of channels in filter ({depth}) must match last dimension of input ({channels})")
    return groups


def _run(rank: int, x: Any, kernel: Any, strides: Any, padding: Any, data_format: str, dilations: Any) -> Any:
    """Checks and convolves arrays; strides, dilations and pairs of padding stand for all axes."""
    check_convolution(rank, strides, padding, data_format, dilations)
    for what, array in (("input", x), ("filter", kernel)):
        if array.ndim != rank + 2:
            raise refused(f"convolution {what} must be {rank + 2}-dimensional: {checks.brackets(array.shape)}")
    last = data_format == FORMATS[rank][0]
    pairs = padding if isinstance(padding, str) else arguments.spatial(padding, last)
    window = Windows(kernel.shape[:rank], arguments.spatial(strides, last), arguments.spatial(dilations, last), pairs, last)
    batch, channels = arguments.outer(x.shape, last)
    filters = kernel.shape[-1]
    groups = _groups(rank, channels, kernel.shape[-2])
    outs = arguments.output_sizes(arguments.spatial(x.shape, last), window)
    shape = (batch, *outs, filters) if last else (batch, filters, *outs)
    if any(type(n) is int and n == 0 for n in (*shape, channels)) and not (rank == 3 and 0 in kernel.shape):
        return jnp.zeros(shape, x.dtype)
    if 0 in kernel.shape:
        raise refused("filter must not have zero elements (i.e. all dimensions must be non-zero)")
    if filters % groups:
        raise refused(f"output depth must be evenly divisible by number of groups: {filters} vs {groups}")
    return pure(windows.convolution)(x, kernel, window.strides, pairs, window.dilations, groups, last)


@op("_internal.conv1d", raw="Conv2D", listed=True, host=False)
def _conv1d(input: windows.Numbers, filters: windows.Numbers, strides: Static, padding: Static, data_format: Static, dilations: Static, name: Name = None):
    return _run(1, input, filters, strides, padding, data_format, dilations)


@op("_internal.conv2d", raw="Conv2D", listed=True, host=False)
def _conv2d(input: windows.Numbers, filters: windows.Numbers, strides: Static, padding: Static, data_format: Static, dilations: Static, name: Name = None):
    return _run(2, input, filters, strides, padding, data_format, dilations)


@op("_internal.conv3d", raw="Conv3D", listed=True, host=False)
def _conv3d(input: Float, filters: Float, strides: Static, padding: Static, data_format: Static, dilations: Static, name: Name = None):
    return _run(3, input, filters, strides, padding, data_format, dilations)


def _batched(function: Any, rank: int, x: Any, *rest: Any) -> Any:
    """`function(x, *rest)` with all axes before the last `rank + 1` as one batch axis."""
    if len(x.shape) <= rank + 2:
        return function(x, *rest)
    dims = tuple(x.shape)
    flat = function(reshape(x, [-1, *dims[-rank - 1 :]]), *rest)
    return reshape(flat, [*dims[: -rank - 1], *flat.shape[1:]])


@export("nn.conv1d")
@recorded
def conv1d(input: Any, filters: Any, stride: Any, padding: Any, data_format: str = "NWC", dilations: Any = None, name: Any = None) -> Any:
    """Convolves [batch, width, channels] with [width, channels, filters].

    >>> import tfjax as tf
    >>> tf.nn.conv1d(tf.ones((1, 5, 2)), tf.ones((3, 2, 4)), 1, "VALID").shape
    TensorShape([1, 3, 4])
    """
    if data_format not in (None, "NWC", "NCW", "NHWC", "NCHW"):
        raise ValueError(f"`data_format` must be 'NWC' or 'NCW'. Received: data_format={data_format}")
    last = arguments.channels_last(data_format)
    # TensorFlow reads what stands for the batch axis as the step of an axis of size 1.
    steps, gaps = (
        (1, *values[1:]) if min(values) > 0 else values
        for values in (arguments.sequence("stride", stride, 1, last, "strides"), arguments.sequence("dilations", dilations, 1, last))
    )
    edges = attributes.text("padding", padding)
    return _batched(_conv1d, 1, to_tensor(input), to_tensor(filters), steps, edges, FORMATS[1][not last], gaps)


@export("nn.conv2d")
@recorded
def conv2d(input: Any, filters: Any, strides: Any, padding: Any, data_format: str = "NHWC", dilations: Any = None, name: Any = None) -> Any:
    """Convolves [batch, height, width, channels] with [height, width, channels, filters].

    Args:
      input, filters: tensors of one float dtype, or int32; axes before the batch axis belong to it.
      strides, dilations: 1, 2 or 4 ints.
      padding: "SAME", "VALID", or pairs (before, after) for all four axes.
      data_format: "NHWC" or "NCHW".

    >>> import tfjax as tf
    >>> tf.nn.conv2d(tf.ones((1, 5, 5, 2)), tf.ones((3, 3, 2, 4)), 1, "VALID").shape
    TensorShape([1, 3, 3, 4])
    """
    edges = arguments.padding_pairs(padding, 2)
    last = arguments.channels_last(data_format)
    steps = arguments.sequence("strides", strides, 2, last)
    gaps = arguments.sequence("dilations", dilations, 2, last)
    order = attributes.text("data_format", "NHWC" if data_format is None else data_format)
    return _batched(_conv2d, 2, input, filters, steps, edges, order, gaps)


@export("nn.conv3d")
@recorded
def conv3d(input: Any, filters: Any, strides: Any, padding: Any, data_format: str = "NDHWC", dilations: Any = None, name: Any = None) -> Any:
    """Convolves [batch, depth, height, width, channels]; `strides` and `dilations` are 5 ints."""
    steps = attributes.integers("strides", strides, "conv3d")
    edges = attributes.text("padding", padding)
    order = attributes.text("data_format", "NDHWC" if data_format is None else data_format)
    gaps = attributes.integers("dilations", (1,) * 5 if dilations is None else dilations, "conv3d")
    return _batched(_conv3d, 3, input, filters, steps, edges, order, gaps)


def convolve(x: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any, rank: int) -> Any:
    """The convolution over `rank` axes, for arguments of 1, `rank` or `rank + 2` ints."""
    last = data_format is None or not str(data_format).startswith("NC")
    steps = arguments.sequence("strides", strides, rank, last)
    gaps = arguments.sequence("dilations", dilations, rank, last)
    edges = arguments.padding_pairs(padding, rank) if rank == 2 else attributes.text("padding", padding)
    order = attributes.text("data_format", FORMATS[rank][0] if data_format is None else data_format)
    return _batched((_conv1d, _conv2d, _conv3d)[rank - 1], rank, to_tensor(x), filters, steps, edges, order, gaps)
