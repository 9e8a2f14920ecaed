"""Operators stored as tensors: full, diagonal, triangular, tridiagonal, Toeplitz, a reflection, a permutation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.linear_operators.base import LinearOperator, conjugate
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import cast, expand_dims, reverse
from tfjax._src.ops.linalg import factors, solvers
from tfjax._src.ops.linalg.diagonals import diag, diag_part
from tfjax._src.ops.linalg.solvers import band_part
from tfjax._src.ops.math.elementwise import absolute, log
from tfjax._src.ops.math.linear import adjoint as adjoint_of
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_prod, reduce_sum


def _held(value: Any) -> Any:
    """Variables stay, so that the operator follows them; everything else becomes a tensor."""
    return value if hasattr(value, "_dense_var_to_tensor") else to_tensor(value)


class _Stored(LinearOperator):
    """Keeps the tensor it is made of and the hints."""

    def __init__(self, values: dict[str, Any], hints: dict[str, Any], name: str, dtype: Any = None) -> None:
        first = next(iter(values.values()))
        super().__init__(
            dtype or first.dtype, name=name, parameters={**values, **hints, "name": name}, **hints
        )

    def _hints_with(self, **changes: Any) -> dict[str, Any]:
        hints = {
            "is_non_singular": self.is_non_singular, "is_self_adjoint": self.is_self_adjoint,
            "is_positive_definite": self.is_positive_definite, "is_square": True,
        }
        return hints | changes


def _hints(non_singular: Any, self_adjoint: Any, positive: Any, square: Any) -> dict[str, Any]:
    return {
        "is_non_singular": non_singular, "is_self_adjoint": self_adjoint,
        "is_positive_definite": positive, "is_square": square,
    }


@export("linalg.LinearOperatorFullMatrix")
class LinearOperatorFullMatrix(_Stored):
    """Matrices stored densely, [..., rows, columns].

    >>> import tfjax as tf
    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> operator.matvec([1.0, 1.0]).numpy()
    array([3., 7.], dtype=float32)
    """

    def __init__(
        self, matrix: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str = "LinearOperatorFullMatrix",
    ) -> None:
        self._matrix = _held(matrix)
        if len(self._matrix.shape) < 2:
            raise ValueError(f"Argument `matrix` must have at least 2 dimensions. Received: {self._matrix}")
        super().__init__({"matrix": self._matrix}, _hints(is_non_singular, is_self_adjoint, is_positive_definite, is_square), name)

    @property
    def matrix(self) -> Any:
        """The matrices."""
        return self._matrix

    def _shape(self) -> tuple[int, ...]:
        return tuple(self._matrix.shape.as_list())

    def _to_dense(self) -> Any:
        return to_tensor(self._matrix)

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorFullMatrix(adjoint_of(self.to_dense()), name=f"{self.name}_adjoint")


@export("linalg.LinearOperatorDiag")
class LinearOperatorDiag(_Stored):
    """Diagonal matrices, stored as [..., size].

    >>> import tfjax as tf
    >>> tf.linalg.LinearOperatorDiag([1.0, 2.0]).solvevec([3.0, 4.0]).numpy()
    array([3., 2.], dtype=float32)
    """

    def __init__(
        self, diag: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str = "LinearOperatorDiag",
    ) -> None:
        self._diag = _held(diag)
        if not len(self._diag.shape):
            raise ValueError(f"Argument `diag` must have at least 1 dimension. Received: {self._diag}")
        if not self._diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("Only square diagonal operators currently supported.")
        super().__init__({"diag": self._diag}, _hints(is_non_singular, is_self_adjoint, is_positive_definite, True), name)

    @property
    def diag(self) -> Any:
        """The diagonals."""
        return self._diag

    def _values(self) -> Any:
        return to_tensor(self._diag)

    def _shape(self) -> tuple[int, ...]:
        sizes = self._diag.shape.as_list()
        return (*sizes, sizes[-1])

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        factor = conjugate(self._values()) if adjoint else self._values()
        return expand_dims(factor, -1) * (adjoint_of(x) if adjoint_arg else x)

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        factor = conjugate(self._values()) if adjoint else self._values()
        return (adjoint_of(rhs) if adjoint_arg else rhs) * expand_dims(1.0 / factor, -1)

    def _to_dense(self) -> Any:
        return diag(self._values())

    def _diag_part(self) -> Any:
        return self._values()

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Any:
        x = to_tensor(x, None, self.dtype)
        return x + diag(self._values())

    def _determinant(self) -> Any:
        return reduce_prod(self._values(), -1)

    def _log_abs_determinant(self) -> Any:
        return reduce_sum(log(absolute(self._values())), -1)

    def _eigvals(self) -> Any:
        return self._values()

    def _inverse(self) -> LinearOperator:
        return LinearOperatorDiag(1.0 / self._values(), **self._hints_with())

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorDiag(conjugate(self._values()), **self._hints_with())

    def _cholesky(self) -> LinearOperator:
        from tfjax._src.ops.math.elementwise import sqrt

        return LinearOperatorDiag(sqrt(self._values()), is_non_singular=True, is_self_adjoint=True, is_positive_definite=True)

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        from tfjax._src.function.assertions import assert_positive

        return assert_positive(self._values(), message="Real part of diag was not all positive.")


@export("linalg.LinearOperatorLowerTriangular")
class LinearOperatorLowerTriangular(_Stored):
    """Lower triangular matrices; what stands above the diagonal is ignored.

    >>> import tfjax as tf
    >>> float(tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 3.0]]).determinant())
    6.0
    """

    def __init__(
        self, tril: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        self._tril = _held(tril)
        super().__init__({"tril": self._tril}, _hints(is_non_singular, is_self_adjoint, is_positive_definite, True), name)

    @property
    def tril(self) -> Any:
        """The stored matrices."""
        return self._tril

    def _shape(self) -> tuple[int, ...]:
        return tuple(self._tril.shape.as_list())

    def _to_dense(self) -> Any:
        return band_part(to_tensor(self._tril), -1, 0)

    def _diag_part(self) -> Any:
        return diag_part(to_tensor(self._tril))

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._broadcast_solve(
            lambda m, b: solvers.triangular_solve(m, b, lower=True, adjoint=adjoint),
            self.to_dense(), adjoint_of(rhs) if adjoint_arg else rhs,
        )

    def _determinant(self) -> Any:
        return reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self) -> Any:
        return reduce_sum(log(absolute(self._diag_part())), -1)


@export("linalg.LinearOperatorTridiag")
class LinearOperatorTridiag(_Stored):
    """Tridiagonal matrices; `diagonals` and `diagonals_format` as of `tf.linalg.tridiagonal_matmul`."""

    def __init__(
        self, diagonals: Any, diagonals_format: str = "compact", is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None, is_positive_definite: bool | None = None, is_square: bool | None = None,
        name: str = "LinearOperatorTridiag",
    ) -> None:
        if diagonals_format not in ("compact", "matrix", "sequence"):
            raise ValueError(f"Argument `diagonals_format` must be one of compact, matrix, or sequence. Received : {diagonals_format}")
        self._above, self._main, self._below = factors.three_diagonals(diagonals, diagonals_format)
        super().__init__({"diagonals": self._main}, _hints(is_non_singular, is_self_adjoint, is_positive_definite, is_square), name)
        self._arguments |= {"diagonals": diagonals, "diagonals_format": diagonals_format}

    @property
    def diagonals(self) -> Any:
        """As given."""
        return self._arguments["diagonals"]

    @property
    def diagonals_format(self) -> str:
        """As given."""
        return self._arguments["diagonals_format"]

    def _shape(self) -> tuple[int, ...]:
        sizes = self._main.shape.as_list()
        return (*sizes, sizes[-1])

    def _to_dense(self) -> Any:
        main = diag(self._main)
        return main + diag(self._above[..., :-1], k=1) + diag(self._below[..., 1:], k=-1)

    def _diag_part(self) -> Any:
        return self._main

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        if adjoint:
            return super()._matmul(x, adjoint, adjoint_arg)
        x = adjoint_of(x) if adjoint_arg else x
        return factors.tridiagonal_matmul((self._above, self._main, self._below), x, "sequence")


@export("linalg.LinearOperatorToeplitz")
class LinearOperatorToeplitz(_Stored):
    """Matrices with constant diagonals, from their first column and first row."""

    def __init__(
        self, col: Any, row: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str = "LinearOperatorToeplitz",
    ) -> None:
        self._col, self._row = _held(col), _held(row)
        if is_square is False:
            raise ValueError("Only square Toeplitz operators currently supported.")
        super().__init__({"col": self._col, "row": self._row}, _hints(is_non_singular, is_self_adjoint, is_positive_definite, True), name)

    @property
    def col(self) -> Any:
        """The first column."""
        return self._col

    @property
    def row(self) -> Any:
        """The first row."""
        return self._row

    def _shape(self) -> tuple[int, ...]:
        lead = np.broadcast_shapes(tuple(self._col.shape[:-1]), tuple(self._row.shape[:-1]))
        size = self._row.shape[-1]
        return (*lead, size, size)

    def _to_dense(self) -> Any:
        size = self._shape()[-1]
        row, col = to_tensor(self._row), to_tensor(self._col)
        line = concat([reverse(col, [-1]), row[..., 1:]], -1)
        places = np.arange(size)[None, :] - np.arange(size)[:, None] + size - 1
        return gather(line, places.astype(np.int32), axis=-1)


@export("linalg.LinearOperatorHouseholder")
class LinearOperatorHouseholder(_Stored):
    """Reflections at the hyperplanes orthogonal to `reflection_axis`, [..., size]."""

    def __init__(
        self, reflection_axis: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str = "LinearOperatorHouseholder",
    ) -> None:
        for value, what in ((is_self_adjoint, "self adjoint"), (is_non_singular, "non-singular")):
            if value is False:
                raise ValueError(f"A Householder operator is always {what}.")
        if is_positive_definite is True:
            raise ValueError("A Householder operator is always non-positive definite.")
        if is_square is False:
            raise ValueError("A Householder operator is always square.")
        self._axis = _held(reflection_axis)
        super().__init__({"reflection_axis": self._axis}, _hints(is_non_singular, True, False, True), name)

    @property
    def reflection_axis(self) -> Any:
        """The axes, as given."""
        return self._axis

    def _shape(self) -> tuple[int, ...]:
        sizes = self._axis.shape.as_list()
        return (*sizes, sizes[-1])

    def _unit(self) -> Any:
        from tfjax._src.ops.nn.losses import l2_normalize

        return expand_dims(l2_normalize(to_tensor(self._axis), -1), -1)

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        x = adjoint_of(x) if adjoint_arg else x
        unit = self._unit()
        return x - 2.0 * matmul(unit, matmul(unit, x, adjoint_a=True))

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _determinant(self) -> Any:
        return to_tensor(-np.ones(self._shape()[:-2], self.dtype.as_numpy_dtype))

    def _log_abs_determinant(self) -> Any:
        return to_tensor(np.zeros(self._shape()[:-2], self.dtype.as_numpy_dtype))

    def _inverse(self) -> LinearOperator:
        return self


@export("linalg.LinearOperatorPermutation")
class LinearOperatorPermutation(_Stored):
    """Permutation matrices: row i has its 1 in column perm[i]."""

    def __init__(
        self, perm: Any, dtype: Any = dtypes.float32, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str = "LinearOperatorPermutation",
    ) -> None:
        self._perm = _held(perm)
        if not self._perm.dtype.is_integer:
            raise TypeError("`perm` must be integer dtype (tf.int32 or tf.int64).")
        super().__init__({"perm": self._perm}, _hints(is_non_singular, is_self_adjoint, is_positive_definite, True), name, dtypes.as_dtype(dtype))

    @property
    def perm(self) -> Any:
        """The permutations."""
        return self._perm

    def _shape(self) -> tuple[int, ...]:
        sizes = self._perm.shape.as_list()
        return (*sizes, sizes[-1])

    def _to_dense(self) -> Any:
        columns = np.arange(self._shape()[-1])
        return cast(expand_dims(to_tensor(self._perm), -1) == columns.astype(self._perm.dtype.as_numpy_dtype), self.dtype)

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._matmul(rhs, not adjoint, adjoint_arg)

    def _log_abs_determinant(self) -> Any:
        return to_tensor(np.zeros(self._shape()[:-2], self.dtype.as_numpy_dtype))


