"""Ops whose v1 signature differs: axes and dimensions under their old names, casts by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.compat.v1.arguments import either
from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import convert_to_tensor as to_v2_tensor
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.function import callbacks, flow_api
from tfjax._src.ops.array import creation, indexing, masking, shaping
from tfjax._src.ops.math import arithmetic, clipping, division, reductions


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    """The v1 form of a reduction."""

    def reduce(
        input_tensor: Any, axis: Any = None, keepdims: Any = None, name: Any = None,
        reduction_indices: Any = None, keep_dims: Any = None,
    ) -> Any:
        axis = either("axis", axis, "reduction_indices", reduction_indices)
        keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
        return function(input_tensor, axis, bool(keepdims), name)

    reduce.__name__ = reduce.__qualname__ = function.__name__
    reduce.__doc__ = (
        f"`tf.{function.__name__}`, which also takes `axis` as `reduction_indices` and `keepdims` "
        "as `keep_dims`."
    )
    return reduce


reduce_sum = _reduction(reductions.reduce_sum)
reduce_mean = _reduction(reductions.reduce_mean)
reduce_prod = _reduction(reductions.reduce_prod)
reduce_max = _reduction(reductions.reduce_max)
reduce_min = _reduction(reductions.reduce_min)
reduce_any = _reduction(reductions.reduce_any)
reduce_all = _reduction(reductions.reduce_all)
reduce_logsumexp = _reduction(reductions.reduce_logsumexp)

EXPORTS = {
    "compat.v1.reduce_sum": "reduce_sum",
    "compat.v1.math.reduce_sum": "reduce_sum",
    "compat.v1.reduce_mean": "reduce_mean",
    "compat.v1.math.reduce_mean": "reduce_mean",
    "compat.v1.reduce_prod": "reduce_prod",
    "compat.v1.math.reduce_prod": "reduce_prod",
    "compat.v1.reduce_max": "reduce_max",
    "compat.v1.math.reduce_max": "reduce_max",
    "compat.v1.reduce_min": "reduce_min",
    "compat.v1.math.reduce_min": "reduce_min",
    "compat.v1.reduce_any": "reduce_any",
    "compat.v1.math.reduce_any": "reduce_any",
    "compat.v1.reduce_all": "reduce_all",
    "compat.v1.math.reduce_all": "reduce_all",
    "compat.v1.reduce_logsumexp": "reduce_logsumexp",
    "compat.v1.math.reduce_logsumexp": "reduce_logsumexp",
}


@export("compat.v1.count_nonzero", "compat.v1.math.count_nonzero")
def count_nonzero(
    input_tensor: Any = None, axis: Any = None, keepdims: Any = None, dtype: Any = dtypes.int64,
    name: Any = None, reduction_indices: Any = None, keep_dims: Any = None, input: Any = None,  # noqa: A002
) -> Any:
    """`tf.math.count_nonzero` with the old argument names beside the new ones.

    >>> import tfjax.compat.v1 as tf
    >>> tf.count_nonzero([[1, 0]], reduction_indices=1).numpy()
    array([1])
    """
    input_tensor = either("input", input, "input_tensor", input_tensor)
    axis = either("axis", axis, "reduction_indices", reduction_indices)
    keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
    return reductions.count_nonzero(input_tensor, axis, bool(keepdims), dtype)


@export("compat.v1.argmax", "compat.v1.math.argmax")
def argmax(
    input: Any, axis: Any = None, name: Any = None, dimension: Any = None, output_type: Any = dtypes.int64  # noqa: A002
) -> Any:
    """`tf.argmax`; `dimension` is the old name of `axis`, which is 0 by default.

    >>> import tfjax.compat.v1 as tf
    >>> tf.argmax([1, 5, 2], dimension=0).numpy()
    np.int64(1)
    """
    axis = either("axis", axis, "dimension", dimension)
    return reductions.argmax(input, 0 if axis is None else axis, output_type)


@export("compat.v1.argmin", "compat.v1.math.argmin")
def argmin(
    input: Any, axis: Any = None, name: Any = None, dimension: Any = None, output_type: Any = dtypes.int64  # noqa: A002
) -> Any:
    """`tf.argmin`; `dimension` is the old name of `axis`, which is 0 by default."""
    axis = either("axis", axis, "dimension", dimension)
    return reductions.argmin(input, 0 if axis is None else axis, output_type)


@export("compat.v1.expand_dims")
def expand_dims(input: Any, axis: Any = None, name: Any = None, dim: Any = None) -> Any:  # noqa: A002
    """`tf.expand_dims`; `dim` is the old name of `axis`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.expand_dims([1, 2], dim=0).shape
    TensorShape([1, 2])
    """
    axis = either("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return shaping.expand_dims(input, axis)


@export("compat.v1.squeeze")
def squeeze(input: Any, axis: Any = None, name: Any = None, squeeze_dims: Any = None) -> Any:  # noqa: A002
    """`tf.squeeze`; `squeeze_dims` is the old name of `axis`."""
    return shaping.squeeze(input, either("axis", axis, "squeeze_dims", squeeze_dims))


@export("compat.v1.norm", "compat.v1.linalg.norm")
def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: Any = None, name: Any = None,  # noqa: A002
    keep_dims: Any = None,
) -> Any:
    """`tf.norm`; `keep_dims` is the old name of `keepdims`."""
    return clipping.norm(tensor, ord, axis, bool(either("keepdims", keepdims, "keep_dims", keep_dims)))


@export("compat.v1.transpose")
def transpose(a: Any, perm: Any = None, name: Any = "transpose", conjugate: bool = False) -> Any:
    """`tf.transpose` with the order of arguments of v1."""
    return shaping.transpose(a, perm, conjugate)


@export("compat.v1.shape")
def shape(input: Any, name: Any = None, out_type: Any = None) -> Any:  # noqa: A002
    """`tf.shape` with the order of arguments of v1."""
    return shaping.shape(input, dtypes.int32 if out_type is None else out_type)


@export("compat.v1.size")
def size(input: Any, name: Any = None, out_type: Any = None) -> Any:  # noqa: A002
    """`tf.size` with the order of arguments of v1."""
    return shaping.size(input, dtypes.int32 if out_type is None else out_type)


@export("compat.v1.gather")
def gather(
    params: Any, indices: Any, validate_indices: Any = None, name: Any = None, axis: Any = None, batch_dims: int = 0
) -> Any:
    """`tf.gather` with the order of arguments of v1; `validate_indices` has no effect."""
    return indexing.gather(params, indices, axis=axis, batch_dims=batch_dims)


@export("compat.v1.gather_nd", "compat.v1.manip.gather_nd")
def gather_nd(params: Any, indices: Any, name: Any = None, batch_dims: int = 0, bad_indices_policy: str = "") -> Any:
    """`tf.gather_nd` with the order of arguments of v1."""
    return indexing.gather_nd(params, indices, batch_dims, bad_indices_policy=bad_indices_policy)


@export("compat.v1.zeros_like")
def zeros_like(tensor: Any, dtype: Any = None, name: Any = None, optimize: bool = True) -> Any:
    """`tf.zeros_like`; `optimize` has no effect."""
    return creation.zeros_like(tensor, dtype)


@export("compat.v1.ones_like")
def ones_like(tensor: Any, dtype: Any = None, name: Any = None, optimize: bool = True) -> Any:
    """`tf.ones_like`; `optimize` has no effect."""
    return creation.ones_like(tensor, dtype)


@export("compat.v1.constant")
def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: Any = "Const", verify_shape: bool = False
) -> Any:
    """`tf.constant`; `verify_shape` asks for a value that has the shape without reshaping.

    Raises:
      TypeError: with `verify_shape`, the value has another shape.
    """
    if verify_shape and shape is not None:
        tensor = to_tensor(value, None if dtype is None else dtypes.as_dtype(dtype))
        if tuple(tensor.shape) != tuple(shape):
            raise TypeError(
                f"Expected Tensor {tensor.numpy()} (converted from {value}) with shape {tuple(shape)}, "
                f"but got shape {tuple(tensor.shape)}."
            )
    return creation.constant(value, dtype, shape, name)


@export("compat.v1.convert_to_tensor")
def convert_to_tensor(
    value: Any, dtype: Any = None, name: Any = None, preferred_dtype: Any = None, dtype_hint: Any = None
) -> Any:
    """`tf.convert_to_tensor`; `preferred_dtype` is the old name of `dtype_hint`."""
    return to_v2_tensor(value, dtype, either("dtype_hint", dtype_hint, "preferred_dtype", preferred_dtype), name)


@export("compat.v1.where")
def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """Elements of `x` or `y`, which have one shape; a vector `condition` picks whole rows.

    >>> import tfjax.compat.v1 as tf
    >>> tf.where([True, False], [[1, 2], [3, 4]], [[5, 6], [7, 8]]).numpy()
    array([[1, 2],
           [7, 8]], dtype=int32)
    """
    if x is None or y is None:
        if (x is None) != (y is None):
            raise ValueError("x and y must both be non-None or both be None.")
        return masking.where(condition)
    condition, x = to_tensor(condition), to_tensor(x)
    y = to_tensor(y, x.dtype)
    if condition.shape.rank == 1 and (x.shape.rank or 0) > 1:
        condition = shaping.reshape(condition, [-1] + [1] * (x.shape.rank - 1))
    elif not condition.shape.is_compatible_with(x.shape) and condition.shape.rank:
        raise InvalidArgumentError(
            None, None,
            "Inputs to operation Select of type Select must have the same size and shape.  "
            f"Input 0: {condition.shape.as_list()} != input 1: {x.shape.as_list()}",
        )
    return masking.where(condition, x, y)


@export("compat.v1.div")
def div(x: Any, y: Any, name: Any = None) -> Any:
    """Division as in Python 2: rounded down for integers.

    >>> import tfjax.compat.v1 as tf
    >>> tf.div(7, 2).numpy()
    np.int32(3)
    """
    x = to_tensor(x)
    y = to_tensor(y, x.dtype)
    return arithmetic.floordiv(x, y) if x.dtype.is_integer else division.truediv(x, y)


@export("compat.v1.to_float")
def to_float(x: Any, name: Any = "ToFloat") -> Any:
    """Casts to float32.

    >>> import tfjax.compat.v1 as tf
    >>> tf.to_float(3).numpy()
    np.float32(3.0)
    """
    return shaping.cast(x, dtypes.float32)


@export("compat.v1.to_double")
def to_double(x: Any, name: Any = "ToDouble") -> Any:
    """Casts to float64."""
    return shaping.cast(x, dtypes.float64)


@export("compat.v1.to_int32")
def to_int32(x: Any, name: Any = "ToInt32") -> Any:
    """Casts to int32."""
    return shaping.cast(x, dtypes.int32)


@export("compat.v1.to_int64")
def to_int64(x: Any, name: Any = "ToInt64") -> Any:
    """Casts to int64."""
    return shaping.cast(x, dtypes.int64)


@export("compat.v1.to_bfloat16")
def to_bfloat16(x: Any, name: Any = "ToBFloat16") -> Any:
    """Casts to bfloat16."""
    return shaping.cast(x, dtypes.bfloat16)


@export("compat.v1.cond")
def cond(
    pred: Any, true_fn: Any = None, false_fn: Any = None, strict: bool = False, name: Any = None,
    fn1: Any = None, fn2: Any = None,
) -> Any:
    """`tf.cond`; `fn1` and `fn2` are the old names of its branches; `strict` has no effect."""
    true_fn = either("true_fn", true_fn, "fn1", fn1)
    false_fn = either("false_fn", false_fn, "fn2", fn2)
    for label, branch in (("true_fn", true_fn), ("false_fn", false_fn)):
        if branch is None:
            raise TypeError(f"cond(): '{label}' argument required")
    return flow_api.cond(pred, true_fn, false_fn)


@export("compat.v1.py_func", "compat.v1.numpy_function")
def py_func(func: Any, inp: Any, Tout: Any, stateful: bool = True, name: Any = None) -> Any:  # noqa: N803
    """Runs `func` on NumPy arrays; the same as `tf.numpy_function`."""
    return callbacks.numpy_function(func, inp, Tout, stateful)


@export("compat.v1.placeholder_with_default")
def placeholder_with_default(input: Any, shape: Any, name: Any = None) -> Any:  # noqa: A002
    """`input` as a tensor, in whose place `feed_dict` may give another value in a graph.

    >>> import tfjax.compat.v1 as tf
    >>> tf.placeholder_with_default([1.0], [None]).numpy()
    array([1.], dtype=float32)
    """
    if (frame := frames.recording()) is not None:
        return frame.optional(to_tensor(input), shape, name)
    return shaping.identity(to_tensor(input))


@export("compat.v1.while_loop")
def while_loop(
    cond: Any, body: Any, loop_vars: Any, shape_invariants: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
    swap_memory: bool = False, name: Any = None, maximum_iterations: Any = None, return_same_structure: bool = False,
) -> Any:
    """`tf.while_loop`; a single loop variable comes back without its list unless `return_same_structure`."""
    result = flow_api.while_loop(
        cond, body, loop_vars, shape_invariants, parallel_iterations, back_prop, swap_memory, maximum_iterations
    )
    return result[0] if len(result) == 1 and not return_same_structure else result


@export("compat.v1.case")
def case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False, name: Any = "case"
) -> Any:
    """`tf.case`; `strict` has no effect."""
    return flow_api.case(pred_fn_pairs, default, exclusive)


@export("compat.v1.boolean_mask")
def boolean_mask(tensor: Any, mask: Any, name: Any = "boolean_mask", axis: Any = None) -> Any:
    """`tf.boolean_mask` with the order of arguments of v1."""
    return masking.boolean_mask(tensor, mask, axis)
