"""Deterministic policy gradients: replay memory, noise process, soft target updates."""

import random
from collections import deque, namedtuple

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input
from tensorflow.keras.models import Model
from tensorflow.keras.optimizers import Adam

tf.random.set_seed(0)
np.random.seed(0)
random.seed(0)
Transition = namedtuple("Transition", "state action reward next_state done")


class OUActionNoise:
    def __init__(self, mean, std_deviation, theta=0.15, dt=1e-2):
        self.theta, self.mean, self.std_dev, self.dt = theta, mean, std_deviation, dt
        self.x_prev = np.zeros_like(self.mean)

    def __call__(self):
        self.x_prev = self.x_prev + self.theta * (self.mean - self.x_prev) * self.dt + self.std_dev * np.sqrt(self.dt) * np.random.normal(size=self.mean.shape)
        return self.x_prev


def get_actor():
    last_init = tf.random_uniform_initializer(minval=-0.003, maxval=0.003, seed=3)
    inputs = Input(shape=(3,))
    out = Dense(16, activation="relu", kernel_initializer=tf.keras.initializers.GlorotUniform(seed=1))(inputs)
    out = Dense(1, activation="tanh", kernel_initializer=last_init)(out)
    return Model(inputs, out * 2.0)


def get_critic():
    state_input, action_input = Input(shape=(3,)), Input(shape=(1,))
    h = Concatenate()([Dense(8, activation="relu", kernel_initializer=tf.keras.initializers.HeNormal(seed=2))(state_input), action_input])
    out = Dense(16, activation="relu", kernel_initializer=tf.keras.initializers.HeNormal(seed=4))(h)
    return Model([state_input, action_input], Dense(1, kernel_initializer=tf.keras.initializers.HeNormal(seed=5))(out))


actor_model, critic_model, target_actor, target_critic = get_actor(), get_critic(), get_actor(), get_critic()
target_actor.set_weights(actor_model.get_weights())
target_critic.set_weights(critic_model.get_weights())
critic_optimizer, actor_optimizer = Adam(0.01), Adam(learning_rate=0.005)
gamma, tau = 0.99, 0.05
memory = deque(maxlen=500)


@tf.function
def update(state_batch, action_batch, reward_batch, next_state_batch):
    with tf.GradientTape() as tape:
        target_actions = target_actor(next_state_batch, training=True)
        y = reward_batch + gamma * target_critic([next_state_batch, target_actions], training=True)
        critic_value = critic_model([state_batch, action_batch], training=True)
        critic_loss = tf.math.reduce_mean(tf.math.square(y - critic_value))
    critic_grad = tape.gradient(critic_loss, critic_model.trainable_variables)
    critic_optimizer.apply_gradients(zip(critic_grad, critic_model.trainable_variables))
    with tf.GradientTape() as tape:
        actions = actor_model(state_batch, training=True)
        actor_loss = -tf.math.reduce_mean(critic_model([state_batch, actions], training=True))
    actor_grad = tape.gradient(actor_loss, actor_model.trainable_variables)
    actor_optimizer.apply_gradients(zip(actor_grad, actor_model.trainable_variables))
    return critic_loss, actor_loss


def update_target(target_weights, weights, tau):
    for a, b in zip(target_weights, weights):
        a.assign(b * tau + a * (1 - tau))


def policy(state, noise):
    sampled = tf.squeeze(actor_model(state))
    legal = np.clip(sampled.numpy() + noise(), -2.0, 2.0)
    return [np.squeeze(legal)]


noise = OUActionNoise(mean=np.zeros(1), std_deviation=0.2 * np.ones(1))
theta, omega = 1.0, 0.0
for step in range(60):
    state = np.array([np.cos(theta), np.sin(theta), omega], "float32")
    action = policy(tf.expand_dims(tf.convert_to_tensor(state), 0), noise)
    reward = -(theta**2 + 0.1 * omega**2)
    omega = float(np.clip(omega + 0.05 * (15 * np.sin(theta) + 3 * action[0]), -8, 8))
    theta = theta + 0.05 * omega
    memory.append(Transition(state, np.float32(action), np.float32([reward]), np.array([np.cos(theta), np.sin(theta), omega], "float32"), False))
    if len(memory) >= 16:
        batch = random.sample(memory, 16)
        s, a, r, n = (tf.convert_to_tensor(np.stack([getattr(t, f) for t in batch])) for f in Transition._fields[:4])
        closs, aloss = update(s, a, tf.cast(r, dtype=tf.float32), n)
        update_target(target_actor.variables, actor_model.variables, tau)
        update_target(target_critic.variables, critic_model.variables, tau)
        if step % 15 == 0:
            tf.print("step", step, "critic", tf.round(closs * 100) / 100, "actor", tf.round(aloss * 100) / 100)
print("%.3f %.3f" % (theta, omega))
print([round(float(tf.norm(v)), 3) for v in target_critic.weights])
