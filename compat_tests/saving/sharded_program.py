"""Trains, saves or restores on as many virtual devices as the first argument says; prints JSON.

Usage: sharded_program.py DEVICES save|restore FOLDER
"""

import json
import os
import sys

devices, action, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.environ["XLA_FLAGS"] = ""

import jax
import numpy as np

import tfjax as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
keras, distribution = tf.keras, tf.keras.distribution

if devices > 1:
    mesh = distribution.DeviceMesh((2, devices // 2), ["batch", "model"])
    layout = distribution.LayoutMap(mesh)
    # Another layout than the one that was saved, when it is restored.
    layout[".*wide/kernel"] = (None, "model") if action == "save" else ("model", "batch")
    layout[".*wide/bias"] = ("model",)
    layout[".*table/embeddings"] = ("model", None)
    distribution.set_distribution(distribution.ModelParallel(layout_map=layout))

keras.utils.set_random_seed(1 if action == "save" else 2)
model = keras.Sequential([
    keras.Input((4,), dtype="int32"), keras.layers.Embedding(16, 8, name="table"), keras.layers.Flatten(),
    keras.layers.Dense(16, activation="relu", name="wide"), keras.layers.Dense(3, name="head"),
], name="model")
model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
random = np.random.RandomState(0)
x, y = random.randint(0, 16, (32, 4)).astype("int32"), random.randint(0, 3, 32)
checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
result = {"devices": len(jax.devices())}
if action == "save":
    model.fit(x, y, epochs=2, verbose=0, shuffle=False)
    result["kernel"] = str(model.get_layer("wide").kernel.jax().sharding.spec)
    checkpoint.save(f"{folder}/ckpt")
    model.save_weights(f"{folder}/model.weights.h5")
    model.save(f"{folder}/model.keras")
else:
    before = float(np.abs(model.predict(x, verbose=0)).sum())
    model.load_weights(f"{folder}/model.weights.h5")
    result["from weights"] = model.predict(x, verbose=0).tolist()
    model.set_weights([w * 0 for w in model.get_weights()])
    model.optimizer.build(model.trainable_variables)
    checkpoint.restore(tf.train.latest_checkpoint(folder)).assert_consumed()
    loaded = keras.models.load_model(f"{folder}/model.keras")
    result["from archive"] = loaded.predict(x, verbose=0).tolist()
    kernel = model.get_layer("wide").kernel.jax()
    slots = [v for v in model.optimizer.variables if "wide_kernel" in v.path]
    result["parts"] = [list(a.addressable_shards[0].data.shape) for a in (kernel, *[s.jax() for s in slots])]
    result["changed"] = before
result["predictions"] = model.predict(x, verbose=0).tolist()
result["slots"] = [float(np.abs(v.numpy()).sum()) for v in model.optimizer.variables]
result["next"] = model.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"]
json.dump(result, sys.stdout)
