"""Noise layers, active in training only."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import random_state
from tfjax._src.keras.engine.layer import Layer
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


@export("keras.layers.Dropout")
class Dropout(Layer):
    """Zeroes a share of the elements in training. Srivastava et al. 2014.

    Args:
      rate: the share, in [0, 1).
      noise_shape: sizes 1 share one draw along an axis.
      seed: an int; drawn from Python's generator if None.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(f"Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: rate={rate}")
        self.rate, self.seed, self.noise_shape = rate, seed, noise_shape
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

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}


@export("keras.layers.SpatialDropout1D")
class SpatialDropout1D(Dropout):
    """Drops whole channels of sequences."""

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, None, seed, **kwargs)

    def _noise(self, inputs: Any) -> Any:
        return (None, 1, None)


@export("keras.layers.SpatialDropout2D")
class SpatialDropout2D(Dropout):
    """Drops whole channels of images."""

    def __init__(self, rate: float, data_format: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, None, seed, **kwargs)
        self.data_format = data_format or "channels_last"

    def _noise(self, inputs: Any) -> Any:
        return (None, 1, 1, None) if self.data_format == "channels_last" else (None, None, 1, 1)


@export("keras.layers.GaussianNoise")
class GaussianNoise(Layer):
    """Adds normal noise in training."""

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= stddev <= 1:
            raise ValueError(f"Invalid value received for argument `stddev`. Expected a float value between 0 and 1. Received: stddev={stddev}")
        self.stddev, self.seed = stddev, seed
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.stddev <= 0:
            return inputs
        pair = random_state.to_op_seed(self.seed_generator.next())
        return inputs + stateless.stateless_normal(tuple(inputs.shape), pair, 0.0, self.stddev, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}


@export("keras.layers.GaussianDropout")
class GaussianDropout(Layer):
    """Multiplies by normal noise of mean 1 in training."""

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.rate <= 0:
            return inputs
        pair = random_state.to_op_seed(self.seed_generator.next())
        stddev = float(np.sqrt(self.rate / (1.0 - self.rate)))
        return inputs * stateless.stateless_normal(tuple(inputs.shape), pair, 1.0, stddev, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@export("keras.layers.ActivityRegularization")
class ActivityRegularization(Layer):
    """Adds a penalty on the inputs to the loss."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        from tfjax._src.keras.regularizers import L1L2

        super().__init__(activity_regularizer=L1L2(l1, l2), **kwargs)
        self.l1, self.l2 = l1, l2
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "l1": self.l1, "l2": self.l2}


