"""Loops of known and unknown length in tf.functions, what they collect, and their gradients."""

import tensorflow as tf


@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def smooth(x):
    return tf.scan(lambda a, r: 0.5 * a + 0.5 * r, x)


print(smooth(tf.constant([1.0, 3.0])), smooth(tf.constant([4.0, 0.0, 2.0])))


@tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32)])
def row_sums(x):
    rows = tf.shape(x)[0]
    sums = tf.TensorArray(tf.float32, size=rows)
    for i in tf.range(rows):
        sums = sums.write(i, tf.reduce_sum(x[i]))
    return sums.stack()


print(row_sums(tf.ones([2, 3])), row_sums(tf.ones([3, 1])))


@tf.function
def large_ones(x):
    found = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for value in x:
        if value > 1.0:
            found = found.write(found.size(), value)
    return found.stack()


print(large_ones(tf.constant([1.0, 2.0, 3.0])), large_ones(tf.constant([0.5, 9.0])))


@tf.function
def fixed_point(x):
    steps = 0
    distance = tf.constant(1.0)
    while distance > 1e-3:
        moved = tf.cos(x)
        distance = tf.reduce_max(tf.abs(moved - x))
        x = moved
        steps += 1
    return x, steps


start = tf.constant([0.1, 1.0])
with tf.GradientTape() as tape:
    tape.watch(start)
    end, steps = fixed_point(start)
print(tf.round(end * 1e3) / 1e3, steps.numpy(), tf.round(tape.gradient(end, start) * 1e5) / 1e5)


@tf.function
def triangle(x):
    total = tf.zeros_like(x)
    for i in tf.range(3):
        j = tf.constant(0)
        while j < i:
            total += x * tf.cast(j + 1, tf.float32)
            j += 1
    return total


with tf.GradientTape() as tape:
    tape.watch(start)
    y = triangle(start)
print(tape.gradient(y, start))


@tf.function
def energy(signal):
    total = tf.constant(0.0)
    for value in signal:
        if value < 0.0:
            break
        if value > 5.0:
            continue
        total += value * value
    return total


signal = tf.constant([1.0, 6.0, 2.0, -1.0, 3.0])
with tf.GradientTape() as tape:
    tape.watch(signal)
    y = energy(signal)
print(y, tape.gradient(y, signal))


@tf.function
def hessian_vector(x, v):
    with tf.autodiff.ForwardAccumulator(x, v) as accumulator:
        with tf.GradientTape() as tape:
            tape.watch(x)
            _, power = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), (0, x))
            y = tf.reduce_sum(power)
        slope = tape.gradient(y, x)
    return slope, accumulator.jvp(slope)


print(hessian_vector(tf.constant([1.0, 2.0]), tf.constant([1.0, 0.0])))


@tf.function
def squares_jacobian(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.map_fn(lambda r: r * r, x)
    return tape.jacobian(y, x)


print(squares_jacobian(tf.constant([1.0, 2.0])))

weights = tf.Variable([1.0, 2.0])


def gradient_of_row(row):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((row * weights) ** 2)
    return tape.gradient(loss, weights)


rows = tf.constant([[1.0, 1.0], [2.0, 0.5], [0.0, 3.0]])
print(tf.vectorized_map(gradient_of_row, rows))
print(tf.map_fn(tf.range, tf.constant([1, 3, 2]), fn_output_signature=tf.RaggedTensorSpec([None], tf.int32)))
print(tf.map_fn(tf.reduce_sum, tf.ragged.constant([[1, 2], [3]]), fn_output_signature=tf.int32))


@tf.function
def rnn(x, w):
    state = tf.zeros([tf.shape(x)[0], 2])
    outputs = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for t in tf.range(tf.shape(x)[1]):
        state = tf.tanh(x[:, t] + state @ w)
        outputs = outputs.write(t, state)
    return tf.transpose(outputs.stack(), [1, 0, 2])


w = tf.constant([[0.5, 0.1], [-0.2, 0.3]])
with tf.GradientTape() as tape:
    tape.watch(w)
    loss = tf.reduce_sum(rnn(tf.ones([2, 3, 2]), w) ** 2)
print(f"{loss:.4f}", tf.round(tape.gradient(loss, w) * 1e3) / 1e3)

choice = tf.function(
    lambda i, x: tf.switch_case(i, [lambda: x + 1.0, lambda: x * 10.0, lambda: tf.zeros_like(x)], default=lambda: -x)
)
print([float(choice(tf.constant(i), tf.constant(2.0))) for i in (0, 1, 2, 5)])
