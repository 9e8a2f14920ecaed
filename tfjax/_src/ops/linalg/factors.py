"""LU factors, least squares, pseudo-inverses, functions of matrices, tridiagonal systems."""

from __future__ import annotations

import collections
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import Complex, DTypeArg, Float, FloatOrComplex, IntOther, Name, Numeric, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.array.shaping import expand_dims, squeeze
from tfjax._src.ops.linalg.solvers import _square
from tfjax._src.ops.math.clipping import norm

_Lu = collections.namedtuple("Lu", ["lu", "p"])
_LogDeterminant = collections.namedtuple("LogMatrixDeterminant", ["sign", "log_abs_determinant"])


def _adjoint(x: Any) -> Any:
    return jnp.conj(jnp.swapaxes(x, -1, -2))


@op("linalg.logdet", raw="LogDet", host=False)
def logdet(matrix: FloatOrComplex, name: Name = None):
    """log(det) of positive definite matrices, through Cholesky's factor.

    >>> import tfjax as tf
    >>> float(tf.linalg.logdet([[1.0, 0.0], [0.0, 1.0]]))
    0.0
    """
    diagonal = jnp.diagonal(jnp.linalg.cholesky(matrix), axis1=-2, axis2=-1)
    return 2.0 * jnp.sum(jnp.log(jnp.real(diagonal)), axis=-1)


@op("linalg.slogdet", raw="LogMatrixDeterminant", host=False)
def slogdet(input: FloatOrComplex, name: Name = None):
    """(sign, log of the absolute value) of determinants.

    >>> import tfjax as tf
    >>> [float(x) for x in tf.linalg.slogdet([[-1.0, 0.0], [0.0, 1.0]])]
    [-1.0, 0.0]
    """
    _square(input, "Input")
    sign, value = jnp.linalg.slogdet(input)
    return _LogDeterminant(sign, value.astype(input.dtype))


@op("linalg.lu", raw="Lu", host=False)
def lu(input: FloatOrComplex, output_idx_type: DTypeArg = dtypes.int32, name: Name = None):
    """(both triangles in one matrix, p) with input[p] = L U; L has a unit diagonal.

    >>> import tfjax as tf
    >>> tf.linalg.lu([[0.0, 1.0], [2.0, 3.0]]).p.numpy()
    array([1, 0], dtype=int32)
    """
    _square(input, "Input")
    factors, _, permutation = jax.lax.linalg.lu(input)
    return _Lu(factors, permutation.astype(output_idx_type.np))


def _triangles(factors: Any) -> tuple[Any, Any]:
    unit = jnp.eye(factors.shape[-1], dtype=factors.dtype)
    return jnp.tril(factors, -1) + unit, jnp.triu(factors)


@op("linalg.lu_reconstruct", raw="LuReconstruct", host=False)
def lu_reconstruct(lower_upper: FloatOrComplex, perm: IntOther, validate_args: Static = False, name: Name = None):
    """The matrix whose `lu` is (lower_upper, perm); `validate_args` has no effect."""
    lower, upper = _triangles(lower_upper)
    return jnp.take_along_axis(lower @ upper, jnp.argsort(perm, -1)[..., None], -2)


@op("linalg.lu_solve", raw="LuSolve", host=False)
def lu_solve(lower_upper: FloatOrComplex, perm: IntOther, rhs: FloatOrComplex, validate_args: Static = False, name: Name = None):
    """The solution x of `A @ x = rhs` from A's `lu`; `validate_args` has no effect."""
    ordered = jnp.take_along_axis(rhs, perm[..., None], -2)
    half = jax.lax.linalg.triangular_solve(lower_upper, ordered, left_side=True, lower=True, unit_diagonal=True)
    return jax.lax.linalg.triangular_solve(lower_upper, half, left_side=True, lower=False)


@op("linalg.lu_matrix_inverse", raw="LuMatrixInverse", host=False)
def lu_matrix_inverse(lower_upper: FloatOrComplex, perm: IntOther, validate_args: Static = False, name: Name = None):
    """The inverse of the matrix whose `lu` is (lower_upper, perm)."""
    unit = jnp.broadcast_to(jnp.eye(lower_upper.shape[-1], dtype=lower_upper.dtype), lower_upper.shape)
    return lu_solve.op.body(lower_upper, perm, unit)


@op("linalg.lstsq", raw="MatrixSolveLs", host=False)
def lstsq(matrix: FloatOrComplex, rhs: FloatOrComplex, l2_regularizer: Static = 0.0, fast: Static = True, name: Name = None):
    """The least-squares solution of `matrix @ x = rhs`; the shortest of several.

    Args:
      matrix: [..., m, n].
      rhs: [..., m, k].
      l2_regularizer: weight of the square of x.
      fast: by the normal equations, else by singular values (then without the regularizer).

    >>> import tfjax as tf
    >>> tf.linalg.lstsq([[2.0], [0.0]], [[4.0], [3.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    rows, columns = matrix.shape[-2:]
    if not fast:
        return jnp.linalg.pinv(matrix) @ rhs
    adjoint = _adjoint(matrix)
    small = adjoint @ matrix if rows >= columns else matrix @ adjoint
    small = small + jnp.asarray(l2_regularizer, matrix.dtype) * jnp.eye(min(rows, columns), dtype=matrix.dtype)
    factor = jnp.linalg.cholesky(small)

    def solved(b: Any) -> Any:
        half = jax.lax.linalg.triangular_solve(factor, b, left_side=True, lower=True)
        return jax.lax.linalg.triangular_solve(factor, half, left_side=True, lower=True, transpose_a=True, conjugate_a=True)

    return solved(adjoint @ rhs) if rows >= columns else adjoint @ solved(rhs)


@op("linalg.pinv", raw="PseudoInverse", host=False)
def pinv(a: FloatOrComplex, rcond: Static = None, validate_args: Static = False, name: Name = None):
    """Moore and Penrose's inverse.

    Args:
      a: [..., m, n].
      rcond: singular values below `rcond` times the largest count as 0; by default
        10 max(m, n) eps.
      validate_args: no effect.

    >>> import tfjax as tf
    >>> tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy()
    array([[0.5, 0. ],
           [0. , 0. ]], dtype=float32)
    """
    if rcond is None:
        rcond = 10.0 * max(a.shape[-2:]) * float(jnp.finfo(a.dtype).eps)
    return jnp.linalg.pinv(a, rtol=rcond)


@op("linalg.matrix_rank", raw="MatrixRank", host=False, differentiable=False)
def matrix_rank(a: FloatOrComplex, tol: Static = None, validate_args: Static = False, name: Name = None):
    """How many singular values exceed `tol` (by default eps max(m, n) times the largest), int32.

    >>> import tfjax as tf
    >>> int(tf.linalg.matrix_rank([[1.0, 1.0], [1.0, 1.0]]))
    1
    """
    values = jnp.linalg.svd(a, compute_uv=False)
    if tol is None:
        tol = float(jnp.finfo(a.dtype).eps) * max(a.shape[-2:]) * jnp.max(values, -1, keepdims=True)
    return jnp.sum(values > tol, -1).astype(jnp.int32)


@op("linalg.eigvalsh", raw="SelfAdjointEigV2", host=False)
def eigvalsh(tensor: FloatOrComplex, name: Name = None):
    """The eigenvalues of self-adjoint matrices, in ascending order.

    >>> import tfjax as tf
    >>> tf.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).numpy()
    array([1., 2.], dtype=float32)
    """
    _square(tensor, "Input")
    lower = jnp.tril(tensor)
    return jnp.linalg.eigvalsh(lower + _adjoint(jnp.tril(tensor, -1)), symmetrize_input=False).astype(tensor.dtype)


@op("eig", "linalg.eig", raw="Eig", device=False, differentiable=False)
def eig(tensor: FloatOrComplex, name: Name = None):
    """(eigenvalues, eigenvectors as columns) of any square matrices, complex.

    Computed on the host.

    >>> import tfjax as tf
    >>> sorted(tf.linalg.eig([[2.0, 0.0], [0.0, 1.0]])[0].numpy().real.tolist())
    [1.0, 2.0]
    """
    _square(tensor, "Input")
    kind = np.complex128 if tensor.dtype.itemsize >= 8 and tensor.dtype != np.complex64 else np.complex64
    values, vectors = np.linalg.eig(tensor)
    return values.astype(kind), vectors.astype(kind)


@op("eigvals", "linalg.eigvals", raw="Eig", device=False, differentiable=False)
def eigvals(tensor: FloatOrComplex, name: Name = None):
    """The eigenvalues of any square matrices, complex; computed on the host."""
    return eig.op.body(tensor)[0]


@op("linalg.expm", raw="MatrixExponential", host=False)
def expm(input: FloatOrComplex, name: Name = None):
    """The exponential of matrices.

    >>> import tfjax as tf
    >>> tf.linalg.expm([[0.0, 1.0], [0.0, 0.0]]).numpy()
    array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    _square(input, "Input")
    return jax.scipy.linalg.expm(input)


@op("linalg.logm", raw="MatrixLogarithm", device=False, differentiable=False)
def logm(input: Complex, name: Name = None):
    """The principal logarithm of complex matrices; computed on the host."""
    from scipy.linalg import logm as principal

    _square(input, "Input")
    flat = input.reshape((-1, *input.shape[-2:])).astype(np.complex128)
    return np.stack([principal(m) for m in flat]).reshape(input.shape).astype(input.dtype) if len(flat) else input


@op("linalg.sqrtm", "matrix_square_root", raw="MatrixSquareRoot", device=False, differentiable=False)
def sqrtm(input: FloatOrComplex, name: Name = None):
    """A square root of matrices; computed on the host.

    >>> import tfjax as tf
    >>> tf.linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]).numpy()
    array([[2., 0.],
           [0., 3.]], dtype=float32)
    """
    from scipy.linalg import sqrtm as root

    _square(input, "Input")
    flat = input.reshape((-1, *input.shape[-2:]))
    roots = [root(m) if input.dtype.kind == "c" else np.real(root(m)) for m in flat]
    return np.stack(roots).reshape(input.shape).astype(input.dtype) if roots else input


@op("linalg.cross", raw="Cross")
def cross(a: Numeric, b: Numeric, name: Name = None):
    """The vector product along the last axis, of size 3.

    >>> import tfjax as tf
    >>> tf.linalg.cross([1, 0, 0], [0, 1, 0]).numpy()
    array([0, 0, 1], dtype=int32)
    """
    if a.shape != b.shape or a.shape[-1] != 3:
        raise ValueError(f"Both inputs must be of one shape with 3 in the last dimension, got {a.shape} and {b.shape}.")
    return namespace(a, b).cross(a, b)


@export("linalg.normalize")
@recorded
def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None) -> Any:
    """(tensor / norm, norm), the norm along `axis` kept as an axis of size 1.

    >>> import tfjax as tf
    >>> tf.linalg.normalize([3.0, 4.0])[0].numpy()
    array([0.6, 0.8], dtype=float32)
    """
    tensor = to_tensor(tensor)
    length = norm(tensor, ord, axis, keepdims=True)
    return tensor / length, length


# -- tridiagonal matrices ------------------------------------------------------------------------
def three_diagonals(diagonals: Any, form: str) -> tuple[Any, Any, Any]:
    """(above, main, below) of [..., n], the first and last unused ones 0."""
    if form == "sequence":
        above, main, below = (to_tensor(d) for d in diagonals)
        from tfjax._src.ops.array.shaping import pad

        lead = [[0, 0]] * (len(main.shape) - 1)
        if above.shape[-1] != main.shape[-1]:
            above = pad(above, [*lead, [0, 1]])
        if below.shape[-1] != main.shape[-1]:
            below = pad(below, [*lead, [1, 0]])
        return above, main, below
    diagonals = to_tensor(diagonals)
    if form == "compact":
        return diagonals[..., 0, :], diagonals[..., 1, :], diagonals[..., 2, :]
    if form == "matrix":
        from tfjax._src.ops.linalg.diagonals import diag_part

        packed = diag_part(diagonals, k=(-1, 1), align="LEFT_RIGHT")
        return packed[..., 0, :], packed[..., 1, :], packed[..., 2, :]
    raise ValueError(f'Unrecognized diagonals_format: {form}. Use "compact", "sequence" or "matrix".')


@op("_internal.tridiagonal_solve", raw="TridiagonalSolve", host=False)
def _tridiagonal_solve(above: Float, main: Float, below: Float, rhs: Float, name: Name = None):
    lead = jnp.broadcast_shapes(main.shape[:-1], rhs.shape[:-2])
    above, main, below = (jnp.broadcast_to(d, (*lead, d.shape[-1])) for d in (above, main, below))
    above, below = above.at[..., -1].set(0), below.at[..., 0].set(0)
    return jax.lax.linalg.tridiagonal_solve(below, main, above, jnp.broadcast_to(rhs, (*lead, *rhs.shape[-2:])))


@export("linalg.tridiagonal_solve")
def tridiagonal_solve(
    diagonals: Any, rhs: Any, diagonals_format: str = "compact", transpose_rhs: bool = False, conjugate_rhs: bool = False,
    name: Any = None, partial_pivoting: bool = True, perturb_singular: bool = False,
) -> Any:
    """The solution of a tridiagonal system of real numbers.

    Args:
      diagonals: [..., 3, n] (above, main, below) for "compact", three tensors for "sequence", or
        [..., n, n] for "matrix".
      rhs: [..., n] or [..., n, k].
      diagonals_format: see `diagonals`.
      transpose_rhs, conjugate_rhs: applied to `rhs`.
      partial_pivoting: no effect.
      perturb_singular: must be False.
    """
    if perturb_singular:
        raise ValueError("`perturb_singular` is not supported.")
    parts = three_diagonals(diagonals, diagonals_format)
    rhs = to_tensor(rhs)
    if conjugate_rhs:
        from tfjax._src.ops.math.elementwise import conj

        rhs = conj(rhs)
    if len(rhs.shape) == len(parts[1].shape):
        return squeeze(_tridiagonal_solve(*parts, expand_dims(rhs, -1)), [-1])
    if transpose_rhs:
        from tfjax._src.ops.math.linear import matrix_transpose

        rhs = matrix_transpose(rhs)
    return _tridiagonal_solve(*parts, rhs)


@op("_internal.tridiagonal_matmul", raw="TridiagonalMatMul")
def _tridiagonal_matmul(above: FloatOrComplex, main: FloatOrComplex, below: FloatOrComplex, rhs: FloatOrComplex, name: Name = None):
    xp = namespace(above, main, below, rhs)
    empty = xp.zeros_like(rhs[..., :1, :])
    up = xp.concatenate([rhs[..., 1:, :], empty], -2)
    down = xp.concatenate([empty, rhs[..., :-1, :]], -2)
    return main[..., None] * rhs + above[..., None] * up + below[..., None] * down


@export("linalg.tridiagonal_matmul")
def tridiagonal_matmul(diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: Any = None) -> Any:
    """A tridiagonal matrix times `rhs`, [..., n, k]; `diagonals` as of `tridiagonal_solve`."""
    return _tridiagonal_matmul(*three_diagonals(diagonals, diagonals_format), rhs)


@op("linalg.banded_triangular_solve", raw="BandedTriangularSolve", host=False)
def banded_triangular_solve(bands: FloatOrComplex, rhs: FloatOrComplex, lower: Static = True, adjoint: Static = False, name: Name = None):
    """Solves with a triangular matrix that has few diagonals.

    Args:
      bands: [..., diagonals, n]: the main one first if `lower`, else last.
      rhs: [..., n, k].
      lower: which triangle.
      adjoint: with the adjoint of the matrix.
    """
    count, size = bands.shape[-2:]
    row, column = np.indices((size, size))
    which = row - column if lower else count - 1 - (column - row)
    inside = (which >= 0) & (which < count) & ((row >= column) if lower else (row <= column))
    # Each element stands in its row's place of its band.
    matrix = jnp.where(inside, bands[..., np.where(inside, which, 0), row], 0)
    return jax.lax.linalg.triangular_solve(
        matrix, rhs, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint
    )


@op("_internal.eigh_tridiagonal", raw="EighTridiagonal", host=False)
def _eigh_tridiagonal(alpha: Float, beta: Float, name: Name = None):
    size = alpha.shape[-1]
    matrix = jnp.zeros((size, size), alpha.dtype).at[np.arange(size), np.arange(size)].set(alpha)
    below = np.arange(size - 1)
    matrix = matrix.at[below + 1, below].set(beta).at[below, below + 1].set(beta)
    return tuple(jnp.linalg.eigh(matrix))


@export("linalg.eigh_tridiagonal")
@recorded
def eigh_tridiagonal(alpha: Any, beta: Any, eigvals_only: bool = True, select: str = "a", select_range: Any = None, tol: Any = None, name: Any = None) -> Any:
    """Eigenvalues (and eigenvectors) of a real symmetric tridiagonal matrix.

    Args:
      alpha: the main diagonal, [n].
      beta: the one beside it, [n - 1].
      eigvals_only: leaves out the eigenvectors.
      select: "a" for all, "i" by index, "v" by value.
      select_range: (first, last) index, both included, or the half-open range of values.
      tol: no effect: the result is as accurate as the dtype.
    """
    values, vectors = _eigh_tridiagonal(alpha, beta)
    if select == "i":
        chosen: Any = slice(int(select_range[0]), int(select_range[1]) + 1)
    elif select == "v":
        inside = np.flatnonzero((values.numpy() > float(select_range[0])) & (values.numpy() <= float(select_range[1])))
        chosen = slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)
    elif select == "a":
        chosen = slice(None)
    else:
        raise ValueError(f"`select` must be 'a', 'i' or 'v'. Received: {select}")
    return values[chosen] if eigvals_only else (values[chosen], vectors[:, chosen])
