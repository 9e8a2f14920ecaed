"""Composites in datasets, tf.map_fn and signatures."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def values(tf):
    return {
        "D": tf.data.Dataset,
        "rt": tf.ragged.constant([[1, 2], [], [3]]),
        "rt2": tf.ragged.constant([[[1, 2], []], [[3]]]),
        "st": tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 4]),
        "spec": tf.RaggedTensorSpec([None], tf.int32),
    }


test_pipelines = expression_table(
    r"""
    list(D.from_tensor_slices(st))
    next(iter(D.from_tensor_slices(st).batch(2)))
    D.from_tensor_slices(st).element_spec
    D.from_tensor_slices(st).batch(2).element_spec
    list(D.from_tensor_slices(rt))
    str(D.from_tensor_slices(rt))
    list(D.from_tensor_slices(rt).batch(2))
    str(D.from_tensor_slices(rt).batch(2))
    str(D.from_tensor_slices(rt).batch(2).unbatch())
    list(D.from_tensor_slices(rt).batch(2).unbatch())
    str(D.from_tensors(rt))
    list(D.from_tensor_slices(rt2).batch(2))
    list(D.from_tensor_slices({"a": rt, "b": [1, 2, 3]}).batch(2))
    list(D.from_tensor_slices((rt, [1, 2, 3])).map(lambda r, n: (r * 2, n)))
    list(D.from_tensor_slices(rt).map(lambda r: r + 1).padded_batch(3))
    list(D.range(4).map(lambda x: tf.range(x)).ragged_batch(2))
    list(D.from_tensor_slices(["a b", "c"]).batch(2).map(tf.strings.split))
    list(D.from_tensor_slices(["a b", "c"]).map(tf.strings.split).ragged_batch(2))
    list(D.from_tensor_slices(rt).shuffle(3, seed=1).batch(2))
    list(D.from_tensor_slices(rt).repeat(2).skip(2).take(2))
    list(D.from_generator(lambda: iter([tf.ragged.constant([[1], [2, 3]])]), output_signature=tf.RaggedTensorSpec([None, None], tf.int32)))
    list(D.from_tensors(st).map(tf.sparse.to_dense))
    tf.map_fn(lambda x: x * 2, rt)
    tf.map_fn(lambda x: x * 2, rt, fn_output_signature=spec)
    tf.map_fn(tf.range, tf.constant([2, 0, 3]), fn_output_signature=spec)
    tf.map_fn(tf.reduce_sum, rt, fn_output_signature=tf.int32)
    tf.map_fn(lambda x: tf.reduce_sum(x, 1), rt2, fn_output_signature=spec)
    tf.reshape(rt, [-1])
    tf.math.bincount(rt)
    tf.math.bincount(rt, axis=-1)
    tf.function(lambda x: x, input_signature=[tf.RaggedTensorSpec([None, None], tf.int32)])(rt)
    """,
    values,
)
