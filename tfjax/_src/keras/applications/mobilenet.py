"""MobileNet and MobileNetV2. Howard et al. 2017, Sandler et al. 2018."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.applications import common
from tfjax._src.keras.layers.activations.simple import Activation, ReLU
from tfjax._src.keras.layers.convolutional.conv import Conv2D
from tfjax._src.keras.layers.convolutional.depthwise import DepthwiseConv2D
from tfjax._src.keras.layers.merging.merge import Add
from tfjax._src.keras.layers.normalization.batch import BatchNormalization
from tfjax._src.keras.layers.pooling.globals import GlobalAveragePooling2D
from tfjax._src.keras.layers.regularization.dropout import Dropout
from tfjax._src.keras.layers.reshaping.borders import ZeroPadding2D
from tfjax._src.keras.layers.reshaping.shapes import Reshape

_SIZES = (96, 128, 160, 192, 224)


def _trained_size(input_shape: Any) -> int:
    """Of the sizes that weights exist for, the one of square inputs; 224 for others."""
    rows, columns = (None, None) if input_shape is None else tuple(input_shape)[:2]
    return rows if rows == columns and rows in _SIZES else 224


def _depthwise_step(x: Any, filters: int, alpha: float, multiplier: int, stride: int, i: int) -> Any:
    """A depthwise and a pointwise convolution."""
    if stride != 1:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
    padding = "same" if stride == 1 else "valid"
    x = DepthwiseConv2D((3, 3), strides=(stride, stride), padding=padding, depth_multiplier=multiplier, use_bias=False, name=f"conv_dw_{i}")(x)
    x = ReLU(6.0, name=f"conv_dw_{i}_relu")(BatchNormalization(axis=-1, name=f"conv_dw_{i}_bn")(x))
    x = Conv2D(int(filters * alpha), (1, 1), padding="same", use_bias=False, strides=(1, 1), name=f"conv_pw_{i}")(x)
    return ReLU(6.0, name=f"conv_pw_{i}_relu")(BatchNormalization(axis=-1, name=f"conv_pw_{i}_bn")(x))


_STEPS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))


@export("keras.applications.MobileNet", "keras.applications.mobilenet.MobileNet")
def MobileNet(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 0.001, include_top: bool = True,
    weights: Any = "imagenet", input_tensor: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: Any = None,
) -> Any:
    """A small network of depthwise convolutions.

    Args:
      input_shape: (rows, columns, channels).
      alpha: scales the number of filters.
      depth_multiplier: of the depthwise convolutions.
      dropout: before the classes.
      include_top, weights, input_tensor, pooling, classes, classifier_activation, name: as of ResNet50.
    """
    common.check_arguments(weights, include_top, classes)
    size = _trained_size(input_shape)
    if weights == "imagenet" and (depth_multiplier != 1 or alpha not in (0.25, 0.5, 0.75, 1.0)):
        raise ValueError(f"If imagenet weights are being loaded, depth multiplier must be 1 and alpha one of 0.25, 0.50, 0.75, 1.0. Received: depth_multiplier={depth_multiplier}, alpha={alpha}")
    images = common.image_input(input_tensor, input_shape, size, 32, include_top, weights)
    x = Conv2D(int(32 * alpha), (3, 3), padding="same", use_bias=False, strides=(2, 2), name="conv1")(images)
    x = ReLU(6.0, name="conv1_relu")(BatchNormalization(axis=-1, name="conv1_bn")(x))
    for i, (filters, stride) in enumerate(_STEPS, 1):
        x = _depthwise_step(x, filters, alpha, depth_multiplier, stride, i)
    if include_top:
        x = Dropout(dropout, name="dropout")(GlobalAveragePooling2D(keepdims=True)(x))
        x = Reshape((classes,), name="reshape_2")(Conv2D(classes, (1, 1), padding="same", name="conv_preds")(x))
        common.check_activation(classifier_activation, weights)
        x = Activation(classifier_activation, name="predictions")(x)
    else:
        x = common.pooled(x, pooling)
    text = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}.get(alpha, "")
    file = f"mobilenet_{text}_{size}_tf{'' if include_top else '_no_top'}.h5"
    name = f"mobilenet_{alpha:0.2f}_{images.shape[1] or size}" if name is None else name
    return common.finished(common.sources(input_tensor, images), x, name, weights, file, "mobilenet")


def _divisible(value: float, divisor: int = 8) -> int:
    """The nearest multiple of `divisor`, but not less than 90 % of `value`."""
    found = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return found + divisor if found < 0.9 * value else found


def _norm(name: str) -> BatchNormalization:
    return BatchNormalization(axis=-1, epsilon=1e-3, momentum=0.999, name=name)


def _inverted(x: Any, filters: int, stride: int, expansion: int, i: int) -> Any:
    """A narrow-wide-narrow block, added to its input where the shapes allow it."""
    channels, start = x.shape[-1], x
    prefix = f"block_{i}_" if i else "expanded_conv_"
    if i:
        x = Conv2D(expansion * channels, 1, padding="same", use_bias=False, activation=None, name=f"{prefix}expand")(x)
        x = ReLU(6.0, name=f"{prefix}expand_relu")(_norm(f"{prefix}expand_BN")(x))
    if stride == 2:
        x = ZeroPadding2D(_halving(x), name=f"{prefix}pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = DepthwiseConv2D(3, strides=stride, activation=None, use_bias=False, padding=padding, name=f"{prefix}depthwise")(x)
    x = ReLU(6.0, name=f"{prefix}depthwise_relu")(_norm(f"{prefix}depthwise_BN")(x))
    x = Conv2D(filters, 1, padding="same", use_bias=False, activation=None, name=f"{prefix}project")(x)
    x = _norm(f"{prefix}project_BN")(x)
    return Add(name=f"{prefix}add")([start, x]) if channels == filters and stride == 1 else x


def _halving(x: Any) -> Any:
    """Padding of a 3x3 window with stride 2: one more before where sizes are odd."""
    return tuple((1 if size is None or size % 2 else 0, 1) for size in x.shape[1:3])


# (filters, stride of the first, expansion, how many)
_STAGES = ((16, 1, 1, 1), (24, 2, 6, 2), (32, 2, 6, 3), (64, 2, 6, 4), (96, 1, 6, 3), (160, 2, 6, 3), (320, 1, 6, 1))


@export("keras.applications.MobileNetV2", "keras.applications.mobilenet_v2.MobileNetV2")
def MobileNetV2(
    input_shape: Any = None, alpha: float = 1.0, include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    pooling: Any = None, classes: int = 1000, classifier_activation: Any = "softmax", name: Any = None,
) -> Any:
    """A small network of inverted residual blocks.

    Args:
      input_shape: (rows, columns, channels).
      alpha: scales the number of filters.
      include_top, weights, input_tensor, pooling, classes, classifier_activation, name: as of ResNet50.
    """
    common.check_arguments(weights, include_top, classes)
    given = input_tensor.shape[1:] if input_tensor is not None else input_shape
    size = _trained_size(given)
    if weights == "imagenet" and alpha not in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4):
        raise ValueError(f"If imagenet weights are being loaded, alpha must be one of 0.35, 0.50, 0.75, 1.0, 1.3, 1.4. Received: alpha={alpha}")
    images = common.image_input(input_tensor, input_shape, size, 32, include_top, weights)
    x = Conv2D(_divisible(32 * alpha), 3, strides=(2, 2), padding="same", use_bias=False, name="Conv1")(images)
    x = ReLU(6.0, name="Conv1_relu")(_norm("bn_Conv1")(x))
    i = 0
    for filters, stride, expansion, count in _STAGES:
        for j in range(count):
            x = _inverted(x, _divisible(int(filters * alpha)), stride if j == 0 else 1, expansion, i)
            i += 1
    last = _divisible(1280 * alpha) if alpha > 1.0 else 1280
    x = Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = ReLU(6.0, name="out_relu")(_norm("Conv_1_bn")(x))
    if include_top:
        x = common.classified(GlobalAveragePooling2D()(x), classes, classifier_activation, weights)
    else:
        x = common.pooled(x, pooling)
    file = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{size}{'' if include_top else '_no_top'}.h5"
    name = f"mobilenetv2_{alpha:0.2f}_{images.shape[1] or size}" if name is None else name
    return common.finished(common.sources(input_tensor, images), x, name, weights, file, "mobilenet_v2")


@export("keras.applications.mobilenet.preprocess_input", "keras.applications.mobilenet_v2.preprocess_input")
def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Images with values from 0 to 255 as the networks expect them: -1 to 1."""
    return common.prepared(x, data_format, "tf")
