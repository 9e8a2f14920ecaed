"""Linear operators next to TensorFlow: every method of every class."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import GRADIENT, HOST, normal, parity

A = np.array([[[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 5.0]], [[2.0, 0.1, 0.3], [0.1, 6.0, 0.4], [0.3, 0.4, 3.0]]], "f4")
D = np.array([1.0, 2.0, 3.0], "f4")

OPERATORS = {
    "full": lambda t: t.LinearOperatorFullMatrix(A),
    "full positive": lambda t: t.LinearOperatorFullMatrix(A, is_self_adjoint=True, is_positive_definite=True),
    "diag": lambda t: t.LinearOperatorDiag(D, is_positive_definite=True),
    "diag batch": lambda t: t.LinearOperatorDiag(A[0]),
    "lower": lambda t: t.LinearOperatorLowerTriangular(A),
    "identity": lambda t: t.LinearOperatorIdentity(3),
    "identity batch": lambda t: t.LinearOperatorIdentity(3, batch_shape=[2]),
    "scaled": lambda t: t.LinearOperatorScaledIdentity(3, 2.5, is_positive_definite=True),
    "tridiagonal": lambda t: t.LinearOperatorTridiag(A[0] + 2.0),
    "toeplitz": lambda t: t.LinearOperatorToeplitz(D, np.array([1.0, 5.0, 6.0], "f4")),
    "householder": lambda t: t.LinearOperatorHouseholder(D),
    "permutation": lambda t: t.LinearOperatorPermutation([2, 0, 1]),
    "composition": lambda t: t.LinearOperatorComposition([t.LinearOperatorFullMatrix(A), t.LinearOperatorDiag(D)]),
    "adjoint": lambda t: t.LinearOperatorAdjoint(t.LinearOperatorLowerTriangular(A)),
    "inversion": lambda t: t.LinearOperatorInversion(t.LinearOperatorFullMatrix(A)),
    "kronecker": lambda t: t.LinearOperatorKronecker([t.LinearOperatorFullMatrix(A[0]), t.LinearOperatorDiag([2.0, 1.0])]),
    "kronecker of three": lambda t: t.LinearOperatorKronecker(
        [t.LinearOperatorFullMatrix(A[:, :2, :2]), t.LinearOperatorDiag([2.0, 1.0]), t.LinearOperatorFullMatrix(A[0])]
    ),
    "blocks": lambda t: t.LinearOperatorBlockDiag([t.LinearOperatorFullMatrix(A), t.LinearOperatorDiag([2.0, 1.0])]),
    "low rank": lambda t: t.LinearOperatorLowRankUpdate(t.LinearOperatorDiag(D), A[..., :1], diag_update=[2.0]),
    "low rank of two": lambda t: t.LinearOperatorLowRankUpdate(t.LinearOperatorDiag(D), A[0, :, :2], v=A[1, :, :2]),
}


@pytest.mark.parametrize("name", OPERATORS)
@parity(modes=(HOST,))
def test_products(tf, name):
    operator = OPERATORS[name](tf.linalg)
    size = int(operator.domain_dimension)
    x = tf.constant(np.arange(size * 2, dtype="f4").reshape(size, 2) - 1.0)
    return (
        operator.to_dense(), operator.matmul(x), operator.matmul(x, adjoint=True), operator @ x,
        operator.matmul(tf.transpose(x), adjoint_arg=True), operator.matvec(x[:, 0]), operator.add_to_tensor(tf.ones(tuple(operator.shape))),
        operator.diag_part(), operator.trace(), operator.shape_tensor(), operator.batch_shape_tensor(),
    )


@pytest.mark.parametrize("name", OPERATORS)
@parity(modes=(HOST,))
def test_solutions(tf, name):
    operator = OPERATORS[name](tf.linalg)
    size = int(operator.domain_dimension)
    x = tf.constant(np.arange(size * 2, dtype="f4").reshape(size, 2) - 1.0)
    return (
        operator.solve(x), operator.solve(x, adjoint=True), operator.solvevec(x[:, 1]), operator.log_abs_determinant(),
        operator.inverse().to_dense(), operator.adjoint().to_dense(), operator.H.matmul(x),
    )


@pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"permutation", "adjoint"}))
@parity(modes=(HOST,))
def test_determinants(tf, name):
    return OPERATORS[name](tf.linalg).determinant()


@pytest.mark.parametrize("name", OPERATORS)
@parity(modes=(HOST,))
def test_facts(tf, name):
    operator = OPERATORS[name](tf.linalg)
    return (
        operator.name, tuple(operator.shape), tuple(operator.batch_shape), operator.tensor_rank, int(operator.domain_dimension),
        int(operator.range_dimension), operator.dtype.name, operator.is_square, operator.is_self_adjoint,
        operator.is_positive_definite, operator.is_non_singular,
        type(operator.inverse()).__name__, type(operator.matmul(operator)).__name__,
    )


@pytest.mark.parametrize("name", ["full positive", "diag", "identity", "scaled"])
@parity(modes=(HOST,))
def test_of_positive_operators(tf, name):
    operator = OPERATORS[name](tf.linalg)
    return operator.cholesky().to_dense(), operator.eigvals(), operator.cond()


@parity(modes=(HOST,))
def test_refusals(tf):
    results = []
    for call in (
        lambda t: t.LinearOperatorFullMatrix(A).cholesky(),
        lambda t: t.LinearOperatorFullMatrix(np.ones([2, 3], "f4")).solve(np.ones([2, 1], "f4")),
        lambda t: t.LinearOperatorFullMatrix(A).matmul(np.ones([4, 1], "f4")),
        lambda t: t.LinearOperatorDiag(D, is_self_adjoint=False),
        lambda t: t.LinearOperatorFullMatrix(D),
        lambda t: t.LinearOperatorZeros(2).inverse(),
        lambda t: t.LinearOperatorFullMatrix(np.zeros([2, 2], "f4")).assert_non_singular(),
    ):
        try:
            results.append(str(call(tf.linalg)))
        except Exception as error:
            results.append(type(error).__name__)
    return results


@parity(modes=(GRADIENT,))
def test_gradient(tf, m=normal(3, 3), x=normal(3, 2)):
    lower = tf.linalg.LinearOperatorLowerTriangular(m + 4.0 * tf.eye(3))
    both = tf.linalg.LinearOperatorKronecker([lower, tf.linalg.LinearOperatorDiag([2.0, 1.0])])
    return lower.solve(x), lower.log_abs_determinant(), both.matvec(tf.reshape(x, [-1]))
