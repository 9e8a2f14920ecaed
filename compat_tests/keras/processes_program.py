"""Trains on 4 devices that some processes share; prints JSON.

Usage: processes_program.py PROCESSES NUMBER PORT FOLDER
"""

import json
import sys

import numpy as np

import tfjax as tf

processes, number, port, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
keras, distribution = tf.keras, tf.keras.distribution
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * (4 // processes))
if processes > 1:
    distribution.initialize(f"127.0.0.1:{port}", processes, number)
layout = distribution.LayoutMap(distribution.DeviceMesh((2, 2), ["batch", "model"]))
layout[".*wide/kernel"] = (None, "model")
chosen = distribution.ModelParallel(layout_map=layout)
distribution.set_distribution(chosen)
keras.utils.set_random_seed(1)
model = keras.Sequential([
    keras.Input((4,)), keras.layers.Dense(8, activation="relu", name="wide"), keras.layers.Dense(3, name="head"),
], name="model")
model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
random = np.random.RandomState(0)
x, y = random.rand(32, 4).astype("float32"), random.randint(0, 3, 32)
data = chosen.distribute_dataset(tf.data.Dataset.from_tensor_slices((x, y)).batch(8))
losses = model.fit(data, epochs=2, verbose=0).history["loss"]
# All processes write the model together, and each a checkpoint of its own.
checkpoint = tf.train.Checkpoint(model=model)
path = checkpoint.save(f"{folder}/together")
own = tf.train.Checkpoint(v=tf.Variable(float(number))).save(f"{folder}/{number}/own")
part = model.layers[0].kernel.jax().addressable_shards[0].data
before = float(part.sum())
checkpoint.restore(path).assert_consumed()
after = float(model.layers[0].kernel.jax().addressable_shards[0].data.sum())
json.dump({
    "losses": losses, "part": list(part.shape), "restored": before == after,
    "own": float(tf.train.load_checkpoint(own).get_tensor("v/.ATTRIBUTES/VARIABLE_VALUE")),
    "processes": [chosen.num_processes, chosen.data_shard_id, len(distribution.list_devices())],
}, sys.stdout)
