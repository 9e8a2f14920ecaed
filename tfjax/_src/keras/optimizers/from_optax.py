"""An Optax transformation as a Keras optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import optax

from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.keras.optimizers.base import Optimizer


class OptaxOptimizer(Optimizer):
    """Applies `transformation`, whose state lives in Variables.

    Args:
      transformation: an `optax.GradientTransformation`; it holds the learning rate.
      name: shown in configs.
    """

    def __init__(self, transformation: Any, name: str = "optax") -> None:
        super().__init__(0.0, name=name)
        self.transformation = transformation
        self._state: list[Any] = []
        self._structure: Any = None

    def build(self, variables: Sequence[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        with frames.init_scope():
            leaves, self._structure = jax.tree.flatten(self.transformation.init([v._raw_value for v in variables]))
            self._state = [KerasVariable(Tensor(leaf), trainable=False, name=f"state_{i}", autocast=False, aggregation="only_first_replica") for i, leaf in enumerate(leaves)]

    @property
    def variables(self) -> list[Any]:
        return [*super().variables, *self._state]

    def _update(self, grads: list[Tensor], variables: list[Any], squares: Any = None, summed: bool = False) -> None:
        values = [v.current_array() for v in variables]
        state = jax.tree.unflatten(self._structure, [s.current_array() for s in self._state])
        updates, state = self.transformation.update([g.jax() for g in grads], state, values)
        for variable, value in zip(variables, optax.apply_updates(values, updates)):
            variable.set_array(value)
        for variable, value in zip(self._state, jax.tree.leaves(state)):
            variable.set_array(value)
        self.iterations.assign_add(1)
