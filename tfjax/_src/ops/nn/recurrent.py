"""Recurrent networks over a whole sequence as one compiled scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from tfjax._src.eager.args import Float, Name, OptionalOther
from tfjax._src.eager.op import op

_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "relu": jax.nn.relu,
    "linear": lambda x: x,
    "hard_sigmoid": lambda x: jnp.clip(x / 6 + 0.5, 0, 1),
    "softmax": jax.nn.softmax,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "softplus": jax.nn.softplus,
    "softsign": jax.nn.soft_sign,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "silu": jax.nn.silu,
    "exponential": jnp.exp,
}


def known(activation: str) -> bool:
    """True if an activation of this name is at hand."""
    return activation in _ACTIVATIONS


def _scan(step: Any, projected: Any, mask: Any, state: Any, backwards: bool) -> tuple[Any, Any]:
    """Runs `step(state, row)` over axis 1; where the mask is False, state and output stay."""
    rows = jnp.swapaxes(projected, 0, 1)
    masks = None if mask is None else jnp.swapaxes(mask, 0, 1)

    def body(carry: Any, row: Any) -> Any:
        old, last = carry
        x, keep = row if masks is not None else (row, None)
        new = step(old, x)
        output = new[0]
        if keep is not None:
            keep = keep[:, None]
            new = tuple(jnp.where(keep, n, o) for n, o in zip(new, old))
            output = jnp.where(keep, output, last)
        return (new, output), output

    start = (state, jnp.zeros_like(state[0]))
    (final, _), outputs = jax.lax.scan(body, start, rows if masks is None else (rows, masks), reverse=backwards)
    return jnp.swapaxes(outputs, 0, 1), final


@op("_internal.lstm", raw="LSTM", host=False)
def lstm(
    x: Float, kernel: Float, recurrent: Float, h: Float, c: Float, bias: OptionalOther, mask: OptionalOther,
    activation: str, gate: str, backwards: bool, name: Name = None,
):
    """Long short-term memory; gates in the order i, f, c, o. Hochreiter & Schmidhuber 1997.

    Returns:
      (outputs [batch, steps, units], last h, last c).
    """
    act, squash = _ACTIVATIONS[activation], _ACTIVATIONS[gate]
    projected = x @ kernel
    if bias is not None:
        projected = projected + bias

    def step(state: Any, row: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(row + h @ recurrent, 4, axis=-1)
        c = squash(f) * c + squash(i) * act(g)
        return squash(o) * act(c), c

    outputs, (h, c) = _scan(step, projected, mask, (h, c), backwards)
    return outputs, h, c


@op("_internal.gru", raw="GRU", host=False)
def gru(
    x: Float, kernel: Float, recurrent: Float, h: Float, bias: OptionalOther, mask: OptionalOther,
    activation: str, gate: str, reset_after: bool, backwards: bool, name: Name = None,
):
    """Gated recurrent unit; gates in the order z, r, h. Cho et al. 2014.

    Returns:
      (outputs [batch, steps, units], last h).
    """
    act, squash = _ACTIVATIONS[activation], _ACTIVATIONS[gate]
    projected = x @ kernel
    inner = None
    if bias is not None:
        projected = projected + (bias[0] if bias.ndim == 2 else bias)
        inner = bias[1] if bias.ndim == 2 else None
    units = h.shape[-1]

    def step(state: Any, row: Any) -> Any:
        (h,) = state
        xz, xr, xh = jnp.split(row, 3, axis=-1)
        if reset_after:
            hidden = h @ recurrent
            if inner is not None:
                hidden = hidden + inner
            hz, hr, hh = jnp.split(hidden, 3, axis=-1)
            z, r = squash(xz + hz), squash(xr + hr)
            candidate = act(xh + r * hh)
        else:
            z = squash(xz + h @ recurrent[:, :units])
            r = squash(xr + h @ recurrent[:, units : 2 * units])
            candidate = act(xh + (r * h) @ recurrent[:, 2 * units :])
        return (z * h + (1 - z) * candidate,)

    outputs, (h,) = _scan(step, projected, mask, (h,), backwards)
    return outputs, h


@op("_internal.simple_rnn", raw="SimpleRNN", host=False)
def simple_rnn(
    x: Float, kernel: Float, recurrent: Float, h: Float, bias: OptionalOther, mask: OptionalOther,
    activation: str, backwards: bool, name: Name = None,
):
    """h = activation(x @ kernel + h @ recurrent + bias).

    Returns:
      (outputs [batch, steps, units], last h).
    """
    act = _ACTIVATIONS[activation]
    projected = x @ kernel if bias is None else x @ kernel + bias
    outputs, (h,) = _scan(lambda state, row: (act(row + state[0] @ recurrent),), projected, mask, (h,), backwards)
    return outputs, h
