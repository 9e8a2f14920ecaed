"""Decompositions and solvers."""

from __future__ import annotations

import collections
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, FloatOrComplex, Name
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op


def _square(x, what: str) -> None:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise InvalidArgumentError(None, None, f"{what} must be square, got shape {list(x.shape)}")


@op("linalg.inv", raw="MatrixInverse", any_size=True)
def inv(input: FloatOrComplex, adjoint: bool = False, name: Name = None):
    """The inverse of each matrix, or its conjugate transpose.

    >>> import tfjax as tf
    >>> tf.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).numpy()
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    _square(input, "Input")
    xp = namespace(input)
    try:
        result = xp.linalg.inv(input)
    except np.linalg.LinAlgError:
        raise InvalidArgumentError(None, None, "Input is not invertible.") from None
    return xp.conj(xp.swapaxes(result, -1, -2)) if adjoint else result


@op("linalg.det", raw="MatrixDeterminant", host=False)
def det(input: FloatOrComplex, name: Name = None):
    """The determinant of each matrix.

    >>> import tfjax as tf
    >>> float(tf.linalg.det([[2.0, 0.0], [0.0, 4.0]]))
    8.0
    """
    _square(input, "Input")
    return jnp.linalg.det(input)


@op("linalg.cholesky", raw="Cholesky", host=False)
def cholesky(input: FloatOrComplex, name: Name = None):
    """The lower triangular factor of each positive definite matrix.

    >>> import tfjax as tf
    >>> tf.linalg.cholesky([[4.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    _square(input, "Input")
    # TensorFlow reads the lower triangle alone, but its gradient is symmetric.
    mean = (input + jnp.conj(jnp.swapaxes(input, -1, -2))) / 2
    below = jnp.tril(input, -1)
    read = jnp.tril(input) + jnp.conj(jnp.swapaxes(below, -1, -2))
    return jnp.linalg.cholesky(mean + jax.lax.stop_gradient(read - mean), symmetrize_input=False)


@op("linalg.solve", raw="MatrixSolve", host=False)
def solve(matrix: FloatOrComplex, rhs: FloatOrComplex, adjoint: bool = False, name: Name = None):
    """The solution x of `matrix @ x = rhs`.

    >>> import tfjax as tf
    >>> tf.linalg.solve([[2.0]], [[4.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    _square(matrix, "Input matrix")
    if adjoint:
        matrix = jnp.conj(jnp.swapaxes(matrix, -1, -2))
    return jnp.linalg.solve(matrix, rhs)


@op("linalg.triangular_solve", raw="MatrixTriangularSolve", host=False)
def triangular_solve(matrix: FloatOrComplex, rhs: FloatOrComplex, lower: bool = True, adjoint: bool = False, name: Name = None):
    """The solution x of `matrix @ x = rhs` for triangular matrices."""
    return jax.scipy.linalg.solve_triangular(matrix, rhs, lower=lower, trans="C" if adjoint else "N")


@op("linalg.cholesky_solve", raw="CholeskySolve", host=False)
def cholesky_solve(chol: FloatOrComplex, rhs: FloatOrComplex, name: Name = None):
    """The solution x of `A @ x = rhs` from the lower Cholesky factor of A.

    >>> import tfjax as tf
    >>> tf.linalg.cholesky_solve([[2.0]], [[8.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    _square(chol, "Input matrix")
    half = jax.lax.linalg.triangular_solve(chol, rhs, left_side=True, lower=True)
    return jax.lax.linalg.triangular_solve(chol, half, left_side=True, lower=True, transpose_a=True, conjugate_a=True)


@op("_internal.svd", raw="Svd", host=False)
def _svd(tensor: FloatOrComplex, full_matrices: bool, name: Name = None):
    u, s, vh = jnp.linalg.svd(tensor, full_matrices=full_matrices)
    return s, u, jnp.conj(jnp.swapaxes(vh, -1, -2))


@op("_internal.singular_values", raw="Svd", host=False)
def _singular_values(tensor: FloatOrComplex, name: Name = None):
    return jnp.linalg.svd(tensor, compute_uv=False)


@export("linalg.svd")
@recorded
def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    """(s, u, v) with `tensor = u @ diag(s) @ adjoint(v)`; only s with `compute_uv=False`.

    The signs of the columns of u and v are LAPACK's and may differ from TensorFlow's.

    >>> import tfjax as tf
    >>> float(tf.linalg.svd([[3.0]], compute_uv=False)[0])
    3.0
    """
    return _svd(tensor, full_matrices) if compute_uv else _singular_values(tensor)


Qr = collections.namedtuple("Qr", ["q", "r"])


@op("linalg.qr", raw="Qr", host=False)
def qr(input: FloatOrComplex, full_matrices: bool = False, name: Name = None):
    """(q, r): an orthogonal and an upper triangular factor."""
    return Qr(*jnp.linalg.qr(input, mode="complete" if full_matrices else "reduced"))


@op("linalg.eigh", raw="SelfAdjointEigV2", host=False)
def eigh(tensor: FloatOrComplex, name: Name = None):
    """(eigenvalues in ascending order, eigenvectors as columns) of self-adjoint matrices.

    Only the lower triangles are read, and only they get a gradient.
    """
    _square(tensor, "Input")
    upper = jnp.conj(jnp.swapaxes(jnp.tril(tensor, -1), -1, -2))
    values, vectors = jnp.linalg.eigh(jnp.tril(tensor) + upper, symmetrize_input=False)
    return values.astype(tensor.dtype), vectors


@op("linalg.trace", raw="Trace", any_size=True)
def trace(x: AnyTensor, name: Name = None):
    """The sum of each matrix's diagonal.

    >>> import tfjax as tf
    >>> int(tf.linalg.trace([[1, 2], [3, 4]]))
    5
    """
    return namespace(x).trace(x, axis1=-2, axis2=-1, dtype=x.dtype)


@op("linalg.band_part", raw="MatrixBandPart")
def band_part(input: AnyTensor, num_lower: int, num_upper: int, name: Name = None):
    """Matrices with everything outside a band around the diagonal set to 0; -1 keeps a side whole.

    >>> import tfjax as tf
    >>> tf.linalg.band_part([[1, 2], [3, 4]], -1, 0).numpy()
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    xp = namespace(input)
    rows, columns = xp.arange(input.shape[-2])[:, None], xp.arange(input.shape[-1])[None, :]
    keep = ((num_lower < 0) | (rows - columns <= num_lower)) & ((num_upper < 0) | (columns - rows <= num_upper))
    return xp.where(keep, input, xp.zeros((), input.dtype))
