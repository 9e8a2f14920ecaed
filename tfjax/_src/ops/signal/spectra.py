"""Short-time Fourier transforms, mel filters, cepstral coefficients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.arguments import INT32, int_tensor, scalar_tensor
from tfjax._src.ops.array.shaping import pad
from tfjax._src.ops.signal.cosine import dct
from tfjax._src.ops.signal.fourier import irfft, rfft, tensor
from tfjax._src.ops.signal.frames import frame, overlap_and_add
from tfjax._src.ops.signal.windows import hann_window


def _transform_length(fft_length: Any, frame_length: Tensor) -> Any:
    """The length asked for, or the power of two that holds a frame."""
    if fft_length is not None:
        return to_tensor(fft_length)
    length = statics.value(frame_length)
    if isinstance(length, bytes):
        raise TypeError("The length of a frame must be a number.")
    if length < 0:
        raise ValueError("cannot convert float NaN to integer")
    return 1 << (math.ceil(length) - 1).bit_length() if length else 0


@export("signal.stft")
@recorded
def stft(
    signals: Any, frame_length: Any, frame_step: Any, fft_length: Any = None, window_fn: Any = hann_window,
    pad_end: Any = False, name: Any = None,
) -> Any:
    """The short-time Fourier transform, [..., frames, fft_length // 2 + 1].

    Args:
      signals: [..., samples], floating.
      frame_length: samples of a frame.
      frame_step: samples from frame to frame.
      fft_length: by default the power of two that holds a frame.
      window_fn: called as `window_fn(frame_length, dtype=...)`; None for no window.
      pad_end: also the frames that reach beyond the end.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.stft(tf.ones([16]), frame_length=8, frame_step=4).shape
    TensorShape([3, 5])
    """
    signals = tensor(signals)
    if not len(signals.shape):
        raise ValueError("Shape () must have rank at least 1")
    length, step = scalar_tensor(frame_length), scalar_tensor(frame_step)
    size = _transform_length(fft_length, length)
    frames = frame(signals, length, step, pad_end=pad_end)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return rfft(frames, [size])


@export("signal.inverse_stft")
@recorded
def inverse_stft(
    stfts: Any, frame_length: Any, frame_step: Any, fft_length: Any = None, window_fn: Any = hann_window, name: Any = None
) -> Any:
    """The signal from `stft`, exact with the window that `inverse_stft_window_fn` makes.

    Args:
      stfts: [..., frames, fft_length // 2 + 1].
      frame_length, frame_step, fft_length: as of `stft`.
      window_fn: what frames are multiplied by before they are added up; None for nothing.
      name: no effect.

    >>> import tfjax as tf
    >>> window = tf.signal.inverse_stft_window_fn(4)
    >>> tf.signal.inverse_stft(tf.signal.stft(tf.ones([16]), 8, 4), 8, 4, window_fn=window).numpy()[4:8]
    array([1., 1., 1., 1.], dtype=float32)
    """
    stfts = tensor(stfts)
    if len(stfts.shape) < 2:
        raise ValueError(f"Shape {tuple(stfts.shape)} must have rank at least 2")
    length, step = scalar_tensor(frame_length), scalar_tensor(frame_step)
    size = statics.value(_transform_length(fft_length, length))
    frames = irfft(stfts, [size])
    length = statics.value(length)
    frames = frames[..., :length]
    if size < length:
        frames = pad(frames, [[0, 0]] * (len(stfts.shape) - 1) + [[0, length - size]])
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return overlap_and_add(frames, step)


@export("signal.inverse_stft_window_fn")
def inverse_stft_window_fn(frame_step: Any, forward_window_fn: Any = hann_window, name: Any = None) -> Callable[..., Any]:
    """The window for `inverse_stft` that undoes `forward_window_fn` where frames overlap.

    >>> import tfjax as tf
    >>> tf.signal.inverse_stft_window_fn(2)(4, tf.float32).numpy()
    array([0., 1., 1., 1.], dtype=float32)
    """

    def inverse_stft_window_fn_inner(frame_length: Any, dtype: Any) -> Any:
        window = np.asarray(forward_window_fn(frame_length, dtype=dtype).numpy())
        step = statics.integer(frame_step)
        overlaps = -(-len(window) // step)
        squares = np.pad(window**2, (0, overlaps * step - len(window))).reshape(overlaps, step)
        with np.errstate(all="ignore"):
            return to_tensor(window / np.tile(squares.sum(0), overlaps)[: len(window)])

    return inverse_stft_window_fn_inner


def _check_mel(bins: Any, rate: Any, low: Any, high: Any, kind: Any) -> None:
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bins}")
    if low < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {low}")
    if low >= high:
        raise ValueError(f"lower_edge_hertz {low} >= upper_edge_hertz {high}")
    if rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {rate}")
    if high > rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got {high} for sample_rate: {rate}"
        )
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {kind}")


@export("signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins: Any = 20, num_spectrogram_bins: Any = 129, sample_rate: Any = 8000, lower_edge_hertz: Any = 125.0,
    upper_edge_hertz: Any = 3800.0, dtype: Any = dtypes.float32, name: Any = None,
) -> Any:
    """Triangular filters, evenly spaced on the mel scale: [num_spectrogram_bins, num_mel_bins].

    Args:
      num_mel_bins: filters.
      num_spectrogram_bins: frequencies of the spectrogram, from 0 to half the sample rate.
      sample_rate: samples a second.
      lower_edge_hertz, upper_edge_hertz: where the first filter starts and the last one ends.
      dtype: a floating type.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.linear_to_mel_weight_matrix(8, 65).shape
    TensorShape([65, 8])
    """
    rate, low, high = (statics.value(v) for v in (sample_rate, lower_edge_hertz, upper_edge_hertz))
    bins, kind = statics.value(num_mel_bins), dtypes.as_dtype(dtype)
    _check_mel(bins, rate, low, high, kind)
    count = int(int_tensor(num_spectrogram_bins, "num").host_value().reshape(()))
    if count < 0 or bins > INT32.max:
        raise InvalidArgumentError(None, None, f"num_spectrogram_bins must be positive, got {count}")
    if not count:
        return to_tensor(np.zeros((1, bins), kind.np))

    def mel(hertz: Any) -> Any:
        return kind.np.type(1127.0) * np.log(kind.np.type(1.0) + hertz / kind.np.type(700.0))

    low, high = mel(kind.np.type(low)), mel(kind.np.type(high))
    frequencies = mel(np.linspace(0.0, rate / 2.0, count).astype(kind.np))[1:, None]
    edges = np.linspace(low, high, bins + 2).astype(kind.np)
    left, center, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (frequencies - left) / (center - left), (right - frequencies) / (right - center)
    weights = np.maximum(kind.np.type(0.0), np.minimum(rising, falling))
    # The constant part belongs to no filter.
    return to_tensor(np.concatenate([np.zeros((1, weights.shape[1]), kind.np), weights]))


@export("signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: Any = None) -> Any:
    """Mel-frequency cepstral coefficients: the scaled cosine transform of the innermost axis.

    >>> import tfjax as tf
    >>> tf.signal.mfccs_from_log_mel_spectrograms(tf.ones([5, 8])).shape
    TensorShape([5, 8])
    """
    spectrograms = tensor(log_mel_spectrograms)
    if not len(spectrograms.shape):
        raise InvalidArgumentError(None, None, "slice index -1 of dimension 0 out of bounds.")
    bins = spectrograms.shape[-1]
    if not bins:
        raise ValueError(f"num_mel_bins must be positive. Got: {spectrograms}")
    return dct(spectrograms, type=2) * float(1.0 / np.sqrt(2.0 * bins))
