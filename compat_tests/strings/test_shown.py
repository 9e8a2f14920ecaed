"""tf.print and tf.strings.format: how values are shown."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

VALUES = [
    np.float32([1 / 3, 1e10, 1e-7]), np.float32([0.1, 100000, 123456789]), np.float32([np.nan, np.inf, -np.inf]), np.float32(1 / 3),
    np.float64([1 / 3, 1e20, 1]), np.float64([0.1, 1e-5, 1e15]), np.float16([1 / 3, 1000]), np.array([True, False]),
    np.complex64([1 / 3 + 1j]), "a", ["a", "b"], 3, [[1, 2], [3, 4]],
]  # fmt: skip


@pytest.fixture(scope="module")
def libraries():
    return pytest.importorskip("tensorflow"), pytest.importorskip("tfjax")


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_format(libraries, value):
    theirs, ours = (tf.strings.format("<{}>", [tf.constant(value)]).numpy() for tf in libraries)
    assert ours == theirs


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_print(libraries, value, capfd):
    shown = []
    for tf in libraries:
        tf.print(tf.constant(value), [tf.constant(value)], "x", output_stream=sys.stdout)
        sys.stdout.flush()
        shown.append(capfd.readouterr().out)
    assert shown[1] == shown[0]


def test_strings_inside_a_function(libraries, capfd):
    shown = []
    for tf in libraries:

        @tf.function
        def function(x, text, tf=tf):
            tf.print(x, text, "literal", output_stream=sys.stdout)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # strings run eagerly, with a warning
            function(tf.constant(1 / 3), tf.constant("text"))
        sys.stdout.flush()
        shown.append(capfd.readouterr().out)
    assert shown[1] == shown[0]
