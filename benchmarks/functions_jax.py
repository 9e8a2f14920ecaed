"""What of `functions.py` makes sense by hand in JAX; prints {workload: microseconds}."""

import json
import os
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import median_us

LAYERS = 50
results = {}
add = jax.jit(lambda x, y: x + y)
a, b = jnp.float32(1), jnp.float32(2)
results["tf.function call, one small op"] = median_us(lambda: add(a, b), number=2000)
x, y = jnp.ones([100, 100]), jnp.ones([100, 100])
results["eager add of two 100 x 100 tensors"] = median_us(lambda: add(x, y), number=1000)


@jax.jit
def collatz(n):
    def step(state):
        n, steps = state
        return jax.lax.cond(n % 2 == 0, lambda: n // 2, lambda: 3 * n + 1), steps + 1

    return jax.lax.while_loop(lambda state: state[0] != 1, step, (n, jnp.int32(0)))[1]


n = jnp.int32(27)
results["collatz(27): a while loop with an if"] = median_us(
    lambda: collatz(n).block_until_ready(), number=200
)


def first_call():
    random = np.random.RandomState(0)
    kernels = [jnp.asarray(random.randn(64, 64).astype("f4") * 0.1) for _ in range(LAYERS)]
    biases = [jnp.zeros(64) for _ in range(LAYERS)]

    def loss(kernels, biases, x):
        for w, c in zip(kernels, biases):
            x = jax.nn.relu(x @ w + c)
        return jnp.mean(x**2)

    step = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))
    inputs = jnp.ones([8, 64])
    start = time.perf_counter()
    step(kernels, biases, inputs)[0].block_until_ready()
    return time.perf_counter() - start


first_call()
results["first call of a 50-layer MLP's step"] = min(first_call() for _ in range(3)) * 1e6
print(json.dumps(results))
