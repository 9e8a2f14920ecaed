"""Sparse and ragged tensors as inputs of Keras layers and models."""

from __future__ import annotations

import numpy as np

from compat_tests.expressions import expression_table


def values(tf):
    K = tf.keras
    dense = K.layers.Dense(3, kernel_initializer="ones")
    i = K.Input((4,), sparse=True, name="i")
    model = K.Sequential([K.Input((4,), sparse=True), K.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    return {
        "K": K, "dense": dense, "i": i, "model": model, "functional": K.Model(i, dense(i)),
        "st": tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 4]), "y": np.array([[1.0], [5.0]], np.float32),
    }


test_keras = expression_table(
    r"""
    i
    dense(st)
    functional(st)
    functional.predict(st, verbose=0)
    model.fit(st, y, epochs=2, verbose=0, batch_size=2).history
    model.evaluate(st, y, verbose=0)
    model.fit(tf.data.Dataset.from_tensor_slices((st, y)).batch(2), verbose=0).history
    K.layers.Embedding(4, 2, embeddings_initializer="ones")(tf.ragged.constant([[1], [2, 3]]))
    K.Input((None,), ragged=True, name="r")
    K.backend.is_sparse(st)
    """,
    values,
)
