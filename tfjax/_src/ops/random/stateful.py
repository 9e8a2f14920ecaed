"""tf.random.uniform, normal, …: streams that move on with every call."""

from __future__ import annotations

import math
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.random import draws, state


def _stream(name: str, kind: dtypes.DType, seed: Any, dims: tuple[int, ...]) -> Tensor:
    count = math.prod(dims)
    return Tensor(state.reserve(name, kind, seed, count * 256))


@export("random.uniform")
@recorded
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
        return draws.integers(_stream("RandomUniformInt", kind, seed, dims), low, high, dims, kind)
    stream = _stream("RandomUniform", kind, seed, dims)
    return draws.uniform(stream, minval, 1 if maxval is None else maxval, dims, kind)


@export("random.normal")
@recorded
def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Normal random numbers; the same as TensorFlow's for the same seeds.

    >>> import tfjax as tf
    >>> tf.random.normal([2, 3]).shape
    TensorShape([2, 3])
    """
    kind = dtypes.as_dtype(dtype)
    dims = statics.shape(shape)
    return draws.normal(_stream("RandomStandardNormal", kind, seed, dims), mean, stddev, dims, kind)


@export("random.truncated_normal")
@recorded
def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Normal random numbers within two standard deviations of the mean.

    >>> import tfjax as tf
    >>> tf.random.truncated_normal([2, 3]).shape
    TensorShape([2, 3])
    """
    kind = dtypes.as_dtype(dtype)
    dims = statics.shape(shape)
    return draws.truncated_normal(_stream("TruncatedNormal", kind, seed, dims), mean, stddev, dims, kind)


@export("random.shuffle")
@recorded
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
    return draws.take_rows(tensor, draws.shuffle_order(stream, count))


@export("random.categorical")
@recorded
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
    rows = tensor._value.shape[0] if tensor._value.shape else 1
    stream = Tensor(state.reserve("Multinomial", tensor.dtype, seed, rows * ((count + 3) // 4 * 4) * 2 * 256))
    return draws.categorical(stream, tensor, count, dtypes.as_dtype(dtype or dtypes.int64))
