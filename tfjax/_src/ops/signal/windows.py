"""Windows for short-time transforms. Their length is static, so they are constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import scalar_tensor
from tfjax._src.ops.array.shaping import cast


def _arguments(window_length: Any, dtype: Any, least: int = 0) -> tuple[int, Any]:
    kind = dtypes.as_dtype(dtype)
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {kind}")
    length = statics.value(scalar_tensor(window_length, dtypes.int32))
    if length < least:
        raise InvalidArgumentError(None, None, f"The length of the window must be at least {least}, got {length}")
    return int(length), kind


def _raised_cosine(window_length: Any, periodic: Any, dtype: Any, a: float, b: float) -> Any:
    length, kind = _arguments(window_length, dtype)
    periodic = statics.value(to_tensor(periodic, dtypes.bool))
    if length == 1:
        return to_tensor(np.ones(1, kind.np))
    # An even length is cut from a window that is one longer, unless it shall be symmetric.
    period = length - 1 + (1 - length % 2) * periodic
    turn = np.asarray(2 * np.pi, kind.np) * np.arange(length).astype(kind.np) / np.asarray(period, kind.np)
    return to_tensor(np.asarray(a, kind.np) - np.asarray(b, kind.np) * np.cos(turn))


@export("signal.hann_window")
@recorded
def hann_window(window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: Any = None) -> Any:
    """Hann's window, 0.5 - 0.5 cos.

    Args:
      window_length: a scalar.
      periodic: for spectra: an even length leaves out the last point of the symmetric window.
      dtype: a floating type.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.hann_window(5).numpy()
    array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _raised_cosine(window_length, periodic, dtype, 0.5, 0.5)


@export("signal.hamming_window")
@recorded
def hamming_window(window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: Any = None) -> Any:
    """Hamming's window, 0.54 - 0.46 cos; arguments as of `hann_window`."""
    return _raised_cosine(window_length, periodic, dtype, 0.54, 0.46)


def _kaiser(length: int, beta: Any, kind: Any) -> np.ndarray:
    from scipy.special import i0e

    width = cast(to_tensor(beta), kind).host_value().astype(np.float64)
    if length == 1:
        return np.ones(1)
    place = (2.0 * np.arange(length) - (length - 1)) / (length - 1)
    slope = np.sqrt(np.maximum(1.0 - place**2, 0.0))
    checks.broadcastable(width, slope)
    # The sign of beta tells: this is the formula that TensorFlow scales against overflow.
    return np.exp(width * slope - width) * i0e(width * slope) / i0e(width)


@export("signal.kaiser_window")
@recorded
def kaiser_window(window_length: Any, beta: Any = 12.0, dtype: Any = dtypes.float32, name: Any = None) -> Any:
    """Kaiser's window: the larger `beta`, the wider the main lobe and the lower the others.

    >>> import tfjax as tf
    >>> tf.signal.kaiser_window(3, beta=0.0).numpy()
    array([1., 1., 1.], dtype=float32)
    """
    length, kind = _arguments(window_length, dtype, 1)
    return to_tensor(_kaiser(length, beta, kind).astype(kind.np))


@export("signal.kaiser_bessel_derived_window")
@recorded
def kaiser_bessel_derived_window(
    window_length: Any, beta: Any = 12.0, dtype: Any = dtypes.float32, name: Any = None
) -> Any:
    """The window of even length whose squares, half a window apart, add up to 1, made of Kaiser's.

    >>> import tfjax as tf
    >>> tf.signal.kaiser_bessel_derived_window(2).shape
    TensorShape([2])
    """
    length, kind = _arguments(window_length, dtype)
    half = length // 2
    total = np.cumsum(_kaiser(half + 1, beta, kind))
    rising = np.sqrt(total[:-1] / total[-1])
    return to_tensor(np.concatenate([rising, rising[::-1]]).astype(kind.np))


@export("signal.vorbis_window")
@recorded
def vorbis_window(window_length: Any, dtype: Any = dtypes.float32, name: Any = None) -> Any:
    """Vorbis' window, sin(pi/2 sin(x)^2), whose squares half a window apart add up to 1.

    >>> import tfjax as tf
    >>> tf.signal.vorbis_window(1).numpy()
    array([1.], dtype=float32)
    """
    length, kind = _arguments(window_length, dtype)
    place = (np.arange(length) + 0.5) * np.pi / max(length, 1)
    return to_tensor(np.sin(np.pi / 2 * np.sin(place) ** 2).astype(kind.np))
