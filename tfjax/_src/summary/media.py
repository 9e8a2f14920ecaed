"""Images as PNG and sounds as WAV, for event files."""

from __future__ import annotations

import struct
import zlib

import numpy as np

# PNG's colour types by the number of channels: grey, grey with alpha, RGB, RGBA.
_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}


def to_bytes(image: np.ndarray) -> np.ndarray:
    """An image as uint8: floats in [0, 1] are scaled, other integers by their range."""
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind == "f" or image.dtype.name == "bfloat16":
        return np.clip(image.astype(np.float32) * np.float32(255.5), 0, 255).astype(np.uint8)
    if image.dtype == bool:
        return image.astype(np.uint8) * np.uint8(255)
    scale = (int(np.iinfo(image.dtype).max) + 1) // 256
    return np.clip(image // max(scale, 1), 0, 255).astype(np.uint8)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(image: np.ndarray) -> bytes:
    """A PNG file of [height, width, channels] bytes."""
    height, width, channels = image.shape
    if channels not in _COLOURS:
        raise ValueError(f"An image must have 1, 2, 3 or 4 channels. Received {channels}.")
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    # Every line starts with the number of its filter: none.
    lines = np.concatenate([np.zeros((height, 1), np.uint8), image.reshape(height, -1)], 1)
    body = zlib.compress(lines.tobytes())
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def wav(clip: np.ndarray, rate: int) -> bytes:
    """A WAV file, 16 bit, of [frames, channels] floats in [-1, 1]."""
    channels = clip.shape[1]
    samples = np.clip(np.round(clip.astype(np.float64) * 32768), -32768, 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body
