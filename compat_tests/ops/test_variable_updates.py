"""Parts of Variables assigned and scattered next to TensorFlow; open shapes; string arithmetic."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def both():
    import tensorflow

    import tfjax

    return tfjax, tensorflow


def slices(tf):
    v = tf.Variable(np.arange(12.0, dtype="float32").reshape(4, 3))
    v[0, 1].assign(9.0)
    v[1].assign([7.0, 7.5, 8.0])
    v[2:, ::2].assign([[1.0, 2.0], [3.0, 4.0]])
    v[..., -1].assign([1.0, 1.0, 1.0, 2.0])
    v[tf.constant(3), 0].assign(tf.constant(-1.0))
    return v


def rows(tf):
    v = tf.Variable(np.arange(8.0, dtype="float32").reshape(4, 2))

    def delta(value):
        return tf.IndexedSlices(tf.constant([[value] * 2, [value + 1] * 2]), tf.constant([1, 3]), tf.constant([4, 2]))

    for name, value in (("update", 5.0), ("add", 1.0), ("sub", 0.5), ("max", 5.6), ("min", 5.5), ("mul", 2.0), ("div", 4.0)):
        getattr(v, f"scatter_{name}")(delta(value))
    return v


def elements(tf):
    v = tf.Variable(np.arange(8, dtype="int32").reshape(4, 2))
    v.scatter_nd_update([[0, 1], [2, 0]], [10, 20])
    v.scatter_nd_add([[0], [0]], [[1, 1], [1, 1]])
    v.scatter_nd_sub([[3, 1]], [4])
    return tf.concat([v, v.sparse_read([1, 1]), [v.gather_nd([[2], [0]])[0]]], 0)


def in_function(tf):
    v = tf.Variable(tf.zeros([3]))

    @tf.function
    def change(i):
        v[1].assign(5.0)
        v[i].assign(2.0)
        return v[1] * 2.0

    return tf.concat([[change(tf.constant(2))], v], 0)


def open_shapes(tf):
    v = tf.Variable([[1.0, 2.0]], shape=[None, 2])
    assert v.shape.as_list() == [None, 2]
    v.assign(tf.ones([3, 2]))
    w = tf.Variable([1.0], shape=tf.TensorShape(None))
    w.assign([[1.0, 2.0]])
    return tf.concat([v, w], 0)


@pytest.mark.parametrize("make", [slices, rows, elements, in_function, open_shapes])
def test_updates(make, both):
    ours, theirs = (make(library) for library in both)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy())


def test_errors(both):
    for tf in both:
        v = tf.Variable([[1.0, 2.0]], shape=[None, 2])
        with pytest.raises(ValueError, match="Shape mismatch|incompatible"):
            v.assign([1.0, 2.0, 3.0])
        with pytest.raises(TypeError, match="IndexedSlices"):
            v.scatter_add([1.0])


def test_strings_add(both):
    for tf in both:
        assert (tf.constant("a") + tf.constant("b")).numpy() == b"ab"
        assert tf.function(lambda a: a + a)(tf.constant("a")).numpy() == b"aa"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("Ftrl", {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.1, "beta": 0.2}), ("Lion", {"beta_1": 0.8})],
)
def test_optimizers(name, arguments, both):
    found = []
    for tf in both:
        v = tf.Variable([1.0, -2.0, 0.01])
        optimizer = getattr(tf.keras.optimizers, name)(0.3, **arguments)
        for _ in range(4):
            optimizer.apply_gradients([(2.0 * v, v)])
        found.append(v.numpy())
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_format(both):
    texts = [f"{tf.constant([1, 2])}|{tf.constant(1.5):.3f}|{tf.constant('a')}" for tf in both]
    assert texts[0] == texts[1]
