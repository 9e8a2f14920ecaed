"""Indices as one-hot and multi-hot vectors and counts; CategoryEncoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import DTypeArg, IntOther, Name, OptionalOther
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast

MODES = ("one_hot", "multi_hot", "count")


def of_values(function: Callable[[Any], Any], inputs: Any) -> Any:
    """`function` of a tensor, or of the values of a ragged one, which keep their rows."""
    if hasattr(inputs, "row_splits"):
        return inputs.with_flat_values(function(inputs.flat_values))
    return function(to_tensor(inputs))


@op("_internal.encode_indices", raw="DenseBincount", differentiable=False)
def _encode(indices: IntOther, weights: OptionalOther, mode: str, depth: int, dtype: DTypeArg, name: Name = None):
    """One vector of `depth` per index, or (not "one_hot") per row of them; others than [0, depth) are left out."""
    xp = namespace(indices, weights)
    hot = indices[..., None] == xp.arange(depth, dtype=indices.dtype)
    axis = min(1, indices.ndim - 1)
    if mode == "one_hot":
        return hot.astype(dtype.np)
    if mode == "multi_hot":
        return xp.any(hot, axis=axis).astype(dtype.np)
    counted = hot.astype(dtype.np) if weights is None else hot * weights[..., None].astype(dtype.np)
    return xp.sum(counted, axis=axis, dtype=dtype.np)


def encode(indices: Any, mode: str, depth: int, dtype: Any, weights: Any = None, idf: Any = None) -> Any:
    """Encodes indices.

    Args:
      indices: ints [..., n], the rows of a ragged tensor of any length; for "one_hot" an axis of size 1 at the end stands for the new one.
      mode: "one_hot", "multi_hot", "count" or "tf_idf".
      depth: the size of the new axis.
      weights: what each index counts.
      idf: the factors of "tf_idf".
    """
    # No vector counts the -1 that fill up the rows.
    indices = indices.to_tensor(-1) if hasattr(indices, "row_splits") else to_tensor(indices)
    if mode == "one_hot":
        if len(indices.shape) == 0:
            indices = indices[None]
        elif indices.shape[-1] == 1 and len(indices.shape) > 1:
            indices = indices[..., 0]
        return _encode(indices, None, mode, depth, dtype)
    if len(indices.shape) == 0:
        indices = indices[None]
    counts = _encode(indices, weights, "count" if mode == "tf_idf" else mode, depth, dtype)
    return counts if idf is None else counts * cast(to_tensor(idf), counts.dtype)


@export("keras.layers.CategoryEncoding", "keras.layers.experimental.preprocessing.CategoryEncoding")
class CategoryEncoding(ConfiguredLayer):
    """Encodes integers in [0, num_tokens).

    Args:
      num_tokens: how many there are.
      output_mode: "one_hot", "multi_hot" or "count".
      sparse: must be False.

    Call arguments: `inputs`, `count_weights` (with "count": what each counts).

    >>> import tfjax as tf
    >>> tf.keras.layers.CategoryEncoding(4)(tf.constant([[0, 2]])).numpy()
    array([[1., 0., 1., 0.]], dtype=float32)
    """

    hidden = ("sparse",)

    def __init__(self, num_tokens: Any = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any) -> None:
        if output_mode == "binary":
            output_mode = "multi_hot"
        super().__init__(**kwargs)
        if output_mode not in MODES:
            raise ValueError(f"Unknown argument for output_mode: {output_mode}")
        if num_tokens is None:
            raise ValueError("num_tokens must be set to use this layer. If the number of tokens is not known beforehand, use the IntegerLookup layer instead.")
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        refuse_sparse(self, sparse)
        self.num_tokens, self.output_mode, self.sparse = num_tokens, output_mode, sparse

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(f"`count_weights` is not used when `output_mode` is not `'count'`. Received `count_weights={count_weights}`.")
        indices = of_values(lambda x: x if x.dtype.is_integer else cast(x, "int32"), inputs)
        weights = None if count_weights is None else to_tensor(count_weights)
        return encode(indices, self.output_mode, self.num_tokens, self.compute_dtype, weights)


def refuse_sparse(layer: Any, sparse: Any) -> None:
    """Raises for `sparse=True`."""
    if sparse:
        raise ValueError(f"`sparse=True` of {type(layer).__name__} is not supported: outputs are dense.")


def host_array(data: Any) -> np.ndarray:
    """Data that `adapt` gets, as a NumPy array; strings as bytes objects."""
    value = data.numpy() if hasattr(data, "numpy") else np.asarray(data)
    if value.dtype.kind in "US":
        value = np.array([v.encode("utf-8") if isinstance(v, str) else v for v in value.ravel().tolist()], object).reshape(value.shape)
    elif value.dtype == object:
        value = np.array([v.encode("utf-8") if isinstance(v, str) else v for v in value.ravel()], object).reshape(value.shape)
    return value


def batches(data: Any, steps: Any = None) -> Any:
    """The batches of what `adapt` gets: an array, a list, or a dataset."""
    is_dataset = hasattr(data, "take") and hasattr(data, "batch") and not hasattr(data, "shape")
    if not is_dataset:
        yield data
        return
    for i, batch in enumerate(data):
        if steps is not None and i >= steps:
            return
        yield batch[0] if isinstance(batch, tuple) else batch
