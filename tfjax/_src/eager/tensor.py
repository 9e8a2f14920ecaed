"""The Tensor: an immutable array on the host (NumPy), on a device (JAX), or inside a trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, specs
from tfjax._src.core.dtypes import DType
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager import printing

_FROM_NUMPY = dtypes.FROM_NUMPY


class ConcreteValueError(TypeError):
    """A traced tensor was asked for its value. tf.function answers by running eagerly."""


class InitialValueError(ConcreteValueError):
    """A Variable is made from a traced tensor. tf.function answers by a first run without a trace."""


class Unknown:
    """Stands for a value that no tracer can stand for: a string's, or one whose shape is open."""

    __slots__ = ("shape", "dtype", "size")
    graph: Any = None  # the TensorFlow 1 graph that kernels on this value are recorded in
    known: Any = None  # its values for either probe of unknown sizes, there
    sizes: Any = None  # its shapes for either probe

    def __init__(self, shape: Any, dtype: Any) -> None:
        self.shape, self.dtype, self.size = shape, np.dtype(dtype), 0

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape or ())

    def astype(self, *unused: Any) -> Any:
        """Raises ConcreteValueError, as any use of the value does."""
        raise ConcreteValueError("The value of a string tensor is needed while a function is traced.")

    reshape = __getitem__ = __iter__ = __array__ = astype


@export("Tensor")
class Tensor:
    """An n-dimensional array with a dtype, as TensorFlow's eager and graph tensors are.

    `numpy()` gives the values, `jax()` the `jax.Array` without a copy where the value is on a
    device. Operators follow TensorFlow's dtype rules: no promotion between tensors.

    >>> import tfjax as tf
    >>> (tf.constant([1.0, 2.0]) * 2).numpy()
    array([2., 4.], dtype=float32)
    """

    __slots__ = ("_value", "__dict__", "__weakref__")

    # Above NumPy's, so that `ndarray + Tensor` asks the Tensor first.
    __array_priority__ = 100
    _promotes = False  # a Variable of Keras promotes the dtypes of a pair of operands

    def __init__(self, value: Any) -> None:
        self._value = value

    # -- facts ---------------------------------------------------------------------------------
    @property
    def dtype(self) -> DType:
        """The element type, e.g. `tf.float32`."""
        return _FROM_NUMPY[self._value.dtype]

    @property
    def shape(self) -> TensorShape:
        """The static shape; open where a trace serves other sizes as well."""
        return TensorShape(self._value.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    rank = ndim

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return TensorShape(self._value.shape)

    def set_shape(self, shape: Any) -> None:
        """Checks that `shape` fits; every shape is known already. Raises ValueError if not."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"Tensor's shape {self.shape} is not compatible with supplied shape {shape}.")

    @property
    def device(self) -> str:
        """The name of the device that holds the value."""
        from tfjax._src.eager import devices

        return devices.device_name(self)

    @property
    def backing_device(self) -> str:
        """The name of the device whose memory holds the value; the same as `device`."""
        return self.device

    @property
    def is_symbolic(self) -> bool:
        """True while a trace stands in for the value."""
        return isinstance(self._value, (jax.core.Tracer, Unknown))

    @property
    def name(self) -> str:
        if self.is_symbolic:
            return self.__dict__.get("_graph_name", "Tensor:0")
        raise AttributeError("Tensor.name is undefined when eager execution is enabled.")

    @property
    def op(self) -> Any:
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    @property
    def graph(self) -> Any:
        raise AttributeError("Tensor.graph is undefined when eager execution is enabled.")

    @property
    def value_index(self) -> int:
        raise AttributeError("Tensor.value_index is undefined when eager execution is enabled.")

    def consumers(self) -> list[Any]:
        """The operations of a TensorFlow 1 graph that take the tensor; NotImplementedError without one."""
        raise NotImplementedError("Tensor.consumers is undefined when eager execution is enabled.")

    @property
    def is_packed(self) -> bool:
        """False: no tensor is made of several devices' handles."""
        return False

    # -- values --------------------------------------------------------------------------------
    def host_value(self) -> np.ndarray:
        """The value as a NumPy array, read-only where it shares memory with the Tensor."""
        value = self._value
        if type(value) is np.ndarray:
            return value
        if isinstance(value, (jax.core.Tracer, Unknown)):
            raise ConcreteValueError(
                f"The value of the symbolic tensor {self!r} is needed while a function is traced."
            )
        return np.asarray(value)

    def numpy(self) -> Any:
        """A NumPy copy of the value; a scalar gives a NumPy scalar (bytes for strings)."""
        if self.is_symbolic:
            raise _symbolic_numpy(self)
        value = self.host_value()
        if value.ndim == 0:
            return value[()]
        return np.array(value)

    def jax(self) -> jax.Array:
        """The value as a `jax.Array`, without a copy if it is on a device already."""
        value = self._value
        if type(value) is np.ndarray:
            if value.dtype == object:
                raise TypeError("A string tensor has no jax.Array.")
            with jax.ensure_compile_time_eval():  # inside a trace as well: no tracer may stay here
                value = self._value = jax.numpy.asarray(value)
        return value

    __jax_array__ = jax

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self.host_value()
        if dtype is not None and value.dtype != dtype:
            return value.astype(dtype)
        return np.array(value) if copy else value

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.jax().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.jax().__dlpack_device__()

    def cpu(self) -> Tensor:
        """A Tensor with the same value in the host's memory."""
        from tfjax._src.eager import devices

        return devices.copy_to(self, "CPU:0")

    def gpu(self, gpu_index: int = 0) -> Tensor:
        """A Tensor with the same value on the GPU of this index."""
        from tfjax._src.eager import devices

        return devices.copy_to(self, f"GPU:{gpu_index}")

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Only graphs of TensorFlow 1 evaluate; raises NotImplementedError as TensorFlow does."""
        raise NotImplementedError("eval is not supported when eager execution is enabled, is .numpy() what you're looking for?")

    # -- Python protocols ----------------------------------------------------------------------
    def _scalar(self) -> Any:
        value = self.host_value()
        if value.ndim and value.size != 1:
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        return value.reshape(())[()]

    def __bool__(self) -> bool:
        if self.is_symbolic:
            if frames.current() is None or getattr(self._value, "graph", None):  # it has left its function
                raise OperatorNotAllowedInGraphError(_AS_BOOL)
            raise ConcreteBoolError(
                "Using a symbolic `tf.Tensor` as a Python `bool` is not allowed: AutoGraph did "
                "not convert this function. Try decorating it directly with @tf.function."
            )
        value = self.host_value()
        if value.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
                if value.size
                else "The truth value of an empty array is ambiguous. Use `array.size > 0` to check that an array is not empty."
            )
        return bool(value.reshape(())[()])

    __nonzero__ = __bool__

    def __int__(self) -> int:
        return int(self._scalar())

    def __float__(self) -> float:
        return float(self._scalar())

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        value = self.host_value()
        if value.ndim or value.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(value)

    def __round__(self, ndigits: int = 0) -> Any:
        return np.round(self.host_value(), ndigits)

    def __len__(self) -> int:
        shape = self._value.shape
        if not shape:
            raise TypeError("Scalar tensor has no `len()`")
        return shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self._value.shape:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(self._value.shape[0]))

    def __contains__(self, item: Any) -> bool:
        return any(bool(element == item) for element in self)

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def ref(self) -> Reference:
        """A hashable reference to this object; `ref().deref()` gives the object back."""
        return Reference(self)

    experimental_ref = ref

    @property
    def _id(self) -> int:
        return id(self)

    def __copy__(self) -> Tensor:
        return Tensor(self._value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return Tensor(self._value)

    def __reduce__(self) -> Any:
        return Tensor, (self.host_value(),)

    def __repr__(self) -> str:
        return printing.tensor_repr(self)

    def __str__(self) -> str:
        return printing.tensor_str(self)

    def __format__(self, spec: str) -> str:
        if self.is_symbolic:
            return format(str(self), spec)
        return format(str(self) if self.is_symbolic else self.numpy(), spec)


specs._tensor_type[:] = [Tensor]

#: What tensors are made of, for annotations.
TensorLike = (
    Tensor | int | float | bool | str | bytes | complex | tuple | list | np.ndarray | np.generic
)
EXPORTS = {"types.experimental.TensorLike": "TensorLike"}


_AS_BOOL = (
    "Using a symbolic `tf.Tensor` as a Python `bool` is not allowed. You can attempt the following resolutions to the "
    "problem: If you are running in Graph mode, use Eager execution mode or decorate this function with @tf.function. "
    "If you are using AutoGraph, you can try decorating this function with @tf.function."
)


@export("errors.OperatorNotAllowedInGraphError")
class OperatorNotAllowedInGraphError(TypeError):
    """A symbolic tensor was used as Python uses values, outside of any function."""


class ConcreteBoolError(ConcreteValueError):
    """A traced tensor was used as a Python bool."""


def _symbolic_numpy(tensor: Tensor) -> Exception:
    if frames.current() is None:  # it has left its function
        return AttributeError("'SymbolicTensor' object has no attribute 'numpy'")
    return ConcreteValueError(
        "numpy() is only available when eager execution is enabled: "
        f"{tensor!r} belongs to a function that is being traced."
    )


class Reference:
    """Wraps an object so that identity, not value, decides hash and equality."""

    __slots__ = ("_object",)

    def __init__(self, obj: Any) -> None:
        self._object = obj

    def deref(self) -> Any:
        """The object itself."""
        return self._object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._object is other._object

    def __hash__(self) -> int:
        return id(self._object)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._object!r}>"


@export("is_symbolic_tensor")
def is_symbolic_tensor(tensor: Any) -> bool:
    """True for a tensor of a function that is being traced.

    >>> is_symbolic_tensor(Tensor(np.zeros(2)))
    False
    """
    return isinstance(tensor, Tensor) and tensor.is_symbolic


def check_operator_index(value: Any) -> None:
    """Raises InvalidArgumentError for an index that is not integral."""
    if isinstance(value, Tensor) and value._value.dtype.kind not in "iub":
        raise InvalidArgumentError(None, None, "Indices must be integers.")
