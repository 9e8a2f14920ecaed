"""tf.test.TestCase: what each assertion says when it fails is TensorFlow's text."""

from __future__ import annotations

import collections

import numpy as np
import pytest

Pair = collections.namedtuple("Pair", "x y")
A = np.array([1.0, 2.0, 3.0], np.float32)
NAN = np.array([1.0, 2.5, np.nan], np.float32)

#: What to call, and with what; "tf" in a lambda is the library.
CALLS = [
    ("assertAllClose", lambda tf: (A, NAN)),
    ("assertAllClose", lambda tf: (A, [1.0, 2.0])),
    ("assertAllClose", lambda tf: (tf.constant(A), A + 1, 1e-6, 1e-6, "hello")),
    ("assertAllClose", lambda tf: ({"a": A, "b": (A, A)}, {"a": A, "b": (A, A + 1)})),
    ("assertAllClose", lambda tf: ({"a": A}, {"b": A})),
    ("assertAllClose", lambda tf: ({"a": A}, [1.0])),
    ("assertAllClose", lambda tf: ([[1.0], [1.0, 2.0]], [[1.0], [1.0, 3.0]])),
    ("assertAllClose", lambda tf: (1.0, 2.0)),
    ("assertAllClose", lambda tf: (1.0, 1.0 + 1e-7)),
    ("assertAllClose", lambda tf: (np.zeros((4, 5)), np.ones((4, 5)))),
    ("assertAllClose", lambda tf: (Pair(1.0, 2.0), Pair(1.0, 3.0))),
    ("assertAllClose", lambda tf: ({"a": Pair(1.0, 2.0)}, {"a": Pair(1.0, 3.0)})),
    ("assertAllClose", lambda tf: ([None], [1.0])),
    ("assertAllClose", lambda tf: ([tf.constant([1.0]), tf.constant([1.0, 2.0])], [[1.0], [1.0, 2.5]])),
    ("assertAllClose", lambda tf: (np.float16([1]), np.float16([1.002]))),
    ("assertAllClose", lambda tf: (tf.constant([1.0], tf.bfloat16), tf.constant([1.0078], tf.bfloat16))),
    ("assertAllClose", lambda tf: (tf.ragged.constant([[1.0], [2, 3]]), [[1.0], [2.0, 3.0]])),
    ("assertAllClose", lambda tf: (tf.ragged.constant([[1.0], [2, 3]]), [[1], [2, 3]])),
    ("assertNotAllClose", lambda tf: (A, A)),
    ("assertNotAllClose", lambda tf: ([1.0], [1.0, 2.0])),
    ("assertAllEqual", lambda tf: (A, NAN)),
    ("assertAllEqual", lambda tf: (A, [1, 2])),
    ("assertAllEqual", lambda tf: ([b"a", b"b"], [b"a", b"c"])),
    ("assertAllEqual", lambda tf: (tf.constant(["a"]), ["a"])),
    ("assertAllEqual", lambda tf: (tf.constant([["a", "b"]]), [["a", "b"]])),
    ("assertAllEqual", lambda tf: ([np.nan], [np.nan])),
    ("assertAllEqual", lambda tf: (3, 4, "m")),
    ("assertAllEqual", lambda tf: ([True], [False])),
    ("assertAllEqual", lambda tf: (1, [1])),
    ("assertAllEqual", lambda tf: ([], [])),
    ("assertAllEqual", lambda tf: (tf.constant([1.0], tf.bfloat16), tf.constant([1.2], tf.bfloat16))),
    ("assertAllEqual", lambda tf: (tf.ragged.constant([[1], [2, 3]]), [[1], [2, 3]])),
    ("assertAllEqual", lambda tf: (tf.ragged.constant([[1], [2, 3]]), [[1], [2, 4]])),
    ("assertAllEqual", lambda tf: (tf.ragged.constant([[1], [2]]), tf.constant([[1], [2]]))),
    ("assertNotAllEqual", lambda tf: (A, A)),
    ("assertAllGreater", lambda tf: (A, 1)),
    ("assertAllLess", lambda tf: (A, 3)),
    ("assertAllGreaterEqual", lambda tf: (A, 2)),
    ("assertAllLessEqual", lambda tf: (A, 2)),
    ("assertAllInRange", lambda tf: (A, 1, 2)),
    ("assertAllInRange", lambda tf: (A, 1, 3, True, True)),
    ("assertAllInRange", lambda tf: (["a"], 1, 3)),
    ("assertAllInRange", lambda tf: ([np.nan, 1.0], 0, 2)),
    ("assertAllInRange", lambda tf: (np.arange(30).reshape(5, 6), 0, 5)),
    ("assertAllInSet", lambda tf: (A, {1.0, 2.0})),
    ("assertAllInSet", lambda tf: (tf.constant([[1, 5], [7, 1]]), {1})),
    ("assertAllInSet", lambda tf: (A, {1.0, 2.0, 3.0})),
    ("assertShapeEqual", lambda tf: (A, tf.zeros([2]))),
    ("assertShapeEqual", lambda tf: (A, A)),
    ("assertShapeEqual", lambda tf: (np.zeros(2), np.float32(1))),
    ("assertDTypeEqual", lambda tf: (tf.constant(A), np.float64)),
    ("assertDTypeEqual", lambda tf: (tf.constant(A), tf.float32)),
    ("assertNear", lambda tf: (1, 2, 0.1)),
    ("assertNear", lambda tf: (1, 2, 0.1, "mm")),
    ("assertNDArrayNear", lambda tf: (A, A + 1, 0.1)),
    ("assertNDArrayNear", lambda tf: (A, A + 1, 10)),
    ("assertArrayNear", lambda tf: (A, A + 1, 0.1)),
    ("assertArrayNear", lambda tf: (A, [1], 0.1)),
    ("assertStartsWith", lambda tf: ("abc", "b")),
    ("assertAllCloseAccordingToType", lambda tf: (np.float16([1]), np.float16([1.002]))),
    ("assertAllCloseAccordingToType", lambda tf: (np.float16([1]), np.float16([1.01]))),
    ("assertAllCloseAccordingToType", lambda tf: (np.float64([1]), np.float64([1.00001]))),
    ("assertAllCloseAccordingToType", lambda tf: (tf.constant([1.0], tf.bfloat16), [1.005])),
    ("assertDeviceEqual", lambda tf: ("/cpu:0", "/job:localhost/device:CPU:0")),
    ("assertDeviceEqual", lambda tf: ("/cpu:0", "/device:CPU:0")),
    ("assertProtoEquals", lambda tf: ("int64_list {value: 2}", tf.train.Feature(int64_list=tf.train.Int64List(value=[2])))),
    ("assertLen", lambda tf: ([1], 2)),
    ("assertBetween", lambda tf: (5, 1, 3)),
    ("assertSameElements", lambda tf: ([1, 1, 2], [2, 1])),
    ("evaluate", lambda tf: ([tf.constant(1), {"a": tf.Variable(2.0)}, None, tf.SparseTensor([[0]], [1], [2])],)),
    ("evaluate", lambda tf: (lambda: tf.constant([1]),)),
    ("evaluate", lambda tf: (tf.ragged.constant([[1], [2, 3]]),)),
    ("evaluate", lambda tf: (tf.IndexedSlices(tf.constant([1]), tf.constant([0])),)),
    ("evaluate", lambda tf: ("abc",)),
    ("evaluate", lambda tf: (1,)),
]  # fmt: skip

#: Errors that the block raises under `assertRaises…`, and the pattern that is asked for.
ERRORS = [
    (ValueError, "abc", lambda tf: ValueError("xabcx")),
    (ValueError, "abc", lambda tf: ValueError("x")),
    (ValueError, "abc", lambda tf: None),
    (ValueError, "abc", lambda tf: TypeError("abc")),
    (ValueError, lambda e: False, lambda tf: ValueError("abc")),
    ((ValueError, TypeError), "x", lambda tf: TypeError("axb")),
    (None, "abc", lambda tf: tf.errors.InvalidArgumentError(None, None, "abc")),
    (None, "abc", lambda tf: ValueError("abc")),
]


def sample(tf):
    class Sample(tf.test.TestCase):
        def runTest(self):
            pass

    made = Sample()
    made.setUp()
    return made


def outcome(call, *args):
    try:
        return repr(call(*args))
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.fixture(scope="module")
def libraries():
    return pytest.importorskip("tensorflow"), pytest.importorskip("tfjax")


@pytest.mark.parametrize(
    "name, args", CALLS, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CALLS)]
)
def test_says_what_tensorflow_says(libraries, name, args):
    theirs, ours = (outcome(getattr(sample(tf), name), *args(tf)) for tf in libraries)
    assert ours == theirs


@pytest.mark.parametrize("kind, wanted, error", ERRORS)
def test_expected_errors(libraries, kind, wanted, error):
    def block(tf):
        test, raised = sample(tf), error(tf)
        with (
            test.assertRaisesOpError(wanted)
            if kind is None
            else test.assertRaisesWithPredicateMatch(kind, wanted)
        ):
            if raised is not None:
                raise raised

    theirs, ours = (outcome(block, tf) for tf in libraries)
    assert ours == theirs
