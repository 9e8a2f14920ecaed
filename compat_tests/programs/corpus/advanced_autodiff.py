"""Gradients beyond the plain ones: recording control, custom gradients, jacobians, forward mode."""

import tensorflow as tf

# -- what a tape records
x = tf.Variable(2.0)
y = tf.Variable(3.0)
with tf.GradientTape() as t:
    x_sq = x * x
    with t.stop_recording():
        y_sq = y * y
    z = x_sq + y_sq
grad = t.gradient(z, {"x": x, "y": y})
print("dz/dx:", grad["x"], "dz/dy:", grad["y"])

reset = True
with tf.GradientTape() as t:
    y_sq = y * y
    if reset:
        t.reset()
    z = x * x + y_sq
print(t.gradient(z, {"x": x, "y": y}))

with tf.GradientTape() as t:
    y_sq = y**2
    z = x**2 + tf.stop_gradient(y_sq)
print(t.gradient(z, {"x": x, "y": y}))

# -- custom gradients


@tf.custom_gradient
def clip_gradients(v):
    def backward(dy):
        return tf.clip_by_norm(dy, 0.5)

    return v, backward


v = tf.Variable(2.0)
with tf.GradientTape() as t:
    output = clip_gradients(v * v)
print(t.gradient(output, v))


class Clipped(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec(None)])
    def call_custom_grad(self, a):
        return clip_gradients(a)


model = Clipped()
with tf.GradientTape() as t:
    output = model.call_custom_grad(v * v)
print(t.gradient(output, v))

# -- several tapes
x0, x1 = tf.constant(0.0), tf.constant(0.0)
with tf.GradientTape() as tape0, tf.GradientTape() as tape1:
    tape0.watch(x0)
    tape1.watch(x1)
    y0, y1 = tf.math.sin(x0), tf.nn.sigmoid(x1)
    ys = y0 + y1
print(tape0.gradient(ys, x0).numpy(), tape1.gradient(ys, x1).numpy())

# -- higher orders
x = tf.Variable(1.0)
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        y = x * x * x
    dy_dx = t1.gradient(y, x)
d2y_dx2 = t2.gradient(dy_dx, x)
print("dy_dx:", dy_dx.numpy(), "d2y_dx2:", d2y_dx2.numpy())


def nth(f, n):
    if n == 0:
        return f
    inner = nth(f, n - 1)

    def g(a):
        with tf.GradientTape() as t:
            t.watch(a)
            r = inner(a)
        return t.gradient(r, a)

    return g


print([round(float(nth(lambda a: tf.sin(a) * tf.exp(a), n)(tf.constant(0.5))), 4) for n in range(6)])
print(round(float(tf.function(nth(lambda a: a**5, 4))(tf.constant(2.0))), 4))

# -- an input gradient penalty
inputs = tf.reshape(tf.range(14.0) / 10.0 - 0.5, [7, 2])
layer = tf.keras.layers.Dense(10, activation=tf.nn.relu, kernel_initializer=tf.keras.initializers.Constant(0.3))
layer2 = tf.keras.layers.Dense(1, kernel_initializer=tf.keras.initializers.Constant(-0.2))
with tf.GradientTape() as t2:
    with tf.GradientTape(watch_accessed_variables=False) as t1:
        t1.watch(inputs)
        y = layer2(layer(inputs))
        out = tf.reduce_sum(y**2)
    g1 = t1.gradient(out, inputs)
    g1_mag = tf.norm(g1)
dg1_mag = t2.gradient(g1_mag, layer.trainable_variables + layer2.trainable_variables)
print([tuple(var.shape) for var in dg1_mag[:1]], round(float(g1_mag), 4), round(float(tf.reduce_sum(dg1_mag[0])), 4))

# -- jacobians
x = tf.linspace(-10.0, 10.0, 21)
delta = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.nn.sigmoid(x + delta)
dy_dx = tape.jacobian(y, delta)
print(y.shape, dy_dx.shape, round(float(tf.reduce_max(dy_dx)), 4))

x = tf.reshape(tf.range(35.0) / 35.0, [7, 5])
layer = tf.keras.layers.Dense(10, activation=tf.nn.relu, kernel_initializer=tf.keras.initializers.Constant(0.2))
with tf.GradientTape(persistent=True) as tape:
    y = layer(x)
j = tape.jacobian(y, layer.kernel)
g = tape.gradient(y, layer.kernel)
print(j.shape, g.shape, round(float(tf.reduce_max(abs(g - tf.reduce_sum(j, axis=[0, 1])))), 4))

x = tf.reshape(tf.range(15.0) / 15.0, [3, 5])
layer1 = tf.keras.layers.Dense(8, activation=tf.nn.elu, kernel_initializer=tf.keras.initializers.Constant(0.1))
layer2 = tf.keras.layers.Dense(6, activation=tf.nn.elu, kernel_initializer=tf.keras.initializers.Constant(0.1))
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        loss = tf.reduce_mean(layer2(layer1(x)) ** 2)
    g = t1.gradient(loss, layer1.kernel)
h = t2.jacobian(g, layer1.kernel)
n = tf.reduce_prod(layer1.kernel.shape)
h_mat = tf.reshape(h, [n, n])
update = tf.linalg.solve(h_mat + tf.eye(n) * 1e-3, tf.reshape(g, [n, 1]))
print(h.shape, g.shape, h_mat.shape, round(float(tf.norm(update)), 3))

x = tf.reshape(tf.range(35.0) / 35.0, [7, 5])
with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
    tape.watch(x)
    y = layer2(layer1(x))
j = tape.jacobian(y, x)
jb = tape.batch_jacobian(y, x)
diff = jb - tf.reduce_sum(j, axis=2)
print(j.shape, jb.shape, abs(round(float(tf.reduce_max(abs(diff))), 4)))

# -- forward mode
with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as acc:
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(tf.tanh(layer2(layer1(x))))
    slope = tape.gradient(value, x)
print(round(float(acc.jvp(value)), 4), round(float(tf.reduce_sum(acc.jvp(slope))), 4))
