"""How tensors and variables look when printed: TensorFlow's text, to the character."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames


def numpy_text(value: np.ndarray, is_repr: bool) -> str:
    """The text of a NumPy value inside a Tensor's repr or str."""
    if value.ndim == 0 and value.dtype == object:
        return repr(value[()]) if is_repr else str(value[()])
    if value.ndim == 0 and not is_repr:
        return str(value[()])
    if not value.size and value.dtype == object and not is_repr:
        return str(value)
    if is_repr:
        text = repr(value) if value.ndim else _scalar_repr(value[()])
        return f"\n{text}" if "\n" in text else text
    return str(value)


def _scalar_repr(scalar: Any) -> str:
    # TensorFlow prints the Python number: float32 with all digits of its double.
    return repr(scalar.item()) if hasattr(scalar, "item") else repr(scalar)


def _shown_shape(tensor: Any) -> Any:
    """The static shape as TensorFlow knows it; open where the trace serves other shapes as well."""
    return TensorShape(tensor.__dict__["_shown_shape"]) if "_shown_shape" in tensor.__dict__ else tensor.shape


def tensor_repr(tensor: Any) -> str:
    """`<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>`."""
    value = tensor._value
    if tensor.is_symbolic:
        return f"<tf.Tensor '{tensor.name}' shape={_shown_shape(tensor)} dtype={tensor.dtype.name}>"
    text = numpy_text(np.asarray(value), True)
    return f"<tf.Tensor: shape={tuple(value.shape)}, dtype={tensor.dtype.name}, numpy={text}>"


def tensor_str(tensor: Any) -> str:
    """`tf.Tensor([1 2], shape=(2,), dtype=int32)`."""
    value = tensor._value
    if tensor.is_symbolic:
        shape = _shown_shape(tensor)
        known = "" if shape.rank is None else f"shape={shape}, "
        return f'Tensor("{tensor.name}", {known}dtype={tensor.dtype.name})'
    text = numpy_text(np.asarray(value), False)
    if "\n" in text:
        text = "\n" + text
    return f"tf.Tensor({text}, shape={tuple(value.shape)}, dtype={tensor.dtype.name})"


# Whether Variables show as those of TensorFlow 1 did.
reference_variables = [False]


def variable_repr(variable: Any, value: Any) -> str:
    """`<tf.Variable 'w:0' shape=(2,) dtype=float32, numpy=array([0., 0.], dtype=float32)>`."""
    kind = variable.dtype.name + ("_ref" if reference_variables[0] else "")
    head = f"<tf.Variable '{variable.name}' shape={tuple(value.shape)} dtype={kind}"
    if isinstance(value, jax.core.Tracer) or frames.current() is not None:
        return head + ">"
    return f"{head}, numpy={numpy_text(np.asarray(value), True)}>"
