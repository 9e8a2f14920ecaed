"""What the layers with several attention heads share: projections and masks."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.layers.core.dense import EinsumDense
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.math.logical import logical_and
from tfjax._src.ops.nn.activations import softmax


def projection(layer: Any, name: str, equation: str, output_shape: Any, bias_axes: str, activation: Any = None) -> EinsumDense:
    """An EinsumDense with the layer's settings and initializers of its own."""
    return EinsumDense(
        equation, output_shape, activation=activation, bias_axes=bias_axes if layer.use_bias else None, name=name,
        dtype=layer.dtype_policy, kernel_initializer=layer.kernel_initializer.clone(), bias_initializer=layer.bias_initializer.clone(),
        kernel_regularizer=layer.kernel_regularizer, bias_regularizer=layer.bias_regularizer,
        activity_regularizer=layer.activity_regularizer, kernel_constraint=layer.kernel_constraint,
        bias_constraint=layer.bias_constraint,
    )


def into_heads(free: int, bound: int, outputs: int) -> tuple[str, str]:
    """(equation, bias axes) of a projection of `bound` axes behind `free` ones to `outputs` axes."""
    letters = string.ascii_lowercase
    first, middle = letters[:free], letters[free : free + bound]
    last = letters[free + bound : free + bound + outputs]
    return f"{first}{middle},{middle}{last}->{first}{last}", last


def attention_equations(rank: int, axes: Sequence[int]) -> tuple[str, str, int]:
    """(scores of key and query, combination of scores and value, rank of the scores)."""
    letters = string.ascii_lowercase
    target = letters[:rank]
    # Batch and the head axes first, then the attended axes, then the features.
    batch = tuple(i for i in range(rank) if i not in axes and i != rank - 1)
    used = rank
    source = ""
    for i in range(rank):
        if i in batch or i == rank - 1:
            source += target[i]
        else:
            source += letters[used]
            used += 1
    product = "".join([*(target[i] for i in batch), *(target[i] for i in axes), *(source[i] for i in axes)])
    return f"{source},{target}->{product}", f"{product},{source}->{target}", len(product)


def combined_mask(
    query: Any, value: Any, query_mask: Any, value_mask: Any, key_mask: Any, attention_mask: Any, causal: bool, window: int | None
) -> Any:
    """All masks as one [batch, query steps, value steps], or None."""
    parts = []
    if query_mask is not None:
        parts.append(expand_dims(cast(query_mask, "bool"), -1))
    for mask in (value_mask, key_mask):
        if mask is not None:
            parts.append(expand_dims(cast(mask, "bool"), -2))
    if causal or window is not None:
        rows = np.arange(query.shape[1])[:, None]
        columns = np.arange(value.shape[1])[None, :]
        if causal:
            parts.append((rows >= columns)[None])
        if window is not None:
            parts.append((np.abs(rows - columns) < window)[None])
    if attention_mask is not None:
        parts.append(cast(attention_mask, "bool"))
    result = None
    for part in parts:
        result = part if result is None else logical_and(part, result)
    return result


def softmax_of_allowed(scores: Any, mask: Any) -> Any:
    """Softmax over the last axis of the scores that `mask` allows; of all, where it allows none."""
    lowest = to_tensor(-0.7 * float(np.finfo(np.float32).max if scores.dtype.size > 2 else 6e4), scores.dtype)
    return softmax(where(mask, scores, lowest), axis=-1)
