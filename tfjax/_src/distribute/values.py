"""Values that differ from replica to replica."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec, type_spec_from_value
from tfjax._src.distribute.mesh import ReplicaMesh
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel, tier
from tfjax._src.eager.tensor import Tensor


@export("distribute.DistributedValues")
class DistributedValues:
    """Base class of values that hold one component per replica."""

    @property
    def values(self) -> tuple[Any, ...]:
        """The components of this process's replicas."""
        raise NotImplementedError("A DistributedValues says what its components are.")

    def _repr(self, show: Callable[[Any], str]) -> str:
        lines = [f"  {i}: {show(value)}" for i, value in enumerate(self.values)]
        return f"{type(self).__name__}:{{\n" + ",\n".join(lines) + "\n}"

    def __repr__(self) -> str:
        return self._repr(repr)

    def __str__(self) -> str:
        return self._repr(str)

    def __iter__(self) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not iterable")


@export("types.experimental.distributed.PerReplica")
class PerReplica(DistributedValues):
    """One value per replica, made by `Strategy.run` or a distributed dataset.

    Tensors of one shape are kept as a *stack*, one array [replicas, ...] with a row on each device,
    which compiled programs take as it is; other values are kept one by one.
    """

    def __init__(
        self,
        values: Sequence[Any] | None,
        stack: Tensor | None = None,
        mesh: ReplicaMesh | None = None,
    ) -> None:
        self._values = None if values is None else tuple(values)
        self.stack = stack
        self.mesh = mesh

    @property
    def values(self) -> tuple[Any, ...]:
        """The components of this process's replicas."""
        if self._values is None:
            self._values = tuple(self._rows())
        return self._values

    def _rows(self) -> list[Tensor]:
        assert self.stack is not None and self.mesh is not None
        array = self.stack._value
        if isinstance(array, jax.core.Tracer) or frames.current() is not None:
            return [row_of(self.stack, i) for i in range(array.shape[0])]
        shards = [self.mesh.shard(array, i) for i in self.mesh.local]
        # On CPUs the rows are read where they are; elsewhere each stays on its device.
        return [Tensor(np.asarray(s)[0] if tier.on_cpu() else s[0]) for s in shards]

    @property
    def _type_spec(self) -> PerReplicaSpec:
        if self.stack is not None:
            row = TensorSpec(self.stack.shape[1:], self.stack.dtype)
            return PerReplicaSpec(
                *[row] * len(self.mesh.local if self.mesh else range(self.stack.shape[0]))
            )
        return PerReplicaSpec(*[type_spec_from_value(v) for v in self.values])

    def row_shape(self) -> Any:
        """The shape of the stacked rows."""
        assert self.stack is not None
        return self.stack._value.shape[1:]


@export("types.experimental.distributed.Mirrored")
class MirroredType:
    """Base class of values and Variables that are the same on every replica."""

    __slots__ = ()


class Mirrored(PerReplica, MirroredType):
    """The same value on every replica, made by reductions to Variables' devices."""


class PerReplicaSpec(TypeSpec):
    """The specs of a PerReplica's components."""

    def __init__(self, *specs: Any) -> None:
        self._value_specs = specs

    def _key(self) -> tuple[Any, ...]:
        return self._value_specs

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """True if the components' specs are compatible one by one."""
        other = (
            spec_or_value
            if isinstance(spec_or_value, TypeSpec)
            else type_spec_from_value(spec_or_value)
        )
        return (
            isinstance(other, PerReplicaSpec)
            and len(other._value_specs) == len(self._value_specs)
            and all(a.is_compatible_with(b) for a, b in zip(self._value_specs, other._value_specs))
        )

    def __repr__(self) -> str:
        return f"PerReplicaSpec({', '.join(map(repr, self._value_specs))})"


_ROWS: dict[int, kernel.Kernel] = {}


def row_of(stack: Tensor, index: int) -> Tensor:
    """Row number `index` of a stack as a tensor that tapes follow."""
    if index not in _ROWS:
        _ROWS[index] = kernel.Kernel("ReplicaRow", lambda x, i=index: (x[i],))
    return kernel.execute(_ROWS[index], [stack])[0]


def _parts(value: PerReplica) -> list[Any]:
    return [value.stack] if value.stack is not None else list(value.values)


def _build(value: PerReplica, parts: Sequence[Any]) -> PerReplica:
    if value.stack is not None:
        return type(value)(None, parts[0], value.mesh)
    return type(value)(parts, None, value.mesh)


def _layout(value: PerReplica) -> Any:
    """What has to agree for two values to have one structure."""
    return (type(value), value.stack is not None, len(_parts(value)))


nest.register_composite(PerReplica, _parts, _build, _layout)


def regroup(values: Sequence[Any], mesh: ReplicaMesh) -> Any:
    """A nest of PerReplicas from one nest for each replica.

    A leaf that is one and the same object everywhere stays as it is.
    """
    first = values[0]
    for other in values[1:]:
        nest.assert_same_structure(first, other, check_types=False)
    columns = zip(*[nest.flatten(v) for v in values])
    return nest.pack_sequence_as(first, [_regroup_leaf(list(c), mesh) for c in columns])


def _regroup_leaf(column: list[Any], mesh: ReplicaMesh) -> Any:
    first = column[0]
    if isinstance(first, PerReplica):
        return first
    if all(v is first for v in column):
        return first
    if not all(isinstance(v, Tensor) for v in column):
        return first if _equal(column) else PerReplica(column, None, mesh)
    shapes = {(v._value.shape, v._value.dtype) for v in column}
    concrete = not any(v.is_symbolic for v in column) and frames.current() is None
    if len(shapes) == 1 and concrete and first._value.dtype != object:
        return PerReplica(None, Tensor(mesh.stack_local([v._value for v in column])), mesh)
    return PerReplica(column, None, mesh)


def _equal(column: Sequence[Any]) -> bool:
    plain = (bool, int, float, complex, str, bytes, type(None))
    return all(
        isinstance(v, plain) and type(v) is type(column[0]) and v == column[0] for v in column
    )


def select(value: Any, index: int) -> Any:
    """The component of local replica number `index` of every PerReplica in a nest."""
    return nest.map_structure(
        lambda leaf: leaf.values[index] if isinstance(leaf, DistributedValues) else leaf, value
    )
