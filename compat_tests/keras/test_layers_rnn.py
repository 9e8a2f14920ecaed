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
    Case("time-distributed-mask", lambda l: l.TimeDistributed(l.Dense(3)), X, mask=M),
]

test_layers = laws(CASES)
