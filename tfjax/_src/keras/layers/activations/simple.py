"""Activation functions as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras import activations
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math.elementwise import negative
from tfjax._src.ops.math.comparison import greater


@export("keras.layers.Activation")
class Activation(ConfiguredLayer):
    """Applies an activation function.

    Args:
      activation: a name or function.

    >>> import tfjax as tf
    >>> tf.keras.layers.Activation("relu")(tf.constant([-1.0, 2.0])).numpy()
    array([0., 2.], dtype=float32)
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)


@export("keras.layers.ReLU")
class ReLU(ConfiguredLayer):
    """max(x, 0), with a cap, a slope below and a threshold if given.

    Args:
      max_value: the cap.
      negative_slope: below the threshold.
      threshold: where the slope 1 begins.
    """

    def __init__(self, max_value: Any = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            raise ValueError("The argument `alpha` has been renamed to `negative_slope`.")
        super().__init__(**kwargs)
        for name, value in (("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None and name != "max_value" or value is not None and value < 0.0:
                text = "cannot be a negative value" if name == "max_value" else "cannot be None or a negative value"
                raise ValueError(f"{name} of a ReLU layer {text}. Received: {name}={value}")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


@export("keras.layers.LeakyReLU")
class LeakyReLU(ConfiguredLayer):
    """x above 0, negative_slope * x below. Maas et al. 2013.

    Args:
      negative_slope: the slope; `alpha` is Keras 2's name of it.
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(f"The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float. Received: negative_slope={negative_slope}")
        self.negative_slope = negative_slope
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, self.negative_slope)


@export("keras.layers.ELU")
class ELU(ConfiguredLayer):
    """x above 0, alpha * (exp(x) - 1) below. Clevert et al. 2016."""

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)


@export("keras.layers.ThresholdedReLU")
class ThresholdedReLU(ConfiguredLayer):
    """x where it exceeds `theta`, 0 elsewhere; a layer of Keras 2."""

    keras_module = "keras._legacy.layers"

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(f"Theta of a Thresholded ReLU layer cannot be None, expecting a float. Received: {theta}")
        self.theta = float(np.float32(theta))
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs * cast(greater(inputs, self.theta), inputs.dtype)


@export("keras.layers.PReLU")
class PReLU(ConfiguredLayer):
    """x above 0, alpha * x below, with a trained alpha per feature. He et al. 2015.

    Args:
      alpha_initializer, alpha_regularizer, alpha_constraint: of the slopes.
      shared_axes: axes along which the slope is the same, counted with the batch axis.

    >>> import tfjax as tf
    >>> tf.keras.layers.PReLU("ones")(tf.constant([[-1.0, 2.0]])).numpy()
    array([[-1.,  2.]], dtype=float32)
    """

    def __init__(
        self, alpha_initializer: Any = "Zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None, shared_axes: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        keep(self, locals())
        if shared_axes is not None and not isinstance(shared_axes, (list, tuple)):
            self.shared_axes = [shared_axes]
        elif shared_axes is not None:
            self.shared_axes = list(shared_axes)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shape = list(input_shape[1:])
        for axis in self.shared_axes or []:
            shape[axis - 1] = 1
        self.alpha = weight(self, "alpha", shape)
        axes = {i: input_shape[i] for i in range(1, len(input_shape)) if i not in (self.shared_axes or [])}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        below = negative(self.alpha) * activations.relu(negative(inputs))
        return activations.relu(inputs) + below
