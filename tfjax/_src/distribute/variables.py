"""Variables of strategies with several replicas.

A *mirrored* Variable has one value, which every device holds. A *spread* one holds a value per
replica, as a stack over the mesh: those that synchronise on read (metrics), and those that are not
trainable and have no aggregation (moving statistics, seeds), which TensorFlow lets drift apart too.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.distribute.mesh import ReplicaMesh
from tfjax._src.distribute.options import ReduceOp
from tfjax._src.distribute.values import MirroredType, PerReplica
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel, replicas
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable, VariableAggregation, VariableSynchronization

# Frames of whole programs: there the layout of a Variable is fixed, so that it does not drift.
_OUTERMOST = ("function", "step")
_classes: dict[tuple[type, type], type] = {}


def place(variable: Variable, strategy: Any) -> None:
    """Makes a Variable just created one of `strategy`."""
    synchronization, aggregation = variable._var_metadata["tf_sync"]
    if synchronization is VariableSynchronization.NONE:
        raise ValueError(
            "`NONE` variable synchronization mode is not supported with tf.distribute strategy. "
            f"Please change the `synchronization` for variable: {variable.name}"
        )
    raw = variable._raw_value
    if raw.dtype == object:
        return  # strings stay in the host's memory
    on_read = synchronization is VariableSynchronization.ON_READ
    spread = on_read or (aggregation is VariableAggregation.NONE and not variable.trainable)
    if not on_read:
        synchronization = VariableSynchronization.ON_WRITE
    mesh: ReplicaMesh = strategy.extended.mesh
    with frames.init_scope():
        stored = mesh.mirror(raw)
        if spread:
            stored = mesh.program(_copies(mesh.size), rows=True)(stored)
    variable.__dict__["_held"] = stored
    variable._var_metadata["tf_sync"] = (synchronization, aggregation)
    variable.__dict__["_strategy"] = strategy
    variable.__class__ = _class_for(
        type(variable), SpreadVariable if spread else MirroredVariable, on_read
    )


def _class_for(base: type, kind: type, on_read: bool) -> type:
    key = (base, kind)
    if key not in _classes:
        plain = base.__module__ == Variable.__module__
        name = ("SyncOnReadVariable" if on_read else "MirroredVariable") if plain else base.__name__
        _classes[key] = type(name, (kind, base), {"__slots__": (), "_undistributed": base})
    return _classes[key]


_copy_functions: dict[int, Any] = {}


def _copies(count: int) -> Any:
    if count not in _copy_functions:
        _copy_functions[count] = lambda value: jnp.broadcast_to(value, (count, *value.shape))
    return _copy_functions[count]


class DistributedVariable(Variable):
    """What mirrored and spread Variables have in common."""

    __slots__ = ()
    _undistributed: type = Variable

    @property
    def distribute_strategy(self) -> Any:
        """The strategy in whose scope the Variable was made."""
        return self.__dict__["_strategy"]

    @property
    def _mesh(self) -> ReplicaMesh:
        return self.__dict__["_strategy"].extended.mesh

    @property
    def _raw_value(self) -> Any:  # type: ignore[override]
        return self.__dict__["_held"]

    @_raw_value.setter
    def _raw_value(self, value: Any) -> None:
        if "_strategy" in self.__dict__:
            self.set_array(value)
        else:
            self.__dict__["_held"] = value  # a copy in the making

    @property
    def device(self) -> str:
        """The name of the device that holds the first component."""
        return self.__dict__["_strategy"].extended.worker_devices[0]

    @property
    def values(self) -> tuple[Any, ...]:
        """The components of this process's replicas, as Variables that are copies."""
        found = []
        for i in self._mesh.local:
            name = self._shared_name if i == 0 else f"{self._shared_name}/replica_{i}"
            with replicas.switched(place=None, replica=None):
                found.append(
                    Variable(np.asarray(self._component(i)), trainable=self.trainable, name=name)
                )
        return tuple(found)

    def _hold(self, array: Any) -> None:
        self.__dict__["_held"] = array

    def _dense_var_to_tensor(
        self, dtype: Any = None, name: Any = None, as_ref: bool = False
    ) -> Tensor:
        raw = self.current_array()
        tensor = self.__dict__.get("_read")
        if tensor is None or tensor._value is not raw:
            tensor = self.__dict__["_read"] = Tensor(raw)
        if tapes.tapes.stack and self.trainable:
            tapes.watch_read(self, tensor)
        return self._autocast(tensor) if hasattr(self, "_autocast") else tensor

    def stored_tensor(self) -> Tensor:
        tensor = Tensor(self.stored())
        if tapes.tapes.stack and self.trainable:
            tapes.watch_read(self, tensor)
        return tensor

    def local_alias(self, index: int) -> Any:
        """A new array object that stands for one replica's value in a trace of that replica."""
        with jax.ensure_compile_time_eval():
            return frames.fresh_alias(self._component(index))

    def traced_alias(self) -> Any:
        if replicas.state.exporting:
            with frames.init_scope():
                return frames.fresh_alias(jnp.array(np.asarray(self.current_array())))
        index = self._thread()
        return (
            frames.fresh_alias(self.__dict__["_held"]) if index is None else self.local_alias(index)
        )

    def _laid_out(self, frame: Any) -> bool:
        """Whether the values of a frame lie on the mesh: in programs between replicas."""
        return frame.kind in _OUTERMOST and self._thread() is None and not replicas.state.exporting

    def _thread(self) -> int | None:
        """The number of the replica whose own thread this is, if it is one."""
        replica = replicas.state.replica
        return replica.index if replica is not None and replica.alone else None

    def _component(self, index: int) -> Any:
        raise NotImplementedError("A kind of distributed Variable says what its components are.")

    def _deliver(self, tensor: Tensor, how: str, read_value: bool) -> Any:
        """Writes `tensor` as `assign`, `assign_add` or `assign_sub` ("set", "add", "sub")."""
        raise NotImplementedError("A kind of distributed Variable says how it is written.")

    def assign(
        self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Replaces the value; in a replica as the Variable's aggregation says."""
        if isinstance(value, PerReplica):
            return self._assign_per_replica(value, read_value)
        if (
            hasattr(self, "autocast_scope")
            and hasattr(value, "dtype")
            and dtypes.as_dtype(value.dtype) != self.dtype
        ):
            value = kernel.execute(_cast(self.dtype), [to_tensor(value)])[0]
        tensor = to_tensor(value, self.dtype)
        if tensor.shape != self.shape and not self._may_become(tensor):
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch.The variable shape "
                f"{tuple(self.shape)}, and the assigned value shape {tuple(tensor.shape)} are incompatible."
            )
        return self._deliver(tensor, "set", read_value)

    def _assign_per_replica(self, value: PerReplica, read_value: bool) -> Any:
        strategy = self.__dict__["_strategy"]
        if self.aggregation in (VariableAggregation.SUM, VariableAggregation.MEAN):
            return self.assign(
                strategy.reduce(
                    ReduceOp.from_variable_aggregation(self.aggregation), value, axis=None
                ),
                read_value=read_value,
            )
        return self.assign(value.values[0], read_value=read_value)

    def _update(self, which: str, value: Any, read_value: bool) -> Any:
        delta = to_tensor(value, self.dtype)
        if delta.shape != self.shape:
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch.The variable shape "
                f"{tuple(self.shape)}, and the assigned value shape {tuple(delta.shape)} are incompatible."
            )
        return self._deliver(delta, which, read_value)

    def __reduce__(self) -> Any:
        from tfjax._src.eager.variable import _rebuild

        return _rebuild, (
            self._undistributed,
            np.asarray(self._raw_value),
            dict(self._var_metadata),
            self.constraint,
        )

    def _components_repr(self) -> str:
        lines = [f"  {i}: {value!r}" for i, value in enumerate(self.values)]
        return f"{type(self).__name__}:{{\n" + ",\n".join(lines) + "\n}"

    def __repr__(self) -> str:
        if hasattr(self, "autocast_scope") or frames.current() is not None:
            return super().__repr__()
        return self._components_repr()

    __str__ = __repr__


def _apply(which: str, current: Any, delta: Any) -> Any:
    """`current` changed by `delta` as "set", "add" or "sub" says."""
    if which == "set":
        return delta
    return current + delta if which == "add" else current - delta


class MirroredVariable(DistributedVariable, MirroredType):
    """One value on all devices."""

    __slots__ = ()

    def current_array(self) -> Any:
        frame = frames._state.frame
        if frame is not None:
            return frame.read(self)
        raw = self.__dict__["_held"]
        if (index := self._thread()) is not None:
            return self._mesh.shard(raw, index)
        # Eager work in one of several processes must not start a program on all of them.
        return self._mesh.shard(raw, self._mesh.local[0]) if self._mesh.spans_processes else raw

    def stored(self) -> Any:
        frame = frames._state.frame
        if frame is not None:
            return frame.read(self)
        return self.current_array() if self._thread() is not None else self.__dict__["_held"]

    def store(self, array: Any) -> None:
        frame = frames._state.frame
        if frame is None:
            self._hold(array)
        else:
            frame.write(self, self._mesh.pin(array) if self._laid_out(frame) else array)

    def set_array(self, array: Any) -> None:
        if frames._state.frame is None:
            array = self._mesh.mirror(array)
        self.store(array)

    def _component(self, index: int) -> Any:
        return self._mesh.shard(self.__dict__["_held"], index)

    def _deliver(self, tensor: Tensor, how: str, read_value: bool) -> Any:
        replica = replicas.state.replica
        if replica is None:
            self._write(tensor, how)
        else:
            replica.write_together(self.aggregation, tensor, lambda value: self._write(value, how))
        return self if read_value else None

    def _write(self, tensor: Tensor, how: str) -> None:
        value = tensor._value
        if how == "set":
            self.set_array(jnp.asarray(value) if isinstance(value, np.ndarray) else value)
        else:
            self.set_array(_apply(how, self.current_array(), jnp.asarray(value)))


class SpreadVariable(DistributedVariable):
    """A value for each replica."""

    __slots__ = ()

    @property
    def _raw_value(self) -> Any:  # type: ignore[override]
        """The one value that stands for all: what a read between replicas gives."""
        return self.current_array()

    @_raw_value.setter
    def _raw_value(self, value: Any) -> None:
        DistributedVariable._raw_value.fset(self, value)  # type: ignore[attr-defined]

    @property
    def dtype(self) -> DType:
        return dtypes.FROM_NUMPY[self.__dict__["_held"].dtype]

    @property
    def shape(self) -> TensorShape:
        return TensorShape(self.__dict__["_held"].shape[1:])

    @property
    def ndim(self) -> int:
        return self.__dict__["_held"].ndim - 1

    def current_array(self) -> Any:
        state = replicas.state
        frame = frames._state.frame
        if frame is None:
            index = self._thread()
            return self._joined_now() if index is None else self._component(index)
        if state.replica is not None or state.exporting:
            return frame.read(self)
        if state.merging is not None:
            return state.merging.join(frame.read(self), self._join_op())
        return _joined(frame.read(self), self._join_op())

    def _joined_now(self) -> Any:
        operation, stored = self._join_op(), self.__dict__["_held"]
        if operation is None:
            return self._component(self._mesh.local[0])
        return self._mesh.program(_JOINS[operation])(stored)

    def _is_sum(self) -> bool:
        return (
            self.synchronization is VariableSynchronization.ON_READ
            and self.aggregation is VariableAggregation.SUM
        )

    def _join_op(self) -> ReduceOp | None:
        """The reduction that a read between replicas makes; None takes the first replica's value."""
        if (
            self.synchronization is VariableSynchronization.ON_WRITE
            or self.aggregation is VariableAggregation.ONLY_FIRST_REPLICA
        ):
            return None
        return ReduceOp.from_variable_aggregation(self.aggregation)

    def stored(self) -> Any:
        frame = frames._state.frame
        if frame is not None:
            return frame.read(self)
        index = self._thread()
        return self.__dict__["_held"] if index is None else self._component(index)

    def store(self, array: Any) -> None:
        frame = frames._state.frame
        if frame is not None:
            frame.write(self, self._mesh.pin_rows(array) if self._laid_out(frame) else array)
        elif (index := self._thread()) is not None:
            self._set_component(index, array)
        else:
            self._hold(array)

    def set_array(self, array: Any) -> None:
        frame, state = frames._state.frame, replicas.state
        if self._thread() is not None or (
            frame is not None and (state.replica is not None or state.exporting)
        ):
            self.store(array)
            return
        if self._is_sum():
            # Read as a sum, the replicas' values have to add up to what was set.
            count, array = self._mesh.size, jnp.asarray(array)
            whole = jnp.issubdtype(array.dtype, jnp.integer)
            array = array // count if whole else array / jnp.asarray(count, array.dtype)
        if frame is not None and state.merging is not None:
            self.store(array)
        elif frame is not None:
            self.store(_copies(self._mesh.size)(jnp.asarray(array)))
        else:
            mirrored = self._mesh.mirror(array)
            self._hold(self._mesh.program(_copies(self._mesh.size), rows=True)(mirrored))

    def _component(self, index: int) -> Any:
        return self._mesh.shard(self.__dict__["_held"], index)[0]

    def _set_component(self, index: int, array: Any) -> None:
        mesh, stored = self._mesh, self.__dict__["_held"]
        pieces = [mesh.shard(stored, i) for i in mesh.local]
        pieces[mesh.local.index(index)] = jax.device_put(
            jnp.asarray(array)[None], mesh.devices[index]
        )
        self._hold(mesh.assemble(pieces))

    def _deliver(self, tensor: Tensor, how: str, read_value: bool) -> Any:
        value = jnp.asarray(tensor._value)
        if replicas.state.replica is not None:
            self.store(_apply(how, self.current_array(), value))
            return self if read_value else None
        if self._is_sum():
            if how != "set":
                raise ValueError(
                    f"SyncOnReadVariable does not support `assign_{how}` in cross-replica context when "
                    "aggregation is set to `tf.VariableAggregation.SUM`."
                )
        elif (
            self.synchronization is VariableSynchronization.ON_READ
            and self.aggregation is VariableAggregation.NONE
        ):
            self._join_op()
        self.set_array(value if how == "set" else _apply(how, self.current_array(), value))
        return self if read_value else None


def _joined(stack: Any, operation: ReduceOp | None) -> Any:
    return stack[0] if operation is None else _JOINS[operation](stack)


def _sum(stack: Any) -> Any:
    return jnp.sum(stack, axis=0, dtype=stack.dtype)


def _mean(stack: Any) -> Any:
    return jnp.mean(stack, axis=0).astype(stack.dtype)


_JOINS = {ReduceOp.SUM: _sum, ReduceOp.MEAN: _mean}
_casts: dict[DType, kernel.Kernel] = {}


def _cast(dtype: DType) -> kernel.Kernel:
    if dtype not in _casts:
        _casts[dtype] = kernel.Kernel("Cast", lambda x: (x.astype(dtype.np),))
    return _casts[dtype]
