"""Which inputs of a computation can change which outputs: where TensorFlow's gradient is None.

A compiled function or a gradient's program has many inputs, and JAX gives zeros for those that an
output does not depend on. TensorFlow's tape gives None there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.eager.kernel import Kernel, gradient_class, is_differentiable

# Sets of inputs are the bits of an int.
Sets = list[int]

# Operations whose gradient is None in TensorFlow.
_CUT = {"stop_gradient", "floor", "ceil", "round"}
_CALLS = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "checkpoint": "jaxpr", "remat": "jaxpr"}


class SelectiveKernel(Kernel):
    """A kernel of which tapes record only the inputs and outputs that depend on one another."""

    __slots__ = ("_dependence",)
    selective = True

    def dependence(self, inputs: Sequence[Any]) -> Sets:
        """For each output, the set of inputs that it depends on."""
        found: Sets | None = getattr(self, "_dependence", None)
        if found is None:
            found = self._dependence = self.find_dependence([t._value for t in inputs])
        return found

    def find_dependence(self, values: Sequence[Any]) -> Sets:
        """Computed once, with the first inputs' shapes."""
        closed = jax.make_jaxpr(self.replay)(*[jax.ShapeDtypeStruct(v.shape, v.dtype) for v in values])
        return of_jaxpr(closed.jaxpr, [0] * len(closed.consts), [1 << i for i in range(len(values))])


def of_jaxpr(jaxpr: Any, consts: Sets, inputs: Sets) -> Sets:
    """For each output, what it depends on, given that for the constants and inputs."""
    env: dict[Any, int] = dict(zip(jaxpr.constvars, consts))
    env.update(zip(jaxpr.invars, inputs))

    def read(var: Any) -> int:
        return 0 if hasattr(var, "val") else env.get(var, 0)

    for eqn in jaxpr.eqns:
        found = _outputs(eqn, [read(v) for v in eqn.invars])
        for var, depends in zip(eqn.outvars, found):
            env[var] = depends if _carries(getattr(var.aval, "dtype", None)) else 0
    return [read(v) for v in jaxpr.outvars]


def _carries(dtype: Any) -> bool:
    # A mask picks between gradients: TensorFlow's relu has zeros for a second derivative, not None.
    return isinstance(dtype, np.dtype) and (dtype == np.bool_ or is_differentiable(dtype))


def _outputs(eqn: Any, inputs: Sets) -> Sets:
    name, params, count = eqn.primitive.name, eqn.params, len(eqn.outvars)
    if name in _CUT:
        return [0] * count
    if name in _CALLS:
        return _inner(params[_CALLS[name]], inputs)
    if name == "cond":
        branches = [_inner(branch, inputs[1:]) for branch in params["branches"]]
        return [_union(column) for column in zip(*branches)]
    if name == "scan":
        return _loop(params["jaxpr"], inputs, *scan_counts(params))
    if name == "while":
        start = params["cond_nconsts"]
        return _loop(params["body_jaxpr"], inputs[start:], params["body_nconsts"], count)
    return [_union(inputs)] * count


def scan_counts(params: Any) -> tuple[int, int]:
    """How many constants and carried values a scan has; jax 0.11 keeps trees instead of numbers."""
    if "num_consts" in params:
        return params["num_consts"], params["num_carry"]
    consts, carried, _ = params["ft_in"].unpack()
    return len(consts), len(carried)


def _inner(closed: Any, inputs: Sets) -> Sets:
    if hasattr(closed, "consts"):
        return of_jaxpr(closed.jaxpr, [0] * len(closed.consts), inputs)
    return of_jaxpr(closed, [], inputs)


def _loop(body: Any, inputs: Sets, consts: int, carried: int) -> Sets:
    carry = inputs[consts : consts + carried]
    while True:
        found = _inner(body, [*inputs[:consts], *carry, *inputs[consts + carried :]])
        grown = [a | b for a, b in zip(carry, found)]
        if grown == carry:
            return [*carry, *found[carried:]]
        carry = grown


def _union(sets: Any) -> int:
    result = 0
    for one in sets:
        result |= one
    return result


gradient_class[:] = [SelectiveKernel]
