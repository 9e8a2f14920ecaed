"""keras.preprocessing: texts and sequences next to Keras."""

import random

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, difference, failures

TEXTS = ["The cat sat on the mat.", "The dog! ate, the cat", "a b"]
TOKENIZERS = {
    "plain": {}, "oov": {"num_words": 5, "oov_token": "<o>"}, "characters": {"char_level": True}, "case": {"lower": False, "split": "t"},
    "analyzer": {"analyzer": lambda text: text.split("a")},
}


def tokens(tf, kwargs):
    text = tf.keras.preprocessing.text
    t = text.Tokenizer(**kwargs)
    t.fit_on_texts(TEXTS)
    found = [
        t.word_index, dict(t.word_counts), dict(sorted(t.word_docs.items())), t.document_count, t.texts_to_sequences(["the cat ran", ["The", "mat"]]),
        t.sequences_to_texts([[1, 2, 3, 99]]),
        *[t.texts_to_matrix(TEXTS, mode) for mode in ("binary", "count", "freq", "tfidf")],
    ]
    again = text.tokenizer_from_json(t.to_json())
    return [*found, again.texts_to_sequences(TEXTS[:1]), again.index_word, sorted(t.get_config())]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_tokenizer(name):
    problem = difference(tokens(our_tf(), TOKENIZERS[name]), tokens(real_tf(), TOKENIZERS[name]))
    assert problem is None, problem


def pieces(tf):
    text, sequence = tf.keras.preprocessing.text, tf.keras.preprocessing.sequence
    random.seed(1)
    series = np.arange(20).reshape(10, 2)
    generator = sequence.TimeseriesGenerator(series, np.arange(10), length=3, batch_size=4, stride=2, reverse=True)
    return [
        text.hashing_trick("the cat sat", 10, hash_function="md5"), text.text_to_word_sequence("A b, C!", lower=False),
        text.one_hot("the cat", 7), sequence.make_sampling_table(10), sequence.skipgrams([1, 2, 3, 4], 6, window_size=1, seed=3),
        sequence.skipgrams([1, 2, 0, 4], 6, window_size=2, negative_samples=0.5, shuffle=False, categorical=True),
        sequence.skipgrams([1, 2, 3, 4], 6, sampling_table=np.full(6, 0.5), seed=9), len(generator), [list(generator[i]) for i in range(len(generator))],
    ]


def test_texts_and_sequences():
    problem = difference(pieces(our_tf()), pieces(real_tf()))
    assert problem is None, problem


test_failures = failures([
    Bad("matrix", lambda tf: tf.keras.preprocessing.text.Tokenizer().texts_to_matrix(["a"]), "num_words"),
    Bad("keyword", lambda tf: tf.keras.preprocessing.text.Tokenizer(nonsense=1), "nonsense"),
    Bad("lengths", lambda tf: tf.keras.preprocessing.sequence.TimeseriesGenerator([1], [1, 2], 1), "same length"),
])


IMAGES = np.random.RandomState(0).rand(7, 8, 6, 3).astype("float32") * 255
LABELS = np.arange(7) % 2
GENERATORS = {
    "flips": dict(horizontal_flip=True, vertical_flip=True, rescale=1 / 255),
    "affine": dict(rotation_range=30, width_shift_range=0.2, height_shift_range=2, shear_range=10.0, zoom_range=0.3),
    "fill": dict(rotation_range=45, zoom_range=(0.5, 1.5), fill_mode="constant", cval=9.0, channel_shift_range=20.0),
    "brightness": dict(brightness_range=(0.5, 1.5), width_shift_range=[-2, 3]),
    "samples": dict(samplewise_std_normalization=True),
    "features": dict(featurewise_std_normalization=True),
    "function": dict(preprocessing_function=lambda x: x / 2, validation_split=0.3),
}


def generated(tf, name, tmp_path):
    generator = tf.keras.preprocessing.image.ImageDataGenerator(**GENERATORS[name])
    if name == "features":
        generator.fit(IMAGES)
    subset = "training" if name == "function" else None
    flow = generator.flow(IMAGES, LABELS, batch_size=3, seed=5, subset=subset)
    np.random.seed(1)
    return [next(flow), next(flow), next(flow), flow[0], len(flow), generator.random_transform(IMAGES[0], seed=2)]


@pytest.mark.parametrize("name", GENERATORS)
def test_image_generator(name, tmp_path):
    problem = difference(generated(our_tf(), name, tmp_path), generated(real_tf(), name, tmp_path))
    assert problem is None, problem[:800]


def test_image_directory(tmp_path):
    for i, image in enumerate(IMAGES):
        folder = tmp_path / ("a" if i % 3 else "b")
        folder.mkdir(exist_ok=True)
        our_tf().keras.utils.save_img(folder / f"{i}.png", image)

    def run(tf):
        generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=0.5, validation_split=0.4)
        found = []
        for mode in ("categorical", "binary", "sparse", None, "input"):
            flow = generator.flow_from_directory(tmp_path, target_size=(5, 4), class_mode=mode, batch_size=2, seed=1, subset="training")
            found += [next(flow), len(flow), flow.class_indices, flow.filenames, flow.samples]
        return found

    problem = difference(run(our_tf()), run(real_tf()))
    assert problem is None, problem[:800]


def test_fit_on_a_generator():
    tf = our_tf()
    model = tf.keras.Sequential([tf.keras.Input((8, 6, 3)), tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    flow = tf.keras.preprocessing.image.ImageDataGenerator(horizontal_flip=True, rescale=1 / 255).flow(IMAGES, LABELS, batch_size=3)
    history = model.fit(flow, epochs=2, verbose=0).history
    assert len(history["loss"]) == 2
    assert model.predict(flow, verbose=0).shape == (7, 1)
