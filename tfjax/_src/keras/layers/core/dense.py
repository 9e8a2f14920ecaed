"""Dense and Embedding: layers that are one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import activations, constraints, initializers, regularizers
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.ops.array.indexing import gather_rows
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.math.comparison import not_equal
from tfjax._src.ops.math.linear import matmul, tensordot


@export("keras.layers.Dense")
class Dense(Layer):
    """activation(inputs @ kernel + bias) over the last axis.

    Args:
      units: the size of the outputs' last axis.
      activation: a name or function.
      use_bias: adds a bias.
      kernel_initializer, bias_initializer: initial values.
      kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
      kernel_constraint, bias_constraint: projections.
      lora_rank, lora_alpha, quantization_config: must be None.

    >>> import tfjax as tf
    >>> tf.keras.layers.Dense(2, kernel_initializer="ones")(tf.ones((1, 3))).numpy()
    array([[3., 3.]], dtype=float32)
    """

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        lora_rank: Any = None, lora_alpha: Any = None, quantization_config: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if lora_rank is not None or lora_alpha is not None or quantization_config is not None:
            raise ValueError("LoRA and quantization are not supported.")
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"Received an invalid value for `units`, expected a positive integer. Received: units={units}")
        self.units, self.use_bias = units, use_bias
        self.activation = activations.get(activation)
        self.kernel_initializer, self.bias_initializer = initializers.get(kernel_initializer), initializers.get(bias_initializer)
        self.kernel_regularizer, self.bias_regularizer = regularizers.get(kernel_regularizer), regularizers.get(bias_regularizer)
        self.kernel_constraint, self.bias_constraint = constraints.get(kernel_constraint), constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        size = input_shape[-1]
        if size is None:
            raise ValueError("The last dimension of the inputs to a Dense layer should be defined. Found None.")
        self.kernel = self.add_weight(name="kernel", shape=(size, self.units), initializer=self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.units,), initializer=self.bias_initializer, regularizer=self.bias_regularizer, constraint=self.bias_constraint)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})

    def call(self, inputs: Any, training: Any = None) -> Any:
        x = matmul(inputs, self.kernel) if len(inputs.shape) == 2 else tensordot(inputs, self.kernel, 1)
        if self.bias is not None:
            x = add(x, self.bias)
        return self.activation(x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*tuple(input_shape)[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "units": self.units, "activation": activations.serialize(self.activation), "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer), "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.FAMILY.serialize(self.kernel_regularizer), "bias_regularizer": regularizers.FAMILY.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.FAMILY.serialize(self.kernel_constraint), "bias_constraint": constraints.FAMILY.serialize(self.bias_constraint),
        }


@export("keras.layers.Embedding")
class Embedding(Layer):
    """Turns non-negative integers into vectors.

    Args:
      input_dim: how many integers there are.
      output_dim: the vectors' size.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the table.
      mask_zero: 0 means padding, which later layers skip.
      weights: initial table.
      input_length: no effect.
      lora_rank, lora_alpha, quantization_config: must be None.
    """

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, weights: Any = None, lora_rank: Any = None,
        lora_alpha: Any = None, quantization_config: Any = None, **kwargs: Any,
    ) -> None:
        length = kwargs.pop("input_length", None)
        if lora_rank is not None or lora_alpha is not None or quantization_config is not None:
            raise ValueError("LoRA and quantization are not supported.")
        super().__init__(**kwargs)
        self.input_dim, self.output_dim, self.mask_zero = input_dim, output_dim, mask_zero
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.supports_masking = mask_zero
        self.autocast = False
        self._initial = weights
        del length

    def build(self, input_shape: Any = None) -> None:
        self.embeddings = self.add_weight(shape=(self.input_dim, self.output_dim), initializer=self.embeddings_initializer, name="embeddings", regularizer=self.embeddings_regularizer, constraint=self.embeddings_constraint)
        self.embeddings._holds_rows = True
        if self._initial is not None:
            self.embeddings.assign(np.asarray(self._initial[0] if isinstance(self._initial, list) else self._initial, np.float32))

    def call(self, inputs: Any) -> Any:
        index = to_tensor(inputs)
        if not index.dtype.is_integer:
            index = cast(index, "int32")
        return cast(gather_rows(self.embeddings, index), self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "input_dim": self.input_dim, "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.FAMILY.serialize(self.embeddings_regularizer),
            "embeddings_constraint": constraints.FAMILY.serialize(self.embeddings_constraint), "mask_zero": self.mask_zero,
        }
