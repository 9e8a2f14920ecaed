"""A while loop with gradients of any order, although nobody knows how often it will run.

Forward it is XLA's loop and keeps nothing but the start and the number of steps. Backward the states
come back last to first by checkpointing: a stack of a fixed number of states, the nearest of which
is run forward again, leaving new states on the stack on the way. Every loop of that backward pass is
such a loop itself, so it can be differentiated in turn.

Source: A. Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse
automatic differentiation" (1992), with an even spread in place of its binomial one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager.kernel import is_differentiable

# Memory that saved states may take, and how many there are at least and at most.
_BUDGET = 1 << 26
_FEWEST, _MOST = 8, 512

Arrays = tuple[Any, ...]


def while_loop(
    test: Callable[[Arrays, Arrays], Any], step: Callable[[Arrays, Arrays], Arrays],
    consts: Arrays, carry: Arrays, limit: Any = None,
) -> Arrays:
    """The state after `carry = step(consts, carry)` while `test(consts, carry)`.

    Args:
      test, step: pure functions that use no value of an outer trace but `consts`.
      limit: at most so many steps, a scalar integer array.
    """
    if limit is not None:
        return _limited(test, step, consts, carry, limit)

    @jax.custom_vjp
    def run(consts: Arrays, carry: Arrays) -> tuple[Any, Arrays]:
        return jax.lax.while_loop(
            lambda c: test(consts, c[1]),
            lambda c: (c[0] + 1, _typed(step(consts, c[1]), c[1])),
            (jnp.zeros((), jnp.int32), carry),
        )

    def forward(consts: Arrays, carry: Arrays) -> Any:
        # Through `run`, not through XLA's loop: an outer derivative comes by here as well.
        count, final = run(consts, carry)
        return (count, final), (consts, carry, count)

    def backward(saved: Any, cotangents: Any) -> Any:
        return _Reverse(step, *saved).run(cotangents[1])

    run.defvjp(forward, backward)
    return run(tuple(consts), tuple([jnp.asarray(c) for c in carry]))[1]


def _limited(test: Any, step: Any, consts: Arrays, carry: Arrays, limit: Any) -> Arrays:
    def goes_on(k: Arrays, c: Arrays) -> Any:
        return (c[0] < k[0]) & test(k[1:], c[1:])

    def advance(k: Arrays, c: Arrays) -> Arrays:
        return (c[0] + 1, *step(k[1:], c[1:]))

    return while_loop(goes_on, advance, (limit, *consts), (jnp.zeros_like(limit), *carry))[1:]


def _typed(new: Arrays, old: Arrays) -> Arrays:
    return tuple([jnp.asarray(n, o.dtype) for n, o in zip(new, old)])


class _Reverse:
    """The backward pass of one loop that took `count` steps."""

    def __init__(self, step: Any, consts: Arrays, carry: Arrays, count: Any) -> None:
        self.step, self.consts, self.carry, self.count = step, consts, carry, count
        self.floats = [i for i, c in enumerate(carry) if is_differentiable(c.dtype)]
        self.sources = [i for i, c in enumerate(consts) if is_differentiable(c.dtype)]
        size = sum(c.size * c.dtype.itemsize for c in carry)
        self.slots = int(min(max(_BUDGET // max(size, 1), _FEWEST), _MOST))

    def run(self, cotangents: Any) -> Any:
        """Cotangents of (consts, carry) from those of the final state."""
        grads = tuple([cotangents[i] for i in self.floats])
        sums = tuple([jnp.zeros_like(self.consts[i]) for i in self.sources])
        if self.floats:
            grads, sums = self._walk(grads, sums)
        return _placed(self.consts, self.sources, sums), _placed(self.carry, self.floats, grads)

    def _walk(self, grads: Arrays, sums: Arrays) -> Any:
        stack = tuple([jnp.zeros((self.slots, *c.shape), c.dtype).at[0].set(c) for c in self.carry])
        places = jnp.zeros((self.slots,), jnp.int32)
        n, m = len(self.carry), len(grads)
        start = (self.count, jnp.zeros((), jnp.int32), places, *stack, *grads, *sums)

        def back(consts: Arrays, state: Arrays) -> Arrays:
            time, top, places, *rest = state
            stack, grads, sums = rest[:n], rest[n : n + m], rest[n + m :]
            top, places, stack, carry = self._reach(consts, time - 1, top, places, tuple(stack))
            grads, sums = self._pull(consts, carry, grads, sums)
            # The state that was just used leaves the stack.
            top = jnp.where(places[top] == time - 1, top - 1, top)
            return (time - 1, top, places, *stack, *grads, *sums)

        final = while_loop(lambda k, s: s[0] > 0, back, self.consts, start)
        rest = final[3 + n :]
        return tuple(rest[:m]), tuple(rest[m:])

    def _reach(self, consts: Arrays, goal: Any, top: Any, places: Any, stack: Arrays) -> Any:
        """The state at step `goal`, from the top of the stack; saves states on the way."""
        start = (places[top], top, goal, places, *stack, *[s[top] for s in stack])
        n = len(stack)

        def leap(consts: Arrays, state: Arrays) -> Arrays:
            place, top, goal, places, *rest = state
            stack, carry = rest[:n], tuple(rest[n:])
            free, distance = self.slots - 1 - top, goal - place
            # Half of the free slots now, the rest for the stretches between them.
            length = jnp.where(distance <= free, 1, -(-distance // (free // 2 + 1)))
            carry = self._advance(consts, carry, length)
            place = place + length
            keep = (place < goal) & (free > 0)
            top = jnp.where(keep, top + 1, top)
            places = jnp.where(keep, places.at[top].set(place), places)
            stack = [s.at[top].set(jnp.where(keep, c, s[top])) for s, c in zip(stack, carry)]
            return (place, top, goal, places, *stack, *carry)

        final = while_loop(lambda k, s: s[0] < s[2], leap, consts, start)
        return final[1], final[3], final[4 : 4 + n], final[4 + n :]

    def _advance(self, consts: Arrays, carry: Arrays, length: Any) -> Arrays:
        def one(k: Arrays, c: Arrays) -> Arrays:
            return (c[0] - 1, *_typed(self.step(k, c[1:]), c[1:]))

        return while_loop(lambda k, c: c[0] > 0, one, consts, (length, *carry))[1:]

    def _pull(self, consts: Arrays, carry: Arrays, grads: Any, sums: Any) -> Any:
        """One step's pullback."""

        def active(xs: Arrays, ks: Arrays) -> Arrays:
            outs = self.step(_merged(consts, self.sources, ks), _merged(carry, self.floats, xs))
            return tuple([jnp.asarray(outs[i], carry[i].dtype) for i in self.floats])

        xs, ks = tuple([carry[i] for i in self.floats]), tuple([consts[i] for i in self.sources])
        _, vjp = jax.vjp(active, xs, ks)
        found, added = vjp(tuple(grads))
        return found, tuple([s + a for s, a in zip(sums, added)])


def _merged(values: Arrays, places: list[int], new: Arrays) -> Arrays:
    merged = list(values)
    for i, value in zip(places, new):
        merged[i] = value
    return tuple(merged)


def _placed(values: Arrays, places: list[int], grads: Arrays) -> Arrays:
    """A cotangent for every value: JAX's float0 for integers."""
    found = dict(zip(places, grads))
    return tuple([
        found[i] if i in found else np.zeros(v.shape, jax.dtypes.float0) for i, v in enumerate(values)
    ])
