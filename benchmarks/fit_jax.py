"""The models of `fit.py`, written by hand in JAX and Optax: one jitted step, a Python loop.

Prints {workload: microseconds}. Like `fit`, an epoch shuffles, and reads the loss at its end.
"""

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

random = np.random.RandomState(1)


def weight(*shape):
    limit = np.sqrt(6 / (np.prod(shape[:-1]) + shape[-1]))
    return jnp.asarray(random.uniform(-limit, limit, shape).astype("f4"))


def dense(inputs, outputs):
    return weight(inputs, outputs), jnp.zeros(outputs)


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def mlp(params, x):
    (w, b), (v, c) = params
    return jax.nn.relu(x @ w + b) @ v + c


def cnn(params, x):
    (k, d), *rest = params
    layout = ("NHWC", "HWIO", "NHWC")
    x = jax.nn.relu(jax.lax.conv_general_dilated(x, k, (1, 1), "VALID", dimension_numbers=layout) + d)
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return mlp(rest, x.reshape((x.shape[0], -1)))


def lstm(params, x):
    kernel, recurrent, bias, (v, c) = params

    def cell(carry, inputs):
        h, s = carry
        i, f, g, o = jnp.split(inputs + h @ recurrent, 4, axis=-1)
        s = jax.nn.sigmoid(f) * s + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(s)
        return (h, s), None

    zeros = jnp.zeros((x.shape[0], 64))
    (h, _), _ = jax.lax.scan(cell, (zeros, zeros), jnp.swapaxes(x @ kernel + bias, 0, 1))
    return h @ v + c


def fit(apply, params, data, loss):
    inputs, labels = data
    adam = optax.adam(1e-3)

    @jax.jit
    def step(params, state, x, y):
        value, grads = jax.value_and_grad(lambda p: loss(apply(p, x), y))(params)
        updates, state = adam.update(grads, state)
        return optax.apply_updates(params, updates), state, value

    state = adam.init(params)

    def epoch():
        nonlocal params, state
        order = random.permutation(len(inputs))
        for start in range(0, len(inputs), 32):
            rows = order[start : start + 32]
            params, state, value = step(params, state, inputs[rows], labels[rows])
        float(value)

    for _ in range(2):
        epoch()
    return median_us(epoch, number=1, repeats=9) / -(-len(inputs) // 32)


def squares(outputs, targets):
    return jnp.mean(jnp.square(outputs - targets))


mlp_params = [dense(784, 128), dense(128, 10)]
cnn_params = [(weight(3, 3, 1, 32), jnp.zeros(32)), dense(288, 64), dense(64, 10)]
lstm_params = [weight(16, 256), weight(64, 256), jnp.zeros(256), dense(64, 1)]
print(json.dumps({
    "fit, MLP 784-128-10, a step": fit(mlp, mlp_params, models.mlp_data(), cross_entropy),
    "fit, example CNN, a step": fit(cnn, cnn_params, models.cnn_data(), cross_entropy),
    "fit, LSTM(64) over 64 steps, a step": fit(lstm, lstm_params, models.lstm_data(), squares),
}))
