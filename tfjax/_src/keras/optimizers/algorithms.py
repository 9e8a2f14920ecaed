"""The optimizers: Keras' formulas and defaults, and any Optax transformation."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.optimizers.base import FAMILY, Optimizer


@FAMILY.register("gradient_descent")
@export("keras.optimizers.SGD", "keras.optimizers.legacy.SGD")
class SGD(Optimizer):
    """Gradient descent, with momentum (Polyak 1964; Nesterov 1983) if asked.

    >>> import tfjax as tf
    >>> v = tf.Variable(1.0)
    >>> _ = tf.keras.optimizers.SGD(0.5).apply_gradients([(tf.constant(1.0), v)])
    >>> float(v)
    0.5
    """

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        if not isinstance(momentum, float) or momentum < 0 or momentum > 1:
            if not isinstance(momentum, int) or momentum not in (0, 1):
                raise ValueError("`momentum` must be a float between [0, 1].")
        self.momentum, self.nesterov = momentum, nesterov
        self.slot_names = ("momentum",) if momentum else ()

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        if not self.momentum:
            return value - gradient * rate, []
        m = jnp.asarray(self.momentum, value.dtype)
        velocity = m * slots[0] - gradient * rate
        if self.nesterov:
            return value + m * velocity - gradient * rate, [velocity]
        return value + velocity, [velocity]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


@FAMILY.register()
@export("keras.optimizers.RMSprop", "keras.optimizers.legacy.RMSprop")
class RMSprop(Optimizer):
    """Divides by a moving root of squared gradients. Hinton 2012."""

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self.slot_names = ("velocity", *(("momentum",) if momentum > 0 else ()), *(("average_gradient",) if centered else ()))

    def _interleaved(self) -> list[Any]:
        # Keras lists all velocities first, then all momenta, then all averages.
        return [group[k] for k in range(len(self.slot_names)) for group in self._slots]

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        rho = jnp.asarray(self.rho, value.dtype)
        epsilon = jnp.asarray(self.epsilon, value.dtype)
        velocity = rho * slots[0] + (1 - rho) * self.square(gradient)
        new = [velocity]
        if self.centered:
            average = rho * slots[-1] + (1 - rho) * gradient
            denominator = velocity - jnp.square(average) + epsilon
        else:
            denominator = velocity + epsilon
        increment = rate * gradient * jax.lax.rsqrt(denominator)
        if self.momentum > 0:
            increment = jnp.asarray(self.momentum, value.dtype) * slots[1] + increment
            new.append(increment)
        if self.centered:
            new.append(average)
        return value - increment, new

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}


@FAMILY.register()
@export("keras.optimizers.Adam", "keras.optimizers.legacy.Adam")
class Adam(Optimizer):
    """Moving means of gradients and of their squares, bias corrected. Kingma & Ba 2014."""

    slot_names = ("momentum", "velocity")

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        if amsgrad:
            self.slot_names = ("momentum", "velocity", "velocity_hat")

    def _interleaved(self) -> list[Any]:
        pairs = [slot for group in self._slots for slot in group[:2]]
        return pairs + ([group[2] for group in self._slots] if self.amsgrad else [])

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        dtype = value.dtype
        b1, b2 = jnp.asarray(self.beta_1, dtype), jnp.asarray(self.beta_2, dtype)
        t = (iteration + 1).astype(dtype)
        alpha = rate * jnp.sqrt(1 - jnp.power(b2, t)) / (1 - jnp.power(b1, t))
        m = slots[0] + (gradient - slots[0]) * (1 - b1)
        v = slots[1] + (self.square(gradient) - slots[1]) * (1 - b2)
        new = [m, v]
        if self.amsgrad:
            v = jnp.maximum(slots[2], v)
            new.append(v)
        return value - m * alpha / (jnp.sqrt(v) + jnp.asarray(self.epsilon, dtype)), new

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon, "amsgrad": self.amsgrad}


@FAMILY.register()
@export("keras.optimizers.AdamW")
class AdamW(Adam):
    """Adam with decoupled weight decay. Loshchilov & Hutter 2019."""

    def __init__(self, learning_rate: Any = 0.001, weight_decay: Any = 0.004, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        if self.weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")


@FAMILY.register()
@export("keras.optimizers.Adamax", "keras.optimizers.legacy.Adamax")
class Adamax(Optimizer):
    """Adam with the infinity norm. Kingma & Ba 2014."""

    slot_names = ("momentum", "norm")

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        dtype = value.dtype
        b1, b2 = jnp.asarray(self.beta_1, dtype), jnp.asarray(self.beta_2, dtype)
        t = (iteration + 1).astype(dtype)
        m = slots[0] + (gradient - slots[0]) * (1 - b1)
        u = jnp.maximum(b2 * slots[1], jnp.abs(gradient))
        return value - rate * m / ((1 - jnp.power(b1, t)) * (u + jnp.asarray(self.epsilon, dtype))), [m, u]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


@FAMILY.register()
@export("keras.optimizers.Nadam", "keras.optimizers.legacy.Nadam")
class Nadam(Optimizer):
    """Adam with Nesterov momentum. Dozat 2015."""

    slot_names = ("momentum", "velocity", "product")

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def _new_slot(self, variable: Any, slot: str) -> Any:
        return self._slot(variable, slot, np.ones((), variable._raw_value.dtype) if slot == "product" else None)

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        dtype = value.dtype
        b1, b2 = jnp.asarray(self.beta_1, dtype), jnp.asarray(self.beta_2, dtype)
        t = (iteration + 1).astype(dtype)
        decay = jnp.asarray(0.96, dtype)
        u = b1 * (1 - 0.5 * jnp.power(decay, t))
        u_next = b1 * (1 - 0.5 * jnp.power(decay, t + 1))
        product = slots[2] * u
        m = slots[0] + (gradient - slots[0]) * (1 - b1)
        v = slots[1] + (self.square(gradient) - slots[1]) * (1 - b2)
        m_hat = u_next * m / (1 - product * u_next) + (1 - u) * gradient / (1 - product)
        v_hat = v / (1 - jnp.power(b2, t))
        return value - m_hat * rate / (jnp.sqrt(v_hat) + jnp.asarray(self.epsilon, dtype)), [m, v, product]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


@FAMILY.register()
@export("keras.optimizers.Adagrad", "keras.optimizers.legacy.Adagrad")
class Adagrad(Optimizer):
    """Divides by the root of all squared gradients. Duchi et al. 2011."""

    slot_names = ("accumulator",)

    def __init__(self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def _new_slot(self, variable: Any, slot: str) -> Any:
        raw = variable._raw_value
        return self._slot(variable, slot, np.full(raw.shape, self.initial_accumulator_value, raw.dtype))

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        total = slots[0] + self.square(gradient)
        return value - rate * gradient / jnp.sqrt(total + jnp.asarray(self.epsilon, value.dtype)), [total]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}


@FAMILY.register()
@export("keras.optimizers.Lion")
class Lion(Optimizer):
    """Steps of one size in the direction of a mean gradient's sign. Chen et al. 2023."""

    slot_names = ("momentum",)

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        if not 0 < beta_1 <= 1:
            raise ValueError(f"Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to SignSGD. Received: beta_1={beta_1}.")
        self.beta_1, self.beta_2 = beta_1, beta_2

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        b1, b2 = (jnp.asarray(b, value.dtype) for b in (self.beta_1, self.beta_2))
        value = value - rate * jnp.sign(slots[0] * b1 + gradient * (1 - b1))
        return value, [slots[0] * b2 + gradient * (1 - b2)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}


@FAMILY.register()
@export("keras.optimizers.Ftrl", "keras.optimizers.legacy.Ftrl")
class Ftrl(Optimizer):
    """Follow the regularized leader, which makes weights sparse. McMahan et al. 2013."""

    slot_names = ("accumulator", "linear")

    def __init__(self, learning_rate: Any = 0.001, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1, l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0, l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        if initial_accumulator_value < 0.0:
            raise ValueError(f"`initial_accumulator_value` needs to be positive or zero. Received: initial_accumulator_value={initial_accumulator_value}.")
        if learning_rate_power > 0.0:
            raise ValueError(f"`learning_rate_power` needs to be negative or zero. Received: learning_rate_power={learning_rate_power}.")
        for what, strength in (("l1_regularization_strength", l1_regularization_strength), ("l2_regularization_strength", l2_regularization_strength), ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength)):
            if strength < 0.0:
                raise ValueError(f"`{what}` needs to be positive or zero. Received: {what}={strength}.")
        self.learning_rate_power, self.initial_accumulator_value = learning_rate_power, initial_accumulator_value
        self.l1_regularization_strength, self.l2_regularization_strength = l1_regularization_strength, l2_regularization_strength
        self.l2_shrinkage_regularization_strength, self.beta = l2_shrinkage_regularization_strength, beta

    def _new_slot(self, variable: Any, slot: str) -> Any:
        if slot == "linear":
            return self._slot(variable, slot)
        raw = variable._raw_value
        return self._slot(variable, slot, np.full(raw.shape, self.initial_accumulator_value, raw.dtype))

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        total, linear = slots
        power = -self.learning_rate_power
        l2 = self.l2_regularization_strength + self.beta / (2.0 * rate)
        shrunk = gradient + 2.0 * self.l2_shrinkage_regularization_strength * value
        new_total = total + self.square(gradient)
        linear = linear + shrunk - (new_total**power - total**power) / rate * value
        quadratic = new_total**power / rate + 2.0 * l2
        clipped = jnp.clip(linear, -self.l1_regularization_strength, self.l1_regularization_strength)
        return (clipped - linear) / quadratic, [new_total, linear]

    def get_config(self) -> dict[str, Any]:
        names = ("learning_rate_power", "initial_accumulator_value", "l1_regularization_strength", "l2_regularization_strength", "l2_shrinkage_regularization_strength", "beta")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


@FAMILY.register()
@export("keras.optimizers.Adadelta", "keras.optimizers.legacy.Adadelta")
class Adadelta(Optimizer):
    """Steps scaled by moving roots of squared steps and gradients. Zeiler 2012."""

    slot_names = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs)
        self.rho, self.epsilon = rho, epsilon

    def step(self, gradient: Any, value: Any, slots: list[Any], rate: Any, iteration: Any) -> tuple[Any, list[Any]]:
        rho, epsilon = jnp.asarray(self.rho, value.dtype), jnp.asarray(self.epsilon, value.dtype)
        squares = rho * slots[0] + (1 - rho) * self.square(gradient)
        size, root = jnp.sqrt(slots[1] + epsilon), jnp.sqrt(squares + epsilon)
        delta = -size * gradient / root
        moved = jnp.square(size / root) * self.square(gradient)
        return value + rate * delta, [squares, rho * slots[1] + (1 - rho) * moved]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


@export("keras.optimizers.get")
def get(identifier: Any) -> Any:
    """An optimizer by name, config, class or instance.

    Raises ValueError for a name that is not known.

    >>> import tfjax as tf
    >>> type(tf.keras.optimizers.get("adam")).__name__
    'Adam'
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        return FAMILY.get(identifier.lower() if identifier.lower() in FAMILY.names else identifier)
    return FAMILY.get(identifier)


@export("keras.optimizers.serialize")
def serialize(optimizer: Any) -> Any:
    """The config of an optimizer."""
    return FAMILY.serialize(optimizer)


@export("keras.optimizers.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """An optimizer from its config."""
    return FAMILY.get(config)
