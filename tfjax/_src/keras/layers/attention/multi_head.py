"""MultiHeadAttention."""

from __future__ import annotations

import math
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.masks import drop_masks
from tfjax._src.keras.layers.attention import heads
from tfjax._src.keras.layers.activations.softmax import Softmax
from tfjax._src.keras.layers.regularization.dropout import Dropout
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep
from tfjax._src.ops.array.shaping import expand_dims
from tfjax._src.ops.math.clipping import einsum


@export("keras.layers.MultiHeadAttention")
class MultiHeadAttention(ConfiguredLayer):
    """Attention with several heads. Vaswani et al. 2017.

    Args:
      num_heads: how many heads.
      key_dim: size of each head's queries and keys.
      value_dim: size of each head's values; `key_dim` if None.
      dropout: share of the scores that training drops.
      use_bias: adds biases.
      output_shape: the outputs' last axes; the query's if None.
      attention_axes: axes that are attended over; all but batch, heads and features if None.
      sliding_window: attends only to steps nearer than this.
      flash_attention: no effect.
      kernel_initializer, bias_initializer, …: of all projections.
      use_gate: multiplies the heads' results by a sigmoid of the query.
      seed: of the dropout.

    >>> import tfjax as tf
    >>> layer = tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=3)
    >>> layer(tf.ones((2, 4, 6)), tf.ones((2, 5, 6))).shape
    TensorShape([2, 4, 6])
    """

    hidden = ("flash_attention", "output_shape", "attention_axes")
    extra = ("activity_regularizer",)

    def __init__(
        self, num_heads: int, key_dim: int, value_dim: Any = None, dropout: float = 0.0, use_bias: bool = True,
        output_shape: Any = None, attention_axes: Any = None, sliding_window: Any = None, flash_attention: Any = None,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, use_gate: bool = False, seed: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if sliding_window is not None and (not isinstance(sliding_window, int) or sliding_window <= 0):
            raise ValueError(f"`sliding_window` must be a positive integer. Received: sliding_window={sliding_window}")
        keep(self, {k: v for k, v in locals().items() if k not in self.hidden})
        self.value_dim = value_dim if value_dim else key_dim
        self._given_output = (output_shape,) if isinstance(output_shape, int) else output_shape and tuple(output_shape)
        self._given_axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes and tuple(attention_axes)
        self.supports_masking = True

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        rank = len(query_shape)
        for name, shape, size in (("query", query_shape, self.key_dim), ("key", key_shape, self.key_dim)):
            self._project(name, shape, size)
        if self.use_gate:
            self._project("gate", query_shape, self.value_dim, "sigmoid")
        self._project("value", value_shape, self.value_dim)
        if self._given_axes is None:
            self._given_axes = tuple(range(1, rank - 1))
        axes = self._given_axes
        # With the heads as axis -2, the attended axes of a tensor of rank + 1.
        self._axes = tuple(a % (rank + 1) for a in axes)
        self._scores, self._combine, score_rank = heads.attention_equations(rank + 1, self._axes)
        softmax_axes = tuple(range(score_rank - len(self._axes), score_rank))
        self._softmax = Softmax(axis=softmax_axes, dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)
        self._build_output(query_shape)

    def _project(self, name: str, shape: Any, size: int, activation: Any = None) -> None:
        equation, bias = heads.into_heads(len(shape) - 1, 1, 2)
        layer = heads.projection(self, name, equation, (*[None] * (len(shape) - 2), self.num_heads, size), bias, activation)
        layer.build(tuple(shape))
        setattr(self, "_gate_dense" if name == "gate" else f"{name}_dense", layer)

    def _build_output(self, query_shape: Any) -> None:
        last = self._given_output if self._given_output is not None else (query_shape[-1],)
        equation, bias = heads.into_heads(len(query_shape) - 1, 2, len(last))
        layer = heads.projection(self, "attention_output", equation, (*[None] * (len(query_shape) - 2), *last), bias)
        layer.build((*tuple(query_shape)[:-1], self.num_heads, self.value_dim))
        self.output_dense = layer

    def call(
        self, query: Any, value: Any, key: Any = None, query_mask: Any = None, value_mask: Any = None, key_mask: Any = None,
        attention_mask: Any = None, return_attention_scores: bool = False, training: Any = None, use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        mask = heads.combined_mask(
            query, value, query_mask, value_mask, key_mask, attention_mask, use_causal_mask, self.sliding_window
        )
        # As in Keras: what reads these tensors later, as a residual sum does, finds no mask on them.
        drop_masks(query, value, key)
        queries, keys, values = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        queries = queries * to_tensor(1.0 / math.sqrt(float(self.key_dim)), queries.dtype)
        scores = einsum(self._scores, keys, queries)
        if mask is not None:
            mask = to_tensor(mask)
            place = -len(self._axes) * 2 - 1
            for _ in range(len(scores.shape) - len(mask.shape)):
                mask = expand_dims(mask, place)
        # As in Keras: where nothing is allowed, all weights are 0, or all equal if no one looks.
        fused = not (self.dropout > 0 or return_attention_scores or len(query.shape) != 3)
        scores = heads.softmax_of_allowed(scores, mask) if fused and mask is not None else self._softmax(scores, mask=mask)
        kept = self._dropout_layer(scores, training=training) if self.dropout > 0 else scores
        result = einsum(self._combine, kept, values)
        if self.use_gate:
            result = result * self._gate_dense(query)
        result = self.output_dense(result)
        return (result, scores) if return_attention_scores else result

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return previous_mask

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> Any:
        if self._given_output is not None:
            return (*tuple(query_shape)[:-1], *self._given_output)
        return tuple(query_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self._given_output, "attention_axes": self._given_axes}
