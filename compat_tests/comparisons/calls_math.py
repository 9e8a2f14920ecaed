"""Valid calls: arithmetic, reductions, segments, linear algebra, signals, bits."""

from __future__ import annotations

from typing import Any

from compat_tests.comparisons.kinds import B, D, Int, M, P, T, U, V, call, same

#: name → calls. A name that stands in several namespaces stands here under one of them.
CALLS: dict[str, list[Any]] = {
    **same(
        [call(T(2, 3))],
        "abs negative sign square exp sin cos tan sinh cosh tanh asinh atan sigmoid floor round identity "
        "stop_gradient rank size shape zeros_like ones_like math.ceil math.rint math.erf math.erfc math.expm1 "
        "math.is_nan math.is_inf math.is_finite math.softplus math.conj math.real math.imag math.angle math.softsign "
        "math.log_sigmoid math.reciprocal math.reciprocal_no_nan math.zero_fraction math.bessel_i0 math.bessel_i1 "
        "math.bessel_i0e math.bessel_i1e math.special.dawsn math.special.expint math.special.fresnel_cos "
        "math.special.fresnel_sin guarantee_const math.lbeta math.is_non_decreasing math.is_strictly_increasing",
    ),
    **same(
        [call(P(2, 3))],
        "sqrt math.log math.log1p math.rsqrt math.lgamma math.digamma acosh math.special.bessel_j0 "
        "math.special.bessel_j1 math.special.bessel_k0 math.special.bessel_k0e math.special.bessel_k1 "
        "math.special.bessel_k1e math.special.bessel_y0 math.special.bessel_y1 math.special.spence",
    ),
    **same([call(U(2, 3))], "acos asin atanh math.ndtri math.erfinv math.erfcinv"),
    **same(
        [call(T(2, 3), T(2, 3)), call(T(2, 1), T(3))],
        "add subtract multiply maximum minimum equal not_equal less less_equal greater greater_equal "
        "math.squared_difference atan2",
    ),
    **same(
        [call(P(2, 3), P(2, 3)), call(P(2, 1), P(3))],
        "divide truediv realdiv math.floordiv math.floormod truncatediv truncatemod pow math.divide_no_nan "
        "math.multiply_no_nan math.xlogy math.xlog1py math.xdivy math.igamma math.igammac math.zeta math.nextafter",
    ),
    "math.polygamma": [call(V([1.0, 2.0, 3.0], "float32", True), P(2, 3))],
    "math.betainc": [call(P(3), P(3), U(3))],
    "scalar_mul": [call(2.0, T(2, 3)), call(T(), T(2, 3))],
    "complex": [call(T(2, 3), T(2, 3))],
    "add_n": [call([T(2, 3), T(2, 3)]), call([T(2)])],
    "math.accumulate_n": [call([T(2, 3), T(2, 3)])],
    "math.polyval": [call([T(3), T(3), T(3)], T(3))],
    **same([call(B(2, 3), B(2, 3)), call(B(2, 1), B(3))], "logical_and logical_or math.logical_xor"),
    "logical_not": [call(B(2, 3))],
    **same(
        [call(Int(2, 3), Int(2, 3)), call(Int(2, 1), Int(3, high=4))],
        "bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift",
    ),
    "bitwise.invert": [call(Int(2, 3))],
    **same(
        [call(T(2, 3)), call(T(2, 3), axis=1, keepdims=True), call(T(2, 3, 2), axis=[0, -1], keepdims=False)],
        "reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_logsumexp math.reduce_std "
        "math.reduce_variance math.reduce_euclidean_norm math.count_nonzero",
    ),
    **same([call(B(2, 3)), call(B(2, 3), axis=1, keepdims=True)], "reduce_all reduce_any"),
    **same([call(T(2, 3)), call(T(2, 3), axis=1), call(T(2, 3), axis=0, output_type=D("int32"))], "argmax argmin"),
    **same(
        [call(T(2, 3)), call(T(2, 3), axis=1, exclusive=True, reverse=True)],
        "cumsum math.cumprod math.cumulative_logsumexp",
    ),
    "norm": [call(T(2, 3)), call(T(2, 3), ord="euclidean", axis=1, keepdims=False), call(T(2, 3), ord=1, axis=[0, 1])],
    **same([call(T(2, 3)), call(T(2, 3), axis=0)], "math.softmax math.log_softmax"),
    "clip_by_value": [call(T(2, 3), -1.0, 2.0), call(T(2, 3), T(3), T(3))],
    "clip_by_norm": [call(T(2, 3), 1.5), call(T(2, 3), 1.5, axes=[1])],
    "clip_by_global_norm": [call([T(2, 3), T(2)], 1.5)],
    "linalg.global_norm": [call([T(2, 3), T(2)])],
    "linalg.l2_normalize": [call(T(2, 3)), call(T(2, 3), axis=1, epsilon=0.1)],
    "math.top_k": [call(T(2, 5), k=2), call(T(5), k=3, sorted=True)],
    "math.in_top_k": [call(V([1, 0]), T(2, 3), 2)],
    "math.approx_max_k": [call(T(2, 5), 2)],
    "math.approx_min_k": [call(T(2, 5), 2)],
    "math.bincount": [call(V([1, 2, 2, 5])), call(V([1, 2, 2, 5]), weights=T(4)), call(V([[1, 2], [2, 0]]), axis=-1, minlength=2, maxlength=4, binary_output=False)],
    "math.confusion_matrix": [call(V([1, 0, 2]), V([1, 1, 2])), call(V([1, 0, 2]), V([1, 1, 2]), num_classes=4, weights=T(3))],
    "math.invert_permutation": [call(V([2, 0, 1]))],
    **same(
        [call(T(3, 2), V([0, 0, 2]))],
        "math.segment_sum math.segment_mean math.segment_max math.segment_min math.segment_prod",
    ),
    **same(
        [call(T(3, 2), V([0, 0, 2]), 4)],
        "math.unsorted_segment_sum math.unsorted_segment_mean math.unsorted_segment_max math.unsorted_segment_min "
        "math.unsorted_segment_prod math.unsorted_segment_sqrt_n",
    ),
    **same(
        [call(T(3, 2), V([0, 2, 1]), V([0, 0, 2])), call(T(3, 2), V([0, 2]), V([0, 1]), num_segments=3)],
        "sparse.segment_sum sparse.segment_mean sparse.segment_sqrt_n",
    ),
    "math.sobol_sample": [call(3, 5, skip=2)],
    "histogram_fixed_width": [call(T(5), V([-2.0, 3.0], "float32", True), nbins=4)],
    "histogram_fixed_width_bins": [call(T(5), V([-2.0, 3.0], "float32", True), nbins=4)],
    # linear algebra
    "matmul": [call(T(2, 3), T(3, 2)), call(T(3, 2), T(3, 2), transpose_a=True), call(T(2, 2, 3), T(2, 3, 4), adjoint_b=False)],
    "linalg.matvec": [call(T(2, 3), T(3)), call(T(3, 2), T(3), transpose_a=True)],
    "tensordot": [call(T(2, 3), T(3, 2), axes=1), call(T(2, 3), T(2, 3), [[1], [1]])],
    "einsum": [call("ij,jk->ik", T(2, 3), T(3, 2)), call("bij,bjk->bik", T(2, 2, 3), T(2, 3, 1)), call("ii->i", T(2, 2)), call("...i->...", T(2, 3))],
    **same([call(M(3, 3)), call(M(2, 2, 2))], "linalg.cholesky linalg.det linalg.inv linalg.trace linalg.logdet linalg.slogdet linalg.eigvalsh linalg.expm matrix_square_root linalg.diag_part linalg.eigh linalg.logm"),
    **same([call(M(3, 3), compute_uv=False)], "linalg.svd"),
    **same([call(M(3, 3), T(3, 2)), call(M(3, 3), T(3, 2), adjoint=True)], "linalg.solve linalg.triangular_solve"),
    "linalg.cholesky_solve": [call(M(3, 3), T(3, 2))],
    "linalg.lstsq": [call(M(3, 3), T(3, 2), l2_regularizer=0.1, fast=True)],
    "linalg.lu": [call(M(3, 3))],
    "linalg.lu_matrix_inverse": [call(M(3, 3), V([1, 0, 2]))],
    "linalg.lu_reconstruct": [call(M(3, 3), V([1, 0, 2]))],
    "linalg.lu_solve": [call(M(3, 3), V([1, 0, 2]), T(3, 2))],
    "linalg.matrix_rank": [call(M(3, 3))],
    "linalg.pinv": [call(M(3, 3))],
    "linalg.normalize": [call(T(2, 3)), call(T(2, 3), ord="euclidean", axis=1)],
    "linalg.cross": [call(T(2, 3), T(2, 3))],
    "linalg.adjoint": [call(T(2, 3))],
    "linalg.matrix_transpose": [call(T(2, 3), conjugate=False)],
    "linalg.band_part": [call(T(3, 3), 1, 0)],
    "linalg.diag": [call(T(3)), call(T(2, 3), k=1, padding_value=0, align="RIGHT_LEFT")],
    "linalg.set_diag": [call(T(3, 3), T(3)), call(T(2, 3), T(2), k=1)],
    "linalg.tensor_diag": [call(T(3)), call(T(2, 2))],
    "linalg.tensor_diag_part": [call(T(3, 3)), call(T(2, 3, 2, 3))],
    "linalg.tridiagonal_matmul": [call(T(3, 4), T(4, 2))],
    "linalg.tridiagonal_solve": [call(V([[1.0, 2.0, 0.0], [5.0, 6.0, 7.0], [0.0, 1.0, 2.0]], "float32", True), T(3, 2))],
    "linalg.banded_triangular_solve": [call(P(2, 4), T(4, 2))],
    "eye": [call(2), call(2, 3, batch_shape=[2])],
    # signals
    **same([call(T(2, 4, dtype="complex64"))], "signal.fft signal.ifft signal.fft2d signal.ifft2d"),
    **same([call(T(2, 2, 4, dtype="complex64"))], "signal.fft3d signal.ifft3d"),
    **same([call(T(2, 6)), call(T(2, 6), [4])], "signal.rfft"),
    **same([call(T(2, 4, dtype="complex64")), call(T(2, 4, dtype="complex64"), [6])], "signal.irfft"),
    "signal.rfft2d": [call(T(4, 6)), call(T(4, 6), [4, 4])],
    "signal.irfft2d": [call(T(4, 4, dtype="complex64"))],
    "signal.rfft3d": [call(T(2, 4, 6))],
    "signal.irfft3d": [call(T(2, 4, 4, dtype="complex64"))],
    **same([call(T(2, 4)), call(T(2, 4), axes=1)], "signal.fftshift signal.ifftshift"),
    **same([call(T(2, 6)), call(T(2, 6), type=2, n=None, axis=-1, norm="ortho"), call(T(2, 6), type=3)], "signal.dct signal.idct"),
    "signal.frame": [call(T(2, 9), 4, 2), call(T(2, 9), 4, 2, pad_end=True, pad_value=0, axis=-1)],
    "signal.overlap_and_add": [call(T(3, 4), 2)],
    "signal.stft": [call(T(16), 8, 4)],
    "signal.inverse_stft": [call(T(3, 5, dtype="complex64"), 8, 4)],
    "signal.mdct": [call(T(16), 8)],
    "signal.inverse_mdct": [call(T(3, 4))],
    "signal.linear_to_mel_weight_matrix": [call(5, 9, 8000, 125.0, 3800.0)],
    "signal.mfccs_from_log_mel_spectrograms": [call(T(2, 5))],
    **same([call(8), call(7, periodic=False)], "signal.hann_window signal.hamming_window"),
    **same([call(8, beta=10.0)], "signal.kaiser_window signal.kaiser_bessel_derived_window"),
    "signal.vorbis_window": [call(8)],
    # quantization
    "quantization.fake_quant_with_min_max_args": [call(T(2, 3), min=-6.0, max=6.0, num_bits=8, narrow_range=False)],
    "quantization.fake_quant_with_min_max_vars": [call(T(2, 3), -6.0, 6.0, num_bits=8)],
    "quantization.fake_quant_with_min_max_vars_per_channel": [call(T(2, 3), V([-3.0, -2.0, -1.0], "float32", True), V([3.0, 2.0, 1.0], "float32", True))],
    "quantization.quantize_and_dequantize_v2": [call(T(2, 3), -6.0, 6.0, signed_input=True, num_bits=8, range_given=False)],
}  # fmt: skip
