"""What code running as one replica sees: its number, and ways to talk to the other replicas."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.distribute.mesh import AXIS
from tfjax._src.distribute.options import ReduceOp, as_reduce_op
from tfjax._src.distribute.values import PerReplica
from tfjax._src.eager import kernel, replicas
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import VariableAggregation


@export("distribute.ReplicaContext")
class ReplicaContext:
    """The view of one replica, as `tf.distribute.get_replica_context()` gives it.

    This class serves strategies with a single replica; subclasses serve several.

    >>> import tfjax as tf
    >>> tf.distribute.get_replica_context().num_replicas_in_sync
    1
    """

    # True where every replica runs Python of its own and eager Variables are written once for all.
    alone = False

    def __init__(self, strategy: Any, replica_id_in_sync_group: Any) -> None:
        self._strategy = strategy
        self._replica_id = replica_id_in_sync_group

    @property
    def strategy(self) -> Any:
        """The strategy in force."""
        return self._strategy

    @property
    def num_replicas_in_sync(self) -> int:
        """The number of replicas."""
        return self._strategy.num_replicas_in_sync

    @property
    def replica_id_in_sync_group(self) -> Any:
        """The number of this replica, from 0."""
        return self._replica_id

    @property
    def devices(self) -> list[str]:
        """The name of this replica's device."""
        return [self._strategy.extended.worker_devices[self._position()]]

    def _position(self) -> int:
        return int(self._replica_id)

    def __enter__(self) -> ReplicaContext:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass

    def merge_call(self, merge_fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """Calls `merge_fn(strategy, *args, **kwargs)` once, between replicas.

        Arguments that are tensors arrive as PerReplica values; a PerReplica result gives each
        replica its component.
        """
        before = replicas.state.single
        with replicas.switched(single=None):
            del before
            return merge_fn(self._strategy, *args, **(kwargs or {}))

    def all_reduce(self, reduce_op: Any, value: Any, options: Any = None) -> Any:
        """The sum or mean of `value` over all replicas, for each of them.

        Args:
          reduce_op: "SUM", "MEAN" or a ReduceOp.
          value: a nest of tensors.
          options: no effect.
        """
        operation = as_reduce_op(reduce_op)
        return nest.map_structure(lambda leaf: self._reduce(operation, to_tensor(leaf)), value)

    def all_gather(self, value: Any, axis: int, options: Any = None) -> Any:
        """The values of all replicas side by side along `axis`, for each of them; `options` has no effect."""
        return nest.map_structure(lambda leaf: self._gather(to_tensor(leaf), axis), value)

    def _reduce(self, operation: ReduceOp, tensor: Tensor) -> Tensor:
        return tensor

    def _gather(self, tensor: Tensor, axis: int) -> Tensor:
        return tensor

    def trace_key(self) -> Any:
        """What a tf.function traced inside depends on."""
        return "replica"

    def write_plain(self, tensor: Tensor, adds: bool) -> Tensor:
        """What a write to a Variable of no strategy comes to, once every replica has made it.

        Additions add up, of other values the last one stays.
        """
        return tensor

    # -- for Variables and optimizers ----------------------------------------------------------
    def write_together(
        self, aggregation: Any, tensor: Tensor, write: Callable[[Tensor], None]
    ) -> None:
        """Brings the replicas' new values of a mirrored Variable together and writes the result."""
        self.reduce_and_update(aggregation, [tensor], lambda values: write(values[0]))

    def reduce_and_update(
        self, aggregation: Any, tensors: Sequence[Tensor], update: Callable[[list[Tensor]], None]
    ) -> None:
        """Calls `update` with the aggregated tensors so that mirrored Variables change once."""
        update([self._aggregate(aggregation, t) for t in tensors])

    def _aggregate(self, aggregation: Any, tensor: Tensor) -> Tensor:
        if aggregation in (VariableAggregation.SUM, VariableAggregation.MEAN):
            return self._reduce(ReduceOp.from_variable_aggregation(aggregation), tensor)
        return self._from_first(tensor)

    def _from_first(self, tensor: Tensor) -> Tensor:
        return tensor


# -- one compiled program for all replicas -----------------------------------------------------------
def _sum(x: Any) -> tuple[Any, ...]:
    return (jax.lax.psum(x, AXIS),)


def _mean(x: Any) -> tuple[Any, ...]:
    return (jax.lax.pmean(x, AXIS).astype(x.dtype),)


def _only(replica: int, x: Any) -> tuple[Any, ...]:
    mine = jnp.where(
        jax.lax.axis_index(AXIS) == replica % jax.lax.axis_size(AXIS), x, jnp.zeros_like(x)
    )
    return (jax.lax.psum(mine, AXIS).astype(x.dtype),)


_REDUCTIONS = {
    ReduceOp.SUM: kernel.Kernel("CollectiveReduceV2", _sum, host=False),
    ReduceOp.MEAN: kernel.Kernel("CollectiveReduceV2", _mean, host=False),
}
_BROADCAST = kernel.Kernel("CollectiveBcastSendV2", functools.partial(_only, 0), host=False)
_LAST = kernel.Kernel("CollectiveBcastSendV2", functools.partial(_only, -1), host=False)
_gathers: dict[int, kernel.Kernel] = {}


def _gather_kernel(axis: int) -> kernel.Kernel:
    if axis not in _gathers:
        _gathers[axis] = kernel.Kernel(
            "CollectiveGatherV2",
            lambda x: (jax.lax.all_gather(x, AXIS, axis=axis, tiled=True),),
            host=False,
        )
    return _gathers[axis]


class SpmdContext(ReplicaContext):
    """All replicas at once: one trace stands for every replica, collectives are XLA's."""

    index = None

    @property
    def replica_id_in_sync_group(self) -> Any:
        return Tensor(jax.lax.axis_index(AXIS).astype(np.int32))

    def _position(self) -> int:
        return 0

    def _reduce(self, operation: ReduceOp, tensor: Tensor) -> Tensor:
        if operation is ReduceOp.MEAN and not kernel.is_differentiable(tensor._value.dtype):
            tensor = Tensor(jnp.asarray(tensor._value).astype(np.float64))
        return kernel.execute(_REDUCTIONS[operation], [tensor])[0]

    def _gather(self, tensor: Tensor, axis: int) -> Tensor:
        rank = len(tensor.shape)
        if not rank:
            raise ValueError("all_gather needs tensors of rank 1 or more. Received a scalar.")
        return kernel.execute(_gather_kernel(axis % rank), [tensor])[0]

    def _from_first(self, tensor: Tensor) -> Tensor:
        return kernel.execute(_BROADCAST, [tensor])[0]

    def write_plain(self, tensor: Tensor, adds: bool) -> Tensor:
        return kernel.execute(_REDUCTIONS[ReduceOp.SUM] if adds else _LAST, [tensor])[0]

    def join(self, local: Any, operation: ReduceOp | None) -> Any:
        """The reduction of an array over the replicas; None takes the first replica's."""
        return (_BROADCAST if operation is None else _REDUCTIONS[operation]).fn(local)[0]

    def merge_call(self, merge_fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        wrapped = nest.map_structure(
            lambda v: LocalValue(v, self) if isinstance(v, Tensor) else v,
            (tuple(args), kwargs or {}),
        )
        with replicas.switched(replica=None, merging=self):
            result = merge_fn(self._strategy, *wrapped[0], **wrapped[1])
            return nest.map_structure(self._mine, result)

    def _mine(self, value: Any) -> Any:
        if isinstance(value, LocalValue):
            return value.local
        if isinstance(value, PerReplica):
            stack = [to_tensor(v)._value for v in value.values]
            return Tensor(jnp.stack(stack)[jax.lax.axis_index(AXIS)])
        return value

    def trace_key(self) -> Any:
        return "spmd"


class LocalValue(PerReplica):
    """A PerReplica seen from inside the program: this replica's component, the others a gather away."""

    def __init__(self, local: Tensor, context: SpmdContext) -> None:
        super().__init__(None, None, None)
        self.local, self.context = local, context

    @property
    def values(self) -> tuple[Any, ...]:
        if self._values is None:
            stack = jax.lax.all_gather(jnp.asarray(self.local._value), AXIS)
            self._values = tuple(Tensor(stack[i]) for i in range(stack.shape[0]))
        return self._values


nest.register_composite(
    LocalValue,
    lambda v: [v.local],
    lambda v, parts: LocalValue(parts[0], v.context),
    lambda v: LocalValue,
)
