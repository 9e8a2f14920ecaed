"""Normalization of single samples: over layers, groups, roots of mean squares, unit length."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math.arithmetic import maximum
from tfjax._src.ops.math.elementwise import rsqrt, square
from tfjax._src.ops.math.reductions import reduce_mean, reduce_sum


def _single(x: Any) -> Any:
    """16-bit floats as float32: statistics are taken there."""
    return cast(x, "float32") if x.dtype.size == 2 else x


@export("keras.layers.LayerNormalization")
class LayerNormalization(ConfiguredLayer):
    """Normalises each sample over `axis`. Ba et al. 2016.

    Args:
      axis: the axis or axes of the features.
      epsilon: added to the variance.
      center, scale: adds beta, multiplies by gamma.
      beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
        gamma_constraint: of the weights.
      **kwargs: `rms_scaling` True divides by the root of the variance and leaves out mean and beta.

    >>> import tfjax as tf
    >>> tf.keras.layers.LayerNormalization(epsilon=0.0)(tf.constant([[1.0, 3.0]])).numpy()
    array([[-1.,  1.]], dtype=float32)
    """

    _promotes_inputs = True

    extra = ("rms_scaling",)

    def __init__(
        self, axis: Any = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True, beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any,
    ) -> None:
        self.rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(**kwargs)
        if isinstance(axis, (list, tuple)):
            axis = list(axis)
        elif not isinstance(axis, int):
            raise TypeError(f"Expected an int or a list/tuple of ints for the argument 'axis', but received: {axis}")
        keep(self, locals())
        self.supports_masking = True
        self.autocast = False

    def _axes(self) -> list[int]:
        return self.axis if isinstance(self.axis, list) else [self.axis]

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape[a] for a in self._axes())
        self.gamma = weight(self, "gamma", shape, autocast=False) if self.scale or self.rms_scaling else None
        self.beta = weight(self, "beta", shape, autocast=False) if self.center and not self.rms_scaling else None

    def call(self, inputs: Any) -> Any:
        x = _single(inputs)
        rank = len(x.shape)
        axes = [a % rank for a in self._axes()]
        shape = [n if i in axes else 1 for i, n in enumerate(x.shape)]
        mean = reduce_mean(x, axis=axes, keepdims=True)
        variance = reduce_mean(square(x - mean), axis=axes, keepdims=True)
        scale = rsqrt(variance + to_tensor(self.epsilon, variance.dtype))
        if self.rms_scaling:
            return cast(x * scale * reshape(cast(self.gamma, x.dtype), shape), self.compute_dtype)
        if self.gamma is not None:
            scale = scale * reshape(cast(self.gamma, x.dtype), shape)
        result = x * scale - mean * scale
        if self.beta is not None:
            result = result + reshape(cast(self.beta, x.dtype), shape)
        return cast(result, self.compute_dtype)


@export("keras.layers.GroupNormalization")
class GroupNormalization(ConfiguredLayer):
    """Normalises each sample over groups of features and the other axes. Wu & He 2018.

    Args:
      groups: how many groups; -1 for one per feature.
      axis: the axis of the features.
      epsilon, center, scale, …: as of LayerNormalization.

    >>> import tfjax as tf
    >>> tf.keras.layers.GroupNormalization(2)(tf.ones((1, 3, 4))).shape
    TensorShape([1, 3, 4])
    """

    _promotes_inputs = True

    def __init__(
        self, groups: int = 32, axis: int = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        keep(self, locals())
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(f"Axis {self.axis} of input tensor should have a defined dimension but the layer received an input with shape {tuple(input_shape)}.")
        if self.groups == -1:
            self.groups = size
        if size < self.groups:
            raise ValueError(f"Number of groups ({self.groups}) cannot be more than the number of channels ({size}).")
        if size % self.groups:
            raise ValueError(f"Number of groups ({self.groups}) must be a multiple of the number of channels ({size}).")
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})
        self.gamma = weight(self, "gamma", (size,)) if self.scale else None
        self.beta = weight(self, "beta", (size,)) if self.center else None

    def call(self, inputs: Any) -> Any:
        x = cast(_single(inputs), "float32")
        rank = len(x.shape)
        feature = self.axis % rank
        size = x.shape[feature]
        full = x.shape.as_list()
        grouped = reshape(x, [*full[:feature], self.groups, size // self.groups, *full[feature + 1 :]])
        axes = [i for i in range(1, rank + 1) if i != feature]
        mean = reduce_mean(grouped, axis=axes, keepdims=True)
        variance = reduce_mean(square(grouped - mean), axis=axes, keepdims=True)
        normal = reshape((grouped - mean) * rsqrt(variance + self.epsilon), full)
        shape = [size if i == feature else 1 for i in range(rank)]
        if self.gamma is not None:
            normal = normal * reshape(cast(self.gamma, normal.dtype), shape)
        if self.beta is not None:
            normal = normal + reshape(cast(self.beta, normal.dtype), shape)
        return cast(normal, self.compute_dtype)


@export("keras.layers.RMSNormalization")
class RMSNormalization(ConfiguredLayer):
    """Divides by the root of the mean square along `axis`. Zhang & Sennrich 2019.

    Args:
      axis: the axis or axes of the features.
      epsilon: added to the mean square.

    >>> import tfjax as tf
    >>> tf.keras.layers.RMSNormalization(epsilon=0.0)(tf.constant([[2.0, -2.0]])).numpy()
    array([[ 1., -1.]], dtype=float32)
    """

    _promotes_inputs = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis, epsilon

    def build(self, input_shape: Any) -> None:
        axes = self.axis if isinstance(self.axis, (list, tuple)) else [self.axis]
        self.scale = self.add_weight(name="scale", shape=tuple(input_shape[a] for a in axes), initializer="ones")

    def call(self, x: Any) -> Any:
        values = _single(x)
        rank = len(values.shape)
        axes = [a % rank for a in (self.axis if isinstance(self.axis, (list, tuple)) else [self.axis])]
        shape = [n if i in axes else 1 for i, n in enumerate(values.shape)]
        factor = rsqrt(reduce_mean(square(values), axis=axes, keepdims=True) + to_tensor(self.epsilon, values.dtype))
        return cast(values * factor * reshape(cast(self.scale, values.dtype), shape), x.dtype)


@export("keras.layers.UnitNormalization")
class UnitNormalization(ConfiguredLayer):
    """Scales vectors along `axis` to length 1.

    Args:
      axis: an int, or a list of axes that are taken together.

    >>> import tfjax as tf
    >>> tf.keras.layers.UnitNormalization()(tf.constant([[3.0, 4.0]])).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    _promotes_inputs = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, (list, tuple)):
            axis = list(axis)
        elif not isinstance(axis, int):
            raise TypeError(f"Invalid value for `axis` argument: expected an int or a list/tuple of ints. Received: axis={axis}")
        self.axis = axis
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return inputs * rsqrt(maximum(reduce_sum(square(inputs), axis=self.axis, keepdims=True), 1e-12))
