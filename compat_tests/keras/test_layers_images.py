"""Image layers next to Keras: the same seeds give the same numbers."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, _plain, difference, failures

IMAGES = (np.random.RandomState(0).rand(3, 6, 5, 2) * 255).astype("float32")
FIRST = "channels_first"

CASES = {
    "resizing": lambda l: l.Resizing(4, 9),
    "resizing-nearest": lambda l: l.Resizing(9, 3, interpolation="nearest"),
    "resizing-bicubic": lambda l: l.Resizing(9, 8, interpolation="bicubic"),
    "resizing-lanczos": lambda l: l.Resizing(3, 8, interpolation="lanczos3"),
    "resizing-antialias": lambda l: l.Resizing(3, 2, antialias=True),
    "resizing-crop": lambda l: l.Resizing(4, 8, crop_to_aspect_ratio=True),
    "resizing-pad": lambda l: l.Resizing(4, 8, pad_to_aspect_ratio=True, fill_value=1),
    "center-crop": lambda l: l.CenterCrop(3, 4),
    "center-crop-larger": lambda l: l.CenterCrop(8, 4),
    "flip": lambda l: l.RandomFlip(seed=1),
    "flip-horizontal": lambda l: l.RandomFlip("horizontal", seed=2),
    "rotation": lambda l: l.RandomRotation(0.2, seed=1),
    "rotation-constant": lambda l: l.RandomRotation((-0.3, 0.1), fill_mode="constant", fill_value=7.0, seed=1),
    "rotation-wrap": lambda l: l.RandomRotation(0.2, fill_mode="wrap", interpolation="nearest", seed=3),
    "zoom": lambda l: l.RandomZoom((-0.2, 0.4), seed=1),
    "zoom-both": lambda l: l.RandomZoom(0.5, 0.2, fill_mode="nearest", seed=1),
    "translation": lambda l: l.RandomTranslation(0.3, (-0.2, 0.4), seed=1),
    "contrast": lambda l: l.RandomContrast(0.5, seed=1),
    "brightness": lambda l: l.RandomBrightness((-0.2, 0.5), seed=1),
    "crop": lambda l: l.RandomCrop(4, 3, seed=1),
    "up2d-bilinear": lambda l: l.UpSampling2D(2, interpolation="bilinear"),
}


def outcome(tf, make):
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(3)
    layer = make(tf.keras.layers)
    found = {"config": _plain(layer.get_config())}
    takes = "up_sampling" not in layer.name
    for name, images in (("batch", IMAGES), ("one", IMAGES[0])):
        if not takes and name == "one":
            continue
        for training in (True, False) if takes else (None,):
            # Twice: the generator moves on.
            for i in range(2 if training else 1):
                result = layer(tf.constant(images), training=training) if takes else layer(tf.constant(images))
                found[f"{name} {training} {i}"] = np.asarray(result)
    if "contrast" not in layer.name:  # Keras' own fails
        found["uint8"] = layer(tf.constant(IMAGES.astype("uint8"))).dtype.name
    return found


@pytest.mark.parametrize("name", CASES)
def test_layer(name):
    problem = difference(outcome(our_tf(), CASES[name]), outcome(real_tf(), CASES[name]))
    assert problem is None, problem


@pytest.mark.parametrize("tf", [our_tf, real_tf], ids=["ours", "theirs"])
def test_in_a_dataset_and_a_model(tf):
    tf = tf()
    layers = tf.keras.layers
    augment = tf.keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.Rescaling(1 / 255)])
    data = tf.data.Dataset.from_tensor_slices(IMAGES).batch(2).map(lambda x: augment(x, training=True))
    assert [b.shape for b in data] == [(2, 6, 5, 2), (1, 6, 5, 2)]
    model = tf.keras.Sequential([tf.keras.Input((6, 5, 2)), augment, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(IMAGES, np.zeros((3, 1)), verbose=0).history["loss"][0])


test_failures = failures([
    Bad("fill", lambda tf: tf.keras.layers.RandomZoom(0.1, fill_mode="x"), "fill_mode"),
])
