"""Calls of raw ops, as text: evaluated with the arguments below, under either library."""

from __future__ import annotations

import numpy as np


def arguments(tf):
    """What the calls name."""
    numbers = np.random.RandomState(1)
    real = lambda *shape: tf.constant(numbers.uniform(0.1, 0.9, shape).astype(np.float32))  # noqa: E731
    return {
        "tf": tf, "np": np, "u": real(2, 3), "p": real(2, 3) + 1.0, "m": real(3, 3) + 3 * tf.eye(3), "s": real(4),
        "i": tf.constant([[1, 2, 3], [4, 5, 6]]), "j": tf.constant([[3, 2, 1], [2, 2, 2]]), "ids": tf.constant([0, 0, 1]),
        "t": tf.constant([[True, False, True], [True, True, True]]), "c": tf.complex(real(4, 4, 4), real(4, 4, 4)),
        "img": real(1, 4, 4, 3), "vol": real(1, 4, 4, 4, 1), "k": real(2, 2, 3, 2), "k3": real(2, 2, 2, 1, 2), "w": tf.constant(["ab", "Cd e"]),
        "boxes": tf.constant([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.9, 1.0], [0.5, 0.5, 1.0, 1.0]]), "scores": tf.constant([0.5, 0.9, 0.7]),
        "x2": tf.constant([[0, 0], [1, 2]], tf.int64), "v2": tf.constant([1.0, 2.0]), "d2": tf.constant([2, 3], tf.int64),
        "seed": tf.constant([1, 2]),
    }  # fmt: skip


_UNARY = {
    "x=u": "Abs Acos Asin Asinh Atan Atanh BesselI0 BesselI0e BesselI1 BesselI1e BesselJ0 BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e "
    "BesselY0 BesselY1 Ceil Cos Cosh Dawsn Digamma Erf Erfc Erfinv Exp Expint Expm1 Floor FresnelCos FresnelSin Inv IsFinite IsInf IsNan Lgamma "
    "Log Log1p Ndtri Neg OnesLike Reciprocal Rint Round Rsqrt Sigmoid Sign Sin Sinh Spence Sqrt Square Tan Tanh ZerosLike",
    "x=p": "Acosh",
    "features=p": "Elu LeakyRelu Relu Relu6 Selu Softplus Softsign",
    "logits=p": "Softmax LogSoftmax",
    "input=p": "GuaranteeConst Identity Rank Shape Size Snapshot StopGradient AsString",
    "input=m": "Cholesky MatrixDeterminant MatrixInverse MatrixSquareRoot MatrixDiagPart DiagPart LogMatrixDeterminant MatrixLogarithm",
    "input=c": "Angle Conj FFT FFT2D FFT3D IFFT IFFT2D IFFT3D Imag Real",
    "x=c": "ComplexAbs",
    "input=w": "StringLength StringLower StringStrip StringUpper UnicodeScript EncodeBase64",
    "diagonal=s": "Diag MatrixDiag",
    "images=img": "HSVToRGB RGBToHSV",
    "x=i": "Invert Unique UniqueWithCounts",
}
_BINARY = {
    "y=u, dy=p - 1.3": "InvGrad ReciprocalGrad RsqrtGrad SigmoidGrad SqrtGrad TanhGrad",
    "y=c, dy=c * c": "InvGrad ReciprocalGrad RsqrtGrad SigmoidGrad SqrtGrad TanhGrad",
    "gradients=u, features=8 * u - 2": "LeakyReluGrad Relu6Grad ReluGrad SoftplusGrad SoftsignGrad",
    "gradients=tf.cast(u, tf.float64), features=tf.cast(u - 0.5, tf.float64)": "LeakyReluGrad Relu6Grad ReluGrad SoftplusGrad SoftsignGrad",
    "gradients=u, outputs=u - 0.5": "EluGrad SeluGrad",
    "x=u, y=p": "Add AddV2 DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual Maximum Minimum Mul MulNoNan NotEqual Pow "
    "RealDiv SquaredDifference Sub Xdivy Xlog1py Xlogy",
    "y=u, x=p": "Atan2",
    "x=i, y=j": "BitwiseAnd BitwiseOr BitwiseXor LeftShift RightShift Mod TruncateDiv TruncateMod",
    "x=t, y=t": "LogicalAnd LogicalOr",
    "a=p, x=u": "Igamma Igammac",
    "x=p, q=p": "Zeta",
    "a=p, x=p": "Polygamma",
    "x1=u, x2=p": "NextAfter",
    "data=p[0], segment_ids=ids": "SegmentMax SegmentMean SegmentMin SegmentProd SegmentSum",
    "data=p[0], segment_ids=ids, num_segments=3": "UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum",
    "data=p, indices=[0, 1], segment_ids=[0, 0]": "SparseSegmentMean SparseSegmentSqrtN SparseSegmentSum",
    "data=p, indices=[0, 1], segment_ids=[0, 2], num_segments=4": "SparseSegmentMeanWithNumSegments SparseSegmentSqrtNWithNumSegments "
    "SparseSegmentSumWithNumSegments",
    "input=p, axis=[1], keep_dims=True": "EuclideanNorm Max Mean Min Prod Sum",
    "input=p, axis=0": "Max Mean Min Prod Sum",
    "input=t, axis=[0]": "All Any",
    "input=p, dimension=1": "ArgMax ArgMin",
    "x=p, axis=1, exclusive=True": "Cumprod Cumsum CumulativeLogsumexp",
    "a_indices=x2, a_values=v2, a_shape=d2, b_indices=x2, b_values=v2 + 1, b_shape=d2": "SparseSparseMaximum SparseSparseMinimum",
    "input_indices=x2, input_values=v2, input_shape=d2, reduction_axes=[1]": "SparseReduceMax SparseReduceSum",
    "inputs=u, min=0.0, max=1.0": "FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars",
    "gradients=u, inputs=p, min=0.0, max=1.5": "FakeQuantWithMinMaxArgsGradient FakeQuantWithMinMaxVarsGradient",
    "shape=[3], seed=seed": "StatelessRandomUniform StatelessRandomNormal StatelessTruncatedNormal StatelessRandomUniformFullInt",
    "tensor=s, indices=[[1]], updates=[9.0]": "TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate",
    "sorted_inputs=[[1, 3, 5]], values=[[3, 4]]": "LowerBound UpperBound",
    "input=c[0], fft_length=[4, 4]": "IRFFT2D",
    "input=u, fft_length=[3]": "RFFT",
    "input=m, fft_length=[3, 3]": "RFFT2D",
    "input=vol[0, ..., 0], fft_length=[4, 4, 4]": "RFFT3D",
    "input=c, fft_length=[4]": "IRFFT",
    "input=c, fft_length=[4, 4, 4]": "IRFFT3D",
    "boxes=boxes, scores=scores, max_output_size=2": "NonMaxSuppression",
    "x=m[None], y=m[None], adj_x=True": "BatchMatMul BatchMatMulV2",
    "input=img, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME'": "MaxPool MaxPoolV2 MaxPoolWithArgmax",
    "input=vol, ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding='VALID'": "AvgPool3D MaxPool3D",
}
_OTHERS = """
BatchToSpace(input=tf.reshape(tf.range(8.0), [4, 1, 2, 1]), crops=[[0, 0], [1, 0]], block_size=2)
SpaceToBatch(input=img, paddings=[[0, 0], [1, 1]], block_size=2)
Select(condition=[True, False], x=u, y=p)
Select(condition=t, x=u, y=p)
Select(condition=True, x=u, y=p)
BiasAddGrad(out_backprop=img)
BiasAddGrad(out_backprop=img, data_format="NCHW")
PopulationCount(x=i)
PopulationCount(x=tf.constant([-1, 127], tf.int8))
NthElement(input=p, n=1)
NthElement(input=p, n=0, reverse=True)
NthElement(input=i, n=7)
ListDiff(x=[3, 1, 3, 2], y=[3], out_idx=tf.int64)
ListDiff(x=["a", "b"], y=["b", "c"])
ApproximateEqual(x=u, y=u + 1e-7)
ApproximateEqual(x=u, y=u + 0.1, tolerance=0.2)
LeakyReluGrad(gradients=u, features=u - 0.5, alpha=0.5)
SoftmaxCrossEntropyWithLogits(features=u, labels=p)
SparseMatMul(a=m, b=u, transpose_b=True, a_is_sparse=True)
AddN(inputs=[u, p])
AdjustContrastv2(images=img, contrast_factor=2.0)
AdjustHue(images=img, delta=0.2)
AdjustSaturation(images=img, scale=0.5)
AvgPool(value=img, ksize=[1, 2, 2, 1], strides=[1, 1, 1, 1], padding='VALID')
BatchToSpaceND(input=tf.reshape(img, [4, 4, 1, 3]), block_shape=[2], crops=[[0, 1]])
Betainc(a=p, b=p, x=u)
BiasAdd(value=img, bias=[1.0, 2.0, 3.0])
Bitcast(input=u, type=tf.int32)
BroadcastArgs(s0=[2, 1], s1=[3])
BroadcastTo(input=p, shape=[2, 2, 3])
Cast(x=p, DstT=tf.int32)
CheckNumerics(tensor=u, message='m')
ClipByValue(t=p, clip_value_min=1.2, clip_value_max=1.5)
CombinedNonMaxSuppression(boxes=boxes[None, :, None], scores=scores[None, :, None], max_output_size_per_class=2, max_total_size=2, iou_threshold=0.5, score_threshold=0.1)
Complex(real=u, imag=p)
Concat(concat_dim=1, values=[u, p])
ConcatV2(values=[u, p], axis=0)
ConjugateTranspose(x=c, perm=[1, 0, 2])
Conv2D(input=img, filter=k, strides=[1, 1, 1, 1], padding='SAME')
Conv2DBackpropInput(input_sizes=[1, 4, 4, 3], filter=k, out_backprop=tf.ones([1, 4, 4, 2]), strides=[1, 1, 1, 1], padding='SAME')
Conv3D(input=vol, filter=k3, strides=[1, 1, 1, 1, 1], padding='VALID')
Conv3DBackpropInputV2(input_sizes=[1, 4, 4, 4, 1], filter=k3, out_backprop=tf.ones([1, 4, 4, 4, 2]), strides=[1, 1, 1, 1, 1], padding='SAME')
CropAndResize(image=img, boxes=boxes[:1], box_ind=[0], crop_size=[2, 2])
Cross(a=p, b=u)
DecodeBase64(input=['YWI'])
DecodeCompressed(bytes=w)
DecodeImage(contents=tf.raw_ops.EncodePng(image=tf.zeros([2, 2, 3], tf.uint8)))
DepthToSpace(input=tf.reshape(vol, [1, 4, 4, 4]), block_size=2)
DepthwiseConv2dNative(input=img, filter=k, strides=[1, 1, 1, 1], padding='SAME')
Dilation2D(input=img, filter=k[..., 0], strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding='SAME')
DrawBoundingBoxesV2(images=img, boxes=boxes[None], colors=[[1.0, 0.0, 0.0]])
DynamicPartition(data=s, partitions=[0, 1, 0, 1], num_partitions=2)
DynamicStitch(indices=[[0, 2], [1, 3]], data=[s[:2], s[2:]])
EditDistance(hypothesis_indices=x2, hypothesis_values=v2, hypothesis_shape=d2, truth_indices=x2, truth_values=v2 + 1, truth_shape=d2)
Einsum(inputs=[u, m], equation='ij,jk->ik')
EnsureShape(input=p, shape=[2, None])
ExpandDims(input=p, axis=1)
ExtractImagePatches(images=img, ksizes=[1, 2, 2, 1], strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding='VALID')
ExtractVolumePatches(input=vol, ksizes=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding='VALID')
FakeQuantWithMinMaxVarsPerChannel(inputs=u, min=[0.0, 0.0, 0.0], max=[1.0, 1.0, 0.5])
Fill(dims=[2, 2], value=3)
Fingerprint(data=w, method='farmhash64')
Gather(params=p, indices=[1, 0])
GatherNd(params=p, indices=[[1, 2]])
GatherV2(params=p, indices=[1, 0], axis=1)
HistogramFixedWidth(values=u, value_range=[0.0, 1.0], nbins=3)
IdentityN(input=[u, i])
InTopK(predictions=u, targets=[0, 2], k=1)
InTopKV2(predictions=u, targets=[0, 2], k=2)
InvertPermutation(x=[2, 0, 1])
L2Loss(t=u)
LRN(input=img)
LinSpace(start=1.0, stop=2.0, num=3)
Lu(input=m)
MatMul(a=u, b=p, transpose_b=True)
MatrixBandPart(input=m, num_lower=0, num_upper=-1)
MatrixDiagPartV3(input=m, k=[0, 1], padding_value=0.0)
MatrixDiagV2(diagonal=u, k=[0, 1], num_rows=3, num_cols=3, padding_value=7.0)
MatrixDiagV3(diagonal=u, k=[0, 1], num_rows=3, num_cols=3, padding_value=7.0)
MatrixSetDiag(input=m, diagonal=[1.0, 2.0, 3.0])
MatrixSetDiagV2(input=m, diagonal=u, k=[0, 1])
MatrixSetDiagV3(input=m, diagonal=u, k=[0, 1])
MatrixSolve(matrix=m, rhs=m, adjoint=True)
MatrixSolveLs(matrix=m, rhs=m, l2_regularizer=0.0)
MatrixTriangularSolve(matrix=m, rhs=m)
MirrorPad(input=p, paddings=[[1, 1], [0, 2]], mode='REFLECT')
NoOp()
NonMaxSuppressionV2(boxes=boxes, scores=scores, max_output_size=2, iou_threshold=0.95)
NonMaxSuppressionV3(boxes=boxes, scores=scores, max_output_size=2, iou_threshold=0.5, score_threshold=0.6)
NonMaxSuppressionWithOverlaps(overlaps=m / 4.0, scores=scores, max_output_size=2, overlap_threshold=0.5, score_threshold=0.1)
OneHot(indices=[0, 2], depth=3, on_value=1.0, off_value=0.0)
Pack(values=[u, p], axis=1)
Pad(input=p, paddings=[[1, 1], [0, 2]])
PadV2(input=p, paddings=[[1, 1], [0, 2]], constant_values=7.0)
ParallelDynamicStitch(indices=[[0, 2], [1, 3]], data=[s[:2], s[2:]])
ParseTensor(serialized=tf.raw_ops.SerializeTensor(tensor=u), out_type=tf.float32)
Qr(input=m)
Range(start=1, limit=7, delta=2)
ReduceJoin(inputs=w, reduction_indices=[0], separator='-')
RegexFullMatch(input=w, pattern='a.*')
RegexReplace(input=w, pattern='[a-z]', rewrite='.', replace_global=False)
Reshape(tensor=p, shape=[3, -1])
ReverseSequence(input=p, seq_lengths=[2, 3], seq_dim=1)
ReverseV2(tensor=p, axis=[1])
Roll(input=p, shift=[1], axis=[1])
ScatterNd(indices=[[1], [3]], updates=[5.0, 6.0], shape=[5])
SelectV2(condition=t, t=p, e=u)
SelfAdjointEigV2(input=tf.linalg.diag([1.0, 3.0]))
SetSize(set_indices=x2, set_values=[1, 2], set_shape=d2)
ShapeN(input=[u, s])
Slice(input=p, begin=[0, 1], size=[-1, 2])
SpaceToBatchND(input=img, block_shape=[2, 2], paddings=[[0, 0], [0, 0]])
SpaceToDepth(input=img, block_size=2)
SparseAdd(a_indices=x2, a_values=v2, a_shape=d2, b_indices=x2, b_values=v2, b_shape=d2, thresh=0.0)
SparseReorder(input_indices=x2[::-1], input_values=v2, input_shape=d2)
SparseSlice(indices=x2, values=v2, shape=d2, start=[0, 0], size=[1, 2])
SparseSoftmax(sp_indices=x2, sp_values=v2, sp_shape=d2)
SparseTensorDenseAdd(a_indices=x2, a_values=v2, a_shape=d2, b=p)
SparseTensorDenseMatMul(a_indices=x2, a_values=v2, a_shape=d2, b=m)
Split(axis=1, value=p, num_split=3)
SplitV(value=p, size_splits=[1, 2], axis=1, num_split=2)
Squeeze(input=p[None, :, None])
Squeeze(input=p[None, :, None], axis=[0])
StatelessMultinomial(logits=u, num_samples=4, seed=seed)
StatelessRandomBinomial(shape=[3], seed=seed, counts=10.0, probs=0.5)
StatelessRandomPoisson(shape=[3], seed=seed, lam=3.0, dtype=tf.float32)
StaticRegexFullMatch(input=w, pattern='a.*')
StaticRegexReplace(input=w, pattern='[a-z]', rewrite='.')
StridedSlice(input=p, begin=[0, 2], end=[2, 0], strides=[1, -1], begin_mask=1)
StringFormat(inputs=[u], template='<{}>', placeholder='{}')
StringJoin(inputs=[w, w], separator='-')
StringToHashBucket(string_tensor=w, num_buckets=10)
StringToHashBucketFast(input=w, num_buckets=10)
StringToHashBucketStrong(input=w, num_buckets=10, key=[1, 2])
StringToNumber(string_tensor=['1.5', '2'])
Substr(input=w, pos=1, len=1)
Svd(input=tf.linalg.diag([3.0, 1.0]))
Tile(input=p, multiples=[2, 1])
TopKV2(input=p, k=2)
Transpose(x=p, perm=[1, 0])
TridiagonalMatMul(superdiag=u[None, :1], maindiag=p[None, :1], subdiag=u[None, 1:], rhs=m[None])
TridiagonalSolve(diagonals=m, rhs=m)
UnicodeTranscode(input=w, input_encoding='UTF-8', output_encoding='UTF-16-BE')
Unpack(value=p, num=3, axis=1)
UnravelIndex(indices=[5, 1], dims=[2, 3])
UnsortedSegmentJoin(inputs=w, segment_ids=[1, 1], num_segments=2, separator='+')
Where(condition=t)
AddV2(u, p)
AddV2(x=u, z=p)
AddV2(x=u)
Conv2D(x=u)
AddV2(x=1, y=2.5)
Sum(input=p, axis=5)
MatMul(a=u, b=p)
Reshape(tensor=p, shape=[4])
"""

CALLS = [
    *(f"{op}({args})" for table in (_UNARY, _BINARY) for args, ops in table.items() for op in ops.split()),
    *_OTHERS.strip().splitlines(),
]
