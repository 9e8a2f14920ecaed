"""Denoising diffusion on points of a curve: draws without a seed inside and outside of train_step."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(11)
angles = np.linspace(0, 2 * math.pi, 64, endpoint=False)
points = np.stack([np.cos(angles), np.sin(2 * angles)], axis=1).astype("float32")


@keras.saving.register_keras_serializable()
def embed(times):
    speeds = ops.exp(ops.linspace(0.0, math.log(50.0), 4))
    return ops.concatenate([ops.sin(times * speeds), ops.cos(times * speeds)], axis=-1)


def rates(times):
    start, end = math.acos(0.95), math.acos(0.02)
    angle = start + times * (end - start)
    return ops.sin(angle), ops.cos(angle)


def network():
    noisy, times = keras.Input((2,)), keras.Input((1,))
    x = layers.Concatenate()([noisy, layers.Lambda(embed, output_shape=(8,))(times)])
    for width in (24, 24):
        x = layers.Dense(width, activation="swish")(x)
    return keras.Model([noisy, times], layers.Dense(2, kernel_initializer="zeros")(x), name="denoiser")


class Diffusion(keras.Model):
    def __init__(self):
        super().__init__()
        self.scale = layers.Normalization()
        self.net = network()
        self.slow = keras.models.clone_model(self.net)
        self.slow.set_weights(self.net.get_weights())
        self.noise_loss = keras.metrics.Mean(name="noise")

    @property
    def metrics(self):
        return [self.noise_loss]

    def loss_of(self, net, x, training):
        noise = keras.random.normal(ops.shape(x))
        times = keras.random.uniform((ops.shape(x)[0], 1))
        a, b = rates(times)
        return self.loss(noise, net([b * x + a * noise, times], training=training))

    def train_step(self, x):
        x = self.scale(x)
        with tf.GradientTape() as tape:
            loss = self.loss_of(self.net, x, True)
        weights = self.net.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        for fast, slow in zip(self.net.weights, self.slow.weights):
            slow.assign(0.9 * slow + 0.1 * fast)
        self.noise_loss.update_state(loss)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, x):
        self.noise_loss.update_state(self.loss_of(self.slow, self.scale(x), False))
        return {m.name: m.result() for m in self.metrics}

    def sample(self, count, steps):
        x = keras.random.normal((count, 2))
        for step in range(steps):
            times = ops.ones((count, 1)) * (1 - step / steps)
            a, b = rates(times)
            noise = self.slow([x, times], training=False)
            clean = (x - a * noise) / b
            a, b = rates(times - 1 / steps)
            x = b * clean + a * noise
        return clean


data = tf.data.Dataset.from_tensor_slices(points).shuffle(64, seed=1).batch(16, drop_remainder=True)
model = Diffusion()
model.scale.adapt(points)
print(np.round(np.abs(model.scale.mean), 4), np.round(model.scale.variance, 4))
model.compile(keras.optimizers.AdamW(0.01, weight_decay=1e-4), loss=keras.losses.MeanAbsoluteError())
shown = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, np.round(model.sample(2, 4), 3)))
history = model.fit(data, epochs=3, validation_data=data, verbose=0, callbacks=[shown])
for name, values in history.history.items():
    print(name, np.round(values, 4))

draw = tf.function(lambda: keras.random.uniform((2,)))
print(draw().numpy(), draw().numpy(), keras.random.uniform((2,)).numpy())
try:
    Diffusion().save_weights("points.weights.h5")
except ValueError as error:
    print(error)
