"""tf.custom_gradient, recompute_grad, grad_pass_through, stop_gradient, tf.gradients, tf.hessians."""

from __future__ import annotations

import pytest

from compat_tests.harness import FUNCTION, HOST, parity

X = [0.3, -1.2, 2.0]


def _first_and_second(tf, f, x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        g = tape.gradient(y, x)
    return y, g, outer.gradient(g, x)


def uses_an_intermediate(tf):
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.math.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))

    return _first_and_second(tf, log1pexp, tf.constant(X))


def nested(tf):
    @tf.custom_gradient
    def square(x):
        @tf.custom_gradient
        def slope(dy):
            return dy * x * 2.0, lambda ddy: ddy * x * 7.0

        return x * x, slope

    x = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = square(x)
        g = tape.gradient(y, x)
    # In a graph TensorFlow does not see what a gradient function closes over.
    return g, outer.gradient(g, x) if tf.executing_eagerly() else g


def several_arguments(tf):
    @tf.custom_gradient
    def f(x, y):
        return (x * y, x + y), lambda a, b: (a * 2.0 + b, None)

    x, y = tf.constant(X), tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        p, q = f(x, y)
        total = p + q * 3.0
    return tape.gradient(total, x), tape.gradient(total, y), tape.gradient(p, x)


def integer_argument(tf):
    @tf.custom_gradient
    def f(x, n):
        return x * tf.cast(n, tf.float32), lambda dy: (dy * 5.0, None)

    x, n = tf.constant(X), tf.constant(2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, n)
    return y, tape.gradient(y, x)


def closes_over_a_tensor(tf):
    x, w = tf.constant(X), tf.constant(2.0)

    @tf.custom_gradient
    def f(v):
        return v * w, lambda dy: dy * 11.0

    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = f(x)
    return tape.gradient(y, [x, w])


def inside_a_function(tf):
    @tf.custom_gradient
    def clip(x):
        return tf.identity(x), lambda dy: tf.clip_by_value(dy, -1.0, 1.0)

    g = tf.function(lambda x: tf.reduce_sum(clip(x * 3.0) * 5.0))
    return _first_and_second(tf, g, tf.constant(X))[:2]


def inside_a_loop(tf):
    @tf.custom_gradient
    def f(x):
        return x * 2.0, lambda dy: dy * 3.0

    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        _, y = tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, f(v)), (tf.constant(0), x))
    return y, tape.gradient(y, x)


def inside_a_branch(tf):
    @tf.custom_gradient
    def f(x):
        return x * 2.0, lambda dy: dy * 3.0

    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cond(tf.reduce_sum(x) > 0.0, lambda: f(x), lambda: x)
    return y, tape.gradient(y, x)


def as_a_decorator_with_brackets(tf):
    @tf.custom_gradient
    def f(x, scale=2.0):
        return x * scale, lambda dy: dy * scale

    return _first_and_second(tf, lambda v: f(v), tf.constant(X))[:2]


def recomputed(tf):
    f, x = tf.recompute_grad(lambda x: tf.sin(x) * x), tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return y, tape.gradient(y, x)


def passed_through(tf):
    return _first_and_second(tf, lambda x: tf.grad_pass_through(tf.round)(x) * x, tf.constant(X))


def stopped(tf):
    return _first_and_second(tf, lambda x: tf.stop_gradient(x * 2.0) * x, tf.constant(X))[:2]


def straight_through(tf):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = (x + tf.stop_gradient(tf.sign(x) - x)) * 2.0
    return y, tape.gradient(y, x)


def prevented(tf):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.relu(x) + tf.nn.leaky_relu(x) + tf.nn.relu6(x)
    return tape.gradient(y, x)


CASES = [
    uses_an_intermediate, nested, several_arguments, integer_argument, closes_over_a_tensor, inside_a_function, inside_a_loop,
    inside_a_branch, as_a_decorator_with_brackets, recomputed, passed_through, stopped, straight_through, prevented,
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.__name__)
@parity(modes=(HOST, FUNCTION))
def test_gradients(tf, case):
    return case(tf)


def with_variables(tf):
    v = tf.Variable([1.0, 2.0])

    @tf.custom_gradient
    def f(x):
        return x * v, lambda dy, variables=None: (dy * 3.0, [dy * 4.0 for _ in variables])

    return f, v


def recomputed_with_variables(tf):
    v = tf.Variable([1.0, 2.0])
    return tf.recompute_grad(lambda x: tf.tanh(x * v) * v), v


def passed_through_with_variables(tf):
    v = tf.Variable([1.0, 2.0])
    return tf.grad_pass_through(lambda x: tf.round(x * v)), v


@pytest.mark.parametrize(("case", "compiled"), [
    (with_variables, "eager"), (with_variables, "inner"), (with_variables, "outer"), (recomputed_with_variables, "eager"),
    (recomputed_with_variables, "inner"), (recomputed_with_variables, "outer"), (passed_through_with_variables, "eager"),
    (passed_through_with_variables, "outer"),
])
@parity(modes=(HOST,))
def test_variables(tf, case, compiled):
    f, v = case(tf)
    if compiled == "inner":
        f = tf.function(f)

    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x) * 2.0
        return tape.gradient(y, [x, v])

    return (tf.function(gradients) if compiled == "outer" else gradients)(tf.constant([0.5, 0.3]))


@parity(modes=(HOST,), errors="class")
def test_variables_without_the_argument(tf):
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def f(x):
        return x * v, lambda dy: dy

    with tf.GradientTape():
        return f(tf.constant(1.0))


@parity(modes=(HOST,), errors="class")
def test_too_many_gradients(tf):
    @tf.custom_gradient
    def f(x):
        return x * 2.0, lambda dy: (dy, dy)

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


@parity(modes=(HOST,))
def test_keyword_arguments(tf):
    @tf.custom_gradient
    def f(x, scale=1.0):
        return x * scale, lambda dy: dy * scale * 10.0

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, scale=3.0)
    return y, tape.gradient(y, x)


@parity(modes=(HOST,))
def test_in_a_keras_model(tf):
    @tf.custom_gradient
    def reverse(x):
        return tf.identity(x), lambda dy: -dy * 2.0

    class Reverse(tf.keras.layers.Layer):
        def call(self, x):
            return reverse(x)

    one = tf.keras.initializers.Constant(0.5)
    model = tf.keras.Sequential([
        tf.keras.Input((2,)), tf.keras.layers.Dense(2, kernel_initializer=one), Reverse(), tf.keras.layers.Dense(1, kernel_initializer=one),
    ])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    x, y = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[1.0], [0.0]])
    model.fit(x, y, epochs=2, batch_size=2, verbose=0)
    return [tf.constant(w) for w in model.get_weights()]


@parity(modes=(FUNCTION,))
def test_graph_gradients(tf):
    x, w = tf.constant(X), tf.constant(2.0)
    h = x * w
    y, z = tf.reduce_sum(h * h), tf.sin(x)
    return [
        tf.gradients(y, [x, w, h]), tf.gradients([y, z], x), tf.gradients(z, w), tf.gradients(z, w, unconnected_gradients="zero"),
        tf.gradients(h, x, grad_ys=tf.constant([1.0, 0.0, 5.0])), tf.gradients(y, [x, w], stop_gradients=h),
        tf.gradients(tf.gradients(y, x)[0], [x, w]), tf.hessians(tf.reduce_sum(z * x), x),
        tf.hessians(tf.reduce_sum(x[:, None] * tf.exp(x)[None, :]), x),
    ]


@pytest.mark.parametrize("which", ["gradients", "hessians"])
@parity(modes=(HOST,), errors="class")
def test_graph_gradients_eagerly(tf, which):
    x = tf.constant(1.0)
    return getattr(tf, which)(x * x, x)
