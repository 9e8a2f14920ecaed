"""Deep Q-learning on a grid: replay memory, a target network, epsilon-greedy actions."""

import random
from collections import deque

import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(0)
SIZE, ACTIONS = 4, 4
MOVES = [(0, 1), (0, -1), (1, 0), (-1, 0)]


class Grid:
    def reset(self):
        self.at, self.steps = (0, 0), 0
        return self.observation()

    def observation(self):
        one_hot = np.zeros(SIZE * SIZE, np.float32)
        one_hot[self.at[0] * SIZE + self.at[1]] = 1.0
        return one_hot

    def step(self, action):
        self.steps += 1
        move = MOVES[action]
        self.at = tuple(min(max(a + m, 0), SIZE - 1) for a, m in zip(self.at, move))
        done = self.at == (SIZE - 1, SIZE - 1)
        return self.observation(), 1.0 if done else -0.04, done or self.steps >= 25


model = keras.models.Sequential([
    keras.layers.Input((SIZE * SIZE,)),
    keras.layers.Dense(24, activation="elu"),
    keras.layers.Dense(ACTIONS),
])
target = keras.models.clone_model(model)
target.set_weights(model.get_weights())
replay_buffer = deque(maxlen=500)
optimizer = keras.optimizers.Nadam(learning_rate=0.01)
loss_fn = keras.losses.MSE


def epsilon_greedy_policy(state, epsilon=0.0):
    if np.random.rand() < epsilon:
        return np.random.randint(ACTIONS)
    q_values = model(state[np.newaxis])
    return int(np.argmax(q_values[0]))


def sample_experiences(batch_size):
    batch = random.sample(range(len(replay_buffer)), batch_size)
    return [np.array([replay_buffer[i][field] for i in batch]) for field in range(5)]


def training_step(batch_size, discount=0.95):
    states, actions, rewards, next_states, dones = sample_experiences(batch_size)
    next_q = target.predict_on_batch(next_states)
    best_next = np.argmax(model.predict_on_batch(next_states), axis=1)
    mask = tf.one_hot(best_next, ACTIONS).numpy()
    target_q = rewards + (1 - dones) * discount * (next_q * mask).sum(axis=1)
    target_q = target_q.reshape(-1, 1)
    mask = tf.one_hot(actions, ACTIONS)
    with tf.GradientTape() as tape:
        all_q = model(states)
        q_values = tf.reduce_sum(all_q * mask, axis=1, keepdims=True)
        loss = tf.reduce_mean(loss_fn(target_q, q_values))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


env = Grid()
for episode in range(24):
    state, total = env.reset(), 0.0
    done = False
    while not done:
        action = epsilon_greedy_policy(state, epsilon=1.0)
        next_state, reward, done = env.step(action)
        replay_buffer.append((state, action, reward, next_state, float(done)))
        state = next_state
        total += reward
    if episode >= 12:
        for _ in range(4):
            loss = training_step(32)
    if episode % 6 == 5:
        target.set_weights(model.get_weights())
        print(f"episode {episode}: return {total:.2f}, memory {len(replay_buffer)}, loss "
              f"{float(loss) if episode >= 12 else 0.0:.4f}")
q = model.predict(np.eye(SIZE * SIZE, dtype=np.float32), verbose=0)
print(q.shape, q.max(axis=1).reshape(SIZE, SIZE).round(2).tolist()[-1])
for variable, old in zip(target.trainable_variables, model.trainable_variables):
    variable.assign(0.1 * old + 0.9 * variable)
print([round(float(tf.norm(v)), 3) for v in target.trainable_variables])
