"""What does a MirroredStrategy step cost over `jax.jit` with the same shardings, written by hand?

    python benchmarks/distribution.py [devices]

One process, two virtual CPU devices (or all GPUs), an MLP with momentum SGD. The contenders take turns in
blocks of a few steps, so that a slow minute of the machine hits both; the ratio is the median over
blocks. Prints a table, and how many programs were compiled after the first round.
"""

import itertools
import os
import statistics
import sys
import time

DEVICES = int(sys.argv[1]) if len(sys.argv) > 1 else 2
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={DEVICES} " + os.environ.get(
    "XLA_FLAGS", ""
)

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

import tfjax as tf

BATCH, WIDTHS, RATE, MOMENTUM = 512, (512, 1024, 1024, 10), 0.01, 0.9
BLOCKS, STEPS = 15, 6

compiled = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, duration, **facts: (
        compiled.append(event) if event.endswith("backend_compile_duration") else None
    )
)
rng = np.random.default_rng(0)
X = rng.normal(size=(BATCH, WIDTHS[0])).astype("float32")
Y = rng.integers(0, WIDTHS[-1], BATCH)


def model_under(strategy):
    with strategy.scope():
        layers = [tf.keras.layers.Input((WIDTHS[0],))]
        layers += [tf.keras.layers.Dense(w, activation="relu") for w in WIDTHS[1:-1]] + [
            tf.keras.layers.Dense(WIDTHS[-1])
        ]
        model = tf.keras.Sequential(layers)
        optimizer = tf.keras.optimizers.SGD(RATE, momentum=MOMENTUM)
        optimizer.build(model.trainable_variables)
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
        model.compile(optimizer, tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, optimizer, loss


def custom_loop(strategy):
    """A step of a custom loop; returns a function without arguments that waits for its result."""
    model, optimizer, loss_object = model_under(strategy)
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(BATCH)
    batch = next(iter(strategy.experimental_distribute_dataset(dataset)))

    def replica_step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.nn.compute_average_loss(
                loss_object(y, model(x, training=True)), global_batch_size=BATCH
            )
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        )
        return loss

    @tf.function
    def step(x, y):
        return strategy.reduce("SUM", strategy.run(replica_step, args=(x, y)), axis=None)

    return lambda: float(step(*batch))


def by_hand(devices, mapped):
    """The same step in plain JAX, parameters mirrored, the batch split.

    `mapped` False leaves the communication to `jax.jit`; True writes it out under `jax.shard_map`.
    """
    mesh = jax.sharding.Mesh(np.array(devices), ("replica",))
    all_, rows = PartitionSpec(), PartitionSpec("replica")
    params = [
        (rng.normal(size=s).astype("float32") * 0.05, np.zeros(s[1], "float32"))
        for s in itertools.pairwise(WIDTHS)
    ]
    params = jax.device_put(params, NamedSharding(mesh, all_))
    velocity = jax.device_put(jax.tree.map(np.zeros_like, params), NamedSharding(mesh, all_))
    x, y = jax.device_put((X, Y), NamedSharding(mesh, rows))

    def loss_of(params, x, y):
        for w, b in params[:-1]:
            x = jax.nn.relu(x @ w + b)
        logits = x @ params[-1][0] + params[-1][1]
        picked = jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1)
        return -picked.sum() / BATCH

    def step(params, velocity, x, y):
        loss, grads = jax.value_and_grad(loss_of)(params, x, y)
        if mapped:
            loss, grads = jax.lax.psum((loss, grads), "replica")
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v - RATE * g, velocity, grads)
        return jax.tree.map(jnp.add, params, velocity), velocity, loss

    if mapped:
        specs = {"in_specs": (all_, all_, rows, rows), "out_specs": (all_, all_, all_)}
        step = jax.shard_map(step, mesh=mesh, check_vma=False, **specs)
    step = jax.jit(step)
    state = [params, velocity]

    def run():
        state[0], state[1], loss = step(*state, x, y)
        return float(loss)

    return run


def block(function):
    start = time.perf_counter()
    for _ in range(STEPS):
        function()
    return (time.perf_counter() - start) / STEPS * 1e3


def main():
    strategy = tf.distribute.MirroredStrategy()
    assert strategy.num_replicas_in_sync == len(jax.devices()), "all devices take part"
    contenders = {
        "MirroredStrategy, custom loop": custom_loop(strategy),
        "jax.jit with the same shardings": by_hand(jax.devices(), False),
        "jax.shard_map": by_hand(jax.devices(), True),
    }
    for function in contenders.values():
        block(function)
    before = len(compiled)
    times = {name: [] for name in contenders}
    for _ in range(BLOCKS):
        for name, function in contenders.items():
            times[name].append(block(function))
    names = "-".join(map(str, WIDTHS))
    kind = jax.devices()[0].device_kind
    print(f"{kind}, {len(jax.devices())} devices, MLP {names}, batch {BATCH}")
    print("| contender | ms a step (median) | MirroredStrategy's time over it |\n|---|---|---|")
    ours = next(iter(times.values()))
    for name, values in times.items():
        ratio = statistics.median(a / b for a, b in zip(ours, values, strict=True))
        print(f"| {name} | {statistics.median(values):.1f} | {ratio:.3f} |")
    print(f"programs compiled after the first round: {len(compiled) - before}")


if __name__ == "__main__":
    main()
