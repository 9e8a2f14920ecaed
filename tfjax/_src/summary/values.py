"""tf.summary.scalar, histogram, image, text, audio and write."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.names import current_scope
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.summary import media
from tfjax._src.summary.writer import record


def _metadata(plugin: str, description: str | None, content: bytes = b"") -> Any:
    from tfjax._src.io.protos import SummaryMetadata

    found = SummaryMetadata(summary_description=description or "")
    found.plugin_data.plugin_name, found.plugin_data.content = plugin, content
    return found


def _tag(name: str) -> str:
    return current_scope() + name


@export("summary.scalar")
def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> Any:
    """Records a number.

    Args:
      name: its name; name scopes come before it.
      data: a scalar, stored as float32.
      step: the step; by default the one set for the writer or thread.
      description: text in Markdown.

    Returns:
      Whether it was recorded, a bool tensor.

    >>> import tfjax as tf
    >>> bool(tf.summary.scalar("loss", 0.5, step=1))
    False
    """
    value = to_tensor(data)
    if value.shape.rank:
        raise ValueError(f"Expected scalar shape, saw shape: {value.shape}.")
    return record(_tag(name), lambda a: (dtypes.float32, a.astype(np.float32)), value, step, _metadata("scalars", description))


@export("summary.histogram")
def histogram(name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None) -> Any:
    """Records how values are distributed.

    Args:
      name: its name.
      data: a tensor of any shape.
      step: the step.
      buckets: how many intervals; 30 by default.
      description: text in Markdown.

    >>> import tfjax as tf
    >>> bool(tf.summary.histogram("weights", [1.0, 2.0], step=1))
    False
    """
    count = 30 if buckets is None else statics.integer(buckets)
    metadata = _metadata("histograms", description)
    return record(_tag(name), lambda a: (dtypes.float64, _histogram(a.reshape(-1).astype(np.float64), count)), data, step, metadata)


def _histogram(values: np.ndarray, count: int) -> np.ndarray:
    """Rows (left edge, right edge, number) of equal intervals."""
    if not values.size or not count:
        return np.zeros((count, 3))
    low, high = values.min(), values.max()
    if low == high:
        rows = np.zeros((count, 3))
        rows[:, :2] = low
        rows[-1, 2] = values.size
        return rows
    places = np.clip(np.floor((values - low) / ((high - low) / count)).astype(np.int64), 0, count - 1)
    edges = np.linspace(low, high, count + 1)
    return np.stack([edges[:-1], edges[1:], np.bincount(places, minlength=count).astype(np.float64)], -1)


@export("summary.image")
def image(name: str, data: Any, step: Any = None, max_outputs: Any = 3, description: str | None = None) -> Any:
    """Records images.

    Args:
      name: their name.
      data: [batch, height, width, channels] with 1 to 4 channels: uint8, or floats in [0, 1].
      step: the step.
      max_outputs: how many of the batch.
      description: text in Markdown.

    >>> import tfjax as tf
    >>> bool(tf.summary.image("picture", tf.zeros([1, 2, 2, 3]), step=1))
    False
    """
    value = to_tensor(data)
    if value.shape.rank != 4:
        raise ValueError(f"Tensor  must have rank 4.  Received rank {value.shape.rank}, shape {value.shape}")
    limit = statics.integer(max_outputs)

    def make(array: np.ndarray) -> Any:
        items = [str(array.shape[2]).encode(), str(array.shape[1]).encode()]
        return _strings([*items, *[media.png(media.to_bytes(a)) for a in array[:limit]]])

    return record(_tag(name), make, value, step, _metadata("images", description))


def _strings(items: list[Any], shape: tuple[int, ...] | None = None) -> Any:
    out = np.empty(len(items), object)
    out[:] = items
    return dtypes.string, out if shape is None else out.reshape(shape)


@export("summary.text")
def text(name: str, data: Any, step: Any = None, description: str | None = None) -> Any:
    """Records strings, shown as Markdown; tensors of rank 2 as tables.

    >>> import tfjax as tf
    >>> bool(tf.summary.text("note", "hello", step=1))
    False
    """
    value = to_tensor(data)
    if value.dtype is not dtypes.string:
        raise TypeError(f"tensor must be of type {dtypes.string!r}; got {value.dtype!r}")
    return record(_tag(name), lambda a: (dtypes.string, a), value, step, _metadata("text", description))


@export("summary.audio")
def audio(name: str, data: Any, sample_rate: Any, step: Any = None, max_outputs: Any = 3, encoding: str | None = None, description: str | None = None) -> Any:
    """Records sounds as WAV.

    Args:
      name: their name.
      data: [clips, frames, channels] floats in [-1, 1].
      sample_rate: frames per second.
      step: the step.
      max_outputs: how many clips.
      encoding: "wav" or None.
      description: text in Markdown.

    >>> import tfjax as tf
    >>> bool(tf.summary.audio("tone", tf.zeros([1, 8, 1]), 8000, step=1))
    False
    """
    if (encoding or "wav") != "wav":
        raise ValueError(f"Unknown encoding: {encoding!r}")
    value = to_tensor(data)
    if value.shape.rank != 3:
        raise ValueError(f"Tensor  must have rank 3.  Received rank {value.shape.rank}, shape {value.shape}")
    rate, limit = statics.integer(sample_rate), statics.integer(max_outputs)

    def make(array: np.ndarray) -> Any:
        clips = [part for clip in array[:limit] for part in (media.wav(clip, rate), b"")]
        return _strings(clips, (-1, 2))

    # The plugin's data: field 2, the encoding, is 11 for WAV.
    return record(_tag(name), make, value, step, _metadata("audio", description, b"\x10\x0b"))


@export("summary.write")
def write(tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None) -> Any:
    """Records a tensor under a tag, with a SummaryMetadata for a plugin of TensorBoard.

    >>> import tfjax as tf
    >>> bool(tf.summary.write("raw", [1, 2], step=1))
    False
    """
    value = to_tensor(tensor() if callable(tensor) else tensor)
    if metadata is not None:
        from tfjax._src.io.protos import SummaryMetadata

        data = metadata if isinstance(metadata, bytes) else metadata.SerializeToString()
        metadata = SummaryMetadata.FromString(data)
    return record(tag, lambda a: (value.dtype, a), value, step, metadata)
