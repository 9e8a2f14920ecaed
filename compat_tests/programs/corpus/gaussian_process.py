"""Numerics in double precision: Gaussian process, Newton's method, gradient checking, SciPy."""

import numpy as np
import scipy.optimize
import tensorflow as tf

tf.keras.backend.set_floatx("float64")
rng = np.random.default_rng(0)
x = np.sort(rng.uniform(-3, 3, 12))[:, None]
y = np.sin(x) + 0.1 * rng.standard_normal(x.shape)
log_scale = tf.Variable(0.0, dtype=tf.float64)
log_noise = tf.Variable(-1.0, dtype=tf.float64)


def kernel(a, b):
    distance = tf.square(a - tf.transpose(b))
    return tf.exp(-0.5 * distance / tf.exp(2.0 * log_scale))


@tf.function
def negative_log_likelihood():
    n = x.shape[0]
    k = kernel(x, x) + tf.exp(2.0 * log_noise) * tf.eye(n, dtype=tf.float64)
    chol = tf.linalg.cholesky(k)
    alpha = tf.linalg.cholesky_solve(chol, y)
    fit = 0.5 * tf.squeeze(tf.matmul(y, alpha, transpose_a=True))
    return fit + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(chol))) + 0.5 * n * np.log(2 * np.pi)


def value_and_gradient(values):
    log_scale.assign(values[0])
    log_noise.assign(values[1])
    with tf.GradientTape() as tape:
        value = negative_log_likelihood()
    grads = tape.gradient(value, [log_scale, log_noise])
    return value.numpy(), np.array([g.numpy() for g in grads])


start = np.array([0.0, -1.0])
print("start", value_and_gradient(start)[0].round(6))
numeric = [(value_and_gradient(start + d)[0] - value_and_gradient(start - d)[0]) / 2e-5 for d in 1e-5 * np.eye(2)]
print("gradient check", np.abs(value_and_gradient(start)[1] - numeric).max() < 1e-6)
result = scipy.optimize.minimize(value_and_gradient, start, jac=True, method="L-BFGS-B")
print("optimum", result.x.round(4), round(float(result.fun), 5), result.success)

chol = tf.linalg.cholesky(kernel(x, x) + tf.exp(2.0 * log_noise) * tf.eye(12, dtype=tf.float64))
new = tf.constant([[-1.0], [0.0], [2.0]], tf.float64)
cross = kernel(x, new)
mean = tf.matmul(cross, tf.linalg.cholesky_solve(chol, y), transpose_a=True)
half = tf.linalg.triangular_solve(chol, cross, lower=True)
variance = 1.0 - tf.reduce_sum(half**2, axis=0)
print(mean.numpy().ravel().round(4), tf.sqrt(variance).numpy().round(4), mean.dtype)


def rosenbrock(v):
    return (1.0 - v[0]) ** 2 + 100.0 * (v[1] - v[0] ** 2) ** 2


point = tf.Variable([-1.2, 1.0], dtype=tf.float64)
for step in range(8):
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            value = rosenbrock(point)
        gradient = inner.gradient(value, point)
    hessian = outer.jacobian(gradient, point)
    if step % 2 == 0:
        print(step, f"{value:.8f}", np.round(point.numpy(), 5))
    point.assign_sub(tf.linalg.matvec(tf.linalg.inv(hessian), gradient))
theory, numbers = tf.test.compute_gradient(lambda v: tf.reduce_sum(tf.sin(v) * v), [tf.constant([1.0, 2.0], tf.float64)])
print(np.abs(theory[0] - numbers[0]).max() < 1e-6)
dense = tf.keras.layers.Dense(2, kernel_initializer="ones")
print(dense(tf.ones([1, 3], tf.float64)).dtype, tf.keras.backend.floatx())
tf.keras.backend.set_floatx("float32")
