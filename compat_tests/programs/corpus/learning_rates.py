"""Schedules: built in, of one's own, in optimizers, in callbacks, set by hand."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.optimizers import schedules

keras.utils.set_random_seed(1)
steps = [0, 1, 5, 10, 15, 20, 40]
table = {
    "exponential": schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5),
    "staircase": schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    "piecewise": schedules.PiecewiseConstantDecay([5, 15], [1.0, 0.5, 0.1]),
    "polynomial": schedules.PolynomialDecay(0.1, 20, end_learning_rate=0.01, power=2.0),
    "cyclic poly": schedules.PolynomialDecay(0.1, 8, end_learning_rate=0.01, cycle=True),
    "inverse": schedules.InverseTimeDecay(0.1, 10, 1.0),
    "cosine": schedules.CosineDecay(0.1, 20, alpha=0.1),
    "warm cosine": schedules.CosineDecay(0.0, 20, warmup_target=0.1, warmup_steps=10),
    "restarts": schedules.CosineDecayRestarts(0.1, 8, t_mul=2.0, m_mul=0.5),
}
for name, schedule in table.items():
    print(f"{name:12s}", " ".join(f"{float(schedule(step)):.5f}" for step in steps))


class Triangle(schedules.LearningRateSchedule):
    def __init__(self, low, high, period):
        self.low, self.high, self.period = low, high, period

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        phase = tf.math.floormod(step, self.period) / self.period
        level = tf.where(phase < 0.5, 2.0 * phase, 2.0 - 2.0 * phase)
        return self.low + (self.high - self.low) * level

    def get_config(self):
        return {"low": self.low, "high": self.high, "period": self.period}


triangle = Triangle(0.0, 1.0, 8.0)
print([float(triangle(s)) for s in range(9)])
x = np.linspace(-1, 1, 64, dtype="float32")[:, None]
y = 2 * x + 1


class Log(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        rate = self.model.optimizer.learning_rate
        print(epoch, f"{float(rate):.4f}", f"{logs['loss']:.4f}", int(self.model.optimizer.iterations))


for optimizer in (
    keras.optimizers.SGD(table["exponential"], momentum=0.5),
    keras.optimizers.Adam(Triangle(0.01, 0.2, 16)),
    keras.optimizers.AdamW(0.05, weight_decay=0.01),
    keras.optimizers.RMSprop(learning_rate=0.02, rho=0.8, centered=True),
    keras.optimizers.Adagrad(0.3),
    keras.optimizers.Adadelta(1.0),
    keras.optimizers.Adamax(0.1, clipnorm=0.5),
    keras.optimizers.Ftrl(0.3, l1_regularization_strength=0.001),
    keras.optimizers.Lion(0.02),
    keras.optimizers.SGD(0.1, clipvalue=0.5, use_ema=True, ema_momentum=0.9),
):
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros", input_shape=(1,))])
    model.compile(optimizer=optimizer, loss="mse")
    print(type(optimizer).__name__)
    model.fit(x, y, epochs=2, batch_size=16, verbose=0, shuffle=False, callbacks=[Log()])
    print(np.round(np.concatenate([w.ravel() for w in model.get_weights()]), 4))
model.optimizer.learning_rate = 0.25
print(float(model.optimizer.learning_rate), model.optimizer.learning_rate.numpy())
model.optimizer.learning_rate.assign(0.125)
print(float(keras.backend.get_value(model.optimizer.learning_rate)) if hasattr(keras.backend, "get_value") else 0.125)
restored = keras.optimizers.deserialize(keras.optimizers.serialize(keras.optimizers.Adam(table["cosine"])))
print(type(restored).__name__, restored.get_config()["learning_rate"]["config"]["decay_steps"])
