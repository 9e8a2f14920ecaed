"""Variables, values and randomness, as `keras.backend` of Keras 2 has them."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function import flow_api
from tfjax._src.keras.engine.layer import call_context
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.ops.array import creation
from tfjax._src.ops.random import stateful


@export("keras.backend.variable")
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A Variable, of the default float unless `dtype` says otherwise.

    >>> import tfjax as tf
    >>> tf.keras.backend.variable([1, 2]).numpy()
    array([1., 2.], dtype=float32)
    """
    kind = dtypes.as_dtype(dtype or floatx())
    if isinstance(value, (Tensor, Variable)):
        value = value.numpy()
    return Variable(np.asarray(value, kind.np), dtype=kind, name=name, constraint=constraint)


@export("keras.backend.constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """A constant, of the default float unless `dtype` says otherwise."""
    return creation.constant(value, dtype=dtypes.as_dtype(dtype or floatx()), shape=shape)


@export("keras.backend.zeros")
def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A Variable of zeros."""
    return variable(np.zeros(shape), dtype, name)


@export("keras.backend.ones")
def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A Variable of ones."""
    return variable(np.ones(shape), dtype, name)


@export("keras.backend.random_normal_variable")
def random_normal_variable(shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None, seed: int | None = None) -> Variable:
    """A Variable of normal random numbers."""
    return variable(random_normal(shape, mean, scale, dtype, _seed(seed)), dtype, name)


@export("keras.backend.random_uniform_variable")
def random_uniform_variable(shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: int | None = None) -> Variable:
    """A Variable of uniform random numbers."""
    return variable(random_uniform(shape, low, high, dtype, _seed(seed)), dtype, name)


def _seed(seed: int | None) -> int:
    return int(np.random.randint(10e8)) if seed is None else seed


@export("keras.backend.random_normal")
def random_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Normal random numbers."""
    return stateful.normal(shape, mean, stddev, dtypes.as_dtype(dtype or floatx()), _seed_of(seed))


@export("keras.backend.random_uniform")
def random_uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Uniform random numbers."""
    return stateful.uniform(shape, minval, maxval, dtypes.as_dtype(dtype or floatx()), _seed_of(seed))


@export("keras.backend.truncated_normal")
def truncated_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Normal random numbers within two standard deviations."""
    return stateful.truncated_normal(shape, mean, stddev, dtypes.as_dtype(dtype or floatx()), _seed_of(seed))


@export("keras.backend.random_bernoulli")
def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """1 with probability p, else 0."""
    from tfjax._src.keras.ops.core import cast

    return cast(random_uniform(shape, dtype=dtype, seed=seed) <= p, dtype or floatx())


def _seed_of(seed: int | None) -> int:
    return int(np.random.randint(10e6)) if seed is None else seed


@export("keras.backend.eval")
def eval_(x: Any) -> np.ndarray:
    """The value as a NumPy array."""
    return x.numpy() if isinstance(x, (Tensor, Variable)) else np.asarray(x)


@export("keras.backend.get_value")
def get_value(x: Any) -> Any:
    """The value of a Variable or tensor as a NumPy array."""
    return x.numpy() if isinstance(x, (Tensor, Variable)) else x


@export("keras.backend.batch_get_value")
def batch_get_value(tensors: Any) -> list[Any]:
    """The values of several Variables."""
    return [get_value(t) for t in tensors]


@export("keras.backend.set_value")
def set_value(x: Any, value: Any) -> None:
    """Sets a Variable from an array."""
    x.assign(np.asarray(value, x.dtype.np))


@export("keras.backend.batch_set_value")
def batch_set_value(tuples: Any) -> None:
    """Sets Variables from pairs (Variable, array)."""
    for x, value in tuples:
        set_value(x, value)


@export("keras.backend.update")
def update(x: Any, new_x: Any) -> Any:
    """Assigns a new value to a Variable."""
    return x.assign(new_x)


@export("keras.backend.update_add")
def update_add(x: Any, increment: Any) -> Any:
    """Adds to a Variable."""
    return x.assign_add(increment)


@export("keras.backend.update_sub")
def update_sub(x: Any, decrement: Any) -> Any:
    """Subtracts from a Variable."""
    return x.assign_sub(decrement)


@export("keras.backend.moving_average_update")
def moving_average_update(x: Any, value: Any, momentum: float) -> Any:
    """Moves a Variable towards a value: x * momentum + value * (1 - momentum)."""
    return x.assign(x * momentum + value * (1.0 - momentum))


@export("keras.backend.count_params")
def count_params(x: Any) -> int:
    """The number of elements."""
    return int(np.prod(list(x.shape), dtype=np.int64))


@export("keras.backend.switch")
def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two values (or of what two functions give), by a scalar or element by element."""
    from tfjax._src.keras.ops.arrays import where

    if callable(then_expression) or callable(else_expression):
        then = then_expression if callable(then_expression) else lambda: then_expression
        other = else_expression if callable(else_expression) else lambda: else_expression
        return flow_api.cond(condition, then, other)
    rank = len(np.shape(condition)) if not hasattr(condition, "shape") else len(condition.shape)
    if not rank:
        return flow_api.cond(condition, lambda: then_expression, lambda: else_expression)
    while len(condition.shape) < len(then_expression.shape):
        condition = condition[..., None]
    return where(condition, then_expression, else_expression)


@export("keras.backend.gradients")
def gradients(loss: Any, variables: Any) -> Any:
    """Gradients inside a tf.function; eager code uses GradientTape."""
    return flow_api.gradients(loss, variables)


@export("keras.backend.learning_phase")
def learning_phase() -> int:
    """1 inside a call with `training=True`, else 0 (or what `set_learning_phase` set)."""
    training = call_context.training
    return int(_phase["value"] if training is None else builtins.bool(training))


@export("keras.backend.set_learning_phase")
def set_learning_phase(value: Any) -> None:
    """What `learning_phase` gives outside of calls."""
    _phase["value"] = int(value)


_phase = {"value": 0}


@export("keras.backend.in_train_phase")
def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` (or `x()`) while training, else `alt` (or `alt()`)."""
    training = learning_phase() if training is None else training
    chosen = x if training else alt
    return chosen() if callable(chosen) and not isinstance(chosen, (Tensor, Variable)) else chosen


@export("keras.backend.in_test_phase")
def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`alt` (or `alt()`) while training, else `x` (or `x()`)."""
    return in_train_phase(alt, x, training)


