"""Datasets whose elements are split over the replicas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError, OutOfRangeError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.data.dataset import Dataset
from tfjax._src.distribute.values import PerReplica, PerReplicaSpec, regroup
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import ConcreteValueError, Tensor


@export("distribute.InputContext")
class InputContext:
    """Tells a dataset function for which input pipeline it makes a dataset.

    Args:
      num_input_pipelines: how many there are: one per process.
      input_pipeline_id: the number of this one.
      num_replicas_in_sync: the number of replicas.

    >>> import tfjax as tf
    >>> tf.distribute.InputContext(1, 0, 4).get_per_replica_batch_size(8)
    2
    """

    def __init__(
        self,
        num_input_pipelines: int = 1,
        input_pipeline_id: int = 0,
        num_replicas_in_sync: int = 1,
    ) -> None:
        self._pipelines, self._id, self._replicas = (
            num_input_pipelines,
            input_pipeline_id,
            num_replicas_in_sync,
        )

    @property
    def num_replicas_in_sync(self) -> int:
        """The number of replicas."""
        return self._replicas

    @property
    def input_pipeline_id(self) -> int:
        """The number of this input pipeline."""
        return self._id

    @property
    def num_input_pipelines(self) -> int:
        """The number of input pipelines."""
        return self._pipelines

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """The share of one replica. Raises ValueError if the batch does not divide."""
        if global_batch_size % self._replicas != 0:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size} is not divisible by `num_replicas_in_sync` {self._replicas}."
            )
        return global_batch_size // self._replicas

    def __str__(self) -> str:
        return f"tf.distribute.InputContext(input pipeline id {self._id}, total: {self._pipelines})"

    __repr__ = __str__


class ValueContext:
    """Tells a value function for which replica it makes a value."""

    def __init__(self, replica_id_in_sync_group: int = 0, num_replicas_in_sync: int = 1) -> None:
        self._replica_id, self._replicas = replica_id_in_sync_group, num_replicas_in_sync

    @property
    def num_replicas_in_sync(self) -> int:
        """The number of replicas."""
        return self._replicas

    @property
    def replica_id_in_sync_group(self) -> int:
        """The number of the replica."""
        return self._replica_id

    def __str__(self) -> str:
        return f"tf.distribute.ValueContext(replica id {self._replica_id}, total replicas in sync: {self._replicas})"

    __repr__ = __str__


@export("distribute.DistributedDataset")
class DistributedDataset:
    """A dataset whose elements are PerReplica values; made by `Strategy.experimental_distribute_dataset`.

    Args:
      strategy: the strategy.
      elements: gives an iterator over the elements.
      spec: their specs.
      size: how many there are, -1 for infinite, -2 for unknown.
    """

    def __init__(
        self,
        strategy: Any,
        elements: Callable[[], Iterator[Any]],
        spec: Callable[[], Any],
        size: Callable[[], int],
    ) -> None:
        self._strategy, self._make, self._spec, self._size = strategy, elements, spec, size

    def __iter__(self) -> DistributedIterator:
        return DistributedIterator(self)

    @property
    def element_spec(self) -> Any:
        """The specs of the elements."""
        return self._spec()

    @property
    def cardinality(self) -> Any:
        """The number of elements; -1 for infinite, -2 for unknown."""
        return np.int64(self._size())

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The last state of `state = reduce_func(state, element)`."""
        state = initial_state
        for element in self:
            state = reduce_func(state, element)
        return state


@export("distribute.DistributedIterator")
class DistributedIterator:
    """An iterator over a distributed dataset."""

    def __init__(self, dataset: DistributedDataset) -> None:
        self._dataset = dataset
        self._elements = dataset._make()

    def __iter__(self) -> DistributedIterator:
        return self

    def __next__(self) -> Any:
        if frames.current() is not None:
            raise ConcreteValueError(
                "An iterator over a distributed dataset moves on between programs, not inside of one."
            )
        return next(self._elements)

    def get_next(self) -> Any:
        """The next element. Raises OutOfRangeError at the end."""
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError(None, None, "End of sequence [Op:IteratorGetNext]") from None

    def get_next_as_optional(self) -> Any:
        """The next element, or an empty value at the end, with `has_value()` and `get_value()`."""
        try:
            return _Optional([next(self)])
        except StopIteration:
            return _Optional([])

    @property
    def element_spec(self) -> Any:
        """The specs of the elements."""
        return self._dataset.element_spec


class _Optional:
    """A value that may be missing."""

    def __init__(self, found: list[Any]) -> None:
        self._found = found

    def has_value(self) -> Tensor:
        """Whether there is a value, as a bool tensor."""
        return Tensor(np.array(bool(self._found)))

    def get_value(self) -> Any:
        """The value. Raises InvalidArgumentError if there is none."""
        if not self._found:
            raise InvalidArgumentError(
                None, None, "The given optional does not have a value. [Op:OptionalGetValue]"
            )
        return self._found[0]


def shares(rows: int, replicas: int) -> list[int]:
    """How many rows of a global batch each replica gets: equal shares rounded up, as long as rows last."""
    share = -(-rows // replicas)
    return [max(0, min(share, rows - i * share)) for i in range(replicas)]


def distribute_dataset(strategy: Any, dataset: Any) -> Any:
    """What `Strategy.experimental_distribute_dataset` returns."""
    if not isinstance(dataset, Dataset):
        if isinstance(dataset, DistributedDataset):
            return dataset
        raise TypeError(f"`dataset` must be a tf.data.Dataset. Received: {dataset!r}")
    if strategy.num_replicas_in_sync == 1:
        return dataset
    mesh = strategy.extended.mesh

    def elements() -> Iterator[Any]:
        for element in dataset._elements():
            yield split_batch(mesh, element)

    def spec() -> Any:
        return nest.map_structure(lambda s: _split_spec(s, mesh), dataset.element_spec)

    return DistributedDataset(strategy, elements, spec, dataset._size)


def _split_spec(spec: Any, mesh: Any) -> Any:
    if not isinstance(spec, TensorSpec):
        return PerReplicaSpec(*[spec] * len(mesh.local))
    dims = spec.shape.as_list()
    rows = None if dims[0] is None else dims[0] // mesh.size
    return PerReplicaSpec(
        *[TensorSpec(TensorShape([rows, *dims[1:]]), spec.dtype)] * len(mesh.local)
    )


def split_batch(mesh: Any, element: Any) -> Any:
    """A nest of PerReplicas from a nest of tensors whose first axis is the global batch."""
    leaves = nest.flatten(element)
    sizes = [leaf.shape[0] for leaf in leaves if leaf is not None and len(leaf.shape)]
    if not sizes:
        raise InvalidArgumentError(
            None, None, "Elements of a distributed dataset need a batch axis; call `batch` first."
        )
    counts = shares(sizes[0], mesh.size)
    if len(set(counts)) > 1 and mesh.spans_processes:
        raise InvalidArgumentError(
            None,
            None,
            f"A global batch of {sizes[0]} rows does not divide by {mesh.size} replicas, which several processes need. "
            "Use a global batch size that the number of replicas divides, and `drop_remainder=True`.",
        )
    starts = np.concatenate([[0], np.cumsum(counts)])
    return nest.map_structure(lambda leaf: _split_leaf(mesh, leaf, counts, starts), element)


def _split_leaf(mesh: Any, leaf: Any, counts: list[int], starts: Any) -> Any:
    if leaf is None:
        return None
    first, last = mesh.local[0], mesh.local[-1]
    if isinstance(leaf, Tensor) and leaf._value.dtype != object and len(set(counts)) == 1:
        array = leaf._value[int(starts[first]) : int(starts[last + 1])]
        return PerReplica(None, Tensor(mesh.split(np.asarray(array))), mesh)
    return PerReplica([leaf[int(starts[i]) : int(starts[i + 1])] for i in mesh.local], None, mesh)


def distribute_from_function(strategy: Any, dataset_fn: Callable[[Any], Any]) -> Any:
    """What `Strategy.distribute_datasets_from_function` returns."""
    extended = strategy.extended
    pipelines = getattr(extended, "input_pipelines", (1, 0))
    dataset = dataset_fn(InputContext(*pipelines, strategy.num_replicas_in_sync))
    if strategy.num_replicas_in_sync == 1:
        return dataset
    mesh = extended.mesh

    def elements() -> Iterator[Any]:
        source = dataset._elements()
        while True:
            group = [element for _, element in zip(mesh.local, source)]
            if not group:
                return
            yield _group(mesh, group)

    def spec() -> Any:
        return nest.map_structure(
            lambda s: PerReplicaSpec(*[s] * len(mesh.local)), dataset.element_spec
        )

    def size() -> int:
        found = dataset._size()
        return found if found < 0 else -(-found // len(mesh.local))

    return DistributedDataset(strategy, elements, spec, size)


def _group(mesh: Any, group: Sequence[Any]) -> Any:
    """One element for each local replica as PerReplicas; replicas left over get empty batches."""
    missing = len(mesh.local) - len(group)
    if missing:
        empty = nest.map_structure(lambda leaf: leaf[:0] if len(leaf.shape) else leaf, group[0])
        group = [*group, *[empty] * missing]
    return regroup(group, mesh)


def values_from_function(strategy: Any, value_fn: Callable[[Any], Any]) -> Any:
    """What `Strategy.experimental_distribute_values_from_function` returns."""
    count = strategy.num_replicas_in_sync
    if count == 1:
        return value_fn(ValueContext(0, 1))
    mesh = strategy.extended.mesh
    values = [value_fn(ValueContext(i, count)) for i in mesh.local]
    if any(isinstance(leaf, jax.core.Tracer) for leaf in nest.flatten(values)):
        raise ValueError("`value_fn` must not return values of a trace.")
    if not nest.is_nested(values[0]) and not isinstance(values[0], Tensor):
        return PerReplica(values, None, mesh)
    return regroup(values, mesh)
