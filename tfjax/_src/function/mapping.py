"""Functions applied row by row: tf.map_fn, tf.scan, tf.foldl, tf.foldr, tf.vectorized_map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError, OutOfRangeError
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec, TypeSpec, type_spec_from_value
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.dependence import SelectiveKernel
from tfjax._src.eager.kernel import execute as execute_kernel
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function.autograph import conversion as ag
from tfjax._src.function import capture, control_flow, residuals
from tfjax._src.ops.array.join import concat, stack, unstack
from tfjax._src.ops.array.shaping import stop_gradient
from tfjax._src.ops.array.tensor_array import TensorArray
from tfjax._src.ops.composite import batching as composites
from tfjax._src.ops.composite.base import CompositeSpec


@export("map_fn")
def map_fn(
    fn: Any, elems: Any, dtype: Any = None, parallel_iterations: Any = None, back_prop: bool = True, swap_memory: bool = False,
    infer_shape: bool = True, name: Any = None, fn_output_signature: Any = None,
) -> Any:
    """`fn` applied to each row of `elems`, the results stacked.

    Args:
      fn: a function of one row (a nest like `elems`).
      elems: a nest of tensors with equal first axes.
      dtype: the old name of `fn_output_signature`.
      parallel_iterations, swap_memory: no effect.
      back_prop: False stops gradients in a tf.function.
      infer_shape: whether all results must have one shape.
      fn_output_signature: a nest of dtypes or TensorSpecs like what `fn` returns; by default its
        results are like `elems` in structure and dtypes.

    Raises:
      InvalidArgumentError: if `fn` gives another dtype.
      ValueError: if it gives another structure or shape, or for `elems` that are no rows.

    >>> import tfjax as tf
    >>> tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3])).numpy()
    array([1, 4, 9], dtype=int32)
    """
    _callable(fn)
    rows = _Rows(elems, "elems must be a Tensor or (possibly nested) sequence of Tensors. Got {}, which does not contain any Tensors.")
    signature = dtype if fn_output_signature is None else fn_output_signature
    if signature is None:
        signature = nest.map_structure(_row_signature, rows.structure)
    if any(isinstance(s, CompositeSpec) for s in nest.flatten(signature)):
        result = _stacked(fn, rows, signature)
        return result if back_prop else nest.map_structure(stop_gradient, result, expand_composites=True)
    outputs = _Outputs(signature, infer_shape)
    if rows.compiled:
        result = rows.traverse(lambda _, row: (None, outputs.checked(ag.convert_traced(fn)(row))), None)[1]
        result = outputs.packed(nest.flatten(result))
    else:
        arrays = outputs.arrays(rows.count)
        for i, row in enumerate(rows.each()):
            arrays = [a.write(i, v) for a, v in zip(arrays, nest.flatten(outputs.matched(fn(row))))]
        result = outputs.packed([a.stack() for a in arrays])
    return _with_gradient(result, back_prop)


def _row_signature(value: Any) -> Any:
    """What a row of `value` gives back if `fn` changes no dtype."""
    if isinstance(value, Tensor):
        return value.dtype
    spec = value._type_spec
    return spec._unbatch() if hasattr(spec, "_unbatch") else value.dtype


def _stacked(fn: Any, rows: Any, signature: Any) -> Any:
    """Results among which are composites: each row by itself."""
    specs = nest.flatten(signature)
    results = []
    for row in rows.each():
        result = fn(row)
        nest.assert_same_structure(signature, result)
        results.append(nest.flatten(result))
    for spec, value in zip(specs, results[0] if results else []):
        wanted = spec if isinstance(spec, TypeSpec) else TensorSpec(None, spec)
        got = type_spec_from_value(value)
        if not wanted.is_compatible_with(value):
            raise ValueError(f"Error in map_fn:\n  Expected `fn` to return a:\n    {wanted}\n  But it returned a:\n    {got}\n    (value={value})")
    columns = [[r[i] for r in results] for i in range(len(specs))]
    return nest.pack_sequence_as(signature, [composites.stack_values(c, s) for c, s in zip(columns, specs)])


class _Outputs:
    """What the rows' results look like."""

    def __init__(self, signature: Any, infer: bool) -> None:
        self.signature, self.infer = signature, infer
        self.specs = [s if isinstance(s, TensorSpec) else TensorSpec(None, s) for s in nest.flatten(signature)]

    def arrays(self, size: int) -> list[TensorArray]:
        return [TensorArray(s.dtype, size, infer_shape=self.infer, element_shape=s.shape) for s in self.specs]

    def matched(self, value: Any) -> Any:
        nest.assert_same_structure(self.signature, value)
        return value

    def checked(self, value: Any) -> Any:
        """A result as tensors; raises where a TensorArray of the signature would."""
        leaves = nest.flatten(self.matched(value))
        tensors = []
        for array, leaf in zip(self.arrays(0), leaves):
            tensors.append(array._element(leaf))
            array._merge_shape(tensors[-1])
        return nest.pack_sequence_as(value, tensors)

    def packed(self, tensors: Sequence[Tensor]) -> Any:
        return nest.pack_sequence_as(self.signature, list(tensors))


class _Rows:
    """The rows of a nest of tensors."""

    def __init__(self, elems: Any, empty: str = "") -> None:
        self.structure = nest.map_structure(lambda e: e if _sliced(e) else to_tensor(e), elems)
        self.flat = nest.flatten(self.structure)
        if not self.flat:
            raise ValueError(empty.format(elems))
        leading = [t.shape for t in nest.flatten(self.flat, expand_composites=True)] if any(map(_has_no_shape, self.flat)) else [t.shape for t in self.flat]
        if any(not shape.rank for shape in leading):
            raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
        counts = [shape[0] for shape in leading]
        for count in counts[1:]:
            if count != counts[0]:
                raise ValueError(f"Dimensions {counts[0]} and {count} are not compatible")
        self.count = counts[0]
        # Strings and ragged rows have no compiled form.
        self.compiled = frames.current() is not None and all(
            isinstance(t, Tensor) and t._value.dtype != object for t in self.flat
        )

    def each(self) -> list[Any]:
        """The rows, one nest each."""
        columns = [unstack(t, self.count) if isinstance(t, Tensor) else composites.rows(t) for t in self.flat]
        return [nest.pack_sequence_as(self.structure, list(row)) for row in zip(*columns)]

    def first(self, reverse: bool = False) -> Any:
        """The row that comes first."""
        if self.count == 0:
            if frames.current() is not None:
                raise InvalidArgumentError(None, None, "Trying to access element 0 in a list with 0 elements.")
            raise OutOfRangeError(None, None, "Tried to read from index 0 but array size is: 0 ")
        return nest.map_structure(lambda t: t[-1 if reverse else 0], self.structure)

    def rest(self, reverse: bool) -> _Rows:
        """Without the row that comes first."""
        return _Rows(nest.map_structure(lambda t: t[:-1] if reverse else t[1:], self.structure))

    def traverse(self, step: Callable[[Any, Any], tuple[Any, Any]], state: Any, reverse: bool = False) -> tuple[Any, Any]:
        """(last state, stacked results) of `state, result = step(state, row)`, as a compiled loop."""
        flat_state = [] if state is None else nest.flatten(state)
        size = len(self.flat)
        shapes: list[Any] = []

        def body(*tensors: Tensor) -> list[Tensor]:
            row = nest.pack_sequence_as(self.structure, list(tensors[:size]))
            current = None if state is None else nest.pack_sequence_as(state, list(tensors[size:]))
            after, result = step(current, row)
            shapes[:] = [result]
            return [*([] if state is None else nest.flatten(after)), *nest.flatten(result)]

        outputs = control_flow.loop(
            None, body, flat_state, None, trip_count=self.count, elements=[t._value for t in self.flat],
            collect=True, reverse=reverse,
        )
        last = None if state is None else nest.pack_sequence_as(state, outputs[: len(flat_state)])
        return last, nest.pack_sequence_as(shapes[0], outputs[len(flat_state) :])


def _has_no_shape(value: Any) -> bool:
    """True for extension types: their first size is that of their tensors."""
    return not hasattr(type(value), "dtype")


def _sliced(value: Any) -> bool:
    return hasattr(value, "_type_spec") and not isinstance(value, Tensor) and not hasattr(value, "_dense_var_to_tensor")


def _with_gradient(value: Any, wanted: bool) -> Any:
    """`value`; without a gradient where a graph asks for that."""
    return value if wanted or frames.current() is None else nest.map_structure(stop_gradient, value)


def _callable(fn: Any) -> None:
    if not callable(fn):
        raise TypeError(f"'fn' must be callable, got {fn!r}.")


@export("scan")
def scan(
    fn: Any, elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False,
    infer_shape: bool = True, reverse: bool = False, name: Any = None,
) -> Any:
    """All values of `state = fn(state, row)` over the rows of `elems`, stacked.

    Args:
      fn: a function of (state, row).
      elems: a nest of tensors with equal first axes.
      initializer: the first state, a nest; by default the first row, which is then the first result.
      parallel_iterations, swap_memory: no effect.
      back_prop: False stops gradients in a tf.function.
      infer_shape: whether all states must have one shape.
      reverse: runs from the last row to the first.

    >>> import tfjax as tf
    >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).numpy()
    array([1, 3, 6], dtype=int32)
    """
    _callable(fn)
    rows = _Rows(elems)
    state = nest.map_structure(to_tensor, rows.first(reverse) if initializer is None else initializer)
    if not rows.compiled:
        return _scan_rows(fn, rows, state, initializer is None, reverse, infer_shape, back_prop)
    outputs = _Outputs(nest.map_structure(lambda t: TensorSpec(t.shape if infer_shape else None, t.dtype), state), infer_shape)

    def step(current: Any, row: Any) -> tuple[Any, Any]:
        after = nest.map_structure(to_tensor, outputs.matched(ag.convert_traced(fn)(current, row)))
        for old, new in zip(nest.flatten(current), nest.flatten(after)):
            if old.dtype != new.dtype:
                raise TypeError(f"Loop var enters the loop with type {old.dtype!r} but has type {new.dtype!r} after 1 iteration.")
        return (outputs.checked(after),) * 2

    remaining = rows.rest(reverse) if initializer is None else rows
    _, result = remaining.traverse(step, state, reverse)
    if initializer is None:
        joined = [_joined(first, later, reverse) for first, later in zip(nest.flatten(state), nest.flatten(result))]
        result = nest.pack_sequence_as(state, joined)
    return _with_gradient(result, back_prop)


def _joined(first: Tensor, later: Tensor, last: bool) -> Tensor:
    return concat([later, first[None]] if last else [first[None], later], 0)


def _scan_rows(fn: Any, rows: _Rows, state: Any, first_is_result: bool, reverse: bool, infer: bool, back_prop: bool) -> Any:
    places = list(range(rows.count))
    if reverse:
        places.reverse()
    each = rows.each()
    arrays = [TensorArray(t.dtype, rows.count, infer_shape=infer, element_shape=t.shape if infer else None) for t in nest.flatten(state)]
    for number, i in enumerate(places):
        if number or not first_is_result:
            after = fn(state, each[i])
            nest.assert_same_structure(state, after)
            state = nest.map_structure(lambda leaf, old: to_tensor(leaf, None, old.dtype), after, state)
        arrays = [a.write(i, v) for a, v in zip(arrays, nest.flatten(state))]
    result = nest.pack_sequence_as(state, [a.stack() for a in arrays])
    return _with_gradient(result, back_prop)


def _fold(fn: Any, elems: Any, initializer: Any, reverse: bool, back_prop: bool) -> Any:
    _callable(fn)
    rows = _Rows(elems)
    state = rows.first(reverse) if initializer is None else initializer
    state = nest.map_structure(to_tensor, state)
    if initializer is None:
        rows = rows.rest(reverse)
    if rows.compiled:
        signature = nest.map_structure(lambda t: t.dtype, state)

        def step(current: Any, row: Any) -> tuple[Any, Any]:
            after = ag.convert_traced(fn)(current, row)
            nest.assert_same_structure(signature, after)
            return nest.map_structure(lambda leaf, old: to_tensor(leaf, None, old.dtype), after, current), ()

        state = rows.traverse(step, state, reverse)[0]
    else:
        each = rows.each()
        for row in reversed(each) if reverse else each:
            after = fn(state, row)
            nest.assert_same_structure(state, after)
            state = nest.map_structure(lambda leaf, old: to_tensor(leaf, None, old.dtype), after, state)
    return _with_gradient(state, back_prop)


@export("foldl")
def foldl(
    fn: Any, elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False,
    name: Any = None,
) -> Any:
    """The last value of `state = fn(state, row)` over the rows of `elems`.

    Args:
      fn: a function of (state, row).
      elems: a nest of tensors with equal first axes.
      initializer: the first state, a nest; by default the first row.
      parallel_iterations, swap_memory: no effect.
      back_prop: False stops gradients in a tf.function.

    >>> import tfjax as tf
    >>> int(tf.foldl(lambda a, x: a + x, tf.constant([1, 2, 3])))
    6
    """
    return _fold(fn, elems, initializer, False, back_prop)


@export("foldr")
def foldr(
    fn: Any, elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False,
    name: Any = None,
) -> Any:
    """As `tf.foldl`, from the last row to the first.

    >>> import tfjax as tf
    >>> int(tf.foldr(lambda a, x: a - x, tf.constant([1, 2, 3])))
    0
    """
    return _fold(fn, elems, initializer, True, back_prop)


@export("vectorized_map")
def vectorized_map(fn: Any, elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """`fn` applied to all rows of `elems` at once (by `jax.vmap`), the results stacked.

    Args:
      fn: a function of one row (a nest like `elems`).
      elems: a nest of tensors with equal first axes; an axis of 1 is broadcast.
      fallback_to_while_loop: where `fn` cannot be vectorised, maps row by row.
      warn: no effect.

    Raises:
      ValueError: where `fn` cannot be vectorised and `fallback_to_while_loop` is False.

    >>> import tfjax as tf
    >>> tf.vectorized_map(lambda x: tf.reduce_sum(x) * x, tf.constant([[1., 2.], [3., 4.]])).numpy()
    array([[ 3.,  6.],
           [21., 28.]], dtype=float32)
    """
    if not callable(fn):
        raise TypeError(f"'{type(fn).__name__}' object is not callable")
    structure = nest.map_structure(to_tensor, elems)
    flat = nest.flatten(structure)
    if any(not t.shape.rank for t in flat):
        raise IndexError("list index out of range")
    counts = {t.shape[0] for t in flat}
    count = next((c for c in counts if c != 1), 1)
    if counts - {1, count}:
        raise InvalidArgumentError(None, None, f"indices[{min(counts)}] = {min(counts)} is not in [0, {min(counts)})")
    try:
        return _vectorised(fn, structure, flat, count)
    except ConcreteValueError as error:
        if not fallback_to_while_loop:
            raise ValueError(f"{fn!r} cannot be vectorised: {error}") from error
    rows = [nest.map_structure(lambda t: t[i if t.shape[0] > 1 else 0], structure) for i in range(count)]
    return nest.map_structure(lambda *parts: stack(list(parts)), *[nest.map_structure(to_tensor, fn(row)) for row in rows])


def _vectorised(fn: Any, structure: Any, flat: list[Tensor], count: int) -> Any:
    avals = [jax.ShapeDtypeStruct(t._value.shape[1:], t._value.dtype) for t in flat]
    along = [0 if t.shape[0] == count else None for t in flat]
    function = ag.convert(fn)
    frame = frames.Frame(frames.current())

    def one(*tensors: Tensor) -> Any:
        row = nest.pack_sequence_as(structure, list(tensors))
        return nest.map_structure(lambda leaf: None if leaf is None else to_tensor(leaf), function(row))

    traced = capture.trace(one, avals, frame)
    if traced.written:
        raise ConcreteValueError("A function that assigns Variables cannot be vectorised.")
    owners = {id(alias): variable for variable, alias in frame.captured.values()}
    captured = [owners[id(c)]._dense_var_to_tensor() if id(c) in owners else c for c in traced.captures]
    raw = capture.tracked_tensors([c._value if isinstance(c, Tensor) else c for c in captured])
    inputs = [c if isinstance(c, Tensor) else r for c, r in zip(captured, raw)]
    size = len(inputs)

    def run(*args: Any) -> tuple[Any, ...]:
        rows = [x if axis == 0 else x[0] for x, axis in zip(args[size:], along)]
        mapped = jax.vmap(lambda *xs: tuple(traced.fn(*args[:size], *xs)), along, axis_size=count)
        return tuple([jnp.asarray(o) for o in mapped(*rows)])

    kernel = SelectiveKernel("VectorizedMap", run, host=False)
    execute = execute_kernel if frames.current() is None else residuals.execute
    outputs = execute(kernel, [*inputs, *flat])
    return traced.structure.rebuild(outputs)
