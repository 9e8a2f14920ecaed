"""The network of `resnet.py`, written by hand in JAX and Optax: one jitted step with donated state.

Prints {workload: microseconds}.
"""

import functools
import json
import os
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import models
from harness import median_us

SIZES = models.resnet_sizes()
random = np.random.RandomState(1)


def conv_norm(inputs, outputs, size):
    """(trainable, statistics) of a convolution with batch normalisation."""
    scale = np.sqrt(2 / (size * size * inputs))
    kernel = jnp.asarray((random.randn(size, size, inputs, outputs) * scale).astype("f4"))
    return (kernel, jnp.ones(outputs), jnp.zeros(outputs)), (jnp.zeros(outputs), jnp.ones(outputs))


def plan():
    """(size, stride, inputs, outputs) of every convolution, block by block."""
    stem, blocks, channels = (7, 2, 3, SIZES.width), [], SIZES.width
    for stage, count in enumerate(SIZES.blocks):
        width = SIZES.width * 2**stage
        for number in range(count):
            stride = 2 if stage and not number else 1
            parts = [(1, 1, channels, width), (3, stride, width, width), (1, 1, width, 4 * width)]
            if stride > 1 or channels != 4 * width:
                parts.append((1, stride, channels, 4 * width))
            blocks.append(parts)
            channels = 4 * width
    return stem, blocks, channels


STEM, BLOCKS, CHANNELS = plan()


def layer(x, params, statistics, stride, updates):
    kernel, gamma, beta = params
    layout = ("NHWC", "HWIO", "NHWC")
    x = jax.lax.conv_general_dilated(x, kernel.astype(x.dtype), (stride, stride), "SAME", dimension_numbers=layout)
    wide = x.astype(jnp.float32)
    mean, variance = wide.mean((0, 1, 2)), wide.var((0, 1, 2))
    updates.append(tuple(0.99 * old + 0.01 * new for old, new in zip(statistics, (mean, variance))))
    return ((wide - mean) * jax.lax.rsqrt(variance + 1e-3) * gamma + beta).astype(x.dtype)


def apply(params, statistics, x):
    updates, following = [], iter(zip(params["layers"], statistics))

    def run(x, spec):
        own, old = next(following)
        return layer(x, own, old, spec[1], updates)

    x = jax.nn.relu(run(x, STEM))
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 3, 3, 1), (1, 2, 2, 1), "SAME")
    for parts in BLOCKS:
        y = x
        for i, spec in enumerate(parts[:3]):
            y = run(y, spec)
            y = jax.nn.relu(y) if i < 2 else y
        x = jax.nn.relu(y + (run(x, parts[3]) if len(parts) > 3 else x))
    kernel, bias = params["head"]
    return x.mean((1, 2)).astype(jnp.float32) @ kernel + bias, updates


def fit(dtype):
    images, labels = models.resnet_data()
    made = [conv_norm(s[2], s[3], s[0]) for s in [STEM, *[p for parts in BLOCKS for p in parts]]]
    head = jnp.asarray(random.randn(CHANNELS, SIZES.classes).astype("f4") * 0.01), jnp.zeros(SIZES.classes)
    params, statistics = {"layers": [t for t, _ in made], "head": head}, [s for _, s in made]
    optimizer = optax.sgd(0.01, 0.9)
    state = optimizer.init(params)

    @functools.partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(params, statistics, state, x, y):
        def loss(params):
            logits, new = apply(params, statistics, x.astype(dtype))
            return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), new

        (value, new), grads = jax.value_and_grad(loss, has_aux=True)(params)
        updates, state = optimizer.update(grads, state)
        return optax.apply_updates(params, updates), new, state, value

    starts = range(0, len(images), SIZES.batch)
    batches = [(jnp.asarray(images[s : s + SIZES.batch]), jnp.asarray(labels[s : s + SIZES.batch])) for s in starts]

    def epoch():
        nonlocal params, statistics, state
        for x, y in batches:
            params, statistics, state, value = step(params, statistics, state, x, y)
        float(value)

    for _ in range(2):
        epoch()
    return median_us(epoch, number=1, repeats=5) / len(batches)


kinds = {"float32": jnp.float32, "mixed_bfloat16": jnp.bfloat16}
print(json.dumps({f"{SIZES.name}, a step, {name}": fit(dtype) for name, dtype in kinds.items()}))
