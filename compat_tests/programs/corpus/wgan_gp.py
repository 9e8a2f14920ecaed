"""WGAN-GP: gradient penalty, several critic steps per generator step, callback that samples."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras import backend as K

keras.utils.set_random_seed(5)
IMG = (8, 8, 1)
real = np.random.RandomState(0).rand(64, *IMG).astype("float32") * 2 - 1


def conv_block(x, filters, activation, seed, strides=(2, 2), use_bn=False, drop=False):
    x = layers.Conv2D(filters, (3, 3), strides=strides, padding="same", kernel_initializer=keras.initializers.HeUniform(seed=seed))(x)
    if use_bn:
        x = layers.BatchNormalization()(x)
    x = activation(x)
    return layers.Dropout(0.0)(x) if drop else x


def get_discriminator():
    img = layers.Input(shape=IMG)
    x = layers.ZeroPadding2D((1, 1))(img)
    x = conv_block(x, 8, layers.LeakyReLU(0.2), 1)
    x = conv_block(x, 16, layers.LeakyReLU(negative_slope=0.2), 2, drop=True)
    x = layers.Flatten()(x)
    return keras.models.Model(img, layers.Dense(1, kernel_initializer=keras.initializers.HeUniform(seed=9))(x), name="discriminator")


def get_generator():
    noise = layers.Input(shape=(4,))
    x = layers.Dense(2 * 2 * 8, use_bias=False, kernel_initializer=keras.initializers.HeUniform(seed=3))(noise)
    x = layers.BatchNormalization()(x)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Reshape((2, 2, 8))(x)
    x = layers.UpSampling2D((2, 2))(x)
    x = conv_block(x, 8, layers.LeakyReLU(0.2), 4, strides=(1, 1), use_bn=True)
    x = layers.UpSampling2D(size=2, interpolation="bilinear")(x)
    x = conv_block(x, 1, layers.Activation("tanh"), 5, strides=(1, 1))
    return keras.models.Model(noise, x, name="generator")


class WGAN(keras.Model):
    def __init__(self, discriminator, generator, latent_dim, discriminator_extra_steps=2, gp_weight=10.0):
        super().__init__()
        self.discriminator, self.generator = discriminator, generator
        self.latent_dim, self.d_steps, self.gp_weight = latent_dim, discriminator_extra_steps, gp_weight

    def compile(self, d_optimizer, g_optimizer, d_loss_fn, g_loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.d_loss_fn, self.g_loss_fn = d_optimizer, g_optimizer, d_loss_fn, g_loss_fn

    def gradient_penalty(self, batch_size, real_images, fake_images):
        alpha = tf.random.stateless_uniform([batch_size, 1, 1, 1], seed=[1, 2])
        diff = fake_images - real_images
        interpolated = real_images + alpha * diff
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(interpolated)
            pred = self.discriminator(interpolated, training=True)
        grads = gp_tape.gradient(pred, [interpolated])[0]
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1, 2, 3]))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real_images):
        if isinstance(real_images, tuple):
            real_images = real_images[0]
        batch_size = tf.shape(real_images)[0]
        for i in range(self.d_steps):
            z = tf.random.stateless_normal(shape=(batch_size, self.latent_dim), seed=[i, 3])
            with tf.GradientTape() as tape:
                fake = self.generator(z, training=True)
                d_cost = self.d_loss_fn(self.discriminator(real_images, training=True), self.discriminator(fake, training=True))
                gp = self.gradient_penalty(batch_size, real_images, fake)
                d_loss = d_cost + gp * self.gp_weight
            self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, self.discriminator.trainable_variables), self.discriminator.trainable_variables))
        z = tf.random.stateless_normal(shape=(batch_size, self.latent_dim), seed=[5, 5])
        with tf.GradientTape() as tape:
            g_loss = self.g_loss_fn(self.discriminator(self.generator(z, training=True), training=True))
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, self.generator.trainable_variables), self.generator.trainable_variables))
        return {"d_loss": d_loss, "g_loss": g_loss, "gp": gp}


class Monitor(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        z = tf.random.stateless_normal((2, self.model.latent_dim), seed=[0, 0])
        out = self.model.generator(z) * 127.5 + 127.5
        img = keras.utils.array_to_img(out.numpy()[0])
        img.save("generated_{epoch}.png".format(epoch=epoch))
        print(epoch, img.size, img.mode, sorted(logs))


d, g = get_discriminator(), get_generator()
d.summary()
wgan = WGAN(d, g, 4)
wgan.compile(
    d_optimizer=keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5, beta_2=0.9), g_optimizer=keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5, beta_2=0.9),
    d_loss_fn=lambda r, f: tf.reduce_mean(f) - tf.reduce_mean(r), g_loss_fn=lambda f: -tf.reduce_mean(f))
h = wgan.fit(real, batch_size=32, epochs=2, callbacks=[Monitor()], verbose=0, shuffle=False)
print({k: [f"{float(v):.3f}" for v in vs] for k, vs in h.history.items()})
wgan.generator.save_weights("g.weights.h5")
g2 = get_generator()
g2.load_weights("g.weights.h5")
z = tf.ones((1, 4))
print(np.allclose(g(z), g2(z)), K.epsilon(), K.image_data_format(), K.floatx())
