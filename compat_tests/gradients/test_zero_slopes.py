"""Where 0 flows back, an infinite or missing slope gives 0, as TensorFlow's kernels have it."""

from __future__ import annotations

from compat_tests.harness import DEVICE, FLOATS, FUNCTION, GRADIENT, HOST, our_tf, parity, values

EDGES = values([-1.0, 0.0, 4.0])


def _slopes(tf, function, x):
    """Gradients where 0 flows back, and where 1 and 0.5 do."""
    found = []
    for weight in (0.0, 1.0, 0.5):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        flowing = tf.cast(tf.fill(tf.shape(y), weight), y.dtype)
        found.append(tape.gradient(y, x, output_gradients=flowing))
    return found


@parity(dtypes=FLOATS, modes=(HOST, DEVICE, FUNCTION))
def test_sqrt(tf, x=EDGES):
    return _slopes(tf, tf.sqrt, x)


@parity(dtypes=("float32", "float64"), modes=(HOST, FUNCTION))
def test_rsqrt(tf, x=EDGES):
    return _slopes(tf, tf.math.rsqrt, x)


@parity(dtypes=("float32", "float64"), modes=(HOST, FUNCTION))
def test_reciprocal(tf, x=EDGES):
    return _slopes(tf, tf.math.reciprocal, x)


@parity(dtypes=("float32",), modes=(HOST, FUNCTION))
def test_norm_and_deviation_of_zeros(tf, x=values([0.0, 0.0])):
    return [_slopes(tf, f, x)[0] for f in (tf.norm, tf.math.reduce_std)]


@parity(modes=(GRADIENT,))
def test_masked_square_root(tf, x=EDGES):
    return tf.where(x > 0, tf.sqrt(x), tf.zeros_like(x))


@parity(dtypes=("float32", "complex64"), modes=(GRADIENT,))
def test_ordinary_slopes(tf, x=values([1.0, 2.0, 4.0])):
    return tf.sqrt(x), tf.math.rsqrt(x), tf.math.reciprocal(x)


def test_forward_mode_and_second_derivative():
    tf = our_tf()
    x = tf.constant([0.0, 4.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([0.0, 1.0])) as accumulator:
        y = tf.sqrt(x)
    assert accumulator.jvp(y).numpy().tolist() == [0.0, 0.25]
    z = tf.constant([4.0])
    with tf.GradientTape() as outer:
        outer.watch(z)
        with tf.GradientTape() as inner:
            inner.watch(z)
            y = tf.sqrt(z)
        slope = inner.gradient(y, z)
    assert abs(float(outer.gradient(slope, z)[0]) + 0.03125) < 1e-6
