"""StrategyExtended: devices, reductions and updates, for libraries and for the strategies themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.distribute import reduce as reductions
from tfjax._src.distribute import variables
from tfjax._src.distribute.mesh import ReplicaMesh
from tfjax._src.distribute.options import ReduceOp
from tfjax._src.distribute.replica import LocalValue
from tfjax._src.distribute.values import DistributedValues, PerReplica
from tfjax._src.eager import replicas
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.variable import VariableAggregation
from tfjax._src.ops.math.reductions import reduce_mean, reduce_sum


@export("distribute.StrategyExtended")
class StrategyExtended:
    """The part of a strategy that knows its devices.

    Args:
      container_strategy: the strategy.
    """

    num_replicas = 1
    local_count = 1
    mesh: ReplicaMesh

    def __init__(self, container_strategy: Any) -> None:
        self.strategy = container_strategy

    # -- for the strategy ----------------------------------------------------------------------
    @contextlib.contextmanager
    def entered(self, strategy: Any) -> Iterator[None]:
        """What `scope` does: puts the strategy in force."""
        with replicas.switched(strategy=strategy, place=self.place):
            yield

    place: Callable[[Any], None] | None = None

    def run(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """`fn` on every replica."""
        raise NotImplementedError("A strategy says how it runs a function.")

    def reduce(self, operation: ReduceOp, value: Any, axis: Any) -> Any:
        """The reduction of one value over the replicas."""
        raise NotImplementedError("A strategy says how it reduces.")

    def gather(self, value: Any, axis: int) -> Any:
        """One value's components side by side."""
        raise NotImplementedError("A strategy says how it gathers.")

    def reduce_axes(self, operation: ReduceOp, value: Any, axis: Any) -> Any:
        """A plain value reduced along `axis`, if that is not None."""
        if axis is None:
            return value
        axes = list(axis) if isinstance(axis, tuple) else axis
        return (reduce_sum if operation is ReduceOp.SUM else reduce_mean)(
            to_tensor(value), axis=axes
        )

    # -- public --------------------------------------------------------------------------------
    @property
    def worker_devices(self) -> tuple[str, ...]:
        """The names of the replicas' devices."""
        return ("/job:localhost/replica:0/task:0/device:CPU:0",)

    @property
    def parameter_devices(self) -> tuple[str, ...]:
        """The names of the devices that hold Variables."""
        return self.worker_devices

    @property
    def experimental_require_static_shapes(self) -> bool:
        """False: shapes are always static here, and any will do."""
        return False

    def variable_created_in_scope(self, v: Any) -> bool:
        """Whether a Variable belongs to this strategy."""
        return getattr(v, "distribute_strategy", None) is self.strategy or self.num_replicas == 1

    @contextlib.contextmanager
    def colocate_vars_with(self, colocate_with_variable: Any) -> Iterator[None]:
        """A context without effect: Variables lie where the strategy puts them."""
        yield

    def value_container(self, value: Any) -> Any:
        """The value itself."""
        return value

    def call_for_each_replica(
        self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None
    ) -> Any:
        """The same as `Strategy.run`."""
        return self.strategy.run(fn, args, kwargs)

    def aggregate(self, aggregation: Any, value: Any) -> Any:
        """One value from a PerReplica as a `tf.VariableAggregation` says."""
        if aggregation in (VariableAggregation.SUM, VariableAggregation.MEAN):
            return self.reduce(ReduceOp.from_variable_aggregation(aggregation), value, None)
        return value.values[0] if isinstance(value, DistributedValues) else value

    def reduce_to(self, reduce_op: Any, value: Any, destinations: Any, options: Any = None) -> Any:
        """The reduction of `value`; `destinations` and `options` have no effect: every device gets it."""
        return (
            self.strategy.reduce(reduce_op, value, axis=None)
            if isinstance(value, DistributedValues)
            else value
        )

    def batch_reduce_to(
        self, reduce_op: Any, value_destination_pairs: Sequence[Any], options: Any = None
    ) -> list[Any]:
        """The reductions of several values."""
        return [self.reduce_to(reduce_op, value, where) for value, where in value_destination_pairs]

    def update(
        self,
        var: Any,
        fn: Callable[..., Any],
        args: Any = (),
        kwargs: Any = None,
        group: bool = True,
    ) -> Any:
        """Calls `fn(var, *args, **kwargs)` to change a Variable on all devices.

        Args:
          var: a Variable of this strategy.
          fn: changes it.
          args, kwargs: further arguments; of PerReplica values the first component.
          group: no effect.
        """
        own = nest.map_structure(_one, (tuple(args), kwargs or {}))
        return fn(var, *own[0], **own[1])


def _one(value: Any) -> Any:
    if isinstance(value, LocalValue):
        return value.local
    return value.values[0] if isinstance(value, DistributedValues) else value


class MeshExtended(StrategyExtended):
    """Several replicas, one for each device of a mesh."""

    def __init__(self, container_strategy: Any, mesh: ReplicaMesh, names: Sequence[str]) -> None:
        super().__init__(container_strategy)
        self.mesh, self._names = mesh, tuple(names)
        self.num_replicas, self.local_count = mesh.size, len(mesh.local)

    @property
    def worker_devices(self) -> tuple[str, ...]:
        return self._names

    def place(self, variable: Any) -> None:
        """Makes a new Variable one of this strategy."""
        variables.place(variable, self.strategy)

    def run(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        from tfjax._src.distribute import runs

        return runs.run(self.strategy, fn, args, kwargs)

    def reduce(self, operation: ReduceOp, value: Any, axis: Any) -> Any:
        if isinstance(value, LocalValue):
            return reductions.reduce_local(operation, value, axis)
        if isinstance(value, PerReplica):
            return reductions.reduce_values(self.mesh, operation, value, axis)
        if hasattr(value, "_component"):
            value = to_tensor(value)
            return self.reduce_axes(operation, value, axis)
        if axis is not None:
            return self._reduce_same(operation, to_tensor(value), axis)
        if operation is ReduceOp.SUM and np.any(
            np.asarray(value) != 0 if not _is_symbolic(value) else True
        ):
            raise ValueError(
                f"A non-DistributedValues value {value} cannot be reduced with the given reduce op {operation}."
            )
        return value

    def _reduce_same(self, operation: ReduceOp, tensor: Any, axis: Any) -> Any:
        reduced = self.reduce_axes(operation, tensor, axis)
        return reduced * self.num_replicas if operation is ReduceOp.SUM else reduced

    def gather(self, value: Any, axis: int) -> Any:
        if isinstance(value, PerReplica):
            return reductions.gather(self.mesh, value, axis)
        return value


def _is_symbolic(value: Any) -> bool:
    return getattr(value, "is_symbolic", False)
