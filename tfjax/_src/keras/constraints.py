"""Projections of weights after each update."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.policy import epsilon
from tfjax._src.keras.lookup import Configured, Family
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math.arithmetic import maximum, minimum
from tfjax._src.ops.math.comparison import greater_equal
from tfjax._src.ops.math.elementwise import sqrt, square
from tfjax._src.ops.math.reductions import reduce_sum


@export("keras.constraints.Constraint")
class Constraint(Configured):
    """Base class: an object called with a weight, giving the projected weight."""

    def __call__(self, w: Any) -> Any:
        """The projection; subclasses override it."""
        return w


FAMILY = Family("constraint", Constraint)


def _norms(w: Any, axis: Any) -> Any:
    return sqrt(reduce_sum(square(w), axis=axis, keepdims=True))


@FAMILY.register()
@export("keras.constraints.MaxNorm", "keras.constraints.max_norm")
class MaxNorm(Constraint):
    """Norms along `axis` of at most `max_value`."""

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        desired = minimum(maximum(norms, 0.0), float(self.max_value))
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


@FAMILY.register()
@export("keras.constraints.MinMaxNorm", "keras.constraints.min_max_norm")
class MinMaxNorm(Constraint):
    """Norms along `axis` between `min_value` and `max_value`; `rate` below 1 goes part of the way.

    >>> import tfjax as tf
    >>> tf.keras.constraints.MinMaxNorm(max_value=1.0)(tf.constant([[3.0], [4.0]])).numpy().round(3)
    array([[0.6],
           [0.8]], dtype=float32)
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        inside = minimum(maximum(norms, float(self.min_value)), float(self.max_value))
        desired = float(self.rate) * inside + (1.0 - float(self.rate)) * norms
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


@FAMILY.register()
@export("keras.constraints.NonNeg", "keras.constraints.non_neg")
class NonNeg(Constraint):
    """Negative weights become 0."""

    def __call__(self, w: Any) -> Any:
        return w * cast(greater_equal(w, 0.0), w.dtype)


@FAMILY.register()
@export("keras.constraints.UnitNorm", "keras.constraints.unit_norm")
class UnitNorm(Constraint):
    """Norms along `axis` of 1."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return w / (epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


@export("keras.constraints.get")
def get(identifier: Any) -> Any:
    """A constraint by name, config, class or instance."""
    return FAMILY.get(identifier)
