"""A small convolutional network on handwritten digits: train, save, load, evaluate.

The data are scikit-learn's 8x8 digits; with --mnist the 28x28 ones (downloaded).
"""

import tensorflow as tf

import argparse

import numpy as np
from tensorflow.keras import layers

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--mnist", action="store_true")
parser.add_argument("--save-to", default="my_model")
args = parser.parse_args()

tf.keras.utils.set_random_seed(0)
if args.mnist:
    (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
    x_train, x_test = x_train[..., None] / 255.0, x_test[..., None] / 255.0
else:
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = (digits.images[..., None] / 16.0).astype("float32")
    x_train, x_test, y_train, y_test = x[:1500], x[1500:], digits.target[:1500], digits.target[1500:]

model = tf.keras.Sequential([
    layers.Input(x_train.shape[1:]),
    layers.Conv2D(32, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=args.epochs, batch_size=32, verbose=0)
for epoch, (loss, accuracy) in enumerate(zip(history.history["loss"], history.history["accuracy"]), 1):
    print(f"epoch {epoch}: loss {loss:.3f}, accuracy {accuracy:.3f}")
_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy: {accuracy:.4f}")

model.save(args.save_to)
restored = tf.keras.models.load_model(args.save_to)
_, again = restored.evaluate(x_test, y_test, verbose=0)
print(f"restored test accuracy: {again:.4f}")
assert np.isclose(accuracy, again)
