"""Normalization over batches and features."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import constraints, initializers, regularizers
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape, stop_gradient
from tfjax._src.ops.math.elementwise import rsqrt, square
from tfjax._src.ops.math.reductions import reduce_mean, reduce_sum


def _keep(self: Any, pairs: dict[str, Any]) -> None:
    for name, value in pairs.items():
        family = initializers if name.endswith("initializer") else regularizers if name.endswith("regularizer") else constraints
        setattr(self, name, family.get(value))


@export("keras.layers.BatchNormalization", "keras.layers.experimental.SyncBatchNormalization")
class BatchNormalization(Layer):
    """Normalises each feature by the batch's mean and variance. Ioffe & Szegedy 2015.

    Args:
      axis: the axis of the features.
      momentum: of the moving averages that inference uses.
      epsilon: added to the variance.
      center, scale: adds beta, multiplies by gamma.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer,
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: of the weights.
      renorm: must be False.
      synchronized: batches of all replicas together.
    """

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 0.001, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, synchronized: bool = False, renorm: bool = False, **kwargs: Any,
    ) -> None:
        kwargs.pop("fused", None), kwargs.pop("virtual_batch_size", None)
        super().__init__(**kwargs)
        if renorm:
            raise ValueError("`renorm` is not supported.")
        self.axis = axis[0] if isinstance(axis, (list, tuple)) else axis
        self.momentum, self.epsilon, self.center, self.scale, self.synchronized = momentum, epsilon, center, scale, synchronized
        _keep(self, {
            "beta_initializer": beta_initializer, "gamma_initializer": gamma_initializer,
            "moving_mean_initializer": moving_mean_initializer, "moving_variance_initializer": moving_variance_initializer,
            "beta_regularizer": beta_regularizer, "gamma_regularizer": gamma_regularizer,
            "beta_constraint": beta_constraint, "gamma_constraint": gamma_constraint,
        })
        self.supports_masking = True
        self.gamma = self.beta = None

    def build(self, input_shape: Any) -> None:
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(f"Axis {self.axis} of input tensor should have a defined dimension but the layer received an input with shape {input_shape}.")
        self.__dict__.pop("gamma"), self.__dict__.pop("beta")
        self.gamma = self.add_weight(shape=(size,), name="gamma", initializer=self.gamma_initializer, regularizer=self.gamma_regularizer, constraint=self.gamma_constraint) if self.scale else None
        self.beta = self.add_weight(shape=(size,), name="beta", initializer=self.beta_initializer, regularizer=self.beta_regularizer, constraint=self.beta_constraint) if self.center else None
        self.moving_mean = self.add_weight(shape=(size,), name="moving_mean", initializer=self.moving_mean_initializer, trainable=False, autocast=False)
        self.moving_variance = self.add_weight(shape=(size,), name="moving_variance", initializer=self.moving_variance_initializer, trainable=False, autocast=False)
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
            m = self.momentum
            self.moving_mean.assign(self.moving_mean * m + stop_gradient(mean) * (1.0 - m))
            self.moving_variance.assign(self.moving_variance * m + stop_gradient(variance) * (1.0 - m))
        else:
            mean, variance = self.moving_mean.value, self.moving_variance.value
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
        if mask is None:
            mean = reduce_mean(x, axis=axes, keepdims=True)
            variance = reduce_mean(square(x - mean), axis=axes)
            return reshape(mean, [-1]), variance
        weight = cast(mask, x.dtype)
        while len(weight.shape) < len(x.shape):
            weight = expand_dims(weight, -1)
        count = reduce_sum(weight * 1.0) * (float(np.prod([x.shape[a] for a in axes], dtype=np.int64)) / float(np.prod(weight.shape.as_list(), dtype=np.int64)))
        mean = reduce_sum(x * weight, axis=axes, keepdims=True) / (count + 1e-7)
        variance = reduce_sum(square(x - mean) * weight, axis=axes) / (count + 1e-7)
        return reshape(mean, [-1]), variance

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "axis": self.axis, "momentum": self.momentum, "epsilon": self.epsilon, "center": self.center, "scale": self.scale, "synchronized": self.synchronized}
        for name in ("beta_initializer", "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer"):
            config[name] = initializers.serialize(getattr(self, name))
        for name in ("beta_regularizer", "gamma_regularizer"):
            config[name] = regularizers.FAMILY.serialize(getattr(self, name))
        for name in ("beta_constraint", "gamma_constraint"):
            config[name] = constraints.FAMILY.serialize(getattr(self, name))
        return config


@export("keras.layers.LayerNormalization")
class LayerNormalization(Layer):
    """Normalises each sample over `axis`. Ba et al. 2016.

    Args:
      axis: the axis or axes of the features.
      epsilon: added to the variance.
      center, scale: adds beta, multiplies by gamma.
      beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
        gamma_constraint: of the weights.
      rms_scaling: must be False.
    """

    def __init__(
        self, axis: Any = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True, beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any,
    ) -> None:
        if kwargs.pop("rms_scaling", False):
            raise ValueError("`rms_scaling` is not supported.")
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.epsilon, self.center, self.scale = epsilon, center, scale
        _keep(self, {
            "beta_initializer": beta_initializer, "gamma_initializer": gamma_initializer, "beta_regularizer": beta_regularizer,
            "gamma_regularizer": gamma_regularizer, "beta_constraint": beta_constraint, "gamma_constraint": gamma_constraint,
        })
        self.supports_masking = True
        self.autocast = False

    def build(self, input_shape: Any) -> None:
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        shape = tuple(input_shape[a] for a in axes)
        self.gamma = self.add_weight(shape=shape, name="gamma", initializer=self.gamma_initializer, regularizer=self.gamma_regularizer, constraint=self.gamma_constraint, autocast=False) if self.scale else None
        self.beta = self.add_weight(shape=shape, name="beta", initializer=self.beta_initializer, regularizer=self.beta_regularizer, constraint=self.beta_constraint, autocast=False) if self.center else None

    def call(self, inputs: Any) -> Any:
        x = inputs
        if x.dtype.size == 2:
            x = cast(x, "float32")
        rank = len(x.shape)
        axes = [a % rank for a in (self.axis if isinstance(self.axis, list) else [self.axis])]
        shape = [n if i in axes else 1 for i, n in enumerate(x.shape)]
        mean = reduce_mean(x, axis=axes, keepdims=True)
        variance = reduce_mean(square(x - mean), axis=axes, keepdims=True)
        scale = rsqrt(variance + to_tensor(self.epsilon, variance.dtype))
        if self.gamma is not None:
            scale = scale * reshape(cast(self.gamma, x.dtype), shape)
        result = x * scale - mean * scale
        if self.beta is not None:
            result = result + reshape(cast(self.beta, x.dtype), shape)
        return cast(result, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon, "center": self.center, "scale": self.scale}
        for name in ("beta_initializer", "gamma_initializer"):
            config[name] = initializers.serialize(getattr(self, name))
        return config


@export("keras.layers.UnitNormalization")
class UnitNormalization(Layer):
    """Scales vectors along `axis` to length 1."""

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        from tfjax._src.ops.math.arithmetic import maximum

        return inputs * rsqrt(maximum(reduce_sum(square(inputs), axis=self.axis, keepdims=True), 1e-12))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
