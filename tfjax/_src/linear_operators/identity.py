"""Operators that need no matrix at all: identities and zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.linear_operators.base import LinearOperator, broadcast_batches, conjugate
from tfjax._src.ops.array.creation import eye, ones, zeros
from tfjax._src.ops.array.shaping import broadcast_to, expand_dims
from tfjax._src.ops.math.elementwise import absolute, log
from tfjax._src.ops.math.linear import adjoint as adjoint_of


def _rows(num_rows: Any) -> int:
    rows = statics.integer(num_rows)
    if rows < 0:
        raise ValueError("Argument `num_rows` must be non-negative.")
    return rows


def _widened(x: Any, lead: tuple[int, ...]) -> Any:
    full = broadcast_batches(lead, tuple(x.shape[:-2]))
    return x if full == tuple(x.shape[:-2]) else broadcast_to(x, (*full, *x.shape[-2:]))


@export("linalg.LinearOperatorIdentity")
class LinearOperatorIdentity(LinearOperator):
    """Identity matrices [*batch_shape, num_rows, num_rows].

    `assert_proper_shapes` has no effect: shapes are always checked.

    >>> import tfjax as tf
    >>> tf.linalg.LinearOperatorIdentity(2).matvec([3.0, 4.0]).numpy()
    array([3., 4.], dtype=float32)
    """

    def __init__(
        self, num_rows: Any, batch_shape: Any = None, dtype: Any = None, is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True, is_positive_definite: bool | None = True, is_square: bool | None = True,
        assert_proper_shapes: bool = False, name: str = "LinearOperatorIdentity",
    ) -> None:
        for value, what in (
            (is_self_adjoint, "self adjoint"), (is_non_singular, "non-singular"), (is_positive_definite, "positive-definite"),
        ):
            if not value:
                raise ValueError(f"An identity operator is always {what}.")
        if not is_square:
            raise ValueError("An identity operator is always square.")
        self._size = _rows(num_rows)
        self._lead = () if batch_shape is None else statics.shape(batch_shape)
        super().__init__(
            dtype or dtypes.float32, is_non_singular=True, is_self_adjoint=True, is_positive_definite=True, is_square=True,
            name=name, parameters={"num_rows": num_rows, "batch_shape": batch_shape, "dtype": dtype, "name": name},
        )

    def _shape(self) -> tuple[int, ...]:
        return (*self._lead, self._size, self._size)

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return _widened(adjoint_of(x) if adjoint_arg else x, self._lead)

    _solve = _matmul

    def _to_dense(self) -> Any:
        return eye(self._size, batch_shape=self._lead or None, dtype=self.dtype)

    def _diag_part(self) -> Any:
        return ones(self._shape()[:-1], self.dtype)

    _eigvals = _diag_part

    def _determinant(self) -> Any:
        return ones(self._lead, self.dtype)

    def _log_abs_determinant(self) -> Any:
        return zeros(self._lead, self.dtype)

    def _trace(self) -> Any:
        return to_tensor(np.full(self._lead, self._size, self.dtype.as_numpy_dtype))

    def cond(self, name: str = "cond") -> Any:
        """1."""
        return ones(self._lead, self.dtype)

    def _inverse(self) -> LinearOperator:
        return self

    _cholesky = _inverse

    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """Nothing to check."""

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """Nothing to check."""

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """Nothing to check."""

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Any:
        """`mat` with 1 added to its diagonals."""
        return super().add_to_tensor(mat)


@export("linalg.LinearOperatorScaledIdentity")
class LinearOperatorScaledIdentity(LinearOperator):
    """multiplier * identity; `multiplier` [...] gives the batch shape.

    `assert_proper_shapes` has no effect: shapes are always checked.

    >>> import tfjax as tf
    >>> tf.linalg.LinearOperatorScaledIdentity(2, 3.0).matvec([1.0, 2.0]).numpy()
    array([3., 6.], dtype=float32)
    """

    def __init__(
        self, num_rows: Any, multiplier: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = True, assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        self._multiplier = multiplier if hasattr(multiplier, "_dense_var_to_tensor") else to_tensor(multiplier)
        if not self._multiplier.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if not is_square:
            raise ValueError("A ScaledIdentity operator is always square.")
        self._size = _rows(num_rows)
        super().__init__(
            self._multiplier.dtype, is_non_singular=is_non_singular, is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite, is_square=True, name=name,
            parameters={"num_rows": num_rows, "multiplier": multiplier, "name": name},
        )

    @property
    def multiplier(self) -> Any:
        """The factors."""
        return self._multiplier

    def _shape(self) -> tuple[int, ...]:
        return (*self._multiplier.shape.as_list(), self._size, self._size)

    def _factor(self, adjoint: bool) -> Any:
        value = to_tensor(self._multiplier)
        return expand_dims(expand_dims(conjugate(value) if adjoint else value, -1), -1)

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return (adjoint_of(x) if adjoint_arg else x) * self._factor(adjoint)

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return (adjoint_of(rhs) if adjoint_arg else rhs) / self._factor(adjoint)

    def _to_dense(self) -> Any:
        return self._factor(False) * eye(self._size, dtype=self.dtype)

    def _diag_part(self) -> Any:
        return expand_dims(to_tensor(self._multiplier), -1) * ones([self._size], self.dtype)

    _eigvals = _diag_part

    def _determinant(self) -> Any:
        return to_tensor(self._multiplier) ** self._size

    def _log_abs_determinant(self) -> Any:
        return float(self._size) * log(absolute(to_tensor(self._multiplier)))

    def _trace(self) -> Any:
        return to_tensor(self._multiplier) * float(self._size)

    def _with(self, multiplier: Any) -> LinearOperator:
        return LinearOperatorScaledIdentity(
            self._size, multiplier, is_non_singular=self.is_non_singular, is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
        )

    def _inverse(self) -> LinearOperator:
        return self._with(1.0 / to_tensor(self._multiplier))

    def _adjoint(self) -> LinearOperator:
        return self._with(conjugate(to_tensor(self._multiplier)))

    def _cholesky(self) -> LinearOperator:
        from tfjax._src.ops.math.elementwise import sqrt

        return self._with(sqrt(to_tensor(self._multiplier)))

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Any:
        """The matrices plus `mat`."""
        return super().add_to_tensor(mat)


@export("linalg.LinearOperatorZeros")
class LinearOperatorZeros(LinearOperator):
    """Zero matrices [*batch_shape, num_rows, num_columns]."""

    def __init__(
        self, num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = None,
        is_non_singular: bool | None = False, is_self_adjoint: bool | None = True, is_positive_definite: bool | None = False,
        is_square: bool | None = True, assert_proper_shapes: bool = False, name: str = "LinearOperatorZeros",
    ) -> None:
        if is_non_singular:
            raise ValueError("A Zeros operator is always singular.")
        if is_positive_definite:
            raise ValueError("A Zeros operator is always not positive-definite.")
        rows = _rows(num_rows)
        columns = rows if num_columns is None else _rows(num_columns)
        self._sizes = (*(() if batch_shape is None else statics.shape(batch_shape)), rows, columns)
        super().__init__(
            dtype or dtypes.float32, is_non_singular=False, is_self_adjoint=is_self_adjoint if rows == columns else False,
            is_positive_definite=False, is_square=is_square if rows == columns else False, name=name,
            parameters={"num_rows": num_rows, "num_columns": num_columns, "batch_shape": batch_shape, "dtype": dtype},
        )

    def _shape(self) -> tuple[int, ...]:
        return self._sizes

    def _to_dense(self) -> Any:
        return zeros(self._sizes, self.dtype)

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        columns = x.shape[-2] if adjoint_arg else x.shape[-1]
        lead = broadcast_batches(self._sizes[:-2], tuple(x.shape[:-2]))
        return zeros((*lead, self._sizes[-1 if adjoint else -2], columns), self.dtype)

    def _diag_part(self) -> Any:
        return zeros((*self._sizes[:-2], min(self._sizes[-2:])), self.dtype)

    def _determinant(self) -> Any:
        return zeros(self._sizes[:-2], self.dtype)

    _trace = _determinant

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Any:
        """The matrices plus `mat`."""
        return super().add_to_tensor(mat)
