"""Boxes on pictures: suppression of overlapping ones, drawing, random boxes."""

from __future__ import annotations

import collections
import heapq
from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import Float, FloatOther, Name, Real, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.ops.array.shaping import pad

_Combined = collections.namedtuple(
    "CombinedNonMaxSuppression", ["nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"]
)


def _corners(boxes: np.ndarray) -> np.ndarray:
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    return np.concatenate([low, high], 1)


def _overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of one box with others, all (y1, x1, y2, x2) with ordered corners."""
    area = np.prod(box[2:] - box[:2])
    areas = np.prod(others[:, 2:] - others[:, :2], 1)
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0), 1)
    union = area + areas - shared
    return np.where((area > 0) & (areas > 0), shared / np.where(union == 0, 1, union), 0)


def _check(boxes: np.ndarray, scores: np.ndarray, iou_threshold: float) -> None:
    if not 0 <= iou_threshold <= 1:
        raise InvalidArgumentError(None, None, "iou_threshold must be in [0, 1]")
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise InvalidArgumentError(None, None, "boxes must have 4 columns")
    if scores.shape != boxes.shape[:1]:
        raise InvalidArgumentError(None, None, "scores has incompatible shape")


def _suppress(similarity: Any, scores: np.ndarray, limit: int, threshold: float, least: float, sigma: float = 0.0) -> tuple[list[int], list[float]]:
    """Greedy selection by score; with `sigma` > 0 overlapping scores decay instead of being dropped."""
    queue = [(-float(s), i, 0) for i, s in enumerate(scores) if s > least]
    heapq.heapify(queue)
    chosen: list[int] = []
    kept: list[float] = []
    scale = -0.5 / sigma if sigma > 0 else 0.0
    while queue and len(chosen) < limit:
        negative, index, begin = heapq.heappop(queue)
        score, before = np.float32(-negative), np.float32(-negative)
        dropped = False
        for j in reversed(range(begin, len(chosen))):
            alike = similarity(index, chosen[j])
            if sigma > 0 and alike <= threshold:
                score = np.float32(score * np.exp(np.float32(scale) * alike * alike))
            elif alike > threshold:
                dropped = True
                break
            if score <= least:
                break
        if dropped:
            continue
        if score == before:
            chosen.append(index)
            kept.append(float(score))
        elif score > least:
            heapq.heappush(queue, (-float(score), index, len(chosen)))
    return chosen, kept


def _by_boxes(boxes: np.ndarray) -> Any:
    corners = _corners(boxes.astype(np.float32))
    return lambda i, j: _overlap(corners[i], corners[j : j + 1])[0]


@op("_internal.non_max_suppression", raw="NonMaxSuppressionV3", device=False, differentiable=False)
def _nms(boxes: Float, scores: Float, limit: Static, iou_threshold: Static, score_threshold: Static, sigma: Static, name: Name = None):
    _check(boxes, scores, iou_threshold)
    chosen, kept = _suppress(_by_boxes(boxes), scores, limit, iou_threshold, score_threshold, sigma)
    return np.array(chosen, np.int32), np.array(kept, scores.dtype)


@export("image.non_max_suppression")
@recorded
def non_max_suppression(boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any = 0.5, score_threshold: Any = float("-inf"), name: Any = None) -> Any:
    """The indices of boxes of high score that overlap little.

    Args:
      boxes: [boxes, 4]: (y1, x1, y2, x2).
      scores: [boxes].
      max_output_size: at most so many.
      iou_threshold: a box that overlaps a chosen one more (intersection over union) is dropped.
      score_threshold: boxes need a higher score.

    Returns:
      int32 indices, best first.

    >>> import tfjax as tf
    >>> tf.image.non_max_suppression([[0., 0., 1., 1.], [0., 0., 1., 0.9], [2., 2., 3., 3.]], [0.9, 0.8, 0.7], 3).numpy()
    array([0, 2], dtype=int32)
    """
    return _nms(boxes, scores, statics.integer(max_output_size), statics.value(iou_threshold), statics.value(score_threshold), 0.0)[0]


@export("image.non_max_suppression_with_scores")
@recorded
def non_max_suppression_with_scores(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any = 0.5, score_threshold: Any = float("-inf"),
    soft_nms_sigma: Any = 0.0, name: Any = None,
) -> Any:
    """`non_max_suppression` and the scores; with `soft_nms_sigma` scores decay with the overlap."""
    return _nms(
        boxes, scores, statics.integer(max_output_size), statics.value(iou_threshold),
        statics.value(score_threshold), statics.value(soft_nms_sigma),
    )


@export("image.non_max_suppression_padded")
@recorded
def non_max_suppression_padded(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any = 0.5, score_threshold: Any = float("-inf"),
    pad_to_max_output_size: bool = False, name: Any = None, sorted_input: bool = False,
    canonicalized_coordinates: bool = False, tile_size: int = 512,
) -> Any:
    """(indices, number of valid ones); padded with zeros if `pad_to_max_output_size`.

    Boxes may have leading batch axes; the result is then padded. `sorted_input`,
    `canonicalized_coordinates` and `tile_size` have no effect.
    """
    boxes, scores = to_tensor(boxes), to_tensor(scores)
    limit = statics.integer(max_output_size)
    given = (limit, iou_threshold, score_threshold)
    if len(boxes.shape) == 2:
        chosen = non_max_suppression(boxes, scores, *given)
        count = to_tensor(np.asarray(chosen.shape[0], np.int32))
        return (pad(chosen, [[0, limit - chosen.shape[0]]]) if pad_to_max_output_size else chosen), count
    flat_boxes, flat_scores = boxes.numpy().reshape((-1, *boxes.shape[-2:])), scores.numpy().reshape((-1, scores.shape[-1]))
    rows = [non_max_suppression(b, s, *given).numpy() for b, s in zip(flat_boxes, flat_scores)]
    lead = tuple(boxes.shape.as_list()[:-2])
    indices = np.stack([np.pad(r, (0, limit - len(r))) for r in rows]).reshape((*lead, limit))
    return to_tensor(indices), to_tensor(np.array([len(r) for r in rows], np.int32).reshape(lead))


@op("_internal.non_max_suppression_overlaps", raw="NonMaxSuppressionWithOverlaps", device=False, differentiable=False)
def _nms_overlaps(overlaps: FloatOther, scores: FloatOther, limit: Static, threshold: Static, least: Static, name: Name = None):
    return np.array(_suppress(lambda i, j: overlaps[i, j], scores, limit, threshold, least)[0], np.int32)


@export("image.non_max_suppression_overlaps")
@recorded
def non_max_suppression_overlaps(overlaps: Any, scores: Any, max_output_size: Any, overlap_threshold: Any = 0.5, score_threshold: Any = float("-inf"), name: Any = None) -> Any:
    """`non_max_suppression` from a matrix of overlaps, [boxes, boxes]."""
    return _nms_overlaps(overlaps, scores, statics.integer(max_output_size), statics.value(overlap_threshold), statics.value(score_threshold))


@op("_internal.combined_nms", raw="CombinedNonMaxSuppression", device=False, differentiable=False)
def _combined(boxes: Float, scores: Float, per_class: Static, total: Static, threshold: Static, least: Static, pad_per_class: Static, clip: Static, name: Name = None):
    batch, _, shared, _ = boxes.shape
    classes = scores.shape[2]
    size = min(total, per_class * classes) if pad_per_class else total
    out_boxes = np.zeros((batch, size, 4), np.float32)
    out_scores, out_classes = np.zeros((batch, size), np.float32), np.zeros((batch, size), np.float32)
    valid = np.zeros(batch, np.int32)
    for b in range(batch):
        found = []
        for c in range(classes):
            own = boxes[b, :, c if shared > 1 else 0]
            chosen, kept = _suppress(_by_boxes(own), scores[b, :, c], per_class, threshold, least)
            found += [(-s, c, i, own[i]) for i, s in zip(chosen, kept)]
        found = sorted(found, key=lambda entry: entry[0])[:size]
        valid[b] = len(found)
        for place, (negative, c, _, box) in enumerate(found):
            out_boxes[b, place] = np.clip(box, 0, 1) if clip else box
            out_scores[b, place], out_classes[b, place] = -negative, c
    return _Combined(out_boxes, out_scores, out_classes, valid)


@export("image.combined_non_max_suppression")
@recorded
def combined_non_max_suppression(
    boxes: Any, scores: Any, max_output_size_per_class: Any, max_total_size: Any, iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"), pad_per_class: bool = False, clip_boxes: bool = True, name: Any = None,
) -> Any:
    """`non_max_suppression` for each class of a batch, merged by score.

    Args:
      boxes: [batch, boxes, classes or 1, 4].
      scores: [batch, boxes, classes].
      max_output_size_per_class, max_total_size: limits.
      iou_threshold, score_threshold: as of `non_max_suppression`.
      pad_per_class: pads to classes * limit instead of the total, where that is less.
      clip_boxes: clips the results to [0, 1].

    Returns:
      nmsed_boxes, nmsed_scores, nmsed_classes (padded with zeros) and valid_detections.
    """
    return _combined(
        boxes, scores, statics.integer(max_output_size_per_class), statics.integer(max_total_size),
        statics.value(iou_threshold), statics.value(score_threshold), pad_per_class, clip_boxes,
    )


_PALETTE = (
    (1, 1, 0, 1), (0, 0, 1, 1), (1, 0, 0, 1), (0, 1, 0, 1), (0.5, 0, 0.5, 1),
    (0.5, 0.5, 0, 1), (0.5, 0, 0, 1), (0, 0, 0.5, 1), (0, 1, 1, 1), (1, 0, 1, 1),
)


@op("_internal.draw_bounding_boxes", raw="DrawBoundingBoxesV2", device=False, differentiable=False)
def _draw(images: Real, boxes: FloatOther, colors: Static, name: Name = None):
    result = np.array(images)
    _, height, width, depth = images.shape
    palette = np.array(colors if colors is not None else _PALETTE, np.float32)
    if depth == 1:
        palette = np.ones_like(palette)
    for b, picture in enumerate(result):
        for k, box in enumerate(boxes[b]):
            color = palette[k % len(palette)][:depth].astype(images.dtype)
            top, left = int(box[0] * np.float32(height - 1)), int(box[1] * np.float32(width - 1))
            bottom, right = int(box[2] * np.float32(height - 1)), int(box[3] * np.float32(width - 1))
            if top > bottom or left > right or top >= height or bottom < 0 or left >= width or right < 0:
                continue
            rows = slice(max(top, 0), min(bottom, height - 1) + 1)
            columns = slice(max(left, 0), min(right, width - 1) + 1)
            for row in (top, bottom):
                if 0 <= row < height:
                    picture[row, columns] = color
            for column in (left, right):
                if 0 <= column < width:
                    picture[rows, column] = color
    return result


@export("image.draw_bounding_boxes")
@recorded
def draw_bounding_boxes(images: Any, boxes: Any, colors: Any, name: Any = None) -> Any:
    """Pictures with the outlines of boxes drawn on them.

    Args:
      images: [batch, height, width, 1, 3 or 4], floats.
      boxes: [batch, boxes, 4]: (y1, x1, y2, x2) relative to the size.
      colors: [colors, channels], used in turn; None for a palette.
    """
    return _draw(images, boxes, statics.value(colors))
