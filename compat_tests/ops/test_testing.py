"""tf.test: one set of assertions passes, or fails, under both libraries."""

import unittest

import numpy as np
import pytest


@pytest.fixture(scope="module", params=["tfjax", "tensorflow"])
def library(request):
    return pytest.importorskip(request.param)


def case(library):
    class Sample(library.test.TestCase):
        def runTest(self):
            pass

    sample = Sample()
    sample.setUp()
    return sample


def test_assertions(library):
    tf, t = library, case(library)
    t.assertAllEqual(tf.constant([1, 2]), [1, 2])
    t.assertAllEqual([tf.constant(1), 2], [1, 2])
    t.assertAllEqual(tf.constant(["a"]), ["a"])
    t.assertAllClose({"x": tf.constant(1.0), "y": [np.ones(2), tf.zeros(3)]}, {"x": 1.0 + 1e-7, "y": [np.ones(2), np.zeros(3)]})
    t.assertAllCloseAccordingToType(tf.constant(1.0, tf.float16), np.float16(1.001))
    t.assertShapeEqual(np.zeros((2, 3)), tf.zeros((2, 3)))
    t.assertAllInRange(tf.constant([0.0, 1.0]), 0.0, 1.0)
    t.assertAllGreater([1, 2], 0)
    t.assertNear(1.0, 1.01, 0.1)
    assert t.evaluate({"a": tf.constant(3)}) == {"a": 3}
    with t.assertRaisesOpError("Incompatible shapes|required broadcastable"):
        tf.constant([1, 2]) + tf.constant([1, 2, 3])
    for bad in (
        lambda: t.assertAllEqual([1, 2], [1, 3]), lambda: t.assertAllClose(1.0, 1.1), lambda: t.assertAllEqual([1], [1, 2]),
        lambda: t.assertAllInRange([2.0], 0.0, 1.0), lambda: t.assertNotAllClose(1.0, 1.0), lambda: t.assertDTypeEqual(tf.zeros(1), np.int32),
    ):
        with pytest.raises(AssertionError):
            bad()


def test_seeds_are_set(library):
    drawn = []
    for _ in range(2):
        case(library)
        drawn.append((np.random.rand(), float(library.random.uniform([]))))
    assert drawn[0] == drawn[1]


def test_suite_runs(library):
    class Sums(library.test.TestCase):
        def test_right(self):
            self.assertAllClose(library.reduce_sum([1.0, 2.0]), 3.0)

        def test_wrong(self):
            self.assertAllClose(library.reduce_sum([1.0, 2.0]), 4.0)

    result = unittest.TestResult()
    for name in ("test_right", "test_wrong"):
        Sums(name).run(result)
    assert result.testsRun == 2 and len(result.failures) == 1 and not result.errors


def test_compute_gradient(library):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    theory, numbers = library.test.compute_gradient(lambda a, b: library.matmul(a, b) * a, [x, x + 1])
    for one, other in zip(theory, numbers):
        assert one.shape == other.shape == (4, 4)
        np.testing.assert_allclose(one, other, rtol=1e-4)
