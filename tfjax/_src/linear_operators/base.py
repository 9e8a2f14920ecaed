"""The base of all linear operators: everything follows from products and, at worst, the dense matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.function.assertions import assert_equal, assert_less, assert_positive
from tfjax._src.function.module import Module
from tfjax._src.ops.array.creation import eye
from tfjax._src.ops.array.shaping import expand_dims, squeeze
from tfjax._src.ops.linalg import factors, solvers
from tfjax._src.ops.linalg.diagonals import diag_part
from tfjax._src.ops.linalg.solvers import trace
from tfjax._src.ops.math.elementwise import absolute, conj, exp, log
from tfjax._src.ops.math.linear import adjoint as adjoint_of
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_max, reduce_min, reduce_sum


def broadcast_batches(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The batch shape that these broadcast to."""
    return np.broadcast_shapes(*shapes)


@export("linalg.LinearOperator")
class LinearOperator(Module):
    """A batch of matrices [..., rows, columns] that need not be stored as such.

    Args:
      dtype: of the matrices' elements.
      graph_parents: no effect.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: what the caller promises;
        True, False, or None for unknown. Methods choose their algorithm by it.
      name: of the operator.
      parameters: the constructor's arguments.

    Subclasses define `_shape` and `_matmul`, and whatever they can do better than a dense matrix.
    """

    def __init__(
        self, dtype: Any, graph_parents: Any = None, is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None, is_positive_definite: bool | None = None,
        is_square: bool | None = None, name: str | None = None, parameters: Any = None,
    ) -> None:
        if is_positive_definite and is_non_singular is False:
            raise ValueError("A positive definite matrix is always non-singular.")
        if is_positive_definite:
            is_non_singular = True
        if is_non_singular and is_square is False:
            raise ValueError("A non-singular operator is always square.")
        if is_self_adjoint and is_square is False:
            raise ValueError("A self-adjoint operator is always square.")
        if is_non_singular or is_self_adjoint:
            is_square = True
        super().__init__(name=None)
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype)
        self._hints = (is_non_singular, is_self_adjoint, is_positive_definite)
        self._square_hint = is_square
        self._label = name or type(self).__name__
        self._arguments = dict(parameters or {})

    # -- facts ---------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """The name given at construction, or the class's."""
        return self._label

    @property
    def dtype(self) -> Any:
        """The elements' dtype."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(self._arguments)

    @property
    def graph_parents(self) -> list[Any]:
        """Empty: there is no graph."""
        return []

    @property
    def is_non_singular(self) -> bool | None:
        """Whether the operator is known to be invertible."""
        return self._hints[0]

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether the operator is known to equal its adjoint."""
        return self._hints[1]

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether the operator is known to be positive definite."""
        return self._hints[2]

    @property
    def is_square(self) -> bool | None:
        """Whether rows and columns agree."""
        static = self.shape[-2] == self.shape[-1]
        if self._square_hint is not None and static is not None and self._square_hint != static:
            raise ValueError("is_square hint does not match the operator's shape.")
        return static

    def _shape(self) -> tuple[int, ...]:
        raise NotImplementedError("_shape is not implemented.")

    @property
    def shape(self) -> TensorShape:
        """[..., rows, columns]."""
        return TensorShape(self._shape())

    @property
    def batch_shape(self) -> TensorShape:
        """The leading axes."""
        return TensorShape(self._shape()[:-2])

    @property
    def tensor_rank(self) -> int:
        """How many axes the dense form has."""
        return len(self._shape())

    @property
    def domain_dimension(self) -> int:
        """The number of columns."""
        return self._shape()[-1]

    @property
    def range_dimension(self) -> int:
        """The number of rows."""
        return self._shape()[-2]

    def shape_tensor(self, name: str = "shape_tensor") -> Any:
        """`shape` as an int32 tensor."""
        return to_tensor(np.array(self._shape(), np.int32))

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Any:
        """`batch_shape` as an int32 tensor."""
        return to_tensor(np.array(self._shape()[:-2], np.int32))

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Any:
        """`tensor_rank` as an int32 tensor."""
        return to_tensor(np.asarray(self.tensor_rank, np.int32))

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Any:
        """`domain_dimension` as an int32 tensor."""
        return to_tensor(np.asarray(self.domain_dimension, np.int32))

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Any:
        """`range_dimension` as an int32 tensor."""
        return to_tensor(np.asarray(self.range_dimension, np.int32))

    # -- products and solutions ----------------------------------------------------------------
    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return matmul(self.to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        """The product with a matrix [..., columns, k], or with an operator (then an operator).

        Args:
          x: the right factor.
          adjoint: takes the adjoint of the operator.
          adjoint_arg: takes the adjoint of `x`.
          name: no effect.
        """
        if isinstance(x, LinearOperator):
            from tfjax._src.linear_operators.combined import product

            left = self.adjoint() if adjoint else self
            right = x.adjoint() if adjoint_arg else x
            if left.domain_dimension != right.range_dimension:
                raise ValueError(
                    f"Operators are incompatible. Expected `x` to have dimension {left.domain_dimension} "
                    f"but got {right.range_dimension}."
                )
            return product(left, right)
        x = self._checked(x, -1 if adjoint_arg else -2, self.range_dimension if adjoint else self.domain_dimension)
        return self._matmul(x, adjoint, adjoint_arg)

    def _checked(self, x: Any, axis: int, size: int) -> Any:
        x = to_tensor(x, None, self.dtype)
        if x.dtype != self.dtype:
            raise TypeError(f"Input argument has a dtype {x.dtype.name}, the operator {self.dtype.name}.")
        if x.shape[axis] != size:
            raise ValueError(f"Dimensions {size} and {x.shape[axis]} are not compatible")
        return x

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Any:
        """The product with vectors [..., columns]."""
        return squeeze(self.matmul(expand_dims(to_tensor(x, None, self.dtype), -1), adjoint=adjoint), [-1])

    def _need_square(self, what: str) -> None:
        if self.is_square is False:
            raise NotImplementedError(f"{what} not implemented for an operator that is expected to not be square.")

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        if self.is_self_adjoint and self.is_positive_definite:
            dense = self.to_dense()
            return self._broadcast_solve(lambda m, b: solvers.cholesky_solve(solvers.cholesky(m), b), dense, rhs)
        return self._broadcast_solve(lambda m, b: solvers.solve(m, b, adjoint=adjoint), self.to_dense(), rhs)

    def _broadcast_solve(self, function: Any, matrix: Any, rhs: Any) -> Any:
        from tfjax._src.ops.array.shaping import broadcast_to

        lead = broadcast_batches(tuple(matrix.shape[:-2]), tuple(rhs.shape[:-2]))
        if tuple(matrix.shape[:-2]) != lead:
            matrix = broadcast_to(matrix, (*lead, *matrix.shape[-2:]))
        if tuple(rhs.shape[:-2]) != lead:
            rhs = broadcast_to(rhs, (*lead, *rhs.shape[-2:]))
        return function(matrix, rhs)

    def solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve") -> Any:
        """X with `operator @ X = rhs`; for an operator `rhs` an operator.

        Raises:
          NotImplementedError: for an operator that is not square or known to be singular.
        """
        if self.is_non_singular is False:
            raise NotImplementedError("Exact solve not implemented for an operator that is expected to be singular.")
        self._need_square("Exact solve")
        if isinstance(rhs, LinearOperator):
            left = self.adjoint() if adjoint else self
            return left.inverse().matmul(rhs.adjoint() if adjoint_arg else rhs)
        rhs = self._checked(rhs, -1 if adjoint_arg else -2, self.domain_dimension if adjoint else self.range_dimension)
        return self._solve(rhs, adjoint, adjoint_arg)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Any:
        """x with `operator @ x = rhs` for vectors [..., rows]."""
        return squeeze(self.solve(expand_dims(to_tensor(rhs, None, self.dtype), -1), adjoint=adjoint), [-1])

    # -- dense forms ---------------------------------------------------------------------------
    def _to_dense(self) -> Any:
        shape = self._shape()
        return self._matmul(eye(shape[-1], batch_shape=shape[:-2] or None, dtype=self.dtype), False, False)

    def to_dense(self, name: str = "to_dense") -> Any:
        """The matrices, [..., rows, columns]."""
        return self._to_dense()

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Any:
        """The matrices plus `x`."""
        return self.to_dense() + to_tensor(x, None, self.dtype)

    def diag_part(self, name: str = "diag_part") -> Any:
        """The main diagonals."""
        return self._diag_part()

    def _diag_part(self) -> Any:
        return diag_part(self.to_dense())

    def trace(self, name: str = "trace") -> Any:
        """The sums of the main diagonals."""
        return self._trace()

    def _trace(self) -> Any:
        return trace(self.to_dense()) if type(self)._diag_part is LinearOperator._diag_part else reduce_sum(self.diag_part(), -1)

    # -- determinants, spectra -----------------------------------------------------------------
    def determinant(self, name: str = "det") -> Any:
        """The determinants of square operators."""
        self._need_square("Determinant")
        return self._determinant()

    def _determinant(self) -> Any:
        if self.is_self_adjoint and self.is_positive_definite:
            return exp(self.log_abs_determinant())
        return solvers.det(self.to_dense())

    def log_abs_determinant(self, name: str = "log_abs_det") -> Any:
        """log(|determinant|) of square operators."""
        self._need_square("Determinant")
        return self._log_abs_determinant()

    def _log_abs_determinant(self) -> Any:
        if self.is_self_adjoint and self.is_positive_definite:
            return 2.0 * reduce_sum(log(diag_part(solvers.cholesky(self.to_dense()))), -1)
        return factors.slogdet(self.to_dense())[1]

    def eigvals(self, name: str = "eigvals") -> Any:
        """The eigenvalues of a self-adjoint operator."""
        if not self.is_self_adjoint:
            raise NotImplementedError("Only self-adjoint matrices are supported.")
        return self._eigvals()

    def _eigvals(self) -> Any:
        return factors.eigvalsh(self.to_dense())

    def cond(self, name: str = "cond") -> Any:
        """The condition number: the largest singular value over the smallest."""
        if self.is_self_adjoint:
            values = absolute(self.eigvals())
        else:
            values = solvers.svd(self.to_dense(), compute_uv=False)
        return reduce_max(values, -1) / reduce_min(values, -1)

    # -- related operators ---------------------------------------------------------------------
    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """The adjoint operator."""
        return self if self.is_self_adjoint else self._adjoint()

    H = property(adjoint, doc="The adjoint operator.")

    def _adjoint(self) -> LinearOperator:
        from tfjax._src.linear_operators.combined import LinearOperatorAdjoint

        return LinearOperatorAdjoint(self)

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """The inverse operator. Raises ValueError for one that has none."""
        if self.is_square is False:
            raise ValueError(f"Cannot take the Inverse: This operator represents a non square matrix. is_square={self.is_square}")
        if self.is_non_singular is False:
            raise ValueError(f"Cannot take the Inverse: This operator represents a singular matrix. is_non_singular={self.is_non_singular}")
        return self._inverse()

    def _inverse(self) -> LinearOperator:
        from tfjax._src.linear_operators.combined import LinearOperatorInversion

        return LinearOperatorInversion(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """The lower triangular factor of a positive definite self-adjoint operator."""
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ValueError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        return self._cholesky()

    def _cholesky(self) -> LinearOperator:
        from tfjax._src.linear_operators.stored import LinearOperatorLowerTriangular

        return LinearOperatorLowerTriangular(solvers.cholesky(self.to_dense()), is_non_singular=True, is_self_adjoint=False, is_square=True)

    # -- checks --------------------------------------------------------------------------------
    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """Raises InvalidArgumentError if the condition number says singular."""
        limit = 1.0 / np.finfo(self.dtype.real_dtype.as_numpy_dtype).eps
        return assert_less(self.cond(), to_tensor(limit, None, self.cond().dtype), message="Singular matrix up to precision epsilon.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """Raises InvalidArgumentError unless Cholesky's factor exists."""
        if self.is_self_adjoint is False:
            raise NotImplementedError("Only self-adjoint matrices are supported.")
        return assert_positive(diag_part(solvers.cholesky(self.to_dense())), message="Operator was not positive definite.")

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """Raises InvalidArgumentError unless the operator equals its adjoint."""
        dense = self.to_dense()
        return assert_equal(dense, adjoint_of(dense), message="Matrix was not equal to its adjoint.")


def conjugate(x: Any) -> Any:
    """The complex conjugate; real tensors as they are."""
    return conj(x) if x.dtype.is_complex else x
