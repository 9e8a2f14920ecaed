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


def _product(x: Any, kernel: Any, masks: Any) -> Any:
    """x @ kernel with dropout.

    Args:
      x: [..., features], a step or a whole sequence.
      masks: None, or [masks, batch, features]: one for x, or one for each gate's part of the kernel.
    """
    if masks is None:
        return x @ kernel
    if x.ndim == 3:
        masks = masks[:, :, None]
    parts = jnp.split(kernel, len(masks), axis=-1)
    return jnp.concatenate([(x * m) @ part for m, part in zip(masks, parts)], axis=-1)


@op("_internal.lstm", raw="LSTM", host=False)
def lstm(
    x: Float, kernel: Float, recurrent: Float, h: Float, c: Float, bias: OptionalOther, mask: OptionalOther,
    drop: OptionalOther, noise: OptionalOther, activation: str, gate: str, backwards: bool, name: Name = None,
):
    """Long short-term memory; gates in the order i, f, c, o. Hochreiter & Schmidhuber 1997.

    `drop` and `noise` are dropout masks of the inputs and of h, as `_product` takes them.

    Returns:
      (outputs [batch, steps, units], last h, last c).
    """
    act, squash = _ACTIVATIONS[activation], _ACTIVATIONS[gate]
    projected = _product(x, kernel, drop)
    if bias is not None:
        projected = projected + bias

    def step(state: Any, row: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(row + _product(h, recurrent, noise), 4, axis=-1)
        c = squash(f) * c + squash(i) * act(g)
        return squash(o) * act(c), c

    outputs, (h, c) = _scan(step, projected, mask, (h, c), backwards)
    return outputs, h, c


@op("_internal.gru", raw="GRU", host=False)
def gru(
    x: Float, kernel: Float, recurrent: Float, h: Float, bias: OptionalOther, mask: OptionalOther,
    drop: OptionalOther, noise: OptionalOther, activation: str, gate: str, reset_after: bool, backwards: bool, name: Name = None,
):
    """Gated recurrent unit; gates in the order z, r, h. Cho et al. 2014.

    Returns:
      (outputs [batch, steps, units], last h).
    """
    act, squash = _ACTIVATIONS[activation], _ACTIVATIONS[gate]
    projected = _product(x, kernel, drop)
    inner = None
    if bias is not None:
        projected = projected + (bias[0] if bias.ndim == 2 else bias)
        inner = bias[1] if bias.ndim == 2 else None
    units = h.shape[-1]

    def step(state: Any, row: Any) -> Any:
        (h,) = state
        xz, xr, xh = jnp.split(row, 3, axis=-1)
        if reset_after:
            hidden = _product(h, recurrent, noise)
            if inner is not None:
                hidden = hidden + inner
            hz, hr, hh = jnp.split(hidden, 3, axis=-1)
            z, r = squash(xz + hz), squash(xr + hr)
            candidate = act(xh + r * hh)
        else:
            first, last = (None, None) if noise is None else (noise[:2], noise[2:])
            z, r = jnp.split(squash(row[:, : 2 * units] + _product(h, recurrent[:, : 2 * units], first)), 2, axis=-1)
            candidate = act(xh + _product(r * h, recurrent[:, 2 * units :], last))
        return (z * h + (1 - z) * candidate,)

    outputs, (h,) = _scan(step, projected, mask, (h,), backwards)
    return outputs, h


@op("_internal.simple_rnn", raw="SimpleRNN", host=False)
def simple_rnn(
    x: Float, kernel: Float, recurrent: Float, h: Float, bias: OptionalOther, mask: OptionalOther,
    drop: OptionalOther, noise: OptionalOther, activation: str, backwards: bool, name: Name = None,
):
    """h = activation(x @ kernel + h @ recurrent + bias).

    Returns:
      (outputs [batch, steps, units], last h).
    """
    act = _ACTIVATIONS[activation]
    projected = _product(x, kernel, drop)
    if bias is not None:
        projected = projected + bias

    def step(state: Any, row: Any) -> Any:
        return (act(row + _product(state[0], recurrent, noise)),)

    outputs, (h,) = _scan(step, projected, mask, (h,), backwards)
    return outputs, h
