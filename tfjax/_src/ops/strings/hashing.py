"""Hashes of strings: FarmHash's fingerprint, SipHash and Hash64, for whole batches at once.

*Source:* the published algorithms FarmHash (farmhashna::Hash64), SipHash-2-4 and MurmurHash64A.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, Name, Static, String
from tfjax._src.eager.op import op
from tfjax._src.ops.strings.elements import lengths_of

_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MASK = 0xFFFFFFFFFFFFFFFF
_U = np.uint64


class _Words:
    """Strings one behind the other, read as little-endian numbers at any byte."""

    def __init__(self, strings: list[bytes]) -> None:
        joined = b"\0".join(strings) + bytes(16)
        self.lengths = lengths_of(strings, joined)
        self.starts = np.cumsum(self.lengths + 1) - self.lengths - 1
        self.bytes = np.frombuffer(joined, np.uint8)
        self.u64 = np.ndarray(len(joined) - 7, "<u8", joined, strides=(1,))
        self.u32 = np.ndarray(len(joined) - 3, "<u4", joined, strides=(1,))


def _rotated(x: np.ndarray, bits: int) -> np.ndarray:
    return (x >> _U(bits)) | (x << _U(64 - bits))


def _mixed(x: np.ndarray) -> np.ndarray:
    return x ^ (x >> _U(47))


def _pair(u: np.ndarray, v: np.ndarray, mul: np.ndarray) -> np.ndarray:
    a = _mixed((u ^ v) * mul)
    return _mixed((v ^ a) * mul) * mul


def fingerprints(strings: list[bytes]) -> np.ndarray:
    """FarmHash's 64-bit fingerprint of each string."""
    words = _Words(strings)
    found = np.full(len(strings), _K2, np.uint64)
    lengths = words.lengths
    with np.errstate(over="ignore"):
        least, most = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
        for low, high, function in _BY_LENGTH:
            if low <= least and most <= high:
                return function(words, words.starts, lengths)
            if low > most or high < least:
                continue
            chosen = np.flatnonzero((lengths >= low) & (lengths <= high))
            if len(chosen):
                found[chosen] = function(words, words.starts[chosen], lengths[chosen])
    return found


def _tiny(words: _Words, at: np.ndarray, n: np.ndarray) -> np.ndarray:
    a, b, c = (words.bytes[p].astype(np.uint64) for p in (at, at + (n >> 1), at + n - 1))
    y, z = a + (b << _U(8)), n.astype(np.uint64) + (c << _U(2))
    # 32-bit sums in the published code; they do not overflow here.
    return _mixed((y * _U(_K2)) ^ (z * _U(_K0))) * _U(_K2)


def _small(words: _Words, at: np.ndarray, n: np.ndarray) -> np.ndarray:
    size = n.astype(np.uint64)
    first, last = words.u32[at].astype(np.uint64), words.u32[at + n - 4].astype(np.uint64)
    return _pair(size + (first << _U(3)), last, _U(_K2) + size * _U(2))


def _short(words: _Words, at: np.ndarray, n: np.ndarray) -> np.ndarray:
    mul = _U(_K2) + n.astype(np.uint64) * _U(2)
    a, b = words.u64[at] + _U(_K2), words.u64[at + n - 8]
    return _pair(_rotated(b, 37) * mul + a, (_rotated(a, 25) + b) * mul, mul)


def _middle(words: _Words, at: np.ndarray, n: np.ndarray) -> np.ndarray:
    mul = _U(_K2) + n.astype(np.uint64) * _U(2)
    a, b = words.u64[at] * _U(_K1), words.u64[at + 8]
    c, d = words.u64[at + n - 8] * mul, words.u64[at + n - 16] * _U(_K2)
    return _pair(_rotated(a + b, 43) + _rotated(c, 30) + d, a + _rotated(b + _U(_K2), 18) + c, mul)


def _long(words: _Words, at: np.ndarray, n: np.ndarray) -> np.ndarray:
    mul = _U(_K2) + n.astype(np.uint64) * _U(2)
    a, b = words.u64[at] * _U(_K2), words.u64[at + 8]
    c, d = words.u64[at + n - 8] * mul, words.u64[at + n - 16] * _U(_K2)
    y = _rotated(a + b, 43) + _rotated(c, 30) + d
    z = _pair(y, a + _rotated(b + _U(_K2), 18) + c, mul)
    e, f = words.u64[at + 16] * mul, words.u64[at + 24]
    g, h = (y + words.u64[at + n - 32]) * mul, (z + words.u64[at + n - 24]) * mul
    return _pair(_rotated(e + f, 43) + _rotated(g, 30) + h, e + _rotated(f + a, 18) + g, mul)


def _very_long(words: _Words, at: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Strings of more than 64 bytes, in blocks of 64; longest first, so that those left are a prefix."""
    order = np.argsort(-n)
    at, n = at[order], n[order]
    k1 = _U(_K1)
    x = np.full(len(n), 81 * _K2 & _MASK, np.uint64) + words.u64[at]
    y = np.full(len(n), 81 * _K1 + 113 & _MASK, np.uint64)
    z = _mixed(y * _U(_K2) + _U(113)) * _U(_K2)
    state = [x, y, z, *np.zeros((4, len(n)), np.uint64)]
    blocks = (n - 1) // 64
    for i in range(int(blocks[0])):
        left = int(np.count_nonzero(blocks > i))
        block = [words.u64[at[:left] + 64 * i + 8 * k] for k in range(8)]
        for kept, new in zip(state, _round(block, [v[:left] for v in state], k1, _U(1))):
            kept[:left] = new
    x, y, z, v0, v1, w0, w1 = state
    mul = k1 + ((z & _U(0xFF)) << _U(1))
    w0 = w0 + ((n - 1) & 63).astype(np.uint64)
    v0 = v0 + w0
    w0 = w0 + v0
    last = [words.u64[at + n - 64 + 8 * k] for k in range(8)]
    x, y, z, v0, v1, w0, w1 = _round(last, [x, y, z, v0, v1, w0, w1], mul, _U(9))
    first = _pair(v0, w0, mul) + _mixed(y) * _U(_K0) + z
    found = np.empty(len(n), np.uint64)
    found[order] = _pair(first, _pair(v1, w1, mul) + x, mul)
    return found


def _weak(block: list[np.ndarray], a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a = a + block[0]
    b = _rotated(b + a + block[3], 21)
    c = a + block[1] + block[2]
    return c + block[3], b + _rotated(c, 44) + a


def _round(block: list[np.ndarray], state: list[np.ndarray], mul: Any, weight: Any) -> list[np.ndarray]:
    x, y, z, v0, v1, w0, w1 = state
    x = _rotated(x + y + v0 + block[1], 37) * mul
    y = _rotated(y + v1 + block[6], 42) * mul
    x = x ^ (w1 * weight)
    y = y + v0 * weight + block[5]
    z = _rotated(z + w0, 33) * mul
    v = _weak(block[:4], v1 * mul, x + w0)
    w = _weak(block[4:], z + w1, y + block[2])
    return [z, y, x, *v, *w]


_BY_LENGTH = (
    (1, 3, _tiny), (4, 7, _small), (8, 16, _short), (17, 32, _middle), (33, 64, _long), (65, 2**62, _very_long)
)  # fmt: skip


def _sip_rounds(state: list[np.ndarray], count: int) -> None:
    v0, v1, v2, v3 = state
    for _ in range(count):
        # Rotations to the left by 13, 32, 16, 21, 17, 32, written as rotations to the right.
        v0 = v0 + v1
        v1 = _rotated(v1, 64 - 13) ^ v0
        v0 = _rotated(v0, 32)
        v2 = v2 + v3
        v3 = _rotated(v3, 64 - 16) ^ v2
        v0 = v0 + v3
        v3 = _rotated(v3, 64 - 21) ^ v0
        v2 = v2 + v1
        v1 = _rotated(v1, 64 - 17) ^ v2
        v2 = _rotated(v2, 32)
    state[:] = v0, v1, v2, v3


def siphashes(strings: list[bytes], key: tuple[int, int]) -> np.ndarray:
    """SipHash-2-4 of each string under a key of two 64-bit numbers."""
    words = _Words(strings)
    # Longest first: the strings that still have blocks are a prefix, changed in place.
    order = np.argsort(-words.lengths)
    at, n = words.starts[order], words.lengths[order]
    blocks = n // 8
    k0, k1 = (_U(k & _MASK) for k in key)
    state = [np.full(len(n), k ^ _U(c)) for k, c in (
        (k0, 0x736F6D6570736575), (k1, 0x646F72616E646F6D), (k0, 0x6C7967656E657261), (k1, 0x7465646279746573),
    )]  # fmt: skip
    with np.errstate(over="ignore"):
        for i in range(int(blocks[0]) if len(n) else 0):
            left = int(np.count_nonzero(blocks > i))
            active = [v[:left] for v in state]
            _sip_absorb(active, words.u64[at[:left] + 8 * i])
            for kept, new in zip(state, active):
                kept[:left] = new
        rest = (n % 8).astype(np.uint64)
        tail = words.u64[at + 8 * blocks] & ((_U(1) << (rest * _U(8))) - _U(1))
        _sip_absorb(state, tail | (n.astype(np.uint64) << _U(56)))
        state[2] = state[2] ^ _U(0xFF)
        _sip_rounds(state, 4)
        found = np.empty(len(n), np.uint64)
        found[order] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return found


def _sip_absorb(state: list[np.ndarray], word: np.ndarray) -> None:
    state[3] = state[3] ^ word
    _sip_rounds(state, 2)
    state[0] = state[0] ^ word


def hash64(strings: list[bytes], seed: int = 0xDECAFCAFFE) -> np.ndarray:
    """MurmurHash64A of each string."""
    words = _Words(strings)
    m = _U(0xC6A4A7935BD1E995)
    found = np.empty(len(strings), np.uint64)
    blocks = words.lengths // 8
    with np.errstate(over="ignore"):
        for count in np.unique(blocks).tolist():
            chosen = np.flatnonzero(blocks == count)
            at, n = words.starts[chosen], words.lengths[chosen]
            h = _U(seed) ^ (n.astype(np.uint64) * m)
            for i in range(count):
                k = words.u64[at + 8 * i] * m
                h = (h ^ ((k ^ (k >> _U(47))) * m)) * m
            rest = (n % 8).astype(np.uint64)
            tail = words.u64[at + 8 * count] & ((_U(1) << (rest * _U(8))) - _U(1))
            h = np.where(rest > 0, (h ^ tail) * m, h)
            h = (h ^ (h >> _U(47))) * m
            found[chosen] = h ^ (h >> _U(47))
    return found


def joined_fingerprint(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """One fingerprint of two."""
    mul = _U(0xC6A4A7935BD1E995)
    with np.errstate(over="ignore"):
        result = a ^ mul
        result = (result ^ (_mixed(b * mul) * mul)) * mul
        return _mixed(_mixed(result) * mul)


def _buckets(hashes: np.ndarray, count: int, shape: tuple[int, ...]) -> np.ndarray:
    return (hashes % _U(count)).astype(np.int64).reshape(shape)


@op("fingerprint", raw="Fingerprint", device=False, differentiable=False)
def fingerprint(data: AnyTensor, method: Static = "farmhash64", name: Name = None):
    """The 64-bit fingerprint of each row of `data`, as 8 bytes.

    >>> import tfjax as tf
    >>> tf.fingerprint(["a"]).shape
    TensorShape([1, 8])
    """
    kind = method.decode() if isinstance(method, bytes) else method
    if kind != "farmhash64":
        raise InvalidArgumentError(None, None, f"Unsupported fingerprint method: {kind}")
    if data.ndim == 0:
        raise InvalidArgumentError(None, None, "data must have at least rank 1")
    if data.dtype == object:
        flat = fingerprints(data.reshape(-1).tolist())
        if data.ndim > 1:
            # A row of strings is the fingerprint of its strings' fingerprints.
            flat = fingerprints([row.tobytes() for row in flat.reshape(data.shape[0], -1)])
    else:
        flat = fingerprints([row.tobytes() for row in np.ascontiguousarray(data)])
    return flat.view(np.uint8).reshape(data.shape[0], 8)


def _check(num_buckets: int, op_name: str) -> None:
    if num_buckets < 1:
        raise InvalidArgumentError(
            None, None, f"Value for attr 'num_buckets' of {num_buckets} must be at least minimum 1\n"
            f"\t; NodeDef: {{{{node {op_name}}}}}; Op<name={op_name}; signature=input:string -> output:int64; attr=num_buckets:int,min=1>"
        )


@op("strings.to_hash_bucket_fast", raw="StringToHashBucketFast", device=False, differentiable=False)
def to_hash_bucket_fast(input: String, num_buckets: Static, name: Name = None):
    """The FarmHash fingerprint of each string modulo `num_buckets`.

    >>> import tfjax as tf
    >>> tf.strings.to_hash_bucket_fast(["a", "b"], 10).numpy()
    array([9, 2])
    """
    _check(num_buckets, "StringToHashBucketFast")
    return _buckets(fingerprints(input.reshape(-1).tolist()), num_buckets, input.shape)


@op("strings.to_hash_bucket_strong", raw="StringToHashBucketStrong", device=False, differentiable=False)
def to_hash_bucket_strong(input: String, num_buckets: Static, key: Static, name: Name = None):
    """SipHash of each string under a key of two integers, modulo `num_buckets`.

    >>> import tfjax as tf
    >>> tf.strings.to_hash_bucket_strong(["a"], 10, [1, 2]).numpy()
    array([6])
    """
    _check(num_buckets, "StringToHashBucketStrong")
    if len(key) != 2:
        raise InvalidArgumentError(None, None, "Key must have 2 elements")
    return _buckets(siphashes(input.reshape(-1).tolist(), tuple(key)), num_buckets, input.shape)


@op("strings.to_hash_bucket", raw="StringToHashBucket", device=False, differentiable=False)
def to_hash_bucket(input: String, num_buckets: Static, name: Name = None):
    """A hash of each string modulo `num_buckets`.

    >>> import tfjax as tf
    >>> tf.strings.to_hash_bucket(["a"], 10).numpy()
    array([8])
    """
    _check(num_buckets, "StringToHashBucket")
    return _buckets(hash64(input.reshape(-1).tolist()), num_buckets, input.shape)
