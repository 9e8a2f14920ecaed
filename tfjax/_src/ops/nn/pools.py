"""tf.nn pooling: the maximum or the mean of windows over the spatial axes or over channels."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.eager.args import DTypeArg, Float, Name, Real, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op, pure
from tfjax._src.ops import attributes
from tfjax._src.ops.attributes import refused
from tfjax._src.ops.nn import window_arguments as arguments
from tfjax._src.ops.nn import windows
from tfjax._src.ops.nn.window_arguments import FORMATS, Windows

MaxPoolWithArgmax = namedtuple("MaxPoolWithArgmax", ["output", "argmax"])


def _check_attributes(rank: int, ksize: Any, strides: Any, padding: Any, data_format: str, explicit: bool) -> bool:
    """Checks what does not depend on the input; returns whether channels are the last axis."""
    formats = (*FORMATS[2], "NCHW_VECT_C") if explicit and rank == 2 else FORMATS[rank]
    attributes.check_choice("data_format", data_format, formats)
    last = data_format == FORMATS[rank][0]
    arguments.check_padding(padding, last, explicit)
    attributes.check_int32("ksize", *ksize)
    attributes.check_int32("strides", *strides)
    if explicit:
        arguments.check_positive(ksize, "Sliding window ksize must be positive, got {}")
    for values in (ksize, strides):
        batch, channels = arguments.outer(values, last)
        if batch != 1:
            raise UnimplementedError(None, None, "Pooling is not yet supported on the batch dimension.")
        if rank == 3 and channels != 1:
            raise UnimplementedError(None, None, "Pooling is not yet supported on the depth dimension.")
    arguments.check_positive(ksize, "Sliding window ksize must be positive, got {}")
    return last


def _windows(x: Any, rank: int, ksize: Any, strides: Any, padding: Any, last: bool) -> Windows:
    if x.ndim != rank + 2:
        raise refused(f"tensor_in must be {rank + 2}-dimensional")
    sizes, steps = arguments.spatial(ksize, last), arguments.spatial(strides, last)
    arguments.check_positive(steps, "Stride must be > 0, but got {}")
    pairs = padding if isinstance(padding, str) else arguments.spatial(padding, last)
    if not isinstance(pairs, str):
        for size, pair in zip(sizes, pairs):
            if max(pair) >= size:
                raise refused(f"Padding {max(pair)} needs to be smaller than the window size {size}")
    found = Windows(sizes, steps, (1,) * rank, pairs, last)
    arguments.output_sizes(arguments.spatial(x.shape, last), found)
    return found


def _of_channels(x: Any, ksize: Any, strides: Any, last: bool) -> Any:
    """The maximum of groups of channels."""
    size, step = arguments.outer(ksize, last)[1], arguments.outer(strides, last)[1]
    if max(arguments.spatial(ksize, last)) > 1:
        text = "MaxPooling supports exactly one of pooling across depth or pooling across width/height."
        raise UnimplementedError(None, None, text)
    axis = x.ndim - 1 if last else 1
    if x.shape[axis] % size:
        text = "Depthwise max pooling requires the depth window to evenly divide the input depth"
        raise UnimplementedError(None, None, text)
    if size != step:
        text = "Depthwise max pooling requires the depth window to equal the depth stride."
        raise UnimplementedError(None, None, text)
    shape = (*x.shape[:axis], x.shape[axis] // size, size, *x.shape[axis + 1 :])
    return jnp.max(jnp.reshape(x, shape), axis=axis + 1)


def _max(rank: int, x: Any, ksize: Any, strides: Any, padding: Any, data_format: str) -> Any:
    last = _check_attributes(rank, ksize, strides, padding, data_format, explicit=rank < 3)
    if x.ndim == rank + 2 and arguments.outer(ksize, last)[1] > 1:
        return _of_channels(x, ksize, strides, last)
    found = _windows(x, rank, ksize, strides, padding, last)
    return pure(windows.max_pool)(x, found.sizes, found.strides, found.padding, last)


def _mean(rank: int, x: Any, ksize: Any, strides: Any, padding: Any, data_format: str) -> Any:
    last = _check_attributes(rank, ksize, strides, padding, data_format, explicit=False)
    found = _windows(x, rank, ksize, strides, padding, last)
    if arguments.outer(ksize, last)[1] > 1:
        raise UnimplementedError(None, None, "Non-spatial pooling is not yet supported.")
    return pure(windows.avg_pool)(x, found.sizes, found.strides, found.padding, last)


@op("_internal.max_pool1d", raw="MaxPool", listed=True, host=False)
def _max_pool1d(input: Real, ksize: Static, strides: Static, padding: Static, data_format: Static, name: Name = None):
    return _max(1, input, ksize, strides, padding, data_format)


@op("_internal.max_pool2d", raw="MaxPool", listed=True, host=False)
def _max_pool2d(input: Real, ksize: Static, strides: Static, padding: Static, data_format: Static, name: Name = None):
    return _max(2, input, ksize, strides, padding, data_format)


@op("_internal.max_pool3d", raw="MaxPool3D", listed=True, host=False)
def _max_pool3d(input: Float, ksize: Static, strides: Static, padding: Static, data_format: Static, name: Name = None):
    return _max(3, input, ksize, strides, padding, data_format)


@op("_internal.avg_pool1d", raw="AvgPool", listed=True, host=False)
def _avg_pool1d(value: Float, ksize: Static, strides: Static, padding: Static, data_format: Static, name: Name = None):
    return _mean(1, value, ksize, strides, padding, data_format)


@op("_internal.avg_pool2d", raw="AvgPool", listed=True, host=False)
def _avg_pool2d(value: Float, ksize: Static, strides: Static, padding: Static, data_format: Static, name: Name = None):
    return _mean(2, value, ksize, strides, padding, data_format)


@op("_internal.avg_pool3d", raw="AvgPool3D", listed=True, host=False)
def _avg_pool3d(input: Float, ksize: Static, strides: Static, padding: Static, data_format: Static, name: Name = None):
    return _mean(3, input, ksize, strides, padding, data_format)


_MAX = (_max_pool1d, _max_pool2d, _max_pool3d)
_MEAN = (_avg_pool1d, _avg_pool2d, _avg_pool3d)


def _pool(functions: Any, rank: int, x: Any, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Any:
    """Reads the attributes and runs the op of that rank."""
    flat = functions is _MAX and rank < 3
    edges = arguments.padding_pairs(padding, rank) if flat else attributes.text("padding", padding)
    last = arguments.channels_last(data_format)
    sizes = arguments.sequence("ksize", ksize, rank, last)
    steps = arguments.sequence("strides", strides, rank, last)
    order = attributes.text("data_format", FORMATS[rank][not last] if data_format is None or rank == 1 else data_format)
    return functions[rank - 1](x, sizes, steps, edges, order)


def _by_rank(functions: Any, x: Any, *rest: Any) -> Any:
    rank = len(x.shape) - 2
    if rank not in (1, 2, 3):
        raise ValueError(f"`input.shape.rank` must be 3, 4 or 5. Received: input.shape={x.shape} of rank {rank + 2}.")
    return _pool(functions, rank, x, *rest)


@export("nn.max_pool")
@recorded
def max_pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: Any = None) -> Any:
    """The maximum of windows over 1, 2 or 3 spatial axes; arguments as of `max_pool2d`.

    NaN is no maximum: it is passed over, as by TensorFlow.

    >>> import tfjax as tf
    >>> tf.nn.max_pool(tf.ones((1, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 1])
    """
    return _by_rank(_MAX, input, ksize, strides, padding, data_format)


@export("nn.avg_pool")
@recorded
def avg_pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: Any = None) -> Any:
    """The mean of windows over 1, 2 or 3 spatial axes; arguments as of `max_pool2d`.

    >>> import tfjax as tf
    >>> tf.nn.avg_pool(tf.ones((1, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 1])
    """
    return _by_rank(_MEAN, input, ksize, strides, padding, data_format)


@export("nn.max_pool1d")
@recorded
def max_pool1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NWC", name: Any = None) -> Any:
    """The maximum of windows over the second axis; arguments as of `max_pool2d`.

    >>> import tfjax as tf
    >>> tf.nn.max_pool1d(tf.ones((1, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 1])
    """
    return _pool(_MAX, 1, input, ksize, strides, padding, data_format)


@export("nn.max_pool2d")
@recorded
def max_pool2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NHWC", name: Any = None) -> Any:
    """The maximum of windows over height and width.

    Args:
      input: [batch, height, width, channels].
      ksize: the window's size: 1, 2 or 4 ints. Windows over channels alone are possible, too.
      strides: from window to window, like `ksize`.
      padding: "SAME", "VALID", or pairs (before, after) for all four axes.
      data_format: "NHWC" or "NCHW".
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.max_pool2d(tf.ones((1, 4, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 1])
    """
    return _pool(_MAX, 2, input, ksize, strides, padding, data_format)


@export("nn.max_pool3d")
@recorded
def max_pool3d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NDHWC", name: Any = None) -> Any:
    """The maximum of windows over three axes; arguments as of `max_pool2d`, but no pairs of padding.

    >>> import tfjax as tf
    >>> tf.nn.max_pool3d(tf.ones((1, 4, 4, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 1])
    """
    return _pool(_MAX, 3, input, ksize, strides, padding, data_format)


@export("nn.avg_pool1d")
@recorded
def avg_pool1d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NWC", name: Any = None) -> Any:
    """The mean of windows over the second axis; arguments as of `max_pool2d`, but no pairs of padding.

    >>> import tfjax as tf
    >>> tf.nn.avg_pool1d(tf.ones((1, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 1])
    """
    return _pool(_MEAN, 1, input, ksize, strides, padding, data_format)


@export("nn.avg_pool2d")
@recorded
def avg_pool2d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NHWC", name: Any = None) -> Any:
    """The mean of windows over height and width; arguments as of `max_pool2d`, but no pairs of padding.

    >>> import tfjax as tf
    >>> tf.nn.avg_pool2d(tf.ones((1, 4, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 1])
    """
    return _pool(_MEAN, 2, input, ksize, strides, padding, data_format)


@export("nn.avg_pool3d")
@recorded
def avg_pool3d(input: Any, ksize: Any, strides: Any, padding: Any, data_format: str = "NDHWC", name: Any = None) -> Any:
    """The mean of windows over three axes; arguments as of `max_pool2d`, but no pairs of padding.

    >>> import tfjax as tf
    >>> tf.nn.avg_pool3d(tf.ones((1, 4, 4, 4, 1)), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 1])
    """
    return _pool(_MEAN, 3, input, ksize, strides, padding, data_format)


@op("_internal.max_pool_with_argmax", raw="MaxPoolWithArgmax", listed=True, host=False)
def _max_pool_with_argmax(
    x: Real,
    ksize: Static,
    strides: Static,
    padding: Static,
    dtype: DTypeArg,
    batches: bool,
    name: Name = None,
):
    last = _check_attributes(2, ksize, strides, padding, "NHWC", explicit=False)
    attributes.check_choice("Targmax", dtype.name, ("int32", "int64"))
    if ksize[3] > 1:
        _of_channels(x, ksize, strides, last)
    found = _windows(x, 2, ksize, strides, padding, last)
    if 0 in x.shape:
        raise refused("tensor_in must not be empty (0 elements)")
    ones, sizes = (1, 1), found.sizes
    largest, best = windows.first_largest(windows.shifted(x, sizes, found.strides, padding, ones))
    count, height, width, channels = x.shape
    (top, _), (left, _) = windows.explicit_padding(padding, (height, width), sizes, found.strides, ones)
    rows = jnp.arange(largest.shape[1])[:, None, None] * found.strides[0] - top + best // sizes[1]
    columns = jnp.arange(largest.shape[2])[:, None] * found.strides[1] - left + best % sizes[1]
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
        raise ValueError(f"`data_format` values other than 'NHWC' are not supported. Received: data_format={data_format}")
    sizes = arguments.sequence("ksize", ksize, 2, True)
    steps = arguments.sequence("strides", strides, 2, True)
    edges = attributes.text("padding", padding)
    dtype = attributes.dtype("Targmax", output_dtype)
    batches = attributes.flag("include_batch_in_index", include_batch_in_index, False)
    return MaxPoolWithArgmax(*_max_pool_with_argmax(input, sizes, steps, edges, dtype, batches))


def _vector(name: str, value: Any, rank: int) -> tuple[int, ...]:
    """An int for each axis; None stands for ones."""
    if value is None:
        return (1,) * rank
    if len(value) != rank:
        raise ValueError(f"`len({name})` should be {rank}. Received: {name}={value} of length {len(value)}")
    values = np.array([int(v) for v in value], np.int32)
    if (values < 1).any():
        raise ValueError(f"all values of `{name}` must be positive. Received: {name}={values}")
    return tuple(values.tolist())


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
      strides, dilations: one for each spatial axis; not both above 1.
      padding: "SAME" (without dilations) or "VALID".
      data_format: starts with "NC" if channels come first.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.pool(tf.ones((1, 9, 9, 3)), [2, 3], "MAX", dilations=[2, 1]).shape
    TensorShape([1, 7, 7, 3])
    """
    rank = len(window_shape)
    if rank not in (1, 2, 3):
        raise ValueError(
            f"`len(window_shape)` must be 1, 2, or 3. Received: window_shape={window_shape} of length {rank}"
        )
    x = to_tensor(input)
    if x.shape.rank != rank + 2:
        raise ValueError(f"Shape {x.shape} must have rank {rank + 2}")
    steps, gaps = _vector("strides", strides, rank), _vector("dilation_rate", dilations, rank)
    if max(steps) > 1 and max(gaps) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={np.array(steps)} and dilation_rate={np.array(gaps)}"
        )
    if any(step > size for step, size in zip(steps, window_shape)):
        raise ValueError(
            "`strides` > `window_shape` not supported due to inconsistency between CPU and GPU "
            f"implementations. Received: strides={np.array(steps)} and window_shape={window_shape}"
        )
    if padding == "SAME" and max(gaps) > 1:
        raise ValueError(
            "pooling with 'SAME' padding is not implemented for `dilation_rate` > 1. "
            f"Received: padding={padding} and dilation_rate={np.array(gaps)}"
        )
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"{rank}-D {pooling_type} pooling is not supported.")
    functions = _MAX if pooling_type == "MAX" else _MEAN
    if max(gaps) == 1:
        return _pool(functions, rank, x, window_shape, steps, padding, data_format)
    last = arguments.channels_last(data_format)
    sizes = _vector("window_shape", window_shape, rank)
    function = windows.max_pool if functions is _MAX else windows.avg_pool
    return function(x, sizes, steps, attributes.text("padding", padding), last, gaps)
