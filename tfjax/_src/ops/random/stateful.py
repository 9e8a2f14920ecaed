"""tf.random.uniform, normal, …: streams that move on with every call."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyOther, AnyTensor, Axis, DTypeArg, Name, NumericOther, Shape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.math.arithmetic import add, multiply
from tfjax._src.ops.random import philox, state


def _count(dims: tuple[int, ...]) -> int:
    return int(np.prod(dims, dtype=np.int64))


@op("_internal.random_uniform", raw="RandomUniform", differentiable=False)
def _uniform(state: NumericOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    return philox.uniform(state, shape, dtype.np)


@op("_internal.random_normal", raw="RandomStandardNormal", differentiable=False)
def _normal(state: NumericOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    return philox.normal(state, shape, dtype.np)


@op("_internal.random_truncated_normal", raw="TruncatedNormal", differentiable=False)
def _truncated(state: NumericOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    return philox.truncated_normal(state, shape, dtype.np)


@op("_internal.random_int", raw="RandomUniformInt", differentiable=False)
def _int(state: NumericOther, low: AnyTensor, high: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    return philox.integers(state, shape, low, high, dtype.np)


def _state(name: str, kind: dtypes.DType, seed: Any, dims: tuple[int, ...]) -> Tensor:
    return Tensor(state.reserve(name, kind, seed, _count(dims) * 256))


def _scaled(unit: Any, scale: Any, shift: Any, kind: dtypes.DType) -> Any:
    return add(multiply(unit, to_tensor(scale, None, kind)), to_tensor(shift, None, kind))


@export("random.uniform")
def uniform(shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Uniform random numbers in [minval, maxval); the same as TensorFlow's for the same seeds.

    Args:
      shape: the result's shape.
      minval, maxval: the range; [0, 1) by default. Integers need `maxval`.
      dtype: a float dtype, int32 or int64.
      seed: an op seed; see `tf.random.set_seed`.

    >>> import tfjax as tf
    >>> tf.random.uniform([2, 3]).shape
    TensorShape([2, 3])
    """
    kind = dtypes.as_dtype(dtype)
    dims = statics.shape(shape)
    if kind.is_integer:
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {kind}")
        low, high = to_tensor(minval, kind), to_tensor(maxval, kind)
        return _int(_state("RandomUniformInt", kind, seed, dims), low, high, dims, kind)
    unit = _uniform(_state("RandomUniform", kind, seed, dims), dims, kind)
    maxval = 1 if maxval is None else maxval
    if isinstance(minval, (int, float)) and isinstance(maxval, (int, float)):
        if minval == 0 and maxval == 1:
            return unit
        span = kind.np.type(maxval) - kind.np.type(minval)
        return _scaled(unit, span, minval, kind)
    low, high = to_tensor(minval, None, kind), to_tensor(maxval, None, kind)
    return add(multiply(unit, high - low), low)


@export("random.normal")
def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Normal random numbers; the same as TensorFlow's for the same seeds.

    >>> import tfjax as tf
    >>> tf.random.normal([2, 3]).shape
    TensorShape([2, 3])
    """
    kind = dtypes.as_dtype(dtype)
    dims = statics.shape(shape)
    return _scaled(_normal(_state("RandomStandardNormal", kind, seed, dims), dims, kind), stddev, mean, kind)


@export("random.truncated_normal")
def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Normal random numbers within two standard deviations of the mean.

    >>> import tfjax as tf
    >>> tf.random.truncated_normal([2, 3]).shape
    TensorShape([2, 3])
    """
    kind = dtypes.as_dtype(dtype)
    dims = statics.shape(shape)
    return _scaled(_truncated(_state("TruncatedNormal", kind, seed, dims), dims, kind), stddev, mean, kind)


@op("_internal.permute_rows")
def _take_rows(value: AnyTensor, order: AnyOther, name: Name = None):
    return namespace(value, order).take(value, order, axis=0)


@op("_internal.shuffle_order", raw="RandomShuffle", host=True, differentiable=False)
def _shuffle_order(state: NumericOther, count: Axis, name: Name = None):
    if isinstance(state, np.ndarray):
        return philox.shuffle_order(state, count)
    draws = philox.words(state, max(count - 1, 1))

    def swap(i, order):
        j = i + (draws[i] % (count - i).astype(np.uint32)).astype(np.int64)
        a, b = order[i], order[j]
        return order.at[i].set(b).at[j].set(a)

    return jax.lax.fori_loop(0, max(count - 1, 0), swap, jnp.arange(count))


@export("random.shuffle")
def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Any:
    """Rows in random order.

    >>> import tfjax as tf
    >>> sorted(tf.random.shuffle([1, 2, 3]).numpy().tolist())
    [1, 2, 3]
    """
    tensor = to_tensor(value)
    count = tensor._value.shape[0] if tensor._value.shape else 1
    if count <= 1:
        return tensor
    stream = Tensor(state.reserve("RandomShuffle", tensor.dtype, seed, (count + 2) // 4))
    return _take_rows(tensor, _shuffle_order(stream, count))


@op("_internal.multinomial", raw="Multinomial", differentiable=False)
def _categorical(state: NumericOther, logits: AnyTensor, count: Axis, dtype: DTypeArg, name: Name = None):
    xp = namespace(state, logits)
    rows = logits.shape[0]
    w = philox.words(state, 2 * rows * count).reshape(-1, 2)
    bits = ((w[:, 0].astype(np.uint64) & np.uint64(0xFFFFF)) << np.uint64(32)) | w[:, 1].astype(np.uint64)
    unit = (philox._bits(bits | np.uint64(1023 << 52), np.float64) - 1.0).reshape(rows, count)
    finite = xp.isfinite(logits)
    top = xp.max(xp.where(finite, logits, xp.asarray(-np.inf, logits.dtype)), axis=1, keepdims=True)
    weights = xp.where(finite, xp.exp(logits.astype(np.float64) - top.astype(np.float64)), 0.0)
    cdf = xp.cumsum(weights, axis=1)
    targets = unit * cdf[:, -1:]
    return (cdf[:, None, :] <= targets[:, :, None]).sum(-1).astype(dtype.np)


@export("random.categorical")
def categorical(logits: Any, num_samples: int, dtype: Any = None, seed: int | None = None, name: str | None = None) -> Any:
    """Samples [batch, num_samples] of class indices with probabilities softmax(logits).

    Args:
      logits: [batch, classes].
      num_samples: how many per row.
      dtype: int64 by default.
      seed: an op seed.

    >>> import tfjax as tf
    >>> tf.random.categorical([[0.0, 0.0]], 5).shape
    TensorShape([1, 5])
    """
    tensor = to_tensor(logits)
    count = statics.integer(num_samples)
    rows = tensor._value.shape[0]
    stream = Tensor(state.reserve("Multinomial", tensor.dtype, seed, rows * ((count + 3) // 4 * 4) * 2 * 256))
    return _categorical(stream, tensor, count, dtypes.as_dtype(dtype or dtypes.int64))
