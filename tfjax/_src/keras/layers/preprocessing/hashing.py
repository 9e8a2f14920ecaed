"""Hashing and HashedCrossing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyOther, Name, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op, pure
from tfjax._src.keras.layers.preprocessing.encoding import encode, of_values, refuse_sparse
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import expand_dims, reshape
from tfjax._src.ops.ragged.cross import sparse_cross_hashed
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor
from tfjax._src.ops.strings import hashing

_OUTPUTS = ("int", "one_hot", "multi_hot", "count")


@op("_internal.hash_values", raw="StringToHashBucketFast", device=False, differentiable=False)
def _hash(values: AnyOther, bins: int, salt: Static, masked: Any, name: Name = None):
    """Hashes of strings, or of integers' digits; what equals `masked` gets 0 and all else another bin."""
    texts = values if values.dtype == object else np.array([b"%d" % v for v in values.ravel().tolist()], object).reshape(values.shape)
    count = bins - 1 if masked is not None and bins > 1 else bins
    if salt is None:
        found = pure(hashing.to_hash_bucket_fast)(texts, count)
    else:
        found = pure(hashing.to_hash_bucket_strong)(texts, count, list(salt))
    if masked is not None:
        wanted = masked.encode("utf-8") if isinstance(masked, str) else masked
        same = np.array([v == wanted for v in values.ravel().tolist()], bool).reshape(values.shape)
        found = np.where(same, 0, found + 1 if bins > 1 else found)
    return found.astype(np.int64)


@export("keras.layers.Hashing", "keras.layers.experimental.preprocessing.Hashing")
class Hashing(ConfiguredLayer):
    """Hashes strings or integers into bins: FarmHash's fingerprints, or SipHash with a salt.

    Args:
      num_bins: how many bins.
      mask_value: what gets the first bin for itself.
      salt: an int or two, the key of SipHash.
      output_mode: "int", "one_hot", "multi_hot" or "count".
      sparse: must be False.

    >>> import tfjax as tf
    >>> tf.keras.layers.Hashing(5)(tf.constant(["a", "b"])).numpy()
    array([4, 2])
    """

    _accepts_text = True

    def __init__(self, num_bins: int, mask_value: Any = None, salt: Any = None, output_mode: str = "int", sparse: bool = False, **kwargs: Any) -> None:
        if "dtype" not in kwargs or kwargs["dtype"] is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else "float32"
        super().__init__(**kwargs)
        if num_bins is None or num_bins <= 0:
            raise ValueError(f"The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: num_bins={num_bins}.")
        if output_mode not in _OUTPUTS:
            raise ValueError(f"Invalid value for argument `output_mode`. Expected one of {_OUTPUTS}. Received: output_mode={output_mode}")
        refuse_sparse(self, sparse)
        if salt is not None and not isinstance(salt, int) and (not isinstance(salt, (tuple, list)) or len(salt) != 2):
            raise ValueError(f"The `salt` argument for `Hashing` can only be a tuple of 2 integers, or a single integer. Received: salt={salt}.")
        self.num_bins, self.mask_value, self.output_mode, self.sparse = num_bins, mask_value, output_mode, sparse
        self.salt = None if salt is None else [salt, salt] if isinstance(salt, int) else list(salt)

    def call(self, inputs: Any) -> Any:
        salt = None if self.salt is None else tuple(self.salt)
        found = of_values(lambda x: _hash(x, self.num_bins, salt, self.mask_value), inputs)
        return found if self.output_mode == "int" else encode(found, self.output_mode, self.num_bins, self.compute_dtype)


@export("keras.layers.HashedCrossing", "keras.layers.experimental.preprocessing.HashedCrossing")
class HashedCrossing(ConfiguredLayer):
    """Hashes combinations of features into bins.

    Args:
      num_bins: how many bins.
      output_mode: "int" or "one_hot".
      sparse: must be False.

    >>> import tfjax as tf
    >>> layer = tf.keras.layers.HashedCrossing(5)
    >>> layer((tf.constant(["a", "b"]), tf.constant([1, 2]))).numpy()
    array([0, 2])
    """

    def __init__(self, num_bins: int, output_mode: str = "int", sparse: bool = False, name: Any = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype or ("int64" if output_mode == "int" else "float32"), **kwargs)
        if output_mode not in ("int", "one_hot"):
            raise ValueError(f"Invalid value for argument `output_mode`. Expected one of ('int', 'one_hot'). Received: output_mode={output_mode}")
        refuse_sparse(self, sparse)
        self.num_bins, self.output_mode, self.sparse = num_bins, output_mode, sparse

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"`HashedCrossing` should be called on a list or tuple of inputs. Received: inputs={inputs}")
        if len(inputs) < 2:
            raise ValueError("`HashedCrossing` should be called on at least two inputs. " f"Received: inputs={inputs}")
        tensors = [to_tensor(x) for x in inputs]
        rank = len(tensors[0].shape)
        for x in tensors:
            if x.dtype is not dtypes.string and not x.dtype.is_integer:
                raise ValueError(f"All inputs should have an integer or string dtype. Received: inputs={inputs}")
        columns = [reshape(x, [-1, 1]) if rank < 2 else x for x in tensors]
        found = reshape(sparse_cross_hashed([_sparse(c) for c in columns], self.num_bins).values, tensors[0].shape)
        if self.output_mode == "int":
            return found
        return encode(expand_dims(found, -1) if rank == 1 else found, "one_hot", self.num_bins, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {"num_bins": self.num_bins, "output_mode": self.output_mode, "sparse": self.sparse, "name": config["name"], "dtype": self.dtype}


def _sparse(column: Any) -> Any:
    """A dense column as a SparseTensor that keeps zeros and empty strings."""
    rows, width = column.shape
    places = np.stack(np.meshgrid(np.arange(rows), np.arange(width), indexing="ij"), -1).reshape(-1, 2).astype(np.int64)
    return SparseTensor(places, reshape(column, [-1]), np.array([rows, width], np.int64))
