"""VGG16 and VGG19. Simonyan & Zisserman 2015."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.applications import common
from tfjax._src.keras.layers.convolutional.conv import Conv2D
from tfjax._src.keras.layers.core.dense import Dense
from tfjax._src.keras.layers.pooling.windows import MaxPooling2D
from tfjax._src.keras.layers.reshaping.shapes import Flatten


def _vgg(depths: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any, input_shape: Any, pooling: Any, classes: int, activation: Any, name: str) -> Any:
    common.check_arguments(weights, include_top, classes)
    images = common.image_input(input_tensor, input_shape, 224, 32, include_top, weights)
    x = images
    for block, depth in enumerate(depths, 1):
        for i in range(1, depth + 1):
            filters = min(64 * 2 ** (block - 1), 512)
            x = Conv2D(filters, (3, 3), activation="relu", padding="same", name=f"block{block}_conv{i}")(x)
        x = MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
    if include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = common.classified(x, classes, activation, weights)
    else:
        x = common.pooled(x, pooling)
    kind = name if name in ("vgg16", "vgg19") else f"vgg{sum(depths) + 3}"
    file = f"{kind}_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    return common.finished(common.sources(input_tensor, images), x, name, weights, file, kind)


@export("keras.applications.VGG16", "keras.applications.vgg16.VGG16")
def VGG16(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "vgg16",
) -> Any:
    """A network of 16 layers with weights.

    Args:
      include_top: with the dense layers.
      weights: None, a path, or "imagenet" (downloaded).
      input_tensor: symbolic images.
      input_shape: (rows, columns, channels).
      pooling: of the features without a top: "avg", "max" or None.
      classes: how many classes.
      classifier_activation: of the last layer.
      name: the model's name.
    """
    return _vgg((2, 2, 3, 3, 3), include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.VGG19", "keras.applications.vgg19.VGG19")
def VGG19(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "vgg19",
) -> Any:
    """A network of 19 layers with weights; arguments as of VGG16."""
    return _vgg((2, 2, 4, 4, 4), include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name)


@export("keras.applications.vgg16.preprocess_input", "keras.applications.vgg19.preprocess_input")
def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Images with values from 0 to 255 as the network expects them: BGR, centered."""
    return common.prepared(x, data_format, "caffe")
