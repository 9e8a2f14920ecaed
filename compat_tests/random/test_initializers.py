"""tf.random_normal_initializer and tf.random_uniform_initializer draw as TensorFlow's do."""

import numpy as np
import pytest

from compat_tests.harness import normal, parity


@pytest.mark.parametrize("name", ["random_normal_initializer", "random_uniform_initializer"])
@pytest.mark.parametrize("seed", [None, 3])
@parity(modes=("host",), tolerance=(1e-6, 1e-7))  # normals: up to 3 units in the last place
def test_draws(tf, name, seed, x=normal(1)):
    tf.random.set_seed(5)
    initializer = getattr(tf, name)(seed=seed)
    again = type(initializer).from_config(initializer.get_config())
    return initializer((3,)), initializer((2, 2)), again((3,))


@parity(modes=("host",), tolerance=(1e-6, 1e-7))  # as above
def test_weights_of_a_layer(tf, x=normal(1)):
    tf.random.set_seed(5)
    layer = tf.keras.layers.Dense(3, kernel_initializer=tf.random_normal_initializer(0.0, 0.02))
    layer.build((None, 2))
    return np.array(layer.kernel)
