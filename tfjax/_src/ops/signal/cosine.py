"""Cosine transforms of types I to IV, and the modified one with overlapping frames."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Name, Static, TensorArg
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import reverse
from tfjax._src.ops.signal.frames import frame, overlap_and_add
from tfjax._src.ops.signal.windows import vorbis_window

_Real = Annotated[Any, TensorArg("T", frozenset({dtypes.float32, dtypes.float64}), default=dtypes.float32)]
_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


def _type_1(xp: Any, x: Any, n: int) -> Any:
    return xp.fft.rfft(xp.concatenate([x, x[..., -2:0:-1]], axis=-1)).real


def _type_2(xp: Any, x: Any, n: int) -> Any:
    return 2.0 * (xp.fft.rfft(x, 2 * n)[..., :n] * np.exp(-0.5j * np.pi * np.arange(n) / n)).real


def _type_3(xp: Any, x: Any, n: int) -> Any:
    turned = 2.0 * n * x * np.exp(0.5j * np.pi * np.arange(n) / n)
    return xp.fft.irfft(turned, 2 * n)[..., :n]


def _type_4(xp: Any, x: Any, n: int) -> Any:
    turned = x * np.exp(-0.5j * np.pi * np.arange(n) / n)
    spectrum = xp.fft.fft(turned, 2 * n)[..., :n]
    return 2.0 * (spectrum * np.exp(-0.25j * np.pi * (2 * np.arange(n) + 1) / n)).real


_TYPES = {1: _type_1, 2: _type_2, 3: _type_3, 4: _type_4}


def _scales(kind: int, n: int) -> np.ndarray:
    """What makes the transform orthogonal."""
    scales = np.full(n, 1.0 / np.sqrt(2.0 * n))
    if kind == 2:
        scales[0] /= np.sqrt(2.0)
    if kind == 3:
        scales[0] *= np.sqrt(2.0)
    return scales


@op("_internal.dct", raw="Dct")
def _dct(input: _Real, kind: Static, n: Static, norm: Static, name: Name = None):
    xp = namespace(input)
    size = input.shape[-1]
    if n is None:
        n = size
    x = input[..., :n]
    if n > size:
        x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, n - size)])
    scales = None if norm is None else _scales(kind, n).astype(input.dtype)
    if scales is not None and kind == 3:
        x = x * scales
    result = _TYPES[kind](xp, x, n)
    if scales is not None and kind != 3:
        result = result * scales
    return result.astype(input.dtype)


def _check(kind: Any, n: Any, axis: Any, norm: Any, shape: Any) -> None:
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError("n should be a positive integer or None")
    if kind not in _TYPES:
        raise ValueError("Types I, II, III and IV (I)DCT are supported.")
    if kind == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        if shape[-1] is not None and shape[-1] < 2:
            raise ValueError("Type-I DCT requires the dimension to be greater than one.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")


@export("signal.dct")
@recorded
def dct(input: Any, type: Any = 2, n: Any = None, axis: Any = -1, norm: Any = None, name: Any = None) -> Any:
    """The discrete cosine transform of the innermost axis.

    Args:
      input: float32 or float64.
      type: 1 to 4.
      n: the input is cut or filled up with zeros to this length.
      axis: -1.
      norm: None, or `"ortho"` for an orthogonal transform (not type 1).
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.dct([1.0, 1.0]).numpy().round(3).tolist()
    [4.0, 0.0]
    """
    length = statics.integer(n)
    shape = input.shape if hasattr(input, "shape") else np.shape(input)
    _check(type, length, axis, norm, shape)
    return _dct(input, type, length, norm)


@export("signal.idct")
@recorded
def idct(input: Any, type: Any = 2, n: Any = None, axis: Any = -1, norm: Any = None, name: Any = None) -> Any:
    """The transform that undoes `dct` of the same type, up to a factor without `norm="ortho"`.

    >>> import tfjax as tf
    >>> tf.signal.idct(tf.signal.dct([1.0, 3.0], norm="ortho"), norm="ortho").numpy().round(3).tolist()
    [1.0, 3.0]
    """
    return dct(input, _INVERSE.get(type, type), n, axis, norm, name)


def _weigh(x: Any, window_fn: Any, length: int) -> Any:
    if window_fn is None:
        return x * (1.0 / np.sqrt(2.0))
    return x * window_fn(length, dtype=x.dtype)


def _check_norm(norm: Any) -> None:
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")


@export("signal.mdct")
@recorded
def mdct(
    signals: Any, frame_length: Any, window_fn: Any = vorbis_window, pad_end: Any = False, norm: Any = None, name: Any = None
) -> Any:
    """The modified cosine transform of frames that overlap by half: [..., frames, frame_length / 2].

    Args:
      signals: [..., samples].
      frame_length: a multiple of 4.
      window_fn: called as `window_fn(frame_length, dtype=...)`; None weighs with the root of 1/2.
      pad_end: also the frames that reach beyond the end.
      norm: None or `"ortho"`.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.mdct(tf.ones([16]), 8).shape
    TensorShape([3, 4])
    """
    _check_norm(norm)
    length = statics.integer(frame_length)
    if length % 4:
        raise ValueError("The frame length must be a multiple of 4.")
    if isinstance(signals, np.ndarray) or not hasattr(signals, "dtype"):
        signals = to_tensor(signals)
    quarter = length // 4
    frames = _weigh(frame(signals, length, length // 2, pad_end=pad_end), window_fn, length)
    a, b, c, d = (frames[..., i * quarter : (i + 1) * quarter] for i in range(4))
    folded = concat([-reverse(c, [-1]) - d, a - reverse(b, [-1])], -1)
    return dct(folded, 4, norm=norm)


@export("signal.inverse_mdct")
@recorded
def inverse_mdct(mdcts: Any, window_fn: Any = vorbis_window, norm: Any = None, name: Any = None) -> Any:
    """The signal from `mdct`, but for the first and the last half frame.

    Args:
      mdcts: [..., frames, frame_length / 2].
      window_fn, norm: as of `mdct`.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.inverse_mdct(tf.signal.mdct(tf.ones([16]), 8)).numpy()[4:8].round(3).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    _check_norm(norm)
    if isinstance(mdcts, np.ndarray) or not hasattr(mdcts, "dtype"):
        mdcts = to_tensor(mdcts)
    half = mdcts.shape[-1]
    if half % 2:
        raise ValueError("The number of coefficients must be even.")
    folded = dct(mdcts, 4, norm=norm)
    if not norm:
        folded = folded * (0.5 / half)
    left, right = folded[..., : half // 2], folded[..., half // 2 :]
    frames = concat([right, -reverse(right, [-1]), -reverse(left, [-1]), -left], -1)
    return overlap_and_add(_weigh(frames, window_fn, 2 * half), half)
