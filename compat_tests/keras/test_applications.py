"""Networks are layer by layer those of Keras, so that their weights files fit."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, _plain, difference, failures, signature

SMALL = {"weights": None, "input_shape": (64, 64, 3)}
CASES = {
    "VGG16": dict(SMALL, include_top=False, pooling="avg"),
    "VGG19": dict(SMALL, include_top=False, pooling="max"),
    "ResNet50": dict(SMALL, classes=7),
    "ResNet50V2": dict(SMALL, include_top=False),
    "MobileNet": dict(SMALL, alpha=0.5, classes=5),
    "MobileNetV2": dict(SMALL, alpha=1.3, classes=5),
}
OTHERS = ["ResNet101", "ResNet152", "ResNet101V2", "ResNet152V2"]


def config(tf, name):
    tf.keras.backend.clear_session()
    model = getattr(tf.keras.applications, name)(**CASES[name])
    found = _plain(model.get_config())
    for layer in found["layers"]:
        layer.pop("build_config", None)
        # Keras notes arguments that were not given, such as mask=None.
        for node in layer["inbound_nodes"]:
            node.pop("kwargs")
    return {"config": found, "parameters": model.count_params()}


@pytest.mark.parametrize("name", CASES)
def test_architecture(name):
    problem = difference(config(our_tf(), name), config(real_tf(), name))
    assert problem is None, problem[:1500]


@pytest.mark.parametrize("name", [*CASES, *OTHERS])
def test_signature(name):
    assert signature(getattr(our_tf().keras.applications, name)) == signature(getattr(real_tf().keras.applications, name))


def test_weights_files_are_interchangeable(tmp_path):
    kwargs = dict(CASES["MobileNetV2"], input_shape=(32, 32, 3))
    theirs = real_tf().keras.applications.MobileNetV2(**kwargs)
    theirs.save_weights(tmp_path / "w.weights.h5")
    ours = our_tf().keras.applications.MobileNetV2(**{**kwargs, "weights": str(tmp_path / "w.weights.h5")})
    images = np.random.RandomState(0).rand(2, 32, 32, 3).astype("float32")
    np.testing.assert_allclose(ours.predict(images, verbose=0), theirs.predict(images, verbose=0), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["vgg16", "resnet_v2", "mobilenet"])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_preprocess_input(name, dtype):
    images = (np.random.RandomState(0).rand(2, 3, 4, 3) * 255).astype(dtype)
    ours, theirs = (getattr(tf.keras.applications, name).preprocess_input for tf in (our_tf(), real_tf()))
    np.testing.assert_allclose(np.asarray(ours(images)), np.asarray(theirs(images.copy())), rtol=1e-5, atol=1e-5)
    if dtype == "uint8":
        return  # Keras' own takes no tensors of integers
    np.testing.assert_allclose(ours(our_tf().constant(images)).numpy(), theirs(real_tf().constant(images)).numpy(), rtol=1e-5, atol=1e-4)


test_failures = failures([
    Bad("weights", lambda tf: tf.keras.applications.VGG16(weights="nowhere"), "`weights` argument"),
    Bad("classes", lambda tf: tf.keras.applications.ResNet50(classes=3), "1000"),
    Bad("small", lambda tf: tf.keras.applications.VGG16(weights=None, input_shape=(8, 8, 3), include_top=False), "Input size must be at least"),
    Bad("decode", lambda tf: tf.keras.applications.vgg16.decode_predictions(np.ones((2, 3))), "2D array"),
])
