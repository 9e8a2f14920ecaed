"""Checks that several op families share; they raise TensorFlow's errors."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.errors import InvalidArgumentError


def broadcastable(x: Any, y: Any) -> tuple[int, ...]:
    """The shape that `x` and `y` broadcast to."""
    a, b = x.shape, y.shape
    if a == b or a[len(a) - len(b) :] == b:
        return a
    if not a:
        return b
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b)
    result = []
    for m, n in pairs:
        if m != n and m != 1 and n != 1:
            raise InvalidArgumentError(None, None, f"Incompatible shapes: {brackets(a)} vs. {brackets(b)}")
        result.append(n if m == 1 else m)
    return tuple(result)


def brackets(shape: tuple[int, ...]) -> str:
    """A shape as TensorFlow's runtime prints it: `[2,3]`."""
    return "[" + ",".join(str(d) for d in shape) + "]"


def axis(value: int, rank: int, what: str = "dimension") -> int:
    """`value` counted from the front. Raises InvalidArgumentError when it is out of range."""
    if not -rank <= value < rank:
        raise InvalidArgumentError(
            None, None, f"Expected {what} in the range [{-rank}, {rank}), but got {value}"
        )
    return value % rank if rank else 0


def reduction_axes(axes: Any, rank: int) -> tuple[int, ...]:
    """The axes to reduce, each in [0, rank); None means all."""
    if axes is None:
        return tuple(range(rank))
    if isinstance(axes, int):
        axes = (axes,)
    result = []
    for value in axes:
        if not -rank <= value < rank:
            raise InvalidArgumentError(
                None,
                None,
                f"Invalid reduction dimension ({value} for input with {rank} dimension(s)",
            )
        normal = value % rank
        if normal in result:
            raise InvalidArgumentError(
                None, None, f"Invalid reduction arguments: Axes contains duplicate dimension: {normal}"
            )
        result.append(normal)
    return tuple(result)
