"""Asynchronous training with ParameterServerStrategy: a coordinator, two workers and a server.

    python -m tfjax examples/parameter_server.py

The model is that of TensorFlow's tutorial on parameter servers: an embedding of words and
a dense layer. Each task is a process; the script starts them all on this machine.
"""

import json
import os
import random
import socket
import subprocess
import sys

import tensorflow as tf

VOCABULARY = ["avenger", "ironman", "batman", "hulk", "spiderman", "kingkong", "wonder_woman"]


def serve():
    """What a worker or a server process runs."""
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    server = tf.distribute.Server(
        resolver.cluster_spec(),
        job_name=resolver.task_type,
        task_index=resolver.task_id,
        protocol=resolver.rpc_layer or "grpc",
    )
    server.join()


def coordinate():
    strategy = tf.distribute.ParameterServerStrategy(
        tf.distribute.cluster_resolver.TFConfigClusterResolver(),
        variable_partitioner=tf.distribute.experimental.partitioners.FixedShardsPartitioner(2),
    )
    tf.keras.utils.set_random_seed(1)
    with strategy.scope():
        model_input = tf.keras.layers.Input(shape=(3,), dtype=tf.int64, name="model_input")
        embedding = tf.keras.layers.Embedding(input_dim=len(VOCABULARY) + 1, output_dim=64)
        average = tf.keras.layers.GlobalAveragePooling1D()(embedding(model_input))
        output = tf.keras.layers.Dense(units=1, activation="sigmoid")(average)
        model = tf.keras.Model(model_input, output)
        optimizer = tf.keras.optimizers.RMSprop(learning_rate=0.05)
        accuracy = tf.keras.metrics.Accuracy()

    def dataset_fn(context):
        chosen = [random.sample(range(len(VOCABULARY)), 3) for _ in range(200)]
        labels = [[int(VOCABULARY.index("avenger") in words)] for words in chosen]
        dataset = tf.data.Dataset.from_tensor_slices(
            (tf.constant(chosen, tf.int64), tf.constant(labels, tf.int64))
        )
        return dataset.shuffle(200).repeat().batch(32)

    @tf.function
    def step_fn(iterator):
        def replica_fn(batch, labels):
            with tf.GradientTape() as tape:
                predictions = model(batch, training=True)
                losses = tf.keras.losses.BinaryCrossentropy(reduction="none")(labels, predictions)
                loss = tf.nn.compute_average_loss(losses)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            accuracy.update_state(labels, tf.cast(tf.greater(predictions, 0.5), tf.int64))
            return loss

        batch, labels = next(iterator)
        losses = strategy.run(replica_fn, args=(batch, labels))
        return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    coordinator = tf.distribute.coordinator.ClusterCoordinator(strategy)

    @tf.function
    def per_worker_dataset_fn():
        return strategy.distribute_datasets_from_function(dataset_fn)

    iterator = iter(coordinator.create_per_worker_dataset(per_worker_dataset_fn))
    for epoch in range(4):
        accuracy.reset_state()
        for _ in range(10):
            coordinator.schedule(step_fn, args=(iterator,))
        coordinator.join()
        print(f"epoch {epoch}: accuracy {accuracy.result().numpy():.2f}")
    loss = coordinator.schedule(step_fn, args=(iterator,))
    print(f"final loss {loss.fetch():.4f}")
    print(f"updates {int(optimizer.iterations.numpy())}")


def free_port():
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return s.getsockname()[1]


def main():
    if "TF_CONFIG" in os.environ:
        serve()
        return
    random.seed(1)
    cluster = {
        job: [f"localhost:{free_port()}" for _ in range(count)]
        for job, count in (("worker", 2), ("ps", 1), ("chief", 1))
    }
    tasks = [("worker", 0), ("worker", 1), ("ps", 0)]
    running = []
    for kind, index in tasks:
        config = json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})
        running.append(
            subprocess.Popen(
                [sys.executable, *sys.orig_argv[1:]], env={**os.environ, "TF_CONFIG": config}
            )
        )
    os.environ["TF_CONFIG"] = json.dumps(
        {"cluster": cluster, "task": {"type": "chief", "index": 0}}
    )
    try:
        coordinate()
    finally:
        for process in running:
            process.kill()


if __name__ == "__main__":
    main()
