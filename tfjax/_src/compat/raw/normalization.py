"""tf.raw_ops: fused batch normalisation."""

from __future__ import annotations

import collections
from typing import Any

import jax.numpy as jnp

from tfjax._src.compat.raw.kernels import keywords_only
from tfjax._src.core.dtypes import float32
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, FloatOther, Name, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op

_FIELDS = ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"]
_Result = collections.namedtuple("FusedBatchNorm", _FIELDS)  # type: ignore[misc]
_ResultV2 = collections.namedtuple("FusedBatchNormV2", _FIELDS)  # type: ignore[misc]
_ResultV3 = collections.namedtuple("FusedBatchNormV3", [*_FIELDS, "reserve_space_3"])  # type: ignore[misc]


@op("_internal.fused_batch_norm", raw="FusedBatchNormV3", host=False)
def _fused_batch_norm(
    x: Float, scale: FloatOther, offset: FloatOther, mean: FloatOther, variance: FloatOther, epsilon: Static,
    factor: Static, channels: Static, training: Static, name: Name = None,
):  # fmt: skip
    wide = x.astype(scale.dtype)
    axes = tuple(i for i in range(x.ndim) if i != channels % x.ndim)
    shape = [-1 if i == channels % x.ndim else 1 for i in range(x.ndim)]
    used_mean, used_variance = (jnp.mean(wide, axes), jnp.var(wide, axes)) if training else (mean, variance)
    y = (wide - used_mean.reshape(shape)) * (scale * (used_variance + epsilon) ** -0.5).reshape(shape)
    y = (y + offset.reshape(shape)).astype(x.dtype)
    new_mean, new_variance = used_mean, used_variance
    if training:
        count = x.size // x.shape[channels]
        new_variance = used_variance * (count / max(count - 1, 1))
        if factor != 1.0:
            new_mean = (1 - factor) * mean + factor * new_mean
            new_variance = (1 - factor) * variance + factor * new_variance
    return y, new_mean, new_variance, used_mean, used_variance


def _run(x: Any, scale: Any, offset: Any, mean: Any, variance: Any, epsilon: float, factor: float, data_format: str, training: bool) -> Any:
    channels = 1 if data_format.startswith("NC") else -1
    return _fused_batch_norm(x, scale, offset, mean, variance, float(epsilon), float(factor), channels, bool(training))


@export("raw_ops.FusedBatchNorm")
@keywords_only
def FusedBatchNorm(  # noqa: N802 (TensorFlow's name)
    x: Any, scale: Any, offset: Any, mean: Any, variance: Any, epsilon: float = 0.0001, exponential_avg_factor: float = 1,
    data_format: str = "NHWC", is_training: bool = True, name: Any = None,
) -> Any:  # fmt: skip
    """Batch normalisation, see `FusedBatchNormV3`, of float32."""
    return _Result(*_run(x, scale, offset, mean, variance, epsilon, exponential_avg_factor, data_format, is_training))


@export("raw_ops.FusedBatchNormV2")
@keywords_only
def FusedBatchNormV2(  # noqa: N802
    x: Any, scale: Any, offset: Any, mean: Any, variance: Any, epsilon: float = 0.0001, exponential_avg_factor: float = 1,
    data_format: str = "NHWC", is_training: bool = True, name: Any = None,
) -> Any:  # fmt: skip
    """Batch normalisation, see `FusedBatchNormV3`, without its last result."""
    return _ResultV2(*_run(x, scale, offset, mean, variance, epsilon, exponential_avg_factor, data_format, is_training))


@export("raw_ops.FusedBatchNormV3")
@keywords_only
def FusedBatchNormV3(  # noqa: N802
    x: Any, scale: Any, offset: Any, mean: Any, variance: Any, epsilon: float = 0.0001, exponential_avg_factor: float = 1,
    data_format: str = "NHWC", is_training: bool = True, name: Any = None,
) -> Any:  # fmt: skip
    """Batch normalisation: (y, mean, variance, and what its gradient needs).

    Args:
      x: the input, of any float dtype.
      scale: factors of the channels [channels].
      offset: added to the channels.
      mean: the mean used for inference, and averaged with that of the batch for training.
      variance: likewise.
      epsilon: added to the variance.
      exponential_avg_factor: the share of the batch in the mean and variance that training gives.
      data_format: "NHWC", "NCHW", "NDHWC" or "NCDHW".
      is_training: whether to normalise with the batch's moments. The variance that is given then
        is the unbiased one.
      name: no effect.
    """
    found = _run(x, scale, offset, mean, variance, epsilon, exponential_avg_factor, data_format, is_training)
    return _ResultV3(*found, to_tensor([], float32))
