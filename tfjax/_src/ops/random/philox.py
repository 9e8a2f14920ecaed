"""Philox4x32-10: streams of random words; `distributions.py` makes numbers of them.

One body serves NumPy and JAX: words are uint32 arrays. A state is [key0, key1, c0, c1, c2, c3].
Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager import tier

_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_SCRAMBLE_KEY = (0x3EC8F720, 0x02461E29)


def _round(c: Any, k0: Any, k1: Any) -> Any:
    c0, c1, c2, c3 = c
    shift = np.uint64(32)
    p0 = c0.astype(np.uint64) * np.uint64(_M0)
    p1 = c2.astype(np.uint64) * np.uint64(_M1)
    hi0, lo0 = (p0 >> shift).astype(np.uint32), p0.astype(np.uint32)
    hi1, lo1 = (p1 >> shift).astype(np.uint32), p1.astype(np.uint32)
    return (hi1 ^ c1 ^ k0, lo1, hi0 ^ c3 ^ k1, lo0)


def blocks(state: Any, offsets: Any) -> Any:
    """Words [n, 4] of the blocks at `offsets` (uint64) from `state` = [key0, key1, c0, c1, c2, c3]."""
    if isinstance(state, np.ndarray) and isinstance(offsets, np.ndarray):
        return _host_blocks(state, offsets)
    wide = state.astype(np.uint64)
    low = wide[2] | (wide[3] << np.uint64(32))
    high = wide[4] | (wide[5] << np.uint64(32))
    l = low + offsets
    h = high + (l < low).astype(np.uint64)
    shift = np.uint64(32)
    counter = (l.astype(np.uint32), (l >> shift).astype(np.uint32), h.astype(np.uint32), (h >> shift).astype(np.uint32))
    k0, k1 = state[0], state[1]

    def step(_: Any, carry: Any) -> Any:
        c, a, b = carry
        return _round(c, a, b), a + np.uint32(_W0), b + np.uint32(_W1)

    # On CPUs a loop, two rounds a turn: of all ten XLA would recompute every lane for each output.
    # On GPUs each turn of a loop is a kernel launch.
    counter, _, _ = jax.lax.fori_loop(0, 10, step, (counter, k0, k1), unroll=2 if tier.on_cpu() else True)
    return jnp.stack(counter, -1)


_MULTIPLIERS = np.array([[_M0], [_M1]], np.uint64)
_KEY_STEPS = (np.arange(10, dtype=np.uint64)[:, None] * np.array([_W0, _W1], np.uint64)).astype(np.uint32)


def _host_blocks(state: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """`blocks` in NumPy, with as few calls as can be: they are what a small draw costs.

    Words c0 and c2 are the rows of `x`, c1 and c3 those of `y`. The halves of the products are
    views: row 0 of `hi` and `lo` belongs to c2's product, which goes to c0 and c1.
    """
    count = len(offsets)
    low, high = int(state[2]) | int(state[3]) << 32, int(state[4]) | int(state[5]) << 32
    product = np.empty((2, count), np.uint64)
    np.add(offsets, np.uint64(low), out=product[0])
    product[1] = high
    if count and low + int(offsets.max()) >> 64:
        product[1] += product[0] < np.uint64(low)
    halves = product.view(np.uint32).reshape(2, count, 2)
    x, y = halves[:, :, 0].copy(), halves[:, :, 1].copy()
    lo, hi = halves[::-1, :, 0], halves[::-1, :, 1]
    keys = (_KEY_STEPS + state[:2]).reshape(10, 2, 1)
    for key in keys:
        np.multiply(x, _MULTIPLIERS, out=product)
        np.bitwise_xor(hi, y, out=x)
        np.bitwise_xor(x, key, out=x)
        np.copyto(y, lo)
    return np.stack((x, y), 1).reshape(4, count).T


def words(state: Any, count: int, start: Any = 0) -> Any:
    """`count` words of the stream from block `start` on."""
    xp = np if isinstance(state, np.ndarray) else jnp
    offsets = xp.arange((count + 3) // 4, dtype=np.uint64)
    if not isinstance(start, int) or start:
        offsets = offsets + xp.asarray(start, np.uint64)
    found = blocks(state, offsets).reshape(-1)
    return found[:count] if isinstance(found, np.ndarray) else jax.lax.slice_in_dim(found, 0, count)


def stateless_state(seed: Any) -> Any:
    """The stream of a stateless op's seed pair [a, b]."""
    xp = np if isinstance(seed, np.ndarray) else jnp
    pair = seed.astype(np.int64).astype(np.uint64)
    shift = np.uint64(32)
    counter = [pair[0].astype(np.uint32), (pair[0] >> shift).astype(np.uint32), pair[1].astype(np.uint32), (pair[1] >> shift).astype(np.uint32)]
    key = [np.uint32(k) for k in _SCRAMBLE_KEY]
    m = words(xp.stack([xp.asarray(v) for v in (*key, *counter)]), 4)
    zero = xp.zeros((), np.uint32)
    return xp.stack([m[0], m[1], zero, zero, m[2], m[3]])


def stream_state(seed: int, seed2: int, skipped: int = 0) -> np.ndarray:
    """The stream of a stateful kernel's seeds, `skipped` blocks on."""
    counter = ((seed2 & (2**64 - 1)) << 64) + skipped
    return _pack(counter, seed & (2**64 - 1))


def _pack(counter: int, key: int) -> np.ndarray:
    parts = [key, key >> 32, counter, counter >> 32, counter >> 64, counter >> 96]
    return np.array([p & 0xFFFFFFFF for p in parts], np.uint32)


def generator_state(state: Any) -> Any:
    """The stream of a `tf.random.Generator`'s int64 state [counter low, counter high, key]."""
    xp = np if isinstance(state, np.ndarray) else jnp
    wide = state.astype(np.uint64)
    parts = [wide[2], wide[0], wide[1]]
    halves = [half for p in parts for half in (p.astype(np.uint32), (p >> np.uint64(32)).astype(np.uint32))]
    return xp.stack(halves)


def advance(state: Any, count: Any) -> Any:
    """A Generator's int64 state after `count` numbers: each reserves 256 blocks of the stream."""
    xp = np if isinstance(state, np.ndarray) else jnp
    low, high = state[0].astype(np.uint64), state[1].astype(np.uint64)
    with np.errstate(over="ignore"):
        moved = low + count.astype(np.uint64) * np.uint64(256)
        high = high + (moved < low).astype(np.uint64)
    return xp.stack([moved.astype(np.int64), high.astype(np.int64), state[2]])


def shuffle_order(state: np.ndarray, n: int) -> np.ndarray:
    """The permutation of RandomShuffle: a forward Fisher–Yates."""
    order = list(range(n))
    if n > 1:
        draws = words(state, n - 1).tolist()
        for i, draw in enumerate(draws):
            j = i + draw % (n - i)
            order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)
