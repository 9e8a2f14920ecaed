"""Recurrent layers obey the laws of layers."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, Case, failures, laws

X = (2, 4, 3)
M = (2, 4)

CASES = [
    Case("simple-rnn", lambda l: l.SimpleRNN(3), X),
    Case("simple-rnn-dropout", lambda l: l.SimpleRNN(3, dropout=0.4, recurrent_dropout=0.3, seed=5), X),
    Case("simple-rnn-relu-backwards", lambda l: l.SimpleRNN(3, "relu", use_bias=False, go_backwards=True, return_sequences=True), X),
    Case("lstm", lambda l: l.LSTM(3), X),
    Case("lstm-sequences-state", lambda l: l.LSTM(3, return_sequences=True, return_state=True), X),
    Case("lstm-backwards-mask", lambda l: l.LSTM(3, go_backwards=True, return_sequences=True), X, mask=M),
    Case("lstm-mask", lambda l: l.LSTM(3, return_state=True), X, mask=M),
    Case("lstm-dropout", lambda l: l.LSTM(3, dropout=0.4, seed=5), X),
    Case("lstm-recurrent-dropout", lambda l: l.LSTM(3, dropout=0.2, recurrent_dropout=0.4, kernel_regularizer="l2", unit_forget_bias=False), X),
    Case("lstm-custom-activation", lambda l: l.LSTM(3, activation="mish", recurrent_activation="hard_sigmoid"), (2, 8, 3)),
    Case("gru", lambda l: l.GRU(3), X),
    Case("gru-reset-before", lambda l: l.GRU(3, reset_after=False, return_sequences=True), X),
    Case("gru-dropout-mask", lambda l: l.GRU(3, dropout=0.3, recurrent_dropout=0.4, seed=1, return_sequences=True), X, mask=M),
    Case("gru-activity", lambda l: l.GRU(3, activity_regularizer="l2", bias_constraint="non_neg"), X),
    Case("stateful", lambda l: l.LSTM(3, stateful=True), X, skip="shapes mixed saved"),
    Case("rnn-cell", lambda l: l.RNN(l.GRUCell(3), return_sequences=True), X),
    Case("rnn-stacked", lambda l: l.RNN([l.LSTMCell(3), l.GRUCell(2), l.SimpleRNNCell(4)], return_state=True), X),
    Case("rnn-stacked-dropout", lambda l: l.RNN([l.GRUCell(3, dropout=0.4, seed=1), l.SimpleRNNCell(2, recurrent_dropout=0.4, dropout=0.5, seed=2)]), X),
    Case("rnn-stacked-mask", lambda l: l.RNN(l.StackedRNNCells([l.LSTMCell(3), l.LSTMCell(2)]), return_sequences=True), X, mask=M),
    Case("rnn-zero-output", lambda l: l.RNN(l.SimpleRNNCell(3), zero_output_for_mask=True), X, mask=M),
    Case("bidirectional", lambda l: l.Bidirectional(l.LSTM(3)), X),
    Case("bidirectional-mask", lambda l: l.Bidirectional(l.GRU(3, return_sequences=True), merge_mode="sum"), X, mask=M),
    Case("bidirectional-state", lambda l: l.Bidirectional(l.LSTM(3, return_state=True, return_sequences=True), merge_mode="mul"), X),
    Case("bidirectional-two", lambda l: l.Bidirectional(l.SimpleRNN(3), merge_mode=None), X),
    Case("bidirectional-backward", lambda l: l.Bidirectional(l.LSTM(3), backward_layer=l.LSTM(3, "relu", go_backwards=True)), X),
    Case("time-distributed", lambda l: l.TimeDistributed(l.Dense(3, "relu")), X),
    Case("time-distributed-conv", lambda l: l.TimeDistributed(l.Conv1D(2, 2)), (2, 3, 4, 2)),
    Case("time-distributed-norm", lambda l: l.TimeDistributed(l.BatchNormalization()), X),
    Case("conv-lstm1d", lambda l: l.ConvLSTM1D(3, 2, strides=2, return_sequences=True), (2, 3, 6, 2)),
    Case("conv-lstm2d", lambda l: l.ConvLSTM2D(2, 3, padding="same", return_state=True, unit_forget_bias=False), (2, 3, 4, 5, 2)),
    Case("conv-lstm3d", lambda l: l.ConvLSTM3D(2, 2, use_bias=False), (1, 2, 3, 3, 3, 1)),
    Case("time-distributed-mask", lambda l: l.TimeDistributed(l.Dense(3)), X, mask=M),
]

test_layers = laws(CASES)


def _minimal_cell(tf):
    class MinimalCell(tf.keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform", name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="uniform", name="recurrent")

        def call(self, inputs, states):
            output = tf.tanh(tf.matmul(inputs, self.kernel) + tf.matmul(states[0], self.recurrent))
            return output, [output]

    return MinimalCell


def _train(tf, make, masked=False):
    tf.keras.utils.set_random_seed(4)
    layers = tf.keras.layers
    random = np.random.RandomState(0)
    x, y = random.rand(12, 9, 3).astype("float32"), random.rand(12, 1).astype("float32")
    x[:, 6:] = 0.0
    parts = [layers.Input(batch_shape=(4, 9, 3)), *([layers.Masking()] if masked else []), make(tf), layers.Dense(1)]
    model = tf.keras.Sequential(parts)
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    losses = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history["loss"]
    return [np.array(losses), model.predict(x, batch_size=4, verbose=0)]


# Compiled, and longer than what is unrolled.
TRAINED = {
    "own-cell": lambda tf: tf.keras.layers.RNN(_minimal_cell(tf)(5)),
    "own-cells": lambda tf: tf.keras.layers.RNN([_minimal_cell(tf)(5), _minimal_cell(tf)(4)], go_backwards=True),
    "stacked": lambda tf: tf.keras.layers.RNN([tf.keras.layers.LSTMCell(4), tf.keras.layers.GRUCell(3)]),
    "activation": lambda tf: tf.keras.layers.GRU(4, activation="mish", recurrent_dropout=0.3, seed=2),
    "stateful": lambda tf: tf.keras.layers.LSTM(4, stateful=True),
}


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("name", TRAINED)
def test_training(name, masked):
    ours, theirs = _train(our_tf(), TRAINED[name], masked), _train(real_tf(), TRAINED[name], masked)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("tf", [our_tf, real_tf], ids=["ours", "theirs"])
def test_states_are_kept_and_reset(tf):
    tf = tf()
    layer = tf.keras.layers.LSTM(3, stateful=True)
    x = tf.ones((2, 4, 3))
    first, second = layer(x).numpy(), layer(x).numpy()
    assert np.abs(first - second).max() > 1e-3
    layer.reset_state()
    np.testing.assert_allclose(layer(x).numpy(), first, rtol=1e-5)
    assert len(layer.weights) == 3


test_failures = failures([
    Bad("units", lambda tf: tf.keras.layers.LSTM(0), "`units`"),
    Bad("rank", lambda tf: tf.keras.layers.GRU(3)(tf.ones((2, 3))), "expected ndim=3, found ndim=2"),
    Bad("cell", lambda tf: tf.keras.layers.RNN(3), "`cell`"),
    Bad("state-size", lambda tf: tf.keras.layers.RNN(tf.keras.layers.Dense(3)), "state_size"),
    Bad("stateful", lambda tf: tf.keras.layers.LSTM(3, stateful=True)(tf.keras.Input((4, 3))), "batch size must be static"),
    Bad("merge", lambda tf: tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(3), merge_mode="x"), "Invalid merge mode"),
    Bad("bidirectional", lambda tf: tf.keras.layers.Bidirectional(3), "`Bidirectional` layer"),
    Bad("same-way", lambda tf: tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(3), backward_layer=tf.keras.layers.LSTM(3)), "go_backwards"),
    Bad("time", lambda tf: tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(3))(tf.ones((2, 3))), "at least 3 dimensions"),
    Bad("wrapper", lambda tf: tf.keras.layers.Wrapper(3), "layer"),
])
