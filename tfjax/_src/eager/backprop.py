"""Reverse-mode differentiation of recorded kernels.

Eagerly, all records between sources and targets become one pure program whose vector-Jacobian
product is compiled once per structure: a training loop pays one dispatch per step. Records that
cannot be replayed (custom gradients, calls of tf.functions, loops) and traces go record by record.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager.dependence import SelectiveKernel
from tfjax._src.eager.kernel import Kernel, conj, execute, is_differentiable
from tfjax._src.eager.tensor import ConcreteValueError, Tensor


class Record(NamedTuple):
    """One executed kernel."""

    kernel: Kernel
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


ADD = Kernel("AddN", lambda x, y: (x + y,))
_PROGRAMS: collections.OrderedDict[Any, Kernel] = collections.OrderedDict()
_PROGRAMS_KEPT = 256
# After this many new structures in a row, a structure is compiled whole only once it comes again.
_PATIENCE = 6


class _Misses:
    streak = 0
    seen: collections.OrderedDict[int, None] = collections.OrderedDict()


class _Known(NamedTuple):
    """A compiled program, found again by the wiring of a whole tape.

    Attributes:
      program: from leaves to gradients.
      leaves: where its leaves stand in the order of the walk over the tape.
      results: for each source, which gradient is its own; None for an unconnected source.
    """

    program: Kernel
    leaves: list[int]
    results: list[int | None]


# A training loop's step finds its program here in one walk over the tape.
_KNOWN: collections.OrderedDict[Any, _Known] = collections.OrderedDict()


def gradients(
    records: Sequence[Record],
    targets: Sequence[Tensor],
    seeds: Sequence[Tensor | None],
    sources: Sequence[Tensor],
) -> list[Tensor | None]:
    """The gradient of the targets, weighted by `seeds` (None: ones), for each source.

    A source that no target depends on gives None.
    """
    if frames.current() is not None or any(seed is not None for seed in seeds):
        return _gradients(records, targets, seeds, sources)[0]
    key, order = _wiring(records, targets, sources)
    known = _KNOWN.get(key)
    if known is None:
        results, program, leaves = _gradients(records, targets, seeds, sources)
        if program is not None:
            _remember(key, order, program, leaves, results)
        return results
    outputs = execute(known.program, [order[i] for i in known.leaves])
    return [None if i is None else outputs[i] for i in known.results]


def _wiring(records: Any, targets: Any, sources: Any) -> tuple[Any, list[Tensor]]:
    """(a key equal for tapes of the same wiring and dtypes, tensors in order of appearance)."""
    slots: dict[int, int] = {}
    order: list[Tensor] = []
    key: list[Any] = []
    for tensor in sources:
        slot = slots.setdefault(id(tensor), len(order))
        if slot == len(order):
            order.append(tensor)
        key += (slot, tensor._value.dtype)
    for kernel, inputs, outputs in records:
        key += (kernel, len(inputs))
        for tensor in inputs:
            slot = slots.get(id(tensor))
            if slot is None:
                slot = slots[id(tensor)] = len(order)
                order.append(tensor)
                key.append(tensor._value.dtype)
            key.append(slot)
        for tensor in outputs:
            slot = slots.setdefault(id(tensor), len(order))
            if slot == len(order):
                order.append(tensor)
            else:
                key.append(-1 - slot)
    key += [slots.get(id(tensor)) for tensor in targets]
    return (len(sources), len(targets), *key), order


def _remember(key: Any, order: Any, program: Kernel, leaves: Any, results: Any) -> None:
    places = {id(tensor): i for i, tensor in enumerate(order)}
    connected = itertools.count()
    _KNOWN[key] = _Known(
        program,
        [places[id(leaf)] for leaf in leaves],
        [None if result is None else next(connected) for result in results],
    )
    if len(_KNOWN) > _PROGRAMS_KEPT:
        _KNOWN.popitem(last=False)


def _gradients(
    records: Any, targets: Any, seeds: Any, sources: Any
) -> tuple[list[Tensor | None], Kernel | None, tuple[Tensor, ...]]:
    """(gradients, the program that computed them, its leaves); no program if record by record."""
    kept, needed = relevant(records, targets, sources)
    connected = [id(s) in needed for s in sources]
    active = [s for s, use in zip(sources, connected) if use]
    if not active:
        return [None] * len(sources), None, ()
    found, program, leaves = _compute(kept, needed, targets, seeds, active)
    results = iter(found)
    return [next(results) if use else None for use in connected], program, leaves


def relevant(
    records: Sequence[Record], targets: Sequence[Tensor], sources: Sequence[Tensor]
) -> tuple[list[Record], set[int]]:
    """The records on a path from a source to a target, and the ids of all tensors on one."""
    reached = {id(s) for s in sources}
    forward = []
    for entry in records:
        if any(id(t) in reached for t in entry.inputs):
            forward.append(entry)
            reached.update(id(o) for o in reaching(entry.kernel, entry.inputs, entry.outputs, reached))
    needed = {id(t) for t in targets if id(t) in reached}
    kept = []
    for entry in reversed(forward):
        if any(id(o) in needed for o in entry.outputs):
            kept.append(entry)
            needed.update(id(t) for t in _used(entry, needed) if id(t) in reached)
    kept.reverse()
    return kept, needed


def reaching(kernel: Kernel, inputs: Sequence[Tensor], outputs: Sequence[Tensor], reached: Any) -> list[Tensor]:
    """The outputs that depend on an input whose id is in `reached`."""
    floats = [o for o in outputs if is_differentiable(o._value.dtype)]
    if not kernel.selective:
        return floats
    depends = kernel.dependence(inputs)
    given = sum([1 << i for i, t in enumerate(inputs) if id(t) in reached])
    return [o for o, found in zip(outputs, depends) if found & given and is_differentiable(o._value.dtype)]


def _used(entry: Record, needed: set[int]) -> Sequence[Tensor]:
    """The inputs that the needed outputs depend on."""
    if not entry.kernel.selective:
        return entry.inputs
    wanted = 0
    for output, depends in zip(entry.outputs, entry.kernel.dependence(entry.inputs)):
        if id(output) in needed:
            wanted |= depends
    return [t for i, t in enumerate(entry.inputs) if wanted >> i & 1]


def _compute(
    kept: Any, needed: Any, targets: Any, seeds: Any, sources: Any
) -> tuple[list[Tensor | None], Kernel | None, tuple[Tensor, ...]]:
    whole = frames.current() is None and all(r.kernel.replayable for r in kept)
    if whole:
        plan = _Plan(kept, targets, seeds, sources)
        leaves = plan.leaves
        program = _program(plan)
        if program is not None:
            return list(execute(program, leaves)), program, leaves
    return _by_records(kept, needed, targets, seeds, sources), None, ()


class _Plan:
    """The structure of a tape's program and the tensors that feed it.

    Slots number the values: sources first, then every other tensor in order of appearance.
    """

    def __init__(self, kept: Any, targets: Any, seeds: Any, sources: Any) -> None:
        slots: dict[int, int] = {}
        for source in sources:
            slots.setdefault(id(source), len(slots))
        leaves = list(sources) if len(slots) == len(sources) else _unique(sources)
        self.sources = len(leaves)
        produced: list[int] = []
        steps: list[Any] = []
        leaf_slots: list[int] = []
        for entry in kept:
            inputs = []
            for tensor in entry.inputs:
                slot = slots.get(id(tensor))
                if slot is None:
                    slot = slots[id(tensor)] = len(slots)
                    leaf_slots.append(slot)
                    leaves.append(tensor)
                inputs.append(slot)
            outputs = []
            for tensor in entry.outputs:
                slot = slots.get(id(tensor))
                if slot is None:
                    slot = slots[id(tensor)] = len(slots)
                elif slot < self.sources:
                    produced.append(slot)
                outputs.append(slot)
            steps.append((entry.kernel, tuple(inputs), tuple(outputs)))
        seeded = tuple(s is not None for s in seeds)
        chosen = [(t, s) for t, s in zip(targets, seeds) if id(t) in slots]
        self.targets = tuple(slots[id(t)] for t, _ in chosen)
        seeded = tuple(s is not None for _, s in chosen)
        leaves.extend([s for _, s in chosen if s is not None])
        self.leaves = tuple(leaves)
        self.wanted = tuple(slots[id(s)] for s in sources)
        self.steps, self.leaf_slots = tuple(steps), tuple(leaf_slots)
        self.produced, self.seeded = frozenset(produced), seeded
        self.key = (
            self.steps, self.leaf_slots, self.sources, self.targets, self.seeded, self.wanted,
            self.produced,
        )

    def split(self, leaves: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Leaves as (sources, constants, seeds)."""
        constants_end = self.sources + len(self.leaf_slots)
        return (
            list(leaves[: self.sources]),
            list(leaves[self.sources : constants_end]),
            list(leaves[constants_end:]),
        )

    def forward(self, shifts: Sequence[Any], values: Sequence[Any], constants: Sequence[Any]) -> list[Any]:
        """The targets' values, replaying every step.

        A source that a step produces is that product plus its `shift` (a zero): so the gradient
        for it and, through it, the gradient for earlier sources both come out.
        """
        env: dict[int, Any] = {}
        for slot in range(self.sources):
            env[slot] = values[slot] if slot in self.produced else shifts[slot]
        env.update(zip(self.leaf_slots, constants))
        for kernel, inputs, outputs in self.steps:
            for slot, out in zip(outputs, kernel.replay(*[env[i] for i in inputs])):
                env[slot] = out + shifts[slot] if slot in self.produced else out
        return [env[t] for t in self.targets]

    def vjp(self, leaves: Sequence[Any]) -> tuple[list[Any], Any, list[Any]]:
        """(target values, vjp function over sources, seeds given)."""
        values, constants, seeds = self.split(leaves)
        shifts = [
            jnp.zeros_like(v) if slot in self.produced else jnp.asarray(v)
            for slot, v in enumerate(values)
        ]
        outputs, vjp = jax.vjp(lambda s: self.forward(s, values, constants), shifts)
        return outputs, vjp, seeds

    def gradient(self, *leaves: Any) -> tuple[Any, ...]:
        """The program: gradients for `wanted`, from leaves."""
        outputs, vjp, seeds = self.vjp(leaves)
        given = iter(seeds)
        cotangents = [
            conj(jnp.asarray(next(given), out.dtype)) if seeded else jnp.ones_like(out)
            for out, seeded in zip(outputs, self.seeded)
        ]
        (grads,) = vjp(cotangents)
        return tuple([conj(grads[slot]) for slot in self.wanted])


def _unique(tensors: Sequence[Tensor]) -> list[Tensor]:
    return list({id(t): t for t in tensors}.values())


def _program(plan: _Plan) -> Kernel | None:
    """The compiled program of this structure, or None when structures keep changing."""
    program = _PROGRAMS.get(plan.key)
    if program is not None:
        _Misses.streak = 0
        return program
    digest = hash(plan.key)
    _Misses.streak += 1
    if _Misses.streak > _PATIENCE and digest not in _Misses.seen:
        _Misses.seen[digest] = None
        if len(_Misses.seen) > 4096:
            _Misses.seen.popitem(last=False)
        return None
    program = SelectiveKernel("GradientTape", plan.gradient, host=False)
    plan.leaves = ()
    _PROGRAMS[plan.key] = program
    if len(_PROGRAMS) > _PROGRAMS_KEPT:
        _PROGRAMS.popitem(last=False)
    return program


def _by_records(kept: Any, needed: Any, targets: Any, seeds: Any, sources: Any) -> list[Tensor | None]:
    """Walks the records backwards, one vector-Jacobian product each."""
    grads: dict[int, Any] = {}
    for target, seed in zip(targets, seeds):
        if id(target) in needed:
            accumulate(grads, target, ones_like(target) if seed is None else seed)
    for entry in reversed(kept):
        cotangents = [
            grads.get(id(o)) for o in entry.outputs if is_differentiable(o._value.dtype)
        ]
        if all(c is None for c in cotangents):
            continue
        outputs = [o for o in entry.outputs if is_differentiable(o._value.dtype)]
        filled = [zeros_like(o) if c is None else c for c, o in zip(cotangents, outputs)]
        mask = tuple(
            id(t) in needed and is_differentiable(t._value.dtype) for t in entry.inputs
        )
        if not any(mask):
            continue
        results = iter(entry.kernel.backward(entry, filled, mask))
        for tensor, use in zip(entry.inputs, mask):
            if use and (grad := next(results)) is not None:
                accumulate(grads, tensor, grad)
    return [grads.get(id(s)) for s in sources]


def accumulate(grads: dict[int, Any], tensor: Tensor, grad: Any) -> None:
    """Adds `grad` to what `tensor` has received so far."""
    old = grads.get(id(tensor))
    grads[id(tensor)] = grad if old is None else execute(ADD, (old, grad))[0]


_ONES = Kernel("OnesLike", lambda x: (jnp.ones_like(x),), host=False, differentiable=False)
_ZEROS = Kernel("ZerosLike", lambda x: (jnp.zeros_like(x),), host=False, differentiable=False)


def ones_like(tensor: Tensor) -> Tensor:
    """Ones of a tensor's shape and dtype."""
    value = tensor._value
    if value.shape is None or None in value.shape:
        return execute(_ONES, (tensor,))[0]
    if value.size <= 4096:
        return Tensor(np.ones(value.shape, value.dtype))
    return Tensor(jnp.ones(value.shape, value.dtype))


def zeros_like(tensor: Tensor) -> Tensor:
    """Zeros of a tensor's shape and dtype."""
    value = tensor._value
    if value.shape is None or None in value.shape:
        return execute(_ZEROS, (tensor,))[0]
    if value.size <= 4096:
        return Tensor(np.zeros(value.shape, value.dtype))
    return Tensor(jnp.zeros(value.shape, value.dtype))


def jacobian(
    records: Sequence[Record], target: Tensor, sources: Sequence[Tensor]
) -> list[Tensor | None] | None:
    """d target / d source for each source, vectorised; None where that is impossible."""
    kept, needed = relevant(records, [target], sources)
    connected = [id(s) in needed for s in sources]
    active = [s for s, use in zip(sources, connected) if use]
    if not active:
        return [None] * len(sources)
    if all(r.kernel.pure for r in kept):
        found = _jacobian_program(kept, target, active)
    else:
        found = _jacobian_by_records(kept, needed, target, active)
    if found is None:
        return None
    results = iter(found)
    return [next(results) if use else None for use in connected]


def _jacobian_program(kept: list[Record], target: Tensor, active: list[Tensor]) -> Sequence[Tensor]:
    plan = _Plan(kept, [target], [None], active)
    leaves, plan.leaves = plan.leaves, ()

    def program(*values: Any) -> tuple[Any, ...]:
        outputs, vjp, _ = plan.vjp(values)
        out = outputs[0]
        (grads,) = jax.vmap(lambda seed: vjp([seed]))(_basis(out))
        return tuple(
            [conj(grads[s]).reshape(out.shape + grads[s].shape[1:]) for s in plan.wanted]
        )

    key = ("jacobian", plan.key)
    found = _PROGRAMS.get(key)
    if found is None:
        found = _PROGRAMS[key] = SelectiveKernel("Jacobian", program, host=False)
    return execute(found, leaves)


def _basis(out: Any) -> Any:
    return jnp.eye(out.size, dtype=out.dtype).reshape((out.size, *out.shape))


def _jacobian_by_records(kept: Any, needed: Any, target: Tensor, active: list[Tensor]) -> list[Tensor | None] | None:
    """With users' gradient functions among the records: they run once, on all rows together."""
    if kernels._tapes.stack:
        return None
    places: list[int] = []

    def row(seed: Any) -> list[Any]:
        grads = _by_records(kept, needed, [target], [Tensor(seed)], active)
        places[:] = [i for i, g in enumerate(grads) if g is not None]
        return [grads[i]._value for i in places]

    value = target._value
    try:
        rows = jax.vmap(row)(_basis(value))
    except ConcreteValueError:  # a gradient function looked at values
        return None
    found = dict(zip(places, rows))
    return [
        Tensor(found[i].reshape(value.shape + found[i].shape[1:])) if i in found else None
        for i in range(len(active))
    ]
