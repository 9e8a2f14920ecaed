"""SavedModels: TensorFlow opens and calls what tfjax writes; tfjax loads it without the source."""

from __future__ import annotations

import os

import numpy as np
import pytest

import tfjax as tf


@pytest.fixture(scope="module")
def real():
    import tensorflow

    return tensorflow


class Affine(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.ones((3, 2)), name="w")
        self.scales = [tf.Variable(2.0)]
        self.count = tf.Variable(0, trainable=False)

    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def __call__(self, x):
        self.count.assign_add(1)
        return tf.reshape(x @ self.w * self.scales[0], [tf.shape(x)[0], -1])

    @tf.function
    def mix(self, b, a, both=True):
        return {"sum": a + b, "diff": b - a} if both else {"sum": a}


@pytest.fixture
def saved(tmp_path):
    module = Affine()
    module.mix(tf.ones(2), tf.ones(2))
    module.mix.get_concrete_function(tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.int32), False)
    named = module.mix.get_concrete_function(
        tf.TensorSpec([None], tf.float32, name="bb"), tf.TensorSpec([None], tf.float32, name="aa")
    )
    path = str(tmp_path / "module")
    tf.saved_model.save(module, path, signatures={"serving_default": module.__call__, "mix": named})
    return path


def check_module(library, path):
    loaded = library.saved_model.load(path)
    x = np.arange(12, dtype="float32").reshape(4, 3)
    np.testing.assert_allclose(loaded(library.constant(x)).numpy(), x @ np.full((3, 2), 2.0), rtol=1e-6)
    loaded(library.constant(x[:1]))
    assert loaded.count.numpy() == 2 and loaded.scales[0].numpy() == 2.0
    loaded.w.assign(library.zeros((3, 2)))
    assert not loaded(library.constant(x)).numpy().any()
    result = loaded.mix(library.ones(2), library.zeros(2))
    assert sorted(result) == ["diff", "sum"] and result["diff"].numpy().tolist() == [1.0, 1.0]
    ints = library.constant([1, 2, 3])
    assert loaded.mix(ints, ints, False)["sum"].numpy().tolist() == [1, 2, 3]
    found = loaded.signatures["mix"](aa=library.ones(1), bb=library.constant([3.0]))
    assert {k: v.numpy().tolist() for k, v in found.items()} == {"sum": [4.0], "diff": [2.0]}
    assert loaded.signatures["serving_default"](x=library.constant(x))["output_0"].shape == (4, 2)


def test_tensorflow_calls_it(saved, real):
    check_module(real, saved)


def test_tfjax_calls_it(saved):
    check_module(tf, saved)


def test_loaded_module_is_differentiated_and_traced(saved):
    loaded = tf.saved_model.load(saved)
    x = tf.ones((5, 3))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.function(loaded)(x))
    dw, ds = tape.gradient(y, [loaded.w, loaded.scales[0]])
    assert dw.numpy().tolist() == [[10.0, 10.0]] * 3 and float(ds) == 30.0
    with pytest.raises(ValueError, match="Could not find matching concrete function"):
        loaded.mix(1.0, 2.0, 3)


def test_saved_again_and_overwritten(saved, real, tmp_path):
    path = str(tmp_path / "again")
    module = Affine()
    for value in (3.0, 5.0):
        module.scales[0].assign(value)
        tf.saved_model.save(module, path)
    assert real.saved_model.load(path).scales[0].numpy() == 5.0
    assert [n for n in os.listdir(tmp_path) if n.startswith(".")] == []
    assert "serving_default" not in tf.saved_model.load(path).signatures


def test_bad_input(saved, tmp_path):
    with pytest.raises(OSError, match="SavedModel file does not exist"):
        tf.saved_model.load(str(tmp_path / "nothing"))
    with open(os.path.join(saved, "saved_model.pb"), "r+b") as file:
        file.write(b"\xff" * 40)
    with pytest.raises(OSError, match="Cannot parse file"):
        tf.saved_model.load(saved)

    class Untracked(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([])])
        def f(self, x, v=tf.Variable(1.0)):
            return x + hidden

    hidden = tf.Variable(1.0)
    with pytest.raises(AssertionError, match="untracked"):
        tf.saved_model.save(Untracked(), str(tmp_path / "bad"))
    assert not os.path.exists(tmp_path / "bad")
    with pytest.raises(ValueError, match="Trackable"):
        tf.saved_model.save(3, str(tmp_path / "bad"))


def make_cnn():
    tf.keras.utils.set_random_seed(1)
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(),
            layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.2), layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = np.random.RandomState(0).rand(64, 8, 8, 1).astype("float32")
    y = np.arange(64) % 10
    model.fit(x, y, epochs=2, verbose=0)
    return model, x, y


def test_keras_directory(tmp_path, real):
    model, x, y = make_cnn()
    path = str(tmp_path / "my_model")
    model.save(path)
    assert {"assets", "saved_model.pb", "variables"} <= set(os.listdir(path))
    loaded = tf.keras.models.load_model(path)
    assert type(loaded) is tf.keras.Sequential
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    # Optimizer state and seeds come along: training goes on as if nothing had happened.
    again = [m.fit(x, y, verbose=0, shuffle=False).history for m in (model, loaded)]
    assert again[0] == again[1]

    model.save(path)
    expected = model.predict(x, verbose=0)
    theirs = real.saved_model.load(path)
    np.testing.assert_allclose(theirs(x).numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(theirs(x[:3], training=False).numpy(), expected[:3], atol=1e-6)
    found = theirs.signatures["serving_default"](real.constant(x))
    np.testing.assert_allclose(found["output_0"].numpy(), expected, atol=1e-6)
    assert len(theirs.variables) == 9 and len(theirs.trainable_variables) == 6


def test_model_without_its_class(tmp_path, real):
    class Gone(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first = tf.keras.layers.Dense(4, activation="relu")
            self.blocks = [tf.keras.layers.BatchNormalization(), tf.keras.layers.Dense(2)]

        def call(self, inputs, training=False):
            x = self.first(tf.reshape(inputs["a"], [tf.shape(inputs["a"])[0], -1]))
            return self.blocks[1](self.blocks[0](x, training=training))

    model = Gone()
    model.compile("sgd", "mse", metrics=["mae"])
    random = np.random.RandomState(0)
    x, y = {"a": random.rand(32, 2, 3).astype("float32")}, random.rand(32, 2).astype("float32")
    model.fit(x, y, verbose=0)
    path = str(tmp_path / "gone")
    model.save(path)
    loaded = tf.keras.models.load_model(path)
    assert not isinstance(loaded, Gone)
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    before = loaded.evaluate(x, y, verbose=0)[0]
    loaded.fit(x, y, epochs=3, verbose=0)
    assert loaded.evaluate(x, y, verbose=0)[0] < before
    np.testing.assert_allclose(real.saved_model.load(path)({"a": x["a"]}).numpy(), model.predict(x, verbose=0), atol=1e-6)


def test_export(tmp_path, real, capsys):
    model, x, _ = make_cnn()
    path = str(tmp_path / "served")
    model.export(path)
    assert f"Saved artifact at '{path}'. The following endpoints are available:" in capsys.readouterr().out
    layer = real.keras.layers.TFSMLayer(path, call_endpoint="serve")
    np.testing.assert_allclose(np.asarray(layer(x)), model.predict(x, verbose=0), atol=1e-6)


def test_keras_bad_directories(tmp_path):
    with pytest.raises(ValueError, match="File not found"):
        tf.keras.models.load_model(str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(OSError, match="SavedModel file does not exist"):
        tf.keras.models.load_model(str(tmp_path / "empty"))
    with pytest.raises(ValueError, match="inputs are not known"):
        tf.keras.Sequential([tf.keras.layers.Dense(2)]).save(str(tmp_path / "unbuilt"))
    assert not (tmp_path / "unbuilt").exists()
