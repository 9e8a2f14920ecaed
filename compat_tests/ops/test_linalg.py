"""Diagonals, factors and special functions next to TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import ALL, HOST, VALUES, normal, parity, uniform

ALIGNMENTS = ("LEFT_LEFT", "LEFT_RIGHT", "RIGHT_LEFT", "RIGHT_RIGHT")


@pytest.mark.parametrize("align", ALIGNMENTS)
@parity(modes=(HOST,))
def test_bands(tf, align, x=normal(2, 4, 5)):
    results = []
    for k in ((-1, 1), (-3, 4), (0, 2), (-2, -1), (1, 3)):
        packed = tf.linalg.diag_part(x, k=k, align=align, padding_value=7.0)
        results += [packed, tf.linalg.set_diag(x, packed, k=k, align=align)]
        results.append(tf.linalg.diag(packed, k=k, num_rows=4, num_cols=5, align=align, padding_value=-1.0))
    return results


@parity(modes=ALL)
def test_one_diagonal(tf, x=normal(4, 5), d=normal(4)):
    return tf.linalg.set_diag(x, d), tf.linalg.diag_part(x, k=-1), tf.linalg.diag(d, k=1), tf.linalg.diag(d)


@parity(modes=(HOST,))
def test_sizes_of_diag(tf, d=normal(3)):
    return tf.linalg.diag(d, num_rows=3, num_cols=6), tf.linalg.diag(d, k=-2), tf.linalg.diag(d, k=2, num_rows=3)


@parity(modes=ALL)
def test_tensor_diag(tf, x=normal(2, 3)):
    return tf.linalg.tensor_diag(x), tf.linalg.tensor_diag_part(tf.linalg.tensor_diag(x) + 1.0)


def _definite(tf, x):
    return tf.matmul(x, x, transpose_b=True) + 3.0 * tf.eye(4)


FACTORS = {
    "logdet": lambda tf, x: tf.linalg.logdet(_definite(tf, x)),
    "slogdet": lambda tf, x: tuple(tf.linalg.slogdet(x)),
    "lu": lambda tf, x: tuple(tf.linalg.lu(x)),
    "lu back": lambda tf, x: tf.linalg.lu_reconstruct(*tf.linalg.lu(x)),
    "lu solve": lambda tf, x: tf.linalg.lu_solve(*tf.linalg.lu(_definite(tf, x)), x[..., :2]),
    "lu inverse": lambda tf, x: tf.linalg.lu_matrix_inverse(*tf.linalg.lu(_definite(tf, x))),
    "lstsq": lambda tf, x: tf.linalg.lstsq(x[..., :3], x[..., 3:], l2_regularizer=0.1),
    "lstsq wide": lambda tf, x: tf.linalg.lstsq(x[..., :3, :], x[..., :3, :1], l2_regularizer=0.1),
    "lstsq slow": lambda tf, x: tf.linalg.lstsq(x[..., :3], x[..., 3:], fast=False),
    "pinv": lambda tf, x: tf.linalg.pinv(x[..., :3]),
    "rank": lambda tf, x: tf.linalg.matrix_rank(tf.matmul(x[..., :2], x[..., :2], transpose_b=True)),
    "eigvalsh": lambda tf, x: tf.linalg.eigvalsh(_definite(tf, x)),
    "eigvals": lambda tf, x: tf.sort(tf.math.real(tf.linalg.eigvals(_definite(tf, x)))),
    "expm": lambda tf, x: tf.linalg.expm(x),
    "sqrtm": lambda tf, x: tf.linalg.sqrtm(_definite(tf, x)),
    "logm": lambda tf, x: tf.linalg.logm(tf.cast(_definite(tf, x), tf.complex64)),
    "cross": lambda tf, x: tf.linalg.cross(x[..., :3], x[..., 1:]),
    "normalize": lambda tf, x: [tf.linalg.normalize(x, o, a) for o, a in (("euclidean", -1), (1, None), (np.inf, 0))],
    "tridiagonal": lambda tf, x: (
        tf.linalg.tridiagonal_solve(x[:, :3] + [[0.0], [9.0], [0.0]], x),
        tf.linalg.tridiagonal_solve(x[:, :3] + [[0.0], [9.0], [0.0]], x[:, 0]),
        tf.linalg.tridiagonal_matmul(x[:, :3], x),
    ),
    "banded": lambda tf, x: [
        tf.linalg.banded_triangular_solve(x[:, :2] + 3.0, x, lower=lower, adjoint=adjoint)
        for lower in (True, False) for adjoint in (True, False)
    ],
    "eigh tridiagonal": lambda tf, x: (
        tf.linalg.eigh_tridiagonal(x[0, 0], x[0, 1, :3]),
        tf.linalg.eigh_tridiagonal(x[0, 0], x[0, 1, :3], select="i", select_range=(1, 2)),
    ),
}


@pytest.mark.parametrize("name", FACTORS)
@parity(modes=(HOST,))
def test_factors(tf, name, x=normal(2, 4, 4)):
    return FACTORS[name](tf, x)


SPECIAL = {
    "xlogy": lambda m, x: (m.xlogy(x, x * 2), m.xlogy(x * 0, x * 0)),
    "xlog1py": lambda m, x: (m.xlog1py(x, x), m.xlog1py(x * 0, x * 0 - 1)),
    "xdivy": lambda m, x: (m.xdivy(x, x + 1), m.xdivy(x * 0, x * 0)),
    "igamma": lambda m, x: (m.igamma(x, x + 0.5), m.igammac(x + 1, x)),
    "betainc": lambda m, x: m.betainc(x, x + 1, x / 5),
    "polygamma": lambda m, x: [m.polygamma(x * 0 + n, x) for n in (0.0, 1.0, 2.0, 0.5)],
    "zeta": lambda m, x: m.zeta(x + 1, x),
    "erfcinv": lambda m, x: m.erfcinv(x / 3),
    "bessel_i": lambda m, x: (m.bessel_i0(x), m.bessel_i0e(x), m.bessel_i1(x), m.bessel_i1e(x)),
    "bessel_j": lambda m, x: (m.special.bessel_j0(x), m.special.bessel_j1(x)),
    "bessel_k": lambda m, x: (m.special.bessel_k0(x), m.special.bessel_k0e(x), m.special.bessel_k1(x), m.special.bessel_k1e(x)),
    "bessel_y": lambda m, x: (m.special.bessel_y0(x), m.special.bessel_y1(x)),
    "integrals": lambda m, x: (m.special.dawsn(x), m.special.expint(x), m.special.spence(x), m.special.fresnel_cos(x), m.special.fresnel_sin(x)),
    "lbeta": lambda m, x: m.lbeta(x),
    "nextafter": lambda m, x: m.nextafter(x, x * 2),
    "polyval": lambda m, x: (m.polyval([1.0, x, 2.0], x), m.polyval([], x)),
    "scalar_mul": lambda m, x: m.scalar_mul(2.0, x),
}


@pytest.mark.parametrize("name", SPECIAL)
@parity(modes=VALUES)
def test_special(tf, name, x=uniform(2, 3, low=0.3, high=2.5)):
    return SPECIAL[name](tf.math, x)


@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "xdivy", "bessel_i", "bessel_j", "bessel_k", "bessel_y", "integrals", "lbeta"])
@parity(modes=("gradient",))
def test_special_gradients(tf, name, x=uniform(2, 3, low=0.3, high=2.5)):
    return SPECIAL[name](tf.math, x)


@pytest.mark.parametrize("x", [[2, 0, 1], [0, 0, 1], [0, 3, 1]])
@parity(modes=(HOST,))
def test_invert_permutation(tf, x):
    return tf.math.invert_permutation(x)
