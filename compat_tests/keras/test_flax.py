"""Keras models are Flax modules: nnx.split, merge, state, jit, value_and_grad and nnx.Optimizer."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

import tfjax as tf

layers = tf.keras.layers
X = np.random.RandomState(0).rand(16, 4).astype("float32")
Y = np.random.RandomState(1).rand(16, 2).astype("float32")


class Blocks(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [layers.Dense(4), layers.Dense(3)]
        self.heads = {"a": layers.Dense(2)}
        self.scale = tf.Variable(2.0)
        self.inner = nnx.Linear(3, 3, rngs=nnx.Rngs(0))

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.heads["a"](tf.constant(self.inner(x.jax()))) * self.scale


def functional():
    start = tf.keras.Input((4,))
    x = layers.Dropout(0.5)(layers.BatchNormalization()(layers.Dense(8, activation="relu")(start)))
    return tf.keras.Model(start, layers.Dense(2)(layers.Add()([x, layers.Dense(8)(start)])))


MODELS = {
    "functional": functional,
    "sequential": lambda: tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(3), tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(2)])]),
    "subclass": Blocks,
}


@pytest.mark.parametrize("name", MODELS)
def test_split_and_merge(name):
    model = MODELS[name]()
    before = np.asarray(model(X))
    graph, state = nnx.split(model)
    twin = nnx.merge(graph, state, copy=True)
    np.testing.assert_array_equal(np.asarray(twin(X)), before)
    assert [(w.name, w.shape) for w in twin.weights] == [(w.name, w.shape) for w in model.weights]
    assert nnx.split(model)[0] == graph and hash(nnx.split(model)[0]) == hash(graph)
    twin.set_weights([w * 0 for w in twin.get_weights()])
    np.testing.assert_array_equal(np.asarray(model(X)), before)
    assert not np.asarray(twin(X)).any()


@pytest.mark.parametrize("name", MODELS)
def test_training_with_optax_through_nnx(name):
    model = MODELS[name]()
    model(X)
    optimizer = nnx.Optimizer(model, optax.adam(1e-2), wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer):
        def loss(model):
            return jnp.mean((model(X, training=True).jax() - Y) ** 2)

        value, gradient = nnx.value_and_grad(loss)(model)
        optimizer.update(model, gradient)
        return value

    losses = [float(step(model, optimizer)) for _ in range(12)]
    assert losses[-1] < losses[0]
    model.compile("adam", "mse")
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])


def test_a_seed_generator_and_moving_averages_are_state():
    model = functional()
    before = [np.array(v) for v in model.non_trainable_variables]
    nnx.jit(lambda model: model(X, training=True).jax())(model)
    assert all((a != np.array(v)).any() for a, v in zip(before, model.non_trainable_variables, strict=True))
