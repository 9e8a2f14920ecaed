"""Overriding train_step and test_step: own losses, sample weights, metrics, gradients."""

import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(4)
rng = np.random.default_rng(0)
x = rng.random((160, 8)).astype("float32")
y = (x @ np.arange(8, dtype="float32")[:, None] / 8).astype("float32")
sw = rng.random((160, 1)).astype("float32")


class CustomModel(keras.Model):
    def train_step(self, data):
        if len(data) == 3:
            x, y, sample_weight = data
        else:
            sample_weight = None
            x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)
        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        self.optimizer.apply(gradients, trainable_vars)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred, sample_weight=sample_weight)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        for metric in self.metrics:
            if metric.name != "loss":
                metric.update_state(y, y_pred)
            else:
                metric.update_state(loss)
        return {m.name: m.result() for m in self.metrics}


inputs = keras.Input(shape=(8,))
outputs = keras.layers.Dense(1)(inputs)
model = CustomModel(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss=keras.losses.MeanSquaredError(), metrics=["mae"])
history = model.fit(x, y, epochs=2, sample_weight=sw, verbose=0, shuffle=False)
print({k: [round(v, 4) for v in vs] for k, vs in sorted(history.history.items())})
print({k: round(v, 4) for k, v in model.evaluate(x, y, verbose=0, return_dict=True).items()})


class LowLevel(keras.Model):
    """No compile arguments but the optimizer: everything else is the model's own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.mae_metric = keras.metrics.MeanAbsoluteError(name="mae")
        self.clip = 0.05

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = keras.losses.mean_squared_error(y, y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        gradients, norm = tf.clip_by_global_norm(gradients, self.clip)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        self.mae_metric.update_state(y, y_pred)
        return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result(), "grad_norm": norm}

    @property
    def metrics(self):
        return [self.loss_tracker, self.mae_metric]


inputs = keras.Input(shape=(8,))
hidden = keras.layers.Dense(4, activation="tanh")(inputs)
model = LowLevel(inputs, keras.layers.Dense(1)(hidden))
model.compile(optimizer=keras.optimizers.SGD(0.5))
history = model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(40), epochs=3, verbose=0)
for key in sorted(history.history):
    print(key, [f"{v:.4f}" for v in history.history[key]])


class Accumulating(keras.Model):
    """Gradients summed over two batches before they are applied."""

    def compile(self, **kwargs):
        super().compile(**kwargs)
        self.counter = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="counter")
        self.sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in self.trainable_variables]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        for s, g in zip(self.sums, tape.gradient(loss, self.trainable_variables)):
            s.assign_add(g)
        self.counter.assign_add(1)
        tf.cond(tf.equal(self.counter % 2, 0), self.apply_sums, lambda: None)
        return {"loss": loss}

    def apply_sums(self):
        for v, s in zip(self.trainable_variables, self.sums):
            v.assign_sub(0.1 * s / 2.0)
            s.assign(tf.zeros_like(s))


model = Accumulating(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
model.compile(loss="mse")
history = model.fit(x, y, batch_size=40, epochs=3, verbose=0, shuffle=False)
print([f"{v:.4f}" for v in history.history["loss"]], int(model.counter))
