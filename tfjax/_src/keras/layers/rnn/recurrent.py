"""LSTM, GRU and SimpleRNN."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.layers.rnn.cells import GRUCell, LSTMCell, SimpleRNNCell
from tfjax._src.keras.layers.rnn.rnn import Recurrent


@export("keras.layers.LSTM")
class LSTM(Recurrent):
    """Long short-term memory over [batch, steps, features]. Hochreiter & Schmidhuber 1997.

    Args:
      units: the size of the state.
      activation, recurrent_activation: of the candidate and output, and of the gates.
      use_bias: adds a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: initial values.
      unit_forget_bias: the forget gate's bias starts at 1.
      kernel_regularizer, recurrent_regularizer, bias_regularizer, activity_regularizer: penalties.
      kernel_constraint, recurrent_constraint, bias_constraint: projections.
      dropout, recurrent_dropout: shares of the inputs and of the state that training drops.
      seed: of the dropout.
      return_sequences, return_state, go_backwards, stateful, unroll: as of RNN.
      use_cudnn: no effect.

    >>> import tfjax as tf
    >>> tf.keras.layers.LSTM(4)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 4])
    """

    cell_class = LSTMCell
    hidden = ("use_cudnn",)

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True, kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0,
        seed: Any = None, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        stateful: bool = False, unroll: bool = False, use_cudnn: Any = "auto", **kwargs: Any,
    ) -> None:
        self._start(locals(), kwargs)


@export("keras.layers.GRU")
class GRU(Recurrent):
    """Gated recurrent units over [batch, steps, features]. Cho et al. 2014.

    Args:
      units: the size of the state.
      reset_after: the reset gate acts behind the recurrent product, as in cuDNN.
      use_cudnn: no effect.
      activation, recurrent_activation, use_bias, …: as of LSTM.

    >>> import tfjax as tf
    >>> tf.keras.layers.GRU(4, return_sequences=True)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 3, 4])
    """

    cell_class = GRUCell
    hidden = ("use_cudnn",)

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: Any = None,
        return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        unroll: bool = False, reset_after: bool = True, use_cudnn: Any = "auto", **kwargs: Any,
    ) -> None:
        self._start(locals(), kwargs)


@export("keras.layers.SimpleRNN")
class SimpleRNN(Recurrent):
    """h = activation(x @ kernel + h @ recurrent_kernel + bias) over [batch, steps, features].

    Arguments as of LSTM.
    """

    cell_class = SimpleRNNCell
    # Keras forgets the seed too.
    hidden = ("seed",)

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, stateful: bool = False, unroll: bool = False, seed: Any = None, **kwargs: Any,
    ) -> None:
        self._start(locals(), kwargs)
