"""The masked CRC-32C of TensorFlow's files; Google's library computes it."""

from __future__ import annotations

from typing import Any


def checksum(data: Any, before: int = 0) -> int:
    """CRC-32C of `data`, continued from the checksum `before`."""
    import google_crc32c

    return google_crc32c.extend(before, bytes(data))


def mask(crc: int) -> int:
    """The form in which files hold a checksum: rotated and shifted."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def masked(data: Any) -> int:
    """The masked checksum of `data`."""
    return mask(checksum(data))
