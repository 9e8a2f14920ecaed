"""Sums, means and concatenations of PerReplica values between replicas."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.distribute.mesh import ReplicaMesh
from tfjax._src.distribute.options import ReduceOp
from tfjax._src.distribute.replica import LocalValue
from tfjax._src.distribute.values import PerReplica
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.math.reductions import reduce_sum


def reduce_values(mesh: ReplicaMesh, operation: ReduceOp, value: PerReplica, axis: Any) -> Tensor:
    """A PerReplica reduced over the replicas, and along `axis` of its components if not None."""
    if value.stack is None:
        return _reduce_list(mesh, operation, value, axis)
    stack = value.stack
    if operation is ReduceOp.MEAN and not kernels.is_differentiable(stack._value.dtype):
        stack = Tensor(jnp.asarray(stack._value).astype(np.float64))
    axes = _axes(axis, len(stack.shape) - 1)
    kernel = _stack_reduction(operation, axes)
    if frames.current() is not None or isinstance(stack._value, jax.core.Tracer):
        return kernels.execute(kernel, [stack])[0]
    outputs = (Tensor(mesh.program(kernel.fn)(stack._value)[0]),)
    kernels.record(kernel, [stack], outputs)
    return outputs[0]


def _axes(axis: Any, rank: int) -> tuple[int, ...]:
    """Axes of the stack for axes of the components; the replicas' axis is always among them."""
    if axis is None:
        return (0,)
    if isinstance(axis, list):
        raise TypeError("`axis` must be an int, a tuple of ints or None. Received a list.")
    chosen = axis if isinstance(axis, tuple) else (axis,)
    for a in chosen:
        if not -rank <= a < rank:
            raise ValueError(f"`axis` = {a} is out of range for components of rank {rank}.")
    return (0, *sorted(a % rank + 1 for a in chosen))


@functools.cache
def _stack_reduction(operation: ReduceOp, axes: tuple[int, ...]) -> kernels.Kernel:
    def reduce(stack: Any) -> tuple[Any, ...]:
        if operation is ReduceOp.SUM:
            return (jnp.sum(stack, axis=axes, dtype=stack.dtype),)
        return (jnp.mean(stack, axis=axes).astype(stack.dtype),)

    return kernels.Kernel("DistributedReduce", reduce, host=False)


def _reduce_list(mesh: ReplicaMesh, operation: ReduceOp, value: PerReplica, axis: Any) -> Tensor:
    if mesh.spans_processes:
        raise InvalidArgumentError(
            None,
            None,
            "Components of different shapes on several processes cannot be reduced; give every replica the same shape.",
        )
    parts = [_host(to_tensor(v)) for v in value.values]
    count = len(parts)
    if axis is not None:
        axes = [a - 1 for a in _axes(axis, len(parts[0].shape))[1:]]
        count = sum(int(np.prod([p.shape[a] for a in axes], dtype=np.int64)) for p in parts)
        parts = [reduce_sum(p, axis=axes) for p in parts]
    for other in parts[1:]:
        if other.shape != parts[0].shape:
            raise InvalidArgumentError(
                None,
                None,
                "Inputs to operation AddN of type AddN must have the same size and shape.  "
                f"Input 0: {_short(parts[0])} != input 1: {_short(other)} [Op:AddN]",
            )
    total = functools.reduce(add, parts)
    return total if operation is ReduceOp.SUM else total / count


def _short(tensor: Tensor) -> str:
    return "[" + ",".join(map(str, tensor.shape.as_list())) + "]"


def _host(tensor: Tensor) -> Tensor:
    """A tensor of one replica's device as a tensor that any device may use."""
    array = tensor._value
    if (
        isinstance(array, jax.Array)
        and not isinstance(array, jax.core.Tracer)
        and frames.current() is None
    ):
        return Tensor(np.asarray(array))
    return tensor


def reduce_local(operation: ReduceOp, value: LocalValue, axis: Any) -> Tensor:
    """The same from inside the program of all replicas."""
    tensor = value.local
    if axis is None:
        return value.context._reduce(operation, tensor)
    axes = [a - 1 for a in _axes(axis, len(tensor.shape))[1:]]
    total = value.context._reduce(ReduceOp.SUM, reduce_sum(tensor, axis=axes))
    if operation is ReduceOp.SUM:
        return total
    count = (
        int(np.prod([tensor.shape[a] for a in axes], dtype=np.int64))
        * value.context.num_replicas_in_sync
    )
    return total / count


def gather(mesh: ReplicaMesh, value: PerReplica, axis: int) -> Tensor:
    """The components of a PerReplica side by side along `axis`."""
    if isinstance(value, LocalValue):
        return value.context._gather(value.local, axis)
    if value.stack is None:
        if mesh.spans_processes:
            raise InvalidArgumentError(
                None,
                None,
                "Components of different shapes on several processes cannot be gathered; give every replica the same shape.",
            )
        return concat([_host(to_tensor(v)) for v in value.values], axis)
    rank = len(value.stack.shape) - 1
    if not rank:
        raise ValueError(
            "Cannot gather scalars: `axis` is out of range. Gather tensors of rank 1 or more."
        )
    if not -rank <= axis < rank:
        raise ValueError(f"`axis` = {axis} is out of range for components of rank {rank}.")
    kernel = _stack_gather(axis % rank)
    array = value.stack._value
    if frames.current() is not None or isinstance(array, jax.core.Tracer):
        return kernels.execute(kernel, [value.stack])[0]
    return Tensor(mesh.program(kernel.fn)(array)[0])


@functools.cache
def _stack_gather(axis: int) -> kernels.Kernel:
    def join(stack: Any) -> tuple[Any, ...]:
        moved = jnp.moveaxis(stack, 0, axis)
        shape = list(stack.shape[1:])
        shape[axis] *= stack.shape[0]
        return (moved.reshape(shape),)

    return kernels.Kernel("DistributedGather", join, host=False)
