"""Training loops that need more than one gradient: MAML, Newton, WGAN-GP, PINN, L-BFGS, an ODE."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)


def weights(*shape):
    return tf.Variable(rng.normal(size=shape).astype(np.float32) * 0.5)


# -- MAML: a gradient through gradient steps
params = [weights(1, 8), tf.Variable(tf.zeros([8])), weights(8, 1), tf.Variable(tf.zeros([1]))]


def net(p, x):
    return tf.tanh(x @ p[0] + p[1]) @ p[2] + p[3]


def adapted(p, x, y, steps):
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(p)
            loss = tf.reduce_mean((net(p, x) - y) ** 2)
        p = [a - 0.1 * g for a, g in zip(p, tape.gradient(loss, p))]
    return p


@tf.function
def meta_step(x, y):
    with tf.GradientTape() as tape:
        total = 0.0
        for phase in (0.0, 0.5):
            fast = adapted([tf.identity(p) for p in params], x, y + phase, 2)
            total += tf.reduce_mean((net(fast, x) - y - phase) ** 2)
    for p, g in zip(params, tape.gradient(total, params)):
        p.assign_sub(0.05 * g)
    return total


x = tf.reshape(tf.linspace(-1.0, 1.0, 12), [12, 1])
for step in range(4):
    loss = meta_step(x, tf.sin(3.0 * x))
    print(f"maml {step} {loss:.4f}")

# -- Newton's method with a Hessian
w = tf.Variable([1.5, -1.0])
for step in range(4):
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            value = (1.0 - w[0]) ** 2 + 5.0 * (w[1] - w[0] ** 2) ** 2
        g = inner.gradient(value, w)
    h = outer.jacobian(g, w)
    w.assign_sub(tf.linalg.matvec(tf.linalg.inv(h), g))
    print(f"newton {step} {float(value):.4f}", tf.round(w * 1000) / 1000)

# -- WGAN with a gradient penalty
critic = tf.keras.Sequential([
    tf.keras.Input((2,)),
    tf.keras.layers.Dense(8, activation="tanh", kernel_initializer=tf.keras.initializers.RandomNormal(stddev=0.5, seed=1)),
    tf.keras.layers.Dense(1, kernel_initializer=tf.keras.initializers.RandomNormal(stddev=0.5, seed=2)),
])
optimizer = tf.keras.optimizers.Adam(0.01)


@tf.function
def critic_step(real, fake, mix):
    with tf.GradientTape() as tape:
        between = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as inner:
            inner.watch(between)
            score = critic(between, training=True)
        slopes = inner.gradient(score, between)
        penalty = tf.reduce_mean((tf.sqrt(tf.reduce_sum(slopes**2, axis=1) + 1e-8) - 1.0) ** 2)
        loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real)) + 10.0 * penalty
    grads = tape.gradient(loss, critic.trainable_variables)
    grads, norm = tf.clip_by_global_norm(grads, 1.0)
    optimizer.apply_gradients(zip(grads, critic.trainable_variables))
    return loss, penalty, norm


real = tf.constant(rng.normal(size=(16, 2)).astype(np.float32) + 1.0)
fake = tf.constant(rng.normal(size=(16, 2)).astype(np.float32))
mix = tf.constant(rng.uniform(size=(16, 1)).astype(np.float32))
for step in range(3):
    loss, penalty, norm = critic_step(real, fake, mix)
    print(f"gp {step} {loss:.4f} {penalty:.4f} {norm:.4f}")

# -- a physics-informed net: u'' = -u with second derivatives inside a tf.function
pinn = [weights(1, 10), tf.Variable(tf.zeros([10])), weights(10, 1)]


@tf.function
def pinn_step(t):
    with tf.GradientTape() as tape:
        with tf.GradientTape() as t2:
            t2.watch(t)
            with tf.GradientTape() as t1:
                t1.watch(t)
                u = tf.tanh(t @ pinn[0] + pinn[1]) @ pinn[2]
            du = t1.gradient(u, t)
        d2u = t2.gradient(du, t)
        start = tf.reduce_sum((u[0] - 1.0) ** 2 + du[0] ** 2)
        loss = tf.reduce_mean((d2u + u) ** 2) + start
    grads = tape.gradient(loss, pinn)
    for p, g in zip(pinn, grads):
        p.assign_sub(0.02 * g)
    return loss


t = tf.reshape(tf.linspace(0.0, 2.0, 16), [16, 1])
for step in range(4):
    print(f"pinn {step} {pinn_step(t):.4f}")

# -- a small L-BFGS with a backtracking while loop


def rosenbrock(p):
    return tf.reduce_sum(100.0 * (p[1:] - p[:-1] ** 2) ** 2 + (1.0 - p[:-1]) ** 2)


@tf.function
def value_and_slope(p):
    with tf.GradientTape() as tape:
        tape.watch(p)
        value = rosenbrock(p)
    return value, tape.gradient(value, p)


@tf.function
def line_search(p, direction, value, slope):
    rate = tf.constant(1.0, tf.float64)
    while rosenbrock(p + rate * direction) > value + 1e-4 * rate * tf.tensordot(slope, direction, 1):
        rate *= 0.5
    return rate


p = tf.constant([-1.2, 1.0, 0.5], tf.float64)
memory = []
value, slope = value_and_slope(p)
for step in range(8):
    q, alphas = slope, []
    for s, y in reversed(memory):
        alpha = tf.tensordot(s, q, 1) / tf.tensordot(y, s, 1)
        alphas.append(alpha)
        q = q - alpha * y
    if memory:
        s, y = memory[-1]
        q = q * tf.tensordot(s, y, 1) / tf.tensordot(y, y, 1)
    for (s, y), alpha in zip(memory, reversed(alphas)):
        q = q + s * (alpha - tf.tensordot(y, q, 1) / tf.tensordot(y, s, 1))
    rate = line_search(p, -q, value, slope)
    moved = p - rate * q
    new_value, new_slope = value_and_slope(moved)
    memory = [*memory[-4:], (moved - p, new_slope - slope)]
    p, value, slope = moved, new_value, new_slope
print("lbfgs", np.round(p.numpy(), 3), f"{value:.4f}")

# -- per-example gradients
model = tf.keras.layers.Dense(1, kernel_initializer=tf.keras.initializers.Constant(0.5))
features, labels = tf.constant([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), tf.constant([[1.0], [0.0], [2.0]])
with tf.GradientTape() as tape:
    losses = tf.reduce_sum((model(features) - labels) ** 2, axis=1)
rows = tape.jacobian(losses, model.trainable_variables)
print([r.shape for r in rows], tf.norm(tf.reshape(rows[0], [3, -1]), axis=1))


def one_gradient(pair):
    feature, label = pair
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((model(feature[None]) - label) ** 2)
    return tape.gradient(loss, model.trainable_variables)


print([tf.round(g * 100) / 100 for g in tf.vectorized_map(one_gradient, (features, labels))])

# -- a neural ODE: Euler steps until the state has settled
rate = tf.Variable(0.8)


@tf.function
def settle(state):
    steps = tf.constant(0)
    while tf.reduce_max(tf.abs(state)) > 0.1:
        state = state - 0.2 * rate * state * (1.0 + state**2)
        steps += 1
    return state, steps


state = tf.constant([1.0, 0.5])
with tf.GradientTape() as tape:
    tape.watch(state)
    end, steps = settle(state)
    loss = tf.reduce_sum(end**2)
print(steps.numpy(), tf.round(end * 1e4) / 1e4, [tf.round(g * 1e4) / 1e4 for g in tape.gradient(loss, [state, rate])])
