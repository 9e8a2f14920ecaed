"""Sound as WAV files of 16-bit samples."""

from __future__ import annotations

import collections
import struct
from typing import Annotated, Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import Name, Static, String, TensorArg
from tfjax._src.eager.op import op
from tfjax._src.ops import checks

_Samples = Annotated[Any, TensorArg("", frozenset({dtypes.float32}), default=dtypes.float32)]
_DecodeWav = collections.namedtuple("DecodeWav", ["audio", "sample_rate"])
_PCM = 1


def _refuse(text: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, text)


def _chunks(contents: bytes):
    """(tag, content) of each chunk behind the header."""
    if len(contents) < 12:
        raise _refuse("Data too short when trying to read string")
    if contents[:4] != b"RIFF" or contents[8:12] != b"WAVE":
        wrong, wanted = (contents[:4], "RIFF") if contents[:4] != b"RIFF" else (contents[8:12], "WAVE")
        raise _refuse(f"Header mismatch: Expected {wanted} but found {wrong.decode('latin-1')}")
    place = 12
    while place < len(contents):
        if place + 8 > len(contents):
            raise _refuse("Data too short when trying to read string")
        tag, size = struct.unpack_from("<4sI", contents, place)
        if place + 8 + size > len(contents):
            raise _refuse("Data too short when trying to read string")
        yield tag, contents[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _parsed(contents: bytes) -> tuple[np.ndarray, int]:
    """Samples [samples, channels] of a file, and their rate."""
    layout = None
    for tag, content in _chunks(contents):
        if tag == b"fmt ":
            if len(content) < 16:
                raise _refuse("Data too short when trying to read string")
            layout = struct.unpack_from("<HHIIHH", content)
            kind, channels, rate, _, _, bits = layout
            if kind != _PCM:
                raise _refuse(f"Bad audio format for WAV: Expected 1 (PCM), but got{kind}")
            if bits != 16:
                raise _refuse(f"Can only read 16-bit WAV files, but received {bits}")
            if not channels:
                raise _refuse("The file has no channels")
        elif tag == b"data":
            if layout is None:
                raise _refuse("Data chunk before the format chunk")
            whole = len(content) // (2 * channels) * 2 * channels
            return np.frombuffer(content[:whole], "<i2").reshape(-1, channels), rate
    raise _refuse("Data too short when trying to read string" if layout is None else "No data chunk found")


@op("audio.decode_wav", raw="DecodeWav", device=False, differentiable=False)
def decode_wav(contents: String, desired_channels: Static = -1, desired_samples: Static = -1, name: Name = None):
    """A 16-bit WAV file as float32 numbers in [-1, 1): (audio [samples, channels], sample_rate).

    Args:
      contents: the file, a scalar string.
      desired_channels: channels of the result: the last one is repeated, or some are left out.
      desired_samples: samples of the result: filled up with zeros, or cut.
      name: no effect.

    Raises:
      InvalidArgumentError: for anything but a 16-bit PCM file.

    >>> import tfjax as tf
    >>> file = tf.audio.encode_wav([[0.0], [0.5]], 8000)
    >>> tf.audio.decode_wav(file).audio.numpy().tolist()
    [[0.0], [0.5]]
    """
    if contents.ndim:
        raise _refuse(f"contents must be scalar but got shape {checks.brackets(contents.shape)}")
    samples, rate = _parsed(contents.item())
    audio = samples.astype(np.float32) / np.float32(32768)
    if desired_samples >= 0:
        missing = max(0, desired_samples - len(audio))
        audio = np.pad(audio[:desired_samples], ((0, missing), (0, 0)))
    if desired_channels >= 0:
        missing = max(0, desired_channels - audio.shape[1])
        audio = np.pad(audio[:, :desired_channels], ((0, 0), (0, missing)), mode="edge" if missing else "constant")
    return _DecodeWav(audio, np.asarray(rate, np.int32))


@op("audio.encode_wav", raw="EncodeWav", device=False, differentiable=False)
def encode_wav(audio: _Samples, sample_rate: Static, name: Name = None):
    """A 16-bit WAV file of numbers in [-1, 1); what lies outside is clipped.

    Args:
      audio: float32, [samples, channels].
      sample_rate: samples a second.
      name: no effect.

    >>> import tfjax as tf
    >>> len(tf.audio.encode_wav([[0.0], [0.5]], 8000).numpy())
    48
    """
    if audio.ndim != 2:
        raise _refuse(f"audio must be 2-dimensional{checks.brackets(audio.shape)}")
    channels = audio.shape[1]
    if not 0 < sample_rate < 2**32:
        raise _refuse(f"sample_rate must be in (0, 2^32), got: {sample_rate % 2**64}")
    if not 0 < channels < 2**16:
        raise _refuse(f"num_channels must be in (0, 2^16), got: {channels}")
    scaled = audio * np.float32(32768)
    whole = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    data = np.clip(whole, -32768, 32767).astype("<i2").tobytes()
    layout = struct.pack("<HHIIHH", _PCM, channels, sample_rate, sample_rate * channels * 2, channels * 2, 16)
    header = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + layout
    return np.asarray(header + b"data" + struct.pack("<I", len(data)) + data, object)
