"""Normal numbers between bounds that differ from output to output."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Float, IntOther, Name, Shape
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.ops.random import distributions, philox


@op("_internal.parameterized_truncated_normal", raw="StatelessParameterizedTruncatedNormal", host=False, differentiable=False)
def _bounded(seed: IntOther, means: Float, stddevs: Float, minvals: Float, maxvals: Float, shape: Shape, name: Name = None):
    ending = np.broadcast_shapes(means.shape, stddevs.shape, minvals.shape, maxvals.shape)
    if tuple(shape[len(shape) - len(ending) :]) != ending:
        raise InvalidArgumentError(None, None, "Shape passed in must end with broadcasted shape.")
    mean, scale, low, high = (jnp.asarray(p, np.float64) for p in (means, stddevs, minvals, maxvals))
    unit = distributions.draw("uniform", philox.stateless_state(seed), shape, np.dtype(np.float64))
    a, b = (low - mean) / scale, (high - mean) / scale
    # The distribution function is precise in its left tail only: what lies right of 0 is mirrored.
    mirrored = a > 0
    a, b = jnp.where(mirrored, -b, a), jnp.where(mirrored, -a, b)
    first, last = jax.scipy.special.ndtr(a), jax.scipy.special.ndtr(b)
    z = jnp.clip(jax.scipy.special.ndtri(first + unit * (last - first)), a, b)
    return (jnp.where(mirrored, -z, z) * scale + mean).astype(means.dtype)


@export("random.stateless_parameterized_truncated_normal")
@recorded
def stateless_parameterized_truncated_normal(
    shape: Any, seed: Any, means: Any = 0.0, stddevs: Any = 1.0, minvals: Any = -2.0, maxvals: Any = 2.0, name: str | None = None
) -> Any:
    """Normal numbers between bounds, by the inverse distribution function.

    Args:
      shape: the result's shape; ends with the broadcast shape of the parameters.
      seed: two integers; the result depends on nothing else than it and the parameters.
      means, stddevs: of the normal distribution before it is cut off.
      minvals, maxvals: the bounds.

    Differs from TensorFlow: the distribution is the same, the numbers are not.

    >>> import tfjax as tf
    >>> x = tf.random.stateless_parameterized_truncated_normal([100], [1, 2], minvals=3.0, maxvals=4.0)
    >>> bool(tf.reduce_all((x >= 3.0) & (x <= 4.0)))
    True
    """
    for bad in (_known_wrong(minvals, maxvals), _known_wrong(0.0, stddevs)):
        if bad:
            raise InvalidArgumentError(None, None, "Invalid parameters [Op:StatelessParameterizedTruncatedNormal]")
    return _bounded(seed, means, stddevs, minvals, maxvals, statics.shape(shape))


def _known_wrong(low: Any, high: Any) -> bool:
    """Whether Python numbers are in the wrong order."""
    numbers = isinstance(low, (int, float)) and isinstance(high, (int, float))
    return numbers and not low < high
