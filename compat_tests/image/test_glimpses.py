"""Glimpses: windows at places inside, across the edge, and outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compat_tests.harness import DEVICE, FUNCTION, HOST, parity

PLACES = [[-1.0, -1.0], [1.0, 1.0], [0.3, -0.55], [9.0, 0.0], [float("nan"), 0.2]]


@pytest.mark.parametrize("size", [[2, 2], [3, 1], [8, 7], [0, 2]])
@pytest.mark.parametrize(("centered", "normalized"), [(True, True), (True, False), (False, True), (False, False)])
@parity(modes=(HOST, DEVICE))
def test_places(tf: Any, size: Any, centered: bool, normalized: bool) -> Any:
    x = tf.constant(np.arange(5 * 5 * 4 * 2, dtype=np.float32).reshape(5, 5, 4, 2))
    return tf.image.extract_glimpse(x, size, PLACES, centered, normalized, "zero")


@parity(modes=(HOST, FUNCTION))
def test_noise_fills_the_outside_only(tf: Any) -> Any:
    x = tf.ones([1, 4, 4, 1]) * 7.0
    found = tf.image.extract_glimpse(x, [2, 2], [[1.0, 0.0]], noise="gaussian")
    return found[:, 0], tf.image.extract_glimpse(x, [2, 2], [[0.0, 0.0]])


@pytest.mark.parametrize("noise", ["wrong", 3])
@parity(modes=(HOST,))
def test_refused_noise(tf: Any, noise: Any) -> Any:
    return tf.image.extract_glimpse(tf.ones([1, 4, 4, 1]), [2, 2], [[0.0, 0.0]], noise=noise)
