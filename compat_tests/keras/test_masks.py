"""Masks from layer to layer next to Keras: which outputs carry one, which inputs lose it."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf

IDS = np.array([[1, 2, 0, 0], [3, 1, 2, 0]])
# name: a function of layers, a masked tensor, the same values without a mask
CALLS = {
    "add": lambda L, y, raw: L.Add()([y, raw]),
    "add-masked": lambda L, y, raw: L.Add()([y, y]),
    "average": lambda L, y, raw: L.Average()([raw, y]),
    "multiply-three": lambda L, y, raw: L.Multiply()([y, raw, y]),
    "concatenate": lambda L, y, raw: L.Concatenate(1)([raw, y]),
    "attention": lambda L, y, raw: L.MultiHeadAttention(2, 3)(y, y),
    "attention-keywords": lambda L, y, raw: L.MultiHeadAttention(2, 3)(query=y, value=y, key=y),
    "attention-query": lambda L, y, raw: L.MultiHeadAttention(2, 3)(y, raw),
    "attention-value": lambda L, y, raw: L.MultiHeadAttention(2, 3)(query=raw, value=y),
    "attention-causal": lambda L, y, raw: L.MultiHeadAttention(2, 3)(y, y, use_causal_mask=True),
    "attention-residual": lambda L, y, raw: L.Add()([y, L.MultiHeadAttention(2, 3)(y, y)]),
    "grouped": lambda L, y, raw: L.GroupQueryAttention(2, 2, 1)(y, y),
    "normalised": lambda L, y, raw: L.LayerNormalization()(y),
}


def masks(tf, name):
    layers = tf.keras.layers
    y = layers.Embedding(5, 2, mask_zero=True)(IDS)
    out = CALLS[name](layers, y, y * 1.0)
    return [None if m is None else np.asarray(m).tolist() for m in (getattr(t, "_keras_mask", None) for t in (y, out))]


@pytest.mark.parametrize("name", CALLS)
def test_masks(name):
    assert masks(our_tf(), name) == masks(real_tf(), name)


RAGGED = {
    "lookup": lambda L, words, numbers: L.StringLookup(vocabulary=["a"])(words),
    "lookup-multi-hot": lambda L, words, numbers: L.StringLookup(vocabulary=["a"], output_mode="multi_hot")(words),
    "lookup-count": lambda L, words, numbers: L.StringLookup(vocabulary=["a"], output_mode="count")(words),
    "lookup-invert": lambda L, words, numbers: L.IntegerLookup(vocabulary=[3], invert=True)(numbers),
    "hash": lambda L, words, numbers: L.Hashing(5)(words),
    "categories": lambda L, words, numbers: L.CategoryEncoding(5)(numbers),
    "bins": lambda L, words, numbers: L.Discretization(bin_boundaries=[1.0, 2.0])(numbers),
    "text": lambda L, words, numbers: L.StringLookup(vocabulary=["a"])("a"),
    "text-hash": lambda L, words, numbers: L.Hashing(5)("a"),
}


@pytest.mark.parametrize("name", RAGGED)
def test_preprocessing_of_ragged_rows_and_of_text(name):
    def run(tf):
        words = tf.ragged.constant([["a"], ["b", "a"]])
        numbers = tf.ragged.constant([[1], [3, 2]])
        result = RAGGED[name](tf.keras.layers, words, numbers)
        return result.to_list() if hasattr(result, "to_list") else np.asarray(result).tolist()

    assert run(our_tf()) == run(real_tf())
