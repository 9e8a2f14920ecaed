"""tf.random_normal_initializer and tf.random_uniform_initializer: TensorFlow's own, not Keras'."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.ops.random import stateful, stateless


class _Initializer:
    """Draws from TensorFlow's generator; with a seed every call gives the same numbers."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An initializer from `get_config`'s result."""
        config = dict(config)
        config.pop("dtype", None)
        return cls(**config)


@export("random_normal_initializer")
class RandomNormalInitializer(_Initializer):
    """Normal random numbers.

    Args:
      mean, stddev: of the distribution.
      seed: with it, every call gives the same numbers.

    >>> import tfjax as tf
    >>> tf.random_normal_initializer(seed=1)((2, 3)).shape
    TensorShape([2, 3])
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Any:
        kind = dtypes.as_dtype(dtype)
        if not kind.is_floating:
            raise ValueError(f"Argument `dtype` expected to be float or complex. Received: {kind}")
        if self.seed is None:
            return stateful.normal(shape, self.mean, self.stddev, kind)
        return stateless.stateless_normal(shape, [self.seed, 0], self.mean, self.stddev, kind)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


@export("random_uniform_initializer")
class RandomUniformInitializer(_Initializer):
    """Uniform random numbers.

    Args:
      minval, maxval: the bounds.
      seed: with it, every call gives the same numbers.

    >>> import tfjax as tf
    >>> tf.random_uniform_initializer(seed=1)((2, 3)).shape
    TensorShape([2, 3])
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Any:
        kind = dtypes.as_dtype(dtype)
        if not (kind.is_floating or kind.is_integer):
            raise ValueError(f"Argument `dtype` expected to be numeric or boolean. Received {kind}")
        if self.seed is None:
            return stateful.uniform(shape, self.minval, self.maxval, kind)
        return stateless.stateless_uniform(shape, [self.seed, 0], self.minval, self.maxval, kind)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}
