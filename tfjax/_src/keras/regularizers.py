"""Penalties on weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.lookup import Configured, Family
from tfjax._src.ops.math.elementwise import absolute, square
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


@export("keras.regularizers.get")
def get(identifier: Any) -> Any:
    """A regularizer by name, config, class or instance."""
    return FAMILY.get(identifier)
