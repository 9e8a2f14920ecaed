"""Losses over many classes of which a sample stands for all: noise contrast and sampled softmax."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, reshape, stop_gradient
from tfjax._src.ops.math.arithmetic import add, multiply, subtract
from tfjax._src.ops.math.comparison import equal
from tfjax._src.ops.math.elementwise import log
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_any, reduce_sum
from tfjax._src.ops.nn.losses import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
)
from tfjax._src.ops.random import state
from tfjax._src.ops.random.candidates import log_uniform_candidate_sampler
from tfjax._src.ops.sparse.embeddings import embedding_lookup

ComputeAccidentalHits = namedtuple("ComputeAccidentalHits", ["indices", "ids", "weights"])
_LOWEST = np.finfo(np.float32).min


@export("nn.compute_accidental_hits")
@recorded
def compute_accidental_hits(
    true_classes: Any, sampled_candidates: Any, num_true: Any, seed: Any = None, name: Any = None
) -> Any:
    """Where sampled classes are true classes of an example.

    Args:
      true_classes: [batch, num_true] integers.
      sampled_candidates: the sampled classes.
      num_true: true classes per example.
      seed: no effect.
      name: no effect.

    Returns:
      (indices, ids, weights): examples, positions in the sample, and the lowest float32 numbers.

    >>> import tfjax as tf
    >>> hits = tf.nn.compute_accidental_hits([[1, 2], [3, 4]], [4, 1], 2)
    >>> hits.indices.numpy().tolist(), hits.ids.numpy().tolist()
    ([0, 1], [1, 0])
    """
    state.op_seeds(seed)  # TensorFlow counts this among its random ops.
    true = to_tensor(true_classes, dtypes.int64).host_value()
    if true.ndim != 2 or true.shape[1] != statics.integer(num_true):
        text = "true_candidates must be a batch_size * num_true matrix [Op:ComputeAccidentalHits] name: "
        raise InvalidArgumentError(None, None, text)
    sampled = to_tensor(sampled_candidates, dtypes.int64).host_value().tolist()
    position = {number: i for i, number in enumerate(sampled)}
    hits = [
        (row, position[n])
        for row, numbers in enumerate(true.tolist())
        for n in numbers
        if n in position
    ]
    pairs = np.array(hits, np.int64).reshape(-1, 2)
    weights = np.full(len(pairs), _LOWEST, np.float32)
    return ComputeAccidentalHits(
        Tensor(pairs[:, 0].astype(np.int32)), Tensor(pairs[:, 1]), Tensor(weights)
    )


def _scores(
    weights: Any, biases: Any, labels: Tensor, inputs: Tensor, sampled: Tensor, num_true: int
) -> tuple[Tensor, Tensor]:
    """(scores of the true classes [batch, num_true], of the sampled ones [batch, sampled])."""
    ids = concat([reshape(labels, [-1]), sampled], 0)
    rows, offsets = embedding_lookup(weights, ids), embedding_lookup(biases, ids)
    if rows.dtype != inputs.dtype:
        rows = cast(rows, inputs.dtype)
    trues = labels.shape[0] * num_true
    size = inputs.shape[-1]
    products = multiply(reshape(inputs, [-1, 1, size]), reshape(rows[:trues], [-1, num_true, size]))
    true_scores = add(reduce_sum(products, 2), reshape(offsets[:trues], [-1, num_true]))
    return true_scores, add(matmul(inputs, rows[trues:], transpose_b=True), offsets[trues:])


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: Any,
    sampled_values: Any,
    remove_hits: bool,
    seed: Any,
) -> tuple[Tensor, Tensor]:
    """(logits, labels), both [batch, num_true + num_sampled], with the odds of the sample taken off."""
    num_true = statics.integer(num_true)
    labels, inputs = cast(to_tensor(labels), dtypes.int64), to_tensor(inputs)
    if labels.shape.rank == 1:
        labels = reshape(labels, [-1, 1])
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes, seed
        )
    sampled, true_count, sampled_count = (stop_gradient(v) for v in sampled_values)
    sampled = cast(sampled, dtypes.int64)
    true_scores, scores = _scores(weights, biases, labels, inputs, sampled, num_true)
    if remove_hits:
        state.op_seeds(seed)  # TensorFlow looks for the hits with what it counts as a random op.
        hit = reduce_any(equal(reshape(labels, [-1, num_true, 1]), sampled), 1)
        scores = add(
            scores, where(hit, np.array(_LOWEST, scores.dtype.np), np.zeros((), scores.dtype.np))
        )
    true_scores = subtract(true_scores, log(cast(true_count, true_scores.dtype)))
    scores = subtract(scores, log(cast(sampled_count, scores.dtype)))
    logits = concat([true_scores, scores], 1)
    marks = np.zeros(logits.shape.as_list(), logits.dtype.np)
    marks[:, :num_true] = 1.0 / num_true
    return logits, Tensor(marks)


@export("nn.nce_loss")
@recorded
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: Any = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    name: Any = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: true classes against sampled ones, each by a logistic loss.

    Args:
      weights: [classes, size], or a list of its parts.
      biases: [classes].
      labels: [batch, num_true] integers.
      inputs: [batch, size].
      num_sampled: how many classes to draw for the batch.
      num_classes: the number of classes.
      num_true: true classes per example.
      sampled_values: what a candidate sampler returned; log-uniform candidates by default.
      remove_accidental_hits: leave out sampled classes that are true ones of the example.
      name: no effect.

    Returns:
      A loss for each example.

    Source: Gutmann and Hyvärinen, "Noise-contrastive estimation", 2010.

    >>> import tfjax as tf
    >>> tf.nn.nce_loss(tf.ones([9, 4]), tf.zeros([9]), [[1], [2]], tf.ones([2, 4]), 3, 9).shape
    TensorShape([2])
    """
    logits, marks = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        None,
    )
    return reduce_sum(sigmoid_cross_entropy_with_logits(labels=marks, logits=logits), 1)


@export("nn.sampled_softmax_loss")
@recorded
def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: Any,
    num_classes: Any,
    num_true: Any = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    seed: Any = None,
    name: Any = "sampled_softmax_loss",
) -> Tensor:
    """The cross entropy of a softmax over the true and some sampled classes; for training only.

    Args:
      weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values: as of
        `tf.nn.nce_loss`.
      remove_accidental_hits: leave out sampled classes that are true ones of the example.
      seed: an op seed of the sampler.
      name: no effect.

    Returns:
      A loss for each example.

    Source: Jean et al., "On using very large target vocabulary for neural machine translation", 2014.

    >>> import tfjax as tf
    >>> tf.nn.sampled_softmax_loss(tf.ones([9, 4]), tf.zeros([9]), [[1], [2]], tf.ones([2, 4]), 3, 9).shape
    TensorShape([2])
    """
    logits, marks = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        seed,
    )
    return softmax_cross_entropy_with_logits(marks, logits)
