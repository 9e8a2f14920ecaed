"""Layers with integer and boolean inputs: Keras promotes them where they meet float weights."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf

IMAGES = np.random.RandomState(0).randint(0, 5, (4, 6, 6, 1))
ROWS, SERIES = IMAGES.reshape(4, 36), IMAGES[..., 0]
ONES = {"kernel_initializer": "ones"}

LAYERS = {
    "dense": (lambda l: l.Dense(2, **ONES), ROWS),
    "dense of series": (lambda l: l.Dense(2, **ONES), SERIES),
    "einsum": (lambda l: l.EinsumDense("ab,bc->ac", 2, **ONES), ROWS),
    "batch norm": (lambda l: l.BatchNormalization(), ROWS),
    "lstm": (lambda l: l.LSTM(2, recurrent_initializer="ones", kernel_initializer="he_normal", seed=1), SERIES),
    "bidirectional": (lambda l: l.Bidirectional(l.SimpleRNN(2, recurrent_initializer="zeros", **ONES)), SERIES),
    "each step": (lambda l: l.TimeDistributed(l.Dense(2, **ONES)), SERIES),
    "global mean": (lambda l: l.GlobalAveragePooling2D(), IMAGES),
    "relu": (lambda l: l.ReLU(), ROWS),
    "activation": (lambda l: l.Activation("relu"), ROWS),
    "flatten": (lambda l: l.Flatten(), IMAGES),
    "maximum": (lambda l: l.MaxPooling2D(), IMAGES),
    "mean of two": (lambda l: lambda x: l.Average()([x, x]), ROWS),
}


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, dtype):
    make, data = LAYERS[name]
    results = []
    for tf in (real_tf(), our_tf()):
        tf.keras.utils.set_random_seed(0)
        results.append(make(tf.keras.layers)(data.astype(dtype)))
    assert results[0].dtype.name == results[1].dtype.name
    np.testing.assert_allclose(results[1].numpy(), results[0].numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_fit_and_predict(dtype):
    losses, predictions = [], []
    for tf in (real_tf(), our_tf()):
        tf.keras.utils.set_random_seed(0)
        model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, "relu"), tf.keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        data = IMAGES.astype(dtype)
        losses.append(model.fit(data, np.arange(4), epochs=2, shuffle=False, verbose=0).history["loss"])
        predictions.append(model.predict(data, verbose=0))
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    np.testing.assert_allclose(predictions[1], predictions[0], rtol=1e-4, atol=1e-5)


def test_inputs_of_a_functional_model():
    outputs = []
    for tf in (real_tf(), our_tf()):
        inputs = tf.keras.Input((36,), dtype="int32")
        model = tf.keras.Model(inputs, tf.keras.layers.Dense(2, **ONES)(inputs))
        outputs.append(model(ROWS.astype("int32")))
    assert outputs[0].dtype.name == outputs[1].dtype.name == "float32"
    np.testing.assert_allclose(outputs[1].numpy(), outputs[0].numpy())
