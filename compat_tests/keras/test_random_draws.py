"""keras.random: the numbers, dtypes and seed counters are those of Keras on TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf
from compat_tests.keras.test_rows import real  # noqa: F401 (a fixture)

LOGITS = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]], "float32"))
ROWS = np.arange(8, dtype="int32").reshape(4, 2)

CASES = {
    "categorical": lambda r, s: r.categorical(LOGITS, 5, seed=s), "categorical int64": lambda r, s: r.categorical(LOGITS, 2, dtype="int64", seed=s),
    "binomial": lambda r, s: r.binomial((3,), 10.0, 0.3, seed=s), "binomial rows": lambda r, s: r.binomial((2,), [4.0, 5.0], [0.5, 0.2], dtype="float64", seed=s),
    "beta": lambda r, s: r.beta((3,), 2.0, 3.0, seed=s), "beta float16": lambda r, s: r.beta((2,), [2, 1], 3, dtype="float16", seed=s),
    "gamma": lambda r, s: r.gamma((3,), 2, dtype="float64", seed=s), "shuffle": lambda r, s: r.shuffle(ROWS, seed=s), "shuffle axis": lambda r, s: r.shuffle(ROWS, axis=-1, seed=s),
}


@pytest.mark.parametrize("name", CASES)
def test_draws_are_those_of_keras(name, real):  # noqa: F811
    results = []
    for library in (tf, real):
        generator = library.keras.random.SeedGenerator(7)
        drawn = [np.asarray(CASES[name](library.keras.random, seed)) for seed in (3, generator)]
        results.append([*drawn, np.asarray(generator.state)])
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=2e-3 if ours.dtype == "float16" else 1e-6)


def test_categorical_refuses_a_vector():
    with pytest.raises(ValueError, match="`logits` should be a 2-D tensor"):
        tf.keras.random.categorical(tf.ones([3]), 2)
