"""How ragged tensors look as NumPy arrays and as text."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_numpy(tensor: Any) -> np.ndarray:
    """Rows as one array if they are equally long, else as an object array of arrays."""
    values = tensor.values.numpy()
    splits = tensor.row_splits.host_value()
    rows = [values[a:b] for a, b in zip(splits[:-1], splits[1:])]
    if not rows:
        return np.zeros((0, 0, *values.shape[1:]), values.dtype)
    if all([len(row) == len(rows[0]) for row in rows]):
        return np.stack(rows)
    found = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        found[i] = row
    return found


def text(tensor: Any) -> str:
    """`<tf.RaggedTensor [[1, 2], [3]]>`, or the parts while a function is traced."""
    if tensor.is_symbolic:
        return f"tf.RaggedTensor(values={tensor.values}, row_splits={tensor.row_splits})"
    return f"<tf.RaggedTensor {_formatted(as_numpy(tensor))}>"


def _formatted(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if not value.size:
            return repr(value.tolist())
        return np.array2string(value, separator=", ", formatter={"all": _formatted})
    return str(value)
