"""Raw ops without a public function of the same parameters."""

from __future__ import annotations

import collections
import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import AnyOther, AnyTensor, Float, IntOther, Name, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op
from tfjax._src.function.flow_api import get_static_value
from tfjax._src.ops.array import indexing
from tfjax._src.ops.linalg.diagonals import diag_part


def keywords_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a raw op: positional arguments raise TypeError, as in TensorFlow."""
    names = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def raw(*args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(
                f"{function.__name__} only takes keyword args (possible keys: {names}). "
                "Please pass these args as kwargs instead."
            )
        return function(**kwargs)

    return raw


@op("_internal.igamma_grad_a", raw="IgammaGradA", host=False, differentiable=False)
def _igamma_grad_a(a: Float, x: Float, name: Name = None):
    return jax.lax.igamma_grad_a(*jnp.broadcast_arrays(a, x))


@export("raw_ops.IgammaGradA")
@keywords_only
def IgammaGradA(a: Any, x: Any, name: Any = None) -> Any:  # noqa: N802 (TensorFlow's name)
    """The derivative of `tf.math.igamma(a, x)` with respect to `a`."""
    return _igamma_grad_a(a, x)


@op("_internal.random_gamma_grad", raw="RandomGammaGrad", host=False, differentiable=False)
def _random_gamma_grad(alpha: Float, sample: Float, name: Name = None):
    return jax.lax.random_gamma_grad(*jnp.broadcast_arrays(alpha, sample))


@export("raw_ops.RandomGammaGrad")
@keywords_only
def RandomGammaGrad(alpha: Any, sample: Any, name: Any = None) -> Any:  # noqa: N802
    """The derivative of a gamma distributed sample with respect to its shape parameter `alpha`."""
    return _random_gamma_grad(alpha, sample)


_BroadcastGradientArgs = collections.namedtuple("BroadcastGradientArgs", ["r0", "r1"])


@export("raw_ops.BroadcastGradientArgs")
@keywords_only
def BroadcastGradientArgs(s0: Any, s1: Any, name: Any = None) -> Any:  # noqa: N802
    """The axes to sum over in the gradients of two shapes that were broadcast together.

    >>> import tfjax as tf
    >>> [r.numpy().tolist() for r in tf.raw_ops.BroadcastGradientArgs(s0=[2, 1], s1=[3])]
    [[1], [0]]
    """
    s0, s1 = to_tensor(s0), to_tensor(s1)
    shapes = [[int(size) for size in get_static_value(s)] for s in (s0, s1)]
    rank = max(map(len, shapes))
    axes: list[list[int]] = [[], []]
    if shapes[0] != shapes[1]:
        # Where both sizes are 1, both list the axis.
        for own, found in zip(shapes, axes):
            padded = [1] * (rank - len(own)) + own
            found.extend([i for i, size in enumerate(padded) if size == 1])
    return _BroadcastGradientArgs(*[to_tensor(np.array(found, s0.dtype.as_numpy_dtype)) for found in axes])


@op("_internal.block_lstm", raw="BlockLSTMV2", host=False)
def _block_lstm(x: Float, cs_prev: Float, h_prev: Float, w: Float, wci: Float, wcf: Float, wco: Float, b: Float,
                seq_len_max: IntOther, cell_clip: Static = 0, use_peephole: Static = False, name: Name = None):  # fmt: skip
    def step(carry: Any, inputs: Any) -> Any:
        cs, h = carry
        row, index = inputs
        i, f, c, o = jnp.split(jnp.concatenate([row, h], axis=1) @ w + b, 4, axis=1)
        if use_peephole:
            i, f = i + cs * wci, f + cs * wcf
        i, f, c = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(c)
        new = c * i + cs * f
        if cell_clip > 0:
            new = jnp.clip(new, -cell_clip, cell_clip)
        o = jax.nn.sigmoid(o + new * wco if use_peephole else o)
        outputs = [i, new, f, o, c, jnp.tanh(new), o * jnp.tanh(new)]
        live = index < seq_len_max
        outputs = [jnp.where(live, part, jnp.zeros_like(part)) for part in outputs]
        return (outputs[1], outputs[6]), tuple(outputs)

    return jax.lax.scan(step, (cs_prev, h_prev), (x, jnp.arange(x.shape[0])))[1]


_BlockLSTM = collections.namedtuple("BlockLSTMV2", ["i", "cs", "f", "o", "ci", "co", "h"])


@export("raw_ops.BlockLSTMV2")
@keywords_only
def BlockLSTMV2(  # noqa: N802
    seq_len_max: Any, x: Any, cs_prev: Any, h_prev: Any, w: Any, wci: Any, wcf: Any, wco: Any, b: Any,
    cell_clip: float = 0, use_peephole: bool = False, name: Any = None,
) -> Any:  # fmt: skip
    """An LSTM over `x` [time, batch, inputs]: gates and states of each step.

    Args:
      seq_len_max: steps from there on give zeros.
      x: the inputs.
      cs_prev: the first cell state [batch, units].
      h_prev: the first output [batch, units].
      w: the kernel [inputs + units, 4 units], gates in the order input, forget, cell, output.
      wci: the peephole of the input gate [units]; so are `wcf` and `wco` of the others.
      wcf: that of the forget gate.
      wco: that of the output gate.
      b: the bias [4 units].
      cell_clip: limits the cell state if positive.
      use_peephole: whether the gates see the cell state.
      name: no effect.
    """
    seq_len_max = to_tensor(seq_len_max, dtypes.int64)
    return _BlockLSTM(*_block_lstm(x, cs_prev, h_prev, w, wci, wcf, wco, b, seq_len_max, cell_clip, use_peephole))


@export("raw_ops.MatrixDiagPartV2")
@keywords_only
def MatrixDiagPartV2(input: Any, k: Any, padding_value: Any, name: Any = None) -> Any:  # noqa: N802
    """Diagonals of matrices, see `tf.linalg.diag_part`; short ones are aligned to the left."""
    return diag_part(input, k=k, padding_value=padding_value, align="LEFT_LEFT")


_Counted = collections.namedtuple("UniqueWithCountsV2", ["y", "idx", "count"])


@op("_internal.unique_along", raw="UniqueWithCountsV2", differentiable=False)
def _unique_along(x: AnyTensor, axis: Static, name: Name = None):
    x = np.asarray(x)
    rows = np.moveaxis(x, axis, 0)
    _, first, inverse, counts = np.unique(
        rows.reshape(rows.shape[0], -1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return np.moveaxis(rows[first[order]], 0, axis), place[inverse.reshape(-1)].astype(np.int64), counts[order].astype(np.int64)


@export("raw_ops.UniqueWithCountsV2")
@keywords_only
def UniqueWithCountsV2(x: Any, axis: Any, out_idx: Any = dtypes.int32, name: Any = None) -> Any:  # noqa: N802
    """(distinct slices along an axis in order of appearance, index of each slice, counts).

    >>> import tfjax as tf
    >>> tf.raw_ops.UniqueWithCountsV2(x=[[1, 2], [3, 4], [1, 2]], axis=[0]).count.numpy()
    array([2, 1], dtype=int32)
    """
    out = dtypes.as_dtype(out_idx)
    axes = np.atleast_1d(get_static_value(to_tensor(axis, dtypes.int64)))
    if not axes.size:
        return _Counted(*indexing.unique_with_counts(x, out))
    y, idx, count = _unique_along(x, int(axes[0]))
    return _Counted(y, *[to_tensor(part.numpy().astype(out.as_numpy_dtype)) for part in (idx, count)])


@op("compiler.tf2xla.python.xla.dynamic_update_slice", raw="XlaDynamicUpdateSlice", host=False)
def dynamic_update_slice(input: AnyTensor, update: AnyTensor, indices: AnyOther, name: Name = None):
    """`input` with `update` written at `indices`, moved inside where it would stick out.

    >>> from tfjax.compiler.tf2xla.python.xla import dynamic_update_slice
    >>> dynamic_update_slice([1, 2, 3], [9], [1]).numpy()
    array([1, 9, 3], dtype=int32)
    """
    return jax.lax.dynamic_update_slice(input, update, [indices[i] for i in range(input.ndim)])
