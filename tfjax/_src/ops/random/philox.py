"""Philox4x32-10 and TensorFlow's way from its words to numbers; see docs of `tf.random`.

One body serves NumPy and JAX: words are uint32 arrays, `xp` is the namespace.
Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

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
    xp = np if isinstance(state, np.ndarray) and isinstance(offsets, np.ndarray) else jnp
    wide = state.astype(np.uint64)
    low = wide[2] | (wide[3] << np.uint64(32))
    high = wide[4] | (wide[5] << np.uint64(32))
    l = low + offsets
    h = high + (l < low).astype(np.uint64)
    shift = np.uint64(32)
    counter = (l.astype(np.uint32), (l >> shift).astype(np.uint32), h.astype(np.uint32), (h >> shift).astype(np.uint32))
    k0, k1 = state[0], state[1]
    if xp is np:
        with np.errstate(over="ignore"):
            for _ in range(10):
                counter = _round(counter, k0, k1)
                k0, k1 = k0 + np.uint32(_W0), k1 + np.uint32(_W1)
        return np.stack(counter, -1)

    def step(_: Any, carry: Any) -> Any:
        c, a, b = carry
        return _round(c, a, b), a + np.uint32(_W0), b + np.uint32(_W1)

    # A loop, not unrolled rounds: XLA would recompute every lane for each output.
    counter, _, _ = jax.lax.fori_loop(0, 10, step, (counter, k0, k1))
    return jnp.stack(counter, -1)


def words(state: Any, count: int) -> Any:
    """The first `count` words of the stream."""
    xp = np if isinstance(state, np.ndarray) else jnp
    offsets = xp.arange((count + 3) // 4, dtype=np.uint64)
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


def uniform(state: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """Numbers in [0, 1) of a float dtype."""
    n = math.prod(shape)
    if dtype == np.float64:
        w = words(state, 2 * n).reshape(n, 2)
        mantissa = ((w[:, 0].astype(np.uint64) & np.uint64(0xFFFFF)) << np.uint64(32)) | w[:, 1].astype(np.uint64)
        return (_bits(mantissa | np.uint64(1023 << 52), np.float64) - np.float64(1)).reshape(shape)
    w = words(state, n)
    if dtype == np.float32:
        return (_bits((w & np.uint32(0x7FFFFF)) | np.uint32(127 << 23), np.float32) - np.float32(1)).reshape(shape)
    mantissa, exponent = (0x3FF, 15 << 10) if dtype == np.float16 else (0x7F, 127 << 7)
    bits = (w.astype(np.uint16) & np.uint16(mantissa)) | np.uint16(exponent)
    return (_bits(bits, dtype) - np.ones((), dtype)).reshape(shape)


def _bits(x: Any, dtype: Any) -> Any:
    return x.view(dtype) if isinstance(x, np.ndarray) else jax.lax.bitcast_convert_type(x, dtype)


def _box_muller32(x0: Any, x1: Any, xp: Any) -> tuple[Any, Any]:
    one = np.float32(1)
    u1 = xp.maximum(_bits((x0 & np.uint32(0x7FFFFF)) | np.uint32(127 << 23), np.float32) - one, np.float32(1e-7))
    angle = _bits((x1 & np.uint32(0x7FFFFF)) | np.uint32(127 << 23), np.float32) - one
    # In double and rounded once: within 1 ulp of the C library's float functions that TF calls.
    v = (2.0 * np.pi * angle.astype(np.float64)).astype(np.float32).astype(np.float64)
    r = xp.sqrt(np.float32(-2) * xp.log(u1.astype(np.float64)).astype(np.float32))
    return xp.sin(v).astype(np.float32) * r, xp.cos(v).astype(np.float32) * r


def _box_muller64(w: Any, xp: Any) -> tuple[Any, Any]:
    def unit(a: Any, b: Any) -> Any:
        mantissa = ((a.astype(np.uint64) & np.uint64(0xFFFFF)) << np.uint64(32)) | b.astype(np.uint64)
        return _bits(mantissa | np.uint64(1023 << 52), np.float64) - 1.0

    u1 = xp.maximum(unit(w[:, 0], w[:, 1]), 1e-7)
    v = 2 * np.pi * unit(w[:, 2], w[:, 3])
    r = xp.sqrt(-2.0 * xp.log(u1))
    return xp.sin(v) * r, xp.cos(v) * r


def normal(state: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """Standard normal numbers."""
    xp = np if isinstance(state, np.ndarray) else jnp
    n = math.prod(shape)
    if dtype == np.float64:
        s, c = _box_muller64(words(state, 4 * ((n + 1) // 2)).reshape(-1, 4), xp)
    else:
        w = words(state, 4 * ((n + 3) // 4)).reshape(-1, 2)
        s, c = _box_muller32(xp.asarray(w[:, 0]), xp.asarray(w[:, 1]), xp)
    return xp.stack([s, c], -1).reshape(-1)[:n].reshape(shape).astype(dtype)


def truncated_normal(state: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """Standard normal numbers of absolute value below 2.

    Every group of 4 outputs (2 for float64) walks its own 256 (128) blocks, keeping what fits.
    """
    xp = np if isinstance(state, np.ndarray) else jnp
    n = math.prod(shape)
    wide = dtype == np.float64
    group = 2 if wide else 4
    count = (n + group - 1) // group
    base = xp.arange(count, dtype=np.uint64) * np.uint64(group * 64)

    def candidates(block: Any) -> Any:
        w = blocks(state, base + block)
        if wide:
            return xp.stack(_box_muller64(w, xp), -1)
        a, b = _box_muller32(xp.asarray(w[:, 0]), xp.asarray(w[:, 1]), xp), _box_muller32(xp.asarray(w[:, 2]), xp.asarray(w[:, 3]), xp)
        return xp.stack([*a, *b], -1)

    kind = np.float64 if wide else np.float32
    out, filled, block = xp.zeros((count, group), kind), xp.zeros(count, np.int32), 0

    def step(out: Any, filled: Any, block: Any) -> tuple[Any, Any]:
        values = candidates(xp.asarray(block, np.uint64))
        for i in range(group):
            value = values[:, i]
            keep = (xp.abs(value) < 2) & (filled < group)
            place = (xp.arange(group) == filled[:, None]) & keep[:, None]
            out = xp.where(place, value[:, None], out)
            filled = filled + keep.astype(np.int32)
        return out, filled

    if xp is np:
        while count and filled.min() < group:
            out, filled = step(out, filled, block)
            block += 1
    else:
        def body(carry: Any) -> Any:
            o, f, b = carry
            return (*step(o, f, b), b + 1)

        out, _, _ = jax.lax.while_loop(lambda c: jnp.any(c[1] < group), body, (out, filled, jnp.zeros((), np.int32)))
    return out.reshape(-1)[:n].reshape(shape).astype(dtype)


def integers(state: Any, shape: tuple[int, ...], low: Any, high: Any, dtype: np.dtype) -> Any:
    """Integers in [low, high), by remainder as TensorFlow draws them; the whole range if both are None."""
    n = math.prod(shape)
    small = dtype.itemsize == 4
    unsigned = np.dtype(np.uint32 if small else np.uint64)
    if small:
        raw = words(state, n)
    else:
        w = words(state, 2 * n).reshape(n, 2).astype(np.uint64)
        raw = w[:, 0] | (w[:, 1] << np.uint64(32))
    if low is not None:
        with np.errstate(over="ignore"):
            first, last = low.astype(unsigned), high.astype(unsigned)
            raw = first + raw % (last - first)
    return raw.astype(dtype).reshape(shape) if not isinstance(raw, np.ndarray) else raw.view(dtype).reshape(shape)


def affine(unit: Any, scale: Any, shift: Any) -> Any:
    """`unit * scale + shift` with two roundings; XLA would fuse them into one."""
    if isinstance(unit, np.ndarray) and not isinstance(scale, jax.Array):
        return (unit * scale).astype(unit.dtype) + shift
    product = unit * scale
    if product.dtype != jnp.float32:
        return product + shift
    # Bits that are 0 at run time, which the compiler cannot know, keep the product rounded.
    zero = jax.lax.bitcast_convert_type(jnp.abs(unit), jnp.uint32) >> np.uint32(31)
    bits = jax.lax.bitcast_convert_type(product, jnp.uint32) ^ zero
    return jax.lax.bitcast_convert_type(bits, jnp.float32) + shift


def shuffle_order(state: np.ndarray, n: int) -> np.ndarray:
    """The permutation of RandomShuffle: a forward Fisher–Yates."""
    order = list(range(n))
    if n > 1:
        draws = words(state, n - 1).tolist()
        for i, draw in enumerate(draws):
            j = i + draw % (n - i)
            order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)
