"""Segments, counts, scatter extremes and factorizations next to TensorFlow."""

import numpy as np
import pytest

from compat_tests.harness import Case, normal, parity_table

IDS = [2, 0, 2, 5, -1]
EAGER = ("host", "device")

test_unsorted = parity_table(
    [Case(f"math.unsorted_segment_{k}", normal(5, 3), IDS, 7) for k in ("sum", "mean", "max", "min", "prod", "sqrt_n")]
)
test_sorted = parity_table(
    [Case(f"math.segment_{k}", normal(5, 2), [0, 0, 2, 2, 4], modes=EAGER) for k in ("sum", "mean", "max", "min", "prod")]
)
test_counts = parity_table(
    [
        Case("math.bincount", [1, 1, 4], modes=EAGER),
        Case("math.bincount", [1, 1, 4], None, 7, None, modes=EAGER),
        Case("math.bincount", [1, 1, 4], [0.5, 1.0, 2.0], modes=EAGER),
        Case("math.bincount", [1, 1, 4], None, None, 3, modes=EAGER),
        Case("math.confusion_matrix", [0, 1, 2], [1, 1, 2], modes=EAGER),
        Case("math.confusion_matrix", [0, 1, 2], [1, 1, 2], 5, [1, 2, 3], modes=EAGER),
    ]
)
test_scatter = parity_table(
    [
        Case("tensor_scatter_nd_max", [1.0, 5.0, 3.0], [[0], [1]], [2.0, 2.0]),
        Case("tensor_scatter_nd_min", [1.0, 5.0, 3.0], [[0], [1]], [2.0, 2.0]),
    ]
)


@pytest.fixture(scope="module")
def both():
    import tensorflow

    import tfjax

    return tfjax, tensorflow


def test_svd(both):
    a = np.random.RandomState(0).randn(2, 4, 3).astype("float32")
    for library in both:
        s, u, v = library.linalg.svd(a)
        np.testing.assert_allclose((u * s[:, None, :] @ library.linalg.adjoint(v)).numpy(), a, atol=1e-5)
        assert [tuple(t.shape) for t in library.linalg.svd(a, full_matrices=True)] == [(2, 3), (2, 4, 4), (2, 3, 3)]
    ours, theirs = (library.linalg.svd(a, compute_uv=False).numpy() for library in both)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_cholesky_solve(both):
    m = np.random.RandomState(0).randn(3, 3)
    a, b = m @ m.T + np.eye(3), np.arange(6.0).reshape(3, 2)
    ours, theirs = (library.linalg.cholesky_solve(library.linalg.cholesky(a), b).numpy() for library in both)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_errors(both):
    for library in both:
        with pytest.raises(library.errors.InvalidArgumentError):
            library.math.segment_sum([1.0, 2.0], [1, 0])
        with pytest.raises(library.errors.InvalidArgumentError):
            library.math.bincount([-1])
        with pytest.raises(library.errors.InvalidArgumentError):
            library.math.confusion_matrix([5], [0], num_classes=2).numpy()
