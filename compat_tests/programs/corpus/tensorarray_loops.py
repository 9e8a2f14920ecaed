"""Loops that gather results: TensorArray, while_loop, scan, map_fn, fold, gradients through them."""

import tensorflow as tf


@tf.function
def fibonacci(n):
    array = tf.TensorArray(tf.int64, size=0, dynamic_size=True)
    a, b = tf.constant(0, tf.int64), tf.constant(1, tf.int64)
    for i in tf.range(n):
        array = array.write(i, a)
        a, b = b, a + b
    return array.stack()


print(fibonacci(10).numpy())


@tf.function
def dynamic_rnn(cell_w, input_data):
    batch, steps, features = input_data.shape
    states = tf.TensorArray(tf.float32, size=steps)
    state = tf.zeros([batch, features])
    input_data = tf.transpose(input_data, [1, 0, 2])
    for i in tf.range(steps):
        state = tf.tanh(tf.matmul(input_data[i] + state, cell_w))
        states = states.write(i, state)
    return tf.transpose(states.stack(), [1, 0, 2])


w = tf.constant([[0.5, -0.3], [0.2, 0.8]])
data = tf.reshape(tf.range(12.0) / 10.0, [2, 3, 2])
print(dynamic_rnn(w, data))
with tf.GradientTape() as tape:
    tape.watch(w)
    total = tf.reduce_sum(dynamic_rnn(w, data))
print(tape.gradient(total, w))

i, s = tf.while_loop(lambda i, s: i < 10, lambda i, s: (i + 1, s + i * i), (0, 0))
print(i, s)
print(tf.scan(lambda a, x: a * 0.5 + x, tf.constant([1.0, 2.0, 3.0, 4.0])))
print(tf.scan(lambda a, x: (a[0] + x, a[1] * x), tf.constant([1, 2, 3, 4]), initializer=(0, 1)))
print(tf.map_fn(lambda x: x[0] * x[1], (tf.constant([1, 2, 3]), tf.constant([4, 5, 6])), fn_output_signature=tf.int32))
print(tf.foldl(lambda a, x: a - x, tf.constant([1.0, 2.0, 3.0])), tf.foldr(lambda a, x: a - x, tf.constant([1.0, 2.0, 3.0])))
print(tf.vectorized_map(lambda row: tf.reduce_sum(row) * row, tf.constant([[1.0, 2.0], [3.0, 4.0]])))


@tf.function
def power_iteration(matrix, tolerance=1e-6):
    v = tf.ones([tf.shape(matrix)[0], 1])
    previous = tf.constant(0.0)
    value = tf.constant(1.0)
    steps = 0
    while tf.abs(value - previous) > tolerance:
        previous = value
        v = matrix @ v
        v = v / tf.norm(v)
        value = tf.squeeze(tf.transpose(v) @ matrix @ v)
        steps += 1
    return value, v


value, vector = power_iteration(tf.constant([[2.0, 1.0], [1.0, 3.0]]))
print(f"{value:.4f}", tf.round(vector * 1000) / 1000)


@tf.function
def unrolled(x):
    for _ in range(3):
        x = x * 2
    return x


print(unrolled(tf.constant(1.5)).numpy())


@tf.function
def with_list(n):
    items = []
    for k in range(3):
        items.append(n + k)
    return tf.stack(items)


print(with_list(tf.constant(5)))


def mandelbrot(height, width, steps=12):
    re = tf.linspace(-2.0, 0.6, width)
    im = tf.linspace(-1.1, 1.1, height)
    c = tf.complex(*tf.meshgrid(re, im))
    z = tf.zeros_like(c)
    counts = tf.zeros(c.shape, tf.int32)
    for _ in range(steps):
        inside = tf.abs(z) <= 2.0
        z = tf.where(inside, z * z + c, z)
        counts += tf.cast(inside, tf.int32)
    return counts


for row in mandelbrot(9, 32).numpy():
    print("".join(" .:-=+*#%@&$W"[v] for v in row))

ta = tf.TensorArray(dtype=tf.float32, size=3, clear_after_read=False).unstack(tf.constant([1.0, 2.0, 3.0]))
print(ta.read(1), ta.size(), ta.concat() if False else ta.stack())
