"""tf.compat.v1: losses, nn functions, learning rates, files, updates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compat_tests.expressions import expression_table
from compat_tests.harness import our_tf

L = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
P = np.array([[0.2, 0.7, 0.1], [0.4, 0.5, 0.9]], np.float32)


def values(tf: Any) -> dict[str, Any]:
    return {"v1": tf.compat.v1, "l": tf.constant(L), "p": tf.constant(P), "R": tf.compat.v1.losses.Reduction}


test_losses = expression_table(
    [
        f"v1.losses.{loss}(l, p{args})"
        for loss in (
            "absolute_difference mean_squared_error huber_loss log_loss hinge_loss sigmoid_cross_entropy"
        ).split()
        for args in (
            "", ", 2.0", ", [[1.0], [0.0]]", ", [[0.0, 1.0, 2.0]]", ", [[1.0], [0.0]], reduction=R.MEAN", ", 0.0",
            ", reduction=R.NONE", ", reduction=R.SUM", ", reduction=R.SUM_OVER_BATCH_SIZE", ", reduction='x'",
        )
    ],
    values,
)

test_other_losses = expression_table(
    """
    v1.losses.huber_loss(l, p, delta=0.3)
    v1.losses.log_loss(l, p, epsilon=0.01)
    v1.losses.sigmoid_cross_entropy(l, p, label_smoothing=0.1)
    v1.losses.softmax_cross_entropy(l, p)
    v1.losses.softmax_cross_entropy(l, p, [1.0, 0.0], label_smoothing=0.1)
    v1.losses.softmax_cross_entropy([[1, 0]], [[0.1, 0.2]])
    v1.losses.sparse_softmax_cross_entropy([1, 0], p)
    v1.losses.sparse_softmax_cross_entropy([[1], [0]], p, weights=[[1.0], [0.5]])
    v1.losses.sparse_softmax_cross_entropy([1, 0], p, weights=[1.0, 0.0], reduction=R.NONE)
    v1.losses.cosine_distance(l, p, 1)
    v1.losses.cosine_distance(l, p, dim=0)
    v1.losses.cosine_distance(l, p)
    v1.losses.cosine_distance(l, p, axis=1, dim=1)
    v1.losses.compute_weighted_loss([1, 2])
    v1.losses.compute_weighted_loss(p, [1.0, 2.0])
    v1.losses.mean_squared_error(None, p)
    v1.losses.mean_squared_error(l, None)
    v1.losses.mean_squared_error(l, [1.0])
    v1.losses.mean_squared_error([1, 2], [3, 5])
    R.all()
    R.validate('x')
    R.validate(R.SUM)
    v1.losses.add_loss(tf.constant(1.0)), v1.losses.get_losses()
    v1.reset_default_graph(), v1.losses.get_regularization_losses(), v1.losses.get_regularization_loss()
    v1.get_variable('w', [2], initializer=v1.ones_initializer(), regularizer=tf.reduce_sum).name
    v1.losses.get_regularization_loss()
    """,
    values,
)

test_nn = expression_table(
    """
    v1.nn.softmax(p)
    v1.nn.softmax(p, dim=0)
    v1.nn.softmax(p, 0, None, 0)
    v1.nn.log_softmax(p, dim=0)
    v1.math.log_softmax(p, -1)
    v1.nn.l2_normalize(p, dim=1)
    v1.nn.l2_normalize(p, 0, 0.1)
    v1.nn.l2_normalize(p, axis=1, dim=1)
    v1.nn.moments(p, [0], keep_dims=True)
    v1.nn.moments(p, [0, 1])
    v1.nn.moments(p, [0], keepdims=True, keep_dims=True)
    v1.nn.dropout(p, keep_prob=1.0)
    v1.nn.dropout(p, rate=0.0)
    (tf.random.set_seed(1), v1.nn.dropout(p, 0.5, None, 3))[1]
    v1.nn.dropout(p)
    v1.nn.dropout(p, keep_prob=0.5, rate=0.5)
    v1.nn.dropout(p, rate=1.5)
    v1.nn.softmax_cross_entropy_with_logits(labels=l, logits=p)
    v1.nn.softmax_cross_entropy_with_logits_v2(l, p, dim=0)
    v1.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 0], logits=p)
    """,
    values,
)

test_programs = expression_table(
    """
    v1.train.exponential_decay(0.1, 3, 4, 0.5)()
    v1.train.exponential_decay(0.1, 7, 4, 0.5, staircase=True)()
    v1.train.inverse_time_decay(0.1, 3, 4, 0.5)()
    v1.train.polynomial_decay(0.1, 3, 4)()
    v1.train.polynomial_decay(0.1, 6, 4, 0.01, 2.0, True)()
    v1.train.cosine_decay(0.1, 3, 4, 0.2)()
    v1.train.piecewise_constant(3, [2], [0.1, 0.2])()
    v1.train.piecewise_constant_decay(2, [2, 5], [0.1, 0.2, 0.3])()
    v1.assign(tf.Variable(1.0), 2.0).numpy()
    v1.assign_add(tf.Variable(1.0), 2.0).numpy()
    v1.assign_sub(tf.Variable(1.0), 2.0).numpy()
    (v1.set_random_seed(3), tf.random.uniform([2]))[1]
    v1.name_scope('a').name, v1.name_scope(None, 'b').name
    v1.data.make_one_shot_iterator(tf.data.Dataset.range(3)).get_next()
    v1.data.get_output_types(tf.data.Dataset.range(3).batch(2))
    v1.data.get_output_types(tf.data.Dataset.from_tensors((1, 2.0)))
    v1.data.get_output_shapes(tf.data.Dataset.range(3).batch(2)).as_list()
    v1.data.get_output_classes(tf.data.Dataset.range(3)) is tf.Tensor
    v1.gfile.Exists('/'), v1.gfile.IsDirectory('/'), v1.gfile.Exists('/no/such/file')
    v1.gfile.ListDirectory('/no/such/folder')
    v1.gfile.Glob('/no/such/*')
    """,
    values,
)


def test_app_run():
    app = our_tf().compat.v1.app
    with pytest.raises(SystemExit) as stopped:
        app.run(lambda argv: len(argv), ["program", "x"])
    assert stopped.value.code == 2
