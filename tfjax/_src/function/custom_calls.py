"""Functions with a gradient of their own inside a trace: `tf.custom_gradient` as `jax.custom_vjp`.

The user's function and its gradient function are traced once, together: what the gradient function
uses of the forward pass becomes the residuals. JAX's own transformations then see the gradient too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import custom_gradient
from tfjax._src.eager import frame as frames
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.dependence import SelectiveKernel
from tfjax._src.eager.kernel import Kernel, conj, is_differentiable
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import capture, residuals


class _Pair:
    """A user's forward and backward function, traced.

    Attributes:
      forward: of the inputs; returns the outputs, then the residuals.
      backward: of the outputs' cotangents, with the residuals as captures; None if it failed.
      failure: what the gradient function raised; raised again where a gradient is asked for.
      variables: trainable Variables that the function reads.
    """

    def __init__(self, f: Any, call: Callable[..., Any], tensors: Sequence[Tensor]) -> None:
        self.f, self.call, self.count = f, call, len(tensors)
        self.backward: capture.Traced | None = None
        self.failure: Exception | None = None
        self.variables: list[Any] = []
        avals = [capture.aval_of(t._value) for t in tensors]
        self.forward = capture.trace(self._run, avals, frames.Frame(frames.current(), "custom"))

    def _run(self, *inputs: Tensor) -> list[Tensor]:
        outputs, grad_fn, self.variables = custom_gradient.run_watching(self.call, inputs)
        flat = [to_tensor(o) for o in nest.flatten(outputs)]
        self.outputs = nest.map_structure(lambda o: None, outputs)
        self.size = len(flat)
        gradient = custom_gradient.gradient_caller(self.f, grad_fn, self.count, self.variables)
        self.avals = [capture.aval_of(t._value) for t in flat]
        frame = frames.Frame(frames.current(), "custom")
        try:
            self.backward = capture.trace(lambda *grads: list(gradient(*grads)), self.avals, frame)
        except Exception as error:  # the user's: it counts only if somebody differentiates
            self.failure = error
        residuals = [] if self.backward is None else self.backward.captures
        return [*flat, *[Tensor(r) for r in residuals]]

    def given(self, variables: int) -> list[bool]:
        """For each Variable, then each input, whether it gets a gradient that is not None."""
        if self.backward is None:
            return [True] * (variables + self.count)
        leaves = nest.flatten(self.backward.structure.template, expand_composites=True)
        found = [leaf is not None for leaf in leaves]
        return [*found[self.count :], *found[: self.count]]

    def pull_back(self, residuals: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
        """Gradients for the inputs, then for the Variables; None where the user gave none."""
        if self.backward is None:
            raise self.failure or RuntimeError("A custom gradient has no gradient function.")
        grads = self.backward.fn(*residuals, *cotangents)
        structure = self.backward.structure
        return [
            grads[leaf.index] if isinstance(leaf, capture.Slot) else leaf
            for leaf in nest.flatten(structure.template, expand_composites=True)
        ]


class _Custom(Kernel):
    """A call whose gradient is None for the inputs where the user's function gives None."""

    __slots__ = ("given",)

    def __init__(self, name: str, fn: Callable[..., Any], given: list[bool]) -> None:
        super().__init__(name, fn, host=False)
        self.given = given

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        wanted = tuple([use and given for use, given in zip(mask, self.given)])
        found = iter(super().backward(record, cotangents, wanted) if any(wanted) else ())
        return [next(found) if given else None for use, given in zip(mask, self.given) if use]


def _traced_call(f: Any, call: Callable[..., Any], tensors: Sequence[Tensor]) -> Any:
    pair = _Pair(f, call, tensors)
    reads = [v._dense_var_to_tensor() for v in pair.variables]
    captures = pair.forward.captures
    primal = _with_gradient(pair, captures, [t._value for t in reads])
    given = [*[False] * len(captures), *pair.given(len(reads))]
    kernel = _Custom(getattr(f, "__name__", "CustomGradient"), primal, given)
    # Fresh tensors: what the function captures besides its arguments and Variables has no gradient.
    outputs = kernels.execute(kernel, [*[Tensor(c) for c in captures], *reads, *tensors])
    for variable, value in zip(pair.forward.written, outputs[pair.size :]):
        variable.store(value._value)
    return nest.pack_sequence_as(pair.outputs, list(outputs[: pair.size]))


def _with_gradient(pair: _Pair, captures: Sequence[Any], reads: Sequence[Any]) -> Callable[..., Any]:
    """A function of (captures, Variables' values, inputs) that JAX differentiates as the user says."""
    count, given = len(captures), len(reads)
    # The captures that are Variables' values are taken from their own arguments.
    place = {id(r): count + i for i, r in enumerate(reads)}
    sources = [place.get(id(c), i) for i, c in enumerate(captures)]

    def run(args: Sequence[Any]) -> tuple[Any, Any, Any]:
        outs = pair.forward.fn(*[args[i] for i in sources], *args[count + given :])
        end = len(outs) - len(pair.forward.written)
        return outs[: pair.size], outs[pair.size : end], outs[end:]

    @jax.custom_vjp
    def primal(*args: Any) -> tuple[Any, ...]:
        outs, _, written = run(args)
        return (*outs, *written)

    def forward(*args: Any) -> Any:
        outs, residuals, written = run(args)
        return (*outs, *written), (args, tuple(residuals))

    def backward(saved: Any, cotangents: Any) -> tuple[Any, ...]:
        args, residuals = saved
        seeds = [_seed(c, a) for c, a in zip(cotangents, pair.avals)]
        grads = pair.pull_back(residuals, seeds)
        inputs, variables = grads[: pair.count], grads[pair.count :]
        return tuple(map(_cotangent, [*[None] * count, *variables, *inputs], args))

    primal.defvjp(forward, backward)
    return primal


def _seed(cotangent: Any, aval: Any) -> Any:
    if not is_differentiable(aval.dtype):
        return jnp.zeros(aval.shape, aval.dtype)
    return conj(cotangent)


def _cotangent(grad: Any, value: Any) -> Any:
    if not is_differentiable(value.dtype):
        return jnp.zeros(value.shape, jax.dtypes.float0)
    return jnp.zeros_like(value) if grad is None else conj(jnp.asarray(grad, value.dtype))


custom_gradient.traced_call[:] = [_traced_call]


@export("recompute_grad")
def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Makes `f` keep nothing for the backward pass but its inputs: it is computed again there.

    Saves memory for time, as `jax.checkpoint` does.

    >>> import tfjax as tf
    >>> layer = tf.recompute_grad(lambda x: tf.sin(x) * x)
    >>> x = tf.constant(2.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = layer(x)
    >>> round(float(tape.gradient(y, x)), 4)
    0.077
    """

    @functools.wraps(f)
    def inner(*args: Any, **kwargs: Any) -> Any:
        if frames.current() is None:
            return eager(*args, **kwargs)
        return _checkpointed(f, args, kwargs)

    @custom_gradient.custom_gradient
    def eager(*args: Any, **kwargs: Any) -> Any:
        watcher = tape_module.GradientTape()
        with tape_module.suspended(), watcher:
            result = f(*args, **kwargs)
        for variable in watcher.watched_variables():
            variable._dense_var_to_tensor()  # tells the tape that looks for Variables

        def again(*grads: Any, variables: Any = ()) -> Any:
            leaves = [a for a in nest.flatten(args) if isinstance(a, Tensor)]
            with tape_module.GradientTape() as tape:
                tape.watch(leaves)
                outputs = nest.flatten(f(*args, **kwargs))
            found = tape.gradient(outputs, [*leaves, *variables], output_gradients=list(grads))
            inputs = found[: len(leaves)]
            return (inputs, found[len(leaves) :]) if variables else inputs

        return result, again

    return inner


def _checkpointed(f: Any, args: Any, kwargs: Any) -> Any:
    leaves = nest.flatten((args, kwargs), expand_composites=True)
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)]

    def call(*tensors: Tensor) -> Any:
        full = list(leaves)
        for i, tensor in zip(places, tensors):
            full[i] = tensor
        inner_args, inner_kwargs = nest.pack_sequence_as((args, kwargs), full, expand_composites=True)
        return f(*inner_args, **inner_kwargs)

    tensors = [leaves[i] for i in places]
    avals = [capture.aval_of(t._value) for t in tensors]
    traced = capture.trace(call, avals, frames.Frame(frames.current(), "recompute"))
    kernel = SelectiveKernel("RecomputeGrad", jax.checkpoint(lambda *a: tuple(traced.fn(*a))), host=False)
    outputs = residuals.execute(kernel, [*capture.tracked_tensors(traced.captures), *tensors])
    end = len(outputs) - len(traced.written)
    for variable, value in zip(traced.written, outputs[end:]):
        variable.store(value._value)
    return traced.structure.rebuild(outputs[:end])


@export("grad_pass_through")
def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """Makes the gradient of `f` that of the identity; Variables that it reads get none.

    >>> import tfjax as tf
    >>> x = tf.Variable(1.4)
    >>> with tf.GradientTape() as tape:
    ...     y = tf.grad_pass_through(tf.round)(x) * 3.0
    >>> float(tape.gradient(y, x))
    3.0
    """

    @custom_gradient.custom_gradient
    def passed(*args: Any, **kwargs: Any) -> Any:
        def identity(*grads: Any, variables: Any = None) -> Any:
            return grads if variables is None else (grads, [None] * len(variables))

        return f(*args, **kwargs), identity

    return functools.wraps(f)(passed)
