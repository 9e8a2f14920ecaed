"""Shapes, slices, joins and indices next to TensorFlow."""

from compat_tests.harness import ALL, Case, distinct, integers, normal, parity, parity_table

test_layout = parity_table([
    Case("reshape", normal(2, 3), [3, -1]),
    Case("transpose", normal(2, 3, 4), [2, 0, 1]),
    Case("expand_dims", normal(2, 3), 1),
    Case("squeeze", normal(2, 1, 3)),
    Case("tile", normal(2, 3), [2, 1]),
    Case("pad", normal(2, 3), [[1, 1], [0, 2]]),
    Case("pad", normal(2, 3), [[1, 1], [0, 2]], mode="REFLECT", id="pad-reflect"),
    Case("reverse", normal(2, 3), [1]),
    Case("roll", normal(2, 3), 1, 0),
    Case("repeat", normal(2, 3), 2, axis=1),
    Case("broadcast_to", normal(3), [2, 3]),
])
test_indices = parity_table([
    Case("gather", normal(4, 3), [2, 0]),
    Case("gather", normal(4, 3), [2, 0], axis=1, id="gather-axis"),
    Case("gather_nd", normal(4, 3), [[2, 0], [1, 1]]),
    Case("sort", distinct(2, 4), modes=("host", "device")),
    Case("argsort", distinct(2, 4), direction="DESCENDING", modes=("host", "device")),
    Case("math.top_k", distinct(2, 4), k=2, modes=("host", "function")),
    Case("one_hot", [0, 2, 5], 4, modes=("host", "function")),
    Case("sequence_mask", [1, 3], modes=("host",)),
    Case("scatter_nd", [[1], [3]], normal(2, 3), [4, 3]),
    Case("tensor_scatter_nd_update", normal(4), [[1]], [9.0]),
])
test_creation = parity_table([
    Case("zeros", [2, 3], modes=("host",)),
    Case("ones", [2], "int32", modes=("host",)),
    Case("fill", [2], 7, modes=("host",)),
    Case("eye", 3, modes=("host",)),
    Case("range", 1, 10, 3, modes=("host",)),
    Case("range", 0.0, 1.0, 0.3, modes=("host",), id="range-float"),
    Case("linspace", 0.0, 1.0, 5, modes=("host",)),
    Case("cast", integers(3), "float32", dtypes=("int32", "int64"), modes=("host", "device")),
])


@parity(modes=ALL)
def test_slices(tf, x=normal(3, 4, 5)):
    return x[0], x[..., 1], x[:, 1:3], x[tf.newaxis, ::-1], x[-1, 2:, ::2], x[tf.constant(1)]


@parity(modes=ALL)
def test_joins(tf, x=normal(2, 3), y=normal(2, 3)):
    return tf.concat([x, y], 1), tf.stack([x, y], 1), tf.unstack(x), tf.split(y, 3, axis=1), tf.where(x > y, x, y)


@parity(modes=("host",))
def test_an_index_out_of_range(tf, x=normal(3)):
    return tf.gather(x, [5])


@parity(modes=("host",))
def test_a_reshape_that_does_not_fit(tf, x=normal(3)):
    return tf.reshape(x, [2, 2])


@parity(modes=("host",))
def test_text_of_tensors(tf, x=normal(2)):
    values = [1, 2.5, True, "a", [1, 2], [[1.0, 2.0]], ["a", "b"], 1 + 2j, []]
    return [repr(tf.constant(v)) for v in values] + [str(tf.constant(v)) for v in values]
