"""LossScaleOptimizer: keeps small float16 gradients from becoming zero, inside the compiled step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.function import Function
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.keras.optimizers import algorithms
from tfjax._src.keras.optimizers.algorithms import FAMILY
from tfjax._src.keras.optimizers.base import Optimizer
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices

_INNER_ARGUMENTS = (
    "weight_decay",
    "clipnorm",
    "global_clipnorm",
    "clipvalue",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
)


@FAMILY.register()
@export("keras.mixed_precision.LossScaleOptimizer", "keras.optimizers.LossScaleOptimizer")
class LossScaleOptimizer(Optimizer):
    """Lets an optimizer work on gradients of a loss that was multiplied by a large scale.

    `scale_loss` multiplies the loss, `apply_gradients` divides the gradients by the same scale and
    hands them to the inner optimizer. If one of them is infinite or not a number, nothing is
    updated and the scale is halved; after `dynamic_growth_steps` good steps in a row it is
    doubled. `fit` does both under the policy "mixed_float16". No step waits for the host: the
    choice is part of the compiled program.

    Args:
      inner_optimizer: the optimizer that updates the Variables.
      initial_scale: the first scale; 32768 if None.
      dynamic_growth_steps: good steps before the scale is doubled; 2000 if None.
      name: shown in configs.
      **kwargs: `dynamic=True`, as older versions took it. Whatever the inner optimizer should do
        (clipping, averages …) has to be said to it.

    Raises:
      ValueError: an argument of the inner optimizer, or `dynamic=False`.

    >>> import tfjax as tf
    >>> optimizer = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.SGD(1.0), initial_scale=4.0)
    >>> v = tf.Variable([1.0])
    >>> with tf.GradientTape() as tape:
    ...     loss = optimizer.scale_loss(0.5 * v * v)
    >>> _ = optimizer.apply_gradients([(tape.gradient(loss, v), v)])
    >>> v.numpy(), optimizer.apply([tf.constant([float("inf")])], [v]), v.numpy(), float(optimizer.dynamic_scale)
    (array([0.], dtype=float32), None, array([0.], dtype=float32), 2.0)
    """

    def __init__(
        self,
        inner_optimizer: Any,
        initial_scale: float | None = 2.0**15,
        dynamic_growth_steps: int | None = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        _check_arguments(kwargs)
        if not isinstance(inner_optimizer, Optimizer):
            raise TypeError(
                "`inner_optimizer` must be an Optimizer. "
                f"Received: inner_optimizer={inner_optimizer} (of type {type(inner_optimizer)})"
            )
        if inner_optimizer.loss_scale_factor is not None:
            raise ValueError(
                "LossScaleOptimizer is incompatible with `loss_scale_factor` on the "
                f"`inner_optimizer`. Received: {inner_optimizer.loss_scale_factor}"
            )
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = 2.0**15 if initial_scale is None else initial_scale
        self.dynamic_growth_steps = 2000 if dynamic_growth_steps is None else dynamic_growth_steps
        self.step_counter: Any = None
        self.dynamic_scale: Any = None
        self._unscaled = False
        self._programs: dict[Any, Function] = {}

    def build(self, var_list: Sequence[Any]) -> None:
        """Makes the scale, the counter of good steps, and the inner optimizer's state."""
        if self.built:
            return
        with frames.init_scope():
            self.step_counter = self._own("step_counter", np.int64(0))
            self.dynamic_scale = self._own("dynamic_scale", np.float32(self.initial_scale))
        if (frame := frames.current()) is not None:
            # `scale_loss` may have used the initial scale in this trace, as a constant: trace again.
            frame.root().created.append(self.dynamic_scale)
        self._trainable = list(var_list)
        self.inner_optimizer._scope = f"{self._name}/"
        self.inner_optimizer.build(var_list)
        self.built = True

    def _own(self, name: str, value: Any) -> KerasVariable:
        return KerasVariable(
            value,
            trainable=False,
            dtype=value.dtype,
            name=name,
            path=f"{self._name}/{name}",
            autocast=False,
        )

    def _trackable_children(self) -> dict[str, Any]:
        found = {**super()._trackable_children(), "inner_optimizer": self.inner_optimizer}
        del found["_variables"]
        if self.built:
            found.update(step_counter=self.step_counter, dynamic_scale=self.dynamic_scale)
        return found

    @property
    def variables(self) -> list[Any]:
        """The own state, then the inner optimizer's."""
        own = [self.step_counter, self.dynamic_scale] if self.built else []
        return [*super().variables, *own, *self.inner_optimizer.variables]

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    lr = learning_rate

    @property
    def iterations(self) -> Any:
        """The inner optimizer's: steps that were not skipped."""
        return self.inner_optimizer.iterations

    @iterations.setter
    def iterations(self, value: Any) -> None:
        self.__dict__["_own_iterations"] = value

    def _first_variables(self) -> list[Any]:
        return [self._own_iterations, self._rate]

    @property
    def use_ema(self) -> bool:
        """The inner optimizer's."""
        return self.inner_optimizer.use_ema

    @use_ema.setter
    def use_ema(self, value: bool) -> None:
        """Set by the base class only; the inner optimizer has its own."""

    def finalize_variable_values(self, var_list: Any) -> None:
        """The inner optimizer's."""
        self.inner_optimizer.finalize_variable_values(var_list)

    # -- the older interface -------------------------------------------------------------------
    @property
    def dynamic(self) -> bool:
        """True: the scale changes."""
        return True

    @property
    def loss_scale(self) -> Tensor:
        """The scale now."""
        return self._scale()

    @property
    def dynamic_counter(self) -> Any:
        """How many good steps there were since the scale last changed."""
        return self.step_counter

    def get_scaled_loss(self, loss: Any) -> Any:
        """The loss times the scale; a function gives a function. The older name of `scale_loss`."""
        return (lambda: self.scale_loss(loss())) if callable(loss) else self.scale_loss(loss)

    def get_unscaled_gradients(self, grads: Any) -> list[Any]:
        """Gradients divided by the scale, for the next `apply_gradients`, which then does not.

        Code written for older versions calls it between `tape.gradient` and `apply_gradients`.
        """
        self._unscaled = True
        scale = self._scale()
        with tapes.suspended():
            return [None if g is None else _divided(g, scale) for g in grads]

    # -- scaling -------------------------------------------------------------------------------
    def _scale(self) -> Tensor:
        if self.built:
            return self.dynamic_scale._dense_var_to_tensor()
        return to_tensor(np.float32(self.initial_scale))

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the scale: as float32, once the scale is a Variable."""
        loss = to_tensor(loss)
        if not self.built:
            return loss * self.initial_scale
        return cast(loss, "float32") * self._scale()

    def check_finite(self, grads: Any) -> Tensor:
        """A scalar: whether every element of all gradients is finite."""
        arrays = [_array(g) for g in grads if g is not None]
        return Tensor(jnp.all(jnp.stack([jnp.all(jnp.isfinite(a)) for a in arrays])))

    def apply_gradients(self, grads_and_vars: Any, name: Any = None, **kwargs: Any) -> Any:
        """Updates Variables from pairs (gradient of the scaled loss, Variable).

        Raises ValueError when no gradient is given for any Variable.
        """
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._own_iterations

    def apply(self, grads: Any, trainable_variables: Any = None, _squares: Any = None) -> None:
        """Updates Variables from gradients of the scaled loss, unless one is not finite."""
        variables = list(self._trainable if trainable_variables is None else trainable_variables)
        if not self.built:
            self.build(variables)
        grads = list(grads)
        if all(g is None for g in grads):
            raise ValueError("No gradients provided for any variable.")
        divide, self._unscaled = not self._unscaled, False
        with tapes.suspended():
            if frames.current() is not None:
                self._step(grads, variables, _squares, divide)
                return
            # Variables are looked up by position: a program is kept per choice of them.
            key = (divide, tuple(self.inner_optimizer._index(v) for v in variables))
            if key not in self._programs:

                def step(gradients: Any) -> None:
                    self._step(gradients, variables, None, divide)

                self._programs[key] = Function(step, autograph=False)
            self._programs[key](grads)

    def _step(self, grads: list[Any], variables: list[Any], squares: Any, divide: bool) -> None:
        finite = self.check_finite(grads)._value
        if (replica := replicas.state.replica) is not None:
            # One replica's infinity is everybody's.
            bad = replica.all_reduce("SUM", Tensor(jnp.where(finite, 0, 1)))
            finite = to_tensor(bad)._value == 0
        scale = self._scale()
        if divide:
            grads = [None if g is None else _divided(g, scale) for g in grads]
            squares = {
                i: Tensor(s.jax() / jnp.square(scale.jax())) for i, s in (squares or {}).items()
            }
        with frames.child("loss scale") as frame:
            self.inner_optimizer.apply(grads, variables, squares)
        for key, variable in frame.written.items():
            old = variable.current_array()
            variable.set_array(jnp.where(finite, frame.values[key], old))
        self._adjust(finite)

    def _adjust(self, finite: Any) -> None:
        count, scale = self.step_counter.current_array(), self.dynamic_scale.current_array()
        grown = finite & (count == self.dynamic_growth_steps - 1)
        factor = jnp.where(finite, jnp.where(grown, 2.0, 1.0), 0.5).astype(jnp.float32)
        self.step_counter.set_array(jnp.where(finite & ~grown, count + 1, 0))
        self.dynamic_scale.set_array(scale * factor)

    # -- config --------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "name": self._name,
            "inner_optimizer": FAMILY.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """An optimizer from `get_config`'s result."""
        config = dict(config)
        config["inner_optimizer"] = algorithms.get(config["inner_optimizer"])
        return cls(**config)


def _check_arguments(kwargs: dict[str, Any]) -> None:
    if not kwargs.pop("dynamic", True):
        raise ValueError(
            "LossScaleOptimizer no longer supports `dynamic=False`. Instead, simply set "
            "`loss_scale_factor` directly on the `inner_optimizer`."
        )
    for name in _INNER_ARGUMENTS:
        if kwargs.pop(name, None):
            raise ValueError(
                f"LossScaleOptimizer does not support `{name}`. "
                f"Instead, set `{name}` on the `inner_optimizer`."
            )
    if kwargs:
        names = "`, `".join(kwargs)
        raise ValueError(f"LossScaleOptimizer does not support arguments: `{names}`.")


def _array(gradient: Any) -> Any:
    value = gradient.values if isinstance(gradient, IndexedSlices) else gradient
    return to_tensor(value).jax()


def _divided(gradient: Any, scale: Tensor) -> Any:
    if isinstance(gradient, IndexedSlices):
        values = _divided(gradient.values, scale)
        return IndexedSlices(values, gradient.indices, gradient.dense_shape)
    array = _array(gradient)
    # In float32: a large scale has no float16 value.
    return Tensor((array.astype(jnp.float32) / scale.jax()).astype(array.dtype))
