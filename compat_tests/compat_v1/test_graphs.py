"""Graphs and sessions of TensorFlow 1."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import HOST, parity

X = np.linspace(-1.0, 1.0, 12, dtype=np.float32).reshape(4, 3)


@parity(modes=(HOST,))
def test_feeds_and_fetches(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 3], name="x")
        y = tf.reduce_sum(tf.nn.relu(x * 2.0 + 1.0), axis=1, name="y")
        n = tf.shape(x)[0]
        z = tf.reshape(x, [-1, 3, 1]) / tf.cast(tf.size(x), tf.float32)
        facts = [x.name, x.op.name, x.op.type, x.shape.as_list(), y.shape.as_list(), graph.get_tensor_by_name("x:0") is x]
        facts += [tf.executing_eagerly(), x.graph is graph, v1.get_default_session() is session]
        nested = session.run({"a": [y, (n, "x:0")], "b": z, "c": tf.constant(3)}, {x: X})
        twice = [session.run(y, {"x:0": X[:k]}) for k in (1, 2)]
        return facts, nested, twice, y.eval({x: X}), session.run(y * 0.0 + 1.0, {y: [5.0]})


@parity(modes=(HOST,))
def test_variables_live_in_sessions(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        v = v1.Variable(tf.fill([2], 3.0), name="v")
        w = v1.get_variable("w", [2], initializer=v1.ones_initializer(), trainable=False)
        double = v.assign(v * w * 2.0)
        with tf.control_dependencies([v1.assign_add(w, [1.0, 2.0])]):
            after = tf.identity(w)
        names = [[u.name for u in c] for c in (v1.global_variables(), v1.trainable_variables())]
        start = v1.global_variables_initializer()
    out = []
    with v1.Session(graph=graph) as one, v1.Session(graph=graph) as two:
        for session in (one, two, one):
            session.run(start)
            out += [session.run(double), session.run(after)]
        out += [one.run([v, w]), two.run([v, w]), one.run(double.op), one.run(v)]
    return names, out


@parity(modes=(HOST,))
def test_scopes_share_variables(tf):
    v1 = tf.compat.v1
    found = []
    with tf.Graph().as_default():
        with v1.variable_scope("s") as scope:
            a = v1.get_variable("a", [1])
            found += [scope.reuse, a.name]
        with v1.variable_scope("s", reuse=True):
            found.append(v1.get_variable("a", [1]) is a)
        with v1.variable_scope("s", reuse=v1.AUTO_REUSE):
            found += [v1.get_variable("a", [1]) is a, v1.get_variable("b", [1]).name]
        with v1.variable_scope("s") as scope:
            scope.reuse_variables()
            with v1.variable_scope("t") as inner:
                found += [scope.reuse, inner.reuse, inner.name]
        for name, reuse in (("a", None), ("nothing", True)):
            with v1.variable_scope("s", reuse=reuse):
                try:
                    v1.get_variable(name, [1])
                except ValueError as error:
                    found.append(str(error).split(" Did you")[0])
        found += [tf.Variable(1.0).name, tf.Variable(1.0).name, [v.name for v in v1.global_variables("s/")]]
    return found


@pytest.mark.parametrize("name", ["GradientDescentOptimizer", "AdamOptimizer", "AdagradOptimizer", "RMSPropOptimizer"])
@parity(modes=(HOST,))
def test_training(tf, name):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 3])
        y = v1.placeholder(tf.float32, [None, 1])
        w = v1.get_variable("w", initializer=np.full((3, 1), 0.5, np.float32))
        b = tf.Variable(tf.zeros([1]))
        loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w) + b) - y))
        step = v1.train.get_or_create_global_step()
        train = getattr(v1.train, name)(0.1).minimize(loss, global_step=step)
        slopes = v1.gradients(loss, [w, b, x])
        session.run(v1.global_variables_initializer())
        feed = {x: X, y: X[:, :1] * 0.5 + 0.25}
        before = session.run([loss, slopes], feed)
        for _ in range(5):
            session.run(train, feed)
        return before, session.run([loss, w, b, step], feed), train.name


@parity(modes=(HOST,))
def test_random_ops_draw_at_each_run(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(7)
        u = tf.random.uniform([3], seed=3)
        n = v1.random_normal([3], seed=4)
        d = v1.nn.dropout(tf.ones([20]), rate=0.5, seed=1)
        return [session.run([u, n, d]) for _ in range(2)], session.run(u)


def _message(error):
    return str(error).split("\n\t")[0]


@pytest.mark.parametrize("case", ["unfed", "uninitialised", "shape", "name", "kind", "closed", "no_session", "bool"])
@parity(modes=(HOST,))
def test_errors(tf, case):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 3], name="x")
        try:
            if case == "unfed":
                session.run(x * 2.0)
            elif case == "uninitialised":
                session.run(v1.get_variable("v", [1]))
            elif case == "shape":
                session.run(x, {x: [1.0]})
            elif case == "name":
                session.run("nothing:0")
            elif case == "kind":
                session.run(3)
            elif case == "no_session":
                with tf.Graph().as_default():
                    v1.placeholder(tf.float32).graph.get_operation_by_name("nothing")
            elif case == "bool":
                bool(x)
            else:
                session.close()
                session.run(x, {x: X})
        except Exception as error:
            return type(error).__name__
    return "nothing raised"
