"""A transformer whose weights are split over several devices with keras.distribution.

It tells scikit-learn's handwritten digits apart, read as 64 tokens of 17 shades of grey. The tables
and the MLPs are split along the mesh axis "model", batches along "batch"; the last lines compare the
losses with those of the same model on one device.

Real Keras splits models on its JAX backend only: KERAS_BACKEND=jax python model_parallel.py
"""

import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--devices", type=int, default=4, help="virtual CPU devices, where there is no GPU")
parser.add_argument("--data-parallel", action="store_true", help="whole copies on all devices instead")
arguments = parser.parse_args()
os.environ.setdefault("XLA_FLAGS", f"--xla_force_host_platform_device_count={arguments.devices}")

import keras
import numpy as np
from keras import distribution, layers, ops
from sklearn.datasets import load_digits


class SelfAttention(layers.Layer):
    def __init__(self, heads, size, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.size = heads, size
        self.projections = [layers.Dense(heads * size, name=name) for name in ("query", "key", "value")]
        self.mix = layers.Dense(heads * size, name="mix")

    def build(self, input_shape):
        for part in (*self.projections, self.mix):
            part.build((*input_shape[:-1], self.heads * self.size))

    def call(self, x):
        shape = (-1, x.shape[1], self.heads, self.size)
        query, key, value = (ops.reshape(dense(x), shape) for dense in self.projections)
        weights = ops.softmax(ops.einsum("bqhd,bkhd->bhqk", query, key) / self.size**0.5)
        return self.mix(ops.reshape(ops.einsum("bhqk,bkhd->bqhd", weights, value), ops.shape(x)))


def make_model():
    keras.utils.set_random_seed(7)
    tokens = keras.Input((64,), dtype="int32", name="tokens")
    positions = keras.Input((64,), dtype="int32", name="positions")
    x = layers.Embedding(17, 32, name="shades")(tokens)
    x = x + layers.Embedding(64, 32, name="places")(positions)
    for number in range(2):
        attention = SelfAttention(4, 8, name=f"attention_{number}")
        x = layers.LayerNormalization(name=f"norm_{number}a")(x + attention(x))
        hidden = layers.Dense(128, activation="gelu", name=f"mlp_{number}_in")(x)
        hidden = layers.Dense(32, name=f"mlp_{number}_out")(hidden)
        x = layers.LayerNormalization(name=f"norm_{number}b")(x + hidden)
    x = layers.GlobalAveragePooling1D()(x)
    model = keras.Model([tokens, positions], layers.Dense(10, name="logits")(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return model


def make_distribution():
    devices = distribution.list_devices()
    if arguments.data_parallel:
        return distribution.DataParallel(devices=devices)
    model_axis = len(devices) // 2 if len(devices) % 2 == 0 else len(devices)
    mesh = distribution.DeviceMesh((len(devices) // model_axis, model_axis), ["batch", "model"], devices)
    layout = distribution.LayoutMap(mesh)
    layout["(shades|places)/embeddings"] = (None, "model")
    layout["mlp_.*_in/kernel"] = (None, "model")
    layout["mlp_.*_in/bias"] = ("model",)
    layout["mlp_.*_out/kernel"] = ("model", None)
    return distribution.ModelParallel(layout_map=layout, batch_dim_name="batch")


digits = load_digits()
tokens = digits.data.astype("int32")
positions = np.tile(np.arange(64, dtype="int32"), (len(tokens), 1))
# Real Keras insists on batches that the devices can share evenly.
train, test = slice(0, 1408), slice(1408, 1792)


def run():
    model = make_model()
    history = model.fit(
        [tokens[train], positions[train]], digits.target[train], batch_size=64, epochs=arguments.epochs,
        shuffle=False, verbose=0,
    )
    accuracy = model.evaluate([tokens[test], positions[test]], digits.target[test], batch_size=64, verbose=0)[1]
    return model, history.history["loss"], accuracy


single, expected, _ = run()
distribution.set_distribution(make_distribution())
print("devices:", len(distribution.list_devices()), distribution.distribution())
model, losses, accuracy = run()
for variable in model.trainable_variables:
    if variable.path in ("shades/embeddings", "mlp_0_in/kernel", "mlp_0_out/kernel", "logits/kernel"):
        layout = distribution.distribution().get_variable_layout(variable)
        print(variable.path, tuple(variable.shape), "split as", layout.axes)
print("losses:", " ".join(f"{loss:.4f}" for loss in losses))
worst = max(abs(a - b) / abs(b) for a, b in zip(losses, expected))
print("same as on one device to 1e-3:", worst < 1e-3)
print(f"test accuracy: {accuracy:.2f}")
