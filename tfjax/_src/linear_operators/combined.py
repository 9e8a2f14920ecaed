"""Operators made of operators: products, adjoints, inverses, Kronecker products, blocks, low-rank updates."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.linear_operators.base import LinearOperator, broadcast_batches
from tfjax._src.linear_operators.identity import LinearOperatorIdentity, LinearOperatorScaledIdentity
from tfjax._src.linear_operators.stored import LinearOperatorDiag
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import broadcast_to, expand_dims, pad, reshape
from tfjax._src.ops.linalg import solvers
from tfjax._src.ops.math.elementwise import absolute, log
from tfjax._src.ops.math.linear import adjoint as adjoint_of
from tfjax._src.ops.math.linear import matmul


def product(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """left @ right as the simplest operator that says it."""
    if isinstance(left, LinearOperatorIdentity):
        return right
    if isinstance(right, LinearOperatorIdentity):
        return left
    scales = [isinstance(o, LinearOperatorScaledIdentity) for o in (left, right)]
    if all(scales):
        return left._with(to_tensor(left.multiplier) * to_tensor(right.multiplier))  # type: ignore[attr-defined]
    if all(s or isinstance(o, LinearOperatorDiag) for s, o in zip(scales, (left, right))):
        return LinearOperatorDiag(left.diag_part() * right.diag_part())
    if isinstance(left, LinearOperatorBlockDiag) and isinstance(right, LinearOperatorBlockDiag):
        pairs = list(zip(left.operators, right.operators))
        if len(left.operators) == len(right.operators) and all(a.domain_dimension == b.range_dimension for a, b in pairs):
            return LinearOperatorBlockDiag([product(a, b) for a, b in pairs])
    return LinearOperatorComposition([left, right])


def _all(operators: Sequence[LinearOperator], hint: str) -> bool | None:
    return True if all(getattr(o, hint) for o in operators) else None


def _checked(operators: Any) -> list[LinearOperator]:
    operators = list(operators)
    if not operators:
        raise ValueError("Argument `operators` must be a list of >=1 operators.")
    for operator in operators:
        if operator.dtype != operators[0].dtype:
            raise TypeError(f"Expected all operators to have the same dtype. Found {[o.dtype.name for o in operators]}")
    return operators


class _Combined(LinearOperator):
    """Keeps the operators it is made of."""

    def __init__(self, operators: list[LinearOperator], name: str, hints: dict[str, Any]) -> None:
        self._operators = operators
        super().__init__(operators[0].dtype, name=name, parameters={"operators": operators, **hints, "name": name}, **hints)

    @property
    def operators(self) -> list[LinearOperator]:
        """The parts."""
        return self._operators


def _hints(operators: Any, non_singular: Any, self_adjoint: Any, positive: Any, square: Any, kept: tuple[str, ...]) -> dict[str, Any]:
    given = {"is_non_singular": non_singular, "is_self_adjoint": self_adjoint, "is_positive_definite": positive, "is_square": square}
    return {k: (_all(operators, k) if v is None and k in kept else v) for k, v in given.items()}


@export("linalg.LinearOperatorComposition")
class LinearOperatorComposition(_Combined):
    """The product of operators, applied from the last to the first.

    >>> import tfjax as tf
    >>> two = tf.linalg.LinearOperatorDiag([2.0, 2.0])
    >>> tf.linalg.LinearOperatorComposition([two, two]).matvec([1.0, 1.0]).numpy()
    array([4., 4.], dtype=float32)
    """

    def __init__(
        self, operators: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str | None = None,
    ) -> None:
        operators = _checked(operators)
        hints = _hints(operators, is_non_singular, is_self_adjoint, is_positive_definite, is_square, ("is_non_singular",))
        super().__init__(operators, name or "_o_".join(o.name for o in operators), hints)

    def _shape(self) -> tuple[int, ...]:
        lead = broadcast_batches(*[o._shape()[:-2] for o in self._operators])
        return (*lead, self._operators[0].range_dimension, self._operators[-1].domain_dimension)

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        x = adjoint_of(x) if adjoint_arg else x
        for operator in self._operators if adjoint else reversed(self._operators):
            x = operator.matmul(x, adjoint=adjoint)
        return x

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        for operator in reversed(self._operators) if adjoint else self._operators:
            rhs = operator.solve(rhs, adjoint=adjoint)
        return rhs

    def _determinant(self) -> Any:
        return functools.reduce(lambda a, b: a * b, [o.determinant() for o in self._operators])

    def _log_abs_determinant(self) -> Any:
        return functools.reduce(lambda a, b: a + b, [o.log_abs_determinant() for o in self._operators])


class _Wrapped(LinearOperator):
    """Keeps one operator."""

    def __init__(self, operator: LinearOperator, hints: tuple[Any, ...], name: str) -> None:
        kinds = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
        self._operator = operator
        given = {k: getattr(operator, k) if v is None else v for k, v in zip(kinds, hints)}
        super().__init__(operator.dtype, name=name, parameters={"operator": operator, **given, "name": name}, **given)

    @property
    def operator(self) -> LinearOperator:
        """The operator itself."""
        return self._operator


@export("linalg.LinearOperatorAdjoint")
class LinearOperatorAdjoint(_Wrapped):
    """The adjoint of an operator."""

    def __init__(
        self, operator: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str | None = None,
    ) -> None:
        super().__init__(operator, (is_non_singular, is_self_adjoint, is_positive_definite, is_square), name or f"{operator.name}_adjoint")

    def _shape(self) -> tuple[int, ...]:
        shape = self._operator._shape()
        return (*shape[:-2], shape[-1], shape[-2])

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _to_dense(self) -> Any:
        return adjoint_of(self._operator.to_dense())

    def _adjoint(self) -> LinearOperator:
        return self._operator

    def _log_abs_determinant(self) -> Any:
        return self._operator.log_abs_determinant()


@export("linalg.LinearOperatorInversion")
class LinearOperatorInversion(_Wrapped):
    """The inverse of an operator: products solve, solutions multiply."""

    def __init__(
        self, operator: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str | None = None,
    ) -> None:
        if operator.is_non_singular is False or is_non_singular is False:
            raise ValueError("Operator and operator hints must have `is_non_singular` set to True (or None).")
        super().__init__(operator, (is_non_singular, is_self_adjoint, is_positive_definite, is_square), name or f"{operator.name}_inv")

    def _shape(self) -> tuple[int, ...]:
        return self._operator._shape()

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _determinant(self) -> Any:
        return 1.0 / self._operator.determinant()

    def _log_abs_determinant(self) -> Any:
        return -1.0 * self._operator.log_abs_determinant()

    def _inverse(self) -> LinearOperator:
        return self._operator


@export("linalg.LinearOperatorKronecker")
class LinearOperatorKronecker(_Combined):
    """The Kronecker product of operators."""

    def __init__(
        self, operators: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = None, name: str | None = None,
    ) -> None:
        operators = _checked(operators)
        kept = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
        hints = _hints(operators, is_non_singular, is_self_adjoint, is_positive_definite, is_square, kept)
        super().__init__(operators, name or "_x_".join(o.name for o in operators), hints)

    def _shape(self) -> tuple[int, ...]:
        lead = broadcast_batches(*[o._shape()[:-2] for o in self._operators])
        sizes = np.prod([o._shape()[-2:] for o in self._operators], 0)
        return (*lead, int(sizes[0]), int(sizes[1]))

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._applied(adjoint_of(x) if adjoint_arg else x, lambda o, v: o.matmul(v, adjoint=adjoint))

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        return self._applied(adjoint_of(rhs) if adjoint_arg else rhs, lambda o, v: o.solve(v, adjoint=adjoint))

    def _applied(self, x: Any, apply: Any) -> Any:
        """Applies each factor along its own axis of x: [..., n1 * n2 * ..., k]."""
        from tfjax._src.ops.array.shaping import transpose

        lead = broadcast_batches(self._shape()[:-2], tuple(x.shape[:-2]))
        columns = x.shape[-1]
        if tuple(x.shape[:-2]) != lead:
            x = broadcast_to(x, (*lead, *x.shape[-2:]))
        for operator in self._operators:
            size = operator.domain_dimension
            rest = x.shape[-2] // size
            # The factor's axis comes first and leaves for the end: after all factors the order is back.
            y = apply(operator, reshape(x, (*lead, size, rest * columns)))
            y = reshape(y, (*lead, y.shape[-2], rest, columns))
            rank = len(lead)
            y = transpose(y, [*range(rank), rank + 1, rank, rank + 2])
            x = reshape(y, (*lead, y.shape[-3] * y.shape[-2], columns))
        return x

    def _powers(self) -> list[float]:
        total = self._shape()[-1]
        return [total / o.domain_dimension for o in self._operators]

    def _determinant(self) -> Any:
        return functools.reduce(lambda a, b: a * b, [o.determinant() ** p for o, p in zip(self._operators, self._powers())])

    def _log_abs_determinant(self) -> Any:
        return functools.reduce(lambda a, b: a + b, [o.log_abs_determinant() * p for o, p in zip(self._operators, self._powers())])

    def _trace(self) -> Any:
        return functools.reduce(lambda a, b: a * b, [o.trace() for o in self._operators])

    def _inverse(self) -> LinearOperator:
        return LinearOperatorKronecker([o.inverse() for o in self._operators])

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorKronecker([o.adjoint() for o in self._operators])

    def _cholesky(self) -> LinearOperator:
        return LinearOperatorKronecker([o.cholesky() for o in self._operators])


@export("linalg.LinearOperatorBlockDiag")
class LinearOperatorBlockDiag(_Combined):
    """Operators as blocks on the diagonal; arguments may be lists with one part for each block."""

    def __init__(
        self, operators: Any, is_non_singular: bool | None = None, is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None, is_square: bool | None = True, name: str | None = None,
    ) -> None:
        operators = _checked(operators)
        kept = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
        square = is_square if all(o.is_square for o in operators) else None
        hints = _hints(operators, is_non_singular, is_self_adjoint, is_positive_definite, square, kept)
        super().__init__(operators, name or "_ds_".join(o.name for o in operators), hints)

    def _shape(self) -> tuple[int, ...]:
        lead = broadcast_batches(*[o._shape()[:-2] for o in self._operators])
        return (*lead, sum(o.range_dimension for o in self._operators), sum(o.domain_dimension for o in self._operators))

    def matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul") -> Any:
        """As of LinearOperator; a list of blocks gives a list."""
        if isinstance(x, (list, tuple)):
            return [o.matmul(v, adjoint=adjoint, adjoint_arg=adjoint_arg) for o, v in zip(self._operators, x)]
        return super().matmul(x, adjoint, adjoint_arg)

    def solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve") -> Any:
        """As of LinearOperator; a list of blocks gives a list."""
        if isinstance(rhs, (list, tuple)):
            return [o.solve(v, adjoint=adjoint, adjoint_arg=adjoint_arg) for o, v in zip(self._operators, rhs)]
        return super().solve(rhs, adjoint, adjoint_arg)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Any:
        """As of LinearOperator; a list of blocks gives a list."""
        if isinstance(x, (list, tuple)):
            return [o.matvec(v, adjoint=adjoint) for o, v in zip(self._operators, x)]
        return super().matvec(x, adjoint)

    def _blocks(self, x: Any, sizes: list[int]) -> list[Any]:
        ends = np.cumsum([0, *sizes])
        return [x[..., start:end, :] for start, end in zip(ends[:-1].tolist(), ends[1:].tolist())]

    def _joined(self, parts: list[Any]) -> Any:
        lead = broadcast_batches(*[tuple(p.shape[:-2]) for p in parts])
        return concat([broadcast_to(p, (*lead, *p.shape[-2:])) if tuple(p.shape[:-2]) != lead else p for p in parts], -2)

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        x = adjoint_of(x) if adjoint_arg else x
        sizes = [o.range_dimension if adjoint else o.domain_dimension for o in self._operators]
        return self._joined([o.matmul(v, adjoint=adjoint) for o, v in zip(self._operators, self._blocks(x, sizes))])

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        sizes = [o.range_dimension for o in self._operators]
        return self._joined([o.solve(v, adjoint=adjoint) for o, v in zip(self._operators, self._blocks(rhs, sizes))])

    def _to_dense(self) -> Any:
        rows, total, before = [], self.domain_dimension, 0
        for operator in self._operators:
            dense = operator.to_dense()
            after = total - before - operator.domain_dimension
            rows.append(pad(dense, [*[[0, 0]] * (len(dense.shape) - 1), [before, after]]))
            before += operator.domain_dimension
        return self._joined(rows)

    def _diag_part(self) -> Any:
        if not all(o.is_square for o in self._operators):
            return super()._diag_part()
        parts = self._joined([expand_dims(o.diag_part(), -1) for o in self._operators])
        return reshape(parts, parts.shape.as_list()[:-1])

    def _determinant(self) -> Any:
        return functools.reduce(lambda a, b: a * b, [o.determinant() for o in self._operators])

    def _log_abs_determinant(self) -> Any:
        return functools.reduce(lambda a, b: a + b, [o.log_abs_determinant() for o in self._operators])

    def _inverse(self) -> LinearOperator:
        return LinearOperatorBlockDiag([o.inverse() for o in self._operators])

    def _adjoint(self) -> LinearOperator:
        return LinearOperatorBlockDiag([o.adjoint() for o in self._operators])

    def _cholesky(self) -> LinearOperator:
        return LinearOperatorBlockDiag([o.cholesky() for o in self._operators])


@export("linalg.LinearOperatorLowRankUpdate")
class LinearOperatorLowRankUpdate(LinearOperator):
    """base + U D V^H, with U [..., rows, rank], V [..., columns, rank] and diagonal D.

    Solves by Woodbury's identity and takes determinants by the matrix determinant lemma.

    Args:
      base_operator: the operator that is updated.
      u: U.
      diag_update: the diagonal of D; ones by default.
      v: V; U by default.
      is_diag_update_positive: promises D > 0.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as of LinearOperator.
    """

    def __init__(
        self, base_operator: Any, u: Any, diag_update: Any = None, v: Any = None, is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None, is_self_adjoint: bool | None = None, is_positive_definite: bool | None = None,
        is_square: bool | None = None, name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        self._base, self._u = base_operator, to_tensor(u)
        self._v = self._u if v is None else to_tensor(v)
        self._update = None if diag_update is None else to_tensor(diag_update)
        self._positive_update = True if diag_update is None else is_diag_update_positive
        if v is None and base_operator.is_self_adjoint:
            is_self_adjoint = True if is_self_adjoint is None else is_self_adjoint
            if base_operator.is_positive_definite and self._positive_update:
                is_positive_definite = True if is_positive_definite is None else is_positive_definite
        super().__init__(
            base_operator.dtype, is_non_singular=is_non_singular, is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite, is_square=is_square, name=name,
            parameters={"base_operator": base_operator, "u": u, "diag_update": diag_update, "v": v, "name": name},
        )

    @property
    def u(self) -> Any:
        """U."""
        return self._u

    @property
    def v(self) -> Any:
        """V."""
        return self._v

    @property
    def base_operator(self) -> LinearOperator:
        """The operator that is updated."""
        return self._base

    @property
    def diag_update(self) -> Any:
        """The diagonal of D, or None."""
        return self._update

    @property
    def diag_operator(self) -> LinearOperator:
        """D."""
        if self._update is None:
            return LinearOperatorIdentity(self._u.shape[-1], dtype=self.dtype)
        return LinearOperatorDiag(self._update, is_positive_definite=self._positive_update)

    @property
    def is_diag_update_positive(self) -> bool | None:
        """Whether D is known to be positive."""
        return self._positive_update

    def _shape(self) -> tuple[int, ...]:
        base = self._base._shape()
        return (*broadcast_batches(base[:-2], tuple(self._u.shape[:-2]), tuple(self._v.shape[:-2])), *base[-2:])

    def _matmul(self, x: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        x = adjoint_of(x) if adjoint_arg else x
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        inner = self.diag_operator.matmul(matmul(right, x, adjoint_a=True), adjoint=adjoint)
        return self._base.matmul(x, adjoint=adjoint) + matmul(left, inner)

    def _capacitance(self) -> Any:
        return self.diag_operator.inverse().to_dense() + matmul(self._v, self._base.solve(self._u), adjoint_a=True)

    def _solve(self, rhs: Any, adjoint: bool, adjoint_arg: bool) -> Any:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        first = self._base.solve(rhs, adjoint=adjoint)
        inner = self._broadcast_solve(
            lambda m, b: solvers.solve(m, b, adjoint=adjoint), self._capacitance(), matmul(right, first, adjoint_a=True)
        )
        return first - self._base.solve(matmul(left, inner), adjoint=adjoint)

    def _determinant(self) -> Any:
        return solvers.det(self._capacitance()) * self.diag_operator.determinant() * self._base.determinant()

    def _log_abs_determinant(self) -> Any:
        capacitance = log(absolute(solvers.det(self._capacitance())))
        return capacitance + self.diag_operator.log_abs_determinant() + self._base.log_abs_determinant()
