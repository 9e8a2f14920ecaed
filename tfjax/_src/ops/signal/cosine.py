"""Cosine transforms of types I to IV, and the modified one with overlapping frames."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError, UnimplementedError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Name, Static, TensorArg
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.arguments import INT32, scalar_tensor
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import reverse
from tfjax._src.ops.signal.fourier import tensor, too_short
from tfjax._src.ops.signal.frames import frame, overlap_and_add
from tfjax._src.ops.signal.windows import vorbis_window

_Real = Annotated[Any, TensorArg("T", frozenset({dtypes.float32, dtypes.float64}), default=dtypes.float32)]
_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


def _spectrum(xp: Any, x: Any, length: int) -> Any:
    """The real transform of a length that TensorFlow does not fill up to where there are no signals."""
    if not x.size:
        raise too_short(x.ndim - 1, length, x.shape[-1])
    return xp.fft.rfft(x, length)


def _turns(xp: Any, x: Any, n: int, sign: float) -> Any:
    angle = np.arange(n, dtype=x.dtype) * np.asarray(sign * np.pi * 0.5 / n, x.dtype)
    return xp.asarray(np.exp(1j * angle).astype(np.result_type(x.dtype, np.complex64)))


def _type_1(xp: Any, x: Any, n: int) -> Any:
    return xp.fft.rfft(xp.concatenate([x, x[..., -2:0:-1]], axis=-1)).real


def _type_2(xp: Any, x: Any, n: int) -> Any:
    return (_spectrum(xp, x, 2 * n)[..., :n] * (2 * _turns(xp, x, n, -1.0))).real


def _type_3(xp: Any, x: Any, n: int) -> Any:
    if not x.size:
        raise too_short(x.ndim - 1, n + 1, n)
    return xp.fft.irfft(x * (2 * n * _turns(xp, x, n, 1.0)), 2 * n)[..., :n]


def _type_4(xp: Any, x: Any, n: int) -> Any:
    # Every second term of twice the length.
    padded = xp.concatenate([x, xp.zeros_like(x)], axis=-1)
    return _type_2(xp, padded, 2 * n)[..., 1::2]


_TYPES = {1: _type_1, 2: _type_2, 3: _type_3, 4: _type_4}


def _scales(kind: int, n: int) -> np.ndarray:
    """What makes the transform orthogonal."""
    scales = np.full(n, 1.0 / np.sqrt(2.0 * n))
    if kind == 2:
        scales[0] /= np.sqrt(2.0)
    if kind == 3:
        scales[0] *= np.sqrt(2.0)
    return scales


def _check_dtype(tensor: Any, kind: int) -> None:
    """TensorFlow makes zeros of the dtype, and (but for type 1) complex numbers."""
    to_tensor(0.0, tensor.dtype)
    if tensor.dtype not in (dtypes.float32, dtypes.float64):
        name = tensor.dtype.name
        if kind == 1 and not tensor.dtype.is_complex:
            raise ValueError(f"RFFT requires tf.float32 or tf.float64 inputs, got: {tensor}")
        raise TypeError(
            f"The `real` and `imag` components have incorrect types: {name} {name}. "
            "They must be consistent, and one of [tf.float32, tf.float64]"
        )


def _prepare_dct(input: Any, kind: Any, n: Any, axis: Any, norm: Any, name: Any) -> tuple[Any, ...]:
    tensor = to_tensor(input)
    kind, norm = statics.value(kind), statics.value(norm)
    _check(kind, n, statics.value(axis), norm, tensor.shape)
    _check_dtype(tensor, kind)
    if isinstance(n, float):
        raise TypeError(f"Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tensors are valid indices, got {n!r}")
    n = n if n is None else int(n)
    return tensor, int(kind), n, axis, norm, name


@op("_internal.dct", raw="Dct", prepare=_prepare_dct)
def _dct(input: _Real, kind: Static, n: Static, axis: Static, norm: Static, name: Name = None):
    xp = namespace(input)
    if not input.ndim:
        raise InvalidArgumentError(None, None, "slice index -1 of dimension 0 out of bounds.")
    size = input.shape[-1]
    if n is None:
        n = size
    x = input[..., :n]
    if n > size:
        x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, n - size)])
    if not n:
        if norm is not None:
            raise InvalidArgumentError(None, None, "Paddings must be non-negative: 0 -1")
        return x
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
    if not isinstance(kind, (int, float)) or kind not in _TYPES:
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
    return _dct(input, type, n, axis, norm)


@export("signal.idct")
@recorded
def idct(input: Any, type: Any = 2, n: Any = None, axis: Any = -1, norm: Any = None, name: Any = None) -> Any:
    """The transform that undoes `dct` of the same type, up to a factor without `norm="ortho"`.

    >>> import tfjax as tf
    >>> tf.signal.idct(tf.signal.dct([1.0, 3.0], norm="ortho"), norm="ortho").numpy().round(3).tolist()
    [1.0, 3.0]
    """
    if isinstance(type, Tensor):
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")
    kind = statics.value(type)
    return dct(input, _INVERSE.get(kind, kind) if isinstance(kind, int) else kind, n, axis, norm, name)


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
    signals = tensor(signals)
    length = statics.value(scalar_tensor(frame_length))
    if isinstance(length, bytes):
        raise TypeError("The frame length must be a number.")
    if length % 4 or length > INT32.max:
        raise ValueError("The frame length must be a multiple of 4.")
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
    mdcts = tensor(mdcts)
    if len(mdcts.shape) < 2:
        raise ValueError(f"Shape {tuple(mdcts.shape)} must have rank at least 2")
    half = mdcts.shape[-1]
    if not norm:
        if mdcts.dtype == dtypes.string:
            raise UnimplementedError(None, None, "Cast int32 to string is not supported")
        mdcts = mdcts * (0.5 / max(half, 1))
    folded = dct(mdcts, 4, norm=norm)
    if not half:
        return to_tensor(np.zeros((*mdcts.shape[:-2], 0), mdcts.dtype.as_numpy_dtype))
    if half % 2:
        raise InvalidArgumentError(
            None, None, f"Number of ways to split should evenly divide the split dimension, but got split_dim {len(mdcts.shape) - 1} (size = {half}) and num_split 2"
        )
    left, right = folded[..., : half // 2], folded[..., half // 2 :]
    frames = concat([right, -reverse(right, [-1]), -reverse(left, [-1]), -left], -1)
    return overlap_and_add(_weigh(frames, window_fn, 2 * half), half)
