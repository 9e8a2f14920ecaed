"""Large arrays on the host: element-wise bodies run block by block.

A body such as `1 / (1 + exp(-x))` walks through memory once per NumPy call. On blocks that fit a core's cache it
does so once in all, as a fused program of XLA would.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.eager import memory

# Elements in a block: some arrays of them, with 4 bytes each, fit into a second-level cache. Measured on 2 cores
# with 2 MiB each: up to four blocks' elements the calls themselves cost more than the cache saves.
BLOCK = 1 << 16
# Kinds of numbers that NumPy computes with vector instructions; 16-bit floats are not among them.
_QUICK = frozenset("?bBhHiIlLqQfd")


def quick(values: Sequence[Any]) -> bool:
    """Whether NumPy has fast code for all the dtypes."""
    return all([v.dtype.char in _QUICK for v in values])


def run(function: Callable[..., Sequence[Any]], values: Sequence[np.ndarray]) -> Sequence[Any]:
    """`function`, which computes element by element, of large arrays.

    Args:
      function: takes the arrays, returns a sequence of arrays of their broadcast shape.
      values: arrays; blocks are cut along the first axis, or from the flat arrays if all are of one shape.
    """
    full = [v for v in values if v.size > 1]
    if max([v.size for v in values]) <= 4 * BLOCK:
        return function(*values)
    shape = full[0].shape if full else ()
    if all([v.shape == shape and v.flags.c_contiguous for v in full]):
        sliced = [v.size > 1 for v in values]
        flat = [v.reshape(-1) if cut else v for v, cut in zip(values, sliced)]
        results = _by_blocks(function, flat, sliced, full[0].size, BLOCK) if full else None
        return function(*values) if results is None else [r.reshape(shape) for r in results]
    try:
        shape = np.broadcast_shapes(*[v.shape for v in values])
    except ValueError:
        return function(*values)  # which knows TensorFlow's words for it
    sliced = [v.ndim == len(shape) and v.shape[0] == shape[0] for v in values]
    step = max(BLOCK // max(math.prod(shape[1:]), 1), 1)
    results = _by_blocks(function, values, sliced, shape[0], step)
    return function(*values) if results is None else results


def _by_blocks(
    function: Callable[..., Sequence[Any]], values: Sequence[np.ndarray], sliced: Sequence[bool], count: int, step: int
) -> list[np.ndarray] | None:
    """Results put together from blocks of `step` rows; None if there is nothing to cut."""
    if count <= step:
        return None
    results: list[np.ndarray] = []
    for begin in range(0, count, step):
        end = begin + step
        parts = function(*[v[begin:end] if cut else v for v, cut in zip(values, sliced)])
        if not begin:
            results = [memory.empty((count, *part.shape[1:]), part.dtype) for part in parts]
        for result, part in zip(results, parts):
            result[begin:end] = part
    return results
