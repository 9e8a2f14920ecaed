"""Python code traced once into a jaxpr whose captured values become explicit inputs.

This is what tf.function, `tf.cond`, loops and `tf.map_fn` are made of: the Python code runs a single
time, reads and writes of Variables are collected by a `Frame`, and the result is a pure function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import nest
from tfjax._src.eager import frame as frames
from tfjax._src.eager import sizes
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.tensor import Tensor


@dataclass
class Structure:
    """The nest that a traced call returned, with its tensors taken out.

    Attributes:
      template: the nest; a tensor's place holds a `Slot`.
      count: how many tensors it has.
    """

    template: Any
    count: int

    def rebuild(self, tensors: Sequence[Any]) -> Any:
        """The nest with `tensors` in their places."""
        leaves = [
            tensors[leaf.index] if isinstance(leaf, Slot) else leaf
            for leaf in nest.flatten(self.template, expand_composites=True)
        ]
        return nest.pack_sequence_as(self.template, leaves, expand_composites=True)


@dataclass(frozen=True)
class Slot:
    """Stands for tensor number `index`."""

    index: int


def take_apart(value: Any) -> tuple[list[Any], Structure]:
    """(raw arrays of the tensors in `value`, structure). Variables count as their value."""
    arrays: list[Any] = []
    leaves = []
    for leaf in nest.flatten(value, expand_composites=True):
        raw = raw_value(leaf)
        if raw is None:
            leaves.append(leaf)
        else:
            leaves.append(Slot(len(arrays)))
            arrays.append(raw)
    template = nest.pack_sequence_as(value, leaves, expand_composites=True)
    return arrays, Structure(template, len(arrays))


def raw_value(leaf: Any) -> Any:
    """The array behind a Tensor, Variable or array; None for anything else (strings included)."""
    if isinstance(leaf, Tensor):
        raw = leaf._value
    elif hasattr(leaf, "_dense_var_to_tensor"):
        raw = leaf._dense_var_to_tensor()._value
    elif isinstance(leaf, (np.ndarray, np.generic, jax.Array)):
        raw = np.asarray(leaf) if isinstance(leaf, np.generic) else leaf
    else:
        return None
    if raw.dtype.kind in "OSUT":  # strings are never traced
        return None
    return raw


@dataclass
class Traced:
    """A traced Python call as a pure function `fn(*captures, *inputs) -> arrays`.

    Attributes:
      fn: the pure function; returns the result's tensors, then the written Variables' values.
      captures: the captured arrays, in the order of `fn`'s first arguments: constants, values of
        an enclosing trace, or aliases of Variables' arrays.
      structure: of the Python result.
      written: Variables assigned, in order.
      frame: the frame used.
      out_avals: shapes and dtypes of the outputs of `fn`.
      jaxpr: the program; its constants are `captures`, in order, in the places where `fixed` has None.
    """

    fn: Callable[..., list[Any]]
    captures: list[Any]
    structure: Structure
    written: list[Any]
    frame: frames.Frame
    out_avals: list[Any] = field(default_factory=list)
    jaxpr: Any = None
    fixed: list[Any] = field(default_factory=list)


def trace(
    python_fn: Callable[..., Any], avals: Sequence[Any], frame: frames.Frame, writes: Sequence[Any] = (),
    axis_env: Any = None,
) -> Traced:
    """Runs `python_fn(*tensors)` once on stand-ins for `avals`.

    Args:
      writes: Variables whose final values are outputs even if they were not assigned.
      axis_env: pairs (name, size) of the mapped axes that collectives inside may name.
    """
    cell: list[Any] = []

    def run(*values: Any) -> list[Any]:
        with frames.enter(frame), tape_module.suspended():
            result = python_fn(*[Tensor(v) for v in values])
            arrays, structure = take_apart(result)
            written = list(frame.written.values())
            written += [v for v in writes if id(v) not in frame.written]
            finals = [frame.read(v) for v in written]
            cell.append((structure, written))
            return [jnp.asarray(sizes.traced(a)) for a in [*arrays, *finals]]

    closed = jax.make_jaxpr(run, axis_env=axis_env)(*avals)
    structure, written = cell[0]
    return from_jaxpr(closed, structure, written, frame)


def from_jaxpr(closed: Any, structure: Structure, written: list[Any], frame: frames.Frame) -> Traced:
    """A `Traced` whose captures are the device arrays among the constants of a ClosedJaxpr."""
    jaxpr = closed.jaxpr
    lifted: list[Any] = []
    places: list[int | None] = []
    for const in closed.consts:
        # Small host constants stay in the program, where XLA can fold them.
        lift = isinstance(const, jax.Array)
        places.append(len(lifted) if lift else None)
        if lift:
            lifted.append(const)
    fixed = [None if place is not None else c for place, c in zip(places, closed.consts)]

    def fn(*args: Any) -> list[Any]:
        consts = [c if p is None else args[p] for c, p in zip(fixed, places)]
        return jax.core.eval_jaxpr(jaxpr, consts, *args[len(lifted) :])

    return Traced(fn, lifted, structure, written, frame, list(closed.out_avals), jaxpr, fixed)


def uses_primitive(jaxpr: Any, name: str) -> bool:
    """Whether a computation, or one inside it, has a primitive of this name."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == name:
            return True
        for value in equation.params.values():
            for inner in value if isinstance(value, (tuple, list)) else (value,):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns") and uses_primitive(inner, name):
                    return True
    return False


def has_outer_tracer(traced: Traced) -> bool:
    """True when the call captured a value of an enclosing trace."""
    return any(isinstance(c, jax.core.Tracer) for c in traced.captures)


def tracked_tensors(arrays: Sequence[Any]) -> list[Tensor]:
    """Tensors for captured arrays: the very ones that active tapes follow, where there are any."""
    if not tape_module.tapes.stack:
        return [Tensor(a) for a in arrays]
    known: dict[int, Tensor] = {}
    for tape in tape_module.tapes.stack:
        for tensor in tape._tracked.values():
            known[id(tensor._value)] = tensor
    # Variables that only the inner trace has read: the tapes hear of them now.
    for variable in _variables_behind(arrays):
        tensor = variable._dense_var_to_tensor()
        known[id(tensor._value)] = tensor
    return [known[id(a)] if id(a) in known else Tensor(a) for a in arrays]


def _variables_behind(arrays: Sequence[Any]) -> list[Any]:
    """The Variables whose current values in this trace are among `arrays`."""
    wanted = {id(a) for a in arrays}
    found, frame = [], frames.current()
    while frame is not None:
        for key, value in frame.values.items():
            if id(value) in wanted:
                owner = frame.written.get(key) or frame.captured.get(key, (None,))[0]
                if owner is not None:
                    found.append(owner)
        frame = frame.parent
    return found


def aval_of(value: Any) -> jax.ShapeDtypeStruct:
    """Shape and dtype of an array."""
    return jax.ShapeDtypeStruct(value.shape, value.dtype)
