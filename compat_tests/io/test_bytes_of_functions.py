"""Bytes that end in zeros come out of Python functions as they are."""

import pytest

from compat_tests.harness import our_tf, real_tf


@pytest.mark.parametrize("name", ["py_function", "numpy_function"])
def test_bytes(name):
    for tf in (real_tf(), our_tf()):
        call = getattr(tf, name)
        assert call(lambda: b"ab\x00", [], tf.string).numpy() == b"ab\x00"
