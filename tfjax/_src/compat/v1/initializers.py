"""Initial values of v1 variables: objects called with (shape, dtype, partition_info)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.ops.array import creation, shaping
from tfjax._src.ops.linalg import diagonals, solvers
from tfjax._src.ops.math import elementwise
from tfjax._src.ops.random import stateful

#: The standard deviation of a standard normal distribution cut off at 2.
_TRUNCATED = 0.87962566103423978


class _Initializer:
    """Keeps its arguments by name: they are its config."""

    def __init__(self, **config: Any) -> None:
        self._config = config
        self.dtype = dtypes.as_dtype(config.pop("dtype"))
        self.__dict__.update(config)

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the dtype as its name."""
        return {**self._config, "dtype": self.dtype.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An initializer with these arguments."""
        return cls(**config)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        """A tensor of initial values; `partition_info` has no effect."""
        dims = tuple(int(d) for d in shape)
        return self._values(dims, self.dtype if dtype is None else dtypes.as_dtype(dtype))

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        raise NotImplementedError


@export("compat.v1.zeros_initializer", "compat.v1.initializers.zeros")
class Zeros(_Initializer):
    """All 0.

    >>> import tfjax.compat.v1 as tf
    >>> tf.zeros_initializer()([2]).numpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return creation.zeros(shape, dtype)


@export("compat.v1.ones_initializer", "compat.v1.initializers.ones")
class Ones(_Initializer):
    """All 1."""

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return creation.ones(shape, dtype)


@export("compat.v1.constant_initializer", "compat.v1.initializers.constant")
class Constant(_Initializer):
    """All `value`, or a list or array `value` in the shape; `verify_shape` forbids reshaping it."""

    def __init__(self, value: Any = 0, dtype: Any = dtypes.float32, verify_shape: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value={value} of type: {type(value).__name__}. Expected Python scalar, "
                "list or tuple of values, or numpy.ndarray."
            )
        super().__init__(value=value, dtype=dtype)
        self._verify_shape = verify_shape

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None, verify_shape: bool | None = None
    ) -> Any:
        """A tensor of initial values; `partition_info` has no effect."""
        verify = self._verify_shape if verify_shape is None else verify_shape
        if verify and np.shape(self.value) != tuple(shape):
            raise TypeError(f"Expected Tensor with shape {tuple(shape)}, but got shape {np.shape(self.value)}.")
        return creation.constant(self.value, self.dtype if dtype is None else dtype, shape)


@export("compat.v1.random_uniform_initializer")
class RandomUniform(_Initializer):
    """Uniform between `minval` and `maxval` (1 by default)."""

    def __init__(
        self, minval: Any = 0.0, maxval: Any = None, seed: Any = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(minval=minval, maxval=maxval, seed=seed, dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return stateful.uniform(shape, self.minval, self.maxval, dtype, self.seed)


@export("compat.v1.random_normal_initializer")
class RandomNormal(_Initializer):
    """Normally distributed."""

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: Any = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(mean=mean, stddev=stddev, seed=seed, dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return stateful.normal(shape, self.mean, self.stddev, dtype, self.seed)


@export("compat.v1.truncated_normal_initializer")
class TruncatedNormal(RandomNormal):
    """Normally distributed, within two standard deviations of the mean."""

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        return stateful.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a weight of this shape connects."""
    if len(shape) < 2:
        return (shape[0],) * 2 if shape else (1.0, 1.0)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


@export("compat.v1.variance_scaling_initializer", "compat.v1.initializers.variance_scaling")
class VarianceScaling(_Initializer):
    """Random with the variance `scale` / n, n the number of inputs, of outputs, or their mean."""

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: Any = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be a positive float. Received: {scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"Argument `mode` should be one of ('fan_in', 'fan_out', 'fan_avg'). Received: {mode}"
            )
        if distribution.lower() not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                "Argument `distribution` should be one of ('normal', uniform', 'truncated_normal', "
                f"'untruncated_normal'). Received: {distribution.lower()}"
            )
        super().__init__(scale=scale, mode=mode, distribution=distribution.lower(), seed=seed, dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        inputs, outputs = _fans(shape)
        number = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        variance = self.scale / max(1.0, number)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return stateful.uniform(shape, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return stateful.normal(shape, 0.0, math.sqrt(variance), dtype, self.seed)
        return stateful.truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED, dtype, self.seed)


class _Glorot(VarianceScaling):
    """Scaled by the mean of inputs and outputs."""

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the dtype as its name."""
        return {"seed": self.seed, "dtype": self.dtype.name}


@export("compat.v1.glorot_uniform_initializer", "compat.v1.initializers.glorot_uniform")
class GlorotUniform(_Glorot):
    """Uniform with the variance 1 / n, n the mean number of inputs and outputs."""

    def __init__(self, seed: Any = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


@export("compat.v1.glorot_normal_initializer", "compat.v1.initializers.glorot_normal")
class GlorotNormal(_Glorot):
    """Normal with the variance 1 / n, n the mean number of inputs and outputs."""

    def __init__(self, seed: Any = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


@export("compat.v1.initializers.he_normal")
def he_normal(seed: Any = None) -> VarianceScaling:
    """Normal with the variance 2 / inputs."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


@export("compat.v1.initializers.he_uniform")
def he_uniform(seed: Any = None) -> VarianceScaling:
    """Uniform with the variance 2 / inputs."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


@export("compat.v1.initializers.lecun_normal")
def lecun_normal(seed: Any = None) -> VarianceScaling:
    """Normal with the variance 1 / inputs."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


@export("compat.v1.initializers.lecun_uniform")
def lecun_uniform(seed: Any = None) -> VarianceScaling:
    """Uniform with the variance 1 / inputs."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


@export("compat.v1.uniform_unit_scaling_initializer", "compat.v1.initializers.uniform_unit_scaling")
class UniformUnitScaling(_Initializer):
    """Uniform; keeps the scale of what a weight multiplies, times `factor`."""

    def __init__(self, factor: float = 1.0, seed: Any = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(factor=factor, seed=seed, dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        limit = math.sqrt(3.0 / max(1.0, math.prod(shape[:-1]))) * self.factor
        return stateful.uniform(shape, -limit, limit, dtype, self.seed)


@export("compat.v1.orthogonal_initializer", "compat.v1.initializers.orthogonal")
class Orthogonal(_Initializer):
    """A random matrix with orthogonal rows or columns, times `gain`."""

    def __init__(self, gain: float = 1.0, seed: Any = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(gain=gain, seed=seed, dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize, specified by argument `shape` must be at least two-dimensional. "
                f"Received shape={list(shape)}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = solvers.qr(stateful.normal([max(rows, columns), min(rows, columns)], dtype=dtype, seed=self.seed))
        q = q * elementwise.sign(diagonals.diag_part(r))
        if rows < columns:
            q = shaping.transpose(q)
        return shaping.reshape(q, shape) * self.gain


@export("compat.v1.initializers.identity")
class Identity(_Initializer):
    """The identity matrix times `gain`."""

    def __init__(self, gain: float = 1.0, dtype: Any = dtypes.float32) -> None:
        super().__init__(gain=gain, dtype=dtype)

    def _values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        if len(shape) != 2:
            raise ValueError(
                "The tensor to initialize, specified by argument `shape` must be at least two-dimensional. "
                f"Received shape={list(shape)}"
            )
        return to_tensor((self.gain * np.eye(*shape)).astype(dtype.np))
