"""New arrays, and NumPy's names for dtypes and constants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfjax._src.compat.numpy import promotion
from tfjax._src.compat.numpy.promotion import as_dtype, asarray, known
from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.export import export
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array import creation, masking, shaping
from tfjax._src.ops.linalg import diagonals
from tfjax._src.ops.math import arithmetic

EXPORTS = {
    "experimental.numpy.ndarray": "ndarray",
    "experimental.numpy.newaxis": "newaxis",
    "experimental.numpy.e": "e",
    "experimental.numpy.pi": "pi",
    "experimental.numpy.inf": "inf",
    "experimental.numpy.bool_": "bool_",
    "experimental.numpy.int8": "int8",
    "experimental.numpy.int16": "int16",
    "experimental.numpy.int32": "int32",
    "experimental.numpy.int64": "int64",
    "experimental.numpy.int_": "int64",
    "experimental.numpy.uint8": "uint8",
    "experimental.numpy.uint16": "uint16",
    "experimental.numpy.uint32": "uint32",
    "experimental.numpy.uint64": "uint64",
    "experimental.numpy.float16": "float16",
    "experimental.numpy.float32": "float32",
    "experimental.numpy.float64": "float64",
    "experimental.numpy.float_": "float64",
    "experimental.numpy.complex64": "complex64",
    "experimental.numpy.complex128": "complex128",
    "experimental.numpy.complex_": "complex128",
    "experimental.numpy.inexact": "inexact",
    "experimental.numpy.object_": "object_",
    "experimental.numpy.string_": "string_",
    "experimental.numpy.unicode_": "unicode_",
    "experimental.numpy.iinfo": "iinfo",
    "experimental.numpy.issubdtype": "issubdtype",
}

ndarray = Tensor
newaxis = None
e, pi, inf = math.e, math.pi, math.inf
bool_ = np.bool_
int8, int16, int32, int64 = np.int8, np.int16, np.int32, np.int64
uint8, uint16, uint32, uint64 = np.uint8, np.uint16, np.uint32, np.uint64
float16, float32, float64 = np.float16, np.float32, np.float64
complex64, complex128 = np.complex64, np.complex128
inexact, object_, string_, unicode_ = np.inexact, np.object_, np.bytes_, np.str_
iinfo = np.iinfo
issubdtype = np.issubdtype


@export("experimental.numpy.finfo")
def finfo(dtype: Any) -> Any:
    """The limits of a floating point dtype, as NumPy's object.

    >>> import tfjax as tf
    >>> float(tf.experimental.numpy.finfo(tf.float32).eps)
    1.1920928955078125e-07
    """
    return np.finfo(dtype.np if isinstance(dtype, DType) else np.dtype(dtype))


@export("experimental.numpy.array")
def array(val: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> Tensor:
    """An array of the values.

    Args:
      val: a number, nested list, array or Tensor.
      dtype: the dtype; by default NumPy's: int64, float64 or complex128 for Python numbers.
      copy: no effect: Tensors do not change.
      ndmin: the least number of dimensions; missing ones are put in front.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.array([1, 2]).dtype
    tf.int64
    """
    result = asarray(val, dtype)
    missing = ndmin - result.ndim
    return (
        shaping.reshape(result, [1] * missing + result.shape.as_list()) if missing > 0 else result
    )


@export("experimental.numpy.asarray")
def asarray_(a: Any, dtype: Any = None) -> Tensor:
    """`a` as an array, without a copy if it is one.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.asarray(1.5).dtype
    tf.float64
    """
    return asarray(a, dtype)


@export("experimental.numpy.asanyarray")
def asanyarray(a: Any, dtype: Any = None) -> Tensor:
    """The same as `asarray`."""
    return asarray(a, dtype)


@export("experimental.numpy.ascontiguousarray")
def ascontiguousarray(a: Any, dtype: Any = None) -> Tensor:
    """`a` as an array of at least one dimension.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.ascontiguousarray(1).shape
    TensorShape([1])
    """
    return array(a, dtype, ndmin=1)


@export("experimental.numpy.copy")
def copy(a: Any) -> Tensor:
    """A copy of the array."""
    return shaping.identity(asarray(a))


@export("experimental.numpy.zeros")
def zeros(shape: Any, dtype: Any = float) -> Tensor:
    """An array of zeros.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.zeros(2).numpy()
    array([0., 0.])
    """
    return creation.zeros(_shape(shape), _default(dtype))


@export("experimental.numpy.ones")
def ones(shape: Any, dtype: Any = float) -> Tensor:
    """An array of ones.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.ones((2,), int).numpy()
    array([1, 1])
    """
    return creation.ones(_shape(shape), _default(dtype))


@export("experimental.numpy.empty")
def empty(shape: Any, dtype: Any = float) -> Tensor:
    """An array without set values: zeros."""
    return zeros(shape, dtype)


def _default(dtype: Any) -> DType:
    found = as_dtype(dtype)
    return dtypes.float64 if found is None else found


def _shape(shape: Any) -> Any:
    if isinstance(shape, (int, np.integer)) and not isinstance(shape, bool):
        return [int(shape)]
    tensor = asarray(shape) if not hasattr(shape, "as_list") else None
    if tensor is not None and not tensor.shape.as_list():
        return (
            shaping.reshape(shaping.cast(tensor, dtypes.int32), [1])
            if tensor.dtype.is_integer
            else shape
        )
    return shape


@export("experimental.numpy.zeros_like")
def zeros_like(a: Any, dtype: Any = None) -> Tensor:
    """Zeros in the shape, and by default the dtype, of `a`."""
    a = asarray(a)
    return creation.zeros_like(a, as_dtype(dtype) or a.dtype)


@export("experimental.numpy.ones_like")
def ones_like(a: Any, dtype: Any = None) -> Tensor:
    """Ones in the shape, and by default the dtype, of `a`."""
    a = asarray(a)
    return creation.ones_like(a, as_dtype(dtype) or a.dtype)


@export("experimental.numpy.empty_like")
def empty_like(a: Any, dtype: Any = None) -> Tensor:
    """An array without set values in the shape of `a`: zeros."""
    return zeros_like(a, dtype)


@export("experimental.numpy.full")
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """An array filled with one value, which may broadcast.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.full(2, 7).numpy()
    array([7, 7])
    """
    return shaping.broadcast_to(asarray(fill_value, dtype), _shape(shape))


@export("experimental.numpy.full_like")
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
) -> Tensor:
    """An array filled with one value in the shape and dtype of `a`.

    `order` must be "K", `subok` True and `shape` None, as in TensorFlow.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.full_like([1, 2], 7.5).numpy()
    array([7, 7])
    """
    if order != "K":
        raise ValueError("Non-standard orders are not supported.")
    if not subok:
        raise ValueError("subok being False is not supported.")
    if shape:
        raise ValueError("Overriding the shape is not supported.")
    a = asarray(a)
    return shaping.broadcast_to(asarray(fill_value, as_dtype(dtype) or a.dtype), a.shape)


@export("experimental.numpy.eye")
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Tensor:
    """Ones on the k-th diagonal, zeros elsewhere.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.eye(2, k=1).numpy()
    array([[0., 1.],
           [0., 0.]])
    """
    rows, columns = int(N), int(N if M is None else M)
    return asarray(np.eye(rows, columns, k, np.float64), _default(dtype))


@export("experimental.numpy.identity")
def identity(n: int, dtype: Any = float) -> Tensor:
    """The identity matrix of `n` rows."""
    return eye(n, n, dtype=dtype)


@export("experimental.numpy.tri")
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones on and below the k-th diagonal, zeros above.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.tri(2).numpy()
    array([[1., 0.],
           [1., 1.]])
    """
    return asarray(np.tri(N, M, k, np.float64), _default(dtype))


@export("experimental.numpy.arange")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Tensor:
    """Numbers from `start` up to, without, `stop`; from 0 up to `start` if `stop` is None.

    Args:
      start: the first number.
      stop: the end.
      step: the distance; must not be 0.
      dtype: by default the one that the arguments share.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.arange(3).numpy()
    array([0, 1, 2])
    """
    if not step:
        raise ValueError(f"`step` must be non-zero. Received: {step}")
    wanted = as_dtype(dtype) or promotion.shared_dtype(
        *(v for v in (start, stop, step) if v is not None)
    )
    if stop is None:
        start, stop = 0, start
    if (step > 0 and start > stop) or (step < 0 and start < stop):
        return creation.zeros([0], wanted)
    # TensorFlow counts in int64 or float64 where the dtype itself cannot be counted in.
    narrow = wanted in (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)
    counted = wanted if narrow else dtypes.float64
    parts = [shaping.cast(asarray(v), counted) for v in (start, stop, step)]
    return shaping.cast(creation.range_(*parts), wanted)


@export("experimental.numpy.linspace")
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = float,
    axis: int = 0,
) -> Any:
    """`num` evenly spaced numbers from `start` to `stop`.

    Args:
      start: the first number, or an array of them.
      stop: the last number.
      num: how many.
      endpoint: False leaves `stop` out.
      retstep: returns the distance as well.
      dtype: the dtype of the result; by default that of the arguments as floats.
      axis: where the new axis goes if the arguments are arrays.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.linspace(0, 1, 3).numpy()
    array([0. , 0.5, 1. ])
    """
    wanted = as_dtype(dtype) if dtype not in (None, float) else None
    found = promotion.shared_dtype(start, stop, 0.0)
    start, stop = asarray(start, found), asarray(stop, found)
    num = int(num)
    if num < 0:
        raise ValueError(f"Number of samples {num} must be non-negative.")
    parts = num - 1 if endpoint else num
    count = shaping.cast(asarray(float(parts) if parts else math.nan), start.dtype)
    step = arithmetic.realdiv(arithmetic.subtract(stop, start), count)
    end = stop if endpoint else arithmetic.subtract(stop, step)
    if num < 2:
        shape = start.shape.as_list()
        shape.insert(axis if axis >= 0 else axis + start.ndim + 1, num)
        result = shaping.broadcast_to(shaping.expand_dims(start, axis), shape)
    else:
        result = _spaced(start, end, step, num, axis)
    if wanted is not None:
        result = shaping.cast(result, wanted)
    return (result, step) if retstep else result


def _spaced(start: Tensor, end: Tensor, step: Tensor, num: int, axis: int) -> Tensor:
    if not start.dtype.is_complex:
        return creation.linspace(start, end, num, axis=axis)
    sizes = [-1] + [1] * start.ndim if axis == 0 else [1] * start.ndim + [-1]
    counts = shaping.reshape(shaping.cast(creation.range_(num), start.dtype), sizes)
    first, step = (shaping.expand_dims(t, axis) for t in (start, step))
    return arithmetic.add(first, arithmetic.multiply(step, counts))


@export("experimental.numpy.logspace")
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """`num` numbers from base**start to base**stop, evenly spaced on a logarithmic scale.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.logspace(0, 2, 3).numpy()
    array([  1.,  10., 100.])
    """
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    result = arithmetic.power(shaping.cast(asarray(base), exponents.dtype), exponents)
    return result if dtype is None else shaping.cast(result, as_dtype(dtype))


@export("experimental.numpy.geomspace")
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Tensor:
    """`num` numbers from `start` to `stop`, each the same multiple of the one before.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.geomspace(1, 8, 4).numpy().round(6)
    array([1., 2., 4., 8.])
    """
    from tfjax._src.compat.numpy import binary, elementwise

    wanted = as_dtype(dtype) or promotion.shared_dtype(
        start, stop, float(num), promotion.default_float()
    )
    start, stop = asarray(start, wanted), asarray(stop, wanted)
    sign = binary.multiply(elementwise.sign(start), shaping.cast(asarray(1.0), wanted))
    low, high = (elementwise.log(binary.multiply(t, sign)) for t in (start, stop))
    result = linspace(low, high, num, endpoint, axis=axis)
    return shaping.cast(binary.multiply(elementwise.exp(result), sign), wanted)


@export("experimental.numpy.meshgrid")
def meshgrid(*xi: Any, **kwargs: Any) -> list[Tensor]:
    """Coordinate arrays of a grid.

    Args:
      *xi: the coordinates along each axis.
      **kwargs: `indexing`, "xy" (default) or "ij"; `sparse` must be False and `copy` True.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.meshgrid([1, 2], [3])[0].numpy()
    array([[1, 2]])
    """
    if kwargs.pop("sparse", False):
        raise ValueError("tf.numpy doesnt support returning sparse outputs")
    if not kwargs.pop("copy", True):
        raise ValueError("tf.numpy only supports copy=True")
    order = kwargs.pop("indexing", "xy")
    if order not in ("xy", "ij"):
        raise ValueError(f"`indexing` must be 'xy' or 'ij'. Received: {order}")
    if kwargs:
        raise TypeError(f"meshgrid() got an unexpected keyword argument {next(iter(kwargs))!r}")
    vectors = [shaping.reshape(asarray(x), [-1]) for x in xi]
    # TensorFlow multiplies each by ones of the first one's dtype.
    vectors = [shaping.cast(v, promotion.shared_dtype(v, vectors[0])) for v in vectors]
    sizes = [v.shape[0] for v in vectors]
    places = list(range(len(vectors)))
    if order == "xy" and len(vectors) > 1:
        places[:2] = [1, 0]
    grid = [sizes[place] for place in places]
    return [
        shaping.broadcast_to(
            shaping.reshape(v, [-1 if i == p else 1 for i in range(len(grid))]), grid
        )
        for v, p in zip(vectors, places, strict=True)
    ]


@export("experimental.numpy.diag")
def diag(v: Any, k: int = 0) -> Tensor:
    """A matrix with the vector `v` on its k-th diagonal, or the k-th diagonal of a matrix.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]])
    """
    v = asarray(v)
    if v.ndim == 1:
        return diagonals.diag(v, k=k)
    return _diagonal(v, k)


def _diagonal(a: Tensor, offset: int) -> Tensor:
    rows, columns = a.shape.as_list()[-2:] if a.ndim >= 2 else (1, 1)
    if a.ndim >= 2 and not -rows < offset < columns:
        return creation.zeros([*a.shape.as_list()[:-2], 0], a.dtype)
    return diagonals.diag_part(a, k=offset)


@export("experimental.numpy.diagflat")
def diagflat(v: Any, k: int = 0) -> Tensor:
    """A matrix with all elements of `v` on its k-th diagonal."""
    return diag(shaping.reshape(asarray(v), [-1]), k)


@export("experimental.numpy.diagonal")
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonal of the matrices along two axes, as the last axis.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.diagonal([[1, 2], [3, 4]]).numpy()
    array([1, 4])
    """
    from tfjax._src.compat.numpy.shaping import moveaxis

    a = asarray(a)
    if a.ndim >= 2:
        a = moveaxis(a, (axis1, axis2), (-2, -1))
    return _diagonal(a, known(offset))


@export("experimental.numpy.diag_indices")
def diag_indices(n: int, ndim: int = 2) -> tuple[Tensor, ...]:
    """The indices of the main diagonal of an array of `ndim` axes of size `n`.

    >>> import tfjax as tf
    >>> [i.numpy().tolist() for i in tf.experimental.numpy.diag_indices(2)]
    [[0, 1], [0, 1]]
    """
    return (creation.range_(n),) * ndim


@export("experimental.numpy.vander")
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of the numbers in `x`, one row each.

    Args:
      x: a vector.
      N: how many powers; by default as many as numbers.
      increasing: whether they grow from left to right.

    >>> import tfjax as tf
    >>> tf.experimental.numpy.vander([2, 3], 3).numpy()
    array([[4, 2, 1],
           [9, 3, 1]])
    """
    x = asarray(x)
    if x.ndim != 1:
        raise ValueError(f"`x` must be a vector. Received shape: {x.shape}")
    count = x.shape[0] if N is None else int(known(N))
    if count < 0:
        raise ValueError("N must be nonnegative")
    powers = np.arange(count) if increasing else np.arange(count)[::-1]
    return arithmetic.power(
        shaping.expand_dims(x, -1), shaping.cast(asarray(powers.copy()), x.dtype)
    )


@export("experimental.numpy.ix_")
def ix_(*args: Any) -> list[Tensor]:
    """Index arrays that together select the cross product of the given indices.

    >>> import tfjax as tf
    >>> [i.shape.as_list() for i in tf.experimental.numpy.ix_([0, 1], [2])]
    [[2, 1], [1, 1]]
    """
    found = []
    for i, value in enumerate(args):
        value = asarray(value)
        if not (value.dtype.is_integer or value.dtype == dtypes.bool):
            raise ValueError(
                f"Only integer and bool dtypes are supported. Received: {value.dtype.name}"
            )
        if value.ndim != 1:
            raise ValueError(f"Arguments must be 1-d. Received: shape {value.shape}")
        if value.dtype == dtypes.bool:
            value = shaping.reshape(masking.where(value), [-1])
        found.append(shaping.reshape(value, [-1 if i == j else 1 for j in range(len(args))]))
    return found
