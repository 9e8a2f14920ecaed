"""Names that programs hand to strategies: reductions, options, ways to communicate."""

from __future__ import annotations

import collections
import enum
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.variable import VariableAggregation


@export("distribute.ReduceOp")
class ReduceOp(enum.Enum):
    """How values of several replicas become one: SUM or MEAN.

    >>> import tfjax as tf
    >>> tf.distribute.ReduceOp.SUM
    <ReduceOp.SUM: 'SUM'>
    """

    SUM = "SUM"
    MEAN = "MEAN"

    @staticmethod
    def from_variable_aggregation(aggregation: Any) -> ReduceOp:
        """The reduction that a `tf.VariableAggregation` means."""
        found = {
            VariableAggregation.SUM: ReduceOp.SUM,
            VariableAggregation.MEAN: ReduceOp.MEAN,
        }.get(aggregation)
        if found is None:
            raise ValueError(
                f"Could not convert from `tf.VariableAggregation` {aggregation} to`tf.distribute.ReduceOp` type"
            )
        return found


def as_reduce_op(value: Any) -> ReduceOp:
    """A ReduceOp from itself or its name; ValueError for anything else."""
    if isinstance(value, ReduceOp):
        return value
    if isinstance(value, str):
        return ReduceOp(value.upper())
    raise ValueError(
        f"`reduce_op` must be a tf.distribute.ReduceOp or its name. Received: {value!r}"
    )


@export("distribute.InputReplicationMode")
class InputReplicationMode(enum.Enum):
    """How many input pipelines there are: one per worker, or one per replica."""

    PER_WORKER = "PER_WORKER"
    PER_REPLICA = "PER_REPLICA"


_InputOptions = collections.namedtuple(
    "InputOptions",
    "experimental_fetch_to_device experimental_replication_mode experimental_place_dataset_on_device experimental_per_replica_buffer_size",
)


@export("distribute.InputOptions")
class InputOptions(_InputOptions):
    """How inputs reach the devices: hints without effect on the values.

    Args:
      experimental_fetch_to_device: no effect: batches go to their devices at once.
      experimental_replication_mode: PER_WORKER only.
      experimental_place_dataset_on_device: no effect.
      experimental_per_replica_buffer_size: no effect.
    """

    __slots__ = ()

    def __new__(
        cls,
        experimental_fetch_to_device: Any = None,
        experimental_replication_mode: Any = InputReplicationMode.PER_WORKER,
        experimental_place_dataset_on_device: bool = False,
        experimental_per_replica_buffer_size: int = 1,
    ) -> InputOptions:
        if experimental_fetch_to_device is None:
            experimental_fetch_to_device = True
        return super().__new__(
            cls,
            experimental_fetch_to_device,
            experimental_replication_mode,
            experimental_place_dataset_on_device,
            experimental_per_replica_buffer_size,
        )


_RunOptions = collections.namedtuple(
    "RunOptions",
    "experimental_enable_dynamic_batch_size experimental_bucketizing_dynamic_shape experimental_xla_options",
)


@export("distribute.RunOptions")
class RunOptions(_RunOptions):
    """Options of `Strategy.run`: hints for TPUs, without effect."""

    __slots__ = ()

    def __new__(
        cls,
        experimental_enable_dynamic_batch_size: bool = True,
        experimental_bucketizing_dynamic_shape: bool = False,
        experimental_xla_options: Any = None,
    ) -> RunOptions:
        return super().__new__(
            cls,
            experimental_enable_dynamic_batch_size,
            experimental_bucketizing_dynamic_shape,
            experimental_xla_options,
        )


@export(
    "distribute.experimental.CommunicationImplementation",
    "distribute.experimental.CollectiveCommunication",
)
class CommunicationImplementation(enum.Enum):
    """A wish for how workers talk: a hint; JAX takes Gloo on CPUs and NCCL on GPUs."""

    AUTO = "AUTO"
    RING = "RING"
    NCCL = "NCCL"


@export("distribute.experimental.CommunicationOptions")
class CommunicationOptions:
    """How workers talk to each other.

    Args:
      bytes_per_pack: no effect: XLA decides how to combine messages.
      timeout_seconds: how long a worker waits for the others at the start.
      implementation: no effect.

    Raises:
      ValueError: for a negative `bytes_per_pack` or `timeout_seconds`.
    """

    def __init__(
        self,
        bytes_per_pack: int = 0,
        timeout_seconds: float | None = None,
        implementation: Any = CommunicationImplementation.AUTO,
    ) -> None:
        if bytes_per_pack < 0:
            raise ValueError(f"Argument `bytes_per_pack` must be >=0, Received {bytes_per_pack}.")
        if isinstance(implementation, str):
            implementation = CommunicationImplementation(implementation.upper())
        if not isinstance(implementation, CommunicationImplementation):
            raise ValueError(
                "Argument `implementation` must be instance of `tf.distribute.experimental.CommunicationImplementation`."
            )
        self.bytes_per_pack, self.timeout_seconds, self.implementation = (
            bytes_per_pack,
            timeout_seconds,
            implementation,
        )


@export("distribute.experimental.CollectiveHints")
class CollectiveHints:
    """The old name of CommunicationOptions."""

    def __new__(cls, bytes_per_pack: int = 0, timeout_seconds: float | None = None) -> Any:
        return CommunicationOptions(bytes_per_pack, timeout_seconds)


@export("distribute.CrossDeviceOps")
class CrossDeviceOps:
    """A wish for how devices talk: a hint without effect, XLA chooses."""

    def __init__(self) -> None:
        pass


@export("distribute.ReductionToOneDevice")
class ReductionToOneDevice(CrossDeviceOps):
    """Reduce on one device, then copy: a hint without effect."""

    def __init__(self, reduce_to_device: Any = None, accumulation_fn: Any = None) -> None:
        super().__init__()
        self.reduce_to_device, self.accumulation_fn = reduce_to_device, accumulation_fn


class _AllReduce(CrossDeviceOps):
    def __init__(self, num_packs: int = 1) -> None:
        if num_packs < 0:
            raise ValueError(
                f"NCCL all-reduce requires num_packs >= 0, but {num_packs} is specified"
            )
        super().__init__()
        self.num_packs = num_packs


@export("distribute.NcclAllReduce")
class NcclAllReduce(_AllReduce):
    """All-reduce by NCCL: a hint without effect."""


@export("distribute.HierarchicalCopyAllReduce")
class HierarchicalCopyAllReduce(_AllReduce):
    """All-reduce in a hierarchy: a hint without effect."""
