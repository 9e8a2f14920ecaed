"""Proximal policy optimisation on a small balancing task written in NumPy."""

import numpy as np
import scipy.signal
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(1337)


class Pole:
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def reset(self):
        self.state = self.rng.uniform(-0.05, 0.05, 4)
        self.t = 0
        return self.state, {}

    def step(self, action):
        x, v, a, w = self.state
        force = 10.0 if action == 1 else -10.0
        temp = (force + 0.05 * w**2 * np.sin(a)) / 1.1
        acc = (9.8 * np.sin(a) - np.cos(a) * temp) / (0.5 * (4 / 3 - 0.1 * np.cos(a) ** 2 / 1.1))
        xacc = temp - 0.05 * acc * np.cos(a) / 1.1
        self.state = np.array([x + 0.02 * v, v + 0.02 * xacc, a + 0.02 * w, w + 0.02 * acc])
        self.t += 1
        done = bool(abs(x) > 2.4 or abs(a) > 0.21)
        return self.state, 1.0, done, self.t >= 60, {}


def discounted_cumulative_sums(x, discount):
    return scipy.signal.lfilter([1], [1, float(-discount)], x[::-1], axis=0)[::-1]


class Buffer:
    def __init__(self, observation_dimensions, size, gamma=0.99, lam=0.95):
        self.observation_buffer = np.zeros((size, observation_dimensions), dtype=np.float32)
        self.action_buffer = np.zeros(size, dtype=np.int32)
        self.advantage_buffer = np.zeros(size, dtype=np.float32)
        self.reward_buffer = np.zeros(size, dtype=np.float32)
        self.return_buffer = np.zeros(size, dtype=np.float32)
        self.value_buffer = np.zeros(size, dtype=np.float32)
        self.logprobability_buffer = np.zeros(size, dtype=np.float32)
        self.gamma, self.lam = gamma, lam
        self.pointer, self.trajectory_start_index = 0, 0

    def store(self, observation, action, reward, value, logprobability):
        self.observation_buffer[self.pointer] = observation
        self.action_buffer[self.pointer] = action
        self.reward_buffer[self.pointer] = reward
        self.value_buffer[self.pointer] = value
        self.logprobability_buffer[self.pointer] = logprobability
        self.pointer += 1

    def finish_trajectory(self, last_value=0):
        path_slice = slice(self.trajectory_start_index, self.pointer)
        rewards = np.append(self.reward_buffer[path_slice], last_value)
        values = np.append(self.value_buffer[path_slice], last_value)
        deltas = rewards[:-1] + self.gamma * values[1:] - values[:-1]
        self.advantage_buffer[path_slice] = discounted_cumulative_sums(deltas, self.gamma * self.lam)
        self.return_buffer[path_slice] = discounted_cumulative_sums(rewards, self.gamma)[:-1]
        self.trajectory_start_index = self.pointer

    def get(self):
        self.pointer, self.trajectory_start_index = 0, 0
        mean, std = np.mean(self.advantage_buffer), np.std(self.advantage_buffer)
        return (self.observation_buffer, self.action_buffer, (self.advantage_buffer - mean) / std, self.return_buffer, self.logprobability_buffer)


def mlp(x, sizes, activation=tf.tanh, output_activation=None):
    for size in sizes[:-1]:
        x = layers.Dense(units=size, activation=activation)(x)
    return layers.Dense(units=sizes[-1], activation=output_activation)(x)


num_actions, clip_ratio = 2, 0.2
env = Pole()


def logprobabilities(logits, a):
    all_ = tf.nn.log_softmax(logits)
    return tf.reduce_sum(tf.one_hot(a, num_actions) * all_, axis=1)


observation_input = keras.Input(shape=(4,), dtype="float32")
logits = mlp(observation_input, [32, 32, num_actions])
actor = keras.Model(inputs=observation_input, outputs=logits)
value = keras.ops.squeeze(mlp(observation_input, [32, 32, 1]), axis=1)
critic = keras.Model(inputs=observation_input, outputs=value)
policy_optimizer = keras.optimizers.Adam(learning_rate=3e-3)
value_optimizer = keras.optimizers.Adam(learning_rate=1e-2)
seed_generator = keras.random.SeedGenerator(1337)


@tf.function
def sample_action(observation):
    logits = actor(observation)
    action = tf.squeeze(keras.random.categorical(logits, 1, seed=seed_generator), axis=1)
    return logits, action


@tf.function
def train_policy(observation_buffer, action_buffer, logprobability_buffer, advantage_buffer):
    with tf.GradientTape() as tape:
        ratio = tf.exp(logprobabilities(actor(observation_buffer), action_buffer) - logprobability_buffer)
        min_advantage = tf.where(advantage_buffer > 0, (1 + clip_ratio) * advantage_buffer, (1 - clip_ratio) * advantage_buffer)
        policy_loss = -tf.reduce_mean(tf.minimum(ratio * advantage_buffer, min_advantage))
    grads = tape.gradient(policy_loss, actor.trainable_variables)
    policy_optimizer.apply_gradients(zip(grads, actor.trainable_variables))
    kl = tf.reduce_mean(logprobability_buffer - logprobabilities(actor(observation_buffer), action_buffer))
    return tf.reduce_sum(kl)


@tf.function
def train_value_function(observation_buffer, return_buffer):
    with tf.GradientTape() as tape:
        value_loss = tf.reduce_mean((return_buffer - critic(observation_buffer)) ** 2)
    grads = tape.gradient(value_loss, critic.trainable_variables)
    value_optimizer.apply_gradients(zip(grads, critic.trainable_variables))
    return value_loss


steps_per_epoch = 60
buffer = Buffer(4, steps_per_epoch)
observation, _ = env.reset()
for epoch in range(2):
    episodes = 1
    for t in range(steps_per_epoch):
        observation = observation.reshape(1, -1)
        logits, action = sample_action(observation)
        new, reward, done, _, _ = env.step(action[0].numpy())
        value_t = critic(observation)
        buffer.store(observation, action[0], reward, value_t[0], logprobabilities(logits, action)[0])
        observation = new
        if done or t == steps_per_epoch - 1:
            buffer.finish_trajectory(0 if done else float(critic(observation.reshape(1, -1))[0]))
            observation, _ = env.reset()
            episodes += 1
    obs, act, adv, ret, logp = buffer.get()
    for i in range(5):
        kl = train_policy(obs, act, logp, adv)
        if kl > 1.5 * 0.01:
            print("stopped early at", i)
            break
    for _ in range(5):
        vl = train_value_function(obs, ret)
    print(f"Epoch: {epoch + 1}. Episodes: {episodes}. KL: {kl:.4f}. Value loss: {vl:.3f}")
