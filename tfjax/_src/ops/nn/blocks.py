"""Moving blocks of pixels between spatial axes and the channel or batch axis."""

from __future__ import annotations

import math

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, Axis, Name, Static
from tfjax._src.eager.op import namespace, op


def _check_image(x, block_size: int, data_format: str) -> None:
    if data_format not in ("NHWC", "NCHW"):
        raise InvalidArgumentError(
            None, None, f"data_format must be NHWC or NCHW, but got {data_format!r}"
        )
    if x.ndim != 4:
        raise InvalidArgumentError(None, None, f"Input rank should be: 4 instead of: {x.ndim}")
    if block_size < 2:
        raise InvalidArgumentError(None, None, f"Block size should be > 1: {block_size}")


@op("nn.space_to_depth", raw="SpaceToDepth")
def space_to_depth(
    input: AnyTensor, block_size: Axis, data_format: str = "NHWC", name: Name = None
):
    """Moves blocks of `block_size` × `block_size` pixels into the channels.

    Args:
      input: images of rank 4.
      block_size: an int above 1 that divides height and width.
      data_format: "NHWC" or "NCHW".
      name: no effect.

    Raises:
      InvalidArgumentError: wrong rank or format, or sizes that `block_size` does not divide.

    >>> import tfjax as tf
    >>> tf.nn.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).numpy().tolist()
    [[[[1, 2, 3, 4]]]]
    """
    _check_image(input, block_size, data_format)
    xp, b = namespace(input), block_size
    last = data_format == "NHWC"
    n, h, w, c = input.shape if last else (input.shape[0], *input.shape[2:], input.shape[1])
    if h % b or w % b:
        raise InvalidArgumentError(
            None, None, f"Image height {h} and width {w} should be divisible by block_size: {b}"
        )
    if last:
        split = xp.reshape(input, (n, h // b, b, w // b, b, c))
        moved = xp.transpose(split, (0, 1, 3, 2, 4, 5))
        return xp.reshape(moved, (n, h // b, w // b, b * b * c))
    split = xp.reshape(input, (n, c, h // b, b, w // b, b))
    moved = xp.transpose(split, (0, 3, 5, 1, 2, 4))
    return xp.reshape(moved, (n, b * b * c, h // b, w // b))


@op("nn.depth_to_space", raw="DepthToSpace")
def depth_to_space(
    input: AnyTensor, block_size: Axis, data_format: str = "NHWC", name: Name = None
):
    """Spreads channels over blocks of pixels: the inverse of `space_to_depth`.

    Raises:
      InvalidArgumentError: wrong rank or format, or channels that the square of `block_size`
        does not divide.

    >>> import tfjax as tf
    >>> tf.nn.depth_to_space([[[[1, 2, 3, 4]]]], 2).numpy().tolist()
    [[[[1], [2]], [[3], [4]]]]
    """
    _check_image(input, block_size, data_format)
    xp, b = namespace(input), block_size
    last = data_format == "NHWC"
    n, h, w, c = input.shape if last else (input.shape[0], *input.shape[2:], input.shape[1])
    if c % (b * b):
        raise InvalidArgumentError(
            None, None, f"Input depth dimension {c} should be divisible by: {b * b}"
        )
    depth = c // (b * b)
    if last:
        split = xp.reshape(input, (n, h, w, b, b, depth))
        moved = xp.transpose(split, (0, 1, 3, 2, 4, 5))
        return xp.reshape(moved, (n, h * b, w * b, depth))
    split = xp.reshape(input, (n, b, b, depth, h, w))
    moved = xp.transpose(split, (0, 3, 4, 1, 5, 2))
    return xp.reshape(moved, (n, depth, h * b, w * b))


def _block_arguments(x, block_shape, pairs, what: str):
    blocks = tuple(int(b) for b in np.ravel(np.asarray(block_shape)))
    if x.ndim < 1 + len(blocks):
        raise InvalidArgumentError(
            None, None, f"input rank should be >= {1 + len(blocks)} instead of {x.ndim}"
        )
    if any(b < 1 for b in blocks):
        raise InvalidArgumentError(
            None, None, f"All values in block_shape must be positive, got {blocks}"
        )
    edges = np.asarray(pairs, np.int64)
    if edges.shape != (len(blocks), 2):
        raise InvalidArgumentError(
            None,
            None,
            f"{what} should have shape [{len(blocks)}, 2] instead of {list(edges.shape)}",
        )
    if (edges < 0).any():
        raise InvalidArgumentError(None, None, f"All {what} must be non-negative")
    return blocks, [(int(a), int(b)) for a, b in edges]


@op("space_to_batch", "nn.space_to_batch", "space_to_batch_nd", raw="SpaceToBatchND")
def space_to_batch(input: AnyTensor, block_shape: Static, paddings: Static, name: Name = None):
    """Pads the axes after the first with zeros and moves their blocks into the batch axis.

    Args:
      input: a tensor [batch, *spatial, ...].
      block_shape: an int per spatial axis.
      paddings: a pair (before, after) per spatial axis.
      name: no effect.

    Raises:
      InvalidArgumentError: arguments of wrong shape, or padded sizes that blocks do not divide.

    >>> import tfjax as tf
    >>> tf.space_to_batch([[[[1], [2]], [[3], [4]]]], [2, 2], [[0, 0], [0, 0]]).shape.as_list()
    [4, 1, 1, 1]
    """
    xp = namespace(input)
    blocks, pads = _block_arguments(input, block_shape, paddings, "paddings")
    m = len(blocks)
    padded = xp.pad(input, [(0, 0), *pads] + [(0, 0)] * (input.ndim - 1 - m))
    batch, sizes, rest = padded.shape[0], padded.shape[1 : 1 + m], padded.shape[1 + m :]
    for i, (size, b) in enumerate(zip(sizes, blocks)):
        if size % b:
            raise InvalidArgumentError(
                None, None, f"padded_shape[{i}]={size} is not divisible by block_shape[{i}]={b}"
            )
    split = [n for size, b in zip(sizes, blocks) for n in (size // b, b)]
    offsets, outer = [2 + 2 * i for i in range(m)], [1 + 2 * i for i in range(m)]
    tail = list(range(1 + 2 * m, 1 + 2 * m + len(rest)))
    moved = xp.transpose(xp.reshape(padded, (batch, *split, *rest)), (*offsets, 0, *outer, *tail))
    smaller = [size // b for size, b in zip(sizes, blocks)]
    return xp.reshape(moved, (batch * math.prod(blocks), *smaller, *rest))


@op("batch_to_space", raw="BatchToSpaceND")
def batch_to_space(input: AnyTensor, block_shape: Static, crops: Static, name: Name = None):
    """Moves parts of the batch axis back into blocks of the next axes, then crops those.

    Args:
      input: a tensor [batch, *spatial, ...].
      block_shape: an int per spatial axis; their product divides the batch size.
      crops: a pair (from the start, from the end) per spatial axis.
      name: no effect.

    Raises:
      InvalidArgumentError: arguments of wrong shape or a batch that blocks do not divide.

    >>> import tfjax as tf
    >>> tf.batch_to_space([[[1]], [[2]]], [2], [[0, 0]]).numpy().tolist()
    [[[1], [2]]]
    """
    xp = namespace(input)
    blocks, cuts = _block_arguments(input, block_shape, crops, "crops")
    m, count = len(blocks), math.prod(blocks)
    if input.shape[0] % count:
        raise InvalidArgumentError(
            None,
            None,
            f"Input batch dimension ({input.shape[0]}) is not divisible by product of block sizes ({count})",
        )
    batch, sizes, rest = input.shape[0] // count, input.shape[1 : 1 + m], input.shape[1 + m :]
    split = xp.reshape(input, (*blocks, batch, *sizes, *rest))
    order = [m] + [axis for i in range(m) for axis in (m + 1 + i, i)]
    order += range(2 * m + 1, 2 * m + 1 + len(rest))
    full = [size * b for size, b in zip(sizes, blocks)]
    for i, (n, (a, b)) in enumerate(zip(full, cuts)):
        if a + b > n:
            raise InvalidArgumentError(None, None, f"crops[{i}]={[a, b]} exceed the size {n}")
    joined = xp.reshape(xp.transpose(split, order), (batch, *full, *rest))
    return joined[(slice(None), *[slice(a, n - b) for n, (a, b) in zip(full, cuts)])]
