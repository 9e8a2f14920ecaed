"""Dropout with TensorFlow's random numbers: an element stays where its number is at least the rate."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import dispatch, statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.math.arithmetic import multiply, subtract
from tfjax._src.ops.math.comparison import greater_equal
from tfjax._src.ops.math.division import divide
from tfjax._src.ops.random import state
from tfjax._src.ops.random.algorithm import require_philox
from tfjax._src.ops.random.stateful import uniform
from tfjax._src.ops.random.stateless import stateless_random_uniform


def _dispatched(function: Callable[..., Any], *args: Any) -> Any:
    """What `function` gives for a ragged (or other composite) first argument, else NotImplemented."""
    handler = dispatch.find(args[:1])
    return NotImplemented if handler is None else handler(function, args, {})


def _check_rate(rate: Any) -> bool:
    """True for a rate known to be 0."""
    if isinstance(rate, numbers.Real):
        if not 0 <= rate < 1:
            raise ValueError(
                f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
            )
        return rate == 0
    if not hasattr(rate, "dtype"):
        raise ValueError(f"`rate` must be a scalar or scalar tensor. Received: rate={rate}")
    return False


def _noise_dims(x: Tensor, noise_shape: Any) -> Any:
    """The shape of the random numbers; None in it stands for the size in `x`."""
    if noise_shape is None:
        return x.shape.as_list()
    dims = statics.value(noise_shape)
    if len(dims) == len(x.shape):
        dims = [size if d is None else d for d, size in zip(dims, x.shape.as_list())]
    return list(dims)


def _drop(
    x: Any, rate: Any, noise_shape: Any, sampler: Callable[..., Any], skip: Callable[[], Any]
) -> Any:
    nothing = _check_rate(rate)
    x = to_tensor(x)
    if not x.dtype.is_floating:
        raise ValueError(
            f"`x.dtype` must be a floating point tensor as `x` will be scaled. Received: x_dtype={x.dtype}"
        )
    if nothing:
        skip()
        return x
    if isinstance(rate, numbers.Real):
        scaled = multiply(x, to_tensor(1.0 / (1.0 - float(rate)), x.dtype))
        rate = to_tensor(float(rate), x.dtype)
    else:
        rate = to_tensor(rate)
        if rate.shape.rank:
            raise ValueError(f"Shape {rate.shape} must have rank 0")
        if rate.dtype != x.dtype:
            raise ValueError(
                "`x.dtype` must be compatible with `rate.dtype`. "
                f"Received: x.dtype={x.dtype} and rate.dtype={rate.dtype}"
            )
        scaled = divide(x, subtract(to_tensor(1.0, x.dtype), rate))
    noise = sampler(shape=_noise_dims(x, noise_shape), dtype=x.dtype)
    return where(greater_equal(noise, rate), scaled, np.zeros((), x.dtype.np))


@export("nn.dropout")
@recorded
def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: Any = None, name: Any = None) -> Any:
    """Sets elements to 0 with probability `rate` and scales the others by 1 / (1 - rate).

    Args:
      x: a floating tensor.
      rate: a number in [0, 1), or a scalar tensor of `x`'s dtype.
      noise_shape: a shape that broadcasts to `x`'s: axes of size 1 are kept or dropped as a whole.
      seed: an op seed; see `tf.random.set_seed`.
      name: no effect.

    Raises:
      ValueError: a rate outside [0, 1), or an integer tensor.

    >>> import tfjax as tf
    >>> kept = tf.nn.dropout(tf.ones([1000]), 0.5)
    >>> sorted(set(kept.numpy().tolist()))
    [0.0, 2.0]
    """
    if (result := _dispatched(dropout, x, rate, noise_shape, seed)) is not NotImplemented:
        return result

    def sampler(shape: Any, dtype: Any) -> Any:
        return uniform(shape, dtype=dtype, seed=seed)

    # Without a drop TensorFlow still counts one random op.
    return _drop(x, rate, noise_shape, sampler, lambda: state.op_seeds(seed))


@export("nn.experimental.stateless_dropout")
@recorded
def stateless_dropout(
    x: Any, rate: Any, seed: Any, rng_alg: Any = None, noise_shape: Any = None, name: Any = None
) -> Any:
    """Dropout that depends only on `seed`, two integers; otherwise as `tf.nn.dropout`.

    Args:
      x, rate, noise_shape: as of `tf.nn.dropout`.
      seed: two integers.
      rng_alg: "philox" or "auto_select".
      name: no effect.

    >>> import tfjax as tf
    >>> a, b = (tf.nn.experimental.stateless_dropout(tf.ones([9]), 0.5, seed=[1, 2]) for _ in "ab")
    >>> bool(tf.reduce_all(a == b))
    True
    """
    if (
        result := _dispatched(stateless_dropout, x, rate, seed, rng_alg, noise_shape)
    ) is not NotImplemented:
        return result
    alg = "auto_select" if rng_alg is None else rng_alg
    require_philox(alg, "StatelessRandomUniformV2")

    def sampler(shape: Any, dtype: Any) -> Any:
        return stateless_random_uniform(shape, seed, dtype=dtype, alg=alg)

    return _drop(x, rate, noise_shape, sampler, lambda: None)


@export("nn.experimental.general_dropout")
@recorded
def general_dropout(
    x: Any,
    rate: Any,
    uniform_sampler: Callable[..., Any],
    noise_shape: Any = None,
    name: Any = None,
) -> Any:
    """Dropout with random numbers of the caller's.

    Args:
      x, rate, noise_shape: as of `tf.nn.dropout`.
      uniform_sampler: called with `shape` and `dtype`; returns numbers in [0, 1).
      name: no effect.

    >>> import tfjax as tf
    >>> tf.nn.experimental.general_dropout(tf.ones([2]), 0.5, lambda shape, dtype: tf.constant([0.4, 0.6])).numpy()
    array([0., 2.], dtype=float32)
    """
    return _drop(x, rate, noise_shape, uniform_sampler, lambda: None)
