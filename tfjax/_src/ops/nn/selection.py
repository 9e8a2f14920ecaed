"""tf.nn.isotonic_regression, approx_max_k and approx_min_k."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Axis, Float, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.shaping import cast, reshape, transpose
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.math.segments import unsorted_segment_mean

ApproxTopK = namedtuple("ApproxTopK", ["values", "indices"])


@op("_internal.approx_top_k", raw="ApproxTopK", host=False)
def _top_k(operand: Float, k: Axis, axis: Axis, largest: bool, name: Name = None):
    if operand.shape[axis] < k:
        text = f"input must have at least k columns. Had {operand.shape[axis]}, needed {k}"
        raise InvalidArgumentError(None, None, text)
    moved = jnp.moveaxis(operand, axis, -1)
    indices = jax.lax.top_k(moved if largest else -moved, k)[1]
    values = jnp.take_along_axis(moved, indices, axis=-1)
    return jnp.moveaxis(values, -1, axis), jnp.moveaxis(indices.astype(np.int32), -1, axis)


@export("nn.approx_max_k", "math.approx_max_k")
def approx_max_k(
    operand: Any,
    k: Any,
    reduction_dimension: Any = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: Any = None,
) -> Any:
    """The k largest elements along an axis and their positions, exactly.

    Args:
      operand: floats.
      k: how many.
      reduction_dimension: the axis.
      recall_target, reduction_input_size_override, aggregate_to_topk, name: no effect: nothing is
        left out.

    Returns:
      (values, indices).

    >>> import tfjax as tf
    >>> tf.nn.approx_max_k([3.0, 1.0, 5.0], 2).indices.numpy().tolist()
    [2, 0]
    """
    return ApproxTopK(*_top_k(operand, k, reduction_dimension, True))


@export("nn.approx_min_k", "math.approx_min_k")
def approx_min_k(
    operand: Any,
    k: Any,
    reduction_dimension: Any = -1,
    recall_target: float = 0.95,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: Any = None,
) -> Any:
    """The k smallest elements along an axis and their positions; arguments as of `approx_max_k`.

    >>> import tfjax as tf
    >>> tf.nn.approx_min_k([3.0, 1.0, 5.0], 2).indices.numpy().tolist()
    [1, 0]
    """
    return ApproxTopK(*_top_k(operand, k, reduction_dimension, False))


def _pool_violators(row: list[float]) -> list[int]:
    """Segments of the best non-increasing fit, by pooling neighbours that rise."""
    blocks: list[tuple[float, int]] = []
    for value in row:
        total, count = value, 1
        while blocks and blocks[-1][0] * count <= total * blocks[-1][1]:
            earlier, size = blocks.pop()
            total, count = total + earlier, count + size
        blocks.append((total, count))
    return [i for i, (_, count) in enumerate(blocks) for _ in range(count)]


@op("_internal.isotonic_segments", raw="IsotonicRegression", differentiable=False)
def _segments(rows: Float, name: Name = None):
    def run(values: Any) -> np.ndarray:
        return np.array(
            [_pool_violators(row) for row in np.asarray(values).tolist()], np.int32
        ).reshape(values.shape)

    if isinstance(rows, np.ndarray):
        return run(rows)
    return jax.pure_callback(
        run, jax.ShapeDtypeStruct(rows.shape, np.int32), rows, vmap_method="sequential"
    )


@export("nn.isotonic_regression")
@recorded
def isotonic_regression(inputs: Any, decreasing: bool = True, axis: Any = -1) -> tuple[Any, Any]:
    """The closest monotone sequences by squared distance, and which elements share a value.

    Args:
      inputs: numbers; integers are taken as float32 (up to 16 bits) or float64.
      decreasing: False for sequences that rise.
      axis: the sequences' axis.

    Returns:
      (output, segments): the fits, and for each element the number of its run of equal values.

    >>> import tfjax as tf
    >>> tf.nn.isotonic_regression([3.0, 1.0, 2.0])[0].numpy()
    array([3. , 1.5, 1.5], dtype=float32)
    """
    x = to_tensor(inputs)
    if not x.dtype.is_floating:
        x = cast(x, dtypes.float32 if x.dtype.size < 4 else dtypes.float64)
    rank, axis = x.shape.rank, statics.integer(axis)
    order = [i for i in range(rank) if i != axis % rank] + [axis % rank]
    moved = transpose(x, order)
    rows = reshape(moved, [-1, moved.shape[-1]])
    segments = _segments(rows if decreasing else -rows)
    starts = np.arange(rows.shape[0], dtype=np.int32)[:, None] * np.int32(rows.shape[1])
    numbers = reshape(add(segments, starts), [-1])
    means = unsorted_segment_mean(reshape(rows, [-1]), numbers, rows.shape[0] * rows.shape[1])
    back = np.argsort(order).tolist()
    fits = transpose(reshape(gather(means, numbers), moved.shape), back)
    return fits, transpose(reshape(segments, moved.shape), back)
