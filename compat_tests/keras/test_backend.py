"""keras.backend: the functions of Keras 2 give what TensorFlow's give."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf
from compat_tests.keras.test_rows import real  # noqa: F401 (a fixture)

X = np.linspace(-2, 2, 12, dtype="float32").reshape(3, 4)
T = np.arange(24, dtype="float32").reshape(2, 3, 4)

CASES = {
    "arange": lambda k, X, T: k.arange(4), "argmax": lambda k, X, T: k.argmax(X), "argmin": lambda k, X, T: k.argmin(X, axis=0), "concatenate": lambda k, X, T: k.concatenate([X, X]),
    "expand_dims": lambda k, X, T: k.expand_dims(X), "squeeze": lambda k, X, T: k.squeeze(X[None, :], 0), "flatten": lambda k, X, T: k.flatten(X), "batch_flatten": lambda k, X, T: k.batch_flatten(T),
    "permute_dimensions": lambda k, X, T: k.permute_dimensions(T, (0, 2, 1)), "repeat": lambda k, X, T: k.repeat(X, 2), "repeat_elements": lambda k, X, T: k.repeat_elements(X, 2, 1),
    "reverse": lambda k, X, T: k.reverse(X, 1), "gather": lambda k, X, T: k.gather(X, [2, 0]), "cumsum": lambda k, X, T: k.cumsum(X), "cumprod": lambda k, X, T: k.cumprod(X, 1),
    "dot": lambda k, X, T: k.dot(X, k.transpose(X)), "dot_3d": lambda k, X, T: k.dot(T, k.transpose(X)), "batch_dot": lambda k, X, T: k.batch_dot(T, k.permute_dimensions(T, (0, 2, 1))), "batch_dot_axes": lambda k, X, T: k.batch_dot(T, T, axes=(1, 1)),
    "batch_dot_2d": lambda k, X, T: k.batch_dot(X, X, axes=1), "one_hot": lambda k, X, T: k.one_hot(np.array([1, 0]), 3), "cast_to_floatx": lambda k, X, T: k.cast_to_floatx(np.arange(3)),
    "eye": lambda k, X, T: k.eye(3), "variable": lambda k, X, T: k.variable([1, 2]), "constant": lambda k, X, T: k.constant([1, 2], shape=(2, 1)), "zeros": lambda k, X, T: k.zeros((2,)),
    "ones": lambda k, X, T: k.ones((2, 2)), "shape": lambda k, X, T: k.shape(X), "relu": lambda k, X, T: k.relu(X, alpha=0.1, max_value=1.0), "elu": lambda k, X, T: k.elu(X, 0.5),
    "l2_normalize": lambda k, X, T: k.l2_normalize(X, 1), "bias_add": lambda k, X, T: k.bias_add(X, np.arange(4.0, dtype="float32")), "softmax": lambda k, X, T: k.softmax(X),
    "binary_crossentropy": lambda k, X, T: k.binary_crossentropy(k.constant([0.0, 1.0]), k.constant([0.2, 0.7])),
    "categorical_crossentropy": lambda k, X, T: k.categorical_crossentropy(k.constant(np.eye(4)[:3]), k.softmax(X)),
    "sparse_categorical_crossentropy": lambda k, X, T: k.sparse_categorical_crossentropy(k.constant([0, 1, 2], "int32"), k.softmax(X)),
    "sum": lambda k, X, T: k.sum(X, axis=1, keepdims=True), "mean": lambda k, X, T: k.mean(X), "std": lambda k, X, T: k.std(X, 0), "max": lambda k, X, T: k.max(X, -1), "all": lambda k, X, T: k.all(X > 0),
    "clip": lambda k, X, T: k.clip(X, -1, 1), "pow": lambda k, X, T: k.pow(X, 2), "maximum": lambda k, X, T: k.maximum(X, 0.0), "equal": lambda k, X, T: k.equal(X, X), "round": lambda k, X, T: k.round(X),
    "switch": lambda k, X, T: k.switch(k.constant(1.0) > 0, lambda: k.constant(2.0), lambda: k.constant(3.0)), "temporal_padding": lambda k, X, T: k.temporal_padding(T, (1, 2)),
    "spatial_2d_padding": lambda k, X, T: k.spatial_2d_padding(T[None, :]), "foldl": lambda k, X, T: k.foldl(lambda a, b: a + b, X), "map_fn": lambda k, X, T: k.map_fn(lambda v: v * 2, X),
    "in_top_k": lambda k, X, T: k.in_top_k(X, np.array([3, 0, 3]), 1), "conv2d": lambda k, X, T: k.conv2d(k.expand_dims(T), X[:2, :2, None, None], padding="same"),
    "conv1d": lambda k, X, T: k.conv1d(T, k.permute_dimensions(T, (1, 2, 0))[:2], padding="causal"), "pool2d": lambda k, X, T: k.pool2d(k.expand_dims(T), (2, 2), padding="same", pool_mode="avg"),
    "batch_normalization": lambda k, X, T: k.batch_normalization(X, X[0], abs(X[1]), X[2], X[0]),
    "resize_images": lambda k, X, T: k.resize_images(k.expand_dims(T), 2, 3, "channels_last"), 
    "update": lambda k, X, T: k.update_add(k.variable([1.0]), [2.0]), "facts": lambda k, X, T: [k.int_shape(X), k.ndim(X), k.dtype(X) == "float32", k.count_params(X), k.is_sparse(X), k.floatx() == "float32"],
    "values": lambda k, X, T: k.batch_get_value([k.variable(1.0), k.variable([2.0])]), "eval": lambda k, X, T: k.eval(k.constant(3.0)),
    "random": lambda k, X, T: [k.random_normal((2,), seed=1), k.random_uniform((2,), seed=2), k.truncated_normal((2,), seed=3), k.random_bernoulli((4,), 0.5, seed=4)],
}


def arrays(result):
    return [np.asarray(v) for v in (result if isinstance(result, (list, tuple)) else [result])]


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_keras(name, real):  # noqa: F811
    results = []
    for library in (tf, real):
        library.random.set_seed(1)
        results.append(arrays(CASES[name](library.keras.backend, library.constant(X), library.constant(T))))
    assert len(results[0]) == len(results[1])
    for a, b in zip(*results, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


def test_symbolic_tensors_are_taken_as_in_keras_2():
    backend = tf.keras.backend
    x = tf.keras.Input((4,))
    y = backend.l2_normalize(backend.square(x), axis=1) + backend.mean(x, axis=1, keepdims=True)
    assert tf.keras.Model(x, y)(X).shape == (3, 4)


def test_learning_phase_is_that_of_the_call():
    seen = []

    class Noted(tf.keras.layers.Layer):
        def call(self, inputs):
            seen.append(tf.keras.backend.learning_phase())
            return tf.keras.backend.in_train_phase(inputs + 1, inputs)

    layer = Noted()
    assert float(layer(tf.constant(1.0), training=True)) == 2.0 and float(layer(tf.constant(1.0))) == 1.0
    assert seen == [1, 0]
