"""Control flow, Python functions and arguments that depend on feeds, in graphs of TensorFlow 1."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import HOST, parity

X = np.arange(8, dtype=np.float32).reshape(2, 4)


def _shapes(tf, x, n):
    b = tf.shape(x)[0]
    return [
        tf.reshape(x, [b, 2, 2]), tf.zeros([b, 3]), tf.zeros([n, 10]), tf.range(n), tf.one_hot(tf.range(b), b), x[:, :2], x[b - 1],
        tf.reduce_sum(x, axis=n - 3), tf.tile(x, [1, n]), tf.fill([b, n], 2.0), tf.boolean_mask(x, x[:, 0] > 0),
        tf.where(x > 3.0), tf.unique(tf.cast(x[:, 0], tf.int32))[0], tf.random.uniform(tf.shape(x), seed=3),
        tf.concat([x, tf.ones([b, n])], axis=1), tf.linspace(0.0, 1.0, n), tf.eye(b), tf.slice(x, [0, 0], [b, 2]),
        tf.nn.dropout(x, rate=0.5, seed=4), tf.stack([b, n]), tf.broadcast_to(x, [n, b, 4]), tf.transpose(x),
    ]  # fmt: skip


@parity(modes=(HOST,))
def test_arguments_that_depend_on_feeds(tf):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None, 4])
        n = tf.compat.v1.placeholder(tf.int32, [])
        results = _shapes(tf, x, n)
        shapes = [r.shape.as_list() if r.shape.rank is not None else None for r in results]
        del shapes[7]  # of a sum over an axis that is fed: TensorFlow knows nothing, tfjax the rank
        return shapes, [session.run(results, {x: X[:rows], n: 3}) for rows in (2, 1, 2)]


def _flow(tf, x, n, v):
    b = tf.shape(x)[0]
    positive = tf.reduce_sum(x) > 0
    return [
        tf.cond(positive, lambda: x * 2.0, lambda: x - 1.0),
        tf.cond(positive, lambda: tf.matmul(x, v), lambda: tf.zeros([b, 2])),
        tf.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, s * 2.0 + tf.reduce_sum(v)), [tf.constant(0), x])[1],
        tf.map_fn(lambda r: tf.reduce_sum(r) * r, x),
        tf.scan(lambda a, r: a + r * tf.reduce_sum(v), x),
        tf.foldl(lambda a, r: a * 0.5 + r, x),
        tf.case([(n > 5, lambda: x), (n > 2, lambda: x * x)], default=lambda: -x),
        tf.switch_case(n - 3, [lambda: tf.sin(x), lambda: tf.cos(x)]),
        tf.cond(n > 2, lambda: tf.cond(n > 4, lambda: x, lambda: x * tf.reduce_sum(v)), lambda: x * 5.0),
    ]


@parity(modes=(HOST,))
def test_control_flow_and_its_gradients(tf):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None, 4])
        n = tf.compat.v1.placeholder(tf.int32, [])
        v = tf.Variable(np.linspace(-1.0, 1.0, 8, dtype=np.float32).reshape(4, 2))
        results = _flow(tf, x, n, v)
        slopes = [tf.gradients(tf.reduce_sum(r), [x, v], unconnected_gradients="zero") for r in results]
        session.run(tf.compat.v1.global_variables_initializer())
        shapes = [r.shape.as_list() for r in results[:5]]
        return shapes, session.run(results, {x: X, n: 3}), session.run([results, slopes], {x: X - 9.0, n: 3})


@parity(modes=(HOST,))
def test_branches_and_loops_assign(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        go = v1.placeholder(tf.bool, [])
        v = v1.get_variable("v", initializer=1.0)
        w = v1.get_variable("w", initializer=0.0)
        chosen = tf.cond(go, lambda: v.assign_add(2.0).op, lambda: tf.no_op())

        def body(i):
            with tf.control_dependencies([w.assign_add(tf.cast(i, tf.float32))]):
                return i + 1

        last = tf.while_loop(lambda i: i < 4, body, [tf.constant(0)])
        session.run(v1.global_variables_initializer())
        out = []
        for flag in (True, False, True):
            session.run(chosen, {go: flag})
            out.append(session.run(v))
        session.run(last)
        return out, session.run(w)


@parity(modes=(HOST,))
def test_python_functions_and_strings(tf):
    v1 = tf.compat.v1
    calls = []

    def triple(a):
        calls.append(a.shape)
        return (a * 3).astype(np.float32)

    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 4])
        text = v1.placeholder(tf.string, [None])
        y = tf.numpy_function(triple, [x], tf.float32)
        facts = [y.shape.rank]
        y.set_shape([None, 4])
        facts.append(y.shape.as_list())
        z = tf.reduce_sum(y * 2.0, axis=1)
        w = tf.py_function(lambda a: a * a, [x * 2.0], tf.float32)
        slope = tf.gradients(w, x)[0]
        joined = tf.strings.join([text, "!"])
        numbers = tf.strings.to_number(text) * 2.0
        out = session.run([z, w, slope, joined, numbers], {x: X, text: ["1", "2.5"]})
        return facts, out, calls, numbers.dtype.name, joined.shape.as_list()


@pytest.mark.parametrize("case", ["equal", "positive", "numerics", "assert"])
@parity(modes=(HOST,))
def test_checks_of_fed_values(tf, case):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None])
        if case == "numerics":
            y = tf.debugging.check_numerics(x, "bad")
        else:
            check = {
                "equal": lambda: tf.debugging.assert_equal(x, tf.ones_like(x)),
                "positive": lambda: tf.debugging.assert_positive(x),
                "assert": lambda: tf.debugging.Assert(tf.reduce_all(x > 0.0), [x]),
            }[case]()
            with tf.control_dependencies([check]):
                y = tf.identity(x)
        good = session.run(y, {x: [1.0]})
        try:
            session.run(y, {x: [np.nan if case == "numerics" else -1.0]})
        except tf.errors.InvalidArgumentError:
            return good, "refused"
        return good, "let through"


@parity(modes=(HOST,))
def test_names_and_scopes(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        found = []
        for _ in range(2):
            with tf.name_scope("layer"):
                w = tf.Variable(np.ones((2, 2), np.float32), name="w")
                y = tf.matmul(x, w, name="out")
                found += [w.name, y.name, tf.nn.relu(y + 1.0).name]
        found += [graph.get_tensor_by_name("layer_1/out:0") is y, graph.get_operation_by_name("layer/out").type]
        found += [tf.square(x).name, tf.reduce_mean(x).name, tf.reduce_sum(x, name="total").op.name]
        with v1.variable_scope("s"):
            a = v1.get_variable("a", [1])
            found += [a.name, (a * 2.0).name]
        with v1.variable_scope("s", reuse=True):
            found += [(v1.get_variable("a", [1]) * 2.0).name]
        return found
