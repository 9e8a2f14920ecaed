"""Kernels whose forward pass must not run twice: loops and branches keep their residuals for a tape.

XLA merges equal arithmetic, but not two equal loops. So when a tape follows an input, the loop is
run by `jax.vjp` once, and the record holds the pullback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.dependence import SelectiveKernel
from tfjax._src.eager.kernel import Kernel, conj, is_differentiable
from tfjax._src.eager.tensor import Tensor


class Kept(Kernel):
    """One recorded run of `shared`, with the pullback of its inputs where `mask` is true."""

    __slots__ = ("shared", "pullback", "mask")
    replayable = False
    selective = True

    def __init__(self, shared: SelectiveKernel, pullback: Any, mask: tuple[bool, ...]) -> None:
        super().__init__(shared.name, shared.fn, host=False)
        self.shared, self.pullback, self.mask = shared, pullback, mask

    def dependence(self, inputs: Sequence[Tensor]) -> Any:
        return self.shared.dependence(inputs)

    def gradient_kernel(self, mask: tuple[bool, ...]) -> Kernel:
        return self.shared.gradient_kernel(mask)

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        # An outer tape has to see how the gradient depends on the inputs.
        if tape_module.tapes.stack:
            return super().backward(record, cotangents, mask)
        grads = iter(self.pullback(tuple([conj(jnp.asarray(t._value)) for t in cotangents])))
        found = [Tensor(conj(next(grads))) if use else None for use in self.mask]
        return [g for g, use in zip(found, mask) if use]


def execute(kernel: SelectiveKernel, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Runs `kernel` inline and tells the active tapes."""
    mask = _followed(inputs)
    if not any(mask):
        return kernels.execute(kernel, inputs)
    values = [t.jax() for t in inputs]

    def partial(*active: Any) -> Any:
        given = iter(active)
        outs = kernel.fn(*[next(given) if use else v for v, use in zip(values, mask)])
        return tuple([o for o in outs if is_differentiable(o.dtype)]), (tuple(outs),)

    _, pullback, (outs,) = jax.vjp(partial, *[v for v, use in zip(values, mask) if use], has_aux=True)
    outputs = tuple([Tensor(o) for o in outs])
    kept = Kept(kernel, pullback, mask)
    kernels.link(kept, inputs, outputs)
    kernels.record(kept, inputs, outputs)
    return outputs


def _followed(inputs: Sequence[Tensor]) -> tuple[bool, ...]:
    stack = tape_module.tapes.stack
    return tuple([
        is_differentiable(t._value.dtype) and any(id(t) in tape._tracked for tape in stack) for t in inputs
    ])
