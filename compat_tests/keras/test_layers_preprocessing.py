"""Preprocessing layers next to Keras: vocabularies, texts, hashes, bins, means."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, _plain, difference, failures

WORDS = [["b", "a"], ["b", "c"], ["d", "b"]]
TEXTS = ["The quick, brown FOX", "jumps! over", "Ünï b-c the"]
NUMBERS = np.random.RandomState(0).randn(40, 3).astype("float32")

# name: (layer, data to adapt to or None, inputs)
CASES = {
    "string": (lambda l: l.StringLookup(vocabulary=["a", "b"]), None, ["a", "b", "z", ""]),
    "string-adapt": (lambda l: l.StringLookup(), WORDS, ["b", "c", "q"]),
    "string-max": (lambda l: l.StringLookup(max_tokens=3, oov_token="?"), WORDS, ["b", "c", "q"]),
    "string-oov": (lambda l: l.StringLookup(vocabulary=["a", "b"], num_oov_indices=3, mask_token=""), None, ["a", "", "zz", "y", "x"]),
    "string-none": (lambda l: l.StringLookup(vocabulary=["a", "b"], num_oov_indices=0), None, ["b", "a"]),
    "string-invert": (lambda l: l.StringLookup(vocabulary=["a", "b"], invert=True), None, [0, 1, 2, 7]),
    "string-one-hot": (lambda l: l.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"), None, [["a"], ["q"]]),
    "string-multi-hot": (lambda l: l.StringLookup(output_mode="multi_hot", max_tokens=6, pad_to_max_tokens=True), WORDS, WORDS),
    "string-count": (lambda l: l.StringLookup(output_mode="count", mask_token="a"), WORDS, [["b", "b"], ["a", "q"]]),
    "string-tf-idf": (lambda l: l.StringLookup(output_mode="tf_idf"), WORDS, WORDS),
    "string-tf-idf-given": (lambda l: l.StringLookup(vocabulary=["a", "b"], idf_weights=[0.5, 0.7], output_mode="tf_idf"), None, WORDS),
    "integer": (lambda l: l.IntegerLookup(vocabulary=[5, 7]), None, [[5, 7], [9, -1]]),
    "integer-oov": (lambda l: l.IntegerLookup(vocabulary=[9, 3], num_oov_indices=2, mask_token=0), None, [9, 3, 0, 10, 11]),
    "integer-adapt": (lambda l: l.IntegerLookup(output_mode="count"), [[3, 1], [3, 2]], [[3, 3], [1, 8]]),
    "integer-invert": (lambda l: l.IntegerLookup(vocabulary=[5, 7], invert=True), None, [0, 1, 2]),
    "text": (lambda l: l.TextVectorization(), TEXTS, TEXTS),
    "text-scalar": (lambda l: l.TextVectorization(vocabulary=["quick", "fox"]), None, "Quick fox runs"),
    "text-column": (lambda l: l.TextVectorization(output_sequence_length=3, max_tokens=6), TEXTS, [[t] for t in TEXTS]),
    "text-ngrams": (lambda l: l.TextVectorization(ngrams=(2, 3)), TEXTS, TEXTS),
    "text-characters": (lambda l: l.TextVectorization(split="character", standardize="lower"), TEXTS, TEXTS),
    "text-counts": (lambda l: l.TextVectorization(output_mode="count", max_tokens=12, pad_to_max_tokens=True), TEXTS, TEXTS),
    "text-multi-hot": (lambda l: l.TextVectorization(output_mode="multi_hot", ngrams=2), TEXTS, TEXTS),
    "text-tf-idf": (lambda l: l.TextVectorization(output_mode="tf_idf", standardize=None), TEXTS, TEXTS),
    "category": (lambda l: l.CategoryEncoding(4), None, [[1, 2], [3, 3]]),
    "category-flat": (lambda l: l.CategoryEncoding(4, "one_hot"), None, [1, 2]),
    "category-count": (lambda l: l.CategoryEncoding(4, output_mode="count"), None, [[[1], [2]], [[3], [3]]]),
    "hash": (lambda l: l.Hashing(5), None, [["a", "b"], ["zz", ""]]),
    "hash-integers": (lambda l: l.Hashing(7), None, [1, 2, 30]),
    "hash-salt": (lambda l: l.Hashing(6, salt=133, mask_value=""), None, ["a", "b", ""]),
    "hash-salts": (lambda l: l.Hashing(6, salt=[1, 2], output_mode="one_hot"), None, ["a", "b", ""]),
    "bins": (lambda l: l.Discretization([0.0, 1.0, 2.0]), None, NUMBERS),
    "bins-one-hot": (lambda l: l.Discretization([0.0, 1.0], output_mode="one_hot"), None, [[-1.0], [0.0]]),
    "bins-adapt": (lambda l: l.Discretization(num_bins=4, epsilon=0.05), NUMBERS, NUMBERS),
    "normal": (lambda l: l.Normalization(), NUMBERS, NUMBERS[:3]),
    "normal-all": (lambda l: l.Normalization(axis=None), NUMBERS, NUMBERS[:3]),
    "normal-given": (lambda l: l.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 2.0]), None, NUMBERS[:3]),
    "normal-invert": (lambda l: l.Normalization(invert=True), NUMBERS, NUMBERS[:3]),
}


def made(tf, name):
    make, data, inputs = CASES[name]
    tf.keras.backend.clear_session()
    layer = make(tf.keras.layers)
    if data is not None:
        layer.adapt(np.array(data))
    return layer, tf.constant(np.array(inputs)) if not isinstance(inputs, str) else tf.constant(inputs)


def outcome(tf, name):
    layer, inputs = made(tf, name)
    result = layer(inputs)
    config = _plain(layer.get_config())
    return {
        "config": config,
        "again": sorted(k for k, v in _plain(type(layer).from_config(dict(config)).get_config()).items() if v != config[k]),
        "dtype": result.dtype.name,
        "result": result.numpy().tolist() if result.dtype.name == "string" else np.asarray(result),
        "vocabulary": [str(v) for v in layer.get_vocabulary()] if hasattr(layer, "get_vocabulary") else None,
    }


@pytest.mark.parametrize("name", CASES)
def test_layer(name):
    problem = difference(outcome(our_tf(), name), outcome(real_tf(), name))
    assert problem is None, problem


@pytest.mark.parametrize("name", ["string-adapt", "string-tf-idf", "text", "text-tf-idf", "integer-adapt", "bins-adapt", "normal", "hash"])
def test_files(name, tmp_path):
    for writer, reader in ((our_tf(), real_tf()), (real_tf(), our_tf())):
        layer, inputs = made(writer, name)
        shape = (1,) if len(inputs.shape) == 1 else tuple(inputs.shape[1:])
        model = writer.keras.Sequential([writer.keras.Input(shape, dtype=inputs.dtype.name), layer])
        model.save(tmp_path / "m.keras")
        read = reader.keras.models.load_model(tmp_path / "m.keras")
        values = inputs.numpy().reshape((-1, *shape))
        ours, theirs = (m(tf.constant(values)) for m, tf in ((read, reader), (model, writer)))
        assert difference(np.asarray(ours), np.asarray(theirs)) is None


@pytest.mark.parametrize("tf", [our_tf, real_tf], ids=["ours", "theirs"])
def test_in_a_dataset(tf):
    tf = tf()
    layer = tf.keras.layers.TextVectorization(output_sequence_length=3)
    data = tf.data.Dataset.from_tensor_slices(TEXTS).batch(2)
    layer.adapt(data)
    found = [b.numpy().tolist() for b in data.map(layer)]
    assert found == [[[4, 5, 9], [7, 6, 0]], [[3, 10, 2]]] or found[0][1][2] == 0
    assert layer.vocabulary_size() == 10


@pytest.mark.parametrize("tf", [our_tf, real_tf], ids=["ours", "theirs"])
def test_in_a_model(tf):
    tf = tf()
    layers = tf.keras.layers
    start = tf.keras.Input((1,), dtype="string")
    x = layers.TextVectorization(vocabulary=["red", "blue"], output_sequence_length=4)(start)
    model = tf.keras.Model(start, layers.Embedding(4, 2, embeddings_initializer="ones")(x))
    inputs = np.array([["red blue"], ["green"], ["x"]], object)
    assert model(tf.constant(inputs)).shape == (3, 4, 2)
    assert model.predict(tf.constant(inputs), verbose=0).shape == (3, 4, 2)


test_failures = failures([
    Bad("repeated", lambda tf: tf.keras.layers.StringLookup(vocabulary=["a", "a"]), "repeated term"),
    Bad("empty", lambda tf: tf.keras.layers.StringLookup()(tf.constant(["a"])), "Table not initialized"),
    Bad("too-many", lambda tf: tf.keras.layers.StringLookup(vocabulary=["a", "b"], max_tokens=2), "larger than the maximum vocab size"),
    Bad("mode", lambda tf: tf.keras.layers.IntegerLookup(output_mode="x"), "output_mode"),
    Bad("oov", lambda tf: tf.keras.layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(tf.constant(["b"])), "found OOV values"),
    Bad("adapt", lambda tf: tf.keras.layers.StringLookup(vocabulary=["a"]).adapt(["b"]), "Cannot adapt"),
    Bad("standardize", lambda tf: tf.keras.layers.TextVectorization(standardize="x"), "standardize"),
    Bad("length", lambda tf: tf.keras.layers.TextVectorization(output_mode="count", output_sequence_length=3), "output_sequence_length"),
    Bad("tokens", lambda tf: tf.keras.layers.CategoryEncoding(), "num_tokens"),
    Bad("bins", lambda tf: tf.keras.layers.Hashing(0), "num_bins"),
    Bad("boundaries", lambda tf: tf.keras.layers.Discretization(), "`num_bins` or `bin_boundaries`"),
    Bad("mean", lambda tf: tf.keras.layers.Normalization(mean=1.0), "`mean` and `variance`"),
])
