"""Masks: made by Embedding and Masking, passed along, used by recurrent layers and own layers."""

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(6)
raw_inputs = [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91, 1, 645, 1253, 927]]
padded_inputs = keras.utils.pad_sequences(raw_inputs, padding="post")
print(padded_inputs, padded_inputs.dtype)
print(keras.utils.pad_sequences(raw_inputs, maxlen=4, truncating="post", value=-1, dtype="float32"))

embedding = layers.Embedding(input_dim=5000, output_dim=16, mask_zero=True)
masked_output = embedding(padded_inputs)
print(masked_output._keras_mask)
masking_layer = layers.Masking()
unmasked_embedding = tf.cast(tf.tile(tf.expand_dims(padded_inputs, axis=-1), [1, 1, 10]), tf.float32)
print(masking_layer(unmasked_embedding)._keras_mask.numpy().sum())
print(embedding.compute_mask(padded_inputs).numpy().astype(int))

lstm = layers.LSTM(4)
print(np.round(lstm(masked_output).numpy(), 4))
print(np.round(lstm(masked_output, mask=tf.sequence_mask([3, 5, 6], 6)).numpy() - lstm(masked_output).numpy(), 4).max())
gru = layers.GRU(3, return_sequences=True, go_backwards=True)
print(np.round(gru(masked_output)[0].numpy(), 4))
bi = layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True), merge_mode="sum")
print(np.round(bi(masked_output)[1, -1].numpy(), 4))


class TemporalSplit(keras.layers.Layer):
    """Splits in two along time; the mask is split as well."""

    def call(self, inputs):
        return tf.split(inputs, 2, axis=1)

    def compute_mask(self, inputs, mask=None):
        if mask is None:
            return None
        return tf.split(mask, 2, axis=1)


first_half, second_half = TemporalSplit()(masked_output)
print(first_half._keras_mask.numpy().astype(int).tolist(), second_half._keras_mask.numpy().astype(int).tolist())


class MyActivation(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return tf.nn.relu(inputs)


class TemporalSoftmax(keras.layers.Layer):
    def call(self, inputs, mask=None):
        assert mask is not None
        broadcast_float_mask = tf.expand_dims(tf.cast(mask, "float32"), -1)
        inputs_exp = tf.exp(inputs) * broadcast_float_mask
        inputs_sum = tf.reduce_sum(inputs_exp * broadcast_float_mask, axis=-1, keepdims=True)
        return inputs_exp / (inputs_sum + 1e-7)


inputs = keras.Input(shape=(None,), dtype="int32")
x = layers.Embedding(input_dim=10, output_dim=32, mask_zero=True)(inputs)
x = MyActivation()(x)
x = layers.Dense(1)(x)
outputs = TemporalSoftmax()(x)
model = keras.Model(inputs, outputs)
y = model(np.array([[1, 2, 0, 0], [3, 4, 5, 0]]))
print(y.shape, np.round(y.numpy()[..., 0], 3).tolist())

model = keras.Sequential([
    layers.Embedding(20, 8, mask_zero=True), layers.LSTM(8, return_sequences=True), layers.TimeDistributed(layers.Dense(3)),
])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
random = np.random.RandomState(0)
tokens = random.randint(1, 20, (64, 6)) * (np.arange(6) < random.randint(1, 7, (64, 1)))
history = model.fit(tokens, tokens % 3, epochs=2, batch_size=16, verbose=0)
print({k: [round(v, 4) for v in vs] for k, vs in sorted(history.history.items())})
