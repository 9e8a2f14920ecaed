"""Gradients of looked-up rows are IndexedSlices, and optimizers square them as TensorFlow does."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf


@pytest.fixture(scope="module")
def real():
    import tensorflow

    return tensorflow


def gradient(library, uses):
    v = library.Variable(np.arange(12.0, dtype="float32").reshape(4, 3))
    with library.GradientTape() as tape:
        y = library.reduce_sum(library.gather(v, [1, 1, 3]) ** 2)
        if uses >= 1:
            y += library.reduce_sum(library.nn.embedding_lookup(v, [[0, 1]]) * 2)
        if uses == 2:
            y += library.reduce_sum(v)
    return tape.gradient(y, v)


@pytest.mark.parametrize("uses", range(3))
def test_gradient_of_gather(uses, real):
    ours, theirs = gradient(tf, uses), gradient(real, uses)
    assert isinstance(ours, tf.IndexedSlices) == isinstance(theirs, real.IndexedSlices)
    if uses < 2:
        assert ours.indices.numpy().tolist() == theirs.indices.numpy().tolist()
        np.testing.assert_allclose(ours.values.numpy(), theirs.values.numpy())
        assert ours.dense_shape.numpy().tolist() == [4, 3]
    np.testing.assert_allclose(tf.convert_to_tensor(ours).numpy(), real.convert_to_tensor(theirs).numpy())


def train(library, name, compiled):
    optimizer = library.keras.optimizers.get(name)
    optimizer.learning_rate = 0.1
    layer = library.keras.layers.Embedding(4, 2, embeddings_initializer="ones")
    layer.build(None)
    index = library.constant([[0, 1, 1], [3, 1, 0]])

    def step():
        with library.GradientTape() as tape:
            loss = library.reduce_sum(layer(index) ** 2)
        gradients = tape.gradient(loss, layer.trainable_variables)
        gradients, _ = library.clip_by_global_norm(gradients, 100.0)
        optimizer.apply_gradients(zip(gradients, layer.trainable_variables))

    optimizer.build(layer.trainable_variables)
    run = library.function(step) if compiled else step
    for _ in range(3):
        run()
    return np.asarray(layer.embeddings)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop", "adagrad", "adamw", "nadam", "adadelta"])
def test_optimizers(name, compiled, real):
    np.testing.assert_allclose(train(tf, name, compiled), train(real, name, compiled), rtol=1e-5)


def fit(library, tied):
    library.keras.utils.set_random_seed(3)
    layers = library.keras.layers

    class Model(library.keras.Model):
        def __init__(self):
            super().__init__()
            self.table = layers.Embedding(7, 4)
            self.out = layers.Dense(7, activation=library.nn.softmax)

        def call(self, x):
            x = self.table(x)
            if tied:
                return library.nn.softmax(library.matmul(x, self.table.embeddings, transpose_b=True))
            return self.out(x)

    model = Model()
    x = np.random.RandomState(0).randint(0, 5, (64, 6))
    # Some rows of labels are all zero, as padding leaves them.
    y = np.eye(8, dtype="float32")[np.random.RandomState(1).randint(0, 8, (64, 6))][..., :7]
    model.compile(library.keras.optimizers.Adam(0.01), "categorical_crossentropy")
    return model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]


@pytest.mark.parametrize("tied", [False, True])
def test_fit(tied, real):
    np.testing.assert_allclose(fit(tf, tied), fit(real, tied), rtol=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_saturated_outputs_use_the_logits(activation, real):
    def loss(library):
        model = library.keras.Sequential([library.keras.layers.Input((2,)), library.keras.layers.Dense(2, activation, kernel_initializer="ones")])
        model.compile("sgd", "binary_crossentropy" if activation == "sigmoid" else "sparse_categorical_crossentropy")
        x = np.array([[60.0, 10.0], [-80.0, 3.0]], "float32")
        y = np.array([[0.0, 1.0], [1.0, 0.0]]) if activation == "sigmoid" else np.array([0, 1])
        return model.evaluate(x, y, verbose=0)

    np.testing.assert_allclose(loss(tf), loss(real), rtol=1e-6)
