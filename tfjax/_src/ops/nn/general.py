"""Convolutions over as many axes as the filter has, and dilated ones."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.ops import attributes
from tfjax._src.ops.nn import window_arguments as arguments
from tfjax._src.ops.nn.convolutions import convolve


def _rates(dilations: Any, rank: int) -> tuple[int, ...]:
    """The step within windows along each spatial axis."""
    if dilations is None:
        return (1,) * rank
    values = list(dilations) if isinstance(dilations, Sized) else [dilations]
    if len(values) not in (1, rank, rank + 2):
        raise ValueError(
            f"dilations should be of length 1, {rank} or {rank + 2}. "
            f"Received: dilations={dilations} of length {len(values)}"
        )
    if len(values) == rank + 2:
        values = values[1:-1]
    found = np.broadcast_to(np.array([int(v) for v in values], np.int32), (rank,))
    if (found < 1).any():
        raise ValueError(f"all values of `dilation_rate` must be positive. Received: dilation_rate={found}")
    return tuple(found.tolist())


def _check_dilated(x: Any, kernel: Any, strides: Any, padding: Any, rates: Any, last: bool) -> None:
    """Raises for what goes without dilations only, and for what TensorFlow notices with them only."""
    rank = len(rates)
    steps = np.array(arguments.spatial(arguments.sequence("strides", strides, rank, last), last))
    if steps.max() > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={steps} and dilation_rate={np.array(rates)}"
        )
    if x.shape.rank < rank + 2:
        raise ValueError(
            "`input.shape.rank` must be >= than `num_spatial_dims + 2`. "
            f"Received: input.shape={x.shape} of rank {x.shape.rank} and num_spatial_dims={rank}"
        )
    if kernel.shape.rank != rank + 2:
        raise ValueError(
            "`filters.shape.rank` must be `num_spatial_dims + 2`. "
            f"Received: filters.shape={kernel.shape} of rank {kernel.shape.rank} and num_spatial_dims={rank}"
        )
    if 0 in kernel.shape[:rank]:
        raise InvalidArgumentError(None, None, "Paddings must be non-negative")
    channels, depth = x.shape[-1 if last else 1], kernel.shape[-2]
    if channels % depth:
        raise ValueError(
            "The number of input channels is not divisible by the corresponding number of output filters. "
            f"Received: input.shape={x.shape} with {channels} channels and filters.shape={kernel.shape} "
            f"with {depth} output filters."
        )
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"`padding` must be one of 'SAME' or 'VALID'. Received: padding={padding}")


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
    rank = (kernel.shape.rank or x.shape.rank) - 2
    if rank not in (1, 2, 3):
        raise ValueError(f"`num_spatial_dims` must be 1, 2, or 3. Received: num_spatial_dims={rank}.")
    order = None if data_format is None else attributes.text("data_format", data_format)
    rates = _rates(dilations, rank)
    if max(rates) > 1:
        _check_dilated(x, kernel, strides, padding, rates, arguments.channels_last(order))
    return convolve(x, kernel, strides, attributes.text("padding", padding), order, rates, rank)


@export("nn.atrous_conv2d")
@recorded
def atrous_conv2d(value: Any, filters: Any, rate: Any, padding: Any, name: Any = None) -> Any:
    """`conv2d` with the filter's elements `rate` pixels apart.

    >>> import tfjax as tf
    >>> tf.nn.atrous_conv2d(tf.ones((1, 7, 7, 2)), tf.ones((3, 3, 2, 4)), 2, "VALID").shape
    TensorShape([1, 3, 3, 4])
    """
    return convolution(value, filters, None, padding, None, np.broadcast_to(np.array(rate), (2,)))
