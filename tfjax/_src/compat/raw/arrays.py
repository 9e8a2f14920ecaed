"""Raw ops on arrays without a public function of TensorFlow 2: Select, NthElement, ListDiff, …"""

from __future__ import annotations

import collections
from typing import Any

import jax
import numpy as np

from tfjax._src.compat.raw.kernels import keywords_only
from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op
from tfjax._src.function.flow_api import get_static_value
from tfjax._src.ops.array.indexing import gather
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math.reductions import reduce_sum


@export("raw_ops.Select")
@keywords_only
def Select(condition: Any, x: Any, y: Any, name: Any = None) -> Any:
    """Elements of `x` where `condition` holds, else of `y`; a vector of conditions chooses rows.

    >>> import tfjax as tf
    >>> tf.raw_ops.Select(condition=[True, False], x=[[1], [2]], y=[[3], [4]]).numpy().tolist()
    [[1], [4]]
    """
    condition, x = to_tensor(condition, dtypes.bool), to_tensor(x)
    if len(condition.shape) == 1 and len(x.shape) > 1:
        condition = reshape(condition, [-1] + [1] * (len(x.shape) - 1))
    return where(condition, x, to_tensor(y, x.dtype))


@export("raw_ops.BiasAddGrad")
@keywords_only
def BiasAddGrad(out_backprop: Any, data_format: str = "NHWC", name: Any = None) -> Any:
    """The gradient of `tf.nn.bias_add` by its bias: sums over all axes but that of the channels."""
    x = to_tensor(out_backprop)
    channels = len(x.shape) - 1 if data_format == "NHWC" else 1
    return reduce_sum(x, [i for i in range(len(x.shape)) if i != channels])


@op("_internal.population_count", raw="PopulationCount", host=False, differentiable=False)
def _population_count(x: AnyTensor, name: Name = None):
    return jax.lax.population_count(x)


@export("raw_ops.PopulationCount")
@keywords_only
def PopulationCount(x: Any, name: Any = None) -> Any:
    """How many bits of each integer are set, as uint8.

    >>> import tfjax as tf
    >>> tf.raw_ops.PopulationCount(x=[7, 8]).numpy().tolist()
    [3, 1]
    """
    return cast(_population_count(x), dtypes.uint8)


@op("_internal.sorted_last", raw="NthElement")
def _sorted_last(x: AnyTensor, name: Name = None):
    return np.sort(x, axis=-1) if type(x) is np.ndarray else jax.numpy.sort(x, axis=-1)


@export("raw_ops.NthElement")
@keywords_only
def NthElement(input: Any, n: Any, reverse: bool = False, name: Any = None) -> Any:
    """The element of each row that sorting would put at place `n`, from the end if `reverse`.

    >>> import tfjax as tf
    >>> float(tf.raw_ops.NthElement(input=[3.0, 1.0, 2.0], n=0))
    1.0
    """
    x, place = to_tensor(input), int(get_static_value(to_tensor(n, dtypes.int32)))
    size = x.shape[-1]
    if not 0 <= place < size:
        raise InvalidArgumentError(None, None, f"Input must have at least n+1 = {place + 1} columns, or n is negative")
    return gather(_sorted_last(x), size - 1 - place if reverse else place, axis=-1)


_ListDiff = collections.namedtuple("ListDiff", ["out", "idx"])


@op("_internal.list_diff", raw="ListDiff", device=False, differentiable=False)
def _list_diff(x: AnyTensor, y: AnyTensor, name: Name = None):
    keep = np.array([value not in set(y.tolist()) for value in x.tolist()], bool)
    return x[keep], np.flatnonzero(keep)


@export("raw_ops.ListDiff")
@keywords_only
def ListDiff(x: Any, y: Any, out_idx: Any = dtypes.int32, name: Any = None) -> Any:
    """(elements of the list `x` that are not in `y`, their places).

    >>> import tfjax as tf
    >>> tf.raw_ops.ListDiff(x=[1, 2, 3], y=[2]).out.numpy().tolist()
    [1, 3]
    """
    x = to_tensor(x)
    out, places = _list_diff(x, to_tensor(y, x.dtype))
    return _ListDiff(out, cast(places, out_idx))
