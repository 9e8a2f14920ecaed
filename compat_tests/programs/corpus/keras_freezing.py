"""Frozen layers and batch normalisation in transfer learning."""

import numpy as np
import tensorflow as tf
from tensorflow import keras


def show(history):
    print({k: [float(f"{v:.4g}") for v in values] for k, values in history.history.items()})
    return history


keras.utils.set_random_seed(7)
layer = keras.layers.Dense(3)
layer.build((None, 4))
print("weights:", len(layer.weights))
print("trainable_weights:", len(layer.trainable_weights))
print("non_trainable_weights:", len(layer.non_trainable_weights))
layer = keras.layers.BatchNormalization()
layer.build((None, 4))
print("weights:", len(layer.weights))
print("trainable_weights:", len(layer.trainable_weights))
print("non_trainable_weights:", len(layer.non_trainable_weights))
layer = keras.layers.Dense(3)
layer.build((None, 4))
layer.trainable = False
print(
    "weights:", len(layer.weights), len(layer.trainable_weights), len(layer.non_trainable_weights)
)
layer1 = keras.layers.Dense(3, activation="relu")
layer2 = keras.layers.Dense(3, activation="sigmoid")
model = keras.Sequential([keras.Input(shape=(3,)), layer1, layer2])
layer1.trainable = False
initial = layer1.get_weights()
model.compile(optimizer="adam", loss="mse")
show(model.fit(np.random.random((2, 3)), np.random.random((2, 3)), verbose=0))
np.testing.assert_allclose(initial[0], layer1.get_weights()[0])
inner_model = keras.Sequential(
    [
        keras.Input(shape=(3,)),
        keras.layers.Dense(3, activation="relu"),
        keras.layers.Dense(3, activation="relu"),
    ]
)
model = keras.Sequential(
    [keras.Input(shape=(3,)), inner_model, keras.layers.Dense(3, activation="sigmoid")]
)
model.trainable = False
print(inner_model.trainable, inner_model.layers[0].trainable)
base_model = keras.Sequential(
    [
        keras.Input((16, 16, 3)),
        keras.layers.Conv2D(8, 3, strides=2),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.Conv2D(8, 3),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
    ],
    name="basenet",
)
base_model.trainable = False
base_model.summary(show_trainable=True)
inputs = keras.Input(shape=(16, 16, 3))
x = keras.layers.Rescaling(scale=1 / 127.5, offset=-1)(inputs)
x = base_model(x, training=False)
x = keras.layers.GlobalAveragePooling2D()(x)
x = keras.layers.Dropout(0.2)(x)
outputs = keras.layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.summary(show_trainable=True)
model.compile(
    optimizer=keras.optimizers.Adam(),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy()],
)
rng = np.random.RandomState(0)
X = rng.rand(96, 16, 16, 3).astype("float32") * 255
Y = (X.mean((1, 2, 3)) > 127.5).astype("float32")
ds = tf.data.Dataset.from_tensor_slices((X, Y)).batch(32).prefetch(2)
print("Fitting the top layer of the model")
before = [w.copy() for w in base_model.get_weights()]
show(model.fit(ds, epochs=2, validation_data=ds, verbose=0))
print(all(np.array_equal(a, b) for a, b in zip(before, base_model.get_weights())))
base_model.trainable = True
model.summary(show_trainable=True)
model.compile(
    optimizer=keras.optimizers.Adam(1e-5),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy()],
)
show(model.fit(ds, epochs=1, validation_data=ds, verbose=0))
print([np.array_equal(a, b) for a, b in zip(before, base_model.get_weights())])
for l in base_model.layers[:3]:
    l.trainable = False
print(len(model.trainable_variables), len(base_model.trainable_variables))
model.compile(
    optimizer=keras.optimizers.SGD(1e-4, momentum=0.9),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
show(model.fit(ds, epochs=1, verbose=0))
print(
    base_model.get_layer(index=0).name.startswith("conv2d"),
    [l.trainable for l in base_model.layers],
)
