"""The optimizers of tf.compat.v1.train: update rules as functions of values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.compat.v1.optimizers import Optimizer
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.array import creation, masking, shaping
from tfjax._src.ops.math import arithmetic, elementwise, segments


class _Rule(Optimizer):
    """An optimizer whose step is a function of value, gradient and slots.

    `_HYPER` names the arguments that are read anew at each step; they may be callables.
    """

    _HYPER: tuple[str, ...] = ()
    #: Whether rows that a sparse gradient leaves out keep their slots; else they get a zero gradient.
    _BY_ROWS = True

    def __init__(self, use_locking: bool, name: str, **arguments: Any) -> None:
        super().__init__(use_locking, name)
        self._arguments = arguments

    def _starts(self) -> list[tuple[str, float]]:
        """(name, initial value) of each slot."""
        return []

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        """The next value and slots."""
        raise NotImplementedError

    def _create_slots(self, var_list: list[Variable]) -> None:
        for variable in var_list:
            for slot, start in self._starts():
                initial = np.full(tuple(variable.shape), start, variable.dtype.np)
                self._get_or_make_slot(variable, initial, slot, self._name)

    def _prepare(self) -> None:
        self._now = {name: self._call_if_callable(self._arguments[name]) for name in self._HYPER}

    def _hyper(self, dtype: Any) -> Any:
        values = {name: shaping.cast(to_tensor(value), dtype) for name, value in self._now.items()}
        return type("Hyper", (), values)

    def _resource_apply_dense(self, grad: Any, handle: Any) -> None:
        slots = [self.get_slot(handle, name) for name, _ in self._starts()]
        grad = shaping.cast(grad, handle.dtype)
        value, after = self._step(handle.value(), grad, [s.value() for s in slots], self._hyper(handle.dtype))
        for slot, new in zip(slots, after, strict=True):
            slot.assign(new)
        handle.assign(value)

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any) -> None:
        count = handle.shape[0]
        dense = segments.unsorted_segment_sum(grad, indices, count)
        if not self._BY_ROWS:
            self._resource_apply_dense(dense, handle)
            return
        hits = segments.unsorted_segment_sum(creation.ones_like(indices), indices, count)
        touched = shaping.reshape(hits > 0, [count] + [1] * (handle.shape.rank - 1))
        slots = [self.get_slot(handle, name) for name, _ in self._starts()]
        before = [handle.value(), *[s.value() for s in slots]]
        value, after = self._step(before[0], shaping.cast(dense, handle.dtype), before[1:], self._hyper(handle.dtype))
        for target, old, new in zip([handle, *slots], before, [value, *after], strict=True):
            target.assign(masking.where(touched, new, old))


@export("compat.v1.train.GradientDescentOptimizer")
class GradientDescentOptimizer(_Rule):
    """v -= learning_rate * g.

    >>> import tfjax.compat.v1 as tf
    >>> v = tf.get_variable("v", initializer=1.0)
    >>> tf.train.GradientDescentOptimizer(0.5).minimize(lambda: v * v)
    >>> v.numpy()
    np.float32(0.0)
    """

    _HYPER = ("learning_rate",)

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name, learning_rate=learning_rate)
        self._learning_rate = learning_rate

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        return value - h.learning_rate * g, []


@export("compat.v1.train.MomentumOptimizer")
class MomentumOptimizer(_Rule):
    """a = momentum * a + g; v -= learning_rate * a, or Nesterov's form of it."""

    _HYPER = ("learning_rate", "momentum")

    def __init__(
        self, learning_rate: Any, momentum: Any, use_locking: bool = False, name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name, learning_rate=learning_rate, momentum=momentum)
        self._learning_rate, self._momentum, self._use_nesterov = learning_rate, momentum, use_nesterov

    def _starts(self) -> list[tuple[str, float]]:
        return [("momentum", 0.0)]

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        total = slots[0] * h.momentum + g
        if self._use_nesterov:
            return value - (g * h.learning_rate + total * h.momentum * h.learning_rate), [total]
        return value - h.learning_rate * total, [total]


@export("compat.v1.train.AdamOptimizer")
class AdamOptimizer(_Rule):
    """Adam (Kingma and Ba), with epsilon added to the uncorrected root."""

    _HYPER = ("learning_rate", "beta1", "beta2", "epsilon")
    _BY_ROWS = False

    def __init__(
        self, learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999, epsilon: Any = 1e-08,
        use_locking: bool = False, name: str = "Adam", use_own_namescope_for_non_slot_vars: bool = False,
    ) -> None:
        super().__init__(
            use_locking, name, learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon
        )
        self._lr, self._beta1, self._beta2, self._epsilon = learning_rate, beta1, beta2, epsilon

    def _starts(self) -> list[tuple[str, float]]:
        return [("m", 0.0), ("v", 0.0)]

    def _create_slots(self, var_list: list[Variable]) -> None:
        for name, beta in (("beta1_power", self._beta1), ("beta2_power", self._beta2)):
            if self._get_non_slot_variable(name) is None:
                self._create_non_slot_variable(self._call_if_callable(beta), name, var_list[0])
        super()._create_slots(var_list)

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        return self._get_non_slot_variable("beta1_power"), self._get_non_slot_variable("beta2_power")

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        power1, power2 = (shaping.cast(p.value(), value.dtype) for p in self._get_beta_accumulators())
        rate = h.learning_rate * elementwise.sqrt(1 - power2) / (1 - power1)
        m = slots[0] + (g - slots[0]) * (1 - h.beta1)
        v = slots[1] + (g * g - slots[1]) * (1 - h.beta2)
        return value - rate * m / (elementwise.sqrt(v) + h.epsilon), [m, v]

    def _finish(self, update_ops: Any, name_scope: str) -> None:
        for power, beta in zip(self._get_beta_accumulators(), ("beta1", "beta2"), strict=True):
            power.assign(power * shaping.cast(to_tensor(self._now[beta]), power.dtype))


@export("compat.v1.train.RMSPropOptimizer")
class RMSPropOptimizer(_Rule):
    """Divides by a running root mean square of gradients; `centered` by their standard deviation."""

    _HYPER = ("learning_rate", "decay", "momentum", "epsilon")

    def __init__(
        self, learning_rate: Any, decay: Any = 0.9, momentum: Any = 0.0, epsilon: Any = 1e-10, use_locking: bool = False,
        centered: bool = False, name: str = "RMSProp",
    ) -> None:
        super().__init__(
            use_locking, name, learning_rate=learning_rate, decay=decay, momentum=momentum, epsilon=epsilon
        )
        self._learning_rate, self._decay, self._momentum, self._epsilon = learning_rate, decay, momentum, epsilon
        self._centered = centered

    def _starts(self) -> list[tuple[str, float]]:
        return [("rms", 1.0), *([("mg", 0.0)] if self._centered else []), ("momentum", 0.0)]

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        square = slots[0] + (g * g - slots[0]) * (1 - h.decay)
        spread, means = square + h.epsilon, []
        if self._centered:
            means = [slots[1] + (g - slots[1]) * (1 - h.decay)]
            spread = spread - means[0] * means[0]
        move = slots[-1] * h.momentum + h.learning_rate * g / elementwise.sqrt(spread)
        return value - move, [square, *means, move]


@export("compat.v1.train.AdagradOptimizer")
class AdagradOptimizer(_Rule):
    """Divides by the root of the sum of all squared gradients."""

    _HYPER = ("learning_rate",)

    def __init__(
        self, learning_rate: Any, initial_accumulator_value: float = 0.1, use_locking: bool = False, name: str = "Adagrad"
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name, learning_rate=learning_rate)
        self._learning_rate, self._initial_accumulator_value = learning_rate, initial_accumulator_value

    def _starts(self) -> list[tuple[str, float]]:
        return [("accumulator", self._initial_accumulator_value)]

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        total = slots[0] + g * g
        return value - h.learning_rate * g / elementwise.sqrt(total), [total]


@export("compat.v1.train.AdadeltaOptimizer")
class AdadeltaOptimizer(_Rule):
    """Zeiler's Adadelta."""

    _HYPER = ("learning_rate", "rho", "epsilon")

    def __init__(
        self, learning_rate: Any = 0.001, rho: Any = 0.95, epsilon: Any = 1e-08, use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name, learning_rate=learning_rate, rho=rho, epsilon=epsilon)
        self._lr, self._rho, self._epsilon = learning_rate, rho, epsilon

    def _starts(self) -> list[tuple[str, float]]:
        return [("accum", 0.0), ("accum_update", 0.0)]

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        squares = slots[0] * h.rho + g * g * (1 - h.rho)
        move = elementwise.sqrt(slots[1] + h.epsilon) / elementwise.sqrt(squares + h.epsilon) * g
        moves = slots[1] * h.rho + move * move * (1 - h.rho)
        return value - h.learning_rate * move, [squares, moves]


@export("compat.v1.train.ProximalGradientDescentOptimizer")
class ProximalGradientDescentOptimizer(_Rule):
    """Gradient descent with L1 and L2 penalties by their proximal operator."""

    _HYPER = ("learning_rate", "l1", "l2")

    def __init__(
        self, learning_rate: Any, l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
        use_locking: bool = False, name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(
            use_locking, name, learning_rate=learning_rate, l1=l1_regularization_strength,
            l2=l2_regularization_strength,
        )

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        moved = value - h.learning_rate * g
        kept = arithmetic.maximum(elementwise.absolute(moved) - h.learning_rate * h.l1, 0)
        return elementwise.sign(moved) * kept / (1 + h.learning_rate * h.l2), []


@export("compat.v1.train.FtrlOptimizer")
class FtrlOptimizer(_Rule):
    """FTRL-Proximal (McMahan and others), with shrinkage.

    `accum_name` and `linear_name` replace the optimizer's name in the names of the slots.
    """

    _HYPER = ("learning_rate", "power", "l1", "l2", "shrinkage", "beta")

    def __init__(
        self, learning_rate: Any, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0, use_locking: bool = False,
        name: str = "Ftrl", accum_name: Any = None, linear_name: Any = None,
        l2_shrinkage_regularization_strength: float = 0.0, beta: Any = None,
    ) -> None:
        for what, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{what} {value:f} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        super().__init__(
            use_locking, name, learning_rate=learning_rate, power=learning_rate_power, l1=l1_regularization_strength,
            l2=l2_regularization_strength, shrinkage=l2_shrinkage_regularization_strength, beta=beta or 0.0,
        )
        self._initial, self._names = initial_accumulator_value, (accum_name or name, linear_name or name)

    def _starts(self) -> list[tuple[str, float]]:
        return [("accum", self._initial), ("linear", 0.0)]

    def _create_slots(self, var_list: list[Variable]) -> None:
        for v in var_list:
            for (slot, start), name in zip(self._starts(), self._names, strict=True):
                self._get_or_make_slot(v, np.full(tuple(v.shape), start, v.dtype.np), slot, name)

    def _step(self, value: Any, g: Any, slots: list[Any], h: Any) -> tuple[Any, list[Any]]:
        total, l2 = slots[0] + g * g, h.l2 + h.beta / (2 * h.learning_rate)
        root, before = arithmetic.power(total, -h.power), arithmetic.power(slots[0], -h.power)
        linear = slots[1] + g + 2 * h.shrinkage * value - (root - before) / h.learning_rate * value
        quadratic = root / h.learning_rate + 2 * l2
        pulled = (elementwise.sign(linear) * h.l1 - linear) / quadratic
        return masking.where(elementwise.absolute(linear) > h.l1, pulled, creation.zeros_like(value)), [total, linear]
