"""Arguments of convolutions, pools and patches: sizes and steps of windows, padding, order of axes."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Any, NamedTuple

from tfjax._src.core.errors import OpError, UnimplementedError
from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.ops import attributes
from tfjax._src.ops.attributes import refused

FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


class Windows(NamedTuple):
    """Windows over the spatial axes.

    Attributes:
      sizes, strides, dilations: an int for each spatial axis.
      padding: "SAME", "VALID", or a pair (before, after) for each spatial axis.
      last: channels are the last axis.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: Any
    last: bool


def sequence(name: str, value: Any, rank: int, last: bool, attribute: str = "") -> tuple[int, ...]:
    """`rank + 2` ints from one, `rank` or `rank + 2`; None stands for ones."""
    if value is None:
        return (1,) * (rank + 2)
    values = list(value) if isinstance(value, Sized) else [value]
    if len(values) not in (1, rank, rank + 2):
        raise ValueError(
            f"{name} should be of length 1, {rank} or {rank + 2}. "
            f"Received: {name}={value} of length {len(values)}"
        )
    if len(values) == 1:
        values *= rank
    if len(values) == rank:
        values = [1, *values, 1] if last else [1, 1, *values]
    return tuple([attributes.integer(attribute or name, v) for v in values])


def padding_pairs(padding: Any, rank: int) -> tuple[tuple[int, int], ...] | str:
    """The padding's name, or (before, after) for all `rank + 2` axes."""
    if not isinstance(padding, (list, tuple)):
        if padding == "EXPLICIT":
            raise ValueError(
                "'EXPLICIT' is not a valid value for `padding`. To use explicit padding, `padding` must be a list."
            )
        return attributes.text("padding", padding)
    for i, pair in enumerate(padding):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            what = f"of size {len(pair)}" if isinstance(pair, (list, tuple)) else f"of type {type(pair)}"
            raise ValueError(
                "When `padding` is a list, each element of `padding` must be a list/tuple of size 2. "
                f"Received: padding={padding} with element at index {i} {what}"
            )
    if len(padding) != rank + 2:
        raise ValueError(
            f"When padding is a list, it must be of size {rank + 2}. Received: padding={padding} of size {len(padding)}"
        )
    return tuple([(attributes.integer("padding", a), attributes.integer("padding", b)) for a, b in padding])


def channels_last(data_format: Any) -> bool:
    """Whether channels are the last axis; not a string: AttributeError, as in TensorFlow."""
    return data_format is None or not data_format.startswith("NC")


def spatial(values: Sequence[Any], last: bool) -> tuple[Any, ...]:
    """What belongs to the spatial axes."""
    return tuple(values[1:-1] if last else values[2:])


def outer(values: Sequence[Any], last: bool) -> tuple[Any, Any]:
    """What belongs to the batch and the channel axis."""
    return (values[0], values[-1 if last else 1])


def check_padding(padding: Any, last: bool, explicit: bool = True) -> None:
    """Raises for a padding that the op does not know."""
    if isinstance(padding, str):
        attributes.check_choice("padding", padding, ("SAME", "VALID", "EXPLICIT") if explicit else ("SAME", "VALID"))
        return
    if any(n < 0 for pair in padding for n in pair):
        raise refused("All elements of explicit_paddings must be nonnegative")
    if any(n for pair in outer(padding, last) for n in pair):
        raise refused("Nonzero explicit padding in the batch or depth dimensions is not supported")


def check_outer(values: Sequence[int], last: bool, message: str, error: type[OpError] = UnimplementedError) -> None:
    """Raises unless the batch and the channel axis have 1."""
    if outer(values, last) != (1, 1):
        raise error(None, None, message)


def check_positive(values: Sequence[int], message: str) -> None:
    """Raises for a value below 1; the message may name it as `{}`."""
    for value in values:
        if value < 1:
            raise refused(message.format(value))


def output_sizes(sizes: Sequence[Any], windows: Windows) -> tuple[Any, ...]:
    """How many windows there are along each spatial axis.

    Raises:
      InvalidArgumentError: a window that is larger than an axis by more than its stride.
    """
    found = []
    for i, size in enumerate(sizes):
        stride = windows.strides[i]
        if windows.padding == "SAME":
            found.append(-(-size // stride))
            continue
        added = 0 if isinstance(windows.padding, str) else sum(windows.padding[i])
        span = (windows.sizes[i] - 1) * windows.dilations[i] + 1
        count = size + added - span + stride
        if is_symbolic(size):
            found.append(count // stride)
            continue
        if count <= -stride:
            raise refused(
                f"Computed output size would be negative: {-(-count // stride)} "
                f"[input_size: {size}, effective_filter_size: {span}, stride: {stride}]"
            )
        found.append(max(count, 0) // stride)
    return tuple(found)
