"""In what order the names of losses and metrics come out of fit, evaluate and the callbacks."""

import numpy as np
import tensorflow as tf
import keras

x = np.ones((4, 2), "float32")
y = x[:, :1]
inputs = keras.Input((2,))


class Constant(keras.Model):
    def test_step(self, data):
        return {"z": tf.constant(1.0), "b": {"y": tf.constant(2.0), "c": 3.0}, "a": tf.constant(3.0)}

    def train_step(self, data):
        return self.test_step(data)


class Nested(keras.Model):
    def test_step(self, data):
        super().test_step(data)
        return {m.name: m.result() for m in self.metrics}


class Extended(keras.Model):
    def test_step(self, data):
        return {**super().test_step(data), "zz": 1.0, "aa": 2.0}


class Printer(keras.callbacks.Callback):
    def on_test_end(self, logs):
        print("test end", list(logs))

    def on_epoch_end(self, epoch, logs):
        print("epoch end", list(logs))

    def on_test_batch_end(self, batch, logs):
        print("test batch", list(logs))

    def on_train_batch_end(self, batch, logs):
        print("train batch", list(logs))


model = Constant(inputs, keras.layers.Dense(1)(inputs))
model.compile("sgd", "mse")
print(model.evaluate(x, y, return_dict=True, verbose=0))
print(model.fit(x, y, verbose=0).history)
print(model.train_on_batch(x, y, return_dict=True))
for cls in (keras.Model, Nested, Extended):
    model = cls(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))
    model.compile("sgd", "mse", metrics=["mse", "mae"])
    print(cls.__name__, model.evaluate(x, y, return_dict=True, verbose=0), model.evaluate(x, y, verbose=0))
    print(model.test_on_batch(x, y, return_dict=True))
    print(list(model.fit(x, y, validation_data=(x, y), callbacks=[Printer()], verbose=0).history))
