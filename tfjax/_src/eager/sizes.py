"""Sizes that are unknown while a program is exported, e.g. its batch size.

JAX writes such a size as a symbolic expression. `tf.shape` and arithmetic on what it returns keep the
expressions in a `Sizes` array, so that `tf.reshape(x, [tf.shape(x)[0], -1])` stays exact.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


class Sizes(np.ndarray):
    """An int32 array whose elements are ints or symbolic sizes; NumPy sees objects."""

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        return np.dtype(np.int32)


class _Open(threading.local):
    sizes: tuple[int, ...] = ()


#: The sizes that stand for unknown ones while the shapes of a Keras model are found.
standing_in = _Open()


def fitted(fn: Callable[..., tuple[Any, ...]], values: Sequence[Any], error: Exception) -> tuple[Any, ...]:
    """`fn` of arrays that do not fit together, where sizes that stand for unknown ones may be 1.

    An unknown size may be squeezed, or stand beside any other one: so each is taken for 1 in turn,
    then all of them. Raises `error` if the arrays do not fit even so.
    """
    places = [
        (i, axis) for i, value in enumerate(values)
        for axis, size in enumerate(np.shape(value)) if size in standing_in.sizes
    ]  # fmt: skip
    for chosen in [*([place] for place in places), places] if places else ():
        tried = list(values)
        for i, axis in chosen:
            tried[i] = tried[i][(slice(None),) * axis + (slice(0, 1),)]
        try:
            return fn(*tried)
        except Exception:  # the next choice
            continue
    raise error


def is_symbolic(size: Any) -> bool:
    """True for a size that is an expression."""
    return type(size) is not int and type(size).__name__ == "_DimExpr" and jax.export.is_symbolic_dim(size)


def holds_symbolic(value: Any) -> bool:
    """True for a symbolic size or a tuple with one, as normalised static arguments are."""
    kind = type(value)
    if kind is tuple:
        return any(holds_symbolic(v) for v in value)
    return kind.__name__ == "_DimExpr" and is_symbolic(value)


def make(elements: Any) -> Sizes | None:
    """A `Sizes` of ints and expressions; None if all of them are ints."""
    array = np.array(elements, object)
    if not any(is_symbolic(e) for e in array.reshape(-1)):
        return None
    return array.view(Sizes)


def traced(value: Any) -> Any:
    """The values of a `Sizes` as a traced int32 array; anything else unchanged."""
    if type(value) is not Sizes:
        return value
    flat = [jnp.asarray(e, jnp.int32) for e in np.asarray(value).reshape(-1)]
    return jnp.stack(flat).reshape(value.shape) if flat else jnp.zeros(value.shape, jnp.int32)


def run(fn: Callable[..., tuple[Any, ...]], values: Sequence[Any]) -> tuple[Any, ...] | None:
    """`fn` computed on expressions; None where that is impossible and it must be traced."""
    if not all(isinstance(v, np.ndarray) for v in values):
        return None
    try:
        outputs = [np.asarray(out) for out in fn(*[np.asarray(v) for v in values])]
    except Exception:  # whatever a body does not do for objects, it does for traced arrays
        return None
    found = []
    for out in outputs:
        if out.dtype != object:
            return None
        symbolic = make(out)
        found.append(np.array(out, np.int32) if symbolic is None else symbolic)
    return tuple(found)
