"""Dropout, transposed, general and separable convolutions and pooling next to TensorFlow."""

import pytest

from compat_tests.harness import Case, normal, parity, parity_table

COMPILED = ("device", "gradient")
DEVICE = ("device",)
ONES = [1, 1, 1, 1]

test_transposes = parity_table(
    [
        Case(
            "nn.conv1d_transpose",
            normal(2, 4, 3),
            normal(3, 2, 3),
            [2, 9, 2],
            2,
            "VALID",
            modes=COMPILED,
        ),
        Case(
            "nn.conv2d_transpose",
            normal(2, 4, 3, 3),
            normal(3, 2, 2, 3),
            [2, 8, 5, 2],
            2,
            modes=("device", "function", "gradient"),
        ),
        Case(
            "nn.conv2d_transpose",
            normal(1, 4, 4, 3),
            normal(3, 3, 2, 3),
            [8, 8],
            2,
            id="sizes-only",
            modes=DEVICE,
        ),
        Case(
            "nn.conv2d_transpose",
            normal(1, 4, 4, 3),
            normal(2, 2, 2, 3),
            [1, 7, 7, 2],
            2,
            [[0, 0], [0, 1], [1, 0], [0, 0]],
            id="explicit",
            modes=DEVICE,
        ),
        Case(
            "nn.conv3d_transpose",
            normal(1, 2, 2, 2, 3),
            normal(3, 3, 3, 2, 3),
            [1, 4, 3, 4, 2],
            2,
            modes=DEVICE,
        ),
        Case("nn.conv_transpose", normal(1, 4, 3), normal(3, 2, 3), [1, 8, 2], 2, modes=DEVICE),
        Case(
            "nn.atrous_conv2d_transpose",
            normal(1, 5, 5, 2),
            normal(3, 3, 4, 2),
            [1, 9, 9, 4],
            2,
            "VALID",
            modes=DEVICE,
        ),
        Case(
            "nn.atrous_conv2d_transpose",
            normal(1, 5, 5, 2),
            normal(3, 3, 4, 2),
            [1, 5, 5, 4],
            2,
            "SAME",
            id="atrous-same",
            modes=DEVICE,
        ),
        Case(
            "nn.depthwise_conv2d_backprop_input",
            [1, 5, 5, 2],
            normal(3, 3, 2, 2),
            normal(1, 3, 3, 4),
            [1, 2, 2, 1],
            "SAME",
            modes=DEVICE,
        ),
        Case(
            "nn.depthwise_conv2d_backprop_filter",
            normal(2, 5, 5, 2),
            [3, 3, 2, 2],
            normal(2, 3, 3, 4),
            [1, 2, 2, 1],
            "SAME",
            modes=DEVICE,
        ),
    ]
)
test_output_shapes_that_do_not_fit = parity_table(
    [
        Case(
            "nn.conv2d_transpose",
            normal(1, 4, 4, 3),
            normal(3, 3, 2, 3),
            shape,
            2,
            id=str(shape),
            modes=DEVICE,
        )
        for shape in ([1, 9, 9, 2], [1, 8, 8, 5], [2, 8, 8, 2], [1, 8, 8, 2, 1])
    ]
    + [
        Case(
            "nn.conv2d_transpose",
            normal(1, 4, 4, 3),
            normal(3, 3, 2, 4),
            [1, 8, 8, 2],
            2,
            id="depth",
            modes=DEVICE,
        ),
        Case(
            "nn.conv1d_transpose",
            normal(1, 4, 3),
            normal(3, 2, 3),
            [1, 9, 2],
            2,
            id="1d",
            modes=DEVICE,
        ),
        Case(
            "nn.conv3d_transpose",
            normal(1, 2, 2, 2, 3),
            normal(3, 3, 3, 2, 3),
            [1, 9, 4, 4, 2],
            2,
            id="3d",
            modes=DEVICE,
        ),
        Case(
            "nn.conv3d_transpose",
            normal(1, 2, 2, 2, 3),
            normal(3, 3, 3, 2, 3),
            [1, 4, 4, 4, 5],
            2,
            id="3d-depth",
            modes=DEVICE,
        ),
    ]
)
test_general = parity_table(
    [
        Case("nn.convolution", normal(1, 7, 7, 3), normal(3, 3, 3, 2), dilations=2, modes=COMPILED),
        Case(
            "nn.convolution",
            normal(2, 1, 5, 5, 3),
            normal(3, 3, 3, 2),
            strides=2,
            padding="SAME",
            id="batches",
            modes=DEVICE,
        ),
        Case(
            "nn.convolution", normal(2, 9, 3), normal(3, 3, 2), strides=[2], id="1d", modes=DEVICE
        ),
        Case(
            "nn.convolution",
            normal(1, 7, 7, 3),
            normal(3, 3, 3, 2),
            strides=2,
            dilations=2,
            id="both",
            modes=DEVICE,
        ),
        Case("nn.pool", normal(1, 7, 7, 3), [2, 3], "MAX", dilations=[2, 1], modes=COMPILED),
        Case(
            "nn.pool",
            normal(1, 7, 7, 3),
            [2, 2],
            "AVG",
            strides=[2, 2],
            padding="SAME",
            id="avg",
            modes=DEVICE,
        ),
        Case(
            "nn.pool",
            normal(1, 7, 7, 3),
            [2, 3],
            "AVG",
            dilations=[2, 1],
            id="avg-dilated",
            modes=DEVICE,
        ),
        Case(
            "nn.pool",
            normal(1, 7, 7, 3),
            [2, 3],
            "AVG",
            dilations=[2, 1],
            padding="SAME",
            id="same-dilated",
            modes=DEVICE,
        ),
        Case("nn.pool", normal(1, 7, 7, 3), [2, 2], "MIN", id="min", modes=DEVICE),
        Case("nn.max_pool_with_argmax", normal(2, 5, 4, 2), 2, 2, "VALID", modes=COMPILED),
        Case(
            "nn.max_pool_with_argmax",
            normal(2, 5, 5, 2),
            3,
            2,
            "SAME",
            include_batch_in_index=True,
            id="argmax-batch",
            modes=DEVICE,
        ),
        Case(
            "nn.max_pool_with_argmax",
            normal(2, 5, 5, 2),
            3,
            2,
            "SAME",
            "NCHW",
            id="argmax-format",
            modes=DEVICE,
        ),
        Case(
            "nn.separable_conv2d",
            normal(1, 5, 5, 2),
            normal(3, 3, 2, 2),
            normal(1, 1, 4, 3),
            ONES,
            "SAME",
            modes=COMPILED,
        ),
        Case(
            "nn.separable_conv2d",
            normal(1, 7, 6, 2),
            normal(3, 3, 2, 2),
            normal(1, 1, 4, 3),
            ONES,
            "SAME",
            dilations=[2, 2],
            id="separable-dilated",
            modes=DEVICE,
        ),
        Case(
            "nn.separable_conv2d",
            normal(1, 5, 5, 2),
            normal(3, 3, 2, 2),
            normal(2, 1, 4, 3),
            ONES,
            "SAME",
            id="pointwise",
            modes=DEVICE,
        ),
        Case("nn.atrous_conv2d", normal(1, 7, 7, 2), normal(3, 3, 2, 2), 2, "SAME", modes=DEVICE),
        Case(
            "nn.atrous_conv2d",
            normal(1, 7, 7, 2),
            normal(3, 3, 2, 2),
            0,
            "SAME",
            id="atrous-0",
            modes=DEVICE,
        ),
        Case(
            "nn.dilation2d",
            normal(1, 5, 5, 2),
            normal(2, 3, 2),
            [1, 2, 1, 1],
            "SAME",
            "NHWC",
            [1, 1, 2, 1],
            modes=COMPILED,
        ),
        Case(
            "nn.erosion2d",
            normal(1, 5, 5, 2),
            normal(2, 3, 2),
            ONES,
            "VALID",
            "NHWC",
            ONES,
            modes=COMPILED,
        ),
        Case(
            "nn.erosion2d",
            normal(1, 5, 6, 2),
            normal(2, 2, 2),
            ONES,
            "SAME",
            "NHWC",
            ONES,
            id="erosion-same",
            modes=DEVICE,
        ),
    ]
)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@parity(modes=DEVICE)
def test_with_space_to_batch(tf, padding, x=normal(2, 7, 6, 1), k=normal(3, 2, 1, 2)):
    return tf.nn.with_space_to_batch(
        x, [2, 3], padding, lambda v, rank, edges: tf.nn.conv2d(v, k, 1, edges), [3, 2]
    )


@parity(modes=("host", "device"), dtypes=("float16", "bfloat16", "float32", "float64"))
def test_dropout_draws_tensorflows_numbers(tf, x=normal(3, 5)):
    tf.random.set_seed(1)
    drops = [
        tf.nn.dropout(x, 0.4),
        tf.nn.dropout(x, 0.4, seed=3),
        tf.nn.dropout(x, 0.4, [3, 1]),
        tf.nn.dropout(x, 0.4, [None, 1], seed=2),
    ]
    drops += [
        tf.nn.dropout(x, 0),
        tf.nn.dropout(x, 0.5),
        tf.nn.dropout(x, tf.cast(0.25, x.dtype), seed=1),
    ]
    return drops + [tf.nn.experimental.stateless_dropout(x, 0.4, [1, 2], noise_shape=[1, 5])]


@parity(modes=("host", "gradient"))
def test_dropout_in_a_function_and_its_gradient(tf, x=normal(3, 5)):
    tf.random.set_seed(1)

    @tf.function
    def drop(x):
        return tf.nn.dropout(x, 0.4) + tf.nn.dropout(x, 0.5, seed=3)

    return [drop(x), drop(x)]


@parity(modes=("host", "gradient"))
def test_general_dropout(tf, x=normal(2, 3), noise=normal(2, 3)):
    return tf.nn.experimental.general_dropout(x, 0.4, lambda shape, dtype: noise)


BAD_DROPOUTS = {
    "one": lambda tf, x: tf.nn.dropout(x, 1.0),
    "negative": lambda tf, x: tf.nn.dropout(x, -0.1),
    "text": lambda tf, x: tf.nn.dropout(x, "a"),
    "integers": lambda tf, x: tf.nn.dropout([1, 2], 0.5),
    "rank": lambda tf, x: tf.nn.dropout(x, tf.constant([0.3])),
    "dtype": lambda tf, x: tf.nn.dropout(x, tf.constant(0.5, tf.float64)),
}


@pytest.mark.parametrize("kind", list(BAD_DROPOUTS))
@parity(modes=("host",))
def test_dropout_that_cannot_be(tf, kind, x=normal(2, 5)):
    return BAD_DROPOUTS[kind](tf, x)


@parity(modes=("host",), errors="class")
def test_noise_that_does_not_broadcast(tf, x=normal(2, 5)):
    return tf.nn.dropout(x, 0.4, [3, 1])


@parity(modes=("host",))
def test_dropout_of_ragged_tensors_and_variables(tf, x=normal(4)):
    tf.random.set_seed(1)
    rows = tf.RaggedTensor.from_row_lengths(x, [3, 1])
    ragged = [
        tf.nn.dropout(rows, 0.5, seed=1),
        tf.nn.experimental.stateless_dropout(rows, 0.5, [1, 2]),
    ]
    return [r.flat_values for r in ragged], tf.nn.dropout(tf.Variable(x), 0.5, seed=1)


@parity(modes=("host",))
def test_output_shapes_known_at_run_time(tf, x=normal(3, 4, 5, 3), k=normal(3, 3, 2, 3)):
    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
    def up(x):
        shape = tf.shape(x)
        return tf.nn.conv2d_transpose(x, k, [shape[0], shape[1] * 2, shape[2] * 2, 2], [1, 2, 2, 1])

    return up(x), up(x[:, :2])


# Strides count within the interleaved parts here: not the strides of the dilated convolution.
@parity(modes=("device",))
def test_separable_convolution_with_strides_and_dilations(
    tf, x=normal(1, 8, 8, 2), d=normal(3, 3, 2, 2), p=normal(1, 1, 4, 3)
):
    return tf.nn.separable_conv2d(x, d, p, [1, 2, 2, 1], "SAME", dilations=[2, 2])
