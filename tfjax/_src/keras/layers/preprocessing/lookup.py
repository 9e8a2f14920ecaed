"""StringLookup and IntegerLookup."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.layers.preprocessing.index_lookup import IndexLookup, Table, lookup_integers, lookup_strings
from tfjax._src.ops.array.shaping import cast


@export("keras.layers.StringLookup", "keras.layers.experimental.preprocessing.StringLookup")
class StringLookup(IndexLookup):
    """Turns strings into integers, or vectors that encode them.

    Args:
      max_tokens: the most tokens to keep, special ones included.
      num_oov_indices: indices for unknown strings, spread by their hash.
      mask_token: the string that becomes 0, with "int".
      oov_token: what unknown indices become with `invert`.
      vocabulary: a list, array or file of strings; else call `adapt`.
      idf_weights: one per token, with "tf_idf".
      invert: turns integers into strings.
      output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
      pad_to_max_tokens: vectors have `max_tokens` elements.
      sparse: must be False.
      encoding: of the strings; no effect but in `get_vocabulary`.
      salt: must be None.

    >>> import tfjax as tf
    >>> tf.keras.layers.StringLookup(vocabulary=["a", "b"])(tf.constant(["b", "c"])).numpy()
    array([2, 0])
    """

    extra = (*IndexLookup.extra, "oov_method")

    def __init__(
        self, max_tokens: Any = None, num_oov_indices: int = 1, mask_token: Any = None, oov_token: Any = "[UNK]",
        vocabulary: Any = None, idf_weights: Any = None, invert: bool = False, output_mode: str = "int",
        pad_to_max_tokens: bool = False, sparse: bool = False, encoding: str = "utf-8", name: Any = None, salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self._written_size = kwargs.pop("vocabulary_size", None)
        kwargs.pop("oov_method", None)
        super().__init__(name=name, **kwargs)
        self.encoding = encoding
        self._start(locals())

    def _token(self, value: Any) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode(self.encoding)

    def _shown(self, token: bytes) -> str:
        # Keras decodes an array of them; programs that print the vocabulary show it.
        return np.str_(token.decode(self.encoding))

    def _find(self, inputs: Any, table: Table) -> Any:
        return lookup_strings(inputs, table)


@export("keras.layers.IntegerLookup", "keras.layers.experimental.preprocessing.IntegerLookup")
class IntegerLookup(IndexLookup):
    """Turns integers into indices, or vectors that encode them.

    Args:
      vocabulary_dtype: "int64" or "int32".
      oov_method: must be "floormod": unknown integers are spread by their remainders.
      max_tokens, num_oov_indices, mask_token, …: as of StringLookup.

    >>> import tfjax as tf
    >>> tf.keras.layers.IntegerLookup(vocabulary=[10, 20])(tf.constant([20, 5])).numpy()
    array([2, 0])
    """

    def __init__(
        self, max_tokens: Any = None, num_oov_indices: int = 1, mask_token: Any = None, oov_token: Any = -1,
        vocabulary: Any = None, vocabulary_dtype: Any = "int64", idf_weights: Any = None, invert: bool = False,
        output_mode: str = "int", sparse: bool = False, pad_to_max_tokens: bool = False, oov_method: str = "floormod",
        salt: Any = None, name: Any = None, **kwargs: Any,
    ) -> None:
        self._written_size = kwargs.pop("vocabulary_size", None)
        if vocabulary_dtype not in ("int32", "int64"):
            raise ValueError(f"If `dtype` is an integer dtype, it must be one of 'int32' or 'int64'. Received: vocabulary_dtype={vocabulary_dtype}")
        super().__init__(name=name, **kwargs)
        self.vocabulary_dtype = vocabulary_dtype
        self._start(locals())

    def _token(self, value: Any) -> int:
        return int(value)

    def _shown(self, token: int) -> Any:
        return np.int64(token)

    def _find(self, inputs: Any, table: Table) -> Any:
        tokens = to_tensor(inputs)
        if not tokens.dtype.is_integer:
            tokens = cast(tokens, dtypes.int64)
        return lookup_integers(tokens, table)
