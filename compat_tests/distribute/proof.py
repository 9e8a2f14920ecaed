"""Trains models on one device and on 8 virtual ones and prints loss curves and compilations as JSON.

Run by `test_proof.py`: the device count has to be set before JAX starts.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"

import jax
import numpy as np
import optax

import tfjax as tf

compilations: list[str] = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, duration, **facts: (
        compilations.append(event) if event.endswith("backend_compile_duration") else None
    )
)
layers = tf.keras.layers
RNG = np.random.default_rng(0)


def mlp():
    model = tf.keras.Sequential(
        [
            layers.Input((16,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="tanh"),
            layers.Dense(4),
        ]
    )
    return model, RNG.normal(size=(128, 16)).astype("float32"), RNG.integers(0, 4, 128)


def cnn():
    # Batch statistics are those of the global batch here, as a single device has them.
    norm = {"synchronized": True, "momentum": 0.9}
    model = tf.keras.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(**norm),
            layers.ReLU(),
            layers.Conv2D(8, 3, strides=2),
            layers.BatchNormalization(**norm),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )
    return model, RNG.normal(size=(128, 8, 8, 3)).astype("float32"), RNG.integers(0, 4, 128)


def transformer():
    tokens = layers.Input((12,), dtype="int32")
    x = layers.Embedding(50, 16)(tokens)
    for _ in range(2):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x))
        x = layers.LayerNormalization()(
            x + layers.Dense(16)(layers.Dense(32, activation="gelu")(x))
        )
    model = tf.keras.Model(tokens, layers.Dense(4)(layers.GlobalAveragePooling1D()(x)))
    return model, RNG.integers(0, 50, (128, 12)).astype("int32"), RNG.integers(0, 4, 128)


class CountCompilations(tf.keras.callbacks.Callback):
    """How many programs were compiled by the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def on_epoch_end(self, epoch, logs=None):
        self.counts.append(len(compilations))


def train(make, scope, as_dataset):
    global RNG
    RNG = np.random.default_rng(0)
    tf.keras.utils.set_random_seed(1)
    with scope:
        model, x, y = make()
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(tf.keras.optimizers.SGD(0.05, momentum=0.9), loss, metrics=["accuracy"])
    counter = CountCompilations()
    data = (
        {"x": tf.data.Dataset.from_tensor_slices((x, y)).batch(32)}
        if as_dataset
        else {"x": x, "y": y, "batch_size": 32}
    )
    history = model.fit(**data, epochs=4, verbose=0, callbacks=[counter]).history
    return history["loss"], counter.counts


def custom_loop(strategy, dataset):
    """Losses of each step and compilations after each epoch of a loop written by hand."""
    tf.keras.utils.set_random_seed(1)
    with strategy.scope():
        model = tf.keras.Sequential(
            [layers.Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(1)]
        )
        optimizer = tf.keras.optimizers.Adam(0.01)
        seen = tf.keras.metrics.Mean()

    def replica_step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.nn.compute_average_loss(
                (model(x, training=True)[:, 0] - y) ** 2, global_batch_size=32
            )
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        )
        seen.update_state(y)
        return loss

    @tf.function
    def step(x, y):
        return strategy.reduce("SUM", strategy.run(replica_step, args=(x, y)), axis=None)

    losses, counts = [], []
    for _ in range(3):
        for x, y in strategy.experimental_distribute_dataset(dataset):
            losses.append(float(step(x, y)))
        float(seen.result()), seen.reset_state()
        counts.append(len(compilations))
    return losses, counts


def kept_and_restored(strategy):
    """What files and copies of a model under a strategy give back, as one number each."""
    tf.keras.utils.set_random_seed(1)
    with strategy.scope():
        model, x, y = cnn()
        model.compile(
            optax.adam(0.01), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
    model.fit(x, y, batch_size=32, epochs=1, verbose=0)
    own = float(tf.reduce_sum(model(x)))
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(model=model).save(f"{folder}/ckpt")
        plain, _, _ = cnn()
        tf.train.Checkpoint(model=plain).restore(path)
        with strategy.scope():
            mirrored, _, _ = cnn()
        tf.train.Checkpoint(model=mirrored).restore(path)
        model.export(f"{folder}/saved", verbose=False)
        loaded = tf.saved_model.load(f"{folder}/saved")
        found = [float(tf.reduce_sum(m(x))) for m in (plain, mirrored)]
        found.append(float(tf.reduce_sum(loaded.serve(tf.constant(x)))))
    twin = copy.deepcopy(model.weights[-1])
    twin.assign_add(tf.ones_like(twin))
    found.append(float(tf.reduce_sum(model(x))))
    return own, found


def main():
    strategy = tf.distribute.MirroredStrategy([f"/cpu:{i}" for i in range(8)])
    found = {}
    for make, as_dataset in ((mlp, False), (mlp, True), (cnn, True), (transformer, False)):
        alone, _ = train(make, tf.distribute.get_strategy().scope(), as_dataset)
        mirrored, counts = train(make, strategy.scope(), as_dataset)
        found[f"{make.__name__}{'_dataset' * as_dataset}"] = {
            "alone": alone,
            "mirrored": mirrored,
            "compilations": counts,
        }
    rng = np.random.default_rng(0)
    data = rng.normal(size=(128, 16)).astype("float32"), rng.normal(size=128).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(32)
    alone, _ = custom_loop(tf.distribute.get_strategy(), dataset)
    mirrored, counts = custom_loop(strategy, dataset)
    found["custom_loop"] = {"alone": alone, "mirrored": mirrored, "compilations": counts}
    found["kept"] = kept_and_restored(strategy)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
