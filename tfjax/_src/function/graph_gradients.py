"""tf.gradients and tf.hessians: symbolic gradients of what a tf.function has traced so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import backprop
from tfjax._src.eager import frame as frames
from tfjax._src.eager.backprop import Record
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import is_differentiable
from tfjax._src.eager.tape import UnconnectedGradients, zero_unconnected
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.math.clipping import add_n
from tfjax._src.ops.math.reductions import reduce_sum


@export("gradients")
def gradients(
    ys: Any, xs: Any, grad_ys: Any = None, name: str = "gradients", gate_gradients: bool = False,
    aggregation_method: Any = None, stop_gradients: Any = None, unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """The gradient of the sum of `ys` for each of `xs`, inside a tf.function.

    Args:
      ys: a tensor or list of tensors.
      xs: a tensor, Variable or list of them.
      grad_ys: a weight for each of `ys`; ones by default.
      name, gate_gradients, aggregation_method: no effect.
      stop_gradients: tensors that count as constants.
      unconnected_gradients: "none" or "zero".

    Raises:
      RuntimeError: outside of a tf.function; use `tf.GradientTape` there.

    >>> import tfjax as tf
    >>> @tf.function
    ... def slope(x):
    ...     return tf.gradients(x * x, x)
    >>> [g.numpy() for g in slope(tf.constant(3.0))]
    [np.float32(6.0)]
    """
    if frames.current() is None:
        raise RuntimeError("tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.")
    zeros = zero_unconnected(unconnected_gradients)
    targets = [to_tensor(y) for y in _as_list(ys)]
    weights = _as_list(grad_ys) if grad_ys is not None else [None] * len(targets)
    if len(weights) != len(targets):
        raise ValueError(f"Passed {len(weights)} grad_ys for {len(targets)} ys")
    seeds = [None if w is None else to_tensor(w, y.dtype) for w, y in zip(weights, targets)]
    sources = [to_tensor(x) for x in _as_list(xs)]
    constants = [to_tensor(s) for s in _as_list(stop_gradients)] if stop_gradients is not None else []
    pairs = [(t, s) for t, s in zip(targets, seeds) if is_differentiable(t._value.dtype)]
    records = _history([t for t, _ in pairs], constants)
    found = backprop.gradients(records, [t for t, _ in pairs], [s for _, s in pairs], sources)
    if zeros:
        return [backprop.zeros_like(s) if g is None else g for g, s in zip(found, sources)]
    return found


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _history(targets: Sequence[Tensor], constants: Sequence[Tensor]) -> list[Record]:
    """What this trace did to make the targets, in order; nothing behind `constants`."""
    stopped = {id(t) for t in constants}
    order: list[Record] = []
    seen: set[int] = set()
    stack: list[tuple[Any, bool]] = [(t, False) for t in targets]
    while stack:
        item, finished = stack.pop()
        if finished:
            order.append(Record(*item))
            continue
        made = getattr(item, "_made_from", None)
        if made is None or id(item) in stopped or id(made) in seen:
            continue
        seen.add(id(made))
        stack.append((made, True))
        stack.extend([(t, False) for t in made[1]])
    return order


@export("hessians")
def hessians(ys: Any, xs: Any, gate_gradients: bool = False, aggregation_method: Any = None, name: str = "hessians") -> list[Any]:
    """The Hessian of the sum of `ys` for each of `xs`, of shape `x.shape + x.shape`, inside a tf.function.

    Args:
      ys: a tensor or list of tensors.
      xs: a tensor or list of tensors.
      gate_gradients, aggregation_method, name: no effect.

    >>> import tfjax as tf
    >>> @tf.function
    ... def curvature(x):
    ...     return tf.hessians(tf.reduce_sum(x ** 3.0), x)
    >>> curvature(tf.constant([1.0, 2.0]))[0].numpy()
    array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)
    """
    if frames.current() is None:
        raise RuntimeError("tf.hessians is not supported when eager execution is enabled. Use tf.GradientTape instead.")
    total = add_n([reduce_sum(y) for y in _as_list(ys)])
    results = []
    for x in [to_tensor(x) for x in _as_list(xs)]:
        (slope,) = gradients(total, x)
        if slope is None:
            raise ValueError("Cannot compute a Hessian of a tensor that does not depend on `xs`.")
        found = backprop.jacobian(_history([slope], ()), slope, [x])
        row = found[0] if found else None
        results.append(Tensor(np.zeros(x._value.shape * 2, x._value.dtype)) if row is None else row)
    return results
