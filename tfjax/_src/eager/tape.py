"""GradientTape: records kernels while active, differentiates them afterwards."""

from __future__ import annotations

import contextlib
import enum
import functools
import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import backprop, kernel
from tfjax._src.eager.backprop import Record
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import is_differentiable
from tfjax._src.eager.tensor import Tensor

_log = logging.getLogger("tensorflow")
# Sources of these exact classes need no taking apart; those of Variables are put here by their module.
PLAIN_TYPES: set[type] = {Tensor}
# tf.IndexedSlices, put here by its module.
make_slices: list[Any] = []


class _Tapes(threading.local):
    """The active tapes of a thread, outermost first."""

    def __init__(self) -> None:
        self.stack: list[Any] = []


tapes = kernel._tapes = _Tapes()


@export("UnconnectedGradients")
class UnconnectedGradients(enum.Enum):
    """What `gradient` gives for a source that the target does not depend on: NONE or ZERO."""

    NONE = "none"
    ZERO = "zero"


@export("GradientTape", "autodiff.GradientTape")
class GradientTape:
    """Records operations for automatic differentiation.

    Trainable Variables are watched when read; tensors after `watch`.

    Args:
      persistent: allows several `gradient` calls.
      watch_accessed_variables: False watches only what `watch` names.

    >>> import tfjax as tf
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * x
    >>> float(tape.gradient(y, x))
    6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watch_accessed = watch_accessed_variables
        self._recording = False
        self._used = False
        self._clear()

    def _clear(self) -> None:
        self._records: list[Record] = []
        self._rows_seen = False
        self._tracked: dict[int, Tensor] = {}
        # For each watched Variable, by id: itself and the tensors that its reads gave.
        self._variables: dict[int, tuple[Any, list[Tensor]]] = {}

    # -- context -------------------------------------------------------------------------------
    def __enter__(self) -> GradientTape:
        self._push()
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._recording:
            self._pop()

    def _push(self) -> None:
        if self._recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        tapes.stack.append(self)
        self._recording = True

    def _pop(self) -> None:
        if not self._recording:
            raise ValueError("Tape is not recording.")
        tapes.stack.remove(self)
        self._recording = False

    # -- called by the gate --------------------------------------------------------------------
    def record(self, entry_kernel: Any, inputs: Sequence[Tensor], outputs: tuple[Tensor, ...]) -> None:
        """Keeps the kernel if it depends on something watched."""
        tracked = self._tracked
        for tensor in inputs:
            if id(tensor) in tracked:
                break
        else:
            return
        if entry_kernel.selective:
            found = backprop.reaching(entry_kernel, inputs, outputs, tracked)
            if found:
                self._records.append(Record(entry_kernel, tuple(inputs), outputs))
                tracked.update([(id(o), o) for o in found])
            return
        self._records.append(Record(entry_kernel, tuple(inputs), outputs))
        if entry_kernel.rows:
            self._rows_seen = True
        for output in outputs:
            if is_differentiable(output._value.dtype):
                tracked[id(output)] = output

    def alias(self, new: Sequence[Tensor], old: Sequence[Tensor]) -> None:
        """Connects new objects of the same values with the old ones, where nothing else has done so."""
        for tensor, before in zip(new, old):
            if id(before) in self._tracked and id(tensor) not in self._tracked:
                self._records.append(Record(_IDENTITY, (before,), (tensor,)))
                self._tracked[id(tensor)] = tensor

    def read_variable(self, variable: Any, tensor: Tensor) -> None:
        """Notes that `tensor` is the value of `variable`, a trainable Variable just read."""
        if self._watch_accessed or id(variable) in self._variables:
            self._note_read(variable, tensor)

    def _note_read(self, variable: Any, tensor: Tensor) -> None:
        _, reads = self._variables.setdefault(id(variable), (variable, []))
        if id(tensor) not in self._tracked:
            self._tracked[id(tensor)] = tensor
            reads.append(tensor)

    # -- public --------------------------------------------------------------------------------
    def watch(self, tensor: Any) -> None:
        """Starts to follow a tensor, a Variable or a nest of them."""
        whole = {id(leaf) for leaf in nest.flatten(tensor)}
        for leaf in nest.flatten(tensor, expand_composites=True):
            if hasattr(leaf, "_dense_var_to_tensor"):
                self._variables.setdefault(id(leaf), (leaf, []))
                self._note_read(leaf, leaf._dense_var_to_tensor())
                continue
            if not isinstance(leaf, Tensor):
                raise ValueError(
                    "Passed in object {} of type {!r}, not tf.Tensor or tf.Variable or "
                    "ExtensionType.".format(leaf, type(leaf).__name__)
                )
            if not is_differentiable(leaf._value.dtype) and id(leaf) in whole:
                _log.log(
                    logging.WARNING,
                    "The dtype of the watched tensor must be floating (e.g. tf.float32), got %r",
                    leaf.dtype,
                )
            self._tracked[id(leaf)] = leaf

    def watched_variables(self) -> tuple[Any, ...]:
        """The Variables watched so far, in the order of their first read."""
        return tuple([variable for variable, _ in self._variables.values()])

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Pauses recording inside a `with` block."""
        if not self._recording:
            raise ValueError("Tape is not recording.")
        self._pop()
        try:
            yield
        finally:
            self._push()

    def reset(self) -> None:
        """Forgets everything recorded so far."""
        self._pop()
        self._clear()
        self._push()

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of `target` with respect to each of `sources`.

        Args:
          target: a tensor or a nest of tensors, whose elements are summed.
          sources: a tensor, Variable, or nest of them.
          output_gradients: a weight for each element of `target`; ones by default.
          unconnected_gradients: "none" or "zero".

        Returns:
          Gradients in the structure of `sources`.

        Raises:
          RuntimeError: on the second call of a tape that is not persistent.
          ValueError: for an unknown `unconnected_gradients`.
        """
        zeros = zero_unconnected(unconnected_gradients)
        self._claim()
        if self._recording and not self._persistent:
            self._pop()
        if type(target) is Tensor:
            flat_targets = [target]
        else:
            flat_targets = [self._target(t) for t in nest.flatten(target, expand_composites=True)]
        seeds: list[Tensor | None] = [None] * len(flat_targets)
        if output_gradients is not None:
            given = nest.flatten(output_gradients, expand_composites=True)
            seeds = [
                _weight(to_tensor(g, t.dtype), t) for g, t in zip(given, flat_targets)
            ]
        pairs = [
            (t, s) for t, s in zip(flat_targets, seeds) if is_differentiable(t._value.dtype)
        ]
        plain = type(sources) is list and PLAIN_TYPES.issuperset(map(type, sources))
        flat_sources = sources if plain else nest.flatten(sources, expand_composites=True)
        self._warn_of_integers(sources if plain else nest.flatten(sources))
        results = self._gradients([t for t, _ in pairs], [s for _, s in pairs], flat_sources, zeros)
        if not self._persistent:
            self._clear()
        return results if plain else nest.pack_sequence_as(sources, results, expand_composites=True)

    def _warn_of_integers(self, sources: list[Any]) -> None:
        for source in sources:
            plain = type(source) in PLAIN_TYPES or isinstance(source, Tensor) or hasattr(source, "_dense_var_to_tensor")
            if plain and not is_differentiable(dtypes.as_dtype(source.dtype).np):
                _log.warning(
                    "The dtype of the source tensor must be floating (e.g. tf.float32) when "
                    "calling GradientTape.gradient, got %r",
                    source.dtype,
                )

    def _claim(self) -> None:
        if self._used and not self._persistent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients "
                "(or jacobians)"
            )
        self._used = True

    def _target(self, target: Any) -> Tensor:
        if hasattr(target, "_dense_var_to_tensor"):
            reads = self._variables.get(id(target), (None, []))[1]
            if not reads:
                # A Variable as target depends on itself, even if nothing has read it.
                self._note_read(target, target._dense_var_to_tensor())
                reads = self._variables[id(target)][1]
            return reads[-1]
        if target is None or isinstance(target, (str, bytes)):
            raise TypeError(
                "Argument `target` should be a list or nested structure of Tensors, Variables or "
                f"CompositeTensors to be differentiated, but received {target}."
            )
        return to_tensor(target)

    def _gradients(
        self, targets: list[Tensor], seeds: list[Tensor | None], sources: list[Any], zeros: bool
    ) -> list[Any]:
        reads = [self._reads(source) for source in sources]
        lookups: list[Any] = [None] * len(sources)
        if self._rows_seen:
            lookups = [self._lookups(s, group, targets) for s, group in zip(sources, reads)]
            reads = [group if found is None else [r.outputs[0] for r in found] for group, found in zip(reads, lookups)]
        tracked = self._tracked
        flat = [t for group in reads for t in group if id(t) in tracked and is_differentiable(t._value.dtype)]
        computed = backprop.gradients(self._records, targets, seeds, flat)
        found = {id(t): grad for t, grad in zip(flat, computed)}
        results = []
        for source, group, rows in zip(sources, reads, lookups):
            if rows is not None and (slices := _slices(source, rows, found)) is not None:
                results.append(slices)
                continue
            if len(group) == 1:
                result = found.get(id(group[0]))
            else:
                grads: dict[int, Any] = {}
                for tensor in group:
                    if (grad := found.get(id(tensor))) is not None:
                        backprop.accumulate(grads, source, grad)
                result = grads.get(id(source))
            if result is None and zeros:
                value = _value_of(source)
                result = Tensor(np.zeros(value.shape, value.dtype))
            results.append(result)
        return results

    def _lookups(self, source: Any, reads: list[Tensor], targets: list[Tensor]) -> list[Record] | None:
        """The records that look up rows of a source, if the targets use it in no other way."""
        own = {id(t) for t in reads if id(t) in self._tracked}
        if not own:
            return None
        kept, _ = backprop.relevant(self._records, targets, reads)
        users = [r for r in kept if any(id(t) in own for t in r.inputs)]
        alone = all(getattr(r.kernel, "rows", False) and id(r.inputs[0]) in own for r in users)
        return users if users and alone and not any(id(t) in own for t in targets) else None

    def _reads(self, source: Any) -> list[Tensor]:
        if isinstance(source, Tensor):
            return [source]
        if hasattr(source, "_dense_var_to_tensor"):
            return self._variables.get(id(source), (None, []))[1]
        raise TypeError(
            f"Source should be tf.Tensor or tf.Variable, got {type(source).__name__}: {source!r}."
        )

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """d target[i] / d source[j], of shape target.shape + source.shape, for each source.

        Args:
          target: a tensor.
          sources: a tensor, Variable, or nest of them.
          unconnected_gradients: "none" or "zero".
          parallel_iterations: no effect.
          experimental_use_pfor: False computes row by row: less memory, more time.
        """
        zeros = zero_unconnected(unconnected_gradients)
        self._begin_jacobian()
        tensor = self._target(target)
        flat_sources = nest.flatten(sources)
        results = [self._jacobian(self._records, tensor, s, zeros, experimental_use_pfor) for s in flat_sources]
        if not self._persistent:
            self._clear()
        return nest.pack_sequence_as(sources, results)

    def _begin_jacobian(self) -> None:
        self._claim()
        if self._recording and not self._persistent:
            self._pop()

    def _jacobian(self, records: list[Record], target: Tensor, source: Any, zeros: bool, vectorised: bool) -> Any:
        reads = [t for t in self._reads(source) if id(t) in self._tracked]
        parts = backprop.jacobian(records, target, reads) if vectorised else None
        if parts is None:
            parts = [_jacobian_rows(records, target, read) for read in reads]
        grads: dict[int, Any] = {}
        for part in parts:
            if part is not None:
                backprop.accumulate(grads, source, part)
        result = grads.get(id(source))
        if result is None and zeros:
            value = _value_of(source)
            result = Tensor(np.zeros((*target._value.shape, *value.shape), value.dtype))
        return result

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """d target[b, i] / d source[b, j], of shape [b, i..., j...].

        Row b of `target` must depend only on row b of `source`: the rows are differentiated
        together. `parallel_iterations` has no effect; `experimental_use_pfor` is as in `jacobian`.

        Raises ValueError if the first axes of `target` and `source` differ.
        """
        zeros = zero_unconnected(unconnected_gradients)
        tensor = self._target(target)
        shape, source_shape = tensor._value.shape, _value_of(source).shape
        if not shape or not source_shape or shape[0] != source_shape[0]:
            raise ValueError(
                "Need first dimension of target shape and source shape to match: "
                f"{tuple(shape)} and {tuple(source_shape)}."
            )
        self._begin_jacobian()
        (total,) = kernel.execute(_SUM_ROWS, [tensor])
        records = [*self._records, Record(_SUM_ROWS, (tensor,), (total,))]
        rows = self._jacobian(records, total, source, zeros, experimental_use_pfor)
        if not self._persistent:
            self._clear()
        if rows is None:  # TensorFlow's batch jacobian has no None
            return Tensor(np.zeros((*shape, *source_shape[1:]), _value_of(source).dtype))
        return kernel.execute(_rows_first(len(shape) - 1), [rows])[0]


def _jacobian_rows(records: list[Record], target: Tensor, read: Tensor) -> Tensor | None:
    """The jacobian, one backward pass for each element of the target."""
    shape, dtype, size = target._value.shape, target._value.dtype, target._value.size
    rows = []
    for i in range(size):
        seed = np.zeros(size, dtype)
        seed[i] = 1
        (row,) = backprop.gradients(records, [target], [Tensor(seed.reshape(shape))], [read])
        if row is None:
            return None
        rows.append(row)
    return kernel.execute(_stack_rows(len(rows), shape), rows)[0] if rows else None


def _slices(source: Any, rows: list[Record], found: dict[int, Any]) -> Any:
    """The IndexedSlices of a Variable's looked-up rows; None if the target does not depend on them."""
    pairs = [(found.get(id(r.outputs[0])), r.inputs[1]) for r in rows]
    pairs = [(g, i) for g, i in pairs if g is not None]
    if not pairs:
        return None
    shape = _value_of(source).shape
    flat = [t for pair in pairs for t in pair]
    values, indices = kernel.execute(_row_packer(len(pairs), tuple(shape[1:])), flat)
    return make_slices[0](values, indices, Tensor(np.array(shape, np.int32)))


@functools.cache
def _row_packer(count: int, row: tuple[int, ...]) -> kernel.Kernel:
    def pack(*flat: Any) -> tuple[Any, ...]:
        values = jnp.concatenate([g.reshape((-1, *row)) for g in flat[::2]])
        return values, jnp.concatenate([i.reshape(-1) for i in flat[1::2]])

    return kernel.Kernel("PackRows", pack, host=False)


def _weight(given: Tensor, target: Tensor) -> Tensor:
    """An output gradient in the shape of its target; a smaller one is broadcast."""
    shape = target._value.shape
    if given._value.shape == shape:
        return given
    try:
        np.broadcast_shapes(given._value.shape, shape)
        return kernel.execute(_broadcast(tuple(shape)), [given])[0]
    except ValueError:
        raise InvalidArgumentError(
            None, None, f"Incompatible shapes: {list(given._value.shape)} vs. {list(shape)} of an output gradient and its target"
        ) from None


@functools.cache
def _broadcast(shape: tuple[int, ...]) -> kernel.Kernel:
    return kernel.Kernel("BroadcastTo", lambda x: (jnp.broadcast_to(x, shape),), host=False)


def _value_of(source: Any) -> Any:
    return source._value if isinstance(source, Tensor) else source._dense_var_to_tensor()._value


def zero_unconnected(value: Any) -> bool:
    """Whether a value for `unconnected_gradients`, an enum's member or its text, asks for zeros."""
    try:
        return UnconnectedGradients(value) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {value!r}") from None


def _stack_rows(count: int, shape: tuple[int, ...]) -> kernel.Kernel:
    def stack(*rows: Any) -> tuple[Any, ...]:
        return (jnp.stack(rows).reshape((*shape, *rows[0].shape)),)

    return kernel.Kernel("Pack", stack, host=False)


_IDENTITY = kernel.Kernel("Identity", lambda x: (x,))
_SUM_ROWS = kernel.Kernel("Sum", lambda x: (x.sum(0, dtype=x.dtype),))


@functools.cache
def _rows_first(axis: int) -> kernel.Kernel:
    """[target..., batch, source...] → [batch, target..., source...]."""
    return kernel.Kernel("Transpose", lambda full: (jnp.moveaxis(full, axis, 0),), host=False)


def watch_read(variable: Any, tensor: Tensor) -> None:
    """Tells the active tapes that a trainable Variable was read."""
    for tape in tapes.stack:
        tape.read_variable(variable, tensor)


@contextlib.contextmanager
def suspended() -> Iterator[None]:
    """No tape records inside."""
    stack, tapes.stack = tapes.stack, []
    try:
        yield
    finally:
        tapes.stack = stack
