"""tf.autodiff.ForwardAccumulator: alone, nested with tapes and with itself."""

from __future__ import annotations

import pytest

from compat_tests.harness import FUNCTION, HOST, parity


def plain(tf):
    x = tf.constant([[2.0, 3.0], [1.0, 4.0]])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([[1.0, 0.0], [0.5, 2.0]])) as acc:
        y = tf.reduce_sum(tf.tanh(x) ** 2.0, axis=1)
        z = tf.matmul(x, x, transpose_b=True)
    return acc.jvp(y), acc.jvp([z, {"a": y}])


def several(tf):
    x, y = tf.constant(2.0), tf.constant([1.0, 3.0])
    with tf.autodiff.ForwardAccumulator([x, y], [tf.constant(1.0), tf.constant([0.5, 2.0])]) as acc:
        z = x * y + tf.exp(x)
    return acc.jvp(z), acc.jvp(x), acc.jvp(y)


def unconnected(tf):
    x, y = tf.constant(2.0), tf.constant([1.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        z = y * 2.0
        w = tf.stop_gradient(x)
        i = tf.cast(x, tf.int32)
    return acc.jvp(z), acc.jvp(z, unconnected_gradients="zero"), acc.jvp(i)


def forward_over_reverse(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0, 2.0])) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x**3 * tf.reverse(x, [0]))
        g = tape.gradient(y, x)
    return g, acc.jvp(g), acc.jvp(y)


def reverse_over_forward(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0, 2.0])) as acc:
            y = tf.reduce_sum(x**3 * tf.reverse(x, [0]))
        v = acc.jvp(y)
    return v, tape.gradient(v, x)


def forward_over_forward(tf):
    x = tf.constant(1.5)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as outer:
        with tf.autodiff.ForwardAccumulator(x, tf.constant(3.0)) as inner:
            y = tf.sin(x) * x
        first = inner.jvp(y)
    return first, outer.jvp(y), outer.jvp(first)


def through_a_function(tf):
    f = tf.function(lambda v: tf.sin(v) * v)
    x = tf.constant([0.5, 1.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 2.0])) as acc:
        y = f(x) * 2.0
    return acc.jvp(y)


def through_a_loop(tf):
    @tf.function
    def power(v, n):
        result = tf.ones_like(v)
        while n > 0:
            result, n = result * v, n - 1
        return result

    x = tf.constant([0.5, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 2.0])) as acc:
        y = power(x, tf.constant(3))
    return acc.jvp(y)


def through_a_branch(tf):
    @tf.function
    def f(v):
        return tf.cond(tf.reduce_sum(v) > 0.0, lambda: v * v, lambda: -v)

    x = tf.constant([0.5, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 2.0])) as acc:
        y = f(x)
    return acc.jvp(y)


def through_a_custom_gradient(tf):
    @tf.custom_gradient
    def f(v):
        return v * v, lambda dy: dy * v * 10.0

    x = tf.constant([0.5, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 2.0])) as acc:
        y = f(x)
    return acc.jvp(y)


def through_complex(tf):
    z = tf.constant([1.0 + 2.0j, 0.5 - 1.0j], tf.complex64)
    with tf.autodiff.ForwardAccumulator(z, tf.constant([1.0 + 0.0j, 0.0 + 1.0j], tf.complex64)) as acc:
        y, w = z * z, tf.math.real(z)
    return acc.jvp(y), acc.jvp(w)


CASES = [
    plain, several, unconnected, forward_over_reverse, reverse_over_forward, forward_over_forward, through_a_function,
    through_a_loop, through_a_branch, through_a_custom_gradient, through_complex,
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.__name__)
@parity(modes=(HOST, FUNCTION))
def test_products(tf, case):
    return case(tf)


@parity(modes=(HOST,))
def test_variables(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator([v, w], [tf.constant([1.0, 0.0]), tf.constant(0.5)]) as acc:
        y = v * w + tf.reduce_sum(v)
    return acc.jvp(y), acc.jvp(v), acc.jvp(w)


@parity(modes=(HOST,))
def test_hessian_vector_product_of_a_layer(tf):
    layer = tf.keras.layers.Dense(1, kernel_initializer=tf.keras.initializers.Constant(0.5))
    layer.build([None, 2])
    x, target = tf.constant([[2.0, 3.0], [1.0, 4.0]]), tf.constant([[1.0], [-1.0]])
    with tf.autodiff.ForwardAccumulator(layer.kernel.value, tf.constant([[1.0], [0.0]])) as acc:
        loss = tf.reduce_sum((layer(x) - target) ** 2.0)
    return acc.jvp(loss)


def test_errors():
    from compat_tests.harness import our_tf, real_tf

    for tf in (real_tf(), our_tf()):
        x = tf.constant(1.0)
        acc = tf.autodiff.ForwardAccumulator(x, tf.constant(1.0))
        with acc:
            with pytest.raises(ValueError, match="Accumulator is already recording"):
                acc.__enter__()
        with pytest.raises(ValueError):
            tf.autodiff.ForwardAccumulator(x, [tf.constant(1.0)])
        with pytest.raises(ValueError):
            acc.jvp(x, unconnected_gradients="wrong")
