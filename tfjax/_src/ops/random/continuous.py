"""tf.random.gamma, poisson and the stateless draws by rejection."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.creation import zeros_like
from tfjax._src.ops.math.arithmetic import add, maximum
from tfjax._src.ops.math.division import divide
from tfjax._src.ops.random import draws, rejection, state


def _stream(name: str, kind: Any, seed: Any, dims: tuple[int, ...]) -> Tensor:
    count = int(np.prod(dims, dtype=np.int64))
    return Tensor(state.reserve(name, kind, seed, count * 256))


def _rated(alpha: Any, beta: Any, dtype: Any) -> tuple[Any, Any]:
    """alpha and beta as tensors, alpha in their common shape."""
    alpha = to_tensor(alpha, dtypes.as_dtype(dtype))
    if beta is None:
        return alpha, to_tensor(1.0, alpha.dtype)
    beta = to_tensor(beta, alpha.dtype)
    return add(alpha, zeros_like(beta)) if beta.shape.rank else alpha, beta


def _divided(sample: Any, beta: Any) -> Any:
    tiny = np.finfo(sample.dtype.np).tiny
    return maximum(np.asarray(tiny, sample.dtype.np), divide(sample, beta))


@export("random.gamma")
@recorded
def gamma(shape: Any, alpha: Any, beta: Any = None, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Gamma random numbers, `shape` of them for each pair of parameters.

    Args:
      shape: how many for each parameter; comes first in the result's shape.
      alpha: the shape parameter.
      beta: the rate, 1 by default.
      dtype: of parameters given as Python numbers.
      seed: an op seed.

    >>> import tfjax as tf
    >>> tf.random.gamma([10], [0.5, 1.5]).shape
    TensorShape([10, 2])
    """
    alpha, beta = _rated(alpha, beta, dtype)
    dims = (*statics.shape(shape), *alpha.shape.as_list())
    return _divided(rejection.gamma(_stream("RandomGamma", alpha.dtype, seed, dims), alpha, dims), beta)


@export("random.stateless_gamma")
@recorded
def stateless_gamma(shape: Any, seed: Any, alpha: Any, beta: Any = None, dtype: Any = dtypes.float32, name: str | None = None) -> Any:
    """Gamma random numbers that depend only on `seed` and the parameters.

    Args:
      shape: the result's shape; ends with the broadcast shape of `alpha` and `beta`.
      seed: two integers.
      alpha, beta: shape parameter and rate.
      dtype: of parameters given as Python numbers.

    >>> import tfjax as tf
    >>> tf.random.stateless_gamma([10, 2], seed=[1, 2], alpha=[0.5, 1.5]).shape
    TensorShape([10, 2])
    """
    alpha, beta = _rated(alpha, beta, dtype)
    return _divided(rejection.gamma(draws.seed_stream(seed), alpha, statics.shape(shape)), beta)


@export("random.poisson")
@recorded
def poisson(shape: Any, lam: Any, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None) -> Any:
    """Poisson random numbers, `shape` of them for each mean in `lam`.

    >>> import tfjax as tf
    >>> tf.random.poisson([10], [0.5, 1.5]).shape
    TensorShape([10, 2])
    """
    rate = to_tensor(lam, None, dtypes.float32)
    kind = dtypes.as_dtype(dtype)
    dims = (*statics.shape(shape), *rate.shape.as_list())
    return rejection.poisson(_stream("RandomPoissonV2", (rate.dtype, kind), seed, dims), rate, dims, kind)


@export("random.stateless_poisson")
@recorded
def stateless_poisson(shape: Any, seed: Any, lam: Any, dtype: Any = dtypes.int32, name: str | None = None) -> Any:
    """Poisson random numbers that depend only on `seed` and `lam`; `shape` ends with `lam`'s.

    >>> import tfjax as tf
    >>> tf.random.stateless_poisson([10, 2], seed=[1, 2], lam=[0.5, 1.5]).shape
    TensorShape([10, 2])
    """
    rate = to_tensor(lam, None, dtypes.float32)
    return rejection.poisson(draws.seed_stream(seed), rate, statics.shape(shape), dtypes.as_dtype(dtype))


@export("random.stateless_binomial")
@recorded
def stateless_binomial(shape: Any, seed: Any, counts: Any, probs: Any, output_dtype: Any = dtypes.int32, name: str | None = None) -> Any:
    """Numbers of successes in `counts` trials of probability `probs`, depending only on `seed`.

    >>> import tfjax as tf
    >>> tf.random.stateless_binomial([3], seed=[1, 2], counts=10.0, probs=0.5).shape
    TensorShape([3])
    """
    return rejection.binomial(draws.seed_stream(seed), counts, probs, statics.shape(shape), dtypes.as_dtype(output_dtype))
