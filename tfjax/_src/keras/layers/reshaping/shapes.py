"""Layers that change shapes: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.convolutional.base import checked_format
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import expand_dims, repeat, reshape, transpose


@export("keras.layers.Flatten")
class Flatten(ConfiguredLayer):
    """[batch, ...] to [batch, n].

    Args:
      data_format: "channels_first" moves the channels last before.

    >>> import tfjax as tf
    >>> tf.keras.layers.Flatten()(tf.ones((2, 3, 4))).shape
    TensorShape([2, 12])
    """

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        if rank == 1:
            return expand_dims(inputs, -1)
        return reshape(inputs, [inputs.shape[0], int(np.prod(inputs.shape[1:].as_list(), dtype=np.int64))])


@export("keras.layers.Reshape")
class Reshape(ConfiguredLayer):
    """[batch, ...] to [batch, *target_shape].

    Args:
      target_shape: sizes without the batch axis; one may be -1.

    >>> import tfjax as tf
    >>> tf.keras.layers.Reshape((2, -1))(tf.ones((1, 6))).shape
    TensorShape([1, 2, 3])
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        target_shape = tuple(target_shape)
        if target_shape.count(-1) > 1:
            raise ValueError(f"The `target_shape` argument must not contain more than one `-1` value. Received: target_shape={target_shape}")
        self.target_shape = target_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        total = int(np.prod(inputs.shape[1:].as_list(), dtype=np.int64))
        known = int(np.prod([d for d in self.target_shape if d != -1], dtype=np.int64))
        if total != known if -1 not in self.target_shape else known == 0 or total % known:
            raise ValueError(f"The total size of the tensor must be unchanged. Received: input_shape={tuple(inputs.shape)[1:]}, target_shape={self.target_shape}")
        return reshape(inputs, [inputs.shape[0], *self.target_shape])


@export("keras.layers.Permute")
class Permute(ConfiguredLayer):
    """Reorders the axes behind the batch axis.

    Args:
      dims: the axes, counted from 1.

    >>> import tfjax as tf
    >>> tf.keras.layers.Permute((2, 1))(tf.ones((1, 3, 4))).shape
    TensorShape([1, 4, 3])
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be consecutive and start from 1. Received dims={dims}")
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        return transpose(inputs, (0, *self.dims))


@export("keras.layers.RepeatVector")
class RepeatVector(ConfiguredLayer):
    """[batch, features] to [batch, n, features].

    >>> import tfjax as tf
    >>> tf.keras.layers.RepeatVector(3)(tf.ones((2, 4))).shape
    TensorShape([2, 3, 4])
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        return repeat(expand_dims(inputs, 1), self.n, axis=1)
