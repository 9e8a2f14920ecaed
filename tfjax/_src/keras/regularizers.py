"""Penalties on weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.lookup import Configured, Family
from tfjax._src.ops.array.shaping import reshape
from tfjax._src.ops.math.arithmetic import maximum
from tfjax._src.ops.math.elementwise import absolute, sqrt, square
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_sum


@export("keras.regularizers.Regularizer", "keras.Regularizer")
class Regularizer(Configured):
    """Base class: an object called with a weight, giving a scalar."""

    def __call__(self, x: Any) -> Any:
        """The penalty; subclasses override it."""
        return 0.0


FAMILY = Family("regularizer", Regularizer)


@FAMILY.register("l1_l2", "L1L2")
@export("keras.regularizers.L1L2", "keras.regularizers.l1_l2")
class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x ** 2)`."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = float(l1 or 0.0), float(l2 or 0.0)

    def __call__(self, x: Any) -> Any:
        total: Any = 0.0
        if self.l1:
            total = total + self.l1 * reduce_sum(absolute(x))
        if self.l2:
            total = total + self.l2 * reduce_sum(square(x))
        return total

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


@FAMILY.register("l1")
@export("keras.regularizers.L1", "keras.regularizers.l1")
class L1(Regularizer):
    """`l1 * sum(|x|)`."""

    def __init__(self, l1: float = 0.01) -> None:
        # In float32, as Keras keeps (and writes) it.
        self.l1 = float(np.float32(0.01 if l1 is None else l1))

    def __call__(self, x: Any) -> Any:
        return self.l1 * reduce_sum(absolute(x))

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


@FAMILY.register("l2")
@export("keras.regularizers.L2", "keras.regularizers.l2")
class L2(Regularizer):
    """`l2 * sum(x ** 2)`."""

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = 0.01 if l2 is None else float(l2)

    def __call__(self, x: Any) -> Any:
        return self.l2 * reduce_sum(square(x))

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


@FAMILY.register()
@export("keras.regularizers.OrthogonalRegularizer", "keras.regularizers.orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| between the rows of a matrix, or between its columns (of a square matrix).

    Args:
      factor: of the penalty.
      mode: "rows" or "columns".

    >>> import tfjax as tf
    >>> float(tf.keras.regularizers.OrthogonalRegularizer(factor=0.5)(tf.constant([[1.0, 0.0], [2.0, 0.0]])))
    0.5
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        if mode not in ("rows", "columns"):
            raise ValueError(f'Invalid value for argument `mode`. Expected one of {{"rows", "columns"}}. Received: mode={mode}')
        # In float32, as Keras keeps (and writes) it.
        self.factor, self.mode = float(np.float32(factor)), mode

    def __call__(self, x: Any) -> Any:
        if len(x.shape) != 2:
            raise ValueError(f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={tuple(x.shape)}")
        axis = 1 if self.mode == "rows" else 0
        # As in Keras also the columns' norms divide rows: with "columns" the matrix must be square.
        unit = x / reshape(maximum(sqrt(reduce_sum(square(x), axis=axis)), 1e-12), [-1, 1])
        size = x.shape[1 - axis]
        products = matmul(unit, unit, transpose_a=axis == 0, transpose_b=axis == 1)
        others = products * (1.0 - np.eye(size)).astype(products.dtype.np)
        return self.factor * 0.5 * reduce_sum(absolute(others)) / (size * (size - 1) / 2.0)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


@export("keras.regularizers.get")
def get(identifier: Any) -> Any:
    """A regularizer by name, config, class or instance."""
    return FAMILY.get(identifier)
