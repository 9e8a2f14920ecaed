"""tf.random.stateless_*: numbers that depend on nothing but the seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyTensor, DTypeArg, IntOther, Name, Shape, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.random import distributions, draws, philox, settings
from tfjax._src.ops.random.algorithm import require_philox


def _value(x: Any, dtype: dtypes.DType) -> Any:
    return np.asarray(x, dtype.np) if isinstance(x, (int, float)) else x


def _scaled(name: str, seed: Any, scale: Any, shift: Any, shape: tuple[int, ...], dtype: dtypes.DType, kind: str) -> Any:
    if seed.shape != (2,):
        raise ValueError(f"seed must have shape [2], not {list(seed.shape)}")
    return distributions.draw(name, philox.stateless_state(seed), shape, dtype.np, kind, scale, shift)


# Differentiable by the parameters, as TensorFlow's sums and products of them are.
@op("_internal.stateless_uniform", raw="StatelessRandomUniformV2", produces=True)
def _uniform(seed: IntOther, low: AnyTensor, high: AnyTensor, shape: Shape, dtype: DTypeArg, kind: Static, name: Name = None):
    return _scaled("uniform", seed, high - low, low, shape, dtype, kind)


@op("_internal.stateless_normal", raw="StatelessRandomNormalV2", produces=True)
def _normal(seed: IntOther, mean: AnyTensor, stddev: AnyTensor, shape: Shape, dtype: DTypeArg, kind: Static, name: Name = None):
    return _scaled("normal", seed, stddev, mean, shape, dtype, kind)


@op("_internal.stateless_truncated_normal", raw="StatelessTruncatedNormalV2", produces=True)
def _truncated(seed: IntOther, mean: AnyTensor, stddev: AnyTensor, shape: Shape, dtype: DTypeArg, kind: Static, name: Name = None):
    return _scaled("truncated_normal", seed, stddev, mean, shape, dtype, kind)


@op("_internal.stateless_int", raw="StatelessRandomUniformIntV2", differentiable=False, produces=True)
def _int(seed: IntOther, low: AnyTensor, high: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    return distributions.integers(philox.stateless_state(seed), shape, low, high, dtype.np)


@op("_internal.stateless_full_int", raw="StatelessRandomUniformFullIntV2", differentiable=False, produces=True)
def _full_int(seed: IntOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    return distributions.integers(philox.stateless_state(seed), shape, None, None, dtype.np)


def stateless_uniform(shape: Any, seed: Any, low: Any, high: Any, dtype: dtypes.DType) -> Any:
    """Uniform numbers in [low, high)."""
    return _uniform(seed, _value(low, dtype), _value(high, dtype), shape, dtype, settings.get_random_numbers())


def stateless_normal(shape: Any, seed: Any, mean: Any, stddev: Any, dtype: dtypes.DType) -> Any:
    """Normal numbers."""
    return _normal(seed, _value(mean, dtype), _value(stddev, dtype), shape, dtype, settings.get_random_numbers())


def stateless_truncated_normal(shape: Any, seed: Any, mean: Any, stddev: Any, dtype: dtypes.DType) -> Any:
    """Normal numbers within two standard deviations."""
    return _truncated(seed, _value(mean, dtype), _value(stddev, dtype), shape, dtype, settings.get_random_numbers())


@export("random.stateless_uniform")
@recorded
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
      alg: "auto_select" or "philox"; see `tf.random.Algorithm`.

    >>> import tfjax as tf
    >>> tf.random.stateless_uniform([2], seed=[1, 2]).shape
    TensorShape([2])
    """
    kind = dtypes.as_dtype(dtype)
    if not kind.is_integer:
        require_philox(alg, "StatelessRandomUniformV2")
        return stateless_uniform(shape, seed, minval, 1 if maxval is None else maxval, kind)
    if (minval is None) != (maxval is None):
        raise ValueError(
            f"For integer `dtype` argument {kind}, argument `minval` and `maxval` must be both None or not None. "
            f"Got `minval`={minval} and `maxval`={maxval}."
        )
    if minval is not None and kind in (dtypes.uint32, dtypes.uint64):
        raise ValueError(
            f"Argument `dtype` got invalid value {kind} when argument `minval` is not None. "
            "Please don't use unsigned integers in this case."
        )
    require_philox(alg, "StatelessRandomUniformFullIntV2" if minval is None else "StatelessRandomUniformIntV2")
    if minval is None:
        return _full_int(seed, shape, kind)
    return _int(seed, _value(minval, kind), _value(maxval, kind), shape, kind)


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
    require_philox(alg, "StatelessRandomNormalV2")
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
    require_philox(alg, "StatelessTruncatedNormalV2")
    return stateless_truncated_normal(shape, seed, mean, stddev, dtypes.as_dtype(dtype))


@export("random.stateless_categorical")
@recorded
def stateless_categorical(logits: Any, num_samples: Any, seed: Any, dtype: Any = dtypes.int64, name: str | None = None) -> Any:
    """Samples [batch, num_samples] of class indices that depend only on `seed` and `logits`.

    >>> import tfjax as tf
    >>> tf.random.stateless_categorical([[0.0, 0.0]], 5, seed=[1, 2]).shape
    TensorShape([1, 5])
    """
    stream = draws.seed_stream(seed)
    return draws.categorical(stream, to_tensor(logits), statics.integer(num_samples), dtypes.as_dtype(dtype or dtypes.int64))


@export("random.experimental.stateless_shuffle")
@recorded
def stateless_shuffle(value: Any, seed: Any, alg: Any = "auto_select", name: str | None = None) -> Any:
    """Rows in a random order that depends only on `seed`.

    >>> import tfjax as tf
    >>> sorted(tf.random.experimental.stateless_shuffle([1, 2, 3], seed=[1, 2]).numpy().tolist())
    [1, 2, 3]
    """
    require_philox(alg, "StatelessShuffle")
    tensor = to_tensor(value)
    count = tensor._value.shape[0] if tensor._value.shape else 1
    if count <= 1:
        return tensor
    return draws.take_rows(tensor, draws.shuffle_order(draws.seed_stream(seed), count))


@export("random.split", "random.experimental.stateless_split")
def split(seed: Any, num: int = 2, alg: Any = "auto_select") -> Any:
    """`num` new seeds [num, 2] from one.

    Args:
      seed: two integers, int32 or int64.
      num: how many.
      alg: "auto_select" or "philox".

    >>> import tfjax as tf
    >>> tf.random.split([1, 2], 3).shape
    TensorShape([3, 2])
    """
    pair = to_tensor(seed)
    return stateless_random_uniform([num, 2], pair, None, None, pair.dtype, alg=alg)


@export("random.fold_in", "random.experimental.stateless_fold_in")
def fold_in(seed: Any, data: Any, alg: Any = "auto_select") -> Any:
    """A new seed from a seed and an integer, such as the number of a step.

    >>> import tfjax as tf
    >>> tf.random.fold_in([1, 2], 7).shape
    TensorShape([2])
    """
    number = to_tensor(data)
    first = stateless_random_uniform([], seed, None, None, number.dtype, alg=alg)
    return stack([first, cast(number, first.dtype)])
