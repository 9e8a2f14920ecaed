"""`Strategy.run` inside a trace: one `jax.shard_map` over the replica axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.sharding import PartitionSpec

from tfjax._src.core import nest
from tfjax._src.distribute.mesh import AXIS
from tfjax._src.distribute.replica import SpmdContext
from tfjax._src.distribute.values import PerReplica
from tfjax._src.distribute.variables import DistributedVariable, SpreadVariable
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import replicas
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.kernel import Kernel
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function import capture


class ReplicaFrame(frames.Frame):
    """Variables as one replica sees them: of a spread Variable, its own value.

    Args:
      parent: the frame of the program between replicas.
      index: the replica, or None when one trace stands for all.
    """

    def __init__(self, parent: frames.Frame | None, index: int | None = None) -> None:
        super().__init__(parent, "replica")
        self.index = index

    def read(self, variable: Any) -> Any:
        value = self.values.get(id(variable))
        if value is None:
            value = self.values[id(variable)] = self._own(variable)
        return value

    def _own(self, variable: Any) -> Any:
        assert self.parent is not None
        if self.index is not None:
            outer = self.parent.read(variable)
            return outer[self.index] if isinstance(variable, SpreadVariable) else outer
        if not isinstance(variable, DistributedVariable):
            return self.parent.read(variable)
        # The stand-in knows nothing of the mesh; it is found among the constants of the trace and
        # becomes an input, of a spread Variable with a row on each device.
        alias = variable.local_alias(variable._mesh.local[0])
        self.captured[id(variable)] = (variable, alias)
        return alias

    def next_op_seed(self) -> int:
        return self.root().next_op_seed()


def is_uniform(leaves: Sequence[Any]) -> bool:
    """Whether one trace can stand for all replicas: every PerReplica among the arguments is a stack."""
    return all(leaf.stack is not None for leaf in leaves if isinstance(leaf, PerReplica))


def run(strategy: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`function` on every replica as one SPMD program inside the current trace."""
    mesh = strategy.extended.mesh
    leaves = nest.flatten((args, kwargs))
    stacks = [leaf.stack for leaf in leaves if isinstance(leaf, PerReplica)]
    outer = frames.current()
    assert outer is not None
    frame = ReplicaFrame(outer)
    context = SpmdContext(strategy, None)

    def body(*rows: Tensor) -> Any:
        supply = iter(rows)
        own = [next(supply) if isinstance(leaf, PerReplica) else leaf for leaf in leaves]
        own_args, own_kwargs = nest.pack_sequence_as((args, kwargs), own)
        with replicas.switched(strategy=strategy, replica=context, merging=None):
            return nest.map_structure(_as_read, function(*own_args, **own_kwargs))

    avals = [jax.ShapeDtypeStruct(s._value.shape[1:], s._value.dtype) for s in stacks]
    traced = capture.trace(body, avals, frame, axis_env=[(AXIS, mesh.size)])
    known = {id(alias): variable for variable, alias in frame.captured.values()}
    sources = [known.get(id(c)) for c in traced.captures]
    captured = [c if v is None else outer.read(v) for c, v in zip(traced.captures, sources)]
    rows_in = [isinstance(v, SpreadVariable) for v in sources] + [True] * len(stacks)
    count = traced.structure.count
    rows_out = [True] * count + [isinstance(v, SpreadVariable) for v in traced.written]
    fn = traced.fn
    if any(v is None and _on_mesh(c) for c, v in zip(traced.captures, sources)):
        fn = _traced_again(body, outer, sources, traced.written)
    kernel = Kernel("DistributedRun", _program(mesh, fn, rows_in, rows_out), host=False)
    outputs = kernels.execute(kernel, [*capture.tracked_tensors(captured), *stacks])
    for variable, value in zip(traced.written, outputs[count:]):
        variable.store(value._value)
    return traced.structure.rebuild([PerReplica(None, t, mesh) for t in outputs[:count]])


def _on_mesh(value: Any) -> bool:
    """Whether JAX knows of a mesh for an array, so that it may not meet arrays inside of shard_map."""
    sharding = getattr(jax.typeof(value), "sharding", None)
    return sharding is not None and not getattr(sharding.mesh, "empty", True)


def _traced_again(
    body: Callable[..., Any], outer: Any, sources: Sequence[Any], written: Sequence[Any]
) -> Callable[..., Any]:
    """`body` as a function that is traced inside of shard_map, with what it captures as inputs.

    Needed where `body` closes over tensors that lie on the mesh: JAX brings those in itself.
    """

    def fn(*args: Any) -> list[Any]:
        frame = ReplicaFrame(outer)
        for variable, value in zip(sources, args):
            if variable is not None:
                frame.values[id(variable)] = value
        with frames.enter(frame), tapes.suspended():
            arrays, _ = capture.take_apart(body(*[Tensor(a) for a in args[len(sources) :]]))
            return [jax.numpy.asarray(a) for a in [*arrays, *[frame.read(v) for v in written]]]

    return fn


def _as_read(value: Any) -> Any:
    """A Variable that a replica returns is what the replica reads."""
    return value._dense_var_to_tensor() if isinstance(value, Variable) else value


def _spec(rows: bool) -> PartitionSpec:
    return PartitionSpec(AXIS) if rows else PartitionSpec()


def _program(
    mesh: Any, fn: Callable[..., Any], rows_in: list[bool], rows_out: list[bool]
) -> Callable[..., Any]:
    """`fn` on each device's rows; what differs between replicas comes out as stacks."""

    def on_device(*values: Any) -> Any:
        outs = fn(*[v[0] if rows else v for v, rows in zip(values, rows_in)])
        return tuple(o[None] if rows else o for o, rows in zip(outs, rows_out))

    # Mirrored outputs are equal by construction: they come from collectives.
    mapped = jax.shard_map(
        on_device,
        mesh=mesh.mesh,
        in_specs=tuple(map(_spec, rows_in)),
        out_specs=tuple(map(_spec, rows_out)),
        check_vma=False,
    )
    return lambda *values: tuple(mapped(*values))
