"""Initial values of weights, with Keras' numbers for the same seed."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras import random_state
from tfjax._src.keras.lookup import Configured, Family
from tfjax._src.ops.random import stateless

_TRUNCATION = 0.87962566103423978


@export("keras.Initializer", "keras.initializers.Initializer")
class Initializer(Configured):
    """Base class: an object called with (shape, dtype)."""

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """A tensor of initial values; subclasses override it."""
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def clone(self) -> Any:
        """A new initializer of the same config."""
        return type(self).from_config(self.get_config())


FAMILY = Family("initializer", Initializer)


def _dtype(dtype: Any) -> dtypes.DType:
    from tfjax._src.keras.engine.policy import floatx

    return dtypes.as_dtype(dtype or floatx())


def _dims(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(int(d) for d in shape)


@export("keras.initializers.Zeros", "keras.initializers.zeros", "zeros_initializer")
class Zeros(Initializer):
    """All 0.

    >>> import tfjax as tf
    >>> tf.keras.initializers.Zeros()((2,)).numpy()
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        return Tensor(np.zeros(_dims(shape), _dtype(dtype).np))


@export("keras.initializers.Ones", "keras.initializers.ones", "ones_initializer")
class Ones(Initializer):
    """All 1.

    >>> import tfjax as tf
    >>> tf.keras.initializers.Ones()((2,)).numpy()
    array([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        return Tensor(np.ones(_dims(shape), _dtype(dtype).np))


@export("keras.initializers.Constant", "keras.initializers.constant")
class Constant(Initializer):
    """All `value`, or the array `value` reshaped.

    >>> import tfjax as tf
    >>> tf.keras.initializers.Constant(3.0)((2,)).numpy()
    array([3., 3.], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        value = np.asarray(self.value, _dtype(dtype).np)
        dims = _dims(shape)
        return Tensor(value.reshape(dims) if value.size > 1 else np.full(dims, value, value.dtype))

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


@export("constant_initializer")
class ConstantInitializer(Constant):
    """As `tf.keras.initializers.Constant`; `support_partition` has no effect.

    >>> import tfjax as tf
    >>> tf.constant_initializer([1, 2])((2,), tf.int32).numpy()
    array([1, 2], dtype=int32)
    """

    def __init__(self, value: Any = 0, support_partition: bool = False) -> None:
        super().__init__(value)


@export("keras.initializers.Identity", "keras.initializers.IdentityInitializer", "keras.initializers.identity")
class Identity(Initializer):
    """`gain` times the identity matrix."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        dims = _dims(shape)
        if len(dims) != 2:
            raise ValueError(f"Identity matrix initializer can only be used for 2D matrices. Received: shape={shape} of rank {len(dims)}.")
        return Tensor((self.gain * np.eye(*dims)).astype(_dtype(dtype).np))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


class _Random(Initializer):
    """An initializer with a seed, drawn when the object is made if none is given."""

    def __init__(self, seed: Any = None) -> None:
        self._given = seed
        if seed is None:
            seed = random_state.make_default_seed()
        elif isinstance(seed, dict):
            seed = random_state.SeedGenerator.from_config(seed["config"])
        self.seed = seed

    def _pair(self) -> Any:
        return random_state.to_op_seed(random_state.draw_seed(self.seed))

    def get_config(self) -> dict[str, Any]:
        return {"seed": self._given if not isinstance(self._given, random_state.SeedGenerator) else self._given.seed}


@export("keras.initializers.RandomUniform", "keras.initializers.random_uniform")
class RandomUniform(_Random):
    """Uniform in [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval, self.maxval = minval, maxval
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        return stateless.stateless_uniform(_dims(shape), self._pair(), self.minval, self.maxval, _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


@export("keras.initializers.RandomNormal", "keras.initializers.random_normal")
class RandomNormal(_Random):
    """Normal."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        return stateless.stateless_normal(_dims(shape), self._pair(), self.mean, self.stddev, _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


@export("keras.initializers.TruncatedNormal", "keras.initializers.truncated_normal")
class TruncatedNormal(RandomNormal):
    """Normal, redrawn outside two standard deviations."""

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        return stateless.stateless_truncated_normal(_dims(shape), self._pair(), self.mean, self.stddev, _dtype(dtype))


@export("keras.initializers.VarianceScaling", "keras.initializers.variance_scaling")
class VarianceScaling(_Random):
    """Random values whose variance is scale / fan.

    Args:
      scale: the factor.
      mode: "fan_in", "fan_out" or "fan_avg".
      distribution: "truncated_normal", "untruncated_normal" or "uniform".
      seed: an int or SeedGenerator.
      input_axes, output_axes: axes whose sizes multiply to fan_in and fan_out; by default the last
        but one and the last, each times the axes before.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: Any = None,
        input_axes: Any = None, output_axes: Any = None,
    ) -> None:
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Invalid `mode` argument: {mode}. Please use one of ('fan_in', 'fan_out', 'fan_avg')")
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(f"Invalid `distribution` argument: {distribution}.")
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        dims, kind = _dims(shape), _dtype(dtype)
        fan_in, fan_out = compute_fans(dims, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        scale = self.scale / max(1.0, fan)
        if self.distribution == "truncated_normal":
            return stateless.stateless_truncated_normal(dims, self._pair(), 0.0, math.sqrt(scale) / _TRUNCATION, kind)
        if self.distribution == "untruncated_normal":
            return stateless.stateless_normal(dims, self._pair(), 0.0, math.sqrt(scale), kind)
        limit = math.sqrt(3.0 * scale)
        return stateless.stateless_uniform(dims, self._pair(), -limit, limit, kind)

    def get_config(self) -> dict[str, Any]:
        fans = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return {**super().get_config(), "scale": self.scale, "mode": self.mode, "distribution": self.distribution, **fans}


def with_fans(initializer: Any, input_axes: Any, output_axes: Any) -> Any:
    """The same initializer with these fans, if it scales by fans of its own choice; the same draws."""
    if not isinstance(initializer, VarianceScaling) or initializer.input_axes or initializer.output_axes:
        return initializer
    changed = copy.copy(initializer)
    changed.input_axes, changed.output_axes = tuple(input_axes), tuple(output_axes)
    return changed


def compute_fans(shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None) -> tuple[int, int]:
    """(fan in, fan out) of a weight: channels times the size of the kernel, or products of axes."""
    if input_axes is not None and output_axes is not None:
        sizes = [math.prod(shape[a] for a in axes) for axes in (input_axes, output_axes)]
        return sizes[0], sizes[1]
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = int(np.prod(shape[:-2], dtype=np.int64))
    return int(shape[-2] * field), int(shape[-1] * field)


class _Scaled(VarianceScaling):
    """A VarianceScaling with fixed settings."""

    settings: tuple[float, str, str] = (1.0, "fan_in", "truncated_normal")

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(*self.settings, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self) -> dict[str, Any]:
        return {**_Random.get_config(self), "input_axes": self.input_axes, "output_axes": self.output_axes}


@export("keras.initializers.GlorotUniform", "keras.initializers.glorot_uniform")
class GlorotUniform(_Scaled):
    """Uniform with variance 2 / (fan_in + fan_out); Glorot & Bengio 2010."""

    settings = (1.0, "fan_avg", "uniform")


@export("keras.initializers.GlorotNormal", "keras.initializers.glorot_normal")
class GlorotNormal(_Scaled):
    """Truncated normal with variance 2 / (fan_in + fan_out); Glorot & Bengio 2010."""

    settings = (1.0, "fan_avg", "truncated_normal")


@export("keras.initializers.HeUniform", "keras.initializers.he_uniform")
class HeUniform(_Scaled):
    """Uniform with variance 2 / fan_in; He et al. 2015."""

    settings = (2.0, "fan_in", "uniform")


@export("keras.initializers.HeNormal", "keras.initializers.he_normal")
class HeNormal(_Scaled):
    """Truncated normal with variance 2 / fan_in; He et al. 2015."""

    settings = (2.0, "fan_in", "truncated_normal")


@export("keras.initializers.LecunUniform", "keras.initializers.lecun_uniform")
class LecunUniform(_Scaled):
    """Uniform with variance 1 / fan_in; LeCun et al. 1998."""

    settings = (1.0, "fan_in", "uniform")


@export("keras.initializers.LecunNormal", "keras.initializers.lecun_normal")
class LecunNormal(_Scaled):
    """Truncated normal with variance 1 / fan_in; LeCun et al. 1998."""

    settings = (1.0, "fan_in", "truncated_normal")


@export("keras.initializers.Orthogonal", "keras.initializers.orthogonal", "keras.initializers.OrthogonalInitializer")
class Orthogonal(_Random):
    """An orthogonal matrix, times `gain`; Saxe et al. 2014."""

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        dims = _dims(shape)
        if len(dims) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional. Received: shape={shape} of rank {len(dims)}.")
        rows = int(np.prod(dims[:-1], dtype=np.int64))
        flat = (max(dims[-1], rows), min(dims[-1], rows))
        kind = _dtype(dtype) if _dtype(dtype).size > 2 else dtypes.float32
        draw = stateless.stateless_normal(flat, self._pair(), 0.0, 1.0, kind).host_value()
        q, r = np.linalg.qr(draw)
        q = q * np.sign(np.diag(r))
        if rows < dims[-1]:
            q = q.T
        return Tensor(np.ascontiguousarray((self.gain * q).reshape(dims).astype(_dtype(dtype).np)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}


for _cls, _names in (
    (Zeros, ("zero",)), (Ones, ("one",)), (Constant, ()), (Identity, ("IdentityInitializer",)),
    (RandomUniform, ("uniform",)), (RandomNormal, ("normal",)), (TruncatedNormal, ()), (VarianceScaling, ()),
    (GlorotUniform, ()), (GlorotNormal, ()), (HeUniform, ()), (HeNormal, ()), (LecunUniform, ()),
    (LecunNormal, ()), (Orthogonal, ("OrthogonalInitializer",)),
):
    FAMILY.register(*_names)(_cls)


@export("keras.initializers.get")
def get(identifier: Any) -> Any:
    """An initializer by name, config, class or instance.

    >>> import tfjax as tf
    >>> type(tf.keras.initializers.get("he_normal")).__name__
    'HeNormal'
    """
    if isinstance(identifier, (np.ndarray, Tensor)):
        return Constant(np.asarray(identifier))
    return FAMILY.get(identifier)


@export("keras.initializers.serialize")
def serialize(initializer: Any) -> Any:
    """The config of an initializer."""
    return FAMILY.serialize(initializer)


@export("keras.initializers.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """An initializer from its config."""
    return FAMILY.get(config)
