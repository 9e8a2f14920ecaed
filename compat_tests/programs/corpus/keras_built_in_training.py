"""compile and fit: losses, metrics and data of all kinds, weights, callbacks."""

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


model = get_compiled_model()
print("Fit model on training data")
history = show(
    model.fit(x_train, y_train, batch_size=64, epochs=2, validation_data=(x_val, y_val), verbose=0)
)
print({k: np.round(v, 3).tolist() for k, v in history.history.items()})
results = model.evaluate(x_val, y_val, batch_size=128, verbose=0)
print("test loss, test acc:", results)
print("predictions shape:", model.predict(x_val[:3], verbose=0).shape)


def custom_mean_squared_error(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)


model = get_uncompiled_model()
model.compile(optimizer=keras.optimizers.Adam(), loss=custom_mean_squared_error)
y1h = tf.one_hot(y_train, depth=10)
show(model.fit(x_train, y1h, batch_size=64, epochs=1, verbose=0))


class CustomMSE(keras.losses.Loss):
    def __init__(self, regularization_factor=0.1, name="custom_mse"):
        super().__init__(name=name)
        self.regularization_factor = regularization_factor

    def call(self, y_true, y_pred):
        mse = tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)
        reg = tf.reduce_mean(tf.square(0.5 - y_pred), axis=-1)
        return mse + reg * self.regularization_factor


model = get_uncompiled_model()
model.compile(optimizer=keras.optimizers.Adam(), loss=CustomMSE())
show(model.fit(x_train, y1h, batch_size=64, epochs=1, verbose=0))


class CategoricalTruePositives(keras.metrics.Metric):
    def __init__(self, name="categorical_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_variable(shape=(), name="ctp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = tf.reshape(tf.argmax(y_pred, axis=1), (-1, 1))
        values = tf.cast(y_true, "int32") == tf.cast(y_pred, "int32")
        values = tf.cast(values, "float32")
        if sample_weight is not None:
            sample_weight = tf.cast(sample_weight, "float32")
            values = tf.multiply(values, sample_weight)
        self.true_positives.assign_add(tf.reduce_sum(values))

    def result(self):
        return self.true_positives.value

    def reset_state(self):
        self.true_positives.assign(0)


model = get_uncompiled_model()
model.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=[CategoricalTruePositives()],
)
show(model.fit(x_train, y_train, batch_size=64, epochs=3, verbose=0))


class ActivityRegularizationLayer(layers.Layer):
    def call(self, inputs):
        self.add_loss(tf.reduce_sum(inputs) * 0.1)
        return inputs


inputs = keras.Input(shape=(20,), name="digits")
x = layers.Dense(64, activation="relu", name="dense_1")(inputs)
x = ActivityRegularizationLayer()(x)
outputs = layers.Dense(10, name="predictions")(x)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
show(model.fit(x_train, y_train, batch_size=64, epochs=1, verbose=0))
train_dataset = (
    tf.data.Dataset.from_tensor_slices((x_train, y_train))
    .shuffle(buffer_size=1024, seed=3)
    .batch(64)
)
val_dataset = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(64)
model = get_compiled_model()
show(model.fit(train_dataset, epochs=2, validation_data=val_dataset, verbose=0))


class ExamplePyDataset(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return int(np.ceil(len(self.x) / float(self.batch_size)))

    def __getitem__(self, idx):
        return self.x[idx * self.batch_size : (idx + 1) * self.batch_size], self.y[
            idx * self.batch_size : (idx + 1) * self.batch_size
        ]


train_py = ExamplePyDataset(x_train, y_train, batch_size=32)
val_py = ExamplePyDataset(x_val, y_val, batch_size=32)
show(model.fit(train_py, batch_size=64, validation_data=val_py, epochs=1, shuffle=False, verbose=0))
print(np.round(model.evaluate(val_py, verbose=0), 3))
class_weight = {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0, 5: 2.0, 6: 1.0, 7: 1.0, 8: 1.0, 9: 1.0}
print("Fit with class weight")
model = get_compiled_model()
show(model.fit(x_train, y_train, class_weight=class_weight, batch_size=64, epochs=1, verbose=0))
sample_weight = np.ones(shape=(len(y_train),))
sample_weight[y_train == 5] = 2.0
print("Fit with sample weight")
