"""tf.Variable: mutable state that is also a Flax `nnx.Variable`."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from tfjax._src.core import dtypes, names
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager import devices, kernel, printing, replicas
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import VARIABLE_TYPES
from tfjax._src.eager.tensor import InitialValueError, Reference, Tensor

_unique = itertools.count()
_object_setattr = object.__setattr__


@export("VariableSynchronization")
class VariableSynchronization(enum.Enum):
    """When copies of a Variable on several replicas are brought together."""

    AUTO, NONE, ON_WRITE, ON_READ = 0, 1, 2, 3


@export("VariableAggregation")
class VariableAggregation(enum.Enum):
    """How copies of a Variable on several replicas are brought together."""

    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = 0, 1, 2, 3


class _VariableType(type(nnx.Variable)):  # type: ignore[misc]
    """The class of `Variable`: `Variable(…)` asks the creators in force."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if frames._state.maker is not None and cls is Variable:
            return frames._state.maker(super().__call__, args, kwargs)
        return super().__call__(*args, **kwargs)


@export("Variable")
class Variable(nnx.Variable, metaclass=_VariableType):
    """A tensor that can be assigned to. Reads give Tensors; a trainable one is watched by tapes.

    It is an `nnx.Variable` (a trainable one an `nnx.Param`), so Flax sees models made of it.

    Args:
      initial_value: a value, or a callable without arguments that returns one.
      trainable: whether tapes watch it; True by default.
      validate_shape: no effect; shapes are always known.
      caching_device: no effect.
      name: shown in its repr.
      variable_def: not supported: raises ValueError.
      dtype: converts the initial value.
      import_scope: no effect.
      constraint: applied by optimizers after each update.
      synchronization, aggregation: for tf.distribute.
      shape: a static shape that the initial value must fit.
      experimental_enable_variable_lifting: no effect.

    >>> import tfjax as tf
    >>> v = tf.Variable([1.0, 2.0])
    >>> v.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    """

    __slots__ = ("__dict__", "__weakref__")
    __array_priority__ = 100
    _promotes = False
    # The device or jax.sharding.Sharding that the value is kept on; None follows the computation.
    _home: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Variable:
            trainable = kwargs.get("trainable", args[1] if len(args) > 1 else None)
            cls = Variable if trainable is False else TrainableVariable
        return object.__new__(cls)

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ) -> None:
        if variable_def is not None:
            raise ValueError("`variable_def` belongs to TensorFlow 1 graphs and is not supported.")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`. You provided neither."
            )
        if (frame := frames.current()) is not None and not frame.root().may_create:
            raise ValueError(
                "tf.function only supports singleton tf.Variables created on the first call. Make sure the "
                "tf.Variable is only created once or created outside tf.function. See "
                "https://www.tensorflow.org/guide/function#creating_tfvariables for more information."
            )
        wanted = None if dtype is None else dtypes.as_dtype(dtype)
        value = _initial(initial_value, wanted)
        if shape is not None and not TensorShape(shape).is_compatible_with(value.shape):
            raise ValueError(
                f"In this `tf.Variable` creation, the initial value's shape ({tuple(value.shape)}) "
                f"is not compatible with the explicitly supplied `shape` argument ({shape})."
            )
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        trainable = bool(trainable)
        super().__init__(
            value,
            tf_name=names.current_scope() + (name or "Variable"),
            tf_trainable=trainable,
            tf_sync=(synchronization, aggregation),
            **({} if shape is None or TensorShape(shape).is_fully_defined() else {"tf_shape": TensorShape(shape)}),
        )
        self.constraint = constraint
        if frames._state.before is not None:
            frames._state.before[id(self)] = (self, self._raw_value)
        if replicas.state.place is not None:
            replicas.state.place(self)
        elif (place := devices.home()) is not None:
            self._home = place
            self.set_array(self._raw_value)
        frame = frames.current()
        if frame is not None:
            frame.root().created.append(self)

    # Between host-tier updates a small value stays a NumPy array that nobody changes; whoever asks
    # for the raw value (Flax, a trace, a compiled program) gets a jax.Array.
    @property
    def _raw_value(self) -> Any:  # type: ignore[override]
        held = self.__dict__["_held"]
        if type(held) is np.ndarray and held.dtype != object:
            with jax.ensure_compile_time_eval():  # inside a trace as well: no tracer may stay here
                held = self.__dict__["_held"] = jnp.asarray(held)
        return held

    @_raw_value.setter
    def _raw_value(self, value: Any) -> None:
        self.__dict__["_held"] = value

    # nnx guards attributes against writes from other trace levels; TF code does exactly that.
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    # -- facts ---------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """The name given at creation, with `:0` behind it."""
        return self._var_metadata.get("tf_name", "Variable") + ":0"

    @property
    def _shared_name(self) -> str:
        return self._var_metadata.get("tf_name", "Variable")

    @property
    def trainable(self) -> bool:
        """Whether tapes watch it on their own."""
        return self._var_metadata.get("tf_trainable", isinstance(self, nnx.Param))

    @property
    def synchronization(self) -> Any:
        return self._var_metadata["tf_sync"][0]

    @property
    def aggregation(self) -> Any:
        return self._var_metadata["tf_sync"][1]

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def _dtype(self) -> DType:
        return dtypes.FROM_NUMPY[self.__dict__["_held"].dtype]

    @property
    def shape(self) -> TensorShape:
        """The static shape; open where the `shape` given at creation is."""
        return self._var_metadata.get("tf_shape") or TensorShape(self.__dict__["_held"].shape)

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.__dict__["_held"].ndim

    @property
    def device(self) -> str:
        """The name of the device that holds the value."""
        return self._dense_var_to_tensor().device

    @property
    def handle(self) -> Any:
        """The object itself stands for TensorFlow's resource handle."""
        return self

    @property
    def op(self) -> Any:
        return self.__dict__.get("_graph_op", self)

    @property
    def initializer(self) -> Any:
        """The operation that initialises a Variable of a TensorFlow 1 graph; else None: it is done when made."""
        return self.__dict__.get("_graph_initializer")

    @property
    def create(self) -> Any:
        """The operation that makes the Variable, in a graph of TensorFlow 1."""
        return self._in_graph("This operation")

    @property
    def initial_value(self) -> Any:
        """The tensor that the initializer stores, in a graph of TensorFlow 1."""
        return self._in_graph("This property").inputs[0]

    @property
    def graph(self) -> Any:
        """The graph of TensorFlow 1 that the Variable belongs to; AttributeError without one."""
        if self.initializer is None:
            raise AttributeError("Tensor.graph is undefined when eager execution is enabled.")
        return self.initializer.graph

    def _in_graph(self, what: str) -> Any:
        if self.initializer is None:
            raise RuntimeError(f"{what} is not supported when eager execution is enabled.")
        return self.initializer

    def is_initialized(self, name: str | None = None) -> bool:
        """True: Variables are initialised when made."""
        return True

    def initialized_value(self) -> Tensor:
        """The current value."""
        return self.read_value()

    # -- reading -------------------------------------------------------------------------------
    def current_array(self) -> Any:
        """The array that a read gives now: the frame's inside a trace, else the stored one."""
        frame = frames._state.frame
        return self._raw_value if frame is None else frame.read(self)

    def _dense_var_to_tensor(self, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Tensor:
        frame = frames._state.frame
        if frame is not None and frame.records:
            return frame.tensor(self)
        raw = self.__dict__["_held"] if frame is None else frame.read(self)
        # One Tensor per value: tapes tell reads apart by identity.
        tensor = self.__dict__.get("_read")
        if tensor is None or tensor._value is not raw:
            tensor = Tensor(raw)
            _object_setattr(self, "_read", tensor)
        if tape_module.tapes.stack and self.trainable:
            tape_module.watch_read(self, tensor)
        return tensor

    def value(self) -> Tensor:
        """The current value as a Tensor."""
        return self._dense_var_to_tensor()

    def read_value(self) -> Tensor:
        """The current value as a Tensor."""
        return self._dense_var_to_tensor()

    read_value_no_copy = read_value

    def set_shape(self, shape: Any) -> None:
        """Checks that the shape agrees with `shape`; raises ValueError otherwise."""
        self.shape.merge_with(shape)

    def load(self, value: Any, session: Any = None) -> None:
        """Older name of `assign`; `session` has no effect."""
        self.assign(value)

    def numpy(self) -> Any:
        """A NumPy copy of the current value."""
        return Tensor(self.current_array()).numpy()

    def jax(self) -> jax.Array:
        """The current `jax.Array`, without a copy."""
        return self.current_array()

    def __jax_array__(self) -> jax.Array:
        return self.current_array()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return Tensor(self.current_array()).__array__(dtype, copy)

    def eval(self, session: Any = None) -> Any:
        """The value in a session; outside of TensorFlow 1 graphs raises as TensorFlow does."""
        return self._dense_var_to_tensor().eval(session=session)

    # -- as programs keep it -------------------------------------------------------------------
    # Under tf.distribute some Variables hold one value per replica; a program takes them all.
    def stored(self) -> Any:
        """What a program takes in for this Variable: the array that `store` sets."""
        frame = frames._state.frame
        return self._raw_value if frame is None else frame.read(self)

    def stored_tensor(self) -> Tensor:
        """`stored()` as a Tensor, watched by the active tapes if the Variable is trainable."""
        return Variable._dense_var_to_tensor(self)

    def traced_alias(self) -> Any:
        """A new array object that stands for `stored()` in a trace that begins."""
        raw = self._raw_value
        return raw if isinstance(raw, jax.core.Tracer) else frames.fresh_alias(raw)

    def store(self, array: Any) -> None:
        """Keeps what a program gave out for this Variable."""
        Variable.set_array(self, array)

    # -- writing -------------------------------------------------------------------------------
    def set_raw_value(self, value: Any, **kwargs: Any) -> None:
        """Stores what Flax hands back from a transform, whatever trace the Variable was made in."""
        _object_setattr(self, "_raw_value", value)

    def set_array(self, array: Any) -> None:
        """Makes `array` (a device array or tracer of the same dtype) the value."""
        frame = frames._state.frame
        if frame is not None:
            frame.write(self, array)
        else:
            if frames._state.before is not None:
                frames._state.before.setdefault(id(self), (self, self._raw_value))
            _object_setattr(self, "_raw_value", array if self._home is None else devices.bring(array, self._home))

    def _may_become(self, tensor: Tensor) -> bool:
        open_shape = self._var_metadata.get("tf_shape")
        return open_shape is not None and open_shape.is_compatible_with(tensor.shape)

    def assign(self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Replaces the value; `use_locking` has no effect.

        Raises ValueError if the shape differs, and for a Tensor of another dtype.
        """
        tensor = to_tensor(value, self._dtype)
        if tensor._value.shape != self._raw_value.shape and not self._may_become(tensor):
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch.The variable shape "
                f"{tuple(self._raw_value.shape)}, and the assigned value shape "
                f"{tuple(tensor._value.shape)} are incompatible."
            )
        if (frame := frames._state.frame) is not None and frame.records:
            return frame.update(self, "assign", tensor)
        if replicas.state.replica is not None:
            tensor = replicas.state.replica.write_plain(tensor, False)
        self.set_array(_device_array(tensor._value))
        return self if read_value else None

    def _update(self, which: str, value: Any, read_value: bool) -> Any:
        delta = to_tensor(value, self._dtype)._value
        frame = frames._state.frame
        if frame is not None and frame.records:
            return frame.update(self, f"assign_{which}", Tensor(delta))
        current = self.__dict__["_held"] if frame is None else frame.read(self)
        if delta.shape != current.shape:
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch.The variable shape "
                f"{tuple(current.shape)}, and the assigned value shape "
                f"{tuple(delta.shape)} are incompatible."
            )
        if replicas.state.replica is not None:
            delta = replicas.state.replica.write_plain(Tensor(delta), True)._value
        update = _UPDATES[which]
        if frame is None and self._home is None:
            self.__dict__["_held"] = update.run((current, delta))[0]
        elif frame is None:
            self.set_array(update.run((current, delta))[0])
        else:
            self.set_array(update.replay(current, delta)[0])
        return self if read_value else None

    def assign_add(self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Adds `delta` to the value; `use_locking` has no effect."""
        return self._update("add", delta, read_value)

    def assign_sub(self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Subtracts `delta` from the value; `use_locking` has no effect."""
        return self._update("sub", delta, read_value)

    # -- Python protocols ----------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self._dense_var_to_tensor())

    def __iter__(self) -> Any:
        return iter(self._dense_var_to_tensor())

    def __bool__(self) -> bool:
        return bool(self._dense_var_to_tensor())

    def __int__(self) -> int:
        return int(self._dense_var_to_tensor())

    def __float__(self) -> float:
        return float(self._dense_var_to_tensor())

    def __complex__(self) -> complex:
        return complex(self._dense_var_to_tensor())

    def __index__(self) -> int:
        return self._dense_var_to_tensor().__index__()

    def __contains__(self, item: Any) -> bool:
        return item in self._dense_var_to_tensor()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    def __hash__(self) -> int:
        if frames.recording() is not None:
            return id(self)
        raise TypeError("Variable is unhashable. Instead, use variable.ref() as the key.")

    def ref(self) -> Reference:
        """A hashable reference to this Variable."""
        return Reference(self)

    experimental_ref = ref

    def __copy__(self) -> Variable:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        twin = object.__new__(type(self))
        for slot in ("_trace_state", "_raw_value"):
            _object_setattr(twin, slot, getattr(self, slot))
        _object_setattr(twin, "_var_metadata", dict(self._var_metadata))
        twin.__dict__.update({k: v for k, v in self.__dict__.items() if k != "_read"})
        memo[id(self)] = twin
        return twin

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), np.asarray(self._raw_value), dict(self._var_metadata), self.constraint)

    def __repr__(self) -> str:
        return printing.variable_repr(self, self.current_array() if frames.recording() is None else self.__dict__["_held"])

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __nnx_repr__(self) -> Any:
        yield nnx.reprlib.Object(type=type(self).__name__)
        yield nnx.reprlib.Attr("value", self._raw_value)


class TrainableVariable(Variable, nnx.Param):
    """A Variable that tapes watch and that Flax counts as a parameter."""


VARIABLE_TYPES.update((Variable, TrainableVariable))
tape_module.PLAIN_TYPES.update(VARIABLE_TYPES)


def _rebuild(cls: type, value: np.ndarray, metadata: dict[str, Any], constraint: Any) -> Variable:
    twin = object.__new__(cls)
    nnx.Variable.__init__(twin, jnp.asarray(value))
    _object_setattr(twin, "_var_metadata", metadata)
    twin.constraint = constraint
    return twin


def _initial(initial_value: Any, dtype: DType | None) -> jax.Array:
    """The device array of an initial value; computed outside any trace."""
    if callable(initial_value) and not hasattr(initial_value, "_dense_var_to_tensor"):
        with frames.init_scope():
            return _initial(initial_value(), dtype)
    if dtype is not None and isinstance(initial_value, Tensor) and initial_value.dtype != dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{initial_value.dtype.name}: {initial_value!r}"
        )
    tensor = to_tensor(initial_value, dtype)
    if tensor.is_symbolic:
        raise InitialValueError("A Variable is made from a traced tensor. Give a callable as its initial value.")
    with frames.init_scope():
        return _device_array(tensor._value)


def _device_array(value: Any) -> Any:
    if type(value) is np.ndarray:
        if value.dtype == object:
            return value
        # jnp.array copies: the host buffer may be shared with a Tensor.
        return jnp.array(value)
    return value


_UPDATES = {
    "add": kernel.Kernel("AssignAddVariableOp", lambda x, y: (x + y,)),
    "sub": kernel.Kernel("AssignSubVariableOp", lambda x, y: (x - y,)),
}


@export("is_tensor")
def is_tensor(x: Any) -> bool:
    """True for Tensors, Variables and other values that TensorFlow's ops take as tensors.

    >>> import tfjax as tf
    >>> tf.is_tensor(tf.constant(1)), tf.is_tensor([1])
    (True, False)
    """
    return isinstance(x, (Tensor, Variable)) or getattr(type(x), "_tfjax_is_tensor", False)
