"""What the networks share: inputs, tops, weights, preparation of images, names of classes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.engine.functional import Input
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.keras.layers.convolutional.base import checked_format
from tfjax._src.keras.layers.core.dense import Dense
from tfjax._src.keras.layers.pooling.globals import GlobalAveragePooling2D, GlobalMaxPooling2D
from tfjax._src.keras.models.model import Model
from tfjax._src.keras.utils.files import get_file

_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications"
_CLASSES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_CAFFE = (103.939, 116.779, 123.68)
_TORCH = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_names: dict[str, Any] = {}


def check_arguments(weights: Any, include_top: bool, classes: int) -> None:
    """Raises ValueError for weights that do not exist or do not fit."""
    if not (weights in ("imagenet", None) or os.path.exists(str(weights))):
        raise ValueError(f"The `weights` argument should be either `None` (random initialization), 'imagenet' (pre-training on ImageNet), or the path to the weights file to be loaded. Received: weights={weights}")
    if weights == "imagenet" and include_top and classes != 1000:
        raise ValueError(f"If using `weights='imagenet'` with `include_top=True`, `classes` should be 1000. Received classes={classes}")


def image_input(input_tensor: Any, input_shape: Any, size: int, least: int, include_top: bool, weights: Any) -> Any:
    """The symbolic images.

    Args:
      input_tensor: given ones.
      input_shape: (rows, columns, channels); the network's own `size` with a top if None.
      least: the smallest rows and columns that the network takes.
    """
    if input_tensor is not None:
        return input_tensor if isinstance(input_tensor, KerasTensor) else Input(tensor=input_tensor, shape=input_shape)
    if weights == "imagenet" and include_top and input_shape is not None and tuple(input_shape) != (size, size, 3):
        raise ValueError(f"When setting `include_top=True` and loading `imagenet` weights, `input_shape` should be {(size, size, 3)}. Received: input_shape={input_shape}")
    if input_shape is None:
        input_shape = (size, size, 3) if include_top else (None, None, 3)
    input_shape = tuple(input_shape)
    if len(input_shape) != 3:
        raise ValueError("`input_shape` must be a tuple of three integers.")
    if weights == "imagenet" and input_shape[-1] != 3:
        raise ValueError(f"The input must have 3 channels; Received `input_shape={input_shape}`")
    if any(n is not None and n < least for n in input_shape[:2]):
        raise ValueError(f"Input size must be at least {least}x{least}; Received: input_shape={input_shape}")
    return Input(shape=input_shape)


def sources(input_tensor: Any, images: Any) -> Any:
    """The inputs of the model: those that a given tensor comes from."""
    if input_tensor is None or not isinstance(input_tensor, KerasTensor):
        return images
    found: list[Any] = []
    stack = [input_tensor]
    while stack:
        tensor = stack.pop()
        node = tensor._keras_history[1] if tensor._keras_history else None
        if node is None or not node.inputs:
            found.append(tensor)
        else:
            stack.extend(node.inputs)
    return found[0] if len(found) == 1 else found


def pooled(x: Any, pooling: Any) -> Any:
    """Features without a top, pooled if asked for."""
    if pooling == "avg":
        return GlobalAveragePooling2D()(x)
    return GlobalMaxPooling2D()(x) if pooling == "max" else x


def classified(x: Any, classes: int, activation: Any, weights: Any) -> Any:
    """The dense layer of classes."""
    check_activation(activation, weights)
    return Dense(classes, activation=activation, name="predictions")(x)


def check_activation(activation: Any, weights: Any) -> None:
    """Pretrained tops give probabilities or logits only."""
    if weights is not None and activation not in (None, "softmax"):
        raise ValueError(f"Only `None` and `softmax` activations are allowed for the `classifier_activation` argument when using pretrained weights, with `include_top=True`; Received: classifier_activation={activation}")


def finished(inputs: Any, outputs: Any, name: Any, weights: Any, file: str, folder: str) -> Any:
    """The model with its weights.

    Args:
      weights: None, a path, or "imagenet": the file of that name is downloaded.
      file: its name.
      folder: the folder that it lies in on Keras' server.
    """
    model = Model(inputs, outputs, name=name)
    if weights == "imagenet":
        model.load_weights(get_file(file, f"{_WEIGHTS}/{folder}/{file}", cache_subdir="models"))
    elif weights is not None:
        model.load_weights(weights)
    return model


def preparer(mode: str) -> Callable[..., Any]:
    """`preprocess_input` of a network that was trained with images in `mode`."""

    def preprocess_input(x: Any, data_format: Any = None) -> Any:
        """Images with values from 0 to 255 as the network expects them."""
        return prepared(x, data_format, mode)

    return preprocess_input


def prepared(x: Any, data_format: Any, mode: str) -> Any:
    """Images [..., rows, columns, channels] with values from 0 to 255 in the scale of `mode`.

    Args:
      mode: "tf": -1 to 1; "torch": scaled by ImageNet's mean and deviation; "caffe": BGR, centered.
    """
    first = checked_format(data_format) == "channels_first"
    array = isinstance(x, np.ndarray)
    if array and not np.issubdtype(x.dtype, np.floating):
        x = x.astype("float32")
    elif not array:
        from tfjax._src.eager.convert import to_tensor
        from tfjax._src.ops.array.shaping import cast

        x = x if isinstance(x, KerasTensor) else to_tensor(x)
        x = x if np.dtype(getattr(x.dtype, "np", x.dtype) if not isinstance(x.dtype, str) else x.dtype).kind == "f" else cast(x, "float32")

    def channels(values: Any) -> np.ndarray:
        kind = x.dtype if array else "float32"
        return np.asarray(values, kind).reshape((3, 1, 1) if first else (3,))

    if mode == "tf":
        return x / 127.5 - 1.0
    if mode == "torch":
        return (x / 255.0 - channels(_TORCH[0])) / channels(_TORCH[1])
    flipped = x[..., ::-1, :, :] if first else x[..., ::-1]
    return flipped - channels(_CAFFE)


@export("keras.applications.imagenet_utils.preprocess_input")
def preprocess_input(x: Any, data_format: Any = None, mode: str = "caffe") -> Any:
    """Images with values from 0 to 255 in the scale that networks were trained with.

    Args:
      x: an array or tensor [..., rows, columns, channels].
      data_format: "channels_last" or "channels_first".
      mode: "caffe" (BGR, centered), "tf" (-1 to 1) or "torch" (mean 0, deviation 1).

    >>> import numpy as np, tfjax as tf
    >>> prepare = tf.keras.applications.imagenet_utils.preprocess_input
    >>> prepare(np.full((1, 1, 3), 255.0), mode="tf")
    array([[[1., 1., 1.]]])
    """
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(f"Expected mode to be one of `caffe`, `tf` or `torch`. Received: mode={mode}")
    return prepared(x, data_format, mode)


@export(
    "keras.applications.imagenet_utils.decode_predictions", "keras.applications.vgg16.decode_predictions",
    "keras.applications.vgg19.decode_predictions", "keras.applications.resnet.decode_predictions",
    "keras.applications.resnet50.decode_predictions", "keras.applications.resnet_v2.decode_predictions",
    "keras.applications.mobilenet.decode_predictions", "keras.applications.mobilenet_v2.decode_predictions",
)
def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The likeliest classes of ImageNet, as (WordNet id, name, score); the names are downloaded once.

    Args:
      preds: [batch, 1000].
      top: how many classes to name.

    Raises:
      ValueError: another shape.
    """
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(f"`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). Received array with shape: {preds.shape}")
    if not _names:
        with open(get_file("imagenet_class_index.json", _CLASSES, cache_subdir="models")) as file:
            _names.update(json.load(file))
    results = []
    for row in preds:
        best = row.argsort()[-top:][::-1]
        results.append(sorted(((*_names[str(i)], row[i]) for i in best), key=lambda r: r[2], reverse=True))
    return results
