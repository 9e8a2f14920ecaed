"""tf.TensorArray: a list of tensors of one dtype, written and read by index.

Two forms. Where every index is known the elements are a Python list. In a compiled loop, or at an
index that is only known at run time, they are one buffer with the index as its first axis.
"""

from __future__ import annotations

import copy
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError, OutOfRangeError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import convert_to_tensor, to_tensor
from tfjax._src.eager.kernel import Kernel, execute
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.ops.array.join import concat, stack, unstack


def _set_row(buffer: Any, index: Any, value: Any) -> tuple[Any, ...]:
    # A negative index would count from the end; out of range is dropped.
    place = jnp.where(index < 0, buffer.shape[0], index)
    return (buffer.at[place].set(value, mode="drop"),)


_READ = Kernel("TensorListGetItem", lambda buffer, index: (buffer[index],), host=False)
_WRITE = Kernel("TensorListSetItem", _set_row, host=False)
_GATHER = Kernel("TensorListGather", lambda buffer, indices: (jnp.take(buffer, indices, axis=0, mode="clip"),), host=False)
_GROW = Kernel("TensorListResize", lambda count, index: (jnp.maximum(count, index.astype(jnp.int32) + 1),), host=False)


@export("TensorArraySpec")
class TensorArraySpec(TypeSpec):
    """Describes a TensorArray.

    Args:
      element_shape: the shape of an element, None where unknown.
      dtype: of the elements.
      dynamic_size, infer_shape: as of the TensorArray.
    """

    value_type = property(lambda self: TensorArray)

    def __init__(self, element_shape: Any = None, dtype: Any = dtypes.float32, dynamic_size: bool = False, infer_shape: bool = True) -> None:
        self._parts = (TensorShape(element_shape), dtypes.as_dtype(dtype), bool(dynamic_size), bool(infer_shape))

    # TensorFlow counts the variant that holds the elements.
    _component_specs = TensorSpec([], dtypes.variant)

    def _serialize(self) -> tuple[Any, ...]:
        return self._parts

    def _key(self) -> tuple[Any, ...]:
        shape, dtype, dynamic, infer = self._parts
        return (repr(shape), dtype, dynamic, infer)

    @staticmethod
    def from_value(value: TensorArray) -> TensorArraySpec:
        """The spec of a TensorArray."""
        return TensorArraySpec(value.element_shape, value.dtype, value.dynamic_size, value._infer)

    def is_compatible_with(self, other: Any) -> bool:
        """True for a TensorArray (or its spec) of this dtype whose element shape does not contradict."""
        other = TensorArraySpec.from_value(other) if isinstance(other, TensorArray) else other
        if not isinstance(other, TensorArraySpec):
            return False
        (shape, *rest), (other_shape, *other_rest) = self._parts, other._parts
        return rest == other_rest and shape.is_compatible_with(other_shape)

    def __repr__(self) -> str:
        return f"TensorArraySpec{self._parts!r}"


@export("TensorArray")
class TensorArray:
    """A list of tensors, for loops that collect results.

    Eagerly `write` changes the object; inside a tf.function it returns a changed copy, so keep what
    it returns: `ta = ta.write(i, x)`.

    Args:
      dtype: of the elements.
      size: how many there are; needed.
      dynamic_size: writes behind the end make it longer.
      clear_after_read: eagerly, an element can be read once (the default).
      tensor_array_name, colocate_with_first_write_call, name: no effect.
      handle, flow: TensorFlow 1's; must be None.
      infer_shape: all elements have the shape of the first.
      element_shape: the shape of every element, as far as known.

    >>> import tfjax as tf
    >>> ta = tf.TensorArray(tf.float32, size=2)
    >>> ta = ta.write(0, 1.0).write(1, 2.0)
    >>> ta.stack().numpy()
    array([1., 2.], dtype=float32)
    """

    def __init__(
        self, dtype: Any, size: Any = None, dynamic_size: bool | None = None, clear_after_read: bool | None = None,
        tensor_array_name: Any = None, handle: Any = None, flow: Any = None, infer_shape: bool = True,
        element_shape: Any = None, colocate_with_first_write_call: bool = True, name: Any = None,
    ) -> None:
        if handle is not None:
            raise ValueError("TensorArray handles are not supported when eager execution is enabled.")
        if size is None:
            raise ValueError("Size must be declared for TensorArrays when eager execution is enabled.")
        self._dtype = dtypes.as_dtype(dtype)
        self._dynamic = bool(dynamic_size)
        self._clear = clear_after_read is None or bool(clear_after_read)
        self._infer = bool(infer_shape)
        self._element_shape = TensorShape(element_shape)
        self._items: list[Any] | None = [None] * int(to_tensor(size).host_value())
        self._cleared: set[int] = set()
        # The second form: all elements, and how many there are where that is known at run time only.
        self._buffer: Any = None
        self._count: Any = None
        self._open = False

    # -- facts ---------------------------------------------------------------------------------
    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def dynamic_size(self) -> bool:
        """Whether it may become longer."""
        return self._dynamic

    @property
    def element_shape(self) -> TensorShape:
        """The shape of an element, as far as known."""
        return self._element_shape

    @property
    def handle(self) -> None:
        """None: TensorFlow 1's handles do not exist."""
        return None

    @property
    def flow(self) -> Tensor:
        """A scalar that stands for the state of the array; 0."""
        return Tensor(np.zeros((), np.int32))

    @property
    def _type_spec(self) -> TensorArraySpec:
        return TensorArraySpec.from_value(self)

    def size(self, name: Any = None) -> Tensor:
        """The number of elements, a scalar int32 tensor."""
        if self._count is not None:
            return self._count
        return Tensor(np.array(self._length(), np.int32))

    def _length(self) -> int:
        return len(self._items) if self._items is not None else self._buffer._value.shape[0]

    def close(self, name: Any = None) -> None:
        """Forgets the elements."""
        self._items, self._buffer, self._count = [], None, None

    def grad(self, source: Any, flow: Any = None, name: Any = None) -> Any:
        """Not needed: tapes differentiate through TensorArrays. Raises NotImplementedError."""
        raise NotImplementedError(
            "TensorArray.grad is not supported when executing eagerly; eager's gradient implementation does not use/need "
            "this function to compute gradients of operations that use TensorArrays."
        )

    def identity(self) -> TensorArray:
        """Itself; in a tf.function a copy."""
        return self._next()

    def _next(self) -> TensorArray:
        """The object that a write changes: eagerly this one, else a copy."""
        if frames.current() is None:
            return self
        twin = copy.copy(self)
        twin._items = None if self._items is None else list(self._items)
        return twin

    # -- elements ------------------------------------------------------------------------------
    def _known(self, index: Any) -> int | None:
        """The index as an int where it is known and the elements are a list."""
        if self._items is None:
            return None
        value = index._value
        return int(value) if type(value) is np.ndarray or frames.current() is None else None

    def read(self, index: Any, name: Any = None) -> Tensor:
        """The element at `index`; zeros where nothing was written and the shape is known.

        Raises:
          OutOfRangeError: eagerly, out of range (InvalidArgumentError in a tf.function).
          InvalidArgumentError: eagerly, for the second read of an element.
        """
        place = to_tensor(index)
        i = self._known(place)
        if i is None:
            return execute(_READ, (self.buffered()._buffer, place))[0]
        self._check_read(i)
        item = self._items[i]
        if item is None and i in self._cleared:
            raise InvalidArgumentError(
                None, None, f"Could not read index {i} twice because it was cleared after a previous "
                "read (perhaps try setting clear_after_read = false?)"
            )
        item = self._filled(i, "Trying to read an uninitialized tensor but element_shape is not fully defined: {} and no list element is set.")
        if self._clear and frames.current() is None:
            self._items[i] = None
            self._cleared.add(i)
        return item

    def _check_read(self, i: int) -> None:
        count = self._length()
        if 0 <= i < count:
            return
        if frames.current() is not None:
            raise InvalidArgumentError(None, None, f"Trying to access element {i} in a list with {count} elements.")
        if i < 0:
            raise OutOfRangeError(None, None, f"Reading from negative indices (index {i}) is not allowed.")
        raise OutOfRangeError(None, None, f"Tried to read from index {i} but array size is: {count} ")

    def _filled(self, i: int, message: str) -> Tensor:
        """The element, zeros if it was never written."""
        item = self._items[i]
        if item is not None:
            return item
        shape = self._element_shape
        if not shape.is_fully_defined():
            if frames.current() is not None:
                raise InvalidArgumentError(None, None, message.format(shape))
            raise ValueError(f"Cannot convert a partially known TensorShape {shape} to a Tensor.")
        return _zeros(shape.as_list(), self._dtype)

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        """The array with `value` at `index`.

        Raises:
          OutOfRangeError: eagerly, out of range (InvalidArgumentError in a tf.function).
          InvalidArgumentError: for another dtype.
          ValueError: for another shape, if `infer_shape` or `element_shape` fixes it.
        """
        place, element = to_tensor(index), self._element(value)
        self._merge_shape(element)
        i = self._known(place)
        if i is None:
            return self._write_row(place, element)
        self._check_write(i)
        target = self._next()
        target._items.extend([None] * (i + 1 - len(target._items)))
        target._items[i] = element
        target._element_shape = self._merge_shape(element)
        return target

    def _write_row(self, place: Tensor, element: Tensor) -> TensorArray:
        target = self.buffered(element.shape)
        if target is self:
            target = copy.copy(self)
        known = type(place._value) is np.ndarray
        if target._dynamic and target._count is None:
            if self._open:
                target = target.growing(1)
            elif not known:
                raise ConcreteValueError("A TensorArray grows to a size that is known at run time only.")
            else:
                target._lengthen(int(place._value) + 1)
        elif known and target._count is None:
            self._check_write(int(place._value))
        (target._buffer,) = execute(_WRITE, (target._buffer, place, element))
        if target._count is not None:
            (target._count,) = execute(_GROW, (target._count, place))
        return target

    def _lengthen(self, count: int) -> None:
        """Makes the buffer at least `count` long."""
        missing = count - self._length()
        if missing > 0:
            shape = self._buffer._value.shape[1:]
            self._buffer = concat([self._buffer, _zeros((missing, *shape), self._dtype)], 0)

    def _element(self, value: Any) -> Tensor:
        if isinstance(value, (bool, int, float, complex, str, bytes, list, tuple)):
            tensor = to_tensor(value, None, self._dtype)
        else:
            tensor = to_tensor(value)
        if tensor.dtype != self._dtype:
            if frames.current() is not None:
                raise InvalidArgumentError(
                    None, None, f"Invalid data types; op elements {_short(tensor.dtype)} but list elements {_short(self._dtype)}"
                )
            raise InvalidArgumentError(
                None, None, f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype {tensor.dtype.name} "
            )
        return tensor

    def _merge_shape(self, element: Tensor) -> TensorShape:
        shape = element.shape
        if not self._element_shape.is_compatible_with(shape):
            mine, other = tuple(shape), tuple(self._element_shape)
            if frames.current() is not None:
                raise ValueError(f"Inconsistent shapes: saw {mine} but expected {other} ")
            raise ValueError(f"Incompatible shape for value ({mine}), expected ({other})")
        return shape if self._infer else self._element_shape

    def _check_write(self, i: int) -> None:
        count = self._length()
        if 0 <= i < count or (self._dynamic and i >= 0):
            return
        if frames.current() is not None:
            raise InvalidArgumentError(None, None, f"Trying to modify element {i} in a list with {count} elements.")
        if i < 0:
            raise OutOfRangeError(None, None, f"Writing to negative indices (index {i}) is not allowed.")
        raise OutOfRangeError(None, None, f"Tried to write to index {i} but array is not resizeable and size is: {count} ")

    # -- many elements -------------------------------------------------------------------------
    def _all(self) -> list[Tensor]:
        message = "Tried to stack list which only contains uninitialized tensors and has a non-fully-defined element_shape: {}"
        return [self._filled(i, message) for i in range(len(self._items))]

    def _rows(self) -> Tensor:
        if self._count is not None:
            raise ConcreteValueError("The size of a TensorArray that grows is known at run time only.")
        return self._buffer

    def stack(self, name: Any = None) -> Tensor:
        """All elements along a new first axis."""
        if self._items is None:
            return self._rows()
        if not self._items:
            return self._none_of_them()
        return stack(self._all())

    def _none_of_them(self) -> Tensor:
        rest = self._element_shape.as_list() if self._element_shape.is_fully_defined() else []
        return _zeros((0, *rest), self._dtype)

    def gather(self, indices: Any, name: Any = None) -> Tensor:
        """The elements at `indices` (a 1-D tensor), stacked."""
        places = to_tensor(indices, None, dtypes.int32)
        if self._items is None or (frames.current() is not None and type(places._value) is not np.ndarray):
            return execute(_GATHER, (self.buffered()._buffer, places))[0]
        chosen = [int(i) for i in np.asarray(places.host_value()).reshape(-1)]
        if not chosen:
            return self._none_of_them()
        if any(not 0 <= i < len(self._items) for i in chosen):
            raise IndexError("list index out of range")
        everything = self._all()
        return stack([everything[i] for i in chosen])

    def concat(self, name: Any = None) -> Tensor:
        """The elements joined along their first axis.

        Raises InvalidArgumentError for scalars or an empty array.
        """
        parts = list(unstack(self._rows())) if self._items is None else self._all()
        if not parts:
            raise InvalidArgumentError(None, None, "A TensorArray without elements cannot be concatenated.")
        if not parts[0].shape.rank:
            raise InvalidArgumentError(None, None, "Concat saw a scalar shape at index 0 but requires at least vectors.")
        return concat(parts, 0)

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        """The array whose elements are the rows of `value`."""
        tensor = self._element(convert_to_tensor(value, dtype_hint=self._dtype))
        if not tensor.shape.rank:
            raise ValueError("Argument `axis` = 0 not in range [0, 0)")
        count = tensor._value.shape[0]
        if count > self._length() and not self._dynamic and frames.current() is None:
            raise ValueError(f"Cannot unstack {count} tensors into a TensorArray of static size {self._length()} ")
        target = self._next()
        target._element_shape = TensorShape(tensor._value.shape[1:])
        target._cleared = set()
        # In a trace one buffer, not a node for every row.
        if frames.current() is not None and tensor._value.dtype != object:
            target._items, target._buffer, target._count = None, tensor, None
        else:
            target._items = list(unstack(tensor, count))
        return target

    def scatter(self, indices: Any, value: Any, name: Any = None) -> TensorArray:
        """The array with the rows of `value` at `indices`."""
        places, rows = to_tensor(indices, None, dtypes.int32), self._element(value)
        result = self
        for place, row in zip(unstack(places, places._value.shape[0]), unstack(rows, rows._value.shape[0])):
            result = result.write(place, row)
        return result

    def split(self, value: Any, lengths: Any, name: Any = None) -> TensorArray:
        """The array whose elements are `value` cut along its first axis into parts of `lengths`."""
        tensor, counts = self._element(value), to_tensor(lengths).host_value().reshape(-1).tolist()
        if not tensor.shape.rank:
            raise InvalidArgumentError(None, None, "Expected value to be at least a vector, but received shape: []")
        shape = tensor._value.shape
        if sum(counts) != shape[0]:
            raise InvalidArgumentError(
                None, None, "Expected sum of lengths to be equal to values.shape[0], but sum of lengths "
                f"is {sum(counts)} and value's shape is: [{','.join(map(str, shape))}] "
            )
        if not self._dynamic and len(counts) != self._length():
            raise InvalidArgumentError(
                None, None, f"TensorArray's size is not equal to the size of lengths ({self._length()} vs. "
                f"{len(counts)}), and the TensorArray is not marked as dynamically resizeable."
            )
        target = self._next()
        ends = np.cumsum(counts).tolist()
        target._items = [tensor[end - count : end] for end, count in zip(ends, counts)]
        target._buffer = target._count = None
        if self._infer and len(set(counts)) == 1:
            target._element_shape = TensorShape((counts[0], *shape[1:]))
        return target

    # -- for loops and branches ----------------------------------------------------------------
    def buffered(self, shape: Any = None) -> TensorArray:
        """In the second form, as a copy; `shape` is that of an element where none is known."""
        if self._items is None:
            return self
        known = TensorShape(self._written_shape()) if shape is None else TensorShape(shape)
        if not known.is_fully_defined():
            raise InvalidArgumentError(
                None, None, "Trying to read an uninitialized tensor but element_shape is not fully "
                f"defined: {known} and no list element is set."
            )
        if self._dtype is dtypes.string:
            raise ConcreteValueError("A TensorArray of strings is written in a compiled loop.")
        rows = [_zeros(known.as_list(), self._dtype) if item is None else item for item in self._items]
        if any(row.shape != known for row in rows):
            raise ConcreteValueError("A TensorArray with elements of several shapes is used in a compiled loop.")
        twin = copy.copy(self)
        twin._items = None
        twin._buffer = stack(rows) if rows else _zeros((0, *known.as_list()), self._dtype)
        if self._infer:
            twin._element_shape = known
        return twin

    def _written_shape(self) -> TensorShape:
        found = [item.shape for item in self._items or () if item is not None]
        return found[0] if found else self._element_shape

    @property
    def pending(self) -> bool:
        """True before anything is known of the elements' shape."""
        return self._items is not None and not self._written_shape().is_fully_defined()

    def growing(self, capacity: int) -> TensorArray:
        """A buffer with room for `capacity` elements and the number of elements as a tensor."""
        twin = copy.copy(self)
        twin._count = self.size()
        twin._lengthen(capacity)
        return twin

    def opened(self) -> TensorArray:
        """For a trial run of a loop's body: grows at any index, without keeping the elements."""
        twin = copy.copy(self)
        twin._open = True
        return twin

    def grown(self, count: int) -> TensorArray:
        """A growing array whose number of elements is known to be `count` at the end of a loop."""
        twin = copy.copy(self)
        twin._count = None
        if count != self._length():
            twin._buffer = self._buffer[:count]
        return twin


def _zeros(shape: Any, dtype: dtypes.DType) -> Tensor:
    if dtype is dtypes.string:
        empty = np.empty(tuple(shape), object)
        empty.fill(b"")
        return Tensor(empty)
    return Tensor(np.zeros(tuple(shape), dtype.np))


def _short(dtype: dtypes.DType) -> str:
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


def _parts(array: TensorArray) -> list[Any]:
    if array._items is not None:
        return list(array._items)
    return [array._buffer] if array._count is None else [array._buffer, array._count]


def _build(like: TensorArray, parts: Any) -> TensorArray:
    twin = copy.copy(like)
    twin._cleared = set(like._cleared)
    if like._items is not None:
        twin._items = list(parts)
    else:
        twin._buffer, twin._count = parts[0], (parts[1] if len(parts) > 1 else None)
    return twin


nest.register_composite(TensorArray, _parts, _build, TensorArraySpec.from_value)
