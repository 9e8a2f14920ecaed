"""Dense layers, embeddings and normalisations obey the laws of layers."""

from compat_tests.keras.layer_laws import Bad, Case, failures, laws

X, S, I = (3, 5), (2, 4, 3), (2, 4, 5, 6)

CASES = [
    Case("dense", lambda l: l.Dense(4), X),
    Case("dense-3d", lambda l: l.Dense(4, "relu", kernel_initializer="he_uniform", bias_initializer="ones", kernel_constraint="max_norm"), S),
    Case("dense-mask", lambda l: l.Dense(4, use_bias=False, kernel_regularizer="l1"), S, mask=(2, 4)),
    Case("einsum", lambda l: l.EinsumDense("ab,bc->ac", 4, bias_axes="c"), X),
    Case("einsum-heads", lambda l: l.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="relu"), S),
    Case("einsum-front", lambda l: l.EinsumDense("...x,xy->...y", 4, bias_axes="y"), S),
    Case("einsum-back", lambda l: l.EinsumDense("bx...,xy->by...", (4, None, None), bias_axes="y"), I, skip="shapes"),  # Keras gets the shape wrong
    Case("embedding", lambda l: l.Embedding(7, 3), (2, 4), below=7),
    Case("embedding-mask", lambda l: l.Embedding(7, 3, mask_zero=True, embeddings_regularizer="l2"), (2, 4), below=7),
    Case("reversible", lambda l: l.ReversibleEmbedding(7, 3, tie_weights=False), (2, 4), below=7, skip="gradients"),
    Case("batch-norm", lambda l: l.BatchNormalization(), X),
    Case("batch-norm-axis", lambda l: l.BatchNormalization(axis=1, scale=False, momentum=0.8, beta_initializer="ones"), I),
    Case("batch-norm-mask", lambda l: l.BatchNormalization(center=False), S, mask=(2, 4)),
    Case("layer-norm", lambda l: l.LayerNormalization(), S),
    Case("layer-norm-axes", lambda l: l.LayerNormalization(axis=[1, 2], center=False), I),
    Case("layer-norm-rms", lambda l: l.LayerNormalization(rms_scaling=True), S),
    Case("group-norm", lambda l: l.GroupNormalization(3), I),
    Case("group-norm-axis", lambda l: l.GroupNormalization(-1, axis=1, epsilon=0.1), I),
    Case("rms-norm", lambda l: l.RMSNormalization(), S),
    Case("unit-norm", lambda l: l.UnitNormalization(axis=1), S),
    Case("spectral-norm", lambda l: l.SpectralNormalization(l.Dense(4), power_iterations=2), X),
    Case("spectral-norm-conv", lambda l: l.SpectralNormalization(l.Conv1D(4, 2)), S),
]

test_layers = laws(CASES)

test_failures = failures([
    Bad("dense-units", lambda tf: tf.keras.layers.Dense(0), "`units`"),
    Bad("dense-last-axis", lambda tf: _twice(tf, tf.keras.layers.Dense(2)), "expected axis -1 of input shape to have value 3"),
    Bad("dense-rank", lambda tf: tf.keras.layers.Dense(2)(tf.ones(3)), "expected min_ndim=2, found ndim=1"),
    Bad("dense-unknown", lambda tf: tf.keras.layers.Dense(2)(tf.keras.Input((None,))), "must be fully-defined"),
    Bad("einsum", lambda tf: tf.keras.layers.EinsumDense("ab->ac", 4)(tf.ones((2, 3))), "Invalid einsum equation"),
    Bad("batch-norm-axis", lambda tf: tf.keras.layers.BatchNormalization()(tf.keras.Input((None,))), "must be fully-defined"),
    Bad("batch-norm-rank", lambda tf: _ranks(tf, tf.keras.layers.BatchNormalization()), "found ndim=3"),
    Bad("group-norm", lambda tf: tf.keras.layers.GroupNormalization(4)(tf.ones((2, 6))), "Number of groups (4)"),
    Bad("unit-norm", lambda tf: tf.keras.layers.UnitNormalization("x"), "`axis`"),
    Bad("layer-norm", lambda tf: tf.keras.layers.LayerNormalization("x"), "axis"),
    Bad("spectral", lambda tf: tf.keras.layers.SpectralNormalization(tf.keras.layers.ReLU())(tf.ones((2, 3))), "kernel"),
])


def _twice(tf, layer):
    layer(tf.ones((2, 3)))
    layer(tf.ones((2, 4)))


def _ranks(tf, layer):
    layer(tf.ones((2, 3)))
    layer(tf.ones((2, 3, 3)))
