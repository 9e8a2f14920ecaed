"""Draws from a stream state, a uint32 tensor [key0, key1, c0, c1, c2, c3]; behind all of tf.random."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.eager.args import AnyTensor, Axis, DTypeArg, Name, NumericOther, Shape, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.math.arithmetic import add, multiply, subtract
from tfjax._src.ops.random import distributions, philox, settings


@op("_internal.random_uniform", raw="RandomUniform", differentiable=False, produces=True)
def _uniform(state: NumericOther, scale: AnyTensor, shift: AnyTensor, shape: Shape, dtype: DTypeArg, kind: Static, name: Name = None):
    return distributions.draw("uniform", state, shape, dtype.np, kind, scale, shift)


@op("_internal.random_normal", raw="RandomStandardNormal", differentiable=False, produces=True)
def _normal(state: NumericOther, scale: AnyTensor, shift: AnyTensor, shape: Shape, dtype: DTypeArg, kind: Static, name: Name = None):
    return distributions.draw("normal", state, shape, dtype.np, kind, scale, shift)


@op("_internal.random_truncated_normal", raw="TruncatedNormal", differentiable=False, produces=True)
def _truncated(state: NumericOther, scale: AnyTensor, shift: AnyTensor, shape: Shape, dtype: DTypeArg, kind: Static, name: Name = None):
    return distributions.draw("truncated_normal", state, shape, dtype.np, kind, scale, shift)


@op("_internal.random_int", raw="RandomUniformInt", differentiable=False, produces=True)
def integers(state: NumericOther, low: AnyTensor, high: AnyTensor, shape: Shape, dtype: DTypeArg, name: Name = None):
    """Integers in [low, high)."""
    return distributions.integers(state, shape, low, high, dtype.np)


@op("_internal.random_full_int", raw="StatefulUniformFullInt", differentiable=False, produces=True)
def full_integers(state: NumericOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    """Integers from the dtype's whole range."""
    return distributions.integers(state, shape, None, None, dtype.np)


def is_number(value: Any) -> bool:
    """True for what can be a constant of a draw: no gradient leads to it."""
    return isinstance(value, (int, float, np.number))


@functools.lru_cache(maxsize=256)
def _constant(number: Any, kind: type, dtype: dtypes.DType) -> Tensor:
    """A number as a tensor, made once: most draws use the same few."""
    return to_tensor(number, None, dtype)


def _scaled(draw: Any, state: Any, scale: Any, shift: Any, shape: Any, dtype: dtypes.DType) -> Any:
    # The products' dtype is pinned first: TensorFlow rounds each step to it.
    kind = settings.get_random_numbers()
    if is_number(scale) and is_number(shift):
        return draw(state, _constant(scale, type(scale), dtype), _constant(shift, type(shift), dtype), shape, dtype, kind)
    unit = draw(state, _constant(1, int, dtype), _constant(0, int, dtype), shape, dtype, kind)
    return add(multiply(unit, to_tensor(scale, None, dtype)), to_tensor(shift, None, dtype))


def uniform(state: Any, low: Any, high: Any, shape: Any, dtype: dtypes.DType) -> Any:
    """Floating-point numbers in [low, high)."""
    if is_number(low) and is_number(high):
        span = dtype.np.type(high) - dtype.np.type(low)
        return _scaled(_uniform, state, span, dtype.np.type(low), shape, dtype)
    low, high = to_tensor(low, None, dtype), to_tensor(high, None, dtype)
    return _scaled(_uniform, state, subtract(high, low), low, shape, dtype)


def normal(state: Any, mean: Any, stddev: Any, shape: Any, dtype: dtypes.DType) -> Any:
    """Normal numbers."""
    return _scaled(_normal, state, stddev, mean, shape, dtype)


def truncated_normal(state: Any, mean: Any, stddev: Any, shape: Any, dtype: dtypes.DType) -> Any:
    """Normal numbers within two standard deviations."""
    return _scaled(_truncated, state, stddev, mean, shape, dtype)


@op("_internal.multinomial", raw="Multinomial", differentiable=False)
def categorical(state: NumericOther, logits: AnyTensor, count: Axis, dtype: DTypeArg, name: Name = None):
    """Class indices [rows, count] by the inverse of each row's distribution function, in double.

    One stream of words serves all rows in turn. (TensorFlow splits many rows among threads,
    whose streams then overlap: its numbers depend on the number of cores there.)
    """
    xp = namespace(state, logits)
    if logits.ndim != 2:
        raise ValueError(f"logits should be a matrix, got shape {list(logits.shape)}")
    rows = logits.shape[0]
    w = philox.words(state, 2 * rows * count).reshape(-1, 2)
    unit = distributions.unit64(w[:, 0], w[:, 1]).reshape(rows, count)
    finite = xp.isfinite(logits)
    top = xp.max(xp.where(finite, logits, xp.asarray(-np.inf, logits.dtype)), axis=1, keepdims=True)
    weights = xp.where(finite, xp.exp(logits.astype(np.float64) - top.astype(np.float64)), 0.0)
    cdf = xp.cumsum(weights, axis=1)
    targets = unit * cdf[:, -1:]
    if xp is np:
        found = [np.searchsorted(c, t, side="right") for c, t in zip(cdf, targets)]
        return np.array(found, dtype.np).reshape(rows, count)
    return jax.vmap(lambda c, t: jnp.searchsorted(c, t, side="right"))(cdf, targets).astype(dtype.np)


@op("_internal.shuffle_order", raw="RandomShuffle", differentiable=False)
def shuffle_order(state: NumericOther, count: Axis, name: Name = None):
    """A permutation of `count` rows."""
    if isinstance(state, np.ndarray):
        return philox.shuffle_order(state, count)
    words = philox.words(state, max(count - 1, 1))

    def swap(i: Any, order: Any) -> Any:
        j = i + (words[i] % (count - i).astype(np.uint32)).astype(np.int64)
        a, b = order[i], order[j]
        return order.at[i].set(b).at[j].set(a)

    return jax.lax.fori_loop(0, max(count - 1, 0), swap, jnp.arange(count))


@op("_internal.permute_rows")
def take_rows(value: AnyTensor, order: NumericOther, name: Name = None):
    """Rows in a given order."""
    return namespace(value, order).take(value, order, axis=0)


@op("_internal.seed_stream", raw="StatelessRandomGetKeyCounter", differentiable=False)
def seed_stream(seed: NumericOther, name: Name = None):
    """The stream of a stateless op's seed pair."""
    if seed.shape != (2,):
        raise ValueError(f"seed must have shape [2], not {list(seed.shape)}")
    return philox.stateless_state(seed)
