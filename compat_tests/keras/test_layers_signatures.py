"""The constructors of layers take what Keras' take, in the same order and with the same defaults."""

import inspect

import pytest

import tfjax
from compat_tests.harness import real_tf
from compat_tests.keras.layer_laws import signature

NAMES = sorted(n for n in dir(tfjax.keras.layers) if not n.startswith("_") and n != "experimental")


@pytest.mark.parametrize("name", NAMES)
def test_signature(name):
    theirs = getattr(real_tf().keras.layers, name, None)
    if theirs is None or inspect.ismodule(theirs):
        pytest.skip("not in this TensorFlow")
    ours = getattr(tfjax.keras.layers, name)
    if inspect.isclass(ours):
        assert ours.__name__ == theirs.__name__
        ours, theirs = ours.__init__, theirs.__init__
    assert signature(ours) == signature(theirs)
