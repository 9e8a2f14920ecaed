"""ResNet50, ResNet101, ResNet152 and their second versions. He et al. 2015, 2016."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.applications import common
from tfjax._src.keras.layers.activations.simple import Activation
from tfjax._src.keras.layers.convolutional.conv import Conv2D
from tfjax._src.keras.layers.merging.merge import Add
from tfjax._src.keras.layers.normalization.batch import BatchNormalization
from tfjax._src.keras.layers.pooling.globals import GlobalAveragePooling2D
from tfjax._src.keras.layers.pooling.windows import MaxPooling2D
from tfjax._src.keras.layers.reshaping.borders import ZeroPadding2D

_DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def _norm(name: str) -> BatchNormalization:
    return BatchNormalization(axis=3, epsilon=1.001e-5, name=name)


def _block(x: Any, filters: int, stride: int, shortcut: bool, name: str) -> Any:
    """1x1, 3x3 and 1x1 convolutions, added to the input."""
    around = x
    if shortcut:
        around = _norm(f"{name}_0_bn")(Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x))
    x = Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = Activation("relu", name=f"{name}_1_relu")(_norm(f"{name}_1_bn")(x))
    x = Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = Activation("relu", name=f"{name}_2_relu")(_norm(f"{name}_2_bn")(x))
    x = _norm(f"{name}_3_bn")(Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x))
    return Activation("relu", name=f"{name}_out")(Add(name=f"{name}_add")([around, x]))


def _block_v2(x: Any, filters: int, stride: int, shortcut: bool, name: str) -> Any:
    """As `_block`, with normalisation and activation in front."""
    ready = Activation("relu", name=f"{name}_preact_relu")(_norm(f"{name}_preact_bn")(x))
    if shortcut:
        around = Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(ready)
    else:
        around = MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    y = Conv2D(filters, 1, strides=1, use_bias=False, name=f"{name}_1_conv")(ready)
    y = Activation("relu", name=f"{name}_1_relu")(_norm(f"{name}_1_bn")(y))
    y = ZeroPadding2D(((1, 1), (1, 1)), name=f"{name}_2_pad")(y)
    y = Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(y)
    y = Activation("relu", name=f"{name}_2_relu")(_norm(f"{name}_2_bn")(y))
    y = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(y)
    return Add(name=f"{name}_out")([around, y])


def _stacks(x: Any, depths: tuple[int, ...], second: bool) -> Any:
    for i, depth in enumerate(depths):
        filters, stage = 64 * 2**i, i + 2
        for j in range(1, depth + 1):
            name = f"conv{stage}_block{j}"
            if second:
                # The last block of a stage halves the size.
                x = _block_v2(x, filters, 2 if j == depth and i < 3 else 1, j == 1, name)
            else:
                x = _block(x, filters, 2 if j == 1 and i > 0 else 1, j == 1, name)
    return x


def _resnet(
    depth: int, second: bool, include_top: bool, weights: Any, input_tensor: Any, input_shape: Any, pooling: Any, classes: int,
    activation: Any, name: str,
) -> Any:
    common.check_arguments(weights, include_top, classes)
    images = common.image_input(input_tensor, input_shape, 224, 32, include_top, weights)
    x = ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(images)
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if not second:
        x = Activation("relu", name="conv1_relu")(_norm("conv1_bn")(x))
    x = ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    x = _stacks(x, _DEPTHS[depth], second)
    if second:
        x = Activation("relu", name="post_relu")(_norm("post_bn")(x))
    if include_top:
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        x = common.classified(x, classes, activation, weights)
    elif pooling == "avg":
        x = GlobalAveragePooling2D(name="avg_pool")(x)
    elif pooling == "max":
        x = common.GlobalMaxPooling2D(name="max_pool")(x)
    kind = f"resnet{depth}{'v2' if second else ''}"
    file = f"{kind}_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    return common.finished(common.sources(input_tensor, images), x, name, weights, file, "resnet")


@export("keras.applications.ResNet50", "keras.applications.resnet.ResNet50", "keras.applications.resnet50.ResNet50")
def ResNet50(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet50",
) -> Any:
    """A residual network of 50 layers.

    Args:
      include_top: with the dense layer of classes.
      weights: None, a path, or "imagenet" (downloaded).
      input_tensor: symbolic images.
      input_shape: (rows, columns, channels).
      pooling: of the features without a top: "avg", "max" or None.
      classes: how many classes.
      classifier_activation: of the last layer.
      name: the model's name.
    """
    return _resnet(50, False, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.ResNet101", "keras.applications.resnet.ResNet101")
def ResNet101(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet101",
) -> Any:
    """A residual network of 101 layers; arguments as of ResNet50."""
    return _resnet(101, False, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.ResNet152", "keras.applications.resnet.ResNet152")
def ResNet152(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet152",
) -> Any:
    """A residual network of 152 layers; arguments as of ResNet50."""
    return _resnet(152, False, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.ResNet50V2", "keras.applications.resnet_v2.ResNet50V2")
def ResNet50V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet50v2",
) -> Any:
    """A residual network of 50 layers with activations in front; arguments as of ResNet50."""
    return _resnet(50, True, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.ResNet101V2", "keras.applications.resnet_v2.ResNet101V2")
def ResNet101V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet101v2",
) -> Any:
    """A residual network of 101 layers with activations in front; arguments as of ResNet50."""
    return _resnet(101, True, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.ResNet152V2", "keras.applications.resnet_v2.ResNet152V2")
def ResNet152V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet152v2",
) -> Any:
    """A residual network of 152 layers with activations in front; arguments as of ResNet50."""
    return _resnet(152, True, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.resnet.preprocess_input", "keras.applications.resnet50.preprocess_input")
def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Images with values from 0 to 255 as the networks expect them: BGR, centered."""
    return common.prepared(x, data_format, "caffe")


@export("keras.applications.resnet_v2.preprocess_input")
def preprocess_input_v2(x: Any, data_format: Any = None) -> Any:
    """Images with values from 0 to 255 as the second versions expect them: -1 to 1."""
    return common.prepared(x, data_format, "tf")
