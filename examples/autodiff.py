"""Gradients by tape: values, second derivatives, and a line fitted by hand-written optimizers."""

import tensorflow as tf

x, y = tf.Variable(3.0), tf.Variable(2.0)
with tf.GradientTape() as tape:
    z = x * y + tf.sin(x)
print(z)
print("dz/dx", tape.gradient(z, x))


@tf.function
def slope(x, y):
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = x * y + tf.sin(x)
    return z, tape.gradient(z, x)


print(slope(tf.constant(3.0), tf.constant(2.0)))

with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        z = x * y + tf.sin(x)
    first = inner.gradient(z, x)
print("d2z/dx2", outer.gradient(first, x))

inputs = tf.linspace(-1.0, 1.0, 50)
targets = 3.0 * inputs + 2.0


def fit(name, rate, steps=100):
    w, b = tf.Variable(0.0), tf.Variable(0.0)
    m = [tf.Variable(0.0), tf.Variable(0.0)]
    s = [tf.Variable(0.0), tf.Variable(0.0)]
    for step in range(1, steps + 1):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(w * inputs + b - targets))
        grads = tape.gradient(loss, [w, b])
        for i, (v, g) in enumerate(zip([w, b], grads)):
            if name == "sgd":
                v.assign_sub(rate * g)
            elif name == "momentum":
                m[i].assign(0.9 * m[i] + g)
                v.assign_sub(rate * m[i])
            elif name == "rmsprop":
                s[i].assign(0.9 * s[i] + 0.1 * g * g)
                v.assign_sub(rate * g / (tf.sqrt(s[i]) + 1e-7))
            else:
                m[i].assign(0.9 * m[i] + 0.1 * g)
                s[i].assign(0.999 * s[i] + 0.001 * g * g)
                m_hat = m[i] / (1.0 - 0.9**step)
                s_hat = s[i] / (1.0 - 0.999**step)
                v.assign_sub(rate * m_hat / (tf.sqrt(s_hat) + 1e-7))
    print(f"{name}: w={w.numpy():.4f} b={b.numpy():.4f} loss={loss.numpy():.6f}")


fit("sgd", 0.1)
fit("momentum", 0.02)
fit("rmsprop", 0.05)
fit("adam", 0.1)
