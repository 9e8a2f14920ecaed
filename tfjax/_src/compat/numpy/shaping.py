"""Shapes: reshaping, moving axes, joining, splitting, repeating."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.compat.numpy.promotion import arrays, asarray, known, promoted
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, join, masking, shaping


@export("experimental.numpy.shape")
def shape(a: Any) -> Any:
    """The shape of an array."""
    return asarray(a).shape


@export("experimental.numpy.ndim")
def ndim(a: Any) -> int:
    """The number of dimensions of an array."""
    return asarray(a).ndim


@export("experimental.numpy.size")
def size(x: Any, axis: Any = None) -> Any:
    """The number of elements; `axis` must be None, as in TensorFlow.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.size([[1, 2], [3, 4]]))
    4
    """
    if axis is not None:
        raise NotImplementedError(
            "axis argument is not supported in the current `np.size` implementation"
        )
    if isinstance(x, (int, float, np.int32, np.int64, np.float32, np.float64)):
        return 1
    return np.prod(asarray(x).shape.as_list(), dtype=np.int64)


@export("experimental.numpy.isscalar")
def isscalar(num: Any) -> bool:
    """Whether the value has no dimensions."""
    return asarray(num).ndim == 0


@export("experimental.numpy.reshape")
def reshape(a: Any, newshape: Any, order: str = "C") -> Tensor:
    """The elements in another shape.

    Args:
      a: an array.
      newshape: the sizes; one may be -1.
      order: "C" for the last axis fastest, "F" for the first.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.reshape([1, 2, 3, 4], (2, 2), order="F").numpy()
    array([[1, 3],
           [2, 4]])
    """
    if order not in {"C", "F"}:
        raise ValueError(f"Unsupported order {order}")
    a = asarray(a)
    if isinstance(newshape, (int, np.integer)) and not isinstance(newshape, bool):
        newshape = [int(newshape)]
    if order == "C":
        return shaping.reshape(a, newshape)
    return shaping.transpose(shaping.reshape(shaping.transpose(a), list(known(newshape))[::-1]))


@export("experimental.numpy.ravel")
def ravel(a: Any) -> Tensor:
    """The elements as a vector.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.ravel([[1, 2], [3, 4]]).numpy()
    array([1, 2, 3, 4])
    """
    return shaping.reshape(asarray(a), [-1])


@export("experimental.numpy.flatten")
def flatten(a: Any, order: str = "C") -> Tensor:
    """The elements as a vector, in row order ("C", "A", "K") or column order ("F")."""
    if order not in {"C", "A", "K", "F"}:
        raise ValueError("order can only be 'C', 'A', 'K' or 'F'.")
    return reshape(a, [-1], "F" if order == "F" else "C")


@export("experimental.numpy.transpose")
def transpose(a: Any, axes: Any = None) -> Tensor:
    """The axes in another order, by default reversed.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.transpose([[1, 2]]).numpy()
    array([[1],
           [2]])
    """
    return shaping.transpose(asarray(a), known(axes))


@export("experimental.numpy.swapaxes")
def swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes in each other's place."""
    a = asarray(a)
    order = list(range(a.ndim))
    first, second = known(axis1), known(axis2)
    order[first], order[second] = order[second], order[first]
    return shaping.transpose(a, order)


@export("experimental.numpy.moveaxis")
def moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    """Moves axes to other places; the rest keeps its order.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.moveaxis(tf.zeros([2, 3, 4]), 0, -1).shape
    TensorShape([3, 4, 2])
    """
    a = asarray(a)
    if not a.ndim:
        return a
    origin = [known(source)] if isinstance(known(source), int) else list(known(source))
    target = (
        [known(destination)] if isinstance(known(destination), int) else list(known(destination))
    )
    if len(origin) != len(target):
        raise ValueError("The lengths of source and destination must equal")
    origin, target = ([i + a.ndim if i < 0 else i for i in axes] for axes in (origin, target))
    order = [i for i in range(a.ndim) if i not in origin]
    for place, axis in sorted(zip(target, origin, strict=True)):
        order.insert(place, axis)
    return shaping.transpose(a, order)


@export("experimental.numpy.expand_dims")
def expand_dims(a: Any, axis: int) -> Tensor:
    """A new axis of size 1 at `axis`."""
    return shaping.expand_dims(asarray(a), axis)


@export("experimental.numpy.squeeze")
def squeeze(a: Any, axis: Any = None) -> Tensor:
    """Drops the axes of size 1, or those given."""
    return shaping.squeeze(asarray(a), known(axis))


@export("experimental.numpy.broadcast_to")
def broadcast_to(array: Any, shape: Any) -> Tensor:
    """The array repeated to a larger shape.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.broadcast_to([1, 2], (2, 2)).numpy()
    array([[1, 2],
           [1, 2]])
    """
    if isinstance(shape, (int, np.integer)) and not isinstance(shape, bool):
        shape = [int(shape)]
    return shaping.broadcast_to(asarray(array), shape)


@export("experimental.numpy.broadcast_arrays")
def broadcast_arrays(*args: Any, **kwargs: Any) -> list[Tensor]:
    """The arrays, each repeated to the shape they share.

    >>> import tfjax as tf
    >>> [a.shape.as_list() for a in tf.experimental.numpy.broadcast_arrays([1, 2], [[3], [4]])]
    [[2, 2], [2, 2]]
    """
    if kwargs.pop("subok", False):
        raise ValueError("subok=True is not supported.")
    if kwargs:
        raise ValueError(f"Received unsupported arguments {list(kwargs)}")
    tensors = [asarray(a) for a in args]
    common = np.broadcast_shapes(*[tuple(t.shape.as_list()) for t in tensors])
    return [shaping.broadcast_to(t, common) for t in tensors]


def _atleast(values: tuple[Any, ...], widen: Any) -> Any:
    results = [widen(t) for t in [asarray(v) for v in values]]
    return results[0] if len(results) == 1 else results


@export("experimental.numpy.atleast_1d")
def atleast_1d(*arys: Any) -> Any:
    """The arrays with at least one dimension each.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.atleast_1d(1).shape
    TensorShape([1])
    """
    return _atleast(arys, lambda t: t if t.ndim else shaping.reshape(t, [1]))


@export("experimental.numpy.atleast_2d")
def atleast_2d(*arys: Any) -> Any:
    """The arrays with at least two dimensions each; new ones come first."""
    return _atleast(arys, lambda t: t if t.ndim > 1 else shaping.reshape(t, [1, -1]))


@export("experimental.numpy.atleast_3d")
def atleast_3d(*arys: Any) -> Any:
    """The arrays with at least three dimensions each; a vector becomes [1, n, 1]."""

    def widen(t: Tensor) -> Tensor:
        if t.ndim < 2:
            return shaping.reshape(t, [1, -1, 1])
        return shaping.expand_dims(t, -1) if t.ndim == 2 else t

    return _atleast(arys, widen)


def _listed(values: Any) -> list[Any]:
    return (
        list(values) if isinstance(values, (list, tuple)) else [asarray(v) for v in _rows(values)]
    )


def _rows(values: Any) -> list[Any]:
    if isinstance(values, (Tensor, np.ndarray)) and len(values.shape):
        return list(values)
    raise TypeError(f"A sequence of arrays is needed. Received: {values!r}")


@export("experimental.numpy.concatenate")
def concatenate(arys: Any, axis: int = 0) -> Tensor:
    """The arrays, promoted to one dtype, one after the other along `axis`.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.concatenate([[1], [2.5]]).numpy()
    array([1. , 2.5])
    """
    values = promoted(*(arys if isinstance(arys, (list, tuple)) else [arys]))
    if axis is None:
        values, axis = [ravel(v) for v in values], 0
    return join.concat(values, axis)


@export("experimental.numpy.stack")
def stack(arrays: Any, axis: int = 0) -> Tensor:
    """The arrays, promoted to one dtype, along a new axis.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.stack([1, 2.5]).numpy()
    array([1. , 2.5])
    """
    if isinstance(arrays, (Tensor, np.ndarray)):
        tensor = asarray(arrays)
        return tensor if axis == 0 else moveaxis(tensor, 0, axis)
    return join.stack(_promote(arrays), axis)


def _promote(values: Any) -> list[Tensor]:
    return promoted(*_listed(values))


@export("experimental.numpy.hstack")
def hstack(tup: Any) -> Tensor:
    """The arrays side by side: along the second axis, vectors along the first."""
    values = [atleast_1d(v) for v in _promote(tup)]
    return join.concat(values, 0 if values[0].ndim == 1 else 1)


@export("experimental.numpy.vstack")
def vstack(tup: Any) -> Tensor:
    """The arrays one above the other, vectors as rows.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.vstack([[1, 2], [3, 4]]).shape
    TensorShape([2, 2])
    """
    return join.concat([atleast_2d(v) for v in _promote(tup)], 0)


@export("experimental.numpy.dstack")
def dstack(tup: Any) -> Tensor:
    """The arrays behind each other along the third axis."""
    return join.concat([atleast_3d(v) for v in _promote(tup)], 2)


@export("experimental.numpy.append")
def append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    """`values` at the end of `arr` along `axis`, or of the flat arrays.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.append([1, 2], 3).numpy()
    array([1, 2, 3])
    """
    if axis is None:  # flat arrays have dtypes of their own, numbers adapt
        return join.concat(arrays([ravel(arr), ravel(values)]), 0)
    return concatenate([arr, values], axis)


@export("experimental.numpy.split")
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Cuts an array along `axis`, into equal sections or before the given indices.

    >>> import tfjax as tf
    >>> [p.numpy().tolist() for p in tf.experimental.numpy.split([1, 2, 3], [1])]
    [[1], [2, 3]]
    """
    ary, where = asarray(ary), known(indices_or_sections)
    if isinstance(where, int):
        return list(join.split(ary, where, axis))
    bounds = [0, *where, ary.shape[axis]]
    return list(join.split(ary, np.diff(bounds).tolist(), axis))


@export("experimental.numpy.hsplit")
def hsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cuts side by side: along the second axis, a vector along the first."""
    ary = asarray(ary)
    return split(ary, indices_or_sections, 0 if ary.ndim <= 1 else 1)


@export("experimental.numpy.vsplit")
def vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cuts along the first axis."""
    return split(ary, indices_or_sections, 0)


@export("experimental.numpy.dsplit")
def dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cuts along the third axis."""
    return split(ary, indices_or_sections, 2)


@export("experimental.numpy.tile")
def tile(a: Any, reps: Any) -> Tensor:
    """The array repeated `reps` times along each axis.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.tile([1, 2], 2).numpy()
    array([1, 2, 1, 2])
    """
    a, counts = asarray(a), [int(n) for n in np.atleast_1d(known(reps))]
    counts = [1] * (a.ndim - len(counts)) + counts
    a = shaping.reshape(a, [1] * (len(counts) - a.ndim) + a.shape.as_list())
    return shaping.tile(a, counts)


@export("experimental.numpy.repeat")
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each element repeated along `axis`, or in the flat array.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.repeat([1, 2], 2).numpy()
    array([1, 1, 2, 2])
    """
    return shaping.repeat(asarray(a), repeats, axis)


@export("experimental.numpy.roll")
def roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    """The elements moved by `shift` places along `axis`, the last ones to the front.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.roll([1, 2, 3], 1).numpy()
    array([3, 1, 2])
    """
    a = asarray(a)
    if axis is not None:
        return shaping.roll(a, shift, axis)
    return shaping.reshape(shaping.roll(ravel(a), shift, 0), a.shape)


@export("experimental.numpy.flip")
def flip(m: Any, axis: Any = None) -> Tensor:
    """The elements in reverse order along `axis`, or along all axes.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.flip([1, 2, 3]).numpy()
    array([3, 2, 1])
    """
    m = asarray(m)
    if axis is None:
        return shaping.reverse(m, list(range(m.ndim)))
    axis = known(axis)
    return shaping.reverse(m, [axis] if isinstance(axis, int) else list(axis))


@export("experimental.numpy.flipud")
def flipud(m: Any) -> Tensor:
    """The rows in reverse order."""
    m = asarray(m)
    return m if not m.ndim else flip(m, 0)


@export("experimental.numpy.fliplr")
def fliplr(m: Any) -> Tensor:
    """The columns in reverse order."""
    m = asarray(m)
    return m if not m.ndim else flip(m, 1)


@export("experimental.numpy.rot90")
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """Turns the plane of two axes by `k` times 90 degrees, from the first towards the second.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.rot90([[1, 2], [3, 4]]).numpy()
    array([[2, 4],
           [1, 3]])
    """
    m = asarray(m)
    first, second = axes
    turns = k % 4
    if turns == 0:
        return m
    if turns == 2:
        return flip(flip(m, first), second)
    if turns == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second)


@export("experimental.numpy.pad")
def pad(array: Any, pad_width: Any, mode: str, **kwargs: Any) -> Tensor:
    """Widens an array at its edges.

    Args:
      array: an array.
      pad_width: a pair (before, after) for each axis.
      mode: "constant", "reflect" or "symmetric".
      **kwargs: `constant_values`, the number put in, 0 by default.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.pad([1, 2], [(1, 0)], "constant").numpy()
    array([0, 1, 2])
    """
    fill = kwargs.get("constant_values", 0)
    if mode not in ("constant", "reflect", "symmetric"):
        raise ValueError(f"Unsupported padding mode: {mode}")
    return shaping.pad(asarray(array), known(pad_width), mode.upper(), known(fill))


def _kept_triangle(m: Any, k: int, lower: bool) -> Tensor:
    m = asarray(m)
    if m.ndim < 2:
        raise ValueError("Argument to tril/triu must have rank at least 2")
    rows, columns = m.shape.as_list()[-2:]
    mask = np.tri(rows, columns, k if lower else k - 1, bool)
    mask = mask if lower else ~mask
    return masking.where(
        asarray(np.broadcast_to(mask, m.shape.as_list())), m, creation.zeros_like(m)
    )


@export("experimental.numpy.tril")
def tril(m: Any, k: int = 0) -> Tensor:
    """The elements on and below the k-th diagonal, zeros above.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.tril([[1, 2], [3, 4]]).numpy()
    array([[1, 0],
           [3, 4]])
    """
    return _kept_triangle(m, k, True)


@export("experimental.numpy.triu")
def triu(m: Any, k: int = 0) -> Tensor:
    """The elements on and above the k-th diagonal, zeros below."""
    return _kept_triangle(m, k, False)
