"""Conversion, control flow and scattering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import flow_api
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.keras.ops.base import as_tensor, keras_op
from tfjax._src.ops.array import indexing, join, shaping, slicing


def _tensor(x: Any) -> Any:
    return to_tensor(as_tensor(x))


@export("keras.ops.convert_to_tensor")
def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """A tensor from a number, list or array; `sparse` and `ragged` must not be True."""
    if sparse or ragged:
        raise ValueError("Sparse and ragged tensors are not supported.")
    if isinstance(x, KerasTensor):
        return x
    tensor = _tensor(x)
    return tensor if dtype is None else shaping.cast(tensor, dtypes.as_dtype(dtype))


@export("keras.ops.convert_to_numpy")
def convert_to_numpy(x: Any) -> np.ndarray:
    """The values as a NumPy array."""
    return np.asarray(_tensor(x))


@export("keras.ops.is_tensor")
def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor."""
    return isinstance(x, Tensor)


@export("keras.ops.cast")
@keras_op("core")
def cast(x: Any, dtype: Any) -> Any:
    """The values in another dtype."""
    return shaping.cast(_tensor(x), dtypes.as_dtype(dtype))


@export("keras.ops.saturate_cast")
@keras_op("core")
def saturate_cast(x: Any, dtype: Any) -> Any:
    """The values in another dtype, limited to what it can hold."""
    return shaping.saturate_cast(_tensor(x), dtypes.as_dtype(dtype))


@export("keras.ops.shape")
def shape(x: Any) -> tuple[Any, ...]:
    """The sizes: ints, and None for those that a symbolic tensor leaves open."""
    return tuple(x.shape) if hasattr(x, "shape") else tuple(_tensor(x).shape)


@export("keras.ops.dtype")
def dtype(x: Any) -> str:
    """The dtype's name."""
    return dtypes.as_dtype(x.dtype).name if hasattr(x, "dtype") else _tensor(x).dtype.name


@export("keras.ops.stop_gradient")
@keras_op("core")
def stop_gradient(variable: Any) -> Any:
    """The value, as a constant for gradients."""
    return shaping.stop_gradient(_tensor(variable))


@export("keras.ops.slice")
@keras_op("core", inputs=2)
def slice_(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """A block of this shape that begins at the indices."""
    return slicing.slice_(_tensor(inputs), _tensor(start_indices), shape)


@export("keras.ops.scatter")
@keras_op("core", inputs=2)
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros with values added at indices."""
    return indexing.scatter_nd(_tensor(indices), _tensor(values), shape)


@export("keras.ops.scatter_update")
@keras_op("core", inputs=3)
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """`inputs` with updates at indices: written, or combined by "add", "max" or "min"."""
    functions = {
        None: indexing.tensor_scatter_nd_update, "add": indexing.tensor_scatter_nd_add,
        "max": indexing.tensor_scatter_nd_max, "min": indexing.tensor_scatter_nd_min,
    }
    if reduction not in functions:
        raise ValueError(f"Unsupported reduction: {reduction}. Supported reductions: {sorted(k for k in functions if k)}.")
    tensor = _tensor(inputs)
    return functions[reduction](tensor, _tensor(indices), shaping.cast(_tensor(updates), tensor.dtype))


@export("keras.ops.cond")
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """`true_fn()` where `pred` holds, else `false_fn()`."""
    return flow_api.cond(pred, true_fn, false_fn)


@export("keras.ops.while_loop")
def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """Repeats `body` while `cond` holds."""
    nested = isinstance(loop_vars, (list, tuple))
    start = loop_vars if nested else (loop_vars,)

    def run(*values: Any) -> Any:
        result = body(*values)
        return result if isinstance(result, (list, tuple)) else (result,)

    found = flow_api.while_loop(cond, run, tuple(start), maximum_iterations=maximum_iterations)
    return (type(loop_vars)(found) if type(loop_vars) in (list, tuple) else found) if nested else found[0]


@export("keras.ops.fori_loop")
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """`value = body_fun(i, value)` for i from `lower` up to, without, `upper`."""
    result = while_loop(
        lambda i, value: i < upper, lambda i, value: (i + 1, body_fun(i, value)), (_tensor(lower), nest.map_structure(_tensor, init_val)),
    )
    return result[1]


@export("keras.ops.map")
def map_(f: Callable[[Any], Any], xs: Any) -> Any:
    """`f` of each part along the first axis, stacked."""
    count = len(join.unstack(_tensor(nest.flatten(xs)[0])))
    parts = [f(nest.map_structure(lambda t: _tensor(t)[i], xs)) for i in range(count)]
    return nest.map_structure(lambda *values: join.stack(list(values)), *parts)


@export("keras.ops.vectorized_map")
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """`function` of each part along the first axis, stacked."""
    return map_(function, elements)


@export("keras.ops.custom_gradient")
def custom_gradient(f: Callable[..., Any]) -> Any:
    """A function with a gradient of its own: `f` returns (value, gradient function)."""
    from tfjax._src.eager.custom_gradient import custom_gradient as decorate

    return decorate(f)


@export("keras.utils.is_keras_tensor", "keras.backend.is_keras_tensor")
def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor.

    >>> import tfjax as tf
    >>> tf.keras.utils.is_keras_tensor(tf.keras.Input((2,)))
    True
    """
    return isinstance(x, KerasTensor)


@export("keras.utils.standardize_dtype", "keras.backend.standardize_dtype")
def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype given in any form; the default float for None."""
    from tfjax._src.keras.engine.policy import floatx

    if dtype is None:
        return floatx()
    try:
        return dtypes.as_dtype(dtype).name
    except TypeError:
        raise ValueError(f"Invalid dtype: {dtype}") from None


@export("keras.backend.is_float_dtype")
def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is a float."""
    return dtypes.as_dtype(standardize_dtype(dtype)).is_floating


@export("keras.backend.is_int_dtype")
def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is an integer."""
    return dtypes.as_dtype(standardize_dtype(dtype)).is_integer
