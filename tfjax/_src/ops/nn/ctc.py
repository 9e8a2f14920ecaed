"""Connectionist temporal classification: the loss, and the repeats in label sequences."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Axis, Float, IntOther, Name, NumericOther, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.creation import ones_like
from tfjax._src.ops.array.shaping import cast, transpose
from tfjax._src.ops.math.segments import unsorted_segment_sum
from tfjax._src.ops.sparse import arrange
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor

# Stands for log(0); finite, so that gradients are.
_NEVER = -1e30
# What labels that do not fit into their frames cost: -log of the smallest normal float64.
_IMPOSSIBLE = -float(np.log(np.finfo(np.float64).tiny))


def _paths(labels: Any, blank: int) -> tuple[Any, Any]:
    """(classes [batch, 2 n + 1] with blanks around the labels, where a blank may be skipped)."""
    batch, count = labels.shape
    states = jnp.full((batch, 2 * count + 1), blank, labels.dtype).at[:, 1::2].set(labels)
    before = jnp.pad(states, ((0, 0), (2, 0)), constant_values=blank)[:, :-2]
    return states, (states != blank) & (states != before)


def _log_likelihood(labels: Any, log_p: Any, label_length: Any, frames: Any, blank: int) -> Any:
    """By the forward recursion over the states of each path; log_p is [time, batch, classes]."""
    states, skips = _paths(labels, blank)
    emitted = jnp.take_along_axis(log_p, states[None], axis=2)
    never = jnp.asarray(_NEVER, log_p.dtype)
    first = jnp.where(jnp.arange(states.shape[1]) < 2, emitted[0], never)

    def shift(alpha: Any, by: int) -> Any:
        return jnp.pad(alpha, ((0, 0), (by, 0)), constant_values=_NEVER)[:, : alpha.shape[1]]

    def step(alpha: Any, frame: Any) -> tuple[Any, None]:
        now, time = frame
        moved = jnp.logaddexp(alpha, shift(alpha, 1))
        moved = jnp.logaddexp(moved, jnp.where(skips, shift(alpha, 2), never))
        return jnp.where((time < frames)[:, None], moved + now, alpha), None

    alpha, _ = jax.lax.scan(step, first, (emitted[1:], jnp.arange(1, log_p.shape[0])))
    last = 2 * label_length[:, None]
    end = jnp.take_along_axis(alpha, last, axis=1)[:, 0]
    before = jnp.take_along_axis(alpha, jnp.maximum(last - 1, 0), axis=1)[:, 0]
    return jnp.where(label_length > 0, jnp.logaddexp(end, before), end)


@op("_internal.ctc_loss", raw="CTCLoss", host=False)
def _ctc_loss(
    labels: IntOther,
    logits: Float,
    label_length: NumericOther,
    frames: NumericOther,
    blank: Axis,
    impossible: Static,
    name: Name = None,
):
    wide = logits if logits.dtype == np.float64 else logits.astype(np.float32)
    log_p = jax.nn.log_softmax(wide, axis=-1)
    lengths = label_length.astype(np.int32)
    total = _log_likelihood(labels.astype(np.int32), log_p, lengths, frames, blank)
    otherwise = jnp.full_like(total, impossible)
    if impossible == np.inf:
        # TensorFlow's slope is then that of frames without any label: their softmax.
        counted = (jnp.arange(wide.shape[0])[:, None] < frames).astype(wide.dtype)
        norms = jnp.sum(jax.nn.logsumexp(wide, axis=-1) * counted, axis=0)
        otherwise += norms - jax.lax.stop_gradient(norms)
    loss = jnp.where(total > _NEVER / 2, -total, otherwise)
    return loss.astype(logits.dtype)


def _sparse_labels(labels: SparseTensor) -> tuple[Tensor, Tensor]:
    rows = labels.indices[:, 0]
    counts = unsorted_segment_sum(cast(ones_like(rows), dtypes.int32), rows, labels.dims()[0])
    return arrange.to_dense(labels), counts


def _check_fit(counts: Tensor, frames: Tensor) -> None:
    """More sparse labels than frames are an error, where they are known."""
    if counts.is_symbolic or frames.is_symbolic:
        return
    for row, (required, available) in enumerate(zip(counts.host_value(), frames.host_value())):
        if required > available:
            text = f"Not enough time for target transition sequence (required: {required}, available: {available}){row}"
            hint = "You can turn this error into a warning by using the flag ignore_longer_outputs_than_inputs"
            raise InvalidArgumentError(None, None, f"{text}{hint} [Op:CTCLoss]")


@export("nn.ctc_loss")
@recorded
def ctc_loss(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: Any = None,
    name: Any = None,
) -> Tensor:
    """-log of the probability that frames of class scores spell a sequence of labels.

    Args:
      labels: [batch, n] integers, or a SparseTensor of them.
      logits: [time, batch, classes] scores.
      label_length: how many labels of each row count; not used with sparse labels.
      logit_length: how many frames of each row count.
      logits_time_major: False for logits [batch, time, classes].
      unique: no effect: a hint for TensorFlow's implementation.
      blank_index: the class of no label; negative ones count from the end. 0 by default for dense
        labels, required for sparse ones.
      name: no effect.

    Returns:
      A loss for each row; where labels and the blanks between equal ones do not fit into the
      frames, about 708 for dense labels and infinity for sparse ones.

    Raises:
      InvalidArgumentError: more sparse labels than frames.

    Source: Graves et al., "Connectionist temporal classification", 2006.

    >>> import tfjax as tf
    >>> tf.nn.ctc_loss([[1, 2]], tf.zeros([3, 1, 3]), [2], [3]).numpy().round(4)
    array([1.6864], dtype=float32)
    """
    logits, sparse = to_tensor(logits), isinstance(labels, SparseTensor)
    if blank_index is None and sparse:
        raise ValueError(
            "Argument `blank_index` must be provided when `labels` is a `SparseTensor`."
        )
    blank, classes = statics.integer(blank_index or 0), logits.shape[-1]
    if not -classes <= blank < classes:
        raise ValueError(
            f"`blank_index` must be in [{-classes}, {classes}). Received: blank_index={blank}."
        )
    frames = to_tensor(logit_length)
    if not logits_time_major:
        logits = transpose(logits, [1, 0, 2])
    dense, counts = (
        _sparse_labels(labels) if sparse else (to_tensor(labels), to_tensor(label_length))
    )
    if sparse:
        _check_fit(counts, frames)
    return _ctc_loss(
        dense, logits, counts, frames, blank % classes, np.inf if sparse else _IMPOSSIBLE
    )


@export("nn.ctc_unique_labels")
@recorded
def ctc_unique_labels(labels: Any, name: Any = None) -> list[Tensor]:
    """The different labels of each row, and each label's place among them.

    >>> import tfjax as tf
    >>> [part.numpy().tolist() for part in tf.nn.ctc_unique_labels([[3, 3, 1]])]
    [[[3, 1, 0]], [[0, 0, 1]]]
    """
    rows = to_tensor(labels).host_value()
    if rows.ndim != 2:
        raise InvalidArgumentError(None, None, "unique expects a 1D vector. [Op:Unique] name: ")
    found, places = np.zeros(rows.shape, np.int64), np.zeros(rows.shape, np.int32)
    for i, row in enumerate(rows.tolist()):
        order = {label: k for k, label in enumerate(dict.fromkeys(row))}
        found[i, : len(order)] = list(order)
        places[i] = [order[label] for label in row]
    return [Tensor(found), Tensor(places)]


@export("nn.collapse_repeated")
@recorded
def collapse_repeated(labels: Any, seq_length: Any, name: Any = None) -> tuple[Tensor, Tensor]:
    """Each run of equal labels as one label.

    Args:
      labels: [batch, n].
      seq_length: how many labels of each row count.
      name: no effect.

    Returns:
      (labels padded with 0, their new lengths).

    >>> import tfjax as tf
    >>> [part.numpy().tolist() for part in tf.nn.collapse_repeated([[1, 1, 2, 2, 1]], [5])]
    [[[1, 2, 1]], [3]]
    """
    rows, lengths = to_tensor(labels).host_value(), to_tensor(seq_length).host_value()
    changes = np.concatenate([np.ones_like(rows[:, :1], bool), rows[:, 1:] != rows[:, :-1]], axis=1)
    kept = changes & (np.arange(rows.shape[1]) < lengths[:, None])
    counts = kept.sum(axis=1)
    out = np.zeros((len(rows), int(counts.max(initial=0))), rows.dtype)
    out[np.arange(out.shape[1]) < counts[:, None]] = rows[kept]
    return Tensor(out), Tensor(counts.astype(lengths.dtype))
