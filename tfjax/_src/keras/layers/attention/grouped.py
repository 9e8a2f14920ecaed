"""GroupedQueryAttention."""

from __future__ import annotations

import math
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.layers.activations.softmax import Softmax
from tfjax._src.keras.layers.attention import heads
from tfjax._src.keras.layers.regularization.dropout import Dropout
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep
from tfjax._src.ops.array.shaping import expand_dims, repeat
from tfjax._src.ops.math.clipping import einsum


@export("keras.layers.GroupQueryAttention")
class GroupedQueryAttention(ConfiguredLayer):
    """Attention whose heads share keys and values in groups. Ainslie et al. 2023.

    Args:
      head_dim: size of each head.
      num_query_heads: how many heads.
      num_key_value_heads: how many groups, which divides `num_query_heads`.
      dropout, use_bias, sliding_window, use_gate, seed, …: as of MultiHeadAttention.
      flash_attention: no effect.

    >>> import tfjax as tf
    >>> tf.keras.layers.GroupQueryAttention(3, 4, 2)(tf.ones((2, 4, 6)), tf.ones((2, 5, 6))).shape
    TensorShape([2, 4, 6])
    """

    hidden = ("flash_attention",)
    extra = ("activity_regularizer",)

    def __init__(
        self, head_dim: int, num_query_heads: int, num_key_value_heads: int, dropout: float = 0.0, use_bias: bool = True,
        sliding_window: Any = None, flash_attention: Any = None, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, use_gate: bool = False,
        seed: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if num_query_heads % num_key_value_heads:
            raise ValueError("`num_query_heads` must be divisible by `num_key_value_heads`.")
        keep(self, locals())
        self.supports_masking = True

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        self._project("query", query_shape, self.num_query_heads)
        self._project("key", key_shape, self.num_key_value_heads)
        if self.use_gate:
            self._project("gate", query_shape, self.num_query_heads, "sigmoid")
        self._project("value", value_shape, self.num_key_value_heads)
        self._softmax = Softmax(axis=-1, dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)
        size = query_shape[-1]
        self._output_dense = heads.projection(self, "attention_output", "bquh,uhm->bqm", (None, size), "m")
        self._output_dense.build((None, None, self.num_query_heads, self.head_dim))

    def _project(self, name: str, shape: Any, count: int, activation: Any = None) -> None:
        layer = heads.projection(self, name, "bqm,muh->bquh", (None, count, self.head_dim), "uh", activation)
        layer.build(tuple(shape))
        setattr(self, f"_{name}_dense", layer)

    def call(
        self, query: Any, value: Any, key: Any = None, query_mask: Any = None, value_mask: Any = None, key_mask: Any = None,
        attention_mask: Any = None, return_attention_scores: bool = False, training: Any = None, use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        mask = heads.combined_mask(
            query, value, query_mask, value_mask, key_mask, attention_mask, use_causal_mask, self.sliding_window
        )
        queries = self._query_dense(query)
        groups = self.num_query_heads // self.num_key_value_heads
        keys = repeat(self._key_dense(key), groups, axis=2)
        values = repeat(self._value_dense(value), groups, axis=2)
        queries = queries * to_tensor(1.0 / math.sqrt(float(self.head_dim)), queries.dtype)
        scores = einsum("bquh,bkuh->buqk", queries, keys)
        if mask is not None:
            mask = to_tensor(mask)
            for _ in range(len(scores.shape) - len(mask.shape)):
                mask = expand_dims(mask, 1)
        fused = not (self.dropout > 0 or return_attention_scores)
        scores = heads.softmax_of_allowed(scores, mask) if fused and mask is not None else self._softmax(scores, mask=mask)
        kept = scores if fused else self._dropout_layer(scores, training=training)
        result = einsum("buqk,bkuh->bquh", kept, values)
        if self.use_gate:
            result = result * self._gate_dense(query)
        result = self._output_dense(result)
        return (result, scores) if return_attention_scores else result

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return previous_mask

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> Any:
        return tuple(query_shape)
