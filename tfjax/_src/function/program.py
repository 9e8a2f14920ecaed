"""A traced function as a compiled program, and the fast path of its calls."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.dependence import SelectiveKernel, of_jaxpr
from tfjax._src.eager.kernel import Kernel, conj, is_differentiable
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import capture
from tfjax._src.ops.random.state import Position


class CallKernel(SelectiveKernel):
    """A traced function as a kernel. Its gradient keeps residuals: the forward never runs twice."""

    __slots__ = ("_forwards", "_backward", "traced")
    replayable = False

    def __init__(self, name: str, traced: capture.Traced) -> None:
        super().__init__(name, lambda *a: tuple(traced.fn(*a)), host=False)
        self.traced = traced
        self._forwards: dict[tuple[bool, ...], Any] = {}
        self._backward = jax.jit(_pull_back)

    def gradient_kernel(self, mask: tuple[bool, ...]) -> Kernel:
        # The gradient is a call as well: as TensorFlow's, it is connected with all its inputs.
        if mask not in self._grads:
            inner = super().gradient_kernel(mask)
            self._grads[mask] = Kernel(inner.name, inner.fn, host=False)
        return self._grads[mask]

    def find_dependence(self, values: Sequence[Any]) -> list[int]:
        jaxpr, numbers = self.traced.jaxpr, itertools.count()
        if jaxpr is None:
            return super().find_dependence(values)
        consts = [1 << next(numbers) if c is None else 0 for c in self.traced.fixed]
        return of_jaxpr(jaxpr, consts, [1 << next(numbers) for _ in jaxpr.invars])

    def forward_with_residuals(self, values: Sequence[Any], mask: tuple[bool, ...]) -> Any:
        """(outputs, residuals); the residuals are a pytree that `_pull_back` takes."""
        forward = self._forwards.get(mask)
        if forward is None:

            def run(*args: Any) -> Any:
                chosen = [a for a, use in zip(args, mask) if use]

                def partial(*active: Any) -> Any:
                    values = iter(active)
                    outs = self.fn(*[next(values) if use else a for a, use in zip(args, mask)])
                    inexact = tuple(o for o in outs if is_differentiable(o.dtype))
                    return inexact, tuple(o for o in outs if not is_differentiable(o.dtype))

                inexact, vjp, rest = jax.vjp(partial, *chosen, has_aux=True)
                return inexact, rest, vjp

            forward = self._forwards[mask] = jax.jit(run)
        return forward(*values)

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        entry = record.kernel
        residuals = getattr(entry, "residuals", None)
        if residuals is None or tape_module.tapes.stack:
            return super().backward(record, cotangents, mask)
        grads = self._backward(residuals, tuple(t._value for t in cotangents))
        results = iter(grads)
        found = [Tensor(next(results)) if use else None for use in entry.residual_mask]
        return [g for g, use in zip(found, mask) if use]


def _pull_back(vjp: Any, cotangents: Any) -> Any:
    return tuple([conj(g) for g in vjp(tuple([conj(jnp.asarray(c)) for c in cotangents]))])


class _Call(Kernel):
    """One recorded call: the shared kernel plus this call's residuals."""

    selective = True

    __slots__ = ("shared", "residuals", "residual_mask")
    replayable = False

    def __init__(self, shared: CallKernel, residuals: Any, mask: tuple[bool, ...]) -> None:
        super().__init__(shared.name, shared.fn, host=False)
        self.shared, self.residuals, self.residual_mask = shared, residuals, mask

    def dependence(self, inputs: Sequence[Tensor]) -> Any:
        return self.shared.dependence(inputs)

    def gradient_kernel(self, mask: tuple[bool, ...]) -> Kernel:
        return self.shared.gradient_kernel(mask)

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        return self.shared.backward(record, cotangents, mask)


class Program:
    """A function traced for one set of shapes.

    Attributes:
      name: the Python function's name.
      traced: the pure function and what it captured.
      inputs: (names, TensorSpecs) of the tensors.
      variables: Variables read or assigned.
      count: how many tensors the result has.
      first_call: seconds of the first call: compilation, mostly.
    """

    def __init__(
        self, name: str, traced: capture.Traced, inputs: Any, like: Program | None = None
    ) -> None:
        self.name, self.traced, self.inputs = name, traced, inputs
        if like is None:
            self._bind(traced)
        else:
            self._sources, self._constants, self.variables = (
                like._sources,
                like._constants,
                like.variables,
            )
        self.count = traced.structure.count
        self.draws = any(isinstance(v, Position) for v in self.variables)
        self.kernel = CallKernel(f"PartitionedCall_{name}", traced)
        specs = inputs[1]
        strings = any(s.dtype.np == object for s in specs)
        self._places = [i for i, s in enumerate(specs) if s.dtype.np != object] if strings else None
        self.first_call: float | None = None
        # Makes a program with derivatives, where this one has none.
        self.for_tapes: Callable[[], Any] | None = None
        self._with_rules: Any = None
        self._effects = bool(traced.jaxpr.effects)
        self._written = traced.written
        self._rebuild = builder(traced.structure)

    def _bind(self, traced: capture.Traced) -> None:
        """Tells Variables from constants among the captures, which are inputs from now on."""
        frame = traced.frame
        by_alias = {id(alias): v for v, alias in frame.captured.values()}
        self._sources = [by_alias.get(id(c)) for c in traced.captures]
        tracked = capture.tracked_tensors(traced.captures)
        self._constants = [None if v is not None else t for v, t in zip(self._sources, tracked)]
        captured = {id(v): v for v in self._sources if v is not None}
        captured.update((id(v), v) for v in traced.written)
        self.variables = tuple(captured.values())

    def release(self) -> None:
        """Forgets what only tracing needed."""
        self.traced.frame.captured.clear()
        self.traced.frame.values.clear()
        self.traced.captures = []

    def call_flat(self, tensors: Sequence[Tensor]) -> Any:
        """Calls with the tensors of the signature, in order; returns the Python result."""
        if self._places is not None:
            tensors = [tensors[i] for i in self._places]
        if frames._state.frame is not None or tape_module.tapes.stack:
            return self._call_tracked(tensors)
        values = [t._value for t in tensors]
        for i, value in enumerate(values):
            if type(value) is np.ndarray:
                values[i] = _moved(tensors[i])
        if self._sources:
            values[:0] = self._captured()
        jitted = self.kernel._jitted
        outputs = jitted(*values) if jitted is not None else self._first(values)
        if self._effects:
            frames.finish_effects(f"__inference_{self.name}")
        if self._written:
            for variable, value in zip(self._written, outputs[self.count :], strict=True):
                variable.store(value)
        return self._rebuild(outputs)

    def _captured(self) -> list[Any]:
        return [
            c._value if v is None else v.stored()
            for v, c in zip(self._sources, self._constants, strict=True)
        ]

    def _first(self, values: list[Any]) -> Any:
        start = time.perf_counter()
        outputs = self.kernel.jitted(*values)
        self.first_call = time.perf_counter() - start
        return outputs

    def _call_tracked(self, tensors: Sequence[Tensor]) -> Any:
        if self.for_tapes is not None:
            if self._with_rules is None:
                self._with_rules = self.for_tapes()
            return self._with_rules.call_flat(tensors)
        constants = self._constants
        inputs = [
            constants[i] if v is None else v.stored_tensor() for i, v in enumerate(self._sources)
        ]
        inputs.extend(tensors)
        outputs = self._execute(inputs)
        if self._effects:
            frames.finish_effects(f"__inference_{self.name}")
        for variable, value in zip(self._written, outputs[self.count :]):
            variable.store(value._value)
        return self.traced.structure.rebuild(outputs[: self.count])

    def _execute(self, inputs: list[Tensor]) -> Sequence[Tensor]:
        stack = tape_module.tapes.stack
        if not stack or frames.current() is not None or not _tracked(stack, inputs):
            return kernels.execute(self.kernel, inputs)
        values = [t._value for t in inputs]
        if any(isinstance(v, jax.core.Tracer) for v in values):
            return kernels.execute(self.kernel, inputs)
        mask = tuple(is_differentiable(v.dtype) for v in values)
        inexact, rest, residuals = self.kernel.forward_with_residuals(values, mask)
        first, second = iter(inexact), iter(rest)
        outputs = tuple(
            Tensor(next(first) if is_differentiable(a.dtype) else next(second))
            for a in self.traced.out_avals
        )
        kernels.record(_Call(self.kernel, residuals, mask), inputs, outputs)
        return outputs


def _moved(tensor: Tensor) -> Any:
    # A host value moves at its second use: converting one that is used once costs more.
    facts = tensor.__dict__
    if "_used" in facts:
        return tensor.jax()
    facts["_used"] = True
    return tensor._value


def _tracked(stack: Sequence[Any], inputs: Sequence[Tensor]) -> bool:
    return any(id(t) in tape._tracked for tape in stack for t in inputs)


def builder(structure: capture.Structure) -> Callable[[Sequence[Any]], Any]:
    """A function from output arrays to the Python result; quick for plain containers."""
    template = structure.template
    if type(template) is capture.Slot:
        return lambda arrays: Tensor(arrays[0])
    if template is None:
        return lambda arrays: None
    make = _plain(template)
    if make is not None:
        return make
    count = structure.count
    return lambda arrays: structure.rebuild([Tensor(a) for a in arrays[:count]])


def _plain(template: Any) -> Callable[[Sequence[Any]], Any] | None:
    kind = type(template)
    if kind is capture.Slot:
        index = template.index
        return lambda arrays: Tensor(arrays[index])
    if template is None:
        return lambda arrays: None
    if kind in (list, tuple):
        parts = [_plain(t) for t in template]
        if None in parts:
            return None
        return lambda arrays: kind([make(arrays) for make in parts])  # type: ignore[misc]
    if kind is dict:
        items = [(k, _plain(t)) for k, t in template.items()]
        if any(make is None for _, make in items):
            return None
        return lambda arrays: {k: make(arrays) for k, make in items}  # type: ignore[misc]
    return None
