"""tf.feature_column: descriptions of how raw features become numbers.

A column is a named tuple; `categories(features)` gives dense ids, -1 where a value is absent or not
known, and weights or None; `dense(features, layer)` gives [batch, *variable_shape].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.io.features import FixedLenFeature, VarLenFeature
from tfjax._src.lookup.static import StaticVocabularyTable, StaticHashTable
from tfjax._src.lookup.initializers import KeyValueTensorInitializer
from tfjax._src.ops.array.creation import ones_like
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.creation import one_hot
from tfjax._src.ops.array.shaping import cast, expand_dims, reshape
from tfjax._src.ops.math.arithmetic import divide_no_nan, maximum
from tfjax._src.ops.math.elementwise import sqrt
from tfjax._src.ops.math.reductions import reduce_sum
