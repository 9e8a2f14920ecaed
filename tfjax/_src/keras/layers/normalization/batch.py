"""Normalization over batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import replicas
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape, stop_gradient
from tfjax._src.ops.math.elementwise import rsqrt, square
from tfjax._src.ops.math.reductions import reduce_mean, reduce_sum


@export("keras.layers.BatchNormalization", "keras.layers.experimental.SyncBatchNormalization")
class BatchNormalization(ConfiguredLayer):
    """Normalises each feature by the batch's mean and variance. Ioffe & Szegedy 2015.

    Args:
      axis: the axis of the features.
      momentum: of the moving averages that inference uses.
      epsilon: added to the variance.
      center, scale: adds beta, multiplies by gamma.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer,
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: of the weights.
      renorm, renorm_clipping, renorm_momentum: batch renormalization; `renorm` must be False.
      synchronized: batches of all replicas together.

    >>> import tfjax as tf
    >>> tf.keras.layers.BatchNormalization(epsilon=0.0)(tf.constant([[1.0], [3.0]]), training=True).numpy()
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    _promotes_inputs = True

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 0.001, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, renorm: bool = False, renorm_clipping: Any = None,
        renorm_momentum: float = 0.99, synchronized: bool = False, **kwargs: Any,
    ) -> None:
        kwargs.pop("fused", None), kwargs.pop("virtual_batch_size", None)
        super().__init__(**kwargs)
        if renorm:
            raise ValueError("`renorm` must be False: batch renormalization is not supported.")
        axis = axis[0] if isinstance(axis, (list, tuple)) else axis
        if not isinstance(axis, int):
            raise ValueError(f"Argument `axis` must be an integer. Received: axis={axis}")
        keep(self, locals())
        self.supports_masking = True
        self.gamma = self.beta = None

    def build(self, input_shape: Any) -> None:
        size = input_shape[self.axis]
        self.__dict__.pop("gamma"), self.__dict__.pop("beta")
        self.gamma = weight(self, "gamma", (size,)) if self.scale else None
        self.beta = weight(self, "beta", (size,)) if self.center else None
        self.moving_mean = weight(self, "moving_mean", (size,), trainable=False, autocast=False)
        self.moving_variance = weight(self, "moving_variance", (size,), trainable=False, autocast=False)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        dtype = inputs.dtype
        # Statistics of 16-bit inputs are taken in float32.
        x = cast(inputs, "float32") if dtype.size == 2 else inputs
        rank = len(x.shape)
        feature = self.axis % rank
        axes = [i for i in range(rank) if i != feature]
        if training and self._trainable:
            mean, variance = self._moments(x, mask, axes)
            for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                new = cast(stop_gradient(value), average.dtype)
                average.assign(average * self.momentum + new * (1.0 - self.momentum))
        else:
            mean, variance = cast(self.moving_mean, x.dtype), cast(self.moving_variance, x.dtype)
        shape = [1] * rank
        shape[feature] = x.shape[feature]
        scale = rsqrt(variance + to_tensor(self.epsilon, variance.dtype))
        if self.gamma is not None:
            scale = scale * cast(self.gamma, scale.dtype)
        offset = -mean * scale
        if self.beta is not None:
            offset = offset + cast(self.beta, offset.dtype)
        return cast(x * reshape(scale, shape) + reshape(offset, shape), dtype)

    def _moments(self, x: Any, mask: Any, axes: list[int]) -> tuple[Any, Any]:
        if self.synchronized and replicas.state.replica is not None:
            return _moments_together(replicas.state.replica, x, mask, axes)
        if mask is None:
            mean = reduce_mean(x, axis=axes, keepdims=True)
            variance = reduce_mean(square(x - mean), axis=axes)
            return reshape(mean, [-1]), variance
        weights = cast(mask, x.dtype)
        while len(weights.shape) < len(x.shape):
            weights = expand_dims(weights, -1)
        elements = float(np.prod([x.shape[a] for a in axes], dtype=np.int64))
        count = reduce_sum(weights) * (elements / float(np.prod(weights.shape.as_list(), dtype=np.int64)))
        mean = reduce_sum(x * weights, axis=axes, keepdims=True) / (count + 1e-7)
        variance = reduce_sum(square(x - mean) * weights, axis=axes) / (count + 1e-7)
        return reshape(mean, [-1]), variance


def _moments_together(replica: Any, x: Any, mask: Any, axes: list[int]) -> tuple[Any, Any]:
    """Mean and variance of the batches of all replicas."""
    weights = x * 0.0 + 1.0
    if mask is not None:
        mask = cast(mask, x.dtype)
        while len(mask.shape) < len(x.shape):
            mask = expand_dims(mask, -1)
        weights = weights * mask
    sums = [reduce_sum(v, axis=axes, keepdims=True) for v in (x * weights, weights)]
    total, count = replica.all_reduce("SUM", sums)
    mean = total / count
    spread = replica.all_reduce("SUM", reduce_sum(square(x - mean) * weights, axis=axes, keepdims=True))
    return reshape(mean, [-1]), reshape(spread / count, [-1])
