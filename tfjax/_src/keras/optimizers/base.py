"""Optimizer: gradients to updates of Variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices
from tfjax._src.eager.variable import Variable, VariableAggregation
from tfjax._src.function.module import Module
from tfjax._src.keras.engine.naming import auto_name, to_snake_case
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.keras.lookup import Family
from tfjax._src.keras.optimizers import schedules

FAMILY = Family("optimizer")
# Names of older versions, still met in scripts.
_OLD_NAMES = {"lr": "learning_rate", "decay": None}


@export("keras.optimizers.Optimizer", "keras.optimizers.legacy.Optimizer", "keras.Optimizer")
class Optimizer(Module):
    """Base class of optimizers.

    Subclasses name their slots in `slot_names` and compute one Variable's update in
    `step(gradient, value, slots, learning_rate, iteration)`, a pure function of arrays.

    Args:
      learning_rate: a float, a schedule, or a function without arguments.
      weight_decay: subtracts this share of each Variable, times the learning rate.
      clipnorm: limits each gradient's norm.
      clipvalue: limits each gradient's elements.
      global_clipnorm: limits the norm of all gradients together.
      use_ema, ema_momentum, ema_overwrite_frequency: keeps moving averages of the Variables.
      loss_scale_factor: gradients are divided by it (the loss is multiplied in `fit`).
      gradient_accumulation_steps: updates once per so many calls, with the mean gradient.
      name: shown in configs.
    """

    slot_names: tuple[str, ...] = ()
    # Before the name in the paths of slots: an outer optimizer's.
    _scope = ""

    def __init__(
        self, learning_rate: Any, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, use_ema: bool = False,
        ema_momentum: float = 0.99, ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None, gradient_accumulation_steps: int | None = None,
        name: str | None = None, **kwargs: Any,
    ) -> None:
        learning_rate = kwargs.pop("lr", learning_rate)
        decay = kwargs.pop("decay", None)
        if kwargs:
            raise ValueError(f"Argument(s) not recognized: {kwargs}")
        if decay:
            learning_rate = schedules.InverseTimeDecay(learning_rate, 1, decay)
        given = [c for c in (clipnorm, clipvalue, global_clipnorm) if c is not None]
        if len(given) > 1:
            raise ValueError(f"Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}.")
        self._name = name or auto_name(to_snake_case(type(self).__name__))
        self.weight_decay, self.clipnorm, self.clipvalue, self.global_clipnorm = weight_decay, clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum, self.ema_overwrite_frequency = use_ema, ema_momentum, ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.iterations = KerasVariable(np.int64(0), trainable=False, dtype="int64", name="iteration", path=f"{self._name}/iteration", autocast=False, aggregation="only_first_replica")
        self._set_learning_rate(learning_rate)
        self._slots: list[list[Any]] = []
        self._trainable: list[Any] = []
        self._averages: list[Any] = []
        self._accumulators: list[Any] = []
        self._excluded: set[int] = set()
        self._squares: dict[int, Any] = {}
        self._excluded_names: list[str] = []
        self.built = False

    # -- learning rate -------------------------------------------------------------------------
    def _set_learning_rate(self, value: Any) -> None:
        if isinstance(value, schedules.LearningRateSchedule) or callable(value) and not isinstance(value, Variable):
            self._schedule, self._rate = value, None
            return
        self._schedule = None
        if isinstance(value, Variable):
            value = value.numpy()
        if isinstance(value, (str, list, tuple)):
            raise ValueError(f"Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a callable. Received instead: learning_rate={value}")
        rate = self.__dict__.get("_rate")
        if rate is not None:
            rate.assign(np.float32(value))
        else:
            self._rate = KerasVariable(np.float32(value), trainable=False, dtype="float32", name="learning_rate", path=f"{self._name}/learning_rate", autocast=False, aggregation="only_first_replica")

    @property
    def learning_rate(self) -> Any:
        """The current learning rate; set it to change it."""
        if self._schedule is not None:
            if isinstance(self._schedule, schedules.LearningRateSchedule):
                return self._schedule(self.iterations)
            return self._schedule()
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._schedule is not None and not callable(value):
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate` "
                "constructor argument, hence its learning rate is not settable. If you need the learning "
                "rate to be settable, you should instantiate the optimizer with a float `learning_rate` argument."
            )
        self._set_learning_rate(value)

    lr = learning_rate

    def _rate_array(self) -> Any:
        value = self.learning_rate
        return jnp.asarray(to_tensor(value)._value, jnp.float32)

    # -- state ---------------------------------------------------------------------------------
    def build(self, variables: Sequence[Any]) -> None:
        """Makes the slots for these Variables."""
        if self.built:
            return
        self._trainable = list(variables)
        with frames.init_scope():
            for variable in self._trainable:
                self._slots.append([self._new_slot(variable, slot) for slot in self.slot_names])
            if self.use_ema:
                self._averages = [self._slot(v, "average", np.asarray(v._raw_value)) for v in self._trainable]
            if self.gradient_accumulation_steps:
                self._accumulators = [self._slot(v, "gradient_accumulator") for v in self._trainable]
        self.built = True

    def _trackable_children(self) -> dict[str, Any]:
        """What checkpoints store, by TensorFlow's names."""
        found: dict[str, Any] = {"_iterations": self._first_variables()[0]}
        if isinstance(self._rate, KerasVariable):
            found["_learning_rate"] = self._rate
        found["_variables"] = list(self.variables)
        return found

    def _new_slot(self, variable: Any, slot: str) -> Any:
        return self._slot(variable, slot)

    def _slot(self, variable: Any, slot: str, value: Any = None) -> Any:
        path = getattr(variable, "path", variable._shared_name)
        name = f"{path.replace('/', '_')}_{slot}"
        if value is None:
            value = np.zeros(variable._raw_value.shape, variable._raw_value.dtype)
        home = variable._home if isinstance(variable._home, jax.sharding.Sharding) else None
        return KerasVariable(
            value, trainable=False, name=name, path=f"{self._scope}{self._name}/{name}", autocast=False,
            aggregation="only_first_replica", layout=home if np.shape(value) == variable._raw_value.shape else None,
        )

    def add_variable_from_reference(self, reference_variable: Any, name: str | None = None, initializer: Any = "zeros") -> Any:
        """A state Variable of the shape and dtype of another."""
        return self._slot(reference_variable, name or "slot")

    @property
    def variables(self) -> list[Any]:
        """Iteration, learning rate (if it is a number) and slots, Variable by Variable."""
        found = self._first_variables()
        return found + self._averages + self._accumulators + self._interleaved()

    def _first_variables(self) -> list[Any]:
        return [self.iterations] if self._rate is None else [self.iterations, self._rate]

    def _interleaved(self) -> list[Any]:
        return [slot for group in self._slots for slot in group]

    @property
    def weights(self) -> list[Any]:
        """The same as `variables`."""
        return self.variables

    def get_weights(self) -> list[np.ndarray]:
        """The state's values."""
        return [v.numpy() for v in self.variables]

    def set_weights(self, weights: Any) -> None:
        """Sets the state from arrays."""
        for v, value in zip(self.variables, weights):
            v.assign(np.asarray(value))

    # -- updates -------------------------------------------------------------------------------
    def apply_gradients(self, grads_and_vars: Any, name: Any = None, **kwargs: Any) -> Any:
        """Updates Variables from pairs (gradient, Variable); returns the iteration.

        Raises ValueError when no gradient is given for any Variable.
        """
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self.iterations

    def apply(self, grads: Any, trainable_variables: Any = None, _squares: Any = None) -> None:
        """Updates Variables from gradients in the same order.

        `_squares` is the trainer's: sums of squares of single lookups' gradients, by position.
        """
        grads = list(grads)
        if trainable_variables is None:
            trainable_variables = self._trainable
        variables = list(trainable_variables)
        if not self.built:
            self.build(variables)
        kept = [(g, v) for g, v in zip(grads, variables) if g is not None]
        if not kept:
            raise ValueError(f"No gradients provided for any variable: {[v.name for v in variables]}.")
        if len(kept) < len(variables):
            import warnings

            missing = [getattr(v, "path", v.name) for g, v in zip(grads, variables) if g is None]
            warnings.warn(f"Gradients do not exist for variables {missing} when minimizing the loss. If using `model.compile()`, did you forget to provide a `loss` argument?", stacklevel=3)
        with tapes.suspended():
            known = _squares or {}
            squares = [
                g.squares() if isinstance(g, IndexedSlices) else known.get(i) for i, g in enumerate(grads) if g is not None
            ]
            tensors, chosen = [to_tensor(g) for g, _ in kept], [v for _, v in kept]
            if replicas.state.replica is None:
                self._update(tensors, chosen, squares)
            else:
                self._update_together(replicas.state.replica, tensors, chosen, squares)

    def _update_together(self, replica: Any, grads: list[Tensor], variables: list[Any], squares: list[Tensor | None]) -> None:
        """In a replica: one update with the gradients of all added up; clipping comes first, as in Keras."""
        for v in variables:
            if not hasattr(v, "distribute_strategy") and hasattr(self.iterations, "distribute_strategy"):
                raise AssertionError(
                    f"The variable {getattr(v, 'path', v.name)} was not made in the scope of the strategy that the "
                    "optimizer belongs to. Make the model and the optimizer under `strategy.scope()`."
                )
        if not self.gradient_accumulation_steps:
            local = [jnp.asarray(g._value) for g in grads]
            if self.loss_scale_factor:
                local = [g / jnp.asarray(self.loss_scale_factor, g.dtype) for g in local]
            clipped = self._clip(local)
            if clipped is not local:
                squares = [None] * len(squares)
            grads = [Tensor(g) for g in clipped]
        known = [i for i, s in enumerate(squares) if s is not None]

        def update(sums: list[Tensor]) -> None:
            own: list[Tensor | None] = [None] * len(squares)
            for i, s in zip(known, sums[len(grads) :]):
                own[i] = s
            self._update(sums[: len(grads)], variables, own, summed=not self.gradient_accumulation_steps)

        replica.reduce_and_update(VariableAggregation.SUM, [*grads, *[squares[i] for i in known]], update)

    def _index(self, variable: Any) -> int:
        for i, known in enumerate(self._trainable):
            if known is variable:
                return i
        raise ValueError(
            f"Unknown variable: {variable!r}. This optimizer can only be called for the variables it "
            "was originally built with. When working with a new set of variables, you should recreate "
            "a new optimizer instance."
        )

    def _update(self, grads: list[Tensor], variables: list[Any], squares: list[Tensor | None], summed: bool = False) -> None:
        indices = [self._index(v) for v in variables]
        slots = [s for i in indices for s in self._slots[i]]
        averages = [self._averages[i] for i in indices] if self._averages else []
        accumulators = [self._accumulators[i] for i in indices] if self._accumulators else []
        state = [self.iterations, *variables, *slots, *averages, *accumulators]
        decayed = tuple(self._decays(v) for v in variables)
        arrays = [v.current_array() for v in state]
        rate = self._rate_array()
        gradients = [g._value for g in grads]
        sums = [None if s is None else s._value for s in squares]
        if frames.current() is not None or any(isinstance(a, jax.core.Tracer) for a in (*arrays, *gradients)):
            results = self._pure_update(rate, gradients, arrays, decayed, sums, summed)
        else:
            key = (decayed, len(variables), summed, self._settings())
            cache = self.__dict__.setdefault("_compiled", {})
            if key not in cache:
                cache[key] = jax.jit(lambda r, g, a, s: self._pure_update(r, g, a, decayed, s, summed))
            results = cache[key](rate, gradients, arrays, sums)
        for variable, value in zip(state, results):
            variable.set_array(value)
        for variable in variables:
            constraint = getattr(variable, "constraint", None)
            if constraint is not None:
                variable.assign(constraint(variable))

    def _settings(self) -> tuple[Any, ...]:
        """The plain attributes that a compiled update depends on."""
        return tuple((k, v) for k, v in sorted(vars(self).items()) if isinstance(v, (int, float, bool, type(None))))

    def _decays(self, variable: Any) -> bool:
        if self.weight_decay is None or id(variable) in self._excluded:
            return False
        return not any(n in getattr(variable, "path", variable.name) for n in self._excluded_names)

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Names Variables (or parts of their names) that weight decay leaves alone."""
        self._excluded.update(id(v) for v in var_list or [])
        self._excluded_names.extend(var_names or [])

    def square(self, gradient: Any) -> Any:
        """The squared gradient that moments take in.

        For a table whose rows were looked up it is the sum of the squares of every lookup's
        gradient, not the square of their sum: that is what TensorFlow's IndexedSlices give.
        """
        known = self._squares.get(id(gradient))
        return jnp.square(gradient) if known is None else known

    def _pure_update(self, rate: Any, grads: list[Any], state: list[Any], decayed: tuple[bool, ...], squares: list[Any], summed: bool = False) -> list[Any]:
        """New values of (iteration, variables, slots, averages, accumulators).

        `summed` gradients come from several replicas, which have unscaled and clipped them.
        """
        count, per = len(grads), len(self.slot_names)
        iteration, rest = state[0], list(state[1:])
        values, rest = rest[:count], rest[count:]
        slots, rest = [rest[i * per : (i + 1) * per] for i in range(count)], rest[count * per :]
        averages, rest = (rest[:count], rest[count:]) if self._averages else ([], rest)
        accumulators = rest
        grads = [jnp.asarray(g, v.dtype) for g, v in zip(grads, values)]
        if self.loss_scale_factor and not summed:
            grads = [g / jnp.asarray(self.loss_scale_factor, g.dtype) for g in grads]
        every = self.gradient_accumulation_steps
        due = None
        if every:
            due = (iteration + 1) % every == 0
            totals = [a + g for a, g in zip(accumulators, grads)]
            grads = [t / every for t in totals]
            accumulators = [jnp.where(due, jnp.zeros_like(t), t) for t in totals]
            rate_step = iteration // every
        else:
            rate_step = iteration
        clipped = grads if summed else self._clip(grads)
        # Scaled, accumulated or clipped gradients are dense.
        dense = bool(self.loss_scale_factor and not summed or every) or clipped is not grads
        grads = clipped
        self._squares = {} if dense else {id(g): s for g, s in zip(grads, squares) if s is not None}
        new_values, new_slots = [], []
        for value, grad, own, decay in zip(values, grads, slots, decayed):
            start = value
            if decay:
                value = value - value * jnp.asarray(self.weight_decay, value.dtype) * rate.astype(value.dtype)
            value, own_new = self.step(grad, value, own, rate.astype(value.dtype), rate_step)
            if due is not None:
                value = jnp.where(due, value, start)
                own_new = [jnp.where(due, n, o) for n, o in zip(own_new, own)]
            new_values.append(value)
            new_slots.extend(own_new)
        self._squares = {}
        iteration = iteration + 1
        if averages:
            averages, new_values = self._average(iteration, averages, new_values)
        return [iteration, *new_values, *new_slots, *averages, *accumulators]

    def _average(self, iteration: Any, averages: list[Any], values: list[Any]) -> tuple[list[Any], list[Any]]:
        m = self.ema_momentum
        momentum = jnp.where(iteration == 1, 0.0, m)
        new = [jnp.asarray(momentum, a.dtype) * a + jnp.asarray(1 - momentum, a.dtype) * v for a, v in zip(averages, values)]
        if self.ema_overwrite_frequency:
            write = iteration % self.ema_overwrite_frequency == 0
            values = [jnp.where(write, a, v) for a, v in zip(new, values)]
        return new, values

    def finalize_variable_values(self, var_list: Any) -> None:
        """At the end of training: Variables take their moving averages, if `use_ema`."""
        if self.use_ema:
            for v in var_list:
                v.assign(self._averages[self._index(v)].read_value())

    def _clip(self, grads: list[Any]) -> list[Any]:
        if self.clipnorm and self.clipnorm > 0:
            return [_clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            norm = jnp.sqrt(sum(jnp.sum(jnp.square(g)) for g in grads))
            limit = jnp.asarray(self.global_clipnorm, norm.dtype)
            scale = limit * jnp.minimum(1 / norm, 1 / limit)
            return [g * scale.astype(g.dtype) for g in grads]
        if self.clipvalue and self.clipvalue > 0:
            return [jnp.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        """(new value, new slots) of one Variable; subclasses override it."""
        raise NotImplementedError("An Optimizer subclass must implement `step`.")

    def minimize(self, loss: Any, var_list: Any, tape: Any = None) -> None:
        """Computes the gradients of `loss` (a tensor with its `tape`, or a function) and applies them."""
        variables = var_list() if callable(var_list) else var_list
        if callable(loss):
            with tapes.GradientTape() as tape:
                loss = loss()
        if tape is None:
            raise ValueError("`tape` is required when a `Tensor` loss is passed.")
        self.apply_gradients(zip(tape.gradient(loss, variables), variables))

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # -- config --------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        if self._schedule is None:
            rate: Any = float(self._rate.numpy())
        elif isinstance(self._schedule, schedules.LearningRateSchedule):
            rate = schedules.serialize(self._schedule)
        else:
            rate = 0.5
        return {
            "name": self._name, "learning_rate": rate, "weight_decay": self.weight_decay, "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm, "clipvalue": self.clipvalue, "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum, "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor, "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """An optimizer from `get_config`'s result."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"])
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} name={self._name}>"


def _clip_by_norm(g: Any, limit: float) -> Any:
    squares = jnp.sum(jnp.square(g))
    positive = squares > 0
    norm = jnp.where(positive, jnp.sqrt(jnp.where(positive, squares, 1)), squares)
    return g * limit / jnp.maximum(norm, jnp.asarray(limit, norm.dtype))
