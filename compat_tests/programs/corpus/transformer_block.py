"""Attention written out: heads, masks, positions, a block with residuals, trained on a copy task."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(2)


def positional_encoding(length, depth):
    depth = depth / 2
    positions = np.arange(length)[:, np.newaxis]
    depths = np.arange(depth)[np.newaxis, :] / depth
    angle_rads = positions * (1 / (10000**depths))
    return tf.cast(np.concatenate([np.sin(angle_rads), np.cos(angle_rads)], axis=-1), dtype=tf.float32)


def scaled_dot_product_attention(q, k, v, mask):
    matmul_qk = tf.matmul(q, k, transpose_b=True)
    scaled = matmul_qk / tf.math.sqrt(tf.cast(tf.shape(k)[-1], tf.float32))
    if mask is not None:
        scaled += mask * -1e9
    weights = tf.nn.softmax(scaled, axis=-1)
    return tf.matmul(weights, v), weights


class MultiHeadAttention(layers.Layer):
    def __init__(self, d_model, num_heads):
        super().__init__()
        assert d_model % num_heads == 0
        self.num_heads, self.d_model, self.depth = num_heads, d_model, d_model // num_heads
        self.wq, self.wk, self.wv = (layers.Dense(d_model) for _ in range(3))
        self.dense = layers.Dense(d_model)

    def split_heads(self, x, batch_size):
        x = tf.reshape(x, (batch_size, -1, self.num_heads, self.depth))
        return tf.transpose(x, perm=[0, 2, 1, 3])

    def call(self, v, k, q, mask=None):
        batch_size = tf.shape(q)[0]
        q = self.split_heads(self.wq(q), batch_size)
        k = self.split_heads(self.wk(k), batch_size)
        v = self.split_heads(self.wv(v), batch_size)
        attention, weights = scaled_dot_product_attention(q, k, v, mask)
        attention = tf.transpose(attention, perm=[0, 2, 1, 3])
        return self.dense(tf.reshape(attention, (batch_size, -1, self.d_model))), weights


class EncoderBlock(layers.Layer):
    def __init__(self, d_model, num_heads, dff, rate=0.1):
        super().__init__()
        self.mha = MultiHeadAttention(d_model, num_heads)
        self.ffn = tf.keras.Sequential([layers.Dense(dff, activation="gelu"), layers.Dense(d_model)])
        self.norm1 = layers.LayerNormalization(epsilon=1e-6)
        self.norm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout = layers.Dropout(rate)

    def call(self, x, training=False, mask=None):
        attended, _ = self.mha(x, x, x, mask)
        x = self.norm1(x + self.dropout(attended, training=training))
        return self.norm2(x + self.dropout(self.ffn(x), training=training))


class TinyTransformer(tf.keras.Model):
    def __init__(self, vocab, length, d_model=16):
        super().__init__()
        self.embedding = layers.Embedding(vocab, d_model)
        self.position = positional_encoding(length, d_model)
        self.block = EncoderBlock(d_model, 2, 32)
        self.out = layers.Dense(vocab)
        self.d_model = d_model

    def call(self, tokens, training=False):
        length = tf.shape(tokens)[1]
        x = self.embedding(tokens) * tf.math.sqrt(tf.cast(self.d_model, tf.float32))
        x += self.position[tf.newaxis, :length, :]
        look_ahead = 1 - tf.linalg.band_part(tf.ones((length, length)), -1, 0)
        padding = tf.cast(tf.math.equal(tokens, 0), tf.float32)[:, tf.newaxis, tf.newaxis, :]
        return self.out(self.block(x, training=training, mask=tf.maximum(look_ahead, padding)))


class WarmUp(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, d_model, warmup_steps=20):
        super().__init__()
        self.d_model = tf.cast(d_model, tf.float32)
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, dtype=tf.float32)
        return tf.math.rsqrt(self.d_model) * tf.math.minimum(tf.math.rsqrt(step + 1), (step + 1) * self.warmup_steps**-1.5)


print(np.round(positional_encoding(3, 4).numpy(), 4))
tokens = np.random.RandomState(0).randint(1, 12, size=(128, 6))
tokens[:, 4:] = np.where(np.arange(128)[:, None] % 3 == 0, 0, tokens[:, 4:])
shifted = np.concatenate([np.ones((128, 1), int), tokens[:, :-1]], axis=1)
model = TinyTransformer(12, 6)


def masked_loss(label, pred):
    mask = label != 0
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(label, pred)
    mask = tf.cast(mask, dtype=loss.dtype)
    loss *= mask
    return tf.reduce_sum(loss) / tf.reduce_sum(mask)


def masked_accuracy(label, pred):
    pred = tf.argmax(pred, axis=2)
    label = tf.cast(label, pred.dtype)
    match = (label == pred) & (label != 0)
    return tf.reduce_sum(tf.cast(match, tf.float32)) / tf.reduce_sum(tf.cast(label != 0, tf.float32))


model.compile(loss=masked_loss, optimizer=tf.keras.optimizers.Adam(WarmUp(16), beta_2=0.98, epsilon=1e-9), metrics=[masked_accuracy])
history = model.fit(tokens, shifted, epochs=3, verbose=0)
for key in sorted(history.history):
    print(key, [f"{v:.3f}" for v in history.history[key]])
out, weights = model.block.mha(tf.ones([1, 2, 16]), tf.ones([1, 2, 16]), tf.ones([1, 2, 16]))
print(out.shape, weights.shape, model.count_params())
