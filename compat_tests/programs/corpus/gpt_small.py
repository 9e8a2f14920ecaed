"""A small GPT: causal attention, tied embeddings, warm-up schedule, sampling loop with top-k."""

import dataclasses
import math

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


@dataclasses.dataclass
class Config:
    vocab_size: int = 30
    block_size: int = 16
    n_layer: int = 2
    n_head: int = 2
    n_embd: int = 16
    dropout: float = 0.1


def shape_list(x):
    static = x.shape.as_list()
    dynamic = tf.shape(x)
    return [dynamic[i] if s is None else s for i, s in enumerate(static)]


def gelu(x):
    return 0.5 * x * (1.0 + tf.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * tf.pow(x, 3))))


class CausalSelfAttention(layers.Layer):
    def __init__(self, config, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        self.c_attn = layers.Dense(3 * config.n_embd, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02, seed=1), name="c_attn")
        self.c_proj = layers.Dense(config.n_embd, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02, seed=2), name="c_proj")
        self.drop = layers.Dropout(config.dropout)

    def split_heads(self, x):
        b, t, c = shape_list(x)
        return tf.transpose(tf.reshape(x, [b, t, self.config.n_head, c // self.config.n_head]), [0, 2, 1, 3])

    def call(self, x, training=None):
        b, t, c = shape_list(x)
        q, k, v = tf.split(self.c_attn(x), 3, axis=-1)
        q, k, v = map(self.split_heads, (q, k, v))
        att = tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(tf.cast(shape_list(k)[-1], tf.float32))
        i = tf.range(t)[:, None]
        j = tf.range(t)
        mask = tf.cast(i >= j, att.dtype)
        att = att * mask - 1e10 * (1 - mask)
        att = self.drop(tf.nn.softmax(att), training=training)
        y = tf.reshape(tf.transpose(att @ v, [0, 2, 1, 3]), [b, t, c])
        return self.c_proj(y)


class Block(layers.Layer):
    def __init__(self, config, **kwargs):
        super().__init__(**kwargs)
        self.ln_1 = layers.LayerNormalization(epsilon=1e-5)
        self.attn = CausalSelfAttention(config, name="attn")
        self.ln_2 = layers.LayerNormalization(epsilon=1e-5)
        self.fc = layers.Dense(4 * config.n_embd, activation=gelu, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02, seed=3))
        self.proj = layers.Dense(config.n_embd, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02, seed=4))

    def call(self, x, training=None):
        x = x + self.attn(self.ln_1(x), training=training)
        return x + self.proj(self.fc(self.ln_2(x)))


class GPT(keras.Model):
    def __init__(self, config):
        super().__init__(name="gpt")
        self.config_ = config
        self.blocks = [Block(config, name=f"block_{i}") for i in range(config.n_layer)]
        self.ln_f = layers.LayerNormalization(epsilon=1e-5)
        self.drop = layers.Dropout(config.dropout)

    def build(self, input_shape):
        c = self.config_
        init = keras.initializers.RandomNormal(stddev=0.02, seed=5)
        self.wte = self.add_weight(name="wte", shape=(c.vocab_size, c.n_embd), initializer=init)
        self.wpe = self.add_weight(name="wpe", shape=(c.block_size, c.n_embd), initializer=keras.initializers.RandomNormal(stddev=0.01, seed=6))
        self.built = True

    def call(self, idx, training=False):
        t = shape_list(idx)[1]
        x = tf.gather(self.wte, idx) + tf.gather(self.wpe, tf.range(t))[tf.newaxis]
        x = self.drop(x, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        return tf.matmul(self.ln_f(x), self.wte, transpose_b=True)

    def generate(self, idx, steps, temperature=1.0, top_k=None):
        for _ in range(steps):
            cond = idx[:, -self.config_.block_size:]
            logits = self(cond)[:, -1, :] / temperature
            if top_k is not None:
                v, _ = tf.math.top_k(logits, k=top_k)
                logits = tf.where(logits < v[:, -1, tf.newaxis], tf.fill(tf.shape(logits), -np.inf), logits)
            nxt = tf.argmax(tf.nn.softmax(logits), axis=-1, output_type=idx.dtype)
            idx = tf.concat([idx, nxt[:, None]], axis=1)
        return idx


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup_steps, total):
        super().__init__()
        self.peak, self.warmup_steps, self.total = peak, warmup_steps, total

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        warm = self.peak * step / self.warmup_steps
        progress = (step - self.warmup_steps) / float(max(1, self.total - self.warmup_steps))
        cos = self.peak * 0.5 * (1 + tf.cos(math.pi * tf.minimum(progress, 1.0)))
        return tf.cond(step < self.warmup_steps, lambda: warm, lambda: cos)


text = "the quick brown fox jumps over the lazy dog. " * 20
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
itos = {i: c for c, i in stoi.items()}
config = Config(vocab_size=len(chars), dropout=0.0)
data = np.array([stoi[c] for c in text], "int32")
ds = (tf.data.Dataset.from_tensor_slices(data).batch(17, drop_remainder=True)
      .map(lambda c: (c[:-1], c[1:]), num_parallel_calls=tf.data.AUTOTUNE).batch(8, drop_remainder=True).cache().prefetch(tf.data.AUTOTUNE))
model = GPT(config)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
schedule = Warmup(3e-2, 5, 40)
opt = keras.optimizers.AdamW(schedule, beta_2=0.95, weight_decay=0.01, global_clipnorm=1.0)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    opt.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
    return loss


for epoch in range(8):
    losses = [train_step(x, y) for x, y in ds]
    print(f"epoch {epoch + 1} loss {tf.reduce_mean(losses):.3f} lr {opt.learning_rate.numpy():.5f}")
prompt = tf.constant([[stoi[c] for c in "the quick"]], tf.int32)
out = model.generate(prompt, 6, top_k=3)
print("".join(itos[i] for i in out.numpy()[0][:11]), out.shape)
print([w.path for w in model.weights][:6], model.count_params())
model.summary()
