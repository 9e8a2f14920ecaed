"""Jacobians by the tape and by differences, to hold against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tape import GradientTape


@export("test.compute_gradient")
def compute_gradient(
    f: Callable[..., Any], x: Sequence[Any], delta: float | None = None
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Jacobians of `f(*x)` by the tape and by central differences.

    Args:
      f: a function of tensors that returns one tensor.
      x: its arguments, floating or complex.
      delta: the step; 1/1024 by default.

    Returns:
      (theoretical, numerical): for each argument a matrix [size of f, size of the argument]. A
      complex number counts as two real ones.

    >>> import tfjax as tf
    >>> theory, numbers = tf.test.compute_gradient(lambda x: x * x, [tf.constant([3.0])])
    >>> theory[0].tolist(), numbers[0].round(2).tolist()
    ([[6.0]], [[6.0]])
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError(
            "`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not a %s"
            % type(x)
        )
    arguments = [to_tensor(v) for v in x]
    for i, argument in enumerate(arguments):
        if not (argument.dtype.is_floating or argument.dtype.is_complex):
            raise AssertionError(
                f"Cannot compute gradient for unsupported type {argument.dtype.name} of argument {i}"
            )
    with GradientTape(persistent=True) as tape:
        tape.watch(arguments)
        y = f(*arguments)
    step = 1.0 / 1024 if delta is None else delta
    theory = tuple(_tape_jacobian(tape, y, argument) for argument in arguments)
    numbers = tuple(_difference_jacobian(f, arguments, i, step) for i in range(len(arguments)))
    return theory, numbers


def _as_reals(array: np.ndarray) -> np.ndarray:
    """A flat array; complex numbers as pairs."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat


def _tape_jacobian(tape: GradientTape, y: Any, argument: Any) -> np.ndarray:
    value, out = np.asarray(argument.numpy()), np.asarray(y.numpy())
    rows = []
    for k in range(_as_reals(out).size):
        seed = np.zeros(out.shape, out.dtype)
        _as_reals(seed)[k] = 1
        grad = tape.gradient(y, argument, output_gradients=to_tensor(seed))
        rows.append(
            _as_reals(np.zeros_like(value) if grad is None else np.asarray(to_tensor(grad).numpy()))
        )
    return np.stack(rows) if rows else np.zeros((0, _as_reals(value).size), value.real.dtype)


def _difference_jacobian(
    f: Callable[..., Any], arguments: list[Any], i: int, step: float
) -> np.ndarray:
    value = np.array(arguments[i].numpy())
    columns = []
    for k in range(_as_reals(value).size):
        ends = []
        for sign in (1, -1):
            moved = value.copy()
            _as_reals(moved)[k] += sign * step
            out = np.asarray(f(*arguments[:i], to_tensor(moved), *arguments[i + 1 :]).numpy())
            ends.append(_as_reals(out).astype(np.float64))
        columns.append((ends[0] - ends[1]) / (2 * step))
    out = _as_reals(np.asarray(f(*arguments).numpy()))
    return np.stack(columns, 1).astype(out.dtype) if columns else np.zeros((out.size, 0), out.dtype)
