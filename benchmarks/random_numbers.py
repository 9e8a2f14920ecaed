"""What do a million random numbers cost? Prints {workload: microseconds}."""

import json
import sys
from pathlib import Path

import tensorflow as tf

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import best_us

N = 1 << 20
generator = tf.random.Generator.from_seed(1)


@tf.function
def traced():
    return tf.random.normal([N])


def settled(draw):
    """Waits for the numbers."""
    return lambda: draw().numpy()


WORKLOADS = {
    "uniform": lambda: tf.random.uniform([N]),
    "uniform in [-1, 2)": lambda: tf.random.uniform([N], -1.0, 2.0),
    "integers": lambda: tf.random.uniform([N], 0, 1000, dtype=tf.int32),
    "normal": lambda: tf.random.normal([N]),
    "truncated normal": lambda: tf.random.truncated_normal([N]),
    "normal in a tf.function": traced,
    "normal of a Generator": lambda: generator.normal([N]),
    "stateless normal": lambda: tf.random.stateless_normal([N], [1, 2]),
}
found = {f"1 Mi numbers: {name}": best_us(settled(draw)) for name, draw in WORKLOADS.items()}
found["100 numbers: normal"] = best_us(settled(lambda: tf.random.normal([100])), 200)
print(json.dumps(found))
