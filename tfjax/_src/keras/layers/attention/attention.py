"""Attention and AdditiveAttention."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.layers.regularization.dropout import drop
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.keras.random_state import SeedGenerator
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.math.elementwise import tanh
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.logical import logical_and
from tfjax._src.ops.math.reductions import reduce_sum
from tfjax._src.ops.nn.activations import softmax


@export("keras.layers.Attention")
class Attention(ConfiguredLayer):
    """Dot-product attention over [query, value] or [query, value, key]. Luong et al. 2015.

    Args:
      use_scale: multiplies the scores by a weight.
      score_mode: "dot" or "concat".
      dropout: share of the scores that training drops.
      seed: of the dropout.

    Call arguments: `inputs`, `mask` ([query mask, value mask]), `training`,
    `return_attention_scores`, `use_causal_mask`.

    >>> import tfjax as tf
    >>> tf.keras.layers.Attention()([tf.ones((2, 3, 4)), tf.ones((2, 5, 4))]).shape
    TensorShape([2, 3, 4])
    """

    def __init__(self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale, self.score_mode, self.dropout, self.seed = use_scale, score_mode, dropout, seed
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)
        if score_mode not in ("dot", "concat"):
            raise ValueError(f"Invalid value for argument score_mode. Expected one of {{'dot', 'concat'}}. Received: score_mode={score_mode}")
        self.supports_masking = True
        self.scale: Any = None
        self.concat_score_weight: Any = None

    def build(self, input_shape: Any) -> None:
        _check_list(self, input_shape)
        for name, wanted in (("scale", self.use_scale), ("concat_score_weight", self.score_mode == "concat")):
            if wanted:
                self.__dict__.pop(name)
                setattr(self, name, self.add_weight(name=name, shape=(), initializer="ones"))

    def _scores(self, query: Any, key: Any) -> Any:
        """Scores [batch, query steps, key steps]."""
        if self.score_mode == "dot":
            scores = matmul(query, key, transpose_b=True)
            return scores if self.scale is None else scores * self.scale
        summed = expand_dims(query, -2) + expand_dims(key, -3)
        if self.scale is not None:
            summed = summed * self.scale
        return self.concat_score_weight * reduce_sum(tanh(summed), axis=-1)

    def call(
        self, inputs: Any, mask: Any = None, training: Any = False, return_attention_scores: bool = False, use_causal_mask: bool = False
    ) -> Any:
        _check_list(self, [t.shape for t in inputs], mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (mask[0], mask[1]) if mask is not None else (None, None)
        scores = self._scores(query, key)
        allowed = None if value_mask is None else expand_dims(cast(value_mask, "bool"), -2)
        if use_causal_mask:
            steps, other = scores.shape[-2], scores.shape[-1]
            causal = np.tril(np.ones((1, steps, other), bool))
            allowed = causal if allowed is None else logical_and(allowed, causal)
        if allowed is not None:
            largest = 65504.0 if scores.dtype.name == "float16" else 1e9
            scores = scores - largest * (1.0 - cast(allowed, scores.dtype))
        weights = softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = drop(weights, self.dropout, self.seed_generator)
        result = matmul(weights, value)
        if query_mask is not None:
            result = result * cast(expand_dims(query_mask, -1), result.dtype)
        return (result, weights) if return_attention_scores else result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None or mask[0] is None else mask[0]


@export("keras.layers.AdditiveAttention")
class AdditiveAttention(Attention):
    """Attention whose scores are sums of tanh(query + key). Bahdanau et al. 2014.

    Args:
      use_scale: weighs the features.
      dropout: share of the scores that training drops.

    >>> import tfjax as tf
    >>> tf.keras.layers.AdditiveAttention()([tf.ones((2, 3, 4)), tf.ones((2, 5, 4))]).shape
    TensorShape([2, 3, 4])
    """

    hidden = ("score_mode",)
    extra = ("seed",)

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        _check_list(self, input_shape)
        if self.use_scale:
            self.__dict__.pop("scale")
            self.scale = self.add_weight(name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform")

    def _scores(self, query: Any, key: Any) -> Any:
        hidden = tanh(expand_dims(query, -2) + expand_dims(key, -3))
        return reduce_sum(hidden if self.scale is None else self.scale * hidden, axis=-1)


def _check_list(layer: Any, shapes: Any, mask: Any = None) -> None:
    """Raises ValueError for what is not a list of two or three inputs and two masks."""
    name = type(layer).__name__
    if not isinstance(shapes, list):
        raise ValueError(f"{name} layer must be called on a list of inputs, namely [query, value] or [query, value, key]. Received: inputs={shapes}.")
    if not 2 <= len(shapes) <= 3:
        raise ValueError(f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, key]. Received length: {len(shapes)}.")
    if mask is not None:
        if not isinstance(mask, list):
            raise ValueError(f"{name} layer mask must be a list, namely [query_mask, value_mask]. Received: mask={mask}.")
        if not 2 <= len(mask) <= 3:
            raise ValueError(f"{name} layer accepts mask list of length 2 or 3. Received: inputs={shapes}, mask={mask}.")
