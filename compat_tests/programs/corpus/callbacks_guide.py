"""Which callback method is called when, with which logs; built-in callbacks that print."""

import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(0)
x = np.random.RandomState(0).rand(160, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)


def get_model(rate=0.05):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=rate), loss="mean_squared_error",
                  metrics=["mean_absolute_error"])
    return model


class CustomCallback(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("Starting training; got log keys: {}".format(list(logs.keys())))

    def on_train_end(self, logs=None):
        print("Stop training; got log keys: {}".format(sorted(logs.keys())))

    def on_epoch_begin(self, epoch, logs=None):
        print("Start epoch {} of training; got log keys: {}".format(epoch, list(logs.keys())))

    def on_epoch_end(self, epoch, logs=None):
        print("End epoch {} of training; got log keys: {}".format(epoch, sorted(logs.keys())))

    def on_test_begin(self, logs=None):
        print("Start testing; got log keys: {}".format(list(logs.keys())))

    def on_test_end(self, logs=None):
        print("Stop testing; got log keys: {}".format(sorted(logs.keys())))

    def on_predict_begin(self, logs=None):
        print("Start predicting; got log keys: {}".format(list(logs.keys())))

    def on_predict_end(self, logs=None):
        print("Stop predicting; got log keys: {}".format(list(logs.keys())))

    def on_train_batch_begin(self, batch, logs=None):
        print("...Training: start of batch {}; got log keys: {}".format(batch, list(logs.keys())))

    def on_train_batch_end(self, batch, logs=None):
        print("...Training: end of batch {}; got log keys: {}".format(batch, sorted(logs.keys())))

    def on_test_batch_end(self, batch, logs=None):
        print("...Evaluating: end of batch {}; loss {:.3f}".format(batch, logs["loss"]))

    def on_predict_batch_end(self, batch, logs=None):
        print("...Predicting: end of batch {}; got log keys: {}".format(batch, list(logs.keys())))


model = get_model()
model.fit(x, y, batch_size=64, epochs=1, verbose=0, validation_split=0.5, callbacks=[CustomCallback()])
model.evaluate(x, y, batch_size=100, verbose=0, callbacks=[CustomCallback()])
model.predict(x, batch_size=100, verbose=0, callbacks=[CustomCallback()])


def scheduler(epoch, lr):
    return lr if epoch < 2 else lr * 0.5


model = get_model()
model.fit(x, y, epochs=4, verbose=0, callbacks=[keras.callbacks.LearningRateScheduler(scheduler, verbose=1)])
print("learning rate:", round(float(model.optimizer.learning_rate), 5))


class StopAtHalf(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            print("stopping at batch", batch, "of", self.params["steps"], "epochs", self.params["epochs"])
            self.model.stop_training = True


history = get_model().fit(x, y, epochs=3, verbose=0, callbacks=[StopAtHalf()])
print(history.epoch, sorted(history.history), history.params)

batch_print = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, round(logs["loss"], 4)))
plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.2, patience=1, min_delta=10.0, verbose=1)
stop = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=10.0, patience=2, verbose=1, mode="min",
                                     restore_best_weights=True)
model = get_model()
model.fit(x, y, epochs=20, verbose=0, validation_data=(x[:32], y[:32]), callbacks=[batch_print, plateau, stop])
print("stopped", stop.stopped_epoch, "best", stop.best_epoch, f"{stop.best:.4f}")
print(f"{model.evaluate(x[:32], y[:32], verbose=0)[0]:.4f}")

