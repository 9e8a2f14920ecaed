"""Learning rates that change with the step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyOther, Name, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.lookup import Configured, Family

FAMILY = Family("learning rate schedule")


@export("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule(Configured):
    """Base class: an object called with the step, giving the learning rate."""

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`; subclasses override it."""
        raise NotImplementedError(f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`.")


class _Formula(LearningRateSchedule):
    """A schedule given by a formula `rate(xp, step)` on float32."""

    fields: tuple[str, ...] = ()

    def __call__(self, step: Any) -> Any:
        return _evaluate(step, self)

    def rate(self, xp: Any, step: Any) -> Any:
        """The rate at a float32 step."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.fields}


@op("_internal.schedule", raw="LearningRateSchedule", differentiable=False)
def _evaluate(step: AnyOther, schedule: Static, name: Name = None):
    """The rate at a step."""
    xp = namespace(step)
    return xp.asarray(schedule.rate(xp, step.astype(np.float32)), np.float32)



@FAMILY.register()
@export("keras.optimizers.schedules.ExponentialDecay")
class ExponentialDecay(_Formula):
    """initial * decay_rate ** (step / decay_steps); whole steps with `staircase`."""

    fields = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False, name: str = "ExponentialDecay") -> None:
        if decay_steps <= 0:
            raise ValueError(f"Argument `decay_steps` must be > 0. Received: decay_steps={decay_steps}")
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def rate(self, xp: Any, step: Any) -> Any:
        p = step / np.float32(self.decay_steps)
        if self.staircase:
            p = xp.floor(p)
        return np.float32(self.initial_learning_rate) * xp.power(np.float32(self.decay_rate), p)


@FAMILY.register()
@export("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(_Formula):
    """initial / (1 + decay_rate * step / decay_steps)."""

    fields = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False, name: str = "InverseTimeDecay") -> None:
        if decay_steps <= 0:
            raise ValueError(f"Argument `decay_steps` must be > 0. Received: decay_steps={decay_steps}")
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def rate(self, xp: Any, step: Any) -> Any:
        p = step / np.float32(self.decay_steps)
        if self.staircase:
            p = xp.floor(p)
        return np.float32(self.initial_learning_rate) / (np.float32(1) + np.float32(self.decay_rate) * p)


@FAMILY.register()
@export("keras.optimizers.schedules.PolynomialDecay")
class PolynomialDecay(_Formula):
    """From initial to end within decay_steps along (1 - t) ** power; `cycle` starts again."""

    fields = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")

    def __init__(self, initial_learning_rate: float, decay_steps: int, end_learning_rate: float = 0.0001, power: float = 1.0, cycle: bool = False, name: str = "PolynomialDecay") -> None:
        if decay_steps <= 0:
            raise ValueError(f"Argument `decay_steps` must be > 0. Received: decay_steps={decay_steps}")
        self.initial_learning_rate, self.decay_steps, self.end_learning_rate = initial_learning_rate, decay_steps, end_learning_rate
        self.power, self.cycle, self.name = power, cycle, name

    def rate(self, xp: Any, step: Any) -> Any:
        total = np.float32(self.decay_steps)
        if self.cycle:
            multiple = xp.where(step == 0, np.float32(1), xp.ceil(step / total))
            total = total * multiple
        else:
            step = xp.minimum(step, total)
        start, end = np.float32(self.initial_learning_rate), np.float32(self.end_learning_rate)
        return (start - end) * xp.power(np.float32(1) - step / total, np.float32(self.power)) + end


@FAMILY.register()
@export("keras.optimizers.schedules.PiecewiseConstantDecay")
class PiecewiseConstantDecay(_Formula):
    """`values[i]` up to and including step `boundaries[i]`."""

    fields = ("boundaries", "values", "name")

    def __init__(self, boundaries: Any, values: Any, name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(f"The length of boundaries should be 1 less than the length of values. Received: boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}.")
        self.boundaries, self.values, self.name = list(boundaries), list(values), name

    def rate(self, xp: Any, step: Any) -> Any:
        result = np.float32(self.values[-1])
        for boundary, value in reversed(list(zip(self.boundaries, self.values))):
            result = xp.where(step <= np.float32(boundary), np.float32(value), result)
        return result


@FAMILY.register()
@export("keras.optimizers.schedules.CosineDecay")
class CosineDecay(_Formula):
    """Half a cosine from initial to alpha * initial, after an optional linear warmup. Loshchilov 2017."""

    fields = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")

    def __init__(self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0, name: str = "CosineDecay", warmup_target: float | None = None, warmup_steps: int = 0) -> None:
        if decay_steps <= 0:
            raise ValueError(f"Argument `decay_steps` must be > 0. Received: decay_steps={decay_steps}")
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.name, self.warmup_target, self.warmup_steps = name, warmup_target, warmup_steps

    def _decay(self, xp: Any, step: Any, start: Any) -> Any:
        done = xp.minimum(step / np.float32(self.decay_steps), np.float32(1))
        cosine = np.float32(0.5) * (np.float32(1) + xp.cos(np.float32(math.pi) * done))
        return start * ((np.float32(1) - np.float32(self.alpha)) * cosine + np.float32(self.alpha))

    def rate(self, xp: Any, step: Any) -> Any:
        start = np.float32(self.initial_learning_rate)
        if self.warmup_target is None:
            return self._decay(xp, xp.minimum(step, np.float32(self.decay_steps)), start)
        warm = np.float32(self.warmup_steps)
        target = np.float32(self.warmup_target)
        total = np.float32(self.decay_steps + self.warmup_steps)
        step = xp.minimum(step, total)
        rising = start + (target - start) * step / xp.maximum(warm, np.float32(1))
        return xp.where(step < warm, rising, self._decay(xp, step - warm, target))


@FAMILY.register()
@export("keras.optimizers.schedules.CosineDecayRestarts")
class CosineDecayRestarts(_Formula):
    """Cosine decays that start again, each t_mul times as long and m_mul times as high."""

    fields = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")

    def __init__(self, initial_learning_rate: float, first_decay_steps: int, t_mul: float = 2.0, m_mul: float = 1.0, alpha: float = 0.0, name: str = "SGDRDecay") -> None:
        if first_decay_steps <= 0:
            raise ValueError(f"Argument `first_decay_steps` must be > 0. Received: first_decay_steps={first_decay_steps}")
        self.initial_learning_rate, self.first_decay_steps = initial_learning_rate, first_decay_steps
        self.t_mul, self.m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    def rate(self, xp: Any, step: Any) -> Any:
        done = step / np.float32(self.first_decay_steps)
        t, m = np.float32(self.t_mul), np.float32(self.m_mul)
        if self.t_mul == 1.0:
            restart = xp.floor(done)
            done = done - restart
        else:
            restart = xp.floor(xp.log(np.float32(1) - done * (np.float32(1) - t)) / xp.log(t))
            passed = (np.float32(1) - xp.power(t, restart)) / (np.float32(1) - t)
            done = (done - passed) / xp.power(t, restart)
        cosine = np.float32(0.5) * xp.power(m, restart) * (np.float32(1) + xp.cos(np.float32(math.pi) * done))
        return np.float32(self.initial_learning_rate) * ((np.float32(1) - np.float32(self.alpha)) * cosine + np.float32(self.alpha))


@export("keras.optimizers.schedules.serialize")
def serialize(learning_rate_schedule: Any) -> Any:
    """The config of a schedule."""
    cls = type(learning_rate_schedule)
    return {"module": "keras.optimizers.schedules", "class_name": cls.__name__, "config": learning_rate_schedule.get_config(), "registered_name": None}


@export("keras.optimizers.schedules.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """A schedule from its config."""
    return FAMILY.get(config)
