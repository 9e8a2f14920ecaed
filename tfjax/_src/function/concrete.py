"""ConcreteFunction: one trace of a tf.function, compiled by XLA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.kernel import Kernel, conj, is_differentiable
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import capture


class CallKernel(Kernel):
    """A traced function as a kernel. Its gradient keeps residuals: the forward never runs twice."""

    __slots__ = ("_forwards", "_backward")
    replayable = False

    def __init__(self, name: str, fn: Any) -> None:
        super().__init__(name, fn, host=False)
        self._forwards: dict[tuple[bool, ...], Any] = {}
        self._backward = jax.jit(_pull_back)

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

    __slots__ = ("shared", "residuals", "residual_mask")
    replayable = False

    def __init__(self, shared: CallKernel, residuals: Any, mask: tuple[bool, ...]) -> None:
        super().__init__(shared.name, shared.fn, host=False)
        self.shared, self.residuals, self.residual_mask = shared, residuals, mask

    def gradient_kernel(self, mask: tuple[bool, ...]) -> Kernel:
        return self.shared.gradient_kernel(mask)

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        return self.shared.backward(record, cotangents, mask)


@export("types.experimental.ConcreteFunction")
class ConcreteFunction:
    """A function traced for one signature.

    Attributes:
      name: the Python function's name.
      traced: the pure function and what it captured.
      variables: Variables read or assigned.
    """

    def __init__(self, name: str, traced: capture.Traced, inputs: Any, signature: Any) -> None:
        self.name = name
        self.traced = traced
        # The structure of (args, kwargs), with a Slot for each tensor.
        self.inputs = inputs
        self.structured_input_signature = signature
        # The tf.function and the arguments that `get_concrete_function` was called on.
        self.origin: Any = None
        self.specs_given: Any = signature
        frame = traced.frame
        by_alias = {id(alias): v for v, alias in frame.captured.values()}
        self._sources = [by_alias.get(id(c)) for c in traced.captures]
        self._constants = [None if v is not None else Tensor(c) for v, c in zip(self._sources, traced.captures)]
        captured = {id(v): v for v in self._sources if v is not None}
        captured.update((id(v), v) for v in traced.written)
        self.variables = tuple(captured.values())
        self.count = traced.structure.count
        self.kernel = CallKernel(f"PartitionedCall_{name}", lambda *a: tuple(traced.fn(*a)))
        # The aliases and constants are inputs now.
        frame.captured.clear()
        frame.values.clear()
        traced.captures = []

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The trainable ones among `variables`."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def captured_inputs(self) -> list[Any]:
        """The Variables and constants that the function uses besides its arguments."""
        return [v if v is not None else c for v, c in zip(self._sources, self._constants)]

    @property
    def structured_outputs(self) -> Any:
        """TensorSpecs of the outputs, in the function's own structure."""
        from tfjax._src.core.dtypes import FROM_NUMPY
        from tfjax._src.core.specs import TensorSpec

        avals = self.traced.out_avals[: self.count]
        return self.traced.structure.rebuild([TensorSpec(a.shape, FROM_NUMPY[a.dtype]) for a in avals])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from tfjax._src.function import signature

        return self.call_flat(signature.flat_for_concrete(self, args, kwargs))

    def call_flat(self, tensors: Sequence[Tensor]) -> Any:
        """Calls with the tensors of the signature, in order; returns the Python result."""
        constants = self._constants
        inputs = [
            constants[i] if v is None else v.stored_tensor()
            for i, v in enumerate(self._sources)
        ]
        inputs.extend(tensors)
        outputs = self._execute(inputs)
        count = self.count
        for variable, value in zip(self.traced.written, outputs[count:]):
            variable.store(value._value)
        frames.finish_effects()
        return self.traced.structure.rebuild(outputs[:count])

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


def _tracked(stack: Sequence[Any], inputs: Sequence[Tensor]) -> bool:
    return any(id(t) in tape._tracked for tape in stack for t in inputs)
