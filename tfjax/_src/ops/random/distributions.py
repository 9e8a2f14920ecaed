"""From random words to numbers, TensorFlow's way: uniform, normal, truncated normal, integers.

Every distribution is a function of (state, start, count, dtype): `count` values of the stream from
block `start` on. Large draws outside a trace are made in chunks by one compiled program per
distribution and dtype, so that no new shape has to be compiled.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.ops.random import libm, philox

# Values up to this many come from NumPy, more from compiled chunks of one of these sizes.
_SMALL = 8192
_CHUNKS = (1 << 15, 1 << 17)
_ONE = np.float32(1)


def bits(x: Any, dtype: Any) -> Any:
    """The same bits read as another dtype of the same width."""
    return x.view(dtype) if isinstance(x, np.ndarray) else jax.lax.bitcast_convert_type(x, dtype)


def _space(x: Any) -> Any:
    return np if isinstance(x, np.ndarray) else jnp


def unit32(word: Any) -> Any:
    """A float32 in [0, 1) of each word."""
    return bits((word & np.uint32(0x7FFFFF)) | np.uint32(127 << 23), np.float32) - _ONE


def unit64(first: Any, second: Any) -> Any:
    """A float64 in [0, 1) of each pair of words."""
    mantissa = ((first.astype(np.uint64) & np.uint64(0xFFFFF)) << np.uint64(32)) | second.astype(np.uint64)
    return bits(mantissa | np.uint64(1023 << 52), np.float64) - np.float64(1)


def _uniform(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    if dtype == np.float64:
        w = philox.words(state, 2 * count, start).reshape(count, 2)
        return unit64(w[:, 0], w[:, 1])
    w = philox.words(state, count, start)
    if dtype == np.float32:
        return unit32(w)
    mantissa, exponent = (0x3FF, 15 << 10) if dtype == np.float16 else (0x7F, 127 << 7)
    half = (w.astype(np.uint16) & np.uint16(mantissa)) | np.uint16(exponent)
    return bits(half, dtype) - np.ones((), dtype)


def _box_muller32(x0: Any, x1: Any, exact: bool = True) -> tuple[Any, Any]:
    xp = _space(x0)
    u1 = xp.maximum(unit32(x0), np.float32(1e-7))
    if not exact:
        angle, log = unit32(x1) * np.float32(2 * np.pi), xp.log(u1)
        sine, cosine = xp.sin(angle), xp.cos(angle)
    else:
        angle = (2.0 * np.pi * unit32(x1).astype(np.float64)).astype(np.float32)
        log = libm.log(u1)
        sine, cosine = libm.sincos(angle)
    r = xp.sqrt(np.float32(-2) * log)
    return sine * r, cosine * r


# NumPy's own functions of doubles are not the C library's everywhere; Python's are.
_math_log, _math_sin, _math_cos = (np.frompyfunc(f, 1, 1) for f in (math.log, math.sin, math.cos))


def _box_muller64(w: Any) -> tuple[Any, Any]:
    xp = _space(w)
    u1 = xp.maximum(unit64(w[:, 0], w[:, 1]), 1e-7)
    angle = 2 * np.pi * unit64(w[:, 2], w[:, 3])
    if xp is np:
        log, sine, cosine = (f(x).astype(np.float64) for f, x in ((_math_log, u1), (_math_sin, angle), (_math_cos, angle)))
    else:
        log, sine, cosine = xp.log(u1), xp.sin(angle), xp.cos(angle)
    r = xp.sqrt(-2.0 * log)
    return sine * r, cosine * r


def _pairs(state: Any, start: Any, count: int, dtype: np.dtype, exact: bool) -> Any:
    if dtype == np.float64:
        parts = _box_muller64(philox.words(state, 4 * ((count + 1) // 2), start).reshape(-1, 4))
    else:
        w = philox.words(state, 4 * ((count + 3) // 4), start).reshape(-1, 2)
        parts = _box_muller32(w[:, 0], w[:, 1], exact)
    return _space(parts[0]).stack(parts, -1).reshape(-1)[:count].astype(dtype)


def _normal(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    return _pairs(state, start, count, dtype, True)


def _normal_float32(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    return _pairs(state, start, count, dtype, False)


def _candidates(state: Any, offsets: Any, wide: bool, exact: bool) -> Any:
    w = philox.blocks(state, offsets)
    parts = _box_muller64(w) if wide else [*_box_muller32(w[:, 0], w[:, 1], exact), *_box_muller32(w[:, 2], w[:, 3], exact)]
    return _space(w).stack(parts, -1)


def _truncated(state: Any, start: Any, count: int, dtype: np.dtype, exact: bool = True) -> Any:
    """Every group of 4 outputs (2 for float64) walks its own 256 (128) blocks, keeping what fits."""
    wide = dtype == np.float64
    group = 2 if wide else 4
    groups = (count + group - 1) // group
    xp = _space(state)
    base = xp.arange(groups, dtype=np.uint64) * np.uint64(group * 64) + xp.asarray(start, np.uint64)
    fill = _fill_host if xp is np else _fill_traced
    out = fill(lambda offsets: _candidates(state, offsets, wide, exact), base, group, np.float64 if wide else np.float32)
    return out.reshape(-1)[:count].astype(dtype)


def _truncated_float32(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    return _truncated(state, start, count, dtype, False)


def _fill_host(draw: Callable[[Any], Any], base: np.ndarray, group: int, dtype: Any) -> np.ndarray:
    out = np.zeros((len(base), group), dtype)
    filled = np.zeros(len(base), np.int64)
    active, block = np.arange(len(base)), 0
    while active.size:
        values = draw(base[active] + np.uint64(block))
        for i in range(values.shape[1]):
            keep = (np.abs(values[:, i]) < 2) & (filled[active] < group)
            rows = active[keep]
            out[rows, filled[rows]] = values[keep, i]
            filled[rows] += 1
        active = active[filled[active] < group]
        block += 1
    return out


def _fill_traced(draw: Callable[[Any], Any], base: Any, group: int, dtype: Any) -> Any:
    def step(carry: Any) -> Any:
        out, filled, block = carry
        values = draw(base + block)
        for i in range(group):
            keep = (jnp.abs(values[:, i]) < 2) & (filled < group)
            place = (jnp.arange(group) == filled[:, None]) & keep[:, None]
            out = jnp.where(place, values[:, i : i + 1], out)
            filled = filled + keep.astype(np.int32)
        return out, filled, block + np.uint64(1)

    start = (jnp.zeros((len(base), group), dtype), jnp.zeros(len(base), np.int32), jnp.zeros((), np.uint64))
    return jax.lax.while_loop(lambda c: jnp.any(c[1] < group), step, start)[0]


def _integers(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    if dtype.itemsize == 4:
        return bits(philox.words(state, count, start), dtype)
    w = philox.words(state, 2 * count, start).reshape(count, 2).astype(np.uint64)
    return bits(w[:, 0] | (w[:, 1] << np.uint64(32)), dtype)


def _inverse_normal(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    kind = np.float64 if dtype == np.float64 else np.float32
    centred = _uniform(state, start, count, np.dtype(kind)) * kind(2) - np.nextafter(kind(1), kind(0))
    return (kind(np.sqrt(2)) * jax.lax.erf_inv(jnp.asarray(centred))).astype(dtype)


def _inverse_truncated(state: Any, start: Any, count: int, dtype: np.dtype) -> Any:
    kind = np.float64 if dtype == np.float64 else np.float32
    edge = kind(math.erf(2 / math.sqrt(2)))
    centred = (_uniform(state, start, count, np.dtype(kind)) * kind(2) - kind(1)) * edge
    limit = np.nextafter(kind(2), kind(0))
    return jnp.clip(kind(np.sqrt(2)) * jax.lax.erf_inv(jnp.asarray(centred)), -limit, limit).astype(dtype)


# Distribution -> the function for each kind of numbers (`settings.py`), and values per block.
_FUNCTIONS = {
    "uniform": (_uniform, _uniform, _uniform),
    "normal": (_normal, _normal_float32, _inverse_normal),
    "truncated_normal": (_truncated, _truncated_float32, _inverse_truncated),
    "integers": (_integers, _integers, _integers),
}
KINDS = ("tensorflow", "float32", "fastest")


def _blocks_used(name: str, kind: str, count: int, dtype: np.dtype) -> int:
    wide = dtype.itemsize == 8
    if name == "truncated_normal" and kind != "fastest":
        return count * 64
    return count // 2 if wide else count // 4


@functools.cache
def _program(name: str, kind: str, count: int, dtype: np.dtype, scaled: bool) -> Callable[..., Any]:
    function = _FUNCTIONS[name][KINDS.index(kind)]

    def run(state: Any, start: Any, *parameters: Any) -> Any:
        unit = function(state, start, count, dtype)
        return _two_roundings(unit, *parameters) if scaled else unit

    return jax.jit(run)


def draw(
    name: str, state: Any, shape: tuple[int, ...], dtype: np.dtype, kind: str = "tensorflow", scale: Any = None, shift: Any = None
) -> Any:
    """Numbers of a distribution.

    Args:
      name: "uniform" in [0, 1), "normal", "truncated_normal" (standard) or "integers" (all bits).
      state: the stream; a NumPy array gives a NumPy array.
      shape, dtype: of the result.
      kind: which numbers: "tensorflow", its words in float32 arithmetic, or the fastest here.
      scale, shift: what to multiply the numbers with and to add then; arrays, or None.
    """
    count = math.prod(shape)
    scalars = scale is None or _are_scalars(scale, shift)
    if scale is not None and scalars and scale == 1 and shift == 0:
        scale = None
    if kind == "fastest":
        # Its functions exist in JAX only.
        result = _FUNCTIONS[name][2](jnp.asarray(state), 0, count, dtype)
    elif not isinstance(state, np.ndarray) or count <= _SMALL or (dtype == np.float64 and name != "uniform"):
        result = _FUNCTIONS[name][KINDS.index(kind)](state, 0, count, dtype)
    else:
        inside = () if scale is None or not scalars else (scale, shift)
        result = _chunks(name, state, count, dtype, kind, inside)
        if inside:
            return result.reshape(shape)
    result = result.reshape(shape)
    return result if scale is None else affine(result, scale, shift)


def _are_scalars(*values: Any) -> bool:
    """Whether all are host scalars, which a compiled chunk takes as they are."""
    return all(isinstance(v, (np.ndarray, np.generic)) and not v.ndim for v in values)


def _chunks(name: str, state: np.ndarray, count: int, dtype: np.dtype, kind: str, parameters: tuple[Any, ...]) -> np.ndarray:
    size = _CHUNKS[count > 4 * _CHUNKS[0]]
    program = _program(name, kind, size, dtype, bool(parameters))
    step = _blocks_used(name, kind, size, dtype)
    out = np.empty(count, dtype)

    def fill(i: int) -> None:
        part = out[i * size : (i + 1) * size]
        part[:] = np.asarray(program(state, np.uint64(i * step), *parameters))[: len(part)]

    number = -(-count // size)
    if number > 4:
        fill(0)  # compiles
        list(_threads().map(fill, range(1, number)))
    else:
        for i in range(number):
            fill(i)
    return out


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """Threads for the chunks of large draws: XLA runs a chunk on one core, without Python's lock."""
    return ThreadPoolExecutor(os.cpu_count(), "tfjax-random")


def integers(state: Any, shape: tuple[int, ...], low: Any, high: Any, dtype: np.dtype) -> Any:
    """Integers in [low, high), by remainder as TensorFlow draws them; the whole range if both are None."""
    raw = draw("integers", state, shape, dtype)
    if low is None:
        return raw
    unsigned = np.dtype(np.uint32 if dtype.itemsize == 4 else np.uint64)
    with np.errstate(over="ignore"):
        first, last = low.astype(unsigned), high.astype(unsigned)
        return bits(first + bits(raw, unsigned) % (last - first), dtype)


def affine(unit: Any, scale: Any, shift: Any) -> Any:
    """`unit * scale + shift` with two roundings; XLA would fuse them into one."""
    if isinstance(unit, np.ndarray) and not isinstance(scale, jax.Array):
        if scale.ndim or shift.ndim:
            return (unit * scale).astype(unit.dtype) + shift
        unit *= scale  # the array is new
        unit += shift
        return unit
    return _two_roundings(unit, scale, shift)


@jax.custom_jvp
def _two_roundings(unit: Any, scale: Any, shift: Any) -> Any:
    product = unit * scale
    if product.dtype.itemsize < 4:
        return product + shift
    # Bits that are 0 at run time, which the compiler cannot know, keep the product rounded: no
    # number is this one of the many NaNs.
    whole = np.uint32 if product.dtype.itemsize == 4 else np.uint64
    zero = (bits(unit, whole) == whole(0x7FC12345)).astype(whole)
    rounded = bits(product, whole) ^ zero
    return bits(rounded, product.dtype) + shift


@_two_roundings.defjvp
def _two_roundings_jvp(primals: Any, tangents: Any) -> Any:
    unit, scale, _ = primals
    _, slope, moved = tangents
    out = _two_roundings(*primals)
    return out, jnp.broadcast_to(unit * slope + moved, out.shape)
