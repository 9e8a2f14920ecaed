"""Linear algebra of (batches of) matrices."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.ops.base import compute, floating, keras_op


def _call(xp: Any, *arrays: Any, name: str, **settings: Any) -> Any:
    result = getattr(xp.linalg, name)(*arrays, **settings)
    return tuple(result) if isinstance(result, tuple) else xp.asarray(result)


@export("keras.ops.norm", "keras.ops.linalg.norm")
@keras_op("linalg")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices, as `np.linalg.norm`."""
    return compute(_call, floating(x), name="norm", ord=ord, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)


@export("keras.ops.inv", "keras.ops.linalg.inv")
@keras_op("linalg")
def inv(x: Any) -> Any:
    """The inverse."""
    return compute(_call, floating(x), name="inv")


@export("keras.ops.det", "keras.ops.linalg.det")
@keras_op("linalg")
def det(x: Any) -> Any:
    """The determinant."""
    return compute(_call, floating(x), name="det")


@export("keras.ops.slogdet", "keras.ops.numpy.slogdet")
@keras_op("numpy")
def slogdet(x: Any) -> Any:
    """The sign and the logarithm of the determinant."""
    return compute(_call, floating(x), name="slogdet")


@export("keras.ops.pinv", "keras.ops.linalg.pinv")
@keras_op("linalg")
def pinv(x: Any, rcond: float | None = None) -> Any:
    """The pseudo-inverse."""
    return compute(_call, floating(x), name="pinv", **({} if rcond is None else {"rcond": rcond}))


@export("keras.ops.solve", "keras.ops.linalg.solve")
@keras_op("linalg", inputs=2)
def solve(a: Any, b: Any) -> Any:
    """x with a · x = b, for a matrix or a vector b."""
    return compute(_solve, floating(a), floating(b))


def _solve(xp: Any, a: Any, b: Any) -> Any:
    vector = b.ndim == a.ndim - 1
    x = xp.linalg.solve(a, b[..., None] if vector else b)
    return x[..., 0] if vector else x


@export("keras.ops.cholesky", "keras.ops.linalg.cholesky")
@keras_op("linalg")
def cholesky(x: Any, upper: bool = False) -> Any:
    """The triangular factor of a positive definite matrix."""
    return compute(_cholesky, floating(x), upper=upper)


def _cholesky(xp: Any, x: Any, upper: bool) -> Any:
    lower = xp.linalg.cholesky(x)
    return xp.swapaxes(lower, -1, -2) if upper else lower


@export("keras.ops.qr", "keras.ops.linalg.qr")
@keras_op("linalg")
def qr(x: Any, mode: str = "reduced") -> Any:
    """Orthogonal and triangular factors."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"`mode` argument value not supported. Expected one of {{'reduced', 'complete'}}. Received: mode={mode}")
    return compute(_call, floating(x), name="qr", mode=mode)


@export("keras.ops.eigh", "keras.ops.linalg.eigh")
@keras_op("linalg")
def eigh(x: Any) -> Any:
    """Eigenvalues (ascending) and eigenvectors of a symmetric matrix."""
    return compute(_call, floating(x), name="eigh")


@export("keras.ops.svd", "keras.ops.linalg.svd")
@keras_op("linalg")
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values, with the singular vectors (u, s, v) if asked for."""
    return compute(_call, floating(x), name="svd", full_matrices=full_matrices, compute_uv=compute_uv)
