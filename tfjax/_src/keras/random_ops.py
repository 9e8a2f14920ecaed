"""keras.random: draws from an int seed, a SeedGenerator, or the global generator."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.layers.regularization.dropout import drop
from tfjax._src.keras.random_state import draw_seed, to_op_seed
from tfjax._src.ops.array.indexing import argsort, gather
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.random import continuous, stateless


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


@export("keras.random.categorical")
def categorical(logits: Any, num_samples: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Class numbers [batch, num_samples] drawn by the unnormalised log-probabilities in the rows of `logits`.

    >>> import tfjax as tf
    >>> tf.keras.random.categorical([[0.0, -100.0]], 3, seed=1).numpy()
    array([[0, 0, 0]], dtype=int32)
    """
    logits = to_tensor(logits)
    if logits.shape.rank != 2:
        raise ValueError(f"`logits` should be a 2-D tensor with shape [batch_size, num_classes]. Received: logits={logits}")
    return cast(stateless.stateless_categorical(logits, num_samples, _pair(seed)), dtypes.as_dtype(dtype))


@export("keras.random.gamma")
def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Random numbers of the gamma distribution with shape parameter `alpha` and rate 1.

    >>> import tfjax as tf
    >>> tf.keras.random.gamma((3,), 2.0, seed=1).shape
    TensorShape([3])
    """
    kind = dtypes.as_dtype(dtype or floatx())
    return continuous.stateless_gamma(shape, _pair(seed), to_tensor(alpha, kind), dtype=kind)


@export("keras.random.beta")
def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Random numbers in (0, 1) of the beta distribution with these two concentrations.

    >>> import tfjax as tf
    >>> tf.keras.random.beta((3,), 2.0, 3.0, seed=1).shape
    TensorShape([3])
    """
    kind = dtypes.as_dtype(dtype or floatx())
    pair = _pair(seed)
    # X / (X + Y) of two gamma variables; Keras' second seed lies 12 above its first.
    x = continuous.stateless_gamma(shape, pair, to_tensor(alpha, kind), dtype=kind)
    y = continuous.stateless_gamma(shape, pair + 12, to_tensor(beta, kind), dtype=kind)
    return x / (x + y)


@export("keras.random.binomial")
def binomial(shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of successes in `counts` trials, each of success probability `probabilities`.

    >>> import tfjax as tf
    >>> tf.keras.random.binomial((2,), 10.0, 1.0, seed=1).numpy()
    array([10., 10.], dtype=float32)
    """
    kind = dtypes.as_dtype(dtype or floatx())
    return continuous.stateless_binomial(shape, _pair(seed), to_tensor(counts, kind), to_tensor(probabilities, kind), kind)


@export("keras.random.shuffle")
def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """The slices of `x` along `axis` in a random order.

    >>> import tfjax as tf
    >>> sorted(tf.keras.random.shuffle([1, 2, 3], seed=1).numpy().tolist())
    [1, 2, 3]
    """
    x = to_tensor(x)
    keys = stateless.stateless_random_uniform([x.shape[axis]], _pair(seed))
    return gather(x, argsort(keys), axis=axis)
