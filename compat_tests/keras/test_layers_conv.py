"""Convolution layers obey the laws of layers."""

from compat_tests.keras.layer_laws import Bad, Case, failures, laws

S, I, V = (2, 7, 3), (2, 7, 6, 4), (2, 4, 5, 4, 2)
FIRST = "channels_first"

CASES = [
    Case("conv1d", lambda l: l.Conv1D(4, 3), S),
    Case("conv1d-causal", lambda l: l.Conv1D(4, 2, padding="causal", dilation_rate=2, activation="relu"), S),
    Case("conv2d", lambda l: l.Conv2D(3, (3, 2), strides=2, padding="same", kernel_regularizer="l2"), I),
    Case("conv2d-groups", lambda l: l.Conv2D(6, 3, groups=2, use_bias=False, activation="tanh"), I),
    Case("conv2d-dilated", lambda l: l.Conv2D(2, 3, dilation_rate=(2, 1), activity_regularizer="l1", kernel_initializer="he_normal"), I),
    Case("conv3d", lambda l: l.Conv3D(3, 2, padding="same"), V),
    Case("conv1d-transpose", lambda l: l.Conv1DTranspose(4, 3, strides=2), S),
    Case("conv1d-transpose-dilated", lambda l: l.Conv1DTranspose(4, 3, dilation_rate=2, padding="same"), S, skip="weights calls saved"),
    Case("conv2d-transpose", lambda l: l.Conv2DTranspose(3, 3, strides=2, padding="same"), I),
    Case("conv2d-transpose-output", lambda l: l.Conv2DTranspose(3, 4, strides=3, output_padding=1), I),
    Case("conv2d-transpose-same-output", lambda l: l.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1), I),
    Case("conv3d-transpose", lambda l: l.Conv3DTranspose(3, 2, strides=(1, 2, 2)), V),
    Case("depthwise1d", lambda l: l.DepthwiseConv1D(3, depth_multiplier=2), S),
    Case("depthwise2d", lambda l: l.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2), I),
    Case("depthwise2d-dilated", lambda l: l.DepthwiseConv2D((3, 2), dilation_rate=2), I),
    Case("separable1d", lambda l: l.SeparableConv1D(4, 3, padding="same"), S),
    Case("separable2d", lambda l: l.SeparableConv2D(4, 3, depth_multiplier=2, activation="relu"), I),
]

test_layers = laws(CASES)

test_failures = failures([
    Bad("rank", lambda tf: tf.keras.layers.Conv2D(3, 2)(tf.ones((2, 3, 4))), "expected min_ndim=4, found ndim=3"),
    Bad("channels", lambda tf: _twice(tf, tf.keras.layers.Conv1D(3, 2)), "expected axis -1 of input shape to have value 3"),
    Bad("too-small", lambda tf: tf.keras.layers.Conv2D(3, 5)(tf.ones((2, 3, 4, 1))), "Computed output size would be zero or negative"),
    Bad("groups", lambda tf: tf.keras.layers.Conv2D(3, 2, groups=2), "evenly divisible by the number of groups"),
    Bad("kernel", lambda tf: tf.keras.layers.Conv2D(3, (2, 2, 2)), "The `kernel_size` argument must be a tuple of 2 integers"),
    Bad("strides", lambda tf: tf.keras.layers.Conv1D(3, 2, strides=0), "The `strides` argument must be a tuple of 1 integers"),
    Bad("padding", lambda tf: tf.keras.layers.Conv2D(3, 2, padding="causal"), "causal"),
    Bad("both", lambda tf: tf.keras.layers.Conv2D(3, 2, strides=2, dilation_rate=2), "not supported in conjunction"),
    Bad("filters", lambda tf: tf.keras.layers.Conv2D(0, 2), "Invalid value for argument `filters`"),
    Bad("format", lambda tf: tf.keras.layers.Conv2D(1, 2, data_format="first"), "`data_format` argument must be one of"),
    Bad("keyword", lambda tf: tf.keras.layers.Conv2D(1, 2, nonsense=1), "nonsense"),
])


def _twice(tf, layer):
    layer(tf.ones((2, 5, 3)))
    layer(tf.ones((2, 5, 4)))
