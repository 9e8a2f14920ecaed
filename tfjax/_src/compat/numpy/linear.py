"""Products of vectors and matrices, polynomials."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.numpy import shaping as shapes
from tfjax._src.compat.numpy.creation import diagonal
from tfjax._src.compat.numpy.promotion import asarray, known, promoted
from tfjax._src.compat.numpy.reductions import sum as total
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, join, shaping
from tfjax._src.ops.math import arithmetic, clipping, elementwise, linear, reductions


def _product(x1: Tensor, x2: Tensor) -> Tensor:
    from tfjax._src.compat.numpy.binary import multiply

    return multiply(x1, x2)


@export("experimental.numpy.matmul")
def matmul(x1: Any, x2: Any) -> Tensor:
    """The product of matrices, or of a matrix and a vector.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.matmul([[1, 2]], [[3], [4]]).numpy()
    array([[11]])
    """
    x1, x2 = promoted(x1, x2)
    if not x1.ndim or not x2.ndim:
        raise ValueError("matmul needs arrays of at least one dimension.")
    if x1.ndim == x2.ndim == 1:
        return linear.tensordot(x1, x2, 1)
    if x2.ndim == 1:
        return shaping.squeeze(linear.matmul(x1, shaping.expand_dims(x2, -1)), -1)
    if x1.ndim == 1:
        return shaping.squeeze(linear.matmul(shaping.expand_dims(x1, 0), x2), -2)
    return linear.matmul(x1, x2)


@export("experimental.numpy.dot")
def dot(a: Any, b: Any) -> Tensor:
    """Sums of products over the last axis of `a` and the second to last of `b`.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.dot([1, 2], [3, 4]))
    11
    """
    a, b = promoted(a, b)
    if not a.ndim or not b.ndim:
        return _product(a, b)
    return linear.tensordot(a, b, [[a.ndim - 1], [max(b.ndim - 2, 0)]])


@export("experimental.numpy.inner")
def inner(a: Any, b: Any) -> Tensor:
    """Sums of products over the last axes.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.inner([1, 2], [3, 4]))
    11
    """
    a, b = promoted(a, b)
    if not a.ndim or not b.ndim:
        return _product(a, b)
    return linear.tensordot(a, b, [[a.ndim - 1], [b.ndim - 1]])


@export("experimental.numpy.outer")
def outer(a: Any, b: Any) -> Tensor:
    """All products of an element of `a` and one of `b`.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.outer([1, 2], [3, 4]).numpy()
    array([[3, 4],
           [6, 8]])
    """
    a, b = promoted(a, b)
    return _product(shaping.reshape(a, [-1, 1]), shaping.reshape(b, [1, -1]))


@export("experimental.numpy.vdot")
def vdot(a: Any, b: Any) -> Tensor:
    """The sum of products of all elements, those of `a` conjugated.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.vdot([1, 2], [3, 4]))
    11
    """
    a, b = (shaping.reshape(t, [-1]) for t in promoted(a, b))
    return linear.tensordot(elementwise.conj(a) if a.dtype.is_complex else a, b, 1)


@export("experimental.numpy.tensordot")
def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    """Sums of products over the given axes of both arrays.

    Args:
      a: an array.
      b: an array.
      axes: how many axes, the last of `a` and the first of `b`; or two lists of axes.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.tensordot([1, 2], [3, 4], 1))
    11
    """
    a, b = promoted(a, b)
    return linear.tensordot(a, b, known(axes))


@export("experimental.numpy.einsum")
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Tensor:
    """Sums of products as `subscripts` names them.

    Args:
      subscripts: such as "ij,jk->ik".
      *operands: the arrays.
      **kwargs: `casting` must be "safe"; `optimize` is a hint without effect.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.einsum("i,i->", [1, 2], [3, 4]))
    11
    """
    if kwargs.pop("casting", "safe") != "safe":
        raise ValueError("Invalid value for argument `casting`. Expected casting='safe'.")
    optimize = kwargs.pop("optimize", False)
    if kwargs:
        raise ValueError(f"Unsupported arguments: {sorted(kwargs)}.")
    return clipping.einsum(subscripts, *promoted(*operands), optimize=optimize or "greedy")


@export("experimental.numpy.kron")
def kron(a: Any, b: Any) -> Tensor:
    """The Kronecker product: every element of `a` times the whole of `b`.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.kron([1, 2], [1, 1]).numpy()
    array([1, 1, 2, 2])
    """
    a, b = promoted(a, b)
    rank = max(a.ndim, b.ndim)
    rows, columns = ([1] * (rank - t.ndim) + t.shape.as_list() for t in (a, b))
    left = shaping.reshape(a, [n for size in rows for n in (size, 1)])
    right = shaping.reshape(b, [n for size in columns for n in (1, size)])
    return shaping.reshape(
        _product(left, right), [m * n for m, n in zip(rows, columns, strict=True)]
    )


@export("experimental.numpy.trace")
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Tensor:
    """The sum of the diagonal along two axes.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.trace([[1, 2], [3, 4]]))
    5
    """
    a = asarray(a, dtype)
    if offset == 0 and a.ndim == 2:  # TensorFlow's own trace: no wider dtype
        return reductions.reduce_sum(diagonal(a, offset, axis1, axis2), -1)
    return total(diagonal(a, offset, axis1, axis2), -1, dtype)


@export("experimental.numpy.cross")
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """The cross product of vectors with two or three components.

    Args:
      a: an array of vectors.
      b: an array of vectors.
      axisa: the axis of the components in `a`.
      axisb: the axis of the components in `b`.
      axisc: the axis of the components in the result.
      axis: all three axes at once.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.cross([1, 0, 0], [0, 1, 0]).numpy()
    array([0, 0, 1])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = promoted(a, b)
    a, b = shapes.moveaxis(a, axisa, -1), shapes.moveaxis(b, axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError("Incompatible dimensions for cross product: they must be 2 or 3.")
    left, right = (join.unstack(t, axis=-1) for t in (a, b))

    def minor(i: int, j: int) -> Any:
        terms = []
        for m, n in ((i, j), (j, i)):
            has = m < len(left) and n < len(right)
            terms.append(arithmetic.multiply(left[m], right[n]) if has else None)
        if terms[1] is None:
            return terms[0]
        return elementwise.negative(terms[1]) if terms[0] is None else arithmetic.subtract(*terms)

    if len(left) == len(right) == 2:
        return minor(0, 1)
    parts = shapes.broadcast_arrays(minor(1, 2), minor(2, 0), minor(0, 1))
    return shapes.moveaxis(join.stack(parts, -1), -1, axisc)


@export("experimental.numpy.polyval")
def polyval(p: Any, x: Any) -> Tensor:
    """The value of a polynomial at `x`.

    Args:
      p: the coefficients, that of the highest power first.
      x: where to evaluate it.

    >>> import tfjax as tf
    >>> int(tf.experimental.numpy.polyval([1, 2, 3], 2))
    11
    """
    p, x = promoted(p, x)
    p = shapes.atleast_1d(p)
    result = creation.zeros_like(x)
    for coefficient in join.unstack(p):
        result = arithmetic.add(
            arithmetic.multiply(result, x) if x.dtype != dtypes.bool else result, coefficient
        )
    return result
