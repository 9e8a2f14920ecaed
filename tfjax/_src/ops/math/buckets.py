"""Places in sorted rows, histograms, division that rounds towards zero, complex numbers from parts."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InternalError, InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import DTypeArg, Float, Name, Real, Static, TensorArg
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks

_INDEX = (dtypes.int32, dtypes.int64)
_Divisible = Annotated[Any, TensorArg("T", frozenset({*_INDEX, *dtypes.FLOATS}))]


def _refuse(text: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, text)


def _index_type(attribute: str, dtype: Any) -> None:
    if dtype not in _INDEX:
        raise _refuse(f"Value for attr '{attribute}' of {dtype.name} is not in the list of allowed values: int32, int64")


@op("_internal.searchsorted", raw="LowerBound", differentiable=False, any_size=True)
def _searchsorted(sorted_inputs: Real, values: Real, side: Static, out_type: DTypeArg, name: Name = None):
    for x in (sorted_inputs, values):
        if not x.ndim:
            raise _refuse("slice index -1 of dimension 0 out of bounds.")
    _index_type("out_type", out_type)
    rows, wanted = (x.reshape((int(np.prod(x.shape[:-1])), x.shape[-1])) for x in (sorted_inputs, values))
    if len(rows) != len(wanted):
        raise _refuse("Leading dim_size of both tensors must match.")
    if namespace(sorted_inputs, values) is np:
        found = np.array([np.searchsorted(r, v, side) for r, v in zip(rows, wanted)]).reshape(values.shape)
    else:
        found = jax.vmap(lambda r, v: jnp.searchsorted(r, v, side))(rows, wanted).reshape(values.shape)
    if side == "left":
        # No element is smaller than NaN, by TensorFlow's comparison; NumPy sorts it last.
        found = namespace(found).where(values != values, 0, found)
    return found.astype(out_type.np)


@export("searchsorted")
@recorded
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = dtypes.int32, name: Any = None) -> Any:
    """Where `values` would have to be put in for the rows of `sorted_sequence` to stay sorted.

    Args:
      sorted_sequence: [..., n], sorted along the innermost axis.
      values: [..., m], with the same outer axes.
      side: before (`"left"`) or behind (`"right"`) equal elements.
      out_type: int32 or int64.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.searchsorted([1, 3, 5], [0, 3, 9]).numpy()
    array([0, 1, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be either 'right' or 'left'. Received: `side` = {side!r}.")
    return _searchsorted(sorted_sequence, values, side, out_type)


# -- histograms ----------------------------------------------------------------------------------
def _check_histogram(values: Any, value_range: Any, nbins: int, dtype: Any = None, name: Any = None) -> None:
    if isinstance(value_range, np.ndarray) and not value_range[0] < value_range[1]:
        low, high = (f"{v:g}" for v in value_range)
        raise _refuse(f"value_range should satisfy value_range[0] < value_range[1], but got '[{low}, {high}]'")
    if isinstance(values, np.ndarray) and (values != values).any():
        raise _refuse("Histogram values must not contain NaN")


@op("histogram_fixed_width", raw="HistogramFixedWidth", differentiable=False, check=_check_histogram)
def histogram_fixed_width(
    values: Real, value_range: Real, nbins: Static = 100, dtype: DTypeArg = dtypes.int32, name: Name = None
):
    """How many values fall into each of `nbins` equal parts of a range.

    Args:
      values: any shape; what lies outside the range counts to the first or the last bin.
      value_range: [low, high].
      nbins: number of bins.
      dtype: int32 or int64.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.histogram_fixed_width([-1.0, 0.0, 1.5, 5.0], [0.0, 5.0], nbins=5).numpy()
    array([2, 1, 0, 0, 1], dtype=int32)
    """
    xp = namespace(values, value_range)
    _index_type("dtype", dtype)
    if value_range.shape != (2,):
        raise _refuse("value_range should be a vector of 2 elements.")
    if nbins <= 0:
        raise _refuse(f"nbins should be a positive number, but got '{nbins}'")
    _check_histogram(values, value_range, nbins)
    low, high = value_range[0].astype(np.float64), value_range[1].astype(np.float64)
    place = xp.floor((values.reshape(-1).astype(np.float64) - low) / ((high - low) / nbins))
    bins = xp.clip(place, 0, nbins - 1).astype(np.int32)
    counts = np.bincount(bins, minlength=nbins) if xp is np else jnp.bincount(bins, length=nbins)
    return counts.astype(dtype.np)


@op("histogram_fixed_width_bins", raw="HistogramFixedWidthBins", differentiable=False)
def histogram_fixed_width_bins(
    values: Real, value_range: Real, nbins: Static = 100, dtype: DTypeArg = dtypes.int32, name: Name = None
):
    """The bin that `histogram_fixed_width` counts each value in.

    >>> import tfjax as tf
    >>> tf.histogram_fixed_width_bins([-1.0, 0.0, 1.5, 5.0], [0.0, 5.0], nbins=5).numpy()
    array([0, 0, 1, 4], dtype=int32)
    """
    xp = namespace(values, value_range)
    if nbins <= 0:
        raise _refuse(f"nbins {nbins} must > 0")
    part = (values - value_range[0]) / (value_range[1] - value_range[0])
    return xp.clip(xp.floor(nbins * part), 0, nbins - 1).astype(dtype.np)


# -- rounding towards zero -----------------------------------------------------------------------
def _division_guard(x: Any, y: Any, name: Any = None) -> None:
    if isinstance(y, np.ndarray) and y.dtype.kind in "iu" and np.any(y == 0) and x.size:
        raise InternalError(
            None, None, "Unexpected error in binary operator (only integer div and mod should have errors)"
        )


@op("truncatediv", raw="TruncateDiv", differentiable=False, check=_division_guard)
def truncatediv(x: Real, y: Real, name: Name = None):
    """Divides and rounds towards zero, keeping the dtype.

    >>> import tfjax as tf
    >>> tf.truncatediv([7, -7], 2).numpy()
    array([ 3, -3], dtype=int32)
    """
    xp = namespace(x, y)
    checks.broadcastable(x, y)
    _division_guard(x, y)
    if x.dtype.kind in "iu":
        return (x - xp.fmod(x, y)) // y
    return xp.trunc(x / y)


@op("truncatemod", raw="TruncateMod", check=_division_guard)
def truncatemod(x: _Divisible, y: _Divisible, name: Name = None):
    """The remainder of `truncatediv`: its sign is that of `x`.

    >>> import tfjax as tf
    >>> tf.truncatemod([7, -7], 3).numpy()
    array([ 1, -1], dtype=int32)
    """
    checks.broadcastable(x, y)
    _division_guard(x, y)
    return namespace(x, y).fmod(x, y)


# -- complex numbers -----------------------------------------------------------------------------
@op("_internal.complex", raw="Complex")
def _complex(real: Float, imag: Float, name: Name = None):
    shape = checks.broadcastable(real, imag)
    xp = namespace(real, imag)
    real, imag = xp.broadcast_to(real, shape), xp.broadcast_to(imag, shape)
    if xp is jnp:
        return jax.lax.complex(real, imag)
    result = np.empty(shape, np.result_type(real.dtype, np.complex64))
    result.real, result.imag = real, imag  # 1j * inf would be nan + inf j
    return result


@export("dtypes.complex", "complex")
def complex(real: Any, imag: Any, name: Any = None) -> Any:  # noqa: A001 (TensorFlow's public name)
    """Complex numbers from their real and imaginary parts, both float32 or both float64.

    >>> import tfjax as tf
    >>> tf.complex(1.0, 2.0).numpy().item()
    (1+2j)
    """
    real, imag = (x if hasattr(x, "dtype") and not isinstance(x, np.ndarray) else to_tensor(x) for x in (real, imag))
    kinds = [dtypes.as_dtype(x.dtype) for x in (real, imag)]
    if kinds[0] != kinds[1] or kinds[0] not in (dtypes.float32, dtypes.float64):
        raise TypeError(
            f"The `real` and `imag` components have incorrect types: {kinds[0].name} {kinds[1].name}. "
            "They must be consistent, and one of [tf.float32, tf.float64]"
        )
    return _complex(real, imag)
