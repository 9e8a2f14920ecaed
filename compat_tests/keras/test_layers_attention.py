"""Attention with heads next to Keras: called with several tensors."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import TOLERANCE, _plain, difference

Q, V = (2, 4, 6), (2, 5, 6)
CASES = {
    "plain": (lambda l: l.MultiHeadAttention(2, 3), {}),
    "dims": (lambda l: l.MultiHeadAttention(2, 3, value_dim=4, output_shape=7, use_bias=False), {}),
    "causal": (lambda l: l.MultiHeadAttention(2, 3, kernel_initializer="he_normal"), {"use_causal_mask": True}),
    "window": (lambda l: l.MultiHeadAttention(2, 3, sliding_window=2), {}),
    "gate": (lambda l: l.MultiHeadAttention(2, 3, use_gate=True), {}),
    "dropout": (lambda l: l.MultiHeadAttention(2, 3, dropout=0.3, seed=4), {"training": True}),
    "scores": (lambda l: l.MultiHeadAttention(2, 3), {"return_attention_scores": True}),
    "mask": (lambda l: l.MultiHeadAttention(2, 3), {"attention_mask": np.tri(4, 5, 1, dtype=bool)[None]}),
    "none-allowed": (lambda l: l.MultiHeadAttention(2, 3), {"attention_mask": np.tri(4, 5, -1, dtype=bool)[None]}),
    "grouped-none-allowed": (lambda l: l.GroupQueryAttention(3, 4, 2), {"attention_mask": np.tri(4, 5, -1, dtype=bool)[None]}),
    "masks": (lambda l: l.MultiHeadAttention(2, 3), {"value_mask": np.array([[1, 1, 1, 0, 0]] * 2, bool)}),
    "grouped": (lambda l: l.GroupQueryAttention(3, 4, 2), {}),
    "grouped-gate": (lambda l: l.GroupQueryAttention(3, 4, 2, use_gate=True, dropout=0.2, seed=3), {"training": True, "use_causal_mask": True}),
}


def outcome(tf, make, kwargs):
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(5)
    layer = make(tf.keras.layers)
    random = np.random.default_rng(0)
    query, value = (tf.constant(random.normal(size=s).astype("float32")) for s in (Q, V))
    kwargs = {k: tf.constant(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}
    with tf.GradientTape() as tape:
        tape.watch([query, value])
        outputs = tf.nest.flatten(layer(query, value, **kwargs))
        loss = tf.add_n([tf.reduce_sum(o**2) for o in outputs])
    return {
        "config": _plain(layer.get_config()),
        "again": _plain(type(layer).from_config(layer.get_config()).get_config()),
        "weights": [(w.path, list(w.shape)) for w in layer.weights],
        "initial": [np.asarray(w) for w in layer.get_weights()],
        "outputs": [np.asarray(o) for o in outputs],
        "gradients": [np.asarray(g) for g in tape.gradient(loss, [query, value, *layer.trainable_weights])],
        "shape": list(layer.compute_output_shape((None, 4, 6), (None, 5, 6))),
    }


@pytest.mark.parametrize("name", CASES)
def test_heads(name):
    problem = difference(outcome(our_tf(), *CASES[name]), outcome(real_tf(), *CASES[name]))
    assert problem is None, problem


@pytest.mark.parametrize("name", ["plain", "gate", "grouped"])
def test_files(name, tmp_path):
    def model(tf):
        tf.keras.utils.set_random_seed(1)
        table = tf.keras.layers.Embedding(9, 6, mask_zero=True)
        a, b = tf.keras.Input((4,), dtype="int32"), tf.keras.Input((5,), dtype="int32")
        return tf.keras.Model([a, b], CASES[name][0](tf.keras.layers)(table(a), table(b)))

    inputs = [np.array([[1, 2, 0, 0], [3, 4, 5, 0]]), np.array([[1, 2, 3, 0, 0], [3, 4, 5, 6, 0]])]
    for writer, reader in ((our_tf(), real_tf()), (real_tf(), our_tf())):
        written = model(writer)
        written.save(tmp_path / "m.keras")
        read = reader.keras.models.load_model(tmp_path / "m.keras")
        np.testing.assert_allclose(np.asarray(read(inputs)), np.asarray(written(inputs)), **TOLERANCE)
