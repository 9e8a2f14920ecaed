"""Models with several outputs: losses, metrics and weights of each; callbacks of fit."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def show(history):
    print({k: [float(f"{v:.4g}") for v in values] for k, values in history.history.items()})
    return history


keras.utils.set_random_seed(4)
rng = np.random.RandomState(0)
x_train = rng.rand(400, 20).astype("float32")
y_train = rng.randint(0, 10, 400)
x_val, y_val = x_train[-50:], y_train[-50:]
x_train, y_train = x_train[:-50], y_train[:-50]


def get_uncompiled_model():
    inputs = keras.Input(shape=(20,), name="digits")
    x = layers.Dense(64, activation="relu", name="dense_1")(inputs)
    x = layers.Dense(64, activation="relu", name="dense_2")(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    return keras.Model(inputs=inputs, outputs=outputs)


def get_compiled_model():
    model = get_uncompiled_model()
    model.compile(
        optimizer="rmsprop",
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


image_input = keras.Input(shape=(8, 8, 3), name="img_input")
timeseries_input = keras.Input(shape=(None, 10), name="ts_input")
x1 = layers.Conv2D(3, 3)(image_input)
x1 = layers.GlobalMaxPooling2D()(x1)
x2 = layers.Conv1D(3, 3)(timeseries_input)
x2 = layers.GlobalMaxPooling1D()(x2)
x = layers.concatenate([x1, x2])
score_output = layers.Dense(1, name="score_output")(x)
class_output = layers.Dense(5, name="class_output")(x)
model = keras.Model(inputs=[image_input, timeseries_input], outputs=[score_output, class_output])
img_data = rng.random_sample(size=(100, 8, 8, 3))
ts_data = rng.random_sample(size=(100, 20, 10))
score_targets = rng.random_sample(size=(100, 1))
class_targets = rng.random_sample(size=(100, 5))
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss=[keras.losses.MeanSquaredError(), keras.losses.CategoricalCrossentropy(from_logits=True)],
    metrics=[
        [keras.metrics.MeanAbsolutePercentageError(), keras.metrics.MeanAbsoluteError()],
        [keras.metrics.CategoricalAccuracy()],
    ],
)
h = show(
    model.fit(
        [img_data, ts_data], [score_targets, class_targets], batch_size=32, epochs=1, verbose=0
    )
)
print(list(h.history))
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "score_output": keras.losses.MeanSquaredError(),
        "class_output": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    metrics={"score_output": ["mae", "mse"], "class_output": [keras.metrics.CategoricalAccuracy()]},
    loss_weights={"score_output": 2.0, "class_output": 1.0},
)
h = show(
    model.fit(
        {"img_input": img_data, "ts_input": ts_data},
        {"score_output": score_targets, "class_output": class_targets},
        batch_size=32,
        epochs=1,
        verbose=0,
    )
)
print(list(h.history))
print([m.name for m in model.metrics])
print(
    model.evaluate([img_data, ts_data], [score_targets, class_targets], verbose=0, return_dict=True)
)
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss=[None, keras.losses.CategoricalCrossentropy(from_logits=True)],
)
dsm = tf.data.Dataset.from_tensor_slices(
    (
        {"img_input": img_data, "ts_input": ts_data},
        {"score_output": score_targets, "class_output": class_targets},
    )
).batch(64)
model.compile(optimizer="sgd", loss={"score_output": "mse", "class_output": "mae"})
show(model.fit(dsm, epochs=1, verbose=0))
model = get_compiled_model()
cbs = [keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=1e-2, patience=2, verbose=1)]
model.fit(
    x_train, y_train, epochs=20, batch_size=64, callbacks=cbs, validation_split=0.2, verbose=0
)


class LossHistory(keras.callbacks.Callback):
    def on_train_begin(self, logs):
        self.per_batch_losses = []

    def on_batch_end(self, batch, logs):
        self.per_batch_losses.append(logs.get("loss"))


lh = LossHistory()
model = get_compiled_model()
model.fit(x_train, y_train, epochs=1, batch_size=64, callbacks=[lh], verbose=0)
print(np.round(lh.per_batch_losses, 4))
cp = keras.callbacks.ModelCheckpoint(
    filepath="mymodel_{epoch}.keras", save_best_only=True, monitor="val_loss", verbose=1
)
model.fit(
    x_train, y_train, epochs=2, batch_size=64, callbacks=[cp], validation_split=0.2, verbose=0
)
lr_schedule = keras.optimizers.schedules.ExponentialDecay(
    0.1, decay_steps=100000, decay_rate=0.96, staircase=True
)
optimizer = keras.optimizers.RMSprop(learning_rate=lr_schedule)
print(optimizer.get_config())
import os

print(sorted(os.listdir(".")))
