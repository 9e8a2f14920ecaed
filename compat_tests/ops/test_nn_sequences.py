"""CTC, sampled losses, isotonic regression and approximate maxima next to TensorFlow."""

import numpy as np
import pytest

from compat_tests.harness import Case, normal, parity, parity_table, uniform

LABELS = np.array([[1, 2, 2], [3, 1, 0], [4, 0, 0]], np.int32)
SPARSE = np.array([[1, 2, 2], [3, 1, 0], [2, 0, 0]], np.int32)
CLASSES = np.array([[1], [2], [7]], np.int64)

test_ctc_loss = parity_table(
    [
        Case("nn.ctc_loss", LABELS, normal(6, 3, 5), [3, 2, 1], [6, 5, 4]),
        Case("nn.ctc_loss", LABELS, normal(3, 6, 5), [3, 2, 1], [6, 5, 4], False, id="batch-major", modes=("device",)),
        Case(
            "nn.ctc_loss", SPARSE + 3 * (SPARSE > 1), normal(6, 3, 7), [3, 2, 1], [6, 5, 4], blank_index=-5, id="blank",
            modes=("device",),
        ),
        Case("nn.ctc_loss", LABELS, normal(6, 3, 5), [3, 0, 1], [6, 5, 4], id="no-labels", modes=("device",)),
        Case(
            "nn.ctc_loss", LABELS, normal(6, 3, 5), [3, 2, 1], [6, 5, 4], id="half", modes=("device",), dtypes=("float16",)
        ),
        Case("nn.ctc_loss", LABELS, normal(6, 3, 5), None, [6, 5, 4], id="no-lengths", modes=("device",)),
    ]
)  # fmt: skip


@pytest.mark.parametrize("blank", [-1, 0, None])
@parity(modes=("device", "gradient"))
def test_ctc_loss_of_sparse_labels(tf, blank, x=normal(6, 3, 5)):
    return tf.nn.ctc_loss(tf.sparse.from_dense(SPARSE), x, None, [6, 5, 4], blank_index=blank)


@pytest.mark.parametrize("frames", [[3, 5, 4], [6, 1, 4]], ids=str)
@parity(modes=("host", "gradient"))
def test_sparse_labels_without_enough_frames(tf, frames, x=normal(6, 3, 5)):
    return tf.nn.ctc_loss(tf.sparse.from_dense(SPARSE), x, None, frames, blank_index=-1)


# What labels that do not fit cost is a rounded log of zero: its digits differ.
@parity(modes=("device",), tolerance=(1e-2, 0.0))
def test_dense_labels_without_enough_frames(tf, x=normal(6, 3, 5)):
    return tf.nn.ctc_loss(LABELS, x, [3, 2, 1], [3, 1, 4])


@pytest.mark.parametrize(
    "options", [{}, {"merge_repeated": False}, {"blank_index": 0}, {"blank_index": -2}], ids=str
)
@parity(modes=("host",))
def test_greedy_decoder(tf, options, x=normal(9, 3, 4)):
    (labels,), scores = tf.nn.ctc_greedy_decoder(x, [9, 5, 0], **options)
    return labels.indices, labels.values, labels.dense_shape, scores


@pytest.mark.parametrize(("width", "paths"), [(100, 1), (3, 2), (1, 1), (7, 5)])
@parity(modes=("host",))
def test_beam_search_decoder(tf, width, paths, x=normal(9, 3, 4)):
    found, scores = tf.nn.ctc_beam_search_decoder(2.0 * x, [9, 5, 6], width, paths)
    return [(p.indices, p.values, p.dense_shape) for p in found], scores


BAD_DECODINGS = {
    "long": lambda tf, x: tf.nn.ctc_greedy_decoder(x, [5, 4, 4]),
    "few": lambda tf, x: tf.nn.ctc_beam_search_decoder(x, [4, 4]),
    "rank": lambda tf, x: tf.nn.ctc_greedy_decoder(x[0], [4]),
    "paths": lambda tf, x: tf.nn.ctc_beam_search_decoder(x, [4, 4, 4], 1, 2),
}


@pytest.mark.parametrize("kind", list(BAD_DECODINGS))
@parity(modes=("host",))
def test_decodings_that_cannot_be(tf, kind, x=normal(4, 3, 4)):
    return BAD_DECODINGS[kind](tf, x)


test_label_sequences = parity_table(
    [
        Case("nn.ctc_unique_labels", LABELS),
        Case(
            "nn.ctc_unique_labels",
            np.array([[3, 3, 3, 1], [1, 1, 1, 1]], np.int32),
            id="unique-narrow",
        ),
        Case("nn.ctc_unique_labels", [1, 2], id="unique-vector"),
        Case("nn.collapse_repeated", np.array([[1, 1, 2, 2, 1], [1, 2, 3, 3, 3]]), [5, 4]),
        Case(
            "nn.collapse_repeated",
            np.array([[1, 1, 2, 2, 1], [1, 2, 3, 3, 3]]),
            [3, 2],
            id="collapse-short",
        ),
        Case("nn.compute_accidental_hits", np.array([[1, 2], [3, 4], [5, 1]]), [1, 3, 1, 9], 2),
        Case("nn.compute_accidental_hits", np.array([[1, 2]]), [1, 3], 3, id="hits-columns"),
        Case("nn.all_candidate_sampler", np.array([[1, 2]]), 2, 3, True),
    ],
    modes=("host",),
)


@pytest.mark.parametrize("loss", ["nce_loss", "sampled_softmax_loss"])
@pytest.mark.parametrize("remove", [True, False])
@parity(modes=("host", "gradient"))
def test_sampled_losses(tf, loss, remove, w=normal(10, 4), b=normal(10), x=normal(3, 4)):
    tf.random.set_seed(1)
    first = getattr(tf.nn, loss)(w, b, CLASSES, x, 4, 10, remove_accidental_hits=remove)
    return first, tf.random.uniform([2])


@parity(modes=("device",))
def test_sampled_losses_with_several_classes_and_parts(
    tf, w=normal(10, 4), b=normal(10), x=normal(3, 4)
):
    tf.random.set_seed(1)
    labels = np.array([[1, 2], [3, 4], [7, 8]])
    several = tf.nn.nce_loss(w, b, labels, x, 4, 10, num_true=2)
    seeded = tf.nn.sampled_softmax_loss([w[:5], w[5:]], b, CLASSES, x, 4, 10, seed=5)
    given = tf.random.uniform_candidate_sampler(CLASSES, 1, 3, True, 10, seed=2)
    return several, seeded, tf.nn.nce_loss(w, b, CLASSES, x, 3, 10, sampled_values=given)


test_selections = parity_table(
    [
        Case("nn.approx_max_k", normal(2, 9), 3),
        Case("nn.approx_max_k", normal(2, 9), 3, aggregate_to_topk=False, id="no-aggregation", modes=("device",)),
        Case("nn.approx_max_k", normal(2, 3), 9, id="too-many", modes=("device",)),
        Case("nn.batch_norm_with_global_normalization", normal(1, 2, 2, 3), normal(3), uniform(3), normal(3), normal(3), 0.01, True),
        Case("nn.batch_norm_with_global_normalization", normal(1, 2, 2, 3), normal(3), uniform(3), normal(3), normal(3), 0.01, False, id="unscaled"),
        Case("nn.batch_normalization", normal(2, 3), normal(3), uniform(3), None, None, 0.01, id="bare"),
    ],
    modes=("device", "gradient"),
)  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"decreasing": False, "axis": 0}], ids=str)
@parity(modes=("host", "gradient"), dtypes=("float32", "float64"))
def test_isotonic_regression(tf, options, x=normal(4, 5)):
    return list(tf.nn.isotonic_regression(x, **options))


@parity(modes=("host",))
def test_isotonic_regression_of_integers(tf, x=normal(1)):
    return [
        list(tf.nn.isotonic_regression(np.array([3, 1, 2, 5], kind)))
        for kind in (np.int8, np.int32, np.int64)
    ]
