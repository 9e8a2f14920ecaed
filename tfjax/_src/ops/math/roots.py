"""Roots and reciprocals whose infinite slope does not spoil gradients that are 0.

TensorFlow's gradient kernels of these functions give 0 where 0 flows back, also where the slope is
infinite or NaN: `tf.where(x > 0, tf.sqrt(x), 0.0)` has a finite gradient at 0. JAX multiplies.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def _scaled(tangent: Any, slope: Any) -> Any:
    """`tangent * slope`, but 0 where the tangent is 0; linear in the tangent, for both modes.

    An infinite slope becomes a chain of factors so large that all but 0 overflow; a NaN two such
    chains, whose difference is NaN. Reverse mode multiplies in the other order, with the same result.
    """
    finite, undefined = jnp.isfinite(slope), jnp.isnan(slope)
    largest = jnp.asarray(jnp.finfo(slope.dtype).max, slope.dtype)
    first = jnp.where(finite, slope, jnp.where(slope < 0, -largest, largest))
    more = jnp.where(finite, jnp.ones_like(slope), largest)
    again = jnp.where(undefined, largest, jnp.zeros_like(slope))
    return tangent * first * more * more - tangent * again * again * again


def _is_complex(x: Any) -> bool:
    return jnp.issubdtype(x.dtype, jnp.complexfloating)


@jax.custom_jvp
def _sqrt(x: Any) -> Any:
    return jnp.sqrt(x)


@_sqrt.defjvp
def _sqrt_jvp(primals: Any, tangents: Any) -> Any:
    y = _sqrt(*primals)
    return y, _scaled(tangents[0], 0.5 / y)


@jax.custom_jvp
def _rsqrt(x: Any) -> Any:
    return jax.lax.rsqrt(x)


@_rsqrt.defjvp
def _rsqrt_jvp(primals: Any, tangents: Any) -> Any:
    y = _rsqrt(*primals)
    return y, _scaled(tangents[0], -0.5 * y * y * y)


@jax.custom_jvp
def _reciprocal(x: Any) -> Any:
    return 1 / x


@_reciprocal.defjvp
def _reciprocal_jvp(primals: Any, tangents: Any) -> Any:
    y = _reciprocal(*primals)
    return y, _scaled(tangents[0], -y * y)


def sqrt(x: Any) -> Any:
    """The square root of a JAX array."""
    return jnp.sqrt(x) if _is_complex(x) else _sqrt(x)


def rsqrt(x: Any) -> Any:
    """One over the square root of a JAX array."""
    return jax.lax.rsqrt(x) if _is_complex(x) else _rsqrt(x)


def reciprocal(x: Any) -> Any:
    """One over a JAX array."""
    return 1 / x if _is_complex(x) else _reciprocal(x)
