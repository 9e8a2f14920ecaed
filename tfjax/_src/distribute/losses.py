"""Losses of one replica as its share of the global batch's mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.distribute.strategy import get_replica_context, get_strategy, has_strategy
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.math.reductions import reduce_sum


def _require_replica(name: str) -> None:
    if has_strategy() and get_replica_context() is None:
        raise RuntimeError(
            f"You are calling `{name}` in cross replica context, while it was expected to be called in replica context."
        )


@export("nn.compute_average_loss")
def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Tensor:
    """The sum of a replica's losses divided by the size of the global batch.

    Args:
      per_example_loss: losses of rank 1 or more.
      sample_weight: a weight per example.
      global_batch_size: by default the local size times the number of replicas.

    Raises:
      ValueError: for a scalar loss.
      RuntimeError: in a strategy's scope outside of its replicas.

    >>> import tfjax as tf
    >>> float(tf.nn.compute_average_loss([1.0, 2.0], global_batch_size=4))
    0.75
    """
    losses = to_tensor(per_example_loss)
    if not len(losses.shape):
        raise ValueError(
            "Invalid value passed for `per_example_loss`. Expected a tensor with at least rank 1. Received "
            f"per_example_loss={per_example_loss} with rank 0"
        )

    if not (losses.dtype.is_floating or losses.dtype.is_complex):
        losses = cast(losses, "float64")
    if sample_weight is not None:
        weight = cast(to_tensor(sample_weight), losses.dtype)
        while len(weight.shape) < len(losses.shape):
            weight = expand_dims(weight, -1)
        losses = losses * weight
    if global_batch_size is None:
        _require_replica("compute_average_loss")
        global_batch_size = losses.shape[0] * get_strategy().num_replicas_in_sync
    size = to_tensor(global_batch_size)
    if len(size.shape):
        raise ValueError(
            f"Invalid value for `global_batch_size`. Expected a scalar. Received: {global_batch_size}"
        )
    if not size.dtype.is_integer:
        raise TypeError(
            f'global_batch_size must be an integer.  Expected "x" to be integer type.  Found: tensor of dtype {size.dtype!r}'
        )
    return reduce_sum(losses) / cast(size, losses.dtype)


@export("nn.scale_regularization_loss")
def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of regularization losses divided by the number of replicas.

    >>> import tfjax as tf
    >>> float(tf.nn.scale_regularization_loss([1.0, 2.0]))
    3.0
    """
    _require_replica("scale_regularization_loss")
    total = reduce_sum(to_tensor(regularization_loss))
    count = get_strategy().num_replicas_in_sync
    return total if count == 1 else total / cast(np.asarray(count), total.dtype)
