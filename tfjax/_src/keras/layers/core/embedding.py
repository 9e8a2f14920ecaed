"""Embedding and ReversibleEmbedding: tables of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.layers.core.dense import refuse_variants
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.ops.array.indexing import gather_rows
from tfjax._src.ops.array.shaping import cast, transpose
from tfjax._src.ops.math.comparison import not_equal
from tfjax._src.ops.math.elementwise import tanh
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor


@export("keras.layers.Embedding")
class Embedding(ConfiguredLayer):
    """Turns non-negative integers into vectors.

    Args:
      input_dim: how many integers there are.
      output_dim: the vectors' size.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the table.
      mask_zero: 0 means padding, which later layers skip.
      weights: the table, or a list with it.
      lora_rank, lora_alpha, quantization_config: must be None.
      **kwargs: `input_length` is accepted without effect.

    >>> import tfjax as tf
    >>> tf.keras.layers.Embedding(10, 4)(tf.constant([[1, 2, 3]])).shape
    TensorShape([1, 3, 4])
    """

    hidden = ("lora_rank", "lora_alpha", "weights")
    extra = ("activity_regularizer",)

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None, mask_zero: bool = False, weights: Any = None, lora_rank: Any = None,
        lora_alpha: Any = None, quantization_config: Any = None, **kwargs: Any,
    ) -> None:
        kwargs.pop("input_length", None)
        super().__init__(**kwargs)
        refuse_variants("Embedding", lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config)
        keep(self, {k: v for k, v in locals().items() if k != "weights"})
        self.supports_masking = mask_zero
        self.autocast = False
        self._initial = weights

    def build(self, input_shape: Any = None) -> None:
        self.embeddings = weight(self, "embeddings", (self.input_dim, self.output_dim))
        self.embeddings._holds_rows = True
        if self._initial is not None:
            self.embeddings.assign(np.asarray(self._initial[0] if isinstance(self._initial, list) else self._initial, np.float32))

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, RaggedTensor):
            return inputs.with_flat_values(self.call(inputs.flat_values))
        index = to_tensor(inputs)
        if not index.dtype.is_integer:
            index = cast(index, "int32")
        return cast(gather_rows(self.embeddings, index), self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return not_equal(inputs, 0) if self.mask_zero else None


@export("keras.layers.ReversibleEmbedding")
class ReversibleEmbedding(Embedding):
    """An Embedding that also projects vectors back onto the integers, with `reverse=True`.

    Args:
      tie_weights: the way back uses the transposed table; else a kernel of its own.
      reverse_dtype: dtype of the way back.
      logit_soft_cap: bounds the results smoothly by this value.
      input_dim, output_dim, …: as of Embedding.

    >>> import tfjax as tf
    >>> layer = tf.keras.layers.ReversibleEmbedding(10, 4)
    >>> layer(layer(tf.constant([[1, 2]])), reverse=True).shape
    TensorShape([1, 2, 10])
    """

    hidden = ()

    def __init__(
        self, input_dim: int, output_dim: int, tie_weights: bool = True, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        reverse_dtype: Any = None, logit_soft_cap: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(
            input_dim, output_dim, embeddings_initializer, embeddings_regularizer, embeddings_constraint, mask_zero, **kwargs
        )
        self.tie_weights, self.reverse_dtype, self.logit_soft_cap = tie_weights, reverse_dtype, logit_soft_cap

    def build(self, inputs_shape: Any = None) -> None:
        super().build(inputs_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings", shape=(self.output_dim, self.input_dim), initializer=self.embeddings_initializer,
            )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        if not reverse:
            return super().call(inputs)
        kernel = transpose(to_tensor(self.embeddings)) if self.tie_weights else to_tensor(self.reverse_embeddings)
        dtype = self.reverse_dtype or self.compute_dtype
        logits = matmul(cast(inputs, dtype), cast(kernel, dtype))
        if self.logit_soft_cap is not None:
            logits = tanh(logits / self.logit_soft_cap) * self.logit_soft_cap
        return logits

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "quantization_config": None}
