"""Runs a cell over the steps of a sequence: in Python, or while tracing as one compiled loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.core import nest
from tfjax._src.eager import frame as frames
from tfjax._src.function import control_flow
from tfjax._src.ops.array.creation import constant, zeros, zeros_like
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import expand_dims, transpose
from tfjax._src.ops.array.indexing import tensor_scatter_nd_update

# Shorter sequences are unrolled when traced.
_LOOP_FROM = 6


def swap_time(x: Any) -> Any:
    """Batch-major to time-major or back."""
    return transpose(x, [1, 0, *range(2, len(x.shape))])


def _choose(keep: Any, new: Any, old: Any) -> Any:
    for _ in range(len(new.shape) - 1):
        keep = expand_dims(keep, -1)
    return where(keep, new, old)


class Steps:
    """The step function with its mask.

    Args:
      cell: a function of (rows, states) that gives (output, states).
      masked: whether `advance` gets masks.
      zero: masked steps give zeros; else the output of the step before.
    """

    def __init__(self, cell: Callable[..., Any], masked: bool, zero: bool) -> None:
        self.cell, self.masked, self.zero = cell, masked, zero

    def advance(self, row: Any, keep: Any, states: Any, last: Any) -> tuple[Any, Any]:
        """One step: (output, states like `states`)."""
        output, new = self.cell(row, states)
        leaves = nest.flatten(new)
        if self.masked:
            if last is None or self.zero:
                last = nest.map_structure(zeros_like, output)
            output = nest.map_structure(lambda n, o: _choose(keep, n, o), output, last)
            leaves = [_choose(keep, n, o) for n, o in zip(leaves, nest.flatten(states))]
        return output, nest.pack_sequence_as(states, leaves)


def run(steps: Steps, sequences: Any, states: Any, mask: Any, backwards: bool, collect: bool, unroll: bool) -> tuple[Any, Any, Any]:
    """(last output, outputs in the order of running or None, last states).

    Args:
      sequences: a nest of tensors [batch, steps, ...].
      mask: bool [batch, steps], or None.
      collect: whether all outputs are wanted.
      unroll: never as a compiled loop.
    """
    rows = nest.map_structure(swap_time, sequences)
    keeps = None if mask is None else swap_time(mask)
    count = nest.flatten(rows)[0].shape[0]
    order = list(range(count))[:: -1 if backwards else 1]

    def at(i: Any) -> tuple[Any, Any]:
        return nest.map_structure(lambda t: t[i], rows), None if keeps is None else keeps[i]

    output, states = steps.advance(*at(order[0]), states, None)
    if frames.current() is None or unroll or count < _LOOP_FROM:
        outputs = [output]
        for i in order[1:]:
            output, states = steps.advance(*at(i), states, output)
            outputs.append(output)
        stacked = nest.map_structure(lambda *parts: stack(list(parts), 1), *outputs) if collect else None
        return output, stacked, states
    return _loop(steps, rows, keeps, order, output, states, collect)


def _loop(steps: Steps, rows: Any, keeps: Any, order: list[int], output: Any, states: Any, collect: bool) -> tuple[Any, Any, Any]:
    """The steps after the first as one scan; outputs go into buffers that the scan carries."""
    count = len(order)
    shape = (output, states)

    def buffer(first: Any) -> Any:
        empty = zeros((count, *first.shape), first.dtype)
        return tensor_scatter_nd_update(empty, [[0]], expand_dims(first, 0))

    buffers = nest.map_structure(buffer, output) if collect else []

    def body(*flat: Any) -> list[Any]:
        n = flat[0]
        (last, old), filled = nest.pack_sequence_as((shape, buffers), list(flat[1:]))
        i = (count - 1) - n if order[0] else n
        row = nest.map_structure(lambda t: gather(t, i), rows)
        new_output, new_states = steps.advance(row, None if keeps is None else gather(keeps, i), old, last)
        if collect:
            place = expand_dims(expand_dims(n, 0), 0)
            filled = nest.map_structure(
                lambda b, v: tensor_scatter_nd_update(b, place, expand_dims(v, 0)), filled, new_output
            )
        return [n + 1, *nest.flatten(((new_output, new_states), filled))]

    start = [constant(1), *nest.flatten((shape, buffers))]
    result = control_flow.loop(None, body, start, trip_count=count - 1)
    (output, states), filled = nest.pack_sequence_as((shape, buffers), result[1:])
    return output, nest.map_structure(swap_time, filled) if collect else None, states
