"""When layers are built in `fit`, and what `build` and `train_step` see."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf
from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.test_rows import real  # noqa: F401 (a fixture)


def shapes_in_fit(library):
    seen = []

    class Noted(library.keras.layers.Layer):
        def build(self, input_shape):
            seen.append(tuple(input_shape)[1:])
            self.batch = input_shape[0]
            self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones")

        def call(self, x):
            return x * self.w

    model = library.keras.Sequential([Noted(), library.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((10, 3)), np.ones((10, 1)), batch_size=4, verbose=0)
    return seen, model.layers[0].batch


def test_build_sees_open_sizes(real):  # noqa: F811
    assert shapes_in_fit(tf) == shapes_in_fit(real) == ([(3,)], None)


def losses_of_triplets(library):
    class Triplets(library.keras.Model):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def call(self, inputs):
            a, b, c = (self.net(v) for v in inputs)
            return library.reduce_sum((a - b) ** 2, -1) - library.reduce_sum((a - c) ** 2, -1)

        def train_step(self, data):
            with library.GradientTape() as tape:
                loss = library.reduce_mean(library.nn.relu(self(data) + 0.5))
            variables = self.net.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
            return {"loss": loss}

    library.keras.utils.set_random_seed(1)
    model = Triplets(library.keras.Sequential([library.keras.Input((3,)), library.keras.layers.Dense(2)]))
    model.compile("sgd")
    random = np.random.RandomState(0)
    data = library.data.Dataset.from_tensor_slices(tuple(random.rand(8, 3).astype("float32") for _ in range(3))).batch(4)
    return model.fit(data, epochs=2, verbose=0).history["loss"]


def test_train_step_takes_what_the_dataset_gives(real):  # noqa: F811
    assert losses_of_triplets(tf) == pytest.approx(losses_of_triplets(real), rel=1e-4)


@pytest.mark.parametrize("says_its_shape", [False, True])
def test_summary_asks_a_layer_for_its_shape(says_its_shape):
    lines = []
    for tf in (real_tf(), our_tf()):
        class Product(tf.keras.layers.Layer):
            def build(self, input_shape):
                self.factor = self.add_weight(shape=(input_shape[-1], 2), name="factor")

            def call(self, x):
                return tf.matmul(x, self.factor)

        if says_its_shape:
            Product.compute_output_shape = lambda self, input_shape: (input_shape[0], 2)

        class Model(tf.keras.Model):
            def __init__(self):
                super().__init__(name="m")
                self.product, self.last = Product(name="product"), tf.keras.layers.Dense(3, name="last")

            def call(self, x):
                return self.last(self.product(x))

        model, found = Model(), []
        model(tf.ones((5, 3)))
        model.summary(print_fn=lambda text, **unused: found.append(text))
        lines.append("\n".join(found))
    assert lines[0] == lines[1]
    assert ("?" in lines[0]) is not says_its_shape
