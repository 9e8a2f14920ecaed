"""Training with Keras next to TensorFlow: the same seeds give the same numbers."""

import numpy as np
import pytest

from compat_tests.harness import normal, parity


def _data():
    random = np.random.RandomState(0)
    return random.rand(96, 8).astype("float32"), random.randint(0, 3, 96)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw", "adagrad", "nadam", "adamax", "adadelta"])
@parity(modes=("host",), tolerance=(1e-3, 1e-4))  # float32 sums of several steps in another order
def test_fit_with_each_optimizer(tf, optimizer, x=normal(1)):
    tf.keras.utils.set_random_seed(1)
    inputs, labels = _data()
    model = tf.keras.Sequential([
        tf.keras.Input((8,)), tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dropout(0.2), tf.keras.layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(inputs, labels, epochs=2, batch_size=20, validation_split=0.25, verbose=0).history
    return [history[k] for k in sorted(history)], model.predict(inputs[:3], verbose=0)


@parity(modes=("host",), tolerance=(1e-3, 1e-4))  # as above
def test_recurrent_and_embedding(tf, x=normal(1)):
    tf.keras.utils.set_random_seed(2)
    random = np.random.RandomState(0)
    words, targets = random.randint(0, 30, (48, 6)), random.rand(48, 1).astype("float32")
    layers = tf.keras.layers
    model = tf.keras.Sequential([
        layers.Input((6,)), layers.Embedding(30, 5, mask_zero=True), layers.LSTM(4, return_sequences=True), layers.GRU(3), layers.Dense(1),
    ])
    # Not Adam: it divides gradients that are only rounding noise (masked rows) by their own size.
    model.compile("sgd", "mse")
    return model.fit(words, targets, epochs=2, verbose=0).history["loss"], model.predict(words[:2], verbose=0)


@parity(modes=("host",), tolerance=(1e-3, 1e-4))  # as above
def test_convolution_and_batch_norm(tf, x=normal(1)):
    tf.keras.utils.set_random_seed(3)
    random = np.random.RandomState(0)
    images, labels = random.rand(32, 8, 8, 2).astype("float32"), random.randint(0, 2, 32)
    layers = tf.keras.layers
    start = layers.Input((8, 8, 2))
    h = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", activation="relu")(start))
    h = layers.Add()([layers.Conv2D(4, 1)(h), h])
    h = layers.GlobalAveragePooling2D()(layers.AveragePooling2D(2)(layers.MaxPooling2D()(h)))
    model = tf.keras.Model(start, layers.Dense(1, activation="sigmoid")(h))
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(images, labels, epochs=2, batch_size=8, verbose=0, class_weight={0: 1.0, 1: 2.0}).history
    return [history[k] for k in sorted(history)], model.evaluate(images, labels, verbose=0)


@parity(modes=("host",), errors="class")
def test_unknown_names(tf, x=normal(1)):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("no_such_optimizer", "mse")


@parity(modes=("host",), errors="class")
def test_a_layer_on_the_wrong_rank(tf, x=normal(1)):
    return tf.keras.layers.LSTM(3)(tf.ones((2, 3)))


@parity(modes=("host",), errors="class")
def test_a_missing_file(tf, x=normal(1)):
    tf.keras.models.load_model("no_such_file.keras")


@parity(modes=("host",))
def test_summary(tf, x=normal(1)):
    tf.keras.backend.clear_session()
    layers = tf.keras.layers
    start = layers.Input((8, 8, 1))
    h = layers.Flatten()(layers.Conv2D(4, 3)(start))
    lines = []
    tf.keras.Sequential([layers.Input((4,)), layers.Dense(3), layers.Dropout(0.5), layers.Dense(1)]).summary(print_fn=lines.append)
    tf.keras.Model(start, layers.Add()([layers.Dense(2)(h), layers.Dense(2)(h)])).summary(print_fn=lines.append)
    return ["\n".join(lines)]


def test_keras_reads_our_files(tmp_path):
    import tensorflow as real

    import tfjax as tf

    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Input((6,)), layers.Embedding(20, 4), layers.Bidirectional(layers.LSTM(3)), layers.Dense(2)])
    model.compile("adam", "mse")
    words = np.random.RandomState(0).randint(0, 20, (16, 6))
    model.fit(words, np.zeros((16, 2), "float32"), verbose=0)
    model.save(tmp_path / "m.keras")
    theirs = real.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(theirs.predict(words, verbose=0), model.predict(words, verbose=0), rtol=1e-4, atol=1e-5)
    theirs.fit(words, np.zeros((16, 2), "float32"), verbose=0)
    theirs.save(tmp_path / "t.keras")
    ours = tf.keras.models.load_model(tmp_path / "t.keras")
    np.testing.assert_allclose(ours.predict(words, verbose=0), theirs.predict(words, verbose=0), rtol=1e-4, atol=1e-5)
