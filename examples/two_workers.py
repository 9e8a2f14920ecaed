"""Two workers train one model: MultiWorkerMirroredStrategy, with `fit` and with a custom loop.

    python -m tfjax examples/two_workers.py

Each worker is a process of its own, which finds the other through TF_CONFIG. On a cluster, one
sets TF_CONFIG on every machine; here the script starts both workers on this machine. Their weights
are the same in the end, and (to rounding) the same as one process gives: `… two_workers.py alone`.
"""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import tensorflow as tf

BATCH = 32  # of both workers together


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(512, 8)).astype("float32")
    y = (np.sin(x).sum(axis=1, keepdims=True) > 0).astype("float32")
    return x, y


def train():
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    x, y = data()
    tf.keras.utils.set_random_seed(1)
    with strategy.scope():
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Input((8,)),
                tf.keras.layers.Dense(32, activation="relu"),
                tf.keras.layers.Dense(1),
            ]
        )
        loss_object = tf.keras.losses.BinaryCrossentropy(from_logits=True)
        model.compile(tf.keras.optimizers.Adam(0.01), loss_object, metrics=["accuracy"])
    history = model.fit(x, y, batch_size=BATCH, epochs=3, verbose=0).history

    per_example = tf.keras.losses.BinaryCrossentropy(from_logits=True, reduction="none")
    with strategy.scope():
        optimizer = tf.keras.optimizers.SGD(0.1)
        optimizer.build(model.trainable_variables)

    def replica_step(features, labels):
        with tf.GradientTape() as tape:
            losses = per_example(labels, model(features, training=True))
            loss = tf.nn.compute_average_loss(losses, global_batch_size=BATCH)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    @tf.function
    def step(features, labels):
        losses = strategy.run(replica_step, args=(features, labels))
        return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    last = [
        float(step(*batch))
        for batch in strategy.experimental_distribute_dataset(dataset.with_options(options))
    ][-1]
    weights = sum(float(tf.reduce_sum(tf.abs(w))) for w in model.trainable_weights)
    print(
        f"fit loss {history['loss'][-1]:.5f} accuracy {history['accuracy'][-1]:.4f} loop loss {last:.5f} weights {weights:.4f}"
    )


def free_port():
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return s.getsockname()[1]


def main():
    if "TF_CONFIG" in os.environ or "alone" in sys.argv:
        train()
        return
    workers = [f"localhost:{free_port()}" for _ in range(2)]
    running = []
    for index in range(2):
        config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        command = [sys.executable, *sys.orig_argv[1:]]  # as this process was started
        running.append(
            subprocess.Popen(
                command,
                env={**os.environ, "TF_CONFIG": json.dumps(config)},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    for index, process in enumerate(running):
        out, _ = process.communicate()
        lines = [line for line in out.splitlines() if line.startswith("fit")]
        print(f"worker {index}:", *lines)
        assert process.returncode == 0


if __name__ == "__main__":
    main()
