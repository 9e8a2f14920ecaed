"""Noise layers, active in training only."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import random_state
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.convolutional.base import checked_format
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.keras.random_state import SeedGenerator
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.math.comparison import greater_equal
from tfjax._src.ops.random import stateless


def drop(inputs: Any, rate: float, seed: Any, noise_shape: Any = None) -> Any:
    """Zeroes a share `rate` of the elements and scales the rest by 1 / (1 - rate)."""
    shape = [d if n is None else n for d, n in zip(inputs.shape, noise_shape)] if noise_shape is not None else inputs.shape.as_list()
    pair = random_state.to_op_seed(random_state.draw_seed(seed))
    unit = stateless.stateless_uniform(tuple(shape), pair, 0.0, 1.0, inputs.dtype)
    scale = to_tensor(np.asarray(1.0 / (1.0 - rate), inputs.dtype.np))
    return where(greater_equal(unit, to_tensor(rate, inputs.dtype)), inputs * scale, to_tensor(0.0, inputs.dtype))


def checked_share(value: Any, name: str) -> Any:
    """A share in [0, 1]. Raises ValueError otherwise."""
    if not 0 <= value <= 1:
        raise ValueError(f"Invalid value received for argument `{name}`. Expected a float value between 0 and 1. Received: {name}={value}")
    return value


@export("keras.layers.Dropout")
class Dropout(ConfiguredLayer):
    """Zeroes a share of the elements in training. Srivastava et al. 2014.

    Args:
      rate: the share, in [0, 1).
      noise_shape: sizes 1 share one draw along an axis.
      seed: an int; drawn from Python's generator if None.

    >>> import tfjax as tf
    >>> tf.keras.layers.Dropout(0.5)(tf.ones((1, 2))).numpy()
    array([[1., 1.]], dtype=float32)
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed, self.noise_shape = checked_share(rate, "rate"), seed, noise_shape
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        if training and self.rate > 0:
            return drop(inputs, self.rate, self.seed_generator, self._noise(inputs))
        return inputs

    def _noise(self, inputs: Any) -> Any:
        return self.noise_shape

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class SpatialDropout(Dropout):
    """Drops whole channels; `rank` is the number of spatial axes."""

    rank = 2
    # Keras' config says no more.
    extra: tuple[str, ...] = ("name", "dtype")

    def __init__(self, rate: float, data_format: Any = None, seed: int | None = None, name: Any = None, dtype: Any = None) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = checked_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _noise(self, inputs: Any) -> Any:
        ones = (1,) * self.rank
        return (None, *ones, None) if self.data_format == "channels_last" else (None, None, *ones)

    def get_config(self) -> dict[str, Any]:
        config = {k: v for k, v in super().get_config().items() if k not in ("noise_shape", "trainable")}
        config["dtype"] = self.dtype
        return config


@export("keras.layers.SpatialDropout1D")
class SpatialDropout1D(SpatialDropout):
    """Drops whole channels of sequences. Tompson et al. 2014."""

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, name: Any = None, dtype: Any = None) -> None:
        Dropout.__init__(self, rate, seed=seed, name=name, dtype=dtype)
        self.data_format = "channels_last"
        self.input_spec = InputSpec(ndim=3)


@export("keras.layers.SpatialDropout2D")
class SpatialDropout2D(SpatialDropout):
    """Drops whole channels of images.

    Args:
      rate: the share, in [0, 1).
      data_format: "channels_last" or "channels_first".
      seed: an int; drawn from Python's generator if None.
    """

    rank = 2


@export("keras.layers.SpatialDropout3D")
class SpatialDropout3D(SpatialDropout):
    """Drops whole channels of volumes; arguments as of SpatialDropout2D."""

    rank = 3


@export("keras.layers.GaussianNoise")
class GaussianNoise(ConfiguredLayer):
    """Adds normal noise in training.

    Args:
      stddev: its standard deviation.
      seed: an int; drawn from Python's generator if None.
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev, self.seed = checked_share(stddev, "stddev"), seed
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.stddev <= 0:
            return inputs
        pair = random_state.to_op_seed(self.seed_generator.next())
        return inputs + stateless.stateless_normal(tuple(inputs.shape), pair, 0.0, self.stddev, inputs.dtype)


@export("keras.layers.GaussianDropout")
class GaussianDropout(ConfiguredLayer):
    """Multiplies by normal noise of mean 1 in training. Srivastava et al. 2014.

    Args:
      rate: as of Dropout: the noise's standard deviation is sqrt(rate / (1 - rate)).
      seed: an int; drawn from Python's generator if None.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = checked_share(rate, "rate"), seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.rate <= 0:
            return inputs
        pair = random_state.to_op_seed(self.seed_generator.next())
        stddev = float(np.sqrt(self.rate / (1.0 - self.rate)))
        return inputs * stateless.stateless_normal(tuple(inputs.shape), pair, 1.0, stddev, inputs.dtype)


# The value that dropped elements of SELU networks take: -scale * alpha.
_SELU_FLOOR = -1.0507009873554805 * 1.6732632423543772


@export("keras.layers.AlphaDropout")
class AlphaDropout(ConfiguredLayer):
    """Dropout that keeps mean and variance of SELU's outputs. Klambauer et al. 2017.

    Args:
      rate: the share, in [0, 1).
      noise_shape: sizes 1 share one draw along an axis.
      seed: an int; drawn from Python's generator if None.
    """

    hidden = ("noise_shape",)
    keras_module = "keras._legacy.layers"

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.noise_shape, self.seed = checked_share(rate, "rate"), noise_shape, seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.rate <= 0:
            return inputs
        shape = inputs.shape.as_list()
        if self.noise_shape is not None:
            shape = [d if n is None else n for d, n in zip(shape, self.noise_shape)]
        pair = random_state.to_op_seed(self.seed_generator.next())
        unit = stateless.stateless_uniform(tuple(shape), pair, 0.0, 1.0, inputs.dtype)
        a = ((1.0 - self.rate) * (1.0 + self.rate * _SELU_FLOOR**2)) ** -0.5
        b = -a * _SELU_FLOOR * self.rate
        kept = where(greater_equal(unit, to_tensor(self.rate, inputs.dtype)), inputs, to_tensor(_SELU_FLOOR, inputs.dtype))
        return kept * a + b


@export("keras.layers.ActivityRegularization")
class ActivityRegularization(ConfiguredLayer):
    """Adds a penalty on the inputs to the loss.

    Args:
      l1, l2: factors of the sums of absolute values and squares.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        from tfjax._src.keras.regularizers import L1L2

        super().__init__(activity_regularizer=L1L2(l1, l2), **kwargs)
        self.l1, self.l2 = l1, l2
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return inputs
