"""Label sequences from frames of class scores: the best path, and beams of prefixes."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import FailedPreconditionError, InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.sparse import sparse_tensor

_NEVER = -np.inf


def _frames(inputs: Any, sequence_length: Any, raw: str) -> tuple[np.ndarray, np.ndarray]:
    scores, lengths = (
        to_tensor(inputs).host_value(),
        to_tensor(sequence_length, dtypes.int32).host_value(),
    )
    if scores.ndim != 3:
        raise InvalidArgumentError(None, None, f"inputs is not a 3-Tensor [Op:{raw}]")
    time, batch = scores.shape[:2]
    if len(lengths) != batch:
        text = f"len(sequence_length) != batch_size.  len(sequence_length):  {len(lengths)} batch_size: {batch}"
        raise FailedPreconditionError(None, None, f"{text} [Op:{raw}]")
    for i, length in enumerate(lengths):
        if length > time:
            raise FailedPreconditionError(None, None, f"sequence_length({i}) <= {time} [Op:{raw}]")
    return scores, lengths


def _sparse(rows: list[list[int]]) -> Any:
    indices = np.array([(i, k) for i, row in enumerate(rows) for k in range(len(row))], np.int64)
    values = np.array([label for row in rows for label in row], np.int64)
    width = max((len(row) for row in rows), default=0)
    return sparse_tensor.made(indices.reshape(-1, 2), values, (len(rows), width))


@export("nn.ctc_greedy_decoder")
@recorded
def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True, blank_index: Any = None
) -> tuple[list[Any], Tensor]:
    """The labels of the best class of every frame, without blanks.

    Args:
      inputs: [time, batch, classes] scores.
      sequence_length: how many frames of each row count.
      merge_repeated: take a run of one class as one label.
      blank_index: the class of no label, the last one by default; negative ones count from the end.

    Returns:
      ([labels as a SparseTensor], [batch, 1] negated sums of the best scores).

    >>> import tfjax as tf
    >>> scores = tf.one_hot([[0], [0], [2], [1]], 3)
    >>> tf.nn.ctc_greedy_decoder(scores, [4])[0][0].values.numpy().tolist()
    [0, 1]
    """
    scores, lengths = _frames(inputs, sequence_length, "CTCGreedyDecoder")
    classes = scores.shape[2]
    blank = (classes - 1 if blank_index is None else statics.integer(blank_index)) % classes
    best, top = scores.argmax(axis=2), scores.max(axis=2)
    rows, sums = [], np.zeros((scores.shape[1], 1), scores.dtype)
    for i, length in enumerate(lengths):
        path = best[:length, i].tolist()
        before = [blank, *path[:-1]]
        rows.append(
            [c for c, b in zip(path, before) if c != blank and not (merge_repeated and c == b)]
        )
        sums[i, 0] = -top[:length, i].sum(dtype=scores.dtype)
    return [_sparse(rows)], Tensor(sums)


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _extended(beams: dict[Any, Any], frame: list[float], blank: int) -> dict[Any, Any]:
    """prefix -> [log p of ending in a blank, in a label], one frame later."""
    add = np.logaddexp
    after: dict[Any, Any] = {}
    for prefix, (in_blank, in_label) in beams.items():
        total = add(in_blank, in_label)
        last = prefix[-1] if prefix else None
        here = after.setdefault(prefix, [_NEVER, _NEVER])
        here[0] = add(here[0], total + frame[blank])
        if last is not None:
            here[1] = add(here[1], in_label + frame[last])
        for label, log_p in enumerate(frame):
            if label == blank:
                continue
            longer = after.setdefault((*prefix, label), [_NEVER, _NEVER])
            longer[1] = add(longer[1], (in_blank if label == last else total) + log_p)
    return after


def _search(frames: np.ndarray, width: int) -> list[tuple[float, tuple[int, ...]]]:
    """Prefixes and their log probabilities, best first."""
    blank = frames.shape[1] - 1
    beams: dict[Any, Any] = {(): [0.0, _NEVER]}
    for frame in frames.tolist():
        after = _extended(beams, frame, blank)
        best = heapq.nlargest(width, after, key=lambda prefix: np.logaddexp(*after[prefix]))
        beams = {prefix: after[prefix] for prefix in best}
    return [(float(np.logaddexp(*ends)), prefix) for prefix, ends in beams.items()]


@export("nn.ctc_beam_search_decoder")
@recorded
def ctc_beam_search_decoder(
    inputs: Any, sequence_length: Any, beam_width: Any = 100, top_paths: Any = 1
) -> tuple[list[Any], Tensor]:
    """The most probable label sequences, by a search that keeps the best prefixes.

    Args:
      inputs: [time, batch, classes] scores; the last class is the blank.
      sequence_length: how many frames of each row count.
      beam_width: how many prefixes to keep from frame to frame.
      top_paths: how many sequences to return, at most `beam_width`.

    Returns:
      ([labels as a SparseTensor for each path], [batch, top_paths] log probabilities).

    >>> import tfjax as tf
    >>> scores = 9.0 * tf.one_hot([[0], [0], [2], [1]], 3)
    >>> tf.nn.ctc_beam_search_decoder(scores, [4])[0][0].values.numpy().tolist()
    [0, 1]
    """
    width, paths = statics.integer(beam_width), statics.integer(top_paths)
    if paths > width:
        raise InvalidArgumentError(
            None, None, "requested more paths than the beam width. [Op:CTCBeamSearchDecoder]"
        )
    scores, lengths = _frames(inputs, sequence_length, "CTCBeamSearchDecoder")
    log_p = _log_softmax(scores.astype(np.float64))
    found = [_search(log_p[:length, i], width)[:paths] for i, length in enumerate(lengths)]
    if any(len(row) < paths for row in found):
        raise InvalidArgumentError(
            None, None, "Less leaves in the beam search than requested. [Op:CTCBeamSearchDecoder]"
        )
    decoded = [_sparse([list(row[k][1]) for row in found]) for k in range(paths)]
    return decoded, Tensor(
        np.array([[p for p, _ in row] for row in found], scores.dtype).reshape(-1, paths)
    )
