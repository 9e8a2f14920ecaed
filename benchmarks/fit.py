"""`model.fit` of three small models, per step: TensorFlow, tfjax, and Keras 3 on JAX.

A Keras program (`import keras`); prints {workload: microseconds}.
"""

import json
import os
import sys

import keras
from keras import layers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import models
from harness import median_us


def fit(model, data, loss):
    inputs, labels = data
    model.compile("adam", loss)

    def epoch():
        model.fit(inputs, labels, batch_size=32, epochs=1, verbose=0)

    for _ in range(2):
        epoch()
    return median_us(epoch, number=1, repeats=9) / -(-len(inputs) // 32)


mlp = keras.Sequential([
    layers.Input((784,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
cnn = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
lstm = keras.Sequential([layers.Input((64, 16)), layers.LSTM(64), layers.Dense(1)])
print(json.dumps({
    "fit, MLP 784-128-10, a step": fit(mlp, models.mlp_data(), "sparse_categorical_crossentropy"),
    "fit, example CNN, a step": fit(cnn, models.cnn_data(), "sparse_categorical_crossentropy"),
    "fit, LSTM(64) over 64 steps, a step": fit(lstm, models.lstm_data(), "mse"),
}))
