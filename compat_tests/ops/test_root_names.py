"""Functions of the root namespace, next to TensorFlow."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from compat_tests.harness import ALL, DEVICE, FUNCTION, HOST, SINGLES, Case, distinct, integers, normal, our_tf, parity, parity_table, values

SORTED = values(np.sort(np.random.default_rng(0).integers(0, 9, (2, 7)), axis=1))
RANGE = values([0.0, 5.0])
NUMBERS = values([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0, 4.999])
SEQUENCES = distinct(2, 4, 3)
VOLUME = normal(1, 4, 3, 5, 2)
WHOLE = values([7, -7, 7, -9])

CASES = [
    Case("searchsorted", SORTED, integers(2, 5, high=10).of("float32"), modes=(HOST, DEVICE)),
    Case("searchsorted", SORTED, integers(2, 5, high=10).of("float32"), side="right", id="right"),
    Case("searchsorted", normal(0), normal(2), id="none"),
    Case("searchsorted", values([1.0, 2.0]), values([np.nan]), id="nan"),
    Case("searchsorted", SORTED, normal(2), id="rows", errors="class"),
    Case("searchsorted", SORTED, values(2.0), id="scalar", errors="class"),
    Case("searchsorted", SORTED, normal(2, 1), side="x", id="side"),
    Case("dynamic_partition", normal(5), [0, 1, 0, 2, 2], 4),
    Case("dynamic_partition", normal(3, 2), [1, 0, 1], 2, id="rows of two", modes=ALL),
    Case("dynamic_partition", normal(2, 2, 2), [[0, 1], [1, 1]], 2, id="two axes"),
    Case("dynamic_partition", values(["a", "b"]), [0, 0], 2, id="words"),
    Case("dynamic_partition", values(5.0), 1, 2, id="one"),
    Case("dynamic_partition", normal(2), [0, 2], 2, id="out of range"),
    Case("dynamic_partition", normal(3), [0, 1], 2, id="shapes"),
    Case("dynamic_partition", normal(1), [0], 0, id="no partitions", errors="class"),
    Case("dynamic_stitch", [6, [4, 1], [[5, 2], [0, 3]]], [[6.0], [[4.0], [1.0]], [[[5.0], [2.0]], [[0.0], [3.0]]]]),
    Case("dynamic_stitch", [[0, 3], [3]], [[1.0, 2.0], [9.0]], id="gap"),
    Case("dynamic_stitch", [[1, 0]], [["a", "b"]], id="stitched words"),
    Case("dynamic_stitch", [np.zeros(0, "int32")], [np.zeros((0, 3))], id="nothing"),
    Case("dynamic_stitch", [[0, 1]], [[1.0]], id="stitched shapes"),
    Case("dynamic_stitch", [[-1]], [[1.0]], id="negative"),
    Case("dynamic_stitch", [[0], [1]], [[1.0]], id="lists"),
    Case("dynamic_stitch", [], [], id="no lists", errors="class"),
    Case("reverse_sequence", SEQUENCES, [2, 3], 1, modes=ALL),
    Case("reverse_sequence", SEQUENCES, [1, 0, 2, 1], seq_axis=2, batch_axis=1, id="other axes"),
    Case("reverse_sequence", SEQUENCES, [2, 9], 1, 0, id="too long"),
    Case("reverse_sequence", SEQUENCES, [2], 1, 0, id="lengths"),
    Case("reverse_sequence", SEQUENCES, [2, 3], 1, 1, id="same axis"),
    Case("reverse_sequence", SEQUENCES, [2, -3], 1, 0, id="negative length"),
    Case("reverse_sequence", SEQUENCES, [2, 3], id="no axis"),
    Case("reverse_sequence", SEQUENCES, [2, 3], 7, 0, id="axis 7"),
    Case("reverse_sequence", SEQUENCES, [2, 3], -2, 0, id="axis -2"),
    Case("histogram_fixed_width", NUMBERS, RANGE, 5, modes=(HOST, DEVICE)),
    Case("histogram_fixed_width", NUMBERS, RANGE, 7, dtypes=SINGLES, id="seven"),
    Case("histogram_fixed_width", [1, 2, 3], [0, 5], 3, id="integers"),
    Case("histogram_fixed_width", NUMBERS, values([5.0, 0.0]), id="empty range"),
    Case("histogram_fixed_width", NUMBERS, RANGE, 0, id="no bins"),
    Case("histogram_fixed_width", NUMBERS, normal(3), id="range of three"),
    Case("histogram_fixed_width", values([np.nan]), RANGE, id="histogram of nan"),
    Case("histogram_fixed_width_bins", NUMBERS, RANGE, 5, dtypes=SINGLES),
    Case("histogram_fixed_width_bins", values([[1.0, 2.0], [2.5, 3.0]]), RANGE, 3, id="square"),
    Case("histogram_fixed_width_bins", NUMBERS, values([5.0, 0.0]), id="bins of an empty range"),
    Case("histogram_fixed_width_bins", NUMBERS, RANGE, 0, id="none of the bins", errors="class"),
    Case("truncatediv", WHOLE, values([2, 2, -2, 4]), dtypes=("int32", "int64", *SINGLES)),
    Case("truncatediv", values([1], "int32"), values([0], "int32"), id="by zero"),
    Case("truncatediv", values([-7.5, 7.5, 1.0]), values([2.0, -2.0, 0.0]), id="floats", modes=(HOST, DEVICE, FUNCTION)),
    Case("truncatemod", WHOLE, values([2, 2, -2, 4]), dtypes=("int32", "int64", *SINGLES)),
    Case("truncatemod", WHOLE, values([2, 2, -2, 4]), dtypes=("int8", "uint8"), id="small", errors="class"),
    Case("truncatemod", values([1], "int32"), values([0], "int32"), id="mod by zero"),
    Case("unravel_index", [2, 5, 7], [3, 3]),
    Case("unravel_index", integers(4, high=24), [2, 3, 4], modes=(HOST, DEVICE), id="three axes"),
    Case("unravel_index", 7, [3, 3], id="index"),
    Case("unravel_index", [9], [3, 3], id="index out of range"),
    Case("unravel_index", [[1, 2]], [3, 3], id="matrix"),
    Case("unravel_index", [0], [0, 3], id="zero"),
    Case("unravel_index", [1], 3, id="dims"),
    Case("extract_volume_patches", VOLUME, [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], "VALID"),
    Case("extract_volume_patches", VOLUME, [1, 2, 3, 2, 1], [1, 2, 2, 3, 1], "SAME", id="same", modes=ALL),
    Case("extract_volume_patches", VOLUME, [2, 2, 2, 2, 1], [1, 1, 1, 1, 1], "SAME", id="batches", errors="class"),
    Case("extract_volume_patches", VOLUME, [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], "x", id="padding", errors="class"),
    Case("required_space_to_batch_paddings", [5, 7], [2, 3]),
    Case("required_space_to_batch_paddings", [5, 7], [2, 3], [[1, 1], [0, 2]], id="base"),
    Case("required_space_to_batch_paddings", [5], [2, 3], id="incompatible", errors="class"),
    Case("complex", normal(2, 1), values([1.0, np.inf, np.nan]), dtypes=SINGLES, id="broadcast"),
    Case("complex", normal(3), 2.0, modes=ALL),
    Case("complex", 1, 2, id="int", errors="class"),
    Case("complex", normal(2), normal(2).of("float64"), id="mixed", errors="class"),
    Case("complex", normal(2), normal(3), id="complex shapes"),
    Case("identity_n", [1, "a", 2.0]),
    Case("identity_n", [], id="empty", errors="class"),
    Case("tuple", [1, None]),
    Case("tuple", [], id="empty tuple"),
    Case("parallel_stack", [[1, 2], [3, 4]], modes=(HOST, FUNCTION)),
    Case("guarantee_const", normal(2)),
    Case("get_current_name_scope"),
    Case("math.accumulate_n", [[1, 2], [3, 4], [5, 6]]),
    Case("math.accumulate_n", [[1.0, 2.0]], shape=[2], id="a single one"),
    Case("math.accumulate_n", [[1, 2], [3]], id="sum of two shapes"),
    Case("math.accumulate_n", [[1, 2], [3.0, 4.0]], id="sum of two dtypes"),
    Case("math.accumulate_n", [], id="no sum"),
    Case("math.accumulate_n", [[1, 2]], shape=[3], id="sum of another shape", errors="class"),
    Case("debugging.is_traceback_filtering_enabled"),
    *[Case("debugging.is_numeric_tensor", values([1, 0], kind), id=f"numeric {kind}") for kind in ("int8", "bool", "complex64", "float16")],
    *[Case("debugging.is_numeric_tensor", v, id=f"no tensor {v}") for v in (1.0, "a", None)],
    *[Case("debugging.assert_proper_iterable", v, id=f"iterable {v}") for v in ([1], (), "a", 3, None, {1: 2}, range(2))],
    Case("debugging.assert_proper_iterable", normal(2), id="iterable tensor", errors="class"),
]
test_names = parity_table(CASES, modes=(HOST,))

TEXTS = [b"x", "y", 3, None, bytearray(b"q"), b"\xff", pathlib.PurePosixPath("/a"), np.bytes_(b"w")]


@pytest.mark.parametrize("name", ["as_text", "as_bytes", "as_str", "as_str_any", "path_to_str"])
@pytest.mark.parametrize("text", TEXTS, ids=repr)
@parity(modes=(HOST,))
def test_text(tf, name, text):
    return repr(getattr(tf.compat, name)(text))


@parity(modes=(HOST,))
def test_compat(tf):
    compat = tf.compat
    with compat.forward_compatibility_horizon(2090, 1, 2):
        inside = compat.forward_compatible(2090, 1, 1), compat.forward_compatible(2090, 1, 2)
    types = compat.bytes_or_text_types, compat.complex_types, compat.integral_types, compat.real_types
    return *inside, compat.forward_compatible(2020, 1, 1), compat.forward_compatible(2090, 1, 1), str(types), compat.as_bytes("ü", "latin-1")


@parity(modes=(HOST,))
def test_scopes(tf):
    with tf.name_scope("a"), tf.name_scope("b"):
        inside = tf.get_current_name_scope()
    method = tf.AggregationMethod
    return inside, tf.get_logger().name, method.DEFAULT, method.ADD_N, method.EXPERIMENTAL_TREE, method.EXPERIMENTAL_ACCUMULATE_N


@parity(modes=(HOST, FUNCTION))
def test_critical_section(tf, x=normal(2)):
    section = tf.CriticalSection()
    return section.execute(lambda: x + 1.0), section.execute(lambda: (x, x * 2.0))


def test_timestamp():
    tf = our_tf()
    now = tf.function(tf.timestamp)
    first = now()
    assert first.shape == [] and float(first) <= float(now()) <= float(tf.timestamp())
    assert float(now()) > float(first)


def test_nested_critical_section():
    section = our_tf().CriticalSection(name="s")
    with pytest.raises(ValueError, match="already running"):
        section.execute(lambda: section.execute(lambda: 1))
    assert section.execute(lambda: 2) == 2


@pytest.mark.parametrize("kinds", ["", "float32 float32", "float16", "float32 float64", "int32", "float64 int32 float64"])
@pytest.mark.parametrize("wanted", [None, "float64", "int32"])
@parity(modes=(HOST,))
def test_same_float_dtype(tf, kinds, wanted):
    tensors = [tf.constant(1, kind) for kind in kinds.split()]
    dtype = wanted and getattr(tf, wanted)
    return tf.debugging.assert_same_float_dtype(tensors, dtype).name
