"""Small helpers on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export


@export("keras.utils.to_categorical")
def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Class numbers as one-hot rows of float64.

    >>> import tfjax as tf
    >>> tf.keras.utils.to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    labels = np.array(x, dtype="int64")
    shape = labels.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    flat = labels.reshape(-1)
    classes = num_classes or int(flat.max()) + 1
    rows = np.zeros((flat.shape[0], classes))
    rows[np.arange(flat.shape[0]), flat] = 1
    return rows.reshape((*shape, classes))


@export("keras.utils.normalize")
def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Vectors along `axis` scaled to norm 1.

    >>> import tfjax as tf
    >>> tf.keras.utils.normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return np.asarray(x) / np.expand_dims(norms, axis)


@export("keras.preprocessing.sequence.pad_sequences", "keras.utils.pad_sequences")
def pad_sequences(sequences: Any, maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre", truncating: str = "pre", value: Any = 0.0) -> np.ndarray:
    """Lists of different lengths as one array.

    Args:
      sequences: a list of lists.
      maxlen: the length; the longest by default.
      dtype: of the result.
      padding, truncating: "pre" or "post": where to add or cut.
      value: what to pad with.

    >>> import tfjax as tf
    >>> tf.keras.utils.pad_sequences([[1], [2, 3]])
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    lengths = [len(s) for s in sequences]
    size = max(lengths, default=0) if maxlen is None else maxlen
    sample = next((np.asarray(s).shape[1:] for s in sequences if len(s)), ())
    result = np.full((len(lengths), size, *sample), value, dtype)
    for i, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        if truncating not in ("pre", "post"):
            raise ValueError(f'Truncating type "{truncating}" not understood')
        kept = np.asarray(sequence[-size:] if truncating == "pre" else sequence[:size], dtype)
        if padding == "post":
            result[i, : len(kept)] = kept
        elif padding == "pre":
            result[i, size - len(kept) :] = kept
        else:
            raise ValueError(f'Padding type "{padding}" not understood')
    return result
