"""Gathering and scattering by index; sorting."""

from __future__ import annotations

import collections
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyTensor, Axis, DTypeArg, IntOther, Name, Real, Shape, Tensors
from tfjax._src.eager import frame as frames
from tfjax._src.eager import dispatch
from tfjax._src.eager.convert import short_name, to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.shaping import cast, reshape


def _check_range(indices: Any, limit: int) -> None:
    """Indices known on the host must lie in [0, limit)."""
    if isinstance(indices, np.ndarray) and indices.size:
        bad = np.flatnonzero((indices.reshape(-1) < 0) | (indices.reshape(-1) >= limit))
        if bad.size:
            place = ",".join(str(i) for i in np.unravel_index(bad[0], indices.shape))
            where = f"indices[{place}]" if indices.ndim else "indices"
            raise InvalidArgumentError(None, None, f"{where} = {indices.reshape(-1)[bad[0]]} is not in [0, {limit})")


def _check_gather(params: Any, indices: Any, axis: int, batch_dims: int, name: Any = None) -> None:
    _check_range(indices, params.shape[checks.axis(axis, params.ndim)])


TopKV2 = collections.namedtuple("TopKV2", ["values", "indices"])
Unique = collections.namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = collections.namedtuple("UniqueWithCounts", ["y", "idx", "count"])


@op("_internal.gather", raw="GatherV2", check=_check_gather, any_size=True)
def _gather(params: AnyTensor, indices: IntOther, axis: Axis, batch_dims: int, name: Name = None):
    xp = namespace(params, indices)
    axis = checks.axis(axis, params.ndim)
    _check_range(indices, params.shape[axis])
    if batch_dims:
        def one(p: Any, i: Any) -> Any:
            return xp.take(p, i, axis=axis - batch_dims)

        if xp is np:
            lead = params.shape[:batch_dims]
            flat_p, flat_i = params.reshape((-1, *params.shape[batch_dims:])), indices.reshape((-1, *indices.shape[batch_dims:]))
            result = np.stack([one(p, i) for p, i in zip(flat_p, flat_i)])
            return result.reshape((*lead, *result.shape[1:]))
        for _ in range(batch_dims):
            one = jax.vmap(one)
        return one(params, indices)
    return xp.take(params, indices, axis=axis) if xp is np else xp.take(params, indices, axis=axis, mode="clip")


def gather_rows(table: Any, indices: Any) -> Any:
    """Rows of a Variable. Where a training step asks for it, the squares of the rows' gradients are
    summed up beside the gradient itself (`frames.Frame.tables`).
    """
    entry = frames.table(table)
    if entry is None:
        return _gather_rows(table, indices)
    value, squares = entry
    return Tensor(_with_squares(value, squares, to_tensor(indices).jax()))


@jax.custom_vjp
def _with_squares(table: Any, squares: Any, indices: Any) -> Any:
    return jnp.take(table, indices, axis=0, mode="clip")


def _with_squares_forward(table: Any, squares: Any, indices: Any) -> Any:
    return _with_squares(table, squares, indices), (squares, indices)


def _with_squares_backward(residuals: Any, cotangent: Any) -> Any:
    squares, indices = residuals
    indices = jnp.clip(indices, 0, squares.shape[0] - 1)
    zero = jnp.zeros_like(squares)
    return zero.at[indices].add(cotangent), zero.at[indices].add(cotangent * cotangent), None


_with_squares.defvjp(_with_squares_forward, _with_squares_backward)


def _check_rows(params: Any, indices: Any, name: Any = None) -> None:
    _check_range(indices, params.shape[0])


@op("_internal.gather_rows", raw="GatherV2", rows=True, check=_check_rows, any_size=True)
def _gather_rows(params: AnyTensor, indices: IntOther, name: Name = None):
    _check_range(indices, params.shape[0])
    xp = namespace(params, indices)
    return xp.take(params, indices, axis=0) if xp is np else xp.take(params, indices, axis=0, mode="clip")


@export("gather")
@recorded
def gather(params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0, name: Any = None) -> Any:
    """Slices of `params` along `axis`, chosen by `indices`.

    Args:
      params: a tensor.
      indices: integers; out of range raises InvalidArgumentError where they are known.
      validate_indices: no effect.
      axis: `batch_dims` by default.
      batch_dims: leading axes that both share.

    >>> import tfjax as tf
    >>> tf.gather([10, 20, 30], [2, 0]).numpy()
    array([30, 10], dtype=int32)
    """
    axis = batch_dims if axis is None else axis
    if type(axis) is int and axis == 0 and not batch_dims:
        if hasattr(params, "_dense_var_to_tensor"):
            return gather_rows(params, indices)
        if isinstance(params, Tensor) and params.shape.rank:
            return _gather_rows(params, indices)
    return _gather(params, indices, axis, batch_dims)


def _check_points(indices: Any, sizes: Any, what: str) -> None:
    """Rows of `indices`, known on the host, must lie in an array of these sizes."""
    if isinstance(indices, np.ndarray) and indices.size:
        limits = np.array(sizes[: indices.shape[-1]])
        bad = np.argwhere(((indices < 0) | (indices >= limits)).any(-1))
        if bad.size:
            place = ",".join(str(i) for i in bad[0])
            point = ", ".join(str(i) for i in indices[tuple(bad[0])])
            where = f"indices[{place}]" if indices.ndim > 1 else "indices"
            raise InvalidArgumentError(None, None, f"{where} = [{point}] does not index into {what} {checks.brackets(tuple(sizes))}")


def _check_gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: Any = None, bad_indices_policy: str = "") -> None:
    if _checks_points(bad_indices_policy):
        _check_points(indices, params.shape[batch_dims:], "param shape")


def _check_scatter(tensor: Any, indices: Any, updates: Any, bad_indices_policy: str = "", name: Any = None) -> None:
    if _checks_points(bad_indices_policy):
        _check_points(indices, tensor.shape, "shape")


def _check_scatter_update(tensor: Any, indices: Any, updates: Any, name: Any = None) -> None:
    _check_points(indices, tensor.shape, "shape")


def _check_scatter_nd(indices: Any, updates: Any, shape: Any, bad_indices_policy: str = "", name: Any = None) -> None:
    if _checks_points(bad_indices_policy):
        _check_points(indices, shape, "shape")


def _checks_points(policy: str) -> bool:
    """Whether a `bad_indices_policy` is to raise for a point outside: "IGNORE" leaves it out."""
    if policy not in ("", "DEFAULT", "ERROR", "IGNORE"):
        raise InvalidArgumentError(None, None, f"Unknown bad indices handling attribute: {policy}")
    return policy != "IGNORE"


@op("gather_nd", raw="GatherNd", check=_check_gather_nd, any_size=True)
def gather_nd(params: AnyTensor, indices: IntOther, batch_dims: int = 0, name: Name = None, bad_indices_policy: str = ""):
    """Elements or slices of `params` at positions given by the last axis of `indices`.

    Where `bad_indices_policy` is "IGNORE", a position outside gives zeros; otherwise it raises.

    >>> import tfjax as tf
    >>> tf.gather_nd([[1, 2], [3, 4]], [[1, 0]]).numpy()
    array([3], dtype=int32)
    """
    def one(p: Any, i: Any) -> Any:
        return p[tuple(i[..., k] for k in range(i.shape[-1]))]

    if not _checks_points(bad_indices_policy):
        return _nested(_points_or_zeros, batch_dims)(jnp.asarray(params), jnp.asarray(indices))
    if batch_dims:
        if namespace(params, indices) is np:
            return np.asarray(jax.vmap(one)(params, indices)) if batch_dims == 1 else np.asarray(_nested(one, batch_dims)(params, indices))
        return _nested(one, batch_dims)(params, indices)
    _check_points(indices, params.shape, "param shape")
    return one(params, indices)


def _nested(function: Any, count: int) -> Any:
    for _ in range(count):
        function = jax.vmap(function)
    return function


def _points_or_zeros(params: Any, indices: Any) -> Any:
    return params.at[_at(_inside(indices, "IGNORE"))].get(mode="fill", fill_value=0)


def _at(indices: Any) -> Any:
    return tuple(indices[..., k] for k in range(indices.shape[-1]))


def _inside(indices: Any, policy: str) -> Any:
    """`indices`; where points outside are left out, negative ones are moved to where JAX drops them."""
    return indices if _checks_points(policy) else jnp.where(indices < 0, jnp.iinfo(indices.dtype).max, indices)


def _check_updates(indices: Any, updates: Any, shape: Any, fresh: bool = False) -> None:
    """One update, of the shape of what the index points to, per index; `fresh` for tf.scatter_nd."""
    outer, depth = indices.ndim - 1, indices.shape[-1]
    many, target, given = (checks.brackets(v) for v in (indices.shape, tuple(shape), updates.shape))
    if tuple(updates.shape[:outer]) != tuple(indices.shape[:-1]):
        message = (
            f"Dimensions [0,{outer}) of indices[shape={many}] must match dimensions [0,{outer}) of updates[shape={given}]"
            if fresh
            else f"Outer dimensions of indices and update must match. Indices shape: {many}, updates shape:{given}"
        )
        raise InvalidArgumentError(None, None, message)
    if tuple(updates.shape[outer:]) != tuple(shape[depth:]):
        inner = len(shape) - depth
        message = (
            f"Dimensions [{depth},{len(shape)}) of input[shape={target}] must match "
            f"dimensions [{outer},{updates.ndim}) of updates[shape={given}]"
            if fresh
            else f"The inner {inner} dimensions of output.shape={target} must match "
            f"the inner {updates.ndim - outer} dimensions of updates.shape={given}"
        )
        raise InvalidArgumentError(None, None, message)


def _scattered(array: np.ndarray, indices: np.ndarray, updates: np.ndarray, function: Any, policy: str = "") -> np.ndarray:
    """`array`, changed where the indices point: by an assignment, or by a ufunc, again and again at the same place."""
    if _checks_points(policy):
        _check_points(indices, array.shape, "shape")
    else:
        inside = np.all((indices >= 0) & (indices < array.shape[: indices.shape[-1]]), -1)
        indices, updates = indices[inside], updates[inside]
    if function is None:
        array[_at(indices)] = updates
    else:
        function.at(array, _at(indices), updates)
    return array


@op("scatter_nd", raw="ScatterNd", any_size=True, check=_check_scatter_nd)
def scatter_nd(indices: IntOther, updates: AnyTensor, shape: Shape, bad_indices_policy: str = "", name: Name = None):
    """Zeros of `shape` with `updates` added at `indices`.

    Where `bad_indices_policy` is "IGNORE", points outside are left out.

    >>> import tfjax as tf
    >>> tf.scatter_nd([[1]], [5], [3]).numpy()
    array([0, 5, 0], dtype=int32)
    """
    _check_updates(indices, updates, shape, fresh=True)
    if namespace(indices, updates) is np:
        return _scattered(np.zeros(shape, updates.dtype), indices, updates, np.add, bad_indices_policy)
    return jnp.zeros(shape, updates.dtype).at[_at(_inside(indices, bad_indices_policy))].add(updates)


@op("tensor_scatter_nd_update", raw="TensorScatterUpdate", any_size=True, check=_check_scatter_update)
def tensor_scatter_nd_update(tensor: AnyTensor, indices: IntOther, updates: AnyTensor, name: Name = None):
    """`tensor` with the elements at `indices` replaced.

    >>> import tfjax as tf
    >>> tf.tensor_scatter_nd_update([1, 2, 3], [[1]], [9]).numpy()
    array([1, 9, 3], dtype=int32)
    """
    _check_updates(indices, updates, tensor.shape)
    if namespace(tensor, indices, updates) is np:
        return _scattered(tensor.copy(), indices, updates, None)
    return tensor.at[_at(indices)].set(updates)


@op("tensor_scatter_nd_add", raw="TensorScatterAdd", any_size=True, check=_check_scatter)
def tensor_scatter_nd_add(tensor: AnyTensor, indices: IntOther, updates: AnyTensor, bad_indices_policy: str = "", name: Name = None):
    """`tensor` with `updates` added at `indices`; policies as of `scatter_nd`."""
    _check_updates(indices, updates, tensor.shape)
    if namespace(tensor, indices, updates) is np:
        return _scattered(tensor.copy(), indices, updates, np.add, bad_indices_policy)
    return tensor.at[_at(_inside(indices, bad_indices_policy))].add(updates)


@op("tensor_scatter_nd_sub", raw="TensorScatterSub", any_size=True, check=_check_scatter)
def tensor_scatter_nd_sub(tensor: AnyTensor, indices: IntOther, updates: AnyTensor, bad_indices_policy: str = "", name: Name = None):
    """`tensor` with `updates` subtracted at `indices`; policies as of `scatter_nd`."""
    _check_updates(indices, updates, tensor.shape)
    if namespace(tensor, indices, updates) is np:
        return _scattered(tensor.copy(), indices, updates, np.subtract, bad_indices_policy)
    return tensor.at[_at(_inside(indices, bad_indices_policy))].add(-updates)


@op("tensor_scatter_nd_max", raw="TensorScatterMax", any_size=True, check=_check_scatter)
def tensor_scatter_nd_max(tensor: AnyTensor, indices: IntOther, updates: AnyTensor, bad_indices_policy: str = "", name: Name = None):
    """`tensor` with the larger of element and update at `indices`; policies as of `scatter_nd`."""
    _check_updates(indices, updates, tensor.shape)
    if namespace(tensor, indices, updates) is np:
        return _scattered(tensor.copy(), indices, updates, np.fmax, bad_indices_policy)
    return tensor.at[_at(_inside(indices, bad_indices_policy))].max(updates)


@op("tensor_scatter_nd_min", raw="TensorScatterMin", any_size=True, check=_check_scatter)
def tensor_scatter_nd_min(tensor: AnyTensor, indices: IntOther, updates: AnyTensor, bad_indices_policy: str = "", name: Name = None):
    """`tensor` with the smaller of element and update at `indices`; policies as of `scatter_nd`."""
    _check_updates(indices, updates, tensor.shape)
    if namespace(tensor, indices, updates) is np:
        return _scattered(tensor.copy(), indices, updates, np.fmin, bad_indices_policy)
    return tensor.at[_at(_inside(indices, bad_indices_policy))].min(updates)


@op("_internal.sort", raw="Sort", any_size=True)
def _sort(values: Real, axis: Axis, descending: bool, name: Name = None):
    xp = namespace(values)
    ordered = xp.sort(values, axis=axis)
    return xp.flip(ordered, axis) if descending else ordered


@export("sort")
@recorded
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    """Elements in order along `axis`; `direction` is "ASCENDING" or "DESCENDING".

    >>> import tfjax as tf
    >>> tf.sort([3, 1, 2]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    return _sort(values, axis, _descending(direction))


def _descending(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"Argument `direction` should be one of 'ASCENDING' or 'DESCENDING'. Received: direction={direction}")
    return direction == "DESCENDING"


@op("_internal.argsort", raw="ArgSort", differentiable=False, any_size=True)
def _argsort(values: Real, axis: Axis, descending: bool, name: Name = None):
    xp = namespace(values)
    if not descending:
        return xp.argsort(values, axis=axis, stable=True).astype(np.int32)
    # Stable in descending order: sort the reversed sequence and count back.
    size = values.shape[axis]
    back = xp.argsort(xp.flip(values, axis), axis=axis, stable=True)
    return (size - 1 - xp.flip(back, axis)).astype(np.int32)


@export("argsort")
@recorded
def argsort(values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: Any = None) -> Any:
    """The indices that sort along `axis`; always stable.

    >>> import tfjax as tf
    >>> tf.argsort([3, 1, 2]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    return _argsort(values, axis, _descending(direction))


@op("_internal.top_k", raw="TopKV2")
def _top_k(input: Real, k: Axis, name: Name = None):
    if k > input.shape[-1]:
        raise InvalidArgumentError(None, None, f"input must have at least k columns. Had {input.shape[-1]}, needed {k}")
    if isinstance(input, np.ndarray):
        order = input.shape[-1] - 1 - np.flip(np.argsort(np.flip(input, -1), axis=-1, kind="stable"), -1)
        order = order[..., :k]
        return np.take_along_axis(input, order, -1), order.astype(np.int32)
    values, indices = jax.lax.top_k(input, k)
    return values, indices.astype(np.int32)


@export("math.top_k", "nn.top_k")
@recorded
def top_k(input: Any, k: Any = 1, sorted: bool = True, index_type: Any = dtypes.int32, name: Any = None) -> Any:
    """The k largest elements of the last axis and their indices; always sorted.

    >>> import tfjax as tf
    >>> tf.math.top_k([1, 3, 2], k=2).values.numpy()
    array([3, 2], dtype=int32)
    """
    values, indices = _top_k(input, k)
    if dtypes.as_dtype(index_type) is not dtypes.int32:
        from tfjax._src.ops.array.shaping import cast

        indices = cast(indices, index_type)
    return TopKV2(values, indices)


@op("_internal.unique", raw="Unique", differentiable=False, any_size=True)
def _unique(x: AnyTensor, out_idx: DTypeArg, counted: bool = True, name: Name = None):
    if isinstance(x, jax.core.Tracer):
        raise ConcreteValueError("The size of the result of tf.unique depends on the values of a traced tensor.")
    values = np.asarray(x)
    if values.dtype.kind in "iu" and values.size > 16 and (found := _unique_of_range(values, out_idx.np, counted)) is not None:
        return found
    if values.dtype.kind in "iufb" and values.size > 64:
        return _sorted_unique(values, out_idx.np)
    seen: dict[Any, int] = {}
    index = np.array([seen.setdefault(v, len(seen)) for v in values.tolist()], out_idx.np)
    unique = np.empty(len(seen), values.dtype)
    unique[:] = list(seen)
    return unique, index, np.bincount(index, minlength=len(seen)).astype(out_idx.np)


def _unique_of_range(values: np.ndarray, dtype: Any, counted: bool) -> tuple[np.ndarray, ...] | None:
    """With a table of all the numbers between the least and the largest; None if it would be long."""
    least = int(values.min())
    width = int(values.max()) - least + 1
    if width > 4 * values.size + 1024:
        return None
    places = (values - least if least else values).astype(np.intp, copy=False)
    table = np.empty(width, dtype)
    count = np.arange(len(places), dtype=dtype)
    table[places[::-1]] = count[::-1]  # the first place of each number, which is written last
    first = np.flatnonzero(table[places] == count)
    table[places[first]] = count[: len(first)]
    index = table[places]
    unique = values[first]
    return (unique, index, np.bincount(index, minlength=len(first)).astype(dtype)) if counted else (unique, index)


def _sorted_unique(values: np.ndarray, dtype: Any) -> tuple[np.ndarray, ...]:
    """As a hash table would find them: in the order of appearance, every NaN distinct."""
    unique, first, index, counts = np.unique(
        values, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    order = np.argsort(first)
    place = np.empty(len(order), dtype)
    place[order] = np.arange(len(order))
    return unique[order], place[index.reshape(-1)], counts[order].astype(dtype)


@export("unique")
@recorded
def unique(x: Any, out_idx: Any = dtypes.int32, name: Any = None) -> Any:
    """(distinct elements in order of appearance, index of each element among them).

    >>> import tfjax as tf
    >>> tf.unique([3, 1, 3]).y.numpy()
    array([3, 1], dtype=int32)
    """
    return Unique(*_unique(x, dtypes.as_dtype(out_idx), False)[:2])


@export("unique_with_counts")
def unique_with_counts(x: Any, out_idx: Any = dtypes.int32, name: Any = None) -> Any:
    """(distinct elements, index of each element among them, how often each occurs)."""
    return UniqueWithCounts(*_unique(x, dtypes.as_dtype(out_idx)))


@op("_internal.sequence_mask", raw="SequenceMask", differentiable=False)
def _sequence_mask(lengths: IntOther, maxlen: Axis, dtype: DTypeArg, name: Name = None):
    xp = namespace(lengths)
    return (xp.arange(maxlen, dtype=lengths.dtype) < lengths[..., None]).astype(dtype.np, copy=False)


@export("sequence_mask")
@recorded
def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: Any = None) -> Any:
    """True for the first `lengths[i]` of `maxlen` places (the largest length by default).

    >>> import tfjax as tf
    >>> tf.sequence_mask([1, 2]).numpy()
    array([[ True, False],
           [ True,  True]])
    """
    from tfjax._src.eager.convert import to_tensor

    lengths = to_tensor(lengths)
    if maxlen is None:
        maxlen = int(lengths.host_value().max(initial=0))
    return _sequence_mask(lengths, maxlen, dtypes.as_dtype(dtype))


@op("_internal.meshgrid", raw="Meshgrid")
def _meshgrid(values: Tensors, indexing: str, name: Name = None):
    return list(namespace(*values).meshgrid(*values, indexing=indexing))


def _axis_of_grid(x: Any) -> Tensor:
    try:
        return reshape(to_tensor(x), [-1])
    except (TypeError, ValueError):
        to_tensor(x[0])  # TensorFlow stacks the elements of what is no tensor
        return reshape(stack(list(x)), [-1])


def _axes_of_grid(args: Any) -> list[Tensor]:
    axes = [_axis_of_grid(x) for x in args]
    first = axes[0].dtype if axes else None
    if first is dtypes.string:
        raise TypeError("Cannot convert 1 to EagerTensor of dtype string")
    if first is dtypes.bool:
        # The product of numbers and a truth value: their whole parts, as truth values.
        return [a if a.dtype is dtypes.bool else cast(cast(a, dtypes.int64), dtypes.bool) for a in axes]
    for axis in axes:
        if axis.dtype != first:
            given = f"expected to be a {short_name(axis.dtype)} tensor but is a {short_name(first)} tensor"
            raise InvalidArgumentError(None, None, f"cannot compute Mul as input #1(zero-based) was {given}")
    return axes


@export("meshgrid")
@recorded
def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Coordinates of a grid from its axes; `indexing` is "xy" or "ij".

    >>> import tfjax as tf
    >>> tf.meshgrid([1, 2], [3])[0].numpy()
    array([[1, 2]], dtype=int32)
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'")
    return _meshgrid(list(args) if dispatch.find(args) else _axes_of_grid(args), indexing)
