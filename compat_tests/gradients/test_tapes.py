"""GradientTape beyond the plain gradient: orders, jacobians, None, IndexedSlices, complex numbers."""

from __future__ import annotations

import pytest

from compat_tests.harness import FUNCTION, HOST, parity

X = [0.3, -1.2, 2.0]
M = [[2.0, 0.5], [0.5, 1.0]]


def third_order(tf):
    x = tf.constant(X)
    with tf.GradientTape() as t3:
        t3.watch(x)
        with tf.GradientTape() as t2:
            t2.watch(x)
            with tf.GradientTape() as t1:
                t1.watch(x)
                y = tf.sin(x) * x * x
            g1 = t1.gradient(y, x)
        g2 = t2.gradient(g1, x)
    return g1, g2, t3.gradient(g2, x)


def persistent_inside(tf):
    x = tf.Variable(3.0) if tf.executing_eagerly() else tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * x
        dy = tape.gradient(y, x)
        z = dy * x
    return dy, tape.gradient(dy, x), tape.gradient(z, x), tape.gradient(y, x)


def hessian(tf):
    x = tf.constant(X)
    with tf.GradientTape() as t2:
        t2.watch(x)
        with tf.GradientTape() as t1:
            t1.watch(x)
            y = tf.reduce_sum(tf.exp(x) * tf.reverse(x, [0]))
        g = t1.gradient(y, x)
    return t2.jacobian(g, x)


def hessian_loop(tf):
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as t2:
        t2.watch(x)
        with tf.GradientTape() as t1:
            t1.watch(x)
            y = tf.reduce_sum(x**3)
        g = t1.gradient(y, x)
    return t2.jacobian(g, x, experimental_use_pfor=False), t2.jacobian(g, x)


def jacobian_of_a_function(tf):
    f = tf.function(lambda v: tf.stack([tf.sin(v), v * v]))
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x) * 2.0
    return tape.jacobian(y, x)


def jacobian_of_a_jacobian(tf):
    f = tf.function(lambda v: v * v * v)
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        j = tape.jacobian(y, x)
    return j, outer.jacobian(j, x)


def jacobian_of_custom(tf):
    @tf.custom_gradient
    def f(v):
        return v * v, lambda dy: dy * v * 10.0

    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x) + x
    return tape.jacobian(y, x)


def jacobian_of_nests(tf):
    x, w = tf.constant([1.0, 2.0]), tf.constant(M)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = tf.linalg.matvec(w, x)
    return tape.jacobian(y, {"x": x, "w": w})


def jacobian_unconnected(tf):
    x, z = tf.constant([1.0, 2.0]), tf.constant([3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        y = x * x
    return tape.jacobian(y, z), tape.jacobian(y, z, unconnected_gradients="zero")


def batch_jacobian(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    w = tf.constant(M)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.tanh(x @ w * 0.1) * 2.0
    return tape.batch_jacobian(y, x), tape.batch_jacobian(y, x, experimental_use_pfor=False)


def batch_jacobian_of_a_function(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    f = tf.function(lambda v: tf.nn.softmax(v))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.batch_jacobian(y, x)


def batch_jacobian_unconnected(tf):
    x, z = tf.constant([[1.0, 2.0]]), tf.constant([[3.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        y = x * x
    return tape.batch_jacobian(y, z), tape.batch_jacobian(y, z, unconnected_gradients="zero")


def nones(tf):
    x, i = tf.constant([1.5, 2.5]), tf.constant([1, 2])
    results = []
    for f in (
        lambda: tf.argmax(x), lambda: tf.cast(x > 2.0, tf.float32), lambda: tf.cast(tf.cast(x, tf.int32), tf.float32),
        lambda: tf.round(x), lambda: tf.floor(x), lambda: tf.math.ceil(x), lambda: tf.sign(x), lambda: tf.zeros_like(x),
        lambda: tf.ones_like(x), lambda: tf.stop_gradient(x) * 2.0, lambda: tf.cast(tf.shape(x), tf.float32),
        lambda: tf.math.floordiv(x, 2.0), lambda: tf.cast(i, tf.float32), lambda: tf.equal(x, 1.0), lambda: tf.math.rint(x),
        lambda: tf.cast(tf.argsort(x), tf.float32), lambda: x[0] * tf.cast(tf.size(x), tf.float32), lambda: tf.math.floormod(x, 2.0),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f()
        results.append(tape.gradient(y, x))
    return results


def zeros_for_none(tf):
    x, z = tf.constant([1.0, 2.0]), tf.constant([[3.0]])
    with tf.GradientTape() as tape:
        tape.watch([x, z])
        y = x * x
    return tape.gradient(y, [x, z], unconnected_gradients=tf.UnconnectedGradients.ZERO)


def target_is_source(tf):
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * 3.0
        z = y * y
    return tape.gradient(x, x), tape.gradient(z, [y, x]), tape.gradient([y, z], x), tape.gradient({"a": y, "b": [z]}, {"x": x})


def output_gradients(tf):
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = x * 2.0, x * x
    weights = tf.constant([1.0, 0.0, 2.0])
    return tape.gradient(y, x, output_gradients=weights), tape.gradient([y, z], x, output_gradients=[None, weights])


def unwatched(tf):
    v, w = (tf.constant(2.0), tf.constant(3.0))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(v)
        y = v * w
    return tape.gradient(y, [v, w])


def stopped(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            z = y * x
        w = y * z
    return tape.gradient(z, x), tape.gradient(w, x)


def through_complex(tf):
    z = tf.constant([1.0 + 2.0j, -0.5 + 0.3j], tf.complex64)
    results = []
    for f in (
        lambda: tf.abs(z), lambda: tf.math.real(z), lambda: tf.math.imag(z), lambda: tf.math.real(z * z * z),
        lambda: z * z, lambda: tf.exp(z), lambda: tf.math.conj(z) * z, lambda: tf.math.angle(z), lambda: z / (z + 1.0),
        lambda: tf.sqrt(z), lambda: tf.math.log(z), lambda: tf.square(z), lambda: tf.sin(z), lambda: tf.pow(z, 2.0),
        lambda: tf.reduce_prod(z), lambda: tf.cast(z, tf.complex128), lambda: tf.math.reciprocal(z),
    ):
        with tf.GradientTape() as tape:
            tape.watch(z)
            y = f()
        results.append(tape.gradient(y, z))
    return results


def sorting(tf):
    x = tf.constant([3.0, -1.0, 2.0, 0.5])
    results = []
    for f in (
        lambda: tf.sort(x) * tf.constant([1.0, 2.0, 3.0, 4.0]), lambda: tf.math.top_k(x, 2).values * tf.constant([1.0, 2.0]),
        lambda: tf.sort(x, direction="DESCENDING")[:2], lambda: tf.reduce_max(x), lambda: tf.gather(x, tf.argsort(x))[1:],
        lambda: tf.math.cumsum(x) ** 2, lambda: tf.math.cumprod(x), lambda: tf.reduce_prod(x),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f()
        results.append(tape.gradient(y, x))
    return results


def segments(tf):
    x, ids = tf.constant([[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]]), tf.constant([0, 0, 2])
    results = []
    for f in (
        tf.math.segment_sum, tf.math.segment_mean, tf.math.segment_max, tf.math.segment_min, tf.math.segment_prod,
        lambda d, i: tf.math.unsorted_segment_sum(d, i, 3), lambda d, i: tf.math.unsorted_segment_max(d, i, 3),
        lambda d, i: tf.math.unsorted_segment_mean(d, i, 3), lambda d, i: tf.math.unsorted_segment_prod(d, i, 3),
        lambda d, i: tf.math.unsorted_segment_sqrt_n(d, i, 3), lambda d, i: tf.math.unsorted_segment_min(d, i, 3),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, ids) ** 2
        results.append(tape.gradient(y, x))
    return results


CASES = [
    third_order, persistent_inside, hessian, hessian_loop, jacobian_of_a_function, jacobian_of_a_jacobian, jacobian_of_custom,
    jacobian_of_nests, jacobian_unconnected, batch_jacobian, batch_jacobian_of_a_function, batch_jacobian_unconnected, nones,
    zeros_for_none, target_is_source, output_gradients, unwatched, stopped, through_complex, sorting, segments,
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.__name__)
@parity(modes=(HOST, FUNCTION))
def test_gradients(tf, case):
    return case(tf)


DECOMPOSITIONS = {
    "cholesky": lambda tf, m: tf.linalg.cholesky(m),
    "inv": lambda tf, m: tf.linalg.inv(m),
    "det": lambda tf, m: tf.linalg.det(m),
    "eigh values": lambda tf, m: tf.linalg.eigh(m)[0],
    "eigh vectors": lambda tf, m: tf.linalg.eigh(m)[1] ** 2,
    "svd values": lambda tf, m: tf.linalg.svd(m, compute_uv=False),
    "svd u": lambda tf, m: tf.linalg.svd(m)[1] ** 2,
    "svd v": lambda tf, m: tf.linalg.svd(m)[2] ** 2,
    "qr q": lambda tf, m: tf.linalg.qr(m)[0] ** 2,
    "qr r": lambda tf, m: tf.linalg.qr(m)[1] ** 2,
    "solve": lambda tf, m: tf.linalg.solve(m, m[:, :1] ** 2),
    "triangular_solve": lambda tf, m: tf.linalg.triangular_solve(m, m[:, :1] ** 2),
    "cholesky_solve": lambda tf, m: tf.linalg.cholesky_solve(m, m[:, :1] ** 2),
    "trace": lambda tf, m: tf.linalg.trace(m),
    "band_part": lambda tf, m: tf.linalg.band_part(m, 0, 1) ** 2,
    "norm 2": lambda tf, m: tf.linalg.norm(m, ord=2),
    "norm fro": lambda tf, m: tf.linalg.norm(m, ord="fro", axis=[0, 1]),
    "diag_part": lambda tf, m: tf.linalg.diag_part(m) ** 2,
}


@pytest.mark.parametrize("case", DECOMPOSITIONS)
@parity(modes=(HOST,))
def test_linear_algebra(tf, case):
    m = tf.constant([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(m)
        y = DECOMPOSITIONS[case](tf, m)
        total = tf.reduce_sum(y * tf.reshape(tf.range(1.0, tf.cast(tf.size(y), tf.float64) + 1.0, dtype=tf.float64), tf.shape(y)))
    return tape.gradient(total, m)


@parity(modes=(HOST,))
def test_gamma_samples_by_alpha(tf):
    alpha = tf.constant([1.5, 0.7, 3.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(alpha)
        samples = tf.random.stateless_gamma([2, 3], [1, 2], alpha, dtype=tf.float64)
    return samples, tape.gradient(samples, alpha)
