"""Mistakes that users make with Keras: the error class is Keras', no JAX error is the last word."""

from __future__ import annotations

import os

import numpy as np
import pytest

import tfjax as tf
from compat_tests.keras.test_rows import real  # noqa: F401 (a fixture)

X, Y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
I = np.zeros((8,), "int32")


def sequential(k, units=1, **kwargs):
    return k.Sequential([k.Input((4,)), k.layers.Dense(units, **kwargs)])


def compiled(k, model=None, optimizer="sgd", loss="mse", **kwargs):
    model = model or sequential(k)
    model.compile(optimizer, loss, **kwargs)
    return model


def fit(k, x=X, y=Y, model=None, loss="mse", compile_with=None, **kwargs):
    return compiled(k, model, loss=loss, **(compile_with or {})).fit(x, y, verbose=0, **kwargs)


def added(k):
    inputs = [k.Input((4,), name=n) for n in "ab"]
    return k.Model(inputs, k.layers.Add()(inputs))


def written(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def unfinished(k):
    class NoCall(k.Model):
        pass

    return NoCall()(X)


def no_constructor(k):
    class NoInit(k.layers.Layer):
        def __init__(self):
            self.size = 1

    return NoInit()(X)


def bad_call(k, library):
    class BadCall(k.layers.Layer):
        def call(self, x):
            return x + library.ones((3, 7))

    return BadCall()(X)


def used_twice(k, layer, first, second):
    layer(first)
    return layer(second)


CASES = {
    "optimizer name": lambda k: compiled(k, optimizer="nope"), "loss name": lambda k: fit(k, loss="nope"), "metric name": lambda k: fit(k, compile_with={"metrics": ["nope"]}),
    "activation name": lambda k: k.layers.Dense(1, activation="nope"), "initializer name": lambda k: k.layers.Dense(1, kernel_initializer="nope"),
    "constraint name": lambda k: k.layers.Dense(1, kernel_constraint="nope"), "optimizer type": lambda k: compiled(k, optimizer=3), "metrics type": lambda k: fit(k, compile_with={"metrics": "mae"}),
    "compile argument": lambda k: compiled(k, foo=1), "fit argument": lambda k: fit(k, foo=1), "layer argument": lambda k: k.layers.Dense(1, foo=1), "units": lambda k: k.layers.Dense(-1),
    "x shape": lambda k: fit(k, np.ones((8, 5))), "x rank": lambda k: fit(k, np.ones((8, 4, 4))), "sizes of x and y": lambda k: fit(k, y=Y[:5]),
    "y missing": lambda k: fit(k, y=None), "x missing": lambda k: fit(k, None), "x strings": lambda k: fit(k, np.array(["a"] * 8)), "not compiled": lambda k: sequential(k).fit(X, Y),
    "no loss": lambda k: fit(k, loss=None), "labels not one-hot": lambda k: fit(k, y=I, model=sequential(k, 3), loss="categorical_crossentropy"),
    "one-hot labels": lambda k: fit(k, y=np.ones((8, 3)), model=sequential(k, 3), loss="sparse_categorical_crossentropy"), "binary labels": lambda k: fit(k, model=sequential(k, 3), loss="binary_crossentropy"),
    "validation data": lambda k: fit(k, validation_data=3), "validation shape": lambda k: fit(k, validation_data=(np.ones((3, 7)), Y[:3])), "weights": lambda k: fit(k, sample_weight=np.ones(3)),
    "both weights": lambda k: fit(k, class_weight={0: 1.0}, sample_weight=np.ones(8)), "missing input": lambda k: fit(k, {"a": X, "c": X}, X, added(k)), "one input": lambda k: fit(k, X, X, added(k)),
    "loss weights": lambda k: fit(k, compile_with={"loss_weights": [1, 2]}), "predict shape": lambda k: sequential(k).predict(np.ones((2, 7)), verbose=0), "call shape": lambda k: sequential(k)(np.ones((2, 7))),
    "train_on_batch shape": lambda k: compiled(k).train_on_batch(np.ones((2, 7)), np.ones((2, 1))), "call none": lambda k: k.layers.Dense(1)(None), "call str": lambda k: k.layers.Dense(1)("abc"),
    "call nothing": lambda k: k.layers.Dense(1)(), "call list": lambda k: k.layers.Dense(1)([X, X]), "rank of LSTM": lambda k: k.layers.LSTM(2)(X), "rank of Conv2D": lambda k: k.layers.Conv2D(2, 3)(np.ones((1, 4, 4))),
    "small image": lambda k: k.layers.Conv2D(2, 5)(np.ones((1, 3, 3, 1), "float32")), "reshape": lambda k: k.layers.Reshape((3, 3))(X), "concatenate": lambda k: k.layers.Concatenate()([X, np.ones((8, 4, 1))]),
    "add": lambda k: k.layers.Add()([X, np.ones((8, 3))]), "other channels": lambda k: used_twice(k, k.layers.Conv2D(2, 3), np.ones((1, 8, 8, 3)), np.ones((1, 8, 8, 1))),
    "other width": lambda k: used_twice(k, k.layers.Dense(1), X, np.ones((2, 7))), "no layer": lambda k: k.Sequential([3]), "not symbolic": lambda k: k.Model(X, X), "input shape": lambda k: k.Input(3),
    "not connected": lambda k: k.Model(k.Input((3,)), k.layers.Dense(1)(k.Input((3,)))), "no call": unfinished, "no constructor": no_constructor, "layer name": lambda k: sequential(k).get_layer("zz"),
    "layer index": lambda k: sequential(k).get_layer(index=9), "number of weights": lambda k: sequential(k).set_weights([np.ones((4, 1))]), "shape of weights": lambda k: sequential(k).set_weights([np.ones((5, 1)), np.ones(1)]),
    "no file": lambda k: k.models.load_model("none.keras"), "no h5 file": lambda k: k.models.load_model("none.h5"), "no weights file": lambda k: sequential(k).load_weights("none.weights.h5"),
    "no folder": lambda k: sequential(k).save("nodir/q.keras"), "damaged keras": lambda k: k.models.load_model(written("c.keras", b"PK\x03\x04 nonsense")), "damaged h5": lambda k: k.models.load_model(written("c.h5", b"no")),
    "damaged weights": lambda k: sequential(k).load_weights(written("c.weights.h5", b"no")), "other weights": lambda k: (sequential(k, 2).save_weights("w.weights.h5"), sequential(k, 3).load_weights("w.weights.h5")),
    "json": lambda k: k.models.model_from_json("{not json"), "json class": lambda k: k.models.model_from_json('{"class_name": "Nope", "config": {}, "module": "keras"}'), "config": lambda k: k.layers.Dense.from_config({"foo": 1}),
    "layer config": lambda k: k.layers.deserialize({"class_name": "Nope", "config": {}}), "rate": lambda k: k.optimizers.SGD("a"), "two clips": lambda k: k.optimizers.SGD(clipnorm=1.0, clipvalue=1.0),
    "optimizer argument": lambda k: k.optimizers.Adam(foo=1), "reduction": lambda k: k.losses.MeanSquaredError(reduction="foo"), "loss shapes": lambda k: k.losses.MeanSquaredError()(np.ones((2, 3)), np.ones((2, 4))),
    "dtype": lambda k: k.layers.Dense(1, dtype="foo"), "dropout": lambda k: k.layers.Dropout(2.0), "padding": lambda k: k.layers.Conv2D(2, 3, padding="foo"), "monitor": lambda k: fit(k, callbacks=[k.callbacks.EarlyStopping(monitor="zz")]),
    "error in a loss": lambda k: fit(k, loss=lambda a, b: 1 / 0), "plateau": lambda k: k.callbacks.ReduceLROnPlateau(factor=2),
}


@pytest.mark.parametrize("name", CASES)
def test_error_class_is_that_of_keras(name, real, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    found = []
    for library in (tf, real):
        with pytest.raises(Exception) as caught:  # noqa: B017
            CASES[name](library.keras)
        found.append(caught.value)
    ours, theirs = found
    assert type(ours).__name__ == type(theirs).__name__
    assert "jax" not in str(ours).lower().replace("tfjax", "") and "991" not in str(ours)
    assert not [f for f in os.listdir(tmp_path) if f.startswith(".")], "no half-written files"


def test_error_of_shapes_inside_a_call(real):  # noqa: F811
    errors = []
    for library in (tf, real):
        with pytest.raises(library.errors.InvalidArgumentError) as caught:
            bad_call(library.keras, library)
        errors.append(str(caught.value))
    assert all("Incompatible shapes: [8,4] vs. [3,7]" in text for text in errors)


@pytest.mark.parametrize("kind", ["arrays", "dataset"])
def test_no_data_is_no_error(kind, real):  # noqa: F811
    for library in (tf, real):
        data = (X[:0], Y[:0]) if kind == "arrays" else (library.data.Dataset.from_tensor_slices((X, Y)).batch(2).take(0),)
        model = compiled(library.keras)
        assert model.fit(*data, verbose=0).history == {} and model.evaluate(*data, verbose=0) == []
