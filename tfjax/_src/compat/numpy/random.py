"""Random numbers, drawn from the global stream of `tf.random`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.compat.numpy.promotion import as_dtype, asarray, default_float, known
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import shaping
from tfjax._src.ops.random import continuous, state, stateful


def _dims(size: Any) -> Any:
    size = known(size)
    if size is None:
        return []
    return [size] if isinstance(size, int) else list(size)


@export("experimental.numpy.random.seed")
def seed(s: int) -> None:
    """Sets the global seed, as `tf.random.set_seed` does."""
    state.set_seed(int(known(s)))


@export("experimental.numpy.random.randn")
def randn(*args: int) -> Tensor:
    """Standard normal numbers in the given sizes.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.random.randn(2, 3).shape
    TensorShape([2, 3])
    """
    return standard_normal(args)


@export("experimental.numpy.random.standard_normal")
def standard_normal(size: Any = None) -> Tensor:
    """Standard normal numbers in the shape `size`."""
    return stateful.normal(_dims(size), dtype=_float())


def _float() -> dtypes.DType:
    return dtypes.float64


@export("experimental.numpy.random.uniform")
def uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Tensor:
    """Numbers spread evenly over `[low, high)`, in the shape `size` or that of the bounds.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.random.uniform(size=(2,)).shape
    TensorShape([2])
    """
    dtype = _float()
    low, high = asarray(low, dtype), asarray(high, dtype)
    if size is None:
        size = np.broadcast_shapes(tuple(low.shape.as_list()), tuple(high.shape.as_list()))
    return stateful.uniform(_dims(size), low, high, dtype)


@export("experimental.numpy.random.random")
def random(size: Any = None) -> Tensor:
    """Numbers spread evenly over `[0, 1)`."""
    return uniform(0.0, 1.0, () if size is None else size)


@export("experimental.numpy.random.rand")
def rand(*size: int) -> Tensor:
    """Numbers spread evenly over `[0, 1)` in the given sizes.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.random.rand(3).shape
    TensorShape([3])
    """
    return uniform(0.0, 1.0, size)


@export("experimental.numpy.random.randint")
def randint(low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64) -> Tensor:
    """Whole numbers in `[low, high)`, or in `[0, low)` if `high` is None.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.random.randint(1))
    0
    """
    low = int(known(low))
    if high is None:
        low, high = 0, low
    wanted = as_dtype(dtype)
    if wanted not in (dtypes.int32, dtypes.int64):
        drawn = stateful.uniform(_dims(size), low, int(known(high)), dtypes.int64)
        return shaping.cast(drawn, wanted)
    return stateful.uniform(_dims(size), low, int(known(high)), wanted)


@export("experimental.numpy.random.poisson")
def poisson(lam: Any = 1.0, size: Any = None) -> Tensor:
    """Poisson numbers with mean `lam`, as int64."""
    lam = asarray(lam, default_float())
    if size is None:
        drawn = continuous.poisson([], lam, dtypes.int64)
    else:
        drawn = continuous.poisson(_dims(size), lam, dtypes.int64)
    return drawn
