"""An autoencoder with a code book, in two ways: as a plain tf.Variable and as a layer's weight."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(7)
rng = np.random.default_rng(3)
images = rng.random((48, 8, 8, 1)).astype("float32") - 0.5


class CodeBook(layers.Layer):
    def __init__(self, codes, size, own=True, **kwargs):
        super().__init__(**kwargs)
        self.codes, self.size = codes, size
        draw = tf.random_uniform_initializer(-0.3, 0.3, seed=5)
        if own:
            self.table = self.add_weight(name="table", shape=(size, codes), initializer=keras.initializers.RandomUniform(-0.3, 0.3, seed=5))
        else:
            self.table = tf.Variable(draw((size, codes)), name="table")

    def nearest(self, flat):
        distances = tf.reduce_sum(flat**2, axis=1, keepdims=True) + tf.reduce_sum(self.table**2, axis=0) - 2 * flat @ self.table
        return tf.argmin(distances, axis=1)

    def call(self, x):
        flat = tf.reshape(x, [-1, self.size])
        chosen = tf.one_hot(self.nearest(flat), self.codes)
        found = tf.reshape(tf.matmul(chosen, self.table, transpose_b=True), tf.shape(x))
        self.add_loss(0.25 * tf.reduce_mean((tf.stop_gradient(found) - x) ** 2))
        self.add_loss(tf.reduce_mean((found - tf.stop_gradient(x)) ** 2))
        return x + tf.stop_gradient(found - x)


def build(own):
    start = keras.Input((8, 8, 1))
    x = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="down")(start)
    x = layers.Conv2D(4, 1, name="project")(x)
    x = CodeBook(12, 4, own, name="codes")(x)
    x = layers.Conv2DTranspose(6, 3, strides=2, padding="same", activation="relu", name="up")(x)
    return keras.Model(start, layers.Conv2D(1, 3, padding="same", name="pixels")(x))


class Trainer(keras.Model):
    def __init__(self, inner, variance):
        super().__init__()
        self.inner, self.variance = inner, variance
        self.total, self.rest = keras.metrics.Mean("total"), keras.metrics.Mean("rest")

    @property
    def metrics(self):
        return [self.total, self.rest]

    def train_step(self, x):
        with tf.GradientTape() as tape:
            y = self.inner(x, training=True)
            fit = tf.reduce_mean((x - y) ** 2) / self.variance
            loss = fit + sum(self.inner.losses)
        weights = self.inner.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.total.update_state(loss)
        self.rest.update_state(loss - fit)
        return {m.name: m.result() for m in self.metrics}


for own in (True, False):
    model = build(own)
    if own:
        model.summary()
    print([w.name for w in model.trainable_variables])
    trainer = Trainer(model, np.var(images))
    trainer.compile(keras.optimizers.Adam(0.01))
    history = trainer.fit(images, batch_size=12, epochs=3, shuffle=False, verbose=0).history
    for name, values in history.items():
        print(name, np.round(values, 3))
    table = model.get_layer("codes").table
    print("table", tuple(table.shape), np.round(tf.reduce_mean(tf.abs(table)).numpy(), 3), model.count_params())

squeezed = keras.layers.Lambda(lambda x: tf.squeeze(x, axis=0))(keras.Input((8, 4)))
print(squeezed.shape)
