"""Array functions behind ragged tensors: row splits, row numbers, sums over rows, padding."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import AnyTensor, DTypeArg, IntOther, Name, NumericOrBool, Static
from tfjax._src.eager.op import namespace, op


@op("_internal.row_lengths", raw="Sub", differentiable=False)
def lengths(splits: IntOther, name: Name = None):
    """The length of each row."""
    return splits[1:] - splits[:-1]


@op("_internal.splits_of_lengths", raw="Cumsum", differentiable=False)
def splits_of_lengths(row_lengths: IntOther, name: Name = None):
    """Row splits from row lengths."""
    xp = namespace(row_lengths)
    zero = xp.zeros(1, row_lengths.dtype)
    return xp.concatenate([zero, xp.cumsum(row_lengths, dtype=row_lengths.dtype)])


@op("_internal.row_ids", raw="Repeat", differentiable=False)
def row_ids(splits: IntOther, count: Static, name: Name = None):
    """The row number of each of `count` values."""
    rows = splits.shape[0] - 1
    if namespace(splits) is np:
        return np.repeat(np.arange(rows, dtype=splits.dtype), np.diff(splits))
    numbers = jnp.arange(rows, dtype=splits.dtype)
    return jnp.repeat(numbers, splits[1:] - splits[:-1], total_repeat_length=count)


@op("_internal.splits_of_ids", raw="Bincount", differentiable=False)
def splits_of_ids(ids: IntOther, rows: Static, dtype: DTypeArg = None, name: Name = None):
    """Row splits from the sorted row number of each value."""
    xp = namespace(ids)
    counts = xp.bincount(ids, minlength=rows) if xp is np else jnp.bincount(ids, length=rows)
    total = xp.cumsum(counts)
    return xp.concatenate([xp.zeros(1, total.dtype), total]).astype(ids.dtype if dtype is None else dtype.np)


_NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True}


def _neutral(kind: str, dtype: Any) -> Any:
    if kind in _NEUTRAL:
        return np.asarray(_NEUTRAL[kind], dtype)
    info = jnp.finfo(dtype) if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype)
    return np.asarray(info.min if kind == "max" else info.max, dtype)


_UFUNCS = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "any": np.logical_or, "all": np.logical_and,
}


@op("_internal.reduce_rows", raw="SegmentReduce")
def reduce_rows(values: NumericOrBool, splits: IntOther, kind: Static, name: Name = None):
    """One result per row; an empty row gives the neutral element."""
    neutral = _neutral(kind, values.dtype)
    rows = splits.shape[0] - 1
    if namespace(values, splits) is np:
        found = np.full((rows, *values.shape[1:]), neutral, values.dtype)
        full = np.flatnonzero(splits[1:] > splits[:-1])
        if len(full):
            # reduceat ends each piece where the next begins: rows lie one behind the other.
            found[full] = _UFUNCS[kind].reduceat(values[: splits[-1]], splits[:-1][full], axis=0)
        return found
    ids = jnp.repeat(jnp.arange(rows), splits[1:] - splits[:-1], total_repeat_length=values.shape[0])
    if kind in ("any", "all"):
        hits = (values if kind == "any" else ~values).astype(jnp.int32)
        counts = jnp.zeros((rows, *values.shape[1:]), jnp.int32).at[ids].add(hits)
        return counts > 0 if kind == "any" else counts == 0
    if kind == "prod":
        # Not a scatter: JAX has no gradient for products at repeated places.
        own = (ids[None, :] == jnp.arange(rows)[:, None]).reshape((rows, ids.shape[0]) + (1,) * (values.ndim - 1))
        return jnp.prod(jnp.where(own, values[None], jnp.ones((), values.dtype)), axis=1)
    start = jnp.full((rows, *values.shape[1:]), neutral, values.dtype).at[ids]
    return {"sum": start.add, "max": start.max, "min": start.min}[kind](values)


@op("_internal.pad_rows", raw="RaggedTensorToTensor")
def pad_rows(values: AnyTensor, default: AnyTensor, splits: IntOther, rows: Static, width: Static, name: Name = None):
    """[rows, width, ...]: the rows of values, cut or padded with the default."""
    xp = namespace(values, splits)
    known = splits.shape[0] - 1
    starts, ends = splits[:-1][:rows], splits[1:][:rows]
    offsets = xp.arange(width, dtype=splits.dtype)
    positions = starts[:, None] + offsets
    inside = positions < ends[:, None]
    if rows > known:
        inside = xp.concatenate([inside, xp.zeros((rows - known, width), bool)])
        positions = xp.concatenate([positions, xp.zeros((rows - known, width), positions.dtype)])
    shape = (rows, width, *values.shape[1:])
    if xp is np:
        dense = np.empty(shape, values.dtype)
        dense[...] = default if default.ndim else default[()]
        dense[inside] = values[positions[inside]]
        return dense
    filler = jnp.broadcast_to(default, shape)
    if not values.shape[0]:
        return filler
    picked = jnp.take(values, positions, axis=0, mode="clip")
    return jnp.where(inside.reshape(inside.shape + (1,) * (values.ndim - 1)), picked, filler)


@op("_internal.take_rows", raw="GatherV2")
def take(values: AnyTensor, positions: IntOther, name: Name = None):
    """The values at `positions`, all of which exist."""
    return values[positions]


def positions_of(starts: np.ndarray, counts: np.ndarray, step: int = 1) -> np.ndarray:
    """Positions `starts[i], starts[i] + step, …` (`counts[i]` of them) one row after the other."""
    ends = np.cumsum(counts)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    return np.repeat(starts, counts) + step * within


@op("_internal.ragged_softmax", raw="Softmax")
def softmax_rows(values: NumericOrBool, splits: IntOther, name: Name = None):
    """Softmax over each row."""
    if namespace(values, splits) is np:
        ids = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    else:
        ids = jnp.repeat(jnp.arange(splits.shape[0] - 1), splits[1:] - splits[:-1], total_repeat_length=values.shape[0])
    reduce = reduce_rows.op.body
    shifted = values - jax.lax.stop_gradient(reduce(values, splits, "max"))[ids] if namespace(values, splits) is jnp else values - reduce(values, splits, "max")[ids]
    xp = namespace(values, splits)
    scores = xp.exp(shifted)
    return scores / reduce(scores, splits, "sum")[ids]


def mismatch(x: np.ndarray, y: np.ndarray, head: str = "") -> Exception:
    """The error of two vectors that should be equal."""
    text = f"{head}Condition x == y did not hold.\n"
    if x.shape == y.shape:
        places = np.argwhere(x != y)
        text += f"Indices of first {min(len(places), 3)} different values:\n{places[:3]}\n" if x.ndim else ""
        if x.ndim:
            text += f"Corresponding x values:\n{x[x != y][:3]}\nCorresponding y values:\n{y[x != y][:3]}\n"
    flat_x, flat_y = x.reshape(-1)[:3], y.reshape(-1)[:3]
    text += f"First {len(flat_x)} elements of x:\n{flat_x}\nFirst {len(flat_y)} elements of y:\n{flat_y}"
    return InvalidArgumentError(None, None, text)
