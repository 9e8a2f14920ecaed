"""keras.random: draws from an int seed, a SeedGenerator, or the global generator."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.layers.regularization.dropout import drop
from tfjax._src.keras.random_state import draw_seed, to_op_seed
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.random import stateless


def _pair(seed: Any) -> Any:
    return to_op_seed(draw_seed(seed))


@export("keras.random.normal")
def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normal random numbers.

    >>> import tfjax as tf
    >>> tf.keras.random.normal((2, 3), seed=1).shape
    TensorShape([2, 3])
    """
    return stateless.stateless_normal(shape, _pair(seed), mean, stddev, dtypes.as_dtype(dtype or floatx()))


@export("keras.random.truncated_normal")
def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normal random numbers within two standard deviations of the mean.

    >>> import tfjax as tf
    >>> tf.keras.random.truncated_normal((2, 3), seed=1).shape
    TensorShape([2, 3])
    """
    return stateless.stateless_truncated_normal(shape, _pair(seed), mean, stddev, dtypes.as_dtype(dtype or floatx()))


@export("keras.random.uniform")
def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Random numbers in [minval, maxval).

    >>> import tfjax as tf
    >>> tf.keras.random.uniform((2, 3), seed=1).shape
    TensorShape([2, 3])
    """
    return stateless.stateless_uniform(shape, _pair(seed), minval, maxval, dtypes.as_dtype(dtype or floatx()))


@export("keras.random.randint")
def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Random integers in [minval, maxval).

    >>> import tfjax as tf
    >>> tf.keras.random.randint((4,), 0, 10, seed=1).dtype
    tf.int32
    """
    kind = dtypes.as_dtype(dtype)
    if not kind.is_integer:
        raise ValueError(f"`keras.random.randint` requires an integer `dtype`. Received: dtype={dtype}")
    drawn = kind if kind in (dtypes.int32, dtypes.int64) else dtypes.int64
    return cast(stateless.stateless_random_uniform(shape, _pair(seed), minval, maxval, drawn), kind)


@export("keras.random.dropout")
def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Zeroes a share `rate` of the elements and scales the rest by 1 / (1 - rate).

    >>> import tfjax as tf
    >>> tf.keras.random.dropout(tf.ones([4]), 0.5, seed=1).shape
    TensorShape([4])
    """
    return drop(to_tensor(inputs), rate, seed, noise_shape)
