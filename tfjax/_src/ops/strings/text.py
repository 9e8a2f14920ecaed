"""Values as tf.print and tf.strings.format show them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor
from tfjax._src.ops.strings.elements import encoded, text


def shown(value: Any, summarize: int) -> str:
    """A value as tf.print shows it."""
    if isinstance(value, (Tensor, np.ndarray)) or hasattr(value, "_dense_var_to_tensor"):
        return _array_text(_with_quotes(np.asarray(value)), summarize)
    if isinstance(value, RaggedTensor):
        return _ragged_text(value.to_list(), summarize)
    if isinstance(value, SparseTensor):
        parts = [_array_text(t.host_value(), summarize) for t in (value.indices, value.values, value.dense_shape)]
        return "'SparseTensor(indices={}, values={}, shape={})'".format(*parts)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)}: {shown(v, summarize)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(shown(v, summarize) for v in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return str(value)


def _ragged_text(rows: Any, summarize: int) -> str:
    if not isinstance(rows, list):
        return _string(rows) if isinstance(rows, bytes) else _number(np.asarray(rows)[()])
    parts = [_ragged_text(row, summarize) for row in rows]
    if 0 <= summarize and len(parts) > 2 * summarize:
        parts = [*parts[:summarize], "...", *parts[len(parts) - summarize :]]
    return "[" + ", ".join(parts) + "]"


def _string(value: bytes) -> str:
    return repr(text(value))


def _quoted(key: Any) -> str:
    return f"'{key}'" if isinstance(key, str) else str(key)


def _array_text(array: np.ndarray, summarize: int) -> str:
    if type(array) is bytes:
        return _number(array)
    if array.ndim == 0:
        return _number(array[()])
    shown = array if summarize < 0 or len(array) <= 2 * summarize else None
    joiner = " " if array.ndim == 1 else "\n" + " "
    if shown is not None:
        parts = [_array_text(row, summarize) for row in array]
    else:
        parts = [_array_text(row, summarize) for row in array[:summarize]] + ["..."] + [_array_text(row, summarize) for row in array[-summarize:]]
    if array.ndim > 1:
        parts = [p.replace("\n", "\n ") for p in parts]
    return "[" + joiner.join(parts) + "]"


def _number(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (np.bool_, bool)):
        return "1" if value else "0"
    if isinstance(value, (np.floating, float)):
        return _float_text(value)
    return "?" if isinstance(value, np.complexfloating) else str(value)


def _float_text(value: Any) -> str:
    """As TensorFlow's C++ does: the fewest digits that are always right, or, if they do not suffice, those that always do."""
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    double = isinstance(value, float)  # np.float64 is one, too
    few, enough = (15, 17) if double else (6, 9)
    digits = f"{float(value):.{few}g}"
    same = float(digits) == value if double else np.float32(digits) == np.float32(value)
    return digits if same else f"{float(value):.{enough}g}"


def formatted(value: Any, summarize: int) -> str:
    """A value as tf.strings.format shows it: strings in quotes."""
    if isinstance(value, RaggedTensor):
        return _ragged_text(value.to_list(), summarize)
    return _array_text(_with_quotes(to_tensor(value).host_value()), summarize)


def _with_quotes(array: np.ndarray) -> np.ndarray:
    """Strings in quotes; other arrays unchanged."""
    if array.dtype != object:
        return array
    quoted = np.empty(array.shape, object)
    for place in np.ndindex(array.shape):
        quoted[place] = b'"' + array[place] + b'"'
    return quoted


@export("strings.format")
@recorded
def format(template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: Any = None) -> Tensor:
    """A template with tensors in the places of its placeholders.

    Args:
      template: a string.
      inputs: a tensor, or a list or tuple of them.
      placeholder: what stands for a tensor.
      summarize: how many elements to show at either end of an axis; -1 for all.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.strings.format("x is {}", tf.constant([1, 2])).numpy()
    b'x is [1 2]'
    """
    values = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    pieces = template.split(placeholder)
    if len(pieces) - 1 != len(values):
        raise ValueError(
            f"The template expects {len(pieces) - 1} tensors, but the inputs only has {len(values)}. Please ensure the "
            "number of placeholders in template matches inputs length."
        )
    parts = [pieces[0]]
    for value, piece in zip(values, pieces[1:]):
        parts += [formatted(value, summarize), piece]
    return to_tensor(encoded("".join(parts)))
