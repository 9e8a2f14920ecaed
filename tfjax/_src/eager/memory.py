"""Memory for large results on the host: aligned for XLA, and kept when it is too large for the C library to keep."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

# XLA's CPU client reads arrays that begin at a multiple of this where they lie, and copies others.
_ALIGNMENT = 64
# The largest piece that `devices/allocation.py` can make the C library keep: larger ones are kept here.
_LARGEST_ON_HEAP = 32 << 20
_KEPT = 256 << 20 if os.environ.get("TFJAX_KEEP_MEMORY", "1") != "0" else 0
# Elements from which the trouble pays.
LARGE = 1 << 16
_free: list[np.ndarray] = []


class _Lease:
    """Owns memory for the arrays that look into it, and keeps it for others when the last of them is gone."""

    __slots__ = ("memory", "__array_interface__")

    def __init__(self, memory: np.ndarray) -> None:
        self.memory = memory
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        if sum([m.nbytes for m in list(_free)]) + self.memory.nbytes <= _KEPT:
            _free.append(self.memory)


def empty(shape: Sequence[int], dtype: Any) -> np.ndarray:
    """An array, not filled in, that a compiled program can read without a copy."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = _bytes(size + _ALIGNMENT)
    begin = -memory.ctypes.data % _ALIGNMENT
    return memory[begin : begin + size].view(dtype).reshape(shape)


def _bytes(size: int) -> np.ndarray:
    if size < _LARGEST_ON_HEAP:
        return np.empty(size, np.uint8)
    for i, memory in enumerate(_free):
        if size <= memory.nbytes <= size + size // 4:
            try:
                return np.asarray(_Lease(_free.pop(i)))[:size]
            except IndexError:  # another thread was faster
                break
    return np.asarray(_Lease(np.empty(size, np.uint8)))
