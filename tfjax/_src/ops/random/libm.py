"""The C library's float32 log, sin and cos, bit for bit, computed in double.

TensorFlow's normal random numbers go through `logf` and `sincosf`, which NumPy's and XLA's float32
functions match only to a unit in the last place or so. These follow the algorithm of glibc since
2.28, for the ranges that random numbers need. The table and the polynomials are those of ARM's
optimized-routines: Copyright (c) 2017-2018 Arm Limited, SPDX-License-Identifier: MIT.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

# Rows (1/c, log c): c near the middle of each sixteenth of [0.7, 1.4).
_LOG_TABLE = np.array(
    [
        [float.fromhex(a), float.fromhex(b)]
        for a, b in (
            ("0x1.661ec79f8f3bep+0", "-0x1.57bf7808caadep-2"),
            ("0x1.571ed4aaf883dp+0", "-0x1.2bef0a7c06ddbp-2"),
            ("0x1.49539f0f010bp+0", "-0x1.01eae7f513a67p-2"),
            ("0x1.3c995b0b80385p+0", "-0x1.b31d8a68224e9p-3"),
            ("0x1.30d190c8864a5p+0", "-0x1.6574f0ac07758p-3"),
            ("0x1.25e227b0b8eap+0", "-0x1.1aa2bc79c81p-3"),
            ("0x1.1bb4a4a1a343fp+0", "-0x1.a4e76ce8c0e5ep-4"),
            ("0x1.12358f08ae5bap+0", "-0x1.1973c5a611cccp-4"),
            ("0x1.0953f419900a7p+0", "-0x1.252f438e10c1ep-5"),
            ("0x1p+0", "0x0p+0"),
            ("0x1.e608cfd9a47acp-1", "0x1.aa5aa5df25984p-5"),
            ("0x1.ca4b31f026aap-1", "0x1.c5e53aa362eb4p-4"),
            ("0x1.b2036576afce6p-1", "0x1.526e57720db08p-3"),
            ("0x1.9c2d163a1aa2dp-1", "0x1.bc2860d22477p-3"),
            ("0x1.886e6037841edp-1", "0x1.1058bc8a07ee1p-2"),
            ("0x1.767dcf5534862p-1", "0x1.4043057b6ee09p-2"),
        )
    ]
)
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_LOG_POLY = [float.fromhex(h) for h in ("-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2")]
_OFFSET = 0x3F330000

_HALF_PI = float.fromhex("0x1.921FB54442D18p0")
# 2/pi times 2**24: the quadrant comes out of an integer's upper byte, rounded.
_QUADRANTS = float.fromhex("0x1.45F306DC9C883p+23")
_COS = [float.fromhex(h) for h in ("-0x1.ffffffd0c621cp-2", "0x1.55553e1068f19p-5", "-0x1.6c087e89a359dp-10", "0x1.99343027bf8c3p-16")]
_SIN = [float.fromhex(h) for h in ("-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13")]
_QUARTER_PI_TOP, _TINY_TOP = 0x3F4, 0x398


def _bits(x: Any, dtype: Any) -> Any:
    return x.view(dtype) if isinstance(x, np.ndarray) else jax.lax.bitcast_convert_type(x, dtype)


def log(x: Any) -> Any:
    """`logf` of positive normal float32 numbers."""
    xp = np if isinstance(x, np.ndarray) else jnp
    raw = _bits(x, np.int32)
    offset = raw - np.int32(_OFFSET)
    row = (offset >> 19) & 15
    exponent = offset >> 23
    mantissa = _bits(raw - (exponent << 23), np.float32).astype(np.float64)
    table = xp.asarray(_LOG_TABLE)
    inverse, start = xp.take(table[:, 0], row), xp.take(table[:, 1], row)
    r = mantissa * inverse - 1.0
    y = _LOG_POLY[1] * r + _LOG_POLY[2]
    square = r * r
    y = _LOG_POLY[0] * square + y
    return (y * square + ((start + exponent.astype(np.float64) * _LN2) + r)).astype(np.float32)


def sincos(x: Any) -> tuple[Any, Any]:
    """`sincosf` of float32 numbers in [0, 100]: (sine, cosine)."""
    xp = np if isinstance(x, np.ndarray) else jnp
    wide = x.astype(np.float64)
    top = _bits(x, np.int32) >> 20
    quadrant = ((wide * _QUADRANTS).astype(np.int32) + np.int32(0x800000)) >> 24
    quadrant = xp.where(top < _QUARTER_PI_TOP, np.int32(0), quadrant)
    reduced = wide - quadrant.astype(np.float64) * _HALF_PI
    sine, cosine = _polynomials(reduced)
    # In the second and fourth quadrant the two change places; signs follow the quadrant.
    odd = (quadrant & 1) == 1
    first, second = xp.where(odd, cosine, sine), xp.where(odd, sine, cosine)
    first = xp.where((quadrant & 2) == 2, -first, first)
    second = xp.where(((quadrant + 1) & 2) == 2, -second, second)
    tiny = top < _TINY_TOP
    return xp.where(tiny, x, first), xp.where(tiny, np.float32(1), second)


def _polynomials(x: Any) -> tuple[Any, Any]:
    square = x * x
    cube, fourth = square * x, square * square
    sine = (x + cube * _SIN[0]) + (cube * square) * (_SIN[1] + square * _SIN[2])
    cosine = ((1.0 + square * _COS[0]) + fourth * _COS[1]) + (fourth * square) * (_COS[2] + square * _COS[3])
    return sine.astype(np.float32), cosine.astype(np.float32)
