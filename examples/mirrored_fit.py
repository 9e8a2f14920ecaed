"""MirroredStrategy with `fit`: a convolutional network with batch normalisation on handwritten digits.

Trains on all GPUs, or on two virtual CPU devices where there is none.
"""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import layers

if not tf.config.list_physical_devices("GPU"):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
else:
    strategy = tf.distribute.MirroredStrategy()
print(f"replicas: {strategy.num_replicas_in_sync}")

digits = load_digits()
images = (digits.images[..., None] / 16.0).astype("float32")
train = (
    tf.data.Dataset.from_tensor_slices((images[:1500], digits.target[:1500]))
    .shuffle(1500, seed=1)
    .batch(64)
)
test = tf.data.Dataset.from_tensor_slices((images[1500:], digits.target[1500:])).batch(64)

tf.keras.utils.set_random_seed(0)
with strategy.scope():
    model = tf.keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.SGD(0.05, momentum=0.9),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

# The batch size is the global one: each replica takes its share of 64 images.
history = model.fit(train, epochs=3, verbose=0)
for epoch, (loss, accuracy) in enumerate(
    zip(history.history["loss"], history.history["accuracy"]), 1
):
    print(f"epoch {epoch}: loss {loss:.2f}, accuracy {accuracy:.2f}")
_, accuracy = model.evaluate(test, verbose=0)
print(f"test accuracy: {accuracy:.2f}")
predictions = model.predict(test, verbose=0)
print(
    f"predictions: {predictions.shape}, agree with evaluate: {abs(np.mean(predictions.argmax(-1) == digits.target[1500:]) - accuracy) < 0.02}"
)
