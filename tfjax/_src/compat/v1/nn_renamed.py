"""tf.compat.v1.nn: convolutions, pooling, embeddings and losses under their old parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfjax._src.compat.v1.renamed import renamed
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.ops.array import join, shaping
from tfjax._src.ops.math import linear
from tfjax._src.ops.nn import (
    activations,
    blocks,
    convolutions,
    ctc,
    depthwise,
    general,
    losses,
    pools,
    sampled_losses,
    statistics,
    transposes,
)
from tfjax._src.ops.sparse import embeddings

EXPORTS = {
    "compat.v1.nn.conv1d": "conv1d",
    "compat.v1.nn.conv2d": "conv2d",
    "compat.v1.nn.conv3d": "conv3d",
    "compat.v1.nn.conv2d_transpose": "conv2d_transpose",
    "compat.v1.nn.conv3d_transpose": "conv3d_transpose",
    "compat.v1.nn.convolution": "convolution",
    "compat.v1.nn.separable_conv2d": "separable_conv2d",
    "compat.v1.nn.avg_pool": "avg_pool",
    "compat.v1.nn.avg_pool2d": "avg_pool",
    "compat.v1.nn.max_pool": "max_pool",
    "compat.v1.nn.max_pool_with_argmax": "max_pool_with_argmax",
    "compat.v1.nn.crelu": "crelu",
    "compat.v1.nn.depth_to_space": "depth_to_space",
    "compat.v1.depth_to_space": "depth_to_space",
    "compat.v1.nn.space_to_depth": "space_to_depth",
    "compat.v1.space_to_depth": "space_to_depth",
    "compat.v1.nn.in_top_k": "in_top_k",
    "compat.v1.math.in_top_k": "in_top_k",
    "compat.v1.nn.embedding_lookup": "embedding_lookup",
    "compat.v1.nn.embedding_lookup_sparse": "embedding_lookup_sparse",
    "compat.v1.nn.safe_embedding_lookup_sparse": "safe_embedding_lookup_sparse",
    "compat.v1.nn.nce_loss": "nce_loss",
    "compat.v1.nn.sampled_softmax_loss": "sampled_softmax_loss",
    "compat.v1.nn.sufficient_statistics": "sufficient_statistics",
    "compat.v1.nn.weighted_moments": "weighted_moments",
    "compat.v1.nn.weighted_cross_entropy_with_logits": "weighted_cross_entropy_with_logits",
    "compat.v1.nn.batch_norm_with_global_normalization": "batch_norm_with_global_normalization",
    "compat.v1.nn.ctc_loss_v2": "ctc_loss_v2",
}

_FILTER = {"filter": "filters"}
_VALUE = {"value": "input"}


def _whole_table(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function of a table that may be in parts: by turns ("mod") or one behind the other ("div")."""

    @functools.wraps(function)
    def call(partition_strategy: str, **kwargs: Any) -> Any:
        parts = kwargs[name]
        if isinstance(parts, (list, tuple)) and len(parts) == 1:
            kwargs[name] = parts[0]
        elif isinstance(parts, (list, tuple)) and partition_strategy == "mod":
            tensors = [to_tensor(p) for p in parts]
            if len({t.shape[0] for t in tensors}) > 1:
                raise NotImplementedError(f"{function.__name__} takes parts of one size only with partition_strategy='mod'.")
            kwargs[name] = shaping.reshape(join.stack(tensors, 1), [-1, *tensors[0].shape.as_list()[1:]])
        return function(**kwargs)

    return call


conv1d = renamed(
    convolutions.conv1d,
    "value=None, filters=None, stride=None, padding=None, use_cudnn_on_gpu=None, data_format='NWC', name=None, input=None, dilations=None",
    _VALUE, "use_cudnn_on_gpu",
)
conv2d = renamed(
    convolutions.conv2d,
    "input, filter=None, strides=None, padding=None, use_cudnn_on_gpu=True, data_format='NHWC', dilations=[1, 1, 1, 1], name=None, "
    "filters=None",
    _FILTER, "use_cudnn_on_gpu",
)
conv3d = renamed(
    convolutions.conv3d,
    "input, filter=None, strides=None, padding=None, data_format='NDHWC', dilations=[1, 1, 1, 1, 1], name=None, filters=None",
    _FILTER,
)
conv2d_transpose = renamed(
    transposes.conv2d_transpose,
    "value=None, filter=None, output_shape=None, strides=None, padding='SAME', data_format='NHWC', name=None, input=None, "
    "filters=None, dilations=None",
    {**_VALUE, **_FILTER},
)
conv3d_transpose = renamed(
    transposes.conv3d_transpose,
    "value, filter=None, output_shape=None, strides=None, padding='SAME', data_format='NDHWC', name=None, input=None, "
    "filters=None, dilations=None",
    {**_VALUE, **_FILTER},
)
convolution = renamed(
    general.convolution,
    "input, filter, padding, strides=None, dilation_rate=None, name=None, data_format=None, filters=None, dilations=None",
    {**_FILTER, "dilation_rate": "dilations"},
)
separable_conv2d = renamed(
    depthwise.separable_conv2d,
    "input, depthwise_filter, pointwise_filter, strides, padding, rate=None, name=None, data_format=None, dilations=None",
    {"rate": "dilations"},
)
avg_pool = renamed(
    pools.avg_pool, "value, ksize, strides, padding, data_format='NHWC', name=None, input=None", _VALUE
)
max_pool = renamed(
    pools.max_pool, "value, ksize, strides, padding, data_format='NHWC', name=None, input=None", _VALUE
)
max_pool_with_argmax = renamed(
    pools.max_pool_with_argmax,
    "input, ksize, strides, padding, data_format='NHWC', Targmax=None, name=None, output_dtype=None, include_batch_in_index=False",
    {"Targmax": "output_dtype"},
)
crelu = renamed(statistics.crelu, "features, name=None, axis=-1")
depth_to_space = renamed(blocks.depth_to_space, "input, block_size, name=None, data_format='NHWC'")
space_to_depth = renamed(blocks.space_to_depth, "input, block_size, name=None, data_format='NHWC'")
in_top_k = renamed(statistics.in_top_k, "predictions, targets, k, name=None")
embedding_lookup = renamed(
    _whole_table(embeddings.embedding_lookup, "params"),
    "params, ids, partition_strategy='mod', name=None, validate_indices=True, max_norm=None", {}, "validate_indices",
)
embedding_lookup_sparse = renamed(
    _whole_table(embeddings.embedding_lookup_sparse, "params"),
    "params, sp_ids, sp_weights, partition_strategy='mod', name=None, combiner=None, max_norm=None, allow_fast_lookup=False",
)
safe_embedding_lookup_sparse = renamed(
    _whole_table(embeddings.safe_embedding_lookup_sparse, "embedding_weights"),
    "embedding_weights, sparse_ids, sparse_weights=None, combiner='mean', default_id=None, name=None, partition_strategy='div', "
    "max_norm=None, allow_fast_lookup=False",
)
nce_loss = renamed(
    _whole_table(sampled_losses.nce_loss, "weights"),
    "weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=False, "
    "partition_strategy='mod', name='nce_loss'",
)
sampled_softmax_loss = renamed(
    _whole_table(sampled_losses.sampled_softmax_loss, "weights"),
    "weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=True, "
    "partition_strategy='mod', name='sampled_softmax_loss', seed=None",
)
sufficient_statistics = renamed(
    statistics.sufficient_statistics, "x, axes, shift=None, keep_dims=None, name=None, keepdims=None", {"keep_dims": "keepdims"}
)
weighted_moments = renamed(
    statistics.weighted_moments, "x, axes, frequency_weights, name=None, keep_dims=None, keepdims=None", {"keep_dims": "keepdims"}
)
weighted_cross_entropy_with_logits = renamed(
    losses.weighted_cross_entropy_with_logits, "labels=None, logits=None, pos_weight=None, name=None, targets=None",
    {"targets": "labels"},
)
batch_norm_with_global_normalization = renamed(
    losses.batch_norm_with_global_normalization,
    "t=None, m=None, v=None, beta=None, gamma=None, variance_epsilon=None, scale_after_normalization=None, name=None, input=None, "
    "mean=None, variance=None",
    {"t": "input", "m": "mean", "v": "variance"},
)
ctc_loss_v2 = ctc.ctc_loss


@export("compat.v1.nn.depthwise_conv2d")
def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: Any, rate: Any = None, name: Any = None,  # noqa: A002
    data_format: Any = None, dilations: Any = None,
) -> Any:
    """`tf.nn.depthwise_conv2d`; `rate` is the old name of `dilations`."""
    return depthwise.depthwise_conv2d(input, filter, strides, padding, data_format, dilations if rate is None else rate, name)


@export("compat.v1.nn.depthwise_conv2d_native")
def depthwise_conv2d_native(
    input: Any, filter: Any, strides: Any, padding: Any, data_format: Any = "NHWC",  # noqa: A002
    dilations: Any = (1, 1, 1, 1), name: Any = None,
) -> Any:
    """`tf.nn.depthwise_conv2d` with dilations for all four axes."""
    return depthwise.depthwise_conv2d(input, filter, strides, padding, data_format, list(dilations)[1:3], name)


@export("compat.v1.nn.xw_plus_b")
def xw_plus_b(x: Any, weights: Any, biases: Any, name: Any = None) -> Any:
    """`matmul(x, weights) + biases`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.nn.xw_plus_b([[1.0]], [[2.0]], [3.0]).numpy()
    array([[5.]], dtype=float32)
    """
    return linear.matmul(to_tensor(x), to_tensor(weights)) + to_tensor(biases)


@export("compat.v1.nn.relu_layer")
def relu_layer(x: Any, weights: Any, biases: Any, name: Any = None) -> Any:
    """`relu(matmul(x, weights) + biases)`."""
    return activations.relu(xw_plus_b(x, weights, biases))


@export("compat.v1.nn.fused_batch_norm")
def fused_batch_norm(
    x: Any, scale: Any, offset: Any, mean: Any = None, variance: Any = None, epsilon: float = 0.001, data_format: str = "NHWC",
    is_training: bool = True, name: Any = None, exponential_avg_factor: float = 1.0,
) -> Any:
    """(normalized x, mean, variance) over all axes but the channels'.

    In training the variance that comes back is that of the sample (with n - 1), mixed with
    `mean` and `variance` by `exponential_avg_factor`.
    """
    x, scale, offset = to_tensor(x), to_tensor(scale), to_tensor(offset)
    if data_format.startswith("NC"):
        x = shaping.transpose(x, [0, 2, 3, 1])
    axes = list(range(x.shape.rank - 1))
    if is_training:
        used_mean, used_variance = losses.moments(x, axes)
        count = shaping.cast(shaping.size(x) // shaping.shape(x)[-1], used_variance.dtype)
        new_mean, new_variance = used_mean, used_variance * (count / (count - 1.0))
        if exponential_avg_factor != 1.0:
            new_mean = mean * (1.0 - exponential_avg_factor) + new_mean * exponential_avg_factor
            new_variance = variance * (1.0 - exponential_avg_factor) + new_variance * exponential_avg_factor
    else:
        used_mean, used_variance = new_mean, new_variance = to_tensor(mean), to_tensor(variance)
    y = losses.batch_normalization(x, used_mean, used_variance, offset, scale, epsilon)
    if data_format.startswith("NC"):
        y = shaping.transpose(y, [0, 3, 1, 2])
    return y, new_mean, new_variance


@export("compat.v1.nn.ctc_loss")
def ctc_loss(
    labels: Any, inputs: Any = None, sequence_length: Any = None, preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True, ignore_longer_outputs_than_inputs: bool = False, time_major: bool = True, logits: Any = None,
) -> Any:
    """`tf.nn.ctc_loss` of sparse labels with the last class as the blank one.

    Raises:
      NotImplementedError: for `preprocess_collapse_repeated` or without `ctc_merge_repeated`.
    """
    if preprocess_collapse_repeated or not ctc_merge_repeated:
        raise NotImplementedError("ctc_loss knows only `preprocess_collapse_repeated=False`, `ctc_merge_repeated=True`.")
    return ctc.ctc_loss(labels, inputs if logits is None else logits, None, sequence_length, time_major, blank_index=-1)
