"""Trains on 4 virtual CPU devices in several ways; prints what the tests look at, as JSON."""

import json
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"

import jax
import numpy as np

import tfjax as tf

keras, distribution = tf.keras, tf.keras.distribution
layers, ops = keras.layers, keras.ops
compilations = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *rest, **more: compilations.append(event) if "backend_compile" in event else None
)


class Attention(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.query, self.key, self.value = (layers.Dense(16, name=n) for n in ("query", "key", "value"))

    def build(self, shape):
        for part in (self.query, self.key, self.value):
            part.build(shape)

    def call(self, x):
        weights = ops.softmax(ops.einsum("bqd,bkd->bqk", self.query(x), self.key(x)) / 4.0)
        return ops.einsum("bqk,bkd->bqd", weights, self.value(x))


def transformer():
    tokens = keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 16, name="table")(tokens)
    for i in range(2):
        x = layers.LayerNormalization(name=f"norm_{i}")(x + Attention(name=f"attention_{i}")(x))
        x = x + layers.Dense(16, name=f"mlp_{i}_out")(layers.Dense(32, activation="relu", name=f"mlp_{i}_in")(x))
    return keras.Model(tokens, layers.Dense(5, name="head")(layers.Flatten()(x)))


def cnn():
    return keras.Sequential([
        layers.Input((6, 1)), layers.Conv1D(8, 3, use_bias=False, name="conv"), layers.BatchNormalization(name="norm"),
        layers.Dropout(0.25, seed=1), layers.Flatten(), layers.Dense(5, name="head"),
    ], name="cnn")


def model_parallel(shape=(1, 4)):
    mesh = distribution.DeviceMesh(shape, ["batch", "model"])
    layout = distribution.LayoutMap(mesh)
    layout["table/embeddings"] = ("model", None)
    layout[".*mlp_._in/kernel"] = (None, "model")
    layout[".*mlp_._in/bias"] = ("model",)
    layout[".*mlp_._out/kernel"] = ("model", None)
    layout["mlp_.*_in/output"] = ("batch", None, "model")
    return distribution.ModelParallel(layout_map=layout, batch_dim_name="batch")


random = np.random.RandomState(0)
x, y = random.randint(0, 20, (96, 6)).astype("int32"), random.randint(0, 5, 96)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def build(make):
    keras.utils.set_random_seed(3)
    model = make()
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def fit(make, chosen, source="arrays", batch=32, epochs=3):
    """Losses of a fit, the model, and how many programs the epochs after the first compiled."""
    distribution.set_distribution(chosen)
    model = build(make)
    counts = []
    count = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: counts.append(len(compilations)))
    inputs = x if make is transformer else x[..., None].astype("float32")
    if source == "arrays":
        history = model.fit(inputs, y, batch_size=batch, epochs=epochs, shuffle=False, verbose=0, callbacks=[count])
    else:
        data = tf.data.Dataset.from_tensor_slices((inputs, y)).batch(batch)
        history = model.fit(data, epochs=epochs, verbose=0, callbacks=[count])
    evaluated = model.evaluate(inputs, y, batch_size=batch, verbose=0)
    predicted = model.predict(inputs[:batch], verbose=0)
    distribution.set_distribution(None)
    return [*history.history["loss"], *evaluated, float(np.abs(predicted).sum())], model, counts[-1] - counts[0]


def custom_loop(chosen):
    """Losses of a loop of one's own on two layers, and how the first kernel is laid out after it."""
    distribution.set_distribution(chosen)
    keras.utils.set_random_seed(3)
    model = keras.Sequential([layers.Input((6,)), layers.Dense(32, name="mlp_0_in"), layers.Dense(5, name="mlp_0_out")])
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)

    @tf.function
    def step(inputs, labels):
        with tf.GradientTape() as tape:
            value = loss(labels, model(inputs, training=True))
        optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
        return value

    inputs, labels = tf.constant(x / 20.0, tf.float32), tf.constant(y)
    losses = [float(step(inputs, labels)) for _ in range(3)]
    layout = str(model.layers[0].kernel.jax().sharding)
    distribution.set_distribution(None)
    return losses, layout


results = {}
results["cnn alone"], _, _ = fit(cnn, None)
results["cnn data"], _, results["cnn compiled"] = fit(cnn, distribution.DataParallel())
results["transformer alone"], _, _ = fit(transformer, None)
results["transformer model"], model, results["transformer compiled"] = fit(transformer, model_parallel())
# The last batch has 5 rows, which 4 devices cannot share evenly.
x, y = x[:69], y[:69]
results["uneven alone"], _, _ = fit(cnn, None, "dataset", epochs=2)
results["uneven data"], _, _ = fit(cnn, distribution.DataParallel(), "dataset", epochs=2)
results["loop alone"], _ = custom_loop(None)
results["loop model"], results["loop layout"] = custom_loop(model_parallel((2, 2)))
parts = {}
for variable in [*model.variables, *model.optimizer.variables]:
    array = variable.jax()
    parts[variable.path] = (list(array.shape), list(array.addressable_shards[0].data.shape), len(array.sharding.device_set))
results["parts"] = parts
array = distribution.distribute_tensor(np.ones((8, 4), "f4"), distribution.TensorLayout(["batch", None], distribution.DeviceMesh((4,), ["batch"])))
results["distribute"] = [str(array.jax().sharding.spec), array.device, float(tf.reduce_sum(array))]
json.dump(results, sys.stdout)
