"""tf.feature_column next to TensorFlow, whose Keras 3 has no DenseFeatures: its `input_layer` is the judge."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, difference, failures


def features(tf):
    found = {
        "age": [1.0, 25.0, 60.0], "col": ["a", "", "zz"], "i": [0, -1, 2], "x": ["p", "q", "p"], "y": ["r", "", "s"],
        "m": np.array([["a", "a"], ["b", ""], ["", ""]]), "wt": np.array([[2.0, 3.0], [-1.0, 0.0], [0.0, 0.0]], np.float32),
        "two": np.array([[2.0, 3.0], [-1.0, 4.0], [1.0, 1.0]], np.float32),
    }
    found = {k: tf.constant(v) for k, v in found.items()}
    indices = [[0, 0], [2, 0], [2, 1]]
    found["sp"] = tf.sparse.SparseTensor(indices, ["a", "b", ""], [3, 2])
    found["spw"] = tf.sparse.SparseTensor(indices, [3.0, -1.0, 2.0], [3, 2])
    return found


def counting(tf):
    def initial(shape, dtype=None, partition_info=None):
        return tf.reshape(tf.range(1, 1 + int(np.prod([int(n) for n in shape])), dtype=tf.float32), shape)

    return initial


def _int64(fc):
    return (our_tf() if fc.__name__.startswith("tfjax") else real_tf()).int64


def _age(fc):
    return fc.numeric_column("age")


def _ranges(fc):
    return fc.bucketized_column(_age(fc), [18, 30, 60])


def _words(fc, key="m"):
    return fc.categorical_column_with_vocabulary_list(key, ["a", "b", "c"])


def _weighted(fc):
    return fc.weighted_categorical_column(_words(fc), "wt")


def _sparse(fc):
    return fc.categorical_column_with_vocabulary_list("sp", ["a", "b", ""])


# name: a categorical column, which is tried as an indicator.
CATEGORIES = {
    "words": _words,
    "words-oov": lambda fc: fc.categorical_column_with_vocabulary_list("col", ["a", "b"], num_oov_buckets=3),
    "words-default": lambda fc: fc.categorical_column_with_vocabulary_list("col", ["a", "b"], default_value=1),
    "integers": lambda fc: fc.categorical_column_with_vocabulary_list("i", [2, 0]),
    "identity": lambda fc: fc.categorical_column_with_identity("i", 2),
    "identity-default": lambda fc: fc.categorical_column_with_identity("i", 2, default_value=1),
    "hash": lambda fc: fc.categorical_column_with_hash_bucket("x", 5),
    "hash-integers": lambda fc: fc.categorical_column_with_hash_bucket("i", 5, _int64(fc)),
    "ranges": _ranges,
    "cross": lambda fc: fc.crossed_column(["x", "y"], 5),
    "cross-ranges": lambda fc: fc.crossed_column([_ranges(fc), "x"], 5, hash_key=7),
    "cross-words": lambda fc: fc.crossed_column([_words(fc), "x"], 6),
    "cross-nested": lambda fc: fc.crossed_column([fc.crossed_column(["x", "i"], 9), _ranges(fc)], 6),
    "cross-floats": lambda fc: fc.crossed_column(["age", "x"], 6),
    "weighted": _weighted,
    "sparse": _sparse,
    "sparse-weighted": lambda fc: fc.weighted_categorical_column(_sparse(fc), "spw"),
    "sparse-cross": lambda fc: fc.crossed_column(["sp", "x"], 5),
}
# name: (a categorical column, arguments of embedding_column)
EMBEDDINGS = {
    "mean": (_words, {}), "sum": (_words, {"combiner": "sum"}), "sqrtn": (_words, {"combiner": "sqrtn", "max_norm": 1.0}),
    "weighted": (_weighted, {}), "weighted-sum": (_weighted, {"combiner": "sum"}), "weighted-sqrtn": (_weighted, {"combiner": "sqrtn"}),
    "ranges": (lambda fc: fc.bucketized_column(fc.numeric_column("two", shape=2), [0, 2]), {}),
    "sparse": (_sparse, {}),
}
NUMBERS = {
    "number": _age,
    "shape": lambda fc: fc.numeric_column("two", shape=(2, 1)),
    "normalizer": lambda fc: fc.numeric_column("age", normalizer_fn=lambda x: x / 10),
    "integers": lambda fc: fc.numeric_column("i", dtype=_int64(fc)),
    "ranges": _ranges,
    "ranges-two": lambda fc: fc.bucketized_column(fc.numeric_column("two", shape=2), [0, 2]),
}


def computed(columns):
    """What both libraries make of `columns(tf)`."""
    ours, theirs = our_tf(), real_tf()
    with theirs.Graph().as_default(), theirs.compat.v1.Session() as session:
        expected = theirs.compat.v1.feature_column.input_layer(features(theirs), columns(theirs))
        session.run([theirs.compat.v1.global_variables_initializer(), theirs.compat.v1.tables_initializer()])
        expected = session.run(expected)
    layer = ours.keras.layers.DenseFeatures(columns(ours))
    return layer(features(ours)).numpy(), expected


@pytest.mark.parametrize("name", CATEGORIES)
def test_indicator(name):
    ours, expected = computed(lambda tf: [tf.feature_column.indicator_column(CATEGORIES[name](tf.feature_column))])
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embedding(name):
    make, options = EMBEDDINGS[name]
    ours, expected = computed(lambda tf: [
        tf.feature_column.embedding_column(make(tf.feature_column), 2, initializer=counting(tf), **options)
    ])
    np.testing.assert_allclose(ours, expected, rtol=1e-6)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    ours, expected = computed(lambda tf: [NUMBERS[name](tf.feature_column)])
    np.testing.assert_allclose(ours, expected, rtol=1e-6)


def test_several_in_the_order_of_their_names():
    def columns(tf):
        fc = tf.feature_column
        return [fc.indicator_column(_words(fc)), fc.embedding_column(_words(fc), 2, initializer=counting(tf)), _ranges(fc), _age(fc)]

    ours, expected = computed(columns)
    np.testing.assert_allclose(ours, expected)


def test_facts():
    def facts(tf):
        fc = tf.feature_column
        columns = [make(fc) for make in (*CATEGORIES.values(), *NUMBERS.values())]
        columns += [fc.indicator_column(c) for c in columns if hasattr(c, "num_buckets")]
        columns += [fc.sequence_numeric_column("s", shape=2), fc.sequence_categorical_column_with_identity("s", 3)]
        named = [str(c).split(" at 0x")[0] for c in columns if "normalizer_fn=<" not in str(c)]
        spec = fc.make_parse_example_spec([c for c in columns if c.name not in ("i_X_x", "two", "i", "s")][:6])
        embedding = fc.embedding_column(_words(fc), 4)
        return [
            named, [c.name for c in columns], [str(c.parse_example_spec) for c in columns], str(spec),
            [str(c.get_config()) for c in columns if "normalizer_fn=<" not in str(c)],
            [c.num_buckets for c in columns if hasattr(c, "num_buckets")], [c.variable_shape for c in columns if hasattr(c, "variable_shape")],
            embedding.name, embedding.variable_shape, str(embedding.get_config()),
        ]

    ours, theirs = facts(our_tf()), facts(real_tf())
    for mine, expected in zip(ours, theirs):
        assert mine == expected


def test_vocabulary_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("zz\na\nb\n")

    def columns(tf):
        fc = tf.feature_column
        make = fc.categorical_column_with_vocabulary_file
        return [fc.indicator_column(make("col", str(path), num_oov_buckets=2)), fc.indicator_column(make("m", str(path), 2))]

    ours, expected = computed(columns)
    np.testing.assert_array_equal(ours, expected)


def test_layer_trains_and_comes_back(tmp_path):
    tf = our_tf()
    fc = tf.feature_column
    columns = [_age(fc), _ranges(fc), fc.embedding_column(_words(fc), 2), fc.indicator_column(_words(fc, "col"))]
    model = tf.keras.Sequential([tf.keras.layers.DenseFeatures(columns), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse")
    data = {k: v for k, v in features(tf).items() if k in ("age", "m", "col")}
    batches = tf.data.Dataset.from_tensor_slices((data, tf.ones((3, 1)))).batch(2)
    table = None
    for _ in range(2):
        model.fit(batches, verbose=0)
        before, table = table, model.layers[0].weights[0].numpy()
    assert table.shape == (3, 2) and not np.array_equal(before, table)
    expected = model.predict(batches, verbose=0)
    assert expected.shape == (3, 1)
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict(batches, verbose=0), expected, rtol=1e-6)


def test_functional_model():
    tf = our_tf()
    fc = tf.feature_column
    inputs = {"age": tf.keras.Input((1,), name="age"), "col": tf.keras.Input((1,), name="col", dtype="string")}
    layer = tf.keras.layers.DenseFeatures([_ranges(fc), fc.embedding_column(_words(fc, "col"), 3)])
    outputs = layer(inputs)
    assert outputs.shape == (None, 7)
    assert [w.path for w in layer.weights] == [f"{layer.name}/col_embedding/embedding_weights"]
    model = tf.keras.Model(inputs, outputs)
    found = model.predict({"age": np.array([[20.0], [70.0]]), "col": np.array([["a"], ["q"]], object)}, verbose=0)
    np.testing.assert_array_equal(found[1], [0, 0, 0, 1, 0, 0, 0])
    collected = {}
    layer({"age": tf.constant([20.0]), "col": tf.constant(["b"])}, cols_to_output_tensors=collected)
    assert {c.name: t.shape.as_list() for c, t in collected.items()} == {"age_bucketized": [1, 4], "col_embedding": [1, 3]}


def test_shared_embeddings():
    tf = our_tf()
    fc = tf.feature_column
    columns = fc.shared_embeddings([fc.categorical_column_with_identity(k, 4) for k in "ab"], 2, initializer=counting(tf))
    layer = tf.keras.layers.DenseFeatures(columns)
    found = layer({"a": tf.constant([0, 3]), "b": tf.constant([1, 0])})
    assert found.numpy().tolist() == [[1, 2, 3, 4], [7, 8, 1, 2]]
    assert len(layer.weights) == 1 and [c.name for c in columns] == ["a_shared_embedding", "b_shared_embedding"]


def test_sequences():
    # What TensorFlow 2.21 with Keras 2 gives.
    tf = our_tf()
    fc = tf.feature_column
    pages = tf.sparse.SparseTensor([[0, 0], [2, 0], [2, 1]], np.array([1, 0, 2], np.int64), [3, 3])
    loads = tf.sparse.SparseTensor([[0, 0], [2, 0], [2, 1]], [1.0, 2.0, 3.0], [3, 4])
    page = fc.sequence_categorical_column_with_identity("i", 3)
    layer = tf.keras.experimental.SequenceFeatures([fc.embedding_column(page, 2, initializer=counting(tf))])
    vectors, lengths = layer({"i": pages})
    assert vectors.numpy().tolist() == [[[3, 4], [0, 0], [0, 0]], [[0, 0], [0, 0], [0, 0]], [[1, 2], [5, 6], [0, 0]]]
    assert lengths.numpy().tolist() == [1, 0, 2]
    column = fc.sequence_numeric_column("n", shape=2, normalizer_fn=lambda x: x * 2)
    numbers, lengths = tf.keras.experimental.SequenceFeatures([column])({"n": loads})
    assert numbers.numpy().tolist() == [[[2, 0], [0, 0]], [[0, 0], [0, 0]], [[4, 6], [0, 0]]]
    assert lengths.numpy().tolist() == [1, 0, 1]


@pytest.mark.parametrize("columns, message", [
    ([], "must not be empty"), ([3], "must be a FeatureColumn"), ("categorical", "You can wrap a categorical column"),
    ("twice", "Duplicate feature column name"), ("dict", "found dict"),
])
def test_bad_layer(columns, message):
    tf = our_tf()
    fc = tf.feature_column
    given = {"categorical": [_words(fc)], "twice": [_age(fc), _age(fc)], "dict": {"a": _age(fc)}}.get(str(columns), columns)
    with pytest.raises(ValueError, match=message):
        tf.keras.layers.DenseFeatures(given)
    with pytest.raises(ValueError, match="Feature nope is not in features dictionary"):
        tf.keras.layers.DenseFeatures(fc.numeric_column("nope"))(features(tf))


test_failures = failures([
    Bad("key", lambda tf: tf.feature_column.numeric_column(3), "key must be a string"),
    Bad("shape", lambda tf: tf.feature_column.numeric_column("a", shape=(0,)), "greater than 0"),
    Bad("shape-float", lambda tf: tf.feature_column.numeric_column("a", shape=[1.5]), "must be integer"),
    Bad("dtype", lambda tf: tf.feature_column.numeric_column("a", dtype=tf.string), "convertible to float"),
    Bad("default", lambda tf: tf.feature_column.numeric_column("a", default_value="x"), "compatible with dtype"),
    Bad("default-shape", lambda tf: tf.feature_column.numeric_column("a", shape=2, default_value=[1.0]), "must be equal to given shape"),
    Bad("normalizer", lambda tf: tf.feature_column.numeric_column("a", normalizer_fn=3), "must be a callable"),
    Bad("source", lambda tf: tf.feature_column.bucketized_column(_words(tf.feature_column), [1]), "numeric_column"),
    Bad("boundaries", lambda tf: tf.feature_column.bucketized_column(_age(tf.feature_column), [3, 1]), "sorted list"),
    Bad("no-boundaries", lambda tf: tf.feature_column.bucketized_column(_age(tf.feature_column), []), "must not be empty"),
    Bad("no-words", lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", []), "non-empty"),
    Bad("same-words", lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", ["a", "a"]), "Duplicate keys"),
    Bad("words", lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", ["a"], dtype=tf.int32), "do not match"),
    Bad("oov", lambda tf: tf.feature_column.categorical_column_with_vocabulary_list("a", ["a"], None, 0, 2), "both num_oov_buckets"),
    Bad("file", lambda tf: tf.feature_column.categorical_column_with_vocabulary_file("a", "/nowhere"), "does not exist"),
    Bad("identity", lambda tf: tf.feature_column.categorical_column_with_identity("a", 3, 3), "not in range"),
    Bad("hash", lambda tf: tf.feature_column.categorical_column_with_hash_bucket("a", 0), "at least 1"),
    Bad("indicator", lambda tf: tf.feature_column.indicator_column(_age(tf.feature_column)), "must be a CategoricalColumn"),
    Bad("dimension", lambda tf: tf.feature_column.embedding_column(_words(tf.feature_column), 0), "Invalid dimension"),
    Bad("checkpoint", lambda tf: tf.feature_column.embedding_column(_words(tf.feature_column), 2, ckpt_to_load_from="x"), "both"),
    Bad("cross", lambda tf: tf.feature_column.crossed_column(["a"], 3), "length > 1"),
    Bad("cross-number", lambda tf: tf.feature_column.crossed_column(["a", _age(tf.feature_column)], 3), "Unsupported key type"),
    Bad("spec", lambda tf: tf.feature_column.make_parse_example_spec([3]), "must be FeatureColumn instances"),
])
