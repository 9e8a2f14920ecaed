"""Choosing elements: where, take, clip, differences."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.numpy import shaping as shapes
from tfjax._src.compat.numpy.promotion import asarray, promoted
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, Axis, IntOther, Name
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import indexing, join, masking, shaping
from tfjax._src.ops.math import arithmetic, comparison


@op("_internal.numpy_take_along_axis")
def _take_along_axis(arr: AnyTensor, indices: IntOther, axis: Axis, name: Name = None):
    return namespace(arr, indices).take_along_axis(arr, indices, axis)


@export("experimental.numpy.nonzero")
def nonzero(a: Any) -> list[Tensor]:
    """The indices, axis by axis, of the elements that are not 0.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.nonzero([0, 3, 4])[0].numpy()
    array([1, 2])
    """
    a = shapes.atleast_1d(asarray(a, bool))
    return join.unstack(masking.where(a), num=a.ndim, axis=1)


@export("experimental.numpy.where")
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`x` where the condition holds, else `y`; without them the indices where it holds.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.where([True, False], 1, 2.5).numpy()
    array([1. , 2.5])
    """
    condition = asarray(condition, bool)
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("Both x and y must be ndarrays, or both must be None.")
    return masking.where(condition, *promoted(x, y))


@export("experimental.numpy.select")
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """The element of the first choice whose condition holds, else `default`.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.select([[True, False]], [[1, 2]], 7).numpy()
    array([1, 7])
    """
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"condlist must have length equal to choicelist ({len(condlist)} vs {len(choicelist)})"
        )
    if not len(condlist):
        raise ValueError("condlist must be non-empty")
    *choices, result = promoted(*[asarray(c) for c in choicelist], default)
    for condition, choice in zip(list(condlist)[::-1], choices[::-1], strict=True):
        result = masking.where(asarray(condition, bool), choice, result)
    return result


@export("experimental.numpy.compress")
def compress(condition: Any, a: Any, axis: int | None = None) -> Tensor:
    """The slices along `axis`, or elements of the flat array, where the condition holds.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.compress([True, False, True], [1, 2, 3]).numpy()
    array([1, 3])
    """
    condition, a = asarray(condition, bool), asarray(a)
    if condition.ndim != 1:
        raise ValueError("condition must be a 1-d array.")
    if axis is None:
        a, axis = shapes.ravel(a), 0
    places = shaping.reshape(masking.where(condition), [-1])
    return indexing.gather(a, places, axis=axis)


@export("experimental.numpy.take")
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "clip"
) -> Tensor:
    """The slices along `axis`, or elements of the flat array, at `indices`.

    Args:
      a: an array.
      indices: integers of any shape.
      axis: the axis; None for the flat array.
      out: must be None.
      mode: "clip" moves indices that are too large to the end, "wrap" counts round.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.take([4, 5, 6], [2, 0]).numpy()
    array([6, 4])
    """
    if out is not None:
        raise ValueError("out argument is not supported in take.")
    if mode not in {"raise", "clip", "wrap"}:
        raise ValueError(f"Invalid mode '{mode}' for take")
    a, indices = asarray(a), asarray(indices)
    if axis is None:
        a, axis = shapes.ravel(a), 0
    limit = shaping.cast(asarray(a.shape[axis]), indices.dtype)
    if mode == "clip":
        zero = shaping.cast(asarray(0), indices.dtype)
        one = shaping.cast(asarray(1), indices.dtype)
        indices = arithmetic.minimum(
            arithmetic.maximum(indices, zero), arithmetic.subtract(limit, one)
        )
    elif mode == "wrap":
        indices = arithmetic.floormod(indices, limit)
    return indexing.gather(a, indices, axis=axis)


@export("experimental.numpy.take_along_axis")
def take_along_axis(arr: Any, indices: Any, axis: int | None) -> Tensor:
    """For each row along `axis` the elements at that row's indices.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.take_along_axis([[1, 2], [3, 4]], [[1], [0]], 1).numpy()
    array([[2],
           [3]])
    """
    arr, indices = asarray(arr), asarray(indices)
    if axis is None:
        arr, axis = shapes.ravel(arr), 0
    if arr.ndim != indices.ndim:
        raise ValueError("`arr` and `indices` must have the same number of dimensions.")
    return _take_along_axis(arr, indices, axis)


@export("experimental.numpy.clip")
def clip(a: Any, a_min: Any, a_max: Any) -> Tensor:
    """The elements kept between two bounds, of which one may be None.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.clip([1, 5, 9], 2, 6).numpy()
    array([2, 5, 6])
    """
    if a_min is None and a_max is None:
        raise ValueError("Not more than one of `a_min` and `a_max` may be `None`.")
    a = asarray(a)
    if a_min is None or a_max is None:
        bound = a_max if a_min is None else a_min
        function = arithmetic.minimum if a_min is None else arithmetic.maximum
        return function(*promoted(a, bound))
    a, a_min, a_max = promoted(a, a_min, a_max)
    return arithmetic.maximum(arithmetic.minimum(a, a_max), a_min)


@export("experimental.numpy.diff")
def diff(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """Differences of neighbours along `axis`, taken `n` times; of booleans, whether they differ.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.diff([1, 4, 9]).numpy()
    array([3, 5])
    """
    a = asarray(a)
    if n < 0:
        raise ValueError(f"Argument `order` must be a non-negative integer. Received: axis={n}")
    if not -a.ndim <= axis < a.ndim:
        raise IndexError(f"`axis` ({axis}) is out of bounds for an array of {a.ndim} dimensions.")
    for _ in range(n):
        left, right = ([slice(None)] * a.ndim for _ in range(2))
        left[axis], right[axis] = slice(1, None), slice(None, -1)
        later, earlier = a[tuple(left)], a[tuple(right)]
        differ = comparison.not_equal if a.dtype == dtypes.bool else arithmetic.subtract
        a = differ(later, earlier)
    return a
