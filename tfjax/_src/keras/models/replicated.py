"""Models under a tf.distribute strategy with several replicas: one SPMD program a step.

The batch of a step is the global one; each replica gets its rows, runs the step as TensorFlow runs
it, and what they return is brought together.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import nest
from tfjax._src.distribute import inputs
from tfjax._src.distribute.options import ReduceOp
from tfjax._src.distribute.values import PerReplica
from tfjax._src.eager import replicas
from tfjax._src.eager.tensor import Tensor


def strategy_of(model: Any) -> Any:
    """The model's strategy if it has several replicas over a mesh, else None."""
    found = model.__dict__.get("_distribute_strategy") or replicas.state.strategy
    return found if found is not None and hasattr(found.extended, "mesh") else None


def in_scope(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a model that runs in the scope of the strategy the model was made under."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        strategy = self.__dict__.get("_distribute_strategy")
        if strategy is None or replicas.state.strategy is strategy:
            return method(self, *args, **kwargs)
        with strategy.scope():
            return method(self, *args, **kwargs)

    return call


def look_at(model: Any, data: Any) -> None:
    """Takes a batch from a dataset, as Keras does to build a model that was made under a strategy.

    It shows in what a shuffled dataset gives afterwards: the next iteration has another order.
    """
    if model.__dict__.get("_distribute_strategy") is not None and getattr(
        data, "from_dataset", False
    ):
        next(iter(data.batches()), None)


def loss_share(loss: Any, back: bool = False) -> Any:
    """A mean loss as one replica's share of the global mean (`back`: the other way round)."""
    strategy = replicas.state.strategy
    if strategy is None or strategy.num_replicas_in_sync == 1:
        return loss
    count = float(strategy.num_replicas_in_sync)
    return loss * count if back else loss * (1.0 / count)


def step_of(strategy: Any, kind: str, python_step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`python_step` of a global batch on every replica, as one function to trace."""
    mesh = strategy.extended.mesh

    def step(data: Any) -> Any:
        rows = next(
            (leaf.shape[0] for leaf in nest.flatten(data) if leaf is not None and len(leaf.shape)),
            0,
        )
        counts = inputs.shares(rows, mesh.size)
        parts = nest.map_structure(lambda leaf: _part(mesh, leaf, counts), data)
        result = strategy.extended.run(python_step, (parts,), {})
        return nest.map_structure(lambda leaf: _together(strategy, kind, leaf), result)

    return step


def _part(mesh: Any, leaf: Any, counts: list[int]) -> Any:
    if leaf is None or not len(leaf.shape):
        return leaf
    array = jnp.asarray(leaf._value)
    if len(set(counts)) == 1:
        stack = array.reshape((mesh.size, counts[0], *array.shape[1:]))
        return PerReplica(None, Tensor(mesh.pin_rows(stack)), mesh)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return PerReplica(
        [Tensor(array[int(a) : int(b)]) for a, b in zip(starts, starts[1:])], None, mesh
    )


def _together(strategy: Any, kind: str, leaf: Any) -> Any:
    if not isinstance(leaf, PerReplica):
        return leaf
    if kind == "predict":
        joined = strategy.extended.gather(leaf, 0)
        return Tensor(strategy.extended.mesh.pin(joined._value))
    return strategy.extended.reduce(ReduceOp.MEAN, leaf, None)


def place_batch(strategy: Any, batch: Any) -> Any:
    """A global batch of host arrays, with its rows on the devices of the replicas where they divide."""
    mesh = strategy.extended.mesh
    return nest.map_structure(lambda leaf: None if leaf is None else _placed(mesh, leaf), batch)


def _placed(mesh: Any, leaf: Any) -> Any:
    if isinstance(leaf, PerReplica):
        return _global_array(mesh, leaf)
    if leaf.dtype == object:
        return leaf
    return mesh.put(leaf, rows=bool(leaf.ndim) and leaf.shape[0] % mesh.size == 0)


def _global_array(mesh: Any, value: PerReplica) -> Any:
    """The rows of all replicas in one array."""
    if value.stack is None:
        return np.concatenate([np.asarray(v) for v in value.values])
    return mesh.program(_joined_rows, rows=True)(value.stack._value)


def _joined_rows(stack: Any) -> Any:
    return stack.reshape((-1, *stack.shape[2:]))


def mirror(strategy: Any, array: Any) -> jax.Array:
    """A host array that every process has, on all devices."""
    return strategy.extended.mesh.put(array, rows=False)


def agreed(strategy: Any, array: Any) -> jax.Array:
    """The first process's array on all devices."""
    return strategy.extended.mesh.mirror(array)
