"""tf.compat.v1: initializers, variable scopes, templates and optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compat_tests.expressions import expression_table
from compat_tests.harness import HOST, parity


def values(tf: Any) -> dict[str, Any]:
    return {"v1": tf.compat.v1}


test_initializers = expression_table(
    """
    v1.zeros_initializer()([2, 3]), v1.zeros_initializer(tf.int32)([2]), v1.zeros_initializer()([2], tf.float64)
    v1.ones_initializer()([2]), v1.ones_initializer().get_config()
    v1.initializers.zeros()([2]), v1.initializers.ones()([1])
    v1.constant_initializer(3)([2]), v1.constant_initializer([1, 2])([2, 1]), v1.constant_initializer(1.5)([])
    v1.constant_initializer([1, 2, 3])([2])
    v1.constant_initializer(object())
    v1.initializers.identity(2.0)([2, 3])
    v1.initializers.identity()([2])
    v1.orthogonal_initializer()([2])
    v1.variance_scaling_initializer(-1.0)
    v1.variance_scaling_initializer(mode='x')
    v1.variance_scaling_initializer(distribution='x')
    v1.glorot_uniform_initializer(seed=1).get_config()
    v1.variance_scaling_initializer(2.0).get_config()
    v1.random_normal_initializer.from_config(v1.random_normal_initializer(1.0).get_config()).get_config()
    """,
    values,
)

test_random_initializers = expression_table(
    [
        f"(tf.random.set_seed(4), v1.{call}({shape}))[1]"
        for shape in ("[3, 4]", "[2, 2, 3, 4]", "[3, 2], tf.float64")
        for call in (
            "random_uniform_initializer(-1.0, 2.0, seed=3)",
            "random_uniform_initializer(seed=3)",
            "random_normal_initializer(1.0, 2.0, 3)",
            "truncated_normal_initializer(seed=3)",
            "variance_scaling_initializer(2.0, 'fan_avg', 'uniform', 3)",
            "variance_scaling_initializer(2.0, 'fan_out', 'untruncated_normal', 3)",
            "glorot_uniform_initializer(3)",
            "glorot_normal_initializer(3)",
            "initializers.he_normal(3)",
            "initializers.lecun_uniform(3)",
            "uniform_unit_scaling_initializer(1.3, 3)",
        )
    ],
    values,
)

test_get_variable = expression_table(
    """
    v1.get_variable('a', [2], initializer=v1.ones_initializer()).name
    v1.get_variable('a', [2]) is v1.get_variable('a', [2])
    v1.get_variable('a', [2], tf.int32).numpy()
    v1.get_variable('a', [2], tf.bool).numpy()
    v1.get_variable('a', initializer=3).dtype
    v1.get_variable('a', initializer=np.ones(2)).numpy()
    v1.get_variable('a', initializer=lambda: tf.ones([3])).numpy()
    v1.get_variable('a', [2], initializer=v1.zeros_initializer).numpy()
    v1.get_variable('a', [2], initializer=lambda shape, dtype=None, partition_info=None: tf.fill(shape, 7.0)).numpy()
    v1.get_variable('a', [2], trainable=False).trainable
    v1.get_local_variable('a', [2]).trainable
    v1.get_variable('a', dtype=tf.float32)
    v1.get_variable('a', [2], initializer=[1, 2])
    v1.get_variable('a', dtype=tf.float64, initializer=3.0)
    v1.get_variable_scope().name, v1.get_variable_scope().dtype, v1.get_variable_scope().reuse.name
    v1.variable_scope(None)
    v1.AUTO_REUSE.name
    """,
    values,
)


@parity(modes=(HOST,))
def test_scopes(tf):
    v1 = tf.compat.v1
    v1.reset_default_graph()
    found = []
    with v1.variable_scope("s", initializer=v1.ones_initializer(), dtype=tf.float64) as scope:
        w = v1.get_variable("w", [2])
        found += [w.name, w.dtype, w.numpy(), scope.name, scope.dtype, scope.original_name_scope, scope.reuse.name]
        with v1.variable_scope("t", reuse=True, initializer=v1.zeros_initializer()) as inner:
            found += [inner.name, v1.get_variable("w", [1]).numpy(), tf.Variable(1.0).name]
        for _ in range(2):
            with v1.variable_scope(None, "u") as inner:
                found += [inner.name, v1.get_variable("w", []).name]
    with v1.variable_scope(None, "s") as inner:
        found.append(inner.name)
    with tf.name_scope("n"), v1.variable_scope(scope) as again:
        found += [again.name, v1.get_variable("x", [1]).name, tf.Variable(1.0).name, again.original_name_scope]
        with v1.variable_scope(None, "u") as inner:
            found.append(inner.name)
    with v1.variable_scope("quiet", auxiliary_name_scope=False):
        found += [v1.get_variable("x", [1]).name, tf.Variable(1.0).name]
    return found


@parity(modes=(HOST,))
def test_getters_and_penalties(tf):
    v1 = tf.compat.v1
    v1.reset_default_graph()
    seen = []

    def outer(getter, name, *args, **kwargs):
        seen.append(("outer", name))
        return getter(name, *args, **kwargs)

    def inner(getter, name, *args, **kwargs):
        seen.append(("inner", name, kwargs["shape"]))
        return getter(name, *args, **kwargs) * 2.0

    with v1.variable_scope("a", custom_getter=outer, regularizer=lambda w: tf.reduce_sum(w * w)):
        v = v1.get_variable("v", [2], initializer=v1.ones_initializer())
        with v1.variable_scope("b", custom_getter=inner):
            w = v1.get_variable("w", [1], initializer=v1.ones_initializer(), regularizer=lambda w: 3.0 * w[0])
    v.assign([2.0, 3.0])
    losses = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
    return seen, w, [tf.convert_to_tensor(loss) for loss in losses]


@parity(modes=(HOST,))
def test_templates(tf):
    v1 = tf.compat.v1
    v1.reset_default_graph()

    def layer(x, scale=1.0):
        w = v1.get_variable("w", [2], initializer=v1.ones_initializer())
        v1.get_variable("n", [], trainable=False, initializer=v1.zeros_initializer()).assign_add(1.0)
        return x * w * scale

    t, u = v1.make_template("t", layer, scale=3.0), v1.make_template("t", layer)
    out = [t(2.0), t(3.0), u(1.0)]
    names = [[v.name for v in m.variables] for m in (t, u)]
    return out, names, [v.name for v in t.trainable_variables], t.variables[1].numpy(), t.name, u.var_scope.name


OPTIMIZERS = {
    "descent": "GradientDescentOptimizer(0.1)",
    "callable": "GradientDescentOptimizer(lambda: 0.1)",
    "tensor": "GradientDescentOptimizer(tf.constant(0.1, tf.float64))",
    "momentum": "MomentumOptimizer(0.1, 0.9)",
    "nesterov": "MomentumOptimizer(0.1, 0.9, use_nesterov=True)",
    "adam": "AdamOptimizer(0.1)",
    "adam_full": "AdamOptimizer(0.1, 0.8, 0.95, 0.1)",
    "rmsprop": "RMSPropOptimizer(0.1)",
    "rmsprop_full": "RMSPropOptimizer(0.1, 0.8, 0.5, 0.01, centered=True)",
    "adagrad": "AdagradOptimizer(0.1)",
    "adadelta": "AdadeltaOptimizer(0.5)",
    "ftrl": "FtrlOptimizer(0.1)",
    "ftrl_full": "FtrlOptimizer(0.1, -0.4, 0.2, 0.01, 0.02, l2_shrinkage_regularization_strength=0.03, beta=0.2)",
    "proximal": "ProximalGradientDescentOptimizer(0.1, 0.01, 0.02)",
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@parity(modes=(HOST,))
def test_optimizers(tf, name):
    v1 = tf.compat.v1
    v1.reset_default_graph()
    optimizer = eval(OPTIMIZERS[name], {"tf": tf, **vars(v1.train), "v1": v1} | {
        n: getattr(v1.train, n) for n in dir(v1.train) if n.endswith("Optimizer")
    })
    v = tf.Variable(np.array([[1.0, -2.0], [0.5, 3.0], [0.1, 0.2]], np.float32), name="v")
    w = tf.Variable(2.0, name="w")
    step = v1.train.get_or_create_global_step()
    out = []
    for _ in range(3):
        out.append(optimizer.minimize(lambda: tf.reduce_sum(v * v) * w, global_step=step, var_list=[v, w]))
    optimizer.minimize(lambda: tf.reduce_sum(tf.gather(v, [1, 1, 0])), var_list=[v])
    slots = [(s.name, s.numpy()) for s in optimizer.variables()]
    return out, v.numpy(), w.numpy(), step.numpy(), optimizer.get_slot_names(), optimizer.get_name(), slots


@parity(modes=(HOST,))
def test_optimizer_in_a_function(tf):
    optimizer = tf.compat.v1.train.AdamOptimizer(0.1)
    v = tf.Variable([1.0, -2.0], name="v")

    @tf.function
    def step():
        optimizer.minimize(lambda: tf.reduce_sum(v * v), var_list=[v])

    for _ in range(3):
        step()
    return v.numpy()


test_optimizer_errors = expression_table(
    """
    v1.train.AdamOptimizer().minimize(3.0)
    v1.train.AdamOptimizer().apply_gradients([])
    v1.train.GradientDescentOptimizer(0.1).apply_gradients([(None, tf.Variable(1.0, name='z'))])
    v1.train.Optimizer(False, '')
    v1.train.GradientDescentOptimizer(0.1).minimize(lambda: tf.constant(3.0))
    v1.train.AdagradOptimizer(0.1, -1.0)
    v1.train.FtrlOptimizer(0.1, 0.5)
    v1.train.FtrlOptimizer(0.1, l1_regularization_strength=-0.5)
    v1.train.MomentumOptimizer(0.1, 0.9).get_slot(tf.Variable(1.0), 'momentum')
    [g for g, v in v1.train.AdamOptimizer().compute_gradients(lambda: tf.constant(3.0), [tf.Variable(1.0)])]
    v1.train.Optimizer.GATE_NONE, v1.train.Optimizer.GATE_OP, v1.train.Optimizer.GATE_GRAPH
    """,
    values,
)
