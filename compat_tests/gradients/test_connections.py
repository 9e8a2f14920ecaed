"""None or zeros: what is connected through tf.functions, loops, branches and higher orders."""

from __future__ import annotations

import pytest

from compat_tests.harness import HOST, parity

FUNCTIONS = {
    "product": lambda tf, x, w: x * w,
    "stopped": lambda tf, x, w: x * tf.stop_gradient(w),
    "rounded": lambda tf, x, w: x * tf.round(w),
    "integer": lambda tf, x, w: x * tf.cast(tf.cast(w, tf.int32), tf.float32),
    "first of two": lambda tf, x, w: (x * 2.0, w * 3.0)[0],
    "not used": lambda tf, x, w: (w * 3.0, x * 2.0)[1],
    "branch": lambda tf, x, w: tf.cond(x > 0.0, lambda: x * 2.0, lambda: x * tf.stop_gradient(w)),
    "branch uses": lambda tf, x, w: tf.cond(x > 0.0, lambda: x * 2.0, lambda: x * w),
    "nested": lambda tf, x, w: tf.function(lambda a, b: (a * b, b * 3.0))(x, w)[0],
    "ones": lambda tf, x, w: x * tf.ones_like(w),
    "sign": lambda tf, x, w: x * tf.sign(w),
    "relu": lambda tf, x, w: tf.nn.relu(-x) + w,
    "argmax": lambda tf, x, w: x + tf.cast(tf.argmax([w, 2.0 * w]), tf.float32),
    "for": lambda tf, x, w: tf.foldl(lambda a, r: a * r, tf.stack([x, x])) + tf.stop_gradient(w),
}


@pytest.mark.parametrize("case", FUNCTIONS)
@parity(modes=(HOST,))
def test_of_a_function(tf, case):
    w, x = tf.Variable(2.5), tf.constant(3.0)
    f = tf.function(lambda a: FUNCTIONS[case](tf, a, w))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    return y, tape.gradient(y, [x, w]), tape.gradient(y, [x, w], unconnected_gradients="zero")


def _net(tf):
    return [tf.Variable([[0.5, -0.4], [0.3, 0.8]]), tf.Variable([0.1, -0.2]), tf.Variable([[1.0], [-0.7]]), tf.Variable([0.3])]


SECOND = {
    "linear": lambda tf, x: x * 3.0,
    "sum": lambda tf, x: tf.reduce_sum(x) + tf.reduce_mean(x),
    "square": lambda tf, x: x * x,
    "relu": lambda tf, x: tf.nn.relu(x) * 2.0,
    "abs": lambda tf, x: tf.abs(x),
    "matmul": lambda tf, x: tf.matmul(x[None], [[1.0], [2.0]]),
    "concat": lambda tf, x: tf.concat([x, x], 0),
    "gather": lambda tf, x: tf.gather(x, [1, 1], axis=-1) * x,
    "tanh": lambda tf, x: tf.tanh(x),
    "function": lambda tf, x: tf.function(lambda a: a * 5.0)(x),
    "function of square": lambda tf, x: tf.function(lambda a: a * a)(x),
    "softmax": lambda tf, x: tf.nn.softmax(x) * tf.constant([1.0, 2.0]),
}


@pytest.mark.parametrize("case", SECOND)
@parity(modes=(HOST,))
def test_of_a_gradient(tf, case):
    def run(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = SECOND[case](tf, x)
            g = tape.gradient(y, x)
        return g, outer.gradient(g, x)

    x = tf.constant([1.0, -2.0])
    return run(x), tf.function(run)(x)


@pytest.mark.parametrize("activation", ["relu", "tanh", "leaky_relu", "elu", "softplus", "sigmoid"])
@parity(modes=(HOST,))
def test_of_a_gradient_penalty(tf, activation):
    w1, b1, w2, b2 = variables = _net(tf)

    def run(x):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = getattr(tf.nn, activation)(x @ w1 + b1) @ w2 + b2
            g = tape.gradient(y, x)
            penalty = tf.reduce_mean((tf.norm(g, axis=1) - 1.0) ** 2)
        return penalty, outer.gradient(penalty, variables)

    x = tf.constant([[1.0, -0.5], [0.5, 0.3]])
    return run(x), tf.function(run)(x)
