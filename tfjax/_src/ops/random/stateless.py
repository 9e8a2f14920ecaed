"""tf.random.stateless_*: numbers that depend on nothing but the seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, DTypeArg, IntOther, Name, Shape
from tfjax._src.eager.op import op
from tfjax._src.ops.random import philox


def _value(x: Any, dtype: dtypes.DType) -> Any:
    return np.asarray(x, dtype.np) if isinstance(x, (int, float)) else x


@op("_internal.stateless_uniform", raw="StatelessRandomUniformV2", differentiable=False)
def _uniform(seed: IntOther, low: AnyTensor, high: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    state = philox.stateless_state(seed)
    return philox.affine(philox.uniform(state, shape, dtype.np), high - low, low)


@op("_internal.stateless_normal", raw="StatelessRandomNormalV2", differentiable=False)
def _normal(seed: IntOther, mean: AnyTensor, stddev: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    state = philox.stateless_state(seed)
    return philox.affine(philox.normal(state, shape, dtype.np), stddev, mean)


@op("_internal.stateless_truncated_normal", raw="StatelessTruncatedNormalV2", differentiable=False)
def _truncated(seed: IntOther, mean: AnyTensor, stddev: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    state = philox.stateless_state(seed)
    return philox.affine(philox.truncated_normal(state, shape, dtype.np), stddev, mean)


@op("_internal.stateless_int", raw="StatelessRandomUniformIntV2", differentiable=False)
def _int(seed: IntOther, low: AnyTensor, high: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    return philox.integers(philox.stateless_state(seed), shape, low, high, dtype.np)


@op("_internal.stateless_full_int", raw="StatelessRandomUniformFullIntV2", differentiable=False)
def _full_int(seed: IntOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    return philox.integers(philox.stateless_state(seed), shape, None, None, dtype.np)


def stateless_uniform(shape: Any, seed: Any, low: Any, high: Any, dtype: dtypes.DType) -> Any:
    """Uniform numbers in [low, high)."""
    return _uniform(seed, _value(low, dtype), _value(high, dtype), shape, dtype)


def stateless_normal(shape: Any, seed: Any, mean: Any, stddev: Any, dtype: dtypes.DType) -> Any:
    """Normal numbers."""
    return _normal(seed, _value(mean, dtype), _value(stddev, dtype), shape, dtype)


def stateless_truncated_normal(shape: Any, seed: Any, mean: Any, stddev: Any, dtype: dtypes.DType) -> Any:
    """Normal numbers within two standard deviations."""
    return _truncated(seed, _value(mean, dtype), _value(stddev, dtype), shape, dtype)


@export("random.stateless_uniform")
def stateless_random_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32,
    name: str | None = None, alg: Any = "auto_select",
) -> Any:
    """Uniform numbers in [minval, maxval) that depend only on `seed`.

    Args:
      shape: the result's shape.
      seed: two integers.
      minval, maxval: the range; [0, 1) by default; both None with integers: the whole range.
      dtype: a float or integer dtype.
      alg: "auto_select" or "philox".

    >>> import tfjax as tf
    >>> tf.random.stateless_uniform([2], seed=[1, 2]).shape
    TensorShape([2])
    """
    _check_alg(alg)
    kind = dtypes.as_dtype(dtype)
    if kind.is_integer:
        if (minval is None) != (maxval is None):
            raise ValueError(f"For integer `dtype` argument {kind}, argument `minval` and `maxval` must be both None or not None.")
        if minval is None:
            return _full_int(seed, shape, kind)
        if maxval is None:
            raise ValueError("`maxval` must be given for integer dtypes.")
        return _int(seed, _value(minval, kind), _value(maxval, kind), shape, kind)
    return stateless_uniform(shape, seed, minval, 1 if maxval is None else maxval, kind)


def _check_alg(alg: Any) -> None:
    if alg not in ("auto_select", "philox", 1, 3):
        raise ValueError(f"Argument `alg` must be 'auto_select' or 'philox'; Threefry has no TensorFlow numbers on CPU. Received: {alg}")


@export("random.stateless_normal")
def stateless_random_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32,
    name: str | None = None, alg: Any = "auto_select",
) -> Any:
    """Normal numbers that depend only on `seed`, two integers.

    >>> import tfjax as tf
    >>> tf.random.stateless_normal([2], seed=[1, 2]).shape
    TensorShape([2])
    """
    _check_alg(alg)
    return stateless_normal(shape, seed, mean, stddev, dtypes.as_dtype(dtype))


@export("random.stateless_truncated_normal")
def stateless_random_truncated_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32,
    name: str | None = None, alg: Any = "auto_select",
) -> Any:
    """Normal numbers within two standard deviations that depend only on `seed`, two integers.

    >>> import tfjax as tf
    >>> tf.random.stateless_truncated_normal([2], seed=[1, 2]).shape
    TensorShape([2])
    """
    _check_alg(alg)
    return stateless_truncated_normal(shape, seed, mean, stddev, dtypes.as_dtype(dtype))
