"""Kernels: pure functions of arrays that the gate runs in one of three tiers and tapes replay."""

from __future__ import annotations

import contextvars
import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.eager import blocks, sizes, tier
from tfjax._src.eager.sizes import Sizes
from tfjax._src.eager.tensor import ConcreteValueError, Tensor, Unknown

Arrays = tuple[Any, ...]

@functools.cache
def is_differentiable(dtype: np.dtype) -> bool:
    """True for floating and complex dtypes, bfloat16 and its like included."""
    return bool(jnp.issubdtype(dtype, jnp.inexact))


class _Quiet(threading.local):
    """A context in which NumPy does not warn of overflows and the like, as TensorFlow does not.

    To enter it costs a tenth of what `np.errstate` costs, which small ops would pay each time.
    """

    def __init__(self) -> None:
        self.context: contextvars.Context | None = contextvars.Context()
        self.context.run(np.seterr, all="ignore")


_quiet = _Quiet()


def _array(value: Any) -> np.ndarray:
    # NumPy's arithmetic on 0-d string arrays gives bare bytes.
    return np.asarray(value, object if type(value) is bytes else None)


class Kernel:
    """A pure function from a flat tuple of arrays to a flat tuple of arrays.

    Two kernels are the same computation exactly when they are the same object: the gate keeps one
    per op and static arguments, and the tape's program cache relies on it.

    Args:
      name: what errors and profiles call it.
      fn: called as `fn(*arrays)`, returns a tuple of arrays. With NumPy arrays it must compute in
        NumPy if `host` is true.
      host: may run on NumPy arrays.
      device: may run under jax.jit.
      differentiable: False makes the tape ignore it (gradient None).
    """

    __slots__ = ("name", "fn", "host", "device", "differentiable", "check", "any_size", "elementwise", "_jitted", "_grads", "work", "like", "__weakref__")

    # False: the tape must call `backward` with the record (residuals, a user's gradient).
    replayable = True
    # False: only `backward` knows the gradient; `fn` cannot be run again at all.
    pure = True
    # True: `dependence(inputs)` tells tapes which outputs depend on which inputs.
    selective = False
    # True for a lookup of rows, (table, integer indices) → rows: its gradient is IndexedSlices.
    rows = False

    def __init__(
        self,
        name: str,
        fn: Callable[..., Arrays],
        host: bool = True,
        device: bool = True,
        differentiable: bool = True,
    ) -> None:
        self.name = name
        self.fn = fn
        self.host = host
        self.device = device
        self.differentiable = differentiable
        # Called with the values before an eager run on a CPU's device tier: what NumPy finds wrong
        # in the values themselves (an index out of range) XLA would pass over.
        self.check: Callable[[Sequence[Any]], None] | None = None
        # On a CPU NumPy is the quicker one at every size: views, sorts, whatever XLA does badly there.
        # "quick": with the dtypes that it has vector code for.
        self.any_size: bool | str = False
        # Computes element by element: large arrays go through the body in blocks.
        self.elementwise = False
        # Elements computed beyond those that come in: of random numbers, for one.
        self.work = 0
        # The places of inputs that the outputs are like, of a kernel that computes their gradients.
        self.like: tuple[int, ...] | None = None
        self._jitted: Callable[..., Arrays] | None = None
        self._grads: dict[tuple[bool, ...], Kernel] = {}

    @property
    def jitted(self) -> Callable[..., Arrays]:
        """`fn` compiled by XLA, made at first use."""
        if self._jitted is None:
            self._jitted = jax.jit(self.fn)
        return self._jitted

    def run(self, values: Sequence[Any]) -> Arrays:
        """Runs in the tier that the values and the surrounding trace call for."""
        if self.host and tier.state.forced is None and frames._state.frame is None:
            # What `choose` finds for small arrays, with less to ask.
            size, moved = self.work, False
            for v in values:
                if type(v) is not np.ndarray:
                    if type(v) is not tier.ArrayImpl:
                        break
                    moved = True
                size += v.size
            else:
                if size <= tier.HOST_LIMIT and not moved:
                    return self._on_host(values)
                if size <= tier.HOST_LIMIT and tier.on_cpu():
                    return self._on_host([np.asarray(v) for v in values])
        kind = choose(self, values)
        if kind == "host":
            return self._on_host([v if type(v) is np.ndarray else np.asarray(v) for v in values])
        if kind == "blocks":
            with np.errstate(all="ignore"):
                return tuple(blocks.run(self.fn, [np.asarray(v) for v in values]))
        if kind == "device":
            if self.check is not None and tier.on_cpu():
                self.check(values)
            if type(values) is list and tier.state.placing is None:
                for i, value in enumerate(values):
                    # Each call would copy it again; `keep_moved` lets the tensor keep this copy.
                    if type(value) is np.ndarray and value.size > tier.HOST_LIMIT:
                        values[i] = jax.device_put(value)
            return self.jitted(*values)
        for v in values:
            if isinstance(v, Unknown) and v.graph is not None:
                return v.graph.record(self, values)
        if any(type(v) is Sizes for v in values):
            found = sizes.run(self.fn, values) if self.host else None
            if found is not None:
                return found
            values = [sizes.traced(v) for v in values]
        values = [_device_value(v) for v in values]
        try:
            outputs = self.fn(*values)
        except Exception as error:
            if not sizes.standing_in.sizes:
                raise
            outputs = sizes.fitted(self.fn, values, error)
        return tuple([jnp.asarray(out) for out in outputs])

    def _on_host(self, values: Sequence[Any]) -> Arrays:
        quiet = _quiet.context
        if quiet is None:  # inside another kernel's body
            results = self.fn(*values)
        else:
            _quiet.context = None
            try:
                results = quiet.run(self.fn, *values)
            finally:
                _quiet.context = quiet
        if len(results) == 1 and type(results[0]) is np.ndarray:
            return results
        return tuple([v if type(v) is np.ndarray else _array(v) for v in results])

    def replay(self, *values: Any) -> Arrays:
        """Runs inline in a trace, whatever the values are."""
        return tuple([jnp.asarray(out) for out in self.fn(*[_device_value(v) for v in values])])

    def backward(self, record: Any, cotangents: Sequence[Tensor], mask: tuple[bool, ...]):
        """Gradients for the inputs chosen by `mask`, given one cotangent per inexact output."""
        return execute(self.gradient_kernel(mask), (*record.inputs, *cotangents))

    def gradient_kernel(self, mask: tuple[bool, ...]) -> Kernel:
        """The kernel (inputs, cotangents) → gradients of the inputs where `mask` is true."""
        kernel = self._grads.get(mask)
        if kernel is None:
            # JAX traces a jitted function once for given shapes: the layers of a model share it.
            fn = jax.jit(_vjp_function(self.replay, mask), inline=True)
            kernel = self._grads[mask] = gradient_class[0](f"{self.name}Grad", fn, host=False)
            kernel.like = tuple([i for i, use in enumerate(mask) if use])
        return kernel


# The class of kernels that compute gradients, put here by `dependence.py`.
gradient_class: list[type[Kernel]] = [Kernel]


def _device_value(value: Any) -> Any:
    # NumPy values become jnp constants, so that a body's operators never fall back to NumPy.
    if type(value) is np.ndarray:
        return jnp.asarray(value)
    return value.astype() if type(value) is Unknown else value


def _vjp_function(fn: Callable[..., Arrays], mask: tuple[bool, ...]) -> Callable[..., Arrays]:
    count = len(mask)

    def gradient(*args: Any) -> Arrays:
        inputs, cotangents = args[:count], iter(args[count:])
        chosen = [x for x, use in zip(inputs, mask) if use]

        def partial(*active: Any) -> Arrays:
            active_values = iter(active)
            return fn(*[next(active_values) if use else x for x, use in zip(inputs, mask)])

        outputs, vjp = jax.vjp(partial, *chosen)
        seeds = tuple([output_seed(out, cotangents) for out in outputs])
        return tuple([conj(g) for g in vjp(seeds)])

    return gradient


def output_seed(output: Any, cotangents: Any) -> Any:
    """The next cotangent for an inexact output, JAX's zero of dtype float0 for any other."""
    if is_differentiable(output.dtype):
        return conj(jnp.asarray(next(cotangents), output.dtype))
    return np.zeros(output.shape, jax.dtypes.float0)


def conj(value: Any) -> Any:
    """Complex conjugate of complex values: TensorFlow's gradient is the conjugate of JAX's."""
    return jnp.conj(value) if jnp.issubdtype(value.dtype, jnp.complexfloating) else value


def choose(kernel: Kernel, values: Sequence[Any]) -> str:
    """The tier for these values: "host", "blocks" (the same for large arrays), "device" or "traced"."""
    array_impl, ndarray = tier.ArrayImpl, np.ndarray
    size = 0
    on_device = False
    for value in values:
        kind = type(value)
        if kind is ndarray:
            size += value.size
        elif kind is array_impl:
            on_device = True
            size += value.size
        elif tier.is_new_array_type(value):
            return choose(kernel, values)
        elif has_strings(values):
            raise ConcreteValueError(f"{kernel.name} of strings needs the values of traced tensors.")
        else:
            return "traced"
    if not kernel.device:
        return "host"
    kind = _numeric_tier(kernel, size, on_device)
    if kind == "device" and kernel.any_size and _near(values):
        if kernel.any_size is True or blocks.quick(values):
            return "blocks" if kernel.elementwise else "host"
    return "host" if kind != "host" and kernel.host and has_strings(values) else kind


def has_strings(values: Sequence[Any]) -> bool:
    """True if strings are among the arrays: they never leave the host."""
    return any([type(v) is np.ndarray and v.dtype == object for v in values])


def _near(values: Sequence[Any]) -> bool:
    """True if NumPy reads all the values where they lie."""
    if tier.state.forced is not None or tier.state.placing is not None or not tier.on_cpu():
        return False
    return all([type(v) is np.ndarray or len(v.devices()) == 1 for v in values])


def _numeric_tier(kernel: Kernel, size: int, on_device: bool) -> str:
    if frames._state.frame is not None:
        # Device arrays inside a trace stand for symbolic constants (Variables among them).
        if on_device or not kernel.host or size + kernel.work > tier.HOST_LIMIT:
            return "traced"
        return "host"
    if not kernel.host:
        return "device"
    forced = tier.state.forced
    if forced is not None:
        return forced
    if size > tier.HOST_LIMIT or (on_device or kernel.work > tier.HOST_LIMIT) and not tier.on_cpu():
        return "device"
    return "host"


def execute(kernel: Kernel, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Runs `kernel` on tensors, wraps the results and tells the active tapes."""
    values = [t._value for t in inputs]
    outputs = tuple([Tensor(value) for value in kernel.run(values)])
    keep_moved(inputs, values)
    if (frame := frames._state.frame) is not None:
        if frame.records:
            outputs = frame.tensors([t._value for t in outputs])
        link(kernel, inputs, outputs)
    if _tapes.stack:
        record(kernel, inputs, outputs)
    return outputs


def keep_moved(tensors: Sequence[Tensor], values: Sequence[Any]) -> None:
    """Lets tensors keep the device arrays that `run` made of their large host arrays."""
    for tensor, value in zip(tensors, values):
        if tensor._value is not value:
            tensor._value = value


class _Tapes:
    """Holds the stack of active tapes; replaced per thread in `tape.py`."""

    stack: list[Any] = []


_tapes: Any = _Tapes


def link(kernel: Kernel, inputs: Sequence[Tensor], outputs: tuple[Tensor, ...]) -> None:
    """Notes on the outputs how a trace made them, for `tf.gradients`."""
    if kernel.differentiable:
        made = (kernel, tuple(inputs), outputs)
        for output in outputs:
            output._made_from = made  # type: ignore[attr-defined]


def record(kernel: Kernel, inputs: Sequence[Tensor], outputs: tuple[Tensor, ...]) -> None:
    """Adds one record to every active tape that follows one of the inputs."""
    if kernel.differentiable:
        for tape in _tapes.stack:
            tape.record(kernel, inputs, outputs)
