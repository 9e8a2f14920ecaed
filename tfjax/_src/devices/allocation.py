"""How the C library treats memory that arrays have given back."""

from __future__ import annotations

import ctypes
import os

# mallopt's numbers, of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_ON_HEAP = 32 << 20  # the most that glibc takes
_KEPT = 256 << 20


def keep_freed() -> None:
    """Lets the process keep up to 256 MiB that it has freed, instead of asking the kernel again.

    Each large array costs a page fault for every 4 KiB otherwise, at 16 MiB as much as the computation
    itself; TensorFlow's own allocator keeps memory as well. For glibc only; TFJAX_KEEP_MEMORY=0 turns
    it off.
    """
    if os.environ.get("TFJAX_KEEP_MEMORY", "1") == "0":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST_ON_HEAP)
    mallopt(_TRIM_THRESHOLD, _KEPT)
