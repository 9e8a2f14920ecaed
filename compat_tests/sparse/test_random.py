"""Random sparse tensors, sets and strings through every operation, next to TensorFlow."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from compat_tests.expressions import described
from compat_tests.harness import our_tf, real_tf
from compat_tests.results import Failure, differences, failure

ROUNDS = 5


def dense(tf, rng, shape):
    return tf.constant(rng.integers(-4, 5, shape).astype(np.int32))


def like(tf, rng, shape):
    """A sparse float matrix of this shape."""
    values = rng.integers(-2, 3, shape) * (rng.random(shape) < 0.5)
    return tf.sparse.from_dense(values.astype(np.float32))


def sparse(tf, rng, rank=2):
    """(sparse float tensor, its shape)."""
    shape = [int(v) for v in rng.integers(1, 5, rank)]
    return like(tf, rng, shape), shape


OPERATIONS = {
    "todense": lambda tf, rng: tf.sparse.to_dense(sparse(tf, rng, int(rng.integers(1, 4)))[0]),
    "concat": lambda tf, rng: (
        lambda a, sh: tf.sparse.concat(int(rng.integers(0, 2)), [a, like(tf, rng, sh)])
    )(*sparse(tf, rng)),
    "concatx": lambda tf, rng: (
        lambda a, sh: tf.sparse.concat(
            int(rng.integers(0, 2)), [a, sparse(tf, rng)[0]], expand_nonconcat_dims=True
        )
    )(*sparse(tf, rng)),
    "slice": lambda tf, rng: (
        lambda a, sh: tf.sparse.slice(
            a, [int(rng.integers(0, s)) for s in sh], [int(rng.integers(1, 4)) for s in sh]
        )
    )(*sparse(tf, rng, int(rng.integers(1, 4)))),
    "split": lambda tf, rng: (lambda a, sh: tf.sparse.split(a, int(rng.integers(1, sh[1] + 1)), 1))(
        *sparse(tf, rng)
    ),
    "transpose": lambda tf, rng: (
        lambda a, sh: tf.sparse.transpose(a, [int(v) for v in rng.permutation(3)])
    )(*sparse(tf, rng, 3)),
    "reshape": lambda tf, rng: (lambda a, sh: tf.sparse.reshape(a, [sh[1], -1]))(
        *sparse(tf, rng, 3)
    ),
    "rsum": lambda tf, rng: (lambda a, sh: tf.sparse.reduce_sum(a, int(rng.integers(-2, 2))))(
        *sparse(tf, rng)
    ),
    "rsum3": lambda tf, rng: (
        lambda a, sh: tf.sparse.reduce_sum(a, [0, 2], keepdims=bool(rng.integers(0, 2)))
    )(*sparse(tf, rng, 3)),
    "rmax": lambda tf, rng: (lambda a, sh: tf.sparse.reduce_max(a, int(rng.integers(-2, 2))))(
        *sparse(tf, rng)
    ),
    "rmaxs": lambda tf, rng: (
        lambda a, sh: tf.sparse.reduce_max(a, int(rng.integers(-2, 2)), output_is_sparse=True)
    )(*sparse(tf, rng)),
    "rsums": lambda tf, rng: (lambda a, sh: tf.sparse.reduce_sum(a, [0, 1], output_is_sparse=True))(
        *sparse(tf, rng, 3)
    ),
    "rsumall": lambda tf, rng: (lambda a, sh: tf.sparse.reduce_sum(a, output_is_sparse=True))(
        *sparse(tf, rng, 2)
    ),
    "add": lambda tf, rng: (lambda a, sh: tf.sparse.add(a, like(tf, rng, sh)))(*sparse(tf, rng)),
    "addt": lambda tf, rng: (lambda a, sh: tf.sparse.add(a, like(tf, rng, sh), threshold=1.5))(
        *sparse(tf, rng)
    ),
    "max": lambda tf, rng: (lambda a, sh: tf.sparse.maximum(a, like(tf, rng, sh)))(
        *sparse(tf, rng)
    ),
    "min": lambda tf, rng: (lambda a, sh: tf.sparse.minimum(a, like(tf, rng, sh)))(
        *sparse(tf, rng)
    ),
    "matmul": lambda tf, rng: (
        lambda a, sh: tf.sparse.sparse_dense_matmul(
            a, tf.cast(dense(tf, rng, [sh[1], 2]), tf.float32)
        )
    )(*sparse(tf, rng)),
    "matmulT": lambda tf, rng: (
        lambda a, sh: tf.sparse.sparse_dense_matmul(
            a, tf.cast(dense(tf, rng, [3, sh[0]]), tf.float32), adjoint_a=True, adjoint_b=True
        )
    )(*sparse(tf, rng)),
    "matmulD": lambda tf, rng: (
        lambda a, sh: tf.sparse.sparse_dense_matmul(
            tf.cast(dense(tf, rng, [3, sh[0]]), tf.float32), a
        )
    )(*sparse(tf, rng)),
    "softmax": lambda tf, rng: (lambda a, sh: tf.sparse.softmax(a))(
        *sparse(tf, rng, int(rng.integers(2, 4)))
    ),
    "fill": lambda tf, rng: (lambda a, sh: tf.sparse.fill_empty_rows(a, 7.0))(*sparse(tf, rng)),
    "expand": lambda tf, rng: (lambda a, sh: tf.sparse.expand_dims(a, int(rng.integers(-3, 3))))(
        *sparse(tf, rng)
    ),
    "reset": lambda tf, rng: (lambda a, sh: tf.sparse.reset_shape(a))(*sparse(tf, rng)),
    "retain": lambda tf, rng: (lambda a, sh: tf.sparse.retain(a, a.values > 0))(*sparse(tf, rng)),
    "muld": lambda tf, rng: (lambda a, sh: a * tf.cast(dense(tf, rng, sh), tf.float32))(
        *sparse(tf, rng)
    ),
    "muls": lambda tf, rng: (lambda a, sh: a * tf.cast(dense(tf, rng, [sh[1]]), tf.float32))(
        *sparse(tf, rng)
    ),
    "divd": lambda tf, rng: (lambda a, sh: a / tf.constant(2.0))(*sparse(tf, rng)),
    "bincount": lambda tf, rng: tf.sparse.bincount(
        tf.abs(dense(tf, rng, [2, 4])),
        axis=int(rng.choice([0, -1])),
        minlength=int(rng.integers(0, 6)),
        binary_output=bool(rng.integers(0, 2)),
    ),
    "bincountm": lambda tf, rng: tf.sparse.bincount(
        tf.abs(dense(tf, rng, [2, 4])),
        axis=int(rng.choice([0, -1])),
        maxlength=int(rng.integers(1, 6)),
    ),
    "bincountw": lambda tf, rng: tf.sparse.bincount(
        tf.abs(dense(tf, rng, [2, 4])),
        weights=tf.cast(dense(tf, rng, [2, 4]), tf.float32),
        axis=int(rng.choice([0, -1])),
    ),
    "mbincount": lambda tf, rng: tf.math.bincount(
        tf.ragged.constant([[int(v) for v in rng.integers(0, 5, 3)], [1]], dtype=tf.int32),
        axis=-1,
        minlength=3,
    ),
    "union": lambda tf, rng: tf.sets.union(dense(tf, rng, [2, 3]), dense(tf, rng, [2, 2])),
    "inter": lambda tf, rng: tf.sets.intersection(dense(tf, rng, [2, 3]), dense(tf, rng, [2, 2])),
    "diff": lambda tf, rng: tf.sets.difference(
        dense(tf, rng, [2, 3]), dense(tf, rng, [2, 2]), aminusb=bool(rng.integers(0, 2))
    ),
    "unions": lambda tf, rng: (
        lambda a, sh: tf.sets.union(tf.cast(a, tf.int32), dense(tf, rng, [sh[0], 2]))
    )(*sparse(tf, rng)),
    "setsize": lambda tf, rng: (lambda a, sh: tf.sets.size(tf.cast(a, tf.int32)))(
        *sparse(tf, rng, int(rng.integers(2, 4)))
    ),
    "segsum": lambda tf, rng: tf.sparse.segment_sum(
        tf.cast(dense(tf, rng, [4, 2]), tf.float32),
        [int(v) for v in rng.integers(0, 4, 3)],
        sorted(int(v) for v in rng.integers(0, 4, 3)),
    ),
    "segmean": lambda tf, rng: tf.sparse.segment_mean(
        tf.cast(dense(tf, rng, [4, 2]), tf.float32),
        [int(v) for v in rng.integers(0, 4, 3)],
        sorted(int(v) for v in rng.integers(0, 4, 3)),
        num_segments=5,
    ),
    "fromsparse": lambda tf, rng: tf.RaggedTensor.from_sparse(sparse(tf, rng)[0]),
    "indicator": lambda tf, rng: tf.sparse.to_indicator(
        tf.cast(tf.sparse.from_dense(np.abs(rng.integers(0, 4, (2, 3)))), tf.int64), 5
    ),
    "range": lambda tf, rng: tf.ragged.range(
        [int(v) for v in rng.integers(-3, 4, 3)],
        [int(v) for v in rng.integers(-3, 8, 3)],
        [int(v) for v in rng.choice([-2, -1, 1, 2, 3], 3)],
    ),
    "sdp": lambda tf, rng: tf.ragged.stack_dynamic_partitions(
        dense(tf, rng, [5]), [int(v) for v in rng.integers(0, 3, 5)], 3
    ),
    "ngrams": lambda tf, rng: tf.strings.ngrams(
        tf.ragged.constant(
            [
                [chr(97 + int(v)) for v in rng.integers(0, 20, int(rng.integers(0, 5)))]
                for _ in range(3)
            ],
            dtype=tf.string,
            ragged_rank=1,
        ),
        int(rng.integers(1, 4)),
        pad_values=[None, "x", ("a", "b")][int(rng.integers(0, 3))],
        preserve_short_sequences=bool(rng.integers(0, 2)),
    ),
    "split_s": lambda tf, rng: tf.strings.split(
        [
            "".join(chr(int(v)) for v in rng.choice([32, 97, 98, 44, 9], int(rng.integers(0, 8))))
            for _ in range(3)
        ],
        sep=[None, ",", "ab", " "][int(rng.integers(0, 4))],
        maxsplit=int(rng.integers(-1, 3)),
    ),
    "sjoin": lambda tf, rng: tf.strings.reduce_join(
        tf.constant([[chr(97 + int(v)) for v in rng.integers(0, 9, 3)] for _ in range(2)]),
        axis=[None, 0, 1, -1, [0, 1], [1, 0]][int(rng.integers(0, 6))],
        keepdims=bool(rng.integers(0, 2)),
        separator="-",
    ),
    "hash": lambda tf, rng: tf.strings.to_hash_bucket_fast(
        [
            "".join(chr(97 + int(v)) for v in rng.integers(0, 26, int(rng.integers(0, 150))))
            for _ in range(8)
        ],
        10**15,
    ),
    "hash2": lambda tf, rng: tf.strings.to_hash_bucket_strong(
        [
            "".join(chr(97 + int(v)) for v in rng.integers(0, 26, int(rng.integers(0, 50))))
            for _ in range(8)
        ],
        10**15,
        [int(rng.integers(0, 2**40)), 7],
    ),
    "hash3": lambda tf, rng: tf.strings.to_hash_bucket(
        [
            "".join(chr(97 + int(v)) for v in rng.integers(0, 26, int(rng.integers(0, 50))))
            for _ in range(8)
        ],
        10**15,
    ),
    "unidec": lambda tf, rng: tf.strings.unicode_decode_with_offsets(
        [
            bytes(
                rng.choice(
                    [97, 0xC3, 0xB1, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x8A, 0x80, 1],
                    int(rng.integers(0, 8)),
                ).tolist()
            )
            for _ in range(3)
        ],
        "UTF-8",
        errors=["replace", "ignore"][int(rng.integers(0, 2))],
        replace_control_characters=bool(rng.integers(0, 2)),
    ),
    "unitrans": lambda tf, rng: tf.strings.unicode_transcode(
        [
            bytes(
                rng.choice(
                    [97, 0xC3, 0xB1, 0xE2, 0x82, 0xAC, 0x80, 1], int(rng.integers(0, 8))
                ).tolist()
            )
            for _ in range(3)
        ],
        ["UTF-8", "latin1", "UTF-16-BE"][int(rng.integers(0, 3))],
        "UTF-8",
        errors=["replace", "ignore"][int(rng.integers(0, 2))],
    ),
    "asstr": lambda tf, rng: tf.strings.as_string(
        tf.constant((rng.normal(size=4) * 10 ** rng.integers(-3, 6)).astype(np.float32)),
        precision=int(rng.integers(-1, 5)),
        scientific=bool(rng.integers(0, 2)),
        width=int(rng.integers(-1, 12)),
        fill=["", "0", "-", "+", " "][int(rng.integers(0, 5))],
    ),
    "len8": lambda tf, rng: tf.strings.length(
        [
            bytes(
                rng.choice(
                    [97, 0xC3, 0xB1, 0xE2, 0x82, 0xAC, 0x80, 1], int(rng.integers(0, 8))
                ).tolist()
            )
            for _ in range(3)
        ],
        unit="UTF8_CHAR",
    ),
}


def outcome(tf, name, seed):
    try:
        return described(OPERATIONS[name](tf, np.random.default_rng(seed)))
    except Exception as error:
        return failure(error)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(name):
    for round_ in range(ROUNDS):
        seed = [zlib.crc32(name.encode()), round_]
        ours, theirs = (outcome(tf, name, seed) for tf in (our_tf(), real_tf()))
        if isinstance(theirs, Failure) or isinstance(ours, Failure):
            assert getattr(ours, "kind", ours) == getattr(theirs, "kind", theirs), f"round {round_}"
            continue
        message = differences(ours, theirs)
        if message:
            pytest.fail(f"round {round_}: {message}", pytrace=False)
