"""Distributions drawn by rejection: gamma, Poisson, binomial.

Every output has a stream of its own, some blocks after its neighbour's, and draws from it until a
candidate is accepted; the samples of one parameter are neighbours. All outputs are worked on at
once, in NumPy; a traced program calls back.
Sources: Marsaglia and Tsang 2000 (gamma), Hörmann 1993 (Poisson: PTRS; binomial: BTRS).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyOther, DTypeArg, Name, NumericOther, Shape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op
from tfjax._src.ops.random import distributions, philox

# Blocks between the streams of neighbouring outputs; sums of geometric numbers reserve fewer.
_RESERVED, _RESERVED_BY_SUMS = np.uint64(256), np.uint64(42)
_log, _exp, _pow = (np.frompyfunc(f, k, 1) for f, k in ((math.log, 1), (math.exp, 1), (math.pow, 2)))


def _c(function: Any, *x: Any) -> np.ndarray:
    """The C library's function of doubles; NumPy's own differs in the last place."""
    return function(*x).astype(np.float64)


class Streams:
    """One stream of doubles per output; `uniform(rows)` and `normal(rows)` take the next of each."""

    def __init__(self, state: np.ndarray, first: np.ndarray, reserved: np.uint64 = _RESERVED) -> None:
        self.state = state
        self.block = first.astype(np.uint64) * reserved
        self.uniforms, self.normals = np.zeros((len(first), 2)), np.zeros((len(first), 2))
        self.uniforms_left, self.normals_left = (np.zeros(len(first), np.int64) for _ in range(2))

    def _words(self, rows: np.ndarray) -> np.ndarray:
        found = philox.blocks(self.state, self.block[rows])
        self.block[rows] += np.uint64(1)
        return found

    def uniform(self, rows: np.ndarray) -> np.ndarray:
        """A number in [0, 1) for each row; of a block's two the second comes first."""
        empty = rows[self.uniforms_left[rows] == 0]
        if empty.size:
            w = self._words(empty)
            self.uniforms[empty] = np.stack([distributions.unit64(w[:, 0], w[:, 1]), distributions.unit64(w[:, 2], w[:, 3])], -1)
            self.uniforms_left[empty] = 2
        self.uniforms_left[rows] -= 1
        return self.uniforms[rows, self.uniforms_left[rows]]

    def normal(self, rows: np.ndarray) -> np.ndarray:
        """A standard normal number for each row, the second of a pair first."""
        empty = rows[self.normals_left[rows] == 0]
        if empty.size:
            self.normals[empty] = np.stack(distributions._box_muller64(self._words(empty)), -1)
            self.normals_left[empty] = 2
        self.normals_left[rows] -= 1
        return self.normals[rows, self.normals_left[rows]]


def _gamma(state: np.ndarray, alpha: np.ndarray, positions: np.ndarray) -> np.ndarray:
    out = np.zeros(len(positions))
    streams = Streams(state, positions)
    exponential = np.flatnonzero(alpha == 1.0)
    if exponential.size:
        out[exponential] = [-math.log1p(-u) for u in streams.uniform(exponential)]
    active = np.flatnonzero((alpha != 1.0) & ~np.isnan(alpha) & (alpha > 0))
    small = alpha < 1
    d = alpha + np.where(small, 2.0 / 3, -1.0 / 3)
    c = 1.0 / 3 / np.sqrt(np.where(d > 0, d, 1))
    while active.size:
        x = streams.normal(active)
        v = 1 + c[active] * x
        positive = v > 0
        rows, x, v = active[positive], x[positive], v[positive]
        v = v * v * v
        u = streams.uniform(rows)
        taken = u < 1 - 0.0331 * (x * x) * (x * x)
        rest = np.flatnonzero(~taken)
        if rest.size:
            with np.errstate(divide="ignore"):
                left = np.array([math.log(t) if t > 0 else -math.inf for t in u[rest]])
            taken[rest] = left < 0.5 * x[rest] ** 2 + d[rows[rest]] * (1 - v[rest] + _c(_log, v[rest]))
        done = rows[taken]
        out[done] = d[done] * v[taken]
        boosted = done[small[done]]
        if boosted.size:
            out[boosted] *= _c(_pow, streams.uniform(boosted), 1 / alpha[boosted])
        active = np.setdiff1d(active, done, assume_unique=True)
    out[np.isnan(alpha)] = np.nan
    return out


def _poisson(state: np.ndarray, rate: np.ndarray, positions: np.ndarray) -> np.ndarray:
    out = np.zeros(len(positions))
    streams = Streams(state, positions)
    bad = ~np.isfinite(rate) | (rate < 0)
    out[bad] = np.nan
    _count_arrivals(streams, np.flatnonzero((rate < 10) & ~bad), rate, out)
    _poisson_rejection(streams, np.flatnonzero((rate >= 10) & ~bad), rate, out)
    return out


def _count_arrivals(streams: Streams, active: np.ndarray, rate: np.ndarray, out: np.ndarray) -> None:
    if not active.size:
        return
    limit = np.zeros(len(rate))
    limit[active] = _c(_exp, -rate[active])
    product = np.ones(len(rate))
    while active.size:
        product[active] *= streams.uniform(active)
        active = active[product[active] > limit[active]]
        out[active] += 1


def _poisson_rejection(streams: Streams, active: np.ndarray, rate: np.ndarray, out: np.ndarray) -> None:
    while active.size:
        lam = rate[active]
        b = 0.931 + 2.53 * np.sqrt(lam)
        a = -0.059 + 0.02483 * b
        u = streams.uniform(active) - 0.5
        v = streams.uniform(active)
        shifted = 0.5 - np.abs(u)
        k = np.floor((2 * a / shifted + b) * u + lam + 0.43)
        taken = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
        for i in np.flatnonzero(~taken & (k >= 0) & ((shifted >= 0.013) | (v <= shifted))):
            left = math.log(v[i] * (1.1239 + 1.1328 / (b[i] - 3.4)) / (a[i] / (shifted[i] * shifted[i]) + b[i]))
            taken[i] = left <= -lam[i] + k[i] * math.log(lam[i]) - math.lgamma(k[i] + 1)
        out[active[taken]] = k[taken]
        active = active[~taken]


def _binomial(state: np.ndarray, counts: np.ndarray, probs: np.ndarray, positions: np.ndarray) -> np.ndarray:
    out = np.full(len(positions), np.nan)
    mirrored = probs > 0.5
    p = np.where(mirrored, 1 - probs, probs)
    valid = (counts >= 0) & (probs >= 0) & (probs <= 1) & np.isfinite(counts)
    trivial = valid & ((p == 0) | (counts == 0))
    out[trivial] = 0
    many = counts * p >= 10
    sums = Streams(state, positions, _RESERVED_BY_SUMS)
    _geometric_sums(sums, np.flatnonzero(valid & ~trivial & ~many), counts, p, out)
    _binomial_rejection(Streams(state, positions), np.flatnonzero(valid & ~trivial & many), counts, p, out)
    return np.where(mirrored & valid, counts - out, out)


def _geometric_sums(streams: Streams, active: np.ndarray, counts: np.ndarray, p: np.ndarray, out: np.ndarray) -> None:
    total, successes = np.zeros(len(counts)), np.zeros(len(counts))
    while active.size:
        u = streams.uniform(active)
        gap = np.ceil([math.log(t) / math.log1p(-q) if t > 0 else math.inf for t, q in zip(u, p[active])])
        total[active] += gap
        over = total[active] > counts[active]
        out[active[over]] = successes[active[over]]
        active = active[~over]
        successes[active] += 1


def _stirling_error(k: float) -> float:
    """log(k!) minus Stirling's formula for it."""
    table = (
        0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
        0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
    )
    if k <= 9:
        return table[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _binomial_rejection(streams: Streams, active: np.ndarray, counts: np.ndarray, p: np.ndarray, out: np.ndarray) -> None:
    while active.size:
        n, q = counts[active], p[active]
        spread = np.sqrt(n * q * (1 - q))
        b = 1.15 + 2.53 * spread
        a = -0.0873 + 0.0248 * b + 0.01 * q
        c = n * q + 0.5
        v_r = 0.92 - 4.2 / b
        r = q / (1 - q)
        alpha = (2.83 + 5.1 / b) * spread
        m = np.floor((n + 1) * q)
        u = streams.uniform(active) - 0.5
        v = streams.uniform(active)
        us = 0.5 - np.abs(u)
        k = np.floor((2 * a / us + b) * u + c)
        taken = (us >= 0.07) & (v <= v_r)
        for i in np.flatnonzero(~taken & (k >= 0) & (k <= n)):
            left = math.log(v[i] * alpha[i] / (a[i] / (us[i] * us[i]) + b[i]))
            bound = (
                (m[i] + 0.5) * math.log((m[i] + 1) / (r[i] * (n[i] - m[i] + 1)))
                + (n[i] + 1) * math.log((n[i] - m[i] + 1) / (n[i] - k[i] + 1))
                + (k[i] + 0.5) * math.log(r[i] * (n[i] - k[i] + 1) / (k[i] + 1))
                + _stirling_error(m[i]) + _stirling_error(n[i] - m[i])
                - _stirling_error(k[i]) - _stirling_error(n[i] - k[i])
            )
            taken[i] = left <= bound
        out[active[taken]] = k[taken]
        active = active[~taken]


def _sampled(function: Callable[..., np.ndarray], state: Any, parameters: tuple[Any, ...], shape: tuple[int, ...], dtype: Any) -> Any:
    """Runs a sampler on host arrays, or from inside a program. `shape` ends with the parameters'."""
    ending = np.broadcast_shapes(*[p.shape for p in parameters])
    if tuple(shape[len(shape) - len(ending) :]) != ending:
        raise InvalidArgumentError(None, None, "Shape passed in must end with broadcasted shape.")
    each = math.prod(ending)
    samples = math.prod(shape[: len(shape) - len(ending)])
    positions = np.arange(samples * each).reshape(each, samples).T.reshape(-1)

    def run(state: Any, *parameters: Any) -> np.ndarray:
        flat = [np.broadcast_to(np.asarray(p), shape).reshape(-1).astype(np.float64) for p in parameters]
        found = function(np.asarray(state), *flat, positions)
        with np.errstate(invalid="ignore"):
            return found.reshape(shape).astype(dtype)

    if isinstance(state, np.ndarray) and all(isinstance(p, np.ndarray) for p in parameters):
        return run(state, *parameters)
    out = jax.ShapeDtypeStruct(shape, dtype)
    return jax.pure_callback(run, out, jnp.asarray(state), *[jnp.asarray(p) for p in parameters], vmap_method="sequential")


@op("_internal.random_gamma", raw="RandomGamma")
def gamma(state: NumericOther, alpha: NumericOther, shape: Shape, name: Name = None):
    """Gamma numbers of shape parameter `alpha` and rate 1; differentiable by `alpha`."""
    if isinstance(state, np.ndarray) and isinstance(alpha, np.ndarray):
        return _sampled(_gamma, state, (alpha,), shape, alpha.dtype)

    @jax.custom_jvp
    def draw(alpha: Any) -> Any:
        return _sampled(_gamma, state, (alpha,), shape, alpha.dtype)

    @draw.defjvp
    def derivative(primals: Any, tangents: Any) -> Any:
        sample = draw(*primals)
        slope = jax.lax.random_gamma_grad(jnp.broadcast_to(primals[0], shape), sample)
        return sample, slope * tangents[0]

    return draw(jnp.asarray(alpha))


@op("_internal.random_poisson", raw="RandomPoissonV2", differentiable=False)
def poisson(state: NumericOther, rate: NumericOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    """Poisson numbers of mean `rate`."""
    return _sampled(_poisson, state, (rate,), shape, dtype.np)


@op("_internal.random_binomial", raw="StatefulRandomBinomial", differentiable=False)
def _binomial_op(state: NumericOther, counts: AnyOther, probs: AnyOther, shape: Shape, dtype: DTypeArg, name: Name = None):
    return _sampled(_binomial, state, (counts, probs), shape, dtype.np)


def binomial(state: Any, counts: Any, probs: Any, shape: Any, dtype: dtypes.DType) -> Any:
    """Numbers of successes in `counts` trials."""
    counts, probs = to_tensor(counts, None, dtypes.float32), to_tensor(probs, None, dtypes.float32)
    return _binomial_op(state, counts, probs, shape, dtype)
