"""Candidate samplers for losses over many classes: uniform, log-uniform, all."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyOther, Axis, Name, NumericOther, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.random import distributions, philox, state

_FIELDS = ["sampled_candidates", "true_expected_count", "sampled_expected_count"]
UniformCandidateSampler = namedtuple("UniformCandidateSampler", _FIELDS)
LogUniformCandidateSampler = namedtuple("LogUniformCandidateSampler", _FIELDS)
AllCandidateSampler = namedtuple("AllCandidateSampler", _FIELDS)
# Blocks that TensorFlow sets aside for each candidate.
_RESERVED = 512


def _classes(words: np.ndarray, limit: int, log: bool) -> np.ndarray:
    if not log:
        wide = words.astype(np.uint64)
        return ((wide[:, 0] | (wide[:, 1] << np.uint64(32))) % np.uint64(limit)).astype(np.int64)
    scale = math.log(limit + 1)
    unit = distributions.unit64(words[:, 0], words[:, 1]).tolist()
    return np.array([int(math.exp(u * scale)) - 1 for u in unit], np.int64) % limit


def _sample(start: np.ndarray, count: int, unique: bool, limit: int, log: bool) -> tuple[np.ndarray, int]:
    """(classes, how many were drawn for them)."""
    if not unique:
        return _classes(philox.words(start, 2 * count).reshape(-1, 2), limit, log), count
    seen: dict[int, None] = {}
    tries, block, size = 0, 0, max(count, 64)
    while True:
        words = philox.words(start, 4 * size, block).reshape(-1, 2)
        for number in _classes(words, limit, log).tolist():
            tries += 1
            seen[number] = None
            if len(seen) == count:
                return np.array(list(seen), np.int64), tries
        block += size


def _expected(classes: np.ndarray, tries: int, count: int, limit: int, log: bool) -> np.ndarray:
    """How often a class is expected among the candidates."""
    number = classes.astype(np.float64)
    p = (np.log((number + 2) / (number + 1)) / math.log(limit + 1)) if log else np.full(classes.shape, 1.0 / limit)
    expected = p * count if tries == count else -np.expm1(tries * np.log1p(-p))
    return expected.astype(np.float32)


@op("_internal.candidates", raw="CandidateSampler", differentiable=False)
def _candidates(start: NumericOther, true: AnyOther, count: Axis, unique: Static, limit: Axis, log: Static, name: Name = None):
    def run(start: Any, true: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sampled, tries = _sample(np.asarray(start), count, unique, limit, log)
        return sampled, _expected(np.asarray(true), tries, count, limit, log), _expected(sampled, tries, count, limit, log)

    if isinstance(start, np.ndarray) and isinstance(true, np.ndarray):
        return run(start, true)
    out = [jax.ShapeDtypeStruct(s, d) for s, d in (((count,), np.int64), (true.shape, np.float32), ((count,), np.float32))]
    return tuple(jax.pure_callback(run, tuple(out), jnp.asarray(start), jnp.asarray(true), vmap_method="sequential"))


def _checked(true_classes: Any, num_true: int, op_name: str) -> Tensor:
    true = to_tensor(true_classes, dtypes.int64)
    dims = true.shape.as_list()
    if len(dims) != 2 or dims[1] != num_true:
        found = dims[1] if len(dims) == 2 else dims
        raise InvalidArgumentError(None, None, f"true_classes must have num_true columns, expected: {found} was: {num_true} [Op:{op_name}]")
    return true


def _draw(kind: type, true_classes: Any, num_true: Any, num_sampled: Any, unique: Any, range_max: Any, seed: Any, log: bool) -> Any:
    op_name = kind.__name__
    true = _checked(true_classes, statics.integer(num_true), op_name)
    count, limit = statics.integer(num_sampled), statics.integer(range_max)
    if unique and count > limit:
        raise InvalidArgumentError(None, None, f"Sampler's range is too small. [Op:{op_name}]")
    start = Tensor(state.reserve(op_name, (num_true, count, bool(unique), limit), seed, count * _RESERVED))
    return kind(*_candidates(start, true, count, bool(unique), limit, log))


@export("random.uniform_candidate_sampler")
@recorded
def uniform_candidate_sampler(true_classes: Any, num_true: Any, num_sampled: Any, unique: Any, range_max: Any, seed: Any = None, name: str | None = None) -> Any:
    """Classes in [0, range_max), all with the same probability.

    Args:
      true_classes: [batch, num_true] integers.
      num_true: true classes per example.
      num_sampled: how many to draw.
      unique: whether each class comes once at most.
      range_max: the number of classes.
      seed: an op seed.

    Returns:
      (sampled_candidates, true_expected_count, sampled_expected_count).

    >>> import tfjax as tf
    >>> tf.random.uniform_candidate_sampler([[0]], 1, 3, True, 10).sampled_candidates.shape
    TensorShape([3])
    """
    return _draw(UniformCandidateSampler, true_classes, num_true, num_sampled, unique, range_max, seed, False)


@export("random.log_uniform_candidate_sampler")
@recorded
def log_uniform_candidate_sampler(true_classes: Any, num_true: Any, num_sampled: Any, unique: Any, range_max: Any, seed: Any = None, name: str | None = None) -> Any:
    """Classes in [0, range_max), class k with a probability that falls like 1 / k (Zipf's law).

    Arguments and results are as of `uniform_candidate_sampler`.

    >>> import tfjax as tf
    >>> tf.random.log_uniform_candidate_sampler([[0]], 1, 3, True, 10).sampled_candidates.shape
    TensorShape([3])
    """
    return _draw(LogUniformCandidateSampler, true_classes, num_true, num_sampled, unique, range_max, seed, True)


@export("random.all_candidate_sampler", "nn.all_candidate_sampler")
@recorded
def all_candidate_sampler(true_classes: Any, num_true: Any, num_sampled: Any, unique: Any, seed: Any = None, name: str | None = None) -> Any:
    """All `num_sampled` classes, for tests of sampled losses; `unique` and `seed` have no effect.

    >>> import tfjax as tf
    >>> tf.random.all_candidate_sampler([[0]], 1, 3, True).sampled_candidates.numpy()
    array([0, 1, 2])
    """
    true = _checked(true_classes, statics.integer(num_true), "AllCandidateSampler")
    count = statics.integer(num_sampled)
    ones = np.ones(tuple(true.shape), np.float32)
    return AllCandidateSampler(Tensor(np.arange(count)), Tensor(ones), Tensor(np.ones(count, np.float32)))
