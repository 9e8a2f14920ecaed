"""tf.autodiff.ForwardAccumulator: Jacobian-vector products, computed along with the operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager.backprop import zeros_like
from tfjax._src.eager.convert import to_tensor
from tfjax._src.function.forward_mode import without_custom_gradients
from tfjax._src.eager.kernel import Kernel, is_differentiable
from tfjax._src.eager.tape import UnconnectedGradients, tapes, zero_unconnected
from tfjax._src.eager.tensor import Tensor


@export("autodiff.ForwardAccumulator")
class ForwardAccumulator:
    """Computes Jacobian-vector products ("forward-mode" gradients) of what runs inside it.

    Tapes and accumulators may be nested in one another in any order.

    Args:
      primals: a tensor, Variable or nest of them.
      tangents: what each is multiplied with: a nest of tensors of the same shapes.

    >>> import tfjax as tf
    >>> x = tf.constant([2.0, 3.0])
    >>> with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
    ...     y = tf.reduce_sum(x ** 2.0)
    >>> float(acc.jvp(y))
    4.0
    """

    def __init__(self, primals: Any, tangents: Any) -> None:
        self._recording = False
        # Tensors that have a tangent, and the tangents, by id.
        self._tracked: dict[int, Tensor] = {}
        self._tangents: dict[int, Tensor] = {}
        self._variables: dict[int, tuple[Any, Tensor]] = {}
        nest.assert_same_structure(primals, tangents)
        for primal, tangent in zip(nest.flatten(primals), nest.flatten(tangents)):
            self._watch(primal, tangent)

    def _watch(self, primal: Any, tangent: Any) -> None:
        if not is_differentiable(primal.dtype.np):
            return
        vector = to_tensor(tangent, primal.dtype)
        if tuple(vector.shape) != tuple(primal.shape):
            raise ValueError(
                f"Expected a tangent of shape {primal.shape} for {primal!r}, got shape {vector.shape}."
            )
        if hasattr(primal, "_dense_var_to_tensor"):
            if id(primal) in self._variables:
                vector = self._variables[id(primal)][1] + vector
            self._variables[id(primal)] = (primal, vector)
            self._keep(primal._dense_var_to_tensor(), vector)
        else:
            if id(primal) in self._tangents:  # given twice: the tangents add up
                vector = self._tangents[id(primal)] + vector
            self._keep(primal, vector)

    def _keep(self, tensor: Tensor, tangent: Tensor) -> None:
        self._tracked[id(tensor)] = tensor
        self._tangents[id(tensor)] = tangent

    def __enter__(self) -> ForwardAccumulator:
        if self._recording:
            raise ValueError("Accumulator is already recording.")
        tapes.stack.append(self)
        self._recording = True
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._recording:
            tapes.stack.remove(self)
            self._recording = False

    # -- called by the gate --------------------------------------------------------------------
    def read_variable(self, variable: Any, tensor: Tensor) -> None:
        """Notes that `tensor` is the value of `variable`."""
        if id(variable) in self._variables:
            self._keep(tensor, self._variables[id(variable)][1])

    def record(self, kernel: Kernel, inputs: Sequence[Tensor], outputs: tuple[Tensor, ...]) -> None:
        """Computes the tangents of the outputs if an input has one."""
        tangents = self._tangents
        mask = tuple([id(t) in tangents for t in inputs])
        if not any(mask):
            return
        vectors = [tangents[id(t)] for t in inputs if id(t) in tangents]
        floats = [o for o in outputs if is_differentiable(o._value.dtype)]
        # A user's function: what runs inside it has been followed.
        if not floats or not kernel.pure:
            return
        with self._outside():
            found = kernels.execute(_jvp_kernel(kernel, mask), (*inputs, *vectors))
        for output, tangent in zip(floats, found):
            self._keep(output, tangent)

    def alias(self, new: Sequence[Tensor], old: Sequence[Tensor]) -> None:
        """Gives new objects of the same values the tangents of the old ones."""
        for tensor, before in zip(new, old):
            if id(before) in self._tangents:
                self._keep(tensor, self._tangents[id(before)])

    def _outside(self) -> Any:
        """Only what is outside this accumulator sees how tangents come about; tapes all do."""
        stack = tapes.stack
        place = stack.index(self)
        inner = [entry for entry in stack[place + 1 :] if not isinstance(entry, ForwardAccumulator)]
        return _Stack([*stack[:place], *inner])

    def jvp(self, primals: Any, unconnected_gradients: Any = UnconnectedGradients.NONE) -> Any:
        """The products for a nest of tensors that were computed inside the accumulator.

        Args:
          primals: a tensor or a nest of tensors.
          unconnected_gradients: "none" (the default) or "zero", for those that depend on no primal.

        Returns:
          Tensors in the structure of `primals`.
        """
        zeros = zero_unconnected(unconnected_gradients)

        def product(value: Any) -> Any:
            if id(value) in self._variables:
                return self._variables[id(value)][1]
            tensor = to_tensor(value)
            found = self._tangents.get(id(tensor))
            if found is None and zeros:
                return zeros_like(tensor)
            return found

        return nest.map_structure(product, primals, expand_composites=True)


class _Stack:
    """Puts another stack of tapes in the place of the active one."""

    def __init__(self, entries: list[Any]) -> None:
        self.entries = entries

    def __enter__(self) -> None:
        self.before, tapes.stack = tapes.stack, self.entries

    def __exit__(self, *exc: Any) -> None:
        tapes.stack = self.before


def _jvp_kernel(kernel: Kernel, mask: tuple[bool, ...]) -> Kernel:
    """(inputs, tangents of those in `mask`) → tangents of the inexact outputs."""
    owner = getattr(kernel, "shared", kernel)
    key: Any = ("jvp", mask)
    found = owner._grads.get(key)
    if found is None:
        found = owner._grads[key] = Kernel(f"{kernel.name}Jvp", _jvp_function(kernel.replay, mask), host=False)
    return found


def _jvp_function(fn: Callable[..., Any], mask: tuple[bool, ...]) -> Callable[..., Any]:
    count = len(mask)

    def product(*args: Any) -> tuple[Any, ...]:
        inputs = args[:count]
        active = [jnp.asarray(x) for x, use in zip(inputs, mask) if use]
        vectors = [jnp.asarray(t) for t in args[count:]]

        def partial(*values: Any) -> tuple[Any, ...]:
            given: Iterator[Any] = iter(values)
            outs = fn(*[next(given) if use else x for x, use in zip(inputs, mask)])
            return tuple([o for o in outs if is_differentiable(o.dtype)])

        try:
            return tuple(jax.jvp(without_custom_gradients(partial, active), active, vectors)[1])
        except TypeError:  # a custom gradient where it cannot be left out: its pullback, transposed
            outs, pullback = jax.vjp(partial, *active)
            _, transposed = jax.vjp(pullback, jax.tree.map(jnp.zeros_like, outs))
            return tuple(transposed(tuple(vectors))[0])

    return product
