"""Mixed precision: layers compute in 16 bits, weights stay in 32.

The same convolutional network learns scikit-learn's handwritten digits in float32 and, with `fit`,
under the policy "mixed_bfloat16"; then under "mixed_float16" in a training loop of its own, where a
LossScaleOptimizer keeps small gradients from becoming zero.
"""

import argparse

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import keras
from tensorflow.keras import layers, mixed_precision

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--width", type=int, default=16, help="channels of the first convolution")
arguments = parser.parse_args()

digits = load_digits()
images = (digits.images / 16.0).astype("float32")[..., None]
labels = digits.target.astype("int64")
train, test = slice(0, 1408), slice(1408, None)


def make_model():
    keras.utils.set_random_seed(3)
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(arguments.width, 3, activation="relu", name="first"),
        layers.Conv2D(2 * arguments.width, 3, activation="relu", name="second"),
        layers.Flatten(),
        layers.Dense(64, activation="relu", name="hidden"),
        # The last layer computes in float32: losses of 16-bit logits are inexact.
        layers.Dense(10, dtype="float32", name="logits"),
    ])


def fit(policy):
    mixed_precision.set_global_policy(policy)
    model = make_model()
    model.compile(
        keras.optimizers.Adam(3e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images[train], labels[train], batch_size=64, epochs=arguments.epochs, shuffle=False, verbose=0)
    accuracy = model.evaluate(images[test], labels[test], batch_size=64, verbose=0)[1]
    hidden = model.get_layer("hidden")
    print(f"{policy}: computes in {hidden.compute_dtype}, keeps {hidden.variable_dtype}, "
          f"gives {model(images[:1]).dtype.name}; test accuracy {accuracy:.2f}")


def own_loop():
    mixed_precision.set_global_policy("mixed_float16")
    model = make_model()
    optimizer = mixed_precision.LossScaleOptimizer(keras.optimizers.Adam(3e-3), dynamic_growth_steps=20)
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    batches = tf.data.Dataset.from_tensor_slices((images[train], labels[train])).batch(64)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_function(y, model(x, training=True))
            scaled = optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    for _ in range(arguments.epochs):
        for x, y in batches:
            step(x, y)
    predicted = np.argmax(model.predict(images[test], batch_size=64, verbose=0), axis=1)
    print(f"mixed_float16, own loop: test accuracy {np.mean(predicted == labels[test]):.2f}, "
          f"scale grew to at least 2**16: {float(optimizer.dynamic_scale) >= 2.0**16}")
    steps, scale = int(optimizer.iterations), float(optimizer.dynamic_scale)
    bad = [tf.fill(v.shape, np.float32("nan")) for v in model.trainable_variables]
    optimizer.apply_gradients(zip(bad, model.trainable_variables))
    print("a step with NaN gradients is skipped:", int(optimizer.iterations) == steps,
          "and halves the scale:", float(optimizer.dynamic_scale) == scale / 2)


for name in ("float32", "mixed_bfloat16"):
    fit(name)
own_loop()
