"""Loops over nests: what goes round a compiled loop, and the sizes of TensorArrays that grow in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import capture, control_flow, known_loops
from tfjax._src.ops.array.tensor_array import TensorArray

Test = Callable[[list[Any]], Any]
Body = Callable[[Any, list[Any]], Sequence[Any]]


def run(
    test: Test | None,
    body: Body,
    values: Sequence[Any],
    names: Sequence[Any] = (),
    elements: Tensor | None = None,
    maximum: Any = None,
    invariants: Sequence[Any] | None = None,
    undefined: Callable[[Any], bool] = lambda value: False,
) -> list[Any]:
    """The values after the loop.

    Args:
      test: a function of the values that gives a bool tensor; None with `elements`.
      body: a function of (row of `elements`, values) that gives the values of the next step.
      values: nests; their tensors, numbers and TensorArrays go round, all else stays as it is.
      names: of the values, for errors.
      maximum: at most so many steps.
      invariants: a shape for each value that may change its shape, None for others.
      undefined: tells a value that is not set before the loop.
    """
    loop = _Loop(test, body, list(values), names, elements, maximum, invariants, undefined)
    return loop.run()


class _Loop:
    def __init__(self, test: Any, body: Any, values: Any, names: Any, elements: Any, maximum: Any, invariants: Any, undefined: Any) -> None:
        self.test, self.body, self.names, self.elements = test, body, names, elements
        self.maximum, self.invariants, self.undefined = maximum, invariants, undefined
        self.rows = [] if elements is None else [elements._value]
        self.values = self._ready(values)
        self._lay_out()

    def run(self) -> list[Any]:
        growing = self._growing()
        sizes = self._final_sizes(growing) if growing else []
        for array, size in zip(growing, sizes):
            self.values = [_swap(v, array, array.growing(size)) for v in self.values]
        if growing:
            self._lay_out()
        outputs = control_flow.loop(
            self._test if self.test is not None else None, self._body, self.state, self.flat_names,
            trip_count=self.rows[0].shape[0] if self.rows else None, elements=self.rows,
            maximum=self.maximum, may_vary=self.may_vary,
        )
        result = self._rebuilt(outputs)
        if not growing:
            return result
        remaining = iter(sizes)
        return [_map_arrays(v, lambda a: a if a._count is None else a.grown(next(remaining))) for v in result]

    # -- the state of the loop -----------------------------------------------------------------
    def _ready(self, values: list[Any]) -> list[Any]:
        """Values with what the body alone tells: first values, shapes of TensorArrays' elements."""
        arrays = [a for v in values for a in _arrays(v)]
        unset = [i for i, v in enumerate(values) if self.undefined(v)]
        if unset or any(a.pending for a in arrays):
            after = self._trial(values)
            for i in unset:
                values[i] = _zeros_like(after[i])
            for i, value in enumerate(values):
                for old, new in zip(_arrays(value), _arrays(after[i])):
                    if old.pending and not new.pending:
                        values[i] = _swap(values[i], old, old.buffered(new.element_shape if new._items is None else new._written_shape()))
        return [_map_arrays(v, lambda a: a if a.pending else a.buffered()) for v in values]

    def _trial(self, values: list[Any]) -> list[Any]:
        """What the body makes of the values, as stand-ins."""
        avals = [jax.ShapeDtypeStruct(r.shape[1:], r.dtype) for r in self.rows]
        found: list[Any] = []

        opened = [_map_arrays(v, lambda a: a.opened() if a._dynamic else a) for v in values]

        def once(*rows: Any) -> None:
            found.extend(self.body(rows[0] if rows else None, opened))

        if (graph := frames.recording()) is not None:
            graph.trial(once, avals)
        else:
            capture.trace(once, avals, frames.Frame(frames.current(), "loop"))
        return found

    def _lay_out(self) -> None:
        """Which leaves go round, and their first tensors."""
        self.packs = [_Pack(v) for v in self.values]
        self.state = [to_tensor(leaf) for pack in self.packs for leaf in pack.chosen()]
        named = zip(self.names, self.packs)
        self.flat_names = [str(name) for name, pack in named for _ in pack.places] if self.names else None
        given = self.invariants or [None] * len(self.packs)
        self.may_vary = [i is not None for i, pack in zip(given, self.packs) for _ in pack.places]

    def _rebuilt(self, tensors: Sequence[Any]) -> list[Any]:
        remaining = iter(tensors)
        return [pack.rebuild(remaining) for pack in self.packs]

    def _test(self, *tensors: Any) -> Any:
        return to_tensor(self.test(self._rebuilt(tensors)))

    def _body(self, *tensors: Any) -> list[Tensor]:
        count = len(self.rows)
        after = list(self.body(tensors[0] if count else None, self._rebuilt(tensors[count:])))
        result: list[Tensor] = []
        for i, (pack, value) in enumerate(zip(self.packs, after)):
            if pack.places and self.undefined(value):
                raise UnboundLocalError(f"'{self.names[i]}' is used before assignment")
            value = _map_arrays(value, lambda a: a if a.pending else a.buffered())
            leaves = nest.flatten(value, expand_composites=True)
            if pack.places and len(leaves) != len(pack.leaves):
                nest.assert_same_structure(pack.value, value, expand_composites=True)
            for place in pack.places:
                leaf = leaves[place]
                numeric = isinstance(leaf, (bool, int, float, complex))
                result.append(to_tensor(leaf, None, self.state[len(result)].dtype if numeric else None))
        return result

    # -- TensorArrays that grow ----------------------------------------------------------------
    def _growing(self) -> list[TensorArray]:
        """The arrays of dynamic size, with their number of elements as part of the state."""
        found = []
        for i, value in enumerate(self.values):
            for array in _arrays(value):
                if array._dynamic and array._items is None and array._count is None:
                    grows = array.growing(1)
                    self.values[i] = _swap(self.values[i], array, grows)
                    found.append(grows)
                elif array._count is not None:
                    found.append(array)
        if found:
            self._lay_out()
        return found

    def _final_sizes(self, growing: list[TensorArray]) -> list[int]:
        if any(type(a._count._value) is not np.ndarray for a in growing):
            raise ConcreteValueError("A TensorArray grows in a loop inside a loop that is compiled.")
        counts = {id(a._count) for a in growing}
        places = [i for i, t in enumerate(self.state) if id(t) in counts]
        finals = known_loops.final_values(
            self._test if self.test is not None else None, self._body, self.state, self.rows, places, self.maximum
        )
        if finals is None:
            raise ConcreteValueError("A TensorArray grows to a size that is known at run time only.")
        return [int(v) for v in finals]


class _Pack:
    """One value of the loop: its leaves, and which of them go round."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.leaves = nest.flatten(value, expand_composites=True)
        self.places = [i for i, leaf in enumerate(self.leaves) if _goes_round(leaf)]

    def chosen(self) -> list[Any]:
        return [self.leaves[i] for i in self.places]

    def rebuild(self, tensors: Any) -> Any:
        if not self.places:
            return self.value
        leaves = list(self.leaves)
        for i in self.places:
            leaves[i] = next(tensors)
        return nest.pack_sequence_as(self.value, leaves, expand_composites=True)


def _goes_round(leaf: Any) -> bool:
    if isinstance(leaf, (Tensor, bool, int, float, complex, np.ndarray, np.generic)):
        return True
    return hasattr(leaf, "_dense_var_to_tensor") is False and hasattr(leaf, "__jax_array__")


def _zeros_like(value: Any) -> Any:
    """Zeros in the place of stand-ins; anything else unchanged."""

    def zero(leaf: Any) -> Any:
        raw = capture.raw_value(leaf)
        return leaf if raw is None else Tensor(np.zeros(raw.shape, raw.dtype))

    return nest.map_structure(zero, value, expand_composites=True)


def _arrays(value: Any) -> list[TensorArray]:
    if isinstance(value, TensorArray):
        return [value]
    if isinstance(value, (Tensor, int, float)):
        return []
    return [leaf for leaf in nest.flatten(value) if isinstance(leaf, TensorArray)]


def _map_arrays(value: Any, function: Callable[[TensorArray], TensorArray]) -> Any:
    if not _arrays(value):
        return value
    return nest.map_structure(lambda leaf: function(leaf) if isinstance(leaf, TensorArray) else leaf, value)


def _swap(value: Any, old: TensorArray, new: TensorArray) -> Any:
    return _map_arrays(value, lambda leaf: new if leaf is old else leaf)
