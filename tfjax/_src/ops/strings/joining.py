"""Strings joined: element by element, along axes, by segment; split into parts; n-grams."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError, OutOfRangeError
from tfjax._src.core.export import export
from tfjax._src.eager import dispatch, statics
from tfjax._src.eager.args import Axes, IntOther, Name, Static, String
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops import checks
from tfjax._src.ops.ragged import align, ragged_tensor
from tfjax._src.ops.ragged.dispatch import register
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor
from tfjax._src.ops.strings.elements import encoded, filled, text


@export("strings.join")
@recorded
def join(inputs: Any, separator: str = "", name: Any = None) -> Any:
    """Tensors of strings joined element by element; scalars go with every element.

    >>> import tfjax as tf
    >>> tf.strings.join(["a", "b"], separator="-").numpy()
    b'a-b'
    """
    parts = list(inputs)
    if any(isinstance(p, RaggedTensor) for p in parts):
        return align.elementwise(lambda *flat: join(flat, separator), parts)
    handler = dispatch.find([parts])
    if handler is not None and (result := handler(join, (parts, separator, name), {})) is not NotImplemented:
        return result
    arrays = [to_tensor(p, dtypes.string).host_value() for p in parts]
    shapes = [a.shape for a in arrays if a.ndim]
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise InvalidArgumentError(None, None, f"Input shapes do not match: {checks.brackets(shapes[0])} vs. {checks.brackets(shape)} [Op:StringJoin]")
    shape = shapes[0] if shapes else ()
    between = encoded(text(separator))
    columns = [np.broadcast_to(a, shape).reshape(-1).tolist() for a in arrays]
    joined = [between.join(row) for row in zip(*columns)] if columns else [b""]
    return Tensor(filled(joined, shape))


@op("_internal.reduce_join", raw="ReduceJoin", device=False, differentiable=False)
def _reduce_join(inputs: String, axis: Axes = None, keepdims: Static = False, separator: Static = "", name: Name = None):
    rank = inputs.ndim
    if axis is None:
        axes = tuple(reversed(range(rank)))
    else:
        axes = (axis,) if isinstance(axis, int) else axis
    for a in axes:
        if not -rank <= a < rank:
            raise OutOfRangeError(None, None, f"Invalid reduction dimension {a} for input with {rank} dimension(s)")
    axes = tuple([a % rank for a in axes])
    if len(set(axes)) < len(axes):
        raise InvalidArgumentError(None, None, f"Duplicate reduction dimension {axes[-1]}")
    kept = [i for i in range(rank) if i not in axes]
    shape = tuple([inputs.shape[i] for i in kept])
    count = int(np.prod([inputs.shape[i] for i in axes], dtype=np.int64))
    rows = inputs.transpose(*kept, *axes[::-1]).reshape(-1, count) if count else np.empty((int(np.prod(shape)), 0), object)
    between = encoded(text(separator))
    found = filled([between.join(row) for row in rows.tolist()], shape)
    return found.reshape([1 if i in axes else n for i, n in enumerate(inputs.shape)]) if keepdims else found


@export("strings.reduce_join")
@recorded
def reduce_join(inputs: Any, axis: Any = None, keepdims: bool = False, separator: str = "", name: Any = None) -> Any:
    """All strings along `axis` (all axes by default, in their order) joined.

    >>> import tfjax as tf
    >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=1).numpy()
    array([b'ab', b'cd'], dtype=object)
    """
    return _reduce_join(inputs, axis, keepdims, separator)


def _reduce_join_ragged(inputs: Any, axis: Any = None, keepdims: Any = False, separator: Any = "", name: Any = None) -> Any:
    rank = inputs.shape.rank
    if axis is None:
        result = _reduce_join(inputs.flat_values, None, False, separator)
        return Tensor(result.host_value().reshape([1] * rank)) if keepdims else result
    axes = statics.integers(axis)
    axes = [axes] if isinstance(axes, int) else list(axes)
    for a in sorted({a % rank for a in axes}, reverse=True):
        inputs = _joined_along(inputs, a, bool(keepdims), separator)
    return inputs


def _joined_along(value: Any, axis: int, keepdims: bool, separator: Any) -> Any:
    if not isinstance(value, RaggedTensor):
        return _reduce_join(value, axis, keepdims, separator)
    if axis > 1:
        return value.with_values(_joined_along(value.values, axis - 1, keepdims, separator))
    rows = value.to_list()
    between = encoded(text(separator))
    if axis == 1 and not isinstance(value.values, RaggedTensor) and value.values.shape.rank == 1:
        found = filled([between.join(row) for row in rows], (len(rows),))
        return Tensor(found.reshape(-1, 1) if keepdims else found)
    columns = [_gathered(rows)] if axis == 0 else [_gathered(row) for row in rows]
    from tfjax._src.ops.ragged.constant import constant

    joined = [[_merged(cell, between) for cell in column] for column in columns]
    result = constant([[j] if keepdims else j for j in joined] if axis else joined[0], dtypes.string)
    return result if axis or not keepdims else constant([joined[0]], dtypes.string)


def _gathered(rows: list[Any]) -> list[list[Any]]:
    """The elements at each position of rows of different lengths."""
    longest = max([len(row) for row in rows], default=0)
    return [[row[i] for row in rows if i < len(row)] for i in range(longest)]


def _merged(cells: list[Any], between: bytes) -> Any:
    if cells and isinstance(cells[0], list):
        return [_merged(c, between) for c in _gathered(cells)]
    return between.join(cells)


register("_internal.reduce_join", _reduce_join_ragged)


@op("strings.unsorted_segment_join", raw="UnsortedSegmentJoin", device=False, differentiable=False)
def unsorted_segment_join(inputs: String, segment_ids: IntOther, num_segments: Static, separator: Static = "", name: Name = None):
    """The strings of each segment joined, in their order.

    Raises:
      InvalidArgumentError: a segment number outside [0, num_segments).

    >>> import tfjax as tf
    >>> tf.strings.unsorted_segment_join(["a", "b", "c"], [0, 1, 0], 2, ":").numpy()
    array([b'a:c', b'b'], dtype=object)
    """
    if inputs.shape[: segment_ids.ndim] != segment_ids.shape:
        raise InvalidArgumentError(None, None, f"Incompatible shapes: {checks.brackets(inputs.shape)} vs. {checks.brackets(segment_ids.shape)}")
    ids = segment_ids.reshape(-1).tolist()
    if any(not 0 <= i < num_segments for i in ids):
        raise InvalidArgumentError(None, None, "segment_ids are not allowed to exceed num_segments or to have negative values.")
    rest = inputs.shape[segment_ids.ndim :]
    rows = inputs.reshape(len(ids), -1).tolist() if len(ids) else []
    width = int(np.prod(rest, dtype=np.int64))
    groups: list[list[list[bytes]]] = [[[] for _ in range(width)] for _ in range(num_segments)]
    for i, row in zip(ids, rows):
        for cell, value in zip(groups[i], row):
            cell.append(value)
    between = encoded(text(separator))
    return filled([between.join(cell) for group in groups for cell in group], (num_segments, *rest))


# -- parts -----------------------------------------------------------------------------------------
def parts_of(input: Any, cut: Any) -> Any:
    """`cut(list of bytes)` gives lists of parts: a Tensor for a scalar, else one ragged dimension more."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(parts_of(input.flat_values, cut))
    tensor = to_tensor(input, dtypes.string) if not isinstance(input, Tensor) else to_tensor(input)
    array = tensor.host_value()
    if array.dtype != object:
        raise InvalidArgumentError(None, None, f"input must be a string tensor, got {tensor.dtype.name}")
    found = cut(array.reshape(-1).tolist())
    if array.ndim == 0:
        return Tensor(filled(found[0], (len(found[0]),)))
    return rows_of(found, array.shape)


def rows_of(found: list[list[Any]], shape: tuple[int, ...], dtype: Any = object) -> RaggedTensor:
    """Lists as the rows of a ragged tensor, under uniform outer dimensions of `shape`."""
    counts = np.fromiter(map(len, found), np.int64, len(found))
    flat = [part for row in found for part in row]
    splits = np.zeros(len(found) + 1, np.int64)
    np.cumsum(counts, out=splits[1:])
    return under(ragged_tensor.of_splits(Tensor(filled(flat, (len(flat),), dtype)), Tensor(splits)), shape)


def under(rows: Any, shape: tuple[int, ...]) -> Any:
    """Rows under uniform outer dimensions of `shape`."""
    for i in reversed(range(1, len(shape))):
        count = int(np.prod(shape[:i], dtype=np.int64))
        rows = RaggedTensor.from_uniform_row_length(rows, shape[i], count)
    return rows


@export("strings.split")
@recorded
def split(input: Any, sep: Any = None, maxsplit: Any = -1, name: Any = None) -> Any:
    """Each string cut at a separator, or at white space.

    Args:
      input: strings; ragged ones too.
      sep: the separator; None or an empty string cuts at runs of white space.
      maxsplit: how many cuts at most; -1 for all.
      name: no effect.

    Returns:
      A vector for a scalar, else a RaggedTensor with one dimension more.

    >>> import tfjax as tf
    >>> tf.strings.split(["a b", "c"])
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
    """
    separator = encoded(text("" if sep is None else _scalar(sep))) or None
    most = statics.integer(maxsplit)
    return parts_of(input, lambda flat: [s.split(separator, most) for s in flat])


def _scalar(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value


@export("strings.bytes_split")
def bytes_split(input: Any, name: Any = None) -> Any:
    """Each string cut into bytes.

    >>> import tfjax as tf
    >>> tf.strings.bytes_split(["ab", "c"])
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
    """
    single = [bytes([i]) for i in range(256)]
    return parts_of(input, lambda flat: [[single[b] for b in s] for s in flat])


@export("strings.ngrams")
@recorded
def ngrams(
    data: Any, ngram_width: Any, separator: str = " ", pad_values: Any = None, padding_width: int | None = None,
    preserve_short_sequences: bool = False, name: Any = None,
) -> Any:
    """Neighbouring strings along the last axis joined.

    Args:
      data: strings, ragged or not.
      ngram_width: how many strings make one, or a list of such numbers.
      separator: stands between them.
      pad_values: a string, or a pair of strings (left, right), put around each sequence.
      padding_width: how many of them at either end; `ngram_width - 1` by default.
      preserve_short_sequences: a sequence too short for any n-gram gives itself, joined.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.strings.ngrams(["a", "b", "c"], 2).numpy()
    array([b'a b', b'b c'], dtype=object)
    """
    widths = [ngram_width] if isinstance(ngram_width, int) else list(ngram_width)
    for width in widths:
        if width < 1:
            raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
    pair = _pads(pad_values)
    if padding_width is not None and padding_width < 1:
        raise ValueError(f"padding_width must be greater than 0. Got {padding_width}")
    if padding_width is not None and pair is None:
        raise ValueError("pad_values must be provided if padding_width is set.")
    data = data if isinstance(data, RaggedTensor) else to_tensor(data, dtypes.string)
    rank = data.shape.rank
    if rank == 0:
        raise ValueError("Data must have rank>0")
    make = _maker(widths, encoded(text(separator)), pair, padding_width, preserve_short_sequences)
    if rank == 1:
        row = make(data.host_value().tolist())
        return Tensor(filled(row, (len(row),)))
    if isinstance(data, RaggedTensor):
        return _ngrams_ragged(data, make)
    array = data.host_value()
    rows = [make(row) for row in array.reshape(-1, array.shape[-1]).tolist()]
    return Tensor(filled([g for row in rows for g in row], (*array.shape[:-1], len(rows[0]) if rows else 0)))


def _ngrams_ragged(data: RaggedTensor, make: Any) -> RaggedTensor:
    values = data.values
    if isinstance(values, RaggedTensor):
        return data.with_values(_ngrams_ragged(values, make))
    if values.shape.rank > 1:
        array = values.host_value()
        rows = [make(row) for row in array.tolist()]
        return data.with_values(Tensor(filled([g for row in rows for g in row], (len(rows), -1 if not rows else len(rows[0])))))
    return rows_of([make(row) for row in data.to_list()], (data.shape[0],))


def _pads(pad_values: Any) -> tuple[bytes, bytes] | None:
    if pad_values is None:
        return None
    pair = (pad_values, pad_values) if isinstance(pad_values, (str, bytes)) else tuple(pad_values)
    if len(pair) != 2 or not all(isinstance(p, (str, bytes)) for p in pair):
        raise TypeError("pad_values must be a string, tuple of strings, or None.")
    return encoded(text(pair[0])), encoded(text(pair[1]))


def _maker(widths: list[int], between: bytes, pair: Any, padding: int | None, keep_short: bool) -> Any:
    def make(row: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        for width in widths:
            count = 0 if pair is None else width - 1 if padding is None else min(padding, width - 1)
            full = [pair[0]] * count + row + [pair[1]] * count if count else row
            if width == 1:
                found += full
            else:
                found += [between.join(full[i : i + width]) for i in range(len(full) - width + 1)]
        if keep_short and not found and row:
            count = 0 if pair is None else padding or 0
            return [between.join([pair[0]] * count + row + [pair[1]] * count if count else row)]
        return found

    return make

