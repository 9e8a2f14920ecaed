"""Conv1D, Conv2D and Conv3D."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.layers.convolutional.base import BaseConv
from tfjax._src.keras.layers.settings import with_defaults


class Conv(BaseConv):
    """A convolution with one kernel."""

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None,
        dilation_rate: Any = 1, groups: int = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._start(locals())


@export("keras.layers.Conv1D", "keras.layers.Convolution1D")
class Conv1D(Conv):
    """Convolution over sequences [batch, steps, channels]; padding "valid", "same" or "causal".

    >>> import tfjax as tf
    >>> tf.keras.layers.Conv1D(4, 3, padding="causal")(tf.ones((2, 5, 1))).shape
    TensorShape([2, 5, 4])
    """

    rank = 1
    paddings = ("valid", "same", "causal")

    def _convolve(self, inputs: Any) -> Any:
        if self.padding == "causal" and not self._last:
            raise ValueError("When using causal padding in `Conv1D`, the `data_format` must be `channels_last`.")
        return super()._convolve(inputs)


@export("keras.layers.Conv2D", "keras.layers.Convolution2D")
class Conv2D(Conv):
    """Convolution over images [batch, height, width, channels].

    Args:
      filters: channels of the outputs.
      kernel_size, strides, dilation_rate: an int or one per axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      groups: groups of channels convolved apart.
      activation: a name or function.
      use_bias: adds a bias per filter.
      kernel_initializer, bias_initializer: initial values.
      kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
      kernel_constraint, bias_constraint: projections.

    >>> import tfjax as tf
    >>> tf.keras.layers.Conv2D(4, 3)(tf.ones((2, 5, 5, 1))).shape
    TensorShape([2, 3, 3, 4])
    """

    rank = 2
    __init__ = with_defaults(Conv.__init__, strides=(1, 1), dilation_rate=(1, 1))


@export("keras.layers.Conv3D", "keras.layers.Convolution3D")
class Conv3D(Conv):
    """Convolution over volumes [batch, depth, height, width, channels]; arguments as of Conv2D."""

    rank = 3
    __init__ = with_defaults(Conv.__init__, strides=(1, 1, 1), dilation_rate=(1, 1, 1))
