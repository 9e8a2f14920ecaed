"""Pooling, activations, shapes, noise and merging obey the laws of layers."""

from compat_tests.keras.layer_laws import Bad, Case, failures, laws

X, S, I, V = (3, 5), (2, 6, 3), (2, 6, 5, 3), (2, 4, 5, 4, 2)
PAIR, SAME = [(2, 3, 4), (2, 3, 4)], dict(padding="same")
FIRST = "channels_first"

POOLING = [
    Case("max1d", lambda l: l.MaxPooling1D(), S),
    Case("max2d-same", lambda l: l.MaxPooling2D(3, strides=2, padding="same"), I),
    Case("max3d", lambda l: l.MaxPooling3D((2, 3, 2)), V),
    Case("average1d-same", lambda l: l.AveragePooling1D(4, 3, padding="same"), S),
    Case("average2d", lambda l: l.AveragePooling2D((2, 3), strides=(2, 1)), I),
    Case("average3d-same", lambda l: l.AveragePooling3D(3, **SAME), V),
    Case("global-max1d", lambda l: l.GlobalMaxPooling1D(keepdims=True), S),
    Case("global-max2d-first", lambda l: l.GlobalMaxPooling2D(data_format=FIRST), I),
    Case("global-max3d", lambda l: l.GlobalMaxPooling3D(), V),
    Case("global-average1d-mask", lambda l: l.GlobalAveragePooling1D(), S, mask=(2, 6)),
    Case("global-average2d", lambda l: l.GlobalAveragePooling2D(), I),
    Case("global-average3d", lambda l: l.GlobalAveragePooling3D(keepdims=True), V),
    Case("adaptive-max1d", lambda l: l.AdaptiveMaxPooling1D(4), S),
    Case("adaptive-average2d", lambda l: l.AdaptiveAveragePooling2D((4, 2)), I),
    Case("adaptive-average3d", lambda l: l.AdaptiveAveragePooling3D(2), V),
]

ACTIVATIONS = [
    Case("activation", lambda l: l.Activation("gelu"), X),
    Case("relu", lambda l: l.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.1), X),
    Case("leaky-relu", lambda l: l.LeakyReLU(0.1), X),
    Case("elu", lambda l: l.ELU(0.5), S, mask=(2, 6)),
    Case("thresholded", lambda l: l.ThresholdedReLU(0.3), X, skip="saved"),  # Keras cannot load it
    Case("prelu", lambda l: l.PReLU(shared_axes=[1]), S),
    Case("softmax", lambda l: l.Softmax(), X),
    Case("softmax-axes", lambda l: l.Softmax(axis=(1, 2)), S),
]

SHAPES = [
    Case("flatten-first", lambda l: l.Flatten(data_format=FIRST), I),
    Case("reshape", lambda l: l.Reshape((3, -1)), S),
    Case("permute", lambda l: l.Permute((2, 1)), S),
    Case("repeat-vector", lambda l: l.RepeatVector(3), X),
    Case("pad1d", lambda l: l.ZeroPadding1D((1, 2)), S),
    Case("pad2d", lambda l: l.ZeroPadding2D((1, 2)), I),
    Case("pad3d", lambda l: l.ZeroPadding3D(((1, 0), (2, 1), (0, 1)), data_format=FIRST), V),
    Case("crop1d", lambda l: l.Cropping1D(1), S),
    Case("crop2d", lambda l: l.Cropping2D(((1, 2), (0, 1))), I),
    Case("crop3d", lambda l: l.Cropping3D(1), V),
    Case("up1d", lambda l: l.UpSampling1D(3), S),
    Case("up2d", lambda l: l.UpSampling2D((2, 3)), I),
    Case("up3d", lambda l: l.UpSampling3D(2), V),
    Case("masking", lambda l: l.Masking(0.5), S),
    Case("identity-mask", lambda l: l.Identity(), S, mask=(2, 6)),
    Case("rescaling", lambda l: l.Rescaling(0.5, offset=1.0), I),
]

NOISE = [
    Case("dropout", lambda l: l.Dropout(0.4, seed=1), S, mask=(2, 6)),
    Case("dropout-shape", lambda l: l.Dropout(0.4, noise_shape=(None, 1, None)), S),
    Case("spatial1d", lambda l: l.SpatialDropout1D(0.4), S, skip="config"),  # Keras' own fails
    Case("spatial2d", lambda l: l.SpatialDropout2D(0.4, seed=2), I, skip="config"),
    Case("spatial3d", lambda l: l.SpatialDropout3D(0.4, FIRST), V, skip="config"),
    Case("gaussian-noise", lambda l: l.GaussianNoise(0.4), S),
    Case("gaussian-dropout", lambda l: l.GaussianDropout(0.4, seed=3), S),
    Case("alpha-dropout", lambda l: l.AlphaDropout(0.4, seed=3), S),
    Case("activity", lambda l: l.ActivityRegularization(0.1, 0.2), S),
]

MERGING = [
    Case("add", lambda l: l.Add(), [(2, 3, 4), (2, 1, 4)]),
    Case("subtract", lambda l: l.Subtract(), PAIR),
    Case("multiply", lambda l: l.Multiply(), [(2, 3, 4), (2, 4)]),
    Case("average", lambda l: l.Average(), PAIR, mask=(2, 3)),
    Case("maximum", lambda l: l.Maximum(), PAIR),
    Case("minimum", lambda l: l.Minimum(), PAIR),
    Case("concatenate", lambda l: l.Concatenate(1), [(2, 3, 4), (2, 1, 4)]),
    Case("concatenate-mask", lambda l: l.Concatenate(), PAIR, mask=(2, 3)),
    Case("dot", lambda l: l.Dot(1, normalize=True), [(2, 4), (2, 4)]),
    Case("dot-axes", lambda l: l.Dot((1, 2)), [(2, 3, 4), (2, 5, 3)]),
    Case("attention", lambda l: l.Attention(use_scale=True), [(2, 3, 4), (2, 5, 4)]),
    Case("attention-concat", lambda l: l.Attention(score_mode="concat", dropout=0.3, seed=1), [(2, 3, 4), (2, 3, 4), (2, 3, 4)]),
    Case("attention-mask", lambda l: l.Attention(), PAIR, mask=(2, 3)),
    Case("additive-attention", lambda l: l.AdditiveAttention(), [(2, 3, 4), (2, 5, 4)]),
]

test_layers = laws([*POOLING, *ACTIVATIONS, *SHAPES, *NOISE, *MERGING])

test_failures = failures([
    Bad("pool-rank", lambda tf: tf.keras.layers.MaxPooling2D()(tf.ones((2, 3, 4))), "expected ndim=4, found ndim=3"),
    Bad("pool-size", lambda tf: tf.keras.layers.MaxPooling2D((2, 2, 2)), "`pool_size`"),
    Bad("reshape", lambda tf: tf.keras.layers.Reshape((4,))(tf.ones((2, 3))), "total size"),
    Bad("permute", lambda tf: tf.keras.layers.Permute((1, 3)), "consecutive"),
    Bad("repeat-vector", lambda tf: tf.keras.layers.RepeatVector("a"), "integer"),
    Bad("repeat-rank", lambda tf: tf.keras.layers.RepeatVector(2)(tf.ones((2, 3, 4))), "found ndim=3"),
    Bad("crop", lambda tf: tf.keras.layers.Cropping2D(2)(tf.ones((1, 3, 5, 1))), "`cropping`"),
    Bad("pad", lambda tf: tf.keras.layers.ZeroPadding2D((1, 2, 3)), "padding"),
    Bad("dropout", lambda tf: tf.keras.layers.Dropout(1.5), "rate"),
    Bad("leaky", lambda tf: tf.keras.layers.LeakyReLU(-1.0), "negative_slope"),
    Bad("relu", lambda tf: tf.keras.layers.ReLU(max_value=-1.0), "max_value"),
    Bad("add-one", lambda tf: tf.keras.layers.Add()(tf.ones((2, 3))), "list of inputs"),
    Bad("add-shapes", lambda tf: tf.keras.layers.Add()([tf.ones((2, 3)), tf.ones((2, 4))]), "incompatible shapes"),
    Bad("subtract", lambda tf: tf.keras.layers.Subtract()([tf.ones((2, 3))] * 3), "exactly 2 inputs"),
    Bad("concatenate", lambda tf: tf.keras.layers.Concatenate()([tf.ones((2, 3)), tf.ones((3, 3))]), "matching shapes"),
    Bad("dot", lambda tf: tf.keras.layers.Dot(1)([tf.ones((2, 3)), tf.ones((2, 4))]), "axis values"),
    Bad("attention", lambda tf: tf.keras.layers.Attention()(tf.ones((2, 3, 4))), "list"),
    Bad("activation", lambda tf: tf.keras.layers.Activation("nonsense"), "nonsense"),
])
