"""Inputs for the gradient law: one entry for each differentiable op that cannot do with the default.

By default an op is called with a [2, 3] tensor of numbers in [0.2, 0.9) for every floating argument
and its own defaults for the rest. An entry says otherwise: `at` other shapes or numbers and further
arguments of the public function of that name; `via` a call of the public API that leads to the op.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Entry:
    """How the law calls an op.

    Attributes:
      call: of (tf, *tensors); None calls the public function with the tensors and `arguments`.
      shapes: of the tensors; None gives each of the op's floating arguments [2, 3].
      low, high: the numbers' range.
      arguments: keyword arguments.
      matrix: symmetric positive definite matrices instead.
      single: in float32, where TensorFlow has nothing else; differences are then coarser.
    """

    call: Callable[..., Any] | None = None
    shapes: tuple[Shape, ...] | None = None
    low: float = 0.2
    high: float = 0.9
    arguments: dict[str, Any] = field(default_factory=dict)
    matrix: bool = False
    single: bool = False

    def draw(self, count: int) -> list[np.ndarray]:
        rng = np.random.default_rng(7)
        arrays = [rng.uniform(self.low, self.high, s) for s in self.shapes or ((2, 3),) * count]
        if self.matrix:
            arrays[0] = arrays[0] @ np.swapaxes(arrays[0], -1, -2) + 2.0 * np.eye(arrays[0].shape[-1])
        return [a.astype(np.float32) for a in arrays] if self.single else arrays


def at(*shapes: Shape, low: float = 0.2, high: float = 0.9, matrix: bool = False, **arguments: Any) -> Entry:
    return Entry(None, shapes or None, low, high, arguments, matrix)


def via(
    call: Callable[..., Any], *shapes: Shape, low: float = 0.2, high: float = 0.9, matrix: bool = False, single: bool = False
) -> Entry:
    return Entry(call, shapes or ((2, 3),), low, high, {}, matrix, single)


ABOVE_ONE = at(low=1.2, high=3.0)
SQUARE = at((3, 3), matrix=True)
IMAGE = (1, 4, 4, 2)
VOLUME = (1, 3, 4, 3, 1)
IDS = [0, 0, 2]


def _rnn(kind: str, **options: Any) -> Entry:
    def call(tf: Any, x: Any) -> Any:
        init = tf.keras.initializers.Constant(0.3)
        cell = getattr(tf.keras.layers, kind)(
            2, kernel_initializer=init, recurrent_initializer=tf.keras.initializers.Identity(0.2), dtype="float64", **options
        )
        return cell(x)

    return via(call, (1, 3, 2))


ENTRIES: dict[str, Entry] = {
    # shapes
    "reshape": at((2, 3), shape=[3, 2]),
    "expand_dims": at((2, 3), axis=1),
    "broadcast_to": at((1, 3), shape=[2, 3]),
    "tile": at((2, 3), multiples=[2, 1]),
    "repeat": at((2, 3), repeats=2, axis=1),
    "pad": at((2, 3), paddings=[[1, 0], [0, 2]]),
    "reverse": at((2, 3), axis=[1]),
    "roll": at((2, 3), shift=1, axis=1),
    "_internal.slice": via(lambda tf, x: tf.slice(x, [0, 1], [2, 2])),
    "_internal.dynamic_slice": via(
        lambda tf, x: tf.function(lambda v, i: tf.slice(v, i, [1, 2]))(x, tf.constant([0, 1]))
    ),
    "strided_slice": at((3, 4), begin=[0, 1], end=[3, 4], strides=[2, 1]),
    "concat": via(lambda tf, x, y: tf.concat([x, y], 1), (2, 3), (2, 2)),
    "stack": via(lambda tf, x, y: tf.stack([x, y], 1), (2, 3), (2, 3)),
    "split": at((2, 4), num_or_size_splits=[1, 3], axis=1),
    "fill": via(lambda tf, x: tf.fill([2, 2], x), ()),
    "linspace": via(lambda tf, a, b: tf.linspace(a, b, 4), (), (), low=0.1, high=2.0),
    "_internal.cast": via(lambda tf, x: tf.cast(tf.cast(x, tf.complex128), tf.complex128)),
    "_internal.saturate_cast": via(lambda tf, x: tf.saturate_cast(x, tf.float64) * tf.saturate_cast(x, tf.float64)),
    "_internal.getitem": via(lambda tf, x: x[1:, ::2] * x[0, tf.newaxis, 1:]),
    "_internal.meshgrid": via(lambda tf, x, y: tf.meshgrid(x, y), (2,), (3,)),
    "_internal.where": via(lambda tf, x, y: tf.where(x > 0.5, x, y), (2, 3), (2, 3)),
    "space_to_batch": at(IMAGE, block_shape=[2, 2], paddings=[[0, 0], [0, 0]]),
    "batch_to_space": at((4, 2, 2, 1), block_shape=[2, 2], crops=[[0, 0], [0, 0]]),
    "nn.space_to_depth": at(IMAGE, block_size=2),
    "nn.depth_to_space": at((1, 2, 2, 4), block_size=2),
    # rows
    "_internal.gather": via(lambda tf, x: tf.gather(x, [2, 0, 2], axis=1)),
    "_internal.gather_rows": via(lambda tf, x: tf.gather(x * 1.0, [1, 0, 1])),
    "gather_nd": at((2, 3), indices=[[1, 0], [0, 2]]),
    "scatter_nd": via(lambda tf, x: tf.scatter_nd([[2], [0]], x, [4, 3])),
    "tensor_scatter_nd_update": via(lambda tf, x, u: tf.tensor_scatter_nd_update(x, [[1]], u), (2, 3), (1, 3)),
    "tensor_scatter_nd_add": via(lambda tf, x, u: tf.tensor_scatter_nd_add(x, [[1]], u), (2, 3), (1, 3)),
    "tensor_scatter_nd_sub": via(lambda tf, x, u: tf.tensor_scatter_nd_sub(x, [[1]], u), (2, 3), (1, 3)),
    "tensor_scatter_nd_max": via(lambda tf, x, u: tf.tensor_scatter_nd_max(x, [[1]], u), (2, 3), (1, 3)),
    "tensor_scatter_nd_min": via(lambda tf, x, u: tf.tensor_scatter_nd_min(x, [[1]], u), (2, 3), (1, 3)),
    "_internal.sort": via(lambda tf, x: tf.sort(x, axis=-1)),
    "_internal.top_k": via(lambda tf, x: tf.math.top_k(x, 2).values),
    "_internal.segment": via(lambda tf, x: tf.math.segment_mean(x, IDS), (3, 2)),
    # arithmetic outside of [0.2, 0.9)
    "math.acosh": ABOVE_ONE,
    "math.lgamma": ABOVE_ONE,
    "math.digamma": ABOVE_ONE,
    "_internal.multiply_no_nan": via(lambda tf, x, y: tf.math.multiply_no_nan(x, y), (2, 3), (2, 3)),
    "realdiv": via(lambda tf, x, y: tf.realdiv(x, y), (2, 3), (2, 3)),
    "math.add_n": via(lambda tf, x, y: tf.add_n([x, y, x]), (2, 3), (2, 3)),
    "linalg.matmul": at((2, 3), (3, 2)),
    "linalg.matvec": at((2, 3), (3,)),
    "tensordot": at((2, 3), (3, 2), axes=1),
    "_internal.einsum": via(lambda tf, x, y: tf.einsum("ij,kj->ik", x, y), (2, 3), (2, 3)),
    "_internal.clip_by_value": via(lambda tf, x, a, b: tf.clip_by_value(x, a, b), (2, 3), (), (), low=0.3, high=0.8),
    "_internal.clip_by_norm": via(lambda tf, x: tf.clip_by_norm(x, 0.5)),
    "math.real": via(lambda tf, x: tf.math.real(tf.cast(x, tf.complex128) * (1.0 + 2.0j))),
    # linear algebra
    "linalg.inv": SQUARE,
    "linalg.det": SQUARE,
    # It reads the lower triangle, yet its gradient is symmetric: differences need a symmetric matrix.
    "linalg.cholesky": via(lambda tf, m: tf.linalg.cholesky((m + tf.transpose(m)) / 2), (3, 3), matrix=True),
    "linalg.eigh": via(lambda tf, m: tf.linalg.eigh(m)[0], (3, 3), matrix=True),
    "linalg.qr": via(lambda tf, m: tf.linalg.qr(m)[1] ** 2, (3, 3), matrix=True),
    "_internal.svd": via(lambda tf, m: tf.linalg.svd(m)[1] ** 2, (3, 3)),
    "_internal.singular_values": via(lambda tf, m: tf.linalg.svd(m, compute_uv=False), (3, 3)),
    "linalg.solve": at((3, 3), (3, 2), matrix=True),
    "linalg.triangular_solve": at((3, 3), (3, 2), matrix=True),
    "linalg.cholesky_solve": at((3, 3), (3, 2), matrix=True),
    "linalg.trace": SQUARE,
    "linalg.logdet": SQUARE,
    "linalg.slogdet": via(lambda tf, m: tf.linalg.slogdet(m)[1], (3, 3), matrix=True),
    "linalg.eigvalsh": SQUARE,
    "linalg.expm": SQUARE,
    "linalg.tensor_diag_part": SQUARE,
    "linalg.set_diag": at((3, 3), (3,)),
    "_internal.matrix_diag": via(lambda tf, d: tf.linalg.diag(d, k=1)),
    "linalg.lu_reconstruct": via(lambda tf, m: tf.linalg.lu_reconstruct(m, [1, 0, 2]), (3, 3), matrix=True),
    "linalg.lu_solve": via(lambda tf, m, b: tf.linalg.lu_solve(m, [1, 0, 2], b), (3, 3), (3, 2), matrix=True),
    "linalg.lu_matrix_inverse": via(lambda tf, m: tf.linalg.lu_matrix_inverse(m, [1, 0, 2]), (3, 3), matrix=True),
    "linalg.banded_triangular_solve": via(
        lambda tf, b, x: tf.linalg.banded_triangular_solve(b + 1.0, x), (2, 4), (4, 2)
    ),
    "_internal.tridiagonal_matmul": via(lambda tf, d, x: tf.linalg.tridiagonal_matmul(d, x), (3, 4), (4, 2)),
    "_internal.tridiagonal_solve": via(
        lambda tf, d, x: tf.linalg.tridiagonal_solve(d + [[0.0], [3.0], [0.0]], x), (3, 4), (4, 2)
    ),
    "math.betainc": via(lambda tf, x: tf.math.betainc(tf.ones_like(x) * 1.5, tf.ones_like(x), x)),
    "math.polygamma": via(lambda tf, x: tf.math.polygamma(tf.ones_like(x), x)),
    "math.zeta": via(lambda tf, x: tf.math.zeta(tf.ones_like(x) * 2.5, x)),
    "image.image_gradients": at(IMAGE),
    "image.total_variation": at(IMAGE),
    "_internal.resize_nearest": via(lambda tf, x: tf.image.resize(x, (3, 7), "nearest"), IMAGE),
    "_internal.extract_patches": via(
        lambda tf, x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 1, 2, 1], [1, 1, 1, 1], "SAME"), IMAGE
    ),
    "linalg.band_part": at((3, 3), num_lower=1, num_upper=0),
    # neural networks
    "_internal.convolution": via(lambda tf, x, k: tf.keras.ops.conv(x, k, 1, "same"), IMAGE, (2, 2, 2, 1)),
    "_internal.conv1d": via(lambda tf, x, k: tf.nn.conv1d(x, k, 2, "SAME"), (1, 5, 2), (3, 2, 2)),
    "_internal.conv2d": via(lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), IMAGE, (2, 2, 2, 1)),
    "_internal.conv3d": via(lambda tf, x, k: tf.nn.conv3d(x, k, [1, 1, 2, 1, 1], "VALID"), VOLUME, (2, 2, 2, 1, 1)),
    "_internal.conv1d_transpose": via(
        lambda tf, x, k: tf.nn.conv1d_transpose(x, k, [1, 6, 1], 2, "SAME"), (1, 3, 2), (2, 1, 2)
    ),
    "_internal.conv2d_transpose": via(
        lambda tf, x, k: tf.nn.conv2d_transpose(x, k, [1, 4, 4, 1], 2, "SAME"), (1, 2, 2, 1), (2, 2, 1, 1)
    ),
    "_internal.conv3d_transpose": via(
        lambda tf, x, k: tf.nn.conv3d_transpose(x, k, [1, 2, 4, 4, 1], [1, 1, 2, 2, 1]), (1, 2, 2, 2, 1), (1, 2, 2, 1, 1)
    ),
    "_internal.depthwise_conv2d": via(
        lambda tf, x, k: tf.nn.depthwise_conv2d(x, k, [1, 2, 2, 1], "SAME"), IMAGE, (2, 2, 2, 1)
    ),
    "_internal.depthwise_backprop_input": via(
        lambda tf, k, g: tf.nn.depthwise_conv2d_backprop_input([1, 4, 4, 2], k, g, [1, 2, 2, 1], "VALID"), (2, 2, 2, 1), (1, 2, 2, 2)
    ),
    "_internal.depthwise_backprop_filter": via(
        lambda tf, x, g: tf.nn.depthwise_conv2d_backprop_filter(x, [2, 2, 2, 1], g, [1, 2, 2, 1], "VALID"), IMAGE, (1, 2, 2, 2)
    ),
    "_internal.extract_volume_patches": via(
        lambda tf, x: tf.extract_volume_patches(x, [1, 2, 2, 2, 1], [1, 2, 1, 1, 1], "SAME"), (1, 3, 3, 3, 1)
    ),
    "_internal.max_pool1d": via(lambda tf, x: tf.nn.max_pool1d(x, 2, 1, "SAME"), (1, 5, 2)),
    "_internal.max_pool2d": via(lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID"), IMAGE),
    "_internal.max_pool3d": via(lambda tf, x: tf.nn.max_pool3d(x, 2, 2, "SAME"), VOLUME, single=True),
    "_internal.avg_pool1d": via(lambda tf, x: tf.nn.avg_pool1d(x, 2, 1, "SAME"), (1, 5, 2)),
    "_internal.avg_pool2d": via(lambda tf, x: tf.nn.avg_pool2d(x, 2, 1, "SAME"), IMAGE),
    "_internal.avg_pool3d": via(lambda tf, x: tf.nn.avg_pool3d(x, 2, 2, "SAME"), VOLUME, single=True),
    "_internal.max_pool": via(lambda tf, x: tf.keras.ops.max_pool(x, 2, 2), IMAGE),
    "_internal.ctc_loss": via(
        lambda tf, x: tf.nn.ctc_loss([[1, 2], [1, 1]], x, [2, 2], [4, 3], blank_index=0), (4, 2, 3), single=True
    ),
    "_internal.approx_top_k": via(lambda tf, x: tf.nn.approx_max_k(x, 2)[0], single=True),
    "_internal.max_pool_with_argmax": via(lambda tf, x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME").output, IMAGE),
    "_internal.dilation2d": via(lambda tf, x, k: tf.nn.dilation2d(x, k, [1] * 4, "SAME", "NHWC", [1] * 4), IMAGE, (2, 2, 2)),
    "_internal.avg_pool": via(lambda tf, x: tf.keras.ops.average_pool(x, 2, 1, "same"), IMAGE),
    # Labels that add up to 1: TensorFlow's formula takes that for granted.
    "nn.softmax_cross_entropy_with_logits": via(
        lambda tf, a, x: tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(a), x), (2, 3), (2, 3)
    ),
    "_internal.sparse_softmax_cross_entropy": via(
        lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 0], logits=x)
    ),
    "nn.moments": at((2, 3), axes=[0]),
    "nn.weighted_moments": via(lambda tf, x: tf.nn.weighted_moments(x, [0], tf.constant([[0.5], [2.0]], tf.float64))),
    "nn.normalize_moments": via(lambda tf, m, v: tf.nn.normalize_moments(tf.constant(2.0, tf.float64), m, v, None), (3,), (3,)),
    "_internal.sufficient_statistics": via(lambda tf, x: tf.nn.sufficient_statistics(x, [0])[1:3]),
    "nn.batch_normalization": via(
        lambda tf, x, m, v, o, s: tf.nn.batch_normalization(x, m, v, o, s, 1e-3), (2, 3), (3,), (3,), (3,), (3,)
    ),
    "nn.bias_add": at((2, 3), (3,)),
    "nn.local_response_normalization": via(
        lambda tf, x: tf.nn.local_response_normalization(x, 1), IMAGE, single=True
    ),
    "_internal.lstm": _rnn("LSTM"),
    "_internal.gru": _rnn("GRU"),
    "_internal.simple_rnn": _rnn("SimpleRNN"),
    # images
    "_internal.turn_hue": via(lambda tf, x: tf.image.adjust_hue(x, 0.1), (2, 2, 3), single=True),
    "_internal.scale_saturation": via(lambda tf, x: tf.image.adjust_saturation(x, 0.7), (2, 2, 3), single=True),
    "_internal.resize_bilinear": via(lambda tf, x: tf.image.resize(x, [3, 5]), IMAGE, single=True),
    "_internal.resize_matrix": via(lambda tf, x: tf.image.resize(x, [3, 5], method="lanczos3", antialias=True), IMAGE, single=True),
    "_internal.crop_and_resize": via(
        lambda tf, x: tf.image.crop_and_resize(x, [[0.1, 0.2, 0.9, 0.8]], [0], [3, 3]), IMAGE, single=True
    ),
    "_internal.ssim": via(
        lambda tf, x, y: tf.image.ssim(x, y, 1.0, filter_size=3), (1, 5, 5, 1), (1, 5, 5, 1), single=True
    ),
    # ragged and sparse values
    "_internal.reduce_rows": via(lambda tf, x: tf.reduce_sum(tf.RaggedTensor.from_row_lengths(x, [2, 0, 1]), axis=1), (3, 2)),
    "_internal.pad_rows": via(lambda tf, x: tf.RaggedTensor.from_row_lengths(x, [2, 0, 1]).to_tensor(), (3,)),
    "_internal.take_rows": via(lambda tf, x: tf.gather(tf.RaggedTensor.from_row_lengths(x, [2, 0, 1]), [2, 0]).values, (3, 2)),
    "_internal.ragged_softmax": via(lambda tf, x: tf.nn.softmax(tf.RaggedTensor.from_row_lengths(x, [2, 0, 1])).values, (3,)),
    "_internal.sum_at": via(
        lambda tf, x, y: tf.sparse.add(
            tf.SparseTensor([[0, 1], [1, 0]], x, [2, 2]), tf.SparseTensor([[0, 1], [1, 1]], y, [2, 2])
        ).values, (2,), (2,)
    ),
    "_internal.take": via(lambda tf, x: tf.sparse.reorder(tf.SparseTensor([[1, 0], [0, 1]], x, [2, 2])).values, (2,)),
    "_internal.place": via(lambda tf, x: tf.sparse.fill_empty_rows(tf.SparseTensor([[2, 0], [2, 1]], x, [3, 2]), 0.0)[0].values, (2,)),
    "_internal.sparse_to_dense": via(lambda tf, x: tf.sparse.to_dense(tf.SparseTensor([[0, 1], [1, 0]], x, [2, 2])), (2,)),
    "_internal.sparse_matmul": via(
        lambda tf, x, b: tf.sparse.sparse_dense_matmul(tf.SparseTensor([[0, 1], [1, 0]], x, [2, 2]), b), (2,), (2, 3)
    ),
    "_internal.sparse_reduce": via(
        lambda tf, x: tf.sparse.reduce_sum(tf.SparseTensor([[0, 1], [1, 0]], x, [2, 2]), axis=1), (2,)
    ),
    # rows
    "_internal.reverse_sequence": via(lambda tf, x: tf.reverse_sequence(x, [2, 3], 1), (2, 3)),
    "_internal.complex": via(lambda tf, x, y: tf.complex(x, y) * tf.complex(y, x), (2,), (2,)),
    # signals
    "signal.frame": at((7,), frame_length=3, frame_step=2, pad_end=True),
    "_internal.overlap_and_add": via(lambda tf, x: tf.signal.overlap_and_add(x, 2), (3, 5)),
    "_internal.rfft": via(lambda tf, x: tf.signal.rfft(x), (2, 6)),
    "_internal.dct": via(lambda tf, x: tf.signal.dct(x, 3, norm="ortho"), (2, 5)),
}

#: Ops without a law, and why.
EXEMPT: dict[str, str] = {
    "_internal.convolution_transpose": "what Keras' layers call; its body is that of _internal.conv2d_transpose",
    "math.floormod": "jumps; TensorFlow's formula is covered by test_tapes",
    "linalg.lu": "TensorFlow has no gradient for it",
    "_internal.eigh_tridiagonal": "TensorFlow's bisection has no useful gradient",
    "math.sign": "constant between jumps: zeros in both",
    "math.angle": "piecewise constant for real numbers; complex ones are in test_tapes",
    "math.imag": "zero for real numbers; complex ones are in test_tapes",
    "_internal.permute_rows": "tf.random.shuffle draws another order each time",
    "_internal.stateless_uniform": "TensorFlow gives no gradient for the bounds",
    "_internal.stateless_normal": "float32 streams; the gradient is that of mean + stddev * z",
    "_internal.stateless_truncated_normal": "float32 streams; the gradient is that of mean + stddev * z",
    "_internal.random_gamma": "a sample jumps where a proposal is rejected; test_tapes compares the implicit gradient",
}
