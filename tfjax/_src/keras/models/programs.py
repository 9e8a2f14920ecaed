"""Compiled steps of training: one batch, or a whole stretch of an epoch in one dispatch."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core import nest
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tier
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import capture
from tfjax._src.keras.distribution.current import spread


class Step:
    """A Python step on a batch, traced once and compiled.

    Args:
      python_step: called with a nest of tensors; reads and writes Variables.
      batch: an example nest of arrays (None leaves stay None).
    """

    def __init__(self, python_step: Callable[..., Any], batch: Any) -> None:
        leaves = nest.flatten(batch)
        self.places = [i for i, leaf in enumerate(leaves) if leaf is not None]
        avals = [capture.aval_of(leaves[i]) for i in self.places]

        def run(*tensors: Tensor) -> Any:
            full: list[Any] = [None] * len(leaves)
            for i, tensor in zip(self.places, tensors):
                full[i] = tensor
            return python_step(nest.pack_sequence_as(batch, full))

        traced = capture.trace(run, avals, frames.Frame(kind="step"))
        self.structure = traced.structure
        by_alias = {id(alias): v for v, alias in traced.frame.captured.values()}
        self.sources = [by_alias.get(id(c)) for c in traced.captures]
        self.constants = [None if v is not None else c for v, c in zip(self.sources, traced.captures)]
        self.written = traced.written
        position = {id(v): i for i, v in enumerate(self.written)}
        # For each captured value: where it stands in the loop's state, or None if it never changes.
        self.carried = [position.get(id(v)) if v is not None else None for v in self.sources]
        self.fn = traced.fn
        self.spread = spread()
        self.homes = [self.spread.adopt(v) for v in self.written] if self.spread is not None else []
        traced.frame.captured.clear()
        traced.frame.values.clear()
        self._single = jax.jit(self._one)
        self._loop = jax.jit(self._many, static_argnames=("size",))
        self._indexed = jax.jit(self._nth, static_argnames=("size",), donate_argnums=(0,))
        # XLA's convolutions on a CPU take 1.5x as long inside a loop (8x8 digits, 2 cores: 670 us
        # a step, 440 us step by step), which is more than the dispatch of a step.
        self.by_step = tier.on_cpu() and capture.uses_primitive(traced.jaxpr, "conv_general_dilated")

    def _captures(self, state: Sequence[Any], fixed: Sequence[Any]) -> list[Any]:
        values = iter(fixed)
        return [state[p] if p is not None else next(values) for p in self.carried]

    def _one(self, state: Any, fixed: Any, batch: Any) -> Any:
        if self.spread is not None:
            batch = [self.spread.batch(a) for a in batch]
        outs = self.fn(*self._captures(state, fixed), *batch)
        new = outs[self.structure.count :]
        if self.homes:
            new = [jax.lax.with_sharding_constraint(v, home) for v, home in zip(new, self.homes)]
        return outs[: self.structure.count], tuple(new)

    def _many(self, state: Any, fixed: Any, data: Any, order: Any, start: Any, stop: Any, size: int) -> Any:
        def body(i: Any, carry: Any) -> Any:
            return self._nth(carry, fixed, data, order, i, size)

        return jax.lax.fori_loop(start, stop, body, tuple(state))

    def _nth(self, state: Any, fixed: Any, data: Any, order: Any, i: Any, size: int) -> Any:
        index = jax.lax.dynamic_slice(order, (i * size,), (size,))
        return self._one(state, fixed, [jnp.take(a, index, axis=0) for a in data])[1]

    def _state(self) -> tuple[list[Any], list[Any]]:
        state = [v.stored() for v in self.written]
        fixed = [
            c if v is None else v.stored()
            for v, c, p in zip(self.sources, self.constants, self.carried)
            if p is None
        ]
        return state, fixed

    def _store(self, values: Sequence[Any]) -> None:
        for variable, value in zip(self.written, values):
            variable.store(value)

    def __call__(self, batch: Any) -> Any:
        """Runs one batch; returns the Python result with tensors."""
        leaves = nest.flatten(batch)
        state, fixed = self._state()
        outs, new = self._single(state, fixed, [leaves[i] for i in self.places])
        self._store(new)
        return self.structure.rebuild([Tensor(o) for o in outs])

    def run_range(self, data: Sequence[Any], order: Any, start: int, stop: int, size: int) -> None:
        """Runs batches start..stop of an epoch given as arrays and an order of rows."""
        state, fixed = self._state()
        if not self.by_step:
            self._store(self._loop(state, fixed, list(data), order, start, stop, size=size))
            return
        # Copies are nobody else's, so that each step may reuse the buffers of the one before.
        current = tuple(_copies(state))
        for i in range(start, stop):
            current = self._indexed(current, fixed, list(data), order, i, size=size)
        self._store(current)


@jax.jit
def _copies(arrays: Sequence[Any]) -> list[Any]:
    return [jnp.copy(a) for a in arrays]


class Steps:
    """Steps by batch structure, shapes and dtypes."""

    def __init__(self, python_step: Callable[..., Any]) -> None:
        self.python_step = python_step
        self._steps: dict[Any, Step] = {}

    def of(self, batch: Any) -> Step:
        """The compiled step for batches like this one."""
        key = tuple((None if leaf is None else (leaf.shape, leaf.dtype)) for leaf in nest.flatten(batch))
        key = (str(nest.map_structure(lambda leaf: 0, batch)), key)
        found = self._steps.get(key)
        if found is None:
            # What the step prints appears once: TensorFlow traces it once for all sizes of batches.
            silent = contextlib.redirect_stdout(io.StringIO()) if self._steps else contextlib.nullcontext()
            with silent:
                found = self._steps[key] = Step(self.python_step, batch)
        return found
