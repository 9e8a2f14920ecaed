"""What the gradient tape does: persistence, watching, None, stops, jacobians, custom gradients."""

import tensorflow as tf

w = tf.Variable([[0.5, -0.2], [0.1, 0.3], [-0.4, 0.7]], name="w")
b = tf.Variable(tf.zeros(2, dtype=tf.float32), name="b")
x = [[1.0, 2.0, 3.0]]
with tf.GradientTape(persistent=True) as tape:
    y = x @ w + b
    loss = tf.reduce_mean(y**2)
[dl_dw, dl_db] = tape.gradient(loss, [w, b])
print(w.shape, dl_dw.shape)
grad = tape.gradient(loss, {"w": w, "b": b})
print(grad["b"])
print([var.name for var in tape.watched_variables()])
del tape

x0 = tf.Variable(3.0, name="x0")
x1 = tf.Variable(3.0, name="x1", trainable=False)
x2 = tf.Variable(2.0, name="x2") + 1.0
x3 = tf.constant(3.0, name="x3")
with tf.GradientTape() as tape:
    y = (x0**2) + (x1**2) + (x2**2)
for g in tape.gradient(y, [x0, x1, x2, x3]):
    print(g)

x = tf.linspace(-2.0, 2.0, 5)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.nn.sigmoid(x)
print(tape.gradient(y, x))

x = tf.constant(1.0)
v0, v1 = tf.Variable(2.0), tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    if x > 0.0:
        result = v0
    else:
        result = v1**2
print(*tape.gradient(result, [v0, v1]), tape.gradient(result, x))

x = tf.Variable(2.0)
for epoch in range(2):
    with tf.GradientTape() as tape:
        y = x + 1
    print(epoch, ":", tape.gradient(y, x))
    x = x + 1

image = tf.Variable([[1, 0], [2, 1]])
with tf.GradientTape() as tape:
    y = tf.cast(image, tf.float32) * 2
print(tape.gradient(y, image))

x, y = tf.Variable(2.0), tf.Variable(3.0)
with tf.GradientTape() as t:
    x_sq = x * x
    with t.stop_recording():
        y_sq = y * y
    z = x_sq + y_sq
grad = t.gradient(z, {"x": x, "y": y})
print("dz/dx:", grad["x"], "dz/dy:", grad["y"])
with tf.GradientTape() as t:
    z = x**2 + tf.stop_gradient(y**2)
print(t.gradient(z, {"x": x, "y": y}, unconnected_gradients="zero"))


@tf.custom_gradient
def clip_gradients(y):
    def backward(dy):
        return tf.clip_by_norm(dy, 0.5)

    return y, backward


v = tf.Variable(2.0)
with tf.GradientTape() as t:
    output = clip_gradients(v * v)
print(t.gradient(output, v))

x = tf.linspace(-1.0, 1.0, 3)
delta = tf.Variable(0.5)
with tf.GradientTape() as tape:
    y = tf.nn.sigmoid(x + delta)
print(tape.jacobian(y, delta))

x = tf.constant([[0.1, 0.2], [0.3, -0.4]])
layer = tf.Variable([[1.0, 2.0], [0.5, -1.0]])
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        loss = tf.reduce_mean(tf.nn.tanh(x @ layer) ** 2)
    g = t1.gradient(loss, layer)
h = t2.jacobian(g, layer)
h_mat = tf.reshape(h, [4, 4])
print(h.shape, tf.reduce_max(tf.abs(h_mat - tf.transpose(h_mat))).numpy() < 1e-6)
print(tf.linalg.diag_part(h_mat))
step = tf.linalg.solve(h_mat + 0.1 * tf.eye(4), tf.reshape(g, [4, 1]))
print(tf.reshape(step, [2, 2]))

with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.exp(x) * tf.reduce_sum(x, axis=1, keepdims=True)
print(tape.batch_jacobian(y, x))
v = tf.Variable(1.0)
with tf.GradientTape() as tape:
    v.assign_add(1.0)
    y = v**2
print("after assign", tape.gradient(y, v))
with tf.GradientTape() as tape:
    a = tf.exp(v)
    tape.reset()
    c = 3 * v
print(tape.gradient(c, v), v)
try:
    tape.gradient(c, v)
except RuntimeError as error:
    print(type(error).__name__, "persistent" in str(error))
